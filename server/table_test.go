package server_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// withoutState are the parameters of addresses of objects in whose states
// everything is allowed that the act is, or nothing at all: what they hide is
// told by the table of routes and roles.
var withoutState = []string{":study", ":token", ":user", ":passkey", ":session", ":document", ":job", ":list", ":format", ":variable", ":indicator", ":chart", ":region", ":file", ":deletion", ":proposal", ":comment", ":passage"}

// Every route about an object that has states names what is done to it, and
// that stands in the table, in states that there are.
func TestTheTableIsWhole(t *testing.T) {
	s := open(t)
	used := map[auth.Step]bool{}
	for _, r := range s.server.Routes() {
		for _, part := range strings.Split(r.Path, "/") {
			if !strings.HasPrefix(part, ":") || slices.Contains(withoutState, part) || len(r.Steps) > 0 {
				continue
			}
			if part == ":case" && r.Method == "GET" { // whoever reads cases reads them in every state
				continue
			}
			t.Errorf("%s %s is about %s and names no step of the table", r.Method, r.Path, part)
		}
		for _, step := range r.Steps {
			used[step] = true
			rule, ok := auth.Rules()[step]
			if !ok {
				t.Errorf("%s %s: no rule for %q", r.Method, r.Path, step)
			}
			if r.Act != "" && !slices.Contains(rule.Acts, r.Act) && !slices.ContainsFunc(auth.Roles, func(role auth.Role) bool { return auth.Grants(role, r.Act) }) {
				t.Errorf("%s %s takes %s, and the table %v", r.Method, r.Path, r.Act, rule.Acts)
			}
		}
	}
	for step, rule := range auth.Rules() {
		if !used[step] {
			t.Errorf("no route takes the step %q", step)
		}
		for _, state := range append(slices.Clone(rule.In), rule.Closed...) {
			if !slices.Contains(auth.States[rule.Of], state) {
				t.Errorf("%s: %s has no state %q", step, rule.Of, state)
			}
		}
		for _, state := range rule.In {
			if slices.Contains(rule.Closed, state) {
				t.Errorf("%s is both allowed and closed in %q", step, state)
			}
		}
		for _, act := range rule.Acts {
			if !slices.ContainsFunc(auth.Roles, func(role auth.Role) bool { return auth.Grants(role, act) }) {
				t.Errorf("%s: no role has %s", step, act)
			}
		}
	}
}

// Every route, for every role, at an object in every state, one's own and
// another's, does what the table says, and else leaves nothing behind but that
// it was refused.
func TestEveryRouteRoleAndStateFollowsTheTable(t *testing.T) {
	for kind, states := range auth.States {
		t.Run(string(kind), func(t *testing.T) {
			for _, state := range states {
				t.Run(string(state), func(t *testing.T) {
					t.Parallel()
					walk(t, kind, state)
				})
			}
		})
	}
}

