package annotations

import (
	"math"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// The bootstrap of a known table: kappa .40 of 50 pairs scatters by about .13,
// as its analytic standard error says; the same cases give the same interval.
func TestBootstrapOfAVariable(t *testing.T) {
	r := NewRatings(bicycles(t))
	add(r, 20, "", "")
	add(r, 5, "", "repaired=no")
	add(r, 10, "repaired=no", "")
	add(r, 15, "repaired=no", "repaired=no")
	a := agreementOn(t, r, "repaired")
	got := r.Bootstrap("repaired", Selection{})
	want := []agreement.Result{a.Headline.Percent, a.Headline.AC, a.Headline.Kappa, a.Headline.Alpha}
	if len(got) != len(want) {
		t.Fatalf("%d intervals, want %d", len(got), len(want))
	}
	again := r.Bootstrap("repaired", Selection{})
	for i, b := range got {
		w := want[i]
		if b.Measure != w.Measure || b.Undefined != nil || b.Value != w.Value || b.BCa == nil || b.Replicates != BootstrapReplicates {
			t.Fatalf("%s: %+v", w.Measure, b)
		}
		if *b.BCa != *again[i].BCa {
			t.Errorf("%s: %v, then %v", b.Measure, *b.BCa, *again[i].BCa)
		}
		for k, limit := range []float64{w.Interval.Lower, w.Interval.Upper} {
			if math.Abs(b.BCa[k]-limit) > 0.06 {
				t.Errorf("%s: limit %.3f, the formula says %.3f", b.Measure, b.BCa[k], limit)
			}
		}
	}
	for variable, n := range map[string]int{"minutes": 3, "parts_hit": 4, "received": 3, "remark": 0, "nothing": 0} {
		if got := r.Bootstrap(variable, Selection{}); len(got) != n {
			t.Errorf("%s has %d intervals, want %d", variable, len(got), n)
		}
	}
}
