package annotations_test

import (
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/screening"
)

// Paraphrases leave without names and numbers, quotes as they are; what is
// stored does not change.
func TestMaskedSources(t *testing.T) {
	stored := annotations.Source{Passages: []annotations.SourcePassage{
		{Passage: annotations.Passage{Paraphrase: "mevrouw Plompert belt op 06-12345678"}},
		{Passage: annotations.Passage{Quote: "de ketting ligt eraf", Paraphrase: ""}},
		{Passage: annotations.Passage{Paraphrase: "de klant wil de fiets terug"}},
	}}
	sources := func(yield func(annotations.Source, error) bool) { yield(stored, nil) }
	replaced := 0
	for s, err := range annotations.MaskedSources(sources, new(screening.Screener), func(screening.Kind) { replaced++ }) {
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"mevrouw [NAME] belt op [PHONE]", "", "de klant wil de fiets terug"} {
			if got := s.Passages[i].Paraphrase; got != want {
				t.Errorf("paraphrase %d leaves as %q, want %q", i, got, want)
			}
		}
		if s.Passages[1].Quote != stored.Passages[1].Quote {
			t.Errorf("the quote leaves as %q", s.Passages[1].Quote)
		}
	}
	if replaced != 2 || stored.Passages[0].Paraphrase != "mevrouw Plompert belt op 06-12345678" {
		t.Errorf("%d places were replaced; stored is %q", replaced, stored.Passages[0].Paraphrase)
	}
}
