package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// media shows a page as on "screen" or as in "print".
func (b *tab) media(name string) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: name})
		return err
	}))
}

// TestCodebookOnPaper prints the codebook: all questions with their options and
// rules, none torn in two, and nothing that is of use on a screen only.
func TestCodebookOnPaper(t *testing.T) {
	b := visit(t, demoAt(t))
	b.login("codeur1", "demo demo demo")
	b.follow(`main a[href^="/s/"]`)
	study := eval[string](b, `location.pathname.split("/").slice(0, 3).join("/")`)
	for _, lang := range []string{"nl", "en"} {
		prefer(b, lang, "")
		b.open(study + "/codebook")
		b.shot("screen-" + lang)
		b.size(390, 844)
		b.shot("narrow-" + lang)
		if got := eval[int](b, `document.documentElement.scrollWidth`); got > 390 {
			t.Errorf("%s: the page is %d wide on a phone", lang, got)
		}
		b.size(1280, 900)
		if got := b.text(".variable .small.quiet"); regexp.MustCompile(`\b(single|multi|ordinal)\b`).MatchString(got) {
			t.Errorf("%s: the page says words of the program: %.200s", lang, got)
		}
		b.media("print")
		seen := eval[struct{ Questions, Torn, Chrome, Rules int }](b, `(() => {
			const list = [...document.querySelectorAll("article.variable")];
			const seen = (n) => n.getClientRects().length > 0;
			return { Questions: list.filter(seen).length, Torn: list.filter((n) => getComputedStyle(n).breakInside !== "avoid").length,
				Chrome: [...document.querySelectorAll(".head, .foot, .skip, form button")].filter(seen).length,
				Rules: list.filter((n) => n.querySelectorAll("p strong").length > 0).length };
		})()`)
		if seen.Questions != 97 || seen.Torn != 0 || seen.Chrome != 0 || seen.Rules < 90 {
			t.Errorf("%s: on paper are %+v, want 97 questions with their rules, none torn, and nothing of the screen", lang, seen)
		}
		pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF())
		if err != nil {
			t.Fatal(err)
		}
		if n := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1)); n < 15 || n > 90 {
			t.Errorf("%s: it takes %d pages", lang, n)
		}
		b.media("")
	}
}

// TestJourneyQueue goes from the list of a coder's work to the next case in one
// click, and finds the case there with its state, age and time.
func TestJourneyQueue(t *testing.T) {
	b := visit(t, demoAt(t))
	b.login("codeur2", "demo demo demo")
	b.follow(`main a[href^="/s/"]`)
	b.follow(`.nav a[href$="/work"]`)
	b.shot("queue")
	if got := b.text(".plan"); !regexp.MustCompile(`\d`).MatchString(got) {
		t.Errorf("how the work stands against the plan: %q", got)
	}
	rows := eval[[][]string](b, `[...document.querySelector("section.stack:has(progress + *), section.stack").parentElement.querySelectorAll("section:has(th a) tbody tr")].filter((r) => r.querySelector("progress")).map((r) => [...r.cells].map((c) => c.textContent.trim().replace(/\s+/g, " ")))`)
	if len(rows) == 0 {
		t.Fatal("the coder has no open case")
	}
	for _, r := range rows {
		if state, age := r[4], r[6]; state == "" || !regexp.MustCompile(`\d|vandaag|today`).MatchString(age) {
			t.Errorf("%s has the state %q and the age %q", r[0], state, age)
		}
	}
	next := b.text(".heading a.main")
	b.click(".heading a.main")
	d := sit(b)
	if !strings.Contains(next, d.page.Case.ID) {
		t.Errorf("%q leads to %s", next, d.page.Case.ID)
	}
	b.follow("a.back")
	if got := eval[string](b, fmt.Sprintf(`[...document.querySelectorAll("th a")].find((a) => a.textContent === %q)?.closest("tr").textContent ?? ""`, d.page.Case.ID)); got == "" {
		t.Errorf("the list does not show %s any more", d.page.Case.ID)
	}
}
