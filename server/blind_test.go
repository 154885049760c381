package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// knock makes a request of any method with a body that fits none.
func (v *visitor) knock(method, path string) answer {
	v.t.Helper()
	switch {
	case method == "GET":
		return v.get(path)
	case strings.HasPrefix(path, "/api/"):
		return v.send(method, path, map[string]any{}, nil)
	}
	return v.post(path, url.Values{})
}

// Every route, whatever its method, refuses every role that the table does not
// name, in the study and in another; and lets pass those that it names.
func TestEveryRouteAndRoleFollowsTheTable(t *testing.T) {
	s := open(t)
	setPolicy(t, s, func(p *store.AccessPolicy) { p.ConfirmMinutes = 240 })
	a := s.Assign(t, "B-01", "anna")
	asked := 0
	for login, who := range s.People {
		v := s.visit(t, login)
		for _, r := range s.server.Routes() {
			if r.Public || r.Act == "" {
				continue
			}
			if !v.in() { // an act of the route before ended the session
				v = s.visit(t, login)
			}
			for _, study := range []string{storetest.Study, storetest.Other, "none"} {
				if study != storetest.Study && !strings.Contains(r.Path, ":study") {
					continue
				}
				path := fill(strings.Replace(r.Path, ":study", study, 1), a.ID, "damage")
				got := v.knock(r.Method, path)
				asked++
				in := ""
				if strings.Contains(r.Path, ":study") {
					in = study
				}
				may := study != "none" && who.May(r.Act, in)
				refused := got.status == http.StatusForbidden || got.status == http.StatusNotFound
				if !may && !refused {
					t.Errorf("%s: %s %s answers %d, and the table does not grant %s", login, r.Method, path, got.status, r.Act)
				}
				if may && got.status == http.StatusForbidden {
					t.Errorf("%s: %s %s is refused, and the table grants %s", login, r.Method, path, r.Act)
				}
				if got.status >= 500 {
					t.Errorf("%s: %s %s answers %d", login, r.Method, path, got.status)
				}
			}
		}
	}
	if asked < 1000 {
		t.Errorf("only %d requests were made", asked)
	}
}

// A token opens what its scope names, in its study, and nothing else.
func TestEveryRouteAndScopeFollowsTheTable(t *testing.T) {
	s := open(t)
	a := s.Assign(t, "B-01", "anna")
	for _, scope := range []auth.Act{auth.ReadReleases, auth.ExportCodings} {
		token := tokenFor(t, s, scope)
		v := s.visit(t, "")
		for _, r := range s.server.Routes() {
			if r.Public {
				continue
			}
			for _, study := range []string{storetest.Study, storetest.Other} {
				path := fill(strings.Replace(r.Path, ":study", study, 1), a.ID, "damage")
				got := v.with(token, r.Method, path)
				granted := strings.HasPrefix(r.Path, "/api/") && r.Act == scope && study == storetest.Study
				if open := got.status < 300; open && !granted {
					t.Errorf("with %s: %s %s answers %d", scope, r.Method, path, got.status)
				}
				if granted && (got.status == http.StatusUnauthorized || got.status == http.StatusForbidden) {
					t.Errorf("with %s: %s %s is refused with %d", scope, r.Method, path, got.status)
				}
			}
		}
	}
}

// What exists and is not theirs is answered, byte for byte, as what does not
// exist, with the same headers and as many lines in the audit log; by every
// route, for every role.
func TestForeignIsAnsweredAsAbsent(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	setPolicy(t, s, func(p *store.AccessPolicy) { p.ConfirmMinutes = 240 })
	s.Import(t, storetest.Other, s.Case(t, "Z-01", "W1", "Nobody here may read this note.\n"))
	bertOn := s.Assign(t, "B-02", "bert")
	foreign := map[string][2]string{ // parameter: one that exists for others, one that does not
		":study":      {storetest.Other, "ozhxr"},
		":case":       {"Z-01", "Y-01"},
		":assignment": {fmt.Sprint(bertOn.ID), fmt.Sprint(bertOn.ID + 7)},
	}
	lines := func() int {
		n := 0
		for _, err := range s.Store.Records(ctx, "") {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	compared := 0
	for _, login := range []string{"anna", "cees", "lena", "daan", "mona", "petra", "olga"} {
		v := s.visit(t, login)
		for _, r := range s.server.Routes() {
			if r.Public {
				continue
			}
			for parameter, pair := range foreign {
				if !strings.Contains(r.Path, parameter) {
					continue
				}
				// Who may guide sees the assignments of their study: not foreign.
				if parameter == ":assignment" && s.People[login].May(auth.Guide, storetest.Study) {
					continue
				}
				var got [2]answer
				var wrote [2]int
				for i, id := range pair {
					before := lines()
					path := fill(strings.Replace(r.Path, parameter, id, 1), bertOn.ID, "damage")
					got[i] = v.knock(r.Method, path)
					wrote[i] = lines() - before
					got[i].body = strings.ReplaceAll(got[i].body, path, "#") // the form that changes the language leads back
				}
				compared++
				if got[0].status != got[1].status || got[0].body != got[1].body {
					t.Errorf("%s: %s %s with a foreign %s answers %d, with an absent one %d; the words differ: %v",
						login, r.Method, r.Path, parameter, got[0].status, got[1].status, got[0].body != got[1].body)
				}
				if wrote[0] != wrote[1] {
					t.Errorf("%s: %s %s with a foreign %s writes %d lines to the log, with an absent one %d", login, r.Method, r.Path, parameter, wrote[0], wrote[1])
				}
				if a, b := headers(got[0]), headers(got[1]); !slices.Equal(a, b) {
					t.Errorf("%s: %s %s: headers %v and %v", login, r.Method, r.Path, a, b)
				}
			}
		}
	}
	if compared < 300 {
		t.Errorf("only %d pairs were compared", compared)
	}
}

// headers lists what an answer says in its headers, but for the date and what
// follows from the length of an id.
func headers(a answer) []string {
	var list []string
	for name, values := range a.header {
		if name != "Date" && name != "Content-Length" {
			list = append(list, name+": "+strings.Join(values, ", "))
		}
	}
	slices.Sort(list)
	return list
}
