package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// The lead makes rounds with a deadline, sees what is late and recalls it in
// one act; the coder sees the round, its deadline and that a case is late.
func TestRoundsPage(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	lena, anna := s.visit(t, "lena"), s.visit(t, "anna")
	for _, wrong := range []struct {
		form url.Values
		want string
	}{
		{url.Values{"kind": {"pilot"}}, "Give the round a name"},
		{url.Values{"name": {"x"}, "kind": {"holiday"}}, "what the round is for"},
		{url.Values{"name": {"x"}, "kind": {"pilot"}, "deadline": {"tomorrow"}}, "Give a day"},
		{url.Values{"name": {"x"}, "kind": {"pilot"}, "days": {"0"}}, "number of days"},
		{url.Values{"name": {"1"}, "kind": {"pilot"}}, "a round of this name"},
		{url.Values{"name": {"jan@example.org"}, "kind": {"pilot"}}, `role="alert"`},
	} {
		if got := lena.post(studyPath+"/rounds", wrong.form); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, wrong.want) {
			t.Errorf("%v answers %d without %q: %s", wrong.form, got.status, wrong.want, between(got.body, `role="alert"`, "</section>"))
		}
	}
	day := s.Clock.Now().AddDate(0, 0, 5)
	form := url.Values{"name": {"pilot round"}, "kind": {"pilot"}, "deadline": {day.Format(time.DateOnly)}}
	if got := lena.post(studyPath+"/rounds", form).status; got != http.StatusSeeOther {
		t.Fatalf("making a round answers %d", got)
	}
	if err := s.Store.Assign(ctx, s.People["lena"], storetest.Study, []store.NewAssignment{
		{Case: "B-01", Coder: s.People["anna"].ID, Round: "pilot round"}, {Case: "B-02", Coder: s.People["anna"].ID, Round: "pilot round"}}); err != nil {
		t.Fatal(err)
	}
	if got := anna.get(studyPath + "/work"); !strings.Contains(got.body, "pilot round") || !strings.Contains(got.body, "2 cases to go in 6 days; by plan 0 are submitted by now") || strings.Contains(got.body, "overdue since") {
		t.Errorf("the coder's plan is %s", between(got.body, "Rounds and plan", "</section>"))
	}
	if got := lena.get(studyPath + "/rounds"); strings.Contains(got.body, "Recall overdue") || !strings.Contains(got.body, "0 of 2") {
		t.Errorf("before the deadline the rounds are %s", between(got.body, "<table", "</table>"))
	}
	s.Clock.Add(7 * 24 * time.Hour)
	anna = s.visit(t, "anna") // her session has ended
	lena = s.visit(t, "lena")
	if got := anna.get(studyPath + "/work"); !strings.Contains(got.body, "overdue since") || !strings.Contains(got.body, "2 cases are overdue") || !strings.Contains(got.body, "the last day has passed") {
		t.Errorf("the coder's late work is %s", between(got.body, "<h1>", "</main>"))
	}
	if got := lena.get(studyPath + "/rounds"); !strings.Contains(got.body, "Recall overdue") {
		t.Errorf("after the deadline the rounds are %s", between(got.body, "<table", "</table>"))
	}
	if got := lena.get(studyPath + "/cases/B-01"); !strings.Contains(got.body, "overdue") {
		t.Errorf("the case does not say that it is late")
	}
	if got := lena.post(studyPath+"/rounds/recall", url.Values{"round": {"pilot round"}}).status; got != http.StatusSeeOther {
		t.Fatalf("recalling answers %d", got)
	}
	if mine, err := s.Store.MyAssignments(ctx, s.People["anna"], storetest.Study); err != nil || len(mine) != 0 {
		t.Errorf("anna still has %+v, %v", mine, err)
	}
	later := url.Values{"round": {"pilot round"}, "deadline": {"2026-09-01"}, "days": {"14"}}
	if got := lena.post(studyPath+"/rounds/limits", later).status; got != http.StatusSeeOther {
		t.Errorf("a later deadline answers %d", got)
	}
	if got := lena.post(studyPath+"/rounds/limits", url.Values{"round": {"nowhere"}}).status; got != http.StatusNotFound {
		t.Errorf("limits of a round that is not there answer %d", got)
	}
	if r, err := s.Store.Round(ctx, storetest.Study, "pilot round"); err != nil || r.Days != 14 || r.Deadline.Format(time.DateOnly) != "2026-09-01" {
		t.Errorf("the round is %+v, %v", r, err)
	}
}

