package codebook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
)

var update = flag.Bool("update", false, "rewrite the expected files in testdata")

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with -update and compare. Got:\n%s", path, got)
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	c, err := codebook.Parse([]byte(read(t, "mistakes.yaml")), "mistakes.yaml")
	if c != nil || err == nil {
		t.Fatalf("a codebook full of mistakes was read: %v", err)
	}
	golden(t, "mistakes.txt", []byte(err.Error()+"\n"))
}

// Places are those of the text, whether it is plain, quoted, folded or JSON.
func TestPlacesOfMistakes(t *testing.T) {
	small := func(title string) string {
		return strings.Replace(letters("all"), "title: Letters", title, 1)
	}
	for _, row := range []struct{ name, src, want string }{
		{"plain", small("titel: Letters"), "5:1: unknown key \"titel\"; did you mean title?|2:1: title is missing"},
		{"windows line ends", strings.ReplaceAll(small("titel: Letters"), "\n", "\r\n"), "5:1: unknown key \"titel\"; did you mean title?|2:1: title is missing"},
		{"byte order mark", "\ufeff" + small("titel: Letters"), "5:1: unknown key \"titel\"; did you mean title?|2:1: title is missing"},
		{"after wide letters", small("title: {nl: 'ééé', x: 1}"), "5:20: unknown key \"x\""},
		{"JSON", "{\n \"format\": \"dossierlens-codebook/1\",\n  \"é\": 1, \"id\": [] }", "3:4: unknown key \"é\"|3:17: text is expected, not a list"},
		{"no codebook", "format: other/1\n", "1:9: this is not a codebook file: its first key is format: dossierlens-codebook/1"},
		{"a list", "- a\n", "1:1: a mapping is expected, not a list"},
		{"text", "hello\n", "1:1: a mapping is expected, not text"},
		{"nothing", "", "1:1: the file must hold one codebook"},
		{"two documents", "a: 1\n---\nb: 2\n", "1:1: the file must hold one codebook"},
		{"not UTF-8", "a: 1\nbé: \xff\n", "2:5: the file is not UTF-8; save it as such"},
		{"anchor", "a: &x [1]\nb: *x\n", "1:4: anchors and aliases are not allowed; write the text out"},
		{"alias", "b: *x\n", "1:4: anchors and aliases are not allowed; write the text out"},
		{"merge key", "a:\n  <<: {b: 1}\n", "2:3: merge keys are not allowed; write the keys out"},
		{"tag", "a: !!str 1\n", "1:4: tags are not allowed"},
		{"brackets", "a: " + strings.Repeat("[", 100000), "1:68: too deeply nested"},
		{"dashes", strings.Repeat("- ", 100000), "1:129: too deeply nested"},
		{"JSON brackets", strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "1:66: too deeply nested"},
		{"keys", strings.Repeat("a: b\n", 50000), "1001:2: the mapping has too many keys for a codebook"},
		{"keys of items", "a:\n" + strings.Repeat("  - x: [b]\n    x: c\n", 2000), "1:1: this is not a codebook file: its first key is format: dossierlens-codebook/1"},
		{"keys on a line", "{" + strings.Repeat("a: b, ", 50000), "1:6003: the mapping has too many keys for a codebook"},
		{"too large", "# " + strings.Repeat("x", codebook.MaxSize), "1:1: the file is over 2 MB, more than a codebook can be"},
	} {
		_, err := codebook.Parse([]byte(row.src), "f")
		told := map[string]bool{}
		for _, p := range codebook.Problems(err) {
			told[strings.TrimPrefix(p.Error(), "f:")] = true
		}
		for want := range strings.SplitSeq(row.want, "|") {
			if !told[want] {
				t.Errorf("%s: %s is not told; told is %v", row.name, want, err)
			}
		}
	}
}

// A block of its own lines: the place is in the line of the mistake.
func TestPlaceInABlock(t *testing.T) {
	src := strings.Replace(letters("all"), `expression: "all"}`, "expression: all}\n  - id: block\n    label: Block\n    expression: >-\n      s in (a)\n      and s in (q)", 1)
	_, err := codebook.Parse([]byte(src), "f")
	line, column := placeOf(src, "and s in (q")
	problems := codebook.Problems(err)
	if len(problems) != 1 || problems[0].Line != line || problems[0].Column != column {
		t.Errorf("got %v, want line %d, column %d", err, line, column)
	}
	if len(problems) == 1 && problems[0].Path != "derived[2].expression" {
		t.Errorf("path is %s", problems[0].Path)
	}
}

