package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// marker is a word that stands nowhere but in the texts that a test deletes.
const marker = "zwanenhalsmerk"

// traces lists the files of the data folder in which the marker stands, in
// UTF-8 or UTF-16.
func traces(t *testing.T, dir string) []string {
	t.Helper()
	wide := []byte{}
	for _, b := range []byte(marker) {
		wide = append(wide, b, 0)
	}
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.Contains(b, []byte(marker)) || bytes.Contains(b, wide) {
			found = append(found, filepath.Base(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// marked imports a case whose texts hold the marker: one document that is
// cleared, long enough to lie on pages of its own, and one that waits.
func marked(t *testing.T, w *storetest.World, id annotations.CaseID) {
	t.Helper()
	in := w.Case(t, id, "W1", "The bicycle has a "+marker+" on it.\n"+strings.Repeat("The "+marker+" was looked at again.\n", 400))
	in.Held = []annotations.Held{heldWithMarker()}
	w.Import(t, storetest.Study, in)
}

func heldWithMarker() annotations.Held {
	text := "A " + marker + " was reported by phone, 06-12345678.\n"
	sum := sha256.Sum256([]byte(text))
	return annotations.Held{Number: 2, Type: "slip", Text: text, SHA256: hex.EncodeToString(sum[:]), Findings: new(screening.Screener).Scan(text)}
}

// release decides about the document that waits, so that the case can be given.
func release(t *testing.T, w *storetest.World, id annotations.CaseID) {
	t.Helper()
	ctx := context.Background()
	held, _, err := w.Store.HeldDocuments(ctx, storetest.Study, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range held {
		if h.Case.ID != id {
			continue
		}
		whole, err := w.Store.HeldDocument(ctx, storetest.Study, h.Key)
		if err != nil {
			t.Fatal(err)
		}
		decisions := []screening.Decision{}
		for range h.Findings {
			decisions = append(decisions, screening.Decision{Replace: true, Replacement: "[TELEFOON]"})
		}
		cleared, err := new(screening.Screener).Clear(whole.Text, decisions)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Store.ReleaseHeld(ctx, w.People["daan"], whole, annotations.NewIncoming(cleared), nil); err != nil {
			t.Fatal(err)
		}
	}
}

// quoteMarker attaches the marker as evidence.
func quoteMarker(t *testing.T, w *storetest.World, a annotations.Assignment, coder string) annotations.Passage {
	t.Helper()
	docs, err := w.Store.Documents(context.Background(), a.Case.Key)
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.Store.AddPassage(context.Background(), w.People[coder], a.ID,
		annotations.Passage{Variable: "damage", Document: docs[0].Key, Start: 18, End: 18 + len(marker), Quote: marker})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// replied keeps the answer to a request of a program that quotes the marker.
func replied(t *testing.T, w *storetest.World) {
	t.Helper()
	ctx := context.Background()
	if _, err := w.Store.Claim(ctx, "7 anna", "k-1", []byte("a request")); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.KeepReply(ctx, "7 anna", "k-1", store.Reply{Status: 201, Type: "application/json", Body: []byte(`{"quote": "` + marker + `"}`)}); err != nil {
		t.Fatal(err)
	}
}

func plan(t *testing.T, w *storetest.World, p store.RetentionPlan) {
	t.Helper()
	p.Study = storetest.Study
	if p.Reason == "" {
		p.Reason = "the term has passed"
	}
	if err := w.Store.PlanDeletion(context.Background(), w.People["daan"], p); err != nil {
		t.Fatal(err)
	}
}

func deleteDue(t *testing.T, w *storetest.World) []store.Deletion {
	t.Helper()
	done, err := w.Store.DeleteDue(context.Background(), w.People["daan"], "", store.Deleting{})
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// Texts that are deleted are gone from every file of the data folder, and all
// that was coded of them stays.
func TestDeletedTextsLeaveNoTrace(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	marked(t, w, "B-05")
	release(t, w, "B-05")
	marked(t, w, "B-06") // of which a document still waits
	a := w.Assign(t, "B-05", "anna")
	passage := quoteMarker(t, w, a, "anna")
	replied(t, w)
	w.Save(t, a, "anna", "damage", "yes_clear")
	kept := filepath.Join(t.TempDir(), "kept.db")
	if err := w.Store.KeepBackup(ctx, "kept.db", w.Clock.Now().AddDate(0, 1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.Backup(ctx, w.People["beheer"], kept); err != nil {
		t.Fatal(err)
	}
	docs, err := w.Store.Documents(ctx, a.Case.Key)
	if err != nil {
		t.Fatal(err)
	}
	if len(traces(t, w.Dir)) == 0 {
		t.Fatal("the marker stands nowhere; the test would prove nothing")
	}

	plan(t, w, store.RetentionPlan{Basis: store.OnDate, DueOn: "2026-01-06"})
	if done := deleteDue(t, w); len(done) != 0 || len(traces(t, w.Dir)) == 0 {
		t.Fatalf("texts went before their day: %v", done)
	}
	w.Clock.Add(48 * time.Hour)
	before := history(t, w.Dir)
	done := deleteDue(t, w)
	if len(done) != 1 {
		t.Fatalf("%d deletions were done, want 1", len(done))
	}
	if found := traces(t, w.Dir); found != nil {
		t.Errorf("the text still stands in %v", found)
	}
	if !slices.Equal(before, history(t, w.Dir)) {
		t.Error("answers, submissions or decisions changed")
	}

	var c store.Certificate
	if err := json.Unmarshal(done[0].Certificate, &c); err != nil {
		t.Fatal(err)
	}
	if c.Cases != 5 || c.Documents != 9 || c.Held != 1 || c.Passages != 1 || !c.SecureDelete || c.FreePages != 0 || c.Log != 0 || c.OrderedBy != "daan" {
		t.Errorf("the certificate says %+v", c)
	}
	if len(c.Backups) != 1 || c.Backups[0].Name != "kept.db" || c.Backups[0].ExpiresAt == nil {
		t.Errorf("the certificate lists the backups %+v", c.Backups)
	}
	if sum := sha256.Sum256(done[0].Certificate); hex.EncodeToString(sum[:]) != done[0].SHA256 {
		t.Error("the certificate has not the hash that was written down")
	}
	list := sha256.New()
	if err := w.Store.WriteDeleted(ctx, list, done[0].ID); err != nil || hex.EncodeToString(list.Sum(nil)) != c.List {
		t.Errorf("the list of documents has another hash than the certificate says: %v", err)
	}

	after, err := w.Store.Documents(ctx, a.Case.Key)
	if err != nil {
		t.Fatal(err)
	}
	if len(after) != 2 || after[0].Text != "" || after[0].SHA256 != docs[0].SHA256 || after[0].Chars != docs[0].Chars || after[0].DeletedAt.IsZero() {
		t.Errorf("what is left of the document is %+v", after[0])
	}
	opened, err := w.Store.OpenCase(ctx, w.People["anna"], a.ID)
	if err != nil {
		t.Fatal(err)
	}
	p := opened.Coding.Passages[0]
	if p.Quote != "" || p.Start != passage.Start || p.End != passage.End || !p.DeletedAt.Equal(after[0].DeletedAt) {
		t.Errorf("what is left of the passage is %+v", p)
	}
	var invalid *annotations.InvalidError
	_, err = w.Store.AddPassage(ctx, w.People["anna"], a.ID, annotations.Passage{Variable: "damage", Document: docs[0].Key, Start: 18, End: 18 + len(marker), Quote: marker})
	if !errors.As(err, &invalid) || invalid.Key != "passage.document.deleted" {
		t.Errorf("a passage in a deleted text: %v", err)
	}
	w.Save(t, a, "anna", "damage", "none") // the coding itself goes on

	found, err := w.Store.Examine(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Problem != "" {
			t.Errorf("doctor: %s: %s", f.What, f.Problem)
		}
	}
	in := w.Case(t, "B-05", "W1", "The bicycle has a "+marker+" on it.\n"+strings.Repeat("The "+marker+" was looked at again.\n", 400))
	in.Held = []annotations.Held{heldWithMarker()}
	if again, err := w.Store.ImportCases(ctx, w.People["daan"], storetest.Study, []annotations.IncomingCase{in}, false, nil); err != nil || again.Documents+again.Held != 0 {
		t.Errorf("an import brought the texts back: %+v, %v", again, err)
	}
	if plans, err := w.Store.RetentionPlans(ctx, storetest.Study); err != nil || len(plans) != 1 || plans[0].Ended != "done" {
		t.Errorf("the plan is %+v, %v", plans, err)
	}
	if done := deleteDue(t, w); len(done) != 0 {
		t.Errorf("a second run deleted %d more", len(done))
	}
}

// After a release only the texts of its periods go, and only when the days
// have passed.
func TestTextsGoAfterARelease(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	late := w.Case(t, "B-07", "W1", "A bicycle of the next half-year.\n")
	late.Case.Period = "2025-H2"
	w.Import(t, storetest.Study, late)
	plan(t, w, store.RetentionPlan{Basis: store.AfterRelease, Days: 30})
	w.Clock.Add(365 * 24 * time.Hour)
	if done := deleteDue(t, w); len(done) != 0 {
		t.Fatalf("%d deletions without a release", len(done))
	}
	r := store.Release{ID: "0123456789abcdef", Study: storetest.Study, Terms: []byte(`{"periods":[{"period":"2025-H1"}]}`)}
	if err := w.Store.CreateRelease(ctx, w.People["mona"], r, []store.ReleaseFile{{Name: "f.csv", SHA256: strings.Repeat("0", 64), Content: []byte("x")}}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Add(31 * 24 * time.Hour)
	if done := deleteDue(t, w); len(done) != 0 {
		t.Fatalf("%d deletions after a draft", len(done))
	}
	if err := w.Store.ApproveRelease(ctx, w.People["lena"], storetest.Study, r.ID); err != nil {
		t.Fatal(err)
	}
	w.Clock.Add(29 * 24 * time.Hour)
	if done := deleteDue(t, w); len(done) != 0 {
		t.Fatalf("%d deletions a day too early", len(done))
	}
	w.Clock.Add(2 * 24 * time.Hour)
	if done := deleteDue(t, w); len(done) != 1 {
		t.Fatalf("%d deletions, want 1", len(done))
	}
	for id, want := range map[annotations.CaseID]bool{"B-01": true, "B-07": false} {
		c, err := w.Store.Case(ctx, storetest.Study, id)
		if err != nil {
			t.Fatal(err)
		}
		docs, err := w.Store.Documents(ctx, c.Key)
		if err != nil {
			t.Fatal(err)
		}
		if got := !docs[0].DeletedAt.IsZero(); got != want {
			t.Errorf("the text of %s was deleted: %v, want %v", id, got, want)
		}
	}
	if plans, err := w.Store.RetentionPlans(ctx, storetest.Study); err != nil || plans[0].Ended != "" {
		t.Errorf("a plan for what will be released ended: %+v, %v", plans, err)
	}
}

// A legal hold keeps both the texts and the case.
func TestLegalHoldBlocks(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	petra, lena, daan := w.People["petra"], w.People["lena"], w.People["daan"]
	if err := w.Store.SetHold(ctx, petra, storetest.Study, "B-01", "a complaint is being heard"); err != nil {
		t.Fatal(err)
	}
	var invalid *annotations.InvalidError
	if err := w.Store.SetHold(ctx, petra, storetest.Study, "B-01", "and again"); !errors.As(err, &invalid) {
		t.Errorf("a second hold on the same case: %v", err)
	}
	plan(t, w, store.RetentionPlan{Basis: store.OnDate, DueOn: "2026-01-01"})
	if done := deleteDue(t, w); len(done) != 1 {
		t.Fatalf("%d deletions", len(done))
	}
	deleted := func(id annotations.CaseID) bool {
		t.Helper()
		c, err := w.Store.Case(ctx, storetest.Study, id)
		if err != nil {
			t.Fatal(err)
		}
		docs, err := w.Store.Documents(ctx, c.Key)
		if err != nil {
			t.Fatal(err)
		}
		return !docs[0].DeletedAt.IsZero()
	}
	if deleted("B-01") || !deleted("B-02") {
		t.Errorf("B-01 deleted %v, B-02 deleted %v; want false, true", deleted("B-01"), deleted("B-02"))
	}
	if err := w.Store.AskErasure(ctx, daan, storetest.Study, "B-01", "withdrew consent"); err != nil {
		t.Fatal(err)
	}
	list, err := w.Store.Erasures(ctx, storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.ConfirmErasure(ctx, lena, storetest.Study, list[0].ID, store.Deleting{}); !errors.Is(err, store.ErrOnHold) {
		t.Errorf("erasing what is on hold: %v", err)
	}
	holds, err := w.Store.Holds(ctx, storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Store.LiftHold(ctx, petra, storetest.Study, holds[0].ID); err != nil {
		t.Fatal(err)
	}
	if deleteDue(t, w); !deleted("B-01") {
		t.Error("the text of B-01 stayed after its hold was lifted")
	}
	if _, err := w.Store.ConfirmErasure(ctx, lena, storetest.Study, list[0].ID, store.Deleting{}); err != nil {
		t.Errorf("erasing after the hold was lifted: %v", err)
	}
}

// A whole case goes by two people, with every row that belongs to it; the
// rest of the study stays as it is.
func TestErasureOfACase(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	daan, lena, petra, anna := w.People["daan"], w.People["lena"], w.People["petra"], w.People["anna"]
	marked(t, w, "B-05")
	release(t, w, "B-05")
	w.Code(t, "B-01", "anna", nil)
	a := w.Code(t, "B-05", "anna", map[string]string{"remark": "a " + marker})
	w.Code(t, "B-05", "bert", map[string]string{"quality": "poor"})
	if err := w.Store.OpenComparison(ctx, lena, storetest.Study, "B-05"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.Decide(ctx, lena, storetest.Study, "B-05", annotations.Decision{Variable: "quality", Answer: codebook.Answer{Value: "fair"},
		Cause: "interpretation", Reason: "of the " + marker}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.AddComment(ctx, anna, a.ID, annotations.Comment{Key: "k", Kind: annotations.AskLead, Text: "is this a " + marker}); err != nil {
		t.Fatal(err)
	}
	replied(t, w)
	rows := func(in string) (list []string) {
		for _, r := range history(t, w.Dir) {
			if strings.Contains(r, in) {
				list = append(list, r)
			}
		}
		return list
	}
	if len(rows(marker)) == 0 {
		t.Fatal("nothing to erase")
	}
	others := len(history(t, w.Dir)) // with those of B-01

	if err := w.Store.AskErasure(ctx, petra, storetest.Study, "B-05", "withdrew consent"); !errors.Is(err, annotations.ErrDenied) {
		t.Errorf("a privacy officer asked: %v", err)
	}
	if err := w.Store.AskErasure(ctx, lena, storetest.Study, "B-05", "withdrew consent"); err != nil {
		t.Fatal(err)
	}
	list, err := w.Store.Erasures(ctx, storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := w.Store.Changes(ctx, storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	for _, try := range []struct {
		login string
		want  error
	}{{"lena", store.ErrSameErasing}, {"daan", annotations.ErrDenied}, {"anna", annotations.ErrDenied}} {
		if _, err := w.Store.ConfirmErasure(ctx, w.People[try.login], storetest.Study, list[0].ID, store.Deleting{}); !errors.Is(err, try.want) {
			t.Errorf("%s confirmed: %v", try.login, err)
		}
	}
	if len(history(t, w.Dir)) != others {
		t.Fatal("something went before two people said so")
	}
	done, err := w.Store.ConfirmErasure(ctx, petra, storetest.Study, list[0].ID, store.Deleting{})
	if err != nil {
		t.Fatal(err)
	}
	if found := traces(t, w.Dir); found != nil {
		t.Errorf("the case still stands in %v", found)
	}
	// What was computed of the case is forgotten with it.
	if keys, err := w.Store.ChangedCases(ctx, storetest.Study, changes); err != nil || !slices.Contains(keys, a.Case.Key) {
		t.Errorf("the cases that changed are %v, %v; the erased one is not among them", keys, err)
	}
	if _, err := w.Store.Case(ctx, storetest.Study, "B-05"); !errors.Is(err, annotations.ErrNotFound) {
		t.Errorf("the case is still there: %v", err)
	}
	var c store.Certificate
	if err := json.Unmarshal(done.Certificate, &c); err != nil || c.Case != "B-05" || c.OrderedBy != "lena" || c.ConfirmedBy != "petra" || c.Documents != 2 || c.Rows < 30 {
		t.Errorf("the certificate says %+v, %v", c, err)
	}
	found, err := w.Store.Examine(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Problem != "" {
			t.Errorf("doctor: %s: %s", f.What, f.Problem)
		}
	}
	if got := history(t, w.Dir); len(got) < 10 {
		t.Errorf("only %d rows of other cases are left", len(got))
	}
	var gone *store.ErasedError
	if _, err := w.Store.ImportCases(ctx, daan, storetest.Study, []annotations.IncomingCase{w.Case(t, "B-05", "W1", "The same again.\n")}, false, nil); !errors.As(err, &gone) {
		t.Errorf("an erased case came in again: %v", err)
	}
}
