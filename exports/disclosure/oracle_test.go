package disclosure_test

import (
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// An oracle is a table of testdata with patterns and their intervals, made in
// R 4.2.2 with sdcTable 0.34.0, GaussSuppression 1.2.3 and GLPK 5.0.
type oracle struct {
	Threshold int
	Cells     struct {
		ID, Freq []int
		Primary  []bool
	}
	Equations []disclosure.Equation
	Patterns  []struct {
		Method    string
		Secondary []int `json:"secondary_ids"`
		Value     int   `json:"secondary_value"`
		Intervals struct {
			ID, Freq []int
			Primary  []bool
			LoLP     []json.Number `json:"lo_lp"`
			HiLP     []json.Number `json:"hi_lp"`
			LoInt    []int         `json:"lo_int"`
			HiInt    []int         `json:"hi_int"`
		}
	}
}

func (o oracle) table() disclosure.Frequencies {
	f := disclosure.Frequencies{Threshold: o.Threshold, Equations: o.Equations}
	for i, id := range o.Cells.ID {
		f.Cells = append(f.Cells, disclosure.Frequency{ID: id, Count: o.Cells.Freq[i], Primary: o.Cells.Primary[i]})
	}
	return f
}

// oracles calls f with every table of testdata.
func oracles(t *testing.T, f func(t *testing.T, o oracle)) {
	t.Helper()
	files, err := filepath.Glob("testdata/s*.json")
	if err != nil || len(files) != 4 {
		t.Fatalf("oracle files = %v, %v; want 4", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var o oracle
			if err := json.Unmarshal(data, &o); err != nil {
				t.Fatal(err)
			}
			f(t, o)
		})
	}
}

func TestAttackFindsTheIntervalsOfGLPK(t *testing.T) {
	oracles(t, func(t *testing.T, o oracle) {
		for _, p := range o.Patterns {
			got, err := o.table().Attack(t.Context(), p.Secondary)
			if err != nil {
				t.Fatalf("%s: %v", p.Method, err)
			}
			want := p.Intervals
			if len(got.Intervals) != len(want.ID) || got.Value != p.Value {
				t.Fatalf("%s: %d intervals, value %d; want %d, %d", p.Method, len(got.Intervals), got.Value, len(want.ID), p.Value)
			}
			for k, i := range got.Intervals {
				if i.ID != want.ID[k] || i.Primary != want.Primary[k] || i.Count != want.Freq[k] {
					t.Errorf("%s: interval %d is of %d (%d, %v)", p.Method, k, i.ID, i.Count, i.Primary)
				}
				if i.LowReal.Cmp(rat(want.LoLP[k])) != 0 || i.HighReal.Cmp(rat(want.HiLP[k])) != 0 {
					t.Errorf("%s: cell %d in real numbers [%v, %v], want [%v, %v]", p.Method, i.ID, i.LowReal, i.HighReal, want.LoLP[k], want.HiLP[k])
				}
				if i.Low != want.LoInt[k] || i.High != want.HiInt[k] {
					t.Errorf("%s: cell %d in whole numbers [%d, %d], want [%d, %d]", p.Method, i.ID, i.Low, i.High, want.LoInt[k], want.HiInt[k])
				}
			}
		}
	})
}

func rat(n json.Number) *big.Rat {
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		panic("not a number: " + n.String())
	}
	return r
}

func TestProtectHidesLittleMoreThanTheBestSafePattern(t *testing.T) {
	oracles(t, func(t *testing.T, o oracle) {
		table := o.table()
		best := -1
		for _, p := range o.Patterns {
			attacked, err := table.Attack(t.Context(), p.Secondary)
			if err != nil {
				t.Fatal(err)
			}
			if len(attacked.Unsafe(o.Threshold)) == 0 && (best < 0 || p.Value < best) {
				best = p.Value
			}
		}
		got, err := table.Protect(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if best < 0 || float64(got.Value) > 1.15*float64(best) {
			t.Errorf("hidden value = %d, want at most 1.15 times %d", got.Value, best)
		}
		t.Logf("hidden value %d in %d cells %v, best of the oracle %d", got.Value, len(got.Secondary), got.Secondary, best)
		if unsafe := got.Unsafe(o.Threshold); len(unsafe) > 0 {
			t.Errorf("unsafe cells: %v", unsafe)
		}
		again, err := table.Protect(t.Context(), nil)
		if err != nil || !slices.Equal(got.Secondary, again.Secondary) {
			t.Errorf("second run hides %v, %v; want %v", again.Secondary, err, got.Secondary)
		}
	})
}
