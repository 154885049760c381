package web

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// rebuild puts paragraphs together again, with what stands before the first.
func rebuild(text string, ps []Paragraph) string {
	if len(ps) == 0 {
		return text
	}
	var b strings.Builder
	b.WriteString(string([]rune(text)[:ps[0].Start]))
	for _, p := range ps {
		b.WriteString(p.Text + p.Gap)
	}
	return b.String()
}

func checkParagraphs(t *testing.T, text string) []Paragraph {
	t.Helper()
	ps := Paragraphs(text)
	runes := []rune(text)
	for i, p := range ps {
		n := utf8.RuneCountInString(p.Text)
		if p.Text == "" || p.Text != strings.Trim(p.Text, space) {
			t.Errorf("%q: paragraph %d is %q", text, i, p.Text)
		}
		if got := string(runes[p.Start : p.Start+n]); got != p.Text {
			t.Errorf("%q: at %d stands %q, want %q", text, p.Start, got, p.Text)
		}
	}
	if got := rebuild(text, ps); got != text {
		t.Errorf("paragraphs put together: %q, want %q", got, text)
	}
	return ps
}

func TestParagraphs(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []Paragraph
	}{
		{"empty", "", nil},
		{"blank", " \n\n ", nil},
		{"one", "Een", []Paragraph{{0, "Een", ""}}},
		{"line end inside", "a\nb\n\nc\n", []Paragraph{{0, "a\nb", "\n\n"}, {5, "c", "\n"}}},
		{"blank line with spaces", "\n a \n \t\nb", []Paragraph{{2, "a", " \n \t\n"}, {8, "b", ""}}},
		{"emoji", "👩‍👧 thuis\n\nja", []Paragraph{{0, "👩‍👧 thuis", "\n\n"}, {11, "ja", ""}}},
		{"combining marks", "e\u0301e\u0301n\n\nb", []Paragraph{{0, "e\u0301e\u0301n", "\n\n"}, {7, "b", ""}}},
		{"right to left", "שלום\n\nعليكم", []Paragraph{{0, "שלום", "\n\n"}, {6, "عليكم", ""}}},
		{"no-break space stays", "\u00a0a", []Paragraph{{0, "\u00a0a", ""}}},
	} {
		got := checkParagraphs(t, c.text)
		if len(got) != len(c.want) {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: got %+v, want %+v", c.name, got[i], c.want[i])
			}
		}
	}
}

func FuzzParagraphs(f *testing.F) {
	for _, s := range []string{"a\n\nb", "\r\n \n", "👩‍👧\n\n\ne\u0301", "\u2028x\n\t\n\u00a0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if utf8.ValidString(text) {
			checkParagraphs(t, text)
		}
	})
}

// TestOffsetsCorpus reads the corpus that jstest/offsets.test.js reads too:
// both languages must cut the same words at the same code points.
func TestOffsetsCorpus(t *testing.T) {
	b, err := os.ReadFile("testdata/offsets.json")
	if err != nil {
		t.Fatal(err)
	}
	var corpus []struct {
		Text, Quote string
		Start, End  int
	}
	if err := json.Unmarshal(b, &corpus); err != nil {
		t.Fatal(err)
	}
	if len(corpus) == 0 {
		t.Fatal("the corpus is empty")
	}
	for _, c := range corpus {
		if got := string([]rune(c.Text)[c.Start:c.End]); got != c.Quote {
			t.Errorf("%q[%d:%d] = %q, want %q", c.Text, c.Start, c.End, got, c.Quote)
		}
		checkParagraphs(t, c.Text)
	}
}
