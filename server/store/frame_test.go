package store_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// frame has two of the three cases that the frame lists for W1, and both of W3.
var frame = []annotations.FrameCase{
	{ID: "B-01", Region: "W1", Period: "2025-H1", Stratum: "north"},
	{ID: "B-02", Region: "W1", Period: "2025-H1", Stratum: "north"},
	{ID: "X-01", Region: "W1", Period: "2025-H1", Stratum: "north"},
	{ID: "B-03", Region: "W3", Period: "2025-H1"},
	{ID: "B-04", Region: "W3", Period: "2025-H1"},
}

func TestSetFrameGivesWeights(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	for range 2 { // a second run changes nothing
		if _, err := w.Store.SetFrame(ctx, w.People["daan"], storetest.Study, frame, false); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[annotations.CaseID]annotations.Case{
		"B-01": {Stratum: "north", Weight: 1.5, FrameN: 3},
		"B-04": {Stratum: "W3 2025-H1", Weight: 1, FrameN: 2},
	} {
		got, err := w.Store.Case(ctx, storetest.Study, id)
		if err != nil || got.Stratum != want.Stratum || math.Abs(got.Weight-want.Weight) > 1e-12 || got.FrameN != want.FrameN {
			t.Errorf("case %s has stratum %q, weight %v, frame %d (%v), want %q, %v, %d",
				id, got.Stratum, got.Weight, got.FrameN, err, want.Stratum, want.Weight, want.FrameN)
		}
	}
	log, err := w.Store.Log(ctx, store.LogFilter{Study: storetest.Study})
	if err != nil {
		t.Fatal(err)
	}
	set := 0
	for _, r := range log {
		if r.Act == "frame.set" {
			set++
		}
	}
	if set != 1 {
		t.Errorf("the audit log has the frame %d times, want once", set)
	}
}

// A frame without a case of the study, or that contradicts one, is refused as
// a whole, and a dry run of a good one stores nothing.
func TestSetFrameRefuses(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	wrong := []annotations.FrameCase{
		{ID: "B-01", Region: "W3", Period: "2025-H1", Place: "frame.csv:2"},
		{ID: "B-02", Region: "W1", Period: "2025-H2", Place: "frame.csv:3"},
		{ID: "B-03", Region: "W3", Period: "2025-H1", Place: "frame.csv:4"},
	}
	_, err := w.Store.SetFrame(ctx, w.People["daan"], storetest.Study, wrong, false)
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 3 {
		t.Fatalf("got %v, want three problems", err)
	}
	for i, want := range []annotations.CaseID{"B-01", "B-02", "B-04"} {
		var problem *store.FrameProblem
		if !errors.As(joined.Unwrap()[i], &problem) || problem.Case != want {
			t.Errorf("problem %d is %v, want one of case %s", i, joined.Unwrap()[i], want)
		}
	}
	if _, err := w.Store.SetFrame(ctx, w.People["daan"], storetest.Study, frame, true); err != nil {
		t.Fatal(err)
	}
	if got, err := w.Store.Case(ctx, storetest.Study, "B-03"); err != nil || got.FrameN != 0 || got.Stratum != "" {
		t.Errorf("after a refusal and a dry run case B-03 is %+v (%v)", got, err)
	}
}
