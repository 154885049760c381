package codebook

import "fmt"

// Derive returns what the derived variable with that id says of effective
// answers. An id that does not exist is unknown with OPEN.
func (c *Codebook) Derive(id string, eff Answers) Truth {
	i, ok := c.derivedAt[id]
	if !ok {
		return unknown(hasOPEN)
	}
	var t Truth
	c.evaluate(eff, func(e *evaluation) { t = e.derivedTruth(i) })
	return t
}

// Statuses returns where the case with those effective answers stands in each
// measure, in the order of Measures. Each derived variable is computed once.
func (c *Codebook) Statuses(eff Answers) []Status {
	statuses := make([]Status, len(c.Measures))
	c.evaluate(eff, func(e *evaluation) {
		for i := range c.Measures {
			statuses[i] = e.status(i)
		}
	})
	return statuses
}

// Status returns where the case with those effective answers stands in m,
// which is a measure of c.
func (c *Codebook) Status(m *Measure, eff Answers) Status {
	var s Status
	c.evaluate(eff, func(e *evaluation) { s = e.status(c.measureAt[m.ID]) })
	return s
}

// status applies exclude, include and numerator, in that order: an unknown
// exclude keeps the case in, an unknown include leaves it out.
func (e *evaluation) status(i int) Status {
	m := &e.book.measureExprs[i]
	if m.exclude.expr != nil && m.exclude.eval(e).Kind == Yes {
		return Status{Kind: StatusExcluded}
	}
	switch t := m.include.eval(e); t.Kind {
	case No, NotApplicable:
		return Status{Kind: StatusOutside}
	case Unknown:
		return Status{StatusDenominatorUnknown, t.Codes}
	}
	switch t := m.numerator.eval(e); t.Kind {
	case Yes:
		return Status{Kind: StatusYes}
	case No:
		return Status{Kind: StatusNo}
	case Unknown:
		return Status{StatusUnknown, t.Codes}
	}
	return Status{Kind: StatusOutside}
}

// hasValue is the numerator of a mean or median: yes when the variable has a
// value, na or unknown when it has none.
type hasValue struct{ variable int }

func (x hasValue) eval(e *evaluation) Truth {
	t, given := e.cell(x.variable).truth()
	if given {
		return truth(true)
	}
	return t
}

// Number returns the number that the case contributes to a mean or median; ok
// is false when its status in m is not yes, and for a share or count.
func (c *Codebook) Number(m *Measure, eff Answers) (n float64, ok bool) {
	c.evaluate(eff, func(e *evaluation) {
		i := c.measureAt[m.ID]
		of, isNumber := c.measureExprs[i].numerator.expr.(hasValue)
		if isNumber && e.status(i).Kind == StatusYes {
			n, ok = e.cell(of.variable).lo, true
		}
	})
	return n, ok
}

// CascadeLeaves returns for each measure whether the case leaves its
// denominators because a step of its cascade is unknown by DM. OPEN and LIST
// count as DM, as in [Status.Outcome]. statuses are those of [Codebook.Statuses]
// and keep their own meaning.
func (c *Codebook) CascadeLeaves(statuses []Status) []bool {
	leaves := make([]bool, len(statuses))
	for i, s := range statuses {
		if s.Outcome() != OutcomeUnknownDM {
			continue
		}
		for _, step := range c.measureExprs[i].cascade {
			leaves[step] = true
		}
	}
	return leaves
}

// Outcomes returns the outcome of a case in each measure as tables count it: a
// case that leaves the denominators of a cascade has left them for want of a
// file part. statuses are those of [Codebook.Statuses].
func (c *Codebook) Outcomes(statuses []Status) []Outcome {
	outcomes := make([]Outcome, len(statuses))
	for i, leaves := range c.CascadeLeaves(statuses) {
		switch outcomes[i] = statuses[i].Outcome(); outcomes[i] {
		case OutcomeYes, OutcomeNo, OutcomeUnknownNR, OutcomeUnknownUC:
			if leaves {
				outcomes[i] = OutcomeUnknownDM
			}
		}
	}
	return outcomes
}

// Undefined returns why m, a measure of c, cannot be computed at all: it
// rests on a code list in which no entry has a value of the attribute that it
// asks for. It is empty for a measure that can.
func (c *Codebook) Undefined(m *Measure) string {
	for _, a := range c.measureExprs[c.measureAt[m.ID]].rests.attributes {
		id := c.variables[a.variable].CodeList
		list, _ := c.List(id)
		set := false
		for _, entry := range list.Entries {
			set = set || entry.Attributes[a.name] != ""
		}
		if !set {
			return fmt.Sprintf("no entry of code list %s has a value of attribute %s", id, a.name)
		}
	}
	return ""
}

// Behind returns all variables that m, a measure of c, rests on, by itself,
// by derived variables or by its cascade, in codebook order.
func (c *Codebook) Behind(m *Measure) []string {
	var all rests
	for _, step := range c.steps(c.measureAt[m.ID]) {
		all.add(c.measureExprs[step].rests)
	}
	return c.names(all)
}

// steps returns the measures of the cascade of the i-th measure, or itself.
func (c *Codebook) steps(i int) []int {
	if steps := c.measureExprs[i].cascade; len(steps) > 0 {
		return steps
	}
	return []int{i}
}
