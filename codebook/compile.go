package codebook

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// compiled is what the expressions of a codebook became. Slices run parallel
// to those of the codebook.
type compiled struct {
	options      []map[string]int // by variable: place of a code among its options
	asks         []program        // by variable; expr is nil when always asked
	derivedExprs []program
	derivedRests []rests
	checkExprs   []program
	measureExprs []measureProgram
	pool         *sync.Pool // of *evaluation
}

type measureProgram struct {
	include, exclude, numerator program
	rests                       rests
	cascade                     []int // all steps, with itself; empty for none
}

// A problem is a mistake in the content of a codebook: path names the place,
// offset the byte of the text there.
type problem struct {
	path   string
	offset int
	err    error
}

// compile indexes c, checks it and compiles its expressions. It returns all
// mistakes that it finds.
func compile(c *Codebook) []problem {
	c.index = newIndex(c)
	c.compiled = compiled{pool: &sync.Pool{}}
	for _, v := range c.variables {
		options := map[string]int{}
		for _, code := range c.codes(v) {
			if _, taken := options[code]; !taken {
				options[code] = len(options)
			}
		}
		c.options = append(c.options, options)
	}
	k := &checker{book: c}
	k.checkAll()
	k.compileAll()
	return k.problems
}

// codes returns all codes that v has ever offered, in codebook order.
func (c *Codebook) codes(v *Variable) []string {
	var codes []string
	for _, option := range c.Options(v, "") {
		codes = append(codes, option.Code)
	}
	return codes
}

// expression compiles text at path. That a needed expression is missing was
// reported before.
func (k *checker) expression(path, text string, in scope) program {
	if text == "" {
		return program{expr: everyCase{}}
	}
	p, errs := compileExpression(k.book, text, in)
	for _, e := range errs {
		k.problems = append(k.problems, problem{path, e.offset, e.err})
	}
	return p
}

func (k *checker) compileAll() {
	c := k.book
	for i, d := range c.Derived {
		p := k.expression(fmt.Sprintf("derived[%d].expression", i), d.Expression, scope{derived: i})
		c.derivedExprs = append(c.derivedExprs, p)
		c.derivedRests = append(c.derivedRests, p.rests)
	}
	n := 0
	for s, section := range c.Sections {
		for i, v := range section.Variables {
			var ask program
			if v.AskIf != "" {
				path := fmt.Sprintf("sections[%d].variables[%d].ask_if", s, i)
				ask = k.expression(path, v.AskIf, scope{len(c.Derived), v, n})
			}
			c.asks = append(c.asks, ask)
			n++
		}
	}
	for i, x := range c.Checks {
		c.checkExprs = append(c.checkExprs, k.expression(fmt.Sprintf("checks[%d].expression", i), x.Expression, scope{derived: len(c.Derived)}))
	}
	for i, m := range c.Measures {
		c.measureExprs = append(c.measureExprs, k.measure(fmt.Sprintf("measures[%d]", i), m))
	}
}

func (k *checker) measure(path string, m *Measure) measureProgram {
	c, all := k.book, scope{derived: len(k.book.Derived)}
	x := measureProgram{include: k.expression(path+".include", m.Include, all)}
	if m.Exclude != "" {
		x.exclude = k.expression(path+".exclude", m.Exclude, all)
	}
	switch m.Kind {
	case Mean, Median:
		if place, ok := c.variableAt[m.Of]; ok {
			x.numerator = program{hasValue{place}, rests{variables: []int{place}}}
		}
	default:
		x.numerator = k.expression(path+".numerator", m.Numerator, all)
	}
	x.rests.add(x.include.rests)
	x.rests.add(x.exclude.rests)
	x.rests.add(x.numerator.rests)
	if m.Cascade != "" {
		for i, step := range c.Measures {
			if step.Cascade == m.Cascade {
				x.cascade = append(x.cascade, i)
			}
		}
	}
	return x
}

// WithList returns a copy of c in which the code list with that id has the
// given entries, such as a study's own levels of evidence. c is unchanged.
// The error joins an [*EntryError] for everything that the new entries break.
func (c *Codebook) WithList(id string, entries []Entry) (*Codebook, error) {
	i, ok := c.listAt[id]
	if !ok {
		return nil, &Mistake{mistakeUnknownList, []any{id, didYouMean(id, keys(c.listAt))}}
	}
	changed := *c
	changed.CodeLists = slices.Clone(c.CodeLists)
	changed.CodeLists[i].Entries = make([]Entry, len(entries))
	for j, e := range entries {
		e.Attributes = maps.Clone(e.Attributes)
		changed.CodeLists[i].Entries[j] = e
	}
	var errs []error
	for _, p := range compile(&changed) {
		errs = append(errs, &EntryError{p.path, p.err})
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &changed, nil
}

// An EntryError says what entries given to a code list break, and where in the
// codebook.
type EntryError struct {
	Path string // such as code_lists.treatments[3].code
	Err  error
}

func (e *EntryError) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap returns the error without its place.
func (e *EntryError) Unwrap() error { return e.Err }

// keys returns the sorted keys of m.
func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// didYouMean returns a hint with the nearest of known, or nothing when none
// is near.
func didYouMean(word string, known []string) Hint {
	best, distance := "", 3
	for _, k := range known {
		if d := editDistance(strings.ToLower(word), strings.ToLower(k)); d < distance && d < len(k) {
			best, distance = k, d
		}
	}
	return Hint(best)
}

// editDistance is the number of single bytes to insert, delete or replace
// (Levenshtein 1966), or 3 when the lengths alone differ by as much.
func editDistance(a, b string) int {
	if max(len(a), len(b))-min(len(a), len(b)) > 2 {
		return 3
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
