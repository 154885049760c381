package web

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// spot is where on the screen a letter of a paragraph stands.
func (b *tab) spot(paragraph string, at int) [2]float64 {
	b.t.Helper()
	return eval[[2]float64](b, fmt.Sprintf(`(() => { const n = document.getElementById(%q).firstChild; n.parentElement.scrollIntoView({ block: "center" }); const r = document.createRange(); r.setStart(n, %d); r.setEnd(n, %d); const box = r.getBoundingClientRect(); return [box.left + 1, box.top + box.height / 2]; })()`, paragraph, at, at+1))
}

// TestCodingMouse drags over text: what is attached is whole words. Two
// passages may lie over each other, and where they do a click asks which.
func TestCodingMouse(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	text := eval[string](b, `document.getElementById("d31-p1").textContent`)
	drag := func(from, to int) {
		t.Helper()
		end := b.spot("d31-p1", to)
		begin := b.spot("d31-p1", from)
		b.do(chromedp.DragAndDropXY(begin[0], begin[1], end[0], end[1]))
		b.wait(`document.querySelector(".offer") !== null`)
	}
	// From the middle of the first word to the middle of the fifth.
	words := strings.Fields(text)
	five := strings.Join(words[:5], " ")
	b.ask("tg_kind")
	drag(1, len(five)-1)
	b.keys("e")
	b.wait(`document.querySelectorAll("#q-tg_kind .passage").length === 1`)
	b.ask("tr_signaal")
	drag(len(words[0])+3, len(strings.Join(words[:7], " "))-1)
	b.keys("e")
	b.wait(`document.querySelectorAll("#q-tr_signaal .passage").length === 1`)
	b.saved()
	list := s.noted()
	if len(list) != 2 {
		t.Fatalf("the server has %d passages, want 2", len(list))
	}
	for i, want := range []string{strings.TrimRight(five, ".,;"), strings.TrimRight(strings.Join(words[1:7], " "), ".,;")} {
		if got := strings.TrimRight(list[i]["quote"].(string), ".,;"); got != want {
			t.Errorf("passage %d is %q, want the whole words %q", i, got, want)
		}
	}
	if list[1]["start"].(float64) >= list[0]["end"].(float64) {
		t.Error("the passages do not lie over each other")
	}
	b.ask("bg_bron")
	both := b.spot("d31-p1", len(strings.Join(words[:3], " "))-1)
	b.do(chromedp.MouseClickXY(both[0], both[1]))
	b.wait(`document.querySelectorAll(".offer button").length === 2 && document.activeElement.matches(".offer button")`)
	if got := b.text(".offer button"); got != "2.3 Stem van het kind|5.1 Signalen van trauma" {
		t.Errorf("the click offers %q", got)
	}
	b.keys(kb.Tab + kb.Enter)
	b.at("tr_signaal")
	// Where one lies alone, the click leads to it at once.
	alone := b.spot("d31-p1", 1)
	b.do(chromedp.MouseClickXY(alone[0], alone[1]))
	b.at("tg_kind")
}

// TestCodingPassageList goes from the list of all passages to one of them and
// back to the question, takes one away by key and by button, and undoes it,
// over a reload too.
func TestCodingPassageList(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	fill(s)
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	b.ask("bg_bron")
	b.keys("l")
	b.wait(`document.activeElement.matches(".passage-link")`)
	if got, want := eval[int](b, `document.querySelectorAll(".passage-link").length`), len(s.noted()); got != want {
		t.Errorf("the list has %d passages, want %d", got, want)
	}
	b.keys(kb.Tab + kb.Enter)
	b.wait(`CSS.highlights.has("shown") && document.querySelector(".opened .passage") !== null`)
	id := eval[string](b, `document.querySelector(".opened").dataset.variable`)
	quote := eval[string](b, `[...CSS.highlights.get("shown")][0].toString()`)
	if !slices.ContainsFunc(s.noted(), func(p row) bool { return p["variable"] == id && p["quote"] == quote }) {
		t.Errorf("the list leads to %s and %q", id, quote)
	}
	b.wait(`document.activeElement.classList.contains("body")`)

	b.ask("vp_aanwezig")
	b.keys("x")
	b.wait(`document.querySelectorAll("#q-vp_aanwezig .passage").length === 0 && document.querySelector("#said").textContent === "De passage is verwijderd."`)
	b.saved()
	if got := len(s.noted()); got != 4 {
		t.Errorf("the server has %d passages, want 4", got)
	}
	b.do(chromedp.Reload())
	b.wait(`document.documentElement.dataset.ready === "true"`)
	b.keys("z")
	b.wait(`document.querySelectorAll("#q-vp_aanwezig .passage").length === 1`)
	b.saved()
	eval[bool](b, `(document.querySelector("#q-vp_aanwezig .passage .acts button:last-child").click(), true)`)
	b.wait(`document.querySelectorAll("#q-vp_aanwezig .passage").length === 0`)
	b.keys("z")
	b.wait(`document.querySelectorAll("#q-vp_aanwezig .passage").length === 1`)
	b.saved()
	if got := len(s.noted()); got != 5 {
		t.Errorf("the server has %d passages, want 5", got)
	}
}

