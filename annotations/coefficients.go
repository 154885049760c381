package annotations

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/annotations/agreement"
	"github.com/dossierlens/dossierlens/codebook"
)

// A VariableAgreement says how far coders agree on one variable, on their
// independent codings. There is none of several variables together.
type VariableAgreement struct {
	Variable *codebook.Variable
	Level    agreement.Level // nominal, ordinal or interval
	Coders   []int64         // whose codings were compared
	Layers   Layers

	// Headline is computed on pairs of two values.
	Headline Coefficients

	// WithCodes counts missing codes as categories. It is nil for numbers and
	// dates, where a code is no number.
	WithCodes *Coefficients

	// Options are those of a multi, each as chosen or not.
	Options []OptionAgreement
}

// Copied reports whether the cases themselves answered the variable, so that
// there is nothing on which coders could agree.
func (a VariableAgreement) Copied() bool {
	return a.Variable.CopyOf != "" && a.Layers.NotCoded == a.Layers.Pairs
}

// Coefficients are the measures of one table of ratings. A measure that the
// kind of variable does not have is the zero Result, without a name.
type Coefficients struct {
	Percent agreement.Result // share of pairs that agree; of numbers, within the tolerance
	AC      agreement.Result // Gwet's AC1, of ordinal variables AC2
	Kappa   agreement.Result // Cohen's of two coders, else Conger's; of sets weighted by Jaccard
	Alpha   agreement.Result // Krippendorff's at the level; of sets by Jaccard
	MASI    agreement.Result // of sets: alpha with MASI
	ICC     agreement.Result // of numbers and dates

	// Categories and Prevalence are the declared categories, missing codes
	// after them, with the mean share of each. They are nil for numbers,
	// dates and sets.
	Categories []codebook.Answer
	Prevalence []float64
}

// An OptionAgreement is the agreement on one option of a multi.
type OptionAgreement struct {
	Category codebook.Category
	Coefficients
	Chosen float64 // share of ratings in which the option is chosen; 0 without ratings
}

// Agreement computes the agreement on a variable that is compared; ok is
// false for any other.
func (r *Ratings) Agreement(variable string, s Selection) (a VariableAgreement, ok bool) {
	col := r.columns[variable]
	if col == nil {
		return a, false
	}
	t := newTabulation(col, r.chosen(s))
	a = VariableAgreement{Variable: col.variable, Level: level(col.variable), Coders: t.coders, Layers: t.layers()}
	categories := orderedOptions(r.book, col.variable)
	a.Headline, _ = t.headline(categories)
	switch col.variable.Type {
	case codebook.TypeMulti:
		with, _ := t.sets(true)
		a.WithCodes = &with
		for _, o := range r.book.Options(col.variable, "") {
			a.Options = append(a.Options, t.option(o))
		}
	case codebook.TypeNumber, codebook.TypeDate:
		// a code is no number
	default:
		for _, code := range missingCodes {
			if slices.Contains(col.variable.Missing, code) {
				categories = append(categories, codebook.Answer{Missing: code})
			}
		}
		with, _ := t.choices(categories, agreement.NominalLevel)
		a.WithCodes = &with
	}
	return a, true
}

// headline computes the coefficients on values, and returns the table that they
// rest on.
func (t *tabulation) headline(categories []codebook.Answer) (Coefficients, *agreement.Ratings) {
	switch v := t.col.variable; v.Type {
	case codebook.TypeMulti:
		return t.sets(false)
	case codebook.TypeNumber, codebook.TypeDate:
		return t.numbers()
	default:
		return t.choices(categories, level(v))
	}
}

func level(v *codebook.Variable) agreement.Level {
	switch v.Type {
	case codebook.TypeOrdinal:
		return agreement.OrdinalLevel
	case codebook.TypeNumber, codebook.TypeDate:
		return agreement.IntervalLevel
	}
	return agreement.NominalLevel
}

// orderedOptions are the declared categories; those of an ordinal variable go
// by their values, never by their words.
func orderedOptions(book *codebook.Codebook, v *codebook.Variable) []codebook.Answer {
	options := book.Options(v, "")
	if v.Type == codebook.TypeOrdinal {
		slices.SortStableFunc(options, func(a, b codebook.Category) int { return cmp.Compare(a.Value, b.Value) })
	}
	list := make([]codebook.Answer, len(options))
	for i, o := range options {
		list[i] = codebook.Answer{Value: o.Code}
	}
	return list
}

