package server_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// decide sends a decision on a variable of B-01.
func (v *visitor) decide(variable string, form url.Values) answer {
	v.t.Helper()
	if !form.Has("revision") {
		form.Set("revision", "1")
	}
	return v.post("/s/bicycles/compare/B-01/"+variable, form)
}

// provenance is where the settled answer to a variable of B-01 comes from.
func (s *site) provenance(t *testing.T, variable string) (annotations.Settlement, annotations.Provenance) {
	t.Helper()
	st, err := s.Store.Settlement(context.Background(), storetest.Study, "B-01")
	if err != nil {
		t.Fatal(err)
	}
	return st, st.Provenance[variable]
}

// Two coders and a lead bring a case to its end: one answer of a coder is
// chosen, another is set, a reason is asked for, and what is settled is opened
// again with a new revision while all that was said before stays.
func TestALeadSettlesACase(t *testing.T) {
	s := open(t)
	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-01", "bert", map[string]string{"quality": "poor", "minutes": "90"})
	lena := s.visit(t, "lena")
	if got := lena.get("/s/bicycles/differences").body; !strings.Contains(got, ">B-01<") || !strings.Contains(got, "not yet opened") {
		t.Errorf("the queue does not have the case: %s", got)
	}
	closed := lena.get("/s/bicycles/compare/B-01")
	if closed.status != http.StatusOK || strings.Contains(closed.body, "Poor") || strings.Contains(closed.body, "90 minutes") || !strings.Contains(closed.body, "Open the comparison") {
		t.Errorf("a case that is closed answers %d and shows what was answered: %s", closed.status, closed.body)
	}
	if got := lena.decide("quality", url.Values{"choice": {"v:good"}, "reason": {"x"}}); got.status != http.StatusLocked {
		t.Errorf("a decision on a closed case answers %d, want 423", got.status)
	}
	if got := lena.post("/s/bicycles/compare/B-01", url.Values{"variable": {"quality"}}); got.header.Get("Location") != "/s/bicycles/compare/B-01?variable=quality" {
		t.Errorf("opening leads to %s", got.header.Get("Location"))
	}
	page := lena.get("/s/bicycles/compare/B-01?variable=quality").body
	for _, want := range []string{"Good", "Poor", "2 differences left", "one of the answers", "This follows from the instruction"} {
		if !strings.Contains(page, want) {
			t.Errorf("the comparison lacks %q", want)
		}
	}
	if strings.Contains(page, "Name of anna") || strings.Contains(page, "Name of bert") {
		t.Error("the comparison names a coder")
	}

	for _, x := range []struct {
		name string
		form url.Values
		want string
	}{
		{"no reason", url.Values{"choice": {"0"}}, "Give a reason."},
		{"no choice", url.Values{"reason": {"because"}}, "Choose one of the answers"},
		{"no such category", url.Values{"choice": {"v:splendid"}, "reason": {"because"}}, "splendid"},
		{"no such cause", url.Values{"choice": {"v:fair"}, "reason": {"because"}, "cause": {"weather"}}, "Choose a cause"},
		{"made by another", url.Values{"choice": {"v:fair"}, "reason": {"because"}, "revision": {"4"}}, "Somebody else has decided"},
	} {
		got := lena.decide("quality", x.form)
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, x.want) {
			t.Errorf("%s: %d without %q", x.name, got.status, x.want)
		}
		if reason := x.form.Get("reason"); reason != "" && !strings.Contains(got.body, `value="`+reason+`"`) {
			t.Errorf("%s: what was typed is gone", x.name)
		}
	}

	if got := lena.decide("quality", url.Values{"choice": {"v:fair"}, "cause": {"rule_unclear"}, "reason": {"between the two"}}); got.status != http.StatusSeeOther {
		t.Fatalf("the decision answers %d: %s", got.status, got.body)
	}
	if _, from := s.provenance(t, "quality"); from != annotations.Third {
		t.Errorf("another answer than the coders' is %s, want %s", from, annotations.Third)
	}
	got := lena.decide("minutes", url.Values{"choice": {"0"}, "reason": {"the slip says so"}})
	if got.status != http.StatusSeeOther || got.header.Get("Location") != "/s/bicycles/compare/B-01" {
		t.Errorf("the last decision answers %d to %s", got.status, got.header.Get("Location"))
	}
	st, from := s.provenance(t, "minutes")
	if !st.Done() || from != annotations.Adjudicated {
		t.Errorf("after the last decision open %v, minutes %s", st.Open, from)
	}
	if got := lena.get("/s/bicycles/differences").body; strings.Contains(got, ">B-01<") {
		t.Error("a settled case is still in the queue")
	}
	if got := lena.get("/s/bicycles/compare/B-01").body; !strings.Contains(got, "This case file is settled.") {
		t.Error("the page does not say that the case is settled")
	}

	again := url.Values{"choice": {"v:good"}, "reason": {"read it once more"}, "revision": {"2"}}
	if got := lena.decide("quality", again); got.status != http.StatusSeeOther {
		t.Fatalf("reopening answers %d: %s", got.status, got.body)
	}
	if got := lena.decide("quality", again); got.status != http.StatusUnprocessableEntity {
		t.Errorf("the same decision once more answers %d", got.status)
	}
	s.visit(t, "lena").get("/s/bicycles/cases/B-01").want(t, "the case", 200, "reopened, ", "read it once more")
	if st, from := s.provenance(t, "quality"); from != annotations.Reopened || st.Answers["quality"].Value != "good" {
		t.Errorf("after reopening quality is %v, %s", st.Answers["quality"], from)
	}
	k, err := s.Store.Case(context.Background(), storetest.Study, "B-01")
	if err != nil {
		t.Fatal(err)
	}
	made, err := s.Store.Decisions(context.Background(), k.Key, "quality")
	if err != nil || len(made) != 2 || made[0].Answer.Value != "fair" || made[1].Revision != 2 {
		t.Errorf("history %+v, %v", made, err)
	}
	if got := lena.get("/s/bicycles/compare/B-01?variable=quality").body; !strings.Contains(got, "between the two") || !strings.Contains(got, "read it once more") {
		t.Error("the page does not show both decisions")
	}
}

