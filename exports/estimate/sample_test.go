package estimate_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dossierlens/dossierlens/exports/estimate"
)

// A sample is a drawn sample in which every unit is its own cluster, as rows
// and as cells.
type sample struct {
	rows   estimate.Rows
	y      []float64
	dom    []bool
	counts []count
}

// A count is a stratum of a sample.
type count struct {
	population, sampled int
}

// drawSample draws up to six strata of up to eight units. At least one unit
// is in the domain.
func drawSample(t *rapid.T, value *rapid.Generator[float64]) sample {
	var s sample
	for h := range rapid.IntRange(1, 6).Draw(t, "strata") {
		sampled := rapid.IntRange(1, 8).Draw(t, "sampled")
		population := sampled + rapid.IntRange(0, 20).Draw(t, "not sampled")
		s.counts = append(s.counts, count{population, sampled})
		for range sampled {
			s.rows.N++
			s.rows.Stratum = append(s.rows.Stratum, fmt.Sprint("h", h))
			s.rows.Population = append(s.rows.Population, float64(population))
			s.y = append(s.y, value.Draw(t, "y"))
			s.dom = append(s.dom, rapid.Bool().Draw(t, "in"))
		}
	}
	s.dom[0] = true
	return s
}

// cells counts the sample per stratum.
func (s sample) cells(dom []bool) estimate.Cells {
	var cells estimate.Cells
	i := 0
	for h, c := range s.counts {
		cell := estimate.Cell{Stratum: fmt.Sprint("h", h), Population: float64(c.population), Sampled: c.sampled}
		for range c.sampled {
			if dom[i] {
				cell.Add(s.y[i])
			}
			i++
		}
		cells = append(cells, cell)
	}
	return cells
}

func (s sample) design(t interface{ Fatal(...any) }, lonely estimate.Lonely) *estimate.Design {
	d, err := estimate.NewDesign(s.rows, lonely)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var (
	binary  = rapid.SampledFrom([]float64{0, 1})
	measure = rapid.Map(rapid.IntRange(0, 200), func(v int) float64 { return float64(v) / 4 })
	lonely  = rapid.SampledFrom([]estimate.Lonely{
		estimate.LonelyFail, estimate.LonelyAdjust, estimate.LonelyAverage, estimate.LonelyRemove, estimate.LonelyCertainty,
	})
)

// checker reports differences between two results.
type checker struct {
	t interface{ Errorf(string, ...any) }
}

// near compares to 1e-12, relative above 1; design effects of measures to
// 1e-9, for a difference of sums of squares has fewer digits.
func (c checker) near(what string, got, want float64) {
	tolerance := 1e-12
	if strings.HasPrefix(what, "deff") {
		tolerance = 1e-9
	}
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		c.t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func (c checker) number(what string, got, want estimate.Number) {
	if got.Undefined != want.Undefined {
		c.t.Errorf("%s is undefined for %q, want %q", what, got.Undefined, want.Undefined)
	}
	c.near(what, got.Value, want.Value)
}

// estimates compares all that two estimates say.
func (c checker) estimates(got, want estimate.Estimate) {
	if got.Undefined != want.Undefined {
		c.t.Errorf("undefined for %q, want %q", got.Undefined, want.Undefined)
	}
	if got.N != want.N || got.Events != want.Events || got.DF != want.DF || got.Census != want.Census {
		c.t.Errorf("n %d, events %d, df %d, census %v; want %d, %d, %d, %v",
			got.N, got.Events, got.DF, got.Census, want.N, want.Events, want.DF, want.Census)
	}
	c.near("value", got.Value, want.Value)
	c.near("denominator", got.Denominator, want.Denominator)
	c.near("numerator", got.Numerator, want.Numerator)
	c.number("variance", got.Variance, want.Variance)
	c.number("se", got.SE, want.SE)
	c.number("cv", got.CV, want.CV)
	c.number("deff with replacement", got.DeffWR, want.DeffWR)
	c.number("deff without replacement", got.DeffWOR, want.DeffWOR)
	c.number("effective n", got.NEff, want.NEff)
	if g, w := fmt.Sprint(got.Warnings), fmt.Sprint(want.Warnings); g != w {
		c.t.Errorf("warnings %s, want %s", g, w)
	}
}

func TestCellsEqualRows(t *testing.T) {
	t.Run("proportion", rapid.MakeCheck(func(t *rapid.T) {
		s, l := drawSample(t, binary), lonely.Draw(t, "lonely")
		checker{t}.estimates(s.cells(s.dom).Proportion(l), s.design(t, l).Proportion(s.y, s.dom))
	}))
	t.Run("mean", rapid.MakeCheck(func(t *rapid.T) {
		s, l := drawSample(t, measure), lonely.Draw(t, "lonely")
		checker{t}.estimates(s.cells(s.dom).Mean(l), s.design(t, l).Mean(s.y, s.dom))
	}))
	t.Run("total", rapid.MakeCheck(func(t *rapid.T) {
		s, l := drawSample(t, measure), lonely.Draw(t, "lonely")
		checker{t}.estimates(s.cells(s.dom).Total(l), s.design(t, l).Total(s.y, s.dom))
	}))
	t.Run("difference", rapid.MakeCheck(func(t *rapid.T) {
		s, l := drawSample(t, rapid.OneOf(binary, measure)), lonely.Draw(t, "lonely")
		other := make([]bool, len(s.dom))
		for i := range other {
			other[i] = !s.dom[i] && rapid.Bool().Draw(t, "in other")
		}
		d := s.design(t, l)
		got := estimate.CellsDifference(s.cells(s.dom), s.cells(other), l, d.DF())
		want := d.Difference(s.y, nil, s.dom, other)
		c := checker{t}
		c.estimates(got.From, want.From)
		c.estimates(got.To, want.To)
		c.near("difference", got.Value, want.Value)
		c.number("covariance", got.Covariance, want.Covariance)
		c.number("p", got.PT, want.PT)
		c.number("log odds ratio's p", got.LogOdds.P, want.LogOdds.P)
	}))
}

func TestPermutation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, l := drawSample(t, measure), lonely.Draw(t, "lonely")
		want := s.design(t, l).Mean(s.y, s.dom)
		order := rapid.Permutation(indices(s.rows.N)).Draw(t, "order")
		p := sample{rows: estimate.Rows{N: s.rows.N}}
		for _, i := range order {
			p.rows.Stratum = append(p.rows.Stratum, s.rows.Stratum[i])
			p.rows.Population = append(p.rows.Population, s.rows.Population[i])
			p.y = append(p.y, s.y[i])
			p.dom = append(p.dom, s.dom[i])
		}
		got := p.design(t, l).Mean(p.y, p.dom)
		got.Warnings, want.Warnings = nil, nil // they name strata in order of appearance
		checker{t}.estimates(got, want)
	})
}

