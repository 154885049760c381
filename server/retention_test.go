package server_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

const retentionPath = "/s/" + storetest.Study + "/retention"

// Texts go on their day, by a job with a certificate; what rests on them says
// so wherever it is shown.
func TestTextsAreDeletedWithACertificate(t *testing.T) {
	s := open(t)
	daan, lena, anna, petra := s.visit(t, "daan"), s.visit(t, "lena"), s.visit(t, "anna"), s.visit(t, "petra")
	a := s.Code(t, "B-01", "anna", nil)
	open := s.Assign(t, "B-02", "anna")
	c, err := s.Store.AddComment(context.Background(), s.People["anna"], open.ID, annotations.Comment{Key: "k", Kind: annotations.AskLead, Variable: "damage", Text: "is this it"})
	if err != nil || c.ID == 0 {
		t.Fatal(err)
	}
	daan.follow(daan.upload(studyPath+"/import", "cases", "manifest.csv", "case_id,document,type\nB-09,1,slip\n"))

	daan.get(retentionPath).want(t, "the empty page", 200, "Nothing is planned yet", "Nothing was deleted yet", "No backups are known")
	daan.post(retentionPath+"/plans", url.Values{"basis": {"date"}, "due_on": {"someday"}, "reason": {"the term"}}).want(t, "a plan without a day", 422, "Give a day", "someday")
	daan.post(retentionPath+"/plans", url.Values{"basis": {"release"}, "days": {"many"}, "reason": {"the term"}}).want(t, "a plan of many days", 422, "0 to 3650")
	daan.post(retentionPath+"/plans", url.Values{"basis": {"date"}, "due_on": {"2026-01-01"}, "reason": {"mail to jan@example.nl"}}).want(t, "a reason that identifies", 422)
	daan.post(retentionPath+"/plans", url.Values{"basis": {"date"}, "due_on": {"2026-01-01"}, "reason": {"the term has passed"}}).want(t, "a plan", 303)
	daan.get(retentionPath).want(t, "the plan that is due", 200, "Delete 5 texts now", "5 texts of 3 case files", "not finished yet")
	lena.post(retentionPath+"/run", nil).want(t, "deletion by the lead", 403)
	daan.post(retentionPath+"/run", nil).want(t, "deletion", 303)
	page := daan.get(retentionPath)
	page.want(t, "the page afterwards", 200, "Done", "/certificates/1")
	daan.get(retentionPath+"/certificates/1").want(t, "the certificate", 200, "The texts of these case files were deleted.", "the term has passed", "SHA-256", "No known backup")
	petra.get(retentionPath+"/certificates/1/json").want(t, "the certificate as JSON", 200, `"uploads": 1`, `"secure_delete": true`, `"documents": 5`)
	petra.get(retentionPath+"/certificates/1/csv").want(t, "the list", 200, "B-01,1,slip,")
	if left, err := filepath.Glob(filepath.Join(s.Dir, "tmp", "*")); err != nil || len(left) != 0 {
		t.Errorf("uploads are left: %v %v", left, err)
	}

	anna.get(fmt.Sprintf("/code/%d", a.ID)).want(t, "the coding page", 200, "Text deleted on 5 January 2026", `"deleted":"2026-01-05"`)
	lena.get(fmt.Sprintf("/s/bicycles/assignments/%d", a.ID)).want(t, "the coding as handed in", 200, "Text deleted on 5 January 2026")
	lena.get("/s/bicycles/cases/B-01").want(t, "the case", 200, "Text deleted on 5 January 2026")
	lena.get("/s/bicycles/cases/B-01/documents/1").want(t, "the document", 200, "Text deleted on 5 January 2026")
	docs, err := s.Store.Documents(context.Background(), open.Case.Key)
	if err != nil {
		t.Fatal(err)
	}
	anna.send("POST", fmt.Sprintf("/api/v1/assignments/%d/passages", open.ID), map[string]any{"variable": "damage", "document": docs[0].Key, "start": 4, "end": 11, "quote": "bicycle"}, nil).
		want(t, "a passage in a deleted text", 422, "was deleted")

	var gone struct{ Documents, Erased []int64 }
	anna.send("POST", "/api/v1/deleted", map[string]any{"assignments": []int64{a.ID, 999}}, &gone)
	if len(gone.Documents) != 2 || len(gone.Erased) != 0 {
		t.Errorf("anna's browser is told %+v", gone)
	}
	s.visit(t, "bert").send("POST", "/api/v1/deleted", map[string]any{"assignments": []int64{a.ID}}, &gone)
	if len(gone.Documents) != 0 {
		t.Errorf("bert's browser is told of anna's assignment: %+v", gone)
	}
}

