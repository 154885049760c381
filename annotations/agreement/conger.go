package agreement

// congerKappa: see [CongerKappa]. Chance agreement is the mean over pairs of
// raters g, h of sum_kl w_kl p_gk p_hl, with p_gk the share of k among the
// ratings of g; raters without any rating are left out.
func (e *evaluation) congerKappa(interval bool) Result {
	q := e.w.q
	ratings, shares := e.r.raterShares(e.s)
	active := 0.0
	sum := make([]float64, q) // of the shares, over raters
	for g, n := range ratings {
		if n == 0 {
			continue
		}
		active++
		for k, p := range shares[g] {
			sum[k] += p
		}
	}
	pairs := float64(active * (active - 1))
	pe := 0.0
	for k := range q {
		for l := range q {
			same := 0.0
			for g := range shares {
				same += float64(shares[g][k] * shares[g][l])
			}
			pe += float64(e.w.w[k*q+l] * (float64(sum[k]*sum[l]) - same))
		}
	}
	pe /= pairs
	pa := e.observed()
	value, err := corrected(pa, pe)
	if err != nil {
		return undefined(e.counts, err)
	}
	res := Result{Value: value, Chance: &Chance{PA: pa, PE: pe}, Counts: e.counts}
	if interval {
		res.Interval = e.congerInterval(value, pe, pairs, ratings, shares, sum)
	}
	return res
}

// raterShares returns how many ratings each rater gave and the share of each
// category among them, all 0 for a rater without any.
func (r *Ratings) raterShares(s sample) (ratings []int64, shares [][]float64) {
	counts := make([][]int64, r.raters)
	for g := range counts {
		counts[g] = make([]int64, len(r.scale.Labels))
	}
	ratings = make([]int64, r.raters)
	for p, n := range s.patterns {
		for g, k := range r.patterns[p].ratings {
			if k != Missing {
				counts[g][k] += n
				ratings[g] += n
			}
		}
	}
	shares = make([][]float64, r.raters)
	for g := range counts {
		shares[g] = make([]float64, len(counts[g]))
		for k, n := range counts[g] {
			if n > 0 {
				shares[g][k] = float64(n) / float64(ratings[g])
			}
		}
	}
	return ratings, shares
}

// congerInterval linearizes pe in the ratings of each rater, as irrCAC 1.4.
func (e *evaluation) congerInterval(value, pe, pairs float64, ratings []int64, shares [][]float64, sum []float64) *Interval {
	q := e.w.q
	// chance[g][1+k] is what rater g adds to a unit rated k; [0] is missing.
	chance := make([][]float64, len(shares))
	for g := range shares {
		chance[g] = make([]float64, q+1)
		if ratings[g] == 0 {
			continue
		}
		inverse := float64(e.counts.Rated) / float64(ratings[g])
		for k := range q {
			others := sum[k] - shares[g][k]
			expected := 0.0
			for l := range q {
				expected += float64(e.w.w[k*q+l] * shares[g][l])
			}
			chance[g][0] += float64(others * expected)
			for l := range q {
				departure := float64(inverse * (e.w.w[k*q+l] - expected))
				chance[g][1+l] += float64(others * (departure + expected))
			}
		}
	}
	squares := 0.0
	for p, n := range e.s.patterns {
		pattern := &e.r.patterns[p]
		if n == 0 || e.r.tallies[pattern.tally].ratings == 0 {
			continue
		}
		unit := 0.0
		for g, k := range pattern.ratings {
			unit += chance[g][1+int(k)]
		}
		c := e.linearized(int(pattern.tally), value, pe, unit/pairs)
		squares += float64(float64(n) * square(c-value))
	}
	return e.intervalOfSquares(value, squares)
}
