package exports

// A Report is a text with tables in one language, to be shown as a page or
// written as a document ([WriteDOCX]) or a workbook (package xlsx).
type Report struct {
	Title    string
	Subtitle string
	Lang     string // "nl" or "en"
	Sections []ReportSection
}

// A ReportSection is a heading with what stands below it: paragraphs, then
// tables.
type ReportSection struct {
	Title      string
	Paragraphs []string
	Tables     []ReportTable
}

// A ReportTable has a row of headings and, in every row, a cell for each.
type ReportTable struct {
	Caption string
	Columns []string
	Rows    [][]ReportCell
}

// A ReportCell is a text or, with Value, a number as Text writes it.
type ReportCell struct {
	Text     string
	Value    *float64
	Decimals int // in which a reader wants to see Value
}

// Long reports whether the text of a cell goes on several lines where room is
// scarce; an interval or a word does not.
func (c ReportCell) Long() bool { return len([]rune(c.Text)) > 24 }

// Numeric reports whether column i holds numbers: it has one at least, and no
// text of any length beside them.
func (t ReportTable) Numeric(i int) bool {
	found := false
	for _, row := range t.Rows {
		if row[i].Value != nil {
			found = true
		} else if len([]rune(row[i].Text)) > 30 {
			return false
		}
	}
	return found
}
