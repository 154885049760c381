package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// pressWords goes to the link or button that begins with the words.
func (b *tab) pressWords(words string) {
	b.t.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll("a[href], button")].find((e) => e.textContent.trim().replace(/\s+/g, " ").startsWith(%q))`, words)
	if !eval[bool](b, `!!`+find) {
		b.t.Fatalf("%s has nothing to press that says %q", b.path(), words)
	}
	b.press(func() { eval[bool](b, `(`+find+`.click(), true)`) })
}

// TestReadmeWalk follows the ten minutes of the README by the words that it
// uses: what it tells a newcomer to choose is there and leads on. That a case
// is then coded and submitted is TestJourneyCoder's.
func TestReadmeWalk(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, walk, _ := strings.Cut(string(readme), "## Your first coded case, in ten minutes")
	walk, _, _ = strings.Cut(walk, "\n## ")
	people := regexp.MustCompile(`\*\*([^*]+)\*\*`).FindAllStringSubmatch(walk, -1)
	pages := regexp.MustCompile(`[^*]\*([A-Z][^*]+)\*[^*]`).FindAllStringSubmatch(walk, -1)
	keys := regexp.MustCompile("`([a-z?])`").FindAllStringSubmatch(walk, -1)
	if len(people) != 2 || len(pages) != 4 || len(keys) < 5 {
		t.Fatalf("the walk names %d people, %d pages and %d keys, which is not what this test follows", len(people), len(pages), len(keys))
	}
	site, err := startDemo() // as a reader finds it: nobody has worked in it yet
	if err != nil {
		t.Fatal(err)
	}
	b := visit(t, site)
	b.open("/login")
	prefer(b, "nl", "") // the names of the walk are the Dutch ones
	b.open("/login")
	b.pressWords(people[0][1])
	b.follow(`main a[href^="/s/"]`)
	b.pressWords(pages[0][1]) // my work
	fresh := eval[string](b, `[...document.querySelectorAll("main tbody tr")].find((r) => r.querySelector("progress")?.value === 0)?.querySelector("a").getAttribute("href") ?? ""`)
	if fresh == "" {
		t.Fatal("no case is not begun")
	}
	b.open(fresh)
	d := sit(b)
	d.toBody()
	d.keys("?")
	help := eval[string](b, `document.querySelector("dialog[open], [role=dialog]")?.innerText ?? ""`)
	for _, k := range keys {
		if !strings.Contains(help, k[1]) {
			t.Errorf("the list of keys does not name %q: %s", k[1], help)
		}
	}
	if !strings.Contains(help, "ctrl") {
		t.Errorf("the list of keys does not name Ctrl+Enter: %s", help)
	}
	b.open("/")
	eval[bool](b, `(document.querySelectorAll("details").forEach((d) => d.open = true), true)`)
	b.press(func() { eval[bool](b, `(document.querySelector('form[action="/logout"] button').click(), true)`) })
	b.open("/login")
	b.pressWords(people[1][1])
	b.follow(`main a[href^="/s/"]`)
	for _, p := range pages[1:] {
		b.pressWords(p[1])
		if heading := b.text("h1"); heading == "" {
			t.Errorf("%s has no heading", b.path())
		}
	}
}
