package server_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// settleCases adds settled cases of a region and period: some repaired.
func settleCases(t *testing.T, s *site, region, period string, repaired, not int) {
	t.Helper()
	ctx := context.Background()
	var cases []annotations.IncomingCase
	var codings []store.ImportedCoding
	for i := range repaired + not {
		id := annotations.CaseID(fmt.Sprintf("R-%s-%s-%03d", period, region, i))
		cases = append(cases, annotations.IncomingCase{Case: annotations.Case{ID: id, Region: region, Period: period, OnSite: true}})
		answers := codebook.Answers{"repaired": {Value: "no"}}
		if i < repaired {
			answers = codebook.Answers{"repaired": {Value: "yes"}, "parts_new": {Value: "chain"}, "ready": {Value: "2025-02-06"}, "minutes": {Value: "40"}, "quality": {Value: "good"}}
		}
		for variable, value := range map[string]string{"received": "2025-02-03", "damage": "yes_clear", "parts_hit": "wheel", "remark": "done"} {
			answers[variable] = codebook.Answer{Value: value}
		}
		codings = append(codings, store.ImportedCoding{Case: id, Coder: s.People["anna"].ID, Answers: answers, SubmittedAt: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)})
	}
	s.Import(t, storetest.Study, cases...)
	if _, _, err := s.Store.ImportCodings(ctx, auth.Actor{}, storetest.Study, codings, false, nil); err != nil {
		t.Fatal(err)
	}
}

// releaseSite has two half-years of settled cases in two regions; the second
// half-year of W3 has a count that must not be seen.
func releaseSite(t *testing.T) *site {
	t.Helper()
	s := open(t)
	settleCases(t, s, "W1", "2025-H1", 60, 60)
	settleCases(t, s, "W3", "2025-H1", 45, 35)
	settleCases(t, s, "W1", "2025-H2", 70, 60)
	settleCases(t, s, "W3", "2025-H2", 2, 70)
	return s
}

// draft has mona make a draft and returns its address.
func draft(t *testing.T, s *site, more url.Values, periods ...string) string {
	t.Helper()
	form := url.Values{"period": periods, "profile": {"steekproef"}}
	for _, p := range periods {
		form.Set("stage:"+p, "P")
	}
	for name, values := range more {
		form[name] = values
	}
	got := s.visit(t, "mona").post("/s/bicycles/releases", form)
	if got.status != http.StatusSeeOther {
		t.Fatalf("making a draft answers %d: %s", got.status, problemsIn(got.body))
	}
	return got.header.Get("Location")
}

func (a answer) want(t *testing.T, what string, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s answers %d, want %d: %.300s", what, a.status, status, a.body)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%s does not say %q", what, text)
		}
	}
}