// The preview has what each coder gets by stratum, the pairs and the blocks; a
// quota is kept; and when a case has moved on since, it is shown anew.
func TestAssignPreviewTables(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	lena := s.visit(t, "lena")
	form := s.assigning()
	form.Set("coder", s.id("anna"))
	form.Add("coder", s.id("bert"))
	form.Add("coder", s.id("cees"))
	form.Set("quota."+s.id("cees"), "1")
	form.Set("blocks", "2")
	shown := lena.post(studyPath+"/assign", form)
	for table, want := range map[string][]string{"per-stratum": {"Name of cees", "W1 2025-H1", "W3 2025-H1"}, "pairs": {"Name of anna", "Name of bert"}, "per-block": {`<th scope="row">2</th>`}} {
		got := between(shown.body, `id="`+table+`"`, "</table>")
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("the table %s does not have %q: %s", table, w, got)
			}
		}
	}
	row := between(between(shown.body, `id="per-stratum"`, "</table>"), "Name of cees", "</tr>")
	if !strings.HasSuffix(strings.TrimSpace(row), `<td class="n">1</td><td class="n">1</td>`) {
		t.Errorf("cees with a quota of 1 gets %s", row)
	}
	form.Set("plan", planHash.FindStringSubmatch(shown.body)[1])
	form.Set("commit", "on")
	// Somebody else gives anna a case of the plan in the meantime.
	s.Assign(t, "B-01", "anna")
	got := lena.post(studyPath+"/assign", form)
	if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "have changed") {
		t.Errorf("committing after a change answers %d: %s", got.status, between(got.body, `role="alert"`, "</section>"))
	}
	if mine, err := s.Store.MyAssignments(ctx, s.People["bert"], storetest.Study); err != nil || len(mine) != 0 {
		t.Errorf("a part of the plan was done: %+v, %v", mine, err)
	}
	for _, wrong := range []struct{ field, value, want string }{
		{"quota." + s.id("anna"), "0", "from 1 for Name of anna"}, {"blocks", "many", "from 1 to 50"}, {"reason", strings.Repeat("r", 201), "at most 200"}, {"reason", "bel 06-12345678", `role="alert"`},
	} {
		form := s.assigning()
		form.Set(wrong.field, wrong.value)
		if got := lena.post(studyPath+"/assign", form); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, wrong.want) {
			t.Errorf("%s %q answers %d without %q", wrong.field, wrong.value, got.status, wrong.want)
		}
	}
	// The seed and the reason are in the log.
	form = s.assigning()
	form.Set("state", "released")
	form.Set("reason", "the first block of the pilot")
	form.Set("plan", planHash.FindStringSubmatch(lena.post(studyPath+"/assign", form).body)[1])
	form.Set("commit", "on")
	if got := lena.post(studyPath+"/assign", form).status; got != http.StatusSeeOther {
		t.Fatalf("committing answers %d", got)
	}
	found := false
	for r, err := range s.Store.Records(ctx, storetest.Study) {
		if err != nil {
			t.Fatal(err)
		}
		found = found || r.Act == "assign.plan" && strings.Contains(r.Detail, `"seed":7`) && strings.Contains(r.Detail, "the first block of the pilot")
	}
	if !found {
		t.Error("the log does not have the seed and the reason of the plan")
	}
}

