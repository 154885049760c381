package web

import (
	"fmt"
	"strings"
	"testing"
)

// thick makes a case of 60 documents, some 2 MB of text and 1,000 passages.
func thick(s *study) {
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

// BenchmarkCodingUsable measures in Chromium, from the end of the response,
// how long until the page of a thick case is seen (painted-ms) and answers to
// keys (usable-ms), until all its documents are laid out (whole-ms), how long a search over them takes
// (search-ms), and the slowest of twenty frames while scrolling through them
// (frame-p95-ms).
func BenchmarkCodingUsable(b *testing.B) {
	browser := chromium(b)
	s := newStudy(pages(b))
	thick(s)
	server := s.serve(b)
	var painted, usable, whole, search, frame float64
	n := 0
	for b.Loop() {
		t := open(b, browser, server.URL+codingPath, 1280, 800)
		usable += eval[float64](t, `performance.getEntriesByName("usable")[0].startTime - performance.getEntriesByType("navigation")[0].responseEnd`)
		painted += eval[float64](t, `performance.getEntriesByName("first-contentful-paint")[0].startTime - performance.getEntriesByType("navigation")[0].responseEnd`)
		t.wait(`performance.getEntriesByName("whole").length > 0`)
		whole += eval[float64](t, `performance.getEntriesByName("whole")[0].startTime - performance.getEntriesByType("navigation")[0].responseEnd`)
		search += t.searched()
		frame += t.scrolled()
		n++
	}
	b.ReportMetric(usable/float64(n), "usable-ms")
	b.ReportMetric(painted/float64(n), "painted-ms")
	b.ReportMetric(whole/float64(n), "whole-ms")
	b.ReportMetric(search/float64(n), "search-ms")
	b.ReportMetric(frame/float64(n), "frame-p95-ms")
}

// searched types a word and returns the milliseconds until its hits are
// counted, with the wait for a pause in typing.
func (b *tab) searched() float64 {
	b.t.Helper()
	eval[bool](b, `(() => { const f = document.querySelector("input[type=search]"); f.value = "regisseur"; window.typed = performance.now(); f.dispatchEvent(new Event("input")); return true; })()`)
	b.wait(`document.querySelector(".search [role=status]").textContent !== "" && (window.typed > 0 ? window.typed -= performance.now() : true)`)
	return -eval[float64](b, `window.typed`)
}

// scrolled scrolls through the text and returns the 95th percentile of the
// time between frames, in milliseconds.
func (b *tab) scrolled() float64 {
	b.t.Helper()
	b.wait(`(window.frames95 ??= (() => {
		const times = []; let last = performance.now(); const main = document.getElementById("main");
		const step = (now) => { times.push(now - last); last = now; main.scrollBy(0, 240); if (times.length < 60) requestAnimationFrame(step); else window.frames95 = times.sort((x, y) => x - y)[57]; };
		requestAnimationFrame(step); return -1; })()) > 0`)
	return eval[float64](b, `window.frames95`)
}