func TestReleaseJourney(t *testing.T) {
	s := releaseSite(t)
	mona, lena, olga := s.visit(t, "mona"), s.visit(t, "lena"), s.visit(t, "olga")
	mona.get("/s/bicycles/releases").want(t, "the empty list", 200, "There is no release yet", "New release")
	mona.get("/s/bicycles/releases/new").want(t, "the form", 200, `value="2025-H1"`, `value="2025"`, "too few pairs")
	at := draft(t, s, nil, "2025-H1", "2025-H2")
	file := at + "/files/observations.csv"

	mona.get(at).want(t, "the draft of its creator", 200, "Who makes a release does not approve it", "What is hidden, and why", "Small count")
	mona.post(at+"/approve", nil).want(t, "approval by the creator", 422, "Who makes a release does not approve it")
	mona.get(file).want(t, "the file of a draft", 404)
	olga.get(at).want(t, "the draft of an observer", 404)
	if got := olga.get("/s/bicycles/releases"); strings.Contains(got.body, at) {
		t.Error("an observer sees that there is a draft")
	}
	olga.post(at+"/approve", nil).want(t, "approval by an observer", 403)

	lena.get(at).want(t, "the draft of the lead", 200, "cannot be undone")
	inRelease := "/s/bicycles/cases/R-2025-H1-W1-001"
	if got := lena.get(inRelease); strings.Contains(got.body, "In release") {
		t.Error("a case is said to be in a draft")
	}
	lena.post(at+"/approve", nil).want(t, "approval", 303)
	lena.get(inRelease).want(t, "a case of the release", 200, "In release", `href="`+at+`"`)
	if got := lena.get("/s/bicycles/cases/B-01"); got.status != 200 || strings.Contains(got.body, "In release") {
		t.Errorf("a case outside the release answers %d, or says that it is in it", got.status)
	}
	lena.post(at+"/approve", nil).want(t, "a second approval", 422, "approved already")
	olga.get(at).want(t, "the release", 200, "Name of lena", "SHA-256", "It does not change any more")
	if got := olga.get(at); strings.Contains(got.body, "What is hidden, and why") || strings.Contains(got.body, "inputs.csv") {
		t.Error("an observer sees what is hidden and why")
	}
	olga.get(file).want(t, "the file", 200, "m_repaired,1.0.0,PCT,demonstrable,2025-H1,W1,_T,_T,50,")
	for _, name := range []string{"observations.json", "manifest.json", "workbook.xlsx", "datapackage.zip"} {
		olga.get(at+"/files/"+name).want(t, name, 200)
	}
	for _, name := range []string{"inputs.csv", "ledger.json", "certificate.json", "hidden.json", "release.json", "none.csv"} {
		olga.get(at+"/files/"+name).want(t, name, 404)
	}
	mona.get(at+"/files/inputs.csv").want(t, "the inputs for who decides", 404)
	mona.get(at+"/files/hidden.json").want(t, "the hidden cells for who decides", 200, "PRIMARY_COUNT")
	olga.post(at+"/verify", nil).want(t, "verification", 200, "All is well")

	acts := map[string]int{}
	for r, err := range s.Store.Records(context.Background(), storetest.Study) {
		if err != nil {
			t.Fatal(err)
		}
		acts[r.Act]++
	}
	for _, act := range []string{"release.create", "release.approve", "release.download", "release.verify"} {
		if acts[act] == 0 {
			t.Errorf("no %s in the log", act)
		}
	}
}

// The same cases give the same release in every file, in another store that
// was filled at another time.
func TestSameInputsSameBytesInAnotherStore(t *testing.T) {
	first, second := releaseSite(t), open(t)
	second.Clock.Add(1000 * time.Hour)
	settleCases(t, second, "W3", "2025-H2", 2, 70)
	settleCases(t, second, "W1", "2025-H2", 70, 60)
	settleCases(t, second, "W3", "2025-H1", 45, 35)
	settleCases(t, second, "W1", "2025-H1", 60, 60)
	var hashes [2]map[string]string
	for i, s := range []*site{first, second} {
		files, err := s.Store.ReleaseFiles(context.Background(), path.Base(draft(t, s, nil, "2025", "2025-H1", "2025-H2")))
		if err != nil {
			t.Fatal(err)
		}
		hashes[i] = map[string]string{}
		for _, f := range files {
			hashes[i][f.Name] = f.SHA256
		}
	}
	if len(hashes[0]) < 15 {
		t.Errorf("the release has %d files: %v", len(hashes[0]), hashes[0])
	}
	if diff := cmp.Diff(hashes[0], hashes[1]); diff != "" {
		t.Errorf("the same cases gave other files (-first +second):\n%s", diff)
	}
}

func TestReleaseForm(t *testing.T) {
	s := releaseSite(t)
	mona := s.visit(t, "mona")
	mona.post("/s/bicycles/releases", url.Values{"profile": {"none"}, "embargo": {""}, "symbols": {"runes"}}).
		want(t, "an empty form", 422, "Choose at least one period", "Choose which rules of protection apply", "Choose one of the sets of signs")
	mona.post("/s/bicycles/releases", url.Values{"period": {"2025-H1"}, "stage:2025-H1": {"A"}, "profile": {"register"}, "embargo": {"soon"}}).
		want(t, "a bad embargo", 422, "not a date with a time", `value="2025-H1" checked`, `value="register" checked`, `value="soon"`)
	s.visit(t, "lena").post("/s/bicycles/releases", url.Values{"period": {"2025-H1"}}).want(t, "a draft by the lead", 403)
	first := draft(t, s, nil, "2025-H1")
	if again := draft(t, s, nil, "2025-H1"); again != first {
		t.Errorf("the same inputs give %s and %s", first, again)
	}
	older := draft(t, s, url.Values{"symbols": {"older"}}, "2025-H2")
	mona.get(older).want(t, "a draft with other signs", 200, "x for what is not shown")
	s.visit(t, "lena").post(older+"/approve", nil).want(t, "approval", 303)
	for name, cells := range map[string][2]string{"workbook.xlsx": {"Tabel 1", "x"}, "workbook-en.xlsx": {"Table 1", "x"}} {
		f, err := excelize.OpenReader(bytes.NewReader(mona.file(older + "/files/" + name)))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.GetRows(cells[0])
		if err != nil {
			t.Fatal(err)
		}
		hidden := 0
		for _, r := range rows {
			if len(r) > 1 && strings.HasPrefix(r[0], "W3") && r[1] == cells[1] {
				hidden++
			}
			if len(r) > 1 && r[1] == "." {
				t.Errorf("%s has a dot: %q", name, r)
			}
		}
		if hidden == 0 {
			t.Errorf("%s hides nothing of W3", name)
		}
		f.Close()
	}
	mona.post(older+"/verify", nil).want(t, "verification with other signs", 200, "All is well")
}

