package server_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

var planHash = regexp.MustCompile(`name="plan" value="([0-9a-f]+)"`)

func (s *site) id(login string) string { return fmt.Sprint(s.People[login].ID) }

func (s *site) assigning() url.Values {
	return url.Values{"state": {"released"}, "coder": {s.id("anna"), s.id("bert")}, "double": {"50"}, "seed": {"7"}, "round": {"1"}}
}

// The division that was shown is the one that is made, and the same seed
// shows the same.
func TestAssignPreviewThenCommit(t *testing.T) {
	s := open(t)
	lena := s.visit(t, "lena")
	form := s.assigning()
	shown := lena.post(studyPath+"/assign", form)
	if shown.status != http.StatusOK || !strings.Contains(shown.body, "4 cases, 2 of them double") {
		t.Fatalf("the preview answers %d: %s", shown.status, shown.body)
	}
	if again := lena.post(studyPath+"/assign", form); planHash.FindString(again.body) != planHash.FindString(shown.body) {
		t.Errorf("the same seed shows another division")
	}
	if counts, err := s.Store.Progress(context.Background(), storetest.Study); err != nil || counts[0].Given != 0 {
		t.Errorf("the preview gave cases: %+v (%v)", counts, err)
	}
	form.Set("plan", planHash.FindStringSubmatch(shown.body)[1])
	form.Set("commit", "on")
	if got := lena.post(studyPath+"/assign", form).status; got != http.StatusSeeOther {
		t.Fatalf("committing answers %d", got)
	}
	given, pairs := 0, 0
	lines, err := s.Store.CaseCounts(context.Background(), storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range lines {
		if n.State == annotations.Assigned {
			given, pairs = given+n.N, pairs+n.Double
		}
	}
	if given != 4 || pairs != 2 {
		t.Errorf("%d cases are given, %d of them twice, want 4 and 2", given, pairs)
	}
	if got := lena.post(studyPath+"/assign", form); got.status != http.StatusUnprocessableEntity {
		t.Errorf("committing again answers %d, want 422", got.status)
	}
}

// The form keeps what the list of cases was narrowed to.
func TestAssignFromTheList(t *testing.T) {
	s := open(t)
	lena := s.visit(t, "lena")
	if got := lena.get(studyPath + "/assign?region=W3&state=settled"); !strings.Contains(got.body, `value="W3" selected`) || !strings.Contains(got.body, `value="released" selected`) {
		t.Errorf("the form does not have the region of the list and a state to give from")
	}
	got := lena.get(studyPath + "/assign?find=b-03")
	if area := between(got.body, `<textarea id="ids"`, "</textarea>"); !strings.Contains(area, "B-03") || strings.Contains(area, "B-01") {
		t.Errorf("a search for b-03 gives the cases %q", area)
	}
}

// When cases changed since the preview nothing is given: the new division is
// shown first.
func TestAssignShowsAChangedDivision(t *testing.T) {
	s := open(t)
	lena := s.visit(t, "lena")
	form := s.assigning()
	form.Set("plan", planHash.FindStringSubmatch(lena.post(studyPath+"/assign", form).body)[1])
	form.Set("commit", "on")
	s.Assign(t, "B-01", "cees")
	got := lena.post(studyPath+"/assign", form)
	if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "changed in the meantime") || !strings.Contains(got.body, "3 cases") {
		t.Errorf("answered %d: %s", got.status, between(got.body, `role="alert"`, "</section>"))
	}
}

func TestAssignRefusesWrongForms(t *testing.T) {
	s := open(t)
	lena := s.visit(t, "lena")
	if err := s.Store.CreateRound(context.Background(), s.People["lena"], storetest.Study, annotations.Round{Name: "made by lena", Kind: annotations.Pilot}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		change url.Values
		want   string
	}{
		{"nobody", url.Values{"coder": nil}, "Choose at least one coder"},
		{"no coder", url.Values{"coder": {s.id("mona")}}, "Choose at least one coder"},
		{"double by one", url.Values{"coder": {s.id("anna")}}, "at least two coders"},
		{"share", url.Values{"double": {"120"}}, "from 0 to 100"},
		{"no share", url.Values{"double": {"NaN"}}, "from 0 to 100"},
		{"least", url.Values{"least": {"few"}}, "whole number from 0"},
		{"least by one", url.Values{"double": {"0"}, "least": {"1"}, "coder": {s.id("anna")}}, "at least two coders"},
		{"seed", url.Values{"seed": {"-1"}}, "whole number"},
		{"state", url.Values{"state": {"settled"}}, "Choose a state"},
		{"none", url.Values{"region": {"W2"}}, "no cases that fit"},
		{"unknown case", url.Values{"ids": {"B-01 B-77"}}, "B-77 is not in this study"},
		{"round", url.Values{"round": {"9"}}, "no round named 9"},
	} {
		t.Run(test.name, func(t *testing.T) {
			form := s.assigning()
			form.Set("round", "made by lena")
			maps.Copy(form, test.change)
			got := lena.post(studyPath+"/assign", form)
			if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, test.want) {
				t.Errorf("answered %d without %q: %s", got.status, test.want, between(got.body, `role="alert"`, "</section>"))
			}
			if test.name != "round" && !strings.Contains(got.body, `<option value="made by lena" selected>`) {
				t.Errorf("what was chosen is gone")
			}
		})
	}
}

