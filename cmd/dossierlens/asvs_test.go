package main

import (
	"encoding/csv"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	asvsLine = regexp.MustCompile(`^\| (V[0-9.]+) \| ([12]) \| ([^|]+) \| ([a-z ]+) \| (.*) \|$`)
	quoted   = regexp.MustCompile("`([^`]+)`")
	testFunc = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
)

// sources yields the files of the tree whose names end in suffix, by path from
// its top.
func sources(t *testing.T, suffix string) map[string]string {
	t.Helper()
	top := filepath.Join("..", "..")
	found := map[string]string{}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, suffix) {
			return err
		}
		b, err := os.ReadFile(path)
		if name, _ := filepath.Rel(top, path); err == nil {
			found[filepath.ToSlash(name)] = string(b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// The table of ASVS has every line of levels 1 and 2 once, none of level 1
// open, a reason for what is open or does not apply, and for what is done tests
// and files that exist.
func TestASVS(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "asvs.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	level := map[string]string{}
	for _, r := range rows[1:] {
		level[r[0]] = r[1]
	}
	if len(level) != 253 {
		t.Fatalf("the list has %d lines of levels 1 and 2, ASVS 5.0.0 has 253", len(level))
	}
	tests := map[string]bool{}
	for _, source := range sources(t, "_test.go") {
		for _, m := range testFunc.FindAllStringSubmatch(source, -1) {
			tests[m[1]] = true
		}
	}
	table, err := os.ReadFile(filepath.Join("..", "..", ".github", "ASVS.md"))
	if err != nil {
		t.Fatal(err)
	}
	seen, states := map[string]bool{}, map[string]int{}
	for _, text := range strings.Split(string(table), "\n") {
		if !strings.HasPrefix(text, "| V") {
			continue
		}
		m := asvsLine.FindStringSubmatch(text)
		if m == nil {
			t.Errorf("%.60s: not a line of five cells", text)
			continue
		}
		id, at, state, held := m[1], m[2], m[4], m[5]
		if seen[id] || level[id] != at {
			t.Errorf("%s: a second time %v, level %s, in the list %q", id, seen[id], at, level[id])
		}
		seen[id] = true
		states["level "+at+", "+state]++
		names := quoted.FindAllStringSubmatch(held, -1)
		switch state {
		case "done":
			if len(names) == 0 {
				t.Errorf("%s: nothing holds it", id)
			}
		case "open", "not applicable":
			if state == "open" && at == "1" {
				t.Errorf("%s of level 1 is open", id)
			}
			if len(strings.TrimSpace(held)) < 6 {
				t.Errorf("%s: no reason", id)
			}
		default:
			t.Errorf("%s is %q", id, state)
		}
		for _, n := range names {
			name := n[1]
			if strings.HasPrefix(name, "Test") {
				if !tests[name] {
					t.Errorf("%s: there is no %s", id, name)
				}
			} else if _, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(name))); err != nil {
				t.Errorf("%s: there is no file %s", id, name)
			}
		}
	}
	for id := range level {
		if !seen[id] {
			t.Errorf("%s is missing", id)
		}
	}
	for _, state := range slices.Sorted(maps.Keys(states)) {
		t.Logf("%s: %d", state, states[state])
	}
}

// hazards are packages that the program does without, each with what it would
// open.
var hazards = map[string]string{
	"os/exec":           "commands of the system",
	"plugin":            "code from elsewhere",
	"unsafe":            "memory without bounds",
	"C":                 "memory without bounds",
	"modernc.org/libc":  "memory without bounds",
	"text/template":     "pages without encoding",
	"encoding/gob":      "types that a sender chooses",
	"math/rand":         "numbers that can be guessed",
	"crypto/md5":        "a broken hash",
	"crypto/sha1":       "a broken hash",
	"crypto/des":        "a broken cipher",
	"crypto/rc4":        "a broken cipher",
	"crypto/dsa":        "a broken signature",
	"crypto/cipher":     "modes put together by hand",
	"net/http/pprof":    "what the process has in memory",
	"expvar":            "what the process has in memory",
	"net/http/cgi":      "commands of the system",
	"net/http/httputil": "requests sent on",
}

// What the program does not import it cannot get wrong. Numbers that follow a
// seed draw cases, but nothing that must not be guessed; certificates of others
// are always checked; patterns of text are constants, or those of the program.
func TestNoHazardousImports(t *testing.T) {
	files := sources(t, ".go")
	looked := 0
	for name, source := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		looked++
		for _, problem := range hazardsOf(t, name, source) {
			t.Error(problem)
		}
	}
	if looked < 200 {
		t.Errorf("%d files were looked at", looked)
	}
	for source, want := range map[string]string{
		`package server; import "os/exec"`:                                                             "commands",
		`package auth; import "math/rand/v2"`:                                                          "guessed",
		`package server; import "crypto/tls"; var c = tls.Config{InsecureSkipVerify: true}`:            "certificates",
		`package server; import "modernc.org/libc"`:                                                    "memory",
		`package server; import "html/template"; func f(s string) any { return template.HTML(s) }`:     "",
		`package server; import "regexp"; func f(s string) any { return regexp.MustCompile("a" + s) }`: "pattern",
	} {
		got := strings.Join(hazardsOf(t, "server/auth/x.go", source), "; ")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("of %s it says %q, want %q", source, got, want)
		}
	}
}

// ownPatterns are the files that put patterns together, of words of the
// program's own.
var ownPatterns = []string{"annotations/screening/screener.go", "cmd/dossierlens/demo_seed.go"}

// ownMemory are the files that take what SQLite, translated from C, hands over
// as addresses, and how.
var ownMemory = map[string][]string{
	"modernc.org/libc": {"server/store/memory.go", "server/store/vfs.go"},
	"unsafe":           {"server/store/memory.go"},
}

func hazardsOf(t *testing.T, name, source string) (problems []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if why, ok := hazards[path]; ok && !slices.Contains(ownMemory[path], name) {
			problems = append(problems, fmt.Sprintf("%s imports %s: %s", name, path, why))
		}
		if path == "math/rand/v2" && strings.HasPrefix(name, "server/auth/") {
			problems = append(problems, fmt.Sprintf("%s imports %s: numbers that can be guessed", name, path))
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if n.Name == "InsecureSkipVerify" {
				problems = append(problems, name+" does not check the certificates of others")
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "MustCompile" || f.Sel.Name == "Compile") && len(n.Args) == 1 {
				if x, ok := f.X.(*ast.Ident); ok && x.Name == "regexp" && !constant(n.Args[0]) && !slices.Contains(ownPatterns, name) {
					problems = append(problems, name+" puts a pattern together")
				}
			}
		}
		return true
	})
	return problems
}

// constant reports whether an expression is text and names of constants alone.
func constant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.BinaryExpr:
		return constant(e.X) && constant(e.Y)
	case *ast.ParenExpr:
		return constant(e.X)
	}
	return false
}
