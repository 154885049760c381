package web

import (
	"fmt"
	"strings"
	"testing"
)

// shown writes segments as text with the sides that cover it and the spans
// that begin in it: "|x" "a|[0]y" ...
func shown(segments []Segment) string {
	var b strings.Builder
	for _, s := range segments {
		if len(s.Sides) == 0 {
			fmt.Fprintf(&b, "%s", s.Text)
			continue
		}
		fmt.Fprintf(&b, "<%s%v%s>", strings.Join(s.Begins, "+"), s.Sides, s.Text)
	}
	return b.String()
}

func TestSegments(t *testing.T) {
	a := func(start, end int) Span { return Span{start, end, 0, "a"} }
	b := func(start, end int) Span { return Span{start, end, 1, "b"} }
	for _, x := range []struct {
		name  string
		text  string
		start int
		spans []Span
		want  string
	}{
		{"none", "the chain", 0, nil, "the chain"},
		{"empty text", "", 5, []Span{a(0, 9)}, ""},
		{"one", "the chain", 0, []Span{a(4, 9)}, "the <a[0]chain>"},
		{"whole", "chain", 0, []Span{a(0, 5)}, "<a[0]chain>"},
		{"overlap", "the chain is loose", 0, []Span{a(4, 12), b(10, 18)}, "the <a[0]chain ><b[0 1]is><[1] loose>"},
		{"one inside the other", "the chain is", 0, []Span{a(0, 12), b(4, 9)}, "<a[0]the ><b[0 1]chain><[0] is>"},
		{"the same", "chain", 0, []Span{a(0, 5), b(0, 5)}, "<a+b[0 1]chain>"},
		{"twice the same side", "chain", 0, []Span{a(0, 5), {0, 5, 0, "a2"}}, "<a+a2[0]chain>"},
		{"adjacent", "chain", 0, []Span{a(0, 2), b(2, 5)}, "<a[0]ch><b[1]ain>"},
		{"emoji and accents", "🚲 Née 🚲", 0, []Span{a(2, 5), b(6, 7)}, "🚲 <a[0]Née> <b[1]🚲>"},
		{"began before", "chain", 10, []Span{a(8, 12)}, "<a[0]ch>ain"},
		{"ends after", "chain", 10, []Span{a(13, 30)}, "cha<a[0]in>"},
		{"outside", "chain", 10, []Span{a(0, 10), b(15, 20)}, "chain"},
		{"without length", "chain", 0, []Span{a(2, 2)}, "chain"},
		{"backwards", "chain", 0, []Span{a(4, 2)}, "chain"},
	} {
		got := Segments(x.text, x.start, x.spans, map[string]bool{})
		if shown(got) != x.want {
			t.Errorf("%s: %s, want %s", x.name, shown(got), x.want)
		}
		var whole strings.Builder
		for _, s := range got {
			whole.WriteString(s.Text)
		}
		if whole.String() != x.text {
			t.Errorf("%s: put together %q, want %q", x.name, whole.String(), x.text)
		}
	}
}

func TestSegmentsOfSeveralParagraphs(t *testing.T) {
	begun := map[string]bool{}
	spans := []Span{{2, 9, 0, "a"}}
	first, second := Segments("abcd", 0, spans, begun), Segments("efgh", 6, spans, begun)
	if got, want := shown(first)+shown(second), "ab<a[0]cd><[0]efg>h"; got != want {
		t.Errorf("segments %s, want %s", got, want)
	}
}

func FuzzSegments(f *testing.F) {
	f.Add("the 🚲 chain", 0, 2, 6, 4, 9)
	f.Add("", 3, 0, 9, -4, 2)
	f.Fuzz(func(t *testing.T, text string, start, a, b, c, d int) {
		if start < -1e9 || start > 1e9 {
			return
		}
		var whole strings.Builder
		for _, s := range Segments(text, start, []Span{{a, b, 0, "a"}, {c, d, 1, "b"}}, map[string]bool{}) {
			whole.WriteString(s.Text)
		}
		if whole.String() != text {
			t.Errorf("put together %q, want %q", whole.String(), text)
		}
	})
}
