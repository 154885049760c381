package codebook

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// A ParseError reports what is wrong in a codebook file and where.
type ParseError struct {
	File   string
	Line   int    // from 1
	Column int    // from 1, in code points
	Path   string // such as sections[0].variables[2].ask_if; may be empty
	Err    error
}

// Error returns "file:line:column: what".
func (e *ParseError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %v", e.File, e.Line, e.Column, e.Err)
}

// Unwrap returns the error without its place.
func (e *ParseError) Unwrap() error { return e.Err }

// Parse reads a codebook from YAML, or JSON of the same shape; file is the
// name that errors bear. It reads to the end: the error joins a [*ParseError]
// for every problem, in the order of the file, and [Problems] takes it apart.
// Only what cannot be read as YAML or JSON at all is told one at a time.
func Parse(src []byte, file string) (*Codebook, error) {
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(string(src), "\ufeff"))
	root, failure := readNodes([]byte(text))
	if failure != nil {
		failure.File = file
		return nil, errors.Join(failure)
	}
	r := &reader{places: map[string]*node{}}
	c := r.codebook(root)
	problems := r.problems
	if c != nil {
		problems = append(problems, compile(c)...)
	}
	if len(problems) == 0 {
		return c, nil
	}
	lines := strings.Split(text, "\n")
	var all []*ParseError
	for _, p := range problems {
		e := &ParseError{File: file, Line: 1, Column: 1, Err: p.err}
		e.Path, _, _ = strings.Cut(p.path, " (")
		if n := r.place(p.path); n != nil {
			e.Line, e.Column = n.position(p.offset, lines)
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b *ParseError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	errs := make([]error, len(all))
	for i, e := range all {
		errs[i] = e
	}
	return nil, errors.Join(errs...)
}

// Problems returns the problems that an error of [Parse] joins.
func Problems(err error) []*ParseError {
	var all []*ParseError
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			all = append(all, Problems(e)...)
		}
	} else if e := (*ParseError)(nil); errors.As(err, &e) {
		all = append(all, e)
	}
	return all
}

// place returns the node at path, or the nearest one around it.
func (r *reader) place(path string) *node {
	for {
		if n := r.places[path]; n != nil {
			return n
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return r.places[""]
		}
		path = path[:i]
	}
}

// position returns the line and column of the byte at offset of the text of
// x. A text may be quoted or run over several lines, so the place is found by
// counting the characters that are not spaces.
func (x *node) position(offset int, lines []string) (line, column int) {
	if x.kind != textNode {
		return x.line, x.column
	}
	before := 0
	for _, c := range x.text[:min(offset, len(x.text))] {
		if !unicode.IsSpace(c) {
			before++
		}
	}
	from := x.column - 1
	var quote rune
	for line = x.line; line <= len(lines); line++ {
		source := []rune(lines[line-1])
		for i := from; i < len(source); i++ {
			c := source[i]
			switch first := line == x.line && i == from; {
			case unicode.IsSpace(c):
				continue
			case first && (c == '"' || c == '\''):
				quote = c
				continue
			case first && (c == '|' || c == '>'):
				i = len(source) // the text begins on the next line
				continue
			case before == 0:
				return line, i + 1
			case c == '\\' && quote == '"' && i+1 < len(source):
				i++
				switch source[i] {
				case 'u':
					i += 4
				case 'n', 'r', 't', ' ':
					continue // a space, which is not counted
				}
			}
			before--
		}
		from = 0
	}
	return x.line, x.column
}

// Canonical returns the codebook as compact JSON in the order of its types,
// with defaults filled in. It is a codebook file itself, and the same for
// files that differ in form only.
func (c *Codebook) Canonical() []byte {
	lists := map[string][]Entry{}
	for _, l := range c.CodeLists {
		lists[l.ID] = l.Entries
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(struct {
		Format string `json:"format"`
		*canonical
		CodeLists map[string][]Entry `json:"code_lists,omitempty"`
	}{Format, (*canonical)(c), lists})
	if err != nil {
		panic(err) // the types have nothing that cannot be encoded
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// canonical is a Codebook without methods.
type canonical Codebook

// Hash returns the SHA-256 of [Codebook.Canonical] in hexadecimal.
func (c *Codebook) Hash() string {
	sum := sha256.Sum256(c.Canonical())
	return hex.EncodeToString(sum[:])
}
