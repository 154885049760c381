package disclosure

import "slices"

// A witness is a table of whole numbers that agrees with everything published:
// the variables in which it differs from the true one.
type witness map[int]int64

// agrees reports whether the witness lies within what the model publishes. A
// witness always satisfies the equations.
func (w witness) agrees(m *model) bool {
	for v, x := range w {
		if lo, hi := m.bounds(v); x < lo || x > hi {
			return false
		}
	}
	return true
}

func (w witness) value(m *model, v int) int64 {
	if x, ok := w[v]; ok {
		return x
	}
	return m.truth[v]
}

// A proof is a pair of witnesses between which a sensitive variable is safe.
type proof struct{ low, high witness }

// A referee says which needs of a model are met, and keeps the proofs. The
// proposer and the clean-up suggest; only the referee is believed.
type referee struct {
	m      *model
	proofs []proof // by need; both nil if there is none
	pool   []witness
	parts  map[int]*component // by variable; forgotten when the pattern changes
}

func newReferee(m *model) *referee {
	return &referee{m: m, proofs: make([]proof, len(m.needs)), parts: map[int]*component{}}
}

// hide hides a unit. Proofs stay valid, for the attacker now knows less.
func (r *referee) hide(u int) {
	r.m.units[u].hidden = true
	clear(r.parts)
}

// part returns the component of a variable.
func (r *referee) part(v int) *component {
	if c, ok := r.parts[v]; ok {
		return c
	}
	c := r.m.component(v)
	for _, v := range c.variables {
		r.parts[v] = c
	}
	return c
}

// witness turns a point of a component into a witness.
func (r *referee) witness(c *component, point []int64) witness {
	w := witness{}
	for i, v := range c.variables {
		if point[i] != r.m.truth[v] {
			w[v] = point[i]
		}
	}
	return w
}

// valid reports whether the proof of a need holds for the present pattern.
func (r *referee) valid(n int) bool {
	p := r.proofs[n]
	return p.low != nil && p.low.agrees(r.m) && p.high.agrees(r.m)
}

// safe reports whether a need is met, and keeps the proof.
func (r *referee) safe(n int) (bool, error) {
	if r.valid(n) {
		return true, nil
	}
	need := r.m.needs[n]
	v, truth := need.variable, r.m.truth[need.variable]
	if r.m.known(v) {
		return false, nil
	}
	if p, ok := r.fromPool(need); ok {
		r.proofs[n] = p
		return true, nil
	}
	c := r.part(v)
	k, t := c.index[v], c.tableau
	if g, ok := c.index[need.given]; ok {
		t = t.clone()
		t.fix(g, c.start[g])
	}
	low, err := t.farthest(k, false, c.start, 0)
	if err != nil {
		return false, err
	}
	down := r.witness(c, low.point)
	r.pool = append(r.pool, down)
	if low.whole > need.low(truth) {
		return false, nil
	}
	target := need.high(truth, low.whole)
	high, err := t.farthest(k, true, c.start, target)
	if err != nil {
		return false, err
	}
	up := r.witness(c, high.point)
	r.pool = append(r.pool, up)
	if !need.met(truth, low.whole, high.whole) {
		return false, nil
	}
	r.proofs[n] = proof{down, up}
	return true, nil
}

// fromPool looks for a proof among the witnesses found for other cells.
func (r *referee) fromPool(need need) (proof, bool) {
	v, truth := need.variable, r.m.truth[need.variable]
	var low, high witness
	for _, w := range r.pool {
		x, moved := w[v]
		if _, gives := w[need.given]; !moved || gives || !w.agrees(r.m) {
			continue
		}
		if x < truth && (low == nil || x < low[v]) {
			low = w
		}
		if x > truth && (high == nil || x > high[v]) {
			high = w
		}
	}
	if low == nil {
		low = witness{}
	}
	if high == nil {
		high = witness{}
	}
	return proof{low, high}, need.met(truth, low.value(r.m, v), high.value(r.m, v))
}

// publish publishes a hidden unit if every need is still met. A need that is
// too hard to settle counts as not met.
func (r *referee) publish(u int) {
	before := slices.Clone(r.proofs)
	r.m.units[u].hidden = false
	clear(r.parts)
	for n := range r.m.needs {
		if ok, err := r.safe(n); err != nil || !ok {
			r.hide(u)
			r.proofs = before
			return
		}
	}
}
