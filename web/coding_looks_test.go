package web

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A look is a state of the coding page worth looking at.
type look struct {
	name    string
	prepare func(*study)
	act     func(*tab, *study)
	pane    string // what a narrow screen shows
}

// ask opens a question by a click.
func (b *tab) ask(id string) {
	b.t.Helper()
	eval[bool](b, fmt.Sprintf(`(document.querySelector("#q-%s:not(.opened) .line")?.click(), true)`, id))
	b.at(id)
}

var looks = []look{
	{"empty", func(s *study) { delete(s.answers, "bg_regio") }, func(b *tab, s *study) {}, "questions"},
	{"text", fill, func(b *tab, s *study) {
		b.ask("vp_aanwezig")
		b.keys("g")
		b.wait(`CSS.highlights.has("shown")`)
	}, "text"},
	{"documents", fill, func(b *tab, s *study) {
		eval[bool](b, `(document.querySelector("details.passages").open = true)`)
		b.keys("/plan")
		b.wait(`document.querySelector(".search [role=status]").textContent !== ""`)
	}, "documents"},
	{"question", fill, func(b *tab, s *study) { b.ask("vp_aanwezig"); b.keys("i") }, "questions"},
	{"check", fill, func(b *tab, s *study) { b.ask("oo_hersteld_dagen") }, "questions"},
	{"searched", fill, func(b *tab, s *study) { b.ask("tg_instrument") }, "questions"},
	{"returned", func(s *study) {
		fill(s)
		s.status = "returned"
		s.remark("tg_kind", "Kijk ook in het verslag van dag 60.")
		s.remark("", "Graag de passages korter.")
	}, func(b *tab, s *study) { b.keys("c"); b.wait(`document.activeElement.matches(".comments li")`) }, "questions"},
	{"talk", fill, func(b *tab, s *study) {
		b.ask("vp_aanwezig")
		b.keys("t")
		b.keys("Telt een plan dat alleen genoemd wordt?")
	}, "questions"},
	{"not-saved", fill, func(b *tab, s *study) {
		s.cut(true)
		b.ask("vp_aanwezig")
		b.keys("2")
		b.wait(`document.querySelector("#saved").dataset.kind === "attention"`)
	}, "questions"},
	{"conflict", fill, func(b *tab, s *study) {
		s.mu.Lock()
		s.answers["bg_bron"] = row{"value": "gi", "missing": nil, "note": "", "version": 7, "at": "2026-11-23T13:05:00Z"}
		s.mu.Unlock()
		b.ask("bg_bron")
		b.keys("2")
		b.wait(`document.querySelector(".conflict") !== null`)
	}, "questions"},
	{"refused", fill, func(b *tab, s *study) {
		b.ask("tg_dagen")
		eval[bool](b, `(document.querySelector("#bottom [data-pane=questions]").click(), document.querySelector("#q-tg_dagen input").focus(), true)`)
		b.keys("999" + kb.Enter)
		b.wait(`document.querySelector("#q-tg_dagen .trouble").textContent !== ""`)
	}, "questions"},
	{"review", fill, func(b *tab, s *study) {
		b.keys(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))
		b.wait(`document.querySelector("#review") !== null`)
	}, "questions"},
	{"help", fill, func(b *tab, s *study) { b.keys("?"); b.wait(`document.querySelector("#help") !== null`) }, "questions"},
	{"codebook", fill, func(b *tab, s *study) { b.keys("b"); b.wait(`document.querySelector("#codebook") !== null`) }, "questions"},
	{"view", fill, func(b *tab, s *study) {
		eval[bool](b, `(document.querySelector("details.menu summary").click(), true)`)
	}, "text"},
	{"offer", fill, func(b *tab, s *study) {
		b.ask("tg_kind")
		eval[bool](b, `(document.querySelector("#bottom [data-pane=text]").click(), true)`)
		b.selectText("d31-p1", "overleg")
	}, "text"},
	{"on-site", func(s *study) { fill(s); s.passages, s.onSite = nil, true }, func(b *tab, s *study) { b.ask("tg_kind") }, "questions"},
	{"submitted", func(s *study) { fill(s); s.status = "submitted" }, func(b *tab, s *study) { b.ask("vp_aanwezig") }, "questions"},
}

