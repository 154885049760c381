package annotations

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// A PlannedCase is a case that is to be given to coders.
type PlannedCase struct {
	ID    CaseID
	Given []int64 // coders who have it already, and do not get it again
}

// A Planned is a case given to a coder by a plan.
type Planned struct {
	Case  CaseID
	Coder int64
}

// Plan divides cases over coders. Every case goes to one coder, and the share
// double of them, from 0 to 1, rounded up to whole cases, to a second one.
// Which cases are coded twice and who gets what follow from the seed alone: the
// order in which cases and coders are given does not matter. Coders get equally
// many, but for one, as far as those who have a case already allow; the second
// coder is the one with least work, and of equals the one who was paired with
// the first least often. The result is ordered by case and coder; a case that
// every coder has already is not in it.
func Plan(cases []PlannedCase, coders []int64, double float64, seed uint64) []Planned {
	cases, coders = slices.Clone(cases), slices.Clone(coders)
	slices.SortFunc(cases, func(a, b PlannedCase) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.Sort(coders)
	random := rand.New(rand.NewPCG(seed, uint64(len(cases))))
	random.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
	random.Shuffle(len(coders), func(i, j int) { coders[i], coders[j] = coders[j], coders[i] })

	work := map[int64]int{}
	pairs := map[[2]int64]int{}
	least := func(has []int64, first int64) (int64, bool) {
		best, found := int64(0), false
		for _, c := range coders {
			if slices.Contains(has, c) {
				continue
			}
			if !found || work[c] < work[best] || work[c] == work[best] && pairs[pair(first, c)] < pairs[pair(first, best)] {
				best, found = c, true
			}
		}
		return best, found
	}
	var plan []Planned
	twice := int(math.Ceil(double*float64(len(cases)) - 1e-9)) // 10 % of 30 is 3, whatever floating point says
	for i, c := range cases {
		has := slices.Clone(c.Given)
		first := int64(0)
		for n := 0; n < 2 && (n == 0 || i < twice); n++ {
			coder, ok := least(has, first)
			if !ok {
				break
			}
			plan = append(plan, Planned{c.ID, coder})
			work[coder]++
			if n == 1 {
				pairs[pair(first, coder)]++
			}
			has, first = append(has, coder), coder
		}
	}
	slices.SortFunc(plan, func(a, b Planned) int {
		if c := strings.Compare(string(a.Case), string(b.Case)); c != 0 {
			return c
		}
		return int(a.Coder - b.Coder)
	})
	return plan
}

func pair(a, b int64) [2]int64 { return [2]int64{min(a, b), max(a, b)} }
