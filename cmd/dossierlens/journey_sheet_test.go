package main

import (
	"context"
	"regexp"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// onePage finds the pages of a PDF, and sheetOfPaper the size of each in
// points.
var (
	onePage      = regexp.MustCompile(`/Type\s*/Page[^s]`)
	sheetOfPaper = regexp.MustCompile(`/MediaBox \[0 0 59[456][.\d]* 84[123][.\d]*\]`) // A4 upright
)

// A conversation sheet goes to a team on paper: with every indicator of the
// built-in codebook it takes one page of A4, in both languages.
func TestConversationSheetIsOnePageOfPaper(t *testing.T) {
	b := visit(t, demoAt(t))
	b.login("monitor", "demo demo demo")
	study := eval[string](b, `document.querySelector('main a[href^="/s/"]').getAttribute("href")`)
	b.open(study + "/indicators")
	indicators := eval[int](b, `document.querySelectorAll("main tbody tr").length`)
	indicator := eval[string](b, `document.querySelector("main tbody th a").getAttribute("href")`)
	b.open(indicator)
	sheets := eval[[]string](b, `[...new Set([...document.querySelectorAll('a[href*="/sheets/"]')].map((a) => a.getAttribute("href")))]`)
	if len(sheets) == 0 {
		t.Fatal("the page of an indicator leads to no sheet")
	}
	for _, lang := range []string{"nl", "en"} {
		prefer(b, lang, "light")
		for _, at := range sheets {
			b.open(at)
			if rows := eval[int](b, `document.querySelectorAll("table.headlines tbody tr").length`); rows == 0 || rows != indicators {
				t.Errorf("%s has %d of %d indicators", at, rows, indicators)
			}
			paper := printed(b)
			if n := len(onePage.FindAll(paper, -1)); n != 1 {
				t.Errorf("%s in %s takes %d pages", at, lang, n)
			}
			if !sheetOfPaper.Match(paper) {
				t.Errorf("%s in %s is not on A4", at, lang)
			}
		}
	}
}

// printed is the page as the browser prints it.
func printed(b *tab) []byte {
	b.t.Helper()
	var pdf []byte
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		out, err := cdp.Call(ctx, target, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true), PrintBackground: new(true)})
		pdf = out.Data
		return err
	}))
	return pdf
}
