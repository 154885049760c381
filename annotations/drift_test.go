package annotations

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
)

// timed adds a case a day of which coders 1 and 2 say that damage is clear or
// none, settled as clear.
func timed(r *Ratings, day int, answers ...string) {
	c := CodedCase{Case: Case{Key: int64(day + 1), ID: CaseID(fmt.Sprintf("T-%03d", day))}, Round: "1",
		Decided: map[string]codebook.Answer{"damage": {Value: "yes_clear"}}}
	for i, a := range answers {
		k := coded(int64(i+1), "damage="+a)
		k.At = time.Date(2026, 1, 1, 9, i, 0, 0, time.UTC).AddDate(0, 0, day)
		c.Codings = append(c.Codings, k)
	}
	r.Add(c)
}

// A coder who begins to answer otherwise half-way raises an alarm from then
// on; the other, as good as ever, does not by the settled answers.
func TestACoderWhoDrifts(t *testing.T) {
	r := NewRatings(bicycles(t))
	for day := range 120 {
		first, second := "yes_clear", "yes_clear"
		if day%20 == 7 {
			first = "none"
		}
		if day%20 == 11 || day >= 60 && day%3 != 0 {
			second = "none"
		}
		timed(r, day, first, second)
	}
	charts := r.CoderCharts("damage")
	if len(charts) != 2 {
		t.Fatalf("%d charts, want 2", len(charts))
	}
	one, two := charts[0], charts[1]
	if len(two.Settled.Blocks) != 6 || two.Settled.N != 120 || two.Settled.Blocks[0].Same != 19 {
		t.Fatalf("series %+v", two.Settled)
	}
	if want := float64(one.Settled.Same+two.Settled.Same) / 240; math.Abs(one.Settled.Center-want) > 1e-12 {
		t.Errorf("center %v, want %v", one.Settled.Center, want)
	}
	for i, b := range one.Settled.Blocks {
		if b.Outside() {
			t.Errorf("block %d of the first coder is outside: %+v", i, b)
		}
	}
	from, to, ok := two.Alarm()
	if want := time.Date(2026, 3, 2, 9, 1, 0, 0, time.UTC); !ok || from.Before(want) || !to.IsZero() {
		t.Errorf("alarm from %v to %v, %v; want from %v on, still going", from, to, ok, want)
	}
	if r.CoderCharts("remark") != nil {
		t.Error("text has charts")
	}
}

// The limits of 20 at .9 are those of the binomial distribution: P(X <= 12) is
// .00036 and P(X <= 13) .0024, so that 13 is the smallest count within.
func TestLimitsOfAShare(t *testing.T) {
	for _, x := range []struct {
		n            int
		center       float64
		lower, upper float64
	}{{20, 0.9, 13. / 20, 1}, {20, 1, 1, 1}, {20, 0, 0, 0}, {1, 0.5, 0, 1}} {
		if got := shareLimits(x.n, x.center); math.Abs(got[0]-x.lower) > 1e-12 || math.Abs(got[1]-x.upper) > 1e-12 {
			t.Errorf("limits of %d at %v are %v, want %v and %v", x.n, x.center, got, x.lower, x.upper)
		}
	}
}

// A rest of fewer than half a block joins the block before it, so that no
// point rests on a handful of cases beside full ones.
func TestBlocksOfACoder(t *testing.T) {
	for n, want := range map[int][]int{3: {3}, 20: {20}, 29: {29}, 30: {20, 10}, 45: {20, 25}, 50: {20, 20, 10}} {
		r := NewRatings(bicycles(t))
		for day := range n {
			timed(r, day, "yes_clear", "yes_clear")
		}
		var got []int
		for _, b := range r.CoderCharts("damage")[0].Settled.Blocks {
			got = append(got, b.N)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d cases make blocks %v, want %v", n, got, want)
		}
	}
}
