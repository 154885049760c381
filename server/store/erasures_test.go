package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// A case that was approved and that its coder has a second time, unknowing, is
// erased with its approvals and with the repeat; a repeat of another case and
// the approvals of other cases stay.
func TestErasureTakesRepeatsAndApprovals(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	lena, petra, anna := w.People["lena"], w.People["petra"], w.People["anna"]
	if err := w.Store.SetReviewing(ctx, lena, storetest.Study, true); err != nil {
		t.Fatal(err)
	}
	first := w.Code(t, "B-01", "anna", map[string]string{"remark": "a " + marker})
	if err := w.Store.Approve(ctx, lena, storetest.Study, first.ID); err != nil {
		t.Fatal(err)
	}
	again := repeated(t, w)
	w.Fill(t, again, "anna", map[string]string{"remark": "again a " + marker})
	other := w.Code(t, "B-02", "bert", nil)
	if err := w.Store.Approve(ctx, lena, storetest.Study, other.ID); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Store.PlanRepeats(ctx, lena, storetest.Study, []store.NewRepeat{{Coder: w.People["bert"].ID, Cases: 1, Weeks: 3, Seed: 6}}); err != nil || n != 1 {
		t.Fatalf("planned %d repeats, %v", n, err)
	}
	if len(traces(t, w.Dir)) == 0 {
		t.Fatal("nothing to erase")
	}
	if err := w.Store.AskErasure(ctx, lena, storetest.Study, "B-01", "withdrew consent"); err != nil {
		t.Fatal(err)
	}
	list, err := w.Store.Erasures(ctx, storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.ConfirmErasure(ctx, petra, storetest.Study, list[0].ID, store.Deleting{}); err != nil {
		t.Fatal(err)
	}
	if found := traces(t, w.Dir); found != nil {
		t.Errorf("the case still stands in %v", found)
	}
	if mine, err := w.Store.MyAssignments(ctx, anna, storetest.Study); err != nil || len(mine) != 0 {
		t.Errorf("the coder still has %+v, %v; want neither the case nor its repeat", mine, err)
	}
	for table, want := range map[string]int{"repeats": 1, "approvals": 1, "submissions": 1} {
		if n := count(t, w, table); n != want {
			t.Errorf("table %s has %d rows, want %d, that of B-02", table, n, want)
		}
	}
	for row, err := range w.Store.Statuses(ctx, storetest.Study) {
		if err != nil || row.Case.ID != "B-02" {
			t.Errorf("behind the figures stands %+v, %v", row, err)
		}
	}
	found, err := w.Store.Examine(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Problem != "" {
			t.Errorf("doctor: %s: %s", f.What, f.Problem)
		}
	}
}

// count counts the rows of a table.
func count(t *testing.T, w *storetest.World, table string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.Dir, "dossierlens.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(fmt.Sprintf(`SELECT count(*) FROM %q`, table)).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// No case comes in under the pseudonym that a hidden repeat is shown under, by
// an import, a staged import or a frame, for its coder would have two cases of
// one name.
func TestAPseudonymOfARepeatIsTaken(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	daan := w.People["daan"]
	w.Code(t, "B-01", "anna", nil)
	shown := repeated(t, w).Case.ID
	in := w.Case(t, shown, "W1", "Another bicycle.\n")
	refused := func(by string, err error) {
		t.Helper()
		if problem, ok := errors.AsType[*store.FrameProblem](err); !ok || problem.Case != shown || problem.Why.Reason != "taken" {
			t.Errorf("%s: %v, want that %s is taken", by, err, shown)
		}
	}
	for _, dry := range []bool{true, false} {
		_, err := w.Store.ImportCases(ctx, daan, storetest.Study, []annotations.IncomingCase{in}, dry, nil)
		refused(fmt.Sprintf("an import, dry %t", dry), err)
	}
	g := stage(t, w)
	if err := g.Add(ctx, "v1", in); err != nil {
		t.Fatal(err)
	}
	_, err := g.Check(ctx, map[annotations.CaseID]bool{shown: true})
	refused("a staged import", err)
	_, err = w.Store.SetFrame(ctx, daan, storetest.Study, append([]annotations.FrameCase{{ID: shown, Region: "W1", Period: "2025-H1", Stratum: "north"}}, frame...), false)
	refused("a frame", err)
	if _, err := w.Store.Case(ctx, storetest.Study, shown); !errors.Is(err, annotations.ErrNotFound) {
		t.Errorf("it came in after all: %v", err)
	}
}

// A practice case is outside the sample: a frame that lists one is refused, with
// the place of its row, and the same frame without it is taken.
func TestAFrameHasNoPracticeCase(t *testing.T) {
	w := trained(t)
	ctx := context.Background()
	practise(t, w, "B-01", "anna", nil)
	rows := append([]annotations.FrameCase{}, frame...)
	rows[0].Place = "frame.csv:2"
	_, err := w.Store.SetFrame(ctx, w.People["daan"], storetest.Study, rows, false)
	problem, ok := errors.AsType[*store.FrameProblem](err)
	if !ok || problem.Case != "B-01" || problem.Place != "frame.csv:2" || problem.Why.Reason != "practice" {
		t.Errorf("a frame with a practice case: %v", err)
	}
	if _, err := w.Store.SetFrame(ctx, w.People["daan"], storetest.Study, rows[1:], false); err != nil {
		t.Errorf("the frame without it: %v", err)
	}
}
