package disclosure

import (
	"math"
	"slices"
	"sync"
)

// unbounded stands for an upper bound that is not there.
const unbounded = math.MaxInt64

// A tableau is a system of linear equations in bounded variables at a feasible
// point, solved for its basic variables:
//
//	det*x[basic[i]] + sum over j of a[i][j]*x[nonbasic[j]] = constant
//
// Every number in it is whole: det is the determinant of the basis and a
// pivot divides exactly (Edmonds 1967, Bareiss 1968). Nonbasic variables have
// whole values, at a bound or between bounds, so the true table is a start
// from which every question is answered without a search for a first point.
type tableau struct {
	det      integer
	a        [][]integer
	basic    []int
	value    []integer // det times the value of the basic variable of the row
	nonbasic []int     // variables of the columns, -1 for one without
	lo, hi   []int64
	at       []int64 // value of a variable while it is nonbasic
	place    []int   // row of a basic variable, or -1 - column
	touched  []int   // columns, for use within pivot
	effort   *effort
}

// A term is a variable of an equation with its coefficient.
type term struct {
	variable int
	factor   int64
}

// newTableau takes the equations as sums of terms that keep the value they
// have at the point given. Equations that follow from others are dropped. If
// the effort is stopped, so is the tableau, and it answers nothing.
func newTableau(effort *effort, equations [][]term, point, lo, hi []int64) *tableau {
	n := len(point)
	t := &tableau{effort: effort, det: whole(1), lo: slices.Clone(lo), hi: slices.Clone(hi), at: slices.Clone(point), place: make([]int, n)}
	t.nonbasic = make([]int, n)
	for j := range n {
		t.nonbasic[j], t.place[j] = j, -1-j
	}
	if !effort.spend(int64(n) * int64(len(equations))) {
		return t
	}
	// Each equation starts with a variable of its own, -1, fixed at 0.
	t.a, t.basic, t.value = make([][]integer, len(equations)), make([]int, len(equations)), make([]integer, len(equations))
	numbers := zeros(n * len(equations))
	for i, e := range equations {
		t.a[i] = numbers[i*n : (i+1)*n : (i+1)*n]
		for _, x := range e {
			t.a[i][x.variable].small += x.factor
		}
		t.basic[i] = -1
	}
	left := slices.Clone(t.nonbasic) // columns that no equation has taken
	for i := 0; i < len(t.a); {
		// The smallest entry keeps the determinant small.
		best, smallest := -1, integer{}
		for j, column := range left {
			if v := t.a[i][column]; v.sign() != 0 && (best < 0 || compareProducts(v.abs(), whole(1), smallest, whole(1)) < 0) {
				best, smallest = j, v.abs()
			}
		}
		if best < 0 {
			t.dropRow(i)
			continue
		}
		t.pivot(i, left[best], 0)
		if effort.err() != nil {
			return t
		}
		left[best] = left[len(left)-1]
		left = left[:len(left)-1]
		i++
	}
	t.keepColumns(left)
	used.Put(&numbers)
	return t
}

// used are numbers of tableaus that were solved, for the next one: most of what
// it begins with are the numbers of columns that it does not keep.
var used sync.Pool

func zeros(n int) []integer {
	if numbers, ok := used.Get().(*[]integer); ok && cap(*numbers) >= n {
		z := (*numbers)[:n]
		clear(z)
		return z
	}
	return make([]integer, n)
}

func (t *tableau) dropRow(i int) {
	t.a = slices.Delete(t.a, i, i+1)
	t.basic = slices.Delete(t.basic, i, i+1)
	t.value = slices.Delete(t.value, i, i+1)
}

// keepColumns leaves the columns named, in that order.
func (t *tableau) keepColumns(columns []int) {
	n := len(columns)
	numbers, nonbasic := make([]integer, n*len(t.a)), make([]int, n)
	for i, row := range t.a {
		t.a[i] = numbers[i*n : (i+1)*n : (i+1)*n]
		for j, column := range columns {
			t.a[i][j] = row[column]
		}
	}
	for j, column := range columns {
		nonbasic[j] = t.nonbasic[column]
		t.place[nonbasic[j]] = -1 - j
	}
	t.nonbasic = nonbasic
}

