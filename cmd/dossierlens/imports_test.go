package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/dossierlens/dossierlens"

// mayImport is the import policy: what of ours each package may import. It is
// a decision, not a description; do not change it to make a build pass.
var mayImport = map[string]string{
	"codebook":              "",
	"annotations/agreement": "",
	"annotations/intake":    "",
	"annotations/screening": "",
	"exports/estimate":      "",
	"exports/disclosure":    "",
	"server/auth":           "",
	"web/i18n":              "",

	"codebook/builtin": "codebook",
	"annotations":      "codebook annotations/agreement annotations/intake annotations/screening",
	"exports":          "codebook annotations annotations/agreement exports/estimate exports/disclosure",
	"exports/xlsx":     "exports exports/disclosure codebook annotations",
	"exports/spss":     "exports exports/disclosure codebook annotations",
	"exports/refiqda":  "exports exports/disclosure codebook annotations",
	"web":              "web/i18n",
	"server/store":     "codebook annotations server/auth",

	// Imported by tests only.
	"server/store/storetest": "server/store codebook annotations server/auth annotations/screening",

	"server": "codebook codebook/builtin annotations annotations/agreement annotations/intake annotations/screening " +
		"exports exports/estimate exports/disclosure exports/xlsx exports/spss exports/refiqda web web/i18n server/store server/auth",
	"cmd/dossierlens": "codebook codebook/builtin annotations annotations/agreement annotations/intake annotations/screening " +
		"exports exports/estimate exports/disclosure exports/xlsx exports/spss exports/refiqda web web/i18n server server/store server/auth",
}

// onlyIn fences what is not ours: the packages of a key may be imported by
// those of its value alone.
var onlyIn = map[string]string{
	"database/sql":                 "server/store",
	"github.com/jmoiron/sqlx":      "server/store",
	"modernc.org/sqlite":           "server/store",
	"github.com/gin-gonic/gin":     "server",
	"github.com/gorilla/sessions":  "server",
	"net/http":                     "server cmd/dossierlens",
	"html/template":                "web",
	"github.com/xuri/excelize/v2":  "exports/xlsx annotations/intake",
	"golang.org/x/crypto":          "server/auth",
	"github.com/klippa-app":        "annotations/intake",
	"github.com/alecthomas/kong":   "cmd/dossierlens",
	"github.com/chromedp/chromedp": "",
}

// tests may cross these fences, for they look from outside.
var outsideForTests = []string{"net/http", "github.com/chromedp/chromedp", "github.com/xuri/excelize/v2", "html/template", "database/sql", "modernc.org/sqlite"}

type listed struct {
	ImportPath, Dir                        string
	Imports, TestImports, XTestImports     []string
	GoFiles, IgnoredGoFiles, EmbedPatterns []string
}

func TestImportPolicy(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,TestImports,XTestImports", module+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(out)))
	seen := map[string]bool{}
	for {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		seen[name] = true
		for _, problem := range violations(name, p) {
			t.Error(problem)
		}
	}
	if !seen["codebook"] || !seen["cmd/dossierlens"] {
		t.Errorf("go list found %d packages, and not ours", len(seen))
	}
}

// violations returns what a package imports against the policy.
func violations(name string, p listed) (problems []string) {
	allowed, ok := mayImport[name]
	if !ok {
		return []string{name + " is not in the policy; say what it may import"}
	}
	for _, path := range p.Imports {
		ours, isOurs := strings.CutPrefix(path, module+"/")
		switch {
		case isOurs && strings.HasSuffix(ours, "test") && !strings.HasSuffix(name, "test"):
			problems = append(problems, name+" imports "+ours+" outside its tests")
		case isOurs && !slices.Contains(strings.Fields(allowed), ours):
			problems = append(problems, name+" must not import "+ours)
		case !isOurs:
			problems = append(problems, fences(name, path)...)
		}
	}
	for _, path := range append(slices.Clone(p.TestImports), p.XTestImports...) {
		if !strings.HasPrefix(path, module) && !slices.ContainsFunc(outsideForTests, func(o string) bool { return within(path, o) }) {
			problems = append(problems, fences(name, path)...)
		}
	}
	return problems
}

func fences(name, path string) (problems []string) {
	for fenced, by := range onlyIn {
		if within(path, fenced) && !slices.Contains(strings.Fields(by), name) {
			problems = append(problems, name+" must not import "+path)
		}
	}
	return problems
}

func within(path, prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }

// A policy that nothing can violate would hold nothing.
func TestImportPolicyFindsViolations(t *testing.T) {
	check := func(name string, p listed, want string) {
		t.Helper()
		if got := strings.Join(violations(name, p), "; "); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s importing %v: %q, want %q", name, p.Imports, got, want)
		}
	}
	check("exports/pdf", listed{}, "is not in the policy")
	check("codebook", listed{Imports: []string{module + "/annotations"}}, "must not import annotations")
	check("exports", listed{Imports: []string{"net/http"}}, "must not import net/http")
	check("server", listed{Imports: []string{module + "/server/store/storetest"}}, "outside its tests")
	check("web", listed{TestImports: []string{"github.com/jmoiron/sqlx"}}, "must not import github.com/jmoiron/sqlx")
	check("web", listed{Imports: []string{"html/template", module + "/web/i18n"}, TestImports: []string{"net/http/httptest"}}, "")
}

// The top level holds what the layout says and nothing else.
func TestTopLevel(t *testing.T) {
	out, err := exec.Command("git", "-C", filepath.Join("..", ".."), "ls-files").Output()
	if err != nil {
		t.Fatal(err)
	}
	allowed := strings.Fields("cmd server annotations codebook web exports go.mod go.sum README.md CHANGELOG.md LICENSE")
	for _, file := range strings.Fields(string(out)) {
		top, _, _ := strings.Cut(file, "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(allowed, top) {
			t.Errorf("%s: the layout has no place for %s", file, top)
		}
	}
}
