package exports

import (
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/exports/estimate"
)

// Nation is the region of national figures.
const Nation = "NL01"

// Level is the confidence level of all intervals.
const Level = 0.95

// A Quality is what a reader must know of a figure beside its value.
type Quality struct {
	Reliability estimate.Reliability
	Shortfalls  []estimate.Shortfall
	Method      string // "kg", "wilson", "t" or "none", as the contract has them
	Population  int    // cases in the frame of the cell's strata; 0 when unknown
}

// A Table is an indicator table with estimates, before disclosure control,
// and the quality of each cell.
type Table struct {
	disclosure.Table
	Quality map[disclosure.Key]Quality
	Changes map[disclosure.Key]ShareChange // of shares, not broken down
	Version string                         // of the codebook
	Book    *codebook.Codebook
	// Adjustments say of each period whether weights were scaled to totals; nil
	// where the design has none.
	Adjustments []Adjustment
	// Organisations counts the clusters of the design, the zero value where
	// organisations are none.
	Organisations OrganisationCount
}

// Table estimates all measures for the nation and every region by period, and
// for the nation by the classes of the breakdowns as well: the classes of a
// region hold a dozen cases each, and a table of hidden cells says nothing. A
// region without a case in a period has
// cells with no cases, so that the table is whole.
func (t *Tally) Table() Table {
	out := Table{Quality: map[disclosure.Key]Quality{}, Version: t.book.Version, Book: t.book}
	t.prepare()
	out.Adjustments, out.Organisations = t.adjustments, t.organisations()
	regions, periods := t.Regions(), t.Periods()
	if slices.Equal(regions, []string{""}) {
		regions = nil // no case tells its region: the nation is all there is
	}
	out.Regions = append(out.Regions, disclosure.Node{Code: Nation})
	for _, r := range regions {
		out.Regions = append(out.Regions, disclosure.Node{Code: r, Parent: Nation})
	}
	for _, p := range periods {
		out.Periods = append(out.Periods, disclosure.Node{Code: p})
	}
	classes := []classKey{{disclosure.Total, disclosure.Total}}
	for _, b := range t.breakdowns {
		for _, o := range t.book.Options(t.book.Variable(b), "") {
			classes = append(classes, classKey{b, o.Code})
		}
	}
	domains := t.domains(periods, append([]string{Nation}, regions...))
	// Measures have nothing in common, so each is worked out by itself.
	results := make([][]cellQuality, len(t.measures))
	var work sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for n, i := range t.measures {
		free <- struct{}{}
		work.Go(func() {
			defer func() { <-free }()
			for _, d := range domains {
				for _, class := range classes {
					if class.class != disclosure.Total && d.region != Nation {
						continue
					}
					key := disclosure.Key{Measure: t.book.Measures[i].ID, Period: d.period, Region: d.region, Breakdown: class.breakdown, Class: class.class}
					cell, quality := t.cell(i, key, d)
					results[n] = append(results[n], cellQuality{cell, quality})
				}
			}
		})
	}
	out.Changes = t.changes(domains)
	work.Wait()
	var measures []*codebook.Measure
	for n, i := range t.measures {
		m := t.book.Measures[i]
		measures = append(measures, m)
		out.Measures = append(out.Measures, disclosure.Measure{ID: m.ID, Kind: disclosure.Kind(m.Kind)})
		for _, r := range results[n] {
			out.Cells = append(out.Cells, r.cell)
			out.Quality[r.cell.Key] = r.quality
		}
	}
	out.Links = linksOf(t.book, measures)
	return out
}

type cellQuality struct {
	cell    disclosure.Cell
	quality Quality
}

// A domain is the strata of a region in a period.
type domain struct {
	period, region string
	strata         []*stratum
	sample         *sampled // nil where counts per stratum tell everything
}

// domains returns the strata of each region in each period, the nation with
// those of all.
func (t *Tally) domains(periods, regions []string) []domain {
	var list []domain
	at := map[[2]string]int{}
	for _, period := range periods {
		for _, region := range regions {
			at[[2]string{period, region}] = len(list)
			list = append(list, domain{period: period, region: region})
		}
	}
	for _, s := range t.sorted() {
		for _, region := range []string{Nation, s.region} {
			i, ok := at[[2]string{s.period, region}]
			if n := len(list[i].strata); ok && (n == 0 || list[i].strata[n-1] != s) {
				list[i].strata = append(list[i].strata, s)
			}
		}
	}
	if t.design.On() {
		for i, d := range list {
			if len(d.strata) > 0 {
				list[i].sample = t.sampleOf(d.region, d.period)
			}
		}
	}
	return list
}

