package exports

import (
	"encoding/csv"
	"io"
	"iter"
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
		fields[5] = Guard(fields[5])
		if err := c.Write(fields); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// Guard puts an apostrophe before text that a spreadsheet would take for a
// formula, for that is how data that people typed becomes code.
func Guard(s string) string {
	if s == "" {
		return s
	}
	switch s[0] {
	case '=', '+', '-', '@', '\t', '\r':
		return "'" + s
	}
	return s
}

// CodingRows returns the rows of a coding, in codebook order: every answer as
// routing leaves it, those set by routing included.
func CodingRows(book *codebook.Codebook, c annotations.Case, coder string, answers codebook.Answers, notes map[string]string, submitted time.Time) []CodingRow {
	effective := book.Effective(answers)
	var rows []CodingRow
	for _, v := range book.Variables() {
		a, ok := effective[v.ID]
		if !ok || a == (codebook.Answer{}) {
			continue
		}
		rows = append(rows, CodingRow{c.ID, coder, v.ID, a, notes[v.ID], submitted})
	}
	return rows
}
