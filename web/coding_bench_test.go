package web

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// thick makes a case of 60 documents, some 2 MB of text and 1,000 passages, to
// be coded with 97 questions.
func thick(s *study) {
	sections := s.coding["sections"].([]row)
	for i := len(s.variables); i < 97; i++ {
		own := &sections[i%len(sections)]
		v := variable(fmt.Sprintf("more_%d", i), fmt.Sprintf("9.%d", i), fmt.Sprintf("Vraag %d over het verloop", i), "Blijkt uit het dossier dat dit is gebeurd?", row{"options": yesNo, "evidence": "required"})
		(*own)["variables"] = append((*own)["variables"].([]row), v)
		s.variables = append(s.variables, v)
	}
	s.later = true
	first := s.docs[0]
	documents := []row{}
	s.docs = nil
	for i := range 60 {
		var b strings.Builder
		for k := 0; b.Len() < 33<<10; k++ {
			b.WriteString(caseText(i + k))
		}
		d, day := first, i*6
		d.ID, d.Day = int64(1000+i), &day
		s.texts[d.ID] = b.String()
		d.Paragraphs = Paragraphs(b.String())
		s.docs = append(s.docs, d)
		documents = append(documents, row{"id": d.ID, "number": i + 1, "type": "mdo", "type_label": "Verslag", "title": fmt.Sprint("Verslag ", i+1), "day": day, "chars": b.Len(), "pages": []int{0}})
	}
	s.coding["documents"] = documents
	for i := range 1000 {
		d := s.docs[i%60]
		p := d.Paragraphs[(i*7)%len(d.Paragraphs)]
		runes := []rune(p.Text)
		from, to := len(runes)/5, len(runes)/2
		v := s.variables[i%len(s.variables)]["id"]
		s.passages = append(s.passages, row{"id": 5000 + i, "variable": v, "category": "", "document": d.ID, "start": p.Start + from, "end": p.Start + to, "quote": string(runes[from:to]), "document_type": "", "page": nil, "day": nil, "paraphrase": ""})
	}
}

// BenchmarkCodingRender measures what the server spends on a thick case.
func BenchmarkCodingRender(b *testing.B) {
	s := newStudy(pages(b))
	thick(s)
	b.ReportAllocs()
	for b.Loop() {
		b.SetBytes(int64(len(s.page(b))))
	}
}

// BenchmarkCodingUsable opens a thick case in Chromium and reads its trace.
//
// From the end of the response until the questions are painted and take keys:
// usable-ms by the clock; usable-cpu-ms is the main thread's work in it, which
// does not count what other programs take. The scripts are in the browser's
// cache, as after the first case of the day; cold-ms is that first case.
// whole-ms is until all texts are laid out; search-ms from the last letter
// until the hits of a word that stands everywhere are counted, with the pause
// in typing that is waited for, and search-cpu-ms the work in it. Then the text
// is scrolled as by a wheel, 3,000 pixels a second: frames/s, and the 95th
// percentile of the time between two frames.
func BenchmarkCodingUsable(b *testing.B) {
	browser := chromium(b)
	s := newStudy(pages(b))
	thick(s)
	server := s.serve(b)
	t := newTab(b, browser, 1280, 800)
	cold := visit(t, server.URL, "cold")["usable-ms"]
	sums := map[string]float64{}
	n := 0.0
	for b.Loop() {
		for name, x := range visit(t, server.URL, fmt.Sprintf("warm-%.0f", n)) {
			sums[name] += x
		}
		n++
	}
	for name, sum := range sums {
		b.ReportMetric(sum/n, name)
	}
	b.ReportMetric(cold, "cold-ms")
}

// visit opens a thick case from another page in the same tab, as a coder does,
// searches and scrolls, and measures. A tab of its own for each visit would
// have Chromium draw its own window meanwhile.
func visit(t *tab, server, name string) map[string]float64 {
	t.do(chromedp.Navigate(server + otherPath))
	m := map[string]float64{}
	since := func(mark string) float64 {
		return eval[float64](t, fmt.Sprintf(`performance.getEntriesByName(%q)[0].startTime - performance.getEntriesByType("navigation")[0].responseEnd`, mark))
	}
	opening := t.traced(name+"-open", func() {
		t.do(chromedp.Navigate(server + codingPath))
		t.wait(`performance.getEntriesByName("usable").length > 0`)
	})
	m["usable-ms"] = since("usable")
	m["usable-cpu-ms"] = opening.busyUntil("usable", m["usable-ms"])
	t.wait(`performance.getEntriesByName("whole").length > 0`)
	m["whole-ms"] = since("whole")

	searching := t.traced(name+"-search", func() {
		eval[bool](t, `(() => { const f = document.querySelector("input[type=search]"); f.value = "regisseur"; performance.mark("typed"); f.dispatchEvent(new Event("input")); return true; })()`)
		t.wait(`document.querySelector(".search [role=status]").textContent !== "" && performance.getEntriesByName("found").length === 1`)
	})
	m["search-ms"] = eval[float64](t, `performance.getEntriesByName("found")[0].startTime - performance.getEntriesByName("typed")[0].startTime`)
	m["search-cpu-ms"] = searching.busyUntil("found", m["search-ms"])

	const pixels, speed = 12_000, 3_000
	scrolling := t.traced(name+"-scroll", func() {
		t.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, input.SynthesizeScrollGesture, input.SynthesizeScrollGestureParams{X: 500, Y: 400, YDistance: -pixels, Speed: speed, GestureSourceType: input.GestureSourceTypeMouse})
			return err
		}))
	})
	m["frames/s"], m["frame-p95-ms"] = scrolling.frames()
	return m
}
