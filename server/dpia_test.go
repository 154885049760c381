package server_test

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/dossierlens/dossierlens/server"
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

// The annex tells of each setting of the server what is so, and nothing of
// what is not.
func TestDPIATellsTheSettings(t *testing.T) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	backups := func(to ...age.Recipient) *server.Backups {
		return &server.Backups{Dir: t.TempDir(), Every: 24 * time.Hour, Keep: 7, Recipients: to}
	}
	sso := &server.SSO{Name: "Instelling", Issuer: "https://login.example.nl", ClientID: "dossierlens"}
	told := []string{
		"reached from its own machine only", "is encrypted (TLS)", "is a file of the institution", "is got and renewed by the program", "is that of a proxy",
		"The program calls nobody by itself", "It asks a certificate authority for the certificate of this server, and otherwise", "It asks the provider of single sign-on who",
		"and the provider of single sign-on who", "Server to certificate authority", "Institution to workspace", "Workspace to backups",
		"does not encrypt the database", "are encrypted with a key that is kept outside", "makes no backups by itself",
		"every 24 hours, not encrypted; the newest 7", "every 24 hours, encrypted with the key of the workspace; the newest 7", "An encrypted backup every 24 hours; the newest 7",
	}
	for name, test := range map[string]struct {
		options   server.Options
		encrypted bool
		want      []int
	}{
		"nothing": {server.Options{}, false, []int{0, 5, 12, 14}},
		"files":   {server.Options{Secure: true, TLS: server.TLSFiles}, false, []int{1, 2, 5, 12, 14}},
		"acme":    {server.Options{Secure: true, TLS: server.TLSACME}, false, []int{1, 3, 6, 9, 12, 14}},
		"proxy":   {server.Options{Secure: true, TLS: server.TLSProxy}, false, []int{1, 4, 5, 12, 14}},
		"sso":     {server.Options{Secure: true, TLS: server.TLSProxy, SSO: sso}, false, []int{1, 4, 7, 10, 12, 14}},
		"sso, acme, encrypted, backups": {server.Options{Secure: true, TLS: server.TLSACME, SSO: sso, Backups: backups(key.Recipient())}, true,
			[]int{1, 3, 8, 9, 10, 11, 13, 17}},
		"plain backups":  {server.Options{Backups: backups()}, false, []int{0, 5, 11, 12, 15}},
		"sealed backups": {server.Options{Backups: backups()}, true, []int{0, 5, 11, 13, 16}},
		"age backups":    {server.Options{Backups: backups(key.Recipient())}, false, []int{0, 5, 11, 12, 17}},
	} {
		t.Run(name, func(t *testing.T) {
			w := storetest.Open
			if test.encrypted {
				w = storetest.OpenEncrypted
			}
			s := serveWorld(t, w(t), func(o *server.Options) {
				o.Secure, o.TLS, o.SSO, o.Backups = test.options.Secure, test.options.TLS, test.options.SSO, test.options.Backups
			})
			page := s.visit(t, "petra").get("/s/" + storetest.Study + "/dpia")
			for i, words := range told {
				if says := strings.Contains(page.body, words); says != slices.Contains(test.want, i) {
					t.Errorf("that it says %q is %v", words, says)
				}
			}
		})
	}
}
