package store_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// sampleWorld is the study "other", in which nothing was imported, with a
// frame of ten cases in W1 and five in W2.
func sampleWorld(t *testing.T) (*storetest.World, []annotations.FrameCase) {
	t.Helper()
	w := storetest.Open(t)
	var frame []annotations.FrameCase
	for i := range 15 {
		region, rating := "W1", []string{"high", "low"}[i%2]
		if i >= 10 {
			region = "W2"
		}
		frame = append(frame, annotations.FrameCase{ID: annotations.CaseID(fmt.Sprintf("F-%02d", i+1)), Region: region, Period: "2025-H1",
			Attributes: map[string]string{"rating": rating}, Place: fmt.Sprintf("frame.csv:%d", i+2)})
	}
	if _, err := w.Store.SetFrame(context.Background(), w.People["daan"], storetest.Other, frame, false); err != nil {
		t.Fatal(err)
	}
	return w, frame
}

func order(frame []annotations.FrameCase, sizes ...int) store.DrawOrder {
	o := store.DrawOrder{Allocation: annotations.AllocateByHand, Seed: 11, Quotas: annotations.Quotas(frame, "")}
	for i, n := range sizes {
		o.Quotas[i].Size = n
	}
	return o
}

func sampled(t *testing.T, w *storetest.World, all bool) []store.SampledCase {
	t.Helper()
	var list []store.SampledCase
	for c, err := range w.Store.SampledCases(context.Background(), storetest.Other, all) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

func TestDrawIsKept(t *testing.T) {
	w, frame := sampleWorld(t)
	ctx := context.Background()
	if err := w.Store.Draw(ctx, w.People["daan"], storetest.Other, order(frame, 4, 2)); err != nil {
		t.Fatal(err)
	}
	var got []annotations.CaseID
	for _, c := range sampled(t, w, false) {
		got = append(got, c.ID)
	}
	var want []annotations.CaseID
	for name, n := range map[string]int{"W1 2025-H1": 4, "W2 2025-H1": 2} {
		var ids []annotations.CaseID
		for _, f := range frame {
			if f.In("") == name {
				ids = append(ids, f.ID)
			}
		}
		want = append(want, annotations.Draw(name, ids, 11)[:n]...)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the sample is %v, the seed says %v", got, want)
	}
	if all := sampled(t, w, true); len(all) != 15 || all[0].Place != 1 || all[4].Used || !all[3].Used {
		t.Errorf("the lists are %+v", all)
	}
	draws, err := w.Store.Draws(ctx, storetest.Other)
	if err != nil || len(draws) != 1 || draws[0].Seed != 11 || draws[0].Size != 6 || draws[0].By != "Name of daan" {
		t.Errorf("the draw is kept as %+v (%v)", draws, err)
	}
	// Nothing is left to draw from, and the frame is fixed.
	wantInvalid(t, w.Store.Draw(ctx, w.People["daan"], storetest.Other, order(frame, 4, 2)), "sample.nothing")
	if _, err := w.Store.SetFrame(ctx, w.People["daan"], storetest.Other, frame, false); err != nil {
		t.Errorf("the same frame again: %v", err)
	}
	changed := slices.Clone(frame)
	changed[0].Region = "W2"
	added := append(slices.Clone(frame), annotations.FrameCase{ID: "F-99", Region: "W1", Period: "2025-H1"})
	for name, f := range map[string][]annotations.FrameCase{"changed": changed, "added": added, "shorter": frame[1:]} {
		var problem *store.FrameProblem
		if _, err := w.Store.SetFrame(ctx, w.People["daan"], storetest.Other, f, false); !errors.As(err, &problem) {
			t.Errorf("%s: a frame that was drawn from is replaced (%v)", name, err)
		}
	}
	// A next period comes beside it.
	next := []annotations.FrameCase{{ID: "G-1", Region: "W1", Period: "2025-H2"}, {ID: "G-2", Region: "W1", Period: "2025-H2"}}
	if _, err := w.Store.SetFrame(ctx, w.People["daan"], storetest.Other, next, false); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.Draw(ctx, w.People["daan"], storetest.Other, order(next, 2)); err != nil {
		t.Errorf("the next period: %v", err)
	}
}

func wantInvalid(t *testing.T, err error, key string) {
	t.Helper()
	var invalid *annotations.InvalidError
	if !errors.As(err, &invalid) || invalid.Key != key {
		t.Errorf("got %v, want %s", err, key)
	}
}

func TestDrawRefuses(t *testing.T) {
	w, frame := sampleWorld(t)
	ctx := context.Background()
	draw := func(o store.DrawOrder) error { return w.Store.Draw(ctx, w.People["daan"], storetest.Other, o) }
	wantInvalid(t, draw(order(frame, 1, 2)), "sample.quota.invalid")
	wantInvalid(t, draw(order(frame, 4, 6)), "sample.quota.invalid")
	wantInvalid(t, draw(order(frame[1:], 4, 2)), "sample.changed")
	wantInvalid(t, draw(order(frame[:10], 4)), "sample.changed")
	if got := sampled(t, w, true); len(got) != 0 {
		t.Errorf("a refused draw left %d cases", len(got))
	}
	elsewhere := []annotations.FrameCase{{ID: "B-01", Region: "W1", Period: "2025-H1"}, {ID: "B-02", Region: "W1", Period: "2025-H1"},
		{ID: "B-03", Region: "W3", Period: "2025-H1"}, {ID: "B-04", Region: "W3", Period: "2025-H1"}}
	if _, err := w.Store.SetFrame(ctx, w.People["daan"], storetest.Study, elsewhere, false); err != nil {
		t.Fatal(err)
	}
	wantInvalid(t, w.Store.Draw(ctx, w.People["daan"], storetest.Study, order(elsewhere, 2, 2)), "sample.elsewhere")
}

// A dropped case is replaced by the next of its stratum, and the weights of
// the cases that are there follow: 10 / 4, 10 / 5 with one outside, 10 / 5
// with a sixth in the place of a lost one, and back.
func TestDropReplacesAndReweighs(t *testing.T) {
	w, frame := sampleWorld(t)
	ctx := context.Background()
	if err := w.Store.Draw(ctx, w.People["daan"], storetest.Other, order(frame, 4, 2)); err != nil {
		t.Fatal(err)
	}
	lists := sampled(t, w, true)
	first := lists[0].ID
	in := w.Case(t, first, "W1")
	in.Case.Period = ""
	w.Import(t, storetest.Other, in)
	weight := func(want float64) {
		t.Helper()
		c, err := w.Store.Case(ctx, storetest.Other, first)
		if err != nil || math.Abs(c.Weight-want) > 1e-12 || c.FrameN != 10 || c.Stratum != "W1 2025-H1" || c.Period != "2025-H1" {
			t.Errorf("the case is %+v (%v), want weight %v of 10", c, err, want)
		}
	}
	weight(2.5)
	drop := func(id annotations.CaseID, reason annotations.DropReason, want annotations.CaseID) {
		t.Helper()
		got, err := w.Store.Drop(ctx, w.People["lena"], storetest.Other, id, reason)
		if err != nil || got != want {
			t.Errorf("%s is replaced by %q (%v), want %q", id, got, err, want)
		}
	}
	drop(lists[1].ID, annotations.OutsideTargetGroup, lists[4].ID)
	weight(2)
	drop(lists[4].ID, annotations.IncompleteFile, lists[5].ID)
	weight(2)
	before, err := w.Store.Changes(ctx, storetest.Other)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Store.Restore(ctx, w.People["lena"], storetest.Other, lists[4].ID); err != nil {
		t.Fatal(err)
	}
	weight(10.0 / 6)
	if after, err := w.Store.Changes(ctx, storetest.Other); err != nil || after == before {
		t.Errorf("figures of before are taken for those of now: %d changes, then %d (%v)", before, after, err)
	}
	if _, err := w.Store.Drop(ctx, w.People["lena"], storetest.Other, lists[1].ID, annotations.Unusable); !errors.Is(err, annotations.ErrNotFound) {
		t.Errorf("a dropped case is dropped again: %v", err)
	}
	if _, err := w.Store.Drop(ctx, w.People["lena"], storetest.Other, lists[9].ID, annotations.Unusable); !errors.Is(err, annotations.ErrNotFound) {
		t.Errorf("a case of the reserve is dropped: %v", err)
	}
	_, err = w.Store.Drop(ctx, w.People["lena"], storetest.Other, first, "bored")
	wantInvalid(t, err, "sample.reason.required")
	got, err := w.Store.Sample(ctx, storetest.Other)
	want := annotations.SampleStratum{Name: "W1 2025-H1", Frame: 10, Planned: 4, Drawn: 6, Outside: 1, Received: 1}
	if err != nil || len(got) != 2 || got[0] != want {
		t.Errorf("the stratum is %+v (%v), want %+v", got, err, want)
	}
}

// A case whose stratum has no reserve left is dropped without a replacement.
func TestDropWithoutReserve(t *testing.T) {
	w, frame := sampleWorld(t)
	ctx := context.Background()
	if err := w.Store.Draw(ctx, w.People["daan"], storetest.Other, order(frame, 4, 5)); err != nil {
		t.Fatal(err)
	}
	list := sampled(t, w, false)
	if got, err := w.Store.Drop(ctx, w.People["lena"], storetest.Other, list[4].ID, annotations.DuplicateFamily); err != nil || got != "" {
		t.Errorf("the replacement is %q (%v), want none", got, err)
	}
}

// Only drawn cases come in.
func TestImportTakesTheSample(t *testing.T) {
	w, frame := sampleWorld(t)
	ctx := context.Background()
	if err := w.Store.Draw(ctx, w.People["daan"], storetest.Other, order(frame, 4, 2)); err != nil {
		t.Fatal(err)
	}
	lists := sampled(t, w, true)
	other := w.Case(t, lists[1].ID, "W2")
	_, err := w.Store.ImportCases(ctx, w.People["daan"], storetest.Other, []annotations.IncomingCase{
		w.Case(t, lists[0].ID, "W1"), other, w.Case(t, lists[7].ID, "W1"), w.Case(t, "X-1", "W1"),
	}, false, nil)
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 3 {
		t.Errorf("got %v, want three problems", err)
	}
}

// A case outside the population stays in the figures as a unit of its stratum
// that is outside every measure; a lost one does not.
func TestOutsideCasesCountAsDrawn(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	var frame []annotations.FrameCase
	for _, f := range []annotations.FrameCase{{ID: "B-01", Region: "W1"}, {ID: "B-02", Region: "W1"}, {ID: "B-05", Region: "W1"}, {ID: "B-03", Region: "W3"}, {ID: "B-04", Region: "W3"}} {
		f.Period = "2025-H1"
		frame = append(frame, f)
	}
	if _, err := w.Store.SetFrame(ctx, w.People["daan"], storetest.Study, frame, false); err != nil {
		t.Fatal(err)
	}
	w.Code(t, "B-03", "anna", nil)
	w.Code(t, "B-01", "anna", nil)
	for id, reason := range map[annotations.CaseID]annotations.DropReason{"B-02": annotations.DuplicateFamily, "B-01": annotations.OutsideTargetGroup, "B-04": annotations.Unusable} {
		if _, err := w.Store.Drop(ctx, w.People["lena"], storetest.Study, id, reason); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for r, err := range w.Store.Statuses(ctx, storetest.Study) {
		if err != nil {
			t.Fatal(err)
		}
		outside := !slices.ContainsFunc(r.Statuses, func(s codebook.Status) bool { return s.Kind != codebook.StatusOutside })
		got = append(got, fmt.Sprintf("%s %s %d %v", r.Case.ID, r.Case.Stratum, r.Case.FrameN, outside))
	}
	want := []string{"B-01 W1 2025-H1 3 true", "B-02 W1 2025-H1 3 true", "B-03 W3 2025-H1 2 false"}
	if !slices.Equal(got, want) {
		t.Errorf("figures are counted from %q, want %q", got, want)
	}
	if c, err := w.Store.Case(ctx, storetest.Study, "B-03"); err != nil || c.Weight != 2 {
		t.Errorf("B-03 weighs %v (%v), want 2: the other of its stratum is lost", c.Weight, err)
	}
	// Brought back, the case is settled again.
	if err := w.Store.Restore(ctx, w.People["lena"], storetest.Study, "B-01"); err != nil {
		t.Fatal(err)
	}
	if c, err := w.Store.Case(ctx, storetest.Study, "B-01"); err != nil || c.State != annotations.Settled {
		t.Errorf("B-01 is %s (%v), want settled", c.State, err)
	}
}