// TestCodingLooks opens the page in every state worth looking at: axe-core finds
// nothing serious, nothing is wider than the screen, and no word of the program's
// inside is shown: by day on a wide screen and by night on a phone. With
// DOSSIERLENS_SHOTS=DIR it leaves pictures in both languages, by day and by
// night, wide and narrow.
func TestCodingLooks(t *testing.T) {
	axe, err := os.ReadFile("../cmd/dossierlens/testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	type setting struct {
		lang, theme   string
		width, height int64
	}
	settings := []setting{{"en", "light", 1280, 800}, {"nl", "dark", 390, 844}}
	if os.Getenv("DOSSIERLENS_SHOTS") != "" {
		settings = append(settings, setting{"nl", "light", 1280, 800}, setting{"en", "light", 390, 844}, setting{"en", "dark", 1280, 800},
			setting{"en", "dark", 390, 844}, setting{"nl", "dark", 1280, 800}, setting{"nl", "light", 390, 844})
	}
	for _, at := range settings {
		t.Run(fmt.Sprintf("%s-%d-%s", at.lang, at.width, at.theme), func(t *testing.T) {
			browser := chromium(t)
			for _, l := range looks {
				s := newStudy(pages(t))
				s.lang = at.lang
				l.prepare(s)
				b := newTab(t, browser, at.width, at.height)
				b.expect("Failed to load resource")
				b.scheme(at.theme)
				b.do(chromedp.Navigate(s.serve(t).URL + codingPath))
				b.wait(`document.documentElement.dataset.ready === "true"`)
				l.act(b, s)
				if at.width < 500 && l.pane != "" && eval[bool](b, `document.querySelector(".offer") === null`) {
					eval[bool](b, fmt.Sprintf(`(document.querySelector("#bottom [data-pane=%s]").click(), true)`, l.pane))
				}
				b.shot(fmt.Sprintf("coding-%s-%s-%d-%s", l.name, at.lang, at.width, at.theme))
				if got := eval[string](b, `(/^(false|true|null|undefined)$|\[object|NaN|\[[a-z_]+\.[a-z_]+\]/m.exec(document.body.innerText) ?? [""])[0]`); got != "" {
					t.Errorf("%s: the page shows %q", l.name, got)
				}
				if got := eval[int](b, `document.documentElement.scrollWidth`); got > int(at.width) {
					t.Errorf("%s: the page is %d wide", l.name, got)
				}
				if got := b.serious(string(axe)); got != "" {
					t.Errorf("%s: axe-core finds %s", l.name, got)
				}
				b.do(chromedp.Navigate("about:blank"))
			}
		})
	}
}

// serious is what axe-core finds of serious and critical faults; how far
// contrast goes is tested with the tokens.
func (b *tab) serious(axe string) string {
	b.t.Helper()
	eval[bool](b, `(() => {`+axe+`; return true; })()`)
	eval[bool](b, `(window.found = null, axe.run(document, { preload: false, resultTypes: ["violations"] }).then((r) => { window.found = r.violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + n.any.concat(n.all, n.none).map((c) => c.message).join("; ")).join(" | ")).join("\n"); }), true)`)
	b.wait(`window.found !== null`)
	return eval[string](b, `window.found`)
}

// fill gives a study a few answers, passages and a check that fails.
func fill(s *study) {
	at := "2026-11-23T13:40:00Z"
	for id, value := range map[string]string{"bg_bron": "keten", "bg_kinderen": "2", "bg_melding": "2025-03", "bg_leefgebieden": "inkomen|relatie", "tg_taxatie": "structureel", "tg_kind": "nee", "vp_aanwezig": "apart", "vp_gebruik": "deels", "oo_eerste_dagen": "90", "oo_hersteld_dagen": "60"} {
		s.answers[id] = row{"value": value, "missing": nil, "note": "", "version": 1, "at": at}
	}
	s.answers["tg_instrument"] = row{"value": nil, "missing": "NR", "note": "", "version": 1, "at": at}
	s.answers["tr_signaal"] = row{"value": nil, "missing": "UC", "note": "School en therapeut verschillen.", "version": 1, "at": at}
	add := func(variable, words string) {
		for _, d := range s.docs[1:4] {
			text := s.texts[d.ID]
			if i := strings.Index(text, words); i >= 0 {
				start := len([]rune(text[:i]))
				s.nextID++
				s.passages = append(s.passages, row{"id": s.nextID, "variable": variable, "category": "", "document": d.ID, "start": start, "end": start + len([]rune(words)), "quote": words, "document_type": "", "page": nil, "day": nil, "paraphrase": ""})
				return
			}
		}
	}
	add("vp_aanwezig", "Het veiligheidsplan ligt bij moeder en is op dag 30 en dag 60 nagelopen.")
	add("vp_gebruik", "De afspraken zijn op dag 14 met beide ouders doorgenomen. Het veiligheidsplan")
	add("tr_signaal", "signalen van trauma laat zien")
	add("tg_kind", "Het kind is niet apart gesproken.")
	add("pr_belegd", "afgesproken dat het wijkteam de regie voert")
}
