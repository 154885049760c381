package exports

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// A Dataset describes codings as statistical packages hold them: a row a case
// and coder, and one of the coder "consensus" for a settled case; a column a
// variable, or a column an option of a multi. Categories and missing codes are
// the numbers that the codebook gives them.
//
// Missing codes stand in the column itself, as values declared missing, where
// no answer can be taken for one. Text, dates and options of a code list have
// none, and a number may be as low as a missing code: there the column is
// empty and a second one, of the same name with "_missing" behind it, has the
// code.
type Dataset struct {
	Columns []Column

	book *codebook.Codebook
	lang string
}

// A Column of a dataset.
type Column struct {
	Name       string // unique without regard to case, a letter first, [a-z0-9_], at most 64 bytes
	Label      string
	Question   string
	Text       bool // holds text, not numbers
	Decimals   int
	Scale      Scale
	Categories []DataValue // empty where any value may stand
	Missing    []DataValue // numbers declared missing, lowest first

	Variable *codebook.Variable // nil for a fact about the case
	Option   string             // code of the option, for a multi
	Apart    bool               // holds the missing code of the column before it
}

// A Scale is the level of measurement of a column.
type Scale int

// The levels, with the numbers that SPSS has for them.
const (
	Nominal Scale = 1
	Ordinal Scale = 2
	Numeric Scale = 3
)

// A DataValue is a category or missing code of a column.
type DataValue struct {
	Number float64
	Code   string // what stands in a column of text
	Label  string
}

// A Cell is empty, a number or a text, as its column says.
type Cell struct {
	Number float64
	Text   string
	Given  bool
}

// caseColumns come first in every dataset.
var caseColumns = []struct {
	name    string
	label   codebook.Text
	numeric bool
}{
	{"case_id", codebook.Text{NL: "Dossier", EN: "Case file"}, false},
	{"coder", codebook.Text{NL: "Codeur, of consensus", EN: "Coder, or consensus"}, false},
	{"region", codebook.Text{NL: "Regio", EN: "Region"}, false},
	{"period", codebook.Text{NL: "Periode", EN: "Period"}, false},
	{"stratum", codebook.Text{NL: "Stratum", EN: "Stratum"}, false},
	{"weight", codebook.Text{NL: "Gewicht", EN: "Weight"}, true},
	{"frame_n", codebook.Text{NL: "Dossiers in het stratum van het steekproefkader", EN: "Case files in the stratum of the sampling frame"}, true},
	{"codebook_version", codebook.Text{NL: "Versie van het codeboek", EN: "Version of the codebook"}, false},
}

var (
	missingOf = codebook.Text{NL: "code ontbrekend", EN: "missing code"}
	yesNo     = [2]codebook.Text{{NL: "niet gekozen", EN: "not chosen"}, {NL: "gekozen", EN: "chosen"}}
)

// NewDataset describes the codings of a codebook with labels in lang.
func NewDataset(book *codebook.Codebook, lang string) *Dataset {
	d := &Dataset{book: book, lang: lang}
	taken := map[string]bool{}
	for _, c := range caseColumns {
		scale := Nominal
		if c.numeric {
			scale = Numeric
		}
		d.Columns = append(d.Columns, Column{Name: unusedName(c.name, taken), Label: c.label.In(lang), Text: !c.numeric, Scale: scale, Decimals: decimalsOf(c.name)})
	}
	codes := missingValues(book, lang)
	for _, v := range book.Variables() {
		for _, c := range d.columnsOf(v) {
			c.Variable, c.Name = v, unusedName(c.Name, taken)
			c.Question = v.Question.In(lang)
			apart := c.Text || reaches(v, c, codes)
			if !apart {
				c.Missing = codes
			}
			d.Columns = append(d.Columns, c)
			if apart {
				d.Columns = append(d.Columns, Column{Name: unusedName(c.Name+"_missing", taken), Label: c.Label + ": " + missingOf.In(lang),
					Scale: Nominal, Categories: codes, Variable: v, Apart: true})
			}
		}
	}
	return d
}

func decimalsOf(name string) int {
	if name == "weight" {
		return 6
	}
	return 0
}

// missingValues are the missing codes of a codebook, lowest number first.
func missingValues(book *codebook.Codebook, lang string) []DataValue {
	var list []DataValue
	for _, m := range book.Missing {
		list = append(list, DataValue{float64(m.Value), m.Code, m.Label.In(lang)})
	}
	slices.SortFunc(list, func(a, b DataValue) int { return cmp.Compare(a.Number, b.Number) })
	return list
}

