package disclosure

import (
	"errors"
	"fmt"
)

// Total is the breakdown, and the class, of a cell that is not broken down.
const Total = "_T"

// A Key says which cell of an indicator table is meant.
type Key struct {
	Measure   string `json:"measure"`
	Period    string `json:"period"`
	Region    string `json:"region"`
	Breakdown string `json:"breakdown"` // Total when not broken down
	Class     string `json:"class"`     // Total when not broken down
}

// String returns the key in one line, for messages.
func (k Key) String() string {
	s := k.Measure + " " + k.Period + " " + k.Region
	if k.Breakdown != Total {
		s += " " + k.Breakdown + "=" + k.Class
	}
	return s
}

// A Kind is what a measure counts.
type Kind string

// The kinds of measure. For a mean or median the outcome Yes holds the cases
// that have a number.
const (
	Share  Kind = "share"
	Count  Kind = "count"
	Mean   Kind = "mean"
	Median Kind = "median"
)

// A Measure is what the rules must know of a measure.
type Measure struct {
	ID   string
	Kind Kind
	// Sensitive measures take the higher threshold.
	Sensitive bool
	// Persons is set if the measure tells something of the people in the
	// file, so that all or none of them sharing it gives them away. Without
	// it the measure tells what professionals did.
	Persons bool
}

// A Variant is a way of treating unknown outcomes in a share.
type Variant string

// The variants. Demonstrable counts not recorded and unclear as no; Known
// leaves every unknown out; Lower and Upper count all unknown as no and yes.
const (
	Demonstrable Variant = "demonstrable"
	Known        Variant = "known"
	Lower        Variant = "lower"
	Upper        Variant = "upper"
)

var variants = [...]Variant{Demonstrable, Known, Lower, Upper}

// Outcomes are the cases of a cell, each with one outcome for the measure.
type Outcomes struct {
	Yes                int `json:"yes"`
	No                 int `json:"no"`
	UnknownDM          int `json:"unknown_DM"` // file part not supplied
	UnknownNR          int `json:"unknown_NR"` // not recorded in the file
	UnknownUC          int `json:"unknown_UC"` // unclear
	DenominatorUnknown int `json:"denominator_unknown"`
	Outside            int `json:"outside"`
	Excluded           int `json:"excluded"`

	// Among UnknownDM, and not cases beside it: those that have yes or no in
	// this measure but lack a file part in another one of its cascade, so
	// that bounds know them; and those that nobody has answered yet, which
	// bound nothing.
	AsideYes int `json:"aside_yes,omitempty"`
	AsideNo  int `json:"aside_no,omitempty"`
	Open     int `json:"open,omitempty"`
}

func (o Outcomes) list() [8]int {
	return [8]int{o.Yes, o.No, o.UnknownDM, o.UnknownNR, o.UnknownUC, o.DenominatorUnknown, o.Outside, o.Excluded}
}

// Cases returns the number of cases in the cell.
func (o Outcomes) Cases() int {
	n := 0
	for _, c := range o.list() {
		n += c
	}
	return n
}

// Fraction returns numerator and denominator of a share in cases.
func (o Outcomes) Fraction(v Variant) (numerator, denominator int) {
	switch v {
	case Known:
		return o.Yes, o.Yes + o.No
	case Lower:
		return o.Yes + o.AsideYes, o.Yes + o.No + o.unknown()
	case Upper:
		return o.Yes + o.unknown() - o.AsideNo, o.Yes + o.No + o.unknown()
	}
	return o.Yes, o.Yes + o.No + o.UnknownNR + o.UnknownUC
}

// unknown returns the cases that bounds take in beside yes and no.
func (o Outcomes) unknown() int { return o.UnknownDM + o.UnknownNR + o.UnknownUC - o.Open }

// inside returns the cases that have yes, no or an unknown outcome.
func (o Outcomes) inside() int { return o.Yes + o.No + o.UnknownDM + o.UnknownNR + o.UnknownUC }

// A Figure is an estimate of a cell as it was computed, before rounding. Values
// are in the unit of the measure (percent from 0 to 100 for a share); NaN
// stands for what is not defined.
type Figure struct {
	Variant      Variant // empty for a measure that is not a share
	Value        float64
	SE           float64
	Lower, Upper float64 // ends of the interval
	Deff         float64
}

// Contributions tell how a sum over units divides, for the dominance rule.
type Contributions struct {
	Total, Largest, Second float64
}

