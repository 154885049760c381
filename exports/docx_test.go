package exports

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// A document is made of well-formed parts, holds all text whatever is in it,
// and comes out the same each time.
func TestDocument(t *testing.T) {
	one := 1.0
	r := Report{Title: `A & B <"study">`, Subtitle: "sub\x00title", Lang: "en", Sections: []ReportSection{{Title: "1. One", Paragraphs: []string{"first", "second"},
		Tables: []ReportTable{{Caption: "A table", Columns: []string{"Name", "Count"}, Rows: [][]ReportCell{{{Text: "x < y"}, {Text: "1", Value: &one}}, {{Text: ""}, {Text: "–"}}}}}}}}
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	var b, again bytes.Buffer
	if err := errors.Join(WriteDOCX(&b, r, at), WriteDOCX(&again, r, at)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("the same report gives other bytes")
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range z.File {
		part, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(part)
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			if c, ok := token.(xml.CharData); ok && f.Name == "word/document.xml" {
				text.Write(c)
				text.WriteByte('|')
			}
		}
	}
	for _, want := range []string{`A & B <"study">`, "|first|", "|second|", "|A table|", "|Count|", "|x < y|", "|1|"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the document lacks %q: %s", want, text.String())
		}
	}
	if table := r.Sections[0].Tables[0]; table.Numeric(0) || !table.Numeric(1) {
		t.Error("the first column is text and the second is numbers")
	}
}