// A tabulation is a column laid out as tables want it: by coder, then unit.
type tabulation struct {
	col    *column
	units  []chosenUnit
	coders []int64
	rows   [][]rating // by coder; notGiven where a coder has no coding
}

func newTabulation(col *column, units []chosenUnit) *tabulation {
	t := &tabulation{col: col, units: units, coders: coders(units)}
	place := make(map[int64]int, len(t.coders))
	for g, c := range t.coders {
		place[c] = g
		t.rows = append(t.rows, slices.Repeat([]rating{notGiven}, len(units)))
	}
	for i, u := range units {
		for k, c := range u.coders {
			t.rows[place[c]][i] = col.at(u.at[k])
		}
	}
	return t
}

// mapRatings turns ratings into T, and those that are none into none. A unit
// with fewer than two keeps none: one coder's value beside another's missing
// code is no pair, and it is not to count for chance either.
func mapRatings[T any](rows [][]rating, none T, convert func(rating) (T, bool)) [][]T {
	mapped := make([][]T, len(rows))
	if len(rows) == 0 {
		return mapped
	}
	count := make([]int, len(rows[0]))
	for g, row := range rows {
		mapped[g] = make([]T, len(row))
		for i, x := range row {
			v, ok := convert(x)
			if !ok {
				v = none
			} else {
				count[i]++
			}
			mapped[g][i] = v
		}
	}
	for i, n := range count {
		if n == 1 {
			for g := range mapped {
				mapped[g][i] = none
			}
		}
	}
	return mapped
}

func (t *tabulation) kappa() agreement.Coefficient {
	if len(t.coders) == 2 {
		return agreement.CohenKappa
	}
	return agreement.CongerKappa
}

// choices compares single choices among categories. Those of an ordinal level
// weigh by place: Gwet's ordinal weights for AC2 and kappa, Krippendorff's
// ordinal metric for alpha.
func (t *tabulation) choices(categories []codebook.Answer, level agreement.Level) (Coefficients, *agreement.Ratings) {
	number := map[codebook.Answer]int16{}
	scale := agreement.Scale{Unordered: level == agreement.NominalLevel}
	for k, c := range categories {
		number[c] = int16(k)
		scale.Labels = append(scale.Labels, c.Missing+":"+c.Value)
	}
	table := t.table(scale, t.lookup(number))
	weights := agreement.Unweighted
	if level == agreement.OrdinalLevel {
		weights = agreement.Ordinal
	}
	c := Coefficients{Categories: categories, Prevalence: table.Prevalence()}
	fill(table, map[*agreement.Result]agreement.Measure{
		&c.Percent: agreement.PercentAgreement.Of(agreement.Unweighted),
		&c.AC:      agreement.GwetAC.Of(weights),
		&c.Kappa:   t.kappa().Of(weights),
		&c.Alpha:   agreement.KrippendorffAlpha.Of(string(level)),
	})
	return c, table
}

// lookup gives each rating its category; what has none is no rating.
func (t *tabulation) lookup(number map[codebook.Answer]int16) func(rating) (int16, bool) {
	known := make([]int16, len(t.col.values))
	for i, v := range t.col.values {
		known[i] = agreement.Missing
		if k, ok := number[codebook.Answer{Value: v}]; ok {
			known[i] = k
		}
	}
	return func(x rating) (int16, bool) {
		if x.hasValue() {
			return known[x], known[x] != agreement.Missing
		}
		if x.hasCode() {
			k, ok := number[codebook.Answer{Missing: x.code()}]
			return k, ok
		}
		return 0, false
	}
}

// table makes a table of categories that convert gives. They lie within the
// scale, whose labels differ, so that it cannot fail but for scales of more
// than 32,767 categories, of which no answer is then comparable.
func (t *tabulation) table(scale agreement.Scale, convert func(rating) (int16, bool)) *agreement.Ratings {
	table, err := agreement.New(scale, mapRatings(t.rows, agreement.Missing, convert))
	if err != nil {
		table, _ = agreement.New(agreement.Scale{}, nil)
	}
	return table
}

