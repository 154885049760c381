package exports

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// A SettledCase is what figures need of a case whose answers are settled.
type SettledCase struct {
	Case           annotations.CaseID
	Region, Period string
	Stratum        string // of the sample; empty for region and period together
	FrameN         int    // eligible cases in the stratum; 0 when no sample was drawn from a frame
	Organisation   string // that supplied the file; empty when it plays no part
	Codings        int    // independent ones by different people; 0 counts as 1
	Statuses       []codebook.Status
	Numbers        map[string]float64 // by measure, of means and medians
	Classes        map[string]string  // by breakdown, the class the case is in
}

// A Tally counts settled cases. The zero Tally is not usable; see [NewTally].
type Tally struct {
	book       *codebook.Codebook
	breakdowns []string
	measures   []int // indexes of the measures that are defined
	strata     map[stratumKey]*stratum
}

type stratumKey struct{ stratum, region, period string }

type classKey struct{ breakdown, class string }

// total is the class of all cases.
var total = classKey{disclosure.Total, disclosure.Total}

// A stratum holds the counts of the cases of one stratum in one region and
// period.
type stratum struct {
	stratumKey
	frameN int
	cases  int
	// drawn are the cases of the whole stratum, which may lie in several
	// regions or periods; see [Tally.countDrawn].
	drawn   int
	name    string                // of the whole stratum
	classes map[classKey][]counts // by measure
}

// counts are what is counted of one measure.
type counts struct {
	outcomes [len(codebook.Outcomes)]int
	// cascade counts the outcomes, among those above, of cases that leave the
	// shares of all steps of their cascade because one step has DM.
	cascade [len(codebook.Outcomes)]int
	open    int // unknown because something is not answered
	parts   [len(policies)]struct{ yes, no int }
	// single counts, by place under the measure's own policy, the cases that
	// one person coded.
	single [3]int

	// Of means and medians, over the cases that have a number.
	sum, squares    float64
	largest, second float64
	values          map[float64]int
	byOrganisation  map[string]int
}

// policies are the ways of counting, in the order of [counts.parts].
var policies = [...]codebook.Policy{codebook.Demonstrable, codebook.Known, codebook.Lower, codebook.Upper}

// NewTally returns an empty tally of the measures of book, divided by the
// named background variables. Measures that rest on a list without any value
// of its attribute are left out: see [codebook.Codebook.Undefined].
func NewTally(book *codebook.Codebook, breakdowns []string) *Tally {
	t := &Tally{book: book, breakdowns: breakdowns, strata: map[stratumKey]*stratum{}}
	for i, m := range book.Measures {
		if book.Undefined(m) == "" {
			t.measures = append(t.measures, i)
		}
	}
	return t
}

// Add counts a case. Its statuses are those of the tally's codebook.
func (t *Tally) Add(c SettledCase) {
	key := stratumKey{c.Stratum, c.Region, c.Period}
	if key.stratum == "" {
		key.stratum = c.Region + " " + c.Period
	}
	s := t.strata[key]
	if s == nil {
		s = &stratum{stratumKey: key, frameN: c.FrameN, classes: map[classKey][]counts{}}
		t.strata[key] = s
	}
	s.cases++
	leaves := t.book.CascadeLeaves(c.Statuses)
	t.count(s.of(disclosure.Total, disclosure.Total, len(t.book.Measures)), c, leaves)
	for _, b := range t.breakdowns {
		if class := c.Classes[b]; class != "" {
			t.count(s.of(b, class, len(t.book.Measures)), c, leaves)
		}
	}
}

// countDrawn counts the cases of each stratum over all its regions and periods:
// the sample from its frame. Half-years and the year that they make up hold the
// same cases, so that each kind of period is counted by itself. Strata of one
// name and frames of different sizes are different ones.
func (t *Tally) countDrawn() {
	sizes := map[string]map[int]bool{}
	for _, s := range t.strata {
		if sizes[s.stratum] == nil {
			sizes[s.stratum] = map[int]bool{}
		}
		sizes[s.stratum][s.frameN] = true
	}
	type kind struct {
		stratum string
		part    bool // of a year
	}
	drawn := map[kind]int{}
	of := func(s *stratum) kind { return kind{s.name, strings.Contains(s.period, "-")} }
	for _, s := range t.strata {
		if s.name = s.stratum; len(sizes[s.stratum]) > 1 {
			s.name += " (" + strconv.Itoa(s.frameN) + ")"
		}
		drawn[of(s)] += s.cases
	}
	for _, s := range t.strata {
		s.drawn = drawn[of(s)]
	}
}

// of returns the counts of a class, by measure.
func (s *stratum) of(breakdown, class string, measures int) []counts {
	key := classKey{breakdown, class}
	list := s.classes[key]
	if list == nil {
		list = make([]counts, measures)
		s.classes[key] = list
	}
	return list
}

func (t *Tally) count(list []counts, c SettledCase, leaves []bool) {
	for _, i := range t.measures {
		k, status := &list[i], c.Statuses[i]
		outcome := status.Outcome()
		k.outcomes[outcome]++
		if leaves[i] {
			k.cascade[outcome]++
		}
		if status.Kind == codebook.StatusUnknown && status.Codes.Has(codebook.OPEN) {
			k.open++
		}
		for p, policy := range policies {
			if leaves[i] && (policy == codebook.Demonstrable || policy == codebook.Known) {
				continue
			}
			switch status.Under(policy) {
			case codebook.PartYes:
				k.parts[p].yes++
			case codebook.PartNo:
				k.parts[p].no++
			}
		}
		if c.Codings < 2 {
			k.single[placeOf(status, t.book.Measures[i].Policy, leaves[i])]++
		}
		if status.Kind != codebook.StatusYes {
			continue
		}
		if n, ok := c.Numbers[t.book.Measures[i].ID]; ok {
			k.sum += n
			k.squares += n * n
			if n > k.largest {
				k.largest, k.second = n, k.largest
			} else {
				k.second = max(k.second, n)
			}
			if k.values == nil {
				k.values = map[float64]int{}
			}
			k.values[n]++
		}
		if c.Organisation != "" {
			if k.byOrganisation == nil {
				k.byOrganisation = map[string]int{}
			}
			k.byOrganisation[c.Organisation]++
		}
	}
}

// Cases returns how many cases were counted.
func (t *Tally) Cases() int {
	n := 0
	for _, s := range t.strata {
		n += s.cases
	}
	return n
}

// Regions and Periods return what occurs, sorted.
func (t *Tally) Regions() []string { return t.occurring(func(k stratumKey) string { return k.region }) }

// Periods returns the periods that occur, sorted.
func (t *Tally) Periods() []string { return t.occurring(func(k stratumKey) string { return k.period }) }

func (t *Tally) occurring(of func(stratumKey) string) []string {
	seen := map[string]bool{}
	for k := range t.strata {
		seen[of(k)] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// sorted returns the strata in a fixed order, so that sums of floats are the
// same on every run.
func (t *Tally) sorted() []*stratum {
	list := slices.Collect(maps.Values(t.strata))
	slices.SortFunc(list, func(a, b *stratum) int {
		return cmp.Or(cmp.Compare(a.period, b.period), cmp.Compare(a.region, b.region), cmp.Compare(a.stratum, b.stratum))
	})
	return list
}
