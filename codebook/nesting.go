package codebook

import (
	"reflect"
	"slices"
)

// An Event is a set of cases of a measure.
type Event uint8

// The events: the cases with yes, those with no, and all whose numerator is
// asked for, known or not.
const (
	EventYes Event = iota
	EventNo
	EventInside
)

// Nested reports whether it follows from the expressions, for every case there
// could ever be, that a case in event ea of measure a is in event eb of measure
// b. That it does not follow proves nothing: only the shape of the expressions
// is looked at, not what routing leaves possible. An inside event of b is one
// by its include alone, also where the numerator does not apply.
func (c *Codebook) Nested(a *Measure, ea Event, b *Measure, eb Event) bool {
	given := c.saturate(c.claims(a, ea))
	for _, g := range c.claims(b, eb) {
		if !c.proves(given, g, nestingDepth) {
			return false
		}
	}
	return true
}

// nestingDepth bounds how many alternatives are gone through one below
// another.
const nestingDepth = 2

// A claim says how an expression turned out.
type claim struct {
	expr expr
	is   claimKind
}

type claimKind uint8

const (
	isYes claimKind = iota
	isNo
	notYes // no, not applicable or unknown
)

// claims are what holds of the cases in an event.
func (c *Codebook) claims(m *Measure, e Event) []claim {
	x := &c.measureExprs[c.measureAt[m.ID]]
	list := []claim{{x.include.expr, isYes}}
	if x.exclude.expr != nil {
		list = append(list, claim{x.exclude.expr, notYes})
	}
	switch e {
	case EventYes:
		list = append(list, claim{x.numerator.expr, isYes})
	case EventNo:
		list = append(list, claim{x.numerator.expr, isNo})
	}
	return list
}

// saturate adds to claims all that they come down to without alternatives.
func (c *Codebook) saturate(claims []claim) []claim {
	for i := 0; i < len(claims); i++ {
		all, _ := c.apart(claims[i])
		claims = append(claims, all...)
	}
	return claims
}

// proves reports whether goal holds wherever all of given hold, going through
// alternatives where it does not follow at once.
func (c *Codebook) proves(given []claim, goal claim, depth int) bool {
	if c.follows(given, goal) {
		return true
	}
	if parts, _ := c.apart(goal); parts != nil {
		return !slices.ContainsFunc(parts, func(g claim) bool { return !c.proves(given, g, depth) })
	}
	if depth == 0 {
		return false
	}
	for i, g := range given {
		_, alternatives := c.apart(g)
		if alternatives == nil {
			continue
		}
		rest := slices.Delete(slices.Clone(given), i, i+1)
		if !slices.ContainsFunc(alternatives, func(one claim) bool {
			return !c.proves(c.saturate(append(slices.Clone(rest), one)), goal, depth-1)
		}) {
			return true
		}
	}
	return false
}

// follows reports whether goal follows from claims that are saturated.
func (c *Codebook) follows(given []claim, goal claim) bool {
	if goal.is == isYes && goal.expr == (everyCase{}) {
		return true
	}
	if slices.ContainsFunc(given, func(g claim) bool { return c.settles(g, goal) }) {
		return true
	}
	all, one := c.apart(goal)
	if all != nil {
		return !slices.ContainsFunc(all, func(g claim) bool { return !c.follows(given, g) })
	}
	if or, ok := goal.expr.(orExpr); ok && goal.is == isNo {
		// Where no term applies nothing is said, so every term must be no.
		return !slices.ContainsFunc(or, func(t expr) bool { return !c.follows(given, claim{t, isNo}) })
	}
	return slices.ContainsFunc(one, func(g claim) bool { return c.follows(given, g) })
}

// apart returns what a claim comes down to: claims that all hold, or claims of
// which one does; neither for one that cannot be taken apart.
func (c *Codebook) apart(g claim) (all, one []claim) {
	of := func(terms []expr, is claimKind) (list []claim) {
		for _, t := range terms {
			list = append(list, claim{t, is})
		}
		return list
	}
	switch x := g.expr.(type) {
	case program:
		return []claim{{x.expr, g.is}}, nil
	case derivedRef:
		return []claim{{c.derivedExprs[x].expr, g.is}}, nil
	case notExpr:
		if g.is != notYes {
			return []claim{{x.term, isYes + isNo - g.is}}, nil
		}
	case andExpr:
		if g.is == isYes {
			return of(x, isYes), nil
		}
		return nil, of(x, g.is)
	case orExpr:
		switch g.is {
		case isYes:
			return nil, of(x, isYes)
		case notYes:
			return of(x, notYes), nil
		}
	}
	return nil, nil
}

// settles reports whether one claim says the other without more ado.
func (c *Codebook) settles(g, goal claim) bool {
	if (g.is == goal.is || g.is == isNo && goal.is == notYes) && reflect.TypeOf(g.expr) == reflect.TypeOf(goal.expr) && reflect.DeepEqual(g.expr, goal.expr) {
		return true
	}
	a, isAny := g.expr.(hasAny)
	b, both := goal.expr.(hasAny)
	if !isAny || !both || a.variable != b.variable || g.is == notYes {
		return false
	}
	// A question with one answer, which is among those of the one list or not.
	single := c.variables[a.variable].Type != TypeMulti
	within := func(x, y []bool, in, out bool) bool { // what is in x is out of y, or in it
		for i := range x {
			if x[i] == in && y[i] != out {
				return false
			}
		}
		return true
	}
	switch {
	case g.is == isYes && goal.is == isYes:
		return within(a.wanted, b.wanted, true, true)
	case g.is == isNo && goal.is != isYes:
		return within(a.wanted, b.wanted, false, false)
	case g.is == isYes:
		return single && within(a.wanted, b.wanted, true, false)
	}
	return single && within(a.wanted, b.wanted, false, true)
}
