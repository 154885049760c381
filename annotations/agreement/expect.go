package agreement

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// An Expected is the interval to be expected of kappa before anything was
// rated.
type Expected struct {
	Kappa, Lower, Upper float64
	Pairs               int
}

// Half returns half the width of the interval before it is cut at 1.
func (e Expected) Half() float64 { return e.Kappa - e.Lower }

// kappaVariance is n times the large-sample variance of kappa of two raters,
// two categories and the same prevalence for both (Bloch and Kraemer 1989,
// Biometrics 45:269-287; Donner and Eliasziw 1992, Statistics in Medicine
// 11:1511-1519, equation 3).
func kappaVariance(kappa, prevalence float64) float64 {
	apart := float64(float64((1-kappa)*float64(1-float64(2*kappa))) + float64(float64(kappa*(2-kappa))/float64(float64(2*prevalence)*(1-prevalence))))
	return float64((1 - kappa) * apart)
}

// ExpectKappa returns the interval of kappa at a level, such as 0.95, to be
// expected from a number of pairs when the true kappa and the share of one of
// two categories are as given, both between 0 and 1. It reports whether they
// are, and whether there are any pairs. It is an approximation for
// many pairs; under some thirty it is too narrow.
func ExpectKappa(kappa, prevalence float64, pairs int, level float64) (Expected, bool) {
	if !(kappa >= 0 && kappa < 1 && prevalence > 0 && prevalence < 1 && level > 0 && level < 1) || pairs < 1 {
		return Expected{}, false
	}
	half := float64(rounded(distuv.UnitNormal.Quantile((1+level)/2)) * math.Sqrt(kappaVariance(kappa, prevalence)/float64(pairs)))
	return Expected{Kappa: kappa, Lower: kappa - half, Upper: min(1, kappa+half), Pairs: pairs}, true
}

// PairsFor returns the smallest number of pairs whose expected interval is at
// most half wide to either side, and whether the arguments allow one.
func PairsFor(kappa, prevalence, half, level float64) (int, bool) {
	one, ok := ExpectKappa(kappa, prevalence, 1, level)
	if !ok || !(half > 0) {
		return 0, false
	}
	return int(math.Ceil(math.Pow(one.Half()/half, 2) - 1e-9)), true
}
