package screening

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A Pattern is a form that a project knows to identify people, such as the
// file numbers of one source organisation.
type Pattern struct {
	Kind Kind
	Expr string // RE2, as package regexp reads it
}

// Options are what a project adds to the built-in rules.
type Options struct {
	Names    []string  // words that are always names here, such as those of workers, in any case
	Terms    []string  // words that are never names or places here
	Patterns []Pattern // further forms
	Hashed   []string  // names as [HashName] gives them; found where they have a capital
	HashKey  []byte    // the key of Hashed
}

// A Screener finds what may identify a person. The zero Screener knows the
// built-in rules; it is safe for use by many goroutines.
type Screener struct {
	names    map[string]bool // folded words that are names here
	terms    map[string]bool // folded words that are none
	learned  map[string]bool // folded words that are names in this case
	patterns []pattern
	hashed   map[string]bool
	key      []byte
}

type pattern struct {
	kind Kind
	expr *regexp.Regexp
}

// ErrPattern says that a project pattern cannot be used.
var ErrPattern = errors.New("pattern cannot be used")

// New makes a Screener with the lists and patterns of a project. Its error
// joins all patterns that cannot be used, each an [ErrPattern] with its place
// in o.Patterns, counted from 1.
func New(o Options) (*Screener, error) {
	s := &Screener{names: folded(o.Names), terms: folded(o.Terms), key: o.HashKey, hashed: map[string]bool{}}
	for _, h := range o.Hashed {
		s.hashed[strings.ToLower(h)] = true
	}
	var errs []error
	for i, p := range o.Patterns {
		expr, err := regexp.Compile(p.Expr)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%w: pattern %d: %w", ErrPattern, i+1, err))
		case expr.MatchString(""):
			errs = append(errs, fmt.Errorf("%w: pattern %d: %q matches the empty text; say what it must hold", ErrPattern, i+1, p.Expr))
		case p.Kind.Severity() == "":
			errs = append(errs, fmt.Errorf("%w: pattern %d: %q is no kind of finding", ErrPattern, i+1, p.Kind))
		default:
			s.patterns = append(s.patterns, pattern{p.Kind, expr})
		}
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return s, nil
}

// folded returns the words of all of names.
func folded(names []string) map[string]bool {
	if len(names) == 0 {
		return nil
	}
	words := map[string]bool{}
	for _, name := range names {
		for _, w := range strings.FieldsFunc(name, func(r rune) bool { return !isLetter(r) && !isApostrophe(r) }) {
			words[fold(w)] = true
		}
	}
	return words
}

// Scan returns what it finds in text, ordered by position. No two findings
// overlap. Text that is no valid UTF-8 is read with one code point for each
// byte that is not, as Go reads it.
func (s *Screener) Scan(text string) []Finding {
	c := s.read(text)
	defer c.release()
	c.all()
	return c.findings()
}

// read cuts text into tokens; release gives their memory back.
func (s *Screener) read(text string) *scan {
	c, ok := scans.Get().(*scan)
	if !ok {
		c = new(scan)
	}
	*c = scan{Screener: s, lex: builtin(), text: text, tokens: c.tokens[:0], found: c.found[:0]}
	c.tokens = tokenize(text, c.lex, slices.Grow(c.tokens, len(text)/5+4))
	return c
}

// scans keeps the memory of scans that ended, for an import makes thousands.
var scans sync.Pool

func (c *scan) release() {

	c.text, c.Screener = "", nil
	scans.Put(c)
}