// A Cell is one cell of an indicator table with its true counts.
type Cell struct {
	Key
	Outcomes Outcomes
	Figures  []Figure // the measure's own variant first

	// Contributions are of the values behind a mean; zero for other kinds.
	Contributions Contributions
	// LargestOrganisation is the number of cases of the denominator that the
	// organisation with most of them supplied, 0 if that plays no part or the
	// organisation agrees to be seen.
	LargestOrganisation int
	// Unreliable is set if the estimate is too imprecise to be published.
	Unreliable bool
	// Withheld is set if the lead and a second person decided to hide it.
	Withheld bool
}

// A Node is a region or period and the one it is added into.
type Node struct {
	Code   string
	Parent string // empty at the top
}

// A Table is an indicator table with true counts, and what it takes to know
// how its cells add up. A region that was recast is the parent of the regions
// it was made from.
type Table struct {
	Measures []Measure
	Regions  []Node
	Periods  []Node
	Cells    []Cell
	// Links are what the definitions of the measures say of each other.
	Links []Link
	// Before is everything that was released earlier. A cell that is in the
	// table again takes the place of its earlier figure.
	Before Ledger
	// Beside is set if earlier figures stay in view beside the new ones, so
	// that nobody may learn anything by comparing the two.
	Beside bool
	// Partly lets measures that no pattern was found for be shown without
	// classes or else be hidden whole, with those they are linked to, in place of
	// the table being refused. Who sees no
	// figure of them learns nothing of them, but there is no certificate that
	// says so: it is for looking at, not for a release.
	Partly bool
}

// Check returns everything that is wrong with the table, joined.
func (t Table) Check() error {
	var problems []error
	report := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	measures := map[string]Kind{}
	for _, m := range t.Measures {
		if _, ok := measures[m.ID]; ok {
			report("measure %s is listed twice", m.ID)
		}
		switch m.Kind {
		case Share, Count, Mean, Median:
		default:
			report("measure %s has kind %q; use share, count, mean or median", m.ID, m.Kind)
		}
		measures[m.ID] = m.Kind
	}
	for _, l := range t.Links {
		for _, e := range []EventOf{l.Inner, l.Outer} {
			if _, ok := measures[e.Measure]; !ok {
				report("link %s: measure %q is not in the list of measures", l, e.Measure)
			}
			if e.Event != EventYes && e.Event != EventNo && e.Event != EventInside {
				report("link %s: event %q is not known; use yes, no or inside", l, e.Event)
			}
		}
	}
	regions, err := newTree("region", t.Regions)
	problems = append(problems, err)
	periods, err := newTree("period", t.Periods)
	problems = append(problems, err)
	seen := map[Key]bool{}
	for _, c := range t.Cells {
		if seen[c.Key] {
			report("cell %s is listed twice", c.Key)
		}
		seen[c.Key] = true
		if _, ok := measures[c.Measure]; !ok {
			report("cell %s: measure %q is not in the list of measures", c.Key, c.Measure)
		}
		if !regions.has(c.Region) {
			report("cell %s: region %q is not in the list of regions", c.Key, c.Region)
		}
		if !periods.has(c.Period) {
			report("cell %s: period %q is not in the list of periods", c.Key, c.Period)
		}
		if (c.Breakdown == Total) != (c.Class == Total) || c.Breakdown == "" || c.Class == "" {
			report("cell %s: breakdown %q and class %q; give both, or %q for both", c.Key, c.Breakdown, c.Class, Total)
		}
		for _, n := range c.Outcomes.list() {
			if n < 0 {
				report("cell %s: an outcome has %d cases; counts are 0 or more", c.Key, n)
			}
		}
	}
	return errors.Join(problems...)
}

// A tree holds nodes by code.
type tree struct {
	order  []string
	parent map[string]string
}

func newTree(what string, nodes []Node) (tree, error) {
	var problems []error
	t := tree{parent: map[string]string{}}
	for _, n := range nodes {
		if _, ok := t.parent[n.Code]; ok {
			problems = append(problems, fmt.Errorf("%s %s is listed twice", what, n.Code))
			continue
		}
		t.order = append(t.order, n.Code)
		t.parent[n.Code] = n.Parent
	}
	for _, code := range t.order {
		if p := t.parent[code]; p != "" && !t.has(p) {
			problems = append(problems, fmt.Errorf("%s %s: parent %q is not in the list", what, code, p))
		}
		steps := 0
		for up := code; up != ""; up = t.parent[up] {
			if steps++; steps > len(t.order) {
				problems = append(problems, fmt.Errorf("%s %s is above itself", what, code))
				break
			}
		}
	}
	return t, errors.Join(problems...)
}

func (t tree) has(code string) bool {
	_, ok := t.parent[code]
	return ok
}
