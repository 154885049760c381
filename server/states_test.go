package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// What the state of an object adds to the table of roles: an assignment is
// written while it is one's own and open, read while it is one's own, and does
// not exist for anybody else, whatever their role and whatever its state.
func TestAssignmentsByState(t *testing.T) {
	s := open(t)
	open := s.Assign(t, "B-01", "anna")
	handed := s.Code(t, "B-02", "anna", nil)
	withdrawn := s.Assign(t, "B-03", "anna")
	if err := s.Store.Withdraw(t.Context(), s.People["lena"], storetest.Study, withdrawn.ID); err != nil {
		t.Fatal(err)
	}
	const read, save, note = "read", "save", "note"
	for state, row := range map[string]struct {
		id   int64
		want map[string]int // what its owner is answered
	}{
		"open":      {open.ID, map[string]int{read: http.StatusOK, save: http.StatusOK, note: http.StatusOK}},
		"handed in": {handed.ID, map[string]int{read: http.StatusOK, save: http.StatusLocked, note: http.StatusOK}},
		"withdrawn": {withdrawn.ID, map[string]int{read: http.StatusNotFound, save: http.StatusNotFound, note: http.StatusNotFound}},
	} {
		for login := range s.People {
			v := s.visit(t, login)
			at := fmt.Sprintf("/api/v1/assignments/%d", row.id)
			got := map[string]int{
				read: v.get(at).status,
				save: v.send("PUT", at+"/answers/remark", map[string]any{"value": "done", "version": 0}, nil).status,
				note: v.get(fmt.Sprintf("/code/%d", row.id)).status,
			}
			for act, status := range got {
				want := http.StatusNotFound
				if login == "anna" {
					want = row.want[act]
				}
				if status != want {
					t.Errorf("%s of an assignment of anna's that is %s: %s is answered %d, want %d", act, state, login, status, want)
				}
			}
		}
	}
}

// A release is approved by another than made it, once; its figures are for
// those who decide until it is out, and for a program only then.
func TestReleasesByState(t *testing.T) {
	s := releaseSite(t)
	at := draft(t, s, nil, "2025-H1")
	file := "/files/observations.csv"
	decide := []string{"lena", "mona"}
	for _, stage := range []string{"draft", "out"} {
		for login, who := range s.People {
			got := s.visit(t, login).get(at + file).status
			sees := who.May("read_releases", storetest.Study) && stage == "out"
			if want := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[sees]; got != want && !(got == http.StatusForbidden && !sees) {
				t.Errorf("a file of a release that is %s: %s is answered %d, want %d", stage, login, got, want)
			}
			page := s.visit(t, login).get(at).status
			if sees := stage == "draft" && slices.Contains(decide, login); sees && page != http.StatusOK {
				t.Errorf("a draft: %s is answered %d", login, page)
			} else if !sees && stage == "draft" && page == http.StatusOK {
				t.Errorf("a draft is shown to %s", login)
			}
		}
		if stage == "draft" {
			s.visit(t, "mona").post(at+"/approve", nil).want(t, "approval by its maker", http.StatusUnprocessableEntity)
			s.visit(t, "lena").post(at+"/approve", nil).want(t, "approval", http.StatusSeeOther)
			s.visit(t, "lena").post(at+"/approve", nil).want(t, "approval twice", http.StatusUnprocessableEntity)
		}
		s.Clock.Add(time.Minute)
	}
}

// A coding is approved by who may look it over, unless it is their own; what
// waits says so to the lead, in both languages, and nothing to other coders.
func TestApprovalOnPages(t *testing.T) {
	s := open(t)
	lena := s.visit(t, "lena")
	lena.post(studyPath+"/rounds/review", url.Values{"review": {"on"}}).want(t, "turning it on", http.StatusSeeOther)
	lena.get(studyPath+"/rounds").want(t, "the rounds", 200, "counts only once a lead has approved it")
	a := s.Code(t, "B-02", "anna", nil)
	at := fmt.Sprintf("%s/assignments/%d", studyPath, a.ID)
	caseAt := studyPath + "/cases/B-02"
	for lang, words := range map[string][2]string{"en": {"ready to be looked over", ">Approve<"}, "nl": {"gereed om na te kijken", ">Goedkeuren<"}} {
		lena.post("/preferences", url.Values{"lang": {lang}, "back": {"/"}})
		lena.get(caseAt).want(t, "the case in "+lang, 200, words[0])
		lena.get(at).want(t, "the coding in "+lang, 200, words[0], words[1])
	}
	lena.post("/preferences", url.Values{"lang": {"en"}, "back": {"/"}})
	for login, who := range s.People {
		if login == "lena" {
			continue
		}
		got := s.visit(t, login).post(at+"/approve", url.Values{"case": {"B-02"}})
		if who.May(auth.Guide, storetest.Study) || got.status != http.StatusForbidden && got.status != http.StatusNotFound {
			t.Errorf("%s approves and is answered %d", login, got.status)
		}
	}
	ask := s.visit(t, "anna").send("POST", fmt.Sprintf("/api/v1/assignments/%d/comments", a.ID), map[string]any{"key": "k1", "kind": "question", "variable": "damage", "text": "Is this damage?"}, nil)
	if ask.status >= 300 {
		t.Fatalf("a question is answered %d: %s", ask.status, ask.body)
	}
	lena.get(caseAt).want(t, "the case with a question", 200, "being looked over, with open comments")
	lena.post(at+"/approve", url.Values{"case": {"B-02"}, "comment.damage": {"Look again"}}).want(t, "approval with a comment", 422, "You wrote comments", "Look again")
	lena.post(at+"/approve", url.Values{"case": {"B-02"}}).want(t, "approval", http.StatusSeeOther)
	lena.post(at+"/approve", url.Values{"case": {"B-02"}}).want(t, "approval twice", http.StatusNotFound)
	if got := lena.get(at).body; strings.Contains(got, ">Approve<") {
		t.Error("what was approved can be approved again")
	}
	if got := lena.get(caseAt).body; !strings.Contains(got, "settled") || strings.Contains(got, "looked over, with") {
		t.Error("the case is not settled after approval")
	}
}
