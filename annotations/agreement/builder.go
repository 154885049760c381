package agreement

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// A builder gathers the ratings of one table, with values numbered as found.
type builder struct {
	variable, group string
	units           map[string]int
	raters          []string
	number          map[string]int // of raters
	values          []string
	categories      map[string]int16
	columns         [][]int16
}

func newBuilder(variable, group string) *builder {
	return &builder{variable: variable, group: group, units: map[string]int{}, number: map[string]int{}, categories: map[string]int16{}}
}

func (b *builder) unit(name string) (i int, isNew bool) {
	if i, ok := b.units[name]; ok {
		return i, false
	}
	i = len(b.units)
	b.units[name] = i
	return i, true
}

func (b *builder) rater(name string) int {
	if g, ok := b.number[name]; ok {
		return g
	}
	g := len(b.raters)
	b.number[name] = g
	b.raters = append(b.raters, name)
	b.columns = append(b.columns, nil)
	return g
}

func (b *builder) addRow(in *input, unit string, record []string) {
	i, isNew := b.unit(unit)
	if !isNew {
		in.bad(in.header[in.unit], "unit %s stands in a line before", unit)
		return
	}
	for g, column := range in.raters {
		if value := field(record, column); value != "" {
			b.set(in, g, i, in.header[column], value)
		}
	}
}

// set stores a rating.
func (b *builder) set(in *input, rater, unit int, column, value string) {
	k, ok := b.categories[value]
	if !ok {
		switch {
		case !utf8.ValidString(value):
			in.bad(column, "the value is not UTF-8 text: save the file as UTF-8")
			return
		case in.allowed != nil && !in.allowed[value]:
			in.bad(column, "%q is none of the categories %s", value, strings.Join(in.Order, ", "))
			return
		}
		var err error
		if k, err = b.category(value); err != nil {
			in.bad(column, "%w", err)
			return
		}
	}
	ratings := b.columns[rater]
	for len(ratings) <= unit {
		ratings = append(ratings, Missing)
	}
	b.columns[rater] = ratings
	if ratings[unit] != Missing {
		in.bad(column, "the rater has a rating of this unit in a line before")
		return
	}
	ratings[unit] = k
}

// category numbers a value.
func (b *builder) category(value string) (int16, error) {
	if k, ok := b.categories[value]; ok {
		return k, nil
	}
	if len(b.values) >= math.MaxInt16 {
		return 0, fmt.Errorf("more than %d different values", math.MaxInt16)
	}
	k := int16(len(b.values))
	b.categories[value] = k
	b.values = append(b.values, value)
	return k, nil
}

// ratings numbers the categories in their order and makes the table.
func (b *builder) ratings(order []string, decimalComma, byPosition bool) (*Ratings, error) {
	scale, number := newScale(b.values, order, decimalComma)
	if byPosition {
		scale.Values = nil
	}
	columns := make([][]int16, len(b.columns))
	for g, column := range b.columns {
		columns[g] = slices.Repeat([]int16{Missing}, max(len(b.units), len(column)))
		for i, k := range column {
			if k != Missing {
				columns[g][i] = number[k]
			}
		}
	}
	return New(scale, columns)
}
