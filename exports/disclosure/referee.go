package disclosure

import "slices"

// A witness is a table of whole numbers that satisfies the equations of a
// model: the variables in which it differs from the true one. It counts as
// long as what it has for published variables would have been published.
type witness struct {
	changes  map[int]int64
	revision int // of the pattern for which counts was found
	counts   bool
}

// truthful is the true table, which always counts.
var truthful = &witness{}

func (w *witness) value(m *model, v int) int64 {
	if x, ok := w.changes[v]; ok {
		return x
	}
	return m.truth[v]
}

// A proof is a pair of witnesses between which a sensitive variable is safe.
type proof struct{ low, high *witness }

// A referee says which needs of a model are met, and keeps the proofs. The
// proposer and the clean-up suggest; only the referee is believed.
type referee struct {
	m        *model
	proofs   []proof            // by need; both nil if there is none
	movers   map[int][]*witness // the witnesses found, by variables they change
	parts    map[int]*component // by variable, for the present pattern
	needs    map[*witness][]int // whose proof it has been
	revision int
	// patient is set where no other cell is left to hide.
	patient bool
}

func newReferee(m *model) *referee {
	return &referee{m: m, proofs: make([]proof, len(m.needs)), movers: map[int][]*witness{}, parts: map[int]*component{}, needs: map[*witness][]int{}, revision: 1}
}

// set hides or publishes a unit.
func (r *referee) set(u int, hidden bool) {
	r.m.units[u].hidden = hidden
	r.revision++
	clear(r.parts)
}

// counts reports whether a witness agrees with the present pattern.
func (r *referee) counts(w *witness) bool {
	if w == truthful {
		return true
	}
	if w.revision != r.revision {
		w.revision, w.counts = r.revision, true
		for v, x := range w.changes {
			if lo, hi := r.m.bounds(v); x < lo || x > hi {
				w.counts = false
				break
			}
		}
	}
	return w.counts
}

// part returns the whole component of a variable.
func (r *referee) part(v int) *component {
	if c, ok := r.parts[v]; ok {
		return c
	}
	c := r.m.component(v, len(r.m.truth))
	for _, v := range c.variables {
		r.parts[v] = c
	}
	return c
}

// witness keeps a point of a component.
func (r *referee) witness(c *component, point []int64) *witness {
	w := &witness{changes: map[int]int64{}, revision: r.revision, counts: true}
	for i, v := range c.variables {
		if point[i] != r.m.truth[v] {
			w.changes[v] = point[i]
			r.movers[v] = append(r.movers[v], w)
		}
	}
	if len(w.changes) == 0 {
		return truthful
	}
	return w
}

// safe reports whether a need is met, and keeps the proof. A proof within a
// part of the component is as good as any; only to find that there is none
// takes the whole.
func (r *referee) safe(n int) (bool, error) {
	need := r.m.needs[n]
	if p := r.proofs[n]; p.low != nil && r.counts(p.low) && r.counts(p.high) {
		return true, nil
	}
	if r.m.known(need.variable) {
		return false, nil
	}
	p, ok := r.fromWitnesses(need)
	for _, size := range [2]int{nearest, near} {
		if ok {
			break
		}
		// What is too hard in a part may be easy in a larger one.
		c := r.m.component(need.variable, size)
		if !c.partial {
			break
		}
		p, ok, _ = r.attack(c, need, partBranches)
	}
	if !ok {
		var err error
		c, branches := r.part(need.variable), proofBranches
		if r.patient {
			branches = thoroughBranches
		} else if len(c.variables) > farther {
			branches = fewBranches
		}
		if p, ok, err = r.attack(c, need, branches); err != nil {
			return false, err
		}
	}
	if ok {
		r.proofs[n] = p
		for _, w := range [2]*witness{p.low, p.high} {
			r.needs[w] = append(r.needs[w], n)
		}
	}
	return ok, nil
}

// restingOn returns the needs whose proof changes a variable of a unit.
func (r *referee) restingOn(u int) []int {
	var out []int
	for _, v := range r.m.units[u].variables {
		for _, w := range r.movers[v] {
			for _, n := range r.needs[w] {
				if r.proofs[n].low == w || r.proofs[n].high == w {
					out = append(out, n)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// attack looks for a proof in a component.
func (r *referee) attack(c *component, need need, branches int) (proof, bool, error) {
	k, t, truth := c.index[need.variable], c.tableau, r.m.truth[need.variable]
	if g, ok := c.index[need.given]; ok {
		t = t.clone()
		t.fix(g, c.start[g])
	}
	// The lowest end is not needed if a higher one will do.
	for _, enough := range [2]int64{need.low(truth), 0} {
		low, err := t.farthest(k, false, c.start, 0, enough, branches)
		if err != nil {
			return proof{}, false, err
		}
		p := proof{low: r.witness(c, low.point)}
		if low.whole > need.low(truth) {
			break
		}
		target := need.high(truth, low.whole)
		high, err := t.farthest(k, true, c.start, target, target, branches)
		if err != nil {
			return proof{}, false, err
		}
		p.high = r.witness(c, high.point)
		if need.met(truth, low.whole, high.whole) {
			return p, true, nil
		}
	}
	return proof{}, false, nil
}

// fromWitnesses looks for a proof among the witnesses found for other cells.
func (r *referee) fromWitnesses(need need) (proof, bool) {
	v, truth := need.variable, r.m.truth[need.variable]
	p := proof{truthful, truthful}
	for _, w := range r.movers[v] {
		if _, gives := w.changes[need.given]; gives || !r.counts(w) {
			continue
		}
		if w.changes[v] < p.low.value(r.m, v) {
			p.low = w
		}
		if w.changes[v] > p.high.value(r.m, v) {
			p.high = w
		}
		if need.met(truth, p.low.value(r.m, v), p.high.value(r.m, v)) {
			return p, true
		}
	}
	return proof{}, false
}

// publish publishes a hidden unit if every need is still met. A need that is
// too hard to settle counts as not met. Proofs that leave the unit as it is
// hold whether it is hidden or not.
func (r *referee) publish(u int) {
	resting := r.restingOn(u)
	before := make([]proof, len(resting))
	for i, n := range resting {
		before[i] = r.proofs[n]
	}
	r.set(u, false)
	for _, n := range resting {
		if ok, err := r.safe(n); err != nil || !ok {
			r.set(u, true)
			for i, n := range resting {
				r.proofs[n] = before[i]
			}
			return
		}
	}
}
