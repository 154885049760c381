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
	Group   string  // such as a period within a stratum: cases of a group are spread over the work
	Given   []int64 // coders who have it already, and do not get it again
}

// A PlannedCoder is somebody who is to get cases.
type PlannedCoder struct {
	ID    int64
	Quota int // cases at most; 0 for as many as there are
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
	Block int // of the work, from 0
}

// Plan divides cases over coders, in the order in which they are to be worked
// through. Every case goes to one coder, and those of the overlap to a second
// one. Which cases are coded twice and who gets what follow from the seed
// alone: the order in which cases and coders are given does not matter.
//
// The work is cut into blocks of equal size, but for one case, in which every
// group of cases has its share: the cases of a group lie at equal distances
// over the whole, with a random start (systematic sampling: Cochran 1977,
// section 8.1). Within a block the order is random.
//
// The cases of the overlap are divided over the strata in proportion, above
// the least that each has, and within a stratum they lie at equal distances as
// well, so that agreement is known from the beginning of the work to its end.
//
// Pairs rotate: of those that can, the pair that had fewest cases together
// gets the next, and of equals the one with least work. A case for one coder
// goes to who has least work, and of equals to who has fewest cases of its
// stratum. Nobody gets more than their quota. A case that every coder has
// already, or for which no quota is left, is left out; one for which two are
// not to be had goes to one.
func Plan(cases []PlannedCase, coders []PlannedCoder, overlap Overlap, blocks int, seed uint64) []Planned {
	cases, coders = slices.Clone(cases), slices.Clone(coders)
	slices.SortFunc(cases, func(a, b PlannedCase) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.SortFunc(coders, func(a, b PlannedCoder) int { return cmp.Compare(a.ID, b.ID) })
	random := rand.New(rand.NewPCG(seed, uint64(len(cases))))
	random.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
	random.Shuffle(len(coders), func(i, j int) { coders[i], coders[j] = coders[j], coders[i] })
	blocks = min(max(blocks, 1), max(len(cases), 1))
	block := func(i int) int { return i * blocks / len(cases) }
	cases = spread(cases, random)
	for from := 0; from < len(cases); {
		until := from
		for until < len(cases) && block(until) == block(from) {
			until++
		}
		random.Shuffle(until-from, func(i, j int) { cases[from+i], cases[from+j] = cases[from+j], cases[from+i] })
		from = until
	}
	twice := overlap.choose(cases, random)

	// Pairs come first, for they are harder to place; cases for one coder then
	// even out the work, block by block.
	d := division{coders: coders, total: map[int64]int{}, work: map[int64]int{}, pairs: map[[2]int64]int{}, strata: map[string]map[int64]int{}}
	to := make([][]int64, len(cases))
	for i, c := range cases {
		if twice[i] {
			to[i] = d.pair(c)
			d.give(c, to[i])
		}
	}
	d.work = map[int64]int{}
	var plan []Planned
	for from := 0; from < len(cases); {
		until := from
		for ; until < len(cases) && block(until) == block(from); until++ {
			for _, coder := range to[until] {
				d.work[coder]++
			}
		}
		for i, c := range cases[from:until] {
			if to[from+i] == nil {
				to[from+i] = d.one(c)
				d.give(c, to[from+i])
			}
			for _, coder := range to[from+i] {
				plan = append(plan, Planned{c.ID, coder, block(from)})
			}
		}
		from = until
	}
	return plan
}

// spread puts the cases of each group at equal distances.
func spread(cases []PlannedCase, random *rand.Rand) []PlannedCase {
	size, start, seen := map[string]int{}, map[string]float64{}, map[string]int{}
	for _, c := range cases {
		size[c.Group]++
	}
	for _, g := range slices.Sorted(maps.Keys(size)) {
		start[g] = random.Float64()
	}
	at := make(map[CaseID]float64, len(cases))
	for _, c := range cases {
		at[c.ID] = (start[c.Group] + float64(seen[c.Group])) / float64(size[c.Group])
		seen[c.Group]++
	}
	slices.SortStableFunc(cases, func(a, b PlannedCase) int { return cmp.Compare(at[a.ID], at[b.ID]) })
	return cases
}

// A division is a plan that is being made.
type division struct {
	coders []PlannedCoder // in random order, so that equals are chosen at random
	total  map[int64]int  // cases of a coder so far
	work   map[int64]int  // of these, up to the block that is being divided
	pairs  map[[2]int64]int
	strata map[string]map[int64]int
}

// free returns who can get a case.
func (d *division) free(c PlannedCase) []int64 {
	var list []int64
	for _, k := range d.coders {
		if !slices.Contains(c.Given, k.ID) && (k.Quota == 0 || d.total[k.ID] < k.Quota) {
			list = append(list, k.ID)
		}
	}
	return list
}

func (d *division) pair(c PlannedCase) []int64 {
	var best []int64
	var least []int
	free := d.free(c)
	for i, a := range free {
		for _, b := range free[i+1:] {
			rank := []int{d.pairs[pair(a, b)], d.work[a] + d.work[b], d.strata[c.Stratum][a] + d.strata[c.Stratum][b]}
			if best == nil || slices.Compare(rank, least) < 0 {
				best, least = []int64{a, b}, rank
			}
		}
	}
	return best
}

func (d *division) one(c PlannedCase) []int64 {
	free := d.free(c)
	if len(free) == 0 {
		return nil
	}
	return []int64{slices.MinFunc(free, func(a, b int64) int {
		return cmp.Or(cmp.Compare(d.work[a], d.work[b]), cmp.Compare(d.strata[c.Stratum][a], d.strata[c.Stratum][b]))
	})}
}

func (d *division) give(c PlannedCase, to []int64) {
	if len(to) == 0 {
		return
	}
	if d.strata[c.Stratum] == nil {
		d.strata[c.Stratum] = map[int64]int{}
	}
	for _, k := range to {
		d.total[k]++
		d.work[k]++
		d.strata[c.Stratum][k]++
	}
	if len(to) == 2 {
		d.pairs[pair(to[0], to[1])]++
	}
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

// A Shortfall is a stratum with fewer cases coded twice than the least number
// that an overlap asks of it.
type Shortfall struct {
	Stratum string
	Cases   int // of the stratum
	Double  int // of these given to two coders
}

// Shortfalls returns the strata of cases in which a plan has fewer pairs than
// o.Least, by name: for the stratum has fewer cases, or because for some no two
// coders were to be had, who had the case already or whose quota was full.
func (o Overlap) Shortfalls(cases []PlannedCase, plan []Planned) []Shortfall {
	to := map[CaseID]int{}
	for _, p := range plan {
		to[p.Case]++
	}
	of := map[string]Shortfall{}
	for _, c := range cases {
		s := of[c.Stratum]
		s.Stratum, s.Cases = c.Stratum, s.Cases+1
		if to[c.ID] > 1 {
			s.Double++
		}
		of[c.Stratum] = s
	}
	var short []Shortfall
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if of[name].Double < o.Least {
			short = append(short, of[name])
		}
	}
	return short
}

func pair(a, b int64) [2]int64 { return [2]int64{min(a, b), max(a, b)} }
