package disclosure

import (
	"context"
	"fmt"
)

// A size is a number of cases of a cell that several measures tell.
type size struct {
	name string
	of   func(Outcomes) int
}

// The sizes: all cases of a cell, which all measures share, and those that a
// measure is about, which it shares with those of the same denominator. Equal
// sizes are protected alike, so that no measure shows what another one hides.
var (
	allCases    = size{"cases", Outcomes.Cases}
	insideCases = size{"inside", Outcomes.inside}
)

// hidden returns the cells of a measure whose size may not be known: the small
// ones, those that differ by few from what was released and stays in view, and
// those that would give either away.
func (z size) hidden(ctx context.Context, r Rule, m Measure, t Table) ([layers]map[Key]bool, Certificate, error) {
	out := [layers]map[Key]bool{{}, {}}
	s, err := newSystem(r, []Measure{m}, t, make([]Reason, len(t.Cells)), sizes{})
	if err != nil {
		return out, Certificate{}, err
	}
	cases := &model{effort: newEffort(ctx, nil)}
	for i, f := range s.facts {
		n := int64(z.of(f.Outcomes))
		small := n > 0 && n < int64(f.Threshold)
		v := cases.addVariable(s.name(i)+" "+z.name, cases.addUnit(n, small, small), n, n, n)
		if small {
			cases.needs = append(cases.needs, need{variable: v, threshold: int64(f.Threshold), given: -1})
		}
	}
	for old, f := range s.facts {
		if now, ok := s.at[present][f.Key]; ok && s.layer[old] == past {
			s.addChangedTotal(cases, old, now)
		}
	}
	if len(cases.needs) == 0 {
		return out, Certificate{}, nil
	}
	c, err := s.addTotals(cases, out)
	if err != nil {
		return out, Certificate{}, fmt.Errorf("measure %s: number of cases (%s): %w", m.ID, z.name, err)
	}
	return out, c, nil
}

// addChangedTotal hides the number of cases of a cell that differs by few from
// what was released.
func (s *system) addChangedTotal(cases *model, old, now int) {
	a, b, change := old, now, cases.truth[now]-cases.truth[old]
	if change < 0 {
		a, b, change = now, old, -change
	}
	if threshold := int64(s.facts[now].Threshold); change > 0 && change < threshold {
		v := cases.addVariable(s.name(now)+" changed cases", -1, change, 0, unbounded)
		cases.addEquation([]term{{b, -1}, {a, 1}, {v, 1}})
		cases.units[now].hidden, cases.units[now].fixed = true, true
		cases.needs = append(cases.needs, need{variable: v, threshold: threshold, given: -1})
	}
}

// addTotals takes the sums of the first variable over to a model of cases and
// protects it.
func (s *system) addTotals(cases *model, out [layers]map[Key]bool) (Certificate, error) {
	fact := map[int]int{}
	for i, v := range s.first {
		fact[v] = i
	}
	for _, e := range s.model.equations {
		var terms []term
		rest, seen := int64(0), map[int]bool{}
		for _, t := range e {
			i, ok := fact[t.variable]
			if !ok && s.model.unit[t.variable] >= 0 {
				terms = nil
				break
			}
			if ok {
				seen[s.layer[i]] = true
				terms = append(terms, term{i, t.factor})
				rest -= t.factor * cases.truth[i]
			}
		}
		if len(terms) < 2 || len(seen) > 1 {
			continue // no sum of cells
		}
		if rest > 0 {
			terms = append(terms, term{cases.addVariable("other cases", -1, rest, 0, unbounded), 1})
		}
		cases.addEquation(terms)
	}
	proofs, err := cases.protect()
	if err != nil {
		return Certificate{}, err
	}
	for i, f := range s.facts {
		if cases.units[i].hidden {
			out[s.layer[i]][f.Key] = true
		}
	}
	return cases.certificate(proofs), nil
}
