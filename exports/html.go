package exports

import (
	"html"
	"io"
	"strings"
)

// reportStyle is the look of a report on screen and paper. The report is not a
// page of the program but a document that is handed out and needs nothing
// else, so its style stands in it.
const reportStyle = `:root { color-scheme: light dark; }
body { font: 1rem/1.6 "Source Serif 4", Georgia, serif; color: #201d1a; background: #fbfaf7; max-width: 68ch; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
h1, h2, table, figcaption, .subtitle { font-family: "Source Sans 3", "Helvetica Neue", Arial, sans-serif; }
.subtitle { color: #5d574f; overflow-wrap: anywhere; }
p { overflow-wrap: anywhere; }
figure { margin: 1.5rem 0; overflow-x: auto; }
figcaption { font-weight: 600; margin-bottom: .5rem; }
table { border-collapse: collapse; font-size: .875rem; line-height: 1.4; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .375rem .75rem .375rem 0; border-bottom: 1px solid #d9d4cb; }
thead th { border-bottom: 1px solid #201d1a; vertical-align: bottom; }
tbody th { font-weight: 400; }
.n { text-align: right; white-space: nowrap; padding-right: 1.25rem; }
@media (prefers-color-scheme: dark) {
 body { color: #e9e4db; background: #24211e; }
 .subtitle { color: #b3aca1; }
 th, td { border-color: #4a453f; }
 thead th { border-color: #e9e4db; }
}
@media print { body { max-width: none; padding: 0; background: none; color: #000; font-size: 10pt; } tr { break-inside: avoid; } figure { overflow: visible; } thead { display: table-header-group; } }
`

// WriteHTML writes a report as a page that stands alone, for reading and
// printing.
func WriteHTML(w io.Writer, r Report) error {
	var b strings.Builder
	// put writes markup, with the texts that follow escaped in place of its %.
	put := func(markup string, texts ...string) {
		for _, t := range texts {
			before, after, _ := strings.Cut(markup, "%")
			b.WriteString(before + html.EscapeString(t))
			markup = after
		}
		b.WriteString(markup)
	}
	put("<!DOCTYPE html>\n<html lang=\"%\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>%</title>\n", r.Lang, r.Title)
	b.WriteString("<style>\n" + reportStyle + "</style>\n</head>\n<body>\n<main>\n")
	put("<h1>%</h1>\n<p class=\"subtitle\">%</p>\n", r.Title, r.Subtitle)
	for _, s := range r.Sections {
		put("<section>\n<h2>%</h2>\n", s.Title)
		for _, p := range s.Paragraphs {
			put("<p>%</p>\n", p)
		}
		for _, t := range s.Tables {
			class := make([]string, len(t.Columns))
			for i := range t.Columns {
				if t.Numeric(i) {
					class[i] = ` class="n"`
				}
			}
			put("<figure tabindex=\"0\">\n<figcaption>%</figcaption>\n<table>\n<thead><tr>", t.Caption)
			for i, c := range t.Columns {
				put(`<th scope="col"`+class[i]+`>%</th>`, c)
			}
			put("</tr></thead>\n<tbody>\n")
			for _, row := range t.Rows {
				put("<tr>")
				for i, c := range row {
					if i == 0 {
						put(`<th scope="row">%</th>`, c.Text)
					} else {
						put("<td"+class[i]+">%</td>", c.Text)
					}
				}
				put("</tr>\n")
			}
			put("</tbody>\n</table>\n</figure>\n")
		}
		put("</section>\n")
	}
	put("</main>\n</body>\n</html>\n")
	_, err := io.WriteString(w, b.String())
	return err
}
