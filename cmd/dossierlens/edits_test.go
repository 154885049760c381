package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// A keystroke that was made less than a second before the page went may be
// lost; nothing older.
const grace = time.Second

// TestEditsInChromium types at random into the coding page itself while the
// program is killed, the network is cut and the tab is reloaded.
func TestEditsInChromium(t *testing.T) {
	const edits = 120
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
	questions := slices.DeleteFunc(d.questions(), func(q question) bool {
		return !slices.Contains([]string{"damage", "received", "repaired", "remark"}, q.ID)
	})
	type typing struct {
		value, before string
		at            time.Time
	}
	typed := map[string]typing{}
	shown := func(id string) string { return b.text("#q-" + id + " .line .answer") }
	random := rand.New(rand.NewPCG(120, 1))
	kills, reloads, cuts := 0, 0, 0
	up, whole := true, true
	for n := range edits {
		q := questions[random.IntN(len(questions))]
		// The last questions are asked as long as there is some damage.
		d.toBody()
		d.keys("q" + q.Number + kb.Enter)
		d.at(q)
		before := typed[q.ID].value
		switch q.Type {
		case "single":
			key := 1 + random.IntN(2)
			if shown(q.ID) != "" {
				d.keys(kb.Backspace) // a second press of the same key would let it go
			}
			d.keys(fmt.Sprint(key))
			d.wait(fmt.Sprintf(`document.querySelector("#q-%s .answer").textContent !== ""`, q.ID))
		case "date":
			d.wait(`document.activeElement.matches(".opened input")`)
			d.keys(fmt.Sprintf("%s20%02d%s", repeat(kb.Backspace, 12), 10+n%15, kb.Enter))
			d.wait(fmt.Sprintf(`document.querySelector("#q-%s .answer").textContent === "20%02d"`, q.ID, 10+n%15))
		default:
			d.keys(kb.Enter)
			d.wait(`document.activeElement.matches(".opened textarea")`)
			d.keys(fmt.Sprintf("%s %d", kb.End, n) + kb.Escape)
		}
		if q.Type == "text" {
			typed[q.ID] = typing{eval[string](b, `document.querySelector(".opened .typed textarea").value.trim()`), before, time.Now()}
		} else {
			typed[q.ID] = typing{shown(q.ID), before, time.Now()}
		}
		switch roll := random.IntN(20); {
		case roll == 0 && up:
			s.kill()
			up = false
			kills++
		case roll <= 4 && !up:
			s.start("dossierlens")
			up = true
		case roll == 5 && whole:
			b.offline(true)
			whole = false
			cuts++
		case roll <= 8 && !whole:
			b.offline(false)
			whole = true
		case roll >= 18 && up && whole:
			b.reload()
			gone := time.Now()
			reloads++
			for id, last := range typed {
				got := shown(id)
				if got != last.value && (gone.Sub(last.at) > grace || got != last.before) {
					t.Errorf("after a reload %s is %q, want %q, typed %s before", id, got, last.value, gone.Sub(last.at))
				}
				last.value = got
				typed[id] = last
			}
		}
		// Two versions of one answer are the coder's to settle: hers is the newer.
		eval[bool](b, `(document.querySelector(".opened .conflict button")?.click(), true)`)
	}
	if !up {
		s.start("dossierlens")
	}
	b.offline(false)
	eval[bool](b, `(document.querySelector("#saved").click(), true)`)
	for _, q := range questions {
		d.toBody()
		d.keys("q" + q.Number + kb.Enter)
		d.at(q)
		eval[bool](b, `(document.querySelector(".opened .conflict button")?.click(), true)`)
	}
	d.saved()
	want := map[string]string{}
	for id := range typed {
		want[id] = shown(id)
		if want[id] != typed[id].value {
			t.Errorf("%s is %q at last, want %q", id, want[id], typed[id].value)
		}
	}
	b.reload()
	for id := range typed {
		if got := shown(id); got != want[id] {
			t.Errorf("the server has %s = %q, want %q", id, got, want[id])
		}
	}
	if kills == 0 || reloads == 0 || cuts == 0 {
		t.Errorf("%d kills, %d reloads, %d cuts: not enough to prove anything", kills, reloads, cuts)
	}
}

// offline cuts the network of a tab, or mends it.
func (b *tab) offline(cut bool) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{Offline: cut, DownloadThroughput: -1, UploadThroughput: -1}}})
		return err
	}))
}

func repeat(key string, n int) string { return strings.Repeat(key, n) }