// TestCodingUndoAcrossReloads takes back answers that were given before the
// page was loaded anew, and gives them again; and shows what they were.
func TestCodingUndoAcrossReloads(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	again := func() {
		t.Helper()
		b.saved()
		b.do(chromedp.Reload())
		b.wait(`document.documentElement.dataset.ready === "true"`)
	}
	shows := func(want string) {
		t.Helper()
		b.wait(fmt.Sprintf(`document.querySelector("#q-bg_bron .answer").textContent === %q`, want))
	}
	b.at("bg_bron")
	for key, code := range []string{"vt", "lokaal", "gi"} {
		b.keys(fmt.Sprint(key + 1))
		for s.stored("bg_bron") != code && b.ctx.Err() == nil {
			runtime.Gosched()
		}
	}
	again()
	b.keys("z")
	shows("Lokaal (wijk)team")
	again()
	b.keys("z")
	shows("Veilig Thuis")
	again()
	b.keys("Z")
	shows("Lokaal (wijk)team")
	b.saved()
	if got := s.stored("bg_bron"); got != "lokaal" {
		t.Errorf("the server has %v, want lokaal", got)
	}
	b.keys("h")
	b.wait(`document.querySelectorAll(".past li").length === 6`)
	for i, want := range []string{"Veilig Thuis", "Lokaal (wijk)team", "Gecertificeerde instelling", "Lokaal (wijk)team", "Veilig Thuis", "Lokaal (wijk)team"} {
		if got := eval[string](b, fmt.Sprintf(`document.querySelectorAll(".past li")[%d].textContent`, i)); !strings.HasSuffix(got, want) {
			t.Errorf("version %d is %q, want %s", i+1, got, want)
		}
	}
	b.keys("h")
	b.wait(`document.querySelectorAll(".past li").length === 0`)
}

// TestCodingChecks shows a check at both questions that it is about, with the
// way from the one to the other, until it holds.
func TestCodingChecks(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	fill(s)
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	for _, id := range []string{"oo_eerste_dagen", "oo_hersteld_dagen"} {
		b.wait(fmt.Sprintf(`document.querySelector("#q-%s .sign[data-kind=wrong]") !== null`, id))
		b.ask(id)
		b.wait(fmt.Sprintf(`document.querySelector("#q-%s .findings li").textContent.includes("Het herstel ligt vóór de nieuwe onveiligheid.")`, id))
	}
	eval[bool](b, `(document.querySelector(".opened .findings button").click(), true)`)
	b.at("oo_eerste_dagen")
	b.wait(`document.activeElement.matches("#q-oo_eerste_dagen input")`)
	b.keys(kb.Backspace + kb.Backspace + "30" + kb.Enter)
	b.wait(`document.querySelectorAll(".findings li, .sign[data-kind=wrong]").length === 0`)
}

// TestCodingKeepsFocus requires that whatever had the focus has it after a
// save, or what stands in its place, and not the page as a whole.
func TestCodingKeepsFocus(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	fill(s)
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	for _, act := range []struct{ id, focus, then string }{
		{"vp_gebruik", `.opened .option input`, " "},
		{"vp_gebruik", `.opened .line`, "3"},
		{"vp_gebruik", `.opened .code`, " "},
		{"vp_gebruik", `.opened .body`, "2"},
		{"bg_leefgebieden", `.opened .option:nth-of-type(2) input`, " "},
		{"tg_dagen", `.opened .typed input`, "12" + kb.Enter},
		{"vp_toelichting", `.opened .typed textarea`, "valt op"},
		{"vp_aanwezig", `.opened .note textarea`, "nog eens"},
		{"vp_aanwezig", `.opened .passage .acts button:last-child`, kb.Enter},
		{"vp_gebruik", `.opened select.bound`, kb.ArrowDown},
	} {
		b.ask(act.id)
		saves := func() int { s.mu.Lock(); defer s.mu.Unlock(); return s.saves + len(s.gone) }
		before := saves()
		eval[bool](b, fmt.Sprintf(`(() => { const n = document.querySelector(%q); n.closest("[hidden]")?.removeAttribute("hidden"); n.focus(); return true; })()`, act.focus))
		b.wait(fmt.Sprintf(`document.activeElement.matches(%q)`, act.focus))
		b.keys(act.then)
		for saves() == before && b.ctx.Err() == nil {
			b.do(chromedp.Func(func(context.Context, *chromedp.Target) error { return nil }))
		}
		b.saved()
		b.wait(`document.querySelectorAll(".question.waiting").length === 0`)
		if got := eval[string](b, `document.activeElement.closest(".opened") ? "" : document.activeElement.outerHTML.slice(0, 80)`); got != "" {
			t.Errorf("after %q at %s of %s the focus is at %s", act.then, act.focus, act.id, got)
		}
	}
}