func (t *tableau) clone() *tableau {
	c := *t
	c.touched = nil
	t.effort.spend(int64(len(t.a)) * int64(len(t.nonbasic)))
	n := len(t.nonbasic)
	numbers := make([]integer, n*len(t.a))
	c.a = make([][]integer, len(t.a))
	for i, row := range t.a {
		c.a[i] = numbers[i*n : (i+1)*n : (i+1)*n]
		copy(c.a[i], row)
	}
	c.basic, c.value, c.nonbasic = slices.Clone(t.basic), slices.Clone(t.value), slices.Clone(t.nonbasic)
	c.lo, c.hi, c.at, c.place = slices.Clone(t.lo), slices.Clone(t.hi), slices.Clone(t.at), slices.Clone(t.place)
	return &c
}

// pivot moves the nonbasic variable of column s until the basic variable of
// row r has the value leave, and lets the two change places.
func (t *tableau) pivot(r, s int, leave int64) {
	p, det, from := t.a[r][s], t.det, t.a[r]
	enters, leaves := t.nonbasic[s], t.basic[r]
	moved := t.value[r].minus(whole(leave), det)
	t.value[r] = moved.minus(whole(-t.at[enters]), p)
	// The determinant stays positive.
	if p.sign() < 0 {
		p, moved, t.value[r] = p.neg(), moved.neg(), t.value[r].neg()
		for j := range from {
			from[j] = from[j].neg()
		}
		det = det.neg()
	}
	from[s] = det
	det = t.det
	// A pivot that leaves the determinant alone touches few columns: most
	// tables have no other.
	same := p == det
	t.touched = t.touched[:0]
	for j, v := range from {
		if j != s && t.nonbasic[j] >= 0 && (!same || v.sign() != 0) {
			t.touched = append(t.touched, j)
		}
	}
	work := int64(len(t.a))
	for i, row := range t.a {
		f := row[s]
		if i == r || (same && f.sign() == 0) {
			continue
		}
		t.value[i] = cross(t.value[i], p, f, moved, det)
		work += int64(len(t.touched))
		for _, j := range t.touched {
			row[j].cross(p, f, from[j], det)
		}
		if leaves >= 0 {
			row[s] = f
			if from[s].sign() > 0 {
				row[s] = f.neg()
			}
		}
	}
	if !p.isSmall() {
		work *= largeNumber
	}
	t.effort.spend(work)
	t.det = p
	t.basic[r], t.nonbasic[s] = enters, leaves
	t.place[enters] = r
	if leaves >= 0 {
		t.place[leaves] = -1 - s
		t.at[leaves] = leave
	}
}

// fix holds a variable at a value that it can have.
func (t *tableau) fix(k int, value int64) {
	n, d := t.reading(k)
	up := compareProducts(n, whole(1), whole(value), d) < 0
	t.drive(k, up, value)
	t.lo[k], t.hi[k] = value, value
}

// An end says why drive stopped.
type end int

const (
	reached end = iota
	blocked     // by the equations: this is the optimum
	endless     // nothing bounds the variable
)

// patience is the number of steps without progress after which the choice of
// pivots follows Bland (1977), which cannot cycle.
const patience = 12

