package intake

import (
	"fmt"
	"strings"
)

// A Problem is one thing that is wrong with a file, and where.
type Problem struct {
	File   string // as it was named to us, or relative to the batch
	Line   int    // counted from 1, the header is 1; 0 when the file is meant
	Column string // heading of a table, or part of a packed file; may be empty
	Reason Reason // what is wrong; errors.Is finds it
	Args   []any  // numbers and names for the message of Reason
	Err    error  // the cause in a library's words, may be nil
}

// Error gives the place and the English message, such as
// "manifest.csv:3: day: "x" is not a whole number of days from day 0".
func (p *Problem) Error() string { return p.Place() + ": " + p.Message() }

// Place gives file, line and column, joined by colons.
func (p *Problem) Place() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.Column != "" {
		b.WriteString(": " + p.Column)
	}
	return b.String()
}

// Message gives the English text without the place.
func (p *Problem) Message() string { return p.Reason.format(p.Args) }

// Unwrap gives the reason and the cause to errors.Is and errors.As.
func (p *Problem) Unwrap() []error {
	if p.Err == nil {
		return []error{p.Reason}
	}
	return []error{p.Reason, p.Err}
}

// Problems are all the problems of a file or batch, in reading order. It is
// an error with one line a problem.
type Problems []*Problem

// maxProblems bounds what one refusal lists: a file of the wrong kind has a
// problem in every row.
const maxProblems = 1000

func (ps Problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.Error())
	}
	return b.String()
}

// Unwrap gives each problem to errors.Is and errors.As.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// full reports whether no more problems are collected.
func (ps Problems) full() bool { return len(ps) > maxProblems }

// add appends p until the list is full, and then says so once.
func (ps *Problems) add(p *Problem) {
	switch {
	case len(*ps) < maxProblems:
		*ps = append(*ps, p)
	case len(*ps) == maxProblems:
		*ps = append(*ps, &Problem{File: p.File, Reason: ErrTooMany, Args: []any{maxProblems}})
	}
}

// err is nil when there are no problems, so that a nil list is no error.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}
