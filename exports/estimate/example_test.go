package estimate_test

import (
	"fmt"

	"github.com/dossierlens/dossierlens/exports/estimate"
)

// Two regions of one half-year: of 400 cases 40 were drawn, of 120 cases 40.
// Two of the drawn cases were not eligible; they count as drawn and are
// neither yes nor no.
func ExampleCells() {
	nation := estimate.Cells{
		estimate.Shares("VT01|2025-H1", 400, 40, 12, 27),
		estimate.Shares("VT02|2025-H1", 120, 40, 20, 19),
	}
	e := nation.Proportion(estimate.LonelyAdjust)
	i := e.Recommended(0.95)
	grade, why := estimate.DefaultThresholds.Grade(e)
	fmt.Printf("%.1f %% (%.1f to %.1f) of %d cases: %s for %v\n", 100*e.Value, 100*i.Lower, 100*i.Upper, e.N, grade, why)
	// Output:
	// 35.5 % (24.5 to 47.7) of 78 cases: limited for [interval too wide]
}

func ExampleDesign_Difference() {
	// Four organisations of twenty, with the days of both halves of a year.
	d, err := estimate.NewDesign(estimate.Rows{
		N:          8,
		Cluster:    []string{"a", "b", "c", "d", "a", "b", "c", "d"},
		Population: []float64{20, 20, 20, 20, 20, 20, 20, 20},
	}, estimate.LonelyFail)
	if err != nil {
		fmt.Println(err)
		return
	}
	days := []float64{10, 20, 30, 40, 13, 22, 35, 42}
	first := []bool{true, true, true, true, false, false, false, false}
	second := []bool{false, false, false, false, true, true, true, true}
	change := d.Difference(days, nil, first, second)
	i := change.Interval(0.95)
	fmt.Printf("%+.1f days (%.1f to %.1f), covariance %.1f\n", change.Value, i.Lower, i.Upper, change.Covariance.Value)
	// Output:
	// +3.0 days (1.0 to 5.0), covariance 33.3
}
