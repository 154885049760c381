package estimate_test

import (
	"math"
	"testing"

	"github.com/dossierlens/dossierlens/exports/estimate"
)

// The sizes at which the Korn-Graubard interval becomes narrower than 0.30 and
// 0.20, as found with svyciprop of R's survey package.
func TestExpectWidths(t *testing.T) {
	for _, test := range []struct {
		share, drawn float64 // drawn: of the frame, 0 for an endless one
		width        float64
		n            int
	}{
		{0.5, 0, 0.30, 48}, {0.5, 0, 0.20, 105}, {0.5, 0.5, 0.30, 25}, {0.5, 0.5, 0.20, 53},
		{0.5, 0.25, 0.30, 36}, {0.5, 0.25, 0.20, 79}, {0.1, 0, 0.30, 22}, {0.1, 0, 0.20, 45},
	} {
		width := func(n int) float64 {
			population := 1_000_000_000
			if test.drawn > 0 {
				population = int(float64(n) / test.drawn)
			}
			return estimate.Expect([]estimate.Draw{{Stratum: "a", Population: population, Sampled: n}}, test.share, 0.95).Width()
		}
		got := 2
		for width(got) >= test.width {
			got++
		}
		if got < test.n-1 || got > test.n+1 { // the last half case of a fraction of the frame
			t.Errorf("share %v, fraction %v: width %v is reached at %d cases, want %d", test.share, test.drawn, test.width, got, test.n)
		}
	}
}

// Strata that are drawn alike say the same as one stratum, and a census is
// certain.
func TestExpectStrata(t *testing.T) {
	one := estimate.Expect([]estimate.Draw{{Stratum: "all", Population: 1000, Sampled: 100}}, 0.2, 0.95)
	var draws []estimate.Draw
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		draws = append(draws, estimate.Draw{Stratum: name, Population: 200, Sampled: 20})
	}
	five := estimate.Expect(draws, 0.2, 0.95)
	// n_h - 1 stands in the place of n - 1: a little wider.
	if five.Width() < one.Width() || five.Width() > 1.05*one.Width() {
		t.Errorf("five strata give a width of %.4f, one gives %.4f", five.Width(), one.Width())
	}
	if got := estimate.Expect(append(draws, estimate.Draw{Stratum: "f", Population: 200}), 0.2, 0.95); got != five {
		t.Errorf("a stratum from which nothing is drawn changes %v into %v", five, got)
	}
	if got := estimate.Expect([]estimate.Draw{{Stratum: "a", Population: 20, Sampled: 20}}, 0.2, 0.95); math.Abs(got.Lower-0.2) > 1e-12 || math.Abs(got.Upper-0.2) > 1e-12 {
		t.Errorf("a census gives %v, want 0.2 itself", got)
	}
	if got := estimate.Expect(draws[:1], 0.05, 0.95); got.Undefined != "" || got.Lower >= 0.05 || got.Upper <= 0.05 {
		t.Errorf("a rare share gives %+v", got)
	}
	for name, got := range map[string]estimate.Interval{
		"no draws": estimate.Expect(nil, 0.5, 0.95), "share 0": estimate.Expect(draws, 0, 0.95), "share 1": estimate.Expect(draws, 1, 0.95),
	} {
		if got.Undefined == "" {
			t.Errorf("%s: got %v, want no interval", name, got)
		}
	}
}
