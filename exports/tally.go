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
	Organisation   string // that supplied the file; empty when it plays no part, or is not known
	Codings        int    // independent ones by different people; 0 counts as 1
	Statuses       []codebook.Status
	Numbers        map[string]float64 // by measure, of means and medians
	Classes        map[string]string  // by background variable, the class the case is in
}

// outside reports whether a case was drawn and found not to belong to the
// population: it is outside every measure, and no class is known of it.
func (c SettledCase) outside() bool {
	return len(c.Classes) == 0 && !slices.ContainsFunc(c.Statuses, func(s codebook.Status) bool { return s.Kind != codebook.StatusOutside })
}

// A Tally counts settled cases. The zero Tally is not usable; see [NewTally].
type Tally struct {
	book       *codebook.Codebook
	breakdowns []string
	measures   []int // indexes of the measures that are defined
	design     Design
	strata     map[stratumKey]*stratum

	adjustments []Adjustment                 // see [Tally.adjust]
	scaled      map[string]map[postClass]int // totals of the periods whose weights are scaled

	of, named map[string][]*stratum // strata by period and by name, in a fixed order; see [Tally.prepare]
}

// A stratumKey further tells organisations and classes apart where the design
// needs them.
type stratumKey struct {
	stratum, region, period string
	organisation, post      string
	outside                 bool // drawn, and found not to belong to the population
}

type classKey struct{ breakdown, class string }

// total is the class of all cases.
var total = classKey{disclosure.Total, disclosure.Total}

// A stratum holds the counts of the cases of one stratum in one region and
// period, or of those of them that are alike to the design.
type stratum struct {
	stratumKey
	frameN int
	cases  int
	// drawn are the cases of the whole stratum, which may lie in several
	// regions or periods; see [Tally.countDrawn].
	drawn   int
	name    string                // of the whole stratum
	weight  float64               // of a case in the tally, scaled to totals; see [Tally.weigh]
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

// Under sets the design of a tally that has counted nothing yet.
func (t *Tally) Under(d Design) *Tally {
	t.design = d
	return t
}

// Add counts a case. Its statuses are those of the tally's codebook.
func (t *Tally) Add(c SettledCase) {
	key := stratumKey{stratum: c.Stratum, region: c.Region, period: c.Period}
	if key.stratum == "" {
		key.stratum = c.Region + " " + c.Period
	}
	if t.design.Organisation != "" {
		key.organisation = c.Organisation
	}
	if t.design.Variable != "" {
		if key.outside = c.outside(); !key.outside {
			key.post = cmp.Or(c.Classes[t.design.Variable], UnknownClass)
		}
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

// prepare works out, of all that was counted, what figures are estimated with.
func (t *Tally) prepare() {
	t.countDrawn()
	t.of, t.named = map[string][]*stratum{}, map[string][]*stratum{}
	for _, s := range t.sorted() {
		t.of[s.period], t.named[s.name] = append(t.of[s.period], s), append(t.named[s.name], s)
	}
	t.adjust()
	t.weigh()
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
	of := func(s *stratum) kind { return kind{s.name, halfYear(s.period)} }
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

// halfYear tells periods that are part of a year from years.
func halfYear(period string) bool { return strings.Contains(period, "-") }

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
		if c.Organisation != "" && inDenominator(t.book.Measures[i], status, leaves[i]) {
			if k.byOrganisation == nil {
				k.byOrganisation = map[string]int{}
			}
			k.byOrganisation[c.Organisation]++
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
	}
}

// inDenominator reports whether a case counts in the published denominator of a
// measure: for other measures than shares that is who has what is counted.
func inDenominator(m *codebook.Measure, status codebook.Status, leaves bool) bool {
	if m.Kind != codebook.Share {
		return status.Kind == codebook.StatusYes
	}
	return placeOf(status, m.Policy, leaves) != placeOut
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
		return cmp.Or(cmp.Compare(a.period, b.period), cmp.Compare(a.region, b.region), cmp.Compare(a.stratum, b.stratum),
			cmp.Compare(a.organisation, b.organisation), cmp.Compare(a.post, b.post), compareBool(a.outside, b.outside))
	})
	return list
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
