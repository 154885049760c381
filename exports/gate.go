package exports

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/agreement"
	"github.com/dossierlens/dossierlens/codebook"
)

// A GateState is what the gate says of an indicator.
type GateState string

// The states.
const (
	Passed      GateState = "passed"
	Provisional GateState = "provisional" // published, with a footnote that says so
	Blocked     GateState = "blocked"     // hidden
)

// A Gate is the policy of a study on which agreement between coders a figure
// may rest.
type Gate struct {
	Coefficient string    `json:"coefficient"` // gwet_ac or krippendorff_alpha
	On          string    `json:"on"`          // value, or lower: the lower end of its interval
	Threshold   float64   `json:"threshold"`
	MinPairs    int       `json:"min_pairs"` // of values, under which nothing was shown
	Below       GateState `json:"below"`     // what becomes of an indicator that does not pass
}

// The coefficients and what of them is laid against the threshold.
const (
	GwetAC            = "gwet_ac"
	KrippendorffAlpha = "krippendorff_alpha"
	OnValue           = "value"
	OnLower           = "lower"
)

// DefaultGate asks of every variable what [annotations.ThresholdsOf] asks of
// one that is left to judgement, and blocks nothing.
func DefaultGate() Gate {
	return Gate{Coefficient: GwetAC, On: OnValue, Threshold: 0.60, MinPairs: annotations.FewPairs, Below: Provisional}
}

// Check returns everything that is wrong with the policy, joined.
func (g Gate) Check() error {
	var problems []error
	wrong := func(field, key string) {
		problems = append(problems, &annotations.InvalidError{Field: field, Key: key})
	}
	if g.Coefficient != GwetAC && g.Coefficient != KrippendorffAlpha {
		wrong("coefficient", "gate.coefficient.invalid")
	}
	if g.On != OnValue && g.On != OnLower {
		wrong("on", "gate.on.invalid")
	}
	if !(g.Threshold >= 0 && g.Threshold <= 1) {
		wrong("threshold", "gate.threshold.invalid")
	}
	if g.MinPairs < 2 {
		wrong("min_pairs", "gate.min_pairs.invalid")
	}
	if g.Below != Provisional && g.Below != Blocked {
		wrong("below", "gate.below.invalid")
	}
	return errors.Join(problems...)
}

// A Verdict is what the gate says of one indicator, by the weakest of the
// variables that its headline measure rests on.
type Verdict struct {
	Indicator string    `json:"indicator"`
	Measure   string    `json:"measure"`
	State     GateState `json:"state"`

	// Variable is the weakest variable, empty if none behind the measure is
	// compared between coders; the indicator then passes.
	Variable    string `json:"variable,omitempty"`
	Coefficient string `json:"coefficient,omitempty"` // the one that was used
	// Value and Lower are nil where they are not defined; Reason says why.
	Value  *float64 `json:"value"`
	Lower  *float64 `json:"lower"`
	Pairs  int      `json:"pairs"`
	Reason string   `json:"reason,omitempty"` // below, few_pairs or undefined

	// Override is why a blocked indicator is published all the same, as
	// provisional. Who creates a release gives it, and who approves the
	// release is the second person.
	Override string `json:"override,omitempty"`
}

// The reasons of a verdict.
const (
	ReasonBelow     = "below"
	ReasonFewPairs  = "few_pairs"
	ReasonUndefined = "undefined"
)

// An OverrideError names an indicator whose override overrides nothing.
type OverrideError struct{ Indicator string }

func (e *OverrideError) Error() string {
	return fmt.Sprintf("indicator %s is not blocked by the gate; leave its override out", e.Indicator)
}

// Judge returns a verdict for every indicator that has a measure, in codebook
// order. The agreement on a variable is asked for; ok is false for one that is
// not compared. A variable on which too little was measured is weaker than any
// on which enough was: what has not been shown has not passed. Overrides are
// reasons by indicator.
func (g Gate) Judge(book *codebook.Codebook, compared func(variable string) (a annotations.VariableAgreement, ok bool), overrides map[string]string) ([]Verdict, error) {
	var list []Verdict
	used := map[string]bool{}
	for _, ind := range book.Indicators {
		m := headline(book, ind.ID)
		if m == nil {
			continue
		}
		v := Verdict{Indicator: ind.ID, Measure: m.ID, State: Passed}
		var weakest []Verdict
		for _, id := range book.Behind(m) {
			if a, ok := compared(id); ok && !a.Copied() {
				weakest = append(weakest, g.verdict(v, a))
			}
		}
		if len(weakest) > 0 {
			v = slices.MinFunc(weakest, g.weaker)
		}
		if why := overrides[ind.ID]; why != "" && v.State == Blocked {
			v.State, v.Override, used[ind.ID] = Provisional, why, true
		}
		list = append(list, v)
	}
	var problems []error
	for _, id := range sortedIDs(overrides) {
		if overrides[id] != "" && !used[id] {
			problems = append(problems, &OverrideError{id})
		}
	}
	return list, errors.Join(problems...)
}

func sortedIDs(m map[string]string) []string {
	ids := make([]string, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// headline returns the measure by which an indicator is known: its headline,
// or else its first; nil when it has none.
func headline(book *codebook.Codebook, indicator string) *codebook.Measure {
	var first *codebook.Measure
	for _, m := range book.Measures {
		if m.Indicator != indicator {
			continue
		}
		if m.Headline {
			return m
		}
		if first == nil {
			first = m
		}
	}
	return first
}

// verdict judges one variable.
func (g Gate) verdict(v Verdict, a annotations.VariableAgreement) Verdict {
	v.Variable, v.Pairs = a.Variable.ID, a.Layers.Values
	r := a.Headline.Alpha
	v.Coefficient = KrippendorffAlpha
	if g.Coefficient == GwetAC && a.Headline.AC.Measure != "" { // numbers, dates and sets have none
		r, v.Coefficient = a.Headline.AC, GwetAC
	}
	if r.Undefined == nil && r.Measure != "" {
		v.Value = &r.Value
		if r.Interval != nil {
			v.Lower = &r.Interval.Lower
		}
	}
	figure, ok := g.figure(v)
	switch {
	case v.Pairs < g.MinPairs:
		v.Reason = ReasonFewPairs
	case !ok:
		v.Reason = ReasonUndefined
	case figure < g.Threshold:
		v.Reason = ReasonBelow
	default:
		return v
	}
	// All coders in one category on enough pairs leave the coefficient without
	// a value, and nothing to doubt either.
	if v.Reason == ReasonUndefined && errors.Is(r.Undefined, agreement.ErrOneCategory) && a.Layers.Same == a.Layers.Values {
		return v
	}
	v.State = g.Below
	return v
}

// figure returns what is laid against the threshold.
func (g Gate) figure(v Verdict) (float64, bool) {
	p := v.Value
	if g.On == OnLower {
		p = v.Lower
	}
	if p == nil {
		return 0, false
	}
	return *p, true
}

// weaker orders verdicts by how little they show: those that do not pass
// first, of these the ones without enough to go by, then by figure.
func (g Gate) weaker(a, b Verdict) int {
	rank := func(v Verdict) int {
		switch {
		case v.State == Passed:
			return 2
		case v.Reason == ReasonBelow:
			return 1
		}
		return 0
	}
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	x, okA := g.figure(a)
	y, okB := g.figure(b)
	switch {
	case okA && okB:
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.Pairs, b.Pairs))
	case okA != okB && okA:
		return 1
	case okA != okB:
		return -1
	}
	return cmp.Compare(a.Pairs, b.Pairs)
}
