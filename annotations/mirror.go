package annotations

import (
	"maps"
	"slices"
	"strings"

	"github.com/dossierlens/dossierlens/codebook"
)

// A Mirror shows a group of codings to those who made them or supplied their
// files: what was filled in, which codes were missing, how values are divided
// and which checks fired. The group is that of a source organisation or a
// coder.
type Mirror struct {
	Name      string
	Codings   int
	Variables []VariableFill // in codebook order
	Checks    []CheckCount   // in codebook order
}

// A VariableFill counts the answers to one variable, the missing codes that
// routing sets included. Codings in which it does not apply count for nothing.
type VariableFill struct {
	Variable *codebook.Variable
	Filled   int            // with a value
	Missing  map[string]int // by NR, DM and UC
	Open     int            // asked and not answered, as in a coding of the core alone
	Values   map[string]int // by category; of a multi each option that was chosen
}

// Answered returns how many codings have a value or a missing code.
func (f VariableFill) Answered() int {
	n := f.Filled
	for _, k := range f.Missing {
		n += k
	}
	return n
}

// A CheckCount is in how many codings a check was true.
type CheckCount struct {
	Check *codebook.Check
	N     int
}

// A MirrorGroup says by what codings are grouped.
type MirrorGroup string

// The groups of mirrors.
const (
	MirrorBySource MirrorGroup = "source"
	MirrorByCoder  MirrorGroup = "coder" // by login
)

// Mirrors keeps what every coding adds to a mirror, so that counting them again
// after a change costs little. It is made by [NewMirrors] and not safe for use
// by several goroutines.
type Mirrors struct {
	book      *codebook.Codebook
	variables []*codebook.Variable // without those that nobody fills in
	places    map[tally]uint32     // in tallies
	tallies   []tally
	cases     map[int64][]reflection
}

// A tally is one thing that is counted of codings.
type tally struct {
	kind tallyKind
	of   int    // place of the variable or check
	code string // missing code, or category
}

type tallyKind uint8

const (
	tallyFilled tallyKind = iota
	tallyMissing
	tallyOpen
	tallyValue
	tallyCheck
)

// A reflection is what one coding adds: one to each of its tallies.
type reflection struct {
	source, login string
	tallies       []uint32 // places in Mirrors.tallies
}

// NewMirrors returns mirrors on a codebook, without codings.
func NewMirrors(book *codebook.Codebook) *Mirrors {
	m := &Mirrors{book: book, places: map[tally]uint32{}, cases: map[int64][]reflection{}}
	m.variables = slices.DeleteFunc(slices.Clone(book.Variables()), func(v *codebook.Variable) bool { return v.CopyOf != "" })
	return m
}

// A StatedCoding is what a coder stated in a coding of a case that was handed
// in.
type StatedCoding struct {
	Case   Case
	Login  string
	Stated codebook.Answers
}

// Add notes a coding.
func (m *Mirrors) Add(k StatedCoding) {
	m.cases[k.Case.Key] = append(m.cases[k.Case.Key], m.reflect(k))
}

// Remove forgets the codings of a case.
func (m *Mirrors) Remove(key int64) { delete(m.cases, key) }

func (m *Mirrors) reflect(k StatedCoding) reflection {
	r := reflection{source: k.Case.Source, login: k.Login, tallies: make([]uint32, 0, 2*len(m.variables))}
	count := func(t tally) {
		place, ok := m.places[t]
		if !ok {
			place = uint32(len(m.tallies))
			m.places[t], m.tallies = place, append(m.tallies, t)
		}
		r.tallies = append(r.tallies, place)
	}
	stated := maps.Clone(k.Stated)
	maps.Copy(stated, Copies(m.book, k.Case))
	given := m.book.Effective(stated)
	for i, v := range m.variables {
		switch a := given[v.ID]; {
		case a.Missing == codebook.NA:
		case a.Missing != "":
			count(tally{tallyMissing, i, a.Missing})
		case a.Value == "":
			count(tally{tallyOpen, i, ""})
		default:
			count(tally{tallyFilled, i, ""})
			switch v.Type {
			case codebook.TypeSingle, codebook.TypeOrdinal:
				count(tally{tallyValue, i, a.Value})
			case codebook.TypeMulti:
				for code := range strings.SplitSeq(a.Value, "|") {
					count(tally{tallyValue, i, code})
				}
			}
		}
	}
	for i, fires := range m.book.Fires(given) {
		if fires {
			count(tally{tallyCheck, i, ""})
		}
	}
	return r
}

// Counted are mirrors as they stand.
type Counted struct {
	Groups []Mirror // by name
	All    Mirror   // of all codings together
}

// Count counts the codings of the cases that only says, or of all where it is
// nil, in groups.
func (m *Mirrors) Count(by MirrorGroup, only func(key int64) bool) Counted {
	type counter struct {
		codings int
		n       []int // by tally
	}
	groups := map[string]*counter{}
	for key, codings := range m.cases {
		if only != nil && !only(key) {
			continue
		}
		for _, r := range codings {
			name := r.source
			if by == MirrorByCoder {
				name = r.login
			}
			g := groups[name]
			if g == nil {
				g = &counter{n: make([]int, len(m.tallies))}
				groups[name] = g
			}
			g.codings++
			for _, t := range r.tallies {
				g.n[t]++
			}
		}
	}
	all := counter{n: make([]int, len(m.tallies))}
	var done Counted
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		g := groups[name]
		all.codings += g.codings
		for t, n := range g.n {
			all.n[t] += n
		}
		done.Groups = append(done.Groups, m.mirror(name, g.codings, g.n))
	}
	done.All = m.mirror("", all.codings, all.n)
	return done
}

func (m *Mirrors) mirror(name string, codings int, n []int) Mirror {
	made := Mirror{Name: name, Codings: codings}
	for _, v := range m.variables {
		made.Variables = append(made.Variables, VariableFill{Variable: v, Missing: map[string]int{}, Values: map[string]int{}})
	}
	for _, check := range m.book.Checks {
		made.Checks = append(made.Checks, CheckCount{Check: check})
	}
	for place, t := range m.tallies {
		if n[place] == 0 {
			continue
		}
		switch t.kind {
		case tallyFilled:
			made.Variables[t.of].Filled = n[place]
		case tallyMissing:
			made.Variables[t.of].Missing[t.code] = n[place]
		case tallyOpen:
			made.Variables[t.of].Open = n[place]
		case tallyValue:
			made.Variables[t.of].Values[t.code] = n[place]
		case tallyCheck:
			made.Checks[t.of].N = n[place]
		}
	}
	return made
}
