package server_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// Every route that hands data out for good, approves, ends blindness or gives
// rights asks anew who it is when the proof is old: downloads and forms alike.
func TestStepUp(t *testing.T) {
	s := open(t)
	must := map[string]bool{
		"GET /s/:study/exports/codings/:format": true, "GET /s/:study/exports/indicators/:format": true, "GET /s/:study/sample/cases.csv": true,
		"POST /s/:study/releases": true, "POST /s/:study/releases/:release/approve": true, "POST /s/:study/releases/gate": true,
		"POST /s/:study/releases/tokens": true, "POST /s/:study/compare/:case": true, "GET /s/:study/releases/:release/files/:file": true,
		"POST /s/:study/people": true, "POST /s/:study/people/remove": true, "POST /users": true, "POST /users/policy": true, "POST /users/review": true,
		"POST /users/:user/link": true, "POST /users/:user/access": true, "POST /users/:user/administrator": true, "POST /users/:user/factors": true,
		"POST /account/app": true, "POST /account/app/remove": true, "POST /account/codes": true, "POST /account/passkeys": true,
	}
	found := 0
	for _, r := range s.server.Routes() {
		if must[r.Method+" "+r.Path] {
			found++
			if !r.Fresh {
				t.Errorf("%s %s does not ask who it is", r.Method, r.Path)
			}
		}
	}
	if found != len(must) {
		t.Errorf("%d of %d routes exist", found, len(must))
	}
	for login := range s.People {
		v := s.visit(t, login)
		s.Clock.Add(16 * time.Minute)
		for _, r := range s.server.Routes() {
			if !r.Fresh || r.Act != "" && !s.People[login].May(r.Act, storetest.Study) {
				continue
			}
			path := fill(r.Path, 1, "damage")
			if strings.HasPrefix(r.Path, "/api/") {
				if got := v.get(path); got.status != http.StatusForbidden {
					t.Errorf("%s: GET %s answers %d", login, r.Path, got.status)
				}
			} else if r.Method == "GET" {
				if got := v.get(path); got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/confirm?next=") {
					t.Errorf("%s: GET %s answers %d to %s", login, r.Path, got.status, got.header.Get("Location"))
				}
			} else if got := v.post(path, url.Values{"x": {"y"}}); got.status != http.StatusForbidden || !strings.Contains(got.body, "Is it you?") {
				t.Errorf("%s: POST %s answers %d", login, r.Path, got.status)
			}
		}
	}
}

var (
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	action = regexp.MustCompile(`<form class="stack" method="post" action="([^"]*)">`)
)

// The form that a proof is asked for travels with it: nothing that was filled
// in is lost, and nothing is done before the proof is right.
func TestStepUpKeepsTheForm(t *testing.T) {
	s := open(t)
	v := s.visit(t, "lena")
	s.Clock.Add(16 * time.Minute)
	asked := v.post("/s/bicycles/people", url.Values{"login": {"otto"}, "role": {"observer"}})
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(asked.body, -1) {
		form.Set(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	to := action.FindStringSubmatch(asked.body)
	if asked.status != http.StatusForbidden || to == nil || to[1] != "/s/bicycles/people" || form.Get("login") != "otto" || form.Get("role") != "observer" {
		t.Fatalf("the page asks with %v at %v (%d)", form, to, asked.status)
	}
	if members(t, s, "otto") {
		t.Fatal("it was done before the proof")
	}
	form.Set("proof_password", "wrong wrong wrong")
	if got := v.post(to[1], form); got.status != http.StatusForbidden || !strings.Contains(got.body, `id="proof_password-problem"`) || members(t, s, "otto") {
		t.Errorf("a wrong proof answers %d", got.status)
	}
	form.Set("proof_password", storetest.Password)
	if got := v.post(to[1], form); got.status != http.StatusSeeOther || !members(t, s, "otto") {
		t.Errorf("the right proof answers %d: %s", got.status, got.body)
	}
	// The proof counts for a while.
	if got := v.get("/s/bicycles/exports/codings/csv"); got.status != http.StatusOK {
		t.Errorf("an export after the proof answers %d", got.status)
	}
	s.Clock.Add(16 * time.Minute)
	if got := v.get("/s/bicycles/exports/codings/csv"); got.status != http.StatusSeeOther {
		t.Errorf("an export long after the proof answers %d", got.status)
	}
	if got := v.post("/confirm", url.Values{"next": {"/s/bicycles/exports/codings/csv"}, "proof_password": {storetest.Password}}); got.header.Get("Location") != "/s/bicycles/exports/codings/csv" {
		t.Errorf("the proof leads to %s (%d)", got.header.Get("Location"), got.status)
	}
	if got := v.get("/s/bicycles/exports/codings/csv"); got.status != http.StatusOK {
		t.Errorf("the export answers %d", got.status)
	}
	for _, act := range []string{"confirm", "confirm.failed"} {
		if !logged(t, s, act) {
			t.Errorf("no %s in the log", act)
		}
	}
}

// A code of the app is a proof as well, and guesses at it are slowed down with
// those at the password.
func TestStepUpByCode(t *testing.T) {
	s := open(t)
	v := s.visit(t, "lena")
	phone, _ := v.setUpApp()
	s.Clock.Add(16 * time.Minute)
	form := url.Values{"next": {"/s/bicycles/exports"}, "proof_code": {phone.code(t)}}
	if got := v.post("/confirm", form); got.status != http.StatusSeeOther {
		t.Errorf("a code answers %d", got.status)
	}
	if got := v.get("/s/bicycles/exports/codings/csv"); got.status != http.StatusOK {
		t.Errorf("the export answers %d", got.status)
	}
	if got := v.post("/confirm", form); got.status != http.StatusUnprocessableEntity {
		t.Errorf("the same code again answers %d", got.status)
	}
	w := s.visit(t, "anna")
	refused := 0
	for range 30 {
		if strings.Contains(w.post("/confirm", url.Values{"proof_password": {"guess guess guess"}}).body, "Too many attempts") {
			refused++
		}
	}
	if refused == 0 {
		t.Error("none of 30 guesses at a proof was refused")
	}
}

// members reports whether somebody has a role in the study.
func members(t *testing.T, s *site, login string) bool {
	t.Helper()
	list, err := s.Store.Members(t.Context(), storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		if m.User.Login == login {
			return true
		}
	}
	return false
}
