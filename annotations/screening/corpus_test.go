package screening

import (
	"cmp"
	"embed"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The corpus is written in templates: testdata/corpus/tuned.txt and seen.txt,
// made or looked at with the detectors in sight, and heldout.txt, made to
// measure after the rules were fixed; its head tells by whom and with what
// result. Each template becomes several documents with drawn values and drawn
// lines of fillers.txt, where nothing is to be found.
//
//go:embed testdata/corpus
var corpusFiles embed.FS

// renderings is how many documents are made of a template.
const renderings = 12

// A labelled is a document with what is to be found in it.
type labelled struct {
	text    string
	labels  []Finding // Kind, Start, End and Text
	heldOut bool
}

// corpus makes all documents; the same ones at every call.
func corpus(t testing.TB) []labelled {
	t.Helper()
	g := generator{t: t, pools: map[string][]string{}}
	for _, l := range corpusLines(t, "pools") {
		name, values, _ := strings.Cut(l, ": ")
		g.pools[name] = strings.Split(values, ", ")
	}
	fillers := corpusLines(t, "fillers")
	var docs []labelled
	for i, file := range []string{"tuned", "seen", "heldout"} {
		// What is drawn for one file does not depend on the others.
		g.rand = rand.New(rand.NewPCG(4, uint64(i)))
		for _, template := range strings.Split(strings.Join(corpusLines(t, file), "\n"), "\n-----\n") {
			for range renderings {
				template := template
				for range 1 + g.rand.IntN(3) {
					template += "\n" + fillers[g.rand.IntN(len(fillers))]
				}
				d := g.render(template)
				d.heldOut = file == "heldout"
				docs = append(docs, d)
			}
		}
	}
	return docs
}

// corpusLines gives the lines of a corpus file without its remarks.
func corpusLines(t testing.TB, name string) []string {
	t.Helper()
	src, err := corpusFiles.ReadFile("testdata/corpus/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(strings.TrimSpace(string(src)), "\n"), func(l string) bool { return strings.HasPrefix(l, "# ") })
}

// fixed are the kinds with a checksum or a fixed form: a finding counts only
// with the very offsets of the label.
var fixed = []Kind{
	BSN, IBAN, Phone, Email, URL, SocialHandle, IPAddress, Postcode, BirthDate, Date,
	CaseNumber, LicencePlate, VNumber, DocumentNumber, ProfessionalNumber,
}

// slack is how many code points more than its label a finding of a kind
// without fixed form may have: an article, a first word, a title.
const slack = 16

// meets reports whether f finds what l labels.
func meets(f, l Finding) bool {
	if f.Kind != l.Kind {
		return false
	}
	if slices.Contains(fixed, f.Kind) {
		return f.Start == l.Start && f.End == l.End
	}
	return f.Start <= l.Start && f.End >= l.End && f.End-f.Start <= l.End-l.Start+slack
}

// A score counts what was found of a kind.
type score struct{ labels, hits, findings, right int }

func (s score) recall() float64    { return share(s.hits, s.labels) }
func (s score) precision() float64 { return share(s.right, s.findings) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// measure scans documents and counts by kind; miss is told every mistake.
func measure(docs []labelled, miss func(text string, f Finding, what string)) map[Kind]score {
	scores := map[Kind]score{}
	s := new(Screener)
	for _, d := range docs {
		found := s.Scan(d.text)
		for _, l := range d.labels {
			sc := scores[l.Kind]
			sc.labels++
			if slices.ContainsFunc(found, func(f Finding) bool { return meets(f, l) }) {
				sc.hits++
			} else {
				miss(d.text, l, "missed")
			}
			scores[l.Kind] = sc
		}
		for _, f := range found {
			sc := scores[f.Kind]
			sc.findings++
			if slices.ContainsFunc(d.labels, func(l Finding) bool { return meets(f, l) }) {
				sc.right++
			} else {
				miss(d.text, f, "too much")
			}
			scores[f.Kind] = sc
		}
	}
	return scores
}

// reached are recall and precision on the documents that are held out where
// they are less than what is asked of the whole corpus, as they were when these
// were first measured; they may not become worse. All other kinds, names among
// them, reach there what is asked.
var reached = map[Kind]rates{Place: {0.80, 0.87}, School: {0.75, 0.75}}

// rates are recall and precision.
type rates struct{ recall, precision float64 }

// TestScreeningCorpus measures recall and precision of every kind and prints
// them: go test -run Screening -v. It prints mistakes too, but none of the
// documents that are held out, for these would then be held out no more.
func TestScreeningCorpus(t *testing.T) {
	docs := corpus(t)
	if len(docs) < 400 {
		t.Errorf("the corpus has %d documents, want at least 400", len(docs))
	}
	mistakes := map[string]int{}
	held, seen := []labelled{}, []labelled{}
	for _, d := range docs {
		if d.heldOut {
			held = append(held, d)
		} else {
			seen = append(seen, d)
		}
	}
	scores := measure(seen, func(text string, f Finding, what string) {
		r := []rune(text)
		around := string(r[max(0, f.Start-15):f.Start]) + "<" + f.Text + ">" + string(r[f.End:min(len(r), f.End+12)])
		mistakes[fmt.Sprintf("%s %s %s: %q", what, f.Kind, f.Rule, around)]++
	})
	apart := measure(held, func(string, Finding, string) {})
	t.Logf("%d documents, %d of them held out", len(docs), len(held))
	t.Logf("%-20s %7s %8s %7s %9s   held out: %7s %7s %9s", "kind", "labels", "findings", "recall", "precision", "labels", "recall", "precision")
	var all, allApart score
	add := func(to *score, s score) {
		to.labels, to.hits, to.findings, to.right = to.labels+s.labels, to.hits+s.hits, to.findings+s.findings, to.right+s.right
	}
	row := func(kind string, s, h score) {
		t.Logf("%-20s %7d %8d %7.3f %9.3f             %7d %7.3f %9.3f", kind, s.labels, s.findings, s.recall(), s.precision(), h.labels, h.recall(), h.precision())
	}
	for _, k := range Kinds() {
		s, h := scores[k], apart[k]
		row(string(k), s, h)
		add(&all, s)
		add(&allApart, h)
		asked := rates{0.90, 0.85}
		if slices.Contains(fixed, k) {
			asked = rates{0.99, 0.98}
		}
		floor, less := reached[k]
		if !less {
			floor = asked
		}
		check := func(where string, s score, want rates) {
			if s.labels == 0 || s.recall() < want.recall || s.precision() < want.precision {
				t.Errorf("%s in %s: recall %.3f and precision %.3f on %d labels, want %.2f and %.2f", k, where, s.recall(), s.precision(), s.labels, want.recall, want.precision)
			}
		}
		whole := s
		add(&whole, h)
		check("the whole corpus", whole, asked)
		check("documents looked at", s, asked)
		check("documents held out", h, floor)
	}
	row("all", all, allApart)
	var told []string
	for m := range mistakes {
		told = append(told, m)
	}
	slices.SortFunc(told, func(a, b string) int { return cmp.Or(cmp.Compare(mistakes[b], mistakes[a]), cmp.Compare(a, b)) })
	for _, m := range told[:min(len(told), 30)] {
		t.Logf("%3d x %s", mistakes[m], m)
	}
}
