package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/annotations/agreement"
	"github.com/dossierlens/dossierlens/codebook"
)

// consensus is the coder of settled answers, on which agreement is never
// computed.
const consensus = "consensus"

// A codingsFile holds the values that coders gave, as the headline of the page
// of agreement counts them: every missing code, inherited or chosen, is left
// out, and so is what stands beside a question that routing closed.
type codingsFile struct {
	book   *codebook.Codebook
	cases  map[string]int
	coders map[string]int
	stated map[[2]int]codebook.Answers  // by case and coder
	values map[string]map[[2]int]string // by variable, then case and coder
}

// readCodings plans an analysis of each variable of the codebook that asks
// for agreement. Codings are compared by case.
func readCodings(in io.Reader, book *codebook.Codebook, weights string) ([]analysis, error) {
	f, err := readCodingsFile(in, book)
	if err != nil {
		return nil, err
	}
	var analyses []analysis
	for _, v := range book.Variables() {
		if !v.Agreement || v.Type == codebook.TypeText {
			continue
		}
		list, err := f.analyses(v, weights)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v.ID, err)
		}
		analyses = append(analyses, list...)
	}
	return analyses, nil
}

func readCodingsFile(in io.Reader, book *codebook.Codebook) (*codingsFile, error) {
	f := &codingsFile{book: book, cases: map[string]int{}, coders: map[string]int{}, stated: map[[2]int]codebook.Answers{}, values: map[string]map[[2]int]string{}}
	reader, columns, err := openCodings(in)
	if err != nil {
		return nil, err
	}
	var errs []error
	seen := map[[3]string]int{} // line by case, coder and variable
	for {
		record, err := reader.Read()
		if err == io.EOF {
			break
		}
		line, _ := reader.FieldPos(0)
		if err != nil {
			errs = append(errs, err)
			if !errors.Is(err, csv.ErrFieldCount) {
				break
			}
			continue
		}
		var field [5]string
		for i, column := range columns {
			field[i] = strings.TrimSpace(record[column])
		}
		key := [3]string(field[:3])
		if before, ok := seen[key]; ok {
			errs = append(errs, fmt.Errorf("line %d: %s of case %s by %s stands in line %d already", line, key[2], key[0], key[1], before))
			continue
		}
		seen[key] = line
		if err := f.add(field); err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", line, err))
		}
	}
	f.route()
	return f, errors.Join(errs...)
}

// route keeps the values of questions that were asked. A question of which the
// file lacks what decides about it counts as asked.
func (f *codingsFile) route() {
	for at, stated := range f.stated {
		routes := f.book.Route(stated)
		for variable, a := range stated {
			if a.Value == "" || routes[variable].Missing != "" {
				continue
			}
			if f.values[variable] == nil {
				f.values[variable] = map[[2]int]string{}
			}
			f.values[variable][at] = a.Value
		}
	}
}

// openCodings reads the header of a codings file and finds its columns.
func openCodings(in io.Reader) (*csv.Reader, []int, error) {
	reader := agreement.NewCSVReader(in)
	header, err := reader.Read()
	if err == io.EOF {
		return nil, nil, errors.New("line 1: the file is empty: its first line must name the columns")
	}
	if err != nil {
		return nil, nil, err
	}
	var columns []int
	var errs []error
	for _, name := range []string{"case_id", "coder", "variable", "value", "missing"} {
		i := slices.Index(header, name)
		if i < 0 {
			errs = append(errs, fmt.Errorf("line 1: no column is called %s", name))
		}
		columns = append(columns, i)
	}
	return reader, columns, errors.Join(errs...)
}

// add takes case, coder, variable, value and missing code of one answer.
func (f *codingsFile) add(field [5]string) error {
	id, coder, variable, value, missing := field[0], field[1], field[2], field[3], field[4]
	v := f.book.Variable(variable)
	switch {
	case id == "":
		return errors.New("case_id is empty")
	case coder == "":
		return errors.New("coder is empty")
	case v == nil:
		return fmt.Errorf("the codebook has no variable %q", variable)
	case (value == "") == (missing == ""):
		return fmt.Errorf("%s: exactly one of value and missing is filled", variable)
	case coder == consensus:
		return nil
	}
	a := codebook.Answer{Missing: missing}
	if missing != "" {
		if !slices.ContainsFunc(f.book.Missing, func(m codebook.MissingCode) bool { return m.Code == missing }) {
			return fmt.Errorf("%s: the codebook has no missing code %q", variable, missing)
		}
	} else {
		var err error
		if a, err = f.book.Accept(v, codebook.Answer{Value: value}, ""); err != nil {
			return err
		}
	}
	at := [2]int{ordinalNumber(f.cases, id), ordinalNumber(f.coders, coder)}
	if f.stated[at] == nil {
		f.stated[at] = codebook.Answers{}
	}
	f.stated[at][variable] = a
	return nil
}

// ordinalNumber numbers names as they come.
func ordinalNumber(numbers map[string]int, name string) int {
	n, ok := numbers[name]
	if !ok {
		n = len(numbers)
		numbers[name] = n
	}
	return n
}

