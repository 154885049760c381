package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

func TestCodingToSettledCase(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	state := func(id annotations.CaseID, want annotations.State) {
		t.Helper()
		c, err := w.Store.Case(ctx, storetest.Study, id)
		if err != nil {
			t.Fatal(err)
		}
		if c.State != want {
			t.Errorf("%s is %s, want %s", id, c.State, want)
		}
	}
	state("B-01", annotations.Available)
	w.Code(t, "B-01", "anna", nil)
	state("B-01", annotations.Settled)

	w.Code(t, "B-02", "anna", nil)
	b := w.Assign(t, "B-02", "bert")
	state("B-02", annotations.Submitted)
	if err := w.Store.OpenComparison(ctx, w.People["lena"], storetest.Study, "B-02"); !errors.Is(err, annotations.ErrLocked) {
		t.Errorf("a comparison opened while a coding is out: %v", err)
	}
	if err := w.Store.Withdraw(ctx, w.People["lena"], storetest.Study, b.ID); err != nil {
		t.Fatal(err)
	}
	state("B-02", annotations.Settled)

	w.Code(t, "B-03", "anna", nil)
	w.Code(t, "B-03", "bert", map[string]string{"quality": "poor", "repaired": "yes"})
	state("B-03", annotations.Comparing)
	if err := w.Store.OpenComparison(ctx, w.People["lena"], storetest.Study, "B-03"); err != nil {
		t.Fatal(err)
	}
	cmp, err := w.Store.Comparison(ctx, w.People["lena"], storetest.Study, "B-03")
	if err != nil {
		t.Fatal(err)
	}
	if got := cmp.Settlement.Open; len(got) != 1 || got[0] != "quality" {
		t.Errorf("open = %v, want quality", got)
	}
	d := annotations.Decision{Variable: "quality", Answer: codebook.Answer{Value: "fair"}, Cause: "interpretation", Reason: "the slip says fair"}
	after, err := w.Store.Decide(ctx, w.People["lena"], storetest.Study, "B-03", d)
	if err != nil {
		t.Fatal(err)
	}
	if !after.Done() || after.Provenance["quality"] != annotations.Third || after.Provenance["damage"] != annotations.Agreed {
		t.Errorf("after the decision: %+v", after)
	}
	state("B-03", annotations.Settled)

	// The figures rest on one row a settled case.
	rows := 0
	for row, err := range w.Store.Statuses(ctx, storetest.Study) {
		if err != nil {
			t.Fatal(err)
		}
		rows++
		if len(row.Statuses) != 6 {
			t.Errorf("%s has %d statuses, want 6", row.Case.ID, len(row.Statuses))
		}
		if got := row.Numbers["m_minutes"]; got != 40 {
			t.Errorf("%s: minutes = %v, want 40", row.Case.ID, got)
		}
	}
	if rows != 3 {
		t.Errorf("%d rows of statuses, want 3", rows)
	}
}

// A second thought gets a version; a page that missed the reply may ask again;
// two pages that know different versions get both.
func TestSaveAnswer(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	anna := w.People["anna"]
	a := w.Assign(t, "B-01", "anna")
	save := func(value string, version int) (annotations.Entry, error) {
		return w.Store.SaveAnswer(ctx, anna, a.ID, annotations.Entry{Variable: "damage", Answer: codebook.Answer{Value: value}, Version: version})
	}
	if e, err := save("none", 0); err != nil || e.Version != 1 {
		t.Fatalf("first save: %+v, %v", e, err)
	}
	if e, err := save("none", 0); err != nil || e.Version != 1 {
		t.Errorf("the same save again: %+v, %v; want version 1", e, err)
	}
	if e, err := save("yes_clear", 1); err != nil || e.Version != 2 {
		t.Errorf("second thought: %+v, %v; want version 2", e, err)
	}
	_, err := save("yes_slight", 1)
	conflict, ok := errors.AsType[*annotations.ConflictError](err)
	if !ok || conflict.Current.Answer.Value != "yes_clear" || conflict.Yours.Answer.Value != "yes_slight" {
		t.Errorf("a stale save: %v, want a conflict with both answers", err)
	}
	if _, err := save("broken", 2); err == nil {
		t.Error("a value that is no category was stored")
	}
	if e, err := save("", 2); err != nil || e.Version != 3 {
		t.Errorf("taking back: %+v, %v", e, err)
	}
	history, err := w.Store.History(ctx, anna, a.ID, "damage")
	if err != nil || len(history) != 3 || history[0].Answer.Value != "none" {
		t.Errorf("history = %+v, %v; want three versions, none first", history, err)
	}
	if _, err := w.Store.SaveAnswer(ctx, w.People["bert"], a.ID, annotations.Entry{Variable: "damage", Answer: codebook.Answer{Value: "none"}}); !errors.Is(err, annotations.ErrNotFound) {
		t.Errorf("another coder's save: %v, want not found", err)
	}
	if _, err := w.Store.SaveAnswer(ctx, anna, a.ID, annotations.Entry{Variable: "workshop", Answer: codebook.Answer{Value: "W3"}}); err == nil {
		t.Error("a copy of the case's column was overwritten")
	}
}
