package exports

import (
	"encoding/csv"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// A CodingRow is one answer of one coding, or one settled answer of the coder
// "consensus".
type CodingRow struct {
	Case      annotations.CaseID
	Coder     string
	Variable  string
	Answer    codebook.Answer
	Note      string
	Submitted time.Time
}

// CodingColumns are the columns of a codings file, in order.
var CodingColumns = []string{"case_id", "coder", "variable", "value", "missing", "note", "submitted_at"}

// Fields returns the row as text, in the order of [CodingColumns].
func (r CodingRow) Fields() []string {
	at := ""
	if !r.Submitted.IsZero() {
		at = r.Submitted.UTC().Format(time.RFC3339)
	}
	return []string{string(r.Case), r.Coder, r.Variable, r.Answer.Value, r.Answer.Missing, r.Note, at}
}

// WriteCodings streams the rows as CSV in the form that an import takes back.
// Text that a spreadsheet would run as a formula is kept from it by [Guard].
func WriteCodings(w io.Writer, rows iter.Seq2[CodingRow, error]) error {
	c := csv.NewWriter(w)
	if err := c.Write(CodingColumns); err != nil {
		return err
	}
	for r, err := range rows {
		if err != nil {
			return err
		}
		fields := r.Fields()
		for i := range fields {
			fields[i] = guardCoding(i, fields[i])
		}
		if err := c.Write(fields); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// guardCoding guards what people typed: a value that is no number, and a note.
func guardCoding(column int, s string) string {
	switch CodingColumns[column] {
	case "value":
		if _, err := strconv.ParseFloat(s, 64); err == nil {
			return s
		}
		return Guard(s)
	case "note", "coder":
		return Guard(s)
	}
	return s
}

// Guard puts an apostrophe before text that a spreadsheet would take for a
// formula, for that is how data that people typed becomes code. Text that looks
// guarded gets one more, so that an import can take it off again.
func Guard(s string) string {
	bare := strings.TrimLeft(s, "'")
	if bare == "" {
		return s
	}
	switch bare[0] {
	case '=', '+', '-', '@', '\t', '\r':
		return "'" + s
	}
	return s
}

// Codings puts cases that were handed in into rows: the codings of each case,
// in codebook order and as routing leaves them, then what was settled, as of
// the coder "consensus" with where it comes from in its note. Name gives each
// coder the name that the file has.
func Codings(book *codebook.Codebook, cases iter.Seq2[annotations.Handed, error], name func(annotations.HandedCoding) string) iter.Seq2[CodingRow, error] {
	return func(yield func(CodingRow, error) bool) {
		for h, err := range cases {
			if err != nil {
				yield(CodingRow{}, err)
				return
			}
			for _, k := range h.Codings {
				answers := book.Effective(k.Given(book, h.Case))
				coder := name(k)
				for _, v := range book.Variables() {
					a := answers[v.ID]
					if a != (codebook.Answer{}) && !yield(CodingRow{h.Case.ID, coder, v.ID, a, k.Entries[v.ID].Note, k.SubmittedAt}, nil) {
						return
					}
				}
			}
			if h.Settlement == nil {
				continue
			}
			for _, v := range book.Variables() {
				a := h.Settlement.Answers[v.ID]
				if a != (codebook.Answer{}) && !yield(CodingRow{h.Case.ID, annotations.Consensus, v.ID, a, string(h.Settlement.Provenance[v.ID]), time.Time{}}, nil) {
					return
				}
			}
		}
	}
}

// Pseudonyms names coders "coder 1" and so on, in the order in which they
// first come.
func Pseudonyms() func(annotations.HandedCoding) string {
	names := map[int64]string{}
	return func(k annotations.HandedCoding) string {
		if names[k.Coder] == "" {
			names[k.Coder] = "coder " + strconv.Itoa(len(names)+1)
		}
		return names[k.Coder]
	}
}
