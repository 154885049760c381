package server_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

const studyPath = "/s/" + storetest.Study

// upload sends a form with one file in it.
func (v *visitor) upload(path, kind, name, content string) answer {
	v.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if kind != "" {
		form.WriteField("kind", kind)
	}
	if name != "" {
		part, err := form.CreateFormFile("file", name)
		if err != nil {
			v.t.Fatal(err)
		}
		part.Write([]byte(content))
	}
	form.Close()
	return v.do("POST", path, form.FormDataContentType(), body.String())
}

// follow opens the page to which an answer leads, until its step has ended.
func (v *visitor) follow(a answer) answer {
	v.t.Helper()
	if a.status != http.StatusSeeOther {
		v.t.Fatalf("answered %d, not a redirect: %s", a.status, a.body)
	}
	got := v.get(a.header.Get("Location"))
	for strings.Contains(got.body, `http-equiv="refresh"`) {
		got = v.get(a.header.Get("Location"))
	}
	return got
}

// packed makes a ZIP of files by name.
func packed(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(files[i+1]))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func (s *site) count(t *testing.T) int {
	t.Helper()
	total, _, err := s.Store.CountCases(context.Background(), storetest.Study, store.CaseFilter{})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

const onSite = "case_id,document,type,title,day,file,region,period\nN-1,1,slip,,0,,W1,2025-H1\nN-2,1,slip,,0,,W3,2025-H1\n"

// An import is checked first, stored when confirmed, and adds nothing when it
// is done again.
func TestImportIsCheckedThenStored(t *testing.T) {
	s := open(t)
	daan := s.visit(t, "daan")
	before := s.count(t)

	sent := daan.upload(studyPath+"/import", "cases", "manifest.csv", onSite)
	checked := daan.follow(sent)
	if !strings.Contains(checked.body, "manifest.csv can be imported") {
		t.Fatalf("the check says: %s", checked.body)
	}
	if got := s.count(t); got != before {
		t.Errorf("the check left %d cases, want %d", got, before)
	}
	job := sent.header.Get("Location")
	stored := daan.follow(daan.post(job, nil))
	if !strings.Contains(stored.body, "manifest.csv was imported") {
		t.Errorf("the import says: %s", stored.body)
	}
	if got, want := s.count(t), before+2; got != want {
		t.Errorf("after the import there are %d cases, want %d", got, want)
	}
	daan.follow(daan.post(job, nil))
	again := daan.upload(studyPath+"/import", "cases", "manifest.csv", onSite)
	daan.follow(again)
	daan.follow(daan.post(again.header.Get("Location"), nil))
	if got, want := s.count(t), before+2; got != want {
		t.Errorf("after a second import there are %d cases, want %d", got, want)
	}
	if left, err := os.ReadDir(filepath.Join(s.Dir, "tmp")); err != nil || len(left) > 0 {
		t.Errorf("the upload folder holds %v (%v), want nothing", left, err)
	}
}

// What somebody uploaded is theirs: nobody else sees or confirms it.
func TestImportBelongsToItsSender(t *testing.T) {
	s := open(t)
	daan := s.visit(t, "daan")
	job := daan.upload(studyPath+"/import", "cases", "manifest.csv", onSite).header.Get("Location")
	if err := s.Store.AddMember(context.Background(), s.People["beheer"], storetest.Study, s.People["cees"].ID, "data_manager"); err != nil {
		t.Fatal(err)
	}
	cees := s.visit(t, "cees")
	if got := cees.get(job).status; got != http.StatusNotFound {
		t.Errorf("another data manager opens the upload with %d, want 404", got)
	}
	if got := cees.post(job, nil).status; got != http.StatusNotFound {
		t.Errorf("another data manager confirms the upload with %d, want 404", got)
	}
}

// A file that cannot be imported comes back with the form, all problems at
// once and with their places, and leaves the study as it was.
func TestImportRefusesBadFiles(t *testing.T) {
	s := open(t)
	daan := s.visit(t, "daan")
	before := s.count(t)
	events := func() int64 {
		n, err := s.Store.CheckAudit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	logged := events()
	header := "case_id,document,type,day,file,region,period\n"
	for _, test := range []struct {
		name, kind, file, content string
		want                      []string
	}{
		{"no file", "cases", "", "", []string{"Choose a file"}},
		{"no such kind", "elephants", "m.csv", onSite, []string{"Choose cases or codings"}},
		{"empty", "cases", "manifest.csv", "", []string{"manifest.csv", "0 bytes"}},
		{"no rows", "cases", "manifest.csv", header, []string{"manifest.csv", "no rows below the header"}},
		{"no column", "cases", "manifest.csv", "number,kind\n1,slip\n", []string{"manifest.csv:1: case_id", "is missing"}},
		{"column twice", "cases", "manifest.csv", "case_id,document,type,type\nN-1,1,slip,slip\n", []string{"manifest.csv:1", "twice"}},
		{"unknown type", "cases", "manifest.csv", header + "N-1,1,poem,0,,W1,2025-H1\n", []string{"manifest.csv:2: type", "poem"}},
		{"unknown region", "cases", "manifest.csv", header + "N-1,1,slip,0,,W9,2025-H1\n", []string{"manifest.csv:2: region", "W9"}},
		{"bad day and period", "cases", "manifest.csv", header + "N-1,1,slip,soon,,W1,2025-Q5\n", []string{"manifest.csv:2: day", "manifest.csv:2: period"}},
		{"twice", "cases", "manifest.csv", header + "N-1,1,slip,0,,W1,2025-H1\nN-1,1,slip,0,,W1,2025-H1\n", []string{"manifest.csv:3", "listed twice"}},
		{"contradiction", "cases", "manifest.csv", header + "N-1,1,slip,0,,W1,2025-H1\nN-1,2,slip,0,,W3,2025-H1\n", []string{"manifest.csv:3", "contradicts"}},
		{"formula as number", "cases", "manifest.csv", header + "=1+1,1,slip,0,,W1,2025-H1\n", []string{"manifest.csv:2: case_id"}},
		{"quotes", "cases", "manifest.csv", header + "N-1,1,slip,0,,W1,\"2025-H1\n", []string{"manifest.csv", "quotes do not match"}},
		{"file that is not there", "cases", "batch.zip", packed(t, "manifest.csv", header+"N-1,1,slip,0,a.txt,W1,2025-H1\n"), []string{"a.txt"}},
		{"path that leaves", "cases", "batch.zip", packed(t, "manifest.csv", header+"N-1,1,slip,0,../../etc/passwd,W1,2025-H1\n"), []string{"leaves the batch"}},
		{"member that leaves", "cases", "batch.zip", packed(t, "../evil.txt", "x", "manifest.csv", header+"N-1,1,slip,0,,W1,2025-H1\n"), []string{"evil.txt"}},
		{"empty document", "cases", "batch.zip", packed(t, "N-1/a.txt", ""), []string{"a.txt"}},
		{"pdf without pages", "cases", "batch.zip", packed(t, "N-1/a.pdf", "%PDF-1.7\n%%EOF\n"), []string{"a.pdf"}},
		{"old word", "cases", "batch.zip", packed(t, "N-1/a.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+strings.Repeat("\x00", 600)), []string{"a.doc"}},
		{"bytes of no text", "cases", "batch.zip", packed(t, "N-1/a.txt", strings.Repeat("\x00\x01\x02", 400)), []string{"a.txt"}},
		{"bomb", "cases", "batch.zip", packed(t, "N-1/a.txt", strings.Repeat("a", 70<<20)), []string{"a.txt"}},
		{"broken zip", "cases", "batch.zip", "PK\x03\x04 and then nothing", []string{"batch.zip", "damaged"}},
		{"neither", "cases", "batch.zip", packed(t, "loose.txt", "text"), []string{"batch.zip"}},
		{"other text", "cases", "batch.zip", packed(t, "B-03/a.txt", "A text that differs."), []string{"case B-03"}},
		{"codings of nobody", "codings", "codings.csv", "case_id,coder,variable,value,missing\nB-01,zoe,damage,none,\n", []string{"codings.csv:2", "zoe", "no coder"}},
		{"codings with all kinds", "codings", "codings.csv", "case_id,coder,variable,value,missing\nB-01,anna,damage,purple,\nB-01,anna,colour,red,\nB-99,anna,damage,none,\n",
			[]string{"codings.csv:2", "codings.csv:3", "codings.csv:4", "purple", "colour", "B-99"}},
		{"both and neither", "codings", "codings.csv", "case_id,coder,variable,value,missing\nB-01,anna,damage,none,NR\nB-01,anna,quality,,\n", []string{"codings.csv:2", "codings.csv:3"}},
		{"answer twice", "codings", "codings.csv", "case_id,coder,variable,value,missing\nB-01,anna,damage,none,\nB-01,anna,damage,none,\n", []string{"codings.csv:3", "twice"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := daan.upload(studyPath+"/import", test.kind, test.file, test.content)
			if got.status == http.StatusSeeOther {
				got = daan.follow(got)
			}
			if got.status != http.StatusUnprocessableEntity {
				t.Errorf("answered %d, want 422", got.status)
			}
			for _, want := range test.want {
				if !strings.Contains(got.body, want) {
					t.Errorf("the page does not say %q: %s", want, between(got.body, `role="alert"`, "</section>"))
				}
			}
			if after := s.count(t); after != before {
				t.Errorf("there are %d cases, want %d", after, before)
			}
			if after := events(); after != logged {
				t.Errorf("the study was written to %d times", after-logged)
			}
		})
	}
	if left, err := os.ReadDir(filepath.Join(s.Dir, "tmp")); err != nil || len(left) > 0 {
		t.Errorf("the upload folder holds %v (%v), want nothing", left, err)
	}
	if got := daan.do("POST", studyPath+"/import", "text/plain", "x").status; got != http.StatusBadRequest {
		t.Errorf("what is no form is answered %d, want 400", got)
	}
}

// between returns the part of s from the first mark to the second, for
// messages of tests.
func between(s, from, to string) string {
	_, rest, _ := strings.Cut(s, from)
	part, _, _ := strings.Cut(rest, to)
	return part
}

// Problems are told in the language of the reader.
func TestImportProblemsInDutch(t *testing.T) {
	s := open(t)
	daan := s.visit(t, "daan")
	daan.post("/preferences", map[string][]string{"lang": {"nl"}, "back": {"/"}})
	got := daan.upload(studyPath+"/import", "cases", "manifest.csv", "")
	if want := "het bestand is leeg"; !strings.Contains(got.body, want) {
		t.Errorf("the page does not say %q", want)
	}
}

// Codings that were made elsewhere become codings of their coders.
func TestImportCodings(t *testing.T) {
	s := open(t)
	daan := s.visit(t, "daan")
	var rows strings.Builder
	rows.WriteString("case_id,coder,variable,value,missing,note,submitted_at\n")
	for _, variable := range []string{"received", "damage", "parts_hit", "repaired", "parts_new", "ready", "minutes", "quality", "remark"} {
		fmt.Fprintf(&rows, "B-04,Anna,%s,%s,,,2026-01-04T10:00:00Z\n", variable, storetest.Answers[variable])
	}
	sent := daan.upload(studyPath+"/import", "codings", "codings.csv", rows.String())
	daan.follow(sent)
	done := daan.follow(daan.post(sent.header.Get("Location"), nil))
	if !strings.Contains(done.body, "codings.csv was imported") {
		t.Fatalf("the import says: %s", done.body)
	}
	c, err := s.Store.Case(context.Background(), storetest.Study, "B-04")
	if err != nil || c.State != annotations.Settled {
		t.Errorf("the case is %s (%v), want settled", c.State, err)
	}
}
