package annotations

import (
	"maps"
	"slices"

	"github.com/dossierlens/dossierlens/codebook"
)

// IntraCoder holds what coders answered to cases that they got twice without
// knowing: how far a coder agrees with themselves, which bounds how far others
// can agree with them. It is filled with [IntraCoder.Add] and may then be read
// by several goroutines.
type IntraCoder struct {
	book    *codebook.Codebook
	all     *Ratings
	byCoder map[int64]*Ratings
}

// The two codings of a repeat stand as those of two coders.
const firstCoding, repeatCoding int64 = 1, 2

// NewIntraCoder returns it empty, for the variables of book that ask for
// agreement.
func NewIntraCoder(book *codebook.Codebook) *IntraCoder {
	return &IntraCoder{book: book, all: NewRatings(book), byCoder: map[int64]*Ratings{}}
}

// Add adds the two codings of a case by one coder.
func (r *IntraCoder) Add(k RepeatedCoding) {
	if r.byCoder[k.Coder] == nil {
		r.byCoder[k.Coder] = NewRatings(r.book)
	}
	k.First.Coder, k.Repeat.Coder = firstCoding, repeatCoding
	pair := CodedCase{Case: k.Case, Codings: []IndependentCoding{k.First, k.Repeat}}
	r.all.Add(pair)
	r.byCoder[k.Coder].Add(pair)
}

// Coders returns who has repeats, in ascending order.
func (r *IntraCoder) Coders() []int64 { return slices.Sorted(maps.Keys(r.byCoder)) }

// Cases returns how many repeats a coder has; of coder 0, all.
func (r *IntraCoder) Cases(coder int64) int {
	if ratings := r.of(coder); ratings != nil {
		return ratings.Cases(Selection{})
	}
	return 0
}

// Agreement returns how far a coder agrees with themselves on a variable; of
// coder 0, how far coders do, each with themselves. Its pairs are a first
// coding and its repeat. Ok is false for a variable that is not compared and a
// coder without repeats.
func (r *IntraCoder) Agreement(variable string, coder int64) (a VariableAgreement, ok bool) {
	ratings := r.of(coder)
	if ratings == nil {
		return a, false
	}
	return ratings.Agreement(variable, Selection{})
}

func (r *IntraCoder) of(coder int64) *Ratings {
	if coder == 0 {
		return r.all
	}
	return r.byCoder[coder]
}