// Means and their variances do not change when every weight is doubled; totals
// double.
func TestWeightScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, l := drawSample(t, measure), lonely.Draw(t, "lonely")
		s.rows.Weight = make([]float64, s.rows.N)
		for i := range s.rows.Weight {
			s.rows.Weight[i] = float64(rapid.IntRange(1, 40).Draw(t, "weight")) / 4
		}
		mean, total := s.design(t, l).Mean(s.y, s.dom), s.design(t, l).Total(s.y, s.dom)
		for i := range s.rows.Weight {
			s.rows.Weight[i] *= 2
		}
		c := checker{t}
		got := s.design(t, l).Mean(s.y, s.dom)
		c.near("mean", got.Value, mean.Value)
		c.number("variance", got.Variance, mean.Variance)
		c.number("deff", got.DeffWR, mean.DeffWR)
		doubled := s.design(t, l).Total(s.y, s.dom)
		c.near("total", doubled.Value, 2*total.Value)
		c.near("se of total", doubled.SE.Value, 2*total.SE.Value)
	})
}

// A stratum that was drawn in full adds nothing to the variance of the total.
func TestCensusStratum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSample(t, measure)
		before := s.design(t, estimate.LonelyRemove).Total(s.y, s.dom)
		n := rapid.IntRange(1, 6).Draw(t, "drawn in full")
		for range n {
			s.rows.N++
			s.rows.Stratum = append(s.rows.Stratum, "census")
			s.rows.Population = append(s.rows.Population, float64(n))
			s.y = append(s.y, measure.Draw(t, "y"))
			s.dom = append(s.dom, rapid.Bool().Draw(t, "in"))
		}
		after := s.design(t, estimate.LonelyRemove).Total(s.y, s.dom)
		checker{t}.number("variance", after.Variance, before.Variance)
	})
}

// Copies of a row within its cluster, with the weight shared among them,
// change neither means nor variances: only whole clusters count.
func TestSharedClusters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSample(t, measure)
		want := s.design(t, estimate.LonelyAdjust).Mean(s.y, s.dom)
		var split sample
		for i := range s.rows.N {
			for range 2 {
				split.rows.N++
				split.rows.Cluster = append(split.rows.Cluster, fmt.Sprint(i))
				split.rows.Stratum = append(split.rows.Stratum, s.rows.Stratum[i])
				split.rows.Population = append(split.rows.Population, s.rows.Population[i])
				split.rows.Weight = append(split.rows.Weight, s.design(t, estimate.LonelyFail).Weight(i)/2)
				split.y = append(split.y, s.y[i])
				split.dom = append(split.dom, s.dom[i])
			}
		}
		got := split.design(t, estimate.LonelyAdjust).Mean(split.y, split.dom)
		checker{t}.number("variance", got.Variance, want.Variance)
		if got.DF != want.DF {
			t.Errorf("df = %d, want %d", got.DF, want.DF)
		}
	})
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
