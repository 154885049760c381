package web

import (
	"fmt"
	"html"
	"html/template"
	"strings"
)

// A ComparedDocument is a document of a case whose codings are laid side by
// side, with the passages of one variable.
type ComparedDocument struct {
	ID         int64
	Title      string
	Day        *int
	Paragraphs []Paragraph
	Spans      []Span
	Names      []string // of the sides: A, B
}

// Text writes the paragraphs of d with the passages marked, and beside each
// paragraph a bar for every side that marked something in it. It is written
// here and not in the template because a case can have thousands of
// paragraphs.
func (d ComparedDocument) Text() template.HTML {
	var b strings.Builder
	begun := map[string]bool{}
	for i, p := range d.Paragraphs {
		if i%leaf == 0 {
			if i > 0 {
				b.WriteString("</div>\n")
			}
			b.WriteString(`<div class="leaf">` + "\n")
		}
		segments := Segments(p.Text, p.Start, d.Spans, begun)
		b.WriteString(`<div class="par">`)
		d.bars(&b, segments)
		b.WriteString(`<p dir="auto">`)
		for _, s := range segments {
			d.segment(&b, s)
		}
		b.WriteString("</p></div>\n")
	}
	if len(d.Paragraphs) > 0 {
		b.WriteString("</div>")
	}
	return template.HTML(b.String())
}

func (d ComparedDocument) bars(b *strings.Builder, segments []Segment) {
	marked := make([]bool, len(d.Names))
	any := false
	for _, s := range segments {
		for _, side := range s.Sides {
			marked[side], any = true, true
		}
	}
	if !any {
		return
	}
	b.WriteString(`<span class="bars">`)
	for side, name := range d.Names {
		if marked[side] {
			fmt.Fprintf(b, `<span class="side-bar side-%d">%s</span>`, side+1, html.EscapeString(name))
		}
	}
	b.WriteString(`</span>`)
}

func (d ComparedDocument) segment(b *strings.Builder, s Segment) {
	if len(s.Sides) == 0 {
		b.WriteString(html.EscapeString(s.Text))
		return
	}
	class := "both"
	if len(s.Sides) == 1 {
		class = fmt.Sprintf("side-%d", s.Sides[0]+1)
	}
	b.WriteString(`<mark class="` + class + `">`)
	for _, id := range s.Begins {
		b.WriteString(`<span id="` + html.EscapeString(id) + `" class="begins"></span>`)
	}
	b.WriteString(html.EscapeString(s.Text) + `</mark>`)
}
