package server_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

var (
	shownSecret = regexp.MustCompile(`<code class="secret">([A-Z2-7 ]+)</code>`)
	shownCode   = regexp.MustCompile(`<li>([A-Z2-7]{5}(?:-[A-Z2-7]{5}){3}-[A-Z2-7]{6})</li>`) // 26 of 32 signs: 130 bits
)

// An app is an authenticator app on somebody's telephone.
type app struct {
	site   *site
	secret string
}

// code is what the app shows now.
func (a app) code(t *testing.T) string {
	t.Helper()
	code, err := totp.GenerateCode(a.secret, a.site.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// setUpApp sets up an authenticator app and returns it with the recovery codes
// that are shown.
func (v *visitor) setUpApp() (app, []string) {
	v.t.Helper()
	page := v.get("/account/app")
	m := shownSecret.FindStringSubmatch(page.body)
	if m == nil {
		v.t.Fatalf("no key on the page (%d): %s", page.status, page.body)
	}
	a := app{v.site, strings.ReplaceAll(m[1], " ", "")}
	done := v.post("/account/app", url.Values{"code": {a.code(v.t)}})
	var codes []string
	for _, m := range shownCode.FindAllStringSubmatch(done.body, -1) {
		codes = append(codes, m[1])
	}
	if done.status != http.StatusOK || len(codes) != 10 {
		v.t.Fatalf("setting up answers %d with %d recovery codes: %s", done.status, len(codes), done.body)
	}
	return a, codes
}

// password gives the first factor.
func (v *visitor) password(login string) answer {
	v.t.Helper()
	return v.post("/login", url.Values{"username": {login}, "password": {storetest.Password}})
}

// in reports whether the visitor is signed in.
func (v *visitor) in() bool { v.t.Helper(); return v.get("/account").status == http.StatusOK }

// With an authenticator app the password alone opens nothing; a code is used
// once, and so is a recovery code.
func TestSecondFactor(t *testing.T) {
	s := open(t)
	lena := s.visit(t, "lena")
	phone, codes := lena.setUpApp()
	if got := lena.get("/account"); !strings.Contains(got.body, "Authenticator app is set up") || !lena.in() {
		t.Errorf("the account says: %s", got.body)
	}

	v := s.visit(t, "")
	if got := v.password("lena"); got.status != http.StatusSeeOther || got.header.Get("Location") != "/login/second" || v.in() {
		t.Fatalf("the password answers %d to %s; in: %v", got.status, got.header.Get("Location"), v.in())
	}
	if got := v.get("/login/second"); got.status != http.StatusOK || !strings.Contains(got.body, "Name of lena") {
		t.Errorf("the second step answers %d", got.status)
	}
	if got := v.post("/login/second", url.Values{"code": {"000000"}}); got.status != http.StatusUnprocessableEntity || v.in() {
		t.Errorf("a wrong code answers %d", got.status)
	}
	s.Clock.Add(time.Minute) // the code of the setting up is spent
	code := phone.code(t)
	if got := v.post("/login/second", url.Values{"code": {code}}); got.status != http.StatusSeeOther || !v.in() {
		t.Fatalf("the right code answers %d: %s", got.status, got.body)
	}

	replay := s.visit(t, "")
	replay.password("lena")
	if got := replay.post("/login/second", url.Values{"code": {code}}); got.status != http.StatusUnprocessableEntity || replay.in() {
		t.Errorf("the same code again answers %d", got.status)
	}

	for i, want := range []int{http.StatusSeeOther, http.StatusUnprocessableEntity} {
		r := s.visit(t, "")
		r.password("lena")
		got := r.post("/login/second", url.Values{"code": {strings.ToLower(codes[0])}})
		if got.status != want || r.in() != (i == 0) {
			t.Errorf("use %d of a recovery code answers %d, want %d", i+1, got.status, want)
		}
	}
	// Codes given out anew end the others.
	fresh := lena.post("/account/codes", nil)
	if got := shownCode.FindAllString(fresh.body, -1); len(got) != 10 || strings.Contains(fresh.body, codes[1]) {
		t.Errorf("%d new recovery codes (%d)", len(got), fresh.status)
	}
	r := s.visit(t, "")
	r.password("lena")
	if got := r.post("/login/second", url.Values{"code": {codes[1]}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a code from before answers %d", got.status)
	}
}

// What is needed to get in without the owner is not in the database, but for
// the key of the app, which has a column of its own.
func TestSecretsAreHashed(t *testing.T) {
	s := open(t)
	v := s.visit(t, "lena")
	phone, codes := v.setUpApp()
	link, err := s.Store.NewLink(context.Background(), s.People["beheer"], s.People["anna"].ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	secrets := append(codes, strings.ReplaceAll(codes[0], "-", ""), link, storetest.Password)
	for _, c := range v.client.Jar.Cookies(mustURL(t, s.url)) {
		secrets = append(secrets, c.Value)
	}
	if len(secrets) < 14 {
		t.Fatalf("only %d secrets", len(secrets))
	}
	at := 0
	for row := range dump(t, s.Dir) {
		for _, secret := range secrets {
			if strings.Contains(row, secret) {
				t.Errorf("%.40s holds %q", row, secret)
			}
		}
		if strings.Contains(row, phone.secret) {
			at++
			if !strings.HasPrefix(row, "totp.secret ") {
				t.Errorf("%.40s holds the key of the app", row)
			}
		}
	}
	if at != 1 {
		t.Errorf("the key of the app stands in %d places, want 1", at)
	}
}

// Guessing at codes is slow by account, whatever the address, and ends the
// attempt; guessing at links is slow by address.
func TestGuessingIsThrottled(t *testing.T) {
	s := open(t)
	s.visit(t, "lena").setUpApp()
	v := s.visit(t, "")
	v.password("lena")
	var seen []int
	for range 7 {
		seen = append(seen, v.post("/login/second", url.Values{"code": {"123456"}}).status)
	}
	if !slices.Equal(seen, []int{422, 422, 422, 422, 422, 303, 303}) {
		t.Errorf("seven guesses answer %v", seen)
	}
	other := s.visit(t, "")
	other.password("lena")
	if got := other.post("/login/second", url.Values{"code": {"123456"}}); got.status != http.StatusTooManyRequests {
		t.Errorf("a guess after a new password answers %d, want 429", got.status)
	}
	recovery := s.visit(t, "")
	recovery.password("lena")
	if got := recovery.post("/login/second", url.Values{"code": {"AAAA-AAAA-AAAA-AAAA"}}); got.status != http.StatusTooManyRequests {
		t.Errorf("a guess at a recovery code answers %d, want 429", got.status)
	}
	refused := 0
	for range 60 {
		if s.visit(t, "").get("/link/GUESSGUESSGUESS").status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 {
		t.Error("none of 60 guesses at a link was refused")
	}
}

// A role that must have a second factor is led to set one up before anything
// else, and keeps its last one.
func TestSecondFactorIsDemanded(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	lena, anna := s.visit(t, "lena"), s.visit(t, "anna")
	admin := s.visit(t, "beheer")
	set := admin.post("/users/policy", url.Values{"idle_minutes": {"240"}, "absolute_minutes": {"720"}, "confirm_minutes": {"15"}, "review_days": {"180"}, "second_factor": {"lead"}})
	if set.status != http.StatusSeeOther {
		t.Fatalf("the policy answers %d: %s", set.status, set.body)
	}
	for _, path := range []string{"/", "/s/bicycles/agreement", "/s/bicycles/exports/codings/csv", "/account/codes"} {
		if got := lena.get(path); got.status != http.StatusSeeOther && got.status != http.StatusMethodNotAllowed && got.status != http.StatusNotFound || got.status == http.StatusSeeOther && got.header.Get("Location") != "/account" {
			t.Errorf("without a factor %s answers %d to %s", path, got.status, got.header.Get("Location"))
		}
	}
	if got := lena.send("POST", "/api/v1/assignments/1/submit", map[string]any{}, nil); got.status != http.StatusForbidden {
		t.Errorf("without a factor the API answers %d", got.status)
	}
	if got := lena.get("/account"); !strings.Contains(got.body, "A second factor first") {
		t.Error("the account does not say what is to be done")
	}
	if got := anna.get("/s/bicycles/work"); got.status != http.StatusOK {
		t.Errorf("another role is asked for a factor: %d", got.status)
	}
	lena.setUpApp()
	if got := lena.get("/s/bicycles/agreement"); got.status != http.StatusOK {
		t.Errorf("with a factor the page answers %d", got.status)
	}
	if got := lena.post("/account/app/remove", nil); got.status != http.StatusUnprocessableEntity {
		t.Errorf("removing the last factor answers %d, want 422", got.status)
	}
	f, err := s.Store.Factors(ctx, s.People["lena"].ID)
	if err != nil || !f.TOTP {
		t.Errorf("the factor is gone (%v)", err)
	}
}

// A new password by a link does not pass by the second factor.
func TestLinkKeepsSecondFactor(t *testing.T) {
	s := open(t)
	s.visit(t, "lena").setUpApp()
	link, err := s.Store.NewLink(context.Background(), s.People["beheer"], s.People["lena"].ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	v := s.visit(t, "")
	got := v.post("/link/"+link, url.Values{"password": {"seven wheels on a tandem"}, "repeat": {"seven wheels on a tandem"}})
	if got.header.Get("Location") != "/login/second" || v.in() {
		t.Errorf("the link leads to %s; in: %v", got.header.Get("Location"), v.in())
	}
	// The administrator clears the factors of who lost them, and the log says so.
	admin := s.visit(t, "beheer")
	if got := admin.post(userPath(s, "lena")+"/factors", nil); got.status != http.StatusSeeOther {
		t.Fatalf("clearing answers %d", got.status)
	}
	if got := v.post("/login", url.Values{"username": {"lena"}, "password": {"seven wheels on a tandem"}}); got.header.Get("Location") != "/" || !v.in() {
		t.Errorf("after clearing the password leads to %s", got.header.Get("Location"))
	}
	if !logged(t, s, "factor.clear") || !logged(t, s, "factor.add") {
		t.Error("the log does not say that factors came and went")
	}
}

// A link is open for a while and works once.
func TestInvitation(t *testing.T) {
	s := open(t)
	admin := s.visit(t, "beheer")
	got := admin.post("/users", url.Values{"name": {"Nina Nieuw"}, "login": {"nina"}, "until": {"2026-02-28"}})
	m := regexp.MustCompile(`/link/([A-Z2-7]+)<`).FindStringSubmatch(got.body)
	if m == nil {
		t.Fatalf("no link (%d): %s", got.status, got.body)
	}
	v := s.visit(t, "")
	form := url.Values{"password": {"Leavemealone"}, "repeat": {"Leavemealone"}}
	if got := v.post("/link/"+m[1], form); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "lijsten van gestolen wachtwoorden") {
		t.Errorf("a stolen password answers %d", got.status)
	}
	form = url.Values{"password": {"seven wheels on a tandem"}, "repeat": {"seven wheels on a tandem"}}
	if got := v.post("/link/"+m[1], form); got.status != http.StatusSeeOther || !v.in() {
		t.Errorf("the link answers %d", got.status)
	}
	if got := s.visit(t, "").post("/link/"+m[1], form); got.status != http.StatusNotFound {
		t.Errorf("the link a second time answers %d", got.status)
	}
	// The account ends with its time, sessions under way too.
	s.Clock.Add(50 * 24 * time.Hour)
	again := s.visit(t, "")
	if got := again.post("/login", url.Values{"username": {"nina"}, "password": {"seven wheels on a tandem"}}); got.status != http.StatusSeeOther {
		t.Errorf("within its time the account answers %d", got.status)
	}
	nina, err := s.Store.UserByLogin(context.Background(), "nina")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Store.SetValidUntil(context.Background(), s.People["beheer"], nina.ID, s.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	if again.in() {
		t.Error("a session goes on after the time of the account")
	}
	if got := again.post("/login", url.Values{"username": {"nina"}, "password": {"seven wheels on a tandem"}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("after its time the account answers %d", got.status)
	}
	link, err := s.Store.NewLink(context.Background(), s.People["beheer"], s.People["anna"].ID, 7*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	s.Clock.Add(7*24*time.Hour + time.Second)
	if got := s.visit(t, "").get("/link/" + link); got.status != http.StatusNotFound {
		t.Errorf("a link after its time answers %d", got.status)
	}
}

// A hash made with lower parameters is renewed at its owner's next login.
func TestRehashAtLogin(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	old := "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$cvIbZtIZM1OmuVFPqUDpOUI4S7ksetfDRwK7OIpDpR0"
	u, err := s.Store.CreateUser(ctx, auth.Actor{}, store.User{Login: "oud", Name: "Oud", Password: old})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.visit(t, "").post("/login", url.Values{"username": {"oud"}, "password": {"een lange zin van nu"}}); got.status != http.StatusSeeOther {
		t.Fatalf("the login answers %d", got.status)
	}
	u, err = s.Store.User(ctx, u.ID)
	if err != nil || u.Password == old {
		t.Fatalf("the hash is the old one (%v)", err)
	}
	if ok, renew := storetest.Cost.Verify(u.Password, "een lange zin van nu"); !ok || renew {
		t.Errorf("the new hash: right %v, due %v", ok, renew)
	}
}

// The first administrator is asked whether everybody needs a second factor; the
// page proposes it, and whoever leaves it so sets one up before anything else.
func TestFirstAdministratorIsAskedForFactors(t *testing.T) {
	for _, everybody := range []bool{true, false} {
		s := open(t)
		link, err := s.Store.NewLink(t.Context(), auth.Actor{}, 0, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		v := s.visit(t, "")
		if got := v.get("/link/" + link); !strings.Contains(got.body, `name="second_factor" value="everybody" checked`) {
			t.Errorf("the first page does not propose a second factor: %.2000s", got.body)
		}
		form := url.Values{"name": {"Nina Nieuw"}, "username": {"nina"}, "password": {"seven wheels on a tandem"}, "repeat": {"seven wheels on a tandem"}}
		if everybody {
			form.Set("second_factor", "everybody")
		}
		v.post("/link/"+link, form).want(t, "the first account", http.StatusSeeOther)
		p, err := s.Store.AccessPolicy(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, role := range append([]auth.Role{auth.Administrator}, auth.Roles...) {
			if p.Demands(role) != everybody {
				t.Errorf("with everybody %v a second factor of the %s is %v", everybody, role, p.Demands(role))
			}
		}
		want := http.StatusOK
		if everybody {
			want = http.StatusSeeOther // to where it is set up
		}
		v.get("/users").want(t, "the accounts", want)
		s.visit(t, "anna").get("/s/bicycles/work").want(t, "the work of a coder", want)
		if logged(t, s, "policy.set") != everybody {
			t.Errorf("with everybody %v the log has the rule: %v", everybody, !everybody)
		}
	}
}
