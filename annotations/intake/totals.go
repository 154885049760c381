package intake

import "io"

// A TotalRow is how many case files of a class there are in a period.
type TotalRow struct {
	Period, Region, Class string // region is empty for all of them
	Total                 int    // above 0
	Line                  int
}

// ReadTotals reads known numbers of case files: CSV with the columns period,
// class and total, and where there is one region. Its error is a [Problems]
// with all mistakes.
func ReadTotals(src io.Reader, file string, limits Limits) ([]TotalRow, error) {
	t := newCSV(src, file, limits)
	if !t.header("period", "class", "total") {
		return nil, t.problems.err()
	}
	var list []TotalRow
	for {
		r, ok := t.read()
		if !ok || t.problems.full() {
			break
		}
		row := TotalRow{Period: r.period("period"), Region: r.cell("region"), Class: r.required("class"), Line: r.line}
		if row.Period == "" {
			r.required("period")
		}
		if v := r.required("total"); v != "" {
			if row.Total, ok = whole(v); !ok || row.Total < 1 {
				t.problems.add(r.problem("total", ErrTotal, clip(v, 80)))
			}
		}
		list = append(list, row)
	}
	return finish(t, list)
}
