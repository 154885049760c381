package disclosure

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// The variables of a cell in a model. Yes and no may be sensitive; unknown and
// outside hold the cases that have neither.
const (
	yes = iota
	no
	unknown
	outside
	perCell
)

var variableNames = [perCell]string{"yes", "no", "unknown", "outside"}

// The layers of a system: what is to be published now, and, where earlier
// figures stay in view beside it, what was published before.
const (
	present = iota
	past
	layers
)

// A system is the model of measures that are linked: every cell that is or was
// released.
type system struct {
	rule     Rule
	measures map[string]Measure
	links    []Link
	regions  tree
	periods  tree

	facts []Fact
	cell  []int // place of the fact in the table, or -1 for an earlier release
	layer []int // of each fact
	at    [layers]map[Key]int
	model *model
	first []int // first variable of each fact
	// warnings are for those who decide on the release.
	warnings []Warning
}

// sizes are the cells whose sizes may not be known, by layer.
type sizes struct{ all, inside [layers]map[Key]bool }

// newSystem builds the model of measures. Sizes that may not be known are not
// known in the model.
func newSystem(r Rule, measures []Measure, t Table, reasons []Reason, uncertain sizes) (*system, error) {
	s := &system{rule: r, measures: map[string]Measure{}, at: [layers]map[Key]int{{}, {}}, model: &model{}}
	s.regions, _ = newTree("region", t.Regions)
	s.periods, _ = newTree("period", t.Periods)
	for _, m := range measures {
		s.measures[m.ID] = m
	}
	for _, l := range t.Links {
		_, inner := s.measures[l.Inner.Measure]
		_, outer := s.measures[l.Outer.Measure]
		if inner && outer {
			s.links = append(s.links, l)
		}
	}
	put := func(f Fact, cell, layer int) {
		s.at[layer][f.Key] = len(s.facts)
		s.facts, s.cell, s.layer = append(s.facts, f), append(s.cell, cell), append(s.layer, layer)
	}
	for i, c := range t.Cells {
		if m, ok := s.measures[c.Measure]; ok {
			put(Fact{Key: c.Key, Kind: m.Kind, Outcomes: c.Outcomes, Reason: reasons[i], Threshold: r.threshold(m)}, i, present)
		}
	}
	released := map[Key]Fact{}
	for _, f := range t.Before.Facts {
		if _, ok := s.measures[f.Measure]; !ok {
			continue
		}
		released[f.Key] = f
		if t.Beside {
			put(f, -1, past)
		} else if _, ok := s.at[present][f.Key]; !ok {
			put(f, -1, present)
		}
	}
	for i, f := range s.facts {
		old, again := released[f.Key]
		again = again && s.cell[i] >= 0
		out := again && old.Reason == "" && old.Outcomes == f.Outcomes
		if out && f.Reason != "" {
			s.warnings = append(s.warnings, Warning{HiddenTooLate, f.Key, f.Threshold})
		}
		if !t.Beside && again && old.Reason == "" && s.rule.small(max(old.Outcomes.Yes-f.Outcomes.Yes, f.Outcomes.Yes-old.Outcomes.Yes), f.Threshold) && !out {
			s.warnings = append(s.warnings, Warning{SmallRevision, f.Key, f.Threshold})
		}
		s.add(i, out, uncertain.all[s.layer[i]][f.Key], uncertain.inside[s.layer[i]][f.Key])
	}
	s.addChanges()
	s.addLinks()
	return s, s.addSums()
}

// name is what a fact is called in a certificate.
func (s *system) name(i int) string {
	if s.layer[i] == past {
		return s.facts[i].Key.String() + " as released"
	}
	return s.facts[i].Key.String()
}

// add adds the variables of a fact. A figure that is out already cannot be
// hidden any more, nor can one of an earlier release be published now.
func (s *system) add(i int, out, noTotal, noInside bool) {
	f := s.facts[i]
	m, o, earlier := s.model, f.Outcomes, s.cell[i] < 0
	u := m.addUnit(int64(o.Cases()), f.Reason != "" && !out, earlier || out || f.Reason != "")
	low, high := s.rule.candidates(f.Kind, o)
	n := o.Yes + o.No
	truth := [perCell]int{o.Yes, o.No, o.inside() - n, o.Cases() - o.inside()}
	lo := [perCell]int{low, n - high, truth[unknown], truth[outside]}
	hi := [perCell]int{high, n - low, truth[unknown], truth[outside]}
	s.first = append(s.first, len(m.truth))
	var sum []term
	for k := range perCell {
		of := u
		// How many cases a measure is about is what other measures of the same
		// denominator tell too, whatever is hidden of this one.
		if k == outside && !noTotal && !noInside && !s.linked(f.Measure, EventInside) {
			of = m.addUnit(0, false, true)
		}
		v := m.addVariable(s.name(i)+" "+variableNames[k], of, int64(truth[k]), int64(lo[k]), int64(hi[k]))
		sum = append(sum, term{v, 1})
	}
	if !noTotal {
		m.addEquation(sum)
	}
	if !out {
		m.needs = append(m.needs, s.needs(f, s.first[len(s.first)-1])...)
	}
}

