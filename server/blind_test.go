package server_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/codebook"
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

// foreignThings puts into the other study, and into the hands of others, one
// object of every kind that an address can name.
func foreignThings(t *testing.T, s *site) map[string][2]string {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	otto := s.People["otto"]
	clear := s.Case(t, "Z-01", "W1", "The bicycle of this note is nobody else's to read.\n")
	held := s.Case(t, "Z-02", "W1", "Nobody here may read this note either.\n")
	sum := sha256.Sum256([]byte(foundIn))
	held.Held = []annotations.Held{{Number: 2, Type: "slip", Text: foundIn, SHA256: hex.EncodeToString(sum[:]), Findings: new(screening.Screener).Scan(foundIn)}}
	doomed := s.Case(t, "Z-03", "W1", "This note will be erased.\n")
	s.Import(t, storetest.Other, clear, held, doomed)
	holding, _, err := s.Store.HeldDocuments(ctx, storetest.Other, 10)
	must(err)
	must(s.Store.Assign(ctx, otto, storetest.Other, []store.NewAssignment{{Case: "Z-01", Coder: s.People["oda"].ID, Round: "1"}}))
	theirs, err := s.Store.MyAssignments(ctx, s.People["oda"], storetest.Other)
	must(err)
	asked, err := s.Store.AddComment(ctx, s.People["oda"], theirs[0].ID, annotations.Comment{Key: "k", Kind: annotations.AskLead, Variable: "damage", Text: "Is this damage?"})
	must(err)
	must(s.Store.PlanDeletion(ctx, otto, store.RetentionPlan{Study: storetest.Other, Basis: store.OnDate, DueOn: "2040-01-01", Reason: "Planned in a test"}))
	plans, err := s.Store.RetentionPlans(ctx, storetest.Other)
	must(err)
	must(s.Store.SetHold(ctx, otto, storetest.Other, "Z-01", "Held in a test"))
	holds, err := s.Store.Holds(ctx, storetest.Other)
	must(err)
	must(s.Store.AskErasure(ctx, otto, storetest.Other, "Z-02", "Asked for in a test"))
	waiting, err := s.Store.Erasures(ctx, storetest.Other)
	must(err)
	must(s.Store.AskErasure(ctx, otto, storetest.Other, "Z-03", "Asked for in a test"))
	list, err := s.Store.Erasures(ctx, storetest.Other)
	must(err)
	must(s.Store.AddMember(ctx, auth.Actor{}, storetest.Other, s.People["oda"].ID, auth.PrivacyOfficer))
	oda, err := s.Store.Actor(ctx, s.People["oda"].ID)
	must(err)
	gone, err := s.Store.ConfirmErasure(ctx, oda, storetest.Other, list[0].ID, store.Deleting{})
	must(err)
	must(s.Store.AddMember(ctx, auth.Actor{}, storetest.Other, otto.ID, auth.MonitorOfficer))
	otto, err = s.Store.Actor(ctx, otto.ID)
	must(err)
	const release = "0123456789abcdef"
	must(s.Store.CreateRelease(ctx, otto, store.Release{ID: release, Study: storetest.Other, Terms: []byte("{}")}, nil))
	_, err = s.Store.NewToken(ctx, otto, storetest.Other, "A program", time.Hour)
	must(err)
	tokens, err := s.Store.Tokens(ctx, storetest.Other)
	must(err)
	s.visit(t, "otto")
	sessions, err := s.Store.Sessions(ctx, otto.ID)
	must(err)
	bertOn := s.Assign(t, "B-02", "bert")
	docs, err := s.Store.Documents(ctx, bertOn.Case.Key)
	must(err)
	marked, err := s.Store.AddPassage(ctx, s.People["bert"], bertOn.ID, annotations.Passage{Variable: "damage", Document: docs[0].Key, Start: 0, End: 3, Quote: string([]rune(docs[0].Text)[:3])})
	must(err)
	s.Fill(t, theirs[0], "oda", nil)
	must(s.Store.OpenComparison(ctx, otto, storetest.Other, "Z-01"))
	_, err = s.Store.Decide(ctx, otto, storetest.Other, "Z-01", annotations.Decision{Variable: "quality", Answer: codebook.Answer{Value: "poor"}, Cause: annotations.RuleUnclear, Reason: "The rule is not clear"})
	must(err)
	proposed, err := s.Store.Proposals(ctx, storetest.Other)
	must(err)
	number := func(id int64) [2]string { return [2]string{fmt.Sprint(id), fmt.Sprint(id + 700)} }
	return map[string][2]string{ // parameter: one that exists for others, one that does not
		":study":      {storetest.Other, "ozhxr"},
		":case":       {"Z-01", "Y-01"},
		":assignment": number(bertOn.ID),
		"held":        number(holding[0].Key),
		":comment":    number(asked.ID),
		":passage":    number(marked.ID),
		":proposal":   number(proposed[0].ID),
		":plan":       number(plans[0].ID),
		":hold":       number(holds[0].ID),
		":erasure":    number(waiting[0].ID),
		":deletion":   number(gone.ID),
		":release":    {release, "fedcba9876543210"},
		":number":     number(tokens[0].ID),
		":session":    {sessions[0].ID, strings.Repeat("0", len(sessions[0].ID))},
		"coder":       number(s.People["oda"].ID),
	}
}

