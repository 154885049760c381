package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// overheard has a page tell what is typed in it and what the server
// acknowledges, from before its own scripts on and whatever becomes of it; and
// gives it hands that type faster than people: type(edits) goes to a question,
// settles a conflict there for what was typed, and changes the answer or note
// through the fields that a coder uses. What it typed is settled when the page's
// own clock, which stands still with it on a busy machine, says that a second
// has gone by.
const overheard = `(() => {
	const ask = window.fetch;
	window.fetch = async (path, options) => {
		const reply = await ask(path, options);
		if (options?.method === "PUT" && reply.ok && path.includes("/answers/")) {
			const { version } = await reply.clone().json();
			const { value, note } = JSON.parse(options.body);
			told(JSON.stringify({ kind: "acknowledged", variable: path.split("/").at(-1), value: value ?? "", note, version, at: Date.now() }));
		}
		return reply;
	};
	window.type = async (edits) => {
		for (const { variable, part, value, pause } of edits) {
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
				const typed = { kind: "typed", variable, part, value, at: Date.now() };
				told(JSON.stringify(typed));
				setTimeout(() => told(JSON.stringify({ ...typed, kind: "settled" })), 1000);
			}
			await new Promise((go) => setTimeout(go, pause));
		}
		told(JSON.stringify({ kind: "done" }));
	};
})()`

// An overheardEvent is what such a page tells.
type overheardEvent struct {
	Kind     string `json:"kind"`
	Variable string `json:"variable"`
	Part     string `json:"part"` // "value" or "note"
	Value    string `json:"value"`
	Note     string `json:"note"`
	Version  int    `json:"version"`
	At       int64  `json:"at"` // milliseconds

	tab int
}

func (e overheardEvent) field() string { return e.Variable + "/" + e.Part }

