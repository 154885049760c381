package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// An acknowledged answer is one that the server said it has.
type acknowledged struct {
	Variable string `json:"variable"`
	Value    string `json:"value"`
	Version  int    `json:"version"`
}

// proveStored opens the database that a killed program left and requires of
// it every acknowledged answer, at its version; that the audit log is whole;
// and that every passage stands where it says.
func proveStored(t testing.TB, dir string, who auth.Actor, assignment int64, acks []acknowledged) {
	t.Helper()
	proveStoredWith(t, dir, auth.Key{}, who, assignment, acks)
}

// proveStoredWith is proveStored for a workspace that is encrypted.
func proveStoredWith(t testing.TB, dir string, key auth.Key, who auth.Actor, assignment int64, acks []acknowledged) {
	t.Helper()
	ctx := context.Background()
	s, err := store.OpenEncrypted(ctx, dir, time.Now, key)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	histories := map[string][]annotations.Entry{}
	for _, a := range acks {
		if histories[a.Variable] == nil {
			if histories[a.Variable], err = s.History(ctx, who, assignment, a.Variable); err != nil {
				t.Fatal(err)
			}
		}
		history := histories[a.Variable]
		if a.Version > len(history) || history[a.Version-1].Version != a.Version || history[a.Version-1].Answer.Value != a.Value {
			t.Errorf("%s version %d = %q was acknowledged and is not stored; there are %d versions", a.Variable, a.Version, a.Value, len(history))
		}
	}
	if _, err := s.CheckAudit(ctx); err != nil {
		t.Error(err)
	}
	if _, err := s.CheckPassages(ctx); err != nil {
		t.Error(err)
	}
}

// listening has the page note what the server acknowledges.
const listening = `(() => {
	const ask = window.fetch;
	window.acks = [];
	window.fetch = async (path, options) => {
		const reply = await ask(path, options);
		if (options?.method === "PUT" && reply.ok) {
			const { version } = await reply.clone().json();
			window.acks.push({ variable: path.split("/").at(-1), value: JSON.parse(options.body).value, version });
		}
		return reply;
	};
	return true;
})()`

// TestKill kills the program while a coder types. What the page was told to be
// stored is stored; what it was not told stays on the page, which says so, and
// is stored when the program is there again.
func TestKill(t *testing.T) {
	w := storetest.Open(t)
	assignment := w.Assign(t, "B-01", "anna")
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s := serveApart(t, w.Dir)
	b := visit(t, s.site)
	b.expect("Failed to load resource")
	b.expect("net::ERR_")
	b.login("anna", storetest.Password)
	b.open(fmt.Sprintf("/code/%d", assignment.ID))
	d := sit(b)
	eval[bool](b, listening)
	questions := slices.DeleteFunc(d.questions(), func(q question) bool { return q.Locked })
	typed := map[string]string{}
	fill := func(q question, keys, value string) {
		t.Helper()
		d.toBody()
		d.keys("q" + q.Number + kb.Enter)
		d.at(q)
		d.answer(q, keys)
		typed[q.ID] = value
	}
	var choice, text []question
	for _, q := range questions {
		switch {
		case q.Type == "single" && len(q.Options) > 1:
			choice = append(choice, q)
		case q.Type == "text":
			text = append(text, q)
		}
	}
	if len(choice) == 0 || len(text) == 0 {
		t.Fatal("the codebook has no question with options or no text")
	}
	fill(choice[0], "1", choice[0].Options[0].Code)
	fill(text[0], "begonnen", "begonnen")
	d.saved()
	d.attach(text[0])
	d.saved()

	// Changed over and over, and killed in the middle of it.
	d.toBody()
	d.keys("q" + choice[0].Number + kb.Enter)
	d.at(choice[0])
	for _, key := range "212" {
		known := eval[int](b, `window.acks.length`)
		d.keys(string(key))
		d.wait(fmt.Sprintf(`window.acks.length > %d`, known))
	}
	d.keys("1212")
	s.kill()
	d.keys("12")
	typed[choice[0].ID] = choice[0].Options[1].Code
	fill(text[0], kb.End+" en door", "begonnen en door")
	d.wait(`document.querySelector("#saved").dataset.kind === "attention"`)
	d.shot("not-saved")

	var acks []acknowledged
	if err := json.Unmarshal([]byte(eval[string](b, `JSON.stringify(window.acks)`)), &acks); err != nil {
		t.Fatal(err)
	}
	proveStored(t, w.Dir, w.People["anna"], assignment.ID, acks)
	for id, value := range typed {
		if got := eval[string](b, fmt.Sprintf(`document.querySelector("#q-%s .answer").textContent`, id)); got == "" {
			t.Errorf("%s = %q is gone from the page", id, value)
		}
	}

	s.start("dossierlens")
	eval[bool](b, `(document.querySelector("#saved").click(), true)`)
	d.saved()
	d.shot("saved")
	_, state := d.state()
	for id, want := range typed {
		if got := state.Answers[id].text(); got != want {
			t.Errorf("%s is stored as %q, want %q", id, got, want)
		}
	}
	if len(state.Passages) != 1 {
		t.Errorf("%d passages, want 1", len(state.Passages))
	}
	if err := json.Unmarshal([]byte(eval[string](b, `JSON.stringify(window.acks)`)), &acks); err != nil {
		t.Fatal(err)
	}
	s.kill()
	proveStored(t, w.Dir, w.People["anna"], assignment.ID, acks)
}

