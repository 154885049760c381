package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/server/store"
)

// right returns a right of somebody as the review lists it.
func right(t *testing.T, s *site, login, role string) (store.Right, bool) {
	t.Helper()
	list, err := s.Store.Rights(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if r.Login == login && string(r.Role) == role {
			return r, true
		}
	}
	return store.Right{}, false
}

// The review lists who has what since when, asks for a look once a period, and
// keeps each decision with who took it and when.
func TestReviewOfRights(t *testing.T) {
	s := open(t)
	admin := s.visit(t, "beheer")
	page := admin.get("/users/review").body
	for _, want := range []string{"Name of anna", "coder", "Study of bicycles", "administrator", "this workspace", "All rights have been looked at"} {
		if !strings.Contains(page, want) {
			t.Errorf("the review lacks %q", want)
		}
	}
	setPolicy(t, s, func(p *store.AccessPolicy) { p.ReviewDays = 30 })
	s.Clock.Add(31 * 24 * time.Hour)
	admin = s.visit(t, "beheer")
	people := len(s.People)
	if got := admin.get("/users"); !strings.Contains(got.body, fmt.Sprintf("%d rights are to be looked at", people)) {
		t.Errorf("the accounts do not say that %d rights are due", people)
	}
	decide := func(login, study, role, decision string) answer {
		return admin.post("/users/review", url.Values{"user": {fmt.Sprint(s.People[login].ID)}, "study": {study}, "role": {role}, "decision": {decision}})
	}
	if got := decide("anna", "bicycles", "coder", "keep"); got.status != http.StatusSeeOther {
		t.Fatalf("confirming answers %d: %s", got.status, got.body)
	}
	if got := decide("bert", "bicycles", "coder", "revoke"); got.status != http.StatusSeeOther {
		t.Fatalf("revoking answers %d: %s", got.status, got.body)
	}
	if r, ok := right(t, s, "anna", "coder"); !ok || r.ConfirmedBy != "Name of beheer" || r.ConfirmedAt.IsZero() {
		t.Errorf("anna's right is %+v", r)
	}
	if _, ok := right(t, s, "bert", "coder"); ok {
		t.Error("bert keeps a right that was taken away")
	}
	if got := s.visit(t, "bert").get("/s/bicycles/work"); got.status != http.StatusNotFound {
		t.Errorf("bert's work answers %d", got.status)
	}
	if got := admin.get("/users/review"); !strings.Contains(got.body, fmt.Sprintf("%d rights are to be looked at", people-2)) {
		t.Errorf("the review does not say that %d rights are due", people-2)
	}
	for _, act := range []string{"right.confirm", "member.remove"} {
		if !logged(t, s, act) {
			t.Errorf("no %s in the log", act)
		}
	}
	// A right given anew is not confirmed by what was decided before.
	if err := s.Store.RemoveMember(context.Background(), s.People["beheer"], "bicycles", s.People["anna"].ID, "coder"); err != nil {
		t.Fatal(err)
	}
	if err := s.Store.AddMember(context.Background(), s.People["beheer"], "bicycles", s.People["anna"].ID, "coder"); err != nil {
		t.Fatal(err)
	}
	if r, ok := right(t, s, "anna", "coder"); !ok || !r.ConfirmedAt.IsZero() {
		t.Errorf("a new right is confirmed already: %+v", r)
	}
	for name, got := range map[string]answer{
		"a right that nobody has": decide("anna", "bicycles", "lead", "keep"),
		"a role that is none":     decide("anna", "bicycles", "king", "keep"),
	} {
		if got.status != http.StatusNotFound {
			t.Errorf("%s answers %d", name, got.status)
		}
	}
	if got := decide("anna", "bicycles", "king", "revoke"); got.status != http.StatusBadRequest {
		t.Errorf("revoking a role that is none answers %d", got.status)
	}
	// The last administrator stays one.
	if got := decide("beheer", "", "administrator", "revoke"); got.status != http.StatusUnprocessableEntity {
		t.Errorf("the last administrator goes: %d", got.status)
	}
	if got := admin.post(userPath(s, "lena")+"/administrator", url.Values{"administrator": {"on"}}); got.status != http.StatusSeeOther {
		t.Errorf("a second administrator: %d", got.status)
	}
	if _, ok := right(t, s, "lena", "administrator"); !ok {
		t.Error("lena is no administrator")
	}
	if got := decide("lena", "", "administrator", "revoke"); got.status != http.StatusSeeOther {
		t.Errorf("taking it away again: %d", got.status)
	}
}

// The rules of signing in have bounds, and a page that tells them.
func TestPolicyPage(t *testing.T) {
	s := open(t)
	admin := s.visit(t, "beheer")
	good := url.Values{"idle_minutes": {"60"}, "absolute_minutes": {"600"}, "confirm_minutes": {"5"}, "review_days": {"90"}, "second_factor": {"lead", "administrator"}}
	with := func(name string, values ...string) url.Values {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form[name] = values
		return form
	}
	for name, form := range map[string]url.Values{"idle too long": with("idle_minutes", "99999"), "no number": with("review_days", "often"), "no role": with("second_factor", "king")} {
		if got := admin.post("/users/policy", form); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", name, got.status)
		}
	}
	if got := admin.post("/users/policy", good); got.status != http.StatusSeeOther {
		t.Fatalf("the policy answers %d: %s", got.status, got.body)
	}
	p, err := s.Store.AccessPolicy(context.Background())
	if err != nil || p.IdleMinutes != 60 || p.ConfirmMinutes != 5 || p.SecondFactor != "lead administrator" {
		t.Errorf("the policy is %+v (%v)", p, err)
	}
	if !logged(t, s, "policy.set") {
		t.Error("the log does not say that the policy was changed")
	}
	if got := s.visit(t, "lena").get("/users/policy"); got.status != http.StatusSeeOther {
		t.Errorf("a lead without a factor gets %d", got.status)
	}
}

// The pages of accounts are there for their administrator.
func TestAccountPages(t *testing.T) {
	s := open(t)
	admin := s.visit(t, "beheer")
	for _, path := range []string{"/users", "/users/policy", "/users/review", userPath(s, "anna"), "/account", "/account/app", "/confirm?next=/users"} {
		if got := admin.get(path); got.status != http.StatusOK {
			t.Errorf("%s answers %d", path, got.status)
		}
	}
	if got := admin.get("/account/app.png"); got.status != http.StatusOK || got.header.Get("Content-Type") != "image/png" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the picture answers %d, %v", got.status, got.header)
	}
	// Browsers make no passkeys for an address that is a number.
	if got := admin.get("/account/passkeys"); got.status != http.StatusNotFound {
		t.Errorf("passkeys at a number answer %d", got.status)
	}
	set := func(until string) answer {
		return admin.post(userPath(s, "anna")+"/until", url.Values{"until": {until}})
	}
	if got := set("morgen"); got.status != http.StatusUnprocessableEntity {
		t.Errorf("an end that is no date answers %d", got.status)
	}
	if got := set("2026-06-30"); got.status != http.StatusSeeOther || !strings.Contains(admin.get(userPath(s, "anna")).body, `value="2026-06-30"`) {
		t.Errorf("an end answers %d", got.status)
	}
	for name, got := range map[string]answer{
		"disabling oneself":          admin.post(userPath(s, "beheer")+"/access", url.Values{"access": {"off"}}),
		"clearing one's own factors": admin.post(userPath(s, "beheer")+"/factors", nil),
	} {
		if got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", name, got.status)
		}
	}
}
