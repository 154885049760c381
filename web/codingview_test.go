package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestCodingView sets the size of the text, the length of its lines, the space
// between them, how close the questions stand and the theme, and finds all of
// it again on the next day.
func TestCodingView(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	url := s.serve(t).URL + codingPath
	b := newTab(t, browser, 1800, 900)
	b.scheme("light")
	b.do(chromedp.Navigate(url))
	b.wait(`document.documentElement.dataset.ready === "true"`)
	// How it looks, measured where it is seen.
	measures := func() (m struct{ Size, Line, Width, Question, Dark float64 }) {
		t.Helper()
		m = eval[struct{ Size, Line, Width, Question, Dark float64 }](b, `(() => {
			const section = document.querySelector("section.document");
			const style = getComputedStyle(section);
			const [red, green, blue] = (() => { const c = new OffscreenCanvas(1, 1).getContext("2d"); c.fillStyle = getComputedStyle(document.body).backgroundColor; c.fillRect(0, 0, 1, 1); return c.getImageData(0, 0, 1, 1).data; })();
			return { Size: parseFloat(style.fontSize), Line: parseFloat(style.lineHeight) / parseFloat(style.fontSize), Width: section.getBoundingClientRect().width / parseFloat(style.fontSize),
				Question: document.querySelector("#q-tg_kind .line").getBoundingClientRect().height, Dark: red + green + blue < 200 ? 1 : 0 };
		})()`)
		return m
	}
	before := measures()
	slide := func(name string, value string) {
		t.Helper()
		eval[bool](b, fmt.Sprintf(`(() => { const s = document.getElementById("view-%s"); s.value = %q; s.dispatchEvent(new Event("input")); return true; })()`, name, value))
	}
	press := func(words string) {
		t.Helper()
		eval[bool](b, fmt.Sprintf(`([...document.querySelectorAll("details.menu button")].find((b) => b.textContent === %q).click(), true)`, words))
	}
	eval[bool](b, `(document.querySelector("details.menu summary").click(), true)`)
	slide("size", "22")
	slide("measure", "50")
	slide("line", "1.9")
	press("Dicht")
	press("Donker")
	set := measures()
	if set.Size != 22 || set.Line < 1.89 || set.Line > 1.91 {
		t.Errorf("the text is %g px at a line of %g, want 22 and 1.9", set.Size, set.Line)
	}
	if set.Width > before.Width*0.85 {
		t.Errorf("the text is %g of its letters wide, want less than the %g of before", set.Width, before.Width)
	}
	if set.Question >= before.Question {
		t.Errorf("a question takes %g px, want less than the %g of before", set.Question, before.Question)
	}
	if before.Dark != 0 || set.Dark != 1 {
		t.Errorf("dark is %g before and %g after, want 0 and 1", before.Dark, set.Dark)
	}
	b.do(chromedp.Reload())
	b.wait(`document.documentElement.dataset.ready === "true"`)
	if got := measures(); got != set {
		t.Errorf("after a reload the page measures %+v, want %+v", got, set)
	}
	next := open(t, b.ctx, url, 1800, 900)
	if got := eval[float64](next, `parseFloat(getComputedStyle(document.querySelector("section.document")).fontSize)`); got != 22 {
		t.Errorf("in another tab the text is %g px, want 22", got)
	}
	press("Ruim")
	press("Als account")
	if got := measures(); got.Question != before.Question || got.Dark != 0 {
		t.Errorf("set back, the page measures %+v, want %g a question and no dark", got, before.Question)
	}
}

// TestCodingFlags goes from flag to flag, round and round, and says when there
// is none.
func TestCodingFlags(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	b.keys("F")
	b.wait(`document.querySelector("#said").textContent === "Niets gevlagd"`)
	for _, id := range []string{"tg_kind", "pr_actief"} {
		b.ask(id)
		b.keys("f")
	}
	b.ask("bg_bron")
	for _, id := range []string{"tg_kind", "pr_actief", "tg_kind"} {
		b.keys("F")
		b.at(id)
		b.wait(`document.activeElement.closest(".opened") !== null`)
	}
	b.keys("fF")
	b.at("pr_actief")
	b.keys("o")
	b.at("pr_dagen")
	b.saved()
}

