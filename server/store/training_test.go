package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// trained makes a study with a gate of 0.9 on two practice cases, B-01 and
// B-02, whose gold standard is that of [storetest.Answers].
func trained(t *testing.T) *storetest.World {
	t.Helper()
	w := storetest.Open(t)
	ctx := context.Background()
	lena := w.People["lena"]
	if err := w.Store.CreateRound(ctx, lena, storetest.Study, annotations.Round{Name: "oefenen", Kind: annotations.Training}); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.SetTrainingGate(ctx, lena, storetest.Study, annotations.Gate{Accuracy: 0.9, Cases: 2}); err != nil {
		t.Fatal(err)
	}
	var gold []store.ImportedCoding
	for _, id := range []annotations.CaseID{"B-01", "B-02"} {
		answers := codebook.Answers{}
		for variable, text := range storetest.Answers {
			answers[variable] = codebook.Answer{Value: text}
		}
		gold = append(gold, store.ImportedCoding{Case: id, Answers: answers})
	}
	if _, _, err := w.Store.ImportCodings(ctx, w.People["daan"], storetest.Study, gold, false, nil); err != nil {
		t.Fatal(err)
	}
	return w
}

// practise gives a practice case to a coder, who hands it in.
func practise(t *testing.T, w *storetest.World, id annotations.CaseID, coder string, differs map[string]string) annotations.Assignment {
	t.Helper()
	ctx := context.Background()
	if err := w.Store.Assign(ctx, w.People["lena"], storetest.Study, []store.NewAssignment{{Case: id, Coder: w.People[coder].ID, Round: "oefenen"}}); err != nil {
		t.Fatal(err)
	}
	mine, err := w.Store.MyAssignments(ctx, w.People[coder], storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range mine {
		if a.Case.ID == id {
			w.Fill(t, a, coder, differs)
			return a
		}
	}
	t.Fatalf("%s was not given %s", coder, id)
	return annotations.Assignment{}
}

// Nobody gets production before they were released: what is missing is said
// each time, the lead releases who has reached the threshold, and with a
// reason who has not; all of it is in the log.
func TestTrainingGate(t *testing.T) {
	w := trained(t)
	ctx := context.Background()
	lena, anna, bert := w.People["lena"], w.People["anna"], w.People["bert"]
	give := func(coder auth.Actor) string {
		return key(w.Store.Assign(ctx, lena, storetest.Study, []store.NewAssignment{{Case: "B-03", Coder: coder.ID}}))
	}
	clear := func(coder auth.Actor, on bool, reason string) string {
		return key(w.Store.Clear(ctx, lena, storetest.Study, coder.ID, on, reason))
	}
	if got := give(anna); got != "training.gate.none" {
		t.Errorf("before any practice: %q", got)
	}
	practise(t, w, "B-01", "anna", nil)
	if got := give(anna); got != "training.gate.cases" {
		t.Errorf("after one practice case of two: %q", got)
	}
	if got := clear(anna, true, ""); got != "training.reason.required" {
		t.Errorf("released without a reason before the threshold: %q", got)
	}
	practise(t, w, "B-02", "anna", nil)
	if got := give(anna); got != "training.gate.confirm" {
		t.Errorf("before the lead's word: %q", got)
	}
	if got := clear(anna, true, ""); got != "" {
		t.Errorf("the lead cannot release who has reached the threshold: %q", got)
	}
	if got := give(anna); got != "" {
		t.Errorf("after her release: %q", got)
	}
	practise(t, w, "B-01", "bert", map[string]string{"damage": "yes_slight", "parts_hit": "frame"})
	practise(t, w, "B-02", "bert", nil)
	if got := give(bert); got != "training.gate.accuracy" {
		t.Errorf("with 6 of 8 right: %q", got)
	}
	list, err := w.Store.Training(ctx, storetest.Study)
	if err != nil || len(list) != 3 {
		t.Fatalf("training is %+v, %v", list, err)
	}
	if a, b := list[0], list[1]; !a.Cleared || a.Accuracy != (annotations.Accuracy{Right: 8, Asked: 8}) || b.Cleared || b.Ready || b.Accuracy != (annotations.Accuracy{Right: 6, Asked: 8}) || b.Judged != 2 {
		t.Errorf("anna is %+v, bert is %+v; want 8 of 8 and released, 6 of 8", a, b)
	}
	if got := clear(bert, true, "  "); got != "training.reason.required" {
		t.Errorf("released below the threshold without a reason: %q", got)
	}
	if got := clear(bert, true, "the frame rule was unclear"); got != "" {
		t.Errorf("the lead cannot release with a reason: %q", got)
	}
	if got := give(bert); got != "" {
		t.Errorf("after his release: %q", got)
	}
	if got := clear(anna, false, ""); got != "training.reason.required" {
		t.Errorf("a release is taken back without a reason: %q", got)
	}
	if got := clear(anna, false, "the codebook has changed"); got != "" {
		t.Errorf("a release cannot be taken back: %q", got)
	}
	if got := key(w.Store.Assign(ctx, lena, storetest.Study, []store.NewAssignment{{Case: "B-04", Coder: anna.ID}})); got != "training.gate.confirm" {
		t.Errorf("after her release was taken back: %q", got)
	}
	// A coding that is still open gives a case as well, wherever it comes from.
	open := []store.ImportedCoding{{Case: "B-04", Coder: anna.ID, Answers: codebook.Answers{"damage": {Value: "none"}}}}
	if _, _, err := w.Store.ImportCodings(ctx, w.People["daan"], storetest.Study, open, false, nil); err == nil || !strings.Contains(err.Error(), "not been released") {
		t.Errorf("an import gives her a case: %v", err)
	}
	// Other rounds stay open to her, and a study without a gate asks nothing.
	if err := w.Store.CreateRound(ctx, lena, storetest.Study, annotations.Round{Name: "proef", Kind: annotations.Pilot}); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.Assign(ctx, lena, storetest.Study, []store.NewAssignment{{Case: "B-04", Coder: anna.ID, Round: "proef"}}); err != nil {
		t.Errorf("a pilot round asks for a release: %v", err)
	}
	if err := w.Store.SetTrainingGate(ctx, lena, storetest.Study, annotations.Gate{}); err != nil {
		t.Fatal(err)
	}
	if got := key(w.Store.Assign(ctx, lena, storetest.Study, []store.NewAssignment{{Case: "B-04", Coder: w.People["cees"].ID}})); got != "" {
		t.Errorf("without a gate: %q", got)
	}
	words := 0
	for r, err := range w.Store.Records(ctx, storetest.Study) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Act == "training.clear" && r.Login == "lena" && (strings.Contains(r.Detail, `"ready":true`) || strings.Contains(r.Detail, "the frame rule was unclear")) {
			words++
		}
		if r.Act == "training.bar" && strings.Contains(r.Detail, "the codebook has changed") {
			words++
		}
	}
	if words != 3 {
		t.Errorf("%d words on releases with what they rest on are in the log, want 3", words)
	}
	lead := lena
	w.Member(t, "lena", auth.Coder)
	if err := w.Store.Clear(ctx, lead, storetest.Study, lead.ID, true, "I know"); !errors.Is(err, annotations.ErrDenied) {
		t.Errorf("a lead releases themselves: %v", err)
	}
}

