package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

type comment struct {
	ID       int64
	Kind     string
	Variable string
	Passage  int64
	Text     string
	State    string
	Own      bool
	Replies  []struct {
		Text string
		Own  bool
	}
}

// said returns the comments that the coding page of a gets.
func (v *visitor) said(a annotations.Assignment) []comment {
	v.t.Helper()
	var got struct {
		State struct{ Comments []comment }
	}
	v.send("GET", fmt.Sprintf("/api/v1/assignments/%d", a.ID), nil, &got)
	return got.State.Comments
}

// A coder asks, the lead answers, the coder closes; a note to oneself stays
// with oneself.
func TestQuestionToTheLead(t *testing.T) {
	s := open(t)
	a := s.Assign(t, "B-01", "anna")
	anna, lena := s.visit(t, "anna"), s.visit(t, "lena")
	path := fmt.Sprintf("/api/v1/assignments/%d/comments", a.ID)
	ask := map[string]any{"key": "k1", "kind": "question", "variable": "damage", "text": " Is a scratch <b>damage</b>? "}
	var first, again comment
	if got := anna.send("POST", path, ask, &first); got.status != http.StatusCreated {
		t.Fatalf("asking answers %d: %s", got.status, got.body)
	}
	if anna.send("POST", path, ask, &again); again.ID != first.ID {
		t.Errorf("asked twice with one key: comments %d and %d", first.ID, again.ID)
	}
	anna.send("POST", path, map[string]any{"key": "k2", "kind": "note", "variable": "damage", "text": "see page two tomorrow"}, nil)

	page := lena.get("/s/bicycles/questions").body
	for _, want := range []string{"Is a scratch &lt;b&gt;damage&lt;/b&gt;?", "B-01", "Name of anna", `<span class="count">1</span>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the lead's page lacks %q", want)
		}
	}
	if strings.Contains(page, "see page two") {
		t.Error("the lead sees a note to oneself")
	}
	if got := lena.post(fmt.Sprintf("/s/bicycles/questions/%d", first.ID), url.Values{"reply": {"  "}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("an empty reply answers %d, want 422", got.status)
	}
	if got := lena.post(fmt.Sprintf("/s/bicycles/questions/%d", first.ID), url.Values{"reply": {"No. Mail x@example.org"}}); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Mail x@example.org</textarea>") {
		t.Errorf("a reply with an address answers %d, want 422 and the words kept", got.status)
	}
	if got := lena.post(fmt.Sprintf("/s/bicycles/questions/%d", first.ID), url.Values{"reply": {"No, paint only."}}); got.status != http.StatusSeeOther {
		t.Errorf("a reply answers %d: %s", got.status, got.body)
	}
	list := anna.said(a)
	if len(list) != 2 || list[0].State != "answered" || len(list[0].Replies) != 1 || list[0].Replies[0].Text != "No, paint only." || list[0].Replies[0].Own {
		t.Fatalf("anna gets %+v", list)
	}
	var moved comment
	anna.send("POST", fmt.Sprintf("%s/%d/replies", path, first.ID), map[string]any{"text": "And a dent?"}, &moved)
	if moved.State != "open" || len(moved.Replies) != 2 {
		t.Errorf("a second question gives %+v", moved)
	}
	anna.send("PUT", fmt.Sprintf("%s/%d", path, first.ID), map[string]any{"closed": true}, &moved)
	if moved.State != "closed" {
		t.Errorf("closing gives %q", moved.State)
	}
	for name, in := range map[string]map[string]any{
		"empty":           {"key": "k", "kind": "question", "text": " "},
		"unknown kind":    {"key": "k", "kind": "review", "text": "x"},
		"without key":     {"kind": "note", "text": "x"},
		"too long":        {"key": "k", "kind": "note", "text": strings.Repeat("é", annotations.MaxComment+1)},
		"with an address": {"key": "k", "kind": "note", "text": "mail jan@example.org"},
	} {
		if got := anna.send("POST", path, in, nil); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: answers %d, want 422", name, got.status)
		}
	}
	for name, got := range map[string]answer{
		"an unknown variable": anna.send("POST", path, map[string]any{"key": "k", "kind": "note", "variable": "none", "text": "x"}, nil),
		"an unknown passage":  anna.send("POST", path, map[string]any{"key": "k", "kind": "note", "passage": 99, "text": "x"}, nil),
		"somebody else":       s.visit(t, "bert").send("POST", path, ask, nil),
		"an unknown comment":  anna.send("PUT", path+"/99", map[string]any{"closed": true}, nil),
		"another study":       s.visit(t, "otto").post(fmt.Sprintf("/s/other/questions/%d", first.ID), url.Values{"reply": {"x"}}),
	} {
		if got.status != http.StatusNotFound {
			t.Errorf("%s: answers %d, want 404", name, got.status)
		}
	}
}

// A lead who codes the case as well does not see what its other coder asks
// until the comparison is opened.
func TestLeadWhoCodesStaysBlind(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	if err := s.Store.AddMember(ctx, s.People["lena"], storetest.Study, s.People["lena"].ID, auth.Coder); err != nil {
		t.Fatal(err)
	}
	a := s.Assign(t, "B-01", "anna")
	asked, err := s.Store.AddComment(ctx, s.People["anna"], a.ID, annotations.Comment{Key: "k", Kind: annotations.AskLead, Text: secretAsked})
	if err != nil {
		t.Fatal(err)
	}
	s.Assign(t, "B-01", "lena")
	lena := s.visit(t, "lena")
	if body := lena.get("/s/bicycles/questions").body; strings.Contains(body, secretAsked) {
		t.Error("the lead, who codes the case, sees the question of its other coder")
	}
	if got := lena.post(fmt.Sprintf("/s/bicycles/questions/%d", asked.ID), url.Values{"reply": {"x"}}); got.status != http.StatusNotFound {
		t.Errorf("and answers it: %d, want 404", got.status)
	}
	if body := lena.get(fmt.Sprintf("/s/bicycles/assignments/%d", a.ID)).body; strings.Contains(body, secretAsked) {
		t.Error("and reads it where codings are looked over")
	}
}

// What is sent back comes with comments; the coder resolves each of them
// before handing in again.
func TestSendBackWithComments(t *testing.T) {
	s := open(t)
	a := s.Code(t, "B-01", "anna", nil)
	lena, anna := s.visit(t, "lena"), s.visit(t, "anna")
	review := fmt.Sprintf("/s/bicycles/assignments/%d", a.ID)
	page := lena.get(review)
	for _, want := range []string{"Yes, clearly", "bicycle", "comment.damage"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page of the coding lacks %q", want)
		}
	}
	if got := lena.post(review+"/return", url.Values{"case": {"B-01"}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("sending back without a word answers %d, want 422", got.status)
	}
	got := lena.post(review+"/return", url.Values{"case": {"B-01"}, "comment.": {"Thank you"}, "comment.damage": {"Look at the second slip"}})
	if got.status != http.StatusSeeOther {
		t.Fatalf("sending back answers %d: %s", got.status, got.body)
	}
	list := anna.said(a)
	if len(list) != 2 || list[0].Variable != "" || list[1].Variable != "damage" || list[1].Kind != "review" || list[1].State != "open" {
		t.Fatalf("anna gets %+v", list)
	}
	submit := fmt.Sprintf("/api/v1/assignments/%d/submit", a.ID)
	for left := 2; left > 0; left-- {
		var open struct{ Comments []int64 }
		if got := anna.send("POST", submit, map[string]any{}, &open); got.status != http.StatusUnprocessableEntity || len(open.Comments) != left {
			t.Errorf("with %d comments open, handing in answers %d and lists %v", left, got.status, open.Comments)
		}
		anna.send("PUT", fmt.Sprintf("/api/v1/assignments/%d/comments/%d", a.ID, list[left-1].ID), map[string]any{"closed": true}, nil)
	}
	if got := anna.send("POST", submit, map[string]any{}, nil); got.status != http.StatusOK {
		t.Errorf("with all resolved, handing in answers %d: %s", got.status, got.body)
	}
}

// A coding of a case that others code too stays closed to the lead before the
// comparison.
func TestReviewOfDoubleCodedCaseStaysClosed(t *testing.T) {
	s, anna, _ := blindWorld(t)
	handed := s.Code(t, "B-03", "anna", map[string]string{"remark": secretRemark})
	s.Assign(t, "B-03", "bert")
	lena := s.visit(t, "lena")
	for _, id := range []int64{anna.ID, handed.ID} {
		got := lena.get(fmt.Sprintf("/s/bicycles/assignments/%d", id))
		if got.status != http.StatusOK || strings.Contains(got.body, secretRemark) {
			t.Errorf("coding %d: answers %d, and tells the answer: %v", id, got.status, strings.Contains(got.body, secretRemark))
		}
	}
}

// Who finds nothing on a core variable says where they looked.
func TestNotRecordedSaysWhatWasSearched(t *testing.T) {
	s := open(t)
	a := s.Assign(t, "B-01", "anna")
	v := s.visit(t, "anna")
	path := fmt.Sprintf("/api/v1/assignments/%d/answers/damage", a.ID)
	put := func(in map[string]any) answer { return v.send("PUT", path, in, nil) }
	searched := func() []string {
		var u struct{ Searched []string }
		v.send("POST", fmt.Sprintf("/api/v1/assignments/%d/submit", a.ID), map[string]any{}, &u)
		return u.Searched
	}
	put(map[string]any{"missing": codebook.NR, "version": 0})
	if got := fmt.Sprint(searched()); got != "[damage]" {
		t.Errorf("without what was searched, handing in lists %s, want [damage]", got)
	}
	if got := put(map[string]any{"missing": codebook.NR, "searched": []string{"diary"}, "version": 1}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown type of document answers %d, want 422", got.status)
	}
	if got := put(map[string]any{"missing": codebook.NR, "searched": []string{"invoice", "slip"}, "version": 1}); got.status != http.StatusOK {
		t.Fatalf("ticking answers %d: %s", got.status, got.body)
	}
	if got := searched(); len(got) != 0 {
		t.Errorf("with what was searched, handing in lists %v", got)
	}
	var history []struct{ Searched []string }
	v.send("GET", path+"/history", nil, &history)
	if got := fmt.Sprint(history); got != "[{[]} {[slip invoice]}]" {
		t.Errorf("the history is %s", got)
	}
	put(map[string]any{"value": "none", "searched": []string{"slip"}, "version": 2})
	v.send("GET", path+"/history", nil, &history)
	if got := history[len(history)-1].Searched; len(got) != 0 {
		t.Errorf("a value keeps %v", got)
	}
}

// A passage that is added twice is one passage; after its removal it is a new
// one.
func TestPassageTwiceIsOne(t *testing.T) {
	s := open(t)
	a := s.Assign(t, "B-01", "anna")
	v := s.visit(t, "anna")
	docs, err := s.Store.Documents(context.Background(), a.Case.Key)
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/api/v1/assignments/%d/passages", a.ID)
	in := map[string]any{"variable": "damage", "document": docs[0].Key, "start": 4, "end": 11, "quote": "bicycle"}
	id := func() (p struct{ ID int64 }) { v.send("POST", path, in, &p); return p }
	first := id()
	if second := id(); second != first {
		t.Errorf("added twice: passages %d and %d", first.ID, second.ID)
	}
	in["category"] = "none"
	if other := id(); other == first {
		t.Error("a passage for a category is that without one")
	}
	delete(in, "category")
	v.send("DELETE", fmt.Sprintf("%s/%d", path, first.ID), nil, nil)
	if third := id(); third == first {
		t.Error("a removed passage came back by itself")
	}
}

// What was settled on a variable helps other coders, without case and people,
// and never those who are still to hand in that case.
func TestPrecedents(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-01", "bert", map[string]string{"damage": "yes_slight"})
	a := s.Assign(t, "B-02", "cees")
	cees := s.visit(t, "cees")
	path := fmt.Sprintf("/api/v1/assignments/%d/precedents/damage", a.ID)
	if got := cees.get(path); strings.TrimSpace(got.body) != "[]" {
		t.Errorf("before the comparison: %s", got.body)
	}
	lena := s.People["lena"]
	if err := s.Store.OpenComparison(ctx, lena, storetest.Study, "B-01"); err != nil {
		t.Fatal(err)
	}
	d := annotations.Decision{Variable: "damage", Answer: codebook.Answer{Value: "yes_slight"}, Reason: "a dent is slight", Cause: annotations.Causes[0]}
	if _, err := s.Store.Decide(ctx, lena, storetest.Study, "B-01", d); err != nil {
		t.Fatal(err)
	}
	got := cees.get(path).body
	for want, in := range map[string]bool{"a dent is slight": true, "yes_slight": true, "B-01": false, "lena": false, "anna": false} {
		if strings.Contains(got, want) != in {
			t.Errorf("%q in what cees gets: %v, want %v: %s", want, !in, in, got)
		}
	}
	// Once anna's coding is out again she must find her own way.
	mine, err := s.Store.MyAssignments(ctx, s.People["anna"], storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	other := s.Assign(t, "B-03", "anna")
	anna := s.visit(t, "anna")
	path = fmt.Sprintf("/api/v1/assignments/%d/precedents/damage", other.ID)
	if body := anna.get(path).body; !strings.Contains(body, "a dent is slight") {
		t.Errorf("anna, who handed in, gets %s", body)
	}
	if err := s.Store.Return(ctx, lena, storetest.Study, mine[0].ID, annotations.Comment{Text: "again"}); err != nil {
		t.Fatal(err)
	}
	if body := anna.get(path).body; strings.Contains(body, "a dent is slight") {
		t.Error("anna, whose coding was sent back, gets what was settled on it")
	}
}

// Flags and the time spent are a coder's own; the lead gets totals.
func TestFlagsAndWorkTime(t *testing.T) {
	s := open(t)
	a := s.Assign(t, "B-01", "anna")
	v := s.visit(t, "anna")
	base := fmt.Sprintf("/api/v1/assignments/%d", a.ID)
	for _, on := range []bool{true, true, false, true} {
		if got := v.send("PUT", base+"/flags/damage", map[string]any{"on": on}, nil); got.status != http.StatusOK {
			t.Errorf("a flag answers %d", got.status)
		}
	}
	var page struct{ State struct{ Flags []string } }
	v.send("GET", base, nil, &page)
	if got := fmt.Sprint(page.State.Flags); got != "[damage]" {
		t.Errorf("flags = %s", got)
	}
	for seconds, want := range map[int]int{60: 204, 0: 422, -5: 422, 601: 422} {
		if got := v.send("POST", base+"/time", map[string]any{"seconds": seconds}, nil).status; got != want {
			t.Errorf("%d seconds: answers %d, want %d", seconds, got, want)
		}
	}
	v.send("POST", base+"/time", map[string]any{"seconds": 600}, nil)
	if body := v.get("/s/bicycles/work").body; !strings.Contains(body, "11 min") {
		t.Error("the coder does not see the time spent")
	}
	if body := s.visit(t, "lena").get("/s/bicycles/progress").body; !strings.Contains(body, "11 min") {
		t.Error("the lead does not see the total")
	}
	if got := s.visit(t, "bert").send("POST", base+"/time", map[string]any{"seconds": 60}, nil).status; got != http.StatusNotFound {
		t.Errorf("somebody else's time answers %d, want 404", got)
	}
}
