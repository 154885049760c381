package estimate

// CellsDifference returns the share or mean of to minus that of from. Cells
// that carry the same stratum name are of one stratum and covary, for its
// units lie in either domain; the two have no unit in common. df is the
// degrees of freedom of the design within which they are compared: all its
// units minus its strata.
func CellsDifference(from, to Cells, lonely Lonely, df int) Difference {
	pairs, why := pair(from, to)
	estimate := Cells.Mean
	binary := from.binary() && to.binary()
	if binary {
		estimate = Cells.Proportion
	}
	out := Difference{From: estimate(from, lonely), To: estimate(to, lonely), DF: df}
	if why := firstReason(why, out.From.Undefined, out.To.Undefined); why != "" {
		return noDifference(why, out.From, out.To)
	}
	if out.Value = out.To.Value - out.From.Value; !finite(out.Value) {
		return noDifference(Overflow, out.From, out.To)
	}
	s := spread{cov: square(2)}
	var alone []string
	out.GroupDF = -1
	for _, p := range pairs {
		out.GroupDF += p.from.N + p.to.N - 1
		p.addTo(s.cov, out.From, out.To, lonely)
		if st := p.either().stratum(); st.isLonely() {
			alone = append(alone, st.name)
		}
	}
	s.cov[1][0] = s.cov[0][1]
	if len(alone) > 0 {
		s.settle(lonely, alone, len(pairs))
	}
	out.test(s)
	if binary {
		out.testOdds(s)
	} else {
		out.LogOdds = noLogOdds(NotBinary)
	}
	return out
}

// A cellPair is what one stratum gives to two domains; one may be empty.
type cellPair struct{ from, to Cell }

func (p cellPair) either() Cell {
	if p.from.N > 0 {
		return p.from
	}
	return p.to
}

// addTo adds the stratum's part to the covariances of the two means. A sum of
// products over units is 0, for no unit is in both, so that only the product
// of the sums is left.
func (p cellPair) addTo(cov [][]float64, from, to Estimate, lonely Lonely) {
	if p.from.N > 0 {
		cov[0][0] += p.from.variance(lonely, from.Value, from.Denominator, 0)
	}
	if p.to.N > 0 {
		cov[1][1] += p.to.variance(lonely, to.Value, to.Denominator, 0)
	}
	if p.from.N > 0 && p.to.N > 0 {
		n := float64(p.from.Sampled)
		product := p.from.total(from.Value, from.Denominator) * p.to.total(to.Value, to.Denominator)
		cov[0][1] -= p.from.stratum().open() / (n - 1) * product
	}
}

// pair joins the cells of two domains by stratum, in order of appearance.
func pair(from, to Cells) ([]cellPair, Reason) {
	index := map[string]int{}
	var pairs []cellPair
	for _, c := range from {
		if c.N == 0 {
			continue
		}
		if _, ok := index[c.Stratum]; ok {
			return nil, RepeatedStratum
		}
		index[c.Stratum] = len(pairs)
		pairs = append(pairs, cellPair{from: c})
	}
	for _, c := range to {
		if c.N == 0 {
			continue
		}
		i, ok := index[c.Stratum]
		if !ok {
			index[c.Stratum] = len(pairs)
			pairs = append(pairs, cellPair{to: c})
			continue
		}
		p := &pairs[i]
		switch {
		case p.to.N > 0:
			return nil, RepeatedStratum
		case p.from.Sampled != c.Sampled || p.from.Population != c.Population:
			return nil, BadCounts
		case p.from.N+c.N > c.Sampled:
			return nil, OverlappingGroups
		}
		p.to = c
	}
	return pairs, ""
}
