package exports_test

import (
	"math"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/exports/estimate"
)

// changes returns the rows of changes of a measure by period and region.
func changes(rows []exports.Observation, measure string) map[[2]string]exports.Observation {
	found := map[[2]string]exports.Observation{}
	for _, o := range rows {
		if o.Statistic == exports.StatisticChange && o.Indicator == measure {
			found[[2]string{o.Period, o.Region}] = o
		}
	}
	return found
}

// The change of a national share is that of the published figures, and its
// interval that of the design with a row a case, in whole steps outwards.
func TestChangeBetweenPeriods(t *testing.T) {
	book := bicycles(t)
	type part struct {
		region, period string
		frame, yes, no int
	}
	sample := []part{{"W1", "2025-H1", 200, 40, 40}, {"W3", "2025-H1", 900, 30, 60}, {"W1", "2025-H2", 210, 50, 30}, {"W3", "2025-H2", 950, 45, 45}}
	tally := exports.NewTally(book, nil)
	var rows estimate.Rows
	var y []float64
	var before, after []bool
	for _, p := range sample {
		for _, c := range repairs(book, p.region, p.period, p.yes, p.no) {
			c.FrameN = p.frame
			tally.Add(c)
		}
		n := p.yes + p.no
		for i := range n {
			rows.Stratum = append(rows.Stratum, p.region+p.period)
			rows.Population = append(rows.Population, float64(p.frame))
			rows.Weight = append(rows.Weight, float64(p.frame)/float64(n))
			value := 0.0
			if i < p.yes {
				value = 1
			}
			y = append(y, value)
			before, after = append(before, p.period == "2025-H1"), append(after, p.period == "2025-H2")
		}
	}
	rows.N = len(y)
	design, err := estimate.NewDesign(rows, estimate.LonelyAdjust)
	if err != nil {
		t.Fatal(err)
	}
	want := design.Difference(y, nil, before, after)
	interval := want.Interval(exports.Level)
	table := tally.Table()
	half := table.Changes[disclosure.Key{Measure: "m_repaired", Period: "2025-H2", Region: exports.Nation, Breakdown: disclosure.Total, Class: disclosure.Total}].Half
	if w := 50 * (interval.Upper - interval.Lower); math.Abs(half-w) > 1e-9 {
		t.Errorf("half the interval is %v, of the rows %v", half, w)
	}
	released, err := disclosure.Steekproef().Apply(t.Context(), table.Table)
	if err != nil {
		t.Fatal(err)
	}
	all := exports.Observations(released, table, exports.Stage{Status: "P", Vintage: 1})
	found := changes(all, "m_repaired")
	if len(found) != 3 {
		t.Errorf("%d changes, want those of the nation and two regions in the second half: %v", len(found), found)
	}
	nation := found[[2]string{"2025-H2", exports.Nation}]
	published := map[string]float64{}
	for _, o := range all {
		if o.Indicator == "m_repaired" && o.Statistic == "PCT" && o.Variant == "demonstrable" && o.Region == exports.Nation {
			published[o.Period] = *o.Value
		}
	}
	if nation.Value == nil || *nation.Value != published["2025-H2"]-published["2025-H1"] || math.Abs(*nation.Value-100*want.Value) > 1 {
		t.Errorf("the change is %v; published are %v, and the rows give %v", nation.Value, published, 100*want.Value)
	}
	if h := math.Ceil(half); *nation.Lower != *nation.Value-h || *nation.Upper != *nation.Value+h || nation.Unit != "percentage_point" || nation.Method != "t" {
		t.Errorf("change %v from %v to %v, in %s by %s; half is %v", *nation.Value, *nation.Lower, *nation.Upper, nation.Unit, nation.Method, half)
	}
	if nation.Numerator != nil || nation.Denominator != nil || nation.Cases != nil || nation.SE != nil {
		t.Errorf("a change tells counts: %+v", nation)
	}
}

// What is hidden in either period has no change, and periods that are not
// next to each other have none at all.
func TestChangeOfHiddenFigures(t *testing.T) {
	book := bicycles(t)
	r := freeze(t, terms("2024-H1", "2025-H1", "2025-H2"), disclosure.Ledger{},
		repairs(book, "W1", "2024-H1", 40, 40), repairs(book, "W1", "2025-H1", 2, 60), repairs(book, "W1", "2025-H2", 40, 40))
	found := changes(r.Observations, "m_repaired")
	if len(found) != 2 {
		t.Errorf("changes %v, want those of the second half of 2025 only", found)
	}
	for key, o := range found {
		if o.Value != nil || o.Lower != nil || o.ObsStatus != "Q" || o.ConfStatus != "C" || o.Footnotes != exports.FootnoteHidden {
			t.Errorf("%v: %+v, want a hidden row", key, o)
		}
	}
	if m := book.Measure("m_repaired"); m.Policy != codebook.Demonstrable {
		t.Fatalf("the policy is %s", m.Policy)
	}
}
