package agreement

import (
	"cmp"
	"math"
	"slices"
)

// A pattern is one way in which the raters rated a unit.
type pattern struct {
	ratings []int16 // a rater each
	tally   int32
}

// A tally is how often a unit was put in each category, by whomever.
type tally struct {
	ratings    int64 // how many ratings the unit has
	categories []int16
	counts     []int64 // one per category listed
}

// directCodes is how many pattern codes fit a table small enough to clear.
const directCodes = 1 << 20

// findPatterns numbers the different rows of columns in lexical order.
func findPatterns(columns [][]int16, units, q int) ([]int32, []pattern) {
	codes, codeLimit, ok := rowCodes(columns, units, q)
	if !ok {
		return findLongPatterns(columns, units)
	}
	of := make([]int32, units)
	var first []int // a unit that shows the pattern
	if codeLimit <= directCodes {
		number := make([]int32, codeLimit)
		seen := make([]int, codeLimit) // unit + 1
		for i, c := range codes {
			if seen[c] == 0 {
				seen[c] = i + 1
			}
		}
		for c, i := range seen {
			if i > 0 {
				number[c] = int32(len(first))
				first = append(first, i-1)
			}
		}
		for i, c := range codes {
			of[i] = number[c]
		}
	} else {
		seen := make(map[uint64]int)
		for i, c := range codes {
			if _, ok := seen[c]; !ok {
				seen[c] = i
				first = append(first, i)
			}
		}
		slices.SortFunc(first, func(a, b int) int { return cmp.Compare(codes[a], codes[b]) })
		number := make(map[uint64]int32, len(first))
		for p, i := range first {
			number[codes[i]] = int32(p)
		}
		for i, c := range codes {
			of[i] = number[c]
		}
	}
	return of, rows(columns, first)
}

// rowCodes packs each row into one number, in an order-preserving way. It
// reports false when the numbers would not fit.
func rowCodes(columns [][]int16, units, q int) (codes []uint64, limit uint64, ok bool) {
	limit = 1
	for range columns {
		if limit > math.MaxUint64/uint64(q+1) {
			return nil, 0, false
		}
		limit *= uint64(q + 1)
	}
	codes = make([]uint64, units)
	for _, column := range columns {
		for i, k := range column {
			codes[i] = codes[i]*uint64(q+1) + uint64(k+1)
		}
	}
	return codes, limit, true
}

// findLongPatterns is findPatterns for rows that fit no number.
func findLongPatterns(columns [][]int16, units int) ([]int32, []pattern) {
	compare := func(a, b int) int {
		for _, column := range columns {
			if d := cmp.Compare(column[a], column[b]); d != 0 {
				return d
			}
		}
		return 0
	}
	order := make([]int, units)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, compare)
	of := make([]int32, units)
	var first []int
	for j, i := range order {
		if j == 0 || compare(order[j-1], i) != 0 {
			first = append(first, i)
		}
		of[i] = int32(len(first) - 1)
	}
	return of, rows(columns, first)
}

func rows(columns [][]int16, units []int) []pattern {
	all := make([]int16, len(units)*len(columns))
	patterns := make([]pattern, len(units))
	for p, i := range units {
		row := all[p*len(columns) : (p+1)*len(columns) : (p+1)*len(columns)]
		for g, column := range columns {
			row[g] = column[i]
		}
		patterns[p].ratings = row
	}
	return patterns
}

// findTallies numbers the patterns that differ in more than the rater.
func (r *Ratings) findTallies() {
	sorted := make([][]int16, len(r.patterns))
	order := make([]int, len(r.patterns))
	for p, row := range r.patterns {
		sorted[p] = slices.Sorted(slices.Values(row.ratings))
		order[p] = p
	}
	slices.SortFunc(order, func(a, b int) int { return slices.Compare(sorted[a], sorted[b]) })
	for j, p := range order {
		if j == 0 || !slices.Equal(sorted[order[j-1]], sorted[p]) {
			r.tallies = append(r.tallies, tallyOf(sorted[p]))
		}
		r.patterns[p].tally = int32(len(r.tallies) - 1)
	}
}

func tallyOf(sorted []int16) tally {
	var t tally
	for _, k := range sorted {
		if k == Missing {
			continue
		}
		t.ratings++
		if last := len(t.categories) - 1; last >= 0 && t.categories[last] == k {
			t.counts[last]++
			continue
		}
		t.categories = append(t.categories, k)
		t.counts = append(t.counts, 1)
	}
	return t
}
