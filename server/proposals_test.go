package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// A decision that found the rule unclear opens a proposal, which is answered
// and can be opened again.
func TestAnUnclearRuleOpensAProposal(t *testing.T) {
	s := open(t)
	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-01", "bert", map[string]string{"quality": "poor", "minutes": "90"})
	lena := s.visit(t, "lena")
	if got := lena.get("/s/bicycles/proposals").body; !strings.Contains(got, "No proposals") {
		t.Error("without proposals the page does not say so")
	}
	lena.post("/s/bicycles/compare/B-01", nil)
	lena.decide("minutes", url.Values{"choice": {"0"}, "reason": {"read it again"}, "cause": {"reading_error"}})
	lena.decide("quality", url.Values{"choice": {"0"}, "reason": {"fair or poor is not told apart"}, "cause": {"rule_unclear"}})
	page := lena.get("/s/bicycles/proposals").body
	if !strings.Contains(page, "fair or poor is not told apart") || strings.Contains(page, "read it again") {
		t.Errorf("the proposals are not those of unclear rules: %s", page)
	}
	if got := lena.post("/s/bicycles/proposals/1", url.Values{"state": {"burnt"}, "answer": {"kept words"}}); got.status != 422 || !strings.Contains(got.body, "kept words") {
		t.Errorf("a state that there is not answers %d", got.status)
	}
	if got := lena.post("/s/bicycles/proposals/1", url.Values{"state": {"adopted"}, "answer": {"in version 2"}}); got.status != http.StatusSeeOther {
		t.Errorf("adopting answers %d", got.status)
	}
	if got := lena.get("/s/bicycles/proposals").body; !strings.Contains(got, "in version 2") || !strings.Contains(got, "Adopted") {
		t.Error("the answer does not stand on the page")
	}
	if got := lena.post("/s/bicycles/proposals/9", url.Values{"state": {"adopted"}}).status; got != 404 {
		t.Errorf("a proposal that there is not answers %d", got)
	}
	if got := s.visit(t, "anna").get("/s/bicycles/proposals").status; got != 403 {
		t.Errorf("a coder gets %d", got)
	}
}

// Three coders and a panel: what one member says is a vote, shown to the
// other; only when two say the same it is decided, and one cannot do it twice.
func TestAPanelOfTwoDecides(t *testing.T) {
	s := open(t)
	if err := s.Store.AddMember(t.Context(), s.People["beheer"], storetest.Study, s.People["olga"].ID, "lead"); err != nil {
		t.Fatal(err)
	}
	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-01", "bert", map[string]string{"quality": "poor"})
	s.Code(t, "B-01", "cees", map[string]string{"quality": "fair"})
	lena, olga := s.visit(t, "lena"), s.visit(t, "olga")
	if got := lena.post("/s/bicycles/differences/panel", url.Values{"panel": {"on"}}); got.status != http.StatusSeeOther {
		t.Fatalf("the panel answers %d", got.status)
	}
	if got := lena.get("/s/bicycles/differences").body; !strings.Contains(got, "A panel decides") {
		t.Error("the queue does not say that a panel decides")
	}
	lena.post("/s/bicycles/compare/B-01", nil)
	say := func(v *visitor, answer string) {
		t.Helper()
		if got := v.decide("quality", url.Values{"choice": {"v:" + answer}, "reason": {"said by " + answer}, "cause": {"rule_unclear"}}); got.status != http.StatusSeeOther {
			t.Fatalf("saying %s answers %d: %s", answer, got.status, got.body)
		}
	}
	settled := func(want bool) {
		t.Helper()
		st, _ := s.provenance(t, "quality")
		if st.Done() != want {
			t.Errorf("settled is %v, want %v", st.Done(), want)
		}
	}
	say(lena, "poor")
	say(lena, "poor")
	settled(false)
	if got := olga.get("/s/bicycles/compare/B-01?variable=quality").body; !strings.Contains(got, "Proposed in the panel") || !strings.Contains(got, "said by poor") {
		t.Error("the second member does not see what the first proposed")
	}
	if got := lena.get("/s/bicycles/proposals").body; strings.Contains(got, "said by") {
		t.Error("a vote opened a proposal")
	}
	say(olga, "fair")
	settled(false)
	say(lena, "good")
	say(olga, "poor") // what lena said first is no longer her word
	settled(false)
	say(lena, "poor")
	settled(true)
	if _, from := s.provenance(t, "quality"); from != annotations.Adjudicated {
		t.Errorf("provenance %s, want %s", from, annotations.Adjudicated)
	}
	if got := lena.get("/s/bicycles/proposals").body; !strings.Contains(got, "said by poor") {
		t.Error("the decision opened no proposal")
	}
}
