package codebook

import "slices"

// An expr is a compiled expression.
type expr interface{ eval(*evaluation) Truth }

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

// bare resolves a name that stands alone: a derived variable.
func (p *expressionParser) bare(word string, start int) expr {
	i, ok := p.book.derivedAt[word]
	switch {
	case ok && i < p.derived:
		p.use(start, p.book.derivedRests[i])
		return derivedRef(i)
	case ok:
		p.report(start, mistakeDerivedLater, word)
	case p.book.Variable(word) != nil:
		p.report(start, mistakeBareVariable, word)
	default:
		p.report(start, mistakeUnknownDerived, word, didYouMean(word, keys(p.book.derivedAt)))
	}
	return everyCase{}
}

// places resolves codes to places among the options of a variable.
func (p *expressionParser) places(variable int, codes []codeWord) []int {
	options := p.book.options[variable]
	var places []int
	for _, c := range codes {
		place, ok := options[c.word]
		if !ok {
			p.report(c.start, mistakeNoCategory, p.book.variables[variable].ID, c.word, didYouMean(c.word, keys(options)))
			continue
		}
		places = append(places, place)
	}
	return places
}

// marks is a slice with the places set, one element an option.
func (p *expressionParser) marks(variable int, places []int) []bool {
	set := make([]bool, len(p.book.options[variable]))
	for _, i := range places {
		set[i] = true
	}
	return set
}

func (p *expressionParser) membership(id string, start int) (expr, error) {
	word := p.token
	types := []Type{TypeMulti}
	if word == "in" {
		types = []Type{TypeSingle, TypeOrdinal}
	}
	variable, ok := p.resolve(id, start, word, types...)
	p.next()
	if err := p.expect("(", mistakeAfterWord, word); err != nil {
		return nil, err
	}
	codes, err := p.words(termACategoryCode)
	if err != nil || !ok {
		return everyCase{}, err
	}
	places := p.places(variable, codes)
	if word == "has_all" {
		return hasAll{variable, places}, nil
	}
	return hasAny{variable, p.marks(variable, places)}, nil
}

func (p *expressionParser) answered() (expr, error) {
	args, err := p.arguments(termAVariable)
	if err != nil {
		return nil, err
	}
	if len(args) > 1 {
		p.report(args[1].start, mistakeAnsweredOne)
	}
	variable, ok := p.resolve(args[0].word, args[0].start, "answered")
	if !ok {
		return everyCase{}, nil
	}
	return answered{variable}, nil
}

func (p *expressionParser) attrAny() (expr, error) {
	start := p.start
	args, err := p.arguments(termAVariableAttributeLevel)
	if err != nil {
		return nil, err
	}
	if len(args) < 3 {
		p.report(start, mistakeAttrAnyArguments)
		return everyCase{}, nil
	}
	variable, ok := p.resolve(args[0].word, args[0].start, "attr_any", TypeSingle, TypeOrdinal, TypeMulti)
	if !ok {
		return everyCase{}, nil
	}
	v, name := p.book.variables[variable], args[1].word
	list, ok := p.book.List(v.CodeList)
	if !ok {
		p.report(args[0].start, mistakeAttrAnyList, v.ID)
		return everyCase{}, nil
	}
	p.use(start, rests{attributes: []attribute{{variable, name}}})
	known := map[string]int{}
	x := attrAny{variable, make([]attrLevel, len(p.book.options[variable]))}
	for _, entry := range list.Entries {
		for attribute := range entry.Attributes {
			known[attribute] = 0
		}
		place := p.book.options[variable][entry.Code]
		switch level := entry.Attributes[name]; {
		case level == "":
		case slices.ContainsFunc(args[2:], func(w codeWord) bool { return w.word == level }):
			x.levels[place] = levelWanted
		default:
			x.levels[place] = levelOther
		}
	}
	// A list without attributes at all leaves the measure undefined instead.
	if _, ok := known[name]; !ok && len(known) > 0 {
		p.report(args[1].start, mistakeUnknownAttribute, v.CodeList, name, didYouMean(name, keys(known)))
	}
	return x, nil
}
