package main

import (
	"context"
	"flag"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// faultsMade is how many faults TestFaults makes; the long form is
//
//	go test ./cmd/dossierlens -run TestFaults -faults 200 -v
var faultsMade = flag.Int("faults", 15, "how many faults TestFaults makes")

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

// wrongBy is by how much the clock of the program is wrong after a jump: it goes
// on and back by moments, hours and years, past every time that a session has.
var wrongBy = []time.Duration{0, time.Hour, -time.Hour, 26 * time.Hour, -72 * time.Hour, 400 * 24 * time.Hour, -400 * 24 * time.Hour, -time.Millisecond, 20 * time.Minute}

// TestFaults makes faults at random while three coders save answers and mark
// passages: it kills the program, fills its disk, has fsync fail, cuts connections
// and sets the clock. Each round ends with a kill, but for a failing fsync, after
// which the program leaves by itself. Afterwards every acknowledged answer and
// passage is there, the audit log is whole, passages stand where they say, and the
// service is back soon.
func TestFaults(t *testing.T) {
	c := newCrew(t)
	d, ok := mounted(t, c.w.Dir)
	if !ok {
		d = limited(c.w.Dir)
	}
	dir := d.dir
	line, clock := &cuts{}, newWrongClock(t)
	kinds := []string{"kill", "full disk", "failing fsync", "cut connections", "clock jump"}
	s := serveApart(t, dir)
	s.kill()
	s.start("dossierlens-faulty")
	c.line = line
	c.signIn(t, s)

	random := rand.New(rand.NewPCG(uint64(*faultsMade), 7))
	var back []time.Duration
	made, refusals, broken, again := map[string]int{}, map[string]int64{}, int64(0), int64(0)
	for n := range *faultsMade {
		kind := kinds[n%len(kinds)]
		if n >= len(kinds) {
			kind = kinds[random.IntN(len(kinds))]
		}
		made[kind]++
		f := c.begin(t)
		enough := int64(1 + random.IntN(30))
		f.until("enough answers", func() bool { return f.stored.Load() >= enough })
		switch kind {
		case "full disk":
			d.fill(t, s)
			f.until("a refusal on a full disk", func() bool { return f.refused.Load() > 2 })
		case "failing fsync":
			s.stopFlushing()
			f.until("the end of the program", s.over)
		case "cut connections":
			line.on.Store(true)
			f.until("a cut", func() bool { return f.cut.Load() > 5 })
		case "clock jump":
			clock.set(t, wrongBy[random.IntN(len(wrongBy))])
		}
		// Half of the times it goes on by itself, half of the times it is killed
		// in the middle of it.
		lift := func() {
			line.on.Store(false)
			if kind == "full disk" {
				d.free(t, s)
			}
		}
		lifted := kind == "clock jump" || kind != "kill" && kind != "failing fsync" && random.IntN(2) == 0
		if lifted {
			lift()
			now := f.stored.Load()
			f.until("an answer after the fault", func() bool { return f.stored.Load() > now+3 })
		}
		if kind == "failing fsync" {
			s.leftUnflushed()
		}
		f.stopped.Store(true)
		if !lifted && !ok {
			lift() // the limit is the process's
		}
		s.kill()
		if !lifted && ok {
			lift()
		}
		f.end()
		refusals[kind] += f.refused.Load()
		again += f.again.Load()
		if kind == "cut connections" {
			broken += f.cut.Load()
		}
		c.prove(t, dir)
		if t.Failed() {
			t.Fatalf("after fault %d, %s", n+1, kind)
		}
		began := time.Now()
		s.start("dossierlens-faulty")
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
	marked := 0
	for _, x := range c.writers {
		marked += len(x.marked)
	}
	acks, median := c.acks(), back[len(back)/2]
	t.Logf("%d faults (%v), %d answers and %d passages acknowledged and all stored, refused %v, %d requests cut, %d times signed in anew; back in %v (median), %v (longest)",
		*faultsMade, made, acks-marked, marked, refusals, broken, again, median.Round(time.Millisecond), back[len(back)-1].Round(time.Millisecond))
	if acks < 4**faultsMade || marked == 0 {
		t.Errorf("only %d answers and %d passages were acknowledged: not enough to prove anything", acks-marked, marked)
	}
	if median > 2*time.Second {
		t.Errorf("the service is back in %v", median)
	}
}
