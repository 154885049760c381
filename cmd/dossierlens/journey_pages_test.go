package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

//go:embed testdata/axe/axe.min.js
var axe string

// A link is what a page leads to.
type link struct {
	Path   string `json:"path"`
	Status int    `json:"status"`
	Page   bool   `json:"page"` // and not a file
}

// links lists where a page leads on this site, and whether one gets there.
// Only two of each shape are asked for: hundreds of cases look alike.
func links(b *tab, known map[string]int) []link {
	b.t.Helper()
	paths := []string{}
	for _, path := range eval[[]string](b, `[...new Set([...document.querySelectorAll("a[href]:not([download])")].map((a) => new URL(a.href)).filter((u) => u.origin === location.origin).map((u) => u.pathname + u.search))]`) {
		if s := shape(path); known[s] < 2 {
			known[s]++
			paths = append(paths, path)
		}
	}
	list, err := json.Marshal(paths)
	if err != nil {
		b.t.Fatal(err)
	}
	return eval[[]link](b, fmt.Sprintf(`Promise.all(%s.map((path) => fetch(path).then((r) => (r.body.cancel(), { path, status: r.status, page: r.headers.get("Content-Type").startsWith("text/html") }))))`, list))
}

// shape is what addresses of the same kind of page have in common.
func shape(path string) string {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.ContainsAny(p, "0123456789") {
			parts[i] = "*"
		}
	}
	return fmt.Sprintf("%s %d", strings.Join(parts[:min(len(parts), 4)], "/"), len(parts))
}

// A fault is what axe-core found in a page.
type fault struct {
	Rule   string   `json:"rule"`
	Impact string   `json:"impact"`
	Help   string   `json:"help"`
	Where  []string `json:"where"`
}

// faults looks at a page as people who do not see it, or not well, get it. Of
// long tables and lists the beginning is enough.
func faults(b *tab) []fault {
	b.t.Helper()
	eval[bool](b, `(typeof axe === "object" || ((0, `+evalScript+`), true), true)`)
	return eval[[]fault](b, `axe.run({ exclude: [["tr:nth-child(n+12)"], ["li:nth-child(n+12)"]] }, { preload: false, resultTypes: ["violations"] }).then((r) => r.violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => ({ rule: v.id, impact: v.impact, help: v.help, where: v.nodes.slice(0, 4).map((n) => n.target.join(" ") + "  " + n.any.concat(n.all, n.none).map((c) => c.message).join("; ")) })))`)
}

// evalScript defines axe on the page. A policy that forbids scripts from
// elsewhere does not forbid the tester's own.
var evalScript = `(() => {` + axe + `})()`

// prefer sets the language and the theme of who is signed in.
func prefer(b *tab, lang, theme string) {
	b.t.Helper()
	eval[bool](b, fmt.Sprintf(`fetch("/preferences", { method: "POST", body: new URLSearchParams({ lang: %q, theme: %q, back: "/help" }) }).then((r) => r.ok)`, lang, theme))
}

// A mood is how a reader has the pages.
type mood struct {
	lang, theme string
	width       int64
}

// TestPagesOfEveryRole walks all that each role is led to. Every link leads
// somewhere, the browser has nothing to complain about (least of all a breach
// of the policy), no page speaks the other language, and axe-core finds no
// serious fault: in Dutch by day on a desk, and in English by night on a phone.
//
// Only where DOSSIERLENS_BROWSER=require it takes the time for both.
func TestPagesOfEveryRole(t *testing.T) {
	site := demoAt(t)
	looked := map[string]bool{} // shapes that axe-core has seen
	for _, who := range demoPeople {
		t.Run(who.login, func(t *testing.T) {
			b := visit(t, site)
			b.login(who.login, "demo demo demo")
			known := map[string]int{}
			queue := []link{{Path: "/", Status: 200, Page: true}}
			var fresh []string
			for i := 0; i < len(queue); i++ {
				if queue[i].Status != 200 {
					t.Errorf("a link leads to %s, which answers %d", queue[i].Path, queue[i].Status)
				}
				if !queue[i].Page || queue[i].Status != 200 {
					continue
				}
				b.open(queue[i].Path)
				for _, c := range b.complained() {
					t.Errorf("%s: the browser complains: %s", queue[i].Path, c)
				}
				if s := shape(queue[i].Path); !looked[s] {
					looked[s] = true
					fresh = append(fresh, queue[i].Path)
				}
				for _, l := range links(b, known) {
					if !slices.ContainsFunc(queue, func(q link) bool { return q.Path == l.Path }) {
						queue = append(queue, l)
					}
				}
			}
			moods := []mood{{"nl", "light", 1280}, {"en", "dark", 390}}
			if os.Getenv("DOSSIERLENS_BROWSER") != "require" {
				moods = moods[1:]
			}
			for _, mood := range moods {
				prefer(b, mood.lang, mood.theme)
				b.size(mood.width, 900)
				for _, path := range fresh {
					b.open(path)
					for _, s := range strangers(t, mood.lang, words(b)) {
						t.Errorf("%s (%s): %s", path, mood.lang, s)
					}
					for _, f := range faults(b) {
						t.Errorf("%s (%s, %s, %d px): %s %s: %s\n\t%s", path, mood.lang, mood.theme, mood.width, f.Impact, f.Rule, f.Help, strings.Join(f.Where, "\n\t"))
					}
				}
			}
			prefer(b, "nl", "")
			t.Logf("%d pages, %d of them new", len(queue), len(fresh))
		})
	}
}