var erasureID = regexp.MustCompile(`/erasures/(\d+)/confirm`)

// A whole case goes when two people say so, and released figures stay as they
// were and can still be verified.
func TestErasureByTwoPeopleKeepsReleases(t *testing.T) {
	s := releaseSite(t)
	lena, petra, daan, anna := s.visit(t, "lena"), s.visit(t, "petra"), s.visit(t, "daan"), s.visit(t, "anna")
	at := draft(t, s, nil, "2025-H1")
	lena.post(at+"/approve", nil).want(t, "approval", 303)
	before := lena.get(at + "/files/observations.csv").body
	const id = "R-2025-H1-W1-003"

	petra.post(retentionPath+"/erasures", url.Values{"erase_case": {id}, "erase_reason": {"withdrew"}}).want(t, "asking by the privacy officer", 403)
	daan.post(retentionPath+"/erasures", url.Values{"erase_case": {"nothing"}, "erase_reason": {"withdrew"}}).want(t, "an unknown case", 422, "is not in the study")
	lena.post(retentionPath+"/erasures", url.Values{"erase_case": {id}, "erase_reason": {"withdrew"}}).want(t, "asking", 303)
	if got := lena.get(retentionPath); erasureID.MatchString(got.body) {
		t.Error("who asked is offered to confirm")
	}
	n := erasureID.FindStringSubmatch(petra.get(retentionPath).body)
	if n == nil {
		t.Fatal("the privacy officer is not offered to confirm")
	}
	confirm := retentionPath + "/erasures/" + n[1] + "/confirm"
	lena.post(confirm, nil).want(t, "confirming one's own wish", 422, "Another person has to")
	daan.post(confirm, nil).want(t, "confirming by the data manager", 403)
	petra.post(retentionPath+"/holds", url.Values{"hold_case": {id}, "hold_reason": {"a complaint"}}).want(t, "a hold", 303)
	petra.post(confirm, nil).want(t, "confirming under a hold", 422, "is on hold")
	petra.post(retentionPath+"/holds/1/lift", nil).want(t, "lifting", 303)
	mine, err := s.Store.MyAssignments(context.Background(), s.People["anna"], storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	var assignment int64
	for _, a := range mine {
		if a.Case.ID == id {
			assignment = a.ID
		}
	}
	petra.post(confirm, nil).want(t, "confirming", 303)
	petra.get(retentionPath).want(t, "the page", 200, "Certificate 1")
	lena.get("/s/bicycles/cases/"+id).want(t, "the erased case", 404)
	lena.get(fmt.Sprintf("/s/bicycles/assignments/%d", assignment)).want(t, "its coding", 404)

	if after := lena.get(at + "/files/observations.csv").body; after != before {
		t.Error("released figures changed")
	}
	s.visit(t, "mona").post(at+"/verify", nil).want(t, "verification", 200, "All is well")
	var gone struct{ Documents, Erased []int64 }
	anna.send("POST", "/api/v1/deleted", map[string]any{"assignments": []int64{assignment}}, &gone)
	if len(gone.Erased) != 1 || gone.Erased[0] != assignment {
		t.Errorf("anna's browser is told %+v", gone)
	}
	for _, act := range []string{"erasure.ask", "hold.set", "hold.lift", "case.erase", "deletion.certify"} {
		found := false
		for r, err := range s.Store.Records(context.Background(), storetest.Study) {
			if err != nil {
				t.Fatal(err)
			}
			found = found || r.Act == act
		}
		if !found {
			t.Errorf("%s is not in the log", act)
		}
	}
}

// A server carries out by itself what is due.
func TestServerDeletesOnItsDay(t *testing.T) {
	s := open(t)
	p := store.RetentionPlan{Study: storetest.Study, Basis: store.OnDate, DueOn: "2026-01-01", Reason: "the term has passed"}
	if err := s.Store.PlanDeletion(context.Background(), s.People["daan"], p); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.server.Tend(ctx) }()
	for done := false; !done; {
		list, err := s.Store.Deletions(context.Background(), storetest.Study)
		if err != nil {
			t.Fatal(err)
		}
		done = len(list) == 1 && !list[0].FinishedAt.IsZero()
	}
	stop()
	<-ended
	b, err := os.ReadFile(filepath.Join(s.Dir, store.File))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "bent wheel") {
		t.Error("the text still stands in the file")
	}
}
