package exports

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// A StoredFile is a file of a release as it was kept, with the hash that was
// written down when it was made.
type StoredFile struct {
	File
	Recorded string // SHA-256 in hexadecimal
}

// A ProblemKind says what verification found.
type ProblemKind string

// The kinds of problem.
const (
	ProblemHash       ProblemKind = "hash"       // the file is not the one that was made
	ProblemMissing    ProblemKind = "missing"    // the file is not there
	ProblemUnreadable ProblemKind = "unreadable" // the file cannot be read
	ProblemID         ProblemKind = "id"         // terms and inputs are not those that the release is named after
	ProblemCodebook   ProblemKind = "codebook"   // the codebook is not the one of the terms
	ProblemRecompute  ProblemKind = "recompute"  // the inputs give no release at all
	ProblemCell       ProblemKind = "cell"       // a figure differs from the recomputed one
	ProblemFile       ProblemKind = "file"       // a file differs from the recomputed one
	ProblemExtra      ProblemKind = "extra"      // a file that the release does not make
	ProblemInside     ProblemKind = "inside"     // a file is handed out that must stay inside, or the other way round
	ProblemFormat     ProblemKind = "format"     // made in a way that this program does not know
)

// A Problem is one thing in which a stored release differs from what its
// inputs give.
type Problem struct {
	Kind     ProblemKind `json:"kind"`
	File     string      `json:"file,omitempty"`
	Cell     string      `json:"cell,omitempty"` // measure, variant, period, region and class
	Column   string      `json:"column,omitempty"`
	Stored   string      `json:"stored"`
	Computed string      `json:"computed"`
}

// Error says the problem in one line.
func (p Problem) Error() string {
	switch p.Kind {
	case ProblemHash:
		return fmt.Sprintf("%s: its SHA-256 is %s, and %s was written down", p.File, p.Computed, p.Stored)
	case ProblemMissing:
		return fmt.Sprintf("%s: the file is missing", p.File)
	case ProblemUnreadable:
		return fmt.Sprintf("%s: %s", p.File, p.Stored)
	case ProblemID:
		return fmt.Sprintf("the release is named %s, and its terms and inputs give %s", p.Stored, p.Computed)
	case ProblemCodebook:
		return fmt.Sprintf("%s: its hash is %s, and the release was made on %s", p.File, p.Computed, p.Stored)
	case ProblemRecompute:
		return fmt.Sprintf("the figures cannot be computed again: %s", p.Computed)
	case ProblemExtra:
		return fmt.Sprintf("%s: the release does not make this file", p.File)
	case ProblemInside:
		return fmt.Sprintf("%s: kept as inside=%s, made as inside=%s", p.File, p.Stored, p.Computed)
	case ProblemFormat:
		return fmt.Sprintf("the release was made as %s, and this program makes %s; use the version of the program that made it", p.Stored, p.Computed)
	case ProblemCell:
		return fmt.Sprintf("%s: %s: %s is %s, computed again it is %s", p.File, p.Cell, p.Column, orEmpty(p.Stored), orEmpty(p.Computed))
	}
	return fmt.Sprintf("%s: computed again it differs", p.File)
}

func orEmpty(s string) string {
	if s == "" {
		return "empty"
	}
	return s
}

// frozen are the files that the others are computed from.
var frozen = []string{TermsFile, CodebookFile, InputsFile, MethodsFile}

