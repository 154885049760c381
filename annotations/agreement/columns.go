package agreement

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// NewLabels makes a table of text, one column per rater; "" is no rating. The
// scale is that of [NewScale]. A value that is not in order is an error.
func NewLabels(order []string, columns [][]string) (*Ratings, error) {
	b := newBuilder("", "")
	var errs []error
	for g, column := range columns {
		b.rater(fmt.Sprint(g))
		b.columns[g] = make([]int16, len(column))
		for i, v := range column {
			b.columns[g][i] = Missing
			switch {
			case v == "":
			case len(order) > 0 && !slices.Contains(order, v):
				errs = append(errs, fmt.Errorf("rater %d, unit %d: %q is none of the categories", g+1, i+1, v))
			default:
				k, err := b.category(v)
				if err != nil {
					return nil, err
				}
				b.columns[g][i] = k
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return b.ratings(order, false, false)
}

// NewNumbers makes a table of numbers, one column per rater; NaN is no
// rating. The categories are the numbers that occur.
func NewNumbers(columns [][]float64) (*Ratings, error) {
	var values []float64
	for _, column := range columns {
		values = append(values, column...)
	}
	values = slices.DeleteFunc(values, math.IsNaN)
	slices.Sort(values)
	values = slices.Compact(values)
	if len(values) > math.MaxInt16 {
		return nil, fmt.Errorf("%d different values, at most %d can be handled", len(values), math.MaxInt16)
	}
	scale := Scale{Values: values, Labels: make([]string, len(values))}
	for k, v := range values {
		scale.Labels[k] = fmt.Sprint(v)
	}
	ratings := make([][]int16, len(columns))
	for g, column := range columns {
		for _, v := range column {
			k := Missing
			if !math.IsNaN(v) {
				at, _ := slices.BinarySearch(values, v)
				k = int16(at)
			}
			ratings[g] = append(ratings[g], k)
		}
	}
	return New(scale, ratings)
}

// NewSets makes a table of sets of labels, one column per rater; nil is no
// rating, and an empty set is a rating. The categories are the sets that
// occur.
func NewSets(columns [][][]string) (*Ratings, error) {
	const between = "\x00"
	sets := map[string][]string{}
	keys := make([][]string, len(columns))
	for g, column := range columns {
		for _, set := range column {
			if set == nil {
				keys[g] = append(keys[g], "")
				continue
			}
			sorted := slices.Compact(slices.Sorted(slices.Values(set)))
			key := "{" + strings.Join(sorted, between)
			sets[key] = sorted
			keys[g] = append(keys[g], key)
		}
	}
	if len(sets) > math.MaxInt16 {
		return nil, fmt.Errorf("%d different sets, at most %d can be handled", len(sets), math.MaxInt16)
	}
	scale := Scale{Unordered: true, Sets: [][]string{}}
	for key := range sets {
		scale.Labels = append(scale.Labels, key)
	}
	slices.Sort(scale.Labels)
	ratings := make([][]int16, len(columns))
	for g := range keys {
		for _, key := range keys[g] {
			k := Missing
			if key != "" {
				at, _ := slices.BinarySearch(scale.Labels, key)
				k = int16(at)
			}
			ratings[g] = append(ratings[g], k)
		}
	}
	for k, key := range scale.Labels {
		scale.Sets = append(scale.Sets, sets[key])
		scale.Labels[k] = fmt.Sprintf("%q", sets[key])
	}
	return New(scale, ratings)
}
