package disclosure

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// The variables of a cell in a model. Yes and no may be sensitive; process
// holds the cases that have neither.
const (
	yes = iota
	no
	process
	perCell
)

var variableNames = [perCell]string{"yes", "no", "process"}

// A system is the model of one measure: every cell that is or was released.
type system struct {
	rule    Rule
	measure Measure
	regions tree
	periods tree

	facts []Fact
	cell  []int // place of the fact in the table, or -1 for an earlier release
	at    map[Key]int
	model *model
	first []int // first variable of each fact
	// warnings are for those who decide on the release.
	warnings []Warning
}

// newSystem builds the model of a measure. Cells whose number of cases may not
// be published have no such number in the model.
func newSystem(r Rule, m Measure, t Table, reasons []Reason, noTotal map[Key]bool) (*system, error) {
	s := &system{rule: r, measure: m, at: map[Key]int{}, model: &model{}}
	s.regions, _ = newTree("region", t.Regions)
	s.periods, _ = newTree("period", t.Periods)
	for i, c := range t.Cells {
		if c.Measure == m.ID {
			s.at[c.Key] = len(s.facts)
			s.facts = append(s.facts, Fact{Key: c.Key, Kind: m.Kind, Outcomes: c.Outcomes, Reason: reasons[i], Threshold: r.threshold(m)})
			s.cell = append(s.cell, i)
		}
	}
	released := map[Key]Fact{}
	for _, f := range t.Before.Facts {
		if f.Measure != m.ID {
			continue
		}
		released[f.Key] = f
		if _, ok := s.at[f.Key]; !ok {
			s.at[f.Key] = len(s.facts)
			s.facts = append(s.facts, f)
			s.cell = append(s.cell, -1)
		}
	}
	for i, f := range s.facts {
		old, again := released[f.Key]
		out := again && old.Reason == "" && old.Outcomes == f.Outcomes
		if out && f.Reason != "" {
			s.warnings = append(s.warnings, Warning{HiddenTooLate, f.Key, f.Threshold})
		}
		if again && old.Reason == "" && s.rule.small(max(old.Outcomes.Yes-f.Outcomes.Yes, f.Outcomes.Yes-old.Outcomes.Yes), f.Threshold) && !out {
			s.warnings = append(s.warnings, Warning{SmallRevision, f.Key, f.Threshold})
		}
		s.add(f, s.cell[i] < 0, out, noTotal[f.Key])
	}
	return s, s.addSums()
}

// add adds the variables of a fact. A figure that is out already cannot be
// hidden any more, nor can one of an earlier release be published now.
func (s *system) add(f Fact, earlier, out, noTotal bool) {
	m, o := s.model, f.Outcomes
	u := m.addUnit(int64(o.Cases()), f.Reason != "" && !out, earlier || out || f.Reason != "")
	low, high := s.rule.candidates(f.Kind, o)
	n := o.Yes + o.No
	truth := [perCell]int{o.Yes, o.No, o.process()}
	lo := [perCell]int{low, n - high, o.process()}
	hi := [perCell]int{high, n - low, o.process()}
	s.first = append(s.first, len(m.truth))
	var sum []term
	for k := range perCell {
		v := m.addVariable(f.Key.String()+" "+variableNames[k], u, int64(truth[k]), int64(lo[k]), int64(hi[k]))
		sum = append(sum, term{v, 1})
	}
	if !noTotal {
		m.addEquation(sum)
	}
	if !out {
		m.needs = append(m.needs, s.needs(f, s.first[len(s.first)-1])...)
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
		return Certificate{}, fmt.Errorf("measure %s: %w", s.measure.ID, err)
	}
	for i, c := range s.cell {
		if c >= 0 && reasons[c] == "" && s.model.units[i].hidden {
			reasons[c] = Secondary
		}
	}
	return s.model.certificate(proofs), nil
}

// protect adds to the reasons what must be hidden for the sake of other cells,
// and to the release the certificate. Measures whose numbers of cases are known
// have nothing more in common, so each is worked out by itself.
func (r Rule) protect(t Table, reasons []Reason, out *Released) error {
	type result struct {
		certificate Certificate
		warnings    []Warning
		err         error
	}
	results := make([]result, len(t.Measures))
	var work sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, m := range t.Measures {
		free <- struct{}{}
		work.Go(func() {
			defer func() { <-free }()
			c, warnings, err := r.protectMeasure(m, t, reasons)
			results[i] = result{c, warnings, err}
		})
	}
	work.Wait()
	var problems []error
	for _, result := range results {
		problems = append(problems, result.err)
		out.certificate.join(result.certificate)
		out.warnings = append(out.warnings, result.warnings...)
	}
	return errors.Join(problems...)
}

// protectMeasure writes to the reasons of the cells of its measure alone.
func (r Rule) protectMeasure(m Measure, t Table, reasons []Reason) (Certificate, []Warning, error) {
	noTotal, certificate, err := hiddenTotals(r, m, t)
	if err != nil {
		return Certificate{}, nil, err
	}
	for i, c := range t.Cells {
		if c.Measure == m.ID && noTotal[c.Key] && reasons[i] == "" {
			reasons[i] = Secondary
		}
	}
	s, err := newSystem(r, m, t, reasons, noTotal)
	if err != nil {
		return Certificate{}, nil, err
	}
	c, err := s.protect(reasons)
	if err != nil {
		return Certificate{}, nil, err
	}
	certificate.join(c)
	return certificate, s.warnings, nil
}
