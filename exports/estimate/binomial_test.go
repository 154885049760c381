package estimate_test

import (
	"math"
	"testing"

	"github.com/dossierlens/dossierlens/exports/estimate"
)

// Newcombe (1998), Interval estimation for the difference between independent
// proportions, Statistics in Medicine 17, table II: 56/70 against 48/80.
func TestNewcombe(t *testing.T) {
	got := estimate.NewcombeDifference(56, 70, 48, 80, 0.95)
	if math.Abs(got.Lower-0.0524) > 5e-5 || math.Abs(got.Upper-0.3339) > 5e-5 {
		t.Errorf("method 10 gives %.4f to %.4f, want 0.0524 to 0.3339", got.Lower, got.Upper)
	}
}

// The tea-tasting experiment of Fisher (1935), The Design of Experiments:
// three of four cups named right, one-sided 17/70, two-sided 34/70.
func TestFisherExact(t *testing.T) {
	got := estimate.FisherExact(3, 4, 1, 4)
	if want := 34.0 / 70; math.Abs(got.Value-want) > 1e-12 {
		t.Errorf("p = %v, want %v", got.Value, want)
	}
}

func TestBinomialRefuses(t *testing.T) {
	check := func(name string, got, want estimate.Reason) {
		t.Helper()
		if got != want {
			t.Errorf("%s is undefined for %q, want %q", name, got, want)
		}
	}
	check("no units", estimate.Wilson(0, 0, 0.95).Undefined, estimate.NoUnits)
	check("too many events", estimate.ClopperPearson(5, 4, 0.95).Undefined, estimate.BadCounts)
	check("negative", estimate.WilsonAdjusted(-1, 4, 0.95).Undefined, estimate.BadCounts)
	check("level", estimate.Wilson(1, 4, 95).Undefined, estimate.BadLevel)
	check("second group", estimate.NewcombeDifference(1, 2, 3, 2, 0.95).Undefined, estimate.BadCounts)
	check("Wald", estimate.WaldDifference(1, 2, 0, 0, 0.95).Undefined, estimate.NoUnits)
	check("Fisher", estimate.FisherExact(1, 0, 0, 1).Undefined, estimate.BadCounts)
	stat, p := estimate.PearsonChiSquare(0, 4, 0, 5)
	check("chi-square without events", stat.Undefined, estimate.SameValue)
	check("its p", p.Undefined, estimate.SameValue)
}
