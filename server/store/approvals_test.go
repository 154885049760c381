package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// Where codings are looked over a case is settled, compared and counted only
// once each coding was approved as it was last handed in.
func TestApproval(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	anna, lena := w.People["anna"], w.People["lena"]
	is := func(when string, id annotations.CaseID, want annotations.State) {
		t.Helper()
		c, err := w.Store.Case(ctx, storetest.Study, id)
		if err != nil || c.State != want {
			t.Errorf("%s: the case is %s, %v; want %s", when, c.State, err, want)
		}
		n := 0
		for row := range w.Store.Statuses(ctx, storetest.Study) {
			if row.Case.ID == id {
				n++
			}
		}
		if counts := want == annotations.Settled; counts != (n == 1) {
			t.Errorf("%s: a case that is %s has %d rows behind figures", when, want, n)
		}
	}
	approve := func(when string, a annotations.Assignment, want error) {
		t.Helper()
		if err := w.Store.Approve(ctx, lena, storetest.Study, a.ID); !errors.Is(err, want) {
			t.Errorf("approving %s: %v, want %v", when, err, want)
		}
	}
	before := w.Code(t, "B-01", "anna", nil)
	is("handed in while nothing is looked over", "B-01", annotations.Settled)
	approve("what counts already", before, annotations.ErrNotFound)
	w.Clock.Add(1)
	if err := w.Store.SetReviewing(ctx, lena, storetest.Study, true); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.RefreshStatuses(ctx, storetest.Study); err != nil {
		t.Fatal(err)
	}
	is("handed in before, after all was counted again", "B-01", annotations.Settled)

	a := w.Code(t, "B-02", "anna", nil)
	is("handed in", "B-02", annotations.Submitted)
	if err := w.Store.Approve(ctx, lena, "bicycles-2", a.ID); !errors.Is(err, annotations.ErrNotFound) {
		t.Errorf("approving out of another study: %v", err)
	}
	approve("it", a, nil)
	is("approved", "B-02", annotations.Settled)
	approve("it twice", a, annotations.ErrNotFound)
	if err := w.Store.Return(ctx, lena, storetest.Study, a.ID); err != nil {
		t.Fatal(err)
	}
	is("sent back", "B-02", annotations.InCoding)
	approve("what is sent back", a, annotations.ErrNotFound)
	if u, err := w.Store.Submit(ctx, anna, a.ID); err != nil || !u.Done() {
		t.Fatal(u, err)
	}
	is("handed in again", "B-02", annotations.Submitted)
	approve("it anew", a, nil)
	is("approved anew", "B-02", annotations.Settled)

	// Of two codings both are approved before they lie side by side.
	one, two := w.Code(t, "B-03", "anna", nil), w.Code(t, "B-03", "bert", map[string]string{"quality": "poor"})
	for _, k := range []annotations.Assignment{one, two} {
		is("not both approved", "B-03", annotations.Submitted)
		if err := w.Store.OpenComparison(ctx, lena, storetest.Study, "B-03"); !errors.Is(err, annotations.ErrLocked) {
			t.Errorf("a comparison opens before all is approved: %v", err)
		}
		approve("one of two", k, nil)
	}
	is("both approved", "B-03", annotations.Comparing)
	if err := w.Store.OpenComparison(ctx, lena, storetest.Study, "B-03"); err != nil {
		t.Error(err)
	}

	w.Code(t, "B-04", "anna", nil)
	if err := w.Store.SetReviewing(ctx, lena, storetest.Study, false); err != nil {
		t.Fatal(err)
	}
	is("no more looking over", "B-04", annotations.Settled)

	var acts []string
	for r, err := range w.Store.Records(ctx, storetest.Study) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Act == "coding.approve" || r.Act == "study.review" {
			acts = append(acts, r.Act)
		}
	}
	want := []string{"study.review", "coding.approve", "coding.approve", "coding.approve", "coding.approve", "study.review"}
	if !slices.Equal(acts, want) {
		t.Errorf("the log has %q, want %q", acts, want)
	}
}

// Nobody approves their own coding.
func TestNobodyApprovesTheirOwn(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	w.Member(t, "lena", auth.Coder)
	if err := w.Store.SetReviewing(ctx, w.People["lena"], storetest.Study, true); err != nil {
		t.Fatal(err)
	}
	a := w.Code(t, "B-01", "lena", nil)
	if err := w.Store.Approve(ctx, w.People["lena"], storetest.Study, a.ID); !errors.Is(err, annotations.ErrDenied) {
		t.Errorf("lena approves her own coding: %v", err)
	}
	if got, err := w.Store.Case(ctx, storetest.Study, "B-01"); err != nil || got.State != annotations.Submitted {
		t.Errorf("the case is %s, %v", got.State, err)
	}
}
