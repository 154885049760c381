package store_test

import (
	"context"
	"maps"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// A case that was settled elsewhere and that nobody coded here is settled: it
// is in the figures and in the exports. One that is settled in part waits.
func TestSettledElsewhere(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	whole := map[string]codebook.Answer{}
	for id, value := range storetest.Answers {
		whole[id] = codebook.Answer{Value: value}
	}
	part := maps.Clone(whole)
	delete(part, "quality")
	for range 2 { // the second time adds nothing
		_, _, err := w.Store.ImportCodings(ctx, w.People["daan"], storetest.Study, []store.ImportedCoding{
			{Case: "B-01", Answers: whole}, {Case: "B-02", Answers: part}}, false, nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[annotations.CaseID]annotations.State{"B-01": annotations.Settled, "B-02": annotations.Available} {
		c, err := w.Store.Case(ctx, storetest.Study, id)
		if err != nil {
			t.Fatal(err)
		}
		if c.State != want {
			t.Errorf("%s is %s, want %s", id, c.State, want)
		}
	}
	if n, _, err := w.Store.Settled(ctx, storetest.Study); err != nil || n != 1 {
		t.Errorf("%d cases are in the figures, want 1: %v", n, err)
	}
	cases := 0
	for h, err := range w.Store.HandedIn(ctx, storetest.Study) {
		if err != nil {
			t.Fatal(err)
		}
		cases++
		if h.Case.ID != "B-01" || len(h.Codings) != 0 || h.Settlement == nil || !h.Settlement.Done() {
			t.Fatalf("exported: %+v", h)
		}
		if got := h.Settlement.Answers["workshop"].Value; got != h.Case.Region {
			t.Errorf("workshop is %q, and the case is of %q", got, h.Case.Region)
		}
		if got := h.Settlement.Provenance["damage"]; got != annotations.Imported {
			t.Errorf("damage comes from %s", got)
		}
	}
	if cases != 1 {
		t.Errorf("%d cases were exported, want 1", cases)
	}
}

// A coding that is imported for somebody from whom the case was recalled before
// they began gives it back to them: nobody would see it otherwise.
func TestAnImportGivesBackWhatWasRecalled(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	a := w.Assign(t, "B-01", "anna")
	if err := w.Store.Withdraw(ctx, w.People["lena"], storetest.Study, a.ID); err != nil {
		t.Fatal(err)
	}
	_, _, err := w.Store.ImportCodings(ctx, w.People["daan"], storetest.Study, []store.ImportedCoding{
		{Case: "B-01", Coder: w.People["anna"].ID, Answers: map[string]codebook.Answer{"damage": {Value: "yes_clear"}}}}, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	mine, err := w.Store.MyAnswers(ctx, w.People["anna"], storetest.Study)
	if err != nil || mine[a.ID]["damage"].Value != "yes_clear" {
		t.Errorf("what anna has of the case is %v, %v", mine[a.ID], err)
	}
	list, err := w.Store.MyAssignments(ctx, w.People["anna"], storetest.Study)
	if err != nil || len(list) != 1 || list[0].Status != annotations.Open {
		t.Errorf("anna has %+v, %v", list, err)
	}
}

// A file that gives a question another missing code than routing does is not
// read as if it agreed: not recorded counts otherwise than not applicable.
func TestImportedCodesAgreeWithRouting(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	in := func(repaired, quality codebook.Answer) error {
		_, _, err := w.Store.ImportCodings(ctx, w.People["daan"], storetest.Study, []store.ImportedCoding{
			{Case: "B-01", Coder: w.People["anna"].ID, Answers: map[string]codebook.Answer{"damage": {Value: "yes_clear"}, "repaired": repaired, "quality": quality}}}, true, nil)
		return err
	}
	for _, c := range []struct {
		repaired, quality codebook.Answer
		taken             bool
	}{
		{codebook.Answer{Value: "no"}, codebook.Answer{Missing: codebook.NA}, true},
		{codebook.Answer{Value: "no"}, codebook.Answer{Missing: codebook.NR}, false},
		{codebook.Answer{Value: "no"}, codebook.Answer{Missing: codebook.UC}, false},
		{codebook.Answer{Missing: codebook.NR}, codebook.Answer{Missing: codebook.NR}, true},
		{codebook.Answer{Missing: codebook.NR}, codebook.Answer{Missing: codebook.NA}, false},
	} {
		if err := in(c.repaired, c.quality); (err == nil) != c.taken {
			t.Errorf("repaired %+v, quality %+v: %v, want taken %v", c.repaired, c.quality, err, c.taken)
		}
	}
}
