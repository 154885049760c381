package codebook

import (
	"slices"
	"strconv"
)

// An expr is a compiled expression.
type expr interface{ eval(*evaluation) Truth }

// An operand is one side of a comparison.
type operand interface{ value(*evaluation) quantity }

// A quantity is a number, or the days that a date may be: a partial date
// spans several. When na or codes are set it has no value.
type quantity struct {
	lo, hi float64
	na     bool
	codes  Codes
}

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

// everyCase is the expression "all".
type everyCase struct{}

func (everyCase) eval(*evaluation) Truth { return Truth{Kind: Yes} }

type andExpr []expr

func (x andExpr) eval(e *evaluation) Truth {
	t := Truth{Kind: Yes}
	for _, term := range x {
		if t = and(t, term.eval(e)); t.Kind == No {
			return t
		}
	}
	return t
}

type orExpr []expr

func (x orExpr) eval(e *evaluation) Truth {
	t := x[0].eval(e)
	for _, term := range x[1:] {
		if t.Kind == Yes {
			return t
		}
		t = or(t, term.eval(e))
	}
	return t
}

type notExpr struct{ term expr }

func (x notExpr) eval(e *evaluation) Truth { return not(x.term.eval(e)) }

// derivedRef is the name of a derived variable standing alone.
type derivedRef int

func (x derivedRef) eval(e *evaluation) Truth { return e.derivedTruth(int(x)) }

func (e *evaluation) derivedTruth(i int) Truth {
	if !e.known[i] {
		e.derived[i] = e.book.derivedExprs[i].eval(e)
		e.known[i] = true
	}
	return e.derived[i]
}

// hasAny is "x in (...)" and "x has_any (...)".
type hasAny struct {
	variable int
	wanted   []bool // by place among the options
}

func (x hasAny) eval(e *evaluation) Truth {
	a := e.cell(x.variable)
	t, given := a.truth()
	if !given {
		return t
	}
	return truth(slices.ContainsFunc(a.choices, func(i int) bool { return x.wanted[i] }))
}

// hasAll is "x has_all (...)".
type hasAll struct {
	variable int
	wanted   []int // places among the options
}

func (x hasAll) eval(e *evaluation) Truth {
	a := e.cell(x.variable)
	t, given := a.truth()
	if !given {
		return t
	}
	for _, i := range x.wanted {
		if !slices.Contains(a.choices, i) {
			return truth(false)
		}
	}
	return truth(true)
}

type answered struct{ variable int }

func (x answered) eval(e *evaluation) Truth { return truth(e.cell(x.variable).given) }

// attrAny is "attr_any(x, attribute, level, ...)".
type attrAny struct {
	variable int
	levels   []attrLevel // by place among the options
}

type attrLevel uint8

const (
	levelUnset attrLevel = iota
	levelOther
	levelWanted
)

func (x attrAny) eval(e *evaluation) Truth {
	a := e.cell(x.variable)
	t, given := a.truth()
	if !given {
		return t
	}
	for _, i := range a.choices {
		switch x.levels[i] {
		case levelWanted:
			return truth(true)
		case levelUnset:
			t = unknown(hasLIST)
		}
	}
	return t
}

type comparison struct {
	op          string
	left, right operand
}

func (x comparison) eval(e *evaluation) Truth {
	l, r := x.left.value(e), x.right.value(e)
	switch {
	case l.na || r.na:
		return Truth{Kind: NotApplicable}
	case l.codes|r.codes != 0:
		return unknown(l.codes | r.codes)
	}
	switch x.op {
	case "<":
		return less(l, r)
	case "<=":
		return not(less(r, l))
	case ">":
		return less(r, l)
	case ">=":
		return not(less(l, r))
	}
	return equal(l, r)
}

// less compares quantities that have values. When the answer is not the same
// for all days that partial dates may be it is unknown with UC: something is
// recorded, but it leaves no choice.
func less(l, r quantity) Truth {
	switch {
	case l.hi < r.lo:
		return truth(true)
	case l.lo >= r.hi:
		return truth(false)
	}
	return unknown(hasUC)
}

func equal(l, r quantity) Truth {
	switch {
	case l.hi < r.lo || r.hi < l.lo:
		return truth(false)
	case l.lo == l.hi && r.lo == r.hi && l.lo == r.lo:
		return truth(true)
	}
	return unknown(hasUC)
}

// constant is a number or a date.
type constant quantity

func (x constant) value(*evaluation) quantity { return quantity(x) }

// variableRef is a number or date variable.
type variableRef int

func (x variableRef) value(e *evaluation) quantity { return e.cell(int(x)).quantity() }

// countOf is "count(x, excluded...)".
type countOf struct {
	variable int
	excluded []bool // by place among the options
}

func (x countOf) value(e *evaluation) quantity {
	a := e.cell(x.variable)
	q := a.quantity()
	if !a.given {
		return q
	}
	n := 0
	for _, i := range a.choices {
		if !x.excluded[i] {
			n++
		}
	}
	return quantity{lo: float64(n), hi: float64(n)}
}

// shareMissing is "share_missing(code, ...)": of the answers that are not NA
// the share that carries one of the codes. Without any answer it is unknown
// with OPEN.
type shareMissing struct{ codes Codes }

func (x shareMissing) value(e *evaluation) quantity {
	answers, carry := 0, 0
	for i := range e.cells {
		switch a := e.cell(i); {
		case a.na || a.codes == hasOPEN:
		case a.codes&x.codes != 0:
			carry++
			fallthrough
		default:
			answers++
		}
	}
	if answers == 0 {
		return quantity{codes: hasOPEN}
	}
	share := float64(carry) / float64(answers)
	return quantity{lo: share, hi: share}
}

// arithmetic is a sum or a product of numbers.
type arithmetic struct {
	product     bool
	left, right operand
}

func (x arithmetic) value(e *evaluation) quantity {
	l, r := x.left.value(e), x.right.value(e)
	if q := (quantity{na: l.na || r.na, codes: l.codes | r.codes}); q.na || q.codes != 0 {
		return q
	}
	n := l.lo + r.lo
	if x.product {
		n = l.lo * r.lo
	}
	return quantity{lo: n, hi: n}
}

// parseNumber reads a decimal number with a point: no exponent, no thousands
// signs, no spaces.
func parseNumber(text string) (n float64, ok bool) {
	digits, points := 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && digits > 0 && i+1 < len(text):
			points++
		case c == '-' && i == 0:
		default:
			return 0, false
		}
	}
	if digits == 0 || digits > 30 || points > 1 {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}
