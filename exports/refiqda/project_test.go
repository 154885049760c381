package refiqda_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/refiqda"
)

var made = time.Date(2026, 1, 5, 9, 30, 0, 0, time.UTC)

func bicycles(t *testing.T) *codebook.Codebook {
	t.Helper()
	b, err := os.ReadFile("../../codebook/testdata/bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book, err := codebook.Parse(b, "bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func sequence[T any](list ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, x := range list {
			if !yield(x, nil) {
				return
			}
		}
	}
}

const slip = "The 🚲 came in. Née said so.\n\nThe chain was loose & dirty.\n"

// project is a case with a text that two coders marked, a case on site and a
// case whose text was deleted.
func project(t *testing.T) refiqda.Project {
	passage := func(id, coder int64, login, variable, category string, start, end int) annotations.SourcePassage {
		quote := string([]rune(slip)[start:end])
		return annotations.SourcePassage{Coder: coder, Login: login, Passage: annotations.Passage{ID: id, Variable: variable, Category: category, Start: start, End: end, Quote: quote, At: made}}
	}
	three := 3
	onsite := annotations.SourcePassage{Coder: 1, Login: "anna", Passage: annotations.Passage{ID: 4, Variable: "damage", DocumentType: "slip", Page: &three, Paraphrase: "a wheel\nis bent 🚲", At: made}}
	gone := annotations.SourcePassage{Coder: 1, Login: "anna", Passage: annotations.Passage{ID: 5, Variable: "damage", Start: 0, End: 3, At: made}}
	old := passage(6, 1, "anna", "no_longer_asked", "", 0, 3)
	entries := func(value string) map[string]annotations.Entry {
		return map[string]annotations.Entry{"damage": {Variable: "damage", Answer: codebook.Answer{Value: value}}}
	}
	b1, b2, b3 := annotations.Case{ID: "B-01", Region: "W1", Period: "2025-H1"}, annotations.Case{ID: "B-02", Region: "W3"}, annotations.Case{ID: "B-03"}
	var k1, k2 annotations.HandedCoding
	k1.Entries, k2.Entries = entries("yes_clear"), entries("none")
	return refiqda.Project{
		Title: "Bicycles & more", Codebook: bicycles(t), Lang: "en", Made: made,
		Coder: func(_ int64, login string) string { return "name of " + login },
		Cases: sequence(
			annotations.Handed{Case: b1, Codings: []annotations.HandedCoding{k1, k2}, Settlement: &annotations.Settlement{Answers: codebook.Answers{"damage": {Value: "yes_clear"}, "minutes": {Value: "40.5"}, "quality": {Missing: codebook.NR}}}},
			annotations.Handed{Case: b2, Codings: []annotations.HandedCoding{k2}},
			annotations.Handed{Case: b3, Codings: []annotations.HandedCoding{k1, k2}}),
		Sources: sequence(
			annotations.Source{Case: b1, Document: &annotations.Document{Number: 1, Type: "slip", Title: "intake", Text: slip, SHA256: "x"},
				Passages: []annotations.SourcePassage{passage(1, 1, "anna", "damage", "yes_clear", 4, 14), passage(2, 2, "bert", "damage", "", 4, 5), passage(3, 2, "bert", "repaired", "", 16, 19), old}},
			annotations.Source{Case: b2, Passages: []annotations.SourcePassage{onsite}},
			annotations.Source{Case: b3, Document: &annotations.Document{Number: 1, Type: "slip"}, Passages: []annotations.SourcePassage{gone}}),
	}
}

func write(t *testing.T, p refiqda.Project) (file []byte, parts map[string]string) {
	t.Helper()
	var b bytes.Buffer
	if err := refiqda.WriteProject(&b, p); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	parts = map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(text)
	}
	return b.Bytes(), parts
}

// An element is any element of a file.
type element struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Nodes   []element  `xml:",any"`
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (e element) walk(visit func(element)) {
	visit(e)
	for _, n := range e.Nodes {
		n.walk(visit)
	}
}

