package disclosure

import (
	"errors"
	"fmt"
)

// A Rule is a set of limits under which figures may leave. All of them are
// settings, and are printed in every release. Counts are of unweighted cases.
type Rule struct {
	Name string `json:"name"`

	// Threshold is T: a count below it is sensitive, and so is everything
	// that narrows one. SensitiveThreshold is T of sensitive measures.
	Threshold          int `json:"threshold"`
	SensitiveThreshold int `json:"sensitive_threshold"`
	// ZeroIsSmall makes a count of 0 as sensitive as one of 1.
	ZeroIsSmall bool `json:"zero_is_small"`

	// MinDenominator is the fewest cases behind a published figure.
	MinDenominator int `json:"min_denominator"`
	// MinReliable is the fewest cases behind a figure that says something.
	MinReliable int `json:"min_reliable"`

	// GroupShare is the percentage of a group of fewer than GroupBelow cases
	// that may not share an outcome, nor fewer than 100 - GroupShare, in a
	// measure of persons. 0 and 100 percent are hidden there always; in a
	// measure of the process they are shown from GroupBelow cases on.
	GroupShare int `json:"group_share"`
	GroupBelow int `json:"group_below"`

	// DominanceP is p of the p% rule for means, MinUnits the fewest units
	// behind one, and on each side of a median.
	DominanceP int `json:"dominance_p"`
	MinUnits   int `json:"min_units"`
	// OrganisationShare is the percentage of a denominator that one
	// organisation may supply. 0 sets no limit.
	OrganisationShare int `json:"organisation_share"`

	// RoundingBase is what counts are rounded to, half up.
	RoundingBase int `json:"rounding_base"`
	// Decimals of a percentage, MeanDecimals of a mean or median.
	Decimals     int `json:"decimals"`
	MeanDecimals int `json:"mean_decimals"`
	// FromRounded computes percentages from the rounded counts, without
	// intervals, for a count of everything has none.
	FromRounded bool `json:"from_rounded"`
	// Precision publishes standard errors and design effects. With a rounded
	// denominator they give the numerator of a share away.
	Precision bool `json:"precision"`

	// MaxPrimaryShare is the percentage of sensitive classes above which a
	// breakdown is dropped as a whole for that measure, period and region.
	MaxPrimaryShare int `json:"max_primary_share"`
	// Secondary hides further cells until the attacker fails. Without it the
	// release says in its notes that hidden counts may be worked out.
	Secondary bool `json:"secondary"`
}

// Steekproef is the rule for figures from a sample of case files, and the
// default.
func Steekproef() Rule {
	return Rule{
		Name:      "steekproef",
		Threshold: 5, SensitiveThreshold: 10,
		MinDenominator: 10, MinReliable: 30,
		GroupShare: 90, GroupBelow: 30,
		DominanceP: 10, MinUnits: 10, OrganisationShare: 50,
		RoundingBase: 5, MeanDecimals: 1,
		MaxPrimaryShare: 50,
		Secondary:       true,
	}
}

// Register is the rule for counts of a register, in the style of the national
// statistical office: multiples of 5, nothing under 10.
func Register() Rule {
	return Rule{
		Name:      "register",
		Threshold: 8, SensitiveThreshold: 10, ZeroIsSmall: true,
		MinDenominator: 8,
		GroupShare:     90, GroupBelow: 30,
		DominanceP: 10, MinUnits: 10,
		RoundingBase: 5, Decimals: 1, MeanDecimals: 1, FromRounded: true,
		MaxPrimaryShare: 50,
		Secondary:       true,
	}
}

