package exports

import (
	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// Weakest returns how far coders agreed on the weakest of the variables that a
// measure rests on: the one with the lowest coefficient among those that enough
// pairs tell of, see [annotations.FewPairs]. The agreement on a variable is
// asked for, as in [Gate.Judge]. It is nil where too little was measured of any
// of them.
func Weakest(book *codebook.Codebook, m *codebook.Measure, compared func(variable string) (annotations.VariableAgreement, bool)) *AgreementFact {
	var weakest *AgreementFact
	for _, id := range book.Behind(m) {
		a, ok := compared(id)
		if !ok || a.Copied() {
			continue
		}
		f := FactOf(a)
		if f.Value != nil && f.Pairs >= annotations.FewPairs && (weakest == nil || *f.Value < *weakest.Value) {
			weakest = &f
		}
	}
	return weakest
}
