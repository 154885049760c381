package annotations

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/codebook"
)

// Masked yields cases as they may leave a study: what identifies a person in
// words that people typed, notes and answers in text, is replaced by its kind
// in brackets, such as [PHONE]. That is what blocks, and every name, also one
// that a mere capital tells: who typed it was warned and could save it, but a
// word too many in brackets costs less than a name that leaves. The rules may
// have grown since as well. Found, which may be nil, is told of each. What is
// stored does not change.
func Masked(book *codebook.Codebook, cases iter.Seq2[Handed, error], screener *screening.Screener, found func(screening.Kind)) iter.Seq2[Handed, error] {
	texts := map[string]bool{}
	for _, v := range book.Variables() {
		texts[v.ID] = v.Type == codebook.TypeText
	}
	m := masking{screener, found}
	return func(yield func(Handed, error) bool) {
		for h, err := range cases {
			if err == nil {
				h = m.handed(h, texts)
			}
			if !yield(h, err) {
				return
			}
		}
	}
}

// MaskedSources yields sources with their paraphrases as [Masked] would leave
// them. Documents were cleared, and their quotes are theirs.
func MaskedSources(sources iter.Seq2[Source, error], screener *screening.Screener, found func(screening.Kind)) iter.Seq2[Source, error] {
	m := masking{screener, found}
	return func(yield func(Source, error) bool) {
		for s, err := range sources {
			if err == nil {
				s.Passages = slices.Clone(s.Passages)
				for i := range s.Passages {
					s.Passages[i].Paraphrase = m.text(s.Passages[i].Paraphrase)
				}
			}
			if !yield(s, err) {
				return
			}
		}
	}
}

type masking struct {
	screener *screening.Screener
	found    func(screening.Kind)
}

func (m masking) handed(h Handed, texts map[string]bool) Handed {
	for i := range h.Codings {
		entries, copied := h.Codings[i].Entries, false
		for id, e := range entries {
			before := e
			e.Note = m.text(e.Note)
			if texts[id] {
				e.Answer.Value = m.text(e.Answer.Value)
			}
			if e.Note == before.Note && e.Answer == before.Answer {
				continue
			}
			if !copied {
				h.Codings[i].Entries, copied = maps.Clone(entries), true
			}
			h.Codings[i].Entries[id] = e
		}
	}
	if h.Settlement == nil {
		return h
	}
	settled := *h.Settlement
	for id, a := range h.Settlement.Answers {
		if !texts[id] {
			continue
		}
		if value := m.text(a.Value); value != a.Value {
			settled.Answers = maps.Clone(settled.Answers)
			settled.Answers[id] = codebook.Answer{Value: value, Missing: a.Missing}
		}
	}
	h.Settlement = &settled
	return h
}

// text replaces what blocks, and names.
func (m masking) text(s string) string {
	if s == "" {
		return s
	}
	var out strings.Builder
	var runes []rune
	at := 0
	for _, f := range m.screener.Scan(s) {
		if f.Severity != screening.Block && f.Kind != screening.Name {
			continue
		}
		if runes == nil {
			runes = []rune(s)
		}
		out.WriteString(string(runes[at:f.Start]) + "[" + strings.ToUpper(string(f.Kind)) + "]")
		at = f.End
		if m.found != nil {
			m.found(f.Kind)
		}
	}
	if runes == nil {
		return s
	}
	return out.String() + string(runes[at:])
}