func TestProblemsOfOtherErrors(t *testing.T) {
	if got := codebook.Problems(nil); got != nil {
		t.Errorf("Problems(nil) = %v", got)
	}
	if got := codebook.Problems(fs.ErrNotExist); got != nil {
		t.Errorf("an error without a place has problems %v", got)
	}
	_, err := codebook.Parse([]byte("a"), "f")
	if _, ok := errors.AsType[*codebook.ParseError](err); !ok {
		t.Errorf("%v is no ParseError", err)
	}
}

// The hash is that of the content: neither form, defaults, order of keys nor
// comments count.
func TestHash(t *testing.T) {
	c := bicycles(t)
	again, err := codebook.Parse(c.Canonical(), "canonical.json")
	if err != nil {
		t.Fatalf("the canonical form cannot be read: %v", err)
	}
	if !bytes.Equal(again.Canonical(), c.Canonical()) {
		t.Errorf("read again it is\n%s\nwant\n%s", again.Canonical(), c.Canonical())
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, c.Canonical(), "", "\t"); err != nil {
		t.Fatal(err)
	}
	src := read(t, "bicycles.yaml")
	for name, same := range map[string]string{
		"as indented JSON": indented.String(),
		"with a comment":   "# more\n" + src,
		"with defaults":    strings.Replace(src, "unit: {nl: minuten, en: minutes}", "unit: {en: minutes, nl: minuten}\n        evidence: optional\n        core: false", 1),
		"with null":        strings.Replace(src, "tolerance: 5", "tolerance: 5.0\n        ask_when_unknown: null", 1),
		"in Windows lines": strings.ReplaceAll(src, "\n", "\r\n"),
	} {
		if got := parse(t, same).Hash(); got != c.Hash() {
			t.Errorf("%s the hash is %s, want %s", name, got, c.Hash())
		}
	}
	for name, other := range map[string]string{
		"another label":   strings.Replace(src, "nl: Noord", "nl: Zuid", 1),
		"another version": strings.Replace(src, "version: 1.0.0", "version: 1.0.1", 1),
		"another limit":   strings.Replace(src, "max: 600", "max: 601", 1),
		"another order":   strings.Replace(src, "[NR, DM, UC, NA]", "[NR, DM, NA, UC]", 1),
	} {
		if parse(t, other).Hash() == c.Hash() {
			t.Errorf("%s has the same hash", name)
		}
	}
}

func TestWordsAreThoseOfTheLanguage(t *testing.T) {
	for _, row := range []struct {
		text     codebook.Text
		lang, in string
	}{
		{codebook.Text{NL: "ja", EN: "yes"}, "nl", "ja"},
		{codebook.Text{NL: "ja", EN: "yes"}, "en", "yes"},
		{codebook.Text{NL: "ja"}, "en", "ja"},
		{codebook.Text{EN: "yes"}, "nl", "yes"},
		{codebook.Text{NL: "ja", EN: "yes"}, "fr", "yes"},
	} {
		if got := row.text.In(row.lang); got != row.in {
			t.Errorf("%+v in %s: %q, want %q", row.text, row.lang, got, row.in)
		}
	}
}

func TestThingsAreFoundByID(t *testing.T) {
	c := bicycles(t)
	if got := len(c.Variables()); got != 10 {
		t.Errorf("%d variables, want 10", got)
	}
	if got := c.Variable("ready").Type; got != codebook.TypeDate {
		t.Errorf("ready is a %s", got)
	}
	if got := c.SectionOf("ready").ID; got != "repair" {
		t.Errorf("ready is asked in %s", got)
	}
	if got := c.Indicator("ind_time").Number; got != 2 {
		t.Errorf("ind_time has number %d", got)
	}
	if got := c.Measure("m_well").Policy; got != codebook.Demonstrable {
		t.Errorf("m_well has policy %q, want that of its indicator", got)
	}
	if c.Variable("x") != nil || c.Measure("x") != nil || c.Indicator("x") != nil || c.SectionOf("x") != nil {
		t.Error("something is found by an id that does not exist")
	}
	if _, ok := c.List("x"); ok {
		t.Error("a list is found by an id that does not exist")
	}
}
