package agreement

import (
	"errors"
	"fmt"
	"math"
)

// Missing is the rating that was never made. It is not a category.
const Missing int16 = -1

// A Scale is the list of categories a rater may choose from, in their order.
// Categories that nobody chose count: they are part of q in the formulas.
type Scale struct {
	// Labels name the categories. At most 32,767.
	Labels []string

	// Values are the numbers behind the categories, ascending, and decide
	// linear, quadratic and the other distances. When nil, the positions
	// 1..q stand in, as is right for text.
	Values []float64

	// Unordered says that the order of Labels means nothing, so that only
	// nominal measures are defined.
	Unordered bool

	// Sets holds the labels in each category when the categories are sets of
	// labels; nil otherwise. Every set that was used is a category.
	Sets [][]string

	// Disagreement holds the caller's own disagreement of category k with l
	// at [k][l]: symmetric, at least 0, and 0 on the diagonal. It may be nil.
	Disagreement [][]float64
}

// Check reports what is wrong with the scale, all of it.
func (s Scale) Check() error {
	q := len(s.Labels)
	var errs []error
	if q > math.MaxInt16 {
		errs = append(errs, fmt.Errorf("%d categories, at most %d can be handled", q, math.MaxInt16))
	}
	seen := map[string]bool{}
	for _, label := range s.Labels {
		if seen[label] {
			errs = append(errs, fmt.Errorf("category %q is listed twice", label))
		}
		seen[label] = true
	}
	if s.Values != nil && len(s.Values) != q {
		errs = append(errs, fmt.Errorf("%d category values for %d categories", len(s.Values), q))
	}
	for i, v := range s.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			errs = append(errs, fmt.Errorf("category value %d is not a finite number", i+1))
		} else if i > 0 && v <= s.Values[i-1] {
			errs = append(errs, fmt.Errorf("category value %v does not come after %v", v, s.Values[i-1]))
		}
	}
	if s.Sets != nil && len(s.Sets) != q {
		errs = append(errs, fmt.Errorf("%d sets for %d categories", len(s.Sets), q))
	}
	if s.Disagreement != nil {
		errs = append(errs, checkDisagreement(s.Disagreement, q)...)
	}
	return errors.Join(errs...)
}

func checkDisagreement(d [][]float64, q int) (errs []error) {
	if len(d) != q {
		return []error{fmt.Errorf("%d rows of custom weights for %d categories", len(d), q)}
	}
	for k := range d {
		if len(d[k]) != q {
			return []error{fmt.Errorf("row %d of the custom weights has %d columns for %d categories", k+1, len(d[k]), q)}
		}
	}
	for k := range d {
		for l, v := range d[k] {
			switch {
			case !(v >= 0) || math.IsInf(v, 0):
				errs = append(errs, fmt.Errorf("custom disagreement of categories %d and %d is %v, not a finite number of at least 0", k+1, l+1, v))
			case k == l && v != 0:
				errs = append(errs, fmt.Errorf("custom disagreement of category %d with itself is %v, not 0", k+1, v))
			case v != d[l][k]:
				errs = append(errs, fmt.Errorf("custom disagreement of categories %d and %d is not the same both ways", k+1, l+1))
			}
		}
	}
	return errs
}

// value returns the number behind category k, counted from 0.
func (s Scale) value(k int) float64 {
	if s.Values == nil {
		return float64(k + 1)
	}
	return s.Values[k]
}

// A Ratings table holds who put which unit in which category. It does not
// change after it is made and may be read by several goroutines.
//
// Units that were rated alike are stored once with their number, so the cost
// of a coefficient depends on the number of different patterns, not of units.
type Ratings struct {
	scale  Scale
	raters int
	units  int64

	unit     []int32   // pattern of each unit
	patterns []pattern // by rater, in lexical order
	tallies  []tally   // patterns without their rater, in lexical order
	sample   sample    // how often each occurs
}

// A sample says how many units show each pattern and each tally.
type sample struct {
	patterns []int64
	tallies  []int64
}

// New makes a table of one column per rater; each holds, for every unit, the
// index of the chosen category in scale.Labels, or [Missing]. All columns
// have the same length. New keeps no reference to columns.
func New(scale Scale, columns [][]int16) (*Ratings, error) {
	return newCounted(scale, columns, nil)
}

