package web

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const codingPath = "/code/12"

// otherPath is a page without anything on it.
const otherPath = "/other"

// saved waits until the margin says that everything is saved.
func (b *tab) saved() {
	b.t.Helper()
	b.wait(`/^(Opgeslagen|Saved) /.test(document.querySelector("#saved").textContent)`)
}

// at waits until a question is open.
func (b *tab) at(id string) {
	b.t.Helper()
	b.wait(fmt.Sprintf(`document.querySelector("#q-%s.opened") !== null`, id))
}

// selectText selects what stands in a paragraph, as a mouse would.
func (b *tab) selectText(paragraph, words string) {
	b.t.Helper()
	eval[bool](b, fmt.Sprintf(`(() => { const n = document.getElementById(%q).firstChild; const at = n.data.indexOf(%q); getSelection().setBaseAndExtent(n, at, n, at + %q.length); return at >= 0; })()`, paragraph, words, words))
	b.wait(`document.querySelector(".offer") !== null`)
}

// stored is what the server has of a variable.
func (s *study) stored(id string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.answers[id]; a != nil {
		if a["missing"] != nil {
			return a["missing"]
		}
		return a["value"]
	}
	return nil
}

// noted is what the server has of passages.
func (s *study) noted() []row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.passages)
}

func (s *study) cut(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// TestCodingByKeys codes with the keyboard alone: options, a number, a date,
// missing codes, a note, routing, undo, submitting.
func TestCodingByKeys(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	server := s.serve(t)
	b := open(t, browser, server.URL+codingPath, 1280, 800)
	check := func(id string, want any) {
		t.Helper()
		if got := s.stored(id); got != want {
			t.Errorf("%s = %v, want %v", id, got, want)
		}
	}

	b.at("bg_bron")
	b.keys("2")
	b.saved()
	check("bg_bron", "lokaal")

	b.keys("j")
	b.at("bg_kinderen")
	b.keys("3" + kb.Enter)
	b.wait(`document.querySelector("#q-bg_kinderen .answer").textContent === "3 kinderen"`)
	b.keys("j")
	b.at("bg_melding")
	b.keys("3-2021" + kb.Enter)
	b.wait(`document.querySelector("#q-bg_melding .answer").textContent === "maart 2021"`)
	b.keys("j")
	b.keys("13")
	b.saved()
	check("bg_kinderen", "3")
	check("bg_melding", "2021-03")
	check("bg_leefgebieden", "inkomen|psychisch")
	b.keys("6")
	b.wait(`document.querySelector("#q-bg_leefgebieden .answer").textContent === "Geen van deze"`)
	b.keys("z")
	b.wait(`document.querySelector("#q-bg_leefgebieden .answer").textContent.startsWith("Inkomen")`)

	// Routing: a plan, its use, then no plan after all.
	eval[bool](b, `(document.querySelector("#q-vp_aanwezig .line").click(), true)`)
	b.keys("1j1k4")
	b.wait(`document.querySelector("#q-vp_gebruik.closed") !== null`)
	if got, want := b.text("#q-vp_gebruik .answer"), "n.v.t. door 3.1. Eerder antwoord bewaard: Ja."; got != want {
		t.Errorf("closed question says %q, want %q", got, want)
	}
	b.keys("j")
	b.at("vp_ouders")
	b.keys("kn")
	b.wait(`document.querySelector("#q-vp_gebruik .answer").textContent.includes("Niet in dossier")`)
	b.keys("1")
	b.wait(`document.querySelector("#q-vp_gebruik .answer").textContent === "Ja"`)

	// To a question by a word of it.
	b.keys("qscreening" + kb.Enter)
	b.at("tr_screening")
	b.keys("q3.1" + kb.Enter)
	b.at("vp_aanwezig")

	// A note, then back to the question; letters in the note are letters.
	b.keys("m")
	b.wait(`document.activeElement.matches(".note textarea")`)
	b.keys("jn nog nagaan" + kb.Escape)
	b.wait(`document.activeElement.classList.contains("body")`)
	b.saved()
	b.keys("?")
	b.wait(`document.querySelector("#help") !== null`)
	b.keys(kb.Escape)
	b.wait(`document.querySelector("#help") === null`)

	b.keys(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))
	b.wait(`document.querySelector("#review") !== null`)
	if got := b.text("#review h3"); !strings.Contains(got, "Nog 3 vragen open in Veiligheidsplan") {
		t.Errorf("the list says %q", got)
	}
	b.keys(kb.Enter)
	b.wait(`document.querySelector("#review") === null`)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status != "open" {
		t.Errorf("status = %s", s.status)
	}
}