// Verify computes every cell of a stored release from its frozen inputs again
// and returns everything in which it differs, nothing when it is as it was
// made. Before is the ledger of the release before it; renderings are those
// that were kept with the release.
func Verify(ctx context.Context, id string, files []StoredFile, before disclosure.Ledger, renderings ...Rendering) []Problem {
	var problems []Problem
	stored := map[string][]byte{}
	for _, f := range files {
		stored[f.Name] = f.Content
		if got := f.SHA256(); got != f.Recorded {
			problems = append(problems, Problem{Kind: ProblemHash, File: f.Name, Stored: f.Recorded, Computed: got})
		}
	}
	for _, name := range frozen {
		if stored[name] == nil {
			problems = append(problems, Problem{Kind: ProblemMissing, File: name})
		}
	}
	var terms Terms
	if err := json.Unmarshal(stored[TermsFile], &terms); err != nil {
		return append(problems, Problem{Kind: ProblemUnreadable, File: TermsFile, Stored: err.Error()})
	}
	if terms.Format != ReleaseFormat {
		problems = append(problems, Problem{Kind: ProblemFormat, Stored: terms.Format, Computed: ReleaseFormat})
		return problems
	}
	if got := hash(slices.Concat(stored[TermsFile], stored[InputsFile]))[:16]; got != id {
		problems = append(problems, Problem{Kind: ProblemID, Stored: id, Computed: got})
	}
	book, err := codebook.Parse(stored[CodebookFile], CodebookFile)
	if err != nil {
		return append(problems, Problem{Kind: ProblemUnreadable, File: CodebookFile, Stored: err.Error()})
	}
	if got := book.Hash(); got != terms.Codebook.Hash {
		problems = append(problems, Problem{Kind: ProblemCodebook, File: CodebookFile, Stored: terms.Codebook.Hash, Computed: got})
	}
	if got := hash(stored[MethodsFile]); got != terms.Methods {
		problems = append(problems, Problem{Kind: ProblemHash, File: MethodsFile, Stored: terms.Methods, Computed: got})
	}
	again, err := compute(ctx, terms, book, stored[MethodsFile], stored[InputsFile], before)
	if err != nil {
		return append(problems, Problem{Kind: ProblemRecompute, Computed: err.Error()})
	}
	p := again.Publication()
	for _, k := range renderings {
		f, err := k.File(p)
		if err != nil {
			return append(problems, Problem{Kind: ProblemRecompute, Computed: err.Error()})
		}
		again.Files = append(again.Files, f)
	}
	for _, f := range again.Files {
		switch was := stored[f.Name]; {
		case was == nil:
			if !slices.Contains(frozen, f.Name) {
				problems = append(problems, Problem{Kind: ProblemMissing, File: f.Name})
			}
		case bytes.Equal(was, f.Content):
		case f.Name == ObservationsFile:
			differences, err := Compare(was, f.Content)
			if err != nil {
				problems = append(problems, Problem{Kind: ProblemUnreadable, File: f.Name, Stored: err.Error()})
			}
			for _, d := range differences {
				problems = append(problems, Problem{Kind: ProblemCell, File: f.Name, Cell: d.Cell(), Column: d.Column, Stored: d.Old, Computed: d.New})
			}
			if len(differences) == 0 && err == nil {
				problems = append(problems, Problem{Kind: ProblemFile, File: f.Name})
			}
		default:
			problems = append(problems, Problem{Kind: ProblemFile, File: f.Name})
		}
	}
	for _, f := range files {
		i := slices.IndexFunc(again.Files, func(g File) bool { return g.Name == f.Name })
		switch {
		case i < 0:
			problems = append(problems, Problem{Kind: ProblemExtra, File: f.Name})
		case f.Inside != again.Files[i].Inside:
			problems = append(problems, Problem{Kind: ProblemInside, File: f.Name, Stored: strconv.FormatBool(f.Inside), Computed: strconv.FormatBool(again.Files[i].Inside)})
		}
	}
	return problems
}

// A Difference is one field in which two tables of observations differ. A
// row that only one of them has differs in the column "" and is not said
// further.
type Difference struct {
	Measure, Statistic, Variant, Period, Region, Breakdown, Class string
	Column, Old, New                                              string
}

// The words in which a [Difference] says that a row is there or not.
const (
	RowPresent = "present"
	RowAbsent  = "absent"
)

// Cell names the row of the difference in one line.
func (d Difference) Cell() string {
	s := d.Measure + " " + d.Variant + " " + d.Period + " " + d.Region
	if d.Breakdown != disclosure.Total {
		s += " " + d.Breakdown + "=" + d.Class
	}
	return s
}

// rowKey are the columns by which rows of two tables are the same one. The
// vintage is not among them: a later vintage takes the place of an earlier.
var rowKey = []string{"indicator_id", "measure_id", "variant", "period", "region_id", "breakdown_id", "class_id"}

