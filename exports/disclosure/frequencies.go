package disclosure

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
)

// A Frequencies is a plain table of counts with its additions, of any number
// of dimensions and levels. Published counts of it are exact.
type Frequencies struct {
	Cells     []Frequency
	Equations []Equation
	// Threshold is T: the range of a primary cell must reach it and be at
	// least as wide.
	Threshold int
}

// A Frequency is a cell of a table of counts.
type Frequency struct {
	ID      int
	Count   int
	Primary bool // sensitive itself
}

// An Equation says that the cell Total is the sum of the cells Parts.
type Equation struct {
	Total int   `json:"total"`
	Parts []int `json:"parts"`
}

// A Pattern is a choice of cells to hide, and what an attacker makes of it.
type Pattern struct {
	// Secondary are the hidden cells that are not primary, ascending.
	Secondary []int
	// Value is the sum of their counts.
	Value int
	// Intervals are of every hidden cell, primary or not, by ID.
	Intervals []Interval
	// Certificate is empty if the pattern is not safe.
	Certificate Certificate
}

// Unbounded is the end of a range that has none.
const Unbounded = math.MaxInt

// An Interval is what an attacker learns of a hidden cell: the least and the
// greatest value over all tables of non-negative numbers that agree with what
// is published.
type Interval struct {
	ID      int
	Primary bool
	Count   int
	// LowReal and HighReal are the ends over tables of real numbers, Low and
	// High over tables of whole numbers. HighReal is nil and High Unbounded
	// if nothing bounds the cell.
	LowReal, HighReal *big.Rat
	Low, High         int
}

// Width returns High - Low, or Unbounded.
func (i Interval) Width() int {
	if i.High == Unbounded {
		return Unbounded
	}
	return i.High - i.Low
}

// Safe reports whether a primary cell of the interval is protected at
// threshold T: the range reaches T, reaches below the count unless that is 0,
// and is at least T wide.
func (i Interval) Safe(threshold int) bool {
	return i.High >= threshold && i.Low <= max(0, i.Count-1) && i.Width() >= threshold
}

// Unsafe returns the intervals of primary cells that are not protected at
// threshold T.
func (p Pattern) Unsafe(threshold int) []Interval {
	var out []Interval
	for _, i := range p.Intervals {
		if i.Primary && !i.Safe(threshold) {
			out = append(out, i)
		}
	}
	return out
}

// Check returns everything that is wrong with the table, joined.
func (f Frequencies) Check() error {
	var problems []error
	report := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if f.Threshold < 1 {
		report("threshold is %d; it must be at least 1", f.Threshold)
	}
	count := map[int]int{}
	for i, c := range f.Cells {
		if _, ok := count[c.ID]; ok {
			report("cells[%d]: id %d is used twice", i, c.ID)
		}
		if c.Count < 0 || c.Count >= fits {
			report("cell %d: freq is %d; counts are from 0 to %d", c.ID, c.Count, fits-1)
		}
		if c.Primary && c.Count >= f.Threshold {
			report("cell %d: primary, but freq %d is not under the threshold %d", c.ID, c.Count, f.Threshold)
		}
		count[c.ID] = c.Count
	}
	for i, e := range f.Equations {
		known, sum := true, 0
		seen := map[int]bool{e.Total: true}
		if _, ok := count[e.Total]; !ok {
			report("equations[%d]: total %d is not the id of a cell", i, e.Total)
			known = false
		}
		if len(e.Parts) == 0 {
			report("equations[%d]: total %d has no parts", i, e.Total)
			known = false
		}
		for _, p := range e.Parts {
			if _, ok := count[p]; !ok {
				report("equations[%d]: part %d is not the id of a cell", i, p)
				known = false
			}
			if seen[p] {
				report("equations[%d]: cell %d stands in it twice", i, p)
			}
			seen[p] = true
			sum += count[p]
		}
		if known && sum != count[e.Total] {
			report("equations[%d]: cell %d has freq %d, but its parts add up to %d", i, e.Total, count[e.Total], sum)
		}
	}
	return errors.Join(problems...)
}

