package annotations

import (
	"cmp"
	"maps"
	"slices"
	"unicode"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// A Mark is a span of a document that a coder marked, in code points; its
// category is not used.
type Mark = agreement.Span

// A MarkedDocument is a document with what coders of its case independently
// marked in it for one variable. Each coder of the case is in Marks, with no
// spans where they marked nothing.
type MarkedDocument struct {
	Text  string // empty when it was deleted: words are then not counted
	Chars int64  // code points of the text, also when it was deleted
	Marks map[int64][]Mark
}

// A PassageAgreement says how far two coders marked the same passages, over
// the documents in which at least one of them marked something.
type PassageAgreement struct {
	Coders    [2]int64 // ascending; zero when all pairs are taken together
	Documents int
	Exact     agreement.Result // share of passages with the same ends: F1
	Tokens    agreement.Result // share of words marked by both: F1
	Alpha     agreement.Result // Krippendorff's alpha, character by character
}

// PassageAgreements returns the agreement on passages of each pair of coders,
// and before them that of all pairs together when there are several. It is
// empty when nothing was marked.
func PassageAgreements(documents []MarkedDocument) []PassageAgreement {
	pairs := map[[2]int64]*markedPair{}
	all := &markedPair{}
	for _, d := range documents {
		coders := slices.Sorted(maps.Keys(d.Marks))
		words := wordsOf(d.Text)
		length := max(d.Chars, int64(len([]rune(d.Text))))
		for i, b := range coders {
			for _, a := range coders[:i] {
				if len(d.Marks[a])+len(d.Marks[b]) == 0 {
					continue
				}
				key := [2]int64{a, b}
				if pairs[key] == nil {
					pairs[key] = &markedPair{}
				}
				pairs[key].add(length, words, d.Marks[a], d.Marks[b])
				all.add(length, words, d.Marks[a], d.Marks[b])
			}
		}
	}
	var list []PassageAgreement
	if len(pairs) > 1 {
		list = append(list, all.agreement([2]int64{}))
	}
	for _, key := range slices.SortedFunc(maps.Keys(pairs), func(a, b [2]int64) int { return slices.Compare(a[:], b[:]) }) {
		list = append(list, pairs[key].agreement(key))
	}
	return list
}

// A markedPair lays documents behind each other, for two sides.
type markedPair struct {
	documents     int
	length, words int64
	exact         [2][]agreement.Span // as marked
	merged        [2][]agreement.Span // without overlaps of one coder's own
	tokens        [2][]agreement.Span // in words
}

func (p *markedPair) add(length int64, words []span, sides ...[]agreement.Span) {
	for i, marks := range sides {
		for _, m := range marks {
			p.exact[i] = append(p.exact[i], agreement.Span{Start: p.length + m.Start, End: p.length + m.End})
		}
		for _, m := range merge(marks) {
			p.merged[i] = append(p.merged[i], agreement.Span{Start: p.length + m.Start, End: p.length + m.End})
		}
		var inWords []agreement.Span
		for _, m := range marks {
			from, _ := slices.BinarySearchFunc(words, m.Start, func(w span, at int64) int { return cmp.Compare(w.end, at+1) })
			to, _ := slices.BinarySearchFunc(words, m.End, func(w span, at int64) int { return cmp.Compare(w.start, at) })
			if from < to {
				inWords = append(inWords, agreement.Span{Start: int64(from), End: int64(to)})
			}
		}
		for _, m := range merge(inWords) {
			p.tokens[i] = append(p.tokens[i], agreement.Span{Start: p.words + m.Start, End: p.words + m.End})
		}
	}
	p.documents++
	p.length += length
	p.words += int64(len(words))
}

func (p *markedPair) agreement(coders [2]int64) PassageAgreement {
	return PassageAgreement{Coders: coders, Documents: p.documents,
		Exact:  continuum(p.length, p.exact, agreement.SpanF1Exact.Of("unlabelled")),
		Tokens: continuum(p.words, p.tokens, agreement.CharF1.Of("labelled_micro")),
		Alpha:  continuum(p.length, p.merged, agreement.CharAlpha.Of("nominal"))}
}

// continuum computes one measure; what cannot be laid out is undefined.
func continuum(length int64, sides [2][]agreement.Span, m agreement.Measure) agreement.Result {
	c, err := agreement.NewContinuum(0, length, []string{"marked"}, sides[:])
	if err != nil {
		return agreement.Result{Measure: m, Undefined: agreement.ErrNothingPairable}
	}
	return c.Compute(m)[0]
}

// merge joins spans that overlap or touch.
func merge(spans []agreement.Span) []agreement.Span {
	sorted := slices.SortedFunc(slices.Values(spans), func(a, b agreement.Span) int { return cmp.Compare(a.Start, b.Start) })
	var list []agreement.Span
	for _, s := range sorted {
		if n := len(list); n > 0 && s.Start <= list[n-1].End {
			list[n-1].End = max(list[n-1].End, s.End)
			continue
		}
		list = append(list, s)
	}
	return list
}

// A span is a word, in code points.
type span struct{ start, end int64 }

// wordsOf are the words of a text: runs of letters, marks and digits.
func wordsOf(text string) []span {
	var list []span
	at, inside := int64(0), false
	for _, r := range text {
		word := unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
		switch {
		case word && !inside:
			list = append(list, span{start: at, end: at + 1})
		case word:
			list[len(list)-1].end = at + 1
		}
		inside = word
		at++
	}
	return list
}
