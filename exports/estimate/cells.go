package estimate

// A Cell is what the sample of one stratum says about a domain: counts and
// sums, no rows. It is for designs in which every unit is its own cluster and
// weighs N/n of its stratum.
type Cell struct {
	Stratum    string  // named in warnings
	Population float64 // units in the stratum, N_h; 0: not known, no weights
	Sampled    int     // units drawn, n_h: also those outside the domain
	N          int     // of these the ones in the domain
	Sum        float64 // of the variable over those
	SumSquares float64 // of its squares
}

// Shares returns the cell of a stratum in which yes and no units of a domain
// have and have not what is counted, of sampled drawn from population.
func Shares(stratum string, population float64, sampled, yes, no int) Cell {
	return Cell{Stratum: stratum, Population: population, Sampled: sampled, N: yes + no, Sum: float64(yes), SumSquares: float64(yes)}
}

// Add counts one more unit of the domain, with value y. Sampled stays.
func (c *Cell) Add(y float64) {
	c.N++
	c.Sum += y
	c.SumSquares += y * y
}

func (c Cell) stratum() stratum {
	return stratum{name: c.Stratum, sampled: c.Sampled, population: c.Population}
}

func (c Cell) weight() float64 { return c.Population / float64(c.Sampled) }

// within is the sum of squared deviations of the variable from its mean over
// the domain's units.
func (c Cell) within() float64 {
	dev := c.SumSquares - c.Sum*c.Sum/float64(c.N)
	if dev <= 1e-14*c.SumSquares {
		return 0
	}
	return dev
}

// Cells are the cells of one domain, one a stratum; two of the same stratum
// would count it twice. Strata without a unit in the domain may be left out. Their estimates equal those of the [Design] with
// the same units but for rounding, at a cost that does not grow with rows.
type Cells []Cell

// Proportion returns the share of the domain, of cells that counted values 0
// and 1 only, as those made by [Shares] have.
func (c Cells) Proportion(lonely Lonely) Estimate {
	if !c.binary() {
		return none(NotBinary).asShare(0)
	}
	events := 0
	for _, cell := range c {
		events += int(cell.Sum)
	}
	return c.Mean(lonely).asShare(events)
}

// binary reports whether the cells can have counted 0 and 1 only.
func (c Cells) binary() bool {
	for _, cell := range c {
		if cell.Sum != cell.SumSquares {
			return false
		}
	}
	return true
}

// Mean returns the mean of the domain.
func (c Cells) Mean(lonely Lonely) Estimate {
	e, why := c.sums()
	if why != "" {
		return none(why)
	}
	e.Value = e.Numerator / e.Denominator
	v, warnings := c.variance(lonely, e.Value, e.Denominator)
	e.Warnings = warnings
	e.withVariance(v)
	e.withDesignEffects(c.squares(e.Value), 1)
	return e
}

// Total returns the population total of the domain.
func (c Cells) Total(lonely Lonely) Estimate {
	e, why := c.sums()
	if why != "" {
		return none(why)
	}
	mean := e.Numerator / e.Denominator
	e.Value = e.Numerator
	v, warnings := c.variance(lonely, 0, 1)
	e.Warnings = warnings
	e.withVariance(v)
	e.withDesignEffects(c.squares(mean), e.Denominator)
	return e
}

// sums returns the estimate without value and variance, or why there is none.
func (c Cells) sums() (Estimate, Reason) {
	e := Estimate{NEff: undefined(NotAShare), Census: true}
	for _, cell := range c {
		if cell.N < 0 || cell.N > cell.Sampled || cell.Population != 0 && float64(cell.Sampled) > cell.Population {
			return Estimate{}, BadCounts
		}
		if cell.N == 0 {
			continue
		}
		if cell.Population == 0 || !finite(cell.Sum, cell.SumSquares) {
			return Estimate{}, Missing
		}
		w := cell.weight()
		e.N += cell.N
		e.DF += cell.N - 1
		e.Numerator += w * cell.Sum
		e.Denominator += w * float64(cell.N)
		e.Census = e.Census && cell.stratum().open() == 0
	}
	if e.N == 0 {
		return Estimate{}, NoUnits
	}
	return e, ""
}

// variance returns that of sum w(y - centre)/scale over the domain.
func (c Cells) variance(lonely Lonely, centre, scale float64) (Number, []error) {
	var sum, grand float64
	var units, touched int
	var alone []string
	for _, cell := range c {
		if cell.N == 0 {
			continue
		}
		touched++
		units += cell.Sampled
		grand += cell.total(centre, scale)
		if cell.stratum().isLonely() {
			alone = append(alone, cell.Stratum)
		}
	}
	grand /= float64(units)
	for _, cell := range c {
		if cell.N > 0 {
			sum += cell.variance(lonely, centre, scale, grand)
		}
	}
	out := spread{cov: [][]float64{{sum}}}
	if len(alone) > 0 {
		out.settle(lonely, alone, touched)
	}
	return out.variance(0), out.warnings
}

// total is the sum of w(y - centre)/scale over the domain's units.
func (c Cell) total(centre, scale float64) float64 {
	return c.weight() / scale * float64(c.N) * deviation(c.Sum/float64(c.N), centre)
}

// variance is what the stratum adds to that of the sum of w(y - centre)/scale.
// With z-bar the mean of the N units in the domain, and 0 for the others of
// the n drawn, the squared deviations are those within the domain and
// N (n - N)/n z-bar^2 between. A lonely stratum is centred at grand.
func (c Cell) variance(lonely Lonely, centre, scale, grand float64) float64 {
	s := c.stratum()
	if c.Sampled > 1 {
		n, all, a := float64(c.N), float64(c.Sampled), c.weight()/scale
		between := deviation(c.Sum/n, centre)
		return s.open() * all / (all - 1) * a * a * (c.within() + n*(all-n)/all*between*between)
	}
	if !s.isLonely() || lonely != LonelyAdjust {
		return 0
	}
	dev := c.total(centre, scale) - grand
	return s.open() * dev * dev
}

// squares returns sum w(y - mean)^2 over the domain.
func (c Cells) squares(mean float64) (sum float64) {
	for _, cell := range c {
		if cell.N > 0 {
			n := float64(cell.N)
			dev := deviation(cell.Sum/n, mean)
			sum += cell.weight() * (cell.within() + n*dev*dev)
		}
	}
	return sum
}