// addChanges adds by how much each figure differs from what was released of it
// before, where both stay in view.
func (s *system) addChanges() {
	for old, f := range s.facts {
		now, ok := s.at[present][f.Key]
		if !ok || s.layer[old] != past {
			continue
		}
		for _, k := range [2]int{yes, no} {
			a, b := s.first[old]+k, s.first[now]+k
			change := s.model.truth[b] - s.model.truth[a]
			if change < 0 {
				a, b, change = b, a, -change
			}
			terms := []term{{b, -1}, {a, 1}}
			if change > 0 {
				v := s.model.addVariable(s.name(now)+" changed "+variableNames[k], -1, change, 0, unbounded)
				terms = append(terms, term{v, 1})
				s.needDifference(v, int(change), now)
			}
			s.model.nest(terms)
		}
	}
}

// needs returns what must stay uncertain of a cell that is hidden for its own
// sake. Too few cases for a reliable figure is no secret.
func (s *system) needs(f Fact, first int) []need {
	o := f.Outcomes
	if o.Yes+o.No == 0 {
		return nil // there is nobody to tell of
	}
	var sensitive [2]bool
	switch f.Reason {
	case "", Secondary, Reliability:
		return nil
	case Dominance, LeadDecision:
		sensitive[yes] = true
	default:
		sensitive = [2]bool{s.rule.small(o.Yes, f.Threshold), s.rule.small(o.No, f.Threshold)}
	}
	if f.Reason == Group || min(o.Yes, o.No) == 0 {
		// All or nearly all share an outcome: how many do not is the secret.
		sensitive[no] = o.No < o.Yes
		sensitive[yes] = !sensitive[no]
	}
	if f.Kind != Share {
		sensitive = [2]bool{true, false}
	}
	var out []need
	for k, is := range sensitive {
		if is {
			out = append(out, need{variable: first + k, threshold: int64(f.Threshold), given: -1})
		}
	}
	return out
}

// candidates returns the numerators that would have been published as the same
// figures, all variants together, given the denominator and the process.
func (r Rule) candidates(kind Kind, o Outcomes) (low, high int) {
	low, high = o.Yes, o.Yes
	same := func(x int) bool {
		if kind == Count {
			return r.round(x) == r.round(o.Yes)
		}
		p := o
		p.Yes, p.No = x, o.Yes+o.No-x
		return r.printed(p) == r.printed(o)
	}
	// A mean is as good as its sum: the cases behind it are taken as known.
	if kind == Mean || kind == Median {
		return low, high
	}
	for low > 0 && same(low-1) {
		low--
	}
	for high < o.Yes+o.No && same(high+1) {
		high++
	}
	return low, high
}

// printed returns the numerator and the percentage of each variant as printed.
func (r Rule) printed(o Outcomes) (out [2 * len(variants)]float64) {
	for i, v := range variants {
		num, den := o.Fraction(v)
		out[2*i] = float64(r.round(num))
		if !r.FromRounded && den > 0 {
			out[2*i+1] = decimals(100*float64(num)/float64(den), r.Decimals)
		}
	}
	return out
}

// protect hides further cells of the table, and returns the certificate.
func (s *system) protect(reasons []Reason) (Certificate, error) {
	s.model.addSingletons()
	proofs, err := s.model.protect()
	if err != nil {
		return Certificate{}, err
	}
	for i, c := range s.cell {
		if c >= 0 && reasons[c] == "" && s.model.units[s.model.unit[s.first[i]]].hidden {
			reasons[c] = Secondary
		}
	}
	return s.model.certificate(proofs), nil
}