// TestCodingPassages attaches text with emoji, combining marks and another
// script, by mouse and by caret, and goes from question to text and back.
func TestCodingPassages(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	server := s.serve(t)
	b := open(t, browser, server.URL+codingPath, 1280, 800)
	eval[bool](b, `(document.querySelector("#q-tg_kind .line").click(), true)`)

	// The server compares the quote with its own text, by code points.
	paragraph := func(words string) string {
		return eval[string](b, fmt.Sprintf(`[...document.querySelectorAll("p[data-start]")].filter((p) => p.textContent.includes(%q))[1].id`, words))
	}
	for i, words := range []string{"briefje stond 👩‍👧 met een hartje", "Cafe\u0301bezoek", "Arabisch spreekt (السلام عليكم)"} {
		b.selectText(paragraph(words), words)
		b.keys("e")
		b.wait(fmt.Sprintf(`document.querySelectorAll("#q-tg_kind .passage").length === %d`, i+1))
	}
	b.saved()
	if len(s.noted()) != 3 {
		t.Fatalf("the server has %d passages, want 3", len(s.noted()))
	}
	for _, p := range s.noted() {
		runes := []rune(s.texts[int64(p["document"].(float64))])
		if got := string(runes[int(p["start"].(float64)):int(p["end"].(float64))]); got != p["quote"] {
			t.Errorf("at the offsets stands %q, want %q", got, p["quote"])
		}
	}

	// A cut word is completed; a selection over two paragraphs keeps the gap.
	if got := eval[string](b, `(() => { const [p, q] = document.querySelectorAll("#d31 p[data-start]"); getSelection().setBaseAndExtent(p.firstChild, p.firstChild.length - 4, q.firstChild, 5); return getSelection().toString(); })()`); got == "" {
		t.Fatal("nothing was selected")
	}
	b.wait(`document.querySelector(".offer") !== null`)
	b.shot("coding-offer")
	b.keys("e")
	b.wait(`document.querySelectorAll("#q-tg_kind .passage").length === 4`)
	b.saved()
	quote := s.noted()[3]["quote"].(string)
	if !strings.Contains(quote, "\n\n") || strings.HasPrefix(quote, "stig") {
		t.Errorf("the quote is %q", quote)
	}

	// From a mark to its question, and back into the text.
	eval[bool](b, `(document.querySelector("#q-bg_bron .line").click(), document.querySelector(".mark").click(), true)`)
	b.at("tg_kind")
	b.keys("gg")
	b.wait(`CSS.highlights.has("shown")`)

	// By caret: into the text, a few words, attached, and out again.
	b.keys("]v")
	b.wait(`document.activeElement.id === "texts"`)
	before := b.text("#main p")
	b.keys(kb.ArrowRight+kb.ArrowRight+kb.ArrowRight, chromedp.KeyModifiers(chromedp.ModifierShift|chromedp.ModifierCtrl))
	b.keys("x")
	b.keys("e")
	b.wait(`document.querySelectorAll("#q-tg_kind .passage").length === 5`)
	b.keys(kb.Escape)
	b.wait(`document.activeElement.classList.contains("body")`)
	if b.text("#main p") != before {
		t.Error("the text was changed")
	}

	// Undo takes the passage away, redo brings it back.
	b.saved()
	b.keys("z")
	b.wait(`document.querySelectorAll("#q-tg_kind .passage").length === 4`)
	b.keys("Z")
	b.wait(`document.querySelectorAll("#q-tg_kind .passage").length === 5`)
	b.saved()
	if len(s.noted()) != 5 {
		t.Errorf("the server has %d passages, want 5", len(s.noted()))
	}
}

// TestCodingSearch finds words over the whole case, whatever their accents.
func TestCodingSearch(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	b.keys("/")
	b.wait(`document.activeElement.type === "search"`)
	b.keys("CAFÉBEZOEK")
	b.wait(`document.querySelector(".search [role=status]").textContent.includes("treffer")`)
	want := 0
	for _, text := range s.texts {
		want += strings.Count(text, "Cafe\u0301bezoek")
	}
	if got := b.text(".search [role=status]"); got != fmt.Sprintf("%d treffers", want) {
		t.Errorf("search says %q, want %d", got, want)
	}
	b.keys(kb.Enter)
	b.wait(`CSS.highlights.has("found-now")`)
	b.shot("coding-search")
	b.keys(kb.Escape + kb.Escape)
	b.wait(`document.activeElement.classList.contains("body")`)
}

