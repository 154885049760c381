package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// However the clock jumps, an answer that was acknowledged is there in its
// place, the audit log is whole and the rest is in order.
func TestClockJumps(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	a := w.Assign(t, "B-01", "anna")
	jumps := []time.Duration{time.Hour, -24 * time.Hour, 10 * 365 * 24 * time.Hour, -11 * 365 * 24 * time.Hour, -time.Millisecond, 0}
	const saves = 60
	for n := range saves {
		w.Clock.Add(jumps[n%len(jumps)])
		e, err := w.Store.SaveAnswer(ctx, w.People["anna"], a.ID, annotations.Entry{Variable: "remark", Answer: codebook.Answer{Value: fmt.Sprint("text ", n)}, Version: n})
		if err != nil || e.Version != n+1 {
			t.Fatalf("save %d is version %d, %v", n, e.Version, err)
		}
	}
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	w.Clock.Add(-20 * 365 * 24 * time.Hour)
	s, err := store.OpenEncrypted(ctx, w.Dir, w.Clock.Now, w.Key)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	history, err := s.History(ctx, w.People["anna"], a.ID, "remark")
	if err != nil || len(history) != saves {
		t.Fatalf("%d answers, %v; want %d", len(history), err, saves)
	}
	for n, e := range history {
		if e.Version != n+1 || e.Answer.Value != fmt.Sprint("text ", n) {
			t.Errorf("answer %d is version %d, %q", n, e.Version, e.Answer.Value)
		}
	}
	found, err := s.Examine(ctx)
	if err != nil || len(store.Problems(found)) > 0 {
		t.Error(err, store.Problems(found))
	}
	if d, err := s.BackupAndDrill(ctx, auth.Actor{}, t.TempDir()+"/copy.db"); err != nil || !d.Good {
		t.Errorf("a backup: %+v, %v", d, err)
	}
}

// A session goes on when the clock is put back, ends as long after that as it
// would have, and does not count as freshly proved until the clock has caught up.
func TestSessionWhenTheClockIsPutBack(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	policy, err := w.Store.AccessPolicy(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct{ every, lasts time.Duration }{
		"without use": {time.Duration(policy.IdleMinutes+1) * time.Minute, 0},
		"in all":      {30 * time.Minute, time.Duration(policy.AbsoluteMinutes) * time.Minute},
	} {
		token, err := w.Store.StartSession(ctx, w.People["anna"].ID, store.SignIn{})
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Add(-400 * 24 * time.Hour)
		back := w.Clock.Now()
		if found, err := w.Store.Session(ctx, token); err != nil || found.Fresh(back) {
			t.Errorf("%s: after the clock was put back the session is %+v, %v", name, found, err)
		}
		var last time.Duration
		for err == nil {
			w.Clock.Add(row.every)
			if _, err = w.Store.Session(ctx, token); err == nil {
				last = w.Clock.Now().Sub(back)
			}
			if last > row.lasts+time.Hour {
				t.Fatalf("%s: the session goes on after %v", name, last)
			}
		}
		if last < row.lasts-time.Hour {
			t.Errorf("%s: the session ended after %v, want %v", name, last, row.lasts)
		}
	}
}
