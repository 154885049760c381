package annotations

import (
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
)

// Half the width asked for takes four times the pairs, by the interval that
// there is; with few pairs the plan rests on an assumption and says so.
func TestPairsOfAVariable(t *testing.T) {
	r := NewRatings(bicycles(t))
	add(r, 20, "", "")
	add(r, 5, "", "repaired=no")
	add(r, 10, "repaired=no", "")
	add(r, 15, "repaired=no", "repaired=no")
	a := agreementOn(t, r, "repaired")
	wide, narrow := PlanPairs(a, 0.2), PlanPairs(a, 0.1)
	if !wide.Observed || wide.Have != 50 || narrow.Need < 4*wide.Need-4 || narrow.Need > 4*wide.Need {
		t.Errorf("%+v for .2 and %+v for .1, want four times as many", wide, narrow)
	}
	if at := PlanPairs(a, wide.Half); at.Need != 50 || !at.Enough() {
		t.Errorf("for the width that there is %+v, want the pairs that there are", at)
	}
	few := NewRatings(bicycles(t))
	add(few, 3, "", "")
	if p := PlanPairs(agreementOn(t, few, "repaired"), 0.2); p.Observed || p.Enough() || p.Need < FewPairs || p.Short() != p.Need-3 {
		t.Errorf("with three pairs %+v", p)
	}
}

// A case that brings pairs for what lacks most comes first, and one that
// brings none is not proposed.
func TestCasesToCodeNext(t *testing.T) {
	book := bicycles(t)
	plans := []PairsPlan{{Variable: book.Variable("damage"), Have: 29, Need: 30}, {Variable: book.Variable("quality"), Have: 10, Need: 30}, {Variable: book.Variable("repaired"), Have: 50, Need: 30}}
	yes := codebook.Answer{Value: "x"}
	cases := map[CaseID]codebook.Answers{
		"A": {"damage": yes, "repaired": yes},
		"B": {"quality": yes},
		"C": {"repaired": yes},
		"D": {"quality": {Missing: codebook.NR}, "damage": {Missing: codebook.NR}},
		"E": {"quality": yes, "damage": yes},
	}
	got := NextCases(plans, cases, 10)
	if len(got) != 2 || got[0] != (NextCase{"E", 2}) || got[1].Case != "B" {
		t.Errorf("proposed %v, want E, which helps two, and B; A brings nothing once E is done", got)
	}
	if got := NextCases(plans, cases, 1); len(got) != 1 {
		t.Errorf("%d proposals, want 1", len(got))
	}
}
