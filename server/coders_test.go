package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
)

// A coder who begins to answer otherwise half-way is named with the cases to
// look at again, from the one on with which it began; nobody but the lead sees
// it.
func TestCodersOverTime(t *testing.T) {
	s := open(t)
	lena := s.visit(t, "lena")
	if got := lena.get("/s/bicycles/coders"); got.status != 200 || !strings.Contains(got.body, "Nothing to compare yet") {
		t.Errorf("without codings the page answers %d", got.status)
	}
	for i := range 80 {
		id := annotations.CaseID(fmt.Sprintf("T-%02d", i))
		var bert map[string]string
		if i >= 40 {
			bert = map[string]string{"quality": "poor"}
		}
		s.Clock.Add(24 * time.Hour)
		double(t, s, id, nil, bert)
	}
	lena = s.visit(t, "lena") // months have gone by
	page := lena.get("/s/bicycles/coders").body
	for _, want := range []string{"Name of bert", "outside the limit", "/s/bicycles/coders/quality?coder="} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	path := fmt.Sprintf("/s/bicycles/coders/quality?coder=%d", s.People["bert"].ID)
	one := lena.get(path).body
	if !strings.Contains(one, "<svg") || !strings.Contains(one, ">T-40<") || !strings.Contains(one, ">T-79<") || strings.Contains(one, ">T-39<") {
		t.Error("the page of the variable lacks a chart, or lists other cases than those from T-40 on")
	}
	for _, path := range []string{"/s/bicycles/coders/remark", "/s/bicycles/coders/nothing"} {
		if got := lena.get(path).status; got != 404 {
			t.Errorf("%s answers %d, want 404", path, got)
		}
	}
	for _, login := range []string{"anna", "bert", "daan", "olga"} {
		for _, p := range []string{"/s/bicycles/coders", path} {
			if got := s.visit(t, login).get(p).status; got != 403 {
				t.Errorf("%s gets %d for %s, want 403", login, got, p)
			}
		}
	}
}
