package intake

import (
	"fmt"
	"maps"
	"slices"
)

// A Reason is a kind of problem, and an error for [errors.Is]. Its value is
// the message key after "intake.problem.", for interfaces that speak another
// language than English; the arguments of the message are in [Problem.Args].
type Reason string

// Reasons why a document is not read.
const (
	ErrEmpty        Reason = "empty"          // no bytes
	ErrNoText       Reason = "no_text"        // nothing but blanks
	ErrScan         Reason = "scan"           // a PDF without text layer: pages
	ErrEncrypted    Reason = "encrypted"      // needs a password
	ErrMacros       Reason = "macros"         // carries program code
	ErrOldWord      Reason = "old_word"       // Word 97-2003
	ErrOldOffice    Reason = "old_office"     // another file of that age
	ErrPicture      Reason = "picture"        // a photograph or scan
	ErrPacked       Reason = "packed"         // an archive where a document belongs
	ErrUnknown      Reason = "unknown"        // no format that is read: name of it
	ErrBinary       Reason = "binary"         // not text at all
	ErrBroken       Reason = "broken"         // does not hold to its format: detail
	ErrTooLarge     Reason = "too_large"      // limit in bytes
	ErrTooLong      Reason = "too_long"       // limit in characters
	ErrTooManyPages Reason = "too_many_pages" // pages, limit
	ErrBomb         Reason = "bomb"           // unpacks to far more than it is: limit
	ErrTooDeep      Reason = "too_deep"       // nested beyond the limit
	ErrTooSlow      Reason = "too_slow"       // took longer than the limit
	ErrEngine       Reason = "engine"         // the PDF engine did not start: detail
)

// Reasons why a manifest, frame or codings file is not accepted.
const (
	ErrMissing      Reason = "missing"        // file that is not there
	ErrPath         Reason = "path"           // path that leaves the batch: path
	ErrLink         Reason = "link"           // symbolic link: path
	ErrNotAFile     Reason = "not_a_file"     // folder or device: path
	ErrNoManifest   Reason = "no_manifest"    // neither manifest nor folders
	ErrNoRows       Reason = "no_rows"        // header only
	ErrNoColumn     Reason = "no_column"      // wanted, what the header has
	ErrColumnTwice  Reason = "column_twice"   // heading
	ErrColumnBlank  Reason = "column_blank"   // cells under an empty heading
	ErrFields       Reason = "fields"         // cells in this row, in the header
	ErrRowTooLong   Reason = "row_too_long"   // limit in bytes
	ErrInNoCase     Reason = "in_no_case"     // file: not in a folder of a case
	ErrNameTwice    Reason = "name_twice"     // path that a ZIP holds twice
	ErrTooManyFiles Reason = "too_many_files" // limit
	ErrIdentifies   Reason = "identifies"     // a name of a document
	ErrQuote        Reason = "quote"          // CSV quoting
	ErrTooManyRows  Reason = "too_many_rows"  // limit
	ErrValueMissing Reason = "value_missing"  // required cell is empty
	ErrID           Reason = "id"             // not a usable number: value
	ErrNumber       Reason = "number"         // not a whole number: value
	ErrDay          Reason = "day"            // not a whole day number: value
	ErrPeriod       Reason = "period"         // value
	ErrWeight       Reason = "weight"         // value
	ErrFrameN       Reason = "frame_n"        // value
	ErrTotal        Reason = "total"          // value
	ErrTime         Reason = "time"           // value
	ErrCode         Reason = "code"           // missing code: value
	ErrOneOf        Reason = "one_of"         // both or neither of value and missing
	ErrType         Reason = "type"           // unknown document type: value
	ErrRegion       Reason = "region"         // unknown region: value
	ErrCaseTwice    Reason = "case_twice"     // case, other place
	ErrDocTwice     Reason = "document_twice" // document, case, other place
	ErrFileTwice    Reason = "file_twice"     // file, other place
	ErrDiffers      Reason = "differs"        // this value, other value, other place
	ErrOnSite       Reason = "on_site"        // rows with and without file: other place
	ErrEntryTwice   Reason = "entry_twice"    // code, other place
	ErrAnswerTwice  Reason = "answer_twice"   // case, other place
	ErrYear         Reason = "year"           // value
	ErrTooMany      Reason = "too_many"       // problems listed
)

