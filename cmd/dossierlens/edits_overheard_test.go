package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/runtime"
)

// overheard has a page tell what is typed in it and what the server
// acknowledges, from before its own scripts on; and gives it hands that type
// faster than people: type(edits) goes to a question, settles a conflict there
// for what was typed, and changes the answer or note through the fields that a
// coder uses. What it typed is settled when the page's own clock, which stands
// still with it on a busy machine, says that a second has gone by.
//
// A page that goes is not heard to the end: of what it tells while the next one
// is under way something may be missing, though it did it.
const overheard = `(() => {
	const ask = window.fetch;
	window.fetch = async (path, options) => {
		const reply = await ask(path, options);
		if (options?.method === "PUT" && reply.ok && path.includes("/answers/")) {
			const { version } = await reply.clone().json();
			const { value } = JSON.parse(options.body);
			told(JSON.stringify({ kind: "acknowledged", variable: path.split("/").at(-1), value: value ?? "", version }));
		}
		return reply;
	};
	window.type = async (edits) => {
		for (const { number, variable, part, value, pause } of edits) {
			const row = document.getElementById("q-" + variable);
			if (!row.classList.contains("opened")) row.querySelector(".line").click();
			row.querySelector(".conflict button")?.click();
			const option = row.querySelector('[data-code="' + value + '"] input');
			const box = option ?? row.querySelector(part === "note" ? ".note textarea" : ".typed input, .typed textarea");
			if (!box.disabled && !(option ? option.checked : box.value === value)) {
				if (option) option.click();
				else {
					box.focus({ preventScroll: true });
					box.value = value;
					box.dispatchEvent(new Event("input", { bubbles: true }));
				}
				const typed = { kind: "typed", number, variable, part, value };
				told(JSON.stringify(typed));
				setTimeout(() => told(JSON.stringify({ ...typed, kind: "settled" })), 1000);
			}
			await new Promise((go) => setTimeout(go, pause));
		}
		told(JSON.stringify({ kind: "done" }));
	};
})()`

// An edit is one change of an answer's value or note. Its value is of no other
// edit of that field, or of few.
type edit struct {
	Number   int    `json:"number"` // in the order in which they are made
	Variable string `json:"variable"`
	Part     string `json:"part"` // "value" or "note"
	Value    string `json:"value"`
	Pause    int    `json:"pause"` // milliseconds
}

func (e edit) field() string { return e.Variable + "/" + e.Part }

// An overheardEvent is what such a page tells.
type overheardEvent struct {
	edit
	Kind    string `json:"kind"`
	Version int    `json:"version"`

	tab int
}

// A record is what all pages of a test were given to type, and what they told,
// in the order in which it came.
type record struct {
	mu     sync.Mutex
	events []overheardEvent
	done   []int    // batches that were typed to the end, by tab
	given  [][]edit // by tab
}

func (r *record) listen(t testing.TB, number int) func(any) {
	return func(event any) {
		e, ok := event.(*runtime.EventBindingCalled)
		if !ok {
			return
		}
		var told overheardEvent
		if err := json.Unmarshal([]byte(e.Payload), &told); err != nil {
			t.Error(err)
			return
		}
		told.tab = number
		r.mu.Lock()
		defer r.mu.Unlock()
		if told.Kind == "done" {
			r.done[number]++
			return
		}
		r.events = append(r.events, told)
	}
}

func (r *record) all() []overheardEvent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// last returns of every field of a tab the last edit that was told as kind.
func (r *record) last(tab int, kind string) map[string]edit {
	last := map[string]edit{}
	for _, e := range r.all() {
		if e.Kind == kind && e.tab == tab {
			last[e.field()] = e.edit
		}
	}
	return last
}

// since are the values of an edit and of those that the same tab was given to
// make later in its field: that one page typed on when nobody heard it any more.
func (r *record) since(tab int, first edit) []string {
	var values []string
	for _, e := range r.given[tab] {
		if e.Number >= first.Number && e.field() == first.field() {
			values = append(values, e.Value)
		}
	}
	return values
}