// cell estimates one measure over the strata of a domain.
func (t *Tally) cell(i int, key disclosure.Key, of domain) (disclosure.Cell, Quality) {
	m, domain := t.book.Measures[i], of.strata
	cell := disclosure.Cell{Key: key}
	var total [len(codebook.Outcomes)]int
	var q Quality
	var aside disclosure.Outcomes
	organisations := map[string]int{}
	frames := map[string]bool{}
	for _, s := range domain {
		if !frames[s.name] {
			frames[s.name] = true
			q.Population += s.frameN
		}
		list := s.classes[classKey{key.Breakdown, key.Class}]
		if list == nil {
			continue
		}
		k := list[i]
		for o := range total {
			total[o] += k.outcomes[o]
		}
		// A case that another step of the cascade keeps out of the shares has
		// left them for want of a file part, and is counted so in the table.
		aside.AsideYes += k.cascade[codebook.OutcomeYes]
		aside.AsideNo += k.cascade[codebook.OutcomeNo]
		aside.Open += k.open
		for _, o := range []codebook.Outcome{codebook.OutcomeYes, codebook.OutcomeNo, codebook.OutcomeUnknownNR, codebook.OutcomeUnknownUC} {
			total[o] -= k.cascade[o]
			total[codebook.OutcomeUnknownDM] += k.cascade[o]
		}
		for name, n := range k.byOrganisation {
			organisations[name] += n
		}
		c := &cell.Contributions
		c.Total += k.sum
		for _, v := range []float64{k.largest, k.second} {
			if v > c.Largest {
				c.Largest, c.Second = v, c.Largest
			} else {
				c.Second = max(c.Second, v)
			}
		}
	}
	cell.Outcomes = outcomesOf(total)
	cell.Outcomes.AsideYes, cell.Outcomes.AsideNo, cell.Outcomes.Open = aside.AsideYes, aside.AsideNo, aside.Open
	for _, n := range organisations {
		cell.LargestOrganisation = max(cell.LargestOrganisation, n)
	}
	var first estimate.Estimate
	switch m.Kind {
	case codebook.Share:
		for n, p := range variantsOf(m) {
			e, interval := of.share(key, i, p)
			if n == 0 {
				first = e
				q.Method = methodOf(interval)
			}
			cell.Figures = append(cell.Figures, figure(disclosure.Variant(policies[p]), e, interval, 100))
		}
		q.Reliability, q.Shortfalls = estimate.DefaultThresholds.Grade(first)
	case codebook.Count:
		e := of.total(key, i)
		interval := e.Recommended(Level)
		q.Method = methodOf(interval)
		cell.Figures = append(cell.Figures, figure("", e, interval, 1))
		q.Reliability, q.Shortfalls = estimate.DefaultThresholds.Grade(e)
		// A count beside the number of cases tells how many are not counted. What
		// would hide a share for its small complement hides the count.
		if no := cell.Outcomes.No; no > 0 && no < disclosure.Steekproef().Threshold {
			cell.Withheld = true
		}
	case codebook.Mean:
		e := of.mean(key, i)
		interval := e.Recommended(Level)
		q.Method = methodOf(interval)
		cell.Figures = append(cell.Figures, figure("", e, interval, 1))
		q.Reliability, q.Shortfalls = estimate.DefaultThresholds.Grade(e)
	case codebook.Median:
		f, e := of.median(key, i)
		q.Method = "none"
		if !math.IsNaN(f.Lower) {
			q.Method = "t"
		}
		cell.Figures = append(cell.Figures, f)
		q.Reliability, q.Shortfalls = estimate.DefaultThresholds.Grade(e)
	}
	cell.Unreliable = q.Reliability == estimate.NotPublished
	return cell, q
}

// variantsOf returns the indexes of the policies of a share, its own first.
func variantsOf(m *codebook.Measure) []int {
	if m.Policy == codebook.Known {
		return []int{1, 0, 2, 3}
	}
	return []int{0, 1, 2, 3}
}

