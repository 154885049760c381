package disclosure

import (
	"maps"
	"slices"
)

// The numbers of variables that are looked at around a sensitive one before
// looking farther. A model with more than farther is not worth a proposal that
// reaches across it: the cheapest neighbour is hidden instead.
const (
	nearest = 30
	near    = 150
	farther = 600
)

// propose returns units to hide so that the variable of a need can take the
// value target: those that the cheapest table with that value would change. It
// returns nothing if no table has it. The proposal need not suffice.
func (m *model) propose(n need, target int64, cost price) []int {
	for _, size := range [2]int{near, farther} {
		found, all := m.neighbours(n.variable, size)
		units, ok := m.cheapest(found, n, target, cost)
		if ok || all || len(m.truth) > farther {
			return units
		}
	}
	return nil
}

// neighbours returns at least size variables around k, ring by ring, and
// whether that is all there are.
func (m *model) neighbours(k, size int) (found []int, all bool) {
	seen := map[int]bool{k: true}
	found = []int{k}
	for i := 0; i < len(found); i++ {
		if len(found) >= size {
			return found, false
		}
		for _, e := range m.uses[found[i]] {
			for _, t := range m.equations[e] {
				if !seen[t.variable] {
					seen[t.variable] = true
					found = append(found, t.variable)
				}
			}
		}
	}
	return found, true
}

// cheapest solves the linear program of Fischetti and Salazar (2001) in its
// relaxed form: a published variable may leave its range at a price for each
// unit of the way, up through one extra variable and down through another.
func (m *model) cheapest(found []int, n need, target int64, cost price) (units []int, ok bool) {
	var point, lo, hi []int64
	add := func(truth, l, h int64) int {
		point, lo, hi = append(point, truth), append(lo, l), append(hi, h)
		return len(point) - 1
	}
	index := map[int]int{}
	type leave struct{ variable, unit int }
	var leaves []leave
	extra := map[int][2]int{}
	used := map[int]bool{}
	var total []term
	for _, v := range found {
		l, h := m.bounds(v)
		if v == n.given {
			l, h = m.truth[v], m.truth[v]
		}
		if l < h || v == n.variable {
			index[v] = add(m.truth[v], l, h)
		}
		for _, e := range m.uses[v] {
			used[e] = true
		}
		u := m.unit[v]
		if u < 0 || m.units[u].hidden || m.units[u].fixed || v == n.given {
			continue
		}
		c := cost(m.units[u])
		up, down := add(0, 0, m.truth[v]+4*target+20), add(0, 0, l)
		extra[v] = [2]int{up, down}
		leaves = append(leaves, leave{up, u}, leave{down, u})
		total = append(total, term{up, c}, term{down, c})
	}
	sum := add(0, 0, unbounded)
	total = append(total, term{sum, -1})
	equations := [][]term{total}
	for _, e := range slices.Sorted(maps.Keys(used)) {
		var terms []term
		for _, t := range m.equations[e] {
			if i, ok := index[t.variable]; ok {
				terms = append(terms, term{i, t.factor})
			}
			if x, ok := extra[t.variable]; ok {
				terms = append(terms, term{x[0], t.factor}, term{x[1], -t.factor})
			}
		}
		equations = append(equations, terms)
	}
	t := newTableau(m.effort, equations, point, lo, hi)
	i := index[n.variable]
	if t.drive(i, target > m.truth[n.variable], target) != reached || m.effort.err() != nil {
		return nil, false
	}
	t.lo[i], t.hi[i] = target, target
	t.drive(sum, false, 0)
	if m.effort.err() != nil {
		return nil, false
	}
	seen := map[int]bool{}
	for _, l := range leaves {
		if moved, _ := t.reading(l.variable); moved.sign() != 0 && !seen[l.unit] {
			seen[l.unit] = true
			units = append(units, l.unit)
		}
	}
	return units, true
}
