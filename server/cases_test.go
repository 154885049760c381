package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

var caseLink = regexp.MustCompile(`/cases/([A-Z]-\d+)"`)

// listed returns the cases that a page links to.
func listed(a answer) string {
	var ids []string
	for _, m := range caseLink.FindAllStringSubmatch(a.body, -1) {
		ids = append(ids, m[1])
	}
	return strings.Join(ids, " ")
}

func TestCasesAreFiltered(t *testing.T) {
	s := open(t)
	s.Assign(t, "B-02", "anna")
	for _, login := range []string{"lena", "daan"} {
		v := s.visit(t, login)
		for _, test := range []struct{ query, want string }{
			{"", "B-01 B-02 B-03 B-04"},
			{"?state=assigned", "B-02"},
			{"?state=elephants", "B-01 B-02 B-03 B-04"},
			{"?region=W3", "B-03 B-04"},
			{"?period=2025-H1&region=W1", "B-01 B-02"},
			{"?period=1999", ""},
			{"?find=b-03", "B-03"},
			{"?after=B-02", "B-03 B-04"},
			{"?before=B-03", "B-01 B-02"},
		} {
			if got := listed(v.get(studyPath + "/cases" + test.query)); got != test.want {
				t.Errorf("%s, cases%s: got %q, want %q", login, test.query, got, test.want)
			}
		}
	}
}

// Pages of a hundred lead on and back, and none is shown twice or left out.
func TestCasesComeInPages(t *testing.T) {
	s := open(t)
	var many []annotations.IncomingCase
	for i := range 250 {
		many = append(many, s.Case(t, annotations.CaseID(fmt.Sprintf("C-%04d", i)), "W1"))
	}
	s.Import(t, storetest.Study, many...)
	lena := s.visit(t, "lena")
	next := regexp.MustCompile(`rel="next" href="([^"]*)"`)
	prev := regexp.MustCompile(`rel="prev" href="([^"]*)"`)
	var pages []string
	path, seen := studyPath+"/cases?find=C-", map[string]bool{}
	for path != "" {
		page := lena.get(path)
		pages = append(pages, listed(page))
		for _, id := range strings.Fields(listed(page)) {
			if seen[id] {
				t.Errorf("case %s is listed twice", id)
			}
			seen[id] = true
		}
		path = ""
		if m := next.FindStringSubmatch(page.body); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		} else if m := prev.FindStringSubmatch(page.body); m == nil {
			t.Errorf("the last page leads nowhere")
		} else if got := listed(lena.get(strings.ReplaceAll(m[1], "&amp;", "&"))); got != pages[1] {
			t.Errorf("back from the last page: got %q, want %q", got, pages[1])
		}
	}
	if len(pages) != 3 || len(seen) != 250 {
		t.Errorf("got %d cases on %d pages, want 250 on 3", len(seen), len(pages))
	}
	if page := lena.get(studyPath + "/cases?find=C-&after=C-0099"); !strings.Contains(page.body, "101–200 of 250") {
		t.Errorf("the second page does not say where it stands: %s", between(page.body, `class="pager"`, "</nav>"))
	}
}

// The data manager sees what a case has, the lead also what stands in it, and
// the audit log knows who read.
func TestCasePage(t *testing.T) {
	s := open(t)
	const text = "bent wheel"
	lena, daan := s.visit(t, "lena"), s.visit(t, "daan")
	for _, v := range []*visitor{lena, daan} {
		got := v.get(studyPath + "/cases/B-01")
		if got.status != http.StatusOK || !strings.Contains(got.body, "Repair slip") {
			t.Errorf("the case page answers %d without its documents", got.status)
		}
		if strings.Contains(got.body, text) {
			t.Errorf("the case page shows text of the file")
		}
	}
	document := studyPath + "/cases/B-01/documents/1"
	if strings.Contains(daan.get(studyPath+"/cases/B-01").body, document) {
		t.Errorf("the data manager is offered the text")
	}
	if got := daan.get(document); got.status != http.StatusForbidden || strings.Contains(got.body, text) {
		t.Errorf("the data manager opens a text with %d, want 403", got.status)
	}
	if got := lena.get(document); got.status != http.StatusOK || !strings.Contains(got.body, text) {
		t.Errorf("the lead opens a text with %d, want it", got.status)
	}
	log, err := s.Store.Log(context.Background(), store.LogFilter{Study: storetest.Study, Case: "B-01", Limit: 1})
	if err != nil || len(log) != 1 || log[0].Act != "case.read" || log[0].Actor != s.People["lena"].ID || log[0].Object != "document 1" {
		t.Errorf("the audit log ends with %+v (%v), want the reading by lena", log, err)
	}
	for _, path := range []string{"/cases/B-99", "/cases/B-01/documents/9", "/cases/B-01/documents/x", "/cases/B-99/documents/1"} {
		if got := lena.get(studyPath + path).status; got != http.StatusNotFound {
			t.Errorf("%s answers %d, want 404", path, got)
		}
	}
}

