package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// repeated plans a hidden repeat of B-01 for anna, who coded it alone or with
// bert, and lets its time come.
func repeated(t *testing.T, w *storetest.World) annotations.Assignment {
	t.Helper()
	ctx := context.Background()
	anna := w.People["anna"]
	if n, err := w.Store.PlanRepeats(ctx, w.People["lena"], storetest.Study, []store.NewRepeat{{Coder: anna.ID, Cases: 1, Weeks: 3, Seed: 5}}); err != nil || n != 1 {
		t.Fatalf("planned %d repeats, %v; want 1", n, err)
	}
	before, err := w.Store.MyAssignments(ctx, anna, storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Store.GiveRepeats(ctx, anna, storetest.Study); err != nil {
		t.Fatal(err)
	}
	if now, err := w.Store.MyAssignments(ctx, anna, storetest.Study); err != nil || len(now) != len(before) {
		t.Fatalf("the repeat was given before its time: %+v, %v", now, err)
	}
	w.Clock.Add(22 * 24 * time.Hour)
	if err := w.Store.GiveRepeats(ctx, anna, storetest.Study); err != nil {
		t.Fatal(err)
	}
	mine, err := w.Store.MyAssignments(ctx, anna, storetest.Study)
	if err != nil || len(mine) != len(before)+1 {
		t.Fatalf("after three weeks anna has %+v, %v; want one more", mine, err)
	}
	i := slices.IndexFunc(mine, func(a annotations.Assignment) bool {
		return !slices.ContainsFunc(before, func(b annotations.Assignment) bool { return a.ID == b.ID })
	})
	return mine[i]
}

// A hidden repeat looks like any other case: another pseudonym, no answers, the
// fields of a case that was just given.
func TestARepeatIsHidden(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	anna := w.People["anna"]
	first := w.Code(t, "B-01", "anna", nil)
	again := repeated(t, w)
	if again.Case.ID == "B-01" || !strings.HasPrefix(string(again.Case.ID), "B-") || len(again.Case.ID) != 4 {
		t.Errorf("the repeat is shown as %s, want another pseudonym of the same form", again.Case.ID)
	}
	other := w.Assign(t, "B-02", "anna")
	if again.Round != other.Round || again.RoundKind != other.RoundKind || again.Status != other.Status || again.RepeatOf != 0 || !again.StartedAt.IsZero() || again.Answered != 0 || again.Case.Practice {
		t.Errorf("the repeat %+v tells itself from another case %+v", again, other)
	}
	opened, err := w.Store.OpenCase(ctx, anna, again.ID)
	if err != nil || len(opened.Documents) != 2 || len(opened.Coding.Entries) != 0 || len(opened.Coding.Passages) != 0 {
		t.Errorf("the repeat opens as %+v, %v; want 2 documents, no answers, no passages", opened, err)
	}
	one, err := w.Store.Assignment(ctx, anna, again.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, seen := range []any{opened.Assignment, opened.Coding, one} {
		if b, err := json.Marshal(seen); err != nil || strings.Contains(string(b), "B-01") {
			t.Errorf("the coder can see B-01 in %s, %v", b, err)
		}
	}
	if history, err := w.Store.History(ctx, anna, again.ID, "quality"); err != nil || len(history) != 0 {
		t.Errorf("the repeat has a history: %+v, %v", history, err)
	}
	if a, err := w.Store.Assignment(ctx, anna, first.ID); err != nil || a.Status != annotations.HandedIn || a.Case.ID != "B-01" {
		t.Errorf("the first coding has changed: %+v, %v", a, err)
	}
	// The log is under the true pseudonym: whoever asks about the case finds it.
	var reads int
	for r, err := range w.Store.Records(ctx, storetest.Study) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Act == "case.read" && r.Login == "anna" && r.Case == "B-01" {
			reads++
		}
	}
	if reads != 1 {
		t.Errorf("%d reads of B-01 by anna are in the log, want 1", reads)
	}
}

// A hidden repeat counts nowhere but in intra-coder reliability: the case keeps
// its state, its answers, its figures and its agreement.
func TestARepeatCountsNowhere(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	w.Code(t, "B-01", "anna", nil)
	w.Code(t, "B-01", "bert", nil)
	w.Code(t, "B-02", "bert", nil)
	type figures struct {
		State       annotations.State
		Settlement  annotations.Settlement
		Counts      []store.CaseCount
		Statuses    []store.StatusRow
		Independent []annotations.CodedCase
		HandedIn    []annotations.Handed
		Lines       []store.CaseLine
		Rounds      []store.RoundProgress
		Differences []store.DifferingCase
		Marks       []annotations.MarkedDocument
		CoderCases  []store.CoderCase
	}
	look := func() string {
		t.Helper()
		var f figures
		c, err := w.Store.Case(ctx, storetest.Study, "B-01")
		errs := []error{err}
		f.State = c.State
		f.Settlement, err = w.Store.Settlement(ctx, storetest.Study, "B-01")
		errs = append(errs, err)
		f.Counts, err = w.Store.CaseCounts(ctx, storetest.Study)
		errs = append(errs, err)
		for r, err := range w.Store.Statuses(ctx, storetest.Study) {
			errs = append(errs, err)
			f.Statuses = append(f.Statuses, r)
		}
		for k, err := range w.Store.Independent(ctx, storetest.Study) {
			errs = append(errs, err)
			f.Independent = append(f.Independent, k)
		}
		for h, err := range w.Store.HandedIn(ctx, storetest.Study) {
			errs = append(errs, err)
			f.HandedIn = append(f.HandedIn, h)
		}
		f.Lines, err = w.Store.Cases(ctx, storetest.Study, store.CaseFilter{})
		errs = append(errs, err)
		f.Rounds, err = w.Store.Rounds(ctx, storetest.Study)
		errs = append(errs, err)
		f.Differences, err = w.Store.Differences(ctx, w.People["lena"], storetest.Study, 100)
		errs = append(errs, err)
		f.Marks, err = w.Store.Marks(ctx, storetest.Study, "damage")
		errs = append(errs, err)
		f.CoderCases, err = w.Store.CoderCases(ctx, storetest.Study, w.People["anna"].ID, time.Time{}, time.Time{})
		errs = append(errs, err)
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		b, err := json.MarshalIndent(f, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	before := look()
	again := repeated(t, w)
	if after := look(); after != before {
		t.Errorf("a repeat that was given changed what the study says, from %s to %s", before, after)
	}
	w.Fill(t, again, "anna", map[string]string{"quality": "poor", "minutes": "90"})
	if after := look(); after != before {
		t.Errorf("a repeat that was handed in changed what the study says, from %s to %s", before, after)
	}
	if err := w.Store.OpenComparison(ctx, w.People["lena"], storetest.Study, "B-01"); err != nil {
		t.Fatal(err)
	}
	cmp, err := w.Store.Comparison(ctx, w.People["lena"], storetest.Study, "B-01")
	if err != nil || len(cmp.Codings) != 2 || !cmp.Settlement.Done() {
		t.Errorf("beside each other are %d codings with open %v, %v; want 2, none open", len(cmp.Codings), cmp.Settlement.Open, err)
	}

	var pairs []annotations.RepeatedCoding
	for p, err := range w.Store.Repeated(ctx, storetest.Study) {
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, p)
	}
	if len(pairs) != 1 {
		t.Fatalf("%d pairs of a coding and its repeat, want 1: %+v", len(pairs), pairs)
	}
	p := pairs[0]
	if p.Case.ID != "B-01" || p.Coder != w.People["anna"].ID || p.First.Stated["quality"].Value != "good" || p.Repeat.Stated["quality"].Value != "poor" ||
		p.First.Stated["minutes"].Value != "40" || p.Repeat.Stated["minutes"].Value != "90" || !p.First.At.Before(p.Repeat.At) {
		t.Errorf("the pair is %+v, want good and 40 at first, poor and 90 the second time", p)
	}
}

// A repeat comes after so many codings of other cases as well as after so many
// weeks, never at once, and never of practice cases.
func TestARepeatWaits(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	anna, lena := w.People["anna"], w.People["lena"]
	w.Code(t, "B-01", "anna", nil)
	for _, wrong := range []store.NewRepeat{
		{Coder: anna.ID, Cases: 1},
		{Coder: anna.ID, Cases: 2, Weeks: 1},
		{Coder: anna.ID, Cases: 1, Weeks: 1, Round: "nowhere"},
		{Coder: w.People["bert"].ID, Cases: 1, Weeks: 1},
	} {
		if n, err := w.Store.PlanRepeats(ctx, lena, storetest.Study, []store.NewRepeat{wrong}); err == nil || n != 0 {
			t.Errorf("%+v was planned", wrong)
		}
	}
	if _, err := w.Store.PlanRepeats(ctx, lena, storetest.Study, []store.NewRepeat{{Coder: anna.ID, Cases: 1, Others: 2}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.PlanRepeats(ctx, lena, storetest.Study, []store.NewRepeat{{Coder: anna.ID, Cases: 1, Weeks: 1}}); err == nil {
		t.Error("a case was planned for a second repeat")
	}
	given := func() int {
		t.Helper()
		if err := w.Store.GiveRepeats(ctx, anna, storetest.Study); err != nil {
			t.Fatal(err)
		}
		mine, err := w.Store.MyAssignments(ctx, anna, storetest.Study)
		if err != nil {
			t.Fatal(err)
		}
		return len(mine)
	}
	w.Clock.Add(300 * 24 * time.Hour)
	w.Code(t, "B-02", "anna", nil)
	if n := given(); n != 2 {
		t.Errorf("after one other case anna has %d, want 2", n)
	}
	w.Code(t, "B-03", "anna", nil)
	if n := given(); n != 4 {
		t.Errorf("after two other cases anna has %d, want 4", n)
	}
	if counts, err := w.Store.RepeatCounts(ctx, lena, storetest.Study); err != nil || counts[0].Given != 1 || counts[0].Waiting != 0 || counts[0].Possible != 2 {
		t.Errorf("the lead sees %+v, %v; want one repeat given and two possible", counts, err)
	}
}

// A repeat may be planned while an import is under way: it takes no pseudonym
// of a case that is staged, and a case that was read and not staged yet does not
// come in under the pseudonym of a repeat.
func TestARepeatLeavesStagedPseudonymsAlone(t *testing.T) {
	// others are all pseudonyms of the form of B-01 that are free, but for one.
	others := func(t *testing.T, w *storetest.World, spared annotations.CaseID) (list []annotations.CaseID) {
		taken := ids(t, w)
		for i := range 100 {
			id := annotations.CaseID(fmt.Sprintf("B-%02d", i))
			if id != spared && !slices.Contains(taken, id) {
				list = append(list, id)
			}
		}
		return list
	}
	plan := func(t *testing.T, w *storetest.World) {
		t.Helper()
		n, err := w.Store.PlanRepeats(context.Background(), w.People["lena"], storetest.Study, []store.NewRepeat{{Coder: w.People["anna"].ID, Cases: 1, Weeks: 3, Seed: 5}})
		if err != nil || n != 1 {
			t.Fatalf("planned %d repeats, %v; want 1", n, err)
		}
	}
	ctx := context.Background()
	t.Run("staged", func(t *testing.T) {
		w := storetest.Open(t)
		w.Code(t, "B-01", "anna", nil)
		g := stage(t, w)
		for _, id := range others(t, w, "B-57") {
			if err := g.Add(ctx, "v1", w.Case(t, id, "W1")); err != nil {
				t.Fatal(err)
			}
		}
		if err := g.Pause(ctx); err != nil {
			t.Fatal(err)
		}
		plan(t, w)
		if _, err := g.Commit(ctx); err != nil {
			t.Fatalf("what was staged first does not come in: %v", err)
		}
		w.Clock.Add(22 * 24 * time.Hour)
		if err := w.Store.GiveRepeats(ctx, w.People["anna"], storetest.Study); err != nil {
			t.Fatal(err)
		}
		mine, err := w.Store.MyAssignments(ctx, w.People["anna"], storetest.Study)
		if err != nil || !slices.ContainsFunc(mine, func(a annotations.Assignment) bool { return a.Case.ID == "B-57" }) {
			t.Errorf("anna has %+v, %v; want the repeat under B-57, which alone was free", mine, err)
		}
	})
	t.Run("read and not staged yet", func(t *testing.T) {
		w := storetest.Open(t)
		before := ids(t, w)
		w.Code(t, "B-01", "anna", nil)
		g := stage(t, w)
		for _, id := range others(t, w, "") {
			if err := g.Add(ctx, "v1", w.Case(t, id, "W1")); err != nil {
				t.Fatal(err)
			}
		}
		plan(t, w)
		if err := g.Pause(ctx); err != nil {
			t.Fatal(err)
		}
		_, err := g.Commit(ctx)
		taken, ok := errors.AsType[*store.FrameProblem](err)
		if !ok || taken.Case == "" {
			t.Errorf("the import ends with %v, want the case whose pseudonym is taken", err)
		}
		if got := ids(t, w); !slices.Equal(got, before) {
			t.Errorf("the study has %v, want %v", got, before)
		}
	})
}
