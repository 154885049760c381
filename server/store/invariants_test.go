package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// history is every row of the tables that hold what people stated and
// settled, as they stand in the file.
func history(t *testing.T, dir string) []string {
	t.Helper()
	db, err := sqlx.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(dir, store.File))+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var list []string
	for _, table := range []string{"answers", "submissions", "decisions"} {
		rows, err := db.Queryx("SELECT * FROM " + table)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			cells, err := rows.SliceScan()
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, fmt.Sprintf("%s %v", table, cells))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	return list
}

// No stored answer is ever changed or removed, whatever happens around it:
// histories grow.
func TestInvariant2StoredAnswersStay(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	a := w.Code(t, "B-01", "anna", nil)
	w.Code(t, "B-01", "bert", map[string]string{"quality": "poor", "minutes": "90"})
	w.Code(t, "B-02", "anna", nil)
	half := w.Assign(t, "B-03", "cees")
	w.Save(t, half, "cees", "damage", "yes_clear")
	lena, daan := w.People["lena"], w.People["daan"]
	decide := func(variable, value string) error {
		_, err := w.Store.Decide(ctx, lena, storetest.Study, "B-01", annotations.Decision{Variable: variable, Answer: codebook.Answer{Value: value},
			Cause: annotations.Causes[0], Reason: "read again"})
		return err
	}

	before := history(t, w.Dir)
	if len(before) < 25 {
		t.Fatalf("only %d rows to lose", len(before))
	}
	for _, step := range []struct {
		name string
		act  func() error
	}{
		{"comparing", func() error { return w.Store.OpenComparison(ctx, lena, storetest.Study, "B-01") }},
		{"settling", func() error { return decide("quality", "fair") }},
		{"settling again", func() error { return decide("quality", "good") }},
		{"an answer that closes its children", func() error { w.Save(t, half, "cees", "damage", "none"); return nil }},
		{"an answer taken back", func() error {
			_, err := w.Store.SaveAnswer(ctx, w.People["cees"], half.ID, annotations.Entry{Variable: "damage", Version: 2})
			return err
		}},
		{"a list of the study", func() error {
			book, err := w.Store.Codebook(ctx, storetest.Study)
			if err != nil {
				return err
			}
			list, _ := book.List("part")
			entries := slices.Clone(list.Entries)
			entries[0].Attributes = map[string]string{"grade": "gold"}
			return w.Store.SetList(ctx, daan, storetest.Study, "part", entries)
		}},
		{"another version of the codebook", func() error {
			source := strings.Replace(string(storetest.Codebook(t)), "version: 1.0.0", "version: 1.0.1", 1)
			return w.Store.CreateStudy(ctx, auth.Actor{}, "newer", "Newer", []byte(source))
		}},
		{"a role taken away", func() error {
			return w.Store.RemoveMember(ctx, lena, storetest.Study, w.People["anna"].ID, auth.Coder)
		}},
		{"an account closed", func() error { return w.Store.SetDisabled(ctx, w.People["beheer"], w.People["bert"].ID, true) }},
		{"an assignment withdrawn", func() error { return w.Store.Withdraw(ctx, lena, storetest.Study, half.ID) }},
		{"an import of the same cases", func() error {
			_, err := w.Store.ImportCases(ctx, daan, storetest.Study, []annotations.IncomingCase{w.Case(t, "B-04", "W3")}, false, nil)
			return err
		}},
		{"an import of other codings of the same cases", func() error {
			_, _, err := w.Store.ImportCodings(ctx, lena, storetest.Study, []store.ImportedCoding{{Case: "B-02", Coder: w.People["anna"].ID,
				Round: "1", SubmittedAt: w.Clock.Now(), Answers: codebook.Answers{"damage": {Value: "none"}}}}, false, nil)
			if err == nil {
				return errors.New("it was taken in over what stands")
			}
			return nil
		}},
	} {
		if err := step.act(); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		after := history(t, w.Dir)
		for _, row := range before {
			if !slices.Contains(after, row) {
				t.Fatalf("%s changed or removed %s", step.name, row)
			}
		}
		before = after
	}
	entries, err := w.Store.History(ctx, w.People["anna"], a.ID, "damage")
	if err != nil || len(entries) != 1 || entries[0].Answer.Value != storetest.Answers["damage"] {
		t.Errorf("what anna said about the damage is %+v, %v", entries, err)
	}
}