// Practice is in no figure, its first hand-in is what counts, and others who
// code the case later leave its gold standard as it is.
func TestPracticeIsInNoFigure(t *testing.T) {
	w := trained(t)
	ctx := context.Background()
	first := practise(t, w, "B-01", "anna", map[string]string{"quality": "poor", "damage": "yes_slight"})
	practise(t, w, "B-01", "bert", nil)
	if c, err := w.Store.Case(ctx, storetest.Study, "B-01"); err != nil || c.State != annotations.Settled || !c.Practice {
		t.Errorf("a practice case with its gold standard is %s, %v; want settled, though the codings differ", c.State, err)
	}
	// B-02 has a gold standard that came from elsewhere: until somebody practises
	// on it, it is a case whose consensus was imported, and the only one that counts.
	counted := func(when string, want ...annotations.CaseID) {
		t.Helper()
		var figures, export []annotations.CaseID
		for row, err := range w.Store.Statuses(ctx, storetest.Study) {
			if err != nil {
				t.Fatal(err)
			}
			figures = append(figures, row.Case.ID)
		}
		for h, err := range w.Store.HandedIn(ctx, storetest.Study) {
			if err != nil {
				t.Fatal(err)
			}
			export = append(export, h.Case.ID)
		}
		if !slices.Equal(figures, want) || !slices.Equal(export, want) {
			t.Errorf("%s: %v are behind the figures and %v in the export, want %v in both", when, figures, export, want)
		}
		for k, err := range w.Store.Independent(ctx, storetest.Study) {
			t.Errorf("%s: a practice case is in the agreement: %+v, %v", when, k, err)
		}
	}
	counted("with one practice case", "B-02")
	practise(t, w, "B-02", "anna", nil)
	if err := w.Store.RefreshStatuses(ctx, storetest.Study); err != nil {
		t.Fatal(err)
	}
	counted("with both")
	if list, err := w.Store.Differences(ctx, w.People["lena"], storetest.Study, 100); err != nil || len(list) != 0 {
		t.Errorf("a practice case waits for consensus: %+v, %v", list, err)
	}
	if err := w.Store.Return(ctx, w.People["lena"], storetest.Study, first.ID); err != nil {
		t.Fatal(err)
	}
	w.Save(t, first, "anna", "damage", "yes_clear")
	if u, err := w.Store.Submit(ctx, w.People["anna"], first.ID); err != nil || !u.Done() {
		t.Fatalf("%+v, %v", u, err)
	}
	k, err := w.Store.Feedback(ctx, w.People["anna"], first.ID)
	if err != nil || k.Given["damage"].Value != "yes_slight" || k.Gold["damage"].Value != "yes_clear" {
		t.Errorf("her feedback is on %v beside %v, %v; want what she handed in first", k.Given["damage"], k.Gold["damage"], err)
	}
}

