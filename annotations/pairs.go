package annotations

import (
	"math"
	"slices"

	"github.com/dossierlens/dossierlens/annotations/agreement"
	"github.com/dossierlens/dossierlens/codebook"
)

// A PairsPlan says whether a variable has pairs enough for alpha to be known
// as exactly as is wanted.
type PairsPlan struct {
	Variable *codebook.Variable
	Have     int     // pairs of two values
	Need     int     // 0 when nothing can be said
	Half     float64 // half the width of the interval now; 0 when there is none
	Observed bool    // Need rests on that width, else on an assumption
}

// Enough reports whether there are as many pairs as are needed.
func (p PairsPlan) Enough() bool { return p.Need > 0 && p.Have >= p.Need }

// Short is the number of pairs that are still to come.
func (p PairsPlan) Short() int { return max(0, p.Need-p.Have) }

// planLevel is the level of the intervals.
const planLevel = 0.95

// PlanPairs returns how many pairs a variable needs for an interval of at most
// half to either side. From [FewPairs] pairs on it goes by the interval that
// there is, whose width falls with the root of the number of pairs. Before
// that it assumes the threshold for good agreement and two categories, as
// often as they were seen, at least one in ten: see [agreement.PairsFor].
func PlanPairs(a VariableAgreement, half float64) PairsPlan {
	p := PairsPlan{Variable: a.Variable, Have: a.Layers.Values}
	alpha := a.Headline.Alpha
	if alpha.Undefined == nil && alpha.Interval != nil {
		p.Half = (alpha.Interval.Upper - alpha.Interval.Lower) / 2
		p.Half = max(p.Half, alpha.Value-alpha.Interval.Lower) // its upper limit may have been cut
	}
	if p.Have >= FewPairs && p.Half > 0 {
		p.Observed = true
		p.Need = int(math.Ceil(float64(p.Have)*math.Pow(p.Half/half, 2) - 1e-9))
		p.Need = max(p.Need, FewPairs)
		return p
	}
	most := 0.5
	for _, share := range a.Headline.Prevalence {
		most = max(most, share)
	}
	need, ok := agreement.PairsFor(ThresholdsOf(a.Variable).Good, min(most, 0.9), half, planLevel)
	if ok {
		p.Need = max(need, FewPairs)
	}
	return p
}

// A NextCase is a case that is proposed for a second coder.
type NextCase struct {
	Case  CaseID
	Helps int // variables short of pairs that have a value in it
}

// NextCases proposes at most n cases for a second coder, those first that
// bring pairs where most are lacking. Cases are those coded once, with the
// answers of that coding. Each proposal counts as done for the next; of
// equal ones the first in a random order that is always the same.
// What was chosen so is no random sample of all cases.
func NextCases(plans []PairsPlan, cases map[CaseID]codebook.Answers, n int) []NextCase {
	short := map[string]float64{}
	need := map[string]float64{}
	for _, p := range plans {
		if p.Short() > 0 {
			short[p.Variable.ID], need[p.Variable.ID] = float64(p.Short()), float64(p.Need)
		}
	}
	ids := make([]CaseID, 0, len(cases))
	for id := range cases {
		ids = append(ids, id)
	}
	ids = Draw("next", ids, 0)
	var list []NextCase
	for len(list) < n {
		best, most, helps := -1, 0.0, 0
		for i, id := range ids {
			gain, count := 0.0, 0
			for _, p := range plans {
				if v := p.Variable.ID; short[v] > 0 && cases[id][v].Value != "" {
					gain += short[v] / need[v]
					count++
				}
			}
			if gain > most {
				best, most, helps = i, gain, count
			}
		}
		if best < 0 {
			break
		}
		id := ids[best]
		for v := range cases[id] {
			if cases[id][v].Value != "" {
				short[v]--
			}
		}
		list = append(list, NextCase{id, helps})
		ids = slices.Delete(ids, best, best+1)
	}
	return list
}