// The list of work holds what is open, leads to the next case and forgets
// nothing that was handed in.
func TestWork(t *testing.T) {
	s := open(t)
	anna := s.visit(t, "anna")
	if got := anna.get(studyPath + "/work"); !strings.Contains(got.body, "Nothing waits for you") {
		t.Errorf("without work the page says: %s", got.body)
	}
	s.Code(t, "B-01", "anna", nil)
	begun := s.Assign(t, "B-03", "anna")
	s.Assign(t, "B-02", "anna")
	s.Save(t, begun, "anna", "damage", "none")
	got := anna.get(studyPath + "/work")
	for _, want := range []string{fmt.Sprintf(`class="button main" href="/code/%d"`, begun.ID), "Go on with B-03", "2 open, 1 handed in", "1 of 3"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the list of work does not have %q: %s", want, between(got.body, "<h1>", "</main>"))
		}
	}
	if got := s.visit(t, "bert").get(studyPath + "/work"); strings.Contains(got.body, "B-0") {
		t.Errorf("another coder's list shows her cases")
	}
}

// Every stratum has the pairs that were asked for, and the coder works in the
// order of the plan.
func TestAssignPairsInEveryStratum(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	var frame []annotations.FrameCase
	for i, region := range []string{"W1", "W1", "W3", "W3"} {
		frame = append(frame, annotations.FrameCase{ID: annotations.CaseID(fmt.Sprintf("B-%02d", i+1)), Region: region, Period: "2025-H1"})
	}
	if _, err := s.Store.SetFrame(ctx, s.People["daan"], storetest.Study, frame, false); err != nil {
		t.Fatal(err)
	}
	lena := s.visit(t, "lena")
	form := s.assigning()
	form.Set("double", "0")
	form.Set("least", "1")
	shown := lena.post(studyPath+"/assign", form)
	if !strings.Contains(shown.body, "4 cases, 2 of them double") || !strings.Contains(shown.body, "beginning, middle and end of the work") {
		t.Fatalf("the preview answers %d: %s", shown.status, between(shown.body, `id="plan"`, "</section>"))
	}
	form.Set("plan", planHash.FindStringSubmatch(shown.body)[1])
	form.Set("commit", "on")
	if got := lena.post(studyPath+"/assign", form).status; got != http.StatusSeeOther {
		t.Fatalf("committing answers %d", got)
	}
	counts, err := s.Store.CaseCounts(ctx, storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range counts {
		if n.Double != 1 {
			t.Errorf("region %s has %d pairs, want 1", n.Region, n.Double)
		}
	}
	mine, err := s.Store.MyAssignments(ctx, s.People["anna"], storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	var order []int
	for _, a := range mine {
		order = append(order, strings.Index(shown.body, `<th scope="row">`+string(a.Case.ID)))
	}
	if !slices.IsSorted(order) {
		t.Errorf("anna does not work in the order of the plan: %v", order)
	}
}

// A stratum that falls short of the least number of pairs is named in the
// preview, with how many it has: for it has too few cases, or because no two
// coders can get more.
func TestAssignTellsWhichStratumFallsShort(t *testing.T) {
	s := open(t)
	var frame []annotations.FrameCase
	for i, stratum := range []string{"noord", "noord", "noord", "zuid"} {
		region := []string{"W1", "W1", "W3", "W3"}[i]
		frame = append(frame, annotations.FrameCase{ID: annotations.CaseID(fmt.Sprintf("B-%02d", i+1)), Region: region, Period: "2025-H1", Stratum: stratum})
	}
	if _, err := s.Store.SetFrame(context.Background(), s.People["daan"], storetest.Study, frame, false); err != nil {
		t.Fatal(err)
	}
	lena := s.visit(t, "lena")
	form := s.assigning()
	form.Set("double", "0")
	form.Set("least", "2")
	short := func() string { return between(lena.post(studyPath+"/assign", form).body, `id="short"`, "</ul>") }
	if got := short(); !strings.Contains(got, "zuid: 1 of 2") || strings.Contains(got, "noord") || !strings.Contains(got, "has 1 case") {
		t.Errorf("with coders enough the preview says %q; want that zuid alone has too few cases", got)
	}
	form.Set("quota."+s.id("bert"), "1")
	if got := short(); !strings.Contains(got, "zuid: ") || !strings.Contains(got, "noord: ") || !strings.Contains(got, "no two coders") {
		t.Errorf("with one case for bert the preview says %q; want that both strata fall short", got)
	}
	form.Set("least", "0")
	if got := short(); got != "" {
		t.Errorf("without a minimum the preview says %q", got)
	}
}

// What a coder left lying is taken back; what was begun, or came later, stays.
func TestRecallUnbegun(t *testing.T) {
	s := open(t)
	lying := s.Assign(t, "B-01", "anna")
	begun := s.Assign(t, "B-02", "anna")
	s.Save(t, begun, "anna", "damage", "none")
	s.Clock.Add(15 * 24 * time.Hour)
	s.Assign(t, "B-03", "anna")
	lena := s.visit(t, "lena")
	for _, days := range []string{"0", "soon", "1001"} {
		if got := lena.post(studyPath+"/recall", url.Values{"days": {days}}); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "from 1 to 1000") {
			t.Errorf("%s days answers %d", days, got.status)
		}
	}
	for range 2 {
		if got := lena.post(studyPath+"/recall", url.Values{"days": {"14"}}).status; got != http.StatusSeeOther {
			t.Fatalf("taking back answers %d", got)
		}
	}
	mine, err := s.Store.MyAssignments(context.Background(), s.People["anna"], storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, a := range mine {
		left = append(left, string(a.Case.ID))
	}
	if want := []string{"B-02", "B-03"}; !slices.Equal(left, want) {
		t.Errorf("anna has %v, want %v", left, want)
	}
	if got, err := s.Store.Case(context.Background(), storetest.Study, lying.Case.ID); err != nil || got.State != annotations.Available {
		t.Errorf("the case is %s (%v), want released", got.State, err)
	}
}
