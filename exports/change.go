package exports

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/exports/estimate"
)

// FootnoteChange says from when a change is counted.
const FootnoteChange = "f5"

// A ShareChange is how uncertain the change of a share since the preceding
// period is. The change itself is that of the two published figures.
type ShareChange struct {
	From string  // the preceding period
	Half float64 // half of the 95 % interval in percentage points; NaN when undefined
}

// Preceding returns the period of the same kind before p: the half-year before
// a half-year, the year before a year; empty for a period of another form.
func Preceding(p string) string {
	if len(p) < 4 {
		return ""
	}
	year, err := strconv.Atoi(p[:4])
	if err != nil {
		return ""
	}
	switch p[4:] {
	case "":
		return fmt.Sprintf("%04d", year-1)
	case "-H1":
		return fmt.Sprintf("%04d-H2", year-1)
	case "-H2":
		return fmt.Sprintf("%04d-H1", year)
	}
	return ""
}

// changes estimates, for every share under its own policy, how uncertain its
// change since the preceding period is, where the table has that period.
func (t *Tally) changes(domains []domain) map[disclosure.Key]ShareChange {
	changes := map[disclosure.Key]ShareChange{}
	find := func(period, region string) int {
		return slices.IndexFunc(domains, func(d domain) bool { return d.period == period && d.region == region })
	}
	for _, to := range domains {
		from := Preceding(to.period)
		at := find(from, to.region)
		if from == "" || at < 0 {
			continue // cases of no known period do not follow upon each other
		}
		change := func(key disclosure.Key, i, p int) estimate.Difference {
			return difference(domains[at].strata, to.strata, key, i, p)
		}
		if t.design.On() && len(domains[at].strata) > 0 && len(to.strata) > 0 {
			both := t.sampleOf(to.region, from, to.period)
			change = func(key disclosure.Key, i, p int) estimate.Difference {
				return both.difference(domains[at], to, key, i, p)
			}
		}
		for _, i := range t.measures {
			m := t.book.Measures[i]
			if m.Kind != codebook.Share {
				continue
			}
			key := disclosure.Key{Measure: m.ID, Period: to.period, Region: to.region, Breakdown: disclosure.Total, Class: disclosure.Total}
			of := ShareChange{From: domains[at].period, Half: math.NaN()}
			if interval := change(key, i, variantsOf(m)[0]).Interval(Level); interval.Undefined == "" {
				of.Half = 100 * (interval.Upper - interval.Lower) / 2
			}
			changes[key] = of
		}
	}
	return changes
}

// difference compares the shares of two sets of strata in one design. Cases of
// a stratum that was drawn over both periods count together as its sample, and
// covary.
func difference(from, to []*stratum, key disclosure.Key, i, p int) estimate.Difference {
	before, framedBefore := parts(from, key, i, p)
	after, framedAfter := parts(to, key, i, p)
	if !framedBefore || !framedAfter {
		// Without a frame each period is a simple sample of its own.
		before, _ = unframed(from, key, i, p)
		after, _ = unframed(to, key, i, p)
		before[0].Stratum, after[0].Stratum = "from", "to"
		return estimate.CellsDifference(before, after, estimate.LonelyAdjust, before[0].Sampled+after[0].Sampled-2)
	}
	sampled := map[string]int{}
	for _, c := range slices.Concat(before, after) {
		sampled[c.Stratum] = c.Sampled
	}
	df := -len(sampled)
	for _, n := range sampled {
		df += n
	}
	return estimate.CellsDifference(before, after, estimate.LonelyAdjust, df)
}

// difference compares the shares of two domains in one sample, in which an
// organisation that recurs is one cluster.
func (d *sampled) difference(from, to domain, key disclosure.Key, i, p int) estimate.Difference {
	y, before := d.values(key, i, p, false, in(from.region, from.period))
	after, inside := d.values(key, i, p, false, in(to.region, to.period))
	for row := range y {
		if inside[row] {
			y[row] = after[row]
		}
	}
	return d.design.Difference(y, nil, before, inside)
}

// changeRow is the row of the change to a cell from the one before; own is the
// row of the cell's own policy.
func changeRow(own Observation, from, to disclosure.ReleasedCell, change ShareChange, limited bool, stage Stage) Observation {
	o := own
	o.Statistic, o.Unit, o.Method = StatisticChange, "percentage_point", "t"
	o.Value, o.Numerator, o.Denominator, o.Cases, o.Population = nil, nil, nil, nil, nil
	o.SE, o.Lower, o.Upper, o.Deff, o.Reliability = nil, nil, nil, nil, nil
	o.ObsStatus, o.ConfStatus = stage.Status, "F"
	switch {
	case from.Hidden || to.Hidden:
		o.ObsStatus, o.ConfStatus, o.Footnotes = "Q", "C", FootnoteHidden
		return o
	case math.IsNaN(from.Figures[0].Value) || math.IsNaN(to.Figures[0].Value):
		o.ObsStatus, o.Footnotes = "M", FootnoteNone
		return o
	}
	// The change of what is published, and an interval of whole steps around
	// it, tell nothing of the counts that the figures themselves do not.
	o.Value = new(to.Figures[0].Value - from.Figures[0].Value)
	if half := math.Ceil(change.Half); !math.IsNaN(half) {
		o.Lower, o.Upper = new(max(-100, *o.Value-half)), new(min(100, *o.Value+half))
	} else {
		o.Method = "none"
	}
	reliability := "good"
	o.Footnotes = FootnoteChange
	if limited {
		reliability, o.ObsStatus, o.Footnotes = "limited", "U", FootnoteLimited+" "+FootnoteChange
	}
	o.Reliability = &reliability
	return o
}
