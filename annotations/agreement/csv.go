package agreement

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A Reading says how to read a CSV of ratings.
type Reading struct {
	// Order lists the categories in their order. Without it, the categories
	// are the values that occur: numbers by size, text without an order.
	Order []string

	// Positions weighs numbers by their places among the categories, as some
	// software does, and not by their values.
	Positions bool

	// By names a column that divides the units into subgroups. It may be empty.
	By string
}

// A Table is the ratings of one variable, in one subgroup if there are any.
type Table struct {
	Variable string // empty when the file has no column for it
	Group    string // value of the column [Reading.By]
	Raters   []string
	Ratings  *Ratings

	// CommasAsText says that the values would be numbers if their commas were
	// decimal ones, which they are not taken for where commas divide columns:
	// 1,5 may be the options 1 and 5.
	CommasAsText bool
}

// A RowError says what is wrong in a line of a ratings file.
type RowError struct {
	Line   int    // counted from 1; the header is line 1
	Column string // heading, empty when the whole line is meant
	Err    error
}

func (e *RowError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("line %d: %v", e.Line, e.Err)
	}
	return fmt.Sprintf("line %d, column %s: %v", e.Line, e.Column, e.Err)
}

func (e *RowError) Unwrap() error { return e.Err }

// maxRowErrors is how many bad lines are reported one by one.
const maxRowErrors = 1000

// Headings with a meaning; every other one of a wide file names a rater.
const (
	unitHeading     = "unit"
	raterHeading    = "rater"
	valueHeading    = "value"
	variableHeading = "variable"
)

// ReadCSV reads ratings: wide with the columns unit and one per rater, or
// long with unit, rater and value; either may have a column variable. Commas
// or semicolons divide, UTF-8 with or without a byte order mark; an empty
// value is no rating. With semicolons, numbers may have a decimal comma.
// Tables come in the order of the file. The error joins a [RowError] for each
// bad line.
func (o Reading) ReadCSV(r io.Reader) ([]Table, error) {
	reader := NewCSVReader(r)
	reader.FieldsPerRecord = -1
	header, err := reader.Read()
	if err == io.EOF {
		return nil, &RowError{Line: 1, Err: errors.New("the file is empty: its first line must name the columns, unit first")}
	}
	if err != nil {
		return nil, lineOf(err)
	}
	in, err := o.newInput(header)
	if err != nil {
		return nil, err
	}
	in.decimalComma = reader.Comma == ';'
	for {
		record, err := reader.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			// What follows a broken quotation cannot be told from it.
			in.errs = append(in.errs, lineOf(err))
			break
		}
		in.line, _ = reader.FieldPos(0)
		in.add(record)
	}
	return in.tables()
}

// NewCSVReader reads CSV as our files may have it: with commas or semicolons,
// whichever the first line has more of, and with or without a byte order mark.
// Records are reused from one Read to the next.
func NewCSVReader(r io.Reader) *csv.Reader {
	buffered := bufio.NewReaderSize(r, 1<<16)
	if mark, _ := buffered.Peek(3); bytes.Equal(mark, []byte("\ufeff")) {
		buffered.Discard(3)
	}
	reader := csv.NewReader(buffered)
	reader.Comma = divider(buffered)
	reader.ReuseRecord = true
	return reader
}

// divider looks at the first line, without reading it.
func divider(r *bufio.Reader) rune {
	head, _ := r.Peek(r.Size())
	first, _, _ := bytes.Cut(head, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		return ';'
	}
	return ','
}

func lineOf(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return &RowError{Line: parse.Line, Err: parse.Err}
	}
	return err
}

// An input gathers the tables of a file.
type input struct {
	Reading
	header       []string
	long         bool
	unit, rater  int // columns; -1 when there is none
	value        int
	variable, by int
	raters       []int // columns of raters in a wide file

	decimalComma bool
	line         int
	errs         []error
	more         int // bad lines not reported

	builders map[[2]string]*builder
	order    []*builder
	last     *builder
	groups   map[[2]string]string // of variable and unit
	allowed  map[string]bool      // categories, when an order was given
}