// A sight is what a page takes for the coder's answers, and what stands behind
// them, by variable: what it has in conflict with its own, what its browser
// keeps unsent, and all versions that the server has.
type sight struct {
	Answers   map[string]answerSeen   `json:"answers"`
	Conflicts map[string]*answerSeen  `json:"conflicts"`
	Kept      map[string][]answerSeen `json:"kept"`
	History   map[string][]answerSeen `json:"history"`
}

// in is what an answer has in a field.
func in(field string, a answerSeen) string {
	if strings.HasSuffix(field, "/note") {
		return a.Note
	}
	return a.text()
}

// versions of the server in which a field has one of the values.
func (s sight) versions(field string, values ...string) (list []int) {
	variable, _, _ := strings.Cut(field, "/")
	for _, a := range s.History[variable] {
		if slices.Contains(values, in(field, a)) {
			list = append(list, a.Version)
		}
	}
	return list
}

// look sees what a page shows. What is kept is looked at before what is shown,
// and that before what is stored, so that nothing slips through that moves on.
func look(b *tab, variables []string) sight {
	b.t.Helper()
	list, err := json.Marshal(append([]string{}, variables...))
	if err != nil {
		b.t.Fatal(err)
	}
	text := eval[string](b, fmt.Sprintf(`(async () => {
		const { data, state, trouble } = await import(document.querySelector('script[src$="/pages/coding.js"]').src);
		const entries = await new Promise((resolve, reject) => {
			const opening = indexedDB.open("dossierlens");
			opening.onerror = reject;
			opening.onsuccess = () => {
				const all = opening.result.transaction("outbox").objectStore("outbox").getAll();
				all.onerror = reject;
				all.onsuccess = () => { opening.result.close(); resolve(all.result); };
			};
		});
		const kept = Object.groupBy(entries.filter((e) => e.kind === "answer").map((e) => ({ ...e.body, variable: e.variable })), (e) => e.variable);
		const shown = JSON.stringify({ answers: state.answers, kept, conflicts: Object.fromEntries([...trouble].map(([id, { conflict }]) => [id, conflict ?? null])) });
		const history = {};
		for (const id of %s) history[id] = await fetch("/api/v1/assignments/" + data.assignment + "/answers/" + id + "/history").then((r) => r.json());
		return JSON.stringify({ ...JSON.parse(shown), history });
	})()`, list))
	var s sight
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		b.t.Fatalf("%v: %.300s", err, text)
	}
	return s
}

// proveShown requires of the page that has just come in a tab that it shows of
// every field what was typed there last and settled, or what was typed there
// after it. In its place it may show what was saved over that, at a higher
// version; have it in conflict; or, when another page of the browser left an
// entry of the same variable, keep it until that one is settled.
func proveShown(b *tab, number int, variables []string, told *record) {
	b.t.Helper()
	s := look(b, variables)
	for field, settled := range told.last(number, "settled") {
		own := told.since(number, settled)
		got := in(field, s.Answers[settled.Variable])
		if slices.Contains(own, got) {
			continue
		}
		if other := s.Conflicts[settled.Variable]; other != nil && slices.Contains(own, in(field, *other)) {
			continue
		}
		kept := func(values ...string) bool {
			return slices.ContainsFunc(s.Kept[settled.Variable], func(a answerSeen) bool { return slices.Contains(values, in(field, a)) })
		}
		if kept(own...) && kept(got) {
			b.t.Logf("tab %d shows %s = %q of another page and keeps its own until that is settled", number, field, got)
			continue
		}
		before, after := s.versions(field, own...), s.versions(field, got)
		if len(before) > 0 && len(after) > 0 && slices.Max(after) > slices.Min(before) {
			continue
		}
		b.t.Errorf("after a reload tab %d shows %s = %q (versions %v; in conflict: %+v), want %q of edit %d or what was typed after it (versions %v); kept are %+v",
			number, field, got, after, s.Conflicts[settled.Variable], settled.Value, settled.Number, before, s.Kept[settled.Variable])
	}
}
