package agreement

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Bootstrapped is an interval found by drawing units again, with
// replacement. Categories and q stay as they are.
type Bootstrapped struct {
	Measure   Measure
	Undefined error // why there is no interval; nil when there is one
	Value     float64
	SE        float64
	Mean      float64

	// Percentile holds the 2.5th and the 97.5th percentile.
	Percentile [2]float64

	// BCa is the bias-corrected and accelerated interval of Efron (1987),
	// Journal of the American Statistical Association 82:171-185, eq. 2.3 and
	// 6.6, with the bias from the share of replicates below the value and the
	// acceleration from the jackknife (Efron & Tibshirani 1993, An Introduction
	// to the Bootstrap, eq. 14.14 and 14.15); nil when all replicates lie on one
	// side of the value.
	BCa *[2]float64

	Replicates int // that have a value
	Dropped    int // that have none, as when only one category was drawn
}

// Bootstrap draws the rated units of r again, replicates times, and returns
// the intervals of measures. The draws depend on the seed and nothing else:
// the same seed gives the same intervals on every machine.
func Bootstrap(r *Ratings, replicates int, seed uint64, measures ...Measure) []Bootstrapped {
	base := calculator{r: r, s: r.sample}
	results := make([]Bootstrapped, len(measures))
	for i, res := range base.all(measures) {
		results[i] = Bootstrapped{Measure: measures[i], Undefined: res.Undefined, Value: res.Value}
	}
	draw := newDraw(r, seed)
	if len(draw.units) == 0 {
		return results
	}
	values := make([][]float64, len(measures))
	resampled := calculator{r: r, s: draw.sample, tables: base.tables}
	for range replicates {
		draw.next()
		for i, res := range resampled.all(measures) {
			if res.Undefined == nil {
				values[i] = append(values[i], res.Value)
			}
		}
	}
	left := r.leaveOneOut(&base, measures)
	for i := range results {
		if results[i].Undefined == nil {
			results[i].summarize(values[i], left[i])
			results[i].Dropped = replicates - len(values[i])
		}
	}
	return results
}

// A draw is a sample of as many units as the table has, with replacement.
type draw struct {
	r      *Ratings
	source *rand.PCG
	units  []int32 // pattern of each rated unit
	sample sample
}

func newDraw(r *Ratings, seed uint64) *draw {
	d := &draw{r: r, source: rand.NewPCG(seed, 0)}
	d.sample = sample{patterns: make([]int64, len(r.patterns)), tallies: make([]int64, len(r.tallies))}
	for _, p := range r.unit {
		if r.tallies[r.patterns[p].tally].ratings > 0 {
			d.units = append(d.units, p)
		}
	}
	return d
}

// next draws. Whole numbers only, so that every machine draws the same: each
// half of a random word times n, of which the upper 32 bits are the index
// (Lemire 2019, ACM Transactions on Modeling and Computer Simulation 29:3).
func (d *draw) next() {
	clear(d.sample.patterns)
	n := uint64(len(d.units))
	reject := uint64(uint32(-uint32(n)) % uint32(n)) // of the lower 32 bits
	for drawn := uint64(0); drawn < n; {
		word := d.source.Uint64()
		if low := uint64(uint32(word)) * n; uint64(uint32(low)) >= reject {
			d.sample.patterns[d.units[low>>32]]++
			drawn++
		}
		if high := (word >> 32) * n; drawn < n && uint64(uint32(high)) >= reject {
			d.sample.patterns[d.units[high>>32]]++
			drawn++
		}
	}
	d.r.sumTallies(&d.sample)
}

// A jackknifed holds the value without one unit of a pattern, and how many
// such units there are.
type jackknifed struct {
	value float64
	units int64
}

// leaveOneOut returns for each measure the values of the table less a unit.
func (r *Ratings) leaveOneOut(base *calculator, measures []Measure) [][]jackknifed {
	s := sample{patterns: slices.Clone(r.sample.patterns), tallies: slices.Clone(r.sample.tallies)}
	c := calculator{r: r, s: s, tables: base.tables}
	left := make([][]jackknifed, len(measures))
	for p, n := range r.sample.patterns {
		t := r.patterns[p].tally
		if n == 0 || r.tallies[t].ratings == 0 {
			continue
		}
		s.patterns[p]--
		s.tallies[t]--
		for i, res := range c.all(measures) {
			if res.Undefined == nil {
				left[i] = append(left[i], jackknifed{res.Value, n})
			}
		}
		s.patterns[p]++
		s.tallies[t]++
	}
	return left
}

func (b *Bootstrapped) summarize(values []float64, left []jackknifed) {
	b.Replicates = len(values)
	if len(values) < 2 {
		b.Undefined = ErrNoVariation
		return
	}
	slices.Sort(values)
	n := float64(len(values))
	for _, v := range values {
		b.Mean += v
	}
	b.Mean /= n
	squares := 0.0
	for _, v := range values {
		squares += square(v - b.Mean)
	}
	b.SE = math.Sqrt(squares / (n - 1))
	b.Percentile = [2]float64{quantile(values, 0.025), quantile(values, 0.975)}
	b.BCa = accelerated(b.Value, values, acceleration(left))
}

// acceleration is Efron's a from the values without one unit each.
func acceleration(left []jackknifed) float64 {
	mean, units := 0.0, 0.0
	for _, l := range left {
		mean += float64(float64(l.units) * l.value)
		units += float64(l.units)
	}
	mean /= units
	squares, cubes := 0.0, 0.0
	for _, l := range left {
		d := mean - l.value
		squares += float64(float64(l.units) * square(d))
		cubes += float64(float64(l.units) * float64(square(d)*d))
	}
	if squares == 0 {
		return 0
	}
	return cubes / float64(6*math.Pow(squares, 1.5))
}

// accelerated returns the BCa limits of sorted values.
func accelerated(value float64, values []float64, a float64) *[2]float64 {
	below := 0
	for _, v := range values {
		if v < value-smallSE {
			below++
		}
	}
	if below == 0 || below == len(values) {
		return nil
	}
	share := float64(below) / float64(len(values))
	z0 := rounded(distuv.UnitNormal.Quantile(share))
	var limits [2]float64
	for i, p := range []float64{0.025, 0.975} {
		z := z0 + rounded(distuv.UnitNormal.Quantile(p))
		limits[i] = quantile(values, rounded(distuv.UnitNormal.CDF(z0+z/(1-float64(a*z)))))
	}
	return &limits
}

// quantile interpolates between sorted values (type 7 of Hyndman & Fan 1996).
func quantile(values []float64, p float64) float64 {
	at := float64(p * float64(len(values)-1))
	below := min(max(int(at), 0), len(values)-1)
	if below+1 == len(values) {
		return values[below]
	}
	return values[below] + float64((at-float64(below))*(values[below+1]-values[below]))
}
