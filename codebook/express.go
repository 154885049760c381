package codebook

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// A Dialect writes conditions in the language of another program, in which an
// answer is given or not and a missing code stands in a question of its own.
type Dialect interface {
	Chosen(v *Variable, code string) string   // the option is chosen
	Unchosen(v *Variable, code string) string // it is not
	Given(v *Variable) string                 // the variable has a value
	Absent(v *Variable) string                // it has none
	Missing(v *Variable) string               // one of its missing codes is chosen
	Value(v *Variable) string                 // the number
	Count(v *Variable, codes []string) string // how many of the options are chosen
	Join(op string, terms []string) string    // op is "and" or "or"; two terms or more
}

// ErrInexpressible says that a condition means more than another program can
// say; the error around it tells what.
var ErrInexpressible = errors.New("cannot be expressed in a logic of two values")

// Express returns when v is asked, in the language of d; empty for a variable
// that is always asked. It is true exactly where [Codebook.Route] asks the
// variable, as long as the questions before it have been answered. What cannot
// be said in a logic of two values is an [ErrInexpressible].
func (c *Codebook) Express(v *Variable, d Dialect) (string, error) {
	ask := c.asks[c.variableAt[v.ID]]
	if ask.expr == nil {
		return "", nil
	}
	x := expresser{c, d}
	yes, err := x.express(ask.expr, true)
	if err != nil || !v.AskWhenUnknown {
		return yes, err
	}
	unknown, err := x.unknown(ask)
	if err != nil {
		return "", err
	}
	return x.join("or", []string{yes, unknown}), nil
}

type expresser struct {
	book *Codebook
	d    Dialect
}

// join leaves out constants: an empty term is always true.
func (x expresser) join(op string, terms []string) string {
	if op == "or" && slices.Contains(terms, "") {
		return ""
	}
	terms = slices.DeleteFunc(slices.Clone(terms), func(s string) bool { return s == "" })
	switch len(terms) {
	case 0:
		return ""
	case 1:
		return terms[0]
	}
	return x.d.Join(op, terms)
}

func (x expresser) all(op string, terms []expr, want bool) (string, error) {
	list := make([]string, len(terms))
	for i, t := range terms {
		var err error
		if list[i], err = x.express(t, want); err != nil {
			return "", err
		}
	}
	return x.join(op, list), nil
}

// express says when e is yes, or when it is no.
func (x expresser) express(e expr, want bool) (string, error) {
	switch e := e.(type) {
	case everyCase:
		if !want {
			return "", fmt.Errorf("a condition that is never true %w", ErrInexpressible)
		}
		return "", nil
	case andExpr:
		if want {
			return x.all("and", e, true)
		}
		return x.all("or", e, false)
	case orExpr:
		if want {
			return x.all("or", e, true)
		}
		// "or" is no also where a term does not apply.
		if !x.apply(e) {
			return "", fmt.Errorf("\"not\" before \"or\" over questions that may not apply %w", ErrInexpressible)
		}
		return x.all("and", e, false)
	case notExpr:
		return x.express(e.term, !want)
	case derivedRef:
		return x.express(x.book.derivedExprs[e].expr, want)
	case hasAny:
		return x.hasAny(e, want), nil
	case hasAll:
		return x.hasAll(e, want), nil
	case answered:
		v := x.book.variables[e.variable]
		if want {
			return x.d.Given(v), nil
		}
		return x.d.Absent(v), nil
	case comparison:
		return x.comparison(e, want)
	}
	// Attributes of a list may not be set, and no routing rests on them.
	return "", fmt.Errorf("an attribute of a code list %w", ErrInexpressible)
}

// apply reports whether every question behind terms always applies.
func (x expresser) apply(terms []expr) bool {
	ok := true
	for _, t := range terms {
		x.variables(t, func(i int) {
			v := x.book.variables[i]
			ok = ok && v.AskIf == "" && !slices.Contains(v.Missing, NA)
		})
	}
	return ok
}

// variables visits the variables that e looks at.
func (x expresser) variables(e expr, visit func(int)) {
	switch e := e.(type) {
	case andExpr:
		for _, t := range e {
			x.variables(t, visit)
		}
	case orExpr:
		for _, t := range e {
			x.variables(t, visit)
		}
	case notExpr:
		x.variables(e.term, visit)
	case derivedRef:
		x.variables(x.book.derivedExprs[e].expr, visit)
	case hasAny:
		visit(e.variable)
	case hasAll:
		visit(e.variable)
	case answered:
		visit(e.variable)
	case comparison:
		for _, o := range []operand{e.left, e.right} {
			x.operands(o, visit)
		}
	}
}

