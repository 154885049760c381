package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
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

// An outbox is what web/static/js/lib/outbox.js and coding/saving.js do, for a
// page that types faster than any browser: entries are kept before they are
// sent, one a variable, and leave when the server has said that it has them.
type outbox struct {
	*caller
	path    string
	kept    map[string]*unsent // what the browser's store has; a reload leaves it
	known   map[string]int     // versions that the page knows
	typed   map[string]string  // the last that was typed, by variable
	unsure  map[string][]string
	acks    []acknowledged
	settled int // conflicts that the coder settled by keeping what was typed
}

type unsent struct {
	value   string
	version int
}

var errCut = errors.New("the line was cut")

// A line is a network that is cut at will: before the server hears of a
// request, or after it has done it.
type line struct {
	random *rand.Rand
	cut    float64 // the share of requests that it loses
}

func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	if l.random.Float64() < l.cut/2 {
		return nil, errCut
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && l.random.Float64() < l.cut/2 {
		res.Body.Close()
		return nil, errCut
	}
	return res, err
}

// edit types a value: it is kept at once.
func (o *outbox) edit(variable, value string) {
	o.typed[variable] = value
	if e := o.kept[variable]; e != nil {
		e.value = value
		return
	}
	o.kept[variable] = &unsent{value, o.known[variable]}
}

// flush sends what is kept until the server is not reached.
func (o *outbox) flush() bool {
	for _, variable := range slices.Sorted(maps.Keys(o.kept)) {
		for o.kept[variable] != nil {
			if !o.deliver(variable, o.kept[variable]) {
				return false
			}
		}
	}
	return true
}

func (o *outbox) deliver(variable string, e *unsent) bool {
	o.t.Helper()
	in := map[string]any{"value": e.value, "missing": nil, "note": "", "version": e.version}
	var done struct{ Version int }
	status, err := o.send("PUT", o.path+"/answers/"+variable, in, &done)
	switch {
	case err != nil:
		o.unsure[variable] = append(o.unsure[variable], e.value)
		return false
	case status == http.StatusOK:
		o.acks = append(o.acks, acknowledged{variable, e.value, done.Version})
		o.known[variable] = done.Version
		delete(o.kept, variable)
		delete(o.unsure, variable)
	case status == http.StatusConflict:
		// Another tab was first, or what stands there is what this page sent
		// before the line broke.
		current, err := o.current(variable)
		if err != nil {
			return false
		}
		if !slices.Contains(o.unsure[variable], current.text()) {
			o.settled++
		}
		e.version = current.Version
	default:
		o.t.Fatalf("%s = %q is answered %d", variable, e.value, status)
	}
	return true
}

func (o *outbox) current(variable string) (answerSeen, error) {
	var page struct{ State codingState }
	status, err := o.send("GET", o.path, nil, &page)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d", status)
	}
	return page.State.Answers[variable], err
}

// reload begins the page anew: only what was kept is left.
func (o *outbox) reload() {
	state, err := o.versions()
	if err != nil {
		return // the server is away; the page stays
	}
	o.unsure = map[string][]string{}
	o.known = state
}

func (o *outbox) versions() (map[string]int, error) {
	var page struct{ State codingState }
	status, err := o.send("GET", o.path, nil, &page)
	if err != nil || status != http.StatusOK {
		return nil, errors.Join(err, fmt.Errorf("status %d", status))
	}
	known := map[string]int{}
	for id, a := range page.State.Answers {
		known[id] = a.Version
	}
	return known, nil
}

// TestTenThousandEdits types 10,000 answers at random in two tabs while the
// program is killed, the line is cut before and after the server has heard,
// and tabs are reloaded. Nothing acknowledged and nothing kept is lost.
func TestTenThousandEdits(t *testing.T) {
	const edits = 10_000
	w := storetest.Open(t)
	assignment := w.Assign(t, "B-01", "anna")
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s := serveApart(t, w.Dir)
	random := rand.New(rand.NewPCG(10_000, 1))
	cutter := &line{random: random}
	var tabs []*outbox
	for range 2 {
		c := newCaller(t, func() string { return s.site }, "anna", storetest.Password)
		c.client.Transport = cutter
		tabs = append(tabs, &outbox{caller: c, path: fmt.Sprintf("/api/v1/assignments/%d", assignment.ID),
			kept: map[string]*unsent{}, known: map[string]int{}, typed: map[string]string{}, unsure: map[string][]string{}})
	}
	values := map[string]func(int) string{
		"remark":   func(n int) string { return fmt.Sprintf("edit %d é 🚲", n) },
		"minutes":  func(n int) string { return fmt.Sprint(n % 601) },
		"received": func(n int) string { return fmt.Sprintf("20%02d-0%d", n%30, 1+n%9) },
		"damage":   func(n int) string { return []string{"yes_clear", "yes_slight", "none"}[n%3] },
		"quality":  func(n int) string { return []string{"poor", "fair", "good"}[n%3] },
	}
	variables := slices.Sorted(maps.Keys(values))
	kills, reloads := 0, 0
	for n := range edits {
		tab := tabs[random.IntN(len(tabs))]
		v := variables[random.IntN(len(variables))]
		tab.edit(v, values[v](n))
		switch roll := random.IntN(1000); {
		case roll < 2:
			s.kill()
			kills++
		case roll < 8 && s.cmd == nil:
			s.start("dossierlens")
		case roll < 20:
			tab.reload()
			reloads++
		case roll < 40:
			cutter.cut = []float64{0, 0.3, 1}[random.IntN(3)]
		case roll < 280:
			tab.flush()
		}
	}
	cutter.cut = 0
	if s.cmd == nil {
		s.start("dossierlens")
	}
	for _, tab := range tabs {
		if !tab.flush() {
			t.Error("with the line whole again, a tab cannot save")
		}
	}
	s.kill()
	var acks []acknowledged
	conflicts := 0
	for _, tab := range tabs {
		acks = append(acks, tab.acks...)
		conflicts += tab.settled
	}
	proveStored(t, w.Dir, w.People["anna"], assignment.ID, acks)
	// What each tab typed last has been stored, by it or over its shoulder.
	for i, tab := range tabs {
		for v, value := range tab.typed {
			if !slices.ContainsFunc(tab.acks, func(a acknowledged) bool { return a.Variable == v && a.Value == value }) {
				t.Errorf("tab %d typed %s = %q last, and it was never acknowledged", i, v, value)
			}
		}
	}
	if kills == 0 || reloads == 0 || conflicts == 0 || len(acks) < edits/10 {
		t.Errorf("%d kills, %d reloads, %d conflicts, %d answers acknowledged: not enough to prove anything", kills, reloads, conflicts, len(acks))
	}
}

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
	var questions []question
	for _, sec := range d.page.Sections {
		for _, q := range sec.Variables {
			if q.ID == "damage" || q.ID == "received" || q.ID == "repaired" || q.ID == "remark" {
				questions = append(questions, q)
			}
		}
	}
	offline := func(cut bool) {
		t.Helper()
		b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			if _, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{}); err != nil {
				return err
			}
			_, err := cdp.Call(ctx, target, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
				MatchedNetworkConditions: []*network.Conditions{{Offline: cut, DownloadThroughput: -1, UploadThroughput: -1}}})
			return err
		}))
	}
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
			offline(true)
			whole = false
			cuts++
		case roll <= 8 && !whole:
			offline(false)
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
	offline(false)
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

func repeat(key string, n int) string { return strings.Repeat(key, n) }