// TestCodingOutbox cuts the line, reloads, and mends the line: nothing typed
// is lost, and the page says all the while how it stands.
func TestCodingOutbox(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	server := s.serve(t)
	b := open(t, browser, server.URL+codingPath, 1280, 800)
	b.expect("Failed to load resource")
	b.at("bg_bron")
	b.keys("1")
	b.saved()
	s.cut(true)
	b.keys("2j")
	b.keys("4" + kb.Enter)
	b.wait(`document.querySelector("#saved").textContent.startsWith("Niet opgeslagen: 2")`)
	b.shot("coding-offline")
	if got := s.stored("bg_bron"); got != "vt" {
		t.Errorf("the server has %v behind a cut line", got)
	}

	b.do(chromedp.Reload())
	b.wait(`document.documentElement.dataset.ready === "true" && document.querySelector("#q-bg_bron .answer").textContent === "Lokaal (wijk)team"`)
	b.wait(`document.querySelector("#saved").textContent.startsWith("Niet opgeslagen: 2")`)
	s.cut(false)
	eval[bool](b, `(document.querySelector("#saved").click(), true)`)
	b.saved()
	for id, want := range map[string]string{"bg_bron": "lokaal", "bg_kinderen": "4"} {
		if got := s.stored(id); got != want {
			t.Errorf("%s = %v, want %s", id, got, want)
		}
	}

	// Stored, but the word of it was lost: sending again is no conflict, nor
	// is a second thought that follows it.
	s.mu.Lock()
	s.loseAck = true
	s.mu.Unlock()
	b.keys("k3")
	b.wait(`document.querySelector("#saved").textContent.startsWith("Niet opgeslagen")`)
	b.keys("4")
	s.mu.Lock()
	s.loseAck = false
	s.mu.Unlock()
	eval[bool](b, `(document.querySelector("#saved").click(), true)`)
	b.saved()
	if got := s.stored("bg_bron"); got != "keten" {
		t.Errorf("bg_bron = %v, want keten", got)
	}
}

// TestCodingSecondThoughts: an answer is stored and the word of it is lost; what
// is typed over it is in conflict with nobody, also when the page was loaded
// anew in between, once or again.
func TestCodingSecondThoughts(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	server := s.serve(t)
	b := open(t, browser, server.URL+codingPath, 1280, 800)
	b.expect("Failed to load resource")
	lose := func(on bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.loseAck = on
	}
	reload := func(shown string) {
		b.do(chromedp.Reload())
		b.wait(fmt.Sprintf(`document.documentElement.dataset.ready === "true" && document.querySelector("#q-bg_bron .answer").textContent === %q`, shown))
	}
	b.at("bg_bron")
	lose(true)
	b.keys("1")
	b.wait(`document.querySelector("#saved").textContent.startsWith("Niet opgeslagen")`)
	s.cut(true)
	lose(false)
	b.keys("2")
	b.wait(`document.querySelector("#q-bg_bron .answer").textContent === "Lokaal (wijk)team"`)
	reload("Lokaal (wijk)team")
	b.at("bg_bron")
	b.keys("1")
	b.wait(`document.querySelector("#q-bg_bron .answer").textContent !== "Lokaal (wijk)team"`)
	b.keys("2")
	reload("Lokaal (wijk)team")
	if got := s.stored("bg_bron"); got != "vt" {
		t.Fatalf("the server has %v, want what it did not acknowledge", got)
	}
	s.cut(false)
	eval[bool](b, `(document.querySelector("#saved").click(), true)`)
	b.saved()
	if got := s.stored("bg_bron"); got != "lokaal" {
		t.Errorf("bg_bron = %v, want lokaal", got)
	}
	if got := eval[int](b, `document.querySelectorAll(".conflict, .sign[data-kind=wrong]").length`); got != 0 {
		t.Error("the coder is asked to choose between her own answers")
	}
}

