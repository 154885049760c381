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

func people(n int) []annotations.PlannedCoder {
	coders := make([]annotations.PlannedCoder, n)
	for i := range coders {
		coders[i].ID = int64(i + 1)
	}
	return coders
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
			coders := people(test.coders)
			per, work := map[annotations.CaseID][]int64{}, map[int64]int{}
			for _, p := range annotations.Plan(planned(test.cases), coders, annotations.Overlap{Share: test.double}, 3, 42) {
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
				if least := (test.cases + test.twice) / test.coders; work[c.ID] < least || work[c.ID] > least+1 {
					t.Errorf("coder %d gets %d, want %d or one more", c.ID, work[c.ID], least)
				}
			}
		})
	}
}

func TestPlanFollowsItsSeed(t *testing.T) {
	cases, coders := planned(40), people(3)
	first := annotations.Plan(cases, coders, annotations.Overlap{Share: 0.2}, 3, 7)
	slices.Reverse(cases)
	slices.Reverse(coders)
	if got := annotations.Plan(cases, coders, annotations.Overlap{Share: 0.2}, 3, 7); !reflect.DeepEqual(got, first) {
		t.Errorf("the same seed divides otherwise when cases and coders come in another order")
	}
	if got := annotations.Plan(cases, coders, annotations.Overlap{Share: 0.2}, 3, 8); reflect.DeepEqual(got, first) {
		t.Errorf("another seed divides the same")
	}
}

// Every pair of coders shares some of the cases that are coded twice, so that
// agreement is known between all of them.
func TestPlanMixesPairs(t *testing.T) {
	byCase := map[annotations.CaseID][]int64{}
	for _, p := range annotations.Plan(planned(60), people(4), annotations.Overlap{Share: 1}, 3, 3) {
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
	got := annotations.Plan(cases, people(2), annotations.Overlap{}, 3, 1)
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
		_, got := doubles(cases, annotations.Plan(cases, people(3), test.overlap, 3, 5))
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
		places, _ := doubles(cases, annotations.Plan(cases, people(4), annotations.Overlap{Share: 0.2}, 3, seed))
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
		plan := annotations.Plan(planned(40), people(2), annotations.Overlap{Share: 0.25}, 3, seed)
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

// Every pair of coders has as many cases together as any other, or one more,
// whatever the seed, while the work is divided evenly.
func TestPlanRotatesPairs(t *testing.T) {
	for seed := range uint64(60) {
		n := 2 + int(seed%6)
		cases := planned(120)
		pairs, work := map[[2]int64]int{}, map[int64]int{}
		plan := annotations.Plan(cases, people(n), annotations.Overlap{Share: 0.3}, 4, seed)
		for i, p := range plan {
			work[p.Coder]++
			if i > 0 && plan[i-1].Case == p.Case {
				pairs[[2]int64{min(p.Coder, plan[i-1].Coder), max(p.Coder, plan[i-1].Coder)}]++
			}
		}
		least := 36 / (n * (n - 1) / 2)
		for a := int64(1); a <= int64(n); a++ {
			for b := a + 1; b <= int64(n); b++ {
				if got := pairs[[2]int64{a, b}]; got < least || got > least+1 {
					t.Errorf("seed %d: coders %d and %d share %d cases, want %d or one more", seed, a, b, got, least)
				}
			}
			if got, least := work[a], 156/n; got < least || got > least+1 {
				t.Errorf("seed %d: coder %d gets %d, want %d or one more", seed, a, got, least)
			}
		}
	}
}

// Nobody gets more than their quota; what is over is left out, and the others
// share the rest.
func TestPlanKeepsQuotas(t *testing.T) {
	coders := people(3)
	coders[0].Quota, coders[1].Quota = 5, 8
	work := map[int64]int{}
	for _, p := range annotations.Plan(planned(40), coders, annotations.Overlap{Share: 0.1}, 3, 11) {
		work[p.Coder]++
	}
	if work[1] != 5 || work[2] != 8 || work[3] != 31 {
		t.Errorf("the work is %v, want 5, 8 and the other 31 of 44", work)
	}
	coders[2].Quota = 10
	given := map[annotations.CaseID]bool{}
	for _, p := range annotations.Plan(planned(40), coders, annotations.Overlap{}, 3, 11) {
		given[p.Case] = true
	}
	if len(given) != 23 {
		t.Errorf("%d cases are given, want the 23 for which there is a quota", len(given))
	}
}

// Each block has its share of every group, and every coder their share of the
// work in it.
func TestPlanSpreadsGroupsOverBlocks(t *testing.T) {
	for seed := range uint64(50) {
		cases := planned(120)
		group := map[annotations.CaseID]string{}
		for i := range cases {
			cases[i].Group = []string{"2025-H1", "2025-H2", "2026-H1"}[min(2, i/60+i/100)] // 60, 40 and 20
			cases[i].Stratum = cases[i].Group
			group[cases[i].ID] = cases[i].Group
		}
		var groups [4]map[string]int
		var work [4]map[int64]int
		for i := range groups {
			groups[i], work[i] = map[string]int{}, map[int64]int{}
		}
		for _, p := range annotations.Plan(cases, people(5), annotations.Overlap{}, 4, seed) {
			groups[p.Block][group[p.Case]]++
			work[p.Block][p.Coder]++
		}
		for i := range groups {
			for g, want := range map[string]int{"2025-H1": 15, "2025-H2": 10, "2026-H1": 5} {
				if got := groups[i][g]; got < want-1 || got > want+1 {
					t.Errorf("seed %d: block %d has %d cases of %s, want %d or nearly", seed, i, got, g, want)
				}
			}
			for c, got := range work[i] {
				if got != 6 {
					t.Errorf("seed %d: coder %d has %d cases in block %d, want 6", seed, c, got, i)
				}
			}
		}
	}
}

// A stratum that has too few pairs is told: one with too few cases, and one for
// which no two coders are left; the others are not.
func TestShortfallsOfAPlan(t *testing.T) {
	cases := planned(12)
	for i := range cases {
		cases[i].Stratum = []string{"large", "small", "taken"}[min(2, i/8+i/10)]
		if cases[i].Stratum == "taken" {
			cases[i].Given = []int64{people(2)[0].ID}
		}
	}
	o := annotations.Overlap{Least: 3}
	size := map[string]int{}
	for _, c := range cases {
		size[c.Stratum]++
	}
	got := o.Shortfalls(cases, annotations.Plan(cases, people(2), o, 1, 5))
	want := []annotations.Shortfall{{Stratum: "small", Cases: size["small"], Double: size["small"]}, {Stratum: "taken", Cases: size["taken"], Double: 0}}
	if size["small"] >= 3 || !slices.Equal(got, want) {
		t.Errorf("short are %+v of %v, want %+v", got, size, want)
	}
	if got := (annotations.Overlap{Share: 0.5}).Shortfalls(cases, nil); got != nil {
		t.Errorf("without a least number %+v are short", got)
	}
}