// Check returns everything that is wrong with the settings, joined.
func (r Rule) Check() error {
	var problems []error
	atLeast := func(name string, got, least int) {
		if got < least {
			problems = append(problems, fmt.Errorf("rule %q: %s is %d; it must be at least %d", r.Name, name, got, least))
		}
	}
	atLeast("threshold", r.Threshold, 2)
	atLeast("sensitive_threshold", r.SensitiveThreshold, r.Threshold)
	atLeast("min_denominator", r.MinDenominator, r.Threshold)
	atLeast("min_reliable", r.MinReliable, 0)
	atLeast("group_share", r.GroupShare, 51)
	atLeast("group_below", r.GroupBelow, 0)
	atLeast("dominance_p", r.DominanceP, 0)
	atLeast("min_units", r.MinUnits, 3)
	atLeast("organisation_share", r.OrganisationShare, 0)
	atLeast("rounding_base", r.RoundingBase, 1)
	atLeast("decimals", r.Decimals, 0)
	atLeast("mean_decimals", r.MeanDecimals, 0)
	atLeast("max_primary_share", r.MaxPrimaryShare, 0)
	return errors.Join(problems...)
}

// A Reason says why a cell is hidden. It stays inside: published, it would
// tell what the hiding is to keep.
type Reason string

// The reasons.
const (
	PrimaryCount      Reason = "PRIMARY_COUNT"
	PrimaryComplement Reason = "PRIMARY_COMPLEMENT"
	Group             Reason = "GROUP"
	Dominance         Reason = "DOMINANCE"
	Secondary         Reason = "SECONDARY"
	Reliability       Reason = "RELIABILITY"
	LeadDecision      Reason = "LEAD_DECISION"
)

// threshold returns T of a measure.
func (r Rule) threshold(m Measure) int {
	if m.Sensitive {
		return r.SensitiveThreshold
	}
	return r.Threshold
}

// small reports whether n is a count that may not be seen.
func (r Rule) small(n, threshold int) bool {
	return n < threshold && (n > 0 || r.ZeroIsSmall)
}

// primary returns why a cell must be hidden for its own sake, or nothing.
// Disclosure comes before reliability.
func (r Rule) primary(m Measure, c Cell) Reason {
	t, o := r.threshold(m), c.Outcomes
	switch m.Kind {
	case Mean, Median:
		need := r.MinUnits
		if m.Kind == Median {
			need *= 2
		}
		if o.Yes < need {
			return PrimaryCount
		}
		// The p% rule: the second largest contributor may not come within p
		// percent of the largest by taking its own off the total.
		k := c.Contributions
		if m.Kind == Mean && k.Total-k.Largest-k.Second < k.Largest*float64(r.DominanceP)/100 {
			return Dominance
		}
	case Count:
		if r.small(o.Yes, t) {
			return PrimaryCount
		}
	case Share:
		if why := r.primaryShare(m, t, o); why != "" {
			return why
		}
	}
	_, n := c.base(m)
	if r.OrganisationShare > 0 && 100*c.LargestOrganisation > r.OrganisationShare*n {
		return Dominance
	}
	switch {
	case c.Withheld:
		return LeadDecision
	case m.Kind != Count && n < r.MinReliable, c.Unreliable:
		return Reliability
	}
	return ""
}

func (r Rule) primaryShare(m Measure, t int, o Outcomes) Reason {
	n := o.Yes + o.No
	all := o.Yes == 0 || o.No == 0
	share := 100 * max(o.Yes, o.No)
	switch {
	case r.small(o.Yes, t), n < r.MinDenominator, o.Cases() < t:
		return PrimaryCount
	case r.small(o.No, t):
		return PrimaryComplement
	case all && (m.Persons || n < r.GroupBelow):
		return Group
	case m.Persons && n < r.GroupBelow && share >= r.GroupShare*n:
		return Group
	}
	return ""
}

// base returns numerator and denominator of the cell's first figure, in cases.
func (c Cell) base(m Measure) (numerator, denominator int) {
	if m.Kind != Share {
		return c.Outcomes.Yes, c.Outcomes.Yes
	}
	v := Demonstrable
	if len(c.Figures) > 0 {
		v = c.Figures[0].Variant
	}
	return c.Outcomes.Fraction(v)
}

// round rounds a count half up to the rounding base.
func (r Rule) round(n int) int {
	b := r.RoundingBase
	return (2*n + b) / (2 * b) * b
}