// walk takes every step at objects of a kind in one state.
func walk(t *testing.T, kind auth.Kind, state auth.State) {
	g := &stages{t: t}
	if kind == auth.Release {
		g.site = releaseSite(t)
	} else {
		g.site = open(t)
	}
	setPolicy(t, g.site, func(p *store.AccessPolicy) { p.ConfirmMinutes, p.IdleMinutes = 240, 1440 })
	// Cees codes and leads, so that what is his meets an act of his.
	g.Member(t, "cees", auth.Lead)
	if kind == auth.Drawn || kind == auth.Case && state == "dropped" {
		g.frame()
	}
	visitors := map[string]*visitor{}
	for login := range g.People {
		visitors[login] = g.visit(t, login)
	}
	owners := []string{"cees"}
	if kind == auth.Erasure {
		owners = []string{"lena", "daan"}
	}
	asked := 0
	for _, r := range g.server.Routes() {
		if len(r.Steps) == 0 || auth.Rules()[r.Steps[0]].Of != kind {
			continue
		}
		for _, owner := range owners {
			o := g.stage(kind, state, owner)
			for login, who := range g.People {
				verdict, may := auth.Absent, false
				for _, step := range r.Steps {
					if got := step.At(state, slices.Contains(strings.Fields(o.owner), login)); who.MayTake(step, storetest.Study) && got > verdict {
						verdict = got
					}
				}
				may = verdict == auth.Allowed && (r.Act == "" || who.May(r.Act, storetest.Study))
				if !visitors[login].in() {
					visitors[login] = g.visit(t, login)
				}
				change, read := g.last(reading...), g.last()
				got := visitors[login].take(r, o)
				asked++
				did := got.status < 400
				if strings.HasSuffix(r.Path, "/submit") {
					did = did || got.status == http.StatusUnprocessableEntity // looked at, and something is still to be done
				}
				if act := told[r.Steps[0]]; act != "" { // the page says in words why there is nothing to see
					now := g.last()
					did = now != read && strings.HasSuffix(now, act)
				}
				if now := g.last(reading...); !did && now != change {
					t.Errorf("%s of %s: %s %s is refused with %d and leaves %s in the log", state, o.owner, r.Method, r.Path, got.status, now)
				}
				switch {
				case may && !did:
					t.Errorf("%s of %s: %s may, and %s %s answers %d: %s", state, o.owner, login, r.Method, r.Path, got.status, problemsIn(got.body))
				case !may && did:
					t.Errorf("%s of %s: %s may not, and %s %s answers %d", state, o.owner, login, r.Method, r.Path, got.status)
				case !may && verdict == auth.Absent && got.status != http.StatusNotFound && got.status != http.StatusForbidden &&
					!(strings.HasPrefix(r.Path, "/s/:study/sample/") && got.status == http.StatusUnprocessableEntity): // it names the case in its form

					t.Errorf("%s of %s: to %s it is absent, and %s %s answers %d", state, o.owner, login, r.Method, r.Path, got.status)
				case got.status >= 500:
					t.Errorf("%s of %s: %s: %s %s answers %d", state, o.owner, login, r.Method, r.Path, got.status)
				}
				if did && r.Method != "GET" {
					o = g.stage(kind, state, owner)
				}
			}
		}
	}
	if asked < len(g.People) {
		t.Errorf("only %d requests were made", asked)
	}
}

// reading are the acts of the log that change nothing.
var reading = []string{"case.compare", "coding.read"}

// told are the steps at pages that answer 200 also when the table closes them,
// with the act that the log has when they do not.
var told = map[auth.Step]string{auth.ReadComparison: "case.compare", auth.LookOver: "coding.read"}

// take asks for a route about a staged object.
func (v *visitor) take(r server.RouteInfo, o staged) answer {
	v.t.Helper()
	path := fill(o.path.Replace(r.Path), 1, "remark")
	switch {
	case strings.HasSuffix(path, "/compare"):
		return v.get(path + "?with=" + o.path.Replace(":release"))
	case r.Method == "GET":
		return v.get(path)
	case strings.HasPrefix(path, "/api/"):
		for end, body := range o.json {
			if strings.HasSuffix(r.Path, end) {
				return v.send(r.Method, path, body, nil)
			}
		}
		return v.send(r.Method, path, map[string]any{}, nil)
	case strings.HasSuffix(path, "/approve"): // with a word to its coder it would have to be sent back
		form := maps.Clone(o.form)
		form.Del("comment.damage")
		return v.post(path, form)
	}
	return v.post(path, o.form)
}

// last is the newest line of the log but for refusals, sign-ins and some acts.
func (g *stages) last(but ...string) string {
	g.t.Helper()
	for f := (store.LogFilter{Limit: 50}); ; {
		list, err := g.Store.Log(g.t.Context(), f)
		g.must(err)
		for _, r := range list {
			if r.Act != "refused" && r.Act != "login" && !slices.Contains(but, r.Act) {
				return r.Hash[:8] + " " + r.Act
			}
			f.Before = r.Seq
		}
	}
}
