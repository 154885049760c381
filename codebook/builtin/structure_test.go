package builtin_test

import (
	"encoding/json"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// structure is what a correction of the wording may not touch: ids, codes,
// values, routing, expressions and policies. testdata/structure.json holds
// that of version 1.0.0, which studies and releases refer to.
type structure struct {
	Variables  []map[string]any `json:"variables"`
	Derived    []map[string]any `json:"derived"`
	Checks     []map[string]any `json:"checks"`
	Indicators []map[string]any `json:"indicators"`
	Measures   []map[string]any `json:"measures"`
}

func TestStructureIsThatOfThePublishedVersion(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "structure.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want structure
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	c := book(t)
	var got structure
	for _, s := range c.Sections {
		for _, v := range rows(t, s.Variables) {
			v["section"] = s.ID
			got.Variables = append(got.Variables, v)
		}
	}
	got.Derived = rows(t, c.Derived)
	got.Checks = rows(t, c.Checks)
	got.Indicators = rows(t, c.Indicators)
	got.Measures = rows(t, c.Measures)

	compare(t, "variable", got.Variables, want.Variables)
	compare(t, "derived variable", got.Derived, want.Derived)
	compare(t, "check", got.Checks, want.Checks)
	compare(t, "indicator", got.Indicators, want.Indicators)
	compare(t, "measure", got.Measures, want.Measures)
}

// rows returns the JSON of each of list without its wording and without
// copy_of, which says where an answer comes from and not what it means.
func rows[T any](t *testing.T, list []T) (out []map[string]any) {
	t.Helper()
	data, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	for _, row := range out {
		for _, text := range []string{"label", "question", "instruction", "example", "unit", "note", "message", "copy_of"} {
			delete(row, text)
		}
		categories, _ := row["categories"].([]any)
		for _, c := range categories {
			delete(c.(map[string]any), "label")
		}
	}
	return out
}

func compare(t *testing.T, what string, got, want []map[string]any) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d of %s, want %d", len(got), what, len(want))
		return
	}
	for i := range want {
		g, err := json.Marshal(got[i])
		if err != nil {
			t.Fatal(err)
		}
		w, err := json.Marshal(want[i])
		if err != nil {
			t.Fatal(err)
		}
		if string(g) != string(w) {
			t.Errorf("%s %d\n got %s\nwant %s", what, i+1, g, w)
		}
	}
}

// TestPolicyOnlyTheFileKnowsItsIDs keeps the program free of this codebook, so
// that a study of another field works as well: no string and no name in its
// code is the id of something in it.
func TestPolicyOnlyTheFileKnowsItsIDs(t *testing.T) {
	known := map[string]bool{}
	c := book(t)
	for _, v := range c.Variables() {
		known[v.ID] = true
	}
	for _, d := range c.Derived {
		known[d.ID] = true
	}
	for _, i := range c.Indicators {
		known[i.ID] = true
	}
	for _, m := range c.Measures {
		known[m.ID] = true
	}
	for _, r := range c.Catalogue {
		known[r.ID] = true
	}
	for _, l := range c.CodeLists {
		known[l.ID] = true
	}
	delete(known, "halfjaar") // an ordinary word, in the names of periods

	root := filepath.Join("..", "..")
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatalf("this test reads the code of the module: %v", err)
	}
	here := filepath.Join(root, "codebook", "builtin")
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if name := d.Name(); path == here || name == "testdata" || strings.HasPrefix(name, ".") && path != root {
				return filepath.SkipDir
			}
			return nil
		case filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files++
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line, word := range words(src) {
			if known[word] {
				t.Errorf("%s:%d: the code knows %s of the built-in codebook", path, line, word)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Error("no code was read")
	}
}

// words yields the line and text of each word in the names and strings of Go
// code; comments may name ids as examples.
func words(src []byte) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		fset := token.NewFileSet()
		file := fset.AddFile("", fset.Base(), len(src))
		var s scanner.Scanner
		s.Init(file, src, nil, 0)
		for {
			pos, tok, text := s.Scan()
			if tok == token.EOF {
				return
			}
			if tok != token.IDENT && tok != token.STRING {
				continue
			}
			for _, word := range strings.FieldsFunc(text, func(r rune) bool {
				return r != '_' && !('a' <= r && r <= 'z') && !('0' <= r && r <= '9')
			}) {
				if !yield(fset.Position(pos).Line, word) {
					return
				}
			}
		}
	}
}