func fill(table *agreement.Ratings, measures map[*agreement.Result]agreement.Measure) {
	var into []*agreement.Result
	var list []agreement.Measure
	for to, m := range measures {
		into, list = append(into, to), append(list, m)
	}
	for i, res := range agreement.Compute(table, list...) {
		*into[i] = res
	}
}

// numbers compares numbers, and dates as days; a partial date is its first
// day.
func (t *tabulation) numbers() (Coefficients, *agreement.Ratings) {
	known := make([]float64, len(t.col.values))
	for i, v := range t.col.values {
		known[i] = numberOf(t.col.variable, v)
	}
	var c Coefficients
	table, err := agreement.NewNumbers(mapRatings(t.rows, math.NaN(), func(x rating) (float64, bool) {
		if !x.hasValue() || math.IsNaN(known[x]) {
			return 0, false
		}
		return known[x], true
	}))
	if err != nil {
		table, _ = agreement.New(agreement.Scale{}, nil)
	}
	fill(table, map[*agreement.Result]agreement.Measure{
		&c.Percent: agreement.ShareWithin.Of(strconv.FormatFloat(t.col.variable.Tolerance, 'f', -1, 64)),
		&c.Alpha:   agreement.KrippendorffAlpha.Of(string(agreement.IntervalLevel)),
		&c.ICC:     agreement.ICC.Of(string(agreement.IntervalLevel)),
	})
	return c, table
}

// numberOf is the number behind an answer to a number or date variable, NaN
// when there is none.
func numberOf(v *codebook.Variable, value string) float64 {
	if v.Type == codebook.TypeDate {
		const whole = "2006-01-02"
		day, err := time.Parse(whole[:min(len(value), len(whole))], value)
		if err != nil {
			return math.NaN()
		}
		return float64(day.Unix() / (24 * 60 * 60))
	}
	x, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return math.NaN()
	}
	return x
}

// sets compares the sets of options of a multi. With codes a missing code is a
// set of its own that shares nothing with any other.
func (t *tabulation) sets(withCodes bool) (Coefficients, *agreement.Ratings) {
	known := make([][]string, len(t.col.values))
	for i, v := range t.col.values {
		known[i] = strings.Split(v, "|")
	}
	var c Coefficients
	table, err := agreement.NewSets(mapRatings(t.rows, nil, func(x rating) ([]string, bool) {
		switch {
		case x.hasValue():
			return known[x], true
		case withCodes && x.hasCode():
			return []string{"|" + x.code()}, true // no option has this name
		}
		return nil, false
	}))
	if err != nil {
		table, _ = agreement.New(agreement.Scale{Sets: [][]string{}}, nil)
	}
	fill(table, map[*agreement.Result]agreement.Measure{
		&c.Percent: agreement.ObservedAgreementSet.Of("nominal"),
		&c.Kappa:   agreement.WeightedKappaSet.Of(agreement.Jaccard),
		&c.Alpha:   agreement.KrippendorffAlphaSet.Of(agreement.Jaccard),
		&c.MASI:    agreement.KrippendorffAlphaSet.Of(agreement.MASI),
	})
	return c, table
}

// option compares one option of a multi, as chosen or not.
func (t *tabulation) option(o codebook.Category) OptionAgreement {
	known := make([]int16, len(t.col.values))
	for i, v := range t.col.values {
		if slices.Contains(strings.Split(v, "|"), o.Code) {
			known[i] = 1
		}
	}
	a := OptionAgreement{Category: o, Coefficients: t.binary(func(x rating) (int16, bool) {
		if x.hasValue() {
			return known[x], true
		}
		return 0, false
	})}
	if len(a.Prevalence) > 1 {
		a.Chosen = a.Prevalence[1]
	}
	return a
}

// binary compares yes and no.
func (t *tabulation) binary(convert func(rating) (int16, bool)) Coefficients {
	table := t.table(agreement.Scale{Labels: []string{"no", "yes"}, Unordered: true}, convert)
	c := Coefficients{Prevalence: table.Prevalence()}
	fill(table, map[*agreement.Result]agreement.Measure{
		&c.Percent: agreement.PercentAgreement.Of(agreement.Unweighted),
		&c.AC:      agreement.GwetAC.Of(agreement.Unweighted),
		&c.Kappa:   t.kappa().Of(agreement.Unweighted),
		&c.Alpha:   agreement.KrippendorffAlpha.Of(string(agreement.NominalLevel)),
	})
	return c
}
