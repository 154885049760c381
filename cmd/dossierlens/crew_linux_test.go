package main

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// In this file coders save answers and mark passages while tests do harm to
// the program.

// A crew is three coders who save.
type crew struct {
	w       *storetest.World
	people  []auth.Actor
	writers []*writer
	s       *child
	line    http.RoundTripper // nil for the network as it is
}

// newCrew gives each of three coders a case of w, on a copy of whose folder
// they will work.
func newCrew(t *testing.T) *crew {
	t.Helper()
	c := &crew{w: storetest.Open(t)}
	ctx := context.Background()
	book, err := c.w.Store.Codebook(ctx, storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, v := range book.Variables() {
		if v.Type == "text" {
			texts = append(texts, v.ID)
		}
	}
	assignments := map[string]annotations.Assignment{}
	for i, coder := range []string{"anna", "bert", "cees"} {
		assignments[coder] = c.w.Assign(t, annotations.CaseID(fmt.Sprintf("B-0%d", i+1)), coder)
	}
	for _, coder := range slices.Sorted(maps.Keys(assignments)) {
		documents, err := c.w.Store.Documents(ctx, assignments[coder].Case.Key)
		if err != nil {
			t.Fatal(err)
		}
		c.people = append(c.people, c.w.People[coder])
		c.writers = append(c.writers, &writer{assignment: assignments[coder].ID, variables: texts, versions: map[string]int{}, document: documents[0]})
	}
	if err := c.w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	return c
}

// signIn signs everybody in at s.
func (c *crew) signIn(t *testing.T, s *child) {
	t.Helper()
	c.s = s
	for i, x := range c.writers {
		x.caller = newCaller(t, func() string { return s.site }, c.people[i].Login, storetest.Password)
		x.client.Transport = c.line
	}
}

// acks counts what was acknowledged.
func (c *crew) acks() (n int) {
	for _, x := range c.writers {
		n += len(x.acks) + len(x.marked)
	}
	return n
}

// A shift is the crew at work.
type shift struct {
	t                    *testing.T
	stopped              atomic.Bool
	stored, refused, cut atomic.Int64
	again                atomic.Int64 // how often somebody had to sign in anew
	errs                 chan error
	crew                 *crew
}

// begin has everybody save until [shift.end].
func (c *crew) begin(t *testing.T) *shift {
	f := &shift{t: t, crew: c, errs: make(chan error, len(c.writers))}
	for i, x := range c.writers {
		go func() { f.errs <- f.save(x, c.people[i].Login) }()
	}
	return f
}

// until waits for what the crew brings about.
func (f *shift) until(what string, done func() bool) {
	f.t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); {
		select {
		case err := <-f.errs:
			f.errs <- err
			f.end()
			f.t.Fatalf("waiting for %s, a coder stopped: %v", what, err)
		case <-time.After(time.Millisecond):
		}
		if time.Now().After(deadline) {
			f.end()
			f.t.Fatalf("in a minute %s did not come; %d stored, %d refused, %d cut", what, f.stored.Load(), f.refused.Load(), f.cut.Load())
		}
	}
}

// end stops the work; what is under way is ended or, if the program is gone,
// cut off.
func (f *shift) end() {
	f.t.Helper()
	f.stopped.Store(true)
	for range f.crew.writers {
		if err := <-f.errs; err != nil {
			f.t.Error(err)
		}
	}
}

// until has everybody save until done.
func (c *crew) until(t *testing.T, what string, done func(stored, refused int64) bool) {
	t.Helper()
	f := c.begin(t)
	f.until(what, func() bool { return done(f.stored.Load(), f.refused.Load()) })
	f.end()
	if t.Failed() {
		t.FailNow()
	}
}

// save saves answers, and marks a passage now and then, until the shift ends,
// whatever happens.
func (f *shift) save(w *writer, login string) error {
	for !f.stopped.Load() {
		w.n++
		status, err := 0, error(nil)
		if w.n%5 == 0 {
			status, err = w.mark()
		} else {
			status, err = w.answer()
		}
		switch {
		case err != nil:
			f.cut.Add(1)
		case status < 300:
			f.stored.Add(1)
		case status == http.StatusConflict:
			// Stored, and the word of it was lost.
		case status == http.StatusUnauthorized:
			// The clock went on and the session is over.
			if w.signIn(login, storetest.Password) == nil {
				f.again.Add(1)
			}
		case status >= 500:
			f.refused.Add(1)
		default:
			return fmt.Errorf("saving answers %d", status)
		}
	}
	return nil
}

