package intake_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations/intake"
)

// A document of any format that takes longer than it may is refused as too
// slow, and the next one is read. Each of these is within all
// other limits: with time enough it is read.
func TestADocumentThatTakesLongIsStopped(t *testing.T) {
	const paragraphs = 60_000
	table := "dag,wat\n" + strings.Repeat("1,gebeld met de school over de opvang\n", 6_000)
	odtHead := `<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>`
	slow := limitedTo(10 * time.Millisecond)
	short, patient := newReader(t, slow), newReader(t, intake.DefaultLimits())
	for name, content := range map[string]string{
		"a.txt":  strings.Repeat("e\u0301e\u0301n \u202e", 600_000),
		"a.md":   strings.Repeat("# e\u0301e\u0301n\n", 600_000),
		"a.html": strings.Repeat("<p>dag <b>twee</b>", paragraphs),
		"a.eml":  "From: a@example.org\nMIME-Version: 1.0\nContent-Type: text/html\n\n" + strings.Repeat("<p>dag <b>twee</b>", paragraphs),
		"a.rtf":  `{\rtf1\ansi ` + strings.Repeat(`\b dag\b0 \'e9\par `, 2*paragraphs) + "}",
		"a.docx": docxOf(t, varied("<w:p><w:r><w:t>dag #</w:t></w:r></w:p>", paragraphs)),
		"a.odt": string(zipOf(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument.text",
			"content.xml": odtHead + varied("<text:p>dag #</text:p>", 2*paragraphs) + "</office:text></office:body></office:document-content>"}, "mimetype", "content.xml")),
		"a.xlsx": workbook(t, table),
		"a.pdf":  pdfOf(strings.Repeat("x) Tj 1 0 Td (", 20_000)),
	} {
		_, err := short.Read(context.Background(), name, strings.NewReader(content))
		fault{name, intake.ErrTooSlow, "10ms"}.told(t, name, err)
		if name != "a.pdf" { // starting its engine alone takes that long
			if doc, err := patient.Read(context.Background(), name, strings.NewReader(content)); err != nil || doc.Characters < 10_000 {
				t.Errorf("%s with time enough: %d characters, %v", name, doc.Characters, err)
			}
		}
		if doc, err := patient.Read(context.Background(), "b.txt", strings.NewReader("dag 1")); err != nil || doc.Text != "dag 1" {
			t.Errorf("after %s: %q, %v", name, doc.Text, err)
		}
	}
}

func limitedTo(d time.Duration) intake.Limits {
	l := intake.DefaultLimits()
	l.Time = d
	return l
}

// varied repeats a piece with another number each time in place of #, so that
// it does not pack like a bomb.
func varied(piece string, times int) string {
	var b strings.Builder
	before, after, _ := strings.Cut(piece, "#")
	for i := range times {
		b.WriteString(before)
		b.WriteString(time.Duration(i * 7919 * 7919).String())
		b.WriteString(after)
	}
	return b.String()
}
