package agreement_test

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// drawn is a small table that rapid made up.
type drawn struct {
	scale   agreement.Scale
	columns [][]int16
}

func drawTable(t *rapid.T, missing bool) drawn {
	q := rapid.IntRange(2, 4).Draw(t, "categories")
	raters := rapid.IntRange(2, 4).Draw(t, "raters")
	units := rapid.IntRange(2, 25).Draw(t, "units")
	lowest := int16(0)
	if missing {
		lowest = agreement.Missing
	}
	var d drawn
	for k := range q {
		d.scale.Labels = append(d.scale.Labels, strconv.Itoa(k+1))
	}
	for range raters {
		d.columns = append(d.columns, rapid.SliceOfN(rapid.Int16Range(lowest, int16(q-1)), units, units).Draw(t, "ratings"))
	}
	return d
}

func (d drawn) compute(t *rapid.T, measures ...agreement.Measure) []agreement.Result {
	r, err := agreement.New(d.scale, d.columns)
	if err != nil {
		t.Fatal(err)
	}
	return agreement.Compute(r, measures...)
}

// same fails unless the results are equal up to rounding.
func same(t *rapid.T, what string, got, want []agreement.Result) {
	for i := range want {
		g, w := got[i], want[i]
		if (g.Undefined == nil) != (w.Undefined == nil) || math.Abs(g.Value-w.Value) > exact {
			t.Errorf("%s: %s = %v (%v), want %v (%v)", what, w.Measure, g.Value, g.Undefined, w.Value, w.Undefined)
		}
		if g.Interval != nil && w.Interval != nil && math.Abs(g.Interval.SE-w.Interval.SE) > exact {
			t.Errorf("%s: %s has se %v, want %v", what, w.Measure, g.Interval.SE, w.Interval.SE)
		}
	}
}

func TestOrderOfRatersAndUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawTable(t, true)
		measures := agreement.Measures(d.scale, agreement.RatioLevel)
		want := d.compute(t, measures...)

		raters := drawn{d.scale, rapid.Permutation(d.columns).Draw(t, "raters in another order")}
		same(t, "raters permuted", raters.compute(t, measures...), want)

		units := make([]int, len(d.columns[0]))
		for i := range units {
			units[i] = i
		}
		units = rapid.Permutation(units).Draw(t, "units in another order")
		permuted := drawn{scale: d.scale}
		for _, column := range d.columns {
			var c []int16
			for _, i := range units {
				c = append(c, column[i])
			}
			permuted.columns = append(permuted.columns, c)
		}
		same(t, "units permuted", permuted.compute(t, measures...), want)
	})
}

func TestNamesOfCategories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawTable(t, true)
		measures := agreement.Measures(d.scale, agreement.NominalLevel)
		other := make([]int16, len(d.scale.Labels))
		for k := range other {
			other[k] = int16(k)
		}
		other = rapid.Permutation(other).Draw(t, "categories in another order")
		renamed := drawn{scale: d.scale}
		for _, column := range d.columns {
			c := slices.Clone(column)
			for i, k := range c {
				if k != agreement.Missing {
					c[i] = other[k]
				}
			}
			renamed.columns = append(renamed.columns, c)
		}
		same(t, "categories permuted", renamed.compute(t, measures...), d.compute(t, measures...))
	})
}

// TestPlantedDisagreement changes one rating among perfect agreement.
func TestPlantedDisagreement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawTable(t, false)
		for g := range d.columns {
			d.columns[g] = slices.Clone(d.columns[0])
		}
		d.columns[0][0], d.columns[0][1] = 0, 1 // two categories occur
		for g := range d.columns {
			d.columns[g][0], d.columns[g][1] = 0, 1
		}
		var measures []agreement.Measure
		for _, m := range agreement.Measures(d.scale, agreement.RatioLevel) {
			switch c, _ := m.Split(); c {
			case agreement.PrevalenceIndex, agreement.BiasIndex, agreement.MaxKappa:
				// describe the margins, not agreement
			default:
				measures = append(measures, m)
			}
		}
		perfect := d.compute(t, measures...)
		i := rapid.IntRange(0, len(d.columns[0])-1).Draw(t, "unit")
		d.columns[1][i] = (d.columns[1][i] + 1) % int16(len(d.scale.Labels))
		for j, got := range d.compute(t, measures...) {
			if perfect[j].Undefined != nil {
				continue
			}
			if full := map[bool]float64{true: 100, false: 1}[measures[j] == "percent_all_agree:unweighted"]; math.Abs(perfect[j].Value-full) > exact {
				t.Errorf("perfect agreement: %s = %v, want %v", measures[j], perfect[j].Value, full)
			}
			if got.Undefined == nil && got.Value >= perfect[j].Value-exact {
				t.Errorf("%s = %v with a disagreement and %v without", measures[j], got.Value, perfect[j].Value)
			}
		}
	})
}

// TestDuplicatedUnits rates every unit twice: only alpha, which corrects for
// small samples, moves, and towards Fleiss' kappa.
func TestDuplicatedUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawTable(t, false)
		twice := drawn{scale: d.scale}
		for _, column := range d.columns {
			twice.columns = append(twice.columns, append(slices.Clone(column), column...))
		}
		measures := agreement.Measures(d.scale, agreement.RatioLevel)
		before, after := d.compute(t, measures...), twice.compute(t, measures...)
		fleiss := map[string]float64{}
		for _, res := range before {
			if c, w := res.Measure.Split(); c == agreement.FleissKappa {
				fleiss[w] = res.Value
			}
		}
		for i, b := range before {
			a := after[i]
			if b.Undefined != nil || a.Undefined != nil {
				if b.Undefined == nil || a.Undefined == nil {
					t.Errorf("%s: %v, then %v", b.Measure, b.Undefined, a.Undefined)
				}
				continue
			}
			switch c, w := b.Measure.Split(); c {
			case agreement.KrippendorffAlphaW:
				if math.Abs(a.Value-fleiss[w]) > math.Abs(b.Value-fleiss[w])+exact {
					t.Errorf("%s went from %v to %v, away from Fleiss' %v", b.Measure, b.Value, a.Value, fleiss[w])
				}
			case agreement.KrippendorffAlpha:
				if w == "nominal" && math.Abs(a.Value-fleiss["unweighted"]) > math.Abs(b.Value-fleiss["unweighted"])+exact {
					t.Errorf("%s went from %v to %v, away from Fleiss' %v", b.Measure, b.Value, a.Value, fleiss["unweighted"])
				}
			default:
				if math.Abs(a.Value-b.Value) > exact {
					t.Errorf("%s went from %v to %v", b.Measure, b.Value, a.Value)
				}
			}
		}
	})
}
