package agreement

// evaluation shares among coefficients what depends only on the table, the
// sample and the weights.
type evaluation struct {
	r      *Ratings
	s      sample
	counts Counts
	w      *weights
	weight func(k, l int) float64 // of w, or of sets, which have no table
	agree  []float64              // agreement within each tally, 0 under two ratings
	shares []float64              // mean share of each category over rated units
}

// agreements returns, for each tally, the weighted share of its pairs of
// ratings that agree: sum_k r_k (r*_k - 1) / (r (r-1)). Every category agrees
// wholly with itself.
func (r *Ratings) agreements(weight func(k, l int) float64) []float64 {
	agree := make([]float64, len(r.tallies))
	for i, t := range r.tallies {
		if t.ratings < 2 {
			continue
		}
		same, different := int64(0), 0.0
		for a, k := range t.categories {
			same += t.counts[a] * (t.counts[a] - 1)
			for b := range a {
				pairs := 2 * t.counts[a] * t.counts[b]
				different += float64(weight(int(k), int(t.categories[b])) * float64(pairs))
			}
		}
		agree[i] = (float64(same) + different) / float64(t.ratings*(t.ratings-1))
	}
	return agree
}

// meanShares returns pi_k, the mean over units with any rating of the share
// of the unit's ratings that are k. Counts are summed as integers for each
// number of ratings before they are divided.
func (r *Ratings) meanShares(s sample, rated int64) []float64 {
	q := len(r.scale.Labels)
	sums := make([]int64, (r.raters+1)*q)
	for i, n := range s.tallies {
		t := &r.tallies[i]
		for a, k := range t.categories {
			sums[int(t.ratings)*q+int(k)] += n * t.counts[a]
		}
	}
	shares := make([]float64, q)
	for m := 1; m <= r.raters; m++ {
		for k := range q {
			shares[k] += float64(sums[m*q+k]) / float64(m)
		}
	}
	for k := range shares {
		shares[k] /= float64(rated)
	}
	return shares
}

// observed is pa: the mean of agree over units with two ratings or more.
func (e *evaluation) observed() float64 {
	sum := 0.0
	for i, n := range e.s.tallies {
		sum += float64(float64(n) * e.agree[i])
	}
	return sum / float64(e.counts.Pairable)
}

// corrected is (pa - pe) / (1 - pe), undefined when chance alone would make
// everybody agree.
func corrected(pa, pe float64) (float64, error) {
	if 1-pe <= 1e-15 {
		return 0, ErrOneCategory
	}
	return (pa - pe) / (1 - pe), nil
}

// percentAgreement: see [PercentAgreement].
func (e *evaluation) percentAgreement(interval bool) Result {
	pa := e.observed()
	res := Result{Value: pa, Chance: &Chance{PA: pa}, Counts: e.counts}
	if interval {
		res.Interval = e.interval(pa, 0, pa, func(*tally) float64 { return 0 })
	}
	return res
}

// gwetAC: see [GwetAC].
func (e *evaluation) gwetAC(interval bool) Result {
	q := float64(e.w.q)
	if e.w.q < 2 {
		return undefined(e.counts, ErrOneCategory)
	}
	spread := 0.0
	for _, p := range e.shares {
		spread += float64(p * (1 - p))
	}
	scale := e.w.total / float64(q*(q-1))
	return e.finish(interval, float64(scale*spread), func(t *tally) float64 {
		sum := 0.0
		for a, k := range t.categories {
			sum += float64(float64(t.counts[a]) * (1 - e.shares[k]))
		}
		return float64(scale*sum) / float64(t.ratings)
	})
}

// fleissKappa: see [FleissKappa].
func (e *evaluation) fleissKappa(interval bool) Result {
	weighted := make([]float64, e.w.q) // sum over l of w_kl pi_l
	pe := 0.0
	for k := range e.w.q {
		for l, p := range e.shares {
			weighted[k] += float64(e.w.w[k*e.w.q+l] * p)
		}
		pe += float64(e.shares[k] * weighted[k])
	}
	return e.finish(interval, pe, func(t *tally) float64 {
		sum := 0.0
		for a, k := range t.categories {
			sum += float64(float64(t.counts[a]) * weighted[k])
		}
		return sum / float64(t.ratings)
	})
}

// brennanPrediger: see [BrennanPrediger].
func (e *evaluation) brennanPrediger(interval bool) Result {
	pe := e.w.total / float64(e.w.q*e.w.q)
	return e.finish(interval, pe, nil)
}

// finish makes the result of a coefficient from its chance agreement and the
// chance agreement of one unit, nil when that does not vary.
func (e *evaluation) finish(interval bool, pe float64, unit func(*tally) float64) Result {
	pa := e.observed()
	value, err := corrected(pa, pe)
	if err != nil {
		return undefined(e.counts, err)
	}
	res := Result{Value: value, Chance: &Chance{PA: pa, PE: pe}, Counts: e.counts}
	if interval {
		if unit == nil {
			unit = func(*tally) float64 { return pe }
		}
		res.Interval = e.interval(value, pe, pa, unit)
	}
	return res
}

// interval linearizes the coefficient as irrCAC 1.4 does: variance =
// 1/(n (n-1)) sum (c_i - c)^2 with c_i = (n/n2) (pa_i - pe) / (1-pe) - 2 (1-c)
// (pe_i - pe) / (1-pe), where a unit rated once has (pa_i - pe) = 0. Gwet
// (2021), ch. 5.
func (e *evaluation) interval(value, pe, pa float64, unit func(*tally) float64) *Interval {
	linear := make([]float64, len(e.s.tallies))
	for i := range linear {
		if t := &e.r.tallies[i]; t.ratings > 0 {
			linear[i] = unit(t)
		}
	}
	sum := 0.0
	for i, n := range e.s.tallies {
		if n == 0 || e.r.tallies[i].ratings == 0 {
			continue
		}
		c := e.linearized(i, value, pe, linear[i])
		sum += float64(float64(n) * square(c-value))
	}
	return e.intervalOfSquares(value, sum)
}

// linearized is c_i of a unit with tally i and chance agreement unit.
func (e *evaluation) linearized(i int, value, pe, unit float64) float64 {
	c := 0.0
	if e.r.tallies[i].ratings >= 2 {
		c = float64(float64(e.counts.Rated) / float64(e.counts.Pairable) * ((e.agree[i] - pe) / (1 - pe)))
	}
	return c - float64(2*(1-value)*(unit-pe))/(1-pe)
}

func (e *evaluation) intervalOfSquares(value, sum float64) *Interval {
	n := float64(e.counts.Rated)
	return intervalOf(value, sum/float64(n*(n-1)), e.counts.Rated-1)
}
