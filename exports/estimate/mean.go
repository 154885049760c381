package estimate

import "math"

// Mean returns the mean of y over the rows of dom, sum(w y)/sum(w); nil dom
// is all rows. y has a value a row; what it holds outside dom is not looked
// at.
func (d *Design) Mean(y []float64, dom []bool) Estimate {
	f, why := d.inspect(y, dom)
	if why != "" {
		return none(why)
	}
	e, z := d.mean(y, dom, f)
	s := d.spread(f, z)
	e.Warnings = s.warnings
	e.withVariance(s.variance(0))
	e.withDesignEffects(d.squares(y, dom, e.Value), 1)
	return e
}

// Proportion returns the share of rows of dom in which y is 1; in the others
// it is 0. It is a Mean that knows events, effective size and the interval
// methods for shares.
func (d *Design) Proportion(y []float64, dom []bool) Estimate {
	events, why := d.events(y, dom)
	if why != "" {
		return none(why).asShare(0)
	}
	return d.Mean(y, dom).asShare(events)
}

// Total returns the population total of y over the rows of dom, sum(w y). Its
// variance includes that of the size of the domain.
func (d *Design) Total(y []float64, dom []bool) Estimate {
	f, why := d.inspect(y, dom)
	if why != "" {
		return none(why)
	}
	e, z := d.mean(y, dom, f)
	mean := e.Value
	for i := range z {
		z[i] = 0
		if dom == nil || dom[i] {
			z[i] = d.weight[i] * y[i]
		}
	}
	s := d.spread(f, z)
	e.Value, e.Warnings = e.Numerator, s.warnings
	e.withVariance(s.variance(0))
	e.withDesignEffects(d.squares(y, dom, mean), e.Denominator)
	return e
}

// Ratio returns sum(w a)/sum(w b) over the rows of dom.
func (d *Design) Ratio(a, b []float64, dom []bool) Estimate {
	f, why := d.inspect(a, dom)
	if why == "" {
		_, why = d.inspect(b, dom)
	}
	if why != "" {
		return none(why)
	}
	e := Estimate{N: f.n, DF: f.df(), Census: f.census(d)}
	for i, w := range d.weight {
		if dom == nil || dom[i] {
			e.Numerator += w * a[i]
			e.Denominator += w * b[i]
		}
	}
	if e.Denominator == 0 {
		return none(ZeroDenominator)
	}
	e.Value = e.Numerator / e.Denominator
	z := make([]float64, len(d.weight))
	for i, w := range d.weight {
		if dom == nil || dom[i] {
			z[i] = w * deviation(a[i], e.Value*b[i]) / e.Denominator
		}
	}
	s := d.spread(f, z)
	e.Warnings = s.warnings
	e.withVariance(s.variance(0))
	e.DeffWR, e.DeffWOR, e.NEff = undefined(OfARatio), undefined(OfARatio), undefined(NotAShare)
	return e
}

// inspect returns where dom lies, or why y has no mean over it.
func (d *Design) inspect(y []float64, dom []bool) (footprint, Reason) {
	d.mustFit("variable", len(y))
	if dom != nil {
		d.mustFit("domain", len(dom))
	}
	for i, v := range y {
		if (dom == nil || dom[i]) && !finite(v) {
			return footprint{}, Missing
		}
	}
	f := d.footprint(dom)
	if f.n == 0 {
		return f, NoUnits
	}
	return f, ""
}

// events counts the ones of y in dom.
func (d *Design) events(y []float64, dom []bool) (ones int, why Reason) {
	d.mustFit("variable", len(y))
	for i, v := range y {
		switch {
		case dom != nil && !dom[i], v == 0:
		case v == 1:
			ones++
		case math.IsNaN(v):
			return 0, Missing
		default:
			return 0, NotBinary
		}
	}
	return ones, ""
}

// mean returns the mean of y over dom without its variance, and its
// linearised values w(y - mean)/sum(w), 0 outside dom.
func (d *Design) mean(y []float64, dom []bool, f footprint) (Estimate, []float64) {
	e := Estimate{N: f.n, DF: f.df(), Census: f.census(d), NEff: undefined(NotAShare)}
	for i, w := range d.weight {
		if dom == nil || dom[i] {
			e.Numerator += w * y[i]
			e.Denominator += w
		}
	}
	e.Value = e.Numerator / e.Denominator
	z := make([]float64, len(d.weight))
	for i, w := range d.weight {
		if dom == nil || dom[i] {
			z[i] = w * deviation(y[i], e.Value) / e.Denominator
		}
	}
	return e, z
}

// squares returns sum w(y - mean)^2 over dom.
func (d *Design) squares(y []float64, dom []bool, mean float64) (sum float64) {
	for i, w := range d.weight {
		if dom == nil || dom[i] {
			dev := deviation(y[i], mean)
			sum += w * dev * dev
		}
	}
	return sum
}

// deviation returns y minus centre, 0 where that is rounding: the mean of
// equal values may differ from them in the last digits.
func deviation(y, centre float64) float64 {
	dev := y - centre
	if abs(dev) <= 1e-13*abs(centre) {
		return 0
	}
	return dev
}
