package codebook

import "slices"

// A cell is one answer, taken apart.
type cell struct {
	loaded   bool
	given    bool    // has a value; otherwise na or codes say why not
	na       bool    // not applicable
	codes    Codes   // exactly one, unless given or na
	lo, hi   float64 // number or date
	choices  []int   // single, ordinal, multi: places among the options
	choice   [1]int  // holds choices of a single without an allocation
	overflow []int   // holds choices of a multi, kept from case to case
}

// An evaluation is the working memory of one case. Cells are read from the
// answers, and derived variables computed, when first asked for.
type evaluation struct {
	book    *Codebook
	answers Answers
	cells   []cell
	derived []Truth
	known   []bool // of derived
}

// evaluate calls f with working memory for answers.
func (c *Codebook) evaluate(answers Answers, f func(*evaluation)) {
	e, _ := c.pool.Get().(*evaluation)
	if e == nil {
		e = &evaluation{
			book:    c,
			cells:   make([]cell, len(c.variables)),
			derived: make([]Truth, len(c.Derived)),
			known:   make([]bool, len(c.Derived)),
		}
	}
	e.answers = answers
	f(e)
	e.answers = nil
	for i := range e.cells {
		e.cells[i].loaded = false
	}
	clear(e.known)
	c.pool.Put(e)
}

// cell returns the answer to the i-th variable.
func (e *evaluation) cell(i int) *cell {
	x := &e.cells[i]
	if !x.loaded {
		e.load(x, i, e.answers[e.book.variables[i].ID])
	}
	return x
}

// load takes a apart into x. An answer that this codebook does not know
// counts as not given: it must neither fail nor pass for a "no".
func (e *evaluation) load(x *cell, i int, a Answer) {
	*x = cell{loaded: true, overflow: x.overflow, codes: hasOPEN}
	switch a.Missing {
	case "":
		if a.Value != "" && e.parse(x, i, a.Value) {
			x.given, x.codes = true, 0
		}
	case NA:
		x.na, x.codes = true, 0
	case DM, NR, UC:
		x.codes = CodesOf(a.Missing)
	}
}

func (e *evaluation) parse(x *cell, i int, value string) (ok bool) {
	v := e.book.variables[i]
	switch v.Type {
	case TypeSingle, TypeOrdinal:
		x.choice[0], ok = e.book.options[i][value]
		x.choices = x.choice[:]
	case TypeMulti:
		x.choices, ok = appendChoices(x.overflow[:0], value, e.book.options[i])
		x.overflow = x.choices
	case TypeNumber:
		x.lo, ok = parseNumber(value)
		x.hi = x.lo
	case TypeDate:
		var d partialDate
		d, ok = parseDate(value)
		x.lo, x.hi = d.days()
	case TypeText:
		ok = true
	}
	return ok
}

// appendChoices appends the places of the codes that "|" joins in value. A
// code that is named twice counts once.
func appendChoices(places []int, value string, options map[string]int) ([]int, bool) {
	for len(value) > 0 {
		end := 0
		for end < len(value) && value[end] != '|' {
			end++
		}
		place, ok := options[value[:end]]
		if !ok {
			return places, false
		}
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
		value = value[min(end+1, len(value)):]
	}
	return places, len(places) > 0
}

func (x *cell) truth() (t Truth, given bool) {
	switch {
	case x.given:
		return Truth{}, true
	case x.na:
		return Truth{Kind: NotApplicable}, false
	}
	return unknown(x.codes), false
}

func (x *cell) quantity() quantity {
	if !x.given {
		return quantity{na: x.na, codes: x.codes}
	}
	return quantity{lo: x.lo, hi: x.hi}
}
