package agreement

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Reasons why a measure is undefined. A reason is part of the result and to
// be shown in its place; it is no failure.
var (
	ErrNoUnits           = errors.New("no units were rated")
	ErrOneRater          = errors.New("only one rater has ratings")
	ErrNothingPairable   = errors.New("no unit has two ratings")
	ErrOneCategory       = errors.New("one category observed")
	ErrNotTwoRaters      = errors.New("defined for two raters only")
	ErrNotTwoCategories  = errors.New("defined for two categories only")
	ErrNoSharedUnits     = errors.New("two of the raters share no units")
	ErrIncomplete        = errors.New("no unit was rated by every rater")
	ErrMissingRatings    = errors.New("defined for complete data only")
	ErrNoOrder           = errors.New("the order of the categories is not known")
	ErrRatioZero         = errors.New("ratios need categories above 0")
	ErrWeights           = errors.New("weights are not finite")
	ErrNoCustom          = errors.New("no custom weights were given")
	ErrTooManyCategories = errors.New("too many categories to tabulate")
	ErrUnknownMeasure    = errors.New("unknown measure")
	ErrNoVariation       = errors.New("no variation between units")
	ErrNotSets           = errors.New("defined for sets of labels only")
	ErrNotFinite         = errors.New("the values are too large or too far apart to compute with")
	ErrNoSpans           = errors.New("nobody marked anything")
	ErrOverlap           = errors.New("spans of one rater overlap")
	ErrNoOverlap         = errors.New("no position was marked by two raters")
)

// Warnings are to be shown beside a value; they do not invalidate it.
var (
	ErrSingletons   = errors.New("units rated once count for chance and widen the interval")
	ErrFewPairs     = errors.New("fewer than 30 pairs of ratings")
	ErrSkippedPairs = errors.New("pairs of raters who both marked nothing are left out")
	ErrCannotFail   = errors.New("one category where marks overlap: agreement could not fail")
)

// A Result is the value of a measure and what a reader needs to judge it.
type Result struct {
	Measure Measure

	// Undefined is the reason why there is no value, nil when there is one.
	Undefined error

	// Value is the coefficient, a share or, for percent_all_agree, a
	// percentage. It is 0 and means nothing when Undefined is not nil.
	Value float64

	Chance   *Chance   // nil when the measure is not corrected for chance
	Interval *Interval // nil when the literature gives none, or n is too small
	Counts   Counts
	Warnings []error
}

// A Chance holds the two parts of a coefficient corrected for chance,
// (PA - PE) / (1 - PE).
type Chance struct {
	PA float64 // observed agreement
	PE float64 // agreement expected by chance
}

// An Interval is a 95 % confidence interval.
type Interval struct {
	SE         float64
	NoSE       bool    // the method gives limits and no standard error
	Lower      float64 // not cut at -1
	Upper      float64 // cut at 1
	UncutUpper float64
	DF         int64 // degrees of freedom of Student's t; 0 when t was not used
}

// smallSE is the rounding noise of a standard error that is 0.
const smallSE = 1e-12

// intervalOf is the interval value -/+ t(0.975, df) se. It is nil when there
// are no degrees of freedom.
func intervalOf(value, variance float64, df int64) *Interval {
	if df < 1 || !isFinite(variance) {
		return nil
	}
	se := math.Sqrt(max(0, variance))
	if se < smallSE {
		se = 0
	}
	half := float64(se * studentT(df))
	return &Interval{SE: se, Lower: value - half, Upper: min(1, value+half), UncutUpper: value + half, DF: df}
}

// studentT is the 0.975 quantile of Student's t with df degrees of freedom.
func studentT(df int64) float64 {
	return rounded(distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(df)}.Quantile(0.975))
}

// rounded keeps 12 decimals of a quantile: the last digits of logarithms and
// exponentials differ between processors.
func rounded(x float64) float64 {
	const decimals = 1e12
	if math.Abs(x) > 1e3 {
		return x
	}
	return math.Round(float64(x*decimals)) / decimals
}

// fewPairs is the number of pairs under which a coefficient says too little
// to be judged against a threshold.
const fewPairs = 30

func undefined(c Counts, reason error) Result {
	return Result{Undefined: reason, Counts: c}
}

// absent is the reason why nothing can be computed, nil when something can.
func (c Counts) absent(raters int) error {
	switch {
	case c.Rated == 0:
		return ErrNoUnits
	case raters < 2:
		return ErrOneRater
	case c.Pairable == 0:
		return ErrNothingPairable
	}
	return nil
}
