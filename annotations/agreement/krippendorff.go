package agreement

import (
	"fmt"
	"math"
)

// A distance is the squared difference of two different categories.
type distance func(k, l int) float64

// metric returns the distance of one of Krippendorff's metrics that does not
// depend on the data. The ordinal one does: see ordinalDistances.
func (s Scale) metric(name string) (distance, error) {
	if name != metricNominal && name != metricCustom && s.Unordered {
		return nil, ErrNoOrder
	}
	switch name {
	case metricNominal:
		return func(int, int) float64 { return 1 }, nil
	case metricInterval:
		return func(k, l int) float64 { return square(s.value(k) - s.value(l)) }, nil
	case metricRatio:
		if len(s.Labels) > 0 && s.value(0) < 0 {
			return nil, ErrRatioZero
		}
		return func(k, l int) float64 { return square((s.value(k) - s.value(l)) / (s.value(k) + s.value(l))) }, nil
	case metricCustom:
		if s.Disagreement == nil {
			return nil, ErrNoCustom
		}
		return func(k, l int) float64 { return s.Disagreement[k][l] }, nil
	}
	return nil, fmt.Errorf("%w: metric %q", ErrUnknownMeasure, name)
}

// coincidences holds what alpha needs of a sample.
type coincidences struct {
	r      *Ratings
	s      sample
	counts Counts
	n      []int64 // pairable ratings of each category
	total  int64

	squares bool // distances are squared differences of many values
}

func (r *Ratings) coincidences(s sample, c Counts) *coincidences {
	co := &coincidences{r: r, s: s, counts: c, n: make([]int64, len(r.scale.Labels))}
	for i, units := range s.tallies {
		t := &r.tallies[i]
		if t.ratings < 2 {
			continue
		}
		for a, k := range t.categories {
			co.n[k] += units * t.counts[a]
			co.total += units * t.counts[a]
		}
	}
	return co
}

// alpha: see [KrippendorffAlpha]. With O = sum o_ck d_ck and E = sum n_c n_k
// d_ck over ordered pairs of categories, alpha = 1 - (n-1) O / E.
func (co *coincidences) alpha(d distance, ordinal, interval bool) Result {
	if ordinal {
		d = co.ordinalDistance()
	}
	within := make([]float64, len(co.s.tallies)) // O of one unit
	observed := 0.0
	for i, units := range co.s.tallies {
		if units == 0 {
			continue
		}
		within[i] = co.r.tallies[i].within(d)
		observed += float64(float64(units) * within[i])
	}
	between := co.between(d)
	expected := 0.0
	for k, nk := range co.n {
		expected += float64(float64(nk) * between[k])
	}
	if expected == 0 {
		return undefined(co.counts, ErrOneCategory)
	}
	n := float64(co.total)
	value := 1 - float64(float64((n-1)*observed)/expected)
	simple := 1 - observed/n
	res := Result{
		Value:  value,
		Chance: &Chance{PA: float64((1-1/n)*simple) + 1/n, PE: 1 - expected/float64(n*n)},
		Counts: co.counts,
	}
	if interval {
		l := linearization{co: co, observed: observed, expected: expected, within: within, between: between}
		if ordinal {
			l.shiftObserved, l.shiftExpected = co.ordinalShifts()
		}
		res.Interval = l.interval(value)
	}
	return res
}

// between is, for each category k, the sum over l of n_l d_kl.
func (co *coincidences) between(d distance) []float64 {
	between := make([]float64, len(co.n))
	if co.squares {
		co.sumSquares(between)
		return between
	}
	for k := range co.n {
		for l, nl := range co.n {
			if k != l && nl > 0 {
				between[k] += float64(float64(nl) * d(k, l))
			}
		}
	}
	return between
}

// manyValues is how many values there are when sums of squares are taken from
// moments: they cost as many steps as there are values, not their square.
const manyValues = 32

// sumSquares is between for squared differences of values:
//
//	sum_l n_l (x_l - x_k)^2 = sum_l n_l x_l^2 - 2 x_k sum_l n_l x_l + n x_k^2,
//
// with values counted from the one nearest to their mean, so that little is
// lost to rounding and a single value gives exactly 0.
func (co *coincidences) sumSquares(between []float64) {
	scale := co.r.scale
	sum := 0.0
	for k, n := range co.n {
		sum += float64(float64(n) * (scale.value(k) - scale.value(0)))
	}
	mean, origin := scale.value(0)+sum/float64(co.total), -1
	for k, n := range co.n {
		if n > 0 && (origin < 0 || math.Abs(scale.value(k)-mean) < math.Abs(scale.value(origin)-mean)) {
			origin = k
		}
	}
	first, second := 0.0, 0.0
	for k, n := range co.n {
		if n > 0 {
			x := scale.value(k) - scale.value(origin)
			first += float64(float64(n) * x)
			second += float64(float64(n) * square(x))
		}
	}
	for k := range between {
		x := scale.value(k) - scale.value(origin)
		between[k] = second - float64(2*float64(x*first)) + float64(float64(co.total)*square(x))
	}
}

