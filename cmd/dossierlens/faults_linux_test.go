package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// faultsMade is how many faults TestFaults makes; the long form is
//
//	go test ./cmd/dossierlens -run TestFaults -faults 200 -v
var faultsMade = flag.Int("faults", 12, "how many faults TestFaults makes")

// cuts is a network that breaks off requests while they are under way.
type cuts struct{ on atomic.Bool }

func (c *cuts) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.on.Load() {
		ctx, cancel := context.WithTimeout(r.Context(), time.Duration(rand.IntN(8000))*time.Microsecond)
		context.AfterFunc(ctx, cancel)
		r = r.WithContext(ctx)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// saveThrough saves until stop, whatever happens; refused counts what was not
// stored and cut what nobody answered.
func (w *writer) saveThrough(stop func() bool, told func(), refused, cut *atomic.Int64) error {
	for !stop() {
		w.n++
		variable := w.variables[w.n%len(w.variables)]
		value := fmt.Sprintf("text %d of %d %s", w.n, w.assignment, strings.Repeat("x", 400))
		var reply struct{ Version int }
		status, err := w.send("PUT", fmt.Sprintf("/api/v1/assignments/%d/answers/%s", w.assignment, variable),
			map[string]any{"value": value, "missing": nil, "note": "", "version": w.versions[variable]}, &reply)
		switch {
		case err != nil:
			cut.Add(1)
		case status == http.StatusOK:
			w.versions[variable] = reply.Version
			w.acks = append(w.acks, acknowledged{variable, value, reply.Version})
			told()
		case status == http.StatusConflict:
			w.versions[variable]++ // stored, and the word of it was lost
		case status >= 500:
			refused.Add(1)
		default:
			return fmt.Errorf("saving answers %d", status)
		}
	}
	return nil
}

// TestFaults makes faults at random while three coders save: it kills the
// program, fills its disk and cuts connections. Each round ends with a kill.
// Afterwards every acknowledged answer is there, the audit log is whole,
// passages stand where they say, and the service is back soon.
func TestFaults(t *testing.T) {
	w := storetest.Open(t)
	book, err := w.Store.Codebook(context.Background(), storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, v := range book.Variables() {
		if v.Type == "text" {
			texts = append(texts, v.ID)
		}
	}
	coders := []string{"anna", "bert", "cees"}
	assignments := map[string]annotations.Assignment{}
	for i, coder := range coders {
		assignments[coder] = w.Assign(t, annotations.CaseID(fmt.Sprintf("B-0%d", i+1)), coder)
	}
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	d, ok := mounted(t, w.Dir)
	if !ok {
		d = limited(w.Dir)
	}
	dir := d.dir
	kinds := []string{"kill", "full disk", "cut connections"}
	s := serveApart(t, dir)
	line := &cuts{}
	var writers []*writer
	for _, coder := range slices.Sorted(maps.Keys(assignments)) {
		c := newCaller(t, func() string { return s.site }, coder, storetest.Password)
		c.client.Transport = line
		writers = append(writers, &writer{caller: c, assignment: assignments[coder].ID, variables: texts, versions: map[string]int{}})
	}

	random := rand.New(rand.NewPCG(uint64(*faultsMade), 7))
	var back []time.Duration
	made, refusals, broken := map[string]int{}, map[string]int64{}, int64(0)
	for n := range *faultsMade {
		kind := kinds[n%len(kinds)]
		if n >= len(kinds) {
			kind = kinds[random.IntN(len(kinds))]
		}
		made[kind]++
		var stopped atomic.Bool
		var refused, cut, stored atomic.Int64
		errs := make(chan error, len(writers))
		for _, w := range writers {
			go func() { errs <- w.saveThrough(stopped.Load, func() { stored.Add(1) }, &refused, &cut) }()
		}
		// until waits for what the writers bring about.
		until := func(what string, done func() bool) {
			t.Helper()
			for deadline := time.Now().Add(time.Minute); !done(); {
				select {
				case err := <-errs:
					t.Fatalf("%s: a coder stopped: %v", kind, err)
				case <-time.After(time.Millisecond):
				}
				if time.Now().After(deadline) {
					t.Fatalf("%s: in a minute %s did not come; %d stored, %d refused, %d cut", kind, what, stored.Load(), refused.Load(), cut.Load())
				}
			}
		}
		enough := int64(1 + random.IntN(30))
		until("enough answers", func() bool { return stored.Load() >= enough })
		switch kind {
		case "full disk":
			d.fill(t, s)
			until("a refusal", func() bool { return refused.Load() > 2 })
		case "cut connections":
			line.on.Store(true)
			until("a cut", func() bool { return cut.Load() > 5 })
		}
		// Half of the times it goes on by itself, half of the times it is killed
		// in the middle of it.
		lift := func() {
			line.on.Store(false)
			if kind == "full disk" {
				d.free(t, s)
			}
		}
		lifted := kind != "kill" && random.IntN(2) == 0
		if lifted {
			lift()
			now := stored.Load()
			until("an answer after the fault", func() bool { return stored.Load() > now })
		}
		stopped.Store(true)
		if !lifted && !ok {
			lift() // the limit is the process's
		}
		s.kill()
		if !lifted && ok {
			lift()
		}
		for range writers {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		refusals[kind] += refused.Load()
		broken += cut.Load()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		for i, x := range writers {
			proveStored(t, dir, w.People[coders[i]], x.assignment, x.acks)
		}
		if t.Failed() {
			t.Fatalf("after fault %d, %s", n+1, kind)
		}
		began := time.Now()
		s.start("dossierlens")
		for {
			if r, err := http.Get(s.site + "/readyz"); err == nil {
				r.Body.Close()
				if r.StatusCode == http.StatusOK {
					break
				}
			}
			if time.Since(began) > time.Minute {
				t.Fatalf("after %s the service is not back in a minute", kind)
			}
		}
		back = append(back, time.Since(began))
	}
	slices.Sort(back)
	acks := 0
	for _, x := range writers {
		acks += len(x.acks)
	}
	t.Logf("%d faults (%v), %d answers acknowledged and all stored, refused %v, %d requests cut; back in %v (median), %v (longest)",
		*faultsMade, made, acks, refusals, broken, back[len(back)/2].Round(time.Millisecond), back[len(back)-1].Round(time.Millisecond))
	if acks < *faultsMade {
		t.Errorf("only %d answers were acknowledged: not enough to prove anything", acks)
	}
}