// table makes a column per coder and a row per case of which anybody gave a
// value. A value that stands alone is left out of it: beside another coder's
// missing code it is no pair, and whether something was recorded is a question
// of its own. A file of ratings, where an empty cell says that nobody looked,
// keeps units rated once, as Gwet does. Without any pair all stay, so that the
// reason for there being no coefficient is the right one.
func (f *codingsFile) table(variable string) [][]*string {
	values := f.values[variable]
	given := map[int]int{} // values of each case
	enough := 1
	for at := range values {
		if given[at[0]]++; given[at[0]] > 1 {
			enough = 2
		}
	}
	cases, coders := map[int]int{}, map[int]int{}
	for at := range values {
		cases[at[0]] = 0
		if given[at[0]] >= enough {
			coders[at[1]] = 0
		}
	}
	for _, numbers := range []map[int]int{cases, coders} {
		for i, key := range slices.Sorted(maps.Keys(numbers)) {
			numbers[key] = i
		}
	}
	columns := make([][]*string, len(coders))
	for g := range columns {
		columns[g] = make([]*string, len(cases))
	}
	for at, value := range values {
		if given[at[0]] >= enough {
			columns[coders[at[1]]][cases[at[0]]] = &value
		}
	}
	return columns
}

// mapColumns turns values into T, and what was not given into none.
func mapColumns[T any](columns [][]*string, none T, convert func(string) T) [][]T {
	mapped := make([][]T, len(columns))
	for g, column := range columns {
		mapped[g] = make([]T, len(column))
		for i, value := range column {
			mapped[g][i] = none
			if value != nil {
				mapped[g][i] = convert(*value)
			}
		}
	}
	return mapped
}

func (f *codingsFile) analyses(v *codebook.Variable, weights string) ([]analysis, error) {
	columns := f.table(v.ID)
	switch v.Type {
	case codebook.TypeMulti:
		return f.multi(v, columns, weights)
	case codebook.TypeNumber, codebook.TypeDate:
		a, err := numeric(v, columns)
		a.variable = v.ID
		return []analysis{a}, err
	}
	options := f.book.Options(v, "")
	if v.Type == codebook.TypeOrdinal {
		slices.SortStableFunc(options, func(a, b codebook.Category) int { return cmp.Compare(a.Value, b.Value) })
	}
	var scale agreement.Scale
	scale.Unordered = v.Type == codebook.TypeSingle
	for _, o := range options {
		scale.Labels = append(scale.Labels, o.Code)
	}
	a, err := choice(scale, columns, weights)
	a.variable = v.ID
	return []analysis{a}, err
}

// choice compares categories, by their positions where they have an order.
func choice(scale agreement.Scale, columns [][]*string, weights string) (analysis, error) {
	number := map[string]int16{}
	for k, code := range scale.Labels {
		number[code] = int16(k)
	}
	r, err := agreement.New(scale, mapColumns(columns, agreement.Missing, func(v string) int16 { return number[v] }))
	if err != nil {
		return analysis{}, err
	}
	v := agreementVerb{Weights: weights}
	if scale.Unordered {
		v.Level = string(agreement.NominalLevel)
	}
	a := v.coding(r, len(columns))
	if !scale.Unordered && weights == "" { // as on the page of agreement
		a.setHeadline(agreement.OrdinalLevel, agreement.Ordinal, len(columns))
		a.headline.percent = agreement.PercentAgreement.Of(agreement.Unweighted)
	}
	return a, nil
}

// multi compares the sets of options, and each option as chosen or not.
func (f *codingsFile) multi(v *codebook.Variable, columns [][]*string, weights string) ([]analysis, error) {
	sets := mapColumns(columns, nil, func(value string) []string { return strings.Split(value, "|") })
	r, err := agreement.NewSets(sets)
	if err != nil {
		return nil, err
	}
	whole := setAnalysis(r)
	whole.variable = v.ID
	analyses := []analysis{whole}
	for _, o := range f.book.Options(v, "") {
		chosen := mapColumns(columns, nil, func(value string) *string {
			answer := "no"
			if slices.Contains(strings.Split(value, "|"), o.Code) {
				answer = "yes"
			}
			return &answer
		})
		a, err := choice(agreement.Scale{Labels: []string{"no", "yes"}, Unordered: true}, chosen, weights)
		if err != nil {
			return nil, err
		}
		a.variable = v.ID + ":" + o.Code
		analyses = append(analyses, a)
	}
	return analyses, nil
}

// numeric compares numbers, and dates as numbers of days; a partial date is
// its first day.
func numeric(v *codebook.Variable, columns [][]*string) (analysis, error) {
	r, err := agreement.NewNumbers(mapColumns(columns, math.NaN(), func(value string) float64 {
		if v.Type == codebook.TypeDate {
			return dayNumber(value)
		}
		x, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return math.NaN() // the codebook accepted it as a number
		}
		return x
	}))
	if err != nil {
		return analysis{}, err
	}
	measures := agreement.NumberMeasures(v.Tolerance)
	return analysis{level: string(agreement.IntervalLevel), ratings: r, measures: measures, headline: headline{
		percent: agreement.ShareWithin.Of(strconv.FormatFloat(v.Tolerance, 'f', -1, 64)),
		alpha:   agreement.KrippendorffAlpha.Of(string(agreement.IntervalLevel)),
	}}, nil
}

// dayNumber counts days from 1970.
func dayNumber(date string) float64 {
	const whole = "2006-01-02"
	day, err := time.Parse(whole[:min(len(date), len(whole))], date)
	if err != nil {
		return math.NaN() // the codebook accepted it as a date
	}
	return float64(day.Unix() / (24 * 60 * 60))
}
