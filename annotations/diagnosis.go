package annotations

import (
	"iter"

	"github.com/dossierlens/dossierlens/codebook"
)

// A Use says whether a unit, one case and one variable, counted in the
// coefficients on values, and if not why.
type Use string

// The uses, from a unit that counted to one that could least do so. For two
// coders they are the counts of [Layers].
const (
	UnitUsed        Use = "used"         // two values or more
	UnitOneMissing  Use = "one_missing"  // a value, and missing codes beside it
	UnitBothMissing Use = "both_missing" // missing codes only
	UnitOneClosed   Use = "one_closed"   // it applied for one coder only: a difference of the parent
	UnitClosed      Use = "closed"       // it applied for nobody
	UnitNotCoded    Use = "not_coded"    // it was put to fewer than two coders
)

// Uses lists all uses.
var Uses = []Use{UnitUsed, UnitOneMissing, UnitBothMissing, UnitOneClosed, UnitClosed, UnitNotCoded}

// A DiagnosedUnit is one case as agreement on one variable sees it.
type DiagnosedUnit struct {
	Key                   int64
	Case                  CaseID
	Round, Region, Period string
	Use                   Use
	Same                  bool // all values agree, of numbers within the tolerance; false unless used

	// Answers are by coder, in the order of [Ratings.Coders]: empty where the
	// coder did not code the case or the question was not put to them, NA
	// where it was closed.
	Answers []codebook.Answer
}

// Coders returns everybody with a coding in the ratings, in ascending order.
func (r *Ratings) Coders() []int64 { return coders(r.chosen(Selection{})) }

// Diagnosis yields what became of each case in the agreement on a variable, in
// the order in which cases were added; nothing for a variable that is not
// compared.
func (r *Ratings) Diagnosis(variable string, s Selection) iter.Seq[DiagnosedUnit] {
	return func(yield func(DiagnosedUnit) bool) {
		col := r.columns[variable]
		if col == nil {
			return
		}
		place := map[int64]int{}
		for i, c := range r.Coders() {
			place[c] = i
		}
		for _, u := range r.chosen(s) {
			d := DiagnosedUnit{Key: u.key, Case: u.id, Round: u.round, Region: u.region, Period: u.period, Answers: make([]codebook.Answer, len(place))}
			ratings := make([]rating, len(u.at))
			for k, at := range u.at {
				ratings[k] = col.at(at)
				d.Answers[place[u.coders[k]]] = col.answer(ratings[k])
			}
			d.Use = useOf(ratings)
			d.Same = d.Use == UnitUsed && col.allSame(ratings)
			if !yield(d) {
				return
			}
		}
	}
}

// useOf says what became of the ratings of one unit.
func useOf(ratings []rating) Use {
	values, codes, closed := 0, 0, 0
	for _, x := range ratings {
		switch {
		case x.hasValue():
			values++
		case x.hasCode():
			codes++
		case x.isClosed():
			closed++
		}
	}
	switch {
	case values > 1:
		return UnitUsed
	case values+codes+closed < 2:
		return UnitNotCoded
	case values+codes == 0:
		return UnitClosed
	case values+codes == 1:
		return UnitOneClosed
	case values == 1:
		return UnitOneMissing
	}
	return UnitBothMissing
}

// allSame reports whether every two values agree.
func (c *column) allSame(ratings []rating) bool {
	for i, a := range ratings {
		for _, b := range ratings[:i] {
			if a.hasValue() && b.hasValue() && !c.same(a, b) {
				return false
			}
		}
	}
	return true
}