// answer saves a value that nobody saved before.
func (w *writer) answer() (int, error) {
	variable := w.variables[w.n%len(w.variables)]
	value := fmt.Sprintf("text %d of %d %s", w.n, w.assignment, strings.Repeat("x", 400))
	var reply struct{ Version int }
	status, err := w.send("PUT", fmt.Sprintf("/api/v1/assignments/%d/answers/%s", w.assignment, variable),
		map[string]any{"value": value, "missing": nil, "note": "", "version": w.versions[variable]}, &reply)
	switch {
	case err == nil && status == http.StatusOK:
		w.versions[variable] = reply.Version
		w.acks = append(w.acks, acknowledged{variable, value, reply.Version})
	case err == nil && status == http.StatusConflict:
		w.versions[variable]++
	}
	return status, err
}

// mark marks a passage of the document.
func (w *writer) mark() (int, error) {
	text := []rune(w.document.Text)
	p := annotations.Passage{Variable: w.variables[w.n%len(w.variables)], Document: w.document.Key, Start: w.n * 7 % (len(text) - 20)}
	p.End = p.Start + 1 + w.n*3%19
	p.Quote = string(text[p.Start:p.End])
	var reply struct{ ID int64 }
	status, err := w.send("POST", fmt.Sprintf("/api/v1/assignments/%d/passages", w.assignment),
		map[string]any{"variable": p.Variable, "document": p.Document, "start": p.Start, "end": p.End, "quote": p.Quote}, &reply)
	if err == nil && status < 300 {
		p.ID = reply.ID
		w.marked = append(w.marked, p)
	}
	return status, err
}

// prove requires of a data folder what was acknowledged.
func (c *crew) prove(t *testing.T, dir string) {
	t.Helper()
	for i, x := range c.writers {
		proveStored(t, dir, c.people[i], x.assignment, x.acks)
		proveMarked(t, dir, c.people[i], x)
		x.client.CloseIdleConnections()
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if t.Failed() {
		t.FailNow()
	}
}

// proveMarked requires every acknowledged passage, where it was.
func proveMarked(t *testing.T, dir string, who auth.Actor, w *writer) {
	t.Helper()
	s, err := store.Open(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, coding, err := s.Coding(t.Context(), who, w.assignment)
	if err != nil {
		t.Fatal(err)
	}
	stands := map[int64]annotations.Passage{}
	for _, p := range coding.Passages {
		stands[p.ID] = p
	}
	for _, p := range w.marked {
		if have := stands[p.ID]; cmp.Or(have.Start-p.Start, have.End-p.End) != 0 || have.Quote != p.Quote || have.Variable != p.Variable || have.Document != p.Document {
			t.Errorf("passage %d, %d to %d, was acknowledged and is stored as %+v", p.ID, p.Start, p.End, have)
		}
	}
}

// clockFile is where a faulty program reads by how much its clock is wrong.
const clockFile = "DOSSIERLENS_TEST_CLOCK"

// A wrongClock is the clock of a program that a test sets.
type wrongClock struct{ file string }

// newWrongClock makes one, at first right, for the programs that the test starts.
func newWrongClock(t *testing.T) wrongClock {
	t.Helper()
	c := wrongClock{filepath.Join(t.TempDir(), "clock")}
	t.Setenv(clockFile, c.file)
	c.set(t, 0)
	return c
}

// set has the clock be wrong by d.
func (c wrongClock) set(t *testing.T, d time.Duration) {
	t.Helper()
	part := c.file + ".part"
	if err := os.WriteFile(part, binary.LittleEndian.AppendUint64(nil, uint64(d)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(part, c.file); err != nil {
		t.Fatal(err)
	}
}

// now is the time by the clock in file.
func (c wrongClock) now() time.Time {
	b, err := os.ReadFile(c.file)
	if err != nil {
		panic(err)
	}
	return time.Now().Add(time.Duration(binary.LittleEndian.Uint64(b)))
}
