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

// Mirrors counts codings by group. It is made by [NewMirrors].
type Mirrors struct {
	book   *codebook.Codebook
	groups map[string]*Mirror
	all    *Mirror
}

// NewMirrors returns mirrors on a codebook, without codings.
func NewMirrors(book *codebook.Codebook) *Mirrors {
	return &Mirrors{book: book, groups: map[string]*Mirror{}, all: newMirror(book, "")}
}

func newMirror(book *codebook.Codebook, name string) *Mirror {
	m := &Mirror{Name: name}
	for _, v := range book.Variables() {
		if v.CopyOf != "" {
			continue // nobody filled it in
		}
		m.Variables = append(m.Variables, VariableFill{Variable: v, Missing: map[string]int{}, Values: map[string]int{}})
	}
	for _, check := range book.Checks {
		m.Checks = append(m.Checks, CheckCount{Check: check})
	}
	return m
}

// Add counts a coding of c in a group and in the whole.
func (m *Mirrors) Add(group string, c Case, k Coding) {
	g := m.groups[group]
	if g == nil {
		g = newMirror(m.book, group)
		m.groups[group] = g
	}
	given := m.book.Effective(k.Given(m.book, c))
	fired := map[string]bool{}
	for _, f := range m.book.Findings(given) {
		fired[f.Check.ID] = true
	}
	for _, each := range []*Mirror{g, m.all} {
		each.add(given, fired)
	}
}

func (m *Mirror) add(given codebook.Answers, fired map[string]bool) {
	m.Codings++
	for i := range m.Variables {
		f := &m.Variables[i]
		switch a := given[f.Variable.ID]; {
		case a.Missing == codebook.NA:
		case a.Missing != "":
			f.Missing[a.Missing]++
		case a.Value == "":
			f.Open++
		default:
			f.Filled++
			f.count(a.Value)
		}
	}
	for i := range m.Checks {
		if fired[m.Checks[i].Check.ID] {
			m.Checks[i].N++
		}
	}
}

// count notes a value of a question with categories.
func (f *VariableFill) count(value string) {
	switch f.Variable.Type {
	case codebook.TypeSingle, codebook.TypeOrdinal:
		f.Values[value]++
	case codebook.TypeMulti:
		for code := range strings.SplitSeq(value, "|") {
			f.Values[code]++
		}
	}
}

// Groups returns the mirrors by name.
func (m *Mirrors) Groups() []Mirror {
	list := make([]Mirror, 0, len(m.groups))
	for _, name := range slices.Sorted(maps.Keys(m.groups)) {
		list = append(list, *m.groups[name])
	}
	return list
}

// All returns the mirror of all codings together.
func (m *Mirrors) All() Mirror { return *m.all }
