package codebook_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
)

// Whatever the file, Parse returns a codebook that it can read again, or
// problems with a place in the file.
func FuzzParse(f *testing.F) {
	for _, src := range []string{
		read(f, "bicycles.yaml"), read(f, "mistakes.yaml"), letters("s in (a)"), string(bicycles(f).Canonical()),
		"", "format: dossierlens-codebook/1", "{", "[[[[", "- - -", "a: &a [*a]", "? ? ?", "a: |\n  b", "\ufeff{}", "a: 'b\n\nc'", "%YAML 1.2\n---\na: 1",
	} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := codebook.Parse(src, "f")
		if err == nil {
			again, err := codebook.Parse(c.Canonical(), "f")
			if err != nil {
				t.Fatalf("the canonical form cannot be read: %v", err)
			}
			if again.Hash() != c.Hash() {
				t.Fatal("the canonical form has another hash")
			}
			c.Statuses(c.Effective(nil))
			return
		}
		problems := codebook.Problems(err)
		if c != nil || len(problems) == 0 {
			t.Fatalf("%v, and %d problems", err, len(problems))
		}
		lines := bytes.Count(src, []byte("\n")) + bytes.Count(src, []byte("\r")) + 1
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines || p.Column < 1 {
				t.Fatalf("%v is not in a file of %d lines", p, lines)
			}
		}
	})
}

// Whatever the expression, it has a mistake within it or a result, and the
// result does not depend on a pair of parentheses more.
func FuzzExpression(f *testing.F) {
	for _, x := range []string{
		"all", "not all", "s in (a, b) and not m has_any (x)", "count(m, nothing) * 2 + n >= 3", "(n + 1) * 31 < k", "t < 2021-03",
		"share_missing(NR, UC) > 0.4", "attr_any(l, level, strong)", "answered(w) or yes_a", "((((", "s in (", "n > -1e5", "é", "a b c",
	} {
		f.Add(x, "a", "NR")
	}
	f.Fuzz(func(t *testing.T, expression, value, missing string) {
		c, err := codebook.Parse([]byte(letters(expression)), "f")
		if err != nil {
			for _, p := range codebook.Problems(err) {
				if !strings.HasPrefix(p.Path, "derived[1]") {
					t.Fatalf("%v is at %s", p, p.Path)
				}
			}
			return
		}
		given := codebook.Answers{}
		for _, v := range c.Variables() {
			given[v.ID] = codebook.Answer{Value: value}
		}
		given["n"] = codebook.Answer{Missing: missing}
		got := c.Derive("d", given)
		if (got.Kind == codebook.Unknown) != (got.Codes != 0) {
			t.Fatalf("%s is %v with codes %q", expression, got.Kind, got.Codes)
		}
		c, err = codebook.Parse([]byte(letters("("+expression+")")), "f")
		if err != nil {
			t.Fatalf("in parentheses: %v", err)
		}
		if again := c.Derive("d", given); again != got {
			t.Fatalf("%s is %s, and in parentheses %s", expression, got, again)
		}
	})
}
