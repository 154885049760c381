package intake_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations/intake"
)

// A fault is what a person must be told of a bad file.
type fault struct {
	place  string
	reason intake.Reason
	words  string // part of the message
}

// told reports whether one of the problems in err is f.
func (f fault) told(t *testing.T, what string, err error) {
	t.Helper()
	var all intake.Problems
	var one *intake.Problem
	switch {
	case errors.As(err, &all):
	case errors.As(err, &one):
		all = intake.Problems{one}
	}
	for _, p := range all {
		if p.Place() == f.place && errors.Is(p, f.reason) && strings.Contains(p.Message(), f.words) {
			if strings.Contains(p.Message(), "%!") {
				t.Errorf("%s: the message is not filled in: %s", what, p)
			}
			return
		}
	}
	t.Errorf("%s: got %v, want %s: ...%s... (%s)", what, err, f.place, f.words, f.reason)
}

// zeros is a file of n bytes of which none is kept.
func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

type zero struct{}

func (zero) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func ole(stream string) string {
	var b strings.Builder
	b.WriteString("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 504))
	for _, c := range []byte(stream) {
		b.WriteString(string(rune(c)) + "\x00")
	}
	return b.String()
}

func TestMalformedDocuments(t *testing.T) {
	limits := intake.DefaultLimits()
	odt := func(parts ...string) string {
		files := map[string]string{"mimetype": "application/vnd.oasis.opendocument.text"}
		names := []string{"mimetype"}
		for i := 0; i < len(parts); i += 2 {
			files[parts[i]] = parts[i+1]
			names = append(names, parts[i])
		}
		return string(zipOf(t, files, names...))
	}
	archive := func(name, content string) string {
		return string(zipOf(t, map[string]string{name: content}, name))
	}
	whole := docxOf(t, "<w:p><w:r><w:t>tekst</w:t></w:r></w:p>")
	flipped := []byte(whole)
	flipped[strings.Index(whole, "word/document.xml")+40] ^= 0xff
	mail := "From: a@example.org\nMIME-Version: 1.0\n"
	nested := mail
	for i := range 12 {
		nested += strings.ReplaceAll("Content-Type: multipart/mixed; boundary=#\n\n--#\n", "#", string(rune('A'+i)))
	}
	workbookParts := func(parts ...string) string {
		files, names := map[string]string{}, []string(nil)
		for i := 0; i < len(parts); i += 2 {
			files[parts[i]] = parts[i+1]
			names = append(names, parts[i])
		}
		return string(zipOf(t, files, names...))
	}
	manyParts := make([]string, 0, 2*limits.Parts)
	for i := range limits.Parts {
		manyParts = append(manyParts, "word/"+strings.Repeat("x", i%50)+string(rune('a'+i%26))+time.Duration(i).String(), "x")
	}

	r := pdfReader
	for _, c := range []struct {
		what, name, content string
		want                fault
	}{
		{"no bytes", "a.txt", "", fault{"a.txt", intake.ErrEmpty, "0 bytes"}},
		{"blanks only", "a.txt", " \n\u00a0\t\u200b", fault{"a.txt", intake.ErrNoText, "no text"}},
		{"NUL bytes", "a.txt", "tekst\x00\x01\x02\xff tekst en meer", fault{"a.txt", intake.ErrBinary, "not a text file"}},
		{"control bytes", "a.txt", strings.Repeat("\x01\x02\x03a", 20), fault{"a.txt", intake.ErrBinary, "not a text file"}},
		{"program", "a.docx", "\x7fELF\x02\x01", fault{"a.docx", intake.ErrBinary, "not a text file"}},
		{"PNG", "scan.pdf", "\x89PNG\r\n\x1a\n", fault{"scan.pdf", intake.ErrPicture, "a picture"}},
		{"JPEG", "scan.jpg", "\xff\xd8\xff\xe0", fault{"scan.jpg", intake.ErrPicture, "a picture"}},
		{"TIFF", "scan.tif", "II*\x00", fault{"scan.tif", intake.ErrPicture, "a picture"}},
		{"gzip", "a.txt", "\x1f\x8b\x08", fault{"a.txt", intake.ErrPacked, "unpack it"}},
		{"ZIP of texts", "a.docx", archive("a.txt", "tekst"), fault{"a.docx", intake.ErrPacked, "unpack it"}},
		{"ZIP cut off", "a.docx", whole[:len(whole)-30], fault{"a.docx", intake.ErrBroken, "damaged"}},
		{"ZIP of an opening only", "a.docx", "PK\x03\x04", fault{"a.docx", intake.ErrBroken, "damaged"}},
		{"part with changed bytes", "a.docx", string(flipped), fault{"a.docx: word/document.xml", intake.ErrBroken, "damaged"}},
		{"DOCX without a document", "a.docx", archive("[Content_Types].xml", wordTypes), fault{"a.docx: word/document.xml", intake.ErrBroken, "missing"}},
		{"DOCX pointing nowhere", "a.docx", docxOf(t, "", "_rels/.rels", `<Relationships><Relationship Type="x/officeDocument" Target="../../etc/passwd"/></Relationships>`),
			fault{"a.docx: ../../etc/passwd", intake.ErrBroken, "missing"}},
		{"DOCX with bad XML", "a.docx", docxOf(t, "<w:p><w:r>"), fault{"a.docx: word/document.xml", intake.ErrBroken, "XML syntax error"}},
		{"DOCX with bad styles", "a.docx", docxOf(t, "", "word/_rels/document.xml.rels", `<Relationships><Relationship Type="x/styles" Target="styles.xml"/></Relationships>`, "word/styles.xml", "<w:styles"),
			fault{"a.docx: word/styles.xml", intake.ErrBroken, "XML syntax error"}},
		{"DOCX without text", "a.docx", docxOf(t, "<w:p/>"), fault{"a.docx", intake.ErrNoText, "no text"}},
		{"entities that grow", "a.docx", docxOf(t, "", "word/document.xml", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><w:p>&b;</w:p>`),
			fault{"a.docx: word/document.xml", intake.ErrBroken, "entity"}},
		{"DOCX nested without end", "a.docx", docxOf(t, strings.Repeat("<w:tbl>", 600)), fault{"a.docx: word/document.xml", intake.ErrTooDeep, "500 levels"}},
		{"ZIP bomb", "a.docx", docxOf(t, "<w:p><w:r><w:t>"+strings.Repeat(" ", 40<<20)+"</w:t></w:r></w:p>"),
			fault{"a.docx: word/document.xml", intake.ErrBomb, "unpacks to far more"}},
		{"bomb in a side part", "a.docx", docxOf(t, "", "word/_rels/document.xml.rels", strings.Repeat(" ", 40<<20)),
			fault{"a.docx: word/_rels/document.xml.rels", intake.ErrBomb, "unpacks to far more"}},
		{"thousands of parts", "a.docx", docxOf(t, "", manyParts...), fault{"a.docx", intake.ErrTooManyFiles, "5000 files"}},
		{"macros by type", "a.docx", docxOf(t, "", "[Content_Types].xml", `<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>`),
			fault{"a.docx: [Content_Types].xml", intake.ErrMacros, "macros"}},
		{"macros by part", "a.docm", docxOf(t, "", "word/vbaProject.bin", "x"), fault{"a.docm: word/vbaProject.bin", intake.ErrMacros, "macros"}},
		{"presentation", "a.pptx", archive("[Content_Types].xml", "<Types>presentationml</Types>"), fault{"a.pptx", intake.ErrUnknown, "PowerPoint"}},
		{"ODT with a password", "a.odt", odt("META-INF/manifest.xml", "<manifest:encryption-data/>", "content.xml", "x"), fault{"a.odt", intake.ErrEncrypted, "password"}},
		{"ODT with macros", "a.odt", odt("Basic/Standard/Module1.xml", "x"), fault{"a.odt: Basic/Standard/Module1.xml", intake.ErrMacros, "macros"}},
		{"ODT without content", "a.odt", odt("styles.xml", "<a/>"), fault{"a.odt: content.xml", intake.ErrBroken, "missing"}},
		{"ODT with bad XML", "a.odt", odt("content.xml", "<a><b></a>"), fault{"a.odt: content.xml", intake.ErrBroken, "XML syntax error"}},
		{"spreadsheet of OpenDocument", "a.ods", archive("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), fault{"a.ods", intake.ErrUnknown, "OpenDocument"}},
		{"EPUB", "a.epub", archive("mimetype", "application/epub+zip"), fault{"a.epub", intake.ErrUnknown, "EPUB"}},
		{"Word 97", "verslag.doc", testFile(t, "verslag.doc"), fault{"verslag.doc", intake.ErrOldWord, "save it as DOCX"}},
		{"Word 97 called DOCX", "verslag.docx", testFile(t, "verslag.doc"), fault{"verslag.docx", intake.ErrOldWord, "save it as DOCX"}},
		{"DOCX with a password", "a.docx", ole("EncryptedPackage"), fault{"a.docx", intake.ErrEncrypted, "password"}},
		{"Excel 97", "a.xls", ole("Workbook"), fault{"a.xls", intake.ErrOldOffice, "present format"}},
		{"RTF cut off", "a.rtf", `{\rtf1 tekst`, fault{"a.rtf", intake.ErrBroken, "ends in the middle"}},
		{"RTF nested without end", "a.rtf", `{\rtf1 ` + strings.Repeat("{", 1_000_000), fault{"a.rtf", intake.ErrTooDeep, "500 levels"}},
		{"RTF of a picture", "a.rtf", `{\rtf1{\pict 0102}}`, fault{"a.rtf", intake.ErrNoText, "no text"}},
		{"RTF with a binary part longer than the file", "a.rtf", `{\rtf1 \bin2000000000 x}`, fault{"a.rtf", intake.ErrBroken, "ends in the middle"}},
		{"HTML nested without end", "a.html", strings.Repeat("<div>", 100_000), fault{"a.html", intake.ErrBroken, "512"}},
		{"HTML of nothing but tags", "a.html", strings.Repeat("<p>", 1_000_001), fault{"a.html", intake.ErrBomb, "limit 1000000"}},
		{"HTML without text", "a.html", "<html><script>x</script></html>", fault{"a.html", intake.ErrNoText, "no text"}},
		{"other XML", "a.xml", "<?xml version='1.0'?><a>x</a>", fault{"a.xml", intake.ErrUnknown, "XML"}},
		{"mail without headers", "a.eml", "zomaar tekst", fault{"a.eml", intake.ErrBroken, "no mail headers"}},
		{"mail with parts that do not end", "a.eml", mail + "Content-Type: multipart/mixed; boundary=A\n\n--A\n\nx", fault{"a.eml", intake.ErrBroken, "ends in the middle"}},
		{"mail in mail without end", "a.eml", nested, fault{"a.eml", intake.ErrTooDeep, "10 levels"}},
		{"mail of many parts", "a.eml", mail + "Content-Type: multipart/mixed; boundary=A\n\n" + strings.Repeat("--A\n\nx\n", 300) + "--A--", fault{"a.eml", intake.ErrTooManyFiles, "200 files"}},
		{"mail with bad base64", "a.eml", mail + "Content-Transfer-Encoding: base64\n\n!!!!", fault{"a.eml", intake.ErrBroken, "not well encoded"}},
		{"encrypted mail", "a.eml", mail + "Content-Type: application/pkcs7-mime\n\nx", fault{"a.eml", intake.ErrEncrypted, "password"}},
		{"PDF of nothing", "a.pdf", "%PDF-1.7\n", fault{"a.pdf", intake.ErrBroken, "not a readable PDF"}},
		{"PDF cut off", "a.pdf", testFile(t, "rijk.pdf")[:400], fault{"a.pdf", intake.ErrBroken, "not a readable PDF"}},
		{"scanned PDF", "scan.pdf", pdfOf("", ""), fault{"scan.pdf", intake.ErrScan, "2 scanned pages without text"}},
		{"PDF with a password", "a.pdf", testFile(t, "wachtwoord.pdf"), fault{"a.pdf", intake.ErrEncrypted, "password"}},
		{"workbook with macros", "a.xlsm", workbookParts("[Content_Types].xml", "<Types/>", "xl/workbook.xml", "x", "xl/vbaProject.bin", "x"), fault{"a.xlsm: xl/vbaProject.bin", intake.ErrMacros, "macros"}},
		{"workbook of nonsense", "a.xlsx", workbookParts("[Content_Types].xml", "<Types/>", "xl/workbook.xml", "<x"), fault{"a.xlsx", intake.ErrBroken, "damaged"}},
		{"workbook of a hundred thousand rows", "a.xlsx", workbookParts("[Content_Types].xml", "<Types/>", "xl/workbook.xml", "x", "xl/worksheets/sheet1.xml", strings.Repeat("<c/>1234567", 1<<20)), fault{"a.xlsx: xl/worksheets/sheet1.xml", intake.ErrBomb, "limit 8388608"}},
		{"workbook that is a bomb", "a.xlsx", workbookParts("[Content_Types].xml", "<Types/>", "xl/workbook.xml", "x", "xl/worksheets/sheet1.xml", strings.Repeat(" ", 40<<20)), fault{"a.xlsx: xl/worksheets/sheet1.xml", intake.ErrBomb, "unpacks to far more"}},
	} {
		_, err := r.Read(context.Background(), c.name, strings.NewReader(c.content))
		c.want.told(t, c.what, err)
	}
}

func TestLimits(t *testing.T) {
	check := func(what string, set func(*intake.Limits), name string, content io.Reader, want fault) {
		t.Helper()
		limits := intake.DefaultLimits()
		set(&limits)
		_, err := newReader(t, limits).Read(context.Background(), name, content)
		want.told(t, what, err)
	}
	check("bytes", func(l *intake.Limits) { l.Bytes = 10 }, "a.txt", strings.NewReader("elf tekens."),
		fault{"a.txt", intake.ErrTooLarge, "larger than 10 bytes"})
	check("characters", func(l *intake.Limits) { l.Characters = 3 }, "a.txt", strings.NewReader("vier"),
		fault{"a.txt", intake.ErrTooLong, "3 characters"})
	check("characters of a DOCX", func(l *intake.Limits) { l.Characters = 3 }, "a.docx", strings.NewReader(testFile(t, "rijk.docx")),
		fault{"a.docx: word/footnotes.xml", intake.ErrTooLong, "3 characters"})
	check("pages", func(l *intake.Limits) { l.Pages, l.Time = 1, patient().Time }, "a.pdf", strings.NewReader(testFile(t, "rijk.pdf")),
		fault{"a.pdf", intake.ErrTooManyPages, "2 pages and the limit is 1"})
	check("unpacked bytes", func(l *intake.Limits) { l.Expanded = 100 }, "a.docx", strings.NewReader(testFile(t, "rijk.docx")),
		fault{"a.docx: [Content_Types].xml", intake.ErrBomb, "limit 100"})
	check("parts", func(l *intake.Limits) { l.Parts = 2 }, "a.docx", strings.NewReader(testFile(t, "rijk.docx")),
		fault{"a.docx", intake.ErrTooManyFiles, "2 files"})
	check("time", func(l *intake.Limits) { l.Time = time.Nanosecond }, "a.docx", strings.NewReader(testFile(t, "rijk.docx")),
		fault{"a.docx", intake.ErrTooSlow, "1ns"})
}

// A file of 200 MB is refused after the limit: what is allocated on the way is
// a small multiple of it.
func TestHugeFileIsRefusedInBoundedMemory(t *testing.T) {
	limits := intake.DefaultLimits()
	limits.Bytes = 4 << 20
	r := newReader(t, limits)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := r.Read(context.Background(), "groot.txt", zeros(200<<20))
	runtime.ReadMemStats(&after)
	fault{"groot.txt", intake.ErrTooLarge, "larger than 4194304 bytes"}.told(t, "200 MB", err)
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(64<<20); got > most {
		t.Errorf("%d bytes allocated, want at most %d", got, most)
	}
}

// The part unpacks to 500 MB; its directory entry already says so.
func TestZipBombIsRefusedInBoundedMemory(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"[Content_Types].xml", "word/document.xml"} {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(f, zeros(map[bool]int64{true: 500 << 20, false: 10}[name == "word/document.xml"])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := newReader(t, intake.DefaultLimits())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := r.Read(context.Background(), "bom.docx", bytes.NewReader(b.Bytes()))
	runtime.ReadMemStats(&after)
	fault{"bom.docx: word/document.xml", intake.ErrBomb, "unpacks to far more"}.told(t, "bomb", err)
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(64<<20); got > most {
		t.Errorf("%d bytes allocated, want at most %d", got, most)
	}
}

func TestMalformedBatches(t *testing.T) {
	head := "case_id,document,type,day,file,region,period,weight\n"
	texts := map[string]string{"a.txt": "a", "b.txt": "b", "map/c.txt": "c"}
	for _, c := range []struct {
		what, manifest string
		want           fault
	}{
		{"no bytes", "", fault{"manifest.csv", intake.ErrEmpty, "0 bytes"}},
		{"header only", head, fault{"manifest.csv", intake.ErrNoRows, "no rows"}},
		{"no case_id", "zaak,file\nC-1,a.txt\n", fault{"manifest.csv:1: case_id", intake.ErrNoColumn, "the header has: zaak, file"}},
		{"heading twice", "case_id,file,File\nC-1,a.txt,a.txt\n", fault{"manifest.csv:1: file", intake.ErrColumnTwice, "twice"}},
		{"value without heading", "case_id,,file\nC-1,x,a.txt\n", fault{"manifest.csv:2", intake.ErrColumnBlank, "column 2"}},
		{"too many cells", "case_id,file\nC-1,a.txt,x\n", fault{"manifest.csv:2", intake.ErrFields, "3 cells and the header 2"}},
		{"quote in the middle", "case_id,file\nC-1,a\"b.txt\n", fault{"manifest.csv:2", intake.ErrQuote, "quotes"}},
		{"quote that is not closed", "case_id,file\nC-1,\"a.txt\n", fault{"manifest.csv:2", intake.ErrQuote, "quotes"}},
		{"no case", head + ",1,melding,0,a.txt,VT01,2025,1\n", fault{"manifest.csv:2: case_id", intake.ErrValueMissing, "needed"}},
		{"formula for a case", head + "=1+1,1,melding,0,a.txt,VT01,2025,1\n", fault{"manifest.csv:2: case_id", intake.ErrID, `"=1+1"`}},
		{"path for a case", head + "../C-1,1,melding,0,a.txt,VT01,2025,1\n", fault{"manifest.csv:2: case_id", intake.ErrID, `"../C-1"`}},
		{"document in words", head + "C-1,een,melding,0,a.txt,VT01,2025,1\n", fault{"manifest.csv:2: document", intake.ErrNumber, `"een"`}},
		{"document 0", head + "C-1,0,melding,0,a.txt,VT01,2025,1\n", fault{"manifest.csv:2: document", intake.ErrNumber, `"0"`}},
		{"date for a day", head + "C-1,1,melding,2025-01-01,a.txt,VT01,2025,1\n", fault{"manifest.csv:2: day", intake.ErrDay, `"2025-01-01"`}},
		{"half a day", head + "C-1,1,melding,1.5,a.txt,VT01,2025,1\n", fault{"manifest.csv:2: day", intake.ErrDay, `"1.5"`}},
		{"third half-year", head + "C-1,1,melding,0,a.txt,VT01,2025-H3,1\n", fault{"manifest.csv:2: period", intake.ErrPeriod, `"2025-H3"`}},
		{"weight 0", head + "C-1,1,melding,0,a.txt,VT01,2025,0\n", fault{"manifest.csv:2: weight", intake.ErrWeight, "above 0"}},
		{"weight NaN", head + "C-1,1,melding,0,a.txt,VT01,2025,NaN\n", fault{"manifest.csv:2: weight", intake.ErrWeight, "above 0"}},
		{"weight Inf", head + "C-1,1,melding,0,a.txt,VT01,2025,Inf\n", fault{"manifest.csv:2: weight", intake.ErrWeight, "above 0"}},
		{"unknown type", head + "C-1,1,brief,0,a.txt,VT01,2025,1\n", fault{"manifest.csv:2: type", intake.ErrType, `"brief"`}},
		{"unknown region", head + "C-1,1,melding,0,a.txt,VT99,2025,1\n", fault{"manifest.csv:2: region", intake.ErrRegion, `"VT99"`}},
		{"document twice", head + "C-1,1,melding,0,a.txt,VT01,2025,1\nC-1,1,melding,0,b.txt,VT01,2025,1\n",
			fault{"manifest.csv:3: document", intake.ErrDocTwice, "also manifest.csv:2"}},
		{"file twice", head + "C-1,1,melding,0,a.txt,VT01,2025,1\nC-2,1,melding,0,./a.txt,VT01,2025,1\n",
			fault{"manifest.csv:3: file", intake.ErrFileTwice, "also manifest.csv:2"}},
		{"day beside a wrong number", head + "C-1,een,melding,nul,a.txt,VT01,2025,1\n", fault{"manifest.csv:2: day", intake.ErrDay, `"nul"`}},
		{"type beside a wrong number", head + "C-1,een,geen,0,a.txt,VT01,2025,1\n", fault{"manifest.csv:2: type", intake.ErrType, `"geen"`}},
		{"region that differs", head + "C-1,1,melding,0,a.txt,VT01,2025,1\nC-1,2,melding,0,b.txt,VT02,2025,1\n",
			fault{"manifest.csv:3: region", intake.ErrDiffers, `"VT02" contradicts "VT01" (manifest.csv:2)`}},
		{"weight that differs", head + "C-1,1,melding,0,a.txt,VT01,2025,1\nC-1,2,melding,0,b.txt,VT01,2025,2\n",
			fault{"manifest.csv:3: weight", intake.ErrDiffers, `"2" contradicts "1"`}},
		{"attribute that differs", "case_id,file,taxatie\nC-1,a.txt,hoog\nC-1,b.txt,laag\n",
			fault{"manifest.csv:3: taxatie", intake.ErrDiffers, `"laag" contradicts "hoog" (manifest.csv:2)`}},
		{"case twice", head + "C-1,,,,,VT01,2025,1\nC-1,,,,,VT01,2025,1\n", fault{"manifest.csv:3: case_id", intake.ErrCaseTwice, "also manifest.csv:2"}},
		{"with and without a file", head + "C-1,1,melding,0,a.txt,VT01,2025,1\nC-1,2,melding,0,,VT01,2025,1\n",
			fault{"manifest.csv:3: file", intake.ErrOnSite, "also manifest.csv:2"}},
		{"file that is not there", "case_id,file\nC-1,z.txt\n", fault{"manifest.csv:2: file", intake.ErrMissing, `"z.txt"`}},
		{"folder for a file", "case_id,file\nC-1,map\n", fault{"manifest.csv:2: file", intake.ErrNotAFile, `"map"`}},
		{"path upwards", "case_id,file\nC-1,map/../../geheim.txt\n", fault{"manifest.csv:2: file", intake.ErrPath, "leaves the batch"}},
		{"path from the root", "case_id,file\nC-1,/etc/passwd\n", fault{"manifest.csv:2: file", intake.ErrPath, "leaves the batch"}},
		{"path of Windows", "case_id,file\nC-1,map\\c.txt\n", fault{"manifest.csv:2: file", intake.ErrPath, "leaves the batch"}},
		{"drive of Windows", "case_id,file\nC-1,C:/c.txt\n", fault{"manifest.csv:2: file", intake.ErrPath, "leaves the batch"}},
		{"link", "case_id,file\nC-1,link.txt\n", fault{"manifest.csv:2: file", intake.ErrLink, `"link.txt"`}},
		{"link on the way", "case_id,file\nC-1,linkmap/c.txt\n", fault{"manifest.csv:2: file", intake.ErrLink, `"linkmap"`}},
		{"workbook in a CSV's place", ole("Workbook"), fault{"manifest.csv", intake.ErrOldOffice, "present format"}},
		{"broken workbook", "PK\x03\x04 niets", fault{"manifest.csv", intake.ErrBroken, "damaged"}},
	} {
		dir := folder(t, with(texts, "manifest.csv", c.manifest))
		for link, target := range map[string]string{"link.txt": "a.txt", "linkmap": "map"} {
			if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
				t.Fatal(err)
			}
		}
		_, err := intake.Open(filepath.Join(dir, "manifest.csv"), known, intake.DefaultLimits())
		c.want.told(t, c.what, err)
	}
}

func TestMalformedZIPs(t *testing.T) {
	manifest := "case_id,file\nC-1,a.txt\n"
	packed := func(change func(*zip.FileHeader), names ...string) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, name := range names {
			h := &zip.FileHeader{Name: name}
			if change != nil {
				change(h)
			}
			f, err := w.CreateHeader(h)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(f, map[bool]string{true: manifest, false: "tekst"}[name == "manifest.csv"]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	good := packed(nil, "manifest.csv", "a.txt")
	for _, c := range []struct {
		what    string
		content []byte
		want    fault
	}{
		{"no bytes", nil, fault{"s.zip", intake.ErrEmpty, "0 bytes"}},
		{"cut off", good[:len(good)-10], fault{"s.zip", intake.ErrBroken, "damaged"}},
		{"nothing in it", packed(nil), fault{"s.zip", intake.ErrNoManifest, "neither a manifest"}},
		{"path upwards", packed(nil, "manifest.csv", "../../a.txt"), fault{"s.zip: ../../a.txt", intake.ErrPath, "leaves the batch"}},
		{"path from the root", packed(nil, "manifest.csv", "/a.txt"), fault{"s.zip: /a.txt", intake.ErrPath, "leaves the batch"}},
		{"path of Windows", packed(nil, "manifest.csv", `..\a.txt`), fault{`s.zip: ..\a.txt`, intake.ErrPath, "leaves the batch"}},
		{"name twice", packed(nil, "manifest.csv", "a.txt", "a.txt"), fault{"s.zip: a.txt", intake.ErrNameTwice, "twice"}},
		{"link", packed(func(h *zip.FileHeader) {
			if h.Name == "a.txt" {
				h.SetMode(os.ModeSymlink | 0o777)
			}
		}, "manifest.csv", "a.txt"), fault{"s.zip: a.txt", intake.ErrLink, "symbolic link"}},
		{"password", packed(func(h *zip.FileHeader) {
			if h.Name == "a.txt" {
				h.Flags |= 1
			}
		}, "manifest.csv", "a.txt"), fault{"s.zip: a.txt", intake.ErrEncrypted, "password"}},
		{"text in no case", packed(nil, "C-1/a.txt", "los.txt"), fault{"s.zip: los.txt", intake.ErrInNoCase, "not in a folder"}},
		{"folder that is no case", packed(nil, "C 1/a.txt"), fault{"s.zip: C 1/a.txt", intake.ErrID, `"C 1"`}},
		{"file that is not in it", packed(nil, "manifest.csv", "b.txt"), fault{"manifest.csv:2: file", intake.ErrMissing, `"a.txt"`}},
	} {
		_, err := intake.OpenUpload(bytes.NewReader(c.content), int64(len(c.content)), "s.zip", known, intake.DefaultLimits())
		c.want.told(t, c.what, err)
	}
}

func TestLimitsOfTables(t *testing.T) {
	check := func(what string, set func(*intake.Limits), table string, want fault) {
		t.Helper()
		limits := intake.DefaultLimits()
		set(&limits)
		_, err := intake.ReadFrame(strings.NewReader(table), "kader.csv", limits)
		want.told(t, what, err)
	}
	head := "case_id,region,period\n"
	check("rows", func(l *intake.Limits) { l.Rows = 1 }, head+"C-1,VT01,2025\nC-2,VT01,2025\n",
		fault{"kader.csv:3", intake.ErrTooManyRows, "more than 1 rows"})
	check("bytes", func(l *intake.Limits) { l.TableBytes = 40 }, head+"C-1,VT01,2025\nC-2,VT01,2025\n",
		fault{"kader.csv", intake.ErrTooLarge, "larger than 40 bytes"})
	check("quote that swallows the file", func(*intake.Limits) {}, head+`"`+strings.Repeat("x", 5<<20),
		fault{"kader.csv", intake.ErrRowTooLong, "a quote may be missing"})

	_, err := intake.ReadFrame(strings.NewReader(head+strings.Repeat("C 1,,\n", 5000)), "kader.csv", intake.DefaultLimits())
	var problems intake.Problems
	if !errors.As(err, &problems) || len(problems) != 1001 || !errors.Is(problems[1000], intake.ErrTooMany) {
		t.Errorf("%d problems, the last %v; want 1000 and one that says so", len(problems), problems[len(problems)-1])
	}
}
