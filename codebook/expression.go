package codebook

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// An expressionError is a mistake at a byte offset of an expression.
type expressionError struct {
	offset int
	err    error
}

// A compiled expression remembers what it rests on.
type program struct {
	expr
	rests rests
}

// rests says what an expression rests on, through derived variables too.
type rests struct {
	variables  []int // sorted
	attributes []attribute
	share      bool // share_missing: all variables
}

// An attribute of the code list of a variable.
type attribute struct {
	variable int
	name     string
}

func (r *rests) add(other rests) {
	r.variables = append(r.variables, other.variables...)
	slices.Sort(r.variables)
	r.variables = slices.Compact(r.variables)
	for _, a := range other.attributes {
		if !slices.Contains(r.attributes, a) {
			r.attributes = append(r.attributes, a)
		}
	}
	r.share = r.share || other.share
}

// maxDepth bounds parentheses and "not" in one expression.
const maxDepth = 100

var errSyntax = errors.New("the expression cannot be read")

// words that cannot be ids.
var reserved = []string{
	"all", "and", "answered", "attr_any", "count", "has_all", "has_any", "in", "not", "or", "share_missing",
}

// compileExpression compiles text for c, of which the index and the derived
// variables before the derived-th are ready. It reports every mistake that it
// can see; after one of syntax it cannot see further.
func compileExpression(c *Codebook, text string, derived int) (program, []expressionError) {
	p := &expressionParser{book: c, text: text, derived: derived}
	p.next()
	x, err := p.or(0)
	if err == nil && p.token != "" {
		err = p.fail("%q is not expected here; join conditions by and, or", p.token)
	}
	if x == nil {
		x = everyCase{}
	}
	return program{x, p.rests}, p.errs
}

// An expressionParser is a recursive descent parser with one token in hand.
type expressionParser struct {
	book    *Codebook
	text    string
	derived int

	token string // "" at the end
	start int    // offset of token
	end   int    // offset after token

	rests rests
	errs  []expressionError
}

// report notes a mistake after which the parser can go on.
func (p *expressionParser) report(offset int, format string, args ...any) {
	p.errs = append(p.errs, expressionError{offset, fmt.Errorf(format, args...)})
}

// fail notes a mistake at the token, after which the parser cannot go on.
func (p *expressionParser) fail(format string, args ...any) error {
	p.report(p.start, format, args...)
	return errSyntax
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
}

// next takes the next token in hand: a word, a comparison or one other
// character. Ids, codes, numbers and dates are all words.
func (p *expressionParser) next() {
	i := p.end
	for i < len(p.text) && strings.IndexByte(" \t\r\n", p.text[i]) >= 0 {
		i++
	}
	p.start = i
	switch {
	case i == len(p.text):
	case isWord(p.text[i]):
		for i < len(p.text) && isWord(p.text[i]) {
			i++
		}
	case strings.HasPrefix(p.text[i:], "<="), strings.HasPrefix(p.text[i:], ">="), strings.HasPrefix(p.text[i:], "=="):
		i += 2
	default:
		_, size := utf8.DecodeRuneInString(p.text[i:])
		i += size
	}
	p.token, p.end = p.text[p.start:i], i
}

func (p *expressionParser) expect(token, where string) error {
	if p.token != token {
		return p.fail("%q is expected %s%s", token, where, p.instead())
	}
	p.next()
	return nil
}

func (p *expressionParser) instead() string {
	if p.token == "" {
		return ", but the expression ends"
	}
	return fmt.Sprintf(", not %q", p.token)
}

func (p *expressionParser) or(depth int) (expr, error) {
	return p.chain("or", depth, p.and, func(terms []expr) expr { return orExpr(terms) })
}

func (p *expressionParser) and(depth int) (expr, error) {
	return p.chain("and", depth, p.not, func(terms []expr) expr { return andExpr(terms) })
}

func (p *expressionParser) chain(word string, depth int, term func(int) (expr, error), join func([]expr) expr) (expr, error) {
	var terms []expr
	for {
		t, err := term(depth)
		if err != nil {
			return nil, err
		}
		terms = append(terms, t)
		if p.token != word {
			break
		}
		p.next()
	}
	if len(terms) == 1 {
		return terms[0], nil
	}
	return join(terms), nil
}

func (p *expressionParser) not(depth int) (expr, error) {
	if p.token != "not" {
		return p.atom(depth)
	}
	if depth++; depth > maxDepth {
		return nil, p.fail("too deeply nested")
	}
	p.next()
	t, err := p.not(depth)
	if err != nil {
		return nil, err
	}
	return notExpr{t}, nil
}

// atom parses a condition without and, or, not. A parenthesis may open a
// condition or an operand; what follows its match tells which.
func (p *expressionParser) atom(depth int) (expr, error) {
	if depth > maxDepth {
		return nil, p.fail("too deeply nested")
	}
	switch p.token {
	case "(":
		if p.opensOperand() {
			return p.comparison(depth)
		}
		p.next()
		x, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		return x, p.expect(")", "to close the parenthesis")
	case "all":
		p.next()
		return everyCase{}, nil
	case "answered":
		return p.answered()
	case "attr_any":
		return p.attrAny()
	case "count", "share_missing":
		return p.comparison(depth)
	}
	if p.token == "" || !isWord(p.token[0]) || slices.Contains(reserved, p.token) {
		return nil, p.fail("a condition is expected%s", p.instead())
	}
	word, start, resume := p.token, p.start, *p
	p.next()
	switch p.token {
	case "in", "has_any", "has_all":
		return p.membership(word, start)
	case "<", "<=", "==", ">", ">=", "+", "*":
		*p = resume
		return p.comparison(depth)
	case "=":
		return nil, p.fail("equality is written ==, and membership in (...)")
	}
	return p.bare(word, start), nil
}

