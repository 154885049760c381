package agreement

import (
	"fmt"
	"slices"
)

// Measures of sets of labels, for a scale with [Scale.Sets]. The distance of
// two sets A and B is, with J = |A and B| / |A or B|:
//
//	nominal  0 when equal, else 1
//	jaccard  1 - J; Jaccard (1912), New Phytologist 11:37-50
//	masi     1 - J M, M = 1 when equal, 2/3 when one contains the other, 1/3
//	         when they overlap, else 0; Passonneau (2006), LREC
//
// Two empty sets are equal and at distance 0.
const (
	// KrippendorffAlphaSet is [KrippendorffAlpha] with a distance of sets.
	KrippendorffAlphaSet Coefficient = "krippendorff_alpha_set"

	// ObservedAgreementSet is the mean over units of 1 less the mean distance
	// of the unit's pairs of sets.
	ObservedAgreementSet Coefficient = "observed_agreement_set"

	// WeightedKappaSet is 1 less the mean distance over the distance expected
	// from the raters' own shares of sets, the mean over pairs of raters.
	// Cohen (1968); Artstein & Poesio (2008), Computational Linguistics
	// 34:555-596, eq. 24.
	WeightedKappaSet Coefficient = "weighted_kappa_set"

	// PercentAgreementSet is the mean over units of the share of pairs of equal
	// sets, each unit weighed by its number of sets, as in DKPro Statistics.
	PercentAgreementSet Coefficient = "percent_agreement_set"

	// DiceAgreementSet is the mean of 2 |A and B| / (|A| + |B|), 0 for two
	// empty sets as they share no label. It is defined for complete data.
	// Dice (1945), Ecology 26:297-302.
	DiceAgreementSet Coefficient = "dice_agreement_set"

	// MaxPercentageAgreementSet is the share of pairs of sets that share a
	// label. It is defined for complete data.
	MaxPercentageAgreementSet Coefficient = "max_percentage_agreement_set"
)

// Distances of sets.
const (
	Jaccard = "jaccard"
	MASI    = "masi"
)

// SetMeasures lists the measures of a table whose scale has sets.
func SetMeasures() []Measure {
	var list []Measure
	for _, c := range []Coefficient{KrippendorffAlphaSet, ObservedAgreementSet, WeightedKappaSet} {
		for _, d := range []string{metricNominal, Jaccard, MASI} {
			list = append(list, c.Of(d))
		}
	}
	for _, c := range []Coefficient{PercentAgreementSet, DiceAgreementSet, MaxPercentageAgreementSet} {
		list = append(list, c.Of(Unweighted))
	}
	return list
}

// overlap returns the sizes of the sets of categories k and l and of what
// they share.
func (s Scale) overlap(k, l int) (a, b, both int) {
	for _, label := range s.Sets[k] {
		if slices.Contains(s.Sets[l], label) {
			both++
		}
	}
	return len(s.Sets[k]), len(s.Sets[l]), both
}

// setDistance returns a distance of sets by its name.
func (s Scale) setDistance(name string) (distance, error) {
	if s.Sets == nil {
		return nil, ErrNotSets
	}
	switch name {
	case metricNominal:
		return func(k, l int) float64 {
			if a, b, both := s.overlap(k, l); a == both && b == both {
				return 0
			}
			return 1
		}, nil
	case Jaccard:
		return func(k, l int) float64 {
			a, b, both := s.overlap(k, l)
			if a+b == 0 {
				return 0
			}
			return 1 - float64(both)/float64(a+b-both)
		}, nil
	case MASI:
		return func(k, l int) float64 {
			a, b, both := s.overlap(k, l)
			thirds := 1
			switch {
			case a == both && b == both:
				return 0
			case both == 0:
				return 1
			case a == both || b == both:
				thirds = 2
			}
			return 1 - float64(both*thirds)/float64(3*(a+b-both))
		}, nil
	}
	return nil, fmt.Errorf("%w: distance %q", ErrUnknownMeasure, name)
}

// set computes a measure of sets.
func (c *calculator) set(name Coefficient, variant string) Result {
	if name == KrippendorffAlphaSet {
		d, err := c.r.scale.setDistance(variant)
		if err != nil {
			return undefined(c.counts, err)
		}
		return c.coincidences().alpha(d, false, c.interval)
	}
	if name == ObservedAgreementSet || name == WeightedKappaSet {
		return c.setKappa(name, variant)
	}
	if c.r.scale.Sets == nil {
		return undefined(c.counts, ErrNotSets)
	}
	if c.counts.Complete < c.counts.Rated && name != PercentAgreementSet {
		return undefined(c.counts, ErrMissingRatings)
	}
	return Result{Value: c.meanOverPairs(func(k, l int) float64 {
		a, b, both := c.r.scale.overlap(k, l)
		switch {
		case name == DiceAgreementSet && both > 0:
			return float64(2*both) / float64(a+b)
		case name == MaxPercentageAgreementSet && both > 0, name == PercentAgreementSet && a == both && b == both:
			return 1
		}
		return 0
	}), Counts: c.counts}
}

func (c *calculator) setKappa(name Coefficient, variant string) Result {
	p := c.prepareSets(variant)
	if p.err != nil {
		return undefined(c.counts, p.err)
	}
	e := &evaluation{r: c.r, s: c.s, counts: c.counts, w: p.w, agree: p.agree}
	switch {
	case name == ObservedAgreementSet:
		return e.percentAgreement(c.interval)
	case c.r.raters == 2:
		return e.cohenKappa(c.interval)
	}
	return e.lightKappa()
}

// prepareSets is prepare with weights of 1 less the distance.
func (c *calculator) prepareSets(variant string) *prepared {
	key := "set " + variant
	if p, ok := c.tables[key]; ok {
		return p
	}
	p := &prepared{}
	d, err := c.r.scale.setDistance(variant)
	q := len(c.r.scale.Labels)
	switch {
	case err != nil:
		p.err = err
	case q > maxWeighted:
		p.err = fmt.Errorf("%w: %d, at most %d", ErrTooManyCategories, q, maxWeighted)
	default:
		p.w = &weights{q: q, w: make([]float64, q*q)}
		for k := range q {
			for l := range q {
				p.w.w[k*q+l] = 1 - d(k, l)
			}
		}
		p.agree = c.r.agreements(p.w.at)
	}
	if c.tables == nil {
		c.tables = map[string]*prepared{}
	}
	c.tables[key] = p
	return p
}

// meanOverPairs is the mean over units with two ratings or more of the mean
// of f over the unit's pairs of ratings, weighed by its number of ratings.
func (c *calculator) meanOverPairs(f func(k, l int) float64) float64 {
	sum, ratings := 0.0, int64(0)
	for i, n := range c.s.tallies {
		t := &c.r.tallies[i]
		if t.ratings < 2 || n == 0 {
			continue
		}
		unit := 0.0
		for a, k := range t.categories {
			for b := range a {
				unit += float64(float64(2*t.counts[a]*t.counts[b]) * f(int(k), int(t.categories[b])))
			}
			unit += float64(float64(t.counts[a]*(t.counts[a]-1)) * f(int(k), int(k)))
		}
		sum += float64(float64(n) * (unit / float64(t.ratings-1)))
		ratings += n * t.ratings
	}
	return sum / float64(ratings)
}