func (x expresser) operands(o operand, visit func(int)) {
	switch o := o.(type) {
	case variableRef:
		visit(int(o))
	case countOf:
		visit(o.variable)
	case arithmetic:
		x.operands(o.left, visit)
		x.operands(o.right, visit)
	}
}

// option returns the variable and its codes in order.
func (x expresser) option(i int) (*Variable, []string) {
	v := x.book.variables[i]
	return v, x.book.codes(v)
}

// chosen and unchosen say it of those codes that keep says.
func (x expresser) chosen(v *Variable, codes []string, keep func(int) bool) []string {
	var list []string
	for i, code := range codes {
		if keep(i) {
			list = append(list, x.d.Chosen(v, code))
		}
	}
	return list
}

func (x expresser) unchosen(v *Variable, codes []string, keep func(int) bool) []string {
	var list []string
	for i, code := range codes {
		if keep(i) {
			list = append(list, x.d.Unchosen(v, code))
		}
	}
	return list
}

func (x expresser) hasAny(e hasAny, want bool) string {
	v, codes := x.option(e.variable)
	if want {
		return x.join("or", x.chosen(v, codes, func(i int) bool { return e.wanted[i] }))
	}
	others := x.join("or", x.chosen(v, codes, func(i int) bool { return !e.wanted[i] }))
	if v.Type != TypeMulti {
		return others
	}
	return x.join("and", append([]string{others}, x.unchosen(v, codes, func(i int) bool { return e.wanted[i] })...))
}

func (x expresser) hasAll(e hasAll, want bool) string {
	v, codes := x.option(e.variable)
	keep := func(i int) bool { return slices.Contains(e.wanted, i) }
	if want {
		return x.join("and", x.chosen(v, codes, keep))
	}
	return x.join("and", []string{x.d.Given(v), x.join("or", x.unchosen(v, codes, keep))})
}

// opposite is the comparison that is yes where the other is no.
var opposite = map[string]string{"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!="}

func (x expresser) comparison(e comparison, want bool) (string, error) {
	op := e.op
	if !want {
		op = opposite[e.op]
	}
	left, err := x.operand(e.left)
	if err != nil {
		return "", err
	}
	right, err := x.operand(e.right)
	if err != nil {
		return "", err
	}
	var terms []string
	x.variables(e, func(i int) {
		if given := x.d.Given(x.book.variables[i]); !slices.Contains(terms, given) {
			terms = append(terms, given)
		}
	})
	if op == "==" {
		op = "="
	}
	return x.join("and", append(terms, left+" "+op+" "+right)), nil
}

func (x expresser) operand(o operand) (string, error) {
	switch o := o.(type) {
	case constant:
		return strconv.FormatFloat(o.lo, 'f', -1, 64), nil
	case variableRef:
		if v := x.book.variables[o]; v.Type == TypeNumber {
			return x.d.Value(v), nil
		}
		return "", fmt.Errorf("a comparison of dates, which may be partial, %w", ErrInexpressible)
	case countOf:
		v, codes := x.option(o.variable)
		var counted []string
		for i, code := range codes {
			if !o.excluded[i] {
				counted = append(counted, code)
			}
		}
		return x.d.Count(v, counted), nil
	case arithmetic:
		left, err := x.operand(o.left)
		if err != nil {
			return "", err
		}
		right, err := x.operand(o.right)
		op := " + "
		if o.product {
			op = " * "
		}
		return "(" + left + op + right + ")", err
	}
	return "", fmt.Errorf("a share of missing codes %w", ErrInexpressible)
}

// unknown says when a condition on one variable is unknown: its missing code
// was chosen, or it was itself not asked because that could not be known.
func (x expresser) unknown(ask program) (string, error) {
	if len(ask.rests.variables) != 1 {
		return "", fmt.Errorf("ask_when_unknown over more than one question %w", ErrInexpressible)
	}
	i := ask.rests.variables[0]
	v := x.book.variables[i]
	terms := []string{}
	if slices.ContainsFunc(v.Missing, func(code string) bool { return code != NA }) {
		terms = append(terms, x.d.Missing(v))
	}
	if parent := x.book.asks[i]; parent.expr != nil && !v.AskWhenUnknown {
		inherited, err := x.unknown(parent)
		if err != nil {
			return "", err
		}
		terms = append(terms, inherited)
	}
	if len(terms) == 0 {
		return "", fmt.Errorf("ask_when_unknown on a question that is never unknown %w", ErrInexpressible)
	}
	return x.join("or", terms), nil
}
