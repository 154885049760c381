package estimate

import (
	"math"
	"sort"
)

// tie is the share of the weights below which two cumulated weights count as
// equal: sums of weights such as 7.75 end beside the exact half by rounding.
const tie = 1e-12

// A Quantile is the quantile of a domain at one probability.
type Quantile struct {
	Prob      float64
	Value     float64
	Undefined Reason
	// SE is the width of Interval over twice its quantile of Student's
	// distribution.
	SE       Number
	Interval Interval
	Warnings []error
}

// Quantiles returns the quantiles of y over the rows of dom at each
// probability, from 0 to 1: the smallest value at or below which lies at
// least that share of the weights. Intervals are Woodruff's (1952): the
// quantiles at the ends of the MethodT interval of the share of units at or
// below the value; R's svyquantile with interval type mean. They are
// undefined where that interval leaves 0 to 1.
func (d *Design) Quantiles(y []float64, dom []bool, probs []float64, level float64) []Quantile {
	out := make([]Quantile, len(probs))
	f, why := d.inspect(y, dom)
	var dist distribution
	if why == "" {
		dist = d.distribution(y, dom)
	}
	for i, p := range probs {
		q := &out[i]
		q.Prob = p
		q.Undefined = why
		if why == "" && !(p >= 0 && p <= 1) {
			q.Undefined = OutsideRange
		}
		if q.Undefined != "" {
			q.SE, q.Interval = undefined(q.Undefined), Interval{Undefined: q.Undefined}
			continue
		}
		q.Value = dist.at(p)
		q.interval(d, dist, y, dom, level, float64(f.df()))
	}
	return out
}

func (q *Quantile) interval(d *Design, dist distribution, y []float64, dom []bool, level, df float64) {
	below := make([]float64, len(y))
	for i, v := range y {
		if v <= q.Value {
			below[i] = 1
		}
	}
	e := d.Proportion(below, dom)
	q.Warnings = e.Warnings
	q.Interval = e.Interval(MethodT, level)
	if q.Interval.Undefined == "" && (q.Interval.Lower < 0 || q.Interval.Upper > 1) {
		q.Interval.Undefined = OutsideRange
	}
	if q.Interval.Undefined != "" {
		q.Interval.Lower, q.Interval.Upper = 0, 0
		q.SE = undefined(q.Interval.Undefined)
		return
	}
	if e.Variance.Value == 0 {
		q.Interval.Lower, q.Interval.Upper, q.SE = q.Value, q.Value, number(0)
		return
	}
	q.Interval.Lower, q.Interval.Upper = dist.at(q.Interval.Lower), dist.at(q.Interval.Upper)
	q.SE = number(q.Interval.Width() / (2 * tQuantile(1-(1-level)/2, df)))
}

// A distribution is the weighted distribution of a variable in a domain.
type distribution struct {
	values     []float64 // ascending
	cumulative []float64 // weights up to and including each value
}

func (d *Design) distribution(y []float64, dom []bool) distribution {
	var rows []int
	for i := range y {
		if dom == nil || dom[i] {
			rows = append(rows, i)
		}
	}
	sort.SliceStable(rows, func(a, b int) bool { return y[rows[a]] < y[rows[b]] })
	var dist distribution
	var sum float64
	for _, i := range rows {
		sum += d.weight[i]
		dist.values = append(dist.values, y[i])
		dist.cumulative = append(dist.cumulative, sum)
	}
	return dist
}

// at returns the smallest value with at least the share p of the weights at or
// below it.
func (d distribution) at(p float64) float64 {
	total := d.cumulative[len(d.cumulative)-1]
	i := sort.SearchFloat64s(d.cumulative, math.Max(0, p-tie)*total)
	return d.values[min(i, len(d.values)-1)]
}
