package server_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/screening"
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

// A case goes through the states of a file review, each of which its page
// names: drawn, screened, released, given, coded, ready to be looked over, looked
// over with open comments, sent back, approved, compared, settled. Meanwhile it
// is locked for its coder whenever somebody else has it, and its way is kept.
// Being in a release, reopened and dropped have tests of their own
// (TestReleaseJourney, TestALeadSettlesACase, TestDroppedCaseIsClosed).
func TestACaseGoesThroughItsStates(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	anna, lena, daan := s.visit(t, "anna"), s.visit(t, "lena"), s.visit(t, "daan")
	lena.post(studyPath+"/rounds/review", url.Values{"review": {"on"}}).want(t, "looking over", http.StatusSeeOther)
	in := s.Case(t, "H-01", "W1", "The bicycle came in.\n")
	sum := sha256.Sum256([]byte(foundIn))
	in.Held = []annotations.Held{{Number: 2, Type: "slip", Text: foundIn, SHA256: hex.EncodeToString(sum[:]), Findings: new(screening.Screener).Scan(foundIn)}}
	s.Import(t, storetest.Study, in)
	var frame []annotations.FrameCase
	for id, region := range map[annotations.CaseID]string{"B-01": "W1", "B-02": "W1", "B-03": "W3", "B-04": "W3", "H-01": "W1"} {
		frame = append(frame, annotations.FrameCase{ID: id, Region: region, Period: "2025-H1"})
	}
	if _, err := s.Store.SetFrame(ctx, s.People["daan"], storetest.Study, frame, false); err != nil {
		t.Fatal(err)
	}
	link := heldLink.FindStringSubmatch(daan.get(studyPath + "/screening").body)
	if link == nil {
		t.Fatal("nothing waits for a decision")
	}
	c, err := s.Store.Case(ctx, storetest.Study, "H-01")
	if err != nil {
		t.Fatal(err)
	}
	at := studyPath + "/cases/H-01"
	is := func(words ...string) {
		t.Helper()
		page := lena.get(at)
		page.want(t, "the case", http.StatusOK, words...)
	}
	is("in screening", "drawn elsewhere, stratum W1 2025-H1")
	daan.post(studyPath+"/screening/"+link[1], decision()).want(t, "the decision", http.StatusSeeOther)
	is("<span class=\"quiet\">released")

	a := s.Assign(t, "H-01", "anna")
	is("<span class=\"quiet\">assigned")
	save := func(v *visitor, a annotations.Assignment, value string, version int) int {
		t.Helper()
		return v.send("PUT", fmt.Sprintf("/api/v1/assignments/%d/answers/damage", a.ID), map[string]any{"value": value, "missing": nil, "note": "", "version": version}, nil).status
	}
	if got := save(anna, a, "none", 0); got != http.StatusOK {
		t.Fatalf("the first answer is answered %d", got)
	}
	is("being coded")
	s.Assign(t, "H-01", "bert")
	s.Fill(t, a, "anna", nil)
	is("ready to be looked over")
	locked := func(when string) {
		t.Helper()
		if got := save(anna, a, "yes_slight", 9); got != http.StatusLocked && got != http.StatusForbidden && got != http.StatusConflict {
			t.Errorf("%s the coder saves and is answered %d", when, got)
		}
	}
	locked("handed in,")
	lena.post(fmt.Sprintf("%s/assignments/%d/return", studyPath, a.ID), url.Values{"case": {"H-01"}, "comment.damage": {"Look again"}}).want(t, "sending back", http.StatusSeeOther)
	is("sent back")
	notes, err := s.Store.Comments(ctx, s.People["anna"], a.ID)
	if err != nil || len(notes) != 1 {
		t.Fatalf("anna has the comments %+v, %v", notes, err)
	}
	if _, err := s.Store.SetComment(ctx, s.People["anna"], notes[0].ID, true); err != nil {
		t.Fatal(err)
	}
	if u, err := s.Store.Submit(ctx, s.People["anna"], a.ID); err != nil || !u.Done() {
		t.Fatalf("handing in again: %+v, %v", u, err)
	}
	is("looked over")
	lena.post(fmt.Sprintf("%s/assignments/%d/approve", studyPath, a.ID), url.Values{"case": {"H-01"}}).want(t, "approving", http.StatusSeeOther)
	is("approved", "partly submitted")
	locked("approved,")
	mine, err := s.Store.MyAssignments(ctx, s.People["bert"], storetest.Study)
	if err != nil || len(mine) != 1 {
		t.Fatalf("bert has %+v, %v", mine, err)
	}
	s.Fill(t, mine[0], "bert", map[string]string{"quality": "poor"})
	lena.post(fmt.Sprintf("%s/assignments/%d/approve", studyPath, mine[0].ID), url.Values{"case": {"H-01"}}).want(t, "approving the second", http.StatusSeeOther)
	is("to be compared")
	lena.post(studyPath+"/compare/H-01", url.Values{"variable": {"quality"}}).want(t, "opening the comparison", http.StatusSeeOther)
	lena.post(studyPath+"/compare/H-01/quality", url.Values{"choice": {"0"}, "revision": {"1"}, "reason": {"the slip says so"}, "cause": {"interpretation"}}).want(t, "the decision", http.StatusSeeOther)
	is("<span class=\"quiet\">settled")
	locked("settled,")
	way, err := s.Store.Transitions(ctx, c.Key)
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, step := range way {
		steps = append(steps, string(step.To))
	}
	want := []string{"released", "assigned", "coding", "submitted", "comparing", "settled"}
	page := between(lena.get(at).body, "<h2>History</h2>", "</table>")
	found := 0
	for _, step := range steps {
		if found < len(want) && step == want[found] {
			found++
		}
	}
	if found < len(want) || strings.Count(page, `<th scope="row">`) != len(way) {
		t.Errorf("its way is %v, want %v among them; the page shows %d steps: %.600s", steps, want, strings.Count(page, `<th scope="row">`), page)
	}
}