// Decisions fit the type of the variable.
func TestDecisionsOfEveryType(t *testing.T) {
	s := open(t)
	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-01", "bert", map[string]string{"received": "2025-02-01", "parts_hit": "frame", "minutes": "NR", "remark": "other words"})
	lena := s.visit(t, "lena")
	lena.post("/s/bicycles/compare/B-01", nil)
	for _, x := range []struct {
		variable string
		form     url.Values
		value    string
		missing  string
	}{
		{"received", url.Values{"choice": {"other"}, "value": {"2025-02"}}, "2025-02", ""},
		{"parts_hit", url.Values{"choice": {"other"}, "value": {"light", "wheel", "frame"}}, "wheel|frame|light", ""},
		{"minutes", url.Values{"choice": {"m:UC"}}, "", "UC"},
		{"remark", url.Values{"choice": {"other"}, "value": {"settled words"}}, "settled words", ""},
	} {
		page := lena.get("/s/bicycles/compare/B-01?variable=" + x.variable).body
		if !strings.Contains(page, `action="/s/bicycles/compare/B-01/`+x.variable+`"`) {
			t.Errorf("no form for %s", x.variable)
		}
		x.form.Set("reason", "because")
		if got := lena.decide(x.variable, x.form); got.status != http.StatusSeeOther {
			t.Errorf("%s: %d %s", x.variable, got.status, got.body)
		}
		st, _ := s.provenance(t, x.variable)
		if a := st.Answers[x.variable]; a.Value != x.value || a.Missing != x.missing {
			t.Errorf("%s settled as %+v, want %s%s", x.variable, a, x.value, x.missing)
		}
	}
}

// Passages of both sides are marked in the text and lead there.
func TestPassagesOfBothSidesAreInTheText(t *testing.T) {
	s := open(t)
	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-01", "bert", map[string]string{"damage": "yes_slight"})
	lena := s.visit(t, "lena")
	lena.post("/s/bicycles/compare/B-01", nil)
	page := lena.get("/s/bicycles/compare/B-01").body
	if !regexp.MustCompile(`<mark class="both"><span id="passage-\d+" class="begins"></span><span id="passage-\d+" class="begins"></span>bicycle</mark>`).MatchString(page) {
		t.Error("the passage of both is not marked")
	}
	if n := len(regexp.MustCompile(`href="#passage-\d+"`).FindAllString(page, -1)); n != 2 {
		t.Errorf("%d links to passages, want 2", n)
	}
	if !strings.Contains(page, `<span class="side-bar side-1">A</span><span class="side-bar side-2">B</span>`) {
		t.Error("no bars of A and B beside the paragraph")
	}
}

