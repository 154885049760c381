package server_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
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

// What a coder answered to a case that they got again without knowing stands on
// the pages of coders and in the report, as soon as it is handed in, and in no
// figure about others.
func TestHiddenRepeatsTellHowFarCodersAgreeWithThemselves(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	lena := s.visit(t, "lena")
	for _, id := range []annotations.CaseID{"B-01", "B-02"} {
		s.Code(t, id, "anna", nil)
		s.Code(t, id, "bert", nil)
	}
	for path, want := range map[string]string{"coders?against=self": "No hidden repeats", "reliability": "No case files were coded a second time"} {
		if got := lena.get("/s/bicycles/" + path).body; !strings.Contains(got, want) {
			t.Errorf("%s lacks %q", path, want)
		}
	}
	before, _ := lena.agreementFile()
	anna := s.People["anna"]
	if n, err := s.Store.PlanRepeats(ctx, s.People["lena"], storetest.Study, []store.NewRepeat{{Coder: anna.ID, Cases: 2, Weeks: 3, Seed: 5}}); err != nil || n != 2 {
		t.Fatalf("planned %d repeats: %v", n, err)
	}
	said := []map[string]string{{"quality": "poor"}, nil}
	for len(said) > 0 {
		s.Clock.Add(22 * 24 * time.Hour)
		if err := s.Store.GiveRepeats(ctx, anna, storetest.Study); err != nil {
			t.Fatal(err)
		}
		mine, err := s.Store.MyAssignments(ctx, anna, storetest.Study)
		i := slices.IndexFunc(mine, func(a annotations.Assignment) bool { return a.Status == annotations.Open })
		if err != nil || i < 0 {
			t.Fatalf("anna has no repeat to code: %+v %v", mine, err)
		}
		s.Fill(t, mine[i], "anna", said[0])
		said = said[1:]
		other := annotations.CaseID(fmt.Sprintf("B-1%d", len(said)))
		s.Import(t, storetest.Study, s.Case(t, other, "W1"))
		s.Code(t, other, "anna", nil) // a repeat waits for other work
	}
	lena = s.visit(t, "lena")
	page := lena.get("/s/bicycles/coders?against=self").body
	for _, want := range []string{"2 case files were coded again", `50 % <span class="interval">/ 2</span>`, `100 % <span class="interval">/ 2</span>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of coders lacks %q", want)
		}
	}
	one := lena.get("/s/bicycles/coders/quality").body
	_, table, _ := strings.Cut(one, "Equal to themselves")
	for _, want := range []string{"Name of anna", "All coders, each with themselves", "50 %"} {
		if !strings.Contains(table, want) {
			t.Errorf("the page of the variable lacks %q", want)
		}
	}
	if strings.Contains(table, "Name of bert") {
		t.Error("bert has no repeats and stands among those who have")
	}
	if got := lena.get("/s/bicycles/reliability").body; !strings.Contains(got, "Coders got 2 case files a second time") || !strings.Contains(got, "First coding and repeat, per variable") {
		t.Error("the report does not tell of the repeats")
	}
	if after, _ := lena.agreementFile(); after != before {
		t.Error("repeats changed the agreement between coders")
	}
}