// A coder sees how a practice case should have been after handing it in, and
// of nothing else.
func TestFeedbackIsOfPracticeOnly(t *testing.T) {
	w := trained(t)
	ctx := context.Background()
	anna, bert, lena := w.People["anna"], w.People["bert"], w.People["lena"]
	done := practise(t, w, "B-01", "anna", nil)
	if k, err := w.Store.Feedback(ctx, anna, done.ID); err != nil || k.Case.ID != "B-01" {
		t.Errorf("her own practice: %+v, %v", k, err)
	}
	if err := w.Store.Assign(ctx, lena, storetest.Study, []store.NewAssignment{{Case: "B-02", Coder: anna.ID, Round: "oefenen"}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.SetTrainingGate(ctx, lena, storetest.Study, annotations.Gate{}); err != nil {
		t.Fatal(err)
	}
	work := w.Code(t, "B-03", "anna", nil)
	w.Code(t, "B-03", "bert", nil)
	mine, err := w.Store.MyAssignments(ctx, anna, storetest.Study)
	if err != nil || len(mine) != 3 {
		t.Fatalf("anna has %+v, %v", mine, err)
	}
	for _, a := range mine {
		if a.ID == done.ID {
			continue
		}
		if _, err := w.Store.Feedback(ctx, anna, a.ID); !errors.Is(err, annotations.ErrNotFound) {
			t.Errorf("feedback on %s, %s, in a round of %s: %v, want none", a.Case.ID, a.Status, a.RoundKind, err)
		}
	}
	for _, other := range []auth.Actor{bert, lena} {
		for _, id := range []int64{done.ID, work.ID} {
			if _, err := w.Store.Feedback(ctx, other, id); !errors.Is(err, annotations.ErrNotFound) {
				t.Errorf("feedback on somebody else's coding: %v, want none", err)
			}
		}
	}
}

// A settled case outside the sample becomes a practice case: what its coders
// agreed on is the gold standard as well.
func TestASettledCaseBecomesGold(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	lena := w.People["lena"]
	w.Code(t, "B-01", "bert", nil)
	w.Code(t, "B-01", "cees", map[string]string{"quality": "poor"})
	if got := key(w.Store.MakeGold(ctx, lena, storetest.Study, "B-01")); got != "training.gold.open" {
		t.Errorf("a case with open differences becomes gold: %q", got)
	}
	if err := w.Store.OpenComparison(ctx, lena, storetest.Study, "B-01"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.Decide(ctx, lena, storetest.Study, "B-01", decision("quality", "fair")); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.MakeGold(ctx, lena, storetest.Study, "B-01"); err != nil {
		t.Fatal(err)
	}
	for row := range w.Store.Statuses(ctx, storetest.Study) {
		t.Errorf("the practice case is still in the figures: %+v", row)
	}
	if err := w.Store.CreateRound(ctx, lena, storetest.Study, annotations.Round{Name: "oefenen", Kind: annotations.Training}); err != nil {
		t.Fatal(err)
	}
	a := practise(t, w, "B-01", "anna", map[string]string{"damage": "yes_slight"})
	k, err := w.Store.Feedback(ctx, w.People["anna"], a.ID)
	if err != nil || k.Gold["damage"].Value != "yes_clear" || k.Gold["quality"].Value != "fair" {
		t.Errorf("the gold standard is %v, %v", k.Gold, err)
	}
}

// A case goes to another coder in the same round in one act, or stays.
func TestReassign(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	lena := w.People["lena"]
	a := w.Assign(t, "B-01", "anna")
	w.Save(t, a, "anna", "damage", "none")
	if err := w.Store.Reassign(ctx, lena, storetest.Study, a.ID, w.People["mona"].ID); key(err) != "assign.coder.unknown" {
		t.Errorf("to somebody who is no coder: %v", err)
	}
	if _, err := w.Store.Assignment(ctx, w.People["anna"], a.ID); err != nil {
		t.Errorf("the case was taken from anna though nobody got it: %v", err)
	}
	if err := w.Store.Reassign(ctx, lena, storetest.Study, a.ID, w.People["bert"].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.Assignment(ctx, w.People["anna"], a.ID); !errors.Is(err, annotations.ErrNotFound) {
		t.Errorf("anna still has the case: %v", err)
	}
	if mine, err := w.Store.MyAssignments(ctx, w.People["bert"], storetest.Study); err != nil || len(mine) != 1 || mine[0].Round != a.Round || mine[0].Answered != 0 {
		t.Errorf("bert has %+v, %v; want the case in the same round, blank", mine, err)
	}
}

// What is overdue is recalled in one act; what was answered stays, and nothing
// else goes.
func TestRecallOverdue(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	lena := w.People["lena"]
	if err := w.Store.SetRoundLimits(ctx, lena, storetest.Study, annotations.Round{Name: "1", Days: 10}); err != nil {
		t.Fatal(err)
	}
	w.Code(t, "B-01", "anna", nil)
	begun := w.Assign(t, "B-02", "anna")
	w.Save(t, begun, "anna", "damage", "none")
	w.Clock.Add(11 * 24 * 3600e9)
	w.Assign(t, "B-03", "bert")
	if n, err := w.Store.RecallOverdue(ctx, lena, storetest.Study, "2"); err != nil || n != 0 {
		t.Errorf("of another round %d were recalled, %v", n, err)
	}
	if n, err := w.Store.RecallOverdue(ctx, lena, storetest.Study, "1"); err != nil || n != 1 {
		t.Errorf("%d were recalled, %v; want the one that is late", n, err)
	}
	if mine, err := w.Store.MyAssignments(ctx, w.People["anna"], storetest.Study); err != nil || len(mine) != 1 || mine[0].Case.ID != "B-01" {
		t.Errorf("anna has %+v, %v; want what she handed in", mine, err)
	}
	again := w.Assign(t, "B-02", "anna")
	if again.ID != begun.ID || again.Answered != 1 || again.Overdue(w.Clock.Now()) {
		t.Errorf("given back it is %+v, want as she left it and with ten days again", again)
	}
}
