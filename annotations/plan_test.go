package annotations_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
)

func planned(n int) []annotations.PlannedCase {
	cases := make([]annotations.PlannedCase, n)
	for i := range cases {
		cases[i].ID = annotations.CaseID(fmt.Sprintf("C-%03d", i))
	}
	return cases
}

func TestPlanDividesEvenly(t *testing.T) {
	for _, test := range []struct {
		cases, coders int
		double        float64
		twice         int // cases coded by two
	}{
		{60, 4, 0, 0}, {60, 4, 0.1, 6}, {61, 4, 0.1, 7}, {30, 3, 1, 30}, {7, 5, 0.5, 4}, {5, 1, 0.5, 0}, {0, 3, 0.2, 0}, {5, 0, 0, 0},
	} {
		t.Run(fmt.Sprintf("%d cases, %d coders, %v double", test.cases, test.coders, test.double), func(t *testing.T) {
			var coders []int64
			for i := range test.coders {
				coders = append(coders, int64(i+1))
			}
			per, work := map[annotations.CaseID][]int64{}, map[int64]int{}
			for _, p := range annotations.Plan(planned(test.cases), coders, annotations.Overlap{Share: test.double}, 42) {
				if slices.Contains(per[p.Case], p.Coder) {
					t.Errorf("case %s goes to coder %d twice", p.Case, p.Coder)
				}
				per[p.Case] = append(per[p.Case], p.Coder)
				work[p.Coder]++
			}
			twice := 0
			for _, given := range per {
				if len(given) == 2 {
					twice++
				}
			}
			if twice != test.twice {
				t.Errorf("%d cases are coded twice, want %d", twice, test.twice)
			}
			if want := test.cases * min(test.coders, 1); len(per) != want {
				t.Errorf("%d cases are given, want %d", len(per), want)
			}
			for _, c := range coders {
				if least := (test.cases + test.twice) / test.coders; work[c] < least || work[c] > least+1 {
					t.Errorf("coder %d gets %d, want %d or one more", c, work[c], least)
				}
			}
		})
	}
}

func TestPlanFollowsItsSeed(t *testing.T) {
	cases, coders := planned(40), []int64{3, 1, 2}
	first := annotations.Plan(cases, coders, annotations.Overlap{Share: 0.2}, 7)
	slices.Reverse(cases)
	slices.Reverse(coders)
	if got := annotations.Plan(cases, coders, annotations.Overlap{Share: 0.2}, 7); !reflect.DeepEqual(got, first) {
		t.Errorf("the same seed divides otherwise when cases and coders come in another order")
	}
	if got := annotations.Plan(cases, coders, annotations.Overlap{Share: 0.2}, 8); reflect.DeepEqual(got, first) {
		t.Errorf("another seed divides the same")
	}
}

// Every pair of coders shares some of the cases that are coded twice, so that
// agreement is known between all of them.
func TestPlanMixesPairs(t *testing.T) {
	byCase := map[annotations.CaseID][]int64{}
	for _, p := range annotations.Plan(planned(60), []int64{1, 2, 3, 4}, annotations.Overlap{Share: 1}, 3) {
		byCase[p.Case] = append(byCase[p.Case], p.Coder)
	}
	pairs := map[string]int{}
	for _, given := range byCase {
		pairs[fmt.Sprint(given)]++
	}
	if len(pairs) != 6 {
		t.Errorf("%d pairs of coders share cases, want all 6: %v", len(pairs), pairs)
	}
}

func TestPlanLeavesOutWhoHasACase(t *testing.T) {
	cases := []annotations.PlannedCase{{ID: "A", Given: []int64{1}}, {ID: "B", Given: []int64{1, 2}}, {ID: "C"}}
	got := annotations.Plan(cases, []int64{1, 2}, annotations.Overlap{}, 1)
	for _, p := range got {
		if p.Case == "B" || p.Case == "A" && p.Coder == 1 {
			t.Errorf("case %s is given to coder %d again", p.Case, p.Coder)
		}
	}
	if len(got) != 2 {
		t.Errorf("got %v, want A to 2 and C to one of them", got)
	}
}

// doubles returns at which places of the plan, counted in cases, a case is
// coded twice, and how many of each stratum.
func doubles(cases []annotations.PlannedCase, plan []annotations.Planned) (places []int, strata map[string]int) {
	of := map[annotations.CaseID]string{}
	for _, c := range cases {
		of[c.ID] = c.Stratum
	}
	strata = map[string]int{}
	place := -1
	for i, p := range plan {
		if i == 0 || plan[i-1].Case != p.Case {
			place++
			continue
		}
		places = append(places, place)
		strata[of[p.Case]]++
	}
	return places, strata
}

// Each stratum has its least number of pairs, or all its cases; what is left
// of the share goes to the larger strata.
func TestPlanPairsInEveryStratum(t *testing.T) {
	cases := planned(100)
	for i := range cases {
		cases[i].Stratum = []string{"large", "middle", "small"}[min(2, i/60+i/98)]
	}
	for _, test := range []struct {
		overlap annotations.Overlap
		want    map[string]int
	}{
		{annotations.Overlap{Share: 0.1}, map[string]int{"large": 6, "middle": 4}},
		{annotations.Overlap{Share: 0.1, Least: 3}, map[string]int{"large": 5, "middle": 3, "small": 2}},
		{annotations.Overlap{Share: 0.05, Least: 4}, map[string]int{"large": 4, "middle": 4, "small": 2}},
		{annotations.Overlap{Share: 1, Least: 4}, map[string]int{"large": 60, "middle": 38, "small": 2}},
	} {
		_, got := doubles(cases, annotations.Plan(cases, []int64{1, 2, 3}, test.overlap, 5))
		if !maps.Equal(got, test.want) {
			t.Errorf("%+v: pairs are %v, want %v", test.overlap, got, test.want)
		}
	}
}

// Cases that are coded twice lie over the whole of the work: of 20 in 100
// cases each fifth has some, whatever the seed.
func TestPlanSpreadsPairsOverTime(t *testing.T) {
	for seed := range uint64(50) {
		cases := planned(100)
		places, _ := doubles(cases, annotations.Plan(cases, []int64{1, 2, 3, 4}, annotations.Overlap{Share: 0.2}, seed))
		var fifths [5]int
		for _, p := range places {
			fifths[p/20]++
		}
		for i, n := range fifths {
			if n < 3 || n > 5 {
				t.Errorf("seed %d: fifth %d of the work has %d cases that are coded twice, want 4 or nearly: %v", seed, i+1, n, fifths)
			}
		}
	}
}

// Every case is as likely to be coded twice as any other: 10 of 40 in
// 2,000 plans is 500 with a standard deviation of 19.
func TestPlanChoosesFairly(t *testing.T) {
	count := map[annotations.CaseID]int{}
	for seed := range uint64(2000) {
		plan := annotations.Plan(planned(40), []int64{1, 2}, annotations.Overlap{Share: 0.25}, seed)
		for i := 1; i < len(plan); i++ {
			if plan[i].Case == plan[i-1].Case {
				count[plan[i].Case]++
			}
		}
	}
	for _, c := range planned(40) {
		if n := count[c.ID]; n < 420 || n > 580 {
			t.Errorf("case %s is coded twice in %d plans, want 500 or near it", c.ID, n)
		}
	}
}