// A record is what all pages of a test told, in the order in which it came.
type record struct {
	mu     sync.Mutex
	events []overheardEvent
	done   []int // batches that were typed to the end, by tab
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
		told.tab, told.Value, told.Note = number, strings.TrimSpace(told.Value), strings.TrimSpace(told.Note)
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

// fieldsOf is what a page takes for the coder's answers and notes, by field.
func fieldsOf(b *tab) map[string]string {
	b.t.Helper()
	var answers map[string]answerSeen
	text := eval[string](b, `import(document.querySelector('link[href$="/coding/page.js"]').href).then(({ state }) => JSON.stringify(state.answers))`)
	if err := json.Unmarshal([]byte(text), &answers); err != nil {
		b.t.Fatal(err)
	}
	fields := map[string]string{}
	for id, a := range answers {
		fields[id+"/value"], fields[id+"/note"] = a.text(), a.Note
	}
	return fields
}

// proveShown requires of the page that has just come in a tab that it shows of
// every field what was typed there last and settled, or later; or what was
// acknowledged since at a higher version; or both, in conflict.
func proveShown(b *tab, number int, told *record) {
	b.t.Helper()
	shown := fieldsOf(b)
	var conflicts map[string]struct {
		Conflict *answerSeen `json:"conflict"`
	}
	text := eval[string](b, `import(document.querySelector('link[href$="/coding/saving.js"]').href).then(({ trouble }) => JSON.stringify(Object.fromEntries(trouble)))`)
	if err := json.Unmarshal([]byte(text), &conflicts); err != nil {
		b.t.Fatal(err)
	}
	last := map[string]overheardEvent{}
	heard := told.all() // after it was looked at, for it is told what it shows
	for _, e := range heard {
		if e.Kind == "settled" && e.tab == number {
			last[e.field()] = e
		}
	}
	versions := func(field, value string) (list []int) {
		for _, e := range heard {
			if e.Kind == "acknowledged" && (e.Variable+"/value" == field && e.Value == value || e.Variable+"/note" == field && e.Note == value) {
				list = append(list, e.Version)
			}
		}
		return list
	}
	for field, settled := range last {
		got := shown[field]
		later := slices.ContainsFunc(heard, func(e overheardEvent) bool {
			return e.Kind == "typed" && e.tab == number && e.field() == field && e.At >= settled.At && e.Value == got
		})
		other := conflicts[settled.Variable].Conflict
		if got == settled.Value || later || other != nil && (settled.Part == "note" && other.Note == settled.Value || settled.Part == "value" && other.text() == settled.Value) {
			continue
		}
		before, since := versions(field, settled.Value), versions(field, got)
		if len(before) == 0 || len(since) == 0 || slices.Max(since) <= slices.Min(before) {
			for _, e := range heard {
				if e.Kind == "typed" && e.field() == field && (e.Value == got || e.At >= settled.At) {
					b.t.Logf("%s = %q was typed in tab %d, %d ms after what is wanted", field, e.Value, e.tab, e.At-settled.At)
				}
			}
			b.t.Errorf("after a reload tab %d shows %s = %q (acknowledged as versions %v; in conflict: %+v), want %q (versions %v), typed %d ms before",
				number, field, got, since, other, settled.Value, before, time.Now().UnixMilli()-settled.At)
		}
	}
}

// TestThousandsOfEdits edits in the coding page itself, in two tabs and on a
// second device of one coder, while the program is killed, the network is cut
// and tabs are reloaded in the middle of it. Whatever was acknowledged is
// stored, what each page typed last more than a second before it was replaced
// is shown by the next one and reaches the server, and in the end all pages show
// the same. With
// DOSSIERLENS_EDITS=10000 it makes so many.
func TestThousandsOfEdits(t *testing.T) {
	edits := 2_500
	if long := os.Getenv("DOSSIERLENS_EDITS"); long != "" {
		if _, err := fmt.Sscan(long, &edits); err != nil {
			t.Fatal(err)
		}
	}
	w := storetest.Open(t)
	assignment := w.Assign(t, "B-01", "anna")
	for variable, value := range map[string]string{"damage": "yes_clear", "repaired": "yes"} {
		w.Save(t, assignment, "anna", variable, value) // so that all that follow are asked
	}
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s := serveApart(t, w.Dir)
	address := fmt.Sprintf("/code/%d", assignment.ID)
	first, other := visit(t, s.site), visit(t, s.site)
	tabs := []*tab{first, first.beside(t), other}
	heard := &record{done: make([]int, len(tabs))}
	for i, b := range tabs {
		b.expect("Failed to load resource")
		b.expect("net::ERR_")
		if b != tabs[1] {
			b.login("anna", storetest.Password)
		}
		if err := chromedp.Listen(b.ctx, heard.listen(t, i)); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			if _, err := cdp.Call(ctx, target, runtime.AddBinding, runtime.AddBindingParams{Name: "told"}); err != nil {
				return err
			}
			_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: overheard})
			return err
		}))
		b.open(address)
	}

	values := map[string]func(int) string{
		"remark":   func(n int) string { return fmt.Sprintf("edit %d é 🚲", n) },
		"minutes":  func(n int) string { return fmt.Sprint(n % 601) },
		"received": func(n int) string { return fmt.Sprintf("20%02d", n%30) },
		"quality":  func(n int) string { return []string{"poor", "fair", "good"}[n%3] },
	}
	variables := []string{"remark", "minutes", "received", "quality"}
	random := rand.New(rand.NewPCG(10_000, 2))
	type edit struct {
		Variable string `json:"variable"`
		Part     string `json:"part"`
		Value    string `json:"value"`
		Pause    int    `json:"pause"` // milliseconds
	}
	batch := func(from, n int) []edit {
		list := make([]edit, n)
		for i := range list {
			v := variables[random.IntN(len(variables))]
			list[i] = edit{v, "value", values[v](from + i), 0}
			if random.IntN(3) == 0 {
				list[i].Part, list[i].Value = "note", fmt.Sprintf("note %d %s", from+i, strings.Repeat("ו", i%3))
			}
			if random.IntN(4) == 0 {
				list[i].Pause = random.IntN(12)
			}
		}
		return list
	}
	kills, cuts := 0, 0
	reloads := make([][]int64, len(tabs)) // moments, by tab
	whole := []bool{true, true, true}
	for n := 0; n < edits; {
		i := random.IntN(len(tabs))
		b := tabs[i]
		list := batch(n, min(5+random.IntN(60), edits-n))
		n += len(list)
		text, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		heard.mu.Lock()
		before := heard.done[i]
		heard.mu.Unlock()
		eval[bool](b, fmt.Sprintf(`(type(%s), true)`, text))
		roll := random.IntN(100)
		if roll < 30 && s.cmd != nil && whole[i] {
			// In the middle of typing.
			gone := time.Now().UnixMilli()
			b.reload()
			reloads[i] = append(reloads[i], gone)
			proveShown(b, i, heard)
			continue
		}
		for finished := false; !finished && b.ctx.Err() == nil; {
			heard.mu.Lock()
			finished = heard.done[i] > before
			heard.mu.Unlock()
			if !finished {
				eval[bool](b, `new Promise((go) => setTimeout(() => go(true), 5))`)
			}
		}
		switch {
		case roll < 38 && s.cmd != nil:
			s.kill()
			kills++
		case roll < 70 && s.cmd == nil:
			s.start("dossierlens")
		case roll < 78 && whole[i]:
			b.offline(true)
			whole[i] = false
			cuts++
		case roll < 100 && !whole[i]:
			b.offline(false)
			whole[i] = true
		}
	}

	if s.cmd == nil {
		s.start("dossierlens")
	}
	for _, b := range tabs {
		b.offline(false)
	}
	// Two versions of an answer are the coder's to settle: hers is the newer.
	d := make([]*desk, len(tabs))
	for i, b := range tabs {
		d[i] = sit(b)
		eval[bool](b, `(document.querySelector("#saved").click(), true)`)
		for _, v := range variables {
			b.wait(fmt.Sprintf(`(() => { const row = document.getElementById("q-%s"); if (!row.classList.contains("opened")) row.querySelector(".line").click(); row.querySelector(".conflict button")?.click(); return !row.classList.contains("waiting"); })()`, v))
		}
		d[i].saved()
	}
	last := map[string]string{}
	for i, b := range tabs {
		b.reload()
		for field, got := range fieldsOf(b) {
			if i == 0 {
				last[field] = got
			} else if got != last[field] {
				t.Errorf("tab %d has %s = %q, the first %q", i, field, got, last[field])
			}
		}
	}
	s.kill()

	var acks []acknowledged
	typed := 0
	for _, e := range heard.all() {
		switch e.Kind {
		case "typed":
			typed++
		case "acknowledged":
			acks = append(acks, acknowledged{e.Variable, e.Value, e.Version})
		}
	}
	proveStored(t, w.Dir, w.People["anna"], assignment.ID, acks)
	// What each tab typed last stands on the server, or stood there.
	all := heard.all()
	for i := range tabs {
		last := map[string]overheardEvent{}
		for _, e := range all {
			fresh := slices.ContainsFunc(reloads[i], func(gone int64) bool { return e.At <= gone && e.At > gone-grace.Milliseconds() })
			if e.Kind == "typed" && e.tab == i && !fresh {
				last[e.field()] = e
			}
		}
		for field, typed := range last {
			if !slices.ContainsFunc(all, func(e overheardEvent) bool {
				return e.Kind == "acknowledged" && (e.Variable+"/value" == field && e.Value == typed.Value || e.Variable+"/note" == field && e.Note == typed.Value)
			}) {
				t.Errorf("tab %d typed %s = %q last, and it was never acknowledged", i, field, typed.Value)
			}
		}
	}
	n := len(slices.Concat(reloads...))
	t.Logf("%d edits, %d kills, %d cuts, %d reloads, %d answers acknowledged", typed, kills, cuts, n, len(acks))
	if kills == 0 || cuts == 0 || n == 0 || typed < edits*3/4 || len(acks) < edits/50 {
		t.Errorf("%d edits, %d kills, %d cuts, %d reloads, %d answers acknowledged: not enough to prove anything", typed, kills, cuts, n, len(acks))
	}
}

// beside opens another tab of the same browser and the same person.
func (b *tab) beside(t testing.TB) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	next := &tab{t: t, ctx: ctx, site: b.site}
	next.begin()
	return next
}