var reasonText = map[Reason]string{
	ErrEmpty:        "the file is empty (0 bytes)",
	ErrNoText:       "there is no text in it",
	ErrScan:         "%d scanned pages without text; make it searchable (OCR) or type it over",
	ErrEncrypted:    "the file is protected by a password; save it without one",
	ErrMacros:       "the file carries macros; save it as a plain DOCX, ODT or XLSX",
	ErrOldWord:      "this is a Word 97-2003 file (.doc); save it as DOCX",
	ErrOldOffice:    "this is an Office 97-2003 file; save it in the present format (DOCX or XLSX)",
	ErrPicture:      "this is a picture, not a text",
	ErrPacked:       "this is a packed archive where a document belongs; unpack it first",
	ErrUnknown:      "%s is not a format that is read; save it as DOCX, PDF with text, or TXT",
	ErrBinary:       "this is not a text file: it has bytes that no text has",
	ErrBroken:       "the file is damaged: %s",
	ErrTooLarge:     "the file is larger than %d bytes",
	ErrTooLong:      "the text is longer than %d characters",
	ErrTooManyPages: "the file has %d pages and the limit is %d",
	ErrBomb:         "it unpacks to far more than a document holds (limit %d)",
	ErrTooDeep:      "it is nested deeper than %d levels",
	ErrTooSlow:      "reading took longer than %s",
	ErrEngine:       "PDF cannot be read here: %s",

	ErrIdentifies: "%q may identify a person; give the document another name",

	ErrMissing:      "there is no file %q",
	ErrPath:         "%q leaves the batch or is not written as a path below it; use folder/file.txt",
	ErrLink:         "%q is a symbolic link; put the file itself there",
	ErrNotAFile:     "%q is not a file",
	ErrNoManifest:   "neither a manifest (manifest.csv or manifest.xlsx) nor a folder for each case",
	ErrNoRows:       "there are no rows below the header",
	ErrNoColumn:     "column %q is missing; the header has: %s",
	ErrColumnTwice:  "column %q is in the header twice",
	ErrColumnBlank:  "there are values in column %d, which has no heading",
	ErrFields:       "the row has %d cells and the header %d",
	ErrRowTooLong:   "a row is longer than %d bytes; a quote may be missing",
	ErrInNoCase:     "%q is not in a folder of a case",
	ErrNameTwice:    "%q is in the ZIP twice",
	ErrTooManyFiles: "there are more than %d files",
	ErrQuote:        "quotes do not match: %s",
	ErrTooManyRows:  "there are more than %d rows",
	ErrValueMissing: "a value is needed here",
	ErrID:           "%q cannot be used; use up to 64 letters, digits, dots, dashes or underscores",
	ErrNumber:       "%q is not a whole number from 1",
	ErrDay:          "%q is not a whole number of days from day 0",
	ErrPeriod:       "%q is not a half-year (2025-H1) or a year (2025)",
	ErrWeight:       "%q is not a number above 0",
	ErrFrameN:       "%q is not a whole number of cases",
	ErrTotal:        "%q is not a whole number of case files above 0",
	ErrTime:         "%q is not a time such as 2025-03-31T14:05:00Z",
	ErrCode:         "%q is not a missing code (NR, DM, NA or UC)",
	ErrOneOf:        "exactly one of value and missing must be filled",
	ErrType:         "document type %q is not in the codebook",
	ErrRegion:       "region %q is not in the codebook",
	ErrCaseTwice:    "case %s is listed twice (also %s)",
	ErrDocTwice:     "document %d of case %s is listed twice (also %s)",
	ErrFileTwice:    "file %q is listed twice (also %s)",
	ErrDiffers:      "%q contradicts %q (%s) of the same case",
	ErrOnSite:       "case %s has rows with and without a file (also %s)",
	ErrEntryTwice:   "code %s is listed twice (also %s)",
	ErrAnswerTwice:  "the answer of case %s is given twice (also %s); keep one",
	ErrYear:         "%q is not a year",
	ErrTooMany:      "only the first %d problems are listed",
}

// Error gives the English text with its places unfilled.
func (r Reason) Error() string { return reasonText[r] }

func (r Reason) format(args []any) string {
	text, ok := reasonText[r]
	if !ok {
		return string(r)
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// Key is the message key of r.
func (r Reason) Key() string { return "intake.problem." + string(r) }

// Reasons returns every reason, sorted.
func Reasons() []Reason { return slices.Sorted(maps.Keys(reasonText)) }
