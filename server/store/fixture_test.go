package store_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// keepSchema keeps a file of the schema as it is, for a version that goes out:
//
//	go test ./server/store -run TestFileOfThisSchema -keep-schema
//
// .ci/release makes no version of a schema of which there is no file.
var keepSchema = flag.Bool("keep-schema", false, "keep a file of the schema as it is in testdata")

// A file of the schema as it is has something in every table that people fill,
// so that [TestOlderFilesAreUpgraded] has something to look for one day.
func TestFileOfThisSchema(t *testing.T) {
	w := storetest.Open(t)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	lena, daan, mona, petra, anna := w.People["lena"], w.People["daan"], w.People["mona"], w.People["petra"], w.People["anna"]
	w.Code(t, "B-01", "anna", nil)
	w.Code(t, "B-01", "bert", map[string]string{"quality": "poor"})
	must(w.Store.OpenComparison(ctx, lena, storetest.Study, "B-01"))
	_, err := w.Store.Decide(ctx, lena, storetest.Study, "B-01", annotations.Decision{Variable: "quality", Answer: codebook.Answer{Value: "poor"}, Cause: annotations.RuleUnclear, Reason: "The slip says so"})
	must(err)
	a := w.Assign(t, "B-02", "anna")
	w.Save(t, a, "anna", "damage", "yes_clear")
	w.Save(t, a, "anna", "damage", codebook.NR)
	c, err := w.Store.AddComment(ctx, anna, a.ID, annotations.Comment{Key: "k1", Kind: annotations.AskLead, Variable: "damage", Text: "Is this damage?"})
	must(err)
	_, err = w.Store.Reply(ctx, lena, c.ID, "It is")
	must(err)
	must(w.Store.SetReviewing(ctx, lena, storetest.Study, true))
	k := w.Code(t, "B-03", "cees", nil)
	must(w.Store.Approve(ctx, lena, storetest.Study, k.ID))
	must(w.Store.CreateRound(ctx, lena, storetest.Study, annotations.Round{Name: "practice", Kind: annotations.Training}))
	const release = "0123456789abcdef"
	must(w.Store.CreateRelease(ctx, mona, store.Release{ID: release, Study: storetest.Study, Terms: []byte("{}")}, []store.ReleaseFile{
		{Name: "observations.csv", SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Content: []byte{}}}))
	must(w.Store.ApproveRelease(ctx, lena, storetest.Study, release))
	_, err = w.Store.NewToken(ctx, lena, storetest.Study, "A program", 365*24*time.Hour)
	must(err)
	must(w.Store.PlanDeletion(ctx, daan, store.RetentionPlan{Study: storetest.Study, Basis: store.OnDate, DueOn: "2040-01-01", Reason: "Planned in a test"}))
	must(w.Store.SetHold(ctx, petra, storetest.Study, "B-01", "Held in a test"))
	w.Import(t, storetest.Study, w.Case(t, "E-01", "W1", "A note that is erased.\n"))
	must(w.Store.AskErasure(ctx, lena, storetest.Study, "E-01", "Asked for in a test"))
	list, err := w.Store.Erasures(ctx, storetest.Study)
	must(err)
	_, err = w.Store.ConfirmErasure(ctx, petra, storetest.Study, list[0].ID, store.Deleting{})
	must(err)
	must(w.Store.KeepBackup(ctx, "copy.db", w.Clock.Now().AddDate(1, 0, 0)))

	file := filepath.Join(t.TempDir(), "copy.db")
	must(w.Store.Backup(ctx, lena, file))
	db, err := sqlx.Open("sqlite", "file:"+filepath.ToSlash(file)+"?mode=ro&immutable=1")
	must(err)
	defer db.Close()
	for _, table := range append(store.MadeByPeople, "rounds", "approvals", "replies", "proposals", "retention_plans", "legal_holds", "erasures", "deletions", "backups") {
		var n int
		must(db.Get(&n, `SELECT count(*) FROM `+table))
		if n == 0 {
			t.Errorf("there is nothing in table %s", table)
		}
	}
	var schema int
	must(db.Get(&schema, `SELECT max(version_id) FROM goose_db_version`))
	if *keepSchema && !t.Failed() {
		kept := filepath.Join("testdata", fmt.Sprintf("schema-%d.db", schema))
		if err := os.Remove(kept); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		_, err := db.Exec(`VACUUM INTO ?`, kept) // without a log beside it
		must(err)
	}
}
