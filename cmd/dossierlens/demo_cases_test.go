package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/codebook/builtin"
)

// A demoTruth is all that the file about a written case holds.
type demoTruth struct {
	Case    string                   `yaml:"case"`
	Region  string                   `yaml:"region"`
	Period  string                   `yaml:"period"`
	Source  string                   `yaml:"source"`
	Title   string                   `yaml:"title"` // for readers of the file
	Answers map[string]writtenAnswer `yaml:"answers"`
}

// A demoDocument is a document of a case file of the demo study.
type demoDocument struct {
	path, title, typ string
	number, day      int
	text             string
}

type demoCase struct {
	demoTruth
	documents []demoDocument
}

var demoFileName = regexp.MustCompile(`^(\d\d)-([a-z_]+)-dag(\d{3})\.txt$`)

// demoCases reads all case files of the demo study in order of their id.
func demoCases(t *testing.T) []demoCase {
	t.Helper()
	folders, err := filepath.Glob("demo/cases/*")
	if err != nil {
		t.Fatal(err)
	}
	var cases []demoCase
	for _, folder := range folders {
		cases = append(cases, demoCase{readTruth(t, folder), readDocuments(t, folder)})
	}
	return cases
}

func readTruth(t *testing.T, folder string) demoTruth {
	t.Helper()
	path := filepath.Join(folder, "truth.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var truth demoTruth
	if err := yaml.UnmarshalWithOptions(data, &truth, yaml.Strict()); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if truth.Case != filepath.Base(folder) {
		t.Errorf("%s: case is %q", path, truth.Case)
	}
	return truth
}

func readDocuments(t *testing.T, folder string) []demoDocument {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var documents []demoDocument
	for i, path := range paths {
		m := demoFileName.FindStringSubmatch(filepath.Base(path))
		if m == nil {
			t.Errorf("%s: the name is not like 01-vt_melding-dag000.txt", path)
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		d := demoDocument{path: path, typ: m[2], text: string(data)}
		d.number, _ = strconv.Atoi(m[1])
		d.day, _ = strconv.Atoi(m[3])
		if d.number != i+1 {
			t.Errorf("%s: it is document %d of the case", path, i+1)
		}
		d.title, _, _ = strings.Cut(d.text, "\n\n")
		if d.title == "" || strings.Contains(d.title, "\n") {
			t.Errorf("%s: there is no title on the first line with an empty line below it", path)
		}
		documents = append(documents, d)
	}
	return documents
}

func builtinCodebook(t *testing.T) *codebook.Codebook {
	t.Helper()
	c, err := builtin.Codebook("hgkm-procesindicatoren")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDemoDocuments(t *testing.T) {
	book := builtinCodebook(t)
	cases := demoCases(t)
	if got, want := len(cases), 24; got != want {
		t.Errorf("the demo has %d case files, want %d", got, want)
	}
	for _, c := range cases {
		if n := len(c.documents); n < 3 || n > 6 {
			t.Errorf("%s has %d documents, want 3 to 6", c.Case, n)
		}
		for i, d := range c.documents {
			if n := len(strings.Fields(d.text)); n < 200 || n > 900 {
				t.Errorf("%s has %d words, want 200 to 900", d.path, n)
			}
			if !slices.ContainsFunc(book.DocumentTypes, func(dt codebook.DocumentType) bool { return dt.Code == d.typ }) {
				t.Errorf("%s: the codebook has no document type %q", d.path, d.typ)
			}
			if i > 0 && d.day < c.documents[i-1].day {
				t.Errorf("%s is of an earlier day than the document before it", d.path)
			}
		}
	}
}

// Anonymised files have roles for names and day numbers for dates, so nothing
// in them may look like what identifies a person.
func TestDemoDocumentsIdentifyNobody(t *testing.T) {
	identifying := regexp.MustCompile(`(?i)\d{6,}|(?:\d[ .-]?){9,}|\b[1-9]\d{3} ?[A-Z]{2}\b|@|https?:|www\.` +
		`|\d{1,2}[-/]\d{1,2}[-/]\d{2,4}|\b(?:19|20)\d\d\b` +
		`|\b\d{1,2} (?:januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december)\b` +
		`|\b\w+(?:straat|laan|weg|plein|singel|kade|gracht) \d`)
	title := regexp.MustCompile(`\b(?:[Dd]e heer|[Mm]evrouw|[Dd]hr\.|[Mm]evr\.) [A-Z]`)
	for _, c := range demoCases(t) {
		for _, d := range c.documents {
			for _, pattern := range []*regexp.Regexp{identifying, title} {
				if found := pattern.FindString(d.text); found != "" {
					t.Errorf("%s: %q looks like what identifies a person", d.path, found)
				}
			}
		}
		// What the screening finds holds a case back, and the demo is another one.
		texts := make([]string, len(c.documents))
		for i, d := range c.documents {
			texts[i] = d.text
		}
		screener := new(screening.Screener).ForCase(texts...)
		for _, d := range c.documents {
			for _, f := range screener.Scan(d.text) {
				t.Errorf("%s: the screening finds %q (%s)", d.path, f.Text, f.Rule)
			}
		}
	}
}

func TestDemoParagraphsAreNotRepeated(t *testing.T) {
	seen := map[string][]string{}
	for _, c := range demoCases(t) {
		for _, d := range c.documents {
			for paragraph := range strings.SplitSeq(d.text, "\n\n") {
				p := strings.TrimSpace(paragraph)
				if !slices.Contains(seen[p], c.Case) {
					seen[p] = append(seen[p], c.Case)
				}
			}
		}
	}
	for p, in := range seen {
		if len(in) > 3 {
			t.Errorf("%q stands in %d cases: %s", p, len(in), strings.Join(in, ", "))
		}
	}
}

func TestDemoAnswers(t *testing.T) {
	book := builtinCodebook(t)
	for _, c := range demoCases(t) {
		t.Run(c.Case, func(t *testing.T) {
			stated := codebook.Answers{}
			for id, a := range c.Answers {
				v := book.Variable(id)
				if v == nil {
					t.Errorf("the codebook has no variable %s", id)
					continue
				}
				accepted, err := book.Accept(v, a.answer(), c.Period)
				if err != nil {
					t.Error(err)
				}
				stated[id] = accepted
				if a.Missing == codebook.UC && a.Note == "" {
					t.Errorf("%s is unclear without a note", id)
				}
			}
			routes := book.Route(stated)
			for id := range c.Answers {
				if !routes[id].Asked {
					t.Errorf("%s is answered and not asked", id)
				}
			}
			if open := book.Open(stated); len(open) > 0 {
				t.Errorf("asked and not answered: %s", strings.Join(open, ", "))
			}
			for _, f := range book.Findings(book.Effective(stated)) {
				if f.Check.Severity == codebook.SeverityError {
					t.Errorf("check %s fires on %s", f.Check.ID, strings.Join(f.Variables, ", "))
				}
			}
			for id, want := range map[string]string{"bg_vt_regio": c.Region, "bg_instroom": c.Period, "bg_bron": c.Source} {
				if got := stated[id].Value; got != want {
					t.Errorf("%s is %s, and %s for the case", id, got, want)
				}
			}
		})
	}
}

func TestDemoEvidence(t *testing.T) {
	book := builtinCodebook(t)
	for _, c := range demoCases(t) {
		t.Run(c.Case, func(t *testing.T) {
			var optional, quoted int
			for _, v := range book.Variables() {
				a, ok := c.Answers[v.ID]
				if !ok {
					continue
				}
				if a.Missing == "" {
					switch v.Evidence {
					case codebook.EvidenceRequired:
						if len(a.Quotes) == 0 {
							t.Errorf("%s has no quotation", v.ID)
						}
					case codebook.EvidenceOptional:
						optional++
						quoted += min(1, len(a.Quotes))
					}
				}
				for _, q := range a.Quotes {
					checkQuote(t, c, v.ID, int(q.Document), q.Text)
				}
			}
			if 2*quoted < optional {
				t.Errorf("%d of %d answers with optional evidence have a quotation, want half", quoted, optional)
			}
		})
	}
}

// checkQuote checks that a quotation points at one place in the case file.
func checkQuote(t *testing.T, c demoCase, id string, document int, quote string) {
	t.Helper()
	if document < 1 || document > len(c.documents) {
		t.Errorf("%s: there is no document %d", id, document)
		return
	}
	if n := len(strings.Fields(quote)); n < 4 || n > 30 || strings.Contains(quote, "\n") {
		t.Errorf("%s: %q is not one line of 4 to 30 words", id, quote)
	}
	if n := strings.Count(c.documents[document-1].text, quote); n != 1 {
		t.Errorf("%s: %q stands %d times in document %d", id, quote, n, document)
	}
}

// The manifest names files as they are imported: the texts themselves, or a
// Word or PDF file that is made from the text of that name.
func TestDemoManifest(t *testing.T) {
	f, err := os.Open("demo/manifest.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"case_id", "document", "type", "title", "day", "file", "region", "period", "source"}}
	for _, c := range demoCases(t) {
		for _, d := range c.documents {
			want = append(want, []string{c.Case, strconv.Itoa(d.number), d.typ, d.title, strconv.Itoa(d.day),
				strings.TrimPrefix(filepath.ToSlash(d.path), "demo/"), c.Region, c.Period, c.Source})
		}
	}
	if len(got) != len(want) {
		t.Fatalf("the manifest has %d rows, want %d", len(got), len(want))
	}
	formats := map[string]int{}
	for i, row := range got {
		const file = 5
		if i > 0 {
			ext := filepath.Ext(row[file])
			formats[ext]++
			row[file] = strings.TrimSuffix(row[file], ext) + ".txt"
		}
		if !slices.Equal(row, want[i]) {
			t.Errorf("row %d is %q, want %q", i+1, row, want[i])
		}
	}
	for _, ext := range []string{".txt", ".docx", ".pdf"} {
		if formats[ext] == 0 {
			t.Errorf("no file is imported as %s", ext)
		}
	}
}
