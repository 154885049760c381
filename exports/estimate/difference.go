package estimate

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Difference is the mean of one domain minus that of another, under one
// design, so that it carries what the two have in common: clusters that recur
// in both make them covary.
type Difference struct {
	From, To   Estimate
	Value      float64 // To minus From
	Undefined  Reason
	Covariance Number // of the two means
	SE         Number
	DF         int // clusters minus strata with a unit in the whole domain
	// T is Value over SE, with its two-sided p values by Student's and by the
	// normal distribution.
	T, PT, PNormal Number
	// GroupDF is the degrees of freedom of a t test that looks at the two
	// domains alone, one less than their clusters minus strata.
	GroupDF int
	// LogOdds is the difference of the log odds of two shares; undefined
	// unless both are above 0 and below 1.
	LogOdds LogOdds
}

// A LogOdds is a log odds ratio with its standard error: for changes of
// shares near 0 or 1. Its test has GroupDF degrees of freedom.
type LogOdds struct {
	Value, SE, T, P Number
}

// Difference returns the mean of y in to minus that in from, both within dom;
// nil dom is all rows. The two share no row. The variance is that of the
// difference of the linearised values.
func (d *Design) Difference(y []float64, dom, from, to []bool) Difference {
	d.mustFit("from", len(from))
	d.mustFit("to", len(to))
	a, b := both(dom, from), both(dom, to)
	either := make([]bool, len(a))
	for i := range either {
		if a[i] && b[i] {
			return noDifference(OverlappingGroups, none(OverlappingGroups), none(OverlappingGroups))
		}
		either[i] = a[i] || b[i]
	}
	_, notBinary := d.events(y, either)
	estimate := d.Mean
	if notBinary == "" {
		estimate = d.Proportion
	}
	out := Difference{From: estimate(y, a), To: estimate(y, b)}
	if why := firstReason(out.From.Undefined, out.To.Undefined); why != "" {
		return noDifference(why, out.From, out.To)
	}
	if out.Value = out.To.Value - out.From.Value; !finite(out.Value) {
		return noDifference(Overflow, out.From, out.To)
	}
	out.DF = d.footprint(dom).df()
	pair := d.footprint(either)
	out.GroupDF = pair.df() - 1
	_, za := d.mean(y, a, pair)
	_, zb := d.mean(y, b, pair)
	s := d.spread(pair, za, zb)
	out.test(s)
	if notBinary == "" {
		out.testOdds(s)
	} else {
		out.LogOdds = noLogOdds(notBinary)
	}
	return out
}

// test fills in what follows from the covariance matrix of the two means.
func (d *Difference) test(s spread) {
	if s.undefined != "" {
		u := undefined(s.undefined)
		d.Covariance, d.SE, d.T, d.PT, d.PNormal = u, u, u, u, u
		return
	}
	d.Covariance = number(s.cov[0][1])
	d.SE = number(s.difference(1, 1))
	d.T, d.PT = studentTest(d.Value, d.SE.Value, d.DF)
	d.PNormal = undefined(d.T.Undefined)
	if d.T.Defined() {
		d.PNormal = number(2 * distuv.UnitNormal.CDF(-abs(d.T.Value)))
	}
}

func (d *Difference) testOdds(s spread) {
	p, q := d.From.Value, d.To.Value
	why := s.undefined
	if p*(1-p) == 0 || q*(1-q) == 0 {
		why = SameValue
	}
	if why != "" {
		d.LogOdds = noLogOdds(why)
		return
	}
	value := math.Log(q/(1-q)) - math.Log(p/(1-p))
	se := s.difference(p*(1-p), q*(1-q))
	t, pt := studentTest(value, se, d.GroupDF)
	d.LogOdds = LogOdds{Value: number(value), SE: number(se), T: t, P: pt}
}

// difference returns the standard error of total 1 over b minus total 0 over
// a. A variance that is rounding beside its terms is 0.
func (s spread) difference(a, b float64) float64 {
	terms := s.cov[0][0]/(a*a) + s.cov[1][1]/(b*b)
	v := terms - 2*s.cov[0][1]/(a*b)
	if v <= 1e-14*terms {
		return 0
	}
	return math.Sqrt(v)
}

// GroupP returns the two-sided p value of T with GroupDF degrees of freedom,
// as R's svyttest has it.
func (d Difference) GroupP() Number {
	if !d.SE.Defined() {
		return d.SE
	}
	_, p := studentTest(d.Value, d.SE.Value, d.GroupDF)
	return p
}

// Interval returns Value ± t SE.
func (d Difference) Interval(level float64) Interval {
	i := Interval{Method: MethodT, Level: level, Undefined: firstReason(d.Undefined, d.SE.Undefined)}
	switch {
	case i.Undefined != "":
	case !(level > 0 && level < 1):
		i.Undefined = BadLevel
	case d.SE.Value == 0 && d.From.Census && d.To.Census:
		i.Lower, i.Upper = d.Value, d.Value
	case d.SE.Value == 0:
		i.Undefined = ZeroVariance
	case d.DF < 1:
		i.Undefined = NoDegrees
	default:
		half := tQuantile(1-(1-level)/2, float64(d.DF)) * d.SE.Value
		i.Lower, i.Upper = d.Value-half, d.Value+half
	}
	return i.checked()
}

func studentTest(value, se float64, df int) (t, p Number) {
	if se == 0 {
		return undefined(ZeroVariance), undefined(ZeroVariance)
	}
	t = number(value / se)
	if df < 1 {
		return t, undefined(NoDegrees)
	}
	return t, number(2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(df)}.CDF(-abs(t.Value)))
}

func noDifference(why Reason, from, to Estimate) Difference {
	u := undefined(why)
	return Difference{From: from, To: to, Undefined: why, Covariance: u, SE: u, T: u, PT: u, PNormal: u, LogOdds: noLogOdds(why)}
}

func noLogOdds(why Reason) LogOdds {
	u := undefined(why)
	return LogOdds{u, u, u, u}
}

// both returns the rows in a and b; nil a is all rows.
func both(a, b []bool) []bool {
	if a == nil {
		return b
	}
	out := make([]bool, len(b))
	for i := range out {
		out[i] = a[i] && b[i]
	}
	return out
}
