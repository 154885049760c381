package agreement

import (
	"fmt"
	"math"
)

// Weights of agreement between categories, by the names that follow a
// coefficient in a [Measure]. With x the category values (or positions) of q
// categories, w = 1 on the diagonal and elsewhere as given. Source: Gwet
// (2021), Handbook of Inter-Rater Reliability, vol. 1, 5th ed., ch. 3; Cohen
// (1968), Psychological Bulletin 70:213-220, for the use of custom ones.
const (
	Unweighted = "unweighted" // 0
	Linear     = "linear"     // 1 - |x-y| / range
	Quadratic  = "quadratic"  // 1 - (x-y)^2 / range^2
	Ordinal    = "ordinal"    // 1 - C(|k-l|+1, 2) / C(q, 2), on positions
	Radical    = "radical"    // 1 - sqrt|x-y| / sqrt(range)
	Ratio      = "ratio"      // 1 - ((x-y)/(x+y))^2 / (range/(max+min))^2
	Circular   = "circular"   // 1 - sin^2(pi (x-y)/(range+1)) / its maximum
	Bipolar    = "bipolar"    // 1 - b / its maximum, b = (x-y)^2 / ((x+y-2min)(2max-x-y))
	Custom     = "custom"     // 1 - d / its maximum, d the caller's disagreement
)

// AllWeights lists the weights that need nothing but categories, in the
// order in which results are given.
var AllWeights = []string{Unweighted, Linear, Quadratic, Ordinal, Radical, Ratio, Circular, Bipolar}

// maxWeighted is the number of categories above which no table of weights is
// made; a variable with so many values is a number and alpha is its measure.
const maxWeighted = 500

// weights is a table of agreement weights, row by row.
type weights struct {
	q     int
	w     []float64
	total float64 // of all weights
}

func (w *weights) at(k, l int) float64 { return w.w[k*w.q+l] }

// weights makes the table of the named weights. It fails with a reason when
// the categories do not allow them.
func (s Scale) weights(name string) (*weights, error) {
	q := len(s.Labels)
	if q > maxWeighted {
		return nil, fmt.Errorf("%w: %d, at most %d", ErrTooManyCategories, q, maxWeighted)
	}
	if name != Unweighted && name != Custom && s.Unordered {
		return nil, ErrNoOrder
	}
	d, err := s.disagreement(name)
	if err != nil {
		return nil, err
	}
	w := &weights{q: q, w: make([]float64, q*q)}
	largest := 0.0
	for k := range q {
		for l := range q {
			v := 0.0
			if k != l {
				v = d(k, l)
			}
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%w: %s of %s and %s", ErrWeights, name, s.Labels[k], s.Labels[l])
			}
			w.w[k*q+l] = v
			largest = max(largest, v)
		}
	}
	if name == Custom && largest == 0 && q > 1 {
		return nil, fmt.Errorf("%w: all custom disagreements are 0", ErrWeights)
	}
	for i, v := range w.w {
		if largest > 0 {
			v = float64(v / largest)
		}
		w.w[i] = 1 - v
		w.total += w.w[i]
	}
	return w, nil
}

// disagreement returns the disagreement of two different categories, up to a
// factor: the caller divides by the largest.
func (s Scale) disagreement(name string) (func(k, l int) float64, error) {
	q := len(s.Labels)
	if q == 0 {
		return func(int, int) float64 { return 0 }, nil
	}
	low, high := s.value(0), s.value(q-1)
	switch name {
	case Unweighted:
		return func(int, int) float64 { return 1 }, nil
	case Linear:
		return func(k, l int) float64 { return math.Abs(s.value(k) - s.value(l)) }, nil
	case Quadratic:
		return func(k, l int) float64 { return square(s.value(k) - s.value(l)) }, nil
	case Ordinal:
		return func(k, l int) float64 {
			d := max(k-l, l-k)
			return float64(d * (d + 1) / 2)
		}, nil
	case Radical:
		return func(k, l int) float64 { return math.Sqrt(math.Abs(s.value(k) - s.value(l))) }, nil
	case Ratio:
		if q > 1 && low <= 0 && high >= 0 {
			return nil, ErrRatioZero
		}
		return func(k, l int) float64 { return square((s.value(k) - s.value(l)) / (s.value(k) + s.value(l))) }, nil
	case Circular:
		return func(k, l int) float64 {
			return square(math.Sin(math.Pi * (s.value(k) - s.value(l)) / (high - low + 1)))
		}, nil
	case Bipolar:
		return func(k, l int) float64 {
			x, y := s.value(k), s.value(l)
			return square(x-y) / float64((x+y-float64(2*low))*(float64(2*high)-x-y))
		}, nil
	case Custom:
		if s.Disagreement == nil {
			return nil, ErrNoCustom
		}
		return func(k, l int) float64 { return s.Disagreement[k][l] }, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrUnknownMeasure, name)
}

func square(x float64) float64 { return float64(x * x) }
