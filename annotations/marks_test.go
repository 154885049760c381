package annotations

import (
	"testing"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// "The wheel was bent." has words at 0-3, 4-9, 10-13 and 14-18. One coder marks
// "wheel was bent", the other "bent": F1 of words is 2 * 1 / (3 + 1), and no
// passage has the same ends. In a second text both mark the same word.
func TestAgreementOnPassages(t *testing.T) {
	text := "The wheel was bent."
	documents := []MarkedDocument{
		{Text: text, Marks: map[int64][]agreement.Span{3: {{Start: 4, End: 18}}, 5: {{Start: 14, End: 18}}}},
		{Text: text, Marks: map[int64][]agreement.Span{3: {{Start: 4, End: 9}}, 5: {{Start: 4, End: 9}}}},
		{Text: text, Marks: map[int64][]agreement.Span{3: nil, 5: nil}},
	}
	list := PassageAgreements(documents)
	if len(list) != 1 || list[0].Coders != [2]int64{3, 5} || list[0].Documents != 2 {
		t.Fatalf("agreements %+v", list)
	}
	near(t, "words", list[0].Tokens, 2.*2/(4+2))
	near(t, "same ends", list[0].Exact, 2.*1/(2+2))
	if got := PassageAgreements(documents[2:]); got != nil {
		t.Errorf("nothing was marked, yet %+v", got)
	}

	// Marks of one coder that overlap count once; half a word is a word.
	list = PassageAgreements([]MarkedDocument{{Text: text, Marks: map[int64][]agreement.Span{
		1: {{Start: 4, End: 8}, {Start: 6, End: 13}}, 2: {{Start: 4, End: 9}, {Start: 10, End: 13}}, 3: nil}}})
	if len(list) != 4 || list[0].Coders != [2]int64{} || list[0].Documents != 3 {
		t.Fatalf("of three coders %d lines, want one for all and three pairs: %+v", len(list), list)
	}
	near(t, "words of 1 and 2", list[1].Tokens, 1)
	near(t, "words of 1 and 3", list[2].Tokens, 0)
	if a := list[1].Alpha; a.Undefined != nil || a.Value < 0.7 || a.Value >= 1 {
		t.Errorf("alpha of 1 and 2 is %v (%v), want nearly one: a space differs", a.Value, a.Undefined)
	}
}