// opensOperand reports whether the parenthesis in hand encloses an operand:
// whether a comparison or an arithmetic sign follows its match.
func (p *expressionParser) opensOperand() bool {
	q := expressionParser{text: p.text, end: p.start}
	depth := 0
	for q.next(); q.token != ""; q.next() {
		switch q.token {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				q.next()
				return slices.Contains([]string{"<", "<=", "==", ">", ">=", "+", "*"}, q.token)
			}
		}
	}
	return false
}

// bare resolves a name that stands alone: a derived variable.
func (p *expressionParser) bare(word string, start int) expr {
	i, ok := p.book.derivedAt[word]
	switch {
	case ok && i < p.derived:
		p.rests.add(p.book.derivedRests[i])
		return derivedRef(i)
	case ok:
		p.report(start, "derived variable %s is defined further down; a derived variable can use earlier ones only", word)
	case p.book.Variable(word) != nil:
		p.report(start, "%s is a variable; say what is asked of it, such as %s in (...) or answered(%s)", word, word, word)
	default:
		p.report(start, "there is no derived variable %s%s", word, didYouMean(word, keys(p.book.derivedAt)))
	}
	return everyCase{}
}

// variable resolves the id of a variable of one of the types; ok is false
// when a mistake was reported.
func (p *expressionParser) variable(id string, start int, use string, types ...Type) (place int, ok bool) {
	place, ok = p.book.variableAt[id]
	if !ok {
		if _, derived := p.book.derivedAt[id]; derived {
			p.report(start, "%s is a derived variable and has no answer of its own; it can only stand alone", id)
		} else {
			p.report(start, "there is no variable %s%s", id, didYouMean(id, keys(p.book.variableAt)))
		}
		return 0, false
	}
	if t := p.book.variables[place].Type; len(types) > 0 && !slices.Contains(types, t) {
		p.report(start, "%s cannot be used with %s, which is a %s variable", use, id, t)
		return 0, false
	}
	p.rests.add(rests{variables: []int{place}})
	return place, true
}

// A codeWord is a word in a list, with its offset.
type codeWord struct {
	word  string
	start int
}

// words parses "word, word, ...)" up to and with the parenthesis.
func (p *expressionParser) words(what string) ([]codeWord, error) {
	var list []codeWord
	for {
		if p.token == "" || !isWord(p.token[0]) {
			return nil, p.fail("%s is expected%s", what, p.instead())
		}
		if slices.ContainsFunc(list, func(w codeWord) bool { return w.word == p.token }) {
			p.report(p.start, "%s is named twice", p.token)
		}
		list = append(list, codeWord{p.token, p.start})
		p.next()
		if p.token != "," {
			return list, p.expect(")", "after the last of the list")
		}
		p.next()
	}
}

// places resolves codes to places among the options of a variable.
func (p *expressionParser) places(variable int, codes []codeWord) []int {
	options := p.book.options[variable]
	var places []int
	for _, c := range codes {
		place, ok := options[c.word]
		if !ok {
			p.report(c.start, "%s has no category %s%s", p.book.variables[variable].ID, c.word, didYouMean(c.word, keys(options)))
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
	variable, ok := p.variable(id, start, word, types...)
	p.next()
	if err := p.expect("(", "after "+word); err != nil {
		return nil, err
	}
	codes, err := p.words("a category code")
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
	args, err := p.arguments("a variable")
	if err != nil {
		return nil, err
	}
	if len(args) > 1 {
		p.report(args[1].start, "answered takes one variable")
	}
	variable, ok := p.variable(args[0].word, args[0].start, "answered")
	if !ok {
		return everyCase{}, nil
	}
	return answered{variable}, nil
}

// arguments parses "name(word, ...)" from the name on.
func (p *expressionParser) arguments(what string) ([]codeWord, error) {
	name := p.token
	p.next()
	if err := p.expect("(", "after "+name); err != nil {
		return nil, err
	}
	return p.words(what)
}

func (p *expressionParser) attrAny() (expr, error) {
	start := p.start
	args, err := p.arguments("a variable, an attribute or a level")
	if err != nil {
		return nil, err
	}
	if len(args) < 3 {
		p.report(start, "attr_any takes a variable, an attribute and at least one level")
		return everyCase{}, nil
	}
	variable, ok := p.variable(args[0].word, args[0].start, "attr_any", TypeSingle, TypeOrdinal, TypeMulti)
	if !ok {
		return everyCase{}, nil
	}
	v, name := p.book.variables[variable], args[1].word
	list, ok := p.book.List(v.CodeList)
	if !ok {
		p.report(args[0].start, "attr_any asks for a variable with a code list, and %s has categories of its own", v.ID)
		return everyCase{}, nil
	}
	p.rests.add(rests{attributes: []attribute{{variable, name}}})
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
	if _, ok := known[name]; !ok {
		p.report(args[1].start, "no entry of code list %s has an attribute %s%s", v.CodeList, name, didYouMean(name, keys(known)))
	}
	return x, nil
}