func (o Reading) newInput(header []string) (*input, error) {
	in := &input{Reading: o, unit: -1, rater: -1, value: -1, variable: -1, by: -1,
		builders: map[[2]string]*builder{}, groups: map[[2]string]string{}}
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, &RowError{Line: 1, Err: fmt.Errorf(format, args...)})
	}
	seen := map[string]bool{}
	for i, name := range header {
		name = strings.TrimSpace(name)
		in.header = append(in.header, name)
		switch lower := strings.ToLower(name); {
		case name == "":
			bad("column %d has no heading", i+1)
		case !utf8.ValidString(name):
			bad("column %d: the heading is not UTF-8 text", i+1)
		case seen[lower]:
			bad("two columns are called %s", name)
		case name == o.By:
			in.by = i
		case lower == unitHeading:
			in.unit = i
		case lower == variableHeading:
			in.variable = i
		default:
			in.raters = append(in.raters, i)
		}
		seen[strings.ToLower(name)] = true
	}
	in.long = seen[raterHeading] && seen[valueHeading]
	if in.long {
		for _, i := range in.raters {
			switch strings.ToLower(in.header[i]) {
			case raterHeading:
				in.rater = i
			case valueHeading:
				in.value = i
			}
		}
		in.raters = nil
	}
	if in.unit < 0 {
		bad("no column is called unit: a file of ratings has the columns unit and one per rater, or unit, rater and value")
	}
	if !in.long && len(in.raters) == 0 {
		bad("no column holds ratings: a file of ratings has the columns unit and one per rater, or unit, rater and value")
	}
	if o.By != "" && in.by < 0 {
		bad("no column is called %s, by which to divide", o.By)
	}
	if len(o.Order) > 0 {
		in.allowed = map[string]bool{}
		for _, c := range o.Order {
			in.allowed[c] = true
		}
	}
	return in, errors.Join(errs...)
}

func (in *input) bad(column, format string, args ...any) {
	if len(in.errs) >= maxRowErrors {
		in.more++
		return
	}
	in.errs = append(in.errs, &RowError{Line: in.line, Column: column, Err: fmt.Errorf(format, args...)})
}

// field returns a value without spaces around it, empty without a column.
func field(record []string, column int) string {
	if column < 0 {
		return ""
	}
	return strings.TrimSpace(record[column])
}

func (in *input) add(record []string) {
	if len(record) != len(in.header) {
		in.bad("", "%d fields, where the header has %d", len(record), len(in.header))
		return
	}
	unit := field(record, in.unit)
	if unit == "" {
		in.bad(in.header[in.unit], "no unit is named")
		return
	}
	variable, group := field(record, in.variable), field(record, in.by)
	if in.variable >= 0 && variable == "" {
		in.bad(in.header[in.variable], "no variable is named")
		return
	}
	if in.By != "" && !in.sameGroup(variable, unit, group) {
		return
	}
	b := in.builder(variable, group)
	if !in.long {
		b.addRow(in, unit, record)
		return
	}
	rater := field(record, in.rater)
	if rater == "" {
		in.bad(in.header[in.rater], "no rater is named")
		return
	}
	i, _ := b.unit(unit)
	g := b.rater(rater)
	value := field(record, in.value)
	if value == "" {
		return
	}
	b.set(in, g, i, in.header[in.value], value)
}

// sameGroup reports whether the unit stands in one subgroup only; otherwise
// its ratings would be parted and never be compared.
func (in *input) sameGroup(variable, unit, group string) bool {
	key := [2]string{variable, unit}
	if before, ok := in.groups[key]; ok && before != group {
		in.bad(in.header[in.by], "unit %s has %q here and %q in a line before", unit, group, before)
		return false
	}
	in.groups[key] = group
	return true
}

func (in *input) builder(variable, group string) *builder {
	if in.last != nil && in.last.variable == variable && in.last.group == group {
		return in.last
	}
	key := [2]string{variable, group}
	b := in.builders[key]
	if b == nil {
		b = newBuilder(strings.Clone(variable), strings.Clone(group))
		in.builders[key] = b
		in.order = append(in.order, b)
		for _, i := range in.raters {
			b.rater(in.header[i])
		}
	}
	in.last = b
	return b
}

func (in *input) tables() ([]Table, error) {
	if in.more > 0 {
		in.errs = append(in.errs, fmt.Errorf("and %d more problems", in.more))
	}
	if len(in.errs) > 0 {
		return nil, errors.Join(in.errs...)
	}
	if len(in.order) == 0 { // a header and nothing else
		in.builder("", "")
	}
	var list []Table
	for _, b := range in.order {
		r, err := b.ratings(in.Order, in.decimalComma, in.Positions)
		if err != nil {
			return nil, fmt.Errorf("variable %q: %w", b.variable, err)
		}
		t := Table{Variable: b.variable, Group: b.group, Raters: b.raters, Ratings: r}
		if r.Scale().Unordered {
			_, t.CommasAsText = allNumbers(b.values, true)
		}
		list = append(list, t)
	}
	return list, nil
}
