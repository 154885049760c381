package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// left is where the server was told that the coder is.
func (s *study) left() row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.place
}

// TestCodingTextsLater opens a case of which only the first text comes with the
// page, over a line that is cut: coding goes on, what is not there says so, and
// what was asked for is shown when it comes.
func TestCodingTextsLater(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	fill(s)
	s.later, s.down = true, true
	b := newTab(t, browser, 1280, 800)
	b.expect("Failed to load resource")
	b.do(chromedp.Navigate(s.serve(t).URL + codingPath))
	b.wait(`document.documentElement.dataset.ready === "true" && document.querySelector("#d34 .later").textContent.startsWith("De tekst is niet opgehaald")`)
	b.shot("coding-texts-cut")
	b.keys("/")
	b.keys("veiligheidsplan")
	b.wait(`document.querySelector(".search [role=status]").textContent.includes("tot nu toe")`)
	b.keys(kb.Escape + kb.Escape)
	// A passage in a text that is not there.
	eval[bool](b, `(document.querySelector("#q-vp_gebruik .line").click(), true)`)
	b.keys("g")
	s.cut(false)
	b.wait(`(() => { const [r] = CSS.highlights.get("shown") ?? []; return r?.toString().startsWith("De afspraken zijn op dag 14"); })()`)
	b.wait(`performance.getEntriesByName("whole").length > 0 && document.querySelectorAll(".later").length === 0`)
	if got, want := eval[int](b, `document.querySelectorAll(".mark").length`), len(s.noted()); got != want {
		t.Errorf("there are %d marks, want %d", got, want)
	}
	for _, d := range s.docs {
		want := ""
		for _, p := range d.Paragraphs {
			want += p.Text
		}
		if got := eval[string](b, fmt.Sprintf(`[...document.querySelectorAll("#d%d p[data-start]")].map((p) => p.firstChild.data).join("")`, d.ID)); got != want {
			t.Errorf("document %d has another text", d.ID)
		}
	}
	b.keys("/")
	b.keys("veiligheidsplan")
	want := 0
	for _, text := range s.texts {
		want += strings.Count(strings.ToLower(text), "veiligheidsplan")
	}
	b.wait(fmt.Sprintf(`document.querySelector(".search [role=status]").textContent === "%d treffers"`, want))
	// Enter at once, before a pause in typing, goes to a hit of what stands there.
	b.keys(kb.Escape + "regisseur" + kb.Enter)
	b.wait(`(() => { const [r] = CSS.highlights.get("found-now") ?? []; return r?.toString() === "regisseur"; })()`)
}

// TestCodingGoesOnElsewhere leaves a case on one computer and goes on with it on
// another: in the text and at the question where it was left.
func TestCodingGoesOnElsewhere(t *testing.T) {
	s := newStudy(pages(t))
	s.later = true
	server := s.serve(t)
	here := open(t, chromium(t), server.URL+codingPath, 1280, 800)
	here.wait(`performance.getEntriesByName("whole").length > 0`)
	eval[bool](here, `(document.querySelector("#q-pr_actief .line").click(), true)`)
	here.keys("p4:3" + kb.Enter)
	here.wait(`JSON.parse(localStorage.getItem("coding-12")).document === 34`)
	here.do(chromedp.Navigate("about:blank"))
	there := newTab(t, chromium(t), 1280, 800)
	for s.left() == nil && there.ctx.Err() == nil {
		there.do(chromedp.Navigate("about:blank"))
	}
	there.do(chromedp.Navigate(server.URL + codingPath))
	there.at("pr_actief")
	there.wait(`document.querySelector(".document-link[aria-current]")?.textContent.includes("MDO")`)
	// The text where she left came with the page, and stands in view.
	if got := s.left()["document"]; got != 34.0 {
		t.Errorf("the server was told of document %v, want 34", got)
	}
	there.wait(`(() => { const box = document.querySelector("#d34 p[data-start]").getBoundingClientRect(); return box.bottom > 0 && box.top < innerHeight; })()`)
}
