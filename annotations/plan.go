package annotations

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// A PlannedCase is a case that is to be given to coders.
type PlannedCase struct {
	ID      CaseID
	Stratum string  // for the least number of pairs; may be empty
	Given   []int64 // coders who have it already, and do not get it again
}

// An Overlap says how many cases go to two coders: a share of all, from 0 to
// 1, rounded up to whole cases, and at least so many of each stratum, or all
// of its cases where it has fewer.
type Overlap struct {
	Share float64
	Least int
}

// A Planned is a case given to a coder by a plan.
type Planned struct {
	Case  CaseID
	Coder int64
}

// Plan divides cases over coders, in the order in which they are to be worked
// through, which is random. Every case goes to one coder, and those of the
// overlap to a second one. Which cases are coded twice and who gets what follow
// from the seed alone: the order in which cases and coders are given does not
// matter.
//
// The cases of the overlap are divided over the strata in proportion, above
// the least that each has, and within a stratum they lie at equal distances
// with a random start, so that agreement is known from the beginning of the
// work to its end. Coders get equally many cases, but for one, as far as those
// who have a case already allow; the second coder is the one with least work,
// and of equals the one who was paired with the first least often, so that
// pairs rotate. A case that every coder has already is left out.
func Plan(cases []PlannedCase, coders []int64, overlap Overlap, seed uint64) []Planned {
	cases, coders = slices.Clone(cases), slices.Clone(coders)
	slices.SortFunc(cases, func(a, b PlannedCase) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.Sort(coders)
	random := rand.New(rand.NewPCG(seed, uint64(len(cases))))
	random.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
	random.Shuffle(len(coders), func(i, j int) { coders[i], coders[j] = coders[j], coders[i] })
	twice := overlap.choose(cases, random)

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
	for i, c := range cases {
		has := slices.Clone(c.Given)
		first := int64(0)
		for n := 0; n < 2 && (n == 0 || twice[i]); n++ {
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
	return plan
}

// choose returns which cases are coded twice, by their place.
func (o Overlap) choose(cases []PlannedCase, random *rand.Rand) []bool {
	places := map[string][]int{}
	for i, c := range cases {
		places[c.Stratum] = append(places[c.Stratum], i)
	}
	strata := slices.Sorted(maps.Keys(places))
	size := map[string]int{}
	left := int(math.Ceil(o.Share*float64(len(cases)) - 1e-9)) // 10 % of 30 is 3, whatever floating point says
	for _, s := range strata {
		size[s] = min(o.Least, len(places[s]))
		left -= size[s]
	}
	// Sainte-Laguë: the next goes to the stratum with most cases a pair.
	claim := func(s string) float64 {
		if size[s] == len(places[s]) {
			return 0
		}
		return float64(len(places[s])) / float64(2*size[s]+1)
	}
	for ; left > 0; left-- {
		size[slices.MaxFunc(strata, func(a, b string) int { return cmp.Compare(claim(a), claim(b)) })]++
	}
	twice := make([]bool, len(cases))
	for _, s := range strata {
		start := random.Float64()
		for i := range size[s] {
			twice[places[s][int((start+float64(i))*float64(len(places[s]))/float64(size[s]))]] = true
		}
	}
	return twice
}

func pair(a, b int64) [2]int64 { return [2]int64{min(a, b), max(a, b)} }
