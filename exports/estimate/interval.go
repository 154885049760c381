package estimate

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Method is a way to make an interval. All but MethodT and MethodNormal are
// for shares. The names are those of R's survey package where it has them.
type Method string

// The interval methods; t is the quantile of Student's distribution with the
// estimate's degrees of freedom, n* the effective sample size.
const (
	// MethodT is value ± t se; for a share it may leave 0 to 1.
	MethodT Method = "mean"
	// MethodNormal is value ± z se, as if degrees of freedom were unlimited.
	MethodNormal Method = "normal_inf_df"
	// MethodLogit is MethodT on the log odds, transformed back. R's methods
	// logit and xlogit both give this interval.
	MethodLogit Method = "logit"
	// MethodAsin is MethodT on the arcsine of the square root.
	MethodAsin Method = "asin"
	// MethodWilson is Wilson's score interval with n* and t for n and z
	// (Franco et al. 2019).
	MethodWilson Method = "wilson"
	// MethodKornGraubard is the Clopper-Pearson interval with n* adjusted by
	// the degrees of freedom (Korn and Graubard 1998); R's method beta.
	MethodKornGraubard Method = "beta"
	// MethodLikelihood holds the shares whose working binomial likelihood
	// ratio, scaled to the design (Lumley 2010), is not rejected by F(1, df).
	MethodLikelihood Method = "likelihood"
	// MethodClopperPearson is the exact binomial interval with unweighted n,
	// which [Estimate.Recommended] falls back on.
	MethodClopperPearson Method = "clopper_pearson_unweighted"
)

// An Interval is a confidence interval, or the reason why there is none.
type Interval struct {
	Lower, Upper float64
	Method       Method
	Level        float64 // such as 0.95
	Undefined    Reason
}

// Width returns Upper minus Lower.
func (i Interval) Width() float64 { return i.Upper - i.Lower }

// checked returns i, undefined where an end is not finite.
func (i Interval) checked() Interval {
	if !finite(i.Lower, i.Upper) {
		i.Lower, i.Upper, i.Undefined = 0, 0, Overflow
	}
	return i
}

// Recommended returns the interval to publish: Korn-Graubard for a share,
// MethodT for anything else. Where all units of the domain have the same
// value, so that the variance says nothing, it is Clopper-Pearson with the
// unweighted n; its Method tells.
func (e Estimate) Recommended(level float64) Interval {
	if !e.share {
		return e.Interval(MethodT, level)
	}
	i := e.Interval(MethodKornGraubard, level)
	if i.Undefined == SameValue {
		return e.Interval(MethodClopperPearson, level)
	}
	return i
}

// Interval returns the interval by one method. Of a census, whose variance is
// 0, every method gives the value itself; of a variance that is 0 for any
// other reason none but MethodClopperPearson gives one.
func (e Estimate) Interval(m Method, level float64) Interval {
	i := Interval{Method: m, Level: level, Undefined: e.refuses(m, level)}
	if i.Undefined != "" {
		return i
	}
	if m == MethodClopperPearson {
		return e.clopperPearson(i)
	}
	if e.Variance.Value == 0 {
		i.Lower, i.Upper = e.Value, e.Value
		return i
	}
	tail := (1 - level) / 2
	t := distuv.UnitNormal.Quantile(1 - tail)
	if m != MethodNormal {
		t = tQuantile(1-tail, float64(e.DF))
	}
	p, se := e.Value, e.SE.Value
	switch m {
	case MethodT, MethodNormal:
		i.Lower, i.Upper = p-t*se, p+t*se
	case MethodLogit:
		centre, half := math.Log(p/(1-p)), t*se/(p*(1-p))
		i.Lower, i.Upper = expit(centre-half), expit(centre+half)
	case MethodAsin:
		centre, half := math.Asin(math.Sqrt(p)), t*se/(2*math.Sqrt(p*(1-p)))
		i.Lower, i.Upper = sinSquared(centre-half), sinSquared(centre+half)
	case MethodWilson:
		i.Lower, i.Upper = score(p, e.NEff.Value, t)
	case MethodKornGraubard:
		n := float64(e.N)
		ratio := tQuantile(1-tail, n-1) / t
		i.Lower, i.Upper = exact(p, e.NEff.Value*ratio*ratio, tail)
	case MethodLikelihood:
		n := float64(e.N)
		i.Lower, i.Upper = likelihood(p, e.NEff.Value*(n-1)/n, t*t)
	}
	return i.checked()
}

// refuses returns why e has no interval by m.
func (e Estimate) refuses(m Method, level float64) Reason {
	switch m {
	case MethodT, MethodNormal:
	case MethodLogit, MethodAsin, MethodWilson, MethodKornGraubard, MethodLikelihood, MethodClopperPearson:
		if !e.share {
			return NotAShare
		}
	default:
		return UnknownMethod
	}
	allSame := e.share && (e.Events == 0 || e.Events == e.N)
	switch {
	case e.Undefined != "":
		return e.Undefined
	case !(level > 0 && level < 1):
		return BadLevel
	case m == MethodClopperPearson:
		return ""
	case !e.Variance.Defined():
		return e.Variance.Undefined
	case e.Variance.Value == 0 && e.Census:
		return ""
	case allSame:
		return SameValue
	case e.Variance.Value == 0:
		return ZeroVariance
	case m != MethodNormal && e.DF < 1:
		return NoDegrees
	}
	return ""
}

func (e Estimate) clopperPearson(i Interval) Interval {
	b := ClopperPearson(e.Events, e.N, i.Level)
	b.Method = i.Method
	return b
}

// exact returns the Clopper-Pearson interval for a share p of n units, neither
// of which need be whole.
func exact(p, n, tail float64) (lower, upper float64) {
	upper = 1
	if p > 0 {
		lower = distuv.Beta{Alpha: n * p, Beta: n*(1-p) + 1}.Quantile(tail)
	}
	if p < 1 {
		upper = distuv.Beta{Alpha: n*p + 1, Beta: n * (1 - p)}.Quantile(1 - tail)
	}
	return lower, upper
}

// score returns Wilson's score interval for a share p of n units.
func score(p, n, z float64) (lower, upper float64) {
	z2 := z * z
	centre := p + z2/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return max(0, (centre-half)/(1+z2/n)), min(1, (centre+half)/(1+z2/n))
}

// likelihood returns the shares q on either side of p at which the deviance
// of n units with share p reaches limit, by bisection.
func likelihood(p, n, limit float64) (lower, upper float64) {
	deviance := func(q float64) float64 {
		return 2 * n * (p*math.Log(p/q) + (1-p)*math.Log((1-p)/(1-q)))
	}
	bisect := func(out float64) float64 {
		in := p
		for range 60 {
			if mid := (in + out) / 2; deviance(mid) > limit {
				out = mid
			} else {
				in = mid
			}
		}
		return (in + out) / 2
	}
	return bisect(0), bisect(1)
}

// tQuantiles keeps quantiles by probability and degrees of freedom: a table of
// ten thousands of cells has a few hundred of them, and each costs as much as
// the rest of its interval.
var tQuantiles sync.Map

func tQuantile(p, df float64) float64 {
	key := [2]float64{p, df}
	if q, ok := tQuantiles.Load(key); ok {
		return q.(float64)
	}
	q := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(p)
	tQuantiles.Store(key, q)
	return q
}

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func sinSquared(x float64) float64 { return math.Sin(x) * math.Sin(x) }