// TestCodingCoreOnly codes the core alone: what is no core is not shown, not
// counted, not jumped to and not asked for when the case is handed in.
func TestCodingCoreOnly(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	s.coding["core_only"] = true
	core := 0
	for _, v := range s.variables {
		v["core"] = strings.HasPrefix(v["id"].(string), "vp_") && v["id"] != "vp_toelichting" || v["id"] == "bg_bron"
		if v["core"] == true {
			core++
		}
	}
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	if got, want := b.text(".question .number"), "1.2|3.1|3.2|3.3|3.4"; got != want {
		t.Errorf("the page asks %s, want %s", got, want)
	}
	if got, want := b.text(".section h2 .count"), "0/1|0/4"; got != want {
		t.Errorf("the sections say %s, want %s", got, want)
	}
	if got, want := b.text("#progress"), fmt.Sprintf("0 van %d", core); !strings.Contains(got, want) {
		t.Errorf("the page says %q, want %q in it", got, want)
	}
	b.at("bg_bron")
	b.keys("1j")
	b.at("vp_aanwezig")
	b.keys("4")
	b.wait(`document.querySelectorAll("#q-vp_gebruik.closed, #q-vp_actueel.closed").length === 2`) // without a plan
	b.keys("j")
	b.at("vp_ouders")
	b.keys("1")
	b.saved()
	b.keys(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))
	b.wait(`document.querySelector("#review") !== null`)
	if got := b.text("#review li .number"); got != "3.1" {
		t.Errorf("the list names %q, want 3.1 alone, which lacks a passage", got)
	}
	b.shot("coding-core-only")
}

// TestCodingRemap gives an act another key, which the help then shows, also on
// the next day; the act that had it gets the old one; and all can be set back.
func TestCodingRemap(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	key := func(words string) string {
		t.Helper()
		return eval[string](b, fmt.Sprintf(`[...document.querySelectorAll("#help dd")].find((d) => d.textContent === %q).previousElementSibling.textContent`, words))
	}
	b.at("bg_bron")
	b.keys("?")
	b.wait(`document.querySelector("#help") !== null`)
	eval[bool](b, `([...document.querySelectorAll("#help dd")].find((d) => d.textContent === "Volgende vraag").previousElementSibling.querySelector("button").click(), true)`)
	b.wait(`document.activeElement.closest("#help") !== null`)
	eval[bool](b, `([...document.querySelectorAll("#help dd")].find((d) => d.textContent === "Volgende vraag").previousElementSibling.querySelector("button").focus(), true)`)
	b.keys("m")
	b.wait(`document.querySelector("#help") !== null`)
	for words, want := range map[string]string{"Volgende vraag": "m", "Notitie": "j"} {
		if got := key(words); got != want {
			t.Errorf("%s has %q, want %q", words, got, want)
		}
	}
	b.keys(kb.Escape)
	b.wait(`document.querySelector("#help") === null`)
	b.do(chromedp.Reload())
	b.wait(`document.documentElement.dataset.ready === "true"`)
	b.at("bg_bron")
	b.keys("m")
	b.at("bg_kinderen")
	if got := b.text(".opened .more kbd"); got != "i|j|t|f|h" {
		t.Errorf("the question names the keys %s, want that of the note to be j", got)
	}
	b.keys(kb.Escape + "j")
	b.wait(`document.activeElement.matches("#q-bg_kinderen .note textarea")`)
	b.keys(kb.Escape + "?")
	b.wait(`document.querySelector("#help") !== null`)
	eval[bool](b, `([...document.querySelectorAll("#help > button")].at(-1).click(), true)`)
	if got := key("Volgende vraag"); got != "j" {
		t.Errorf("set back, the next question has %q, want j", got)
	}
}

// TestCodingColours requires that a passage has the colour of its section, in
// the text, in the margin and in the list, and sections that stand beside each
// other differ.
func TestCodingColours(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	fill(s)
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	hues := map[string]int{}
	for _, section := range s.coding["sections"].([]row) {
		for _, v := range section["variables"].([]row) {
			hues[v["id"].(string)] = section["hue"].(int)
		}
	}
	eval[bool](b, `(document.querySelector("details.passages").open = true)`)
	b.wait(`document.querySelectorAll(".passage-link").length > 0`)
	for _, p := range s.noted() {
		hue := hues[p["variable"].(string)]
		painted := fmt.Sprintf(`[...CSS.highlights.get("hue-%d") ?? []].some((r) => r.toString() === %q)`, hue, p["quote"])
		eval[bool](b, fmt.Sprintf(`(document.getElementById("d%d").scrollIntoView(), true)`, p["document"]))
		b.wait(painted)
		colours := eval[[]string](b, fmt.Sprintf(`["#q-%s", ".mark.hue-%d", ".passage-link.hue-%d"].map((s) => getComputedStyle(document.querySelector(s).closest(".hue-%d")).getPropertyValue("--section"))`, p["variable"], hue, hue, hue))
		for _, c := range colours {
			if c == "" || c != colours[0] {
				t.Errorf("%s has the colours %q, want one", p["variable"], colours)
			}
		}
	}
	paint := eval[[]string](b, `[...document.querySelectorAll("section.section")].map((s) => getComputedStyle(s).getPropertyValue("--section"))`)
	for i := 1; i < len(paint); i++ {
		if paint[i] == paint[i-1] {
			t.Errorf("two sections beside each other have the colour %s", paint[i])
		}
	}
}
