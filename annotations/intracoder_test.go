package annotations

import (
	"fmt"
	"slices"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// Coder 7 repeats the table of 20, 5, 10 and 15 of which kappa and alpha are
// known; coder 9 says the same each time. Each is compared with themselves and
// never with the other.
func TestIntraCoder(t *testing.T) {
	r := NewIntraCoder(bicycles(t))
	i := 0
	repeat := func(n int, coder int64, first, second string) {
		for range n {
			i++
			r.Add(RepeatedCoding{Case: Case{Key: int64(i), ID: CaseID(fmt.Sprintf("B-%02d", i)), Region: "W1", Period: "2025-H1"}, Coder: coder, First: coded(coder, first), Repeat: coded(coder, second)})
		}
	}
	repeat(20, 7, "", "")
	repeat(5, 7, "", "repaired=no")
	repeat(10, 7, "repaired=no", "")
	repeat(15, 7, "repaired=no", "repaired=no")
	repeat(6, 9, "", "")
	repeat(4, 9, "repaired=no", "repaired=no")
	if got := r.Coders(); !slices.Equal(got, []int64{7, 9}) {
		t.Errorf("coders %v with repeats, want 7 and 9", got)
	}
	seven, ok := r.Agreement("repaired", 7)
	if !ok || seven.Layers.Pairs != 50 || seven.Layers.Values != 50 || seven.Layers.Same != 35 || r.Cases(7) != 50 {
		t.Errorf("layers of coder 7: %+v", seven.Layers)
	}
	near(t, "percent of coder 7", seven.Headline.Percent, 0.70)
	near(t, "kappa of coder 7", seven.Headline.Kappa, 0.40)
	near(t, "alpha of coder 7", seven.Headline.Alpha, 0.40)
	if seven.Headline.Kappa.Measure != "cohen_kappa:unweighted" {
		t.Errorf("kappa of a first coding and its repeat is %s", seven.Headline.Kappa.Measure)
	}
	nine, _ := r.Agreement("repaired", 9)
	near(t, "AC1 of coder 9", nine.Headline.AC, 1)
	all, _ := r.Agreement("repaired", 0)
	near(t, "percent of all", all.Headline.Percent, 0.75)
	if all.Layers.Pairs != 60 || r.Cases(0) != 60 {
		t.Errorf("%d pairs of all, want 60", all.Layers.Pairs)
	}
	if damage, _ := r.Agreement("damage", 9); damage.Headline.Alpha.Undefined != agreement.ErrOneCategory {
		t.Errorf("alpha of one category: %+v", damage.Headline.Alpha)
	}
	for _, x := range []struct {
		variable string
		coder    int64
	}{{"repaired", 8}, {"remark", 7}, {"nothing", 0}} {
		if _, ok := r.Agreement(x.variable, x.coder); ok {
			t.Errorf("%s of coder %d has agreement", x.variable, x.coder)
		}
	}
	if r.Cases(8) != 0 {
		t.Error("coder 8 has repeats")
	}
}
