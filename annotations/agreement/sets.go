package agreement

import (
	"fmt"
	mathbits "math/bits"
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
	// KrippendorffAlphaSet is [KrippendorffAlpha], 1 - Do / De, with a distance
	// of sets as it is for d. Krippendorff (2004), ch. 11; Passonneau (2006).
	KrippendorffAlphaSet Coefficient = "krippendorff_alpha_set"

	// ObservedAgreementSet is the mean over units of 1 less the mean distance
	// of the unit's pairs of sets, 1 - Do. Artstein & Poesio (2008),
	// Computational Linguistics 34:555-596, section 2.6.
	ObservedAgreementSet Coefficient = "observed_agreement_set"

	// WeightedKappaSet is 1 less the mean distance over the distance expected
	// from the raters' own shares of sets, the mean over pairs of raters.
	// Cohen (1968); Artstein & Poesio (2008), Computational Linguistics
	// 34:555-596, eq. 24.
	WeightedKappaSet Coefficient = "weighted_kappa_set"

	// PercentAgreementSet is the mean over units of the share of pairs of equal
	// sets, each unit weighed by its number of sets: sum_i m_i A_i / sum_i m_i.
	// Meyer, Mieskes, Stab & Gurevych (2014), DKPro Agreement, COLING: System
	// Demonstrations, p. 105-109.
	PercentAgreementSet Coefficient = "percent_agreement_set"

	// DiceAgreementSet is the mean of 2 |A and B| / (|A| + |B|), 0 for two
	// empty sets as they share no label. It is defined for complete data.
	// Dice (1945), Ecology 26:297-302.
	DiceAgreementSet Coefficient = "dice_agreement_set"

	// MaxPercentageAgreementSet is the share of pairs of sets that share a
	// label, |A and B| > 0. It is defined for complete data. Meyer et al.
	// (2014), p. 105-109.
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

// An overlap gives the sizes of the sets of two categories, and of what they
// share.
type overlap func(k, l int) (a, b, both int)

// overlap prepares the sets for many comparisons: a bit for each label.
func (s Scale) overlap() overlap {
	bits := map[string]int{}
	for _, set := range s.Sets {
		for _, label := range set {
			if _, ok := bits[label]; !ok {
				bits[label] = len(bits)
			}
		}
	}
	words := (len(bits) + 63) / 64
	masks := make([]uint64, len(s.Sets)*words)
	sizes := make([]int, len(s.Sets))
	for k, set := range s.Sets {
		for _, label := range set {
			masks[k*words+bits[label]/64] |= 1 << (bits[label] % 64)
		}
		for _, mask := range masks[k*words : (k+1)*words] {
			sizes[k] += mathbits.OnesCount64(mask)
		}
	}
	return func(k, l int) (a, b, both int) {
		for i := range words {
			both += mathbits.OnesCount64(masks[k*words+i] & masks[l*words+i])
		}
		return sizes[k], sizes[l], both
	}
}

// setDistance returns a distance of sets by its name.
func (s Scale) setDistance(name string) (distance, error) {
	if s.Sets == nil {
		return nil, ErrNotSets
	}
	of := s.overlap()
	switch name {
	case metricNominal:
		return func(k, l int) float64 {
			if a, b, both := of(k, l); a == both && b == both {
				return 0
			}
			return 1
		}, nil
	case Jaccard:
		return func(k, l int) float64 {
			a, b, both := of(k, l)
			if a+b == 0 {
				return 0
			}
			return 1 - float64(both)/float64(a+b-both)
		}, nil
	case MASI:
		return func(k, l int) float64 {
			a, b, both := of(k, l)
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
	switch name {
	case ObservedAgreementSet, WeightedKappaSet:
		return c.setKappa(name, variant)
	}
	if c.r.scale.Sets == nil {
		return undefined(c.counts, ErrNotSets)
	}
	if c.counts.Complete < c.counts.Rated && name != PercentAgreementSet {
		return undefined(c.counts, ErrMissingRatings)
	}
	of := c.r.scale.overlap()
	return Result{Value: c.meanOverPairs(func(k, l int) float64 {
		a, b, both := of(k, l)
		switch {
		case name == DiceAgreementSet && both > 0:
			return float64(2*both) / float64(a+b)
		case name == MaxPercentageAgreementSet && both > 0, name == PercentAgreementSet && a == both && b == both:
			return 1
		}
		return 0
	}), Counts: c.counts}
}

// setKappa computes the observed agreement of sets or their kappa.
func (c *calculator) setKappa(name Coefficient, variant string) Result {
	d, err := c.r.scale.setDistance(variant)
	if err != nil {
		return undefined(c.counts, err)
	}
	e := &evaluation{r: c.r, s: c.s, counts: c.counts, weight: func(k, l int) float64 { return 1 - d(k, l) }}
	switch {
	case name == ObservedAgreementSet:
		e.agree = c.r.agreements(e.weight)
		return e.percentAgreement(c.interval)
	case c.r.raters == 2:
		return e.cohenKappa(c.interval)
	}
	return e.lightKappa()
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
