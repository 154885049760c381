package estimate_test

import (
	"slices"
	"testing"

	"github.com/dossierlens/dossierlens/exports/estimate"
)

func TestGrade(t *testing.T) {
	check := func(name string, c estimate.Cells, want estimate.Reliability, short ...estimate.Shortfall) {
		t.Helper()
		got, why := estimate.DefaultThresholds.Grade(c.Proportion(estimate.LonelyFail))
		if got != want || !slices.Equal(why, short) {
			t.Errorf("%s is %s for %q, want %s for %q", name, got, why, want, short)
		}
	}
	one := func(population float64, yes, no int) estimate.Cells {
		return estimate.Cells{estimate.Shares("a", population, yes+no, yes, no)}
	}
	check("200 units", one(2000, 80, 120), estimate.Good)
	check("60 units at a half", one(2000, 30, 30), estimate.Limited, estimate.WideInterval)
	check("49 units, few events", one(2000, 1, 48), estimate.Limited, estimate.FewUnits)
	check("50 units, few events", one(2000, 1, 49), estimate.Good)
	check("40 units at a half", one(2000, 20, 20), estimate.NotPublished, estimate.WideInterval)
	check("30 units without events", one(2000, 0, 30), estimate.Limited, estimate.FewUnits)
	check("29 units without events", one(2000, 0, 29), estimate.NotPublished, estimate.FewUnits)
	check("29 of 29", one(29, 10, 19), estimate.NotPublished, estimate.FewUnits)
	check("60 of 60", one(60, 30, 30), estimate.Good)
	check("nobody", one(60, 0, 0), estimate.NotPublished, estimate.NoInterval)
}
