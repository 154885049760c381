package codebook

// An operandKind keeps numbers and dates apart.
type operandKind uint8

const (
	anyKind operandKind = iota // after a mistake that was reported
	numberKind
	dateKind
)

func (k operandKind) String() string { return [...]string{"operand", "number", "date"}[k] }

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
		return nil, p.fail("one of < <= == >= > is expected%s", p.instead())
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
		p.report(start, "a %s cannot be compared with a %s", lk, rk)
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
		switch {
		case kind == dateKind:
			p.report(start, "%s is for numbers, not for dates", sign)
		case yk == dateKind:
			p.report(at, "%s is for numbers, not for dates", sign)
		}
		x, kind = arithmetic{sign == "*", x, y}, numberKind
	}
	return x, kind, err
}

func (p *expressionParser) operand(depth int) (operand, operandKind, error) {
	zero := constant{}
	switch p.token {
	case "(":
		if depth++; depth > maxDepth {
			return nil, anyKind, p.fail("too deeply nested")
		}
		p.next()
		x, kind, err := p.sum(depth)
		if err != nil {
			return nil, anyKind, err
		}
		return x, kind, p.expect(")", "to close the parenthesis")
	case "count":
		args, err := p.arguments("a variable or a category code")
		if err != nil {
			return nil, anyKind, err
		}
		variable, ok := p.variable(args[0].word, args[0].start, "count", TypeMulti)
		if !ok {
			return zero, numberKind, nil
		}
		return countOf{variable, p.marks(variable, p.places(variable, args[1:]))}, numberKind, nil
	case "share_missing":
		args, err := p.arguments("a missing code")
		if err != nil {
			return nil, anyKind, err
		}
		var codes Codes
		for _, a := range args {
			if a.word != NR && a.word != DM && a.word != UC {
				p.report(a.start, "share_missing takes NR, DM and UC, not %s", a.word)
			}
			codes |= CodesOf(a.word)
		}
		p.rests.add(rests{share: true})
		return shareMissing{codes}, numberKind, nil
	}
	if p.token == "" || !isWord(p.token[0]) {
		return nil, anyKind, p.fail("a number, a date, a variable or count(...) is expected%s", p.instead())
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
		p.report(start, "%s is neither a number nor a date; write 0.4, 2021-03 or 2021-03-05", word)
		return zero, anyKind, nil
	}
	variable, ok := p.variable(word, start, "a comparison", TypeNumber, TypeDate)
	if !ok {
		return zero, anyKind, nil
	}
	if p.book.variables[variable].Type == TypeDate {
		return variableRef(variable), dateKind, nil
	}
	return variableRef(variable), numberKind, nil
}
