package codebook

import (
	"errors"
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

// A scope is what an expression may use.
type scope struct {
	derived  int       // the number of derived variables that stand before it
	variable *Variable // set for an ask_if: variables before this one only
	place    int       // of variable
}

// compileExpression compiles text for c, of which the index and the derived
// variables in scope are ready. It reports every mistake that it can see;
// after one of syntax it cannot see further.
func compileExpression(c *Codebook, text string, in scope) (program, []expressionError) {
	p := &expressionParser{book: c, text: text, scope: in}
	p.next()
	x, err := p.or(0)
	if err == nil && p.token != "" {
		p.fail(mistakeUnexpected, p.token)
	}
	if x == nil {
		x = everyCase{}
	}
	return program{x, p.rests}, p.errs
}

// An expressionParser is a recursive descent parser with one token in hand.
type expressionParser struct {
	book *Codebook
	text string
	scope

	token string // "" at the end
	start int    // offset of token
	end   int    // offset after token

	rests rests
	errs  []expressionError
}

// report notes a mistake after which the parser can go on.
func (p *expressionParser) report(offset int, kind MistakeKind, args ...any) {
	p.errs = append(p.errs, expressionError{offset, &Mistake{kind, args}})
}

// fail notes a mistake at the token, after which the parser cannot go on.
func (p *expressionParser) fail(kind MistakeKind, args ...any) error {
	p.report(p.start, kind, args...)
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

// expect takes that token; kind says where it belongs, after the words of
// where.
func (p *expressionParser) expect(token string, kind MistakeKind, where ...any) error {
	if p.token != token {
		return p.fail(kind, slices.Concat([]any{token}, where, []any{p.instead()})...)
	}
	p.next()
	return nil
}

func (p *expressionParser) instead() Instead { return Instead(p.token) }

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
		return nil, p.fail(mistakeTooDeep)
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
		return nil, p.fail(mistakeTooDeep)
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
		return x, p.expect(")", mistakeCloseParenthesis)
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
		return nil, p.fail(mistakeNoCondition, p.instead())
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
		return nil, p.fail(mistakeEquality)
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

// use notes what the word at start rests on. Routing must look back: a
// question cannot hang on what is asked after it.
func (p *expressionParser) use(start int, r rests) {
	p.rests.add(r)
	if p.scope.variable == nil {
		return
	}
	for _, i := range r.variables {
		if i >= p.place {
			p.report(start, mistakeLooksAhead, p.book.variables[i].ID, p.scope.variable.ID)
		}
	}
	if r.share {
		p.report(start, mistakeShareInRouting)
	}
	if len(r.attributes) > 0 {
		p.report(start, mistakeAttributeInRouting)
	}
}

// resolve finds the variable with that id, of one of the types; ok is false
// when a mistake was reported.
func (p *expressionParser) resolve(id string, start int, use any, types ...Type) (place int, ok bool) {
	place, ok = p.book.variableAt[id]
	if !ok {
		if _, derived := p.book.derivedAt[id]; derived {
			p.report(start, mistakeDerivedAlone, id)
		} else {
			p.report(start, mistakeUnknownVariable, id, didYouMean(id, keys(p.book.variableAt)))
		}
		return 0, false
	}
	if t := p.book.variables[place].Type; len(types) > 0 && !slices.Contains(types, t) {
		p.report(start, mistakeWrongUse, use, id, t)
		return 0, false
	}
	p.use(start, rests{variables: []int{place}})
	return place, true
}

// A codeWord is a word in a list, with its offset.
type codeWord struct {
	word  string
	start int
}

// words parses "word, word, ...)" up to and with the parenthesis.
func (p *expressionParser) words(what Term) ([]codeWord, error) {
	var list []codeWord
	for {
		if p.token == "" || !isWord(p.token[0]) {
			return nil, p.fail(mistakeExpected, what, p.instead())
		}
		if slices.ContainsFunc(list, func(w codeWord) bool { return w.word == p.token }) {
			p.report(p.start, mistakeNamedTwice, p.token)
		}
		list = append(list, codeWord{p.token, p.start})
		p.next()
		if p.token != "," {
			return list, p.expect(")", mistakeListEnd)
		}
		p.next()
	}
}

// arguments parses "name(word, ...)" from the name on.
func (p *expressionParser) arguments(what Term) ([]codeWord, error) {
	name := p.token
	p.next()
	if err := p.expect("(", mistakeAfterWord, name); err != nil {
		return nil, err
	}
	return p.words(what)
}