// TestCodingNoTrap goes through the page by the tab key, forward and back, in
// caret mode too, and comes out again.
func TestCodingNoTrap(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	fill(s)
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	round := func(name string, shift ...chromedp.KeyOption) {
		t.Helper()
		eval[bool](b, `(window.was = [], true)`)
		for range 400 {
			b.keys(kb.Tab, shift...)
			// Out of the page, to what the browser has round it.
			if eval[bool](b, `(() => { const n = document.activeElement; if (n === document.body || n === window.was[0]) return true; if (window.was.at(-1) === n) throw new Error("stuck at " + n.outerHTML.slice(0, 80)); window.was.push(n); return false; })()`) {
				if n := eval[int](b, `window.was.length`); n < 20 {
					t.Errorf("%s: only %d places have the focus", name, n)
				}
				return
			}
		}
		t.Errorf("%s: the tab key does not come round", name)
	}
	round("forward")
	round("back", chromedp.KeyModifiers(chromedp.ModifierShift))
	b.ask("vp_aanwezig")
	b.keys("v")
	b.wait(`document.activeElement.id === "texts"`)
	round("from the caret")
	for _, panel := range []string{"?", "b"} {
		b.keys(kb.Escape + kb.Escape)
		b.ask("vp_aanwezig")
		b.keys(panel)
		b.wait(`document.activeElement.closest(".panel") !== null`)
		round("from panel " + panel)
	}
}

// TestCodingEveryKey presses every key that the help lists, and finds that it
// does something; of the acts none is without.
func TestCodingEveryKey(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	fill(s)
	s.remark("vp_aanwezig", "Kijk ook op dag 60.")
	s.status = "returned"
	server := s.serve(t)
	done := map[string]string{
		"next": `document.querySelector("#q-vp_gebruik.opened")`, "previous": `document.querySelector("#q-tg_dagen.opened")`,
		"open": `document.querySelector(".opened") && !document.querySelector("#q-vp_aanwezig.opened")`, "question": `document.activeElement.matches(".finder input")`,
		"missing_1": `document.querySelector("#q-vp_aanwezig .answer").textContent === "Niet in dossier"`, "missing_2": `document.querySelector("#q-vp_aanwezig .answer").textContent === "Deel ontbreekt"`,
		"missing_3": `document.querySelector("#q-vp_aanwezig .answer").textContent === "Onduidelijk"`, "clear": `document.querySelector("#q-vp_aanwezig .answer").textContent === ""`,
		"attach": `document.querySelector("#said").textContent !== ""`, "passage": `CSS.highlights.has("shown")`, "searched": `document.querySelectorAll("#q-vp_aanwezig .searched input:checked").length === 2`, "bounds": `CSS.highlights.has("selected")`,
		"remove": `!document.querySelector("#q-vp_aanwezig .passage")`, "passages": `document.activeElement.matches(".passage-link")`,
		"note": `document.activeElement.matches(".note textarea")`, "talk": `document.activeElement.matches(".say.new textarea")`, "next_comment": `document.activeElement.matches(".comments li")`,
		"resolve": `document.querySelector(".waiting-bar").hidden`, "keep_mine": `document.querySelector("#said").textContent !== ""`, "take_theirs": `document.querySelector("#said").textContent !== ""`,
		"history": `document.querySelector(".past").childElementCount > 0`, "flag": `document.querySelector("#q-vp_aanwezig .sign[data-kind=attention]")`, "next_flag": `document.querySelector("#said").textContent !== ""`,
		"instruction": `!document.querySelector(".help").hidden`, "codebook": `document.querySelector("#codebook")`, "undo": `document.querySelector("#said").textContent !== ""`, "redo": `document.querySelector("#said").textContent !== ""`,
		"document_previous": `document.querySelector("#main").scrollTop === 0`, "document_next": `document.querySelector("#main").scrollTop > 0`, "search": `document.activeElement.type === "search"`, "place": `document.activeElement.matches(".place input")`,
		"beside": `document.querySelector("#said").textContent !== ""`, "caret": `document.activeElement.id === "texts"`, "view": `document.querySelector("details.menu").open && document.activeElement.id === "view-size"`, "help": `document.querySelector("#help")`,
	}
	b := open(t, browser, server.URL+codingPath, 1280, 800)
	b.ask("vp_aanwezig")
	b.keys("?")
	b.wait(`document.querySelector("#help") !== null`)
	b.shot("coding-help-all")
	listed := eval[[]string](b, `[...document.querySelectorAll("#help dt")].map((d) => d.textContent)`)
	eval[bool](b, `(import(new URL("../lib/keys.js", document.querySelector('script[src$="/pages/coding.js"]').src)).then((m) => (window.keys = m.defaults)), true)`)
	b.wait(`window.keys`)
	keys := eval[map[string]string](b, `window.keys`)
	if len(keys) != len(done) {
		t.Errorf("there are %d acts, and the test knows %d", len(keys), len(done))
	}
	seen := map[string]string{}
	for act, key := range keys {
		if other := seen[key]; other != "" {
			t.Errorf("%s and %s have the same key %s", act, other, key)
		}
		seen[key] = act
		if shown := map[string]string{"Backspace": "⌫"}[key]; !slices.Contains(listed, key) && !slices.Contains(listed, shown) {
			t.Errorf("help does not list %s of %s", key, act)
		}
	}
	for act, key := range keys {
		// A person who has done nothing yet, at an address of her own.
		s := newStudy(pages(t))
		fill(s)
		s.remark("vp_aanwezig", "Kijk ook op dag 60.")
		s.status = "returned"
		if act == "searched" {
			s.answers["vp_aanwezig"] = row{"value": nil, "missing": "NR", "note": "", "version": 1, "at": "2026-11-23T13:40:00Z"}
		}
		b.do(chromedp.Navigate(s.serve(t).URL + codingPath))
		b.wait(`document.documentElement.dataset.ready === "true"`)
		b.ask("vp_aanwezig")
		if key == "Backspace" {
			key = kb.Backspace
		}
		b.keys(key)
		b.wait("(" + done[act] + ") && true")
	}
}

