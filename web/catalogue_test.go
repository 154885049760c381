package web

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// key is a message key, or the constant beginning of one, in quotes.
	key = regexp.MustCompile("[\"`]([a-z0-9_]+\\.[a-z0-9_.]*)(?:[\"`]|\\$\\{)")
	// asked is a key that a template, script or Go file asks for.
	asked = regexp.MustCompile(`(?:\bt|\btn|\bSay|\bSayN|\.T|\.TN|\bKey:)[( ]\s*"([a-z0-9_]+\.[a-z0-9_.]*[a-z0-9_])"`)
)

// TestCatalogueKeys requires that every message that is asked for exists, and
// that every message that exists is asked for, anywhere in the program. The
// sources of other packages are read as text, not imported.
func TestCatalogueKeys(t *testing.T) {
	have := pages(t).Catalogue("nl").Keys()
	seen := make(map[string]bool)
	var beginnings []string
	tree := os.DirFS("..")
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); base == "testdata" || base == "node_modules" || base == "locales" || (strings.HasPrefix(base, ".") && base != ".") {
				return fs.SkipDir
			}
			return nil
		}
		source := strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".html") || strings.HasSuffix(name, ".js")
		if !source || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "jstest") {
			return nil
		}
		b, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		for _, m := range key.FindAllSubmatch(b, -1) {
			if k := string(m[1]); strings.HasSuffix(k, ".") || strings.HasSuffix(k, "_") {
				beginnings = append(beginnings, k)
			} else {
				seen[k] = true
			}
		}
		for _, m := range asked.FindAllSubmatch(b, -1) {
			if k := string(m[1]); !slices.Contains(have, k) {
				t.Errorf("%s asks for the message %q, which does not exist", name, k)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range have {
		if !seen[k] && !slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(k, b) }) {
			t.Errorf("nothing uses the message %q", k)
		}
	}
}