// protect adds to the reasons what must be hidden for the sake of other cells,
// and to the release the certificate. Measures that are not linked have nothing
// in common but what is known, so each group is worked out by itself.
func (r Rule) protect(ctx context.Context, t Table, reasons []Reason, out *Released) error {
	type result struct {
		certificate Certificate
		warnings    []Warning
		undivided   bool
		err         error
	}
	groups, primary := t.groups(), slices.Clone(reasons)
	results := make([]result, len(groups))
	var work sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, group := range groups {
		free <- struct{}{}
		work.Go(func() {
			defer func() { <-free }()
			c, warnings, err := r.protectGroup(ctx, group, t, reasons)
			results[i] = result{c, warnings, false, err}
			if t.Partly && errors.Is(err, ErrNoCertificate) && t.divides(group) {
				c, warnings, err = r.protectUndivided(ctx, group, t, primary, reasons)
				results[i] = result{c, warnings, true, err}
			}
		})
	}
	work.Wait()
	var problems []error
	for i, result := range results {
		if t.Partly && errors.Is(result.err, ErrNoCertificate) {
			t.hide(groups[i], reasons)
			out.notes = append(out.notes, "hidden whole: "+result.err.Error())
			continue
		}
		if result.undivided {
			out.notes = append(out.notes, "hidden by class: measure "+strings.Join(names(groups[i]), ", "))
		}
		problems = append(problems, result.err)
		out.certificate.join(result.certificate)
		out.warnings = append(out.warnings, result.warnings...)
	}
	return errors.Join(problems...)
}

// hide hides all figures of measures.
func (t Table) hide(measures []Measure, reasons []Reason) {
	for i, c := range t.Cells {
		if reasons[i] == "" && among(measures, c) {
			reasons[i] = Secondary
		}
	}
}

func among(measures []Measure, c Cell) bool {
	return slices.ContainsFunc(measures, func(m Measure) bool { return m.ID == c.Measure })
}

// divides reports whether some figure of measures is of a class.
func (t Table) divides(measures []Measure) bool {
	return slices.ContainsFunc(t.Cells, func(c Cell) bool { return c.Breakdown != Total && among(measures, c) })
}

// protectUndivided hides the classes of measures whole and protects the rest as
// if there were none: who sees no class learns nothing of it. Primary are the
// reasons to begin with.
func (r Rule) protectUndivided(ctx context.Context, group []Measure, t Table, primary, reasons []Reason) (Certificate, []Warning, error) {
	whole := t
	whole.Cells = nil
	var at []int // of the cells in the table
	var own []Reason
	for i, c := range t.Cells {
		switch {
		case !among(group, c):
		case c.Breakdown != Total:
			if reasons[i] = primary[i]; reasons[i] == "" {
				reasons[i] = Secondary
			}
		default:
			whole.Cells, at, own = append(whole.Cells, c), append(at, i), append(own, primary[i])
		}
	}
	c, warnings, err := r.protectGroup(ctx, group, whole, own)
	for n, i := range at {
		reasons[i] = own[n]
	}
	return c, warnings, err
}

func names(measures []Measure) []string {
	list := make([]string, len(measures))
	for i, m := range measures {
		list[i] = m.ID
	}
	return list
}

// protectGroup writes to the reasons of the cells of its measures alone.
func (r Rule) protectGroup(ctx context.Context, group []Measure, t Table, reasons []Reason) (Certificate, []Warning, error) {
	var certificate Certificate
	uncertain := sizes{all: [layers]map[Key]bool{{}, {}}, inside: [layers]map[Key]bool{{}, {}}}
	member := map[string]bool{}
	for _, m := range group {
		member[m.ID] = true
		for _, z := range []struct {
			size size
			into [layers]map[Key]bool
		}{{allCases, uncertain.all}, {insideCases, uncertain.inside}} {
			hidden, c, err := z.size.hidden(ctx, r, m, t)
			if err != nil {
				return Certificate{}, nil, err
			}
			certificate.join(c)
			for layer := range layers {
				maps.Copy(z.into[layer], hidden[layer])
			}
		}
	}
	for i, c := range t.Cells {
		if member[c.Measure] && reasons[i] == "" && (uncertain.all[present][c.Key] || uncertain.inside[present][c.Key]) {
			reasons[i] = Secondary
		}
	}
	if ctx.Err() != nil {
		return Certificate{}, nil, context.Cause(ctx)
	}
	s, err := newSystem(r, group, t, reasons, uncertain)
	if err != nil {
		return Certificate{}, nil, err
	}
	s.model.effort = newEffort(ctx, nil)
	c, err := s.protect(reasons)
	if err != nil {
		return Certificate{}, nil, fmt.Errorf("measure %s: %w", strings.Join(names(group), ", "), err)
	}
	certificate.join(c)
	return certificate, s.warnings, nil
}