// TestCodingConflictByKeys settles a conflict by keys, either way.
func TestCodingConflictByKeys(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	b.expect("Failed to load resource")
	b.at("bg_bron")
	for version, keys := range []string{".", ","} {
		s.mu.Lock()
		s.answers["bg_bron"] = row{"value": "gi", "missing": nil, "note": "", "version": 10 * (version + 1), "at": "2026-11-23T13:05:00Z"}
		s.mu.Unlock()
		b.keys("2")
		b.wait(`document.querySelector(".conflict") !== null`)
		b.keys(keys)
		b.wait(`document.querySelector(".conflict") === null`)
		if keys == "." {
			b.wait(`document.querySelector("#q-bg_bron .answer").textContent === "Gecertificeerde instelling"`)
		}
	}
	b.saved()
	if got := s.stored("bg_bron"); got != "lokaal" {
		t.Errorf("the server has %v, want what was typed here", got)
	}
}

// TestCodingNames requires that who does not see the page is told what the
// texts, passages, questions and states are.
func TestCodingNames(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	fill(s)
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	b.ask("vp_aanwezig")
	b.keys("f")
	b.saved()
	b.keys("g")
	b.wait(`CSS.highlights.has("shown")`)
	tree, err := chromedp.Run(b.ctx, func(ctx context.Context, target *chromedp.Target) (accessibility.GetFullAXTreeResult, error) {
		return cdp.Call(ctx, target, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range tree.Nodes {
		if n.Role == nil || n.Name == nil {
			continue
		}
		names = append(names, strings.Trim(string(n.Role.Value), `"`)+": "+strings.Trim(string(n.Name.Value), `"`))
	}
	for _, want := range []string{
		"main: Tekst", "region: Vragen", "region: Overdrachtsdocument dag 21", "heading: Veiligheidsplan 2 van 5 beantwoord",
		"button: Passage bij 3.1 Veiligheidsplan aanwezig: Het veiligheidsplan ligt", "button: 2.3 Stem van het kind Nee 1 passage", "button: 3.1 Veiligheidsplan aanwezig Aangevinkt om op terug te komen 1 passage",
		"button: 6.2 Dag van eerste nieuwe onveiligheid 90 dagen 1 controle", "button: Naar de passage: Het veiligheidsplan ligt bij moeder", "StaticText: Opgeslagen ", "separator: ", "radiogroup: Veiligheidsplan aanwezig", "group: 3.1 Is er een veiligheidsplan?",
	} {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, want) }) {
			t.Errorf("nothing is called %q", want)
		}
	}
}
