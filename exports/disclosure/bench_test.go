package disclosure_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// indicatorTable returns regions x measures x half-years of synthetic counts,
// about 60 cases in each, with nation and year on top.
func indicatorTable(regions, measures, halfYears int) disclosure.Table {
	random := rand.New(rand.NewPCG(26, uint64(measures)))
	t := disclosure.Table{Regions: []disclosure.Node{{Code: "NL01"}}}
	for r := range regions {
		t.Regions = append(t.Regions, disclosure.Node{Code: fmt.Sprintf("VT%02d", r+1), Parent: "NL01"})
	}
	years := map[string]bool{}
	for h := range halfYears {
		year := fmt.Sprint(2024 + h/2)
		if !years[year] {
			years[year] = true
			t.Periods = append(t.Periods, disclosure.Node{Code: year})
		}
		t.Periods = append(t.Periods, disclosure.Node{Code: fmt.Sprintf("%s-H%d", year, h%2+1), Parent: year})
	}
	for m := range measures {
		id := fmt.Sprintf("m_%02d", m)
		t.Measures = append(t.Measures, disclosure.Measure{ID: id, Kind: disclosure.Share, Persons: m%3 == 0})
		share := 0.03 + 0.9*random.Float64()
		sums := map[disclosure.Key]disclosure.Outcomes{}
		var order []disclosure.Key
		for _, p := range t.Periods {
			if p.Parent == "" && halfYears > 1 {
				continue
			}
			for _, region := range t.Regions[1:] {
				var o disclosure.Outcomes
				for range 50 + random.IntN(25) {
					switch x := random.Float64(); {
					case x < 0.04:
						o.UnknownDM++
					case x < 0.10:
						o.UnknownNR++
					case x < 0.18:
						o.Outside++
					case random.Float64() < share:
						o.Yes++
					default:
						o.No++
					}
				}
				for _, pp := range []string{p.Code, p.Parent} {
					for _, rr := range []string{region.Code, "NL01"} {
						k := disclosure.Key{Measure: id, Period: pp, Region: rr, Breakdown: disclosure.Total, Class: disclosure.Total}
						if _, ok := sums[k]; !ok {
							order = append(order, k)
						}
						sums[k] = add(sums[k], o)
					}
				}
			}
		}
		for _, k := range order {
			t.Cells = append(t.Cells, cell(k, sums[k]))
		}
	}
	return t
}

func add(a, b disclosure.Outcomes) disclosure.Outcomes {
	return disclosure.Outcomes{
		Yes: a.Yes + b.Yes, No: a.No + b.No,
		UnknownDM: a.UnknownDM + b.UnknownDM, UnknownNR: a.UnknownNR + b.UnknownNR, UnknownUC: a.UnknownUC + b.UnknownUC,
		DenominatorUnknown: a.DenominatorUnknown + b.DenominatorUnknown, Outside: a.Outside + b.Outside, Excluded: a.Excluded + b.Excluded,
	}
}

// cell returns a cell with a figure a variant.
func cell(k disclosure.Key, o disclosure.Outcomes) disclosure.Cell {
	c := disclosure.Cell{Key: k, Outcomes: o}
	for _, v := range []disclosure.Variant{disclosure.Demonstrable, disclosure.Known, disclosure.Lower, disclosure.Upper} {
		num, den := o.Fraction(v)
		value := 100 * float64(num) / float64(max(den, 1))
		c.Figures = append(c.Figures, disclosure.Figure{Variant: v, Value: value, SE: 1, Lower: max(0, value-10), Upper: min(100, value+10), Deff: 1})
	}
	return c
}

func BenchmarkApply(b *testing.B) {
	for _, halfYears := range []int{3, 20} {
		b.Run(fmt.Sprintf("half-years=%d", halfYears), func(b *testing.B) {
			t := indicatorTable(26, 46, halfYears)
			hidden := 0
			for b.Loop() {
				r, err := disclosure.Steekproef().Apply(b.Context(), t)
				if err != nil {
					b.Fatal(err)
				}
				hidden = len(r.Audit())
			}
			b.ReportMetric(float64(hidden), "hidden")
			b.ReportMetric(float64(len(t.Cells)), "cells")
		})
	}
}

// municipalTable returns a nation of 26 regions and 342 municipalities by 5
// classes with their totals, as synthetic counts with many small ones.
func municipalTable() disclosure.Frequencies {
	const regions, municipalities, classes, threshold = 26, 342, 5, 5
	random := rand.New(rand.NewPCG(342, 5))
	f := disclosure.Frequencies{Threshold: threshold}
	counts := make([]int, (1+regions+municipalities)*(classes+1))
	id := func(place, class int) int { return place*(classes+1) + class }
	above := func(place int) int {
		if place <= regions {
			return 0
		}
		return 1 + (place-1-regions)%regions
	}
	for place := 1 + regions; place <= regions+municipalities; place++ {
		for class := 1; class <= classes; class++ {
			n := int(random.ExpFloat64() * 120 / float64(class*class))
			for p := place; ; p = above(p) {
				counts[id(p, class)] += n
				counts[id(p, 0)] += n
				if p == 0 {
					break
				}
			}
		}
	}
	for i, n := range counts {
		f.Cells = append(f.Cells, disclosure.Frequency{ID: i, Count: n, Primary: n > 0 && n < threshold})
	}
	for place := 0; place <= regions+municipalities; place++ {
		byClass := disclosure.Equation{Total: id(place, 0)}
		for class := 1; class <= classes; class++ {
			byClass.Parts = append(byClass.Parts, id(place, class))
		}
		f.Equations = append(f.Equations, byClass)
		if place > regions {
			continue
		}
		for class := 0; class <= classes; class++ {
			e := disclosure.Equation{Total: id(place, class)}
			for p := 1; p <= regions+municipalities; p++ {
				if above(p) == place && p != place {
					e.Parts = append(e.Parts, id(p, class))
				}
			}
			f.Equations = append(f.Equations, e)
		}
	}
	return f
}

func BenchmarkProtect(b *testing.B) {
	f := municipalTable()
	hidden := 0
	for b.Loop() {
		p, err := f.Protect(b.Context(), nil)
		if err != nil {
			b.Fatal(err)
		}
		hidden = len(p.Intervals)
	}
	b.ReportMetric(float64(hidden), "hidden")
}

func BenchmarkAttack(b *testing.B) {
	f := municipalTable()
	safe, err := f.Protect(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := f.Attack(b.Context(), safe.Secondary); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(safe.Intervals)), "hidden")
}
