package web

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dossierlens/dossierlens/web/i18n"
	"golang.org/x/net/html"
)

func pages(t testing.TB) *Pages {
	t.Helper()
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPages renders the samples in every language and looks at what a reader
// or a browser would stumble over. Pages without a sample are rendered by the
// tests of package server, with its own data, and looked at there.
func TestPages(t *testing.T) {
	p := pages(t)
	names, err := fs.Glob(files, "templates/pages/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range names {
		name := strings.TrimSuffix(path.Base(file), ".html")
		for _, lang := range i18n.Languages() {
			for i, data := range samples[name] {
				got, err := p.Render(lang, name, data)
				if err != nil {
					t.Errorf("%s, sample %d: %v", name, i, err)
					continue
				}
				for _, msg := range faults(string(got)) {
					t.Errorf("%s/%s, sample %d: %s", lang, name, i, msg)
				}
				if want := fmt.Sprintf("<html lang=%q", lang); !strings.Contains(string(got), want) {
					t.Errorf("%s/%s: no %s", lang, name, want)
				}
			}
		}
	}
	for name := range samples {
		if !slices.Contains(names, "templates/pages/"+name+".html") {
			t.Errorf("sample %s has no page", name)
		}
	}
}

func TestRenderUnknown(t *testing.T) {
	p := pages(t)
	for _, c := range [][2]string{{"nl", "nothing"}, {"xx", "login"}} {
		if _, err := p.Render(c[0], c[1], nil); !errors.Is(err, ErrUnknownPage) {
			t.Errorf("%v: got %v, want ErrUnknownPage", c, err)
		}
	}
	if _, err := p.Render("nl", "login", struct{ Frame }{}); err == nil {
		t.Error("a page without its data was rendered")
	}
	if _, err := p.Asset("css/none.css"); err == nil {
		t.Error("the address of a file that does not exist was given")
	}
	if _, err := p.icon("none"); err == nil {
		t.Error("an icon that does not exist was drawn")
	}
}

// voids have no end tag; the end tags of optional may be left out, but we
// write them all.
var voids = strings.Fields("area base br col embed hr img input link meta source track wbr")

// faults lists what is wrong with a page: tags that do not balance, an id
// used twice, a label or reference to nothing, a style attribute, a script
// inside the page, a form control without a name for those who listen.
func faults(page string) []string {
	var out []string
	var open []string
	ids := make(map[string]bool)
	var refs, labels []string
	var controls []map[string]string
	inLabel := 0
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if !errors.Is(z.Err(), io.EOF) {
				out = append(out, z.Err().Error())
			}
			break
		}
		token := z.Token()
		switch kind {
		case html.StartTagToken:
			attr := make(map[string]string)
			for _, a := range token.Attr {
				attr[a.Key] = a.Val
			}
			if id, ok := attr["id"]; ok {
				if ids[id] {
					out = append(out, "id "+id+" is used twice")
				}
				ids[id] = true
			}
			if _, ok := attr["style"]; ok {
				out = append(out, "style attribute on "+token.Data)
			}
			for name := range attr {
				if strings.HasPrefix(name, "on") {
					out = append(out, name+" attribute on "+token.Data)
				}
			}
			if token.Data == "script" && attr["src"] == "" && attr["type"] != "application/json" {
				out = append(out, "a script inside the page")
			}
			refs = append(refs, strings.Fields(attr["aria-labelledby"]+" "+attr["aria-controls"])...)
			if f := attr["for"]; f != "" {
				refs, labels = append(refs, f), append(labels, f)
			}
			if token.Data == "label" {
				inLabel++
			}
			if slices.Contains([]string{"input", "select", "textarea"}, token.Data) && attr["type"] != "hidden" && inLabel == 0 {
				controls = append(controls, attr)
			}
			if !slices.Contains(voids, token.Data) {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			if token.Data == "label" {
				inLabel--
			}
			if len(open) == 0 || open[len(open)-1] != token.Data {
				return append(out, fmt.Sprintf("</%s> closes %v", token.Data, open))
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		out = append(out, fmt.Sprintf("%v is never closed", open))
	}
	for _, ref := range refs {
		if !ids[ref] {
			out = append(out, "nothing has the id "+ref)
		}
	}
	for _, attr := range controls {
		if attr["aria-label"] == "" && attr["aria-labelledby"] == "" && !slices.Contains(labels, attr["id"]) {
			out = append(out, fmt.Sprintf("a control without a label: %v", attr))
		}
	}
	return out
}

func TestFaults(t *testing.T) {
	for page, want := range map[string]string{
		`<p><b></p>`:                           "closes",
		`<p id="a"></p><p id="a"></p>`:         "twice",
		`<p style="x"></p>`:                    "style",
		`<script>x</script>`:                   "script",
		`<input id="a">`:                       "label",
		`<p onclick="x"></p>`:                  "onclick",
		`<p aria-labelledby="b"></p>`:          "b",
		`<label for="a">A</label><input id=a>`: "",
	} {
		got := strings.Join(faults(page), "; ")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", page, got, want)
		}
	}
}

func TestStaticHash(t *testing.T) {
	tree, hash := pages(t).Static()
	again, err := treeHash(tree)
	if err != nil || again != hash {
		t.Errorf("hash %s, then %s, %v", hash, again, err)
	}
	if got, err := pages(t).Asset("css/site.css"); err != nil || got != "/static/"+hash+"/css/site.css" {
		t.Errorf("asset = %q, %v", got, err)
	}
}

// TestBundles: what a page loads imports nothing, and all of it is in it.
func TestBundles(t *testing.T) {
	tree, _ := pages(t).Static()
	for pattern, words := range map[string]string{"js/pages/*.js": "import", "css/*.css": "@import"} {
		names, err := fs.Glob(tree, pattern)
		if err != nil || len(names) == 0 {
			t.Fatal(names, err)
		}
		for _, name := range names {
			b, err := fs.ReadFile(tree, name)
			if err != nil {
				t.Fatal(err)
			}
			if regexp.MustCompile(`(?m)^` + words + `\b|;` + words + `[ {"']`).Match(b) {
				t.Errorf("%s imports another file", name)
			}
		}
	}
	for name, words := range map[string]string{"js/pages/coding.js": "refused", "css/site.css": "@layer print"} {
		if b, err := fs.ReadFile(tree, name); err != nil || !strings.Contains(string(b), words) {
			t.Errorf("%s has no %q in it (%d bytes, %v)", name, words, len(b), err)
		}
	}
	if err := bundle(fstest.MapFS{"js/pages/a.js": {Data: []byte(`import {x} from "../lib/none.js"; x(`)}}, []string{"js/pages/a.js"}, fstest.MapFS{}); err == nil {
		t.Error("a script with mistakes is put together")
	}
}

// TestStyles keeps sizes and colours in tokens.css, and every variable that a
// style uses defined somewhere.
func TestStyles(t *testing.T) {
	tree, err := fs.Sub(files, "static") // as they were written
	if err != nil {
		t.Fatal(err)
	}
	sheets, err := fs.Glob(tree, "css/*.css")
	if err != nil {
		t.Fatal(err)
	}
	defined, used := make(map[string]bool), make(map[string]string)
	for _, name := range sheets {
		b, err := fs.ReadFile(tree, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(--[a-z0-9-]+):`).FindAllSubmatch(b, -1) {
			defined[string(m[1])] = true
		}
		for _, m := range regexp.MustCompile(`var\((--[a-z0-9-]+)`).FindAllSubmatch(b, -1) {
			used[string(m[1])] = name
		}
		if name != "css/tokens.css" {
			if m := regexp.MustCompile(`#[0-9a-f]{3,8}\b|rgba?\(|hsl\(|oklch\(\d|font-family: *"`).Find(b); m != nil {
				t.Errorf("%s names %s; put it in tokens.css", name, m)
			}
		}
	}
	for _, v := range slices.Sorted(maps.Keys(used)) {
		if !defined[v] {
			t.Errorf("%s uses %s, which nothing defines", used[v], v)
		}
	}
}
