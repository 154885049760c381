package web

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestCodingLooks opens the page in the states worth looking at; with
// DOSSIERLENS_SHOTS=DIR it leaves pictures of them.
func TestCodingLooks(t *testing.T) {
	browser := chromium(t)
	for _, size := range []struct{ width, height int64 }{{1280, 800}, {390, 844}} {
		for _, theme := range []string{"light", "dark"} {
			s := newStudy(pages(t))
			if theme == "dark" {
				s.lang = "en"
			}
			fill(s)
			b := open(t, browser, s.serve(t).URL+codingPath, size.width, size.height)
			b.scheme(theme)
			name := fmt.Sprintf("coding-%d-%s", size.width, theme)
			eval[bool](b, `(document.querySelector("#q-vp_aanwezig .line").click(), true)`)
			b.keys("g")
			b.shot(name + "-text")
			if size.width < 500 {
				for _, pane := range []string{"documents", "questions"} {
					eval[bool](b, fmt.Sprintf(`(document.querySelector("#bottom [data-pane=%s]").click(), true)`, pane))
					b.shot(name + "-" + pane)
				}
			}
			if got := eval[string](b, `(/^(false|true|null|undefined)$|\[object|NaN|\[[a-z_]+\.[a-z_]+\]/m.exec(document.body.innerText) ?? [""])[0]`); got != "" {
				t.Errorf("%s: the page shows %q", name, got)
			}
			if got := eval[int](b, `document.documentElement.scrollWidth`); got > int(size.width) {
				t.Errorf("%s: the page is %d wide", name, got)
			}
			eval[bool](b, `(document.querySelector("#q-oo_hersteld_dagen .line").click(), true)`)
			b.shot(name + "-check")
			b.keys("?")
			b.shot(name + "-help")
			b.keys(kb.Escape)
			b.keys(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))
			b.shot(name + "-review")
		}
	}
	if dir := os.Getenv("DOSSIERLENS_SHOTS"); dir != "" {
		t.Log("pictures are in", dir)
	}
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