// What exists and is not theirs is answered, byte for byte, as what does not
// exist, with the same headers, as many lines in the audit log and after the same
// statements to the database, so that no clock tells the two apart; by every route
// about an object, for every role.
func TestForeignIsAnsweredAsAbsent(t *testing.T) {
	during := listen(t)
	s := open(t)
	ctx := context.Background()
	setPolicy(t, s, func(p *store.AccessPolicy) { p.ConfirmMinutes = 240 })
	foreign := foreignThings(t, s)
	annas := s.Assign(t, "B-03", "anna")
	lines := func() int64 {
		list, err := s.Store.Log(ctx, store.LogFilter{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		return list[0].Seq
	}
	compared, statements, reached := 0, 0, map[string]bool{}
	for _, login := range []string{"anna", "cees", "lena", "daan", "mona", "petra", "olga"} {
		v := s.visit(t, login)
		for _, r := range s.server.Routes() {
			if r.Public {
				continue
			}
			for name, pair := range foreign {
				parameter := name
				switch {
				case name == "held":
					if parameter = ":document"; !strings.Contains(r.Path, "/screening/") {
						continue
					}
				case name == "coder":
					if parameter = ":user"; !strings.Contains(r.Path, "/training/") {
						continue
					}
				}
				if !strings.Contains(r.Path, parameter) {
					continue
				}
				// Who may guide sees the assignments of their study: not foreign.
				if parameter == ":assignment" && s.People[login].May(auth.Guide, storetest.Study) {
					continue
				}
				var got [2]answer
				var wrote [2]int64
				var asked [2][]string
				if !v.in() {
					v = s.visit(t, login)
				}
				goOn := s.Clock.Stop() // a session notes the minute in which it was seen
				assignment, _ := strconv.ParseInt(foreign[":assignment"][0], 10, 64)
				if login == "anna" && parameter != ":assignment" {
					assignment = annas.ID // what hangs on another coding is foreign at one's own
				}
				v.get(fill(strings.Replace(r.Path, parameter, pair[1], 1), assignment, "damage")) // what is read once and kept is read
				for i, id := range pair {
					before := lines()
					path := fill(strings.Replace(r.Path, parameter, id, 1), assignment, "damage")
					asked[i] = during(func() { got[i] = v.knock(r.Method, path) })
					wrote[i] = lines() - before
					got[i].body = strings.ReplaceAll(strings.ReplaceAll(got[i].body, path, "#"), url.QueryEscape(path), "#") // the forms for the language and for signing in lead back
				}
				goOn()
				compared++
				statements += len(asked[0])
				reached[name] = true
				what := fmt.Sprintf("%s: %s %s with a foreign %s", login, r.Method, r.Path, parameter)
				if got[0].status != got[1].status || got[0].body != got[1].body {
					t.Errorf("%s answers %d, with an absent one %d; the words differ: %v", what, got[0].status, got[1].status, got[0].body != got[1].body)
				}
				if wrote[0] != wrote[1] {
					t.Errorf("%s writes %d lines to the log, with an absent one %d", what, wrote[0], wrote[1])
				}
				if a, b := headers(got[0]), headers(got[1]); !slices.Equal(a, b) {
					t.Errorf("%s: headers %v and %v", what, a, b)
				}
				if !slices.Equal(asked[0], asked[1]) {
					at := 0
					for at < min(len(asked[0]), len(asked[1])) && asked[0][at] == asked[1][at] {
						at++
					}
					t.Errorf("%s asks the database otherwise, from step %d of %d and %d: %.200q and %.200q", what, at, len(asked[0]), len(asked[1]),
						asked[0][at:min(at+4, len(asked[0]))], asked[1][at:min(at+4, len(asked[1]))])
				}
				if got[0].status < 300 && name != ":study" {
					t.Errorf("%s answers %d", what, got[0].status)
				}
			}
		}
	}
	if compared < 400 || statements < 10*compared || len(reached) != len(foreign) {
		t.Errorf("only %d pairs were compared, after %d steps of the database, of %d of %d kinds", compared, statements, len(reached), len(foreign))
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
