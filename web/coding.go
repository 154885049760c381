package web

import (
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"strings"
)

// A CodingPage is the data of the page "coding". The server renders the texts
// of the case; Coding is the block of JSON from which the scripts build the
// questions: see static/js/coding/page.js for its shape.
type CodingPage struct {
	Frame
	Case, Region, Period, Round string
	Back                        Link // the coder's list of cases
	OnSite                      bool // no text is stored
	Documents                   []CodingDocument
	Coding                      any
}

// A CodingDocument is one document of the case, in the order of the days.
type CodingDocument struct {
	ID         int64
	Title      string // its type, or its own title
	Day        *int   // from day 0; nil when not known
	Paragraphs []Paragraph
	Deleted    string // the day on which its text was deleted; empty: it was not
	Later      bool   // its text is not in the page; the page asks for it
}

// Line writes the paragraphs of d as a line of JSON, from which the page makes
// them: each its start, its text and, where it is not an empty line, the gap
// after it.
func (d CodingDocument) Line() []byte {
	rows := make([][]any, len(d.Paragraphs))
	for i, p := range d.Paragraphs {
		rows[i] = []any{p.Start, p.Text}
		if p.Gap != "\n\n" {
			rows[i] = append(rows[i], p.Gap)
		}
	}
	b, err := json.Marshal(struct {
		Document   int64   `json:"document"`
		Paragraphs [][]any `json:"paragraphs"`
	}{d.ID, rows})
	if err != nil {
		panic(err) // numbers and texts
	}
	return append(b, '\n')
}

// leaf is how many paragraphs a browser lays out together. One at a time
// costs more in keeping track than it saves; all of them at once is slow in a
// thick case.
const leaf = 24

// Text writes the paragraphs of d, each with where it begins. It is written
// here and not in the template, which takes ten times as long over a case of
// thousands of paragraphs.
func (d CodingDocument) Text() template.HTML {
	var b strings.Builder
	for i, p := range d.Paragraphs {
		if i%leaf == 0 {
			if i > 0 {
				b.WriteString("</div>\n")
			}
			b.WriteString(`<div class="leaf">` + "\n")
		}
		fmt.Fprintf(&b, `<div class="par"><p id="d%d-p%d" data-start="%d" dir="auto"`, d.ID, i, p.Start)
		if p.Gap != "\n\n" {
			b.WriteString(` data-gap="` + html.EscapeString(p.Gap) + `"`)
		}
		b.WriteString(">" + html.EscapeString(p.Text) + "</p></div>\n")
	}
	if len(d.Paragraphs) > 0 {
		b.WriteString("</div>")
	}
	return template.HTML(b.String())
}
