package agreement

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/stat/distuv"
)

// Measures of numbers, such as durations and days. The table's categories are
// the values that occur, with [Scale.Values].
const (
	// ICC is ICC(2,1): one rater out of many, absolute agreement, over the
	// units rated by every rater: (BMS - EMS) / (BMS + (k-1) EMS + k (JMS - EMS)
	// / n) of the mean squares between units, of raters and of error. Shrout & Fleiss (1979), Psychological
	// Bulletin 86:420-428, p. 423; interval: McGraw & Wong (1996),
	// Psychological Methods 1:30-46, table 7, ICC(A,1).
	ICC Coefficient = "icc_2_1"

	// ShareWithin is [PercentAgreement] where values that differ by no more
	// than the variant, a number of at least 0, agree: w_kl = 1 where
	// |x_k - x_l| <= tolerance, else 0. Gamer, Lemon, Fellows & Singh (2019), R
	// package irr 0.84.1, agree with a tolerance; pa: Gwet (2021), ch. 2.
	ShareWithin Coefficient = "share_within"
)

// NumberMeasures lists the measures of a table of numbers whose differences
// up to tolerance count as none.
func NumberMeasures(tolerance float64) []Measure {
	return []Measure{
		KrippendorffAlpha.Of(metricInterval),
		ICC.Of(metricInterval),
		ShareWithin.Of(strconv.FormatFloat(tolerance, 'f', -1, 64)),
	}
}

// shareWithin: see [ShareWithin].
func (c *calculator) shareWithin(variant string) Result {
	tolerance, err := strconv.ParseFloat(variant, 64)
	if err != nil || !(tolerance >= 0) {
		return undefined(c.counts, fmt.Errorf("%w: tolerance %q", ErrUnknownMeasure, variant))
	}
	if c.r.scale.Unordered {
		return undefined(c.counts, ErrNoOrder)
	}
	agree := c.kept("within:"+variant, func() []float64 {
		// A difference such as 0.3 - 0.2 may exceed 0.1 by a rounding.
		tolerance += float64(smallSE * max(1, tolerance))
		return c.r.agreements(func(k, l int) float64 {
			if math.Abs(c.r.scale.value(k)-c.r.scale.value(l)) <= tolerance {
				return 1
			}
			return 0
		})
	})
	e := &evaluation{r: c.r, s: c.s, counts: c.counts, agree: agree}
	return e.percentAgreement(c.interval)
}

// icc: see [ICC].
func (c *calculator) icc() Result {
	if c.r.scale.Unordered {
		return undefined(c.counts, ErrNoOrder)
	}
	if c.counts.Complete == 0 {
		return undefined(c.counts, ErrIncomplete)
	}
	v := c.variances()
	n, k := v.n, v.k
	whole := v.units + float64((k-1)*v.rest) + float64(k*(v.raters-v.rest))/n
	if n < 2 || whole <= 0 {
		return undefined(c.counts, ErrNoVariation)
	}
	res := Result{Value: (v.units - v.rest) / whole, Counts: c.counts}
	if c.interval && res.Value < 1 {
		res.Interval = v.interval(res.Value)
	}
	return res
}

// variances holds the mean squares of complete units, as in a two-way
// analysis of variance, of n units and k raters.
type variances struct{ n, k, units, raters, rest float64 }

func (c *calculator) variances() variances {
	v := variances{n: float64(c.counts.Complete), k: float64(c.r.raters)}
	origin := c.r.scale.value(0) // less rounding for large numbers such as days
	raters := make([]float64, c.r.raters)
	total, squares, unitSquares := 0.0, 0.0, 0.0
	for p, n := range c.s.patterns {
		row := c.r.patterns[p]
		if n == 0 || c.r.tallies[row.tally].ratings != int64(c.r.raters) {
			continue
		}
		sum, own := 0.0, 0.0
		for g, category := range row.ratings {
			x := c.r.scale.value(int(category)) - origin
			sum += x
			own += square(x)
			raters[g] += float64(float64(n) * x)
		}
		total += float64(float64(n) * sum)
		squares += float64(float64(n) * own)
		unitSquares += float64(float64(n) * square(sum))
	}
	common := square(total) / float64(v.n*v.k)
	raterSquares := 0.0
	for _, sum := range raters {
		raterSquares += square(sum)
	}
	units, between := unitSquares/v.k-common, raterSquares/v.n-common
	v.units = units / (v.n - 1)
	v.raters = between / (v.k - 1)
	v.rest = (squares - common - units - between) / float64((v.n-1)*(v.k-1))
	return v
}

func (v variances) interval(icc float64) *Interval {
	a := float64(v.k*icc) / float64(v.n*(1-icc))
	b := 1 + float64(v.k*icc*(v.n-1))/float64(v.n*(1-icc))
	x, y := float64(a*v.raters), float64(b*v.rest)
	df := square(x+y) / (square(x)/(v.k-1) + square(y)/float64((v.n-1)*(v.k-1)))
	if !(df > 0) || math.IsInf(df, 0) {
		return nil
	}
	within := float64(v.k*v.raters) + float64((float64(v.k*v.n)-v.k-v.n)*v.rest)
	f := rounded(distuv.F{D1: v.n - 1, D2: df}.Quantile(0.975))
	lower := float64(v.n*(v.units-float64(f*v.rest))) / (float64(f*within) + float64(v.n*v.units))
	f = rounded(distuv.F{D1: df, D2: v.n - 1}.Quantile(0.975))
	upper := float64(v.n*(float64(f*v.units)-v.rest)) / (within + float64(v.n*f*v.units))
	return &Interval{NoSE: true, Lower: lower, Upper: upper, UncutUpper: upper}
}
