package disclosure

import "slices"

// A model is what the attacker knows: whole-number variables, each within a
// range, and sums that hold between them. Variables that are hidden or
// published together form a unit.
type model struct {
	name      []string // what a variable is called in a certificate
	truth     []int64
	lo, hi    []int64 // what the published figure tells of the variable
	unit      []int   // -1 for a variable that is never published
	equations [][]term
	nested    map[int]bool // equations in which the negative terms hold the others' cases
	uses      [][]int      // equations of each variable
	units     []unit
	needs     []need
	effort    *effort
}

// A unit is a set of variables that are published together or not at all.
type unit struct {
	variables []int
	worth     int64 // what hiding it costs
	hidden    bool
	fixed     bool // neither the proposer nor the clean-up may change it
}

// A need is a sensitive variable and how uncertain it has to stay. Its range
// must reach the threshold, must reach below its value, and must be at least
// as wide as the threshold.
type need struct {
	variable  int
	threshold int64
	// given is a variable that this attacker knows from their own case, or
	// -1. Such an attacker must not find the value itself; no more can be
	// asked, for who is one of two cases in a part knows that the whole has
	// at least two.
	given int
}

// low is the highest lower end that will do.
func (n need) low(truth int64) int64 {
	if n.given >= 0 {
		return truth
	}
	return max(0, truth-1)
}

// high is the lowest upper end that will do with a lower end.
func (n need) high(truth, lo int64) int64 {
	if n.given >= 0 {
		return max(truth, lo+1)
	}
	return max(n.threshold, lo+n.threshold)
}

// met reports whether a range is wide enough.
func (n need) met(truth, lo, hi int64) bool {
	return lo <= n.low(truth) && hi >= n.high(truth, lo)
}

// targets are pairs of ends to propose for, one after another until the
// referee agrees.
func (n need) targets(truth int64) [][2]int64 {
	if n.given >= 0 {
		return [][2]int64{{truth, truth + 1}, {truth - 1, truth}}
	}
	low := n.low(truth)
	return [][2]int64{{low, n.threshold}, {low, n.high(truth, low)}, {0, n.high(truth, low)}}
}

func (m *model) addUnit(worth int64, hidden, fixed bool) int {
	m.units = append(m.units, unit{worth: worth, hidden: hidden, fixed: fixed})
	return len(m.units) - 1
}

// addVariable adds a variable of a unit, published as the range lo to hi.
func (m *model) addVariable(name string, u int, truth, lo, hi int64) int {
	m.name = append(m.name, name)
	m.truth = append(m.truth, truth)
	m.lo, m.hi = append(m.lo, lo), append(m.hi, hi)
	m.unit = append(m.unit, u)
	m.uses = append(m.uses, nil)
	v := len(m.truth) - 1
	if u >= 0 {
		m.units[u].variables = append(m.units[u].variables, v)
	}
	return v
}

// addEquation adds a sum that keeps the value that it has in truth.
func (m *model) addEquation(terms []term) {
	for _, t := range terms {
		m.uses[t.variable] = append(m.uses[t.variable], len(m.equations))
	}
	m.equations = append(m.equations, terms)
}

// nest adds an equation in which the negative terms hold the cases of the
// others.
func (m *model) nest(terms []term) {
	if m.nested == nil {
		m.nested = map[int]bool{}
	}
	m.nested[len(m.equations)] = true
	m.addEquation(terms)
}

// bounds returns the range of a variable as far as it was published.
func (m *model) bounds(v int) (lo, hi int64) {
	if u := m.unit[v]; u < 0 || m.units[u].hidden {
		return 0, unbounded
	}
	return m.lo[v], m.hi[v]
}

// known reports whether a variable was published exactly.
func (m *model) known(v int) bool {
	lo, hi := m.bounds(v)
	return lo == hi
}

// A component is a part of a model that has no equation in common with the
// rest, once what is known is taken out.
type component struct {
	variables []int // of the model, ascending
	partial   bool  // cut off, with what lies outside taken as known
	index     map[int]int
	start     []int64
	tableau   *tableau
}

// component returns the part of the model that variable v belongs to, or the
// variables nearest to it if there are more than most.
func (m *model) component(v, most int) *component {
	c := &component{variables: []int{v}, index: map[int]int{v: 0}}
	used := map[int]bool{}
	var through []int // the equations used
	for i := 0; i < len(c.variables); i++ {
		for _, e := range m.uses[c.variables[i]] {
			if used[e] {
				continue
			}
			used[e] = true
			through = append(through, e)
			for _, t := range m.equations[e] {
				if _, ok := c.index[t.variable]; ok || m.known(t.variable) {
					continue
				}
				if len(c.variables) >= most {
					c.partial = true
					continue
				}
				c.index[t.variable] = 0
				c.variables = append(c.variables, t.variable)
			}
		}
	}
	slices.Sort(c.variables)
	var lo, hi []int64
	for i, v := range c.variables {
		c.index[v] = i
		l, h := m.bounds(v)
		c.start, lo, hi = append(c.start, m.truth[v]), append(lo, l), append(hi, h)
	}
	var equations [][]term
	slices.Sort(through)
	for _, e := range through {
		var terms []term
		for _, t := range m.equations[e] {
			if i, ok := c.index[t.variable]; ok {
				terms = append(terms, term{i, t.factor})
			}
		}
		equations = append(equations, terms)
	}
	c.tableau = newTableau(m.effort, equations, c.start, lo, hi)
	return c
}

// inhabited returns how many of the terms are not known to be 0.
func (m *model) inhabited(terms []term) int {
	n := 0
	for _, t := range terms {
		if !m.empty(t.variable) {
			n++
		}
	}
	return n
}

// empty reports whether everybody knows that a variable is 0: it is in a sum of
// counts that is, as in a class without cases, or was published so before.
func (m *model) empty(v int) bool {
	if u := m.unit[v]; u >= 0 && m.units[u].fixed && !m.units[u].hidden && m.hi[v] == 0 {
		return true
	}
	return slices.ContainsFunc(m.uses[v], func(e int) bool {
		return !slices.ContainsFunc(m.equations[e], func(t term) bool { return t.factor != 1 || m.truth[t.variable] != 0 })
	})
}

// addSingletons adds the needs against an attacker who is in a cell of one or
// two cases and so knows its count, for the sensitive cells that share an
// equation with it. Two cells that are the same people share no secret.
func (m *model) addSingletons() {
	for _, n := range m.needs {
		seen := map[int]bool{n.variable: true}
		for _, e := range m.uses[n.variable] {
			if m.inhabited(m.equations[e]) <= 2 {
				continue
			}
			holds := func(v int) bool {
				return m.nested[e] && slices.ContainsFunc(m.equations[e], func(t term) bool { return t.variable == v && t.factor < 0 })
			}
			for _, t := range m.equations[e] {
				if x := m.truth[t.variable]; x >= 1 && x <= 2 && !seen[t.variable] && !holds(t.variable) && !holds(n.variable) {
					seen[t.variable] = true
					m.needs = append(m.needs, need{n.variable, n.threshold, t.variable})
				}
			}
		}
	}
}
