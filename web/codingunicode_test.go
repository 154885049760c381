package web

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestCodingSelectsEveryScript selects at random over texts that are hard to
// count in, as a mouse would, also across paragraphs: what the page makes of
// it must be what Go finds at its code points.
func TestCodingSelectsEveryScript(t *testing.T) {
	b, err := os.ReadFile("testdata/sources.json")
	if err != nil {
		t.Fatal(err)
	}
	var sources []string
	if err := json.Unmarshal(b, &sources); err != nil {
		t.Fatal(err)
	}
	s := newStudy(pages(t))
	s.docs, s.passages = nil, nil
	var documents []row
	for i, source := range sources {
		text := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\ufeff", "").Replace(source)
		id := int64(50 + i)
		s.texts[id] = text
		s.docs = append(s.docs, CodingDocument{ID: id, Title: fmt.Sprint(i), Paragraphs: Paragraphs(text)})
		documents = append(documents, row{"id": id, "number": i + 1, "type": "mdo", "type_label": "Verslag", "title": fmt.Sprint(i), "day": i, "chars": len([]rune(text)), "pages": []int{0}})
	}
	s.coding["documents"] = documents
	tab := open(t, chromium(t), s.serve(t).URL+codingPath, 1280, 800)
	type passage struct {
		Document   int64
		Start, End int
		Quote      string
	}
	eval[string](tab, `(() => {
		window.made = null;
		import(new URL("../coding/reader.js", document.querySelector('script[src$="/pages/coding.js"]').src)).then(({ selected }) => {
			let seed = 7;
			const next = (n) => (seed = (seed * 48271) % 2147483647) % n;
			const all = [...document.querySelectorAll("p[data-start]")];
			const out = [];
			for (let i = 0; i < 1500; i++) {
				const p = all[next(all.length)];
				const near = [...p.closest("section").querySelectorAll("p[data-start]")];
				const q = near[next(near.length)];
				const [from, to] = [p.firstChild, q.firstChild];
				getSelection().setBaseAndExtent(from, next(from.length + 1), to, next(to.length + 1));
				const made = selected();
				if (made) out.push(made);
			}
			getSelection().removeAllRanges();
			window.made = JSON.stringify(out);
		});
		return "";
	})()`)
	tab.wait(`window.made !== null`)
	got := eval[string](tab, `window.made`)
	var made []passage
	if err := json.Unmarshal([]byte(got), &made); err != nil {
		t.Fatal(err)
	}
	if len(made) < 1000 {
		t.Errorf("only %d selections were made", len(made))
	}
	for _, p := range made {
		runes := []rune(s.texts[p.Document])
		if p.Start < 0 || p.End > len(runes) || p.Start >= p.End || string(runes[p.Start:p.End]) != p.Quote {
			t.Errorf("document %d, %d-%d: the page says %q", p.Document, p.Start, p.End, p.Quote)
		}
	}
}
