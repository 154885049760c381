package annotations

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
)

// A CodedCase is a case with its independent codings: what agreement is
// computed on. Only the case's key, pseudonym, region, period and attributes
// are looked at.
type CodedCase struct {
	Case    Case
	Round   string
	Codings []IndependentCoding

	// Decided are the newest decisions. Agreement never looks at them; only
	// whether a coder drifts away from them does.
	Decided map[string]codebook.Answer
}

// An IndependentCoding is what one coder had stated when the coding was handed
// in, before anybody laid it beside another.
type IndependentCoding struct {
	Coder  int64
	Stated codebook.Answers
	At     time.Time // when it was handed in
}

// Ratings hold what coders independently answered to the variables of a
// codebook that ask for agreement, case by case. They are filled with
// [Ratings.Add] and may then be read by several goroutines.
type Ratings struct {
	book    *codebook.Codebook
	units   []unit
	columns map[string]*column
	rows    int // codings that were ever added: the length of each column

	selected selected
}

// selected remembers the units of the newest selection, which is asked for
// once a variable.
type selected struct {
	mu    sync.Mutex
	by    Selection
	known bool
	units []chosenUnit
}

// A unit is a case and where its coders' ratings begin.
type unit struct {
	key    int64
	id     CaseID
	round  string
	region string
	period string
	source string
	coders []int64
	times  []time.Time // of the hand-ins, by coder
	first  int
}

// A column holds the ratings of one variable, unit by unit, coder by coder.
// Values are numbered as they come; 2,000 cases of 120 variables take two
// megabytes, so that every selection is computed without asking again.
type column struct {
	variable *codebook.Variable
	values   []string
	number   map[string]rating
	ratings  []rating
	settled  []rating // by unit
}

// A rating is the number of a value in its column or, below zero, why there
// is none.
type rating int32

const (
	closed   rating = -1 // the question was not asked: it does not apply, or its parent has no value
	notGiven rating = -2 // asked and not answered, as in a coding of core variables
	codes    rating = -3 // missing codes count down from here
)

// missingCodes are the codes that a coder may give in place of a value.
var missingCodes = []string{codebook.NR, codebook.DM, codebook.UC}

func (r rating) hasValue() bool   { return r >= 0 }
func (r rating) hasCode() bool    { return r <= codes }
func (r rating) wasGiven() bool   { return r.hasValue() || r.hasCode() }
func (r rating) code() string     { return missingCodes[codes-r] }
func codeRating(i int) rating     { return codes - rating(i) }
func (r rating) isClosed() bool   { return r == closed }
func (c *column) at(i int) rating { return c.ratings[i] }

// NewRatings returns empty ratings of the variables of book that ask for
// agreement. Text is never compared.
func NewRatings(book *codebook.Codebook) *Ratings {
	r := &Ratings{book: book, columns: map[string]*column{}}
	for _, v := range book.Variables() {
		if v.Agreement && v.Type != codebook.TypeText {
			r.columns[v.ID] = &column{variable: v, number: map[string]rating{}}
		}
	}
	return r
}

// Variables returns the variables that are compared, in codebook order.
func (r *Ratings) Variables() []*codebook.Variable {
	return slices.DeleteFunc(r.book.Variables(), func(v *codebook.Variable) bool { return r.columns[v.ID] == nil })
}

// Add adds a case with two codings or more; with fewer it adds nothing. It
// keeps the answers that a case copies into its codings out of it: nobody gave
// them.
func (r *Ratings) Add(c CodedCase) { r.insert(len(r.units), c) }

// insert adds a case before the unit at a place.
func (r *Ratings) insert(at int, c CodedCase) {
	if len(c.Codings) < 2 {
		return
	}
	copies := Copies(r.book, c.Case)
	u := unit{key: c.Case.Key, id: c.Case.ID, round: c.Round, region: c.Case.Region, period: c.Case.Period, source: c.Case.Source, first: r.rows}
	r.rows += len(c.Codings)
	for _, k := range c.Codings {
		u.coders, u.times = append(u.coders, k.Coder), append(u.times, k.At)
		stated := k.Stated
		if len(copies) > 0 {
			stated = maps.Clone(stated)
			maps.Copy(stated, copies)
		}
		routes := r.book.Route(stated)
		for id, col := range r.columns {
			if _, copied := copies[id]; copied {
				col.ratings = append(col.ratings, notGiven)
				continue
			}
			col.ratings = append(col.ratings, col.rate(routes[id], stated[id]))
		}
	}
	for id, col := range r.columns {
		col.settled = slices.Insert(col.settled, at, col.settle(c.Decided[id], col.ratings[u.first:]))
	}
	r.units = slices.Insert(r.units, at, u)
	r.selected.known = false
}

