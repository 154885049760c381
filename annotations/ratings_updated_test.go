package annotations

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dossierlens/dossierlens/codebook"
)

// A sequence of updates gives the figures that reading everything anew gives,
// and those of a variable that is not named as changed are as before.
func TestUpdatedRatingsAreThoseReadAnew(t *testing.T) {
	book := bicycles(t)
	rapid.Check(t, func(t *rapid.T) {
		cases := map[int64]CodedCase{}
		draw := func(key int64) CodedCase {
			c := CodedCase{Case: Case{Key: key, ID: CaseID(fmt.Sprintf("B-%02d", key)), Region: "W1", Source: rapid.SampledFrom([]string{"", "X"}).Draw(t, "source")},
				Round: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "round")}
			for g := range rapid.IntRange(1, 3).Draw(t, "codings") {
				k := coded(int64(g+1), rapid.SampledFrom([]string{"", "repaired=no", "damage=none", "quality=NR", "minutes=12", "parts_hit=wheel"}).Draw(t, "says"))
				k.At = time.Date(2025, 1, rapid.IntRange(1, 2).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
				c.Codings = append(c.Codings, k)
			}
			if rapid.Bool().Draw(t, "decided") {
				c.Decided = map[string]codebook.Answer{"repaired": {Value: rapid.SampledFrom([]string{"yes", "no"}).Draw(t, "settled")}}
			}
			return c
		}
		anew := func() *Ratings {
			r := NewRatings(book)
			for _, key := range slices.Sorted(maps.Keys(cases)) { // pseudonyms sort as keys do
				r.Add(cases[key])
			}
			return r
		}
		for key := range rapid.Int64Range(0, 6).Draw(t, "cases") {
			cases[2*key+1] = draw(2*key + 1)
		}
		r := anew()
		for range rapid.IntRange(1, 4).Draw(t, "updates") {
			var now []CodedCase
			var gone []int64
			for _, key := range slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.Int64Range(1, 12), 0, 3).Draw(t, "changed")))) {
				if rapid.IntRange(0, 3).Draw(t, "gone") == 0 {
					delete(cases, key)
					gone = append(gone, key)
					continue
				}
				cases[key] = draw(key)
				now = append(now, cases[key])
			}
			next, changed := r.Updated(now, gone)
			want := anew()
			for _, v := range want.Variables() {
				for _, s := range []Selection{{}, {Round: "1"}, {Source: "X"}, {Coder: 3}, {Pair: [2]int64{1, 2}}} {
					old, _ := r.Agreement(v.ID, s)
					got, _ := next.Agreement(v.ID, s)
					fresh, _ := want.Agreement(v.ID, s)
					if !reflect.DeepEqual(got, fresh) {
						t.Fatalf("%s %+v: %+v after updates, %+v anew", v.ID, s, got, fresh)
					}
					if !changed.Ratings[v.ID] && !reflect.DeepEqual(old, fresh) {
						t.Fatalf("%s %+v changed and was not named", v.ID, s)
					}
				}
				if got, fresh := next.Differing(v.ID, Selection{}), want.Differing(v.ID, Selection{}); !reflect.DeepEqual(got, fresh) {
					t.Fatalf("%s: differing %v after updates, %v anew", v.ID, got, fresh)
				}
				charts := want.CoderCharts(v.ID)
				if got := next.CoderCharts(v.ID); !reflect.DeepEqual(got, charts) {
					t.Fatalf("%s: charts %+v after updates, %+v anew", v.ID, got, charts)
				}
				if !changed.Ratings[v.ID] && !changed.Settled[v.ID] && !reflect.DeepEqual(r.CoderCharts(v.ID), charts) {
					t.Fatalf("the charts of %s changed and it was not named", v.ID)
				}
			}
			r = next
		}
	})
}

// A decision about one variable leaves all coefficients and the charts of other
// variables; another answer changes its own variable and no other.
func TestUpdatedNamesWhatChanged(t *testing.T) {
	r := NewRatings(bicycles(t))
	add(r, 4, "", "minutes=12")
	decided := func(c CodedCase) CodedCase {
		c.Case, c.Round = Case{Key: 2, ID: "B-02", Region: "W1", Period: "2025-H1"}, "1"
		return c
	}
	with := decided(CodedCase{Codings: []IndependentCoding{coded(1, ""), coded(2, "minutes=12")}, Decided: map[string]codebook.Answer{"minutes": {Value: "40"}}})
	next, changed := r.Updated([]CodedCase{with}, nil)
	if want := (Changed{Ratings: map[string]bool{}, Settled: map[string]bool{"minutes": true}}); !reflect.DeepEqual(changed, want) {
		t.Errorf("a decision changes %v, want %v", changed, want)
	}
	with.Codings[1] = coded(2, "minutes=40")
	if _, changed = next.Updated([]CodedCase{with}, nil); !reflect.DeepEqual(changed.Ratings, map[string]bool{"minutes": true}) {
		t.Errorf("an answer changes %v, want its variable", changed.Ratings)
	}
	if _, changed = next.Updated(nil, []int64{2}); len(changed.Ratings) != len(r.Variables()) {
		t.Errorf("a case less changes %v, want all variables", changed.Ratings)
	}
}
