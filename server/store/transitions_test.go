package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// The way of a case is kept: given by lena, begun and handed in by anna, who
// is alone, so that it is settled; then given to bert as well.
func TestTransitions(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	a := w.Code(t, "B-01", "anna", nil)
	w.Assign(t, "B-01", "bert")
	list, err := w.Store.Transitions(ctx, a.Case.Key)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, s := range list {
		got = append(got, fmt.Sprintf("%s %s %s", s.From, s.To, s.By))
		if i > 0 && !s.At.After(list[i-1].At) {
			t.Errorf("step %d is at %v, the one before at %v", i, s.At, list[i-1].At)
		}
	}
	want := []string{"released assigned Name of lena", "assigned coding Name of anna", "coding settled Name of anna", "settled submitted Name of lena"}
	if !slices.Equal(got, want) {
		t.Errorf("the way is %q, want %q", got, want)
	}
}

func TestTransitionsOfADroppedCase(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	frame := []annotations.FrameCase{{ID: "B-01", Region: "W1"}, {ID: "B-02", Region: "W1"}, {ID: "B-03", Region: "W3"}, {ID: "B-04", Region: "W3"}}
	for i := range frame {
		frame[i].Period = "2025-H1"
	}
	if _, err := w.Store.SetFrame(ctx, w.People["daan"], storetest.Study, frame, false); err != nil {
		t.Fatal(err)
	}
	if c, draw, err := w.Store.Drawn(ctx, storetest.Study, "B-04"); err != nil || draw != 0 || !c.Used || c.List == "" {
		t.Errorf("a case that was drawn elsewhere: %+v, draw %d, %v", c, draw, err)
	}
	if _, _, err := w.Store.Drawn(ctx, storetest.Study, "B-05"); !errors.Is(err, annotations.ErrNotFound) {
		t.Errorf("a case outside the frame: %v", err)
	}
	if _, err := w.Store.Drop(ctx, w.People["lena"], storetest.Study, "B-04", annotations.Unusable); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.Restore(ctx, w.People["daan"], storetest.Study, "B-04"); err != nil {
		t.Fatal(err)
	}
	c, err := w.Store.Case(ctx, storetest.Study, "B-04")
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Store.Transitions(ctx, c.Key)
	for i := range got {
		got[i].At = got[0].At
	}
	want := []store.Transition{{From: "released", To: "dropped", By: "Name of lena"}, {From: "dropped", To: "released", By: "Name of daan"}}
	for i := range want {
		want[i].At = got[0].At
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("the way is %+v (%v), want %+v", got, err, want)
	}
}
