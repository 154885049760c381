package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// ids are the cases of the study that people see.
func ids(t *testing.T, w *storetest.World) (list []annotations.CaseID) {
	t.Helper()
	cases, err := w.Store.Cases(context.Background(), storetest.Study, store.CaseFilter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		list = append(list, c.Case.ID)
	}
	return list
}

func stage(t *testing.T, w *storetest.World) *store.Staging {
	t.Helper()
	g, err := w.Store.Stage(context.Background(), w.People["daan"], storetest.Study, "batch")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

// What is staged is seen by nobody until all of it comes in at once, and a
// process that ends on the way takes nothing away and adds nothing.
func TestStagedCasesComeInAtOnce(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	before := ids(t, w)
	all := map[annotations.CaseID]bool{"S-01": true, "S-02": true, "B-01": true}
	g := stage(t, w)
	if _, err := w.Store.Stage(ctx, w.People["daan"], storetest.Study, "batch"); !errors.Is(err, store.ErrStaging) {
		t.Errorf("the same batch was opened twice: %v", err)
	}
	if err := g.Add(ctx, "v1", w.Case(t, "S-01", "W1", "The bicycle of "+marker+".\n")); err != nil {
		t.Fatal(err)
	}
	if err := g.Pause(ctx); err != nil {
		t.Fatal(err)
	}
	g.Close()

	// Another process, on the same folder.
	again, err := store.OpenEncrypted(ctx, w.Dir, w.Clock.Now, w.Key)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	studies, err := again.Studies(ctx)
	if err != nil || len(studies) != 2 {
		t.Errorf("there are %d studies (%v), want 2", len(studies), err)
	}
	g, err = again.Stage(ctx, w.People["daan"], storetest.Study, "batch")
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if !g.Has("S-01", "v1") || g.Has("S-01", "v2") || g.Has("S-02", "v1") {
		t.Error("what was staged is not known again")
	}
	if err := g.Add(ctx, "v1", w.Case(t, "S-02", "W3", "The bicycle is another.\n")); err != nil {
		t.Fatal(err)
	}
	if err := g.Add(ctx, "v1", w.Case(t, "B-01", "W1", "The bicycle came in with a bent wheel.\n\nThe chain was loose too. 🚲 Née was told by phone.\n",
		"On day 3 the wheel was replaced and the brake set.\n\nThe work took forty minutes.\n")); err != nil {
		t.Fatal(err)
	}
	found, err := g.Check(ctx, all)
	if err != nil || found != (store.Imported{Cases: 2, Documents: 2, Present: 3}) {
		t.Errorf("the check counts %+v, %v", found, err)
	}
	if got := ids(t, w); !slices.Equal(got, before) {
		t.Errorf("before the end the study has %v, want %v", got, before)
	}
	done, err := g.Commit(ctx)
	if err != nil || done != found {
		t.Errorf("what came in is %+v, %v; the check said %+v", done, err, found)
	}
	if got := ids(t, w); !slices.Equal(got, append(before, "S-01", "S-02")) {
		t.Errorf("the study has %v", got)
	}
	w.Code(t, "S-02", "anna", nil)
}

// What speaks against a case is told when all are read, a case of an earlier
// try that is not in the batch any more is forgotten, and so is everything
// that is given up or due to be deleted.
func TestStagingIsCheckedAndForgotten(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	g := stage(t, w)
	for _, c := range []annotations.IncomingCase{w.Case(t, "S-01", "W1", "The bicycle of "+marker+".\n"), w.Case(t, "S-02", "W1", "Another.\n"), w.Case(t, "B-02", "W9", "Other.\n")} {
		if err := g.Add(ctx, "v1", c); err != nil {
			t.Fatal(err)
		}
	}
	var changed *store.ChangedError
	if _, err := g.Check(ctx, map[annotations.CaseID]bool{"S-01": true, "B-02": true}); !errors.As(err, &changed) || changed.Case != "B-02" {
		t.Errorf("the check says %v", err)
	}
	if g.Has("S-02", "v1") || !g.Has("S-01", "v1") {
		t.Error("S-02 is still staged, or S-01 is not any more")
	}
	if len(traces(t, w.Dir)) == 0 {
		t.Fatal("nothing was staged")
	}
	g.Close()
	plan(t, w, store.RetentionPlan{Basis: store.OnDate, DueOn: "2026-01-01"})
	deleteDue(t, w)
	if left := traces(t, w.Dir); left != nil {
		t.Errorf("after a deletion what was staged still stands in %v", left)
	}

	g = stage(t, w)
	if g.Staged() != 0 {
		t.Errorf("%d cases are still staged", g.Staged())
	}
	if err := g.Add(ctx, "v1", w.Case(t, "S-01", "W1", "Once more.\n")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(g.Pause(ctx), g.Discard(ctx)); err != nil {
		t.Fatal(err)
	}
	g.Close()
	if g = stage(t, w); g.Staged() != 0 {
		t.Error("what was given up is still staged")
	}
	// Somebody else brings the same case in meanwhile.
	if err := errors.Join(g.Add(ctx, "v1", w.Case(t, "S-01", "W1", "Once more.\n")), g.Pause(ctx)); err != nil {
		t.Fatal(err)
	}
	w.Import(t, storetest.Study, w.Case(t, "S-01", "W1", "By another.\n"))
	if _, err := g.Commit(ctx); err == nil {
		t.Error("a case came in twice")
	}
	if found, err := w.Store.Examine(ctx); err != nil || slices.ContainsFunc(found, func(f store.Finding) bool { return f.Problem != "" }) {
		t.Errorf("doctor says %+v, %v", found, err)
	}
}
