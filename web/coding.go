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
}

// atOnce is how many bytes of text a page holds as paragraphs from the start.
// What follows is data, from which the page makes paragraphs when there is
// time or when they are asked for: a browser takes a second to build those of
// a thick case, and a coder reads one document at a time.
const atOnce = 32 << 10

// Text writes the paragraphs of the document at index i, at once or for later.
func (p CodingPage) Text(i int) template.HTML {
	before := 0
	for _, d := range p.Documents[:i] {
		for _, par := range d.Paragraphs {
			before += len(par.Text)
		}
	}
	if before > atOnce {
		return p.Documents[i].later()
	}
	return p.Documents[i].Text()
}

// later writes the paragraphs as JSON: each its start, its text and, where it
// is not an empty line, the gap after it. JSON of encoding/json holds no "<".
func (d CodingDocument) later() template.HTML {
	rows := make([][]any, len(d.Paragraphs))
	for i, p := range d.Paragraphs {
		rows[i] = []any{p.Start, p.Text}
		if p.Gap != "\n\n" {
			rows[i] = append(rows[i], p.Gap)
		}
	}
	b, err := json.Marshal(rows)
	if err != nil {
		panic(err) // numbers and texts
	}
	return template.HTML(fmt.Sprintf(`<script type="application/json" data-leaf="%d">%s</script>`, leaf, b))
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
