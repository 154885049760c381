package estimate

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// The interval methods of unweighted counts.
const (
	MethodBinomialExact  Method = "clopper_pearson"
	MethodBinomialWilson Method = "wilson"
	MethodWilsonAdjusted Method = "wilson_hmisc"
	MethodNewcombe       Method = "newcombe_hybrid_score"
	MethodWald           Method = "wald"
)

// ClopperPearson returns the exact binomial interval of x events in n
// independent units (Clopper and Pearson 1934).
func ClopperPearson(x, n int, level float64) Interval {
	i := binomial(MethodBinomialExact, x, n, level)
	if i.Undefined == "" {
		i.Lower, i.Upper = exact(float64(x)/float64(n), float64(n), (1-level)/2)
	}
	return i.checked()
}

// Wilson returns the score interval of x events in n independent units
// (Wilson 1927), without continuity correction.
func Wilson(x, n int, level float64) Interval {
	i := binomial(MethodBinomialWilson, x, n, level)
	if i.Undefined != "" {
		return i
	}
	i.Lower, i.Upper = score(float64(x)/float64(n), float64(n), zQuantile(level))
	// At either end the formula gives 0 or 1 but for rounding.
	if x == 0 {
		i.Lower = 0
	}
	if x == n {
		i.Upper = 1
	}
	return i
}

// WilsonAdjusted is Wilson with the end nearest to 0 or 1 taken from the
// Poisson distribution where there is one event or all but one, as binconf of
// R's Hmisc has it; there the plain interval covers too little (Brown, Cai and
// DasGupta 2001).
func WilsonAdjusted(x, n int, level float64) Interval {
	i := Wilson(x, n, level)
	i.Method = MethodWilsonAdjusted
	if i.Undefined != "" {
		return i
	}
	if x == 1 {
		i.Lower = -math.Log(level) / float64(n)
	}
	if x == n-1 {
		i.Upper = 1 + math.Log(level)/float64(n)
	}
	return i
}

// NewcombeDifference returns the interval of x1/n1 - x2/n2 of two independent
// groups from their Wilson intervals (Newcombe 1998, method 10).
func NewcombeDifference(x1, n1, x2, n2 int, level float64) Interval {
	i := Interval{Method: MethodNewcombe, Level: level}
	a, b := Wilson(x1, n1, level), Wilson(x2, n2, level)
	if i.Undefined = firstReason(a.Undefined, b.Undefined); i.Undefined != "" {
		return i
	}
	p1, p2 := float64(x1)/float64(n1), float64(x2)/float64(n2)
	i.Lower = p1 - p2 - math.Hypot(p1-a.Lower, b.Upper-p2)
	i.Upper = p1 - p2 + math.Hypot(a.Upper-p1, p2-b.Lower)
	return i
}

// WaldDifference returns the interval difference ± z se of two independent
// groups, cut at -1 and 1. It covers too little in small groups; it is here
// for comparison.
func WaldDifference(x1, n1, x2, n2 int, level float64) Interval {
	i := Interval{Method: MethodWald, Level: level}
	a, b := binomial(MethodWald, x1, n1, level), binomial(MethodWald, x2, n2, level)
	if i.Undefined = firstReason(a.Undefined, b.Undefined); i.Undefined != "" {
		return i
	}
	p1, p2 := float64(x1)/float64(n1), float64(x2)/float64(n2)
	half := zQuantile(level) * math.Sqrt(p1*(1-p1)/float64(n1)+p2*(1-p2)/float64(n2))
	i.Lower, i.Upper = max(-1, p1-p2-half), min(1, p1-p2+half)
	return i
}

// PearsonChiSquare returns the statistic and p value of Pearson's test that
// two independent groups have the same share, without continuity correction.
func PearsonChiSquare(x1, n1, x2, n2 int) (statistic, p Number) {
	if why := checkGroups(x1, n1, x2, n2); why != "" {
		return undefined(why), undefined(why)
	}
	events, n := float64(x1)+float64(x2), float64(n1)+float64(n2)
	if events == 0 || events == n {
		return undefined(SameValue), undefined(SameValue)
	}
	d := float64(x1)*float64(n2) - float64(x2)*float64(n1)
	stat := n * d * d / (float64(n1) * float64(n2) * events * (n - events))
	return number(stat), number(distuv.ChiSquared{K: 1}.Survival(stat))
}

// FisherExact returns the two-sided p value of Fisher's exact test: the sum
// of the probabilities of all tables with the same margins that are not more
// probable than the one observed. It is undefined for a group above ten
// million units, where the chi-square test is as good and the sum would take long.
func FisherExact(x1, n1, x2, n2 int) Number {
	if why := checkGroups(x1, n1, x2, n2); why != "" {
		return undefined(why)
	}
	if max(n1, n2) > maxFisher {
		return undefined(Overflow)
	}
	events := x1 + x2
	probability := func(x int) float64 {
		return math.Exp(logChoose(n1, x) + logChoose(n2, events-x) - logChoose(n1+n2, events))
	}
	// Equal probabilities differ by rounding; R allows the same margin.
	limit := probability(x1) * (1 + 1e-7)
	var sum float64
	for x := max(0, events-n2); x <= min(n1, events); x++ {
		if p := probability(x); p <= limit {
			sum += p
		}
	}
	return number(min(1, sum))
}

// maxFisher is the largest group for which FisherExact sums.
const maxFisher = 10_000_000

// binomial returns the empty interval, or why x of n at a level has none.
func binomial(m Method, x, n int, level float64) Interval {
	i := Interval{Method: m, Level: level, Undefined: checkCounts(x, n)}
	if i.Undefined == "" && !(level > 0 && level < 1) {
		i.Undefined = BadLevel
	}
	return i
}

func checkCounts(x, n int) Reason {
	switch {
	case x < 0 || x > n:
		return BadCounts
	case n == 0:
		return NoUnits
	}
	return ""
}

func checkGroups(x1, n1, x2, n2 int) Reason {
	return firstReason(checkCounts(x1, n1), checkCounts(x2, n2))
}

func firstReason(reasons ...Reason) Reason {
	for _, r := range reasons {
		if r != "" {
			return r
		}
	}
	return ""
}

// logChoose returns the logarithm of n over k.
func logChoose(n, k int) float64 {
	lg := func(m int) float64 {
		v, _ := math.Lgamma(float64(m) + 1)
		return v
	}
	return lg(n) - lg(k) - lg(n-k)
}

func zQuantile(level float64) float64 { return distuv.UnitNormal.Quantile(1 - (1-level)/2) }
