package server

import (
	"fmt"
	"maps"
	"reflect"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// What was computed of a variable is kept until something changes on which it
// rests: another answer drops the figures of its variable in every selection,
// a decision the charts of its variable alone, and what is computed then is
// what is computed of all cases read anew.
func TestFiguresAreKeptPerVariable(t *testing.T) {
	book, err := codebook.Parse(storetest.Codebook(t), "bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	coded := func(key int64, quality, decided string) annotations.CodedCase {
		c := annotations.CodedCase{Case: annotations.Case{Key: key, ID: annotations.CaseID(fmt.Sprintf("B-%02d", key)), Region: "W1", Period: "2025-H1"}, Round: "1"}
		for coder := range int64(2) {
			stated := codebook.Answers{}
			for id, value := range storetest.Answers {
				stated[id] = codebook.Answer{Value: value}
			}
			if coder == 1 {
				stated["quality"] = codebook.Answer{Value: quality}
			}
			c.Codings = append(c.Codings, annotations.IndependentCoding{Coder: coder + 1, Stated: stated})
		}
		if decided != "" {
			c.Decided = map[string]codebook.Answer{"quality": {Value: decided}}
		}
		return c
	}
	ratings := func(cases ...annotations.CodedCase) *studyRatings {
		r := newStudyRatings(annotations.NewRatings(book), book, 1)
		for _, c := range cases {
			r.Add(c)
		}
		return r
	}
	all, narrow := annotations.Selection{}, annotations.Selection{Round: "1"}
	before := ratings(coded(1, "good", ""), coded(2, "poor", ""), coded(3, "good", ""))
	before.agreement(all)
	before.agreement(narrow)
	before.drift()
	for _, v := range []string{"damage", "quality"} {
		before.bootstrap(v, all)
	}

	update := func(c annotations.CodedCase) *studyRatings {
		next, changed := before.Updated([]annotations.CodedCase{c}, nil)
		return before.carried(next, changed, 2)
	}
	kept := func(r *studyRatings) (figures, charts, drawn []string) {
		for _, v := range book.Variables() {
			_, one := r.computed[all][v.ID]
			_, two := r.computed[narrow][v.ID]
			if one != two {
				t.Errorf("of %s one selection is kept and another is not", v.ID)
			}
			if one {
				figures = append(figures, v.ID)
			}
			if _, ok := r.charts[v.ID]; ok {
				charts = append(charts, v.ID)
			}
			if _, ok := r.drawn[drawnOf{v.ID, all}]; ok {
				drawn = append(drawn, v.ID)
			}
		}
		return figures, charts, drawn
	}
	everything := len(before.Variables())

	answered := update(coded(2, "good", ""))
	if figures, charts, drawn := kept(answered); len(figures) != everything-1 || len(charts) != everything-1 || fmt.Sprint(drawn) != "[damage]" {
		t.Errorf("after another answer to quality %v, charts %v and draws %v are kept, want all others", figures, charts, drawn)
	}
	fresh := ratings(coded(1, "good", ""), coded(2, "good", ""), coded(3, "good", "")).agreement(all)
	now := answered.agreement(all)
	if now["quality"].Headline.Percent.Value != 1 || now["quality"].Headline.Percent.Value == before.agreement(all)["quality"].Headline.Percent.Value {
		t.Errorf("quality agrees on %v after the answer", now["quality"].Headline.Percent.Value)
	}
	for id := range maps.Keys(fresh) {
		if !reflect.DeepEqual(now[id], fresh[id]) {
			t.Errorf("%s: kept figures are other than those read anew: %+v, %+v", id, now[id], fresh[id])
		}
	}

	decided := update(coded(2, "poor", "good"))
	if figures, charts, drawn := kept(decided); len(figures) != everything || len(charts) != everything-1 || len(drawn) != 2 {
		t.Errorf("after a decision on quality %v, charts %v and draws %v are kept, want all but its chart", figures, charts, drawn)
	}
}
