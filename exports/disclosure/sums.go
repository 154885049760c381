package disclosure

import (
	"errors"
	"fmt"
)

// addSums adds what regions, periods and classes add up to.
func (s *system) addSums() error {
	var problems []error
	var classes [layers]map[Key][]int
	for layer := range layers {
		classes[layer] = map[Key][]int{}
	}
	for i, f := range s.facts {
		k, at := f.Key, s.at[s.layer[i]]
		problems = append(problems,
			s.addSum(i, "regions", below(at, s.regions, k.Region, func(c string) Key { k := k; k.Region = c; return k })),
			s.addSum(i, "periods", below(at, s.periods, k.Period, func(c string) Key { k := k; k.Period = c; return k })))
		if k.Breakdown != Total {
			k.Class = ""
			classes[s.layer[i]][k] = append(classes[s.layer[i]][k], i)
		}
	}
	for i, f := range s.facts {
		k := f.Key
		k.Class = ""
		if parts := classes[s.layer[i]][k]; len(parts) > 0 && parts[0] == i {
			k.Breakdown, k.Class = Total, Total
			if total, ok := s.at[s.layer[i]][k]; ok {
				problems = append(problems, s.addSum(total, "classes of "+f.Breakdown, parts))
			}
		}
	}
	return errors.Join(problems...)
}

// below returns the facts that add up to the one of a node: those of its
// children, or of their children where a child was never released.
func below(at map[Key]int, t tree, code string, with func(string) Key) []int {
	var out []int
	for _, c := range t.order {
		if t.parent[c] != code {
			continue
		}
		if i, ok := at[with(c)]; ok {
			out = append(out, i)
		} else {
			out = append(out, below(at, t, c, with)...)
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
			v := m.addVariable(fmt.Sprintf("%s other %s %s", s.name(total), what, variableNames[k]), -1, rest, 0, unbounded)
			terms = append(terms, term{v, 1})
		}
		m.addEquation(terms)
	}
	return errors.Join(problems...)
}