// at waits until a question is open.
func (d *desk) at(q question) {
	d.t.Helper()
	d.wait(fmt.Sprintf(`document.querySelector("#q-%s.opened") !== null`, q.ID))
}

// A writer saves answers one after the other until the server is gone.
type writer struct {
	*caller
	assignment int64
	variables  []string
	versions   map[string]int
	acks       []acknowledged
	document   annotations.Document
	marked     []annotations.Passage // that were acknowledged
	n          int
}

// write saves until no answer comes, and calls told at every acknowledgement.
func (w *writer) write(told func()) error {
	for {
		w.n++
		variable := w.variables[w.n%len(w.variables)]
		value := fmt.Sprintf("text %d of %d", w.n, w.assignment)
		var reply struct{ Version int }
		status, err := w.send("PUT", fmt.Sprintf("/api/v1/assignments/%d/answers/%s", w.assignment, variable),
			map[string]any{"value": value, "missing": nil, "note": "", "version": w.versions[variable]}, &reply)
		if err != nil {
			return nil // killed in the middle
		}
		switch status {
		case 200:
			w.versions[variable] = reply.Version
			w.acks = append(w.acks, acknowledged{variable, value, reply.Version})
			told()
		case 409:
			// Stored before the kill, and the word of it was lost.
			w.versions[variable]++
		default:
			return fmt.Errorf("saving answers %d", status)
		}
	}
}

// TestInvariant1AcknowledgedAnswersSurvive kills the program twenty times,
// each time at another moment, while three coders save; every answer that was
// acknowledged is there afterwards.
func TestInvariant1AcknowledgedAnswersSurvive(t *testing.T) {
	w := storetest.Open(t)
	coders := []string{"anna", "bert", "cees"}
	texts := []string{}
	book, err := w.Store.Codebook(context.Background(), storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range book.Variables() {
		if v.Type == "text" {
			texts = append(texts, v.ID)
		}
	}
	assignments := map[string]annotations.Assignment{}
	for i, coder := range coders {
		assignments[coder] = w.Assign(t, annotations.CaseID(fmt.Sprintf("B-0%d", i+1)), coder)
	}
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s := serveApart(t, w.Dir)
	var writers []*writer
	for _, coder := range slices.Sorted(maps.Keys(assignments)) {
		c := newCaller(t, func() string { return s.site }, coder, storetest.Password)
		writers = append(writers, &writer{caller: c, assignment: assignments[coder].ID, variables: texts, versions: map[string]int{}})
	}
	random := rand.New(rand.NewPCG(1, 20))
	for kill := range 20 {
		if kill > 0 {
			s.start("dossierlens")
		}
		var mu sync.Mutex
		left := 1 + random.IntN(40)
		enough := make(chan struct{})
		told := func() {
			mu.Lock()
			defer mu.Unlock()
			if left--; left == 0 {
				close(enough)
			}
		}
		errs := make(chan error, len(writers))
		for _, w := range writers {
			go func() { errs <- w.write(told) }()
		}
		select {
		case <-enough:
		case err := <-errs:
			t.Fatalf("a coder stopped early: %v", err)
		}
		s.kill()
		for range writers {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		for i, x := range writers {
			proveStored(t, w.Dir, w.People[coders[i]], x.assignment, x.acks)
			x.client.CloseIdleConnections()
		}
	}
}
