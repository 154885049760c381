package estimate

// negligible is the share of the sum of squares below which a sum of squared
// deviations is rounding and counts as 0.
const negligible = 1e-26

// A spread is the covariance matrix of estimated totals and what was met on
// the way.
type spread struct {
	cov       [][]float64
	undefined Reason
	warnings  []error
}

// variance returns the variance of the estimate at i.
func (s spread) variance(i int) Number {
	if s.undefined != "" {
		return undefined(s.undefined)
	}
	return number(s.cov[i][i])
}

// spread returns the estimated covariances of the sums over rows of each u,
// values per row times weight and 0 outside the domain:
//
//	sum over h of (1 - n/N) n/(n-1) sum over clusters i of (U_hi - mean U_h)(V_hi - mean V_h)
//
// (Särndal et al. 1992). f tells which
// strata the domain touches; others contribute nothing.
func (d *Design) spread(f footprint, us ...[]float64) spread {
	k := len(us)
	totals := make([][]float64, k) // per cluster
	means := make([][]float64, k)  // per stratum
	for a, u := range us {
		totals[a] = d.clusterTotals(u)
		means[a] = make([]float64, len(d.strata))
		for c, t := range totals[a] {
			means[a][d.home[c]] += t
		}
	}
	lonely := f.lonely(d)
	var grand []float64
	if len(lonely) > 0 && d.lonely == LonelyAdjust {
		grand = d.grandMeans(f, totals)
	}
	for h, s := range d.strata {
		for a := range means {
			means[a][h] /= float64(s.sampled)
			if grand != nil && s.isLonely() && f.inStratum[h] {
				means[a][h] = grand[a]
			}
		}
	}
	out := spread{cov: square(k)}
	for a := range us {
		for b := range a + 1 {
			v := d.sumStrata(totals[a], means[a], totals[b], means[b])
			out.cov[a][b], out.cov[b][a] = v, v
			if !finite(v) {
				out.undefined = Overflow
			}
		}
	}
	if len(lonely) > 0 {
		out.settle(d.lonely, lonely, f.strata)
	}
	return out
}

// settle applies the treatment of lonely strata that works on the whole sum.
// touched is the number of strata in the domain, lonely ones included.
func (s *spread) settle(treatment Lonely, lonely []string, touched int) {
	s.warnings = append(s.warnings, &LonelyError{Strata: lonely, Treatment: treatment})
	switch treatment {
	case LonelyAdjust, LonelyRemove, LonelyCertainty:
	case LonelyAverage:
		if touched == len(lonely) {
			s.undefined = LonelyStratum
			return
		}
		scale := float64(touched) / float64(touched-len(lonely))
		for a := range s.cov {
			for b := range s.cov[a] {
				s.cov[a][b] *= scale
			}
		}
	default:
		s.undefined = LonelyStratum
	}
}

// sumStrata sums the products of deviations over all strata.
func (d *Design) sumStrata(u, meanU, v, meanV []float64) float64 {
	products := make([]float64, len(d.strata))
	sizes := make([]float64, len(d.strata)) // of the terms before cancellation
	for c, h := range d.home {
		products[h] += (u[c] - meanU[h]) * (v[c] - meanV[h])
		sizes[h] += max(u[c]*u[c], v[c]*v[c])
	}
	var sum float64
	for h, s := range d.strata {
		if abs(products[h]) <= negligible*sizes[h] {
			continue
		}
		scale := s.open()
		if s.sampled > 1 {
			scale *= float64(s.sampled) / float64(s.sampled-1)
		}
		sum += scale * products[h]
	}
	return sum
}

// clusterTotals sums u over the rows of each cluster, less what the
// post-strata explain of it.
func (d *Design) clusterTotals(u []float64) []float64 {
	if d.post != nil {
		u = d.post.residuals(u, d.weight)
	}
	totals := make([]float64, len(d.home))
	for i, c := range d.cluster {
		totals[c] += u[i]
	}
	return totals
}

// grandMeans returns the means of totals over the clusters of all strata in
// the domain. Of a mean or ratio they are 0, and rounding is taken for that.
func (d *Design) grandMeans(f footprint, totals [][]float64) []float64 {
	grand := make([]float64, len(totals))
	for a := range totals {
		var clusters int
		var size float64
		for c, t := range totals[a] {
			if f.inStratum[d.home[c]] {
				clusters++
				grand[a] += t
				size += abs(t)
			}
		}
		if abs(grand[a]) <= 1e-13*size {
			grand[a] = 0
		}
		grand[a] /= float64(clusters)
	}
	return grand
}

// A footprint is where in the design a domain lies.
type footprint struct {
	n         int // rows
	clusters  int
	strata    int
	inStratum []bool
}

// footprint returns where dom lies; nil is all rows.
func (d *Design) footprint(dom []bool) footprint {
	f := footprint{inStratum: make([]bool, len(d.strata))}
	seen := make([]bool, len(d.home))
	for i, c := range d.cluster {
		if dom != nil && !dom[i] {
			continue
		}
		f.n++
		if seen[c] {
			continue
		}
		seen[c] = true
		f.clusters++
		if h := d.home[c]; !f.inStratum[h] {
			f.inStratum[h] = true
			f.strata++
		}
	}
	return f
}

// df returns clusters minus strata, both with a row in the domain.
func (f footprint) df() int { return f.clusters - f.strata }

// lonely returns the names of the lonely strata in the domain.
func (f footprint) lonely(d *Design) (names []string) {
	for h, s := range d.strata {
		if f.inStratum[h] && s.isLonely() {
			names = append(names, s.name)
		}
	}
	return names
}

// census reports whether every stratum in the domain was drawn in full.
func (f footprint) census(d *Design) bool {
	for h, s := range d.strata {
		if f.inStratum[h] && s.open() > 0 {
			return false
		}
	}
	return true
}

func square(k int) [][]float64 {
	m := make([][]float64, k)
	for i := range m {
		m[i] = make([]float64, k)
	}
	return m
}

func abs(x float64) float64 { return max(x, -x) }
