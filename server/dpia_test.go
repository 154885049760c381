package server_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// The annex says what is so in this study: its fields, its roles by the one
// table, its plans, and the rules that count.
func TestDPIA(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	const path = "/s/" + storetest.Study + "/dpia"
	petra := s.visit(t, "petra")
	petra.get(path).want(t, "the annex", 200, "GDPR, article 35", "Nothing is planned yet", "makes no backups", "reached from its own machine only")
	petra.get("/s/"+storetest.Study+"/retention").want(t, "the page of retention", 200, `href="`+path+`"`)

	daan := s.visit(t, "daan")
	daan.post(retentionPath+"/plans", url.Values{"basis": {"release"}, "days": {"180"}, "reason": {"agreed with the source"}})
	policy, err := s.Store.AccessPolicy(ctx)
	if err != nil {
		t.Fatal(err)
	}
	policy.SecondFactor, policy.IdleMinutes = string(auth.Lead), 77
	if err := s.Store.SetAccessPolicy(ctx, s.People["beheer"], policy); err != nil {
		t.Fatal(err)
	}
	s.visit(t, "cees").get(path).want(t, "a coder", 403)
	page := petra.get(path)
	page.want(t, "the annex", 200, "agreed with the source", "after 77 minutes without use")

	book, err := s.Store.Codebook(ctx, storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range book.Variables() {
		if !strings.Contains(page.body, "<code>"+v.ID+"</code>") {
			t.Errorf("the field %s is not in the annex", v.ID)
		}
	}
	// The rows of the table of roles are those of the table of permissions.
	cell := regexp.MustCompile(`<td>(?:<span class="quiet">)?(yes|no|\d+)`)
	for words, says := range map[string]func(auth.Role) bool{
		"read text and answers of any case": func(r auth.Role) bool { return auth.Grants(r, auth.ReadCase) },
		"read and code cases assigned":      func(r auth.Role) bool { return auth.Grants(r, auth.CodeCase) },
		"export pseudonymized answers":      func(r auth.Role) bool { return auth.Grants(r, auth.ExportCodings) },
		"read the audit log":                func(r auth.Role) bool { return auth.Grants(r, auth.ReadAudit) },
		"have texts deleted":                func(r auth.Role) bool { return auth.Grants(r, auth.Retain) },
		"Two factors demanded":              policy.Demands,
	} {
		_, rest, ok := strings.Cut(page.body, words)
		row, _, _ := strings.Cut(rest, "</tr>")
		cells := cell.FindAllStringSubmatch(row, -1)
		if !ok || len(cells) != len(auth.Roles) {
			t.Fatalf("the row %q has %d cells: %s", words, len(cells), row)
		}
		for i, role := range auth.Roles {
			if got := cells[i][1] == "yes"; got != says(role) {
				t.Errorf("%s, %s: %s", words, role, cells[i][1])
			}
		}
	}
	if err := s.Store.SetPreferences(ctx, s.People["petra"].ID, "nl", ""); err != nil {
		t.Fatal(err)
	}
	petra.get(path).want(t, "the annex in Dutch", 200, "Bijlage bij de DPIA", "AVG, artikel 35", "tekst en antwoorden van elk dossier lezen")
}