// TestCodingConflict answers one question on two devices and lets the coder
// choose; and shows what the server refuses at the question.
func TestCodingConflict(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	server := s.serve(t)
	b := open(t, browser, server.URL+codingPath, 1280, 800)
	b.expect("Failed to load resource")
	b.at("bg_bron")
	elsewhere := func(value string, version int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answers["bg_bron"] = row{"value": value, "missing": nil, "note": "", "version": version, "at": "2026-11-23T13:05:00Z"}
	}
	elsewhere("gi", 1)
	b.keys("2")
	b.wait(`document.querySelector(".conflict") !== null`)
	b.shot("coding-conflict")
	if got := b.text(".side-of p"); got != "Lokaal (wijk)team|Gecertificeerde instelling" {
		t.Errorf("the page shows %q", got)
	}
	eval[bool](b, `(document.querySelectorAll(".side-of button")[1].click(), true)`)
	b.wait(`document.querySelector(".conflict") === null && document.querySelector("#q-bg_bron .answer").textContent === "Gecertificeerde instelling"`)

	elsewhere("vt", 2)
	b.keys("4")
	b.wait(`document.querySelector(".conflict") !== null`)
	eval[bool](b, `(document.querySelector(".side-of button").click(), true)`)
	b.saved()
	if got := s.stored("bg_bron"); got != "keten" {
		t.Errorf("bg_bron = %v, want keten", got)
	}

	eval[bool](b, `(document.querySelector("#q-tg_dagen .line").click(), true)`)
	b.keys("999" + kb.Enter)
	b.wait(`document.querySelector("#q-tg_dagen .trouble").textContent.includes("Zo lang duurt geen dossier")`)
	b.keys(kb.Backspace + kb.Backspace + kb.Enter)
	b.saved()
	if got := s.stored("tg_dagen"); got != "9" {
		t.Errorf("tg_dagen = %v, want 9", got)
	}
}

// TestCodingTwoTabs requires that one tab learns what the other saved.
func TestCodingTwoTabs(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	server := s.serve(t)
	a := open(t, browser, server.URL+codingPath, 1280, 800)
	b := open(t, browser, server.URL+codingPath, 1280, 800)
	a.keys("1")
	a.saved()
	b.wait(`document.querySelector("#q-bg_bron .answer").textContent === "Veilig Thuis"`)
	b.keys("2")
	b.saved()
	a.wait(`document.querySelector("#q-bg_bron .answer").textContent === "Lokaal (wijk)team"`)
	if got := s.stored("bg_bron"); got != "lokaal" {
		t.Errorf("bg_bron = %v, want lokaal", got)
	}
}

// TestCodingTabCloses closes a tab that has a conflict to settle: the other tab
// of the coder shows it.
func TestCodingTabCloses(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	server := s.serve(t)
	a := open(t, browser, server.URL+codingPath, 1280, 800)
	a.expect("Failed to load resource")
	b := open(t, browser, server.URL+codingPath, 1280, 800)
	b.expect("Failed to load resource")
	s.mu.Lock()
	s.answers["bg_bron"] = row{"value": "gi", "missing": nil, "note": "", "version": 1, "at": "2026-11-23T13:05:00Z"}
	s.mu.Unlock()
	a.at("bg_bron")
	a.keys("2")
	a.wait(`document.querySelector(".conflict") !== null`)
	a.do(chromedp.Navigate("about:blank"))
	b.ask("bg_bron")
	b.wait(`document.querySelector(".conflict") !== null`)
	if got := b.text(".side-of p"); got != "Lokaal (wijk)team|Gecertificeerde instelling" {
		t.Errorf("the other tab shows %q", got)
	}
	b.keys(",")
	b.saved()
	for s.stored("bg_bron") != "lokaal" && b.ctx.Err() == nil {
		runtime.Gosched()
	}
}

// TestCodingOnSite codes without stored text: where an answer rests is noted.
func TestCodingOnSite(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	s.onSite = true
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	eval[bool](b, `(document.querySelector("#q-tg_kind .line").click(), true)`)
	b.keys("e")
	b.wait(`document.activeElement.matches("form.onsite textarea")`)
	eval[bool](b, `(document.querySelector("form.onsite select").value = "mdo", true)`)
	b.keys("Kind is apart gesproken door de gezinswerker.")
	b.shot("coding-onsite")
	eval[bool](b, `(document.querySelector("form.onsite button").click(), true)`)
	b.wait(`document.querySelectorAll("#q-tg_kind .passage").length === 1`)
	b.saved()
	b.keys(kb.Escape + "z")
	b.wait(`document.querySelectorAll("#q-tg_kind .passage").length === 0`)
	b.keys("Z")
	b.wait(`document.querySelectorAll("#q-tg_kind .passage").length === 1 && document.querySelectorAll(".register li").length === 1`)
	b.saved()
	b.shot("coding-onsite-noted")
	if got := s.noted()[0]["paraphrase"]; got != "Kind is apart gesproken door de gezinswerker." {
		t.Errorf("paraphrase = %q", got)
	}

	// What is refused comes back, to be mended.
	b.expect("422")
	eval[bool](b, `(document.querySelector("form.onsite select").value = "mdo", document.querySelector("form.onsite .site-page input").value = "7", document.querySelector("form.onsite textarea").focus(), true)`)
	b.keys("Klant belde op 06-12345678")
	eval[bool](b, `(document.querySelector("form.onsite button").click(), true)`)
	b.wait(`document.querySelector(".opened .trouble").textContent.includes("telefoonnummer")`)
	if got := eval[string](b, `[...document.querySelectorAll("form.onsite select, form.onsite input, form.onsite textarea")].map((x) => x.value).join("|")`); got != "mdo|7||Klant belde op 06-12345678" {
		t.Errorf("after a refusal the form has %q", got)
	}

	// At most 280 characters, an emoji is one; what is too long is told and kept.
	long := strings.Repeat("🚲", 280)
	paste := func(words string) {
		eval[bool](b, fmt.Sprintf(`((w) => { w.value = %q; w.dispatchEvent(new Event("input", {bubbles: true})); document.querySelector("form.onsite button").click(); return true; })(document.querySelector("form.onsite textarea"))`, words))
	}
	paste(long + "x")
	if got := b.text("form.onsite .wrong"); !strings.HasPrefix(got, "281") {
		t.Errorf("of 281 characters the page says %q", got)
	}
	if got := eval[int](b, `document.querySelectorAll("#q-tg_kind .passage").length`); got != 1 {
		t.Errorf("281 characters were attached: %d passages", got)
	}
	if !eval[bool](b, `document.querySelector("form.onsite textarea").validationMessage.includes("1") && document.querySelector("form.onsite textarea").value.endsWith("x")`) {
		t.Error("the page does not say by how much it is too long, or loses the words")
	}
	b.shot("coding-onsite-long")
	paste(long)
	b.wait(`document.querySelectorAll("#q-tg_kind .passage").length === 2`)
	b.saved()
	if got := s.noted()[1]["paraphrase"]; got != long {
		t.Errorf("paraphrase = %q", got)
	}
}