// A is not always the first coder: else whoever knows who began would know
// who A is.
func TestSidesAreShuffledByCase(t *testing.T) {
	s := open(t)
	lena := s.visit(t, "lena")
	first := regexp.MustCompile(`(?s)<span class="tag">A</span>\s*<b>([^<]*)</b>`)
	seen := map[string]int{}
	for _, id := range []annotations.CaseID{"B-01", "B-02", "B-03", "B-04", "K-1", "K-2", "K-3", "K-4"} {
		if strings.HasPrefix(string(id), "K") {
			s.Import(t, storetest.Study, s.Case(t, id, "W1"))
		}
		s.Code(t, id, "anna", nil)
		s.Code(t, id, "bert", map[string]string{"quality": "poor"})
		lena.post("/s/bicycles/compare/"+string(id), nil)
		path := "/s/bicycles/compare/" + string(id)
		once, twice := first.FindStringSubmatch(lena.get(path).body), first.FindStringSubmatch(lena.get(path).body)
		if once == nil || once[1] != twice[1] {
			t.Fatalf("%s: side A is %q and then %q", id, once, twice)
		}
		seen[once[1]]++
	}
	if seen["Good"] == 0 || seen["Poor"] == 0 {
		t.Errorf("side A is always the same coder: %v", seen)
	}
}

// Nobody opens or settles what they coded themselves, and nothing opens while
// a coding is out.
func TestWhatCannotBeOpened(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	if err := s.Store.AddMember(ctx, s.People["lena"], storetest.Study, s.People["lena"].ID, "coder"); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.People["lena"], err = s.Store.Actor(ctx, s.People["lena"].ID); err != nil {
		t.Fatal(err)
	}
	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-01", "lena", map[string]string{"quality": "poor"})
	s.Code(t, "B-02", "anna", nil)
	s.Assign(t, "B-02", "bert")
	lena := s.visit(t, "lena")
	if got := lena.post("/s/bicycles/compare/B-01", nil); got.status != http.StatusForbidden || !strings.Contains(got.body, "You coded this case file yourself") {
		t.Errorf("opening one's own coding answers %d: %s", got.status, got.body)
	}
	if got := lena.post("/s/bicycles/compare/B-02", nil); got.status != http.StatusLocked || !strings.Contains(got.body, "Not all codings") {
		t.Errorf("opening while a coding is out answers %d: %s", got.status, got.body)
	}
	if got := lena.get("/s/bicycles/compare/B-99").status; got != http.StatusNotFound {
		t.Errorf("a case that does not exist answers %d", got)
	}
	if got := lena.get("/s/bicycles/differences").body; !strings.Contains(got, "coded by yourself") {
		t.Error("the queue does not say that somebody else must decide")
	}
}

// What all coders answered alike is settled by itself, all of it at once, and
// what one coder answered is single; only differences wait, most first.
func TestOnlyDifferencesWait(t *testing.T) {
	s := open(t)
	for id, x := range map[annotations.CaseID][]map[string]string{
		"Q-1": {nil}, "Q-2": {nil, nil}, "Q-3": {nil, {"quality": "poor"}}, "Q-4": {nil, {"quality": "poor", "minutes": "90", "damage": "yes_slight"}}, "Q-5": {nil, {"quality": "poor", "minutes": "90"}},
	} {
		s.Import(t, storetest.Study, s.Case(t, id, "W1"))
		for i, differs := range x {
			s.Code(t, id, []string{"anna", "bert"}[i], differs)
		}
	}
	queue := s.visit(t, "lena").get("/s/bicycles/differences").body
	var order []string
	for _, m := range regexp.MustCompile(`compare/(Q-\d)">`).FindAllStringSubmatch(queue, -1) {
		order = append(order, m[1])
	}
	if got := strings.Join(order, " "); got != "Q-4 Q-5 Q-3" {
		t.Errorf("the queue is %q, want the cases with most differences first and no other", got)
	}
	for id, want := range map[annotations.CaseID]annotations.Provenance{"Q-1": annotations.Single, "Q-2": annotations.Agreed} {
		c, err := s.Store.Case(t.Context(), storetest.Study, id)
		if err != nil || c.State != annotations.Settled {
			t.Errorf("%s, on which nobody differs, is %s: %v", id, c.State, err)
		}
		st, err := s.Store.Settlement(t.Context(), storetest.Study, id)
		if err != nil {
			t.Fatal(err)
		}
		for variable := range storetest.Answers {
			if st.Provenance[variable] != want || st.Answers[variable].Value != storetest.Answers[variable] {
				t.Errorf("%s: %s is %v, %s; want %s", id, variable, st.Answers[variable], st.Provenance[variable], want)
			}
		}
	}
}

