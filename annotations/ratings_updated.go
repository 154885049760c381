package annotations

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
)

// Changed says of which variables figures have to be computed again.
type Changed struct {
	Ratings map[string]bool // what coders answered, or which codings there are
	Settled map[string]bool // what was settled or when codings came in, on which no coefficient rests
}

// Updated returns the ratings with some cases as they are now, and what that
// changed. Cases whose keys are gone, or that have fewer than two codings, are
// left out. The ratings themselves stay as they are, for whoever reads them.
func (r *Ratings) Updated(now []CodedCase, gone []int64) (*Ratings, Changed) {
	next := r.clone()
	changed := Changed{Ratings: map[string]bool{}, Settled: map[string]bool{}}
	keys := slices.Clone(gone)
	for _, c := range now {
		keys = append(keys, c.Case.Key)
	}
	before := map[int64]unit{}
	settled := map[int64]map[string]codebook.Answer{}
	for _, key := range keys {
		at := slices.IndexFunc(next.units, func(u unit) bool { return u.key == key })
		if at < 0 {
			continue
		}
		before[key] = next.units[at]
		settled[key] = next.settledAt(at)
		next.units = slices.Delete(next.units, at, at+1)
		next.selected.known = false
		for _, col := range next.columns {
			col.settled = slices.Delete(col.settled, at, at+1)
		}
	}
	after := map[int64]bool{}
	for _, c := range now {
		at, _ := slices.BinarySearchFunc(next.units, c.Case.ID, func(u unit, id CaseID) int { return strings.Compare(string(u.id), string(id)) })
		units := len(next.units)
		next.insert(at, c)
		if len(next.units) == units {
			continue
		}
		after[c.Case.Key] = true
		u, known := before[c.Case.Key]
		for id, col := range next.columns {
			if !known || !u.like(next.units[at]) || !slices.Equal(col.of(u), col.of(next.units[at])) {
				changed.Ratings[id] = true
			}
			if !known || !slices.EqualFunc(u.times, next.units[at].times, time.Time.Equal) || settled[c.Case.Key][id] != col.answer(col.settled[at]) {
				changed.Settled[id] = true
			}
		}
	}
	for key := range before {
		if !after[key] {
			for id := range next.columns {
				changed.Ratings[id], changed.Settled[id] = true, true
			}
		}
	}
	return next, changed
}

// like reports whether two units count in the same selections and have codings
// by the same people.
func (u unit) like(v unit) bool {
	return u.id == v.id && u.round == v.round && u.region == v.region && u.period == v.period && u.source == v.source && slices.Equal(u.coders, v.coders)
}

// of are the ratings of a unit.
func (c *column) of(u unit) []rating { return c.ratings[u.first : u.first+len(u.coders)] }

// settledAt is what is settled about a unit, by variable.
func (r *Ratings) settledAt(at int) map[string]codebook.Answer {
	answers := make(map[string]codebook.Answer, len(r.columns))
	for id, col := range r.columns {
		answers[id] = col.answer(col.settled[at])
	}
	return answers
}

// clone copies the ratings, without what updates left behind.
func (r *Ratings) clone() *Ratings {
	next := &Ratings{book: r.book, units: slices.Clone(r.units), columns: make(map[string]*column, len(r.columns))}
	for i := range next.units {
		next.units[i].first = next.rows
		next.rows += len(next.units[i].coders)
	}
	for id, col := range r.columns {
		c := &column{variable: col.variable, values: slices.Clone(col.values), number: maps.Clone(col.number), settled: slices.Clone(col.settled), ratings: make([]rating, 0, next.rows)}
		for _, u := range r.units {
			c.ratings = append(c.ratings, col.of(u)...)
		}
		next.columns[id] = c
	}
	return next
}