// TestCodingReadOnly shows a submitted case: everything can be read, nothing
// changed.
func TestCodingReadOnly(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	fill(s)
	s.status = "submitted"
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	eval[bool](b, `(document.querySelector("#q-vp_aanwezig .line").click(), true)`)
	b.keys("4nz")
	b.shot("coding-submitted")
	if got := b.text("#q-vp_aanwezig .answer"); got != "Apart document" {
		t.Errorf("the answer became %q", got)
	}
	if got := b.text("#saved"); got != "Ingediend" {
		t.Errorf("the page says %q", got)
	}
	if got := eval[int](b, `document.querySelectorAll(".body input:enabled, .body .acts").length`); got != 0 {
		t.Errorf("%d things can be changed", got)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.saves != 0 {
		t.Errorf("%d answers were saved", s.saves)
	}
}

func TestCodingMarkup(t *testing.T) {
	for _, lang := range []string{"nl", "en"} {
		s := newStudy(pages(t))
		s.lang = lang
		fill(s)
		for _, fault := range faults(string(s.page(t))) {
			t.Errorf("%s: %s", lang, fault)
		}
	}
	hostile := CodingDocument{ID: 1, Paragraphs: Paragraphs(`</p><script>"&'` + "\n\t\n" + `<b>`)}
	if got, want := string(hostile.Text()), `data-gap="`+"\n\t\n"+`">&lt;/p&gt;&lt;script&gt;&#34;&amp;&#39;</p>`; !strings.Contains(got, want) {
		t.Errorf("text = %s, want %s in it", got, want)
	}
}

// TestCodingRemembers requires that a coder who comes back stands where she
// left: in the text, at the question, with the columns and flags she set.
func TestCodingRemembers(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	eval[bool](b, `(document.querySelector("#q-pr_actief .line").click(), true)`)
	b.keys("f]]")
	b.wait(`document.querySelector(".document-link[aria-current]").textContent.includes("Overdracht")`)
	eval[bool](b, `(document.getElementById("grip-documents").focus(), true)`)
	b.keys(kb.ArrowRight + kb.ArrowRight)
	width := eval[string](b, `document.getElementById("grip-documents").getAttribute("aria-valuenow")`)
	b.wait(`JSON.parse(localStorage.getItem("coding-12")).document === 33`)

	b.do(chromedp.Reload())
	b.wait(`document.documentElement.dataset.ready === "true" && document.querySelector("#q-pr_actief.opened") !== null`)
	b.wait(`document.querySelector(".document-link[aria-current]").textContent.includes("Overdracht")`)
	if got := eval[string](b, `document.getElementById("grip-documents").getAttribute("aria-valuenow")`); got != width {
		t.Errorf("the column is %s wide, want %s", got, width)
	}
	if got := eval[int](b, `document.querySelectorAll("#q-pr_actief .sign[data-kind=attention]").length`); got != 1 {
		t.Error("the flag is gone")
	}
	eval[bool](b, `(document.querySelector("details.menu summary").click(), true)`)
	b.shot("coding-view")
}
