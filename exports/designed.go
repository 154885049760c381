package exports

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/exports/estimate"
)

// A sampled is the sample behind one domain, or behind the two of a change,
// with a row a file: for designs that counts per stratum cannot tell of. The
// files of a group are alike in all but what is measured.
type sampled struct {
	design *estimate.Design
	groups []*stratum
	framed bool
	scaled bool // to totals
	rows   int
}

// sampleOf returns the sample in which a region is estimated in some periods.
//
// With a frame the strata are those of the sample. Where organisations are
// clusters, they are taken to be drawn with replacement within their region,
// which makes variances too large rather than too small; a file without one is
// a cluster of its own. Totals for all regions together bring the files of all
// of them in.
func (t *Tally) sampleOf(region string, periods ...string) *sampled {
	clustered := t.design.Organisation != ""
	far := false // totals of other regions count
	for _, p := range periods {
		for k := range t.scaled[p] {
			far = far || k.region == ""
		}
	}
	within := func(s *stratum) bool {
		return slices.Contains(periods, s.period) && (far || region == Nation || s.region == region)
	}
	d := &sampled{framed: true}
	put := func(s *stratum) {
		d.groups = append(d.groups, s)
		d.rows += s.cases
		d.framed = d.framed && s.frameN >= s.drawn
	}
	names := map[string]bool{}
	for _, p := range periods {
		for _, s := range t.of[p] {
			if within(s) {
				put(s)
				names[s.name] = true
			}
		}
	}
	if !clustered {
		// What else was drawn with their strata is in the sample all the same.
		for _, name := range slices.Sorted(maps.Keys(names)) {
			for _, s := range t.named[name] {
				if !within(s) && halfYear(s.period) == halfYear(periods[0]) {
					put(s)
				}
			}
		}
	}
	if d.rows == 0 {
		return d
	}
	rows := estimate.Rows{N: d.rows}
	classes := make([]string, 0, d.rows)
	totals := map[string]float64{}
	for _, s := range d.groups {
		weight := 1.0
		if d.framed {
			weight = float64(s.frameN) / float64(s.drawn)
		}
		name := s.name
		switch {
		case clustered:
			name = s.region
		case !d.framed:
			name = s.period
		}
		// What no total is known of keeps its weight, as a class of its own.
		class := s.period
		k, total, known := t.totalOf(s)
		if known {
			class, d.scaled = strings.Join([]string{k.period, k.region, k.class}, keySeparator), true
		} else if s.outside {
			class += keySeparator + "outside"
		}
		if known {
			totals[class] = float64(total)
		} else {
			totals[class] += weight * float64(s.cases)
		}
		for range s.cases {
			rows.Stratum = append(rows.Stratum, name)
			rows.Weight = append(rows.Weight, weight)
			classes = append(classes, class)
			if clustered {
				cluster := s.region + keySeparator + s.organisation
				if s.organisation == "" {
					cluster += keySeparator + strconv.Itoa(len(classes))
				}
				rows.Cluster = append(rows.Cluster, cluster)
			} else if d.framed {
				rows.Population = append(rows.Population, float64(s.frameN))
			}
		}
	}
	design, err := estimate.NewDesign(rows, estimate.LonelyAdjust)
	if err == nil && d.scaled {
		design, err = design.PostStratify(classes, totals)
	}
	if err != nil {
		panic("exports: a sample that was checked: " + err.Error())
	}
	d.design = design
	return d
}

// values lays what is measured out over the rows: what it is, and whether the
// file is in the domain. In tells which groups are in it.
func (d *sampled) values(key disclosure.Key, i, p int, numbers bool, in func(*stratum) bool) (y []float64, inside []bool) {
	y, inside = make([]float64, d.rows), make([]bool, d.rows)
	at := 0
	for _, s := range d.groups {
		row := at
		at += s.cases
		if !in(s) {
			continue
		}
		if numbers {
			if list := s.classes[classKey{key.Breakdown, key.Class}]; list != nil {
				for _, v := range sortedKeys(list[i].values) {
					for range list[i].values[v] {
						y[row], inside[row] = v, true
						row++
					}
				}
			}
			continue
		}
		yes, no := s.share(key, i, p)
		for n := range yes + no {
			inside[row+n] = true
			if n < yes {
				y[row+n] = 1
			}
		}
	}
	return y, inside
}

// in returns whether a group lies in a region and period.
func in(region, period string) func(*stratum) bool {
	return func(s *stratum) bool { return s.period == period && (region == Nation || s.region == region) }
}
