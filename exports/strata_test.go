package exports_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/exports/estimate"
)

// A stratum may lie in several regions and periods; a case then weighs N/n of
// the whole of it. The figures are those of the design with a row a case.
func TestStrataOverRegionsAndPeriods(t *testing.T) {
	book := bicycles(t)
	type part struct {
		stratum, region, period string
		frame, yes, no          int
	}
	sample := []part{
		{"north", "W1", "2025-H1", 900, 30, 10}, {"north", "W3", "2025-H1", 900, 10, 40}, {"north", "W1", "2025-H2", 900, 20, 25},
		{"quay", "W3", "2025-H1", 200, 35, 15}, {"quay", "W3", "2025-H2", 200, 22, 30}, {"rest", "W1", "2025-H2", 150, 18, 12},
		// Another stratum of the same name, for its frame has another size.
		{"rest", "W3", "2025-H2", 170, 14, 14},
	}
	name := func(p part) string { return fmt.Sprint(p.stratum, p.frame) }
	drawn := map[string]int{}
	for _, p := range sample {
		drawn[name(p)] += p.yes + p.no
	}
	tally := exports.NewTally(book, nil)
	var rows estimate.Rows
	var share, minutes []float64
	in := map[string][]bool{} // by period and region
	var done []bool
	for _, p := range sample {
		for i, c := range repairs(book, p.region, p.period, p.yes, p.no) {
			c.FrameN, c.Stratum = p.frame, p.stratum
			m, ok := c.Numbers["m_minutes"]
			if ok {
				m += float64(i % 7)
				c.Numbers["m_minutes"], c.Numbers["m_minutes_median"] = m, m
			}
			tally.Add(c)
			rows.Stratum = append(rows.Stratum, name(p))
			rows.Population = append(rows.Population, float64(p.frame))
			rows.Weight = append(rows.Weight, float64(p.frame)/float64(drawn[name(p)]))
			value := 0.0
			if i < p.yes {
				value = 1
			}
			share, minutes, done = append(share, value), append(minutes, m), append(done, ok)
			for _, k := range []string{"2025-H1 NL01", "2025-H1 W1", "2025-H1 W3", "2025-H2 NL01", "2025-H2 W1", "2025-H2 W3"} {
				in[k] = append(in[k], k == p.period+" NL01" || k == p.period+" "+p.region)
			}
		}
	}
	rows.N = len(share)
	design, err := estimate.NewDesign(rows, estimate.LonelyAdjust)
	if err != nil {
		t.Fatal(err)
	}
	table := tally.Table()
	near := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
			t.Errorf("%s is %v, of the rows %v", what, got, want)
		}
	}
	for _, c := range table.Cells {
		domain := in[c.Period+" "+c.Region]
		if c.Class != disclosure.Total || domain == nil {
			continue
		}
		f := c.Figures[0]
		what := c.Measure + " " + c.Period + " " + c.Region
		withMinutes := make([]bool, len(domain))
		for i := range domain {
			withMinutes[i] = domain[i] && done[i]
		}
		switch c.Measure {
		case "m_repaired":
			e := design.Proportion(share, domain)
			i := e.Recommended(exports.Level)
			near(what, f.Value, 100*e.Value)
			near("se of "+what, f.SE, 100*e.SE.Value)
			near("lower end of "+what, f.Lower, 100*i.Lower)
		case "m_count":
			e := design.Total(share, domain)
			near(what, f.Value, e.Value)
			near("se of "+what, f.SE, e.SE.Value)
		case "m_minutes":
			e := design.Mean(minutes, withMinutes)
			near(what, f.Value, e.Value)
			near("se of "+what, f.SE, e.SE.Value)
		case "m_minutes_median":
			q := design.Quantiles(minutes, withMinutes, []float64{0.5}, exports.Level)[0]
			near(what, f.Value, q.Value)
			near("lower end of "+what, f.Lower, q.Interval.Lower)
		}
	}
	for _, region := range []string{exports.Nation, "W1", "W3"} {
		want := design.Difference(share, nil, in["2025-H1 "+region], in["2025-H2 "+region])
		key := disclosure.Key{Measure: "m_repaired", Period: "2025-H2", Region: region, Breakdown: disclosure.Total, Class: disclosure.Total}
		// The standard error, for the degrees of freedom of a domain are those of
		// the strata that it has a case in.
		if want.Covariance.Value == 0 {
			t.Errorf("%s: the periods do not covary, so that nothing is tested", region)
		}
		if half := table.Changes[key].Half; math.Abs(half/(100*want.SE.Value)-1.98) > 0.03 {
			t.Errorf("%s: half the interval is %v, the standard error of the rows %v", region, half, 100*want.SE.Value)
		}
	}
}