// A hidden repeat looks on every page and in every answer to its coder like any
// other case, and nothing leads from it to the first coding.
func TestRepeatsStayHiddenOnPages(t *testing.T) {
	s := open(t)
	first := s.Code(t, "B-01", "anna", map[string]string{"remark": secretRemark})
	lena := s.visit(t, "lena")
	if got := lena.post(studyPath+"/rounds/repeats", url.Values{"coder": {s.id("anna")}, "repeat_cases": {"2"}, "weeks": {"1"}, "others": {"0"}}); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "has 1 case files") {
		t.Errorf("two repeats of one case answer %d: %s", got.status, between(got.body, `role="alert"`, "</section>"))
	}
	if got := lena.post(studyPath+"/rounds/repeats", url.Values{"coder": {s.id("anna")}, "repeat_cases": {"1"}, "weeks": {"1"}, "others": {"0"}, "seed": {"3"}}).status; got != http.StatusSeeOther {
		t.Fatalf("planning answers %d", got)
	}
	s.Clock.Add(8 * 24 * time.Hour)
	anna := s.visit(t, "anna")
	if got := anna.get(studyPath + "/work"); got.status != http.StatusOK {
		t.Fatalf("work answers %d", got.status)
	}
	mine, err := s.Store.MyAssignments(context.Background(), s.People["anna"], storetest.Study)
	if err != nil || len(mine) != 2 {
		t.Fatalf("anna has %+v, %v; want the repeat as well", mine, err)
	}
	again := mine[0]
	if again.ID == first.ID {
		again = mine[1]
	}
	work := anna.get(studyPath + "/work").body
	if n := strings.Count(work, ">B-01<"); n != 1 {
		t.Errorf("the list of work has B-01 %d times: %s", n, between(work, "<h1>", "</main>"))
	}
	walked := 0
	for _, r := range s.server.Routes() {
		if !strings.Contains(r.Path, ":assignment") || r.Method != "GET" {
			continue
		}
		for _, variable := range []string{"remark", "quality"} {
			got := anna.get(fill(r.Path, again.ID, variable))
			walked++
			for _, mark := range []string{"B-01", secretRemark, "epeat", fmt.Sprintf("/%d/", first.ID), "herhaling"} {
				if strings.Contains(strings.ReplaceAll(got.body, "repeated", ""), mark) && got.status == http.StatusOK {
					t.Errorf("%s of the repeat has %q", r.Path, mark)
				}
			}
		}
	}
	if walked < 5 {
		t.Errorf("only %d requests were made", walked)
	}
	if got := s.visit(t, "lena").get(studyPath + "/cases/B-01"); strings.Count(got.body, "hidden repeat") != 1 {
		t.Errorf("the lead does not see the repeat on the case: %s", between(got.body, "<h2>Assignments", "</section>"))
	}
}

