package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// TestThousandsOfEdits edits in the coding page itself, in two tabs and on a
// second device of one coder, while the program is killed, the network is cut
// and tabs are reloaded in the middle of it. Whatever was acknowledged is
// stored, what each page typed last more than a second before it was replaced
// is shown by the next one and reaches the server, and in the end all pages show
// the same. With DOSSIERLENS_EDITS=10000 it makes so many.
func TestThousandsOfEdits(t *testing.T) {
	edits := 500
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
	heard := &record{done: make([]int, len(tabs)), given: make([][]edit, len(tabs))}
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
		"received": func(n int) string { return time.Date(1990, 1, 1+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) },
		"quality":  func(n int) string { return []string{"poor", "fair", "good"}[n%3] },
	}
	variables := slices.Sorted(maps.Keys(values))
	random := rand.New(rand.NewPCG(10_000, 2))
	batch := func(from, n int) []edit {
		list := make([]edit, n)
		for i := range list {
			v := variables[random.IntN(len(variables))]
			list[i] = edit{from + i, v, "value", values[v](from + i), 0}
			if random.IntN(3) == 0 {
				list[i].Part, list[i].Value = "note", strings.TrimSpace(fmt.Sprintf("note %d %s", from+i, strings.Repeat("ו", i%3)))
			}
			if random.IntN(4) == 0 {
				list[i].Pause = random.IntN(12)
			}
		}
		return list
	}
	kills, cuts := 0, 0
	reloads := 0
	whole := []bool{true, true, true}
	for n := 0; n < edits; {
		i := random.IntN(len(tabs))
		b := tabs[i]
		list := batch(n, min(5+random.IntN(60), edits-n))
		n += len(list)
		heard.given[i] = append(heard.given[i], list...)
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
			b.reload() // in the middle of typing
			reloads++
			proveShown(b, i, variables, heard)
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
	sights := make([]sight, len(tabs))
	for i, b := range tabs {
		b.reload()
		sights[i] = look(b, variables)
		for _, v := range variables {
			got, first := sights[i].Answers[v], sights[0].Answers[v]
			if got.text() != first.text() || got.Note != first.Note {
				t.Errorf("tab %d has %s = %q with note %q, the first %q with %q", i, v, got.text(), got.Note, first.text(), first.Note)
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
	// What each tab typed last and settled stands on the server, or stood there,
	// or what the same tab typed after it.
	for i := range tabs {
		for field, last := range heard.last(i, "settled") {
			if len(sights[0].versions(field, heard.since(i, last)...)) == 0 {
				t.Errorf("tab %d typed %s = %q last, and it never reached the server", i, field, last.Value)
			}
		}
	}
	t.Logf("%d edits, %d kills, %d cuts, %d reloads, %d answers acknowledged", typed, kills, cuts, reloads, len(acks))
	if kills == 0 || cuts == 0 || reloads == 0 || typed < edits*3/4 || len(acks) < edits/50 {
		t.Errorf("%d edits, %d kills, %d cuts, %d reloads, %d answers acknowledged: not enough to prove anything", typed, kills, cuts, reloads, len(acks))
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