func TestEmbargo(t *testing.T) {
	s := releaseSite(t)
	at := draft(t, s, url.Values{"embargo": {"2026-01-06T06:30"}}, "2025-H1")
	s.visit(t, "lena").post(at+"/approve", nil).want(t, "approval", 303)
	s.visit(t, "olga").get(at).want(t, "the page under embargo", 200, "under embargo", "6 January 2026, 06:30 UTC")
	s.visit(t, "olga").get(at+"/files/observations.csv").want(t, "the file under embargo", 404)
	s.Clock.Add(24 * time.Hour)
	s.visit(t, "olga").get(at+"/files/observations.csv").want(t, "the file after the embargo", 200, "m_repaired")
}

// A draft is protected against what was approved when it was made, so an
// approval in between overtakes it.
func TestApprovalOvertakesOtherDrafts(t *testing.T) {
	s := releaseSite(t)
	first, second := draft(t, s, nil, "2025-H1"), draft(t, s, nil, "2025-H2", "2025")
	lena := s.visit(t, "lena")
	lena.post(first+"/approve", nil).want(t, "approval of the first", 303)
	lena.get(second).want(t, "the second draft", 200, "draft, overtaken")
	lena.post(second+"/approve", nil).want(t, "approval of the second", 422, "Another release was approved after this draft")

	third := draft(t, s, nil, "2025-H2", "2025")
	if third == second {
		t.Fatal("the draft made after the approval is the one made before")
	}
	lena.post(third+"/approve", nil).want(t, "approval of the third", 303)
	got := lena.get(third + "/files/observations.csv")
	for _, hidden := range []string{"2025,W3,_T,_T,,", "2025-H2,W3,_T,_T,,"} {
		if want := "m_repaired,1.0.0,PCT,demonstrable," + hidden; !strings.Contains(got.body, want) {
			t.Errorf("no row begins with %q: the year less the first half-year gives the second away", want)
		}
	}
	lena.post(third+"/verify", nil).want(t, "verification against the ledger", 200, "All is well")

	revision := draft(t, s, nil, "2025-H1")
	lena.get(revision).want(t, "a revision", 200, "further provisional, vintage 2")
	with := first[strings.LastIndex(first, "/")+1:]
	lena.get(revision+"/compare?with="+with).want(t, "the comparison", 200, "All figures that are in both releases are the same", "same in both releases")
	other := third[strings.LastIndex(third, "/")+1:]
	lena.get(revision+"/compare?with="+other).want(t, "the comparison with other periods", 200, "Only in the newer release", "First half of 2025", "Only in the older release")
	lena.get(revision+"/compare?format=csv&with="+other).want(t, "the comparison as CSV", 200, "indicator_id,measure_id,variant,period")
	s.visit(t, "olga").get(revision+"/compare?with="+with).want(t, "the comparison with a draft", 404)
}