// Who has nothing to do with a page of the data manager or the lead does not
// get it, and another study is not there.
func TestCasePagesAreRefused(t *testing.T) {
	s := open(t)
	w := s.Assign(t, "B-01", "anna")
	paths := []string{"/cases", "/cases/B-01", "/cases/B-01/documents/1", "/import", "/import/1", "/screening", "/screening/1", "/lists/part", "/assign"}
	anna, otto := s.visit(t, "anna"), s.visit(t, "otto")
	for _, path := range paths {
		if got := anna.get(studyPath + path).status; got != http.StatusForbidden {
			t.Errorf("a coder gets %s with %d, want 403", path, got)
		}
		if got := otto.get(studyPath + path).status; got != http.StatusNotFound {
			t.Errorf("the lead of another study gets %s with %d, want 404", path, got)
		}
	}
	move := fmt.Sprintf("/s/%s/assignments/%d/withdraw", storetest.Other, w.ID)
	if got := otto.post(move, nil).status; got != http.StatusNotFound {
		t.Errorf("an assignment of another study is withdrawn with %d, want 404", got)
	}
	if got := s.visit(t, "lena").get(studyPath + "/work").status; got != http.StatusForbidden {
		t.Errorf("who codes nothing gets a list of work with %d, want 403", got)
	}
}

// The lead adds a coder to a case, sends a coding back and withdraws it, and
// can give it back.
func TestAssignmentsOfACase(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	coded := s.Code(t, "B-01", "anna", nil)
	lena := s.visit(t, "lena")
	give := func(coder string) answer {
		return lena.post(studyPath+"/cases/B-01/assign", url.Values{"coder": {coder}, "round": {"1"}})
	}
	if got := give(fmt.Sprint(s.People["bert"].ID)).status; got != http.StatusSeeOther {
		t.Fatalf("a coder is added with %d", got)
	}
	for _, coder := range []string{"", "x", fmt.Sprint(s.People["bert"].ID), fmt.Sprint(s.People["mona"].ID), "999"} {
		if got := give(coder); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("coder %q is added with %d, want 422 with a reason", coder, got.status)
		}
	}
	status := func() string {
		given, err := s.Store.CaseAssignments(ctx, s.People["lena"], coded.Case.Key)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, a := range given {
			list = append(list, a.CoderName[len("Name of "):]+" "+string(a.Status))
		}
		return strings.Join(list, ", ")
	}
	back := url.Values{"case": {"B-01"}, "comment.damage": {"look at the second slip"}}
	move := func(what string) answer {
		return lena.post(fmt.Sprintf("%s/assignments/%d/%s", studyPath, coded.ID, what), back)
	}
	for _, step := range []struct {
		what string
		do   func() answer
		want string
	}{
		{"return", func() answer { return move("return") }, "anna returned, bert open"},
		{"withdraw", func() answer { return move("withdraw") }, "bert open, anna withdrawn"},
		{"give back", func() answer { return give(fmt.Sprint(s.People["anna"].ID)) }, "anna returned, bert open"},
	} {
		if got := step.do(); got.status != http.StatusSeeOther || got.header.Get("Location") != studyPath+"/cases/B-01" {
			t.Errorf("%s: answered %d to %s", step.what, got.status, got.header.Get("Location"))
		}
		if got := status(); got != step.want {
			t.Errorf("after %s: got %q, want %q", step.what, got, step.want)
		}
	}
	if got := move("return").status; got != http.StatusNotFound {
		t.Errorf("what was not handed in is sent back with %d, want 404", got)
	}
}

// The page of a case tells how it came to where it is, and by whom.
func TestCaseTellsItsHistory(t *testing.T) {
	s := open(t)
	s.Code(t, "B-01", "anna", nil)
	got := s.visit(t, "lena").get(studyPath + "/cases/B-01")
	history := between(got.body, "<h2>History</h2>", "</section>")
	for _, want := range []string{"released", "settled", "Name of lena", "Name of anna"} {
		if !strings.Contains(strings.ToLower(history), strings.ToLower(want)) {
			t.Errorf("the history does not have %q: %s", want, history)
		}
	}
}
