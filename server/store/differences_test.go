package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// What is open in a case is counted as codings come in and decisions are made:
// the queue has the same numbers as the comparison itself, most first, also in
// a workspace of a version that did not count.
func TestDifferencesAreCounted(t *testing.T) {
	ctx := context.Background()
	w := storetest.Open(t)
	lena := w.People["lena"]
	count := func() store.Queue {
		t.Helper()
		q, err := w.Store.Queue(ctx, storetest.Study)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	queue := func(want ...int) {
		t.Helper()
		list, err := w.Store.Differences(ctx, lena, storetest.Study, 100)
		if err != nil {
			t.Fatal(err)
		}
		if got := count().Waiting; got != len(want) || len(list) != len(want) {
			t.Fatalf("%d cases of %d wait, want %d", len(list), got, len(want))
		}
		for i, d := range list {
			st, err := w.Store.Settlement(ctx, storetest.Study, d.Case.ID)
			if err != nil {
				t.Fatal(err)
			}
			if d.Open != want[i] || len(st.Open) != want[i] {
				t.Errorf("%s: %d are open in the queue and %d in the comparison, want %d", d.Case.ID, d.Open, len(st.Open), want[i])
			}
		}
	}
	queue()
	w.Code(t, "B-01", "anna", nil)
	w.Code(t, "B-01", "bert", map[string]string{"damage": "none"})
	w.Code(t, "B-02", "anna", nil)
	w.Code(t, "B-02", "bert", map[string]string{"damage": "none", "minutes": "7", "remark": "x"})
	list, err := w.Store.Differences(ctx, lena, storetest.Study, 1)
	if err != nil || len(list) != 1 || list[0].Case.ID != "B-02" {
		t.Fatalf("first in the queue is %+v, %v", list, err)
	}
	queue(list[0].Open, 1)

	if err := w.Store.OpenComparison(ctx, lena, storetest.Study, "B-02"); err != nil {
		t.Fatal(err)
	}
	_, err = w.Store.Decide(ctx, lena, storetest.Study, "B-02", annotations.Decision{Variable: "damage", Answer: codebook.Answer{Value: "none"}, Cause: "reading_error", Reason: "the slip says so"})
	if err != nil {
		t.Fatal(err)
	}
	queue(list[0].Open-1, 1)

	w.Code(t, "B-03", "anna", nil)
	if got, want := count(), (store.Queue{Waiting: 2, Opened: 1}); got != want {
		t.Errorf("the queue is %+v, want %+v", got, want)
	}
	w.Code(t, "B-03", "bert", nil)
	if got := count().Unanimous; got != 1 {
		t.Errorf("%d cases are unanimous, want 1", got)
	}
	queue(list[0].Open-1, 1)

	// As a workspace of an earlier version is.
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sqlx.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(w.Dir, store.File)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE cases SET open = NULL`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if w.Store, err = store.Open(ctx, w.Dir, w.Clock.Now); err != nil {
		t.Fatal(err)
	}
	defer w.Store.Close()
	queue(list[0].Open-1, 1)
}