// Compare returns in what two tables of observations differ, in the order of
// the newer one and then what only the older one has.
func Compare(older, newer []byte) ([]Difference, error) {
	was, wasOrder, err := readRows(older)
	if err != nil {
		return nil, err
	}
	is, order, err := readRows(newer)
	if err != nil {
		return nil, err
	}
	var list []Difference
	for _, key := range order {
		d := differenceAt(key)
		if was[key] == nil {
			d.Old, d.New = RowAbsent, RowPresent
			list = append(list, d)
			continue
		}
		for i, column := range Columns {
			if was[key][i] != is[key][i] {
				d.Column, d.Old, d.New = column, was[key][i], is[key][i]
				list = append(list, d)
			}
		}
	}
	for _, key := range wasOrder {
		if is[key] == nil {
			d := differenceAt(key)
			d.Old, d.New = RowPresent, RowAbsent
			list = append(list, d)
		}
	}
	return list, nil
}

const keySeparator = "\x1f"

func differenceAt(key string) Difference {
	k := strings.Split(key, keySeparator)
	return Difference{Measure: k[0], Statistic: k[1], Variant: k[2], Period: k[3], Region: k[4], Breakdown: k[5], Class: k[6]}
}

// readRows reads observations by their key, and the keys in their order.
func readRows(table []byte) (map[string][]string, []string, error) {
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	if len(rows) == 0 || !slices.Equal(rows[0], Columns) {
		return nil, nil, fmt.Errorf("%s: the columns are not those of the contract", ObservationsFile)
	}
	place := map[string]int{}
	for i, name := range Columns {
		place[name] = i
	}
	byKey := make(map[string][]string, len(rows))
	var order []string
	for _, row := range rows[1:] {
		parts := make([]string, len(rowKey))
		for i, name := range rowKey {
			parts[i] = row[place[name]]
		}
		key := strings.Join(parts, keySeparator)
		byKey[key] = row
		order = append(order, key)
	}
	return byKey, order, nil
}

// A Break is something between two releases that makes their figures other
// figures, whatever the cases say.
type Break string

// The breaks.
const (
	BreakCodebook Break = "codebook" // another version
	BreakLists    Break = "lists"    // the same version with other code lists
	BreakProfile  Break = "profile"  // other rules of disclosure control
	BreakGate     Break = "gate"     // another policy on agreement
	BreakDesign   Break = "design"   // other clusters, or weights scaled by another variable
)

// Breaks returns what lies between two releases.
func Breaks(older, newer Terms) []Break {
	var list []Break
	switch {
	case older.Codebook.ID != newer.Codebook.ID || older.Codebook.Version != newer.Codebook.Version:
		list = append(list, BreakCodebook)
	case older.Codebook.Hash != newer.Codebook.Hash:
		list = append(list, BreakLists)
	}
	if older.Profile != newer.Profile {
		list = append(list, BreakProfile)
	}
	if older.Gate != newer.Gate {
		list = append(list, BreakGate)
	}
	if older.Design.Organisation != newer.Design.Organisation || older.Design.Variable != newer.Design.Variable {
		list = append(list, BreakDesign)
	}
	return list
}

// BrokenMeasures returns the measures whose figures mean something else in the
// newer of two codebooks, by id: the change of greatest class that reaches
// each.
func BrokenMeasures(older, newer *codebook.Codebook) map[string]codebook.Change {
	broken := map[string]codebook.Change{}
	for _, change := range codebook.Diff(older, newer) {
		if change.Class != codebook.Meaning {
			continue
		}
		for _, m := range newer.Measures {
			if touches(newer, m, change) {
				if _, ok := broken[m.ID]; !ok {
					broken[m.ID] = change
				}
			}
		}
	}
	return broken
}

// touches reports whether a change reaches a measure.
func touches(book *codebook.Codebook, m *codebook.Measure, change codebook.Change) bool {
	if strings.HasPrefix(change.Path+".", "measures."+m.ID+".") {
		return true
	}
	return slices.ContainsFunc(book.Behind(m), func(v string) bool { return slices.Contains(change.Variables, v) })
}
