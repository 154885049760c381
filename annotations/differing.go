package annotations

import (
	"math"

	"github.com/dossierlens/dossierlens/codebook"
)

// A DifferingCase is a case on which codings differ in one variable.
type DifferingCase struct {
	Key     int64
	Case    CaseID
	Answers []codebook.Answer // by coding, in the order of the assignments; NA where the question was closed
}

// Differing returns the cases whose codings differ in a variable, as agreement
// counts it: of numbers beyond the tolerance. Cases come in the order in which
// they were added. A question that was closed for one coder counts here, though
// it is a difference of its parent.
func (r *Ratings) Differing(variable string, s Selection) []DifferingCase {
	col := r.columns[variable]
	if col == nil {
		return nil
	}
	var list []DifferingCase
	for _, u := range r.chosen(s) {
		d := DifferingCase{Key: u.key, Case: u.id}
		differs := false
		for i, at := range u.at {
			d.Answers = append(d.Answers, col.answer(col.at(at)))
			for _, other := range u.at[:i] {
				differs = differs || !col.same(col.at(at), col.at(other))
			}
		}
		if differs {
			list = append(list, d)
		}
	}
	return list
}

// rounding is what a difference of two decimals may be off: 0.3 - 0.2 exceeds
// 0.1 by as much.
const rounding = 1e-12

// same reports whether two ratings agree; one that was not given differs from
// none.
func (c *column) same(a, b rating) bool {
	if a == b || a == notGiven || b == notGiven {
		return true
	}
	if !a.hasValue() || !b.hasValue() || c.variable.Tolerance == 0 {
		return false
	}
	x, y := numberOf(c.variable, c.values[a]), numberOf(c.variable, c.values[b])
	return math.Abs(x-y) <= c.variable.Tolerance+rounding*max(1, c.variable.Tolerance)
}

// A Confusion counts pairs of answers to a variable.
type Confusion struct {
	Categories []codebook.Answer // declared, then missing codes, then NA for a closed question
	Counts     [][]int           // [k][l]

	// Coders are the two whose answers are the rows and the columns. With
	// more than two coders there are no two sides: a pair of answers is
	// counted once, in the row of the category that comes first, and Coders
	// are zero.
	Coders [2]int64
}

// Confusion returns which answers were given to the same cases. It is for
// variables of single choices; ok is false for any other.
func (r *Ratings) Confusion(variable string, s Selection) (c Confusion, ok bool) {
	col := r.columns[variable]
	if col == nil || col.variable.Type != codebook.TypeSingle && col.variable.Type != codebook.TypeOrdinal {
		return c, false
	}
	c.Categories = orderedOptions(r.book, col.variable)
	number := map[codebook.Answer]int{}
	for _, code := range missingCodes {
		c.Categories = append(c.Categories, codebook.Answer{Missing: code})
	}
	c.Categories = append(c.Categories, codebook.Answer{Missing: codebook.NA})
	for k, a := range c.Categories {
		number[a] = k
		c.Counts = append(c.Counts, make([]int, len(c.Categories)))
	}
	units := r.chosen(s)
	two := coders(units)
	if len(two) == 2 {
		c.Coders = [2]int64(two)
	}
	for _, u := range units {
		for i := range u.at {
			for j := range i {
				a, known := number[col.answer(col.at(u.at[j]))]
				b, alsoKnown := number[col.answer(col.at(u.at[i]))]
				if !known || !alsoKnown {
					continue
				}
				if c.Coders == [2]int64{} && b < a || c.Coders != [2]int64{} && u.coders[j] != c.Coders[0] {
					a, b = b, a
				}
				c.Counts[a][b]++
			}
		}
	}
	return c.used(), true
}

// used leaves out the missing codes that nobody gave; declared categories
// stay.
func (c Confusion) used() Confusion {
	kept := Confusion{Coders: c.Coders}
	var places []int
	for k, a := range c.Categories {
		total := 0
		for l := range c.Categories {
			total += c.Counts[k][l] + c.Counts[l][k]
		}
		if a.Missing == "" || total > 0 {
			kept.Categories = append(kept.Categories, a)
			places = append(places, k)
		}
	}
	for _, k := range places {
		row := make([]int, len(places))
		for j, l := range places {
			row[j] = c.Counts[k][l]
		}
		kept.Counts = append(kept.Counts, row)
	}
	return kept
}
