package disclosure_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// checkCertificate checks a protected table with nothing but additions: every
// witness satisfies the equations and keeps what is published, and the
// witnesses of a primary cell lie far enough apart.
func checkCertificate(f disclosure.Frequencies, p disclosure.Pattern) error {
	truth, hidden := map[int]int64{}, map[int]bool{}
	primary := map[int]bool{}
	for _, c := range f.Cells {
		truth[c.ID] = int64(c.Count)
		hidden[c.ID] = c.Primary || slices.Contains(p.Secondary, c.ID)
		primary[c.ID] = c.Primary
	}
	var tables []map[int]int64
	for n, w := range p.Certificate.Tables {
		table := map[int]int64{}
		for id, count := range truth {
			table[id] = count
		}
		for _, change := range w {
			id, err := strconv.Atoi(change.Cell)
			if _, known := truth[id]; err != nil || !known || !hidden[id] || change.Count < 0 {
				return fmt.Errorf("table %d has %d in cell %s, which is not hidden or negative", n, change.Count, change.Cell)
			}
			table[id] = change.Count
		}
		for _, e := range f.Equations {
			sum := int64(0)
			for _, part := range e.Parts {
				sum += table[part]
			}
			if sum != table[e.Total] {
				return fmt.Errorf("table %d has %d in cell %d, the sum of its parts is %d", n, table[e.Total], e.Total, sum)
			}
		}
		tables = append(tables, table)
	}
	for _, q := range p.Certificate.Proofs {
		id, err := strconv.Atoi(q.Cell)
		if err != nil {
			return err
		}
		low, high := tables[q.Low][id], tables[q.High][id]
		if q.Known != "" {
			known, err := strconv.Atoi(q.Known)
			if err != nil || low == high || tables[q.Low][known] != truth[known] || tables[q.High][known] != truth[known] {
				return fmt.Errorf("cell %d is found by who knows cell %s", id, q.Known)
			}
			continue
		}
		t := int64(f.Threshold)
		if low > max(0, truth[id]-1) || high < t || high-low < t {
			return fmt.Errorf("cell %d (%d) is proven to lie within %d and %d only", id, truth[id], low, high)
		}
		delete(primary, id)
	}
	for id, left := range primary {
		if left {
			return fmt.Errorf("primary cell %d has no proof", id)
		}
	}
	return nil
}

// grid returns a table of regions below a nation by classes below a total, and
// with slices a third dimension, with synthetic counts.
func grid(random *rand.Rand, sizes []int, most, threshold int, zeros bool) disclosure.Frequencies {
	f := disclosure.Frequencies{Threshold: threshold}
	cells := 1
	for _, n := range sizes {
		cells *= n + 1
	}
	counts := make([]int, cells)
	// A cell number is read as digits, one a dimension; digit 0 is the total.
	digits := func(cell int) []int {
		d := make([]int, len(sizes))
		for i, n := range sizes {
			d[i] = cell % (n + 1)
			cell /= n + 1
		}
		return d
	}
	number := func(d []int) int {
		cell := 0
		for i := len(sizes) - 1; i >= 0; i-- {
			cell = cell*(sizes[i]+1) + d[i]
		}
		return cell
	}
	for cell := range cells {
		d := digits(cell)
		if slices.Contains(d, 0) {
			continue
		}
		n := random.IntN(most + 1)
		for set := range 1 << len(sizes) {
			above := slices.Clone(d)
			for i := range above {
				if set>>i&1 == 1 {
					above[i] = 0
				}
			}
			counts[number(above)] += n
		}
	}
	for cell, n := range counts {
		f.Cells = append(f.Cells, disclosure.Frequency{ID: cell, Count: n, Primary: n < threshold && (n > 0 || zeros)})
		d := digits(cell)
		for i, size := range sizes {
			if d[i] != 0 {
				continue
			}
			e := disclosure.Equation{Total: cell}
			for x := 1; x <= size; x++ {
				part := slices.Clone(d)
				part[i] = x
				e.Parts = append(e.Parts, number(part))
			}
			f.Equations = append(f.Equations, e)
		}
	}
	return f
}

func TestEveryProtectedTableHasACertificate(t *testing.T) {
	sizes := [][]int{{3, 3}, {5, 4}, {2, 2, 2}, {3, 3, 2}, {12, 5}}
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 1))
		f := grid(random, sizes[seed%uint64(len(sizes))], 5+random.IntN(30), 3+random.IntN(6), seed%2 == 0)
		p, err := f.Protect(t.Context(), nil)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := checkCertificate(f, p); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if unsafe := p.Unsafe(f.Threshold); len(unsafe) > 0 {
			t.Errorf("seed %d: unsafe intervals %v", seed, unsafe)
		}
	}
}

// The hierarchical tables of the oracle, with the same checker.
func TestTheCheckerAgreesOnTheOracle(t *testing.T) {
	oracles(t, func(t *testing.T, o oracle) {
		p, err := o.table().Protect(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkCertificate(o.table(), p); err != nil {
			t.Error(err)
		}
		// A checker that accepts anything proves nothing.
		p.Certificate.Tables[0] = disclosure.Witness{{Cell: "1", Count: 0}}
		if checkCertificate(o.table(), p) == nil {
			t.Error("a forged table was accepted")
		}
	})
}

// Whatever further cell is published again, somebody finds a primary cell: the
// attacker, or a person who is one of two in another cell.
func TestEveryHiddenCellIsNeeded(t *testing.T) {
	check := func(t *testing.T, f disclosure.Frequencies) {
		t.Helper()
		p, err := f.Protect(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, dropped := range p.Secondary {
			rest := slices.Delete(slices.Clone(p.Secondary), i, i+1)
			got, err := f.Attack(t.Context(), rest)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Unsafe(f.Threshold)) == 0 && !foundBySingleton(t, f, rest) {
				t.Errorf("cell %d was hidden, though nobody gains by it", dropped)
			}
		}
	}
	oracles(t, func(t *testing.T, o oracle) { check(t, o.table()) })
	for seed := range uint64(20) {
		check(t, grid(rand.New(rand.NewPCG(seed, 2)), []int{5, 4}, 20, 5, false))
	}
}

// foundBySingleton reports whether a cell of 1 or 2, once known, gives a
// primary cell in an equation with it away.
func foundBySingleton(t *testing.T, f disclosure.Frequencies, secondary []int) bool {
	t.Helper()
	for k, known := range f.Cells {
		if known.Count < 1 || known.Count > 2 || !known.Primary {
			continue
		}
		g := f
		g.Cells = slices.Clone(f.Cells)
		g.Cells[k].Primary = false
		p, err := g.Attack(t.Context(), secondary)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range p.Intervals {
			if i.Primary && i.Width() == 0 && together(f, known.ID, i.ID) {
				return true
			}
		}
	}
	return false
}

func together(f disclosure.Frequencies, a, b int) bool {
	return slices.ContainsFunc(f.Equations, func(e disclosure.Equation) bool {
		all := append(slices.Clone(e.Parts), e.Total)
		return slices.Contains(all, a) && slices.Contains(all, b)
	})
}
