package agreement

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// NewScale makes the scale of the values that occur. When order is given its
// entries are the categories, whether they occur or not; otherwise numbers
// are put in order and text has none. Equal numbers written differently, such
// as 1 and 1.0, are one category.
func NewScale(values, order []string) Scale {
	s, _ := newScale(values, order, false)
	return s
}

// newScale also returns the category of each value.
func newScale(values, order []string, decimalComma bool) (Scale, []int16) {
	if len(order) > 0 {
		return declaredScale(values, order)
	}
	numbers, ok := allNumbers(values, decimalComma)
	if !ok {
		labels := slices.Clone(values)
		slices.Sort(labels)
		return Scale{Labels: labels, Unordered: true}, positions(values, labels)
	}
	sorted := slices.Clone(numbers)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	s := Scale{Values: sorted, Labels: make([]string, len(sorted))}
	number := make([]int16, len(values))
	for i, x := range numbers {
		k, _ := slices.BinarySearch(sorted, x)
		number[i] = int16(k)
		if label := s.Labels[k]; label == "" || cmp.Compare(len(values[i]), len(label)) < 0 {
			s.Labels[k] = values[i]
		}
	}
	return s, number
}

// declaredScale takes the categories from order. Ascending numbers keep
// their values; for anything else the positions count.
func declaredScale(values, order []string) (Scale, []int16) {
	s := Scale{Labels: slices.Clone(order)}
	if numbers, ok := allNumbers(order, false); ok && slices.IsSortedFunc(numbers, cmp.Compare[float64]) {
		s.Values = numbers
	}
	return s, positions(values, order)
}

func positions(values, labels []string) []int16 {
	at := make(map[string]int16, len(labels))
	for k, label := range labels {
		at[label] = int16(k)
	}
	number := make([]int16, len(values))
	for i, v := range values {
		number[i] = at[v]
	}
	return number
}

// allNumbers parses values; it reports false when one is no finite number.
func allNumbers(values []string, decimalComma bool) ([]float64, bool) {
	numbers := make([]float64, len(values))
	for i, v := range values {
		if decimalComma {
			v = strings.Replace(v, ",", ".", 1)
		}
		x, err := strconv.ParseFloat(v, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, false
		}
		numbers[i] = x + 0 // -0 is 0
	}
	return numbers, len(values) > 0
}