// CheckPattern returns everything that is wrong with secondary cells, joined.
func (f Frequencies) CheckPattern(secondary []int) error {
	var problems []error
	for n, id := range secondary {
		i := slices.IndexFunc(f.Cells, func(c Frequency) bool { return c.ID == id })
		switch {
		case i < 0:
			problems = append(problems, fmt.Errorf("secondary cell %d is not the id of a cell", id))
		case f.Cells[i].Primary:
			problems = append(problems, fmt.Errorf("secondary cell %d is primary already", id))
		case slices.Contains(secondary[:n], id):
			problems = append(problems, fmt.Errorf("secondary cell %d is listed twice", id))
		}
	}
	return errors.Join(problems...)
}

// Protect hides further cells of the table until every primary cell is safe,
// and proves it. It returns [ErrNoCertificate] if that cannot be done, which is
// [ErrTooLarge] if it takes too much work. A progress that is not nil is told how
// much of the work that is allowed at most was done, in percent; it starts anew
// with each part of the work.
func (f Frequencies) Protect(ctx context.Context, progress func(done, of int)) (Pattern, error) {
	if err := f.Check(); err != nil {
		return Pattern{}, err
	}
	m := f.model(nil)
	m.effort = newEffort(ctx, progress)
	m.addSingletons()
	proofs, err := m.protect()
	if err != nil {
		return Pattern{}, err
	}
	var secondary []int
	for v, c := range f.Cells {
		if u := m.units[m.unit[v]]; u.hidden && !c.Primary {
			secondary = append(secondary, c.ID)
		}
	}
	p, err := f.attack(m, secondary)
	if err != nil {
		return Pattern{}, err
	}
	p.Certificate = m.certificate(proofs)
	return p, nil
}

// Attack returns what an attacker learns from the table with the primary and
// the given secondary cells hidden, without a certificate. It returns
// [ErrTooLarge] if that takes too much work.
func (f Frequencies) Attack(ctx context.Context, secondary []int) (Pattern, error) {
	if err := errors.Join(f.Check(), f.CheckPattern(secondary)); err != nil {
		return Pattern{}, err
	}
	m := f.model(secondary)
	m.effort = newEffort(ctx, nil)
	return f.attack(m, slices.Sorted(slices.Values(secondary)))
}

func (f Frequencies) attack(m *model, secondary []int) (Pattern, error) {
	p := Pattern{Secondary: secondary}
	slices.Sort(p.Secondary)
	r := newReferee(m)
	m.effort.allow()
	for v, c := range f.Cells {
		if !m.units[m.unit[v]].hidden {
			continue
		}
		if !c.Primary {
			p.Value += c.Count
		}
		i := Interval{ID: c.ID, Primary: c.Primary, Count: c.Count}
		part := r.part(v)
		k := part.index[v]
		low, err := part.tableau.farthest(k, false, part.start, 0, 0, thoroughBranches)
		if err != nil {
			return Pattern{}, fmt.Errorf("cell %d: %w", c.ID, err)
		}
		high, err := part.tableau.farthest(k, true, part.start, unbounded, unbounded, thoroughBranches)
		if err != nil {
			return Pattern{}, fmt.Errorf("cell %d: %w", c.ID, err)
		}
		i.Low, i.LowReal = int(low.whole), low.real()
		i.High, i.HighReal = int(high.whole), high.real()
		if high.endless {
			i.High = Unbounded
		}
		p.Intervals = append(p.Intervals, i)
	}
	slices.SortFunc(p.Intervals, func(a, b Interval) int { return a.ID - b.ID })
	return p, nil
}

func (e extreme) real() *big.Rat {
	if e.endless {
		return nil
	}
	return new(big.Rat).SetFrac(e.numerator.toBig(), e.denominator.toBig())
}

// model makes each cell a variable and a unit of its own.
func (f Frequencies) model(secondary []int) *model {
	m := &model{}
	index := map[int]int{}
	for v, c := range f.Cells {
		hidden := c.Primary || slices.Contains(secondary, c.ID)
		m.addVariable(strconv.Itoa(c.ID), m.addUnit(int64(c.Count), hidden, c.Primary), int64(c.Count), int64(c.Count), int64(c.Count))
		index[c.ID] = v
		if c.Primary {
			m.needs = append(m.needs, need{variable: v, threshold: int64(f.Threshold), given: -1})
		}
	}
	for _, e := range f.Equations {
		terms := []term{{index[e.Total], -1}}
		for _, p := range e.Parts {
			terms = append(terms, term{index[p], 1})
		}
		m.addEquation(terms)
	}
	return m
}
