package disclosure_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// enumerate returns the range of every hidden cell over all tables of whole
// numbers, tried one by one.
func enumerate(f disclosure.Frequencies, secondary []int) map[int][2]int {
	value := map[int]int{}
	hidden := map[int]bool{}
	var open []int
	top := 0
	for _, c := range f.Cells {
		value[c.ID] = c.Count
		top = max(top, c.Count)
		if c.Primary || slices.Contains(secondary, c.ID) {
			hidden[c.ID] = true
			open = append(open, c.ID)
		}
	}
	out := map[int][2]int{}
	var try func(k int)
	// fits reports whether no equation is broken, counting cells that are
	// still open as any number.
	fits := func(assigned map[int]bool) bool {
		for _, e := range f.Equations {
			sum, whole := 0, !hidden[e.Total] || assigned[e.Total]
			known := whole
			for _, p := range e.Parts {
				if hidden[p] && !assigned[p] {
					whole = false
					continue
				}
				sum += value[p]
			}
			if known && sum > value[e.Total] || whole && sum != value[e.Total] {
				return false
			}
		}
		return true
	}
	assigned := map[int]bool{}
	try = func(k int) {
		if !fits(assigned) {
			return
		}
		if k == len(open) {
			for _, id := range open {
				r, ok := out[id]
				if !ok {
					r = [2]int{value[id], value[id]}
				}
				out[id] = [2]int{min(r[0], value[id]), max(r[1], value[id])}
			}
			return
		}
		assigned[open[k]] = true
		before := value[open[k]]
		for n := 0; n <= top; n++ {
			value[open[k]] = n
			try(k + 1)
		}
		value[open[k]] = before
		assigned[open[k]] = false
	}
	try(0)
	return out
}

func TestAttackFindsWhatEnumerationFinds(t *testing.T) {
	sizes := [][]int{{2, 2}, {3, 2}, {2, 2, 2}}
	compared := 0
	for seed := range uint64(80) {
		random := rand.New(rand.NewPCG(seed, 3))
		f := grid(random, sizes[seed%uint64(len(sizes))], 3, 1, false)
		var secondary []int
		// The grand total stays, so that every cell is bounded by it.
		for _, c := range f.Cells[1:] {
			if random.IntN(3) == 0 && len(secondary) < 7 {
				secondary = append(secondary, c.ID)
			}
		}
		got, err := f.Attack(t.Context(), secondary)
		if err != nil {
			t.Fatal(err)
		}
		want := enumerate(f, secondary)
		for _, i := range got.Intervals {
			compared++
			if r := want[i.ID]; i.Low != r[0] || i.High != r[1] {
				t.Errorf("seed %d: cell %d in [%d, %d], want [%d, %d]", seed, i.ID, i.Low, i.High, r[0], r[1])
			}
			if i.LowReal.Cmp(new(big.Rat).SetInt64(int64(i.Low))) > 0 || i.HighReal.Cmp(new(big.Rat).SetInt64(int64(i.High))) < 0 {
				t.Errorf("seed %d: cell %d: real numbers reach less far than whole ones", seed, i.ID)
			}
		}
	}
	if compared == 0 {
		t.Error("nothing was compared")
	}
}

// Three published sums of two cells and a slack each are 1. In real numbers
// the three cells can all be 1/2 and add up to 3/2; in whole numbers only one
// of them can be 1.
func TestWholeNumbersReachLessFarThanRealOnes(t *testing.T) {
	f := disclosure.Frequencies{Threshold: 1}
	for _, c := range [][2]int{{1, 1}, {2, 0}, {3, 0}, {4, 0}, {5, 0}, {6, 1}, {10, 1}, {11, 1}, {12, 1}, {20, 1}} {
		f.Cells = append(f.Cells, disclosure.Frequency{ID: c[0], Count: c[1]})
	}
	f.Equations = []disclosure.Equation{
		{Total: 10, Parts: []int{1, 2, 4}}, {Total: 11, Parts: []int{2, 3, 6}}, {Total: 12, Parts: []int{1, 3, 5}},
		{Total: 20, Parts: []int{1, 2, 3}},
	}
	got, err := f.Attack(t.Context(), []int{1, 2, 3, 4, 5, 6, 20})
	if err != nil {
		t.Fatal(err)
	}
	last := got.Intervals[len(got.Intervals)-1]
	if last.HighReal.Cmp(big.NewRat(3, 2)) != 0 || last.High != 1 {
		t.Errorf("cell 20 reaches %v in real and %d in whole numbers, want 3/2 and 1", last.HighReal, last.High)
	}
}

func TestAHiddenGrandTotalHasNoUpperEnd(t *testing.T) {
	f := disclosure.Frequencies{
		Threshold: 3,
		Cells:     []disclosure.Frequency{{ID: 1, Count: 7}, {ID: 2, Count: 2, Primary: true}, {ID: 3, Count: 5}},
		Equations: []disclosure.Equation{{Total: 1, Parts: []int{2, 3}}},
	}
	got, err := f.Attack(t.Context(), []int{1})
	if err != nil {
		t.Fatal(err)
	}
	total := got.Intervals[0]
	if total.Low != 5 || total.High != disclosure.Unbounded || total.HighReal != nil {
		t.Errorf("total in [%d, %d], want from 5 without end", total.Low, total.High)
	}
}
