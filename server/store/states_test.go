package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// What is handed over is locked for who handed it over: a coding for its coder
// until the lead sends it back, a recalled case until it is given back, a
// settled case for its coders. Only a lead who did not code it moves it on.
func TestLocksOnHandOver(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	anna, bert, lena := w.People["anna"], w.People["bert"], w.People["lena"]
	a := w.Code(t, "B-04", "anna", nil)
	w.Code(t, "B-04", "bert", map[string]string{"quality": "poor"})
	edit := func() error {
		_, err := w.Store.SaveAnswer(ctx, anna, a.ID, annotations.Entry{Variable: "damage", Answer: codebook.Answer{Value: "none"}, Version: 1})
		return err
	}
	attach := func() error {
		_, err := w.Store.AddPassage(ctx, anna, a.ID, annotations.Passage{Variable: "damage", DocumentType: "slip", Paraphrase: "again"})
		return err
	}
	locked := func(when string, want error) {
		t.Helper()
		for what, act := range map[string]func() error{"an answer": edit, "a passage": attach} {
			if err := act(); !errors.Is(err, want) {
				t.Errorf("%s, %s: %v, want %v", when, what, err, want)
			}
		}
		if _, err := w.Store.Submit(ctx, anna, a.ID); !errors.Is(err, want) {
			t.Errorf("%s, handing in: %v, want %v", when, err, want)
		}
	}
	locked("handed in", annotations.ErrLocked)
	if err := w.Store.Return(ctx, lena, storetest.Study, a.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.OpenComparison(ctx, lena, storetest.Study, "B-04"); !errors.Is(err, annotations.ErrLocked) {
		t.Errorf("a comparison opens while a coding is sent back: %v", err)
	}
	if err := w.Store.Withdraw(ctx, lena, storetest.Study, a.ID); err != nil {
		t.Fatal(err)
	}
	locked("recalled", annotations.ErrNotFound)
	if err := w.Store.Assign(ctx, lena, storetest.Study, []store.NewAssignment{{Case: "B-04", Coder: anna.ID}}); err != nil {
		t.Fatal(err)
	}
	if u, err := w.Store.Submit(ctx, anna, a.ID); err != nil || !u.Done() {
		t.Fatalf("given back it cannot be handed in: %+v, %v", u, err)
	}
	if err := w.Store.OpenComparison(ctx, bert, storetest.Study, "B-04"); !errors.Is(err, annotations.ErrDenied) {
		t.Errorf("a coder opens the comparison: %v", err)
	}
	if err := w.Store.OpenComparison(ctx, lena, storetest.Study, "B-04"); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.Withdraw(ctx, lena, storetest.Study, a.ID); !errors.Is(err, annotations.ErrLocked) {
		t.Errorf("a coding that lies beside another is recalled: %v", err)
	}
	if _, err := w.Store.Decide(ctx, lena, storetest.Study, "B-04", decision("quality", "fair")); err != nil {
		t.Fatal(err)
	}
	locked("settled", annotations.ErrLocked)
	c, err := w.Store.Case(ctx, storetest.Study, "B-04")
	if err != nil || c.State != annotations.Settled {
		t.Errorf("the case is %s, %v; want settled", c.State, err)
	}
	steps, err := w.Store.Transitions(ctx, c.Key)
	if err != nil || len(steps) < 6 || steps[len(steps)-1].By != "Name of lena" {
		t.Errorf("the way of the case is %+v, %v", steps, err)
	}
}
