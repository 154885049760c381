package estimate

import "math"

// A Reason says in words why a figure is not defined. The empty Reason means
// that it is.
type Reason string

// The reasons for which a figure is not defined.
const (
	NoUnits           Reason = "the domain holds no sampled unit"
	OneUnit           Reason = "the domain holds a single sampled unit"
	Missing           Reason = "a value in the domain is missing or not finite"
	NotBinary         Reason = "a value in the domain is neither 0 nor 1"
	ZeroDenominator   Reason = "the denominator is 0"
	ZeroValue         Reason = "the estimate is 0"
	SameValue         Reason = "every unit in the domain has the same value"
	ZeroVariance      Reason = "the estimated variance is 0 though not every unit was drawn"
	AllObserved       Reason = "every unit of the population was observed"
	NoDegrees         Reason = "no degrees of freedom: every stratum of the domain has one cluster in it"
	LonelyStratum     Reason = "a stratum has a single sampled cluster"
	NotAShare         Reason = "defined for shares only"
	OfARatio          Reason = "not computed for a ratio"
	UnknownMethod     Reason = "the interval method is not known"
	BadLevel          Reason = "the confidence level is not between 0 and 1"
	BadCounts         Reason = "a count is negative or above its total"
	OutsideRange      Reason = "the interval of the distribution function leaves 0 to 1"
	OverlappingGroups Reason = "a unit is in both domains"
	Overflow          Reason = "the figure is too large to compute"
	RepeatedStratum   Reason = "a domain has two cells of one stratum"
)

// A Number is a figure, or the reason why there is none. Value is 0 where
// Undefined is set.
type Number struct {
	Value     float64
	Undefined Reason
}

// Defined reports whether n has a value.
func (n Number) Defined() bool { return n.Undefined == "" }

// number returns v, or Overflow where it is not finite.
func number(v float64) Number {
	if !finite(v) {
		return undefined(Overflow)
	}
	return Number{Value: v}
}

func undefined(why Reason) Number { return Number{Undefined: why} }

// finite reports whether all values are numbers and none is infinite.
func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