// columnsOf returns the columns of the answers to v.
func (d *Dataset) columnsOf(v *codebook.Variable) []Column {
	one := Column{Name: v.ID, Label: v.Label.In(d.lang), Scale: Nominal}
	options := d.book.Options(v, "")
	switch v.Type {
	case codebook.TypeMulti:
		list := make([]Column, len(options))
		for i, o := range options {
			list[i] = Column{Name: v.ID + "_" + strings.ReplaceAll(strings.ToLower(o.Code), "-", "_"), Label: one.Label + ": " + o.Label.In(d.lang), Scale: Nominal, Option: o.Code,
				Categories: []DataValue{{0, "", yesNo[0].In(d.lang)}, {1, o.Code, yesNo[1].In(d.lang)}}}
		}
		return list
	case codebook.TypeNumber:
		one.Scale, one.Decimals = Numeric, 2
		if unit := v.Unit.In(d.lang); unit != "" {
			one.Label += " (" + unit + ")"
		}
	case codebook.TypeSingle, codebook.TypeOrdinal:
		one.Text = v.CodeList != ""
		if v.Type == codebook.TypeOrdinal {
			one.Scale = Ordinal
		}
		for _, o := range options {
			one.Categories = append(one.Categories, DataValue{float64(o.Value), o.Code, o.Label.In(d.lang)})
		}
	default:
		one.Text = true
	}
	return []Column{one}
}

// reaches reports whether an answer in c may be the number of a missing code
// or lie between two of them.
func reaches(v *codebook.Variable, c Column, codes []DataValue) bool {
	if len(codes) == 0 {
		return false
	}
	low, high := codes[0].Number, codes[len(codes)-1].Number
	if v.Type == codebook.TypeNumber {
		return (v.Min == nil || *v.Min <= high) && (v.Max == nil || *v.Max >= low)
	}
	return slices.ContainsFunc(c.Categories, func(k DataValue) bool { return low <= k.Number && k.Number <= high })
}

// reserved are words that statistical packages keep for themselves.
var reserved = []string{"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with", "if", "else", "for", "in", "next", "while", "repeat", "function", "break", "null", "true", "false", "inf", "nan", "na"}

// unusedName makes name one that no column has yet and notes it in taken.
func unusedName(name string, taken map[string]bool) string {
	const most = 64 // bytes; the longest name that SPSS takes
	if slices.Contains(reserved, name) {
		name += "_"
	}
	if len(name) > most {
		h := fnv.New32a()
		h.Write([]byte(name))
		name = name[:most-9] + fmt.Sprintf("_%08x", h.Sum32())
	}
	base := name
	for n := 2; taken[name]; n++ {
		tail := "_" + strconv.Itoa(n)
		name = base[:min(len(base), most-len(tail))] + tail
	}
	taken[name] = true
	return name
}

// Rows yields a row of cells for each coding, one cell a column. The slice is
// used again for the next row. Name gives each coder the name in the file.
func (d *Dataset) Rows(cases iter.Seq2[annotations.Handed, error], name func(annotations.HandedCoding) string) iter.Seq2[[]Cell, error] {
	return func(yield func([]Cell, error) bool) {
		row := make([]Cell, len(d.Columns))
		for h, err := range cases {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, k := range h.Codings {
				d.fill(row, h.Case, name(k), d.book.Effective(k.Given(d.book, h.Case)))
				if !yield(row, nil) {
					return
				}
			}
			if h.Settlement != nil {
				d.fill(row, h.Case, annotations.Consensus, h.Settlement.Answers)
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

func (d *Dataset) fill(row []Cell, k annotations.Case, coder string, answers codebook.Answers) {
	for i, text := range []string{string(k.ID), coder, k.Region, k.Period, k.Stratum, "", "", d.book.Version} {
		row[i] = Cell{Text: text, Given: text != ""}
	}
	row[5] = Cell{Number: k.Weight, Given: k.Weight > 0}
	row[6] = Cell{Number: float64(k.FrameN), Given: k.FrameN > 0}
	for i := len(caseColumns); i < len(d.Columns); i++ {
		row[i] = d.Columns[i].cell(answers[d.Columns[i].Variable.ID])
	}
}

// cell puts an answer into the column.
func (c *Column) cell(a codebook.Answer) Cell {
	if c.Apart {
		return valueOf(c.Categories, a.Missing)
	}
	switch {
	case a.Missing != "":
		return valueOf(c.Missing, a.Missing)
	case a.Value == "":
		return Cell{}
	case c.Option != "":
		if slices.Contains(strings.Split(a.Value, "|"), c.Option) {
			return Cell{Number: 1, Given: true}
		}
		return Cell{Given: true}
	case c.Text:
		return Cell{Text: a.Value, Given: true}
	case len(c.Categories) > 0:
		return valueOf(c.Categories, a.Value)
	}
	n, err := strconv.ParseFloat(a.Value, 64)
	return Cell{Number: n, Given: err == nil}
}

func valueOf(list []DataValue, code string) Cell {
	if i := slices.IndexFunc(list, func(k DataValue) bool { return k.Code == code }); code != "" && i >= 0 {
		return Cell{Number: list[i].Number, Given: true}
	}
	return Cell{}
}
