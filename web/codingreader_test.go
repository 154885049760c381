package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestCodingTimeline shows the documents in the order of the days, in one pane,
// on a line on which the days stand as far apart as they were, each type with
// its word and its colour; a dot leads to its document.
func TestCodingTimeline(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	s.docs[5].Title = "Verslag MDO" // a second of one type
	documents := s.coding["documents"].([]row)
	documents[5]["type"], documents[5]["type_label"] = "mdo", "Verslag MDO"
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	const want = "Melding dag 0|Triage dag 5|Overdrachtsdocument dag 21|Verslag MDO dag 60|Monitorgesprek dag 98|Verslag MDO dag 180"
	if got := b.text("#texts h2"); got != want {
		t.Errorf("the pane shows %s", got)
	}
	if got := b.text(".documents .document-link"); got != "0Melding|5Triage|21Overdrachtsdocument|60Verslag MDO|98Monitorgesprek|180Verslag MDO" {
		t.Errorf("the list shows %s", got)
	}
	dots := eval[[]struct {
		X           float64
		Hue, ListIs string
	}](b, `[...document.querySelectorAll(".timeline circle")].map((c) => ({ X: Number(c.getAttribute("cx")), Hue: getComputedStyle(c).getPropertyValue("--section"), ListIs: getComputedStyle(document.querySelector('.document-link[data-document="' + c.dataset.document + '"] .type')).getPropertyValue("--section") }))`)
	if len(dots) != 6 {
		t.Fatalf("there are %d dots, want 6", len(dots))
	}
	for i, day := range []float64{0, 5, 21, 60, 98, 180} {
		if at := (dots[i].X - dots[0].X) / (dots[5].X - dots[0].X); at < day/180-0.001 || at > day/180+0.001 {
			t.Errorf("day %g stands at %g of the line", day, at)
		}
		if dots[i].Hue == "" || dots[i].Hue != dots[i].ListIs {
			t.Errorf("document %d is %q on the line and %q in the list", i+1, dots[i].Hue, dots[i].ListIs)
		}
	}
	if dots[3].Hue != dots[5].Hue || dots[3].Hue == dots[4].Hue {
		t.Error("a type has more colours, or two types have one")
	}
	eval[bool](b, `(document.querySelectorAll(".timeline circle")[3].dispatchEvent(new MouseEvent("click", { bubbles: true })), true)`)
	b.wait(`document.querySelector(".document-link[aria-current]").textContent.includes("Verslag MDO") && Math.abs(document.getElementById("d34").getBoundingClientRect().top - document.getElementById("main").getBoundingClientRect().top) < 60`)
}

// TestCodingHits says how often a word stands in each document, and goes from
// hit to hit, on and back.
func TestCodingHits(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	b.keys("/regisseur")
	b.wait(`document.querySelector(".search [role=status]").textContent.includes("treffer")`)
	total := 0
	for _, d := range s.docs {
		n := strings.Count(strings.ToLower(s.texts[d.ID]), "regisseur")
		total += n
		want := ""
		if n > 0 {
			want = fmt.Sprint(n)
		}
		if got := b.text(fmt.Sprintf(`[data-hits="%d"]`, d.ID)); got != want {
			t.Errorf("document %d has %q hits, want %q", d.ID, got, want)
		}
	}
	shows := func(n int) {
		t.Helper()
		b.wait(fmt.Sprintf(`document.querySelector(".search [role=status]").textContent.includes("%d van %d") && [...CSS.highlights.get("found-now")][0].toString().toLowerCase() === "regisseur"`, n, total))
	}
	b.keys(kb.Enter)
	shows(1)
	b.keys(kb.Enter)
	shows(2)
	b.do(shifted(kb.Enter))
	shows(1)
	b.do(shifted(kb.Enter))
	shows(total)
	eval[bool](b, `(document.querySelector('.search button[aria-label="Volgende treffer"]').click(), true)`)
	shows(1)
}
