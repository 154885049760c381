package intake

import (
	"io"
	"iter"
	"math"
	"slices"
	"strings"
	"time"
)

// A CodingRow is one answer of a codings file. Exactly one of Value and
// Missing is filled.
type CodingRow struct {
	Case, Coder, Variable string
	Value                 string // as the file has it; its variable says what it may be
	Missing               string // NR, DM, NA or UC
	Note                  string
	SubmittedAt           time.Time // UTC; zero when the file does not tell
	Line                  int
}

// missingCodes are the codes that a file may hold (OPEN and LIST arise in
// derivations only).
var missingCodes = []string{"NR", "DM", "NA", "UC"}

// ReadCodings reads a codings file row by row: CSV with the columns case_id,
// coder, variable, value and missing, and where there are any note and
// submitted_at. It gives a row or a [*Problem], never both, and goes on after
// a problem of one row; a file that cannot be read further ends with one.
// It holds one row at a time, so it cannot know of an answer given twice:
// that is for who keeps the answers. Limits.Rows and Limits.TableBytes do not
// apply.
func ReadCodings(src io.Reader, file string) iter.Seq2[CodingRow, error] {
	return func(yield func(CodingRow, error) bool) {
		limits := DefaultLimits()
		limits.Rows, limits.TableBytes = math.MaxInt, math.MaxInt64
		t := newCSV(src, file, limits)
		flush := func() bool {
			for _, p := range t.problems {
				if !yield(CodingRow{}, p) {
					return false
				}
			}
			t.problems = t.problems[:0]
			return true
		}
		if !t.header("case_id", "coder", "variable", "value", "missing") {
			flush()
			return
		}
		for {
			r, ok := t.read()
			if !ok {
				flush()
				return
			}
			c := r.coding()
			if len(t.problems) > 0 {
				if !flush() {
					return
				}
				continue
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

func (r row) coding() CodingRow {
	c := CodingRow{
		Case: r.id("case_id"), Coder: r.required("coder"), Variable: r.required("variable"),
		Value: unguarded(r.raw("value")), Missing: r.cell("missing"), Note: unguarded(r.raw("note")), Line: r.line,
	}
	if c.Missing != "" && !slices.Contains(missingCodes, c.Missing) {
		r.table.problems.add(r.problem("missing", ErrCode, clip(c.Missing, 80)))
	}
	if (c.Value == "") == (c.Missing == "") {
		r.table.problems.add(r.problem("value", ErrOneOf))
	}
	var p *Problem
	if c.SubmittedAt, p = r.time("submitted_at"); p != nil {
		r.table.problems.add(p)
	}
	return c
}

// unguarded takes off the apostrophe that an export puts before what a
// spreadsheet would take for a formula.
func unguarded(s string) string {
	bare := strings.TrimLeft(s, "'")
	if len(bare) < len(s) && bare != "" && strings.Contains("=+-@\t", bare[:1]) {
		return s[1:]
	}
	return s
}
