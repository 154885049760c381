package disclosure

import (
	"fmt"
	"slices"
)

// An Event is a set of cases of a measure within a cell.
type Event string

// The events: the cases with yes, those with no, and those that have either or
// an unknown outcome.
const (
	EventYes    Event = "yes"
	EventNo     Event = "no"
	EventInside Event = "inside"
)

// An EventOf is an event of a measure.
type EventOf struct {
	Measure string `json:"measure"`
	Event   Event  `json:"event"`
}

// A Link says what everybody can tell from the definitions of two measures: in
// every cell the cases of Inner are among those of Outer. How many of the outer
// are not among the inner is then a count that both together give, and it is
// protected like one that is published itself.
type Link struct {
	Inner EventOf `json:"inner"`
	Outer EventOf `json:"outer"`
	// Same is set if they are the same cases.
	Same bool `json:"same,omitempty"`
	// Aside is set if cases that the table has taken aside from the outer
	// event (see [Outcomes]) may be in the inner one all the same.
	Aside bool `json:"aside,omitempty"`
}

// String returns the link in one line, for messages.
func (l Link) String() string {
	return fmt.Sprintf("%s of %s within %s of %s", l.Inner.Event, l.Inner.Measure, l.Outer.Event, l.Outer.Measure)
}

// groups divides the measures of a table into sets that have no link in
// common with each other, in the order of the table.
func (t Table) groups() [][]Measure {
	head := map[string]string{}
	var find func(string) string
	find = func(id string) string {
		if up, ok := head[id]; ok {
			return find(up)
		}
		return id
	}
	for _, l := range t.Links {
		if a, b := find(l.Inner.Measure), find(l.Outer.Measure); a != b {
			head[a] = b
		}
	}
	at := map[string]int{}
	var out [][]Measure
	for _, m := range t.Measures {
		id := find(m.ID)
		i, ok := at[id]
		if !ok {
			i = len(out)
			at[id] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], m)
	}
	return out
}

// linked reports whether an event of a measure stands in a link.
func (s *system) linked(measure string, e Event) bool {
	return slices.ContainsFunc(s.links, func(l Link) bool {
		return l.Inner == EventOf{measure, e} || l.Outer == EventOf{measure, e}
	})
}

// terms returns the variables of an event of a fact.
func (s *system) terms(i int, e Event, factor int64) []term {
	first := s.first[i]
	switch e {
	case EventYes:
		return []term{{first + yes, factor}}
	case EventNo:
		return []term{{first + no, factor}}
	}
	return []term{{first + yes, factor}, {first + no, factor}, {first + unknown, factor}}
}

func (o Outcomes) of(e Event) int {
	switch e {
	case EventYes:
		return o.Yes
	case EventNo:
		return o.No
	}
	return o.inside()
}

// aside returns the cases of an event that were taken aside.
func (o Outcomes) aside(e Event) int {
	switch e {
	case EventYes:
		return o.AsideYes
	case EventNo:
		return o.AsideNo
	}
	return 0
}

// addLinks adds what the definitions of the measures say of each other. A link
// that the counts of a cell contradict is none there.
func (s *system) addLinks() {
	for _, l := range s.links {
		for i, inner := range s.facts {
			if inner.Measure != l.Inner.Measure {
				continue
			}
			k := inner.Key
			k.Measure = l.Outer.Measure
			o, ok := s.at[s.layer[i]][k]
			if !ok {
				continue
			}
			outer := s.facts[o]
			rest := outer.Outcomes.of(l.Outer.Event) - inner.Outcomes.of(l.Inner.Event)
			if l.Aside {
				rest += outer.Outcomes.aside(l.Outer.Event)
			}
			if rest < 0 || l.Same && rest > 0 {
				continue
			}
			terms := append(s.terms(o, l.Outer.Event, -1), s.terms(i, l.Inner.Event, 1)...)
			// That nobody is left may follow from routing, which a link does not
			// know; then it is known.
			if !l.Same && (rest > 0 || l.Inner.Event != EventInside) {
				v := s.model.addVariable(fmt.Sprintf("%s but not %s", s.name(o)+" "+string(l.Outer.Event), l.Inner.Measure), -1, int64(rest), 0, unbounded)
				terms = append(terms, term{v, 1})
				if l.Inner.Event != EventNo {
					s.needDifference(v, rest, i, o)
				}
			}
			s.model.nest(terms)
		}
	}
}

// needDifference asks that a small count that is the difference of two figures
// stays uncertain, if either of them can still be hidden.
func (s *system) needDifference(v, count int, facts ...int) {
	threshold, open := 0, false
	for _, i := range facts {
		threshold = max(threshold, s.facts[i].Threshold)
		u := s.model.units[s.model.unit[s.first[i]]]
		open = open || u.hidden || !u.fixed
	}
	if open && count > 0 && count < threshold {
		s.model.needs = append(s.model.needs, need{variable: v, threshold: int64(threshold), given: -1})
	}
}