// A coding is sent back from the comparison with a remark: its coder can change
// it, what was laid side by side stays as it was, and so does every answer.
func TestACodingIsSentBackFromTheComparison(t *testing.T) {
	s := open(t)
	s.Code(t, "B-01", "anna", nil)
	bert := s.Code(t, "B-01", "bert", map[string]string{"quality": "poor"})
	lena := s.visit(t, "lena")
	lena.post("/s/bicycles/compare/B-01", nil)
	page := lena.get("/s/bicycles/compare/B-01?variable=quality").body
	form := regexp.MustCompile(`(?s)<form class="back" method="post" action="([^"]*/` + strconv.FormatInt(bert.ID, 10) + `[^"]*)">.*?name="case" value="B-01">\s*<input name="([^"]+)"`).FindStringSubmatch(page)
	if form == nil {
		t.Fatalf("the comparison has no form that sends back bert's coding: %s", page)
	}
	if got := lena.post(form[1], url.Values{"case": {"B-01"}, form[2]: {""}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("sending back without a word answers %d", got.status)
	}
	if got := lena.post(form[1], url.Values{"case": {"B-01"}, form[2]: {"Read the second slip once more."}}); got.status != http.StatusSeeOther {
		t.Fatalf("sending back answers %d: %s", got.status, got.body)
	}
	mine, err := s.Store.MyAssignments(t.Context(), s.People["bert"], storetest.Study)
	if err != nil || len(mine) != 1 || mine[0].Status != annotations.Returned {
		t.Fatalf("bert cannot change it: %+v %v", mine, err)
	}
	s.Save(t, bert, "bert", "quality", "good")
	history, err := s.Store.History(t.Context(), s.People["bert"], bert.ID, "quality")
	if err != nil || len(history) != 2 || history[0].Answer.Value == history[1].Answer.Value {
		t.Errorf("the history of bert's answer is %+v: %v", history, err)
	}
	if _, err := s.Store.Submit(t.Context(), s.People["bert"], bert.ID); err != nil {
		t.Fatal(err)
	}
	for _, row := range lena.table("agreement/quality?table=confusion") {
		if row["row"] == "good" && row["column"] == "good" && row["n"] != "0" || row["row_coder"] == "anna" && row["row"] == "good" && row["column"] == "poor" && row["n"] != "1" {
			t.Errorf("agreement moved with what bert said after he was told: %v", row)
		}
	}
}

// Each cause of a difference is kept with its decision; what is settled is not
// opened again without a reason, and what is decided anew keeps what was decided
// before.
func TestCausesAndReasonsOfDecisions(t *testing.T) {
	s := open(t)
	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-01", "bert", map[string]string{"quality": "poor", "minutes": "90", "received": "2025-02-01", "damage": "yes_slight", "parts_hit": "frame"})
	lena := s.visit(t, "lena")
	lena.post("/s/bicycles/compare/B-01", nil)
	for i, variable := range []string{"quality", "minutes", "received", "damage", "parts_hit"} {
		if got := lena.decide(variable, url.Values{"choice": {"1"}, "reason": {"read again"}, "cause": {annotations.Causes[i]}}); got.status != http.StatusSeeOther {
			t.Fatalf("%s as cause of %s answers %d: %s", annotations.Causes[i], variable, got.status, got.body)
		}
		c, err := s.Store.Case(t.Context(), storetest.Study, "B-01")
		if err != nil {
			t.Fatal(err)
		}
		made, err := s.Store.Decisions(t.Context(), c.Key, variable)
		if err != nil || len(made) != 1 || made[0].Cause != annotations.Causes[i] || made[0].Reason != "read again" {
			t.Errorf("the decision on %s is %+v: %v", variable, made, err)
		}
	}
	if st, _ := s.provenance(t, "quality"); !st.Done() {
		t.Errorf("after all decisions %v are open", st.Open)
	}
	before, _ := s.provenance(t, "quality")
	if got := lena.decide("quality", url.Values{"choice": {"v:fair"}, "revision": {"2"}}); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Give a reason.") {
		t.Errorf("opening again without a reason answers %d", got.status)
	}
	if after, from := s.provenance(t, "quality"); from != annotations.Adjudicated || after.Answers["quality"] != before.Answers["quality"] {
		t.Errorf("without a reason quality became %v, %s", after.Answers["quality"], from)
	}
}