// drive moves variable k up or down until it has the value target or can go
// no further. A target beyond the bound of k means the bound. Where it ends says
// nothing once the effort is stopped.
func (t *tableau) drive(k int, up bool, target int64) end {
	if up {
		target = min(target, t.hi[k])
	} else {
		target = max(target, t.lo[k])
	}
	if n, d := t.reading(k); target != unbounded {
		if c := compareProducts(n, whole(1), whole(target), d); c == 0 || (c > 0) == up {
			return reached
		}
	}
	for still := 0; t.effort.spend(int64(len(t.a) + len(t.nonbasic))); {
		bland := still > patience
		s, rise := -1-t.place[k], up
		if t.place[k] >= 0 {
			if s, rise = t.entering(t.place[k], up, bland); s < 0 {
				return blocked
			}
		}
		r, leave, step, over := t.leaving(s, rise, k, up, target)
		// The entering variable may reach its own limit first.
		j := t.nonbasic[s]
		own := t.hi[j]
		if !rise {
			own = t.lo[j]
		}
		if j == k {
			own = target
		}
		if own != unbounded {
			far := own - t.at[j]
			if r < 0 || compareProducts(whole(far).abs(), over, step, whole(1)) <= 0 {
				for i, row := range t.a {
					t.value[i] = t.value[i].minus(row[s], whole(far))
				}
				t.at[j] = own
				if j == k {
					return reached
				}
				still = 0
				continue
			}
		}
		if r < 0 {
			return endless
		}
		if step.sign() == 0 {
			still++
		} else if !bland {
			still = 0
		}
		done := t.basic[r] == k
		t.pivot(r, s, leave)
		if done {
			return reached
		}
	}
	return blocked
}

// entering returns a column whose variable can move the basic variable of row
// r up or down, and whether it rises, or -1.
func (t *tableau) entering(r int, up, bland bool) (column int, rise bool) {
	column = -1
	for s, v := range t.a[r] {
		sign := v.sign()
		if sign == 0 {
			continue
		}
		j := t.nonbasic[s]
		rises := (sign < 0) == up
		if rises && t.at[j] >= t.hi[j] || !rises && t.at[j] <= t.lo[j] {
			continue
		}
		better := column < 0
		if !better && bland {
			better = j < t.nonbasic[column]
		} else if !better {
			c := compareProducts(v.abs(), whole(1), t.a[r][column].abs(), whole(1))
			better = c > 0 || c == 0 && j < t.nonbasic[column]
		}
		if better {
			column, rise = s, rises
		}
	}
	return column, rise
}

// leaving returns the row whose basic variable first reaches a bound when the
// variable of column s moves, that bound, and the length of the move as a
// fraction step/over; r is -1 if none does. Variable k stops at its target.
func (t *tableau) leaving(s int, rise bool, k int, up bool, target int64) (r int, leave int64, step, over integer) {
	r, over = -1, whole(1)
	for i, row := range t.a {
		sign := row[s].sign()
		if sign == 0 {
			continue
		}
		v := t.basic[i]
		bound := t.hi[v]
		rises := (sign < 0) == rise
		if !rises {
			bound = t.lo[v]
		}
		if v == k && rises == up {
			bound = target
		}
		if bound == unbounded {
			continue
		}
		room := t.value[i].minus(whole(bound), t.det).abs()
		width := row[s].abs()
		c := -1
		if r >= 0 {
			c = compareProducts(room, over, step, width)
		}
		if c < 0 || c == 0 && v < t.basic[r] {
			r, leave, step, over = i, bound, room, width
		}
	}
	return r, leave, step, over
}

// reading returns the value of a variable as a fraction.
func (t *tableau) reading(k int) (numerator, denominator integer) {
	if r := t.place[k]; r >= 0 {
		return t.value[r], t.det
	}
	return whole(t.at[k]), whole(1)
}

// fraction returns a variable whose value is not whole, or -1, and the whole
// number below it.
func (t *tableau) fraction() (variable int, below int64) {
	variable = -1
	for i, v := range t.value {
		n, exact := v.floor(t.det)
		if !exact && (variable < 0 || t.basic[i] < variable) {
			variable, below = t.basic[i], n
		}
	}
	return variable, below
}

// point returns the values of all variables, which must be whole.
func (t *tableau) point() []int64 {
	p := slices.Clone(t.at)
	for i, v := range t.value {
		p[t.basic[i]], _ = v.floor(t.det)
	}
	return p
}