func TestVerifyFindsTampering(t *testing.T) {
	s := releaseSite(t)
	at := draft(t, s, nil, "2025-H1")
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.Dir, store.File))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	change := `UPDATE release_files SET content = CAST(replace(CAST(content AS TEXT), 'R-2025-H1-W1-000,W1,2025-H1,,0,,1,yes,', 'R-2025-H1-W1-000,W1,2025-H1,,0,,1,no,') AS BLOB) WHERE name = 'inputs.csv'`
	if _, err := db.Exec(change); err == nil || !strings.Contains(err.Error(), "releases are never changed") {
		t.Fatalf("a file of a release was changed: %v", err)
	}
	for _, statement := range []string{`UPDATE releases SET embargo = '2030-01-01T00:00:00.000Z'`, `DELETE FROM releases`, `DELETE FROM release_files`} {
		if _, err := db.Exec(statement); err == nil {
			t.Errorf("%s went through", statement)
		}
	}
	for _, statement := range []string{`DROP TRIGGER release_files_not_changed`, change} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	s.visit(t, "mona").post(at+"/verify", nil).want(t, "verification", 200, "inputs.csv: the file was changed", "m_repaired demonstrable 2025-H1 W1: value", "named after")
	found, err := server.VerifyRelease(context.Background(), s.Store, storetest.Study, at[strings.LastIndex(at, "/")+1:])
	if err != nil || len(found) == 0 {
		t.Errorf("verification found %v, %v", found, err)
	}
}

// A gate that blocks hides an indicator, unless its creator gives a reason and
// somebody else approves.
func TestGateBlocksAndIsOverridden(t *testing.T) {
	s := releaseSite(t)
	mona, lena := s.visit(t, "mona"), s.visit(t, "lena")
	policy := url.Values{"coefficient": {"krippendorff_alpha"}, "on": {"lower"}, "threshold": {"0.67"}, "min_pairs": {"30"}, "below": {"blocked"}}
	mona.post("/s/bicycles/releases/gate", policy).want(t, "the gate set by the monitor officer", 403)
	lena.post("/s/bicycles/releases/gate", url.Values{"coefficient": {"mood"}, "threshold": {"7"}, "min_pairs": {"x"}}).
		want(t, "a wrong gate", 422, "Choose a coefficient", "number from 0 to 1", "whole number of 2 or more")
	lena.post("/s/bicycles/releases/gate", policy).want(t, "the gate", 303)
	blocked := draft(t, s, nil, "2025-H1")
	lena.get(blocked).want(t, "the blocked draft", 200, "not shown", "too few pairs", "agreement is below the threshold")
	overridden := draft(t, s, url.Values{"override:ind_repair": {"The panel read all cases."}}, "2025-H1")
	lena.get(overridden).want(t, "the overridden draft", 200, "The panel read all cases.", "provisional")
	lena.post(overridden+"/approve", nil).want(t, "approval", 303)
	got := lena.get(overridden + "/files/observations.csv")
	got.want(t, "the file", 200, "m_minutes,1.0.0,MEAN,known,2025-H1,W1,_T,_T,,")
	if !regexp.MustCompile(`m_repaired,1\.0\.0,PCT,demonstrable,2025-H1,W1,_T,_T,50,.*,1,f4`).MatchString(got.body) {
		t.Error("the overridden indicator has no footnote, or no figure")
	}
}

