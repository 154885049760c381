package disclosure

import "fmt"

// hiddenTotals returns the cells of a measure whose number of cases may not be
// known: the small ones, and those that would give them away.
func hiddenTotals(r Rule, m Measure, t Table) (map[Key]bool, Certificate, error) {
	out := map[Key]bool{}
	s, err := newSystem(r, m, t, make([]Reason, len(t.Cells)), out)
	if err != nil {
		return nil, Certificate{}, err
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
		return out, Certificate{}, nil
	}
	cases.needs = needs
	c, err := s.addTotals(cases, out)
	return out, c, err
}

// addTotals takes the sums of the first variable over to a model of cases and
// protects it.
func (s *system) addTotals(cases *model, out map[Key]bool) (Certificate, error) {
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
	proofs, err := cases.protect()
	if err != nil {
		return Certificate{}, fmt.Errorf("measure %s: number of cases: %w", s.measure.ID, err)
	}
	for i, f := range s.facts {
		if cases.units[i].hidden {
			out[f.Key] = true
		}
	}
	return cases.certificate(proofs), nil
}
