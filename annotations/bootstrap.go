package annotations

import "github.com/dossierlens/dossierlens/annotations/agreement"

// Draws of cases for a bootstrap, and the seed that makes them the same draws
// every time.
const (
	BootstrapReplicates = 1000
	BootstrapSeed       = 1
)

// Bootstrap returns intervals of the headline coefficients of a variable by
// drawing cases again, in the order of [Coefficients]; nil for a variable that
// is not compared. Measures that the kind of variable does not have are left
// out.
func (r *Ratings) Bootstrap(variable string, s Selection) []agreement.Bootstrapped {
	col := r.columns[variable]
	if col == nil {
		return nil
	}
	h, table := newTabulation(col, r.chosen(s)).headline(orderedOptions(r.book, col.variable))
	var measures []agreement.Measure
	for _, res := range []agreement.Result{h.Percent, h.AC, h.Kappa, h.Alpha, h.MASI, h.ICC} {
		if res.Measure != "" {
			measures = append(measures, res.Measure)
		}
	}
	return agreement.Bootstrap(table, BootstrapReplicates, BootstrapSeed, measures...)
}