// within is the sum of distances over ordered pairs of the unit's ratings,
// divided by its ratings less one.
func (t *tally) within(d distance) float64 {
	if t.ratings < 2 {
		return 0
	}
	sum := 0.0
	for a, k := range t.categories {
		for b := range a {
			pairs := 2 * t.counts[a] * t.counts[b]
			sum += float64(float64(pairs) * d(int(k), int(t.categories[b])))
		}
	}
	return sum / float64(t.ratings-1)
}

// ordinalDistance is (n_k/2 + n_(k+1) + ... + n_l/2)^2 over pairable ratings.
func (co *coincidences) ordinalDistance() distance {
	twice := co.twiceRanks()
	return func(k, l int) float64 { return square(float64(twice[l]-twice[k]) / 2) }
}

// twiceRanks gives each category twice the number of pairable ratings below
// its middle, so that differences stay whole.
func (co *coincidences) twiceRanks() []int64 {
	twice := make([]int64, len(co.n))
	below := int64(0)
	for k, n := range co.n {
		twice[k] = 2*below + n
		below += n
	}
	return twice
}

// A linearization is the infinitesimal jackknife of 1 - n O / E, the alpha
// without the factor (n-1)/n; irrCAC 1.4 does the same for fixed distances.
// For the ordinal metric the distances move with the data, which the shifts
// add: the derivatives of O and E by the number of ratings of a category
// through its distances.
type linearization struct {
	co                           *coincidences
	observed, expected           float64
	within, between              []float64
	shiftObserved, shiftExpected []float64
}

func (l *linearization) interval(value float64) *Interval {
	n := float64(l.co.total)
	sum := 0.0
	for i, units := range l.co.s.tallies {
		t := &l.co.r.tallies[i]
		if units == 0 || t.ratings < 2 {
			continue
		}
		o, e := l.within[i], 0.0
		for a, k := range t.categories {
			count := float64(t.counts[a])
			e += float64(2 * count * l.between[k])
			if l.shiftObserved != nil {
				o += float64(count * l.shiftObserved[k])
				e += float64(count * l.shiftExpected[k])
			}
		}
		influence := float64(float64(t.ratings)*l.observed) + float64(n*o) - float64(float64(n*l.observed)*(e/l.expected))
		sum += float64(float64(units) * square(influence/l.expected))
	}
	units := float64(l.co.counts.Pairable)
	return intervalOf(value, float64(sum*units)/(units-1), l.co.counts.Rated-1)
}

// ordinalShifts returns the derivatives that linearization needs. A distance
// is the square of the ratings between two middles: a rating of a category
// in between adds 1, of an end 1/2.
func (co *coincidences) ordinalShifts() (observed, expected []float64) {
	q := len(co.n)
	twice := co.twiceRanks()
	o, e := newRamp(q), newRamp(q)
	for i, units := range co.s.tallies {
		t := &co.r.tallies[i]
		if t.ratings < 2 {
			continue
		}
		for a, k := range t.categories {
			for b := range a {
				l := t.categories[b]
				pairs := float64(2*units*t.counts[a]*t.counts[b]) / float64(t.ratings-1)
				o.add(int(l), int(k), float64(pairs*float64(twice[k]-twice[l])))
			}
		}
	}
	for k := range q {
		for l := k + 1; l < q; l++ {
			e.add(k, l, float64(float64(2*co.n[k]*co.n[l])*float64(twice[l]-twice[k])))
		}
	}
	return o.sums(), e.sums()
}

// A ramp sums amounts over ranges of categories, half of it at both ends.
type ramp struct{ ends, steps []float64 }

func newRamp(q int) *ramp { return &ramp{make([]float64, q), make([]float64, q+1)} }

func (r *ramp) add(from, to int, amount float64) {
	half := float64(amount / 2)
	r.ends[from] += half
	r.ends[to] += half
	r.steps[from+1] += amount
	r.steps[to] -= amount
}

func (r *ramp) sums() []float64 {
	sums, level := make([]float64, len(r.ends)), 0.0
	for k := range sums {
		level += r.steps[k]
		sums[k] = level + r.ends[k]
	}
	return sums
}
