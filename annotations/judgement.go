package annotations

import (
	"github.com/dossierlens/dossierlens/annotations/agreement"
	"github.com/dossierlens/dossierlens/codebook"
)

// A Judgement is what a coefficient means for the variable it belongs to.
type Judgement string

// The judgements.
const (
	Good      Judgement = "good"
	Discuss   Judgement = "discuss"
	Revise    Judgement = "revise"
	TooFew    Judgement = "too_few"   // fewer than [FewPairs] pairs: nothing can be said
	Undefined Judgement = "undefined" // the coefficient has no value
)

// FewPairs is the number of pairs of values under which a coefficient says
// too little to judge a variable by.
const FewPairs = 30

// Thresholds are the values from which agreement on a variable is good, and
// from which it asks for discussion rather than revision.
type Thresholds struct{ Good, Discuss float64 }

// ThresholdsOf returns the thresholds of a variable. Agreement falls as more
// is left to the coder's judgement (Hagelin, 1999, Coding Data From Child Health
// Records: The Relationship Between Interrater Agreement and Interpretive
// Burden), so less is asked of such a variable than of a fact.
func ThresholdsOf(v *codebook.Variable) Thresholds {
	if v.Burden == codebook.Judgement {
		return Thresholds{Good: 0.60, Discuss: 0.40}
	}
	return Thresholds{Good: 0.75, Discuss: 0.60}
}

// Judge returns what a coefficient on that many pairs means for v.
func Judge(v *codebook.Variable, pairs int, coefficient agreement.Result) Judgement {
	t := ThresholdsOf(v)
	switch {
	case pairs < FewPairs:
		return TooFew
	case coefficient.Undefined != nil:
		return Undefined
	case coefficient.Value >= t.Good:
		return Good
	case coefficient.Value >= t.Discuss:
		return Discuss
	}
	return Revise
}

// PrevalenceParts reports whether kappa is low because nearly all answers are
// of one category, where coders still agree nearly always: the paradox of
// Feinstein & Cicchetti (1990), Journal of Clinical Epidemiology 43:543-549.
// The category is the place of the most frequent one. The limits are ours:
// four in five answers, four in five pairs, and 0.2 between AC1 and kappa.
func (c Coefficients) PrevalenceParts() (category int, parts bool) {
	for k, share := range c.Prevalence {
		if share > c.Prevalence[category] {
			category = k
		}
	}
	defined := len(c.Prevalence) > 0 && c.Percent.Undefined == nil && c.AC.Undefined == nil && c.Kappa.Undefined == nil
	return category, defined && c.Prevalence[category] >= 0.8 && c.Percent.Value >= 0.8 && c.AC.Value-c.Kappa.Value >= 0.2
}
