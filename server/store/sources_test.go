package store_test

import (
	"context"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// What leaves with the texts stands where it says, and is what the coders had
// when they handed their codings in.
func TestSources(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	a := w.Code(t, "B-01", "anna", nil)
	w.Code(t, "B-01", "bert", nil)
	w.Code(t, "B-04", "cees", nil) // on site
	w.Assign(t, "B-03", "cees")    // not handed in
	docs, err := w.Store.Documents(ctx, a.Case.Key)
	if err != nil {
		t.Fatal(err)
	}
	got := map[annotations.CaseID]map[string]int{}
	for s, err := range w.Store.Sources(ctx, storetest.Study) {
		if err != nil {
			t.Fatal(err)
		}
		if got[s.Case.ID] == nil {
			got[s.Case.ID] = map[string]int{}
		}
		got[s.Case.ID]["documents"]++
		for _, p := range s.Passages {
			got[s.Case.ID][p.Login]++
			if s.Document == nil {
				if p.Paraphrase == "" || p.DocumentType == "" {
					t.Errorf("%s: a passage on site says nothing: %+v", s.Case.ID, p)
				}
				continue
			}
			if err := s.Document.Verify(p.Passage); err != nil {
				t.Errorf("%s: %v", s.Case.ID, err)
			}
		}
	}
	if g := got["B-01"]; g["documents"] != len(docs) || g["anna"] != 2 || g["bert"] != 2 {
		t.Errorf("B-01: %v", g)
	}
	if g := got["B-04"]; g["documents"] != 1 || g["cees"] != 2 {
		t.Errorf("B-04: %v", g)
	}
	if len(got) != 2 {
		t.Errorf("cases %v, want B-01 and B-04", got)
	}
}