func outcomesOf(n [len(codebook.Outcomes)]int) disclosure.Outcomes {
	return disclosure.Outcomes{
		Yes: n[codebook.OutcomeYes], No: n[codebook.OutcomeNo],
		UnknownDM: n[codebook.OutcomeUnknownDM], UnknownNR: n[codebook.OutcomeUnknownNR], UnknownUC: n[codebook.OutcomeUnknownUC],
		DenominatorUnknown: n[codebook.OutcomeDenominatorUnknown], Outside: n[codebook.OutcomeOutside], Excluded: n[codebook.OutcomeExcluded],
	}
}

// share estimates the share of measure i under policy p. Where no frame is
// known the cases count alike, without a finite population, and the interval
// is Wilson's (1927).
func (d domain) share(key disclosure.Key, i, p int) (estimate.Estimate, estimate.Interval) {
	if d.sample != nil {
		y, inside := d.sample.values(key, i, p, false, in(d.region, d.period))
		e := d.sample.design.Proportion(y, inside)
		return e, e.Recommended(Level)
	}
	cells, framed := parts(d.strata, key, i, p)
	if framed {
		e := cells.Proportion(estimate.LonelyAdjust)
		return e, e.Recommended(Level)
	}
	e := cells.Proportion(estimate.LonelyAdjust)
	if e.Undefined != "" {
		return e, estimate.Interval{Undefined: e.Undefined}
	}
	return e, estimate.Wilson(e.Events, e.N, Level)
}

// endless stands for a population that is so large that drawing from it does
// not empty it.
const endless = 1e12

// parts returns the cells of a share and whether all strata have a frame.
// Without one every case weighs the same.
func parts(domain []*stratum, key disclosure.Key, i, p int) (estimate.Cells, bool) {
	framed := true
	for _, s := range domain {
		framed = framed && s.frameN >= s.drawn
	}
	if !framed {
		return unframed(domain, key, i, p)
	}
	var cells estimate.Cells
	for _, s := range domain {
		yes, no := s.share(key, i, p)
		c := cellOf(&cells, s)
		c.N += yes + no
		c.Sum += float64(yes)
		c.SumSquares += float64(yes)
	}
	return cells, true
}

// cellOf returns the cell of the stratum that s is of, or of a part of it in
// one region and period: a stratum counts once.
func cellOf(cells *estimate.Cells, s *stratum) *estimate.Cell {
	for k := range *cells {
		if (*cells)[k].Stratum == s.name {
			return &(*cells)[k]
		}
	}
	*cells = append(*cells, estimate.Cell{Stratum: s.name, Population: float64(s.frameN), Sampled: s.drawn})
	return &(*cells)[len(*cells)-1]
}

// share returns how many cases have and have not what is counted.
func (s *stratum) share(key disclosure.Key, i, p int) (yes, no int) {
	if list := s.classes[classKey{key.Breakdown, key.Class}]; list != nil {
		return list[i].parts[p].yes, list[i].parts[p].no
	}
	return 0, 0
}

// unframed returns one cell of a population without end.
func unframed(domain []*stratum, key disclosure.Key, i, p int) (estimate.Cells, bool) {
	all := estimate.Cell{Population: endless}
	for _, s := range domain {
		yes, no := s.share(key, i, p)
		all.Sampled += s.cases
		all.N += yes + no
		all.Sum += float64(yes)
		all.SumSquares += float64(yes)
	}
	return estimate.Cells{all}, false
}

// total estimates a count.
func (d domain) total(key disclosure.Key, i int) estimate.Estimate {
	known := slices.Index(policies[:], codebook.Known)
	if d.sample != nil && (d.sample.framed || d.sample.scaled) {
		y, inside := d.sample.values(key, i, known, false, in(d.region, d.period))
		return d.sample.design.Total(y, inside)
	}
	return totals(d.strata, key, i, known).Total(estimate.LonelyAdjust)
}

// mean estimates a mean.
func (d domain) mean(key disclosure.Key, i int) estimate.Estimate {
	if d.sample != nil {
		y, inside := d.sample.values(key, i, 0, true, in(d.region, d.period))
		return d.sample.design.Mean(y, inside)
	}
	return numbers(d.strata, key, i).Mean(estimate.LonelyAdjust)
}

// totals returns the cells of a count. Without a frame a case stands for
// itself alone, as in a census.
func totals(domain []*stratum, key disclosure.Key, i, p int) estimate.Cells {
	cells, framed := parts(domain, key, i, p)
	if !framed {
		cells[0].Population = float64(cells[0].Sampled)
	}
	return cells
}

