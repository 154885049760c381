package server_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// A text with an address of mail twice and a number that passes the 11-test.
const foundIn = "Mail went to jan@example.org on Monday.\nThe slip has number 123456782 on it.\nA copy went to jan@example.org too.\n"

var heldLink = regexp.MustCompile(`/screening/(\d+)"`)

// hold imports a case with a document that is held back and returns the
// address of its page.
func hold(t *testing.T, s *site, daan *visitor) string {
	t.Helper()
	sent := daan.upload(studyPath+"/import", "cases", "batch.zip", packed(t, "H-01/slip-dag002.txt", foundIn))
	daan.follow(sent)
	daan.follow(daan.post(sent.header.Get("Location"), nil))
	m := heldLink.FindStringSubmatch(daan.get(studyPath + "/screening").body)
	if m == nil {
		t.Fatal("no document is held back")
	}
	return studyPath + "/screening/" + m[1]
}

// decision is a form in which the mail is replaced once, and the number
// released.
func decision() url.Values {
	return url.Values{"findings": {"3"}, "same": {"on"},
		"decision-1": {"replace"}, "replacement-1": {"[KLANT]"}, "decision-2": {"release"}, "reason-2": {"number of the slip"}}
}

func TestScreeningDecides(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	daan := s.visit(t, "daan")
	page := hold(t, s, daan)
	if c, err := s.Store.Case(ctx, storetest.Study, "H-01"); err != nil || c.State != annotations.Screening {
		t.Fatalf("the case is %s (%v), want it held back", c.State, err)
	}
	got := daan.get(page)
	if n := strings.Count(got.body, `<a class="finding`); got.status != http.StatusOK || n != 3 {
		t.Fatalf("the page answers %d with %d findings, want 3", got.status, n)
	}
	form := decision()
	form.Del("decision-2") // a reason alone says that it is released
	if got := daan.post(page, form); got.status != http.StatusSeeOther {
		t.Fatalf("deciding answers %d: %s", got.status, between(got.body, `role="alert"`, "</section>"))
	}
	c, err := s.Store.Case(ctx, storetest.Study, "H-01")
	if err != nil || c.State != annotations.Available {
		t.Errorf("the case is %s (%v), want it released", c.State, err)
	}
	docs, err := s.Store.Documents(ctx, c.Key)
	if err != nil || len(docs) != 1 {
		t.Fatalf("%d documents (%v), want 1", len(docs), err)
	}
	want := strings.ReplaceAll(foundIn, "jan@example.org", "[KLANT]")
	if docs[0].Text != want {
		t.Errorf("the stored text is %q, want %q", docs[0].Text, want)
	}
	if got := daan.get(page).status; got != http.StatusNotFound {
		t.Errorf("the decided document answers %d, want 404", got)
	}
	sent := daan.upload(studyPath+"/import", "cases", "batch.zip", packed(t, "H-01/slip-dag002.txt", foundIn))
	if again := daan.follow(sent); !strings.Contains(again.body, "can be imported") {
		t.Errorf("the same file again: %s", again.body)
	}
}

func TestScreeningRefuses(t *testing.T) {
	s := open(t)
	daan := s.visit(t, "daan")
	page := hold(t, s, daan)
	for _, test := range []struct {
		name   string
		change func(url.Values)
		want   string
	}{
		{"nothing decided", func(f url.Values) { clear(f); f.Set("findings", "3") }, "Choose replace or release"},
		{"equal text left", func(f url.Values) { f.Del("same") }, "Finding 3"},
		{"both typed, none chosen", func(f url.Values) { f.Del("decision-1"); f.Set("reason-1", "no address") }, "Choose replace or release"},
		{"no reason", func(f url.Values) { f.Set("reason-2", " ") }, "Give a reason"},
		{"reason with a finding", func(f url.Values) { f.Set("reason-2", "see jan@example.org") }, "The reason itself"},
		{"no role", func(f url.Values) { f.Set("replacement-1", "Jan") }, "a role in capitals"},
		{"replacement with a number", func(f url.Values) { f.Set("replacement-1", "[06 12345678]") }, "a role in capitals"},
		{"other rules", func(f url.Values) { f.Set("findings", "2") }, "Decide again"},
	} {
		t.Run(test.name, func(t *testing.T) {
			form := decision()
			test.change(form)
			got := daan.post(page, form)
			if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, test.want) {
				t.Errorf("answered %d without %q: %s", got.status, test.want, between(got.body, `role="alert"`, "</section>"))
			}
			if test.name != "other rules" && !strings.Contains(got.body, `value="`+form.Get("replacement-1")+`"`) {
				t.Errorf("what was typed is gone")
			}
		})
	}
	if got := s.visit(t, "lena").get(page); got.status != http.StatusForbidden || strings.Contains(got.body, "123456782") {
		t.Errorf("the lead opens a held document with %d, want 403", got.status)
	}
}
