package codebook

// An operand is one side of a comparison.
type operand interface{ value(*evaluation) quantity }

// A quantity is a number, or the days that a date may be: a partial date
// spans several. When na or codes are set it has no value.
type quantity struct {
	lo, hi float64
	na     bool
	codes  Codes
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

// An operandKind keeps numbers and dates apart.
type operandKind uint8

const (
	anyKind operandKind = iota // after a mistake that was reported
	numberKind
	dateKind
)

func (k operandKind) term() Term { return [...]Term{termOperand, termNumber, termDate}[k] }

func (p *expressionParser) comparison(depth int) (expr, error) {
	start := p.start
	left, lk, err := p.sum(depth)
	if err != nil {
		return nil, err
	}
	op := p.token
	switch op {
	case "<", "<=", "==", ">", ">=":
	default:
		return nil, p.fail(mistakeNoComparison, p.instead())
	}
	p.next()
	right, rk, err := p.sum(depth)
	if err != nil {
		return nil, err
	}
	// A year alone reads as a number; beside a date it is meant as one.
	left, lk = yearAsDate(left, lk, rk)
	right, rk = yearAsDate(right, rk, lk)
	if lk != rk && lk != anyKind && rk != anyKind {
		p.report(start, mistakeNotComparable, lk.term(), rk.term())
	}
	return comparison{op, left, right}, nil
}

// yearAsDate turns a number between 1000 and 9999 beside a date into the year.
func yearAsDate(x operand, kind, beside operandKind) (operand, operandKind) {
	n, ok := x.(constant)
	if !ok || kind != numberKind || beside != dateKind || n.lo < 1000 || n.lo > 9999 || n.lo != float64(int(n.lo)) {
		return x, kind
	}
	first, last := partialDate{year: int(n.lo)}.days()
	return constant{lo: first, hi: last}, dateKind
}

func (p *expressionParser) sum(depth int) (operand, operandKind, error) {
	return p.operands("+", depth, p.product)
}

func (p *expressionParser) product(depth int) (operand, operandKind, error) {
	return p.operands("*", depth, p.operand)
}

func (p *expressionParser) operands(sign string, depth int, part func(int) (operand, operandKind, error)) (operand, operandKind, error) {
	start := p.start
	x, kind, err := part(depth)
	for err == nil && p.token == sign {
		at := p.start
		p.next()
		var y operand
		var yk operandKind
		y, yk, err = part(depth)
		x = arithmetic{sign == "*", x, y}
		switch {
		case kind == dateKind:
			p.report(start, mistakeDatesSum, sign)
			kind = anyKind
		case yk == dateKind:
			p.report(at, mistakeDatesSum, sign)
			kind = anyKind
		}
	}
	return x, kind, err
}

func (p *expressionParser) operand(depth int) (operand, operandKind, error) {
	zero := constant{}
	switch p.token {
	case "(":
		if depth++; depth > maxDepth {
			return nil, anyKind, p.fail(mistakeTooDeep)
		}
		p.next()
		x, kind, err := p.sum(depth)
		if err != nil {
			return nil, anyKind, err
		}
		return x, kind, p.expect(")", mistakeCloseParenthesis)
	case "count":
		args, err := p.arguments(termAVariableOrCode)
		if err != nil {
			return nil, anyKind, err
		}
		variable, ok := p.resolve(args[0].word, args[0].start, "count", TypeMulti)
		if !ok {
			return zero, numberKind, nil
		}
		return countOf{variable, p.marks(variable, p.places(variable, args[1:]))}, numberKind, nil
	case "share_missing":
		start := p.start
		args, err := p.arguments(termAMissingCode)
		if err != nil {
			return nil, anyKind, err
		}
		var codes Codes
		for _, a := range args {
			if a.word != NR && a.word != DM && a.word != UC {
				p.report(a.start, mistakeShareCodes, a.word)
			}
			codes |= CodesOf(a.word)
		}
		p.use(start, rests{share: true})
		return shareMissing{codes}, numberKind, nil
	}
	if p.token == "" || !isWord(p.token[0]) {
		return nil, anyKind, p.fail(mistakeNoOperand, p.instead())
	}
	word, start := p.token, p.start
	p.next()
	if n, ok := parseNumber(word); ok {
		return constant{lo: n, hi: n}, numberKind, nil
	}
	if d, ok := parseDate(word); ok {
		first, last := d.days()
		return constant{lo: first, hi: last}, dateKind, nil
	}
	if c := word[0]; c >= '0' && c <= '9' || c == '-' || c == '.' {
		p.report(start, mistakeNoConstant, word)
		return zero, anyKind, nil
	}
	variable, ok := p.resolve(word, start, termAComparison, TypeNumber, TypeDate)
	if !ok {
		return zero, anyKind, nil
	}
	if p.book.variables[variable].Type == TypeDate {
		return variableRef(variable), dateKind, nil
	}
	return variableRef(variable), numberKind, nil
}
