package disclosure

import (
	"cmp"
	"errors"
)

// errTooHard is returned when branch and bound gives up.
var errTooHard = errors.New("the whole-number bounds of a cell could not be settled")

// The number of subproblems after which a cell is given up: where its ends are
// asked for, where they would only serve as proof, and where the proof is
// sought in a part of a component or in one so large that each subproblem
// costs more than hiding another cell.
const (
	thoroughBranches = 4000
	proofBranches    = 400
	partBranches     = 40
	fewBranches      = 4
)

// An extreme is how far a variable can go.
type extreme struct {
	endless bool
	// Numerator and denominator of the farthest value in real numbers, and
	// the farthest whole value with a point that has it.
	numerator, denominator integer
	whole                  int64
	point                  []int64
}

// farthest moves variable k up or down, no further than target, and returns
// where it ends in real and in whole numbers. The start must be a point of
// whole numbers. A whole number as far as enough ends the search.
func (t *tableau) farthest(k int, up bool, start []int64, target, enough int64, branches int) (extreme, error) {
	e := extreme{whole: start[k], point: start}
	end := t.drive(k, up, target)
	if err := t.effort.err(); err != nil {
		return e, err
	}
	if end == endless {
		e.endless = true
		return e, nil
	}
	e.numerator, e.denominator = t.reading(k)
	if !t.branch(k, up, target, enough, &e, &branches) {
		return e, cmp.Or(t.effort.err(), errTooHard)
	}
	return e, nil
}

// branch looks for a whole-number point beyond the best of e, by Land and Doig
// (1960), starting where drive has ended. It reports whether it was finished.
func (t *tableau) branch(k int, up bool, target, enough int64, e *extreme, left *int) bool {
	if t.effort.err() != nil {
		return false
	}
	n, d := t.reading(k)
	best, exact := n.floor(d)
	if !up && !exact {
		best++
	}
	if up && (best <= e.whole || e.whole >= enough) || !up && (best >= e.whole || e.whole <= enough) {
		return true
	}
	j, below := t.fraction()
	if j < 0 {
		e.whole, e.point = best, t.point()
		return true
	}
	if *left--; *left < 0 {
		return false
	}
	for _, side := range [2]bool{false, true} {
		c, limit := t.clone(), below
		if side {
			limit++
		}
		// The side that the bounds forbid is empty.
		if limit < c.lo[j] || limit > c.hi[j] || c.drive(j, side, limit) != reached {
			continue
		}
		if side {
			c.lo[j] = limit
		} else {
			c.hi[j] = limit
		}
		c.drive(k, up, target)
		if !c.branch(k, up, target, enough, e, left) {
			return false
		}
	}
	return true
}