// Without a release a coder gets no production, with a sentence that says what
// is missing; the report says where it went wrong; the coder sees feedback on
// practice only.
func TestTrainingPages(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	lena := s.visit(t, "lena")
	if got := lena.post(studyPath+"/training", url.Values{"accuracy": {"101"}, "cases": {"1"}}); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "from 0 to 100") {
		t.Errorf("a gate of 101%% answers %d", got.status)
	}
	if got := lena.post(studyPath+"/training", url.Values{"accuracy": {"90"}, "cases": {"1"}}).status; got != http.StatusSeeOther {
		t.Fatalf("setting the gate answers %d", got)
	}
	if err := s.Store.CreateRound(ctx, s.People["lena"], storetest.Study, annotations.Round{Name: "practice", Kind: annotations.Training}); err != nil {
		t.Fatal(err)
	}
	gold := codebook.Answers{}
	for variable, text := range storetest.Answers {
		gold[variable] = codebook.Answer{Value: text}
	}
	if _, _, err := s.Store.ImportCodings(ctx, s.People["daan"], storetest.Study, []store.ImportedCoding{{Case: "B-01", Answers: gold}}, false, nil); err != nil {
		t.Fatal(err)
	}
	if got := lena.post(studyPath+"/assign", s.assigning()); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Name of anna has not been released for production and has no practice case yet. Asked: 90% right on at least 1 practice cases.") {
		t.Errorf("production before training answers %d: %s", got.status, between(got.body, `role="alert"`, "</section>"))
	}
	if err := s.Store.Assign(ctx, s.People["lena"], storetest.Study, []store.NewAssignment{{Case: "B-01", Coder: s.People["anna"].ID, Round: "practice"}}); err != nil {
		t.Fatal(err)
	}
	anna := s.visit(t, "anna")
	mine, err := s.Store.MyAssignments(ctx, s.People["anna"], storetest.Study)
	if err != nil || len(mine) != 1 {
		t.Fatalf("anna has %+v, %v", mine, err)
	}
	feedback := fmt.Sprintf("/code/%d/feedback", mine[0].ID)
	if got := anna.get(feedback).status; got != http.StatusNotFound {
		t.Errorf("feedback before handing in answers %d, want 404", got)
	}
	s.Fill(t, mine[0], "anna", map[string]string{"damage": "yes_slight"})
	got := anna.get(feedback)
	for _, want := range []string{"3 of 4 core questions", "Yes, slightly", "Yes, clearly", "#v-damage"} {
		if got.status != http.StatusOK || !strings.Contains(got.body, want) {
			t.Errorf("the feedback answers %d without %q: %s", got.status, want, between(got.body, "<h1>", "</main>"))
		}
	}
	if got := anna.get(studyPath + "/work"); !strings.Contains(got.body, feedback) {
		t.Errorf("the list of work does not lead to the feedback")
	}
	if got := s.visit(t, "bert").get(feedback).status; got != http.StatusNotFound {
		t.Errorf("feedback of somebody else answers %d, want 404", got)
	}
	report := studyPath + "/training/" + s.id("anna")
	got = lena.get(report)
	for _, want := range []string{"3 of 4 answers", "Yes, slightly", "Yes, clearly", "#v-damage", studyPath + "/cases/B-01", "<svg"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the report does not have %q: %s", want, between(got.body, "<h1>", "</main>"))
		}
	}
	if got := lena.post(report, url.Values{"cleared": {"on"}}); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Give a reason") {
		t.Errorf("a release without a reason answers %d", got.status)
	}
	if got := lena.post(report, url.Values{"cleared": {"on"}, "reason": {"the rule was unclear"}}).status; got != http.StatusSeeOther {
		t.Errorf("a release with a reason answers %d", got)
	}
	form := s.assigning()
	form.Set("coder", s.id("anna"))
	form.Set("double", "0")
	if got := lena.post(studyPath+"/assign", form); got.status != http.StatusOK {
		t.Errorf("production after the release answers %d: %s", got.status, between(got.body, `role="alert"`, "</section>"))
	}
	if got := lena.get(studyPath + "/training"); !strings.Contains(got.body, "released on") || !strings.Contains(got.body, "<svg") {
		t.Errorf("the training page has no release or chart")
	}
	// A case that counts never has feedback.
	work := s.Code(t, "B-02", "anna", nil)
	if got := anna.get(fmt.Sprintf("/code/%d/feedback", work.ID)).status; got != http.StatusNotFound {
		t.Errorf("feedback on a case that counts answers %d, want 404", got)
	}
}

// The lead gives a case to another coder from its page, and makes a practice
// case of a settled one.
func TestReassignAndGoldOnTheCasePage(t *testing.T) {
	s := open(t)
	lena := s.visit(t, "lena")
	a := s.Assign(t, "B-01", "anna")
	path := fmt.Sprintf("%s/assignments/%d/reassign", studyPath, a.ID)
	if got := lena.get(studyPath + "/cases/B-01"); !strings.Contains(got.body, path) {
		t.Errorf("the page of the case does not offer to give it to another")
	}
	if got := lena.post(path, url.Values{"case": {"B-01"}, "coder": {s.id("mona")}}); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, `role="alert"`) {
		t.Errorf("to somebody who is no coder answers %d", got.status)
	}
	if got := lena.post(path, url.Values{"case": {"B-01"}, "coder": {s.id("bert")}}).status; got != http.StatusSeeOther {
		t.Errorf("to bert answers %d", got)
	}
	s.Code(t, "B-02", "bert", nil)
	if got := lena.get(studyPath + "/cases/B-02"); !strings.Contains(got.body, "Make a practice case") {
		t.Errorf("a settled case outside the frame cannot become practice")
	}
	if got := lena.post(studyPath+"/cases/B-02/gold", nil).status; got != http.StatusSeeOther {
		t.Errorf("making gold answers %d", got)
	}
	if got := lena.post(studyPath+"/cases/B-03/gold", nil); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "is not settled") {
		t.Errorf("a case that is not settled answers %d", got.status)
	}
	if got := lena.get(studyPath + "/cases/B-02"); !strings.Contains(got.body, "practice case") {
		t.Errorf("the case does not say that it is for practice")
	}
}
