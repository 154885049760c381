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
				r, err := disclosure.Steekproef().Apply(t)
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
