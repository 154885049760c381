package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

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
