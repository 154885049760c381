package xlsx

import (
	"io"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/exports"
)

// WriteReport writes a report as a workbook: the text on the first sheet, then
// a sheet for each table with its numbers unrounded. Made is the time it says
// it was made at; the same report and time give the same bytes.
func WriteReport(w io.Writer, r exports.Report, made time.Time) error {
	b := newWorkbook("")
	b.properties(r.Title, r.Lang, made)
	s := b.add(reportSheet(0, r.Title), pane{}, false, 110)
	s.put(style{bold: true, size: 14}, r.Title)
	s.put(wrapped, r.Subtitle)
	for _, section := range r.Sections {
		s.space()
		s.put(bold, section.Title)
		for _, p := range section.Paragraphs {
			s.put(wrapped, p)
		}
		for _, t := range section.Tables {
			s.put(plain, "→ "+t.Caption)
		}
	}
	s.end()
	n := 0
	for _, section := range r.Sections {
		for _, t := range section.Tables {
			n++
			b.reportTable(reportSheet(n, t.Caption), t)
		}
	}
	return b.write(w)
}

func (b *workbook) reportTable(name string, t exports.ReportTable) {
	widths := make([]float64, len(t.Columns))
	header := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		header[i] = cell{c, style{bold: true, below: true, wrap: true, right: t.Numeric(i)}}
		if widths[i] = 14; !t.Numeric(i) {
			widths[i] = 28
		}
	}
	s := b.add(name, pane{rows: 1, columns: 1}, true, widths...)
	s.put(plain, header...)
	for _, row := range t.Rows {
		cells := make([]any, len(row))
		for i, c := range row {
			switch {
			case c.Value == nil:
				cells[i] = cell{c.Text, style{wrap: true, right: t.Numeric(i)}}
			case c.Decimals == 0:
				cells[i] = cell{*c.Value, style{right: true, format: whole}}
			default:
				cells[i] = cell{*c.Value, style{right: true, format: "0." + strings.Repeat("0", c.Decimals)}}
			}
		}
		s.put(plain, cells...)
	}
	s.end()
}

// reportSheet is a name that a sheet may have: at most 31 signs, some of which
// are forbidden, and no two alike.
func reportSheet(n int, title string) string {
	name := []rune(itoa(n) + " " + strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, title))
	return strings.TrimSpace(string(name[:min(len(name), 31)]))
}
