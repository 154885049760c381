package estimate_test

import (
	"math"
	"testing"

	"github.com/dossierlens/dossierlens/exports/estimate"
)

// choose returns the logarithm of n over k.
func choose(n, k int) float64 {
	lg := func(m int) float64 { v, _ := math.Lgamma(float64(m + 1)); return v }
	return lg(n) - lg(k) - lg(n-k)
}

// coverage returns the mean and the least probability that the interval of a
// sample of n of N holds the true share, over all true shares from 3 to 97
// percent, by enumeration of every possible sample.
func coverage(N, n int, interval func(estimate.Estimate) estimate.Interval) (mean, least float64) {
	intervals := make([]estimate.Interval, n+1)
	for x := range intervals {
		e := estimate.Cells{estimate.Shares("", float64(N), n, x, n-x)}.Proportion(estimate.LonelyFail)
		intervals[x] = interval(e)
	}
	shares := 0
	least = 1
	for k := int(math.Ceil(0.03 * float64(N))); k <= int(0.97*float64(N)); k++ {
		truth := float64(k) / float64(N)
		var covered float64
		for x := max(0, n-(N-k)); x <= min(n, k); x++ {
			if i := intervals[x]; i.Lower <= truth && truth <= i.Upper {
				covered += math.Exp(choose(k, x) + choose(N-k, n-x) - choose(N, n))
			}
		}
		shares++
		mean += covered
		least = min(least, covered)
	}
	return mean / float64(shares), least
}

// The recommended interval keeps its level in a small sample where the plain
// one does not; where every unit has the same value the methods that have no
// answer count as a point.
func TestCoverage(t *testing.T) {
	recommended := func(e estimate.Estimate) estimate.Interval { return e.Recommended(0.95) }
	plain := func(e estimate.Estimate) estimate.Interval {
		i := e.Interval(estimate.MethodT, 0.95)
		if i.Undefined != "" {
			i.Lower, i.Upper = e.Value, e.Value
		}
		return i
	}
	for _, size := range []struct{ N, n int }{{60, 15}, {150, 40}, {400, 30}} {
		mean, least := coverage(size.N, size.n, recommended)
		if mean < 0.96 || least < 0.946 {
			t.Errorf("%d of %d: recommended covers %.3f, at least %.3f; want 0.96 and 0.946", size.n, size.N, mean, least)
		}
		if mean, least := coverage(size.N, size.n, plain); mean > 0.94 || least > 0.80 {
			t.Errorf("%d of %d: plain covers %.3f, at least %.3f; want below 0.94 and 0.80", size.n, size.N, mean, least)
		}
	}
}

func TestRecommended(t *testing.T) {
	check := func(name string, c estimate.Cells, method estimate.Method, lower, upper float64, why estimate.Reason) {
		t.Helper()
		got := c.Proportion(estimate.LonelyAdjust).Recommended(0.95)
		if got.Method != method || got.Undefined != why {
			t.Errorf("%s: method %s, undefined for %q; want %s, %q", name, got.Method, got.Undefined, method, why)
		}
		if math.Abs(got.Lower-lower) > 1e-6 || math.Abs(got.Upper-upper) > 1e-6 {
			t.Errorf("%s: %v to %v, want %v to %v", name, got.Lower, got.Upper, lower, upper)
		}
	}
	kg, cp := estimate.MethodKornGraubard, estimate.MethodClopperPearson
	// Ends of the first by R's svyciprop, of the next two by its binom.test.
	check("some", estimate.Cells{estimate.Shares("a", 50, 10, 4, 6)}, kg, 0.133881962776359, 0.71922573288683, "")
	check("none", estimate.Cells{estimate.Shares("a", 100, 45, 0, 45)}, cp, 0, 0.0787051004068431, "")
	check("all", estimate.Cells{estimate.Shares("a", 100, 40, 40, 0)}, cp, 0.911902697121198, 1, "")
	check("census", estimate.Cells{estimate.Shares("a", 20, 20, 5, 15)}, kg, 0.25, 0.25, "")
	check("census without events", estimate.Cells{estimate.Shares("a", 20, 20, 0, 20)}, kg, 0, 0, "")
	check("nobody", estimate.Cells{estimate.Shares("a", 20, 10, 0, 0)}, kg, 0, 0, estimate.NoUnits)
	check("strata that differ wholly", estimate.Cells{
		estimate.Shares("a", 20, 10, 10, 0), estimate.Shares("b", 20, 10, 0, 10),
	}, kg, 0, 0, estimate.ZeroVariance)
	check("one unit a stratum", estimate.Cells{
		estimate.Shares("a", 20, 1, 1, 0), estimate.Shares("b", 20, 1, 0, 1),
	}, kg, 0, 0, estimate.NoDegrees)
}

func TestIntervalRefuses(t *testing.T) {
	cells := estimate.Cells{estimate.Shares("a", 50, 10, 4, 6)}
	share, mean := cells.Proportion(estimate.LonelyFail), cells.Mean(estimate.LonelyFail)
	check := func(e estimate.Estimate, m estimate.Method, level float64, want estimate.Reason) {
		t.Helper()
		if got := e.Interval(m, level).Undefined; got != want {
			t.Errorf("%s at %v is undefined for %q, want %q", m, level, got, want)
		}
	}
	check(share, estimate.MethodLogit, 0.95, "")
	check(share, estimate.MethodLogit, 1, estimate.BadLevel)
	check(share, estimate.MethodLogit, math.NaN(), estimate.BadLevel)
	check(share, "guess", 0.95, estimate.UnknownMethod)
	check(mean, estimate.MethodT, 0.95, "")
	check(mean, estimate.MethodWilson, 0.95, estimate.NotAShare)
	check(mean, estimate.MethodClopperPearson, 0.95, estimate.NotAShare)
}