// rate turns an answer into a rating. A question that is closed, or of which a
// coder said that it does not apply, is no rating: the difference, if there is
// one, is the parent's.
func (c *column) rate(route codebook.Route, a codebook.Answer) rating {
	switch {
	case !route.Asked || a.Missing == codebook.NA:
		return closed
	case a.Value != "":
		n, ok := c.number[a.Value]
		if !ok {
			n = rating(len(c.values))
			c.values = append(c.values, a.Value)
			c.number[a.Value] = n
		}
		return n
	}
	if i := slices.Index(missingCodes, a.Missing); i >= 0 {
		return codeRating(i)
	}
	return notGiven
}

// answer is the answer behind a rating; that of a closed question is NA.
func (c *column) answer(x rating) codebook.Answer {
	switch {
	case x.hasValue():
		return codebook.Answer{Value: c.values[x]}
	case x.hasCode():
		return codebook.Answer{Missing: x.code()}
	case x.isClosed():
		return codebook.Answer{Missing: codebook.NA}
	}
	return codebook.Answer{}
}

// A Selection narrows the cases and coders that are compared. Empty fields
// narrow nothing.
type Selection struct {
	Round, Region, Period string
	Source                string   // organisation that the case file came from
	Coder                 int64    // cases that this coder coded; 0 is all
	Pair                  [2]int64 // two coders, and their codings only; the zero value is all
}

// keeps reports whether the unit is one of those that s asks for.
func (s Selection) keeps(u *unit) bool {
	return (s.Round == "" || u.round == s.Round) && (s.Region == "" || u.region == s.Region) && (s.Period == "" || u.period == s.Period) &&
		(s.Source == "" || u.source == s.Source) && (s.Coder == 0 || slices.Contains(u.coders, s.Coder))
}

// chosen returns the units of s, and for each its codings that count. They are
// not to be changed.
func (r *Ratings) chosen(s Selection) []chosenUnit {
	r.selected.mu.Lock()
	defer r.selected.mu.Unlock()
	if !r.selected.known || r.selected.by != s {
		r.selected.by, r.selected.known, r.selected.units = s, true, r.choose(s)
	}
	return r.selected.units
}

func (r *Ratings) choose(s Selection) []chosenUnit {
	var list []chosenUnit
	for i := range r.units {
		u := &r.units[i]
		if !s.keeps(u) {
			continue
		}
		c := chosenUnit{unit: u}
		for k, coder := range u.coders {
			if s.Pair == [2]int64{} || coder == s.Pair[0] || coder == s.Pair[1] {
				c.coders = append(c.coders, coder)
				c.at = append(c.at, u.first+k)
			}
		}
		if len(c.coders) > 1 {
			list = append(list, c)
		}
	}
	return list
}

// A chosenUnit is a unit with the coders that are compared and the places of
// their ratings.
type chosenUnit struct {
	*unit
	coders []int64
	at     []int
}

// coders returns all coders of the units, in ascending order.
func coders(units []chosenUnit) []int64 {
	seen := map[int64]bool{}
	for _, u := range units {
		for _, c := range u.coders {
			seen[c] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Facets lists by what the ratings can be narrowed: each in ascending order,
// and of pairs those who share a case.
type Facets struct {
	Rounds, Regions, Periods, Sources []string
	Coders                            []int64
	Pairs                             [][2]int64
}

// Facets returns the rounds, regions, periods, source organisations, coders and
// pairs of coders that occur.
func (r *Ratings) Facets() Facets {
	rounds, regions, periods, sources, pairs := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[[2]int64]bool{}
	for _, u := range r.units {
		rounds[u.round], regions[u.region], periods[u.period], sources[u.source] = true, true, true, true
		for i, a := range u.coders {
			for _, b := range u.coders[:i] {
				pairs[[2]int64{min(a, b), max(a, b)}] = true
			}
		}
	}
	sorted := func(m map[string]bool) []string {
		delete(m, "")
		return slices.Sorted(maps.Keys(m))
	}
	f := Facets{Rounds: sorted(rounds), Regions: sorted(regions), Periods: sorted(periods), Sources: sorted(sources), Coders: r.Coders(), Pairs: slices.Collect(maps.Keys(pairs))}
	slices.SortFunc(f.Pairs, func(a, b [2]int64) int { return slices.Compare(a[:], b[:]) })
	return f
}

// Cases returns the number of cases that s leaves.
func (r *Ratings) Cases(s Selection) int { return len(r.chosen(s)) }

// Shared returns how many of the cases that s leaves each coder coded.
func (r *Ratings) Shared(s Selection) map[int64]int {
	n := map[int64]int{}
	for _, u := range r.chosen(s) {
		for _, c := range u.coders {
			n[c]++
		}
	}
	return n
}
