package exports

import (
	"iter"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// Live counts settled cases as they stand now, to be shown while releases stay
// in view. Before is everything that was released: a year in it is counted
// anew, and what few changed cases would say by comparison is hidden by the
// rule. It returns the number of cases as well.
func Live(book *codebook.Codebook, breakdowns []string, design Design, cases iter.Seq2[SettledCase, error], before disclosure.Ledger) (Table, int, error) {
	years := map[string]bool{}
	for _, f := range before.Facts {
		years[f.Period] = true
	}
	tally, n := NewTally(book, breakdowns).Under(design), 0
	for c, err := range cases {
		if err != nil {
			return Table{}, 0, err
		}
		n++
		if c.Stratum == "" {
			c.Stratum = c.Region + " " + c.Period
		}
		tally.Add(c)
		for year := range years {
			if year != c.Period && (ReleasedPeriod{Period: year}).Covers(c.Period) {
				in := c
				in.Period = year
				tally.Add(in)
			}
		}
	}
	table := tally.Table()
	table.Before, table.Beside = before, len(before.Facts) > 0
	table.complete()
	return table, n, nil
}
