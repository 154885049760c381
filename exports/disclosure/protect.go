package disclosure

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNoCertificate is returned when sensitive cells cannot be protected by
// hiding other cells. Nothing is released then.
var ErrNoCertificate = errors.New("sensitive cells cannot be protected by hiding more")

// A price says what it costs the proposer to move a published variable of a
// unit by one.
type price func(u unit) int64

// prices are ways to weigh many cheap cells against a few dear ones. A table
// of up to thorough units is tried with all of them, a larger one with the
// first.
var prices = []price{
	func(u unit) int64 { return 1000 + 10*u.worth },
	func(u unit) int64 { return 1 + u.worth },
	func(u unit) int64 { return 20 + u.worth },
}

const thorough = 100

// A solution is a pattern of hidden units with its proofs.
type solution struct {
	hidden []bool
	proofs []proof
	cost   int64
}

// protect hides units until every need is met, and returns the proofs.
func (m *model) protect() ([]proof, error) {
	if len(m.needs) == 0 {
		return nil, nil
	}
	start := m.hidden()
	tries := prices
	if len(m.units) > thorough {
		tries = prices[:1]
	}
	var best *solution
	for _, cost := range tries {
		m.restore(start)
		m.effort.allow()
		s, err := m.solve(cost)
		if err != nil {
			return nil, err
		}
		if best == nil || s.cost < best.cost {
			best = s
		}
	}
	if len(m.units) <= thorough {
		m.effort.allow()
		best = m.improve(start, best)
	}
	if m.effort != nil && m.effort.ctx.Err() != nil {
		return nil, context.Cause(m.effort.ctx)
	}
	m.restore(best.hidden)
	return best.proofs, nil
}

// solve proposes, asks the referee, and cleans up.
func (m *model) solve(cost price) (*solution, error) {
	r := newReferee(m)
	if err := r.fill(cost); err != nil {
		return nil, err
	}
	r.cleanUp()
	s := &solution{hidden: m.hidden(), proofs: r.proofs}
	for _, u := range m.units {
		if u.hidden && !u.fixed {
			// Of two patterns of the same worth the one with fewer cells.
			s.cost += 1000*u.worth + 1
		}
	}
	return s, nil
}

// improve tries to do without each further hidden unit, and starts anew from
// every better pattern.
func (m *model) improve(start []bool, best *solution) *solution {
	for again := true; again; {
		again = false
		for _, u := range m.dearest(best.hidden) {
			for _, cost := range prices {
				m.restore(best.hidden)
				m.units[u].hidden, m.units[u].fixed = false, true
				s, err := m.solve(cost)
				m.units[u].fixed = false
				if err == nil && s.cost < best.cost {
					best, again = s, true
				}
			}
			if again {
				break
			}
		}
	}
	return best
}

// fill hides units until the referee agrees.
func (r *referee) fill(cost price) error {
	m := r.m
	order := make([]int, len(m.needs))
	for n := range order {
		order[n] = n
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(m.truth[m.needs[b].variable], m.truth[m.needs[a].variable])
	})
	var stuck []string
	for _, n := range order {
		need := m.needs[n]
		truth := m.truth[need.variable]
		targets := need.targets(truth)
		r.patient = false
		for round := 0; ; round++ {
			ok, err := r.safe(n)
			if ok {
				break
			}
			if err != nil && !errors.Is(err, errTooHard) {
				return err
			}
			if err := m.effort.err(); err != nil {
				return err
			}
			var units []int
			if round < len(targets) {
				for _, u := range m.propose(need, targets[round][0], cost) {
					r.set(u, true)
				}
				units = m.propose(need, targets[round][1], cost)
			} else if u := m.cheapestNear(need.variable); u >= 0 {
				units = []int{u}
			} else if !r.patient {
				r.patient = true
				continue
			} else {
				stuck = append(stuck, fmt.Sprintf("%s (%d)", m.name[need.variable], truth))
				break
			}
			for _, u := range units {
				r.set(u, true)
			}
		}
	}
	r.patient = false
	if len(stuck) > 0 {
		return fmt.Errorf("%w: %s", ErrNoCertificate, strings.Join(stuck, ", "))
	}
	return nil
}

// cleanUp publishes again what is not needed, the most worthy first, as long as
// it may work. What it does not come to stays hidden, which is safe.
func (r *referee) cleanUp() {
	for _, u := range r.m.dearest(r.m.hidden()) {
		if r.m.effort.err() != nil {
			return
		}
		r.publish(u)
	}
}

// hidden returns which units are hidden.
func (m *model) hidden() []bool {
	out := make([]bool, len(m.units))
	for i, u := range m.units {
		out[i] = u.hidden
	}
	return out
}

func (m *model) restore(hidden []bool) {
	for i := range m.units {
		m.units[i].hidden = hidden[i]
	}
}

// dearest returns the hidden units that may be published, dearest first.
func (m *model) dearest(hidden []bool) []int {
	var out []int
	for i, u := range m.units {
		if hidden[i] && !u.fixed {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(m.units[b].worth, m.units[a].worth) })
	return out
}

// cheapestNear returns the cheapest published unit in the nearest ring around a
// variable, or -1.
func (m *model) cheapestNear(v int) int {
	found, _ := m.neighbours(v, len(m.truth)+1)
	best := -1
	for i, x := range found {
		u := m.unit[x]
		if u < 0 || m.units[u].hidden || m.units[u].fixed {
			continue
		}
		if best < 0 || i < near && m.units[u].worth < m.units[best].worth {
			best = u
		}
	}
	return best
}
