package estimate

import "math"

// An Estimate is a figure of a domain and what a reader needs to judge it.
// Where Undefined is set there is no figure and the other fields are 0.
type Estimate struct {
	// Value is the estimate: between 0 and 1 for a share, else in the unit of
	// the variable.
	Value     float64
	Undefined Reason

	Variance Number
	SE       Number // square root of Variance
	CV       Number // SE divided by Value

	N           int     // sampled units in the domain, unweighted
	Events      int     // of these the ones with value 1; shares only
	Denominator float64 // weighted units in the domain; for a ratio the weighted denominator
	Numerator   float64 // weighted sum of the variable
	DF          int     // clusters minus strata with a unit in the domain

	// DeffWR and DeffWOR are the design effects: Variance over that of a
	// simple random sample of N units with and without replacement. They are
	// undefined for a ratio.
	DeffWR, DeffWOR Number
	// NEff is the effective sample size of a share p, p(1-p)/Variance.
	NEff Number
	// Census tells that every stratum of the domain was drawn in full.
	Census bool

	// Warnings are to be shown with Value; they are not failures.
	Warnings []error

	share bool
}

// none is the estimate that does not exist.
func none(why Reason) Estimate {
	u := undefined(why)
	return Estimate{Undefined: why, Variance: u, SE: u, CV: u, DeffWR: u, DeffWOR: u, NEff: u}
}

// withVariance sets the fields that follow from the variance alone. An
// estimate that is not finite becomes none.
func (e *Estimate) withVariance(v Number) {
	if !finite(e.Value, e.Numerator, e.Denominator) {
		*e = none(Overflow)
		return
	}
	e.Variance, e.SE, e.CV = v, v, v
	if !v.Defined() {
		return
	}
	e.SE = number(math.Sqrt(v.Value))
	if e.Value == 0 {
		e.CV = undefined(ZeroValue)
		return
	}
	e.CV = number(e.SE.Value / e.Value)
}

// withDesignEffects sets the design effects from srs, the weighted sum of
// squares sum w(y-mean)^2 in the domain; scale is 1 for a mean, the weighted
// units for a total.
func (e *Estimate) withDesignEffects(srs, scale float64) {
	why := e.Variance.Undefined
	switch {
	case why != "":
	case e.N < 2:
		why = OneUnit
	case srs == 0:
		why = SameValue
	}
	if why != "" {
		e.DeffWR, e.DeffWOR = undefined(why), undefined(why)
		return
	}
	n := float64(e.N)
	s2 := n / (n - 1) * srs / e.Denominator
	wr := e.Variance.Value / (scale * scale * s2 / n)
	e.DeffWR = number(wr)
	open := 1 - n/e.Denominator
	if open < 1e-12 {
		e.DeffWOR = undefined(AllObserved)
		return
	}
	e.DeffWOR = number(wr / open)
}

// asShare returns e, a mean of values 0 and 1, as the share of events.
func (e Estimate) asShare(events int) Estimate {
	e.share, e.Events = true, events
	switch {
	case !e.Variance.Defined():
		e.NEff = undefined(e.Variance.Undefined)
	case e.Events == 0 || e.Events == e.N:
		e.NEff = undefined(SameValue)
	case e.Variance.Value == 0 && e.Census:
		e.NEff = undefined(AllObserved)
	case e.Variance.Value == 0:
		e.NEff = undefined(ZeroVariance)
	default:
		e.NEff = number(e.Value * (1 - e.Value) / e.Variance.Value)
	}
	return e
}
