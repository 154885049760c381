package server_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
)

// The plan says of each variable how many pairs are needed, and proposes cases
// that one coder handed in; a case that is coded twice is not proposed.
func TestReliabilityPlan(t *testing.T) {
	s := open(t)
	knownTable(t, s)
	s.Code(t, "B-01", "anna", nil)
	lena := s.visit(t, "lena")
	page := lena.get("/s/bicycles/reliability/plan").body
	_, next, _ := strings.Cut(page, `id="next"`)
	next, _, _ = strings.Cut(next, "</section>")
	if !strings.Contains(next, ">B-01<") || strings.Contains(next, ">K-01<") {
		t.Errorf("the proposal is %q, want B-01 alone", next)
	}
	if !strings.Contains(page, "more</span>") || !strings.Contains(page, "enough</span>") {
		t.Error("the page does not tell what is enough and what is not")
	}
	for half, want := range map[string]string{"0,15": "Needed", "much": "Give a margin", "0.1": "too few pairs still"} {
		if got := lena.get("/s/bicycles/reliability/plan?half=" + half); got.status != 200 || !strings.Contains(got.body, want) {
			t.Errorf("a margin of %s answers %d without %q", half, got.status, want)
		}
	}
	// As pairs come in, what was short is enough.
	short := func() string {
		return the(t, lena.table("reliability/plan?table=pairs&half=0.3"), "variable", "quality")["pairs_short"]
	}
	if short() == "0" {
		t.Error("20 pairs of quality are enough")
	}
	for i := range 40 {
		said := map[string]string{"quality": []string{"good", "poor"}[i%2]}
		double(t, s, annotations.CaseID(fmt.Sprintf("P-%02d", i)), said, said)
	}
	if got := short(); got != "0" {
		t.Errorf("with 60 pairs of quality %s are still lacking", got)
	}
	row := regexp.MustCompile(`(?s)agreement/quality".*?</tr>`).FindString(lena.get("/s/bicycles/reliability/plan?half=0.3").body)
	if !strings.Contains(row, ">enough</span>") {
		t.Errorf("the page does not say that there is enough: %s", row)
	}
	if got := s.visit(t, "anna").get("/s/bicycles/reliability/plan").status; got != 403 {
		t.Errorf("a coder gets %d", got)
	}
}