func parse(t *testing.T, text string) element {
	t.Helper()
	var e element
	if err := xml.Unmarshal([]byte(text), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestProject(t *testing.T) {
	file, parts := write(t, project(t))
	root := parse(t, parts["project.qde"])
	if root.attr("name") != "Bicycles & more" || root.XMLName.Space != "urn:QDA-XML:project:1.0" {
		t.Errorf("project %q in name space %q", root.attr("name"), root.XMLName.Space)
	}
	var order []string
	for _, n := range root.Nodes {
		order = append(order, n.XMLName.Local)
	}
	if got := strings.Join(order, " "); got != "Users CodeBook Variables Cases Sources" {
		t.Errorf("parts in the order %s", got)
	}

	ids := map[string]string{}
	root.walk(func(e element) {
		if id := e.attr("guid"); id != "" {
			if other, taken := ids[id]; taken {
				t.Errorf("%s and %s have the id %s", other, e.XMLName.Local, id)
			}
			ids[id] = e.XMLName.Local
		}
	})
	selections, sources := 0, 0
	root.walk(func(e element) {
		for _, name := range []string{"targetGUID", "creatingUser"} {
			if id := e.attr(name); id != "" && ids[id] == "" {
				t.Errorf("%s refers to %s, which is not there", e.XMLName.Local, id)
			}
		}
		if e.XMLName.Local != "TextSource" {
			return
		}
		sources++
		text, ok := parts["sources/"+strings.TrimPrefix(e.attr("plainTextPath"), "internal://")]
		if !ok {
			t.Errorf("no text at %s", e.attr("plainTextPath"))
		}
		for _, n := range e.Nodes {
			if n.XMLName.Local != "PlainTextSelection" {
				continue
			}
			selections++
			start, end := number(t, n.attr("startPosition")), number(t, n.attr("endPosition"))
			if got := string([]rune(text)[start:end]); got != n.attr("name") || got == "" {
				t.Errorf("%d to %d is %q, its name %q", start, end, got, n.attr("name"))
			}
		}
	})
	if selections != 4 || sources != 2 {
		t.Errorf("%d passages in %d texts, want 4 in 2", selections, sources)
	}
	if again, _ := write(t, project(t)); !bytes.Equal(file, again) {
		t.Error("the same project gave other bytes")
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n := 0
	for _, r := range s {
		n = 10*n + int(r-'0')
	}
	return n
}

// Only what was settled stands for a case, or what its only coder answered.
func TestValuesOfCases(t *testing.T) {
	_, parts := write(t, project(t))
	root := parse(t, parts["project.qde"])
	names := map[string]string{}
	root.walk(func(e element) {
		if e.XMLName.Local == "Variable" {
			names[e.attr("guid")] = e.attr("name")
		}
	})
	got := map[string]map[string]string{}
	root.walk(func(e element) {
		if e.XMLName.Local != "Case" {
			return
		}
		values := map[string]string{}
		for _, n := range e.Nodes {
			if n.XMLName.Local == "VariableValue" {
				values[names[n.Nodes[0].attr("targetGUID")]] = n.Nodes[1].Text
			}
		}
		got[e.attr("name")] = values
	})
	for name, want := range map[string]map[string]string{
		"B-01": {"region": "W1", "damage": "yes_clear", "minutes": "40.5", "quality": "", "quality_missing": "NR"},
		"B-02": {"region": "W3", "damage": "none", "parts_hit_missing": "NA"},
		"B-03": {"damage": ""},
	} {
		for variable, value := range want {
			if got[name][variable] != value {
				t.Errorf("%s: %s = %q, want %q", name, variable, got[name][variable], value)
			}
		}
	}
}

func TestCodebook(t *testing.T) {
	var b bytes.Buffer
	if err := refiqda.WriteCodebook(&b, bicycles(t), "en"); err != nil {
		t.Fatal(err)
	}
	root := parse(t, b.String())
	codes := map[string]bool{}
	sections, codable, members := 0, 0, 0
	root.walk(func(e element) {
		switch e.XMLName.Local {
		case "Code":
			codes[e.attr("guid")] = true
			if e.attr("isCodable") == "true" {
				codable++
			} else {
				sections++
			}
		case "MemberCode":
			members++
			if !codes[e.attr("guid")] {
				t.Errorf("the core has no code %s", e.attr("guid"))
			}
		}
	})
	book := bicycles(t)
	want, core := 0, 0
	for _, v := range book.Variables() {
		want += 1 + len(book.Options(v, ""))
		if v.Core {
			core++
		}
	}
	if sections != len(book.Sections) || codable != want || members != core {
		t.Errorf("%d sections, %d codes, %d of the core; want %d, %d, %d", sections, codable, members, len(book.Sections), want, core)
	}
}

// In every script, and with the line ends of every system, the words of a
// passage stand in the text of the file where it says. The corpus is that of
// the coding page's tests.
func TestProjectInEveryScript(t *testing.T) {
	b, err := os.ReadFile("../../web/testdata/sources.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	if err := json.Unmarshal(b, &texts); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(9, 4))
	want := map[string]map[[2]int]string{} // passages by the name of their document
	var sources []annotations.Source
	c := annotations.Case{ID: "U-01"}
	id := int64(0)
	for i, text := range texts {
		runes := []rune(text)
		s := annotations.Source{Case: c, Document: &annotations.Document{Number: i + 1, Type: "slip", Text: text, SHA256: fmt.Sprint(i)}}
		want[text] = map[[2]int]string{}
		for range 40 {
			start := random.IntN(len(runes))
			end := start + 1 + random.IntN(len(runes)-start)
			id++
			p := annotations.Passage{ID: id, Variable: "damage", Start: start, End: end, Quote: string(runes[start:end]), At: made}
			s.Passages = append(s.Passages, annotations.SourcePassage{Coder: 1, Login: "anna", Passage: p})
			want[text][[2]int{start, end}] = p.Quote
		}
		sources = append(sources, s)
	}
	p := project(t)
	p.Sources = sequence(sources...)
	_, parts := write(t, p)
	found := 0
	root := parse(t, parts["project.qde"])
	root.walk(func(e element) {
		if e.XMLName.Local != "TextSource" {
			return
		}
		text := parts["sources/"+strings.TrimPrefix(e.attr("plainTextPath"), "internal://")]
		passages, ok := want[text]
		if !ok {
			t.Errorf("a text came out otherwise than it went in: %q", text)
			return
		}
		found++
		seen := map[[2]int]bool{}
		for _, n := range e.Nodes {
			if n.XMLName.Local != "PlainTextSelection" {
				continue
			}
			start, end := number(t, n.attr("startPosition")), number(t, n.attr("endPosition"))
			quote, ok := passages[[2]int{start, end}]
			if got := string([]rune(text)[start:end]); !ok || got != quote || n.attr("name") != quote {
				t.Errorf("%d to %d is %q, its name %q, want %q", start, end, got, n.attr("name"), quote)
			}
			seen[[2]int{start, end}] = true
		}
		if len(seen) != len(passages) {
			t.Errorf("%d passages in %q, want %d", len(seen), text, len(passages))
		}
	})
	if found != len(texts) {
		t.Errorf("%d texts, want %d", found, len(texts))
	}
}