// newCounted is New with the number of times that each unit occurs.
func newCounted(scale Scale, columns [][]int16, times []int64) (*Ratings, error) {
	if err := checkColumns(scale, columns); err != nil {
		return nil, err
	}
	r := &Ratings{scale: scale, raters: len(columns)}
	units := 0
	if len(columns) > 0 {
		units = len(columns[0])
	}
	r.unit, r.patterns = findPatterns(columns, units, len(scale.Labels))
	r.findTallies()
	r.sample.patterns = make([]int64, len(r.patterns))
	for i, p := range r.unit {
		n := int64(1)
		if times != nil {
			n = times[i]
		}
		r.sample.patterns[p] += n
		r.units += n
	}
	r.sample.tallies = make([]int64, len(r.tallies))
	r.sumTallies(&r.sample)
	return r, nil
}

func checkColumns(scale Scale, columns [][]int16) error {
	errs := []error{scale.Check()}
	for g, column := range columns {
		if len(column) != len(columns[0]) {
			errs = append(errs, fmt.Errorf("rater %d has %d units, rater 1 has %d", g+1, len(column), len(columns[0])))
		}
		for i, k := range column {
			if k < Missing || int(k) >= len(scale.Labels) {
				errs = append(errs, fmt.Errorf("rater %d, unit %d: category %d of %d", g+1, i+1, k, len(scale.Labels)))
				break
			}
		}
	}
	return errors.Join(errs...)
}

// sumTallies fills the tallies of s from its patterns.
func (r *Ratings) sumTallies(s *sample) {
	clear(s.tallies)
	for p, n := range s.patterns {
		s.tallies[r.patterns[p].tally] += n
	}
}

// Scale returns the categories of the table.
func (r *Ratings) Scale() Scale { return r.scale }

// Counts says on how much data a result rests.
type Counts struct {
	Units    int64 // units in the table
	Rated    int64 // units with at least one rating
	Pairable int64 // units with at least two ratings, which alone show agreement
	Complete int64 // units rated by every rater
	Pairs    int64 // pairs of ratings of the same unit
}

// Counts returns the number of units and pairs of ratings in the table.
func (r *Ratings) Counts() Counts { return r.count(r.sample) }

func (r *Ratings) count(s sample) Counts {
	var c Counts
	for t, n := range s.tallies {
		m := r.tallies[t].ratings
		c.Units += n
		if m >= 1 {
			c.Rated += n
		}
		if m >= 2 {
			c.Pairable += n
			c.Pairs += n * (m * (m - 1) / 2)
		}
		if m == int64(r.raters) {
			c.Complete += n
		}
	}
	return c
}

// Prevalence returns the mean share of each category over rated units, pi_k
// in the formulas; nil when no unit was rated.
func (r *Ratings) Prevalence() []float64 {
	rated := r.Counts().Rated
	if rated == 0 {
		return nil
	}
	return r.meanShares(r.sample, rated)
}

// Confusion returns how many units rater a put in category k while rater b
// put them in category l, at [k][l], over the units that both rated. Raters
// are counted from 0.
func (r *Ratings) Confusion(a, b int) ([][]int64, error) {
	if min(a, b) < 0 || max(a, b) >= r.raters {
		return nil, fmt.Errorf("raters %d and %d: the table has raters 0 to %d", a, b, r.raters-1)
	}
	if q := len(r.scale.Labels); q > maxWeighted {
		return nil, fmt.Errorf("%w: %d, at most %d", ErrTooManyCategories, q, maxWeighted)
	}
	return r.confusion(r.sample, a, b), nil
}

func (r *Ratings) confusion(s sample, a, b int) [][]int64 {
	q := len(r.scale.Labels)
	all := make([]int64, q*q)
	table := make([][]int64, q)
	for k := range table {
		table[k] = all[k*q : (k+1)*q]
	}
	for p, n := range s.patterns {
		row := r.patterns[p].ratings
		if row[a] != Missing && row[b] != Missing {
			table[row[a]][row[b]] += n
		}
	}
	return table
}