func TestTokenReadsReleasesOnly(t *testing.T) {
	s := releaseSite(t)
	lena := s.visit(t, "lena")
	at := draft(t, s, nil, "2025-H1")
	id := at[strings.LastIndex(at, "/")+1:]
	lena.post("/s/bicycles/releases/tokens", url.Values{"name": {" "}}).want(t, "a token for nobody", 422, "Write whom the token is for")
	page := lena.post("/s/bicycles/releases/tokens", url.Values{"name": {"the monitor"}})
	token := regexp.MustCompile(store.TokenPrefix + `[A-Z0-9]+`).FindString(page.body)
	if page.status != 200 || token == "" {
		t.Fatalf("making a token answers %d without one", page.status)
	}
	if got := lena.get("/s/bicycles/releases"); strings.Contains(got.body, token) || !strings.Contains(got.body, "the monitor") {
		t.Error("the token is shown a second time, or its name is not")
	}
	nobody := s.visit(t, "")
	ask := func(path, tag string) answer {
		t.Helper()
		r, err := http.NewRequest("GET", s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		if tag != "" {
			r.Header.Set("If-None-Match", tag)
		}
		res, err := nobody.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer{res.StatusCode, res.Header, string(b)}
	}
	const latest = "/api/v1/releases/latest?study=bicycles"
	ask(latest, "").want(t, "the latest before any", 404, "about:blank")
	lena.post(at+"/approve", nil).want(t, "approval", 303)
	got := ask(latest, "")
	got.want(t, "the latest", 200)
	var release struct {
		ID    string
		Files []struct{ Name, SHA256, Href string }
		// Further forms are made of the same rows when asked for.
		OnRequest []struct{ Name, Href string } `json:"on_request"`
	}
	if err := json.Unmarshal([]byte(got.body), &release); err != nil || release.ID != id || len(release.Files) != 10 || len(release.OnRequest) != 4 {
		t.Fatalf("the latest is %q with %d files (%v), want %s with 10", release.ID, len(release.Files), err, id)
	}
	if again := ask(latest, got.header.Get("ETag")); again.status != http.StatusNotModified || again.body != "" {
		t.Errorf("with its tag the latest answers %d and %d bytes", again.status, len(again.body))
	}
	for _, f := range release.Files {
		answered := ask(f.Href, "")
		answered.want(t, f.Name, 200)
		if tag := answered.header.Get("ETag"); tag != `"`+f.SHA256+`"` {
			t.Errorf("%s has tag %s, want its hash", f.Name, tag)
		}
	}
	for _, f := range release.OnRequest {
		answered := ask(f.Href, "")
		answered.want(t, f.Name, 200)
		if again := ask(f.Href, answered.header.Get("ETag")); again.status != http.StatusNotModified || answered.body == "" {
			t.Errorf("%s: %d bytes, and with its tag %d", f.Name, len(answered.body), again.status)
		}
	}
	ask("/api/v1/studies/bicycles/releases", "").want(t, "the list", 200, id)
	ask("/api/v1/studies/bicycles/releases/"+id, "").want(t, "one", 200, id)
	for path, status := range map[string]int{
		"/api/v1/studies/bicycles/releases/" + id + "/files/inputs.csv": 404,
		"/api/v1/studies/other/releases":                                404,
		"/api/v1/releases/latest?study=other":                           404,
		"/api/v1/releases/latest":                                       404,
		"/api/v1/assignments/1":                                         401,
		"/s/bicycles/releases":                                          303,
		"/s/bicycles/cases":                                             303,
	} {
		if got := ask(path, ""); got.status != status {
			t.Errorf("with a token %s answers %d, want %d", path, got.status, status)
		}
	}
	live := token
	token = store.TokenPrefix + "WRONG"
	if got := ask(latest, ""); got.status != 401 || got.header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("a wrong token answers %d and %q", got.status, got.header.Get("WWW-Authenticate"))
	}
	token = live
	lena.post("/s/bicycles/releases/tokens/1", nil).want(t, "revoking", 303)
	ask(latest, "").want(t, "a revoked token", 401)
	lena.post("/s/bicycles/releases/tokens", url.Values{"name": {"the monitor"}})
	s.visit(t, "olga").post("/s/bicycles/releases/tokens", url.Values{"name": {"mine"}}).want(t, "a token by an observer", 403)
	for r, err := range s.Store.Records(context.Background(), storetest.Study) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Act == "release.read" && r.Login == "token 1" {
			return
		}
	}
	t.Error("what the token read is not in the log")
}

// problemsIn is the list of problems of a page.
func problemsIn(body string) string {
	return regexp.MustCompile(`(?s)<section class="problems".*?</section>`).FindString(body)
}

// A release names whom readers can ask; the next form has it filled in, and
// what identifies a person is refused.
func TestReleaseNamesAContact(t *testing.T) {
	s := releaseSite(t)
	mona := s.visit(t, "mona")
	form := url.Values{"period": {"2025-H1"}, "stage:2025-H1": {"P"}, "profile": {"steekproef"}}
	for contact, why := range map[string]string{strings.Repeat("a", 201): "shorter than 200", "BSN 111222333": "111222333"} {
		form.Set("contact", contact)
		mona.post("/s/bicycles/releases", form).want(t, "a release with a contact that will not do", 422, why)
	}
	at := draft(t, s, url.Values{"contact": {"figures@research.example"}}, "2025-H1")
	mona.get(at).want(t, "the draft", 200, "figures@research.example")
	s.visit(t, "lena").post(at+"/approve", nil).want(t, "approval", 303)
	for _, file := range []string{"manifest.json", "annex-nl.html", "annex-en.html"} {
		if !strings.Contains(string(mona.file(at+"/files/"+file)), "figures@research.example") {
			t.Errorf("%s does not name the contact", file)
		}
	}
	mona.get("/s/bicycles/releases/new").want(t, "the next form", 200, `value="figures@research.example"`)
}