// numbers returns the cells of a mean.
func numbers(domain []*stratum, key disclosure.Key, i int) estimate.Cells {
	cells, framed := parts(domain, key, i, slices.Index(policies[:], codebook.Known))
	for k := range cells {
		cells[k].Sum, cells[k].SumSquares = 0, 0
	}
	for _, s := range domain {
		c := &cells[0]
		if framed {
			c = cellOf(&cells, s)
		}
		if list := s.classes[classKey{key.Breakdown, key.Class}]; list != nil {
			c.Sum += list[i].sum
			c.SumSquares += list[i].squares
		}
	}
	return cells
}

// median returns the figure of a median and an estimate on whose number of
// units it can be judged.
func (d domain) median(key disclosure.Key, i int) (disclosure.Figure, estimate.Estimate) {
	f := disclosure.Figure{Value: math.NaN(), SE: math.NaN(), Lower: math.NaN(), Upper: math.NaN(), Deff: math.NaN()}
	e := d.mean(key, i)
	if e.Undefined != "" {
		return f, e
	}
	if d.sample != nil {
		y, inside := d.sample.values(key, i, 0, true, in(d.region, d.period))
		withQuantile(&f, d.sample.design.Quantiles(y, inside, []float64{0.5}, Level)[0])
		return f, e
	}
	var rows estimate.Rows
	var y []float64
	var inside []bool
	add := func(s *stratum, v float64, in bool) {
		frame := float64(s.frameN)
		if s.frameN < s.drawn {
			frame = endless
		}
		rows.Stratum = append(rows.Stratum, s.name)
		rows.Population = append(rows.Population, frame)
		rows.Weight = append(rows.Weight, frame/float64(s.drawn))
		y, inside = append(y, v), append(inside, in)
	}
	// The cases of a stratum that are not in the domain, which may lie in other
	// regions and periods, are in its sample all the same.
	rest := map[string]int{}
	var once []*stratum
	for _, s := range d.strata {
		if _, ok := rest[s.name]; !ok {
			rest[s.name] = s.drawn
			once = append(once, s)
		}
		if list := s.classes[classKey{key.Breakdown, key.Class}]; list != nil {
			for _, v := range sortedKeys(list[i].values) {
				for range list[i].values[v] {
					add(s, v, true)
					rest[s.name]--
				}
			}
		}
	}
	for _, s := range once {
		for range rest[s.name] {
			add(s, 0, false)
		}
	}
	rows.N = len(y)
	design, err := estimate.NewDesign(rows, estimate.LonelyAdjust)
	if err != nil {
		return f, e
	}
	withQuantile(&f, design.Quantiles(y, inside, []float64{0.5}, Level)[0])
	return f, e
}

func withQuantile(f *disclosure.Figure, q estimate.Quantile) {
	if q.Undefined == "" {
		f.Value = q.Value
	}
	if q.Interval.Undefined == "" {
		f.Lower, f.Upper = q.Interval.Lower, q.Interval.Upper
	}
	if q.SE.Defined() {
		f.SE = q.SE.Value
	}
}

func sortedKeys(values map[float64]int) []float64 {
	keys := make([]float64, 0, len(values))
	for v := range values {
		keys = append(keys, v)
	}
	slices.Sort(keys)
	return keys
}

// figure puts an estimate into the unit of its measure.
func figure(v disclosure.Variant, e estimate.Estimate, i estimate.Interval, scale float64) disclosure.Figure {
	f := disclosure.Figure{Variant: v, Value: math.NaN(), SE: math.NaN(), Lower: math.NaN(), Upper: math.NaN(), Deff: math.NaN()}
	if e.Undefined != "" {
		return f
	}
	f.Value = scale * e.Value
	if e.SE.Defined() {
		f.SE = scale * e.SE.Value
	}
	if e.DeffWOR.Defined() {
		f.Deff = e.DeffWOR.Value
	}
	if i.Undefined == "" {
		f.Lower, f.Upper = scale*i.Lower, scale*i.Upper
	}
	return f
}

// methodOf names an interval as the contract does.
func methodOf(i estimate.Interval) string {
	switch {
	case i.Undefined != "":
		return "none"
	case i.Method == estimate.MethodKornGraubard, i.Method == estimate.MethodClopperPearson:
		return "kg"
	case i.Method == estimate.MethodT:
		return "t"
	}
	return "wilson"
}
