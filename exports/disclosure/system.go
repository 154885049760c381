package disclosure

import (
	"errors"
	"fmt"
	"slices"
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
	notes []string
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
			s.notes = append(s.notes, fmt.Sprintf("%s was published before and is hidden now; hiding it again protects nothing", f.Key))
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
	sensitive := [2]bool{s.rule.small(f.Outcomes.Yes, f.Threshold), s.rule.small(f.Outcomes.No, f.Threshold)}
	switch f.Reason {
	case "", Secondary, Reliability:
		return nil
	case Group:
		// Nearly all share an outcome: how many do not is the secret.
		sensitive[yes] = f.Outcomes.Yes <= f.Outcomes.No
		sensitive[no] = !sensitive[yes]
	case Dominance, LeadDecision:
		sensitive[yes] = true
	}
	if f.Kind != Share {
		sensitive[no] = false
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
			out[2*i+1] = r.decimals(100 * float64(num) / float64(den))
		}
	}
	return out
}

// addSums adds what regions, periods and classes add up to.
func (s *system) addSums() error {
	var problems []error
	classes := map[Key][]int{}
	for i, f := range s.facts {
		k := f.Key
		problems = append(problems,
			s.addSum(i, "regions", s.below(s.regions, k.Region, func(c string) Key { k := k; k.Region = c; return k })),
			s.addSum(i, "periods", s.below(s.periods, k.Period, func(c string) Key { k := k; k.Period = c; return k })))
		if k.Breakdown != Total {
			k.Class = ""
			classes[k] = append(classes[k], i)
		}
	}
	for i, f := range s.facts {
		k := f.Key
		k.Class = ""
		if parts := classes[k]; len(parts) > 0 && parts[0] == i {
			k.Breakdown, k.Class = Total, Total
			if total, ok := s.at[k]; ok {
				problems = append(problems, s.addSum(total, "classes of "+f.Breakdown, parts))
			}
		}
	}
	return errors.Join(problems...)
}

// below returns the facts that add up to the one of a node: those of its
// children, or of their children where a child was never released.
func (s *system) below(t tree, code string, with func(string) Key) []int {
	var out []int
	for _, c := range t.order {
		if t.parent[c] != code {
			continue
		}
		if i, ok := s.at[with(c)]; ok {
			out = append(out, i)
		} else {
			out = append(out, s.below(t, c, with)...)
		}
	}
	return out
}

// addSum adds that parts make up a total. What they leave over, if anything,
// is a variable of its own that is never published.
func (s *system) addSum(total int, what string, parts []int) error {
	if len(parts) == 0 {
		return nil
	}
	var problems []error
	m := s.model
	for k := range perCell {
		rest := m.truth[s.first[total]+k]
		terms := []term{{s.first[total] + k, -1}}
		for _, p := range parts {
			rest -= m.truth[s.first[p]+k]
			terms = append(terms, term{s.first[p] + k, 1})
		}
		if rest < 0 {
			problems = append(problems, fmt.Errorf("cell %s: its %s have %d more cases with outcome %s than it has; release the cells that changed together",
				s.facts[total].Key, what, -rest, variableNames[k]))
			continue
		}
		if rest > 0 {
			v := m.addVariable(fmt.Sprintf("%s other %s %s", s.facts[total].Key, what, variableNames[k]), -1, rest, 0, unbounded)
			terms = append(terms, term{v, 1})
		}
		m.addEquation(terms)
	}
	return errors.Join(problems...)
}

// hiddenTotals returns the cells of a measure whose number of cases may not be
// known: the small ones, and those that would give them away.
func hiddenTotals(r Rule, m Measure, t Table) (map[Key]bool, error) {
	out := map[Key]bool{}
	s, err := newSystem(r, m, t, make([]Reason, len(t.Cells)), out)
	if err != nil {
		return nil, err
	}
	cases := &model{}
	var needs []need
	for v, f := range s.facts {
		n := int64(f.Outcomes.Cases())
		small := n > 0 && n < int64(f.Threshold)
		cases.addVariable(f.Key.String()+" cases", cases.addUnit(n, small, small), n, n, n)
		if small {
			needs = append(needs, need{variable: v, threshold: int64(f.Threshold), given: -1})
		}
	}
	if len(needs) == 0 {
		return out, nil
	}
	cases.needs = needs
	return out, s.addTotals(cases, out)
}

// addTotals takes the sums of the first variable over to a model of cases and
// protects it.
func (s *system) addTotals(cases *model, out map[Key]bool) error {
	fact := map[int]int{}
	for i, v := range s.first {
		fact[v] = i
	}
	for _, e := range s.model.equations {
		var terms []term
		rest := int64(0)
		for _, t := range e {
			i, ok := fact[t.variable]
			if !ok && s.model.unit[t.variable] >= 0 {
				terms = nil
				break
			}
			if ok {
				terms = append(terms, term{i, t.factor})
				rest -= t.factor * cases.truth[i]
			}
		}
		if len(terms) < 2 {
			continue
		}
		if rest > 0 {
			terms = append(terms, term{cases.addVariable("other cases", -1, rest, 0, unbounded), 1})
		}
		cases.addEquation(terms)
	}
	if _, err := cases.protect(); err != nil {
		return err
	}
	for i, f := range s.facts {
		if cases.units[i].hidden {
			out[f.Key] = true
		}
	}
	return nil
}

// protect hides further cells of the table, and returns the certificate.
func (s *system) protect(reasons []Reason) (Certificate, error) {
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

// join adds the tables and proofs of another certificate.
func (c *Certificate) join(d Certificate) {
	n := len(c.Tables)
	c.Tables = append(c.Tables, d.Tables...)
	for _, p := range d.Proofs {
		p.Low += n
		p.High += n
		c.Proofs = append(c.Proofs, p)
	}
}

// protect adds to the reasons what must be hidden for the sake of other cells,
// and to the release the certificate, measure by measure: cells whose number
// of cases is known have nothing more in common.
func (r Rule) protect(t Table, reasons []Reason, out *Released) error {
	var problems []error
	for _, m := range t.Measures {
		noTotal, err := hiddenTotals(r, m, t)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		for i, c := range t.Cells {
			if c.Measure == m.ID && noTotal[c.Key] && reasons[i] == "" {
				reasons[i] = Secondary
			}
		}
		s, err := newSystem(r, m, t, reasons, noTotal)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		c, err := s.protect(reasons)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		out.certificate.join(c)
		out.notes = append(out.notes, s.notes...)
	}
	slices.Sort(out.notes)
	return errors.Join(problems...)
}
