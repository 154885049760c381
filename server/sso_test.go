package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// A provider is one of single sign-on: the OpenID provider of zitadel/oidc, a
// certified library, with the accounts of its example.
type provider struct {
	url   string
	asked []*url.URL                // authorization requests that came
	spoil func(token string) string // what is done to ID tokens on the way, if not nil
	acr   string                    // level of assurance that it vouches for
	mute  bool                      // it does not say who signed in
}

// accounts are those of the provider, with its word on how sure it is.
type accounts struct {
	exampleop.Storage
	p *provider
}

type vouched struct {
	op.AuthRequest
	acr string
}

func (v vouched) GetACR() string { return v.acr }

func (a accounts) AuthRequestByID(ctx context.Context, id string) (op.AuthRequest, error) {
	return a.vouch(a.Storage.AuthRequestByID(ctx, id))
}

func (a accounts) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	return a.vouch(a.Storage.AuthRequestByCode(ctx, code))
}

func (a accounts) vouch(r op.AuthRequest, err error) (op.AuthRequest, error) {
	if err != nil || a.p.acr == "" {
		return r, err
	}
	return vouched{r, a.p.acr}, nil
}

func (a accounts) CreateAccessToken(ctx context.Context, r op.TokenRequest) (string, time.Time, error) {
	if v, ok := r.(vouched); ok {
		r = v.AuthRequest // the example knows its own kind only
	}
	return a.Storage.CreateAccessToken(ctx, r)
}

// openWithSSO opens a site whose people may sign in at a provider as well.
func openWithSSO(t *testing.T, acr ...string) (*site, *provider) {
	t.Helper()
	p := &provider{}
	var handler http.Handler
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("client_id") != "" {
			p.asked = append(p.asked, r.URL)
		}
		if p.spoil == nil || !strings.HasSuffix(r.URL.Path, "/token") {
			handler.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, r)
		var tokens map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &tokens); err != nil || tokens["id_token"] == nil {
			t.Errorf("the provider gives %s (%v)", rec.Body, err)
		}
		tokens["id_token"] = p.spoil(fmt.Sprint(tokens["id_token"]))
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(tokens)
	}))
	t.Cleanup(h.Close)
	p.url = strings.Replace(h.URL, "127.0.0.1", "localhost", 1)
	s := openWith(t, func(o *server.Options) {
		o.SSO = &server.SSO{Name: "SURFconext", Issuer: p.url, ClientID: "dossierlens", Secret: "secret of the client", ACR: acr}
	})
	// The provider goes by the clock of this machine.
	s.Clock.Add(time.Until(s.Clock.Now()))
	known := storage.NewStorageWithClients(storage.NewUserStore(p.url), map[string]*storage.Client{
		"dossierlens": storage.WebClient("dossierlens", "secret of the client", s.url+"/login/sso/callback")})
	handler = exampleop.SetupServer(p.url, accounts{known, p}, slog.New(slog.NewTextHandler(io.Discard, nil)), false, op.WithAllowInsecure())
	return s, p
}

var authRequest = regexp.MustCompile(`name="id" value="([^"]+)"`)

// at goes to the provider where a form sends the visitor, signs in there, and
// returns the address with which the provider sends them back.
func (p *provider) at(v *visitor, sent answer, user string) string {
	v.t.Helper()
	if sent.status != http.StatusSeeOther || !strings.HasPrefix(sent.header.Get("Location"), p.url) {
		v.t.Fatalf("the form leads to %s (%d): %s", sent.header.Get("Location"), sent.status, sent.body)
	}
	follow := func(r *http.Response, err error) *http.Response {
		v.t.Helper()
		if err != nil {
			v.t.Fatal(err)
		}
		return r
	}
	login := follow(v.client.Get(sent.header.Get("Location")))
	login.Body.Close()
	page := follow(v.client.Get(p.url + login.Header.Get("Location")))
	b, err := io.ReadAll(page.Body)
	page.Body.Close()
	m := authRequest.FindStringSubmatch(string(b))
	if err != nil || m == nil {
		v.t.Fatalf("the provider has no form: %s (%v)", b, err)
	}
	done := follow(v.client.PostForm(p.url+"/login/username", url.Values{"username": {user}, "password": {"verysecure"}, "id": {m[1]}}))
	done.Body.Close()
	location, err := done.Location()
	if err != nil {
		v.t.Fatalf("the provider answers %d to %s", done.StatusCode, user)
	}
	back := follow(v.client.Get(location.String()))
	back.Body.Close()
	return strings.TrimPrefix(back.Header.Get("Location"), v.site.url)
}

const known, stranger = "test-user@localhost", "test-user2"

// linked links anna to the provider by a link of the administrator.
func linked(t *testing.T, s *site, p *provider) *visitor {
	t.Helper()
	link, err := s.Store.NewLink(context.Background(), s.People["beheer"], s.People["anna"].ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	v := s.visit(t, "")
	back := p.at(v, v.post("/link/"+link+"/sso", nil), known)
	if got := v.get(back); got.status != http.StatusSeeOther || !v.in() {
		t.Fatalf("linking answers %d: %s", got.status, got.body)
	}
	return v
}

// By the administrator's link an account is joined to its subject at the
// provider, and from then on signs in there; the provider makes no accounts.
func TestSingleSignOn(t *testing.T) {
	s, p := openWithSSO(t)
	if got := s.visit(t, "").get("/login"); !strings.Contains(got.body, "SURFconext") {
		t.Error("the sign-in page does not offer the provider")
	}
	early := s.visit(t, "")
	if got := early.get(p.at(early, early.post("/login/sso", nil), known)); got.status != http.StatusUnprocessableEntity || early.in() {
		t.Errorf("somebody without a link is let in: %d", got.status)
	}
	before, err := s.Store.Users(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	linked(t, s, p)
	v := s.visit(t, "")
	back := p.at(v, v.post("/login/sso", url.Values{"next": {"/s/bicycles/work"}}), known)
	if got := v.get(back); got.header.Get("Location") != "/s/bicycles/work" || !v.in() {
		t.Errorf("signing in leads to %s (%d): %s", got.header.Get("Location"), got.status, got.body)
	}
	if got := v.get("/account"); !strings.Contains(got.body, "Name of anna") {
		t.Error("it is somebody else's account")
	}
	if got := s.visit(t, "").get(back); got.status != http.StatusForbidden {
		t.Errorf("the way back in another browser answers %d", got.status)
	}
	if got := v.get(back); got.status != http.StatusForbidden {
		t.Errorf("the way back a second time answers %d", got.status)
	}
	other := s.visit(t, "")
	if got := other.get(p.at(other, other.post("/login/sso", nil), stranger)); got.status != http.StatusUnprocessableEntity || other.in() {
		t.Errorf("a stranger is let in: %d", got.status)
	}
	after, err := s.Store.Users(context.Background())
	if err != nil || len(after) != len(before) {
		t.Errorf("there were %d accounts and are %d (%v)", len(before), len(after), err)
	}
	if len(p.asked) < 4 {
		t.Errorf("the provider was asked %d times", len(p.asked))
	}
	for _, asked := range p.asked {
		q := asked.Query()
		if q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || len(q.Get("state")) < 20 || len(q.Get("nonce")) < 20 || q.Get("response_type") != "code" {
			t.Errorf("the request lacks PKCE, state or nonce: %v", q)
		}
	}
	// The same subject is not linked to a second account.
	link, err := s.Store.NewLink(context.Background(), s.People["beheer"], s.People["bert"].ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	w := s.visit(t, "")
	if got := w.get(p.at(w, w.post("/link/"+link+"/sso", nil), known)); got.status != http.StatusUnprocessableEntity || w.in() {
		t.Errorf("a second account of one subject: %d", got.status)
	}
	// A disabled account stays shut.
	if err := s.Store.SetDisabled(context.Background(), s.People["beheer"], s.People["anna"].ID, true); err != nil {
		t.Fatal(err)
	}
	x := s.visit(t, "")
	if got := x.get(p.at(x, x.post("/login/sso", nil), known)); got.status != http.StatusUnprocessableEntity || x.in() {
		t.Errorf("a disabled account is let in: %d", got.status)
	}
}

// What comes back from the provider counts only with the state of the way out.
func TestSingleSignOnState(t *testing.T) {
	s, p := openWithSSO(t)
	linked(t, s, p)
	v := s.visit(t, "")
	back := p.at(v, v.post("/login/sso", nil), known)
	u := mustURL(t, back)
	q := u.Query()
	q.Set("state", "another")
	u.RawQuery = q.Encode()
	if got := v.get(u.String()); got.status != http.StatusForbidden || v.in() {
		t.Errorf("another state answers %d", got.status)
	}
	w := s.visit(t, "")
	u = mustURL(t, p.at(w, w.post("/login/sso", nil), known))
	q = u.Query()
	q.Set("code", "guessed")
	u.RawQuery = q.Encode()
	if got := w.get(u.String()); got.status != http.StatusBadGateway || w.in() {
		t.Errorf("a guessed code answers %d", got.status)
	}
}

// Where a level of assurance is asked, a sign-in without it does not count.
func TestSingleSignOnAssurance(t *testing.T) {
	s, p := openWithSSO(t, "http://example.org/assurance/loa2")
	link, err := s.Store.NewLink(context.Background(), s.People["beheer"], s.People["anna"].ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	v := s.visit(t, "")
	if got := v.get(p.at(v, v.post("/link/"+link+"/sso", nil), known)); got.status != http.StatusBadGateway || v.in() {
		t.Errorf("without the level of assurance it answers %d", got.status)
	}
	if got := p.asked[0].Query().Get("acr_values"); got != "http://example.org/assurance/loa2" {
		t.Errorf("the request asks for %q", got)
	}
	// Another level than the one asked does not count either.
	p.acr = "http://example.org/assurance/loa1"
	w := s.visit(t, "")
	if got := w.get(p.at(w, w.post("/link/"+link+"/sso", nil), known)); got.status != http.StatusBadGateway || w.in() {
		t.Errorf("with a lower level of assurance it answers %d", got.status)
	}
	// With it the sign-in counts, and as two factors: no code is asked of who has
	// an app, and nobody has to set one up whose role demands two.
	p.acr = "http://example.org/assurance/loa2"
	policy, err := s.Store.AccessPolicy(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	policy.SecondFactor = "coder"
	if err := s.Store.SetAccessPolicy(context.Background(), s.People["beheer"], policy); err != nil {
		t.Fatal(err)
	}
	anna := linked(t, s, p)
	if got := anna.get("/s/" + storetest.Study + "/work"); got.status != http.StatusOK {
		t.Errorf("signed in with the level of assurance, the work answers %d: %s", got.status, got.header.Get("Location"))
	}
	again := s.visit(t, "")
	if got := again.get(p.at(again, again.post("/login/sso", nil), known)); got.header.Get("Location") == "/login/second" || !again.in() {
		t.Errorf("the sign-in with the level of assurance leads to %s", got.header.Get("Location"))
	}
}

// SetUserinfoFromRequest puts into the token who signed in.
func (a accounts) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, r op.IDTokenRequest, scopes []string) error {
	if a.p.mute {
		return nil
	}
	return a.Storage.(op.CanSetUserinfoFromRequest).SetUserinfoFromRequest(ctx, info, r, scopes)
}

// A token that does not say whom it is about is nobody's.
func TestIDTokenAboutNobody(t *testing.T) {
	s, p := openWithSSO(t)
	p.mute = true
	link, err := s.Store.NewLink(context.Background(), s.People["beheer"], s.People["anna"].ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	v := s.visit(t, "")
	if got := v.get(p.at(v, v.post("/link/"+link+"/sso", nil), known)); got.status != http.StatusBadGateway || v.in() {
		t.Errorf("a token about nobody answers %d", got.status)
	}
}

// A token that was given once, and is well signed, does not count a second time.
func TestIDTokenIsNotReplayed(t *testing.T) {
	s, p := openWithSSO(t)
	var first string
	p.spoil = func(token string) string {
		if first == "" {
			first = token
		}
		return first
	}
	linked(t, s, p)
	v := s.visit(t, "")
	if got := v.get(p.at(v, v.post("/login/sso", nil), known)); got.status != http.StatusBadGateway || v.in() {
		t.Errorf("a token of an earlier sign-in answers %d", got.status)
	}
}

// Who signs in at the provider gives the second factor of the account here,
// and can prove there again who they are.
func TestSingleSignOnAndFactors(t *testing.T) {
	s, p := openWithSSO(t)
	linked(t, s, p).setUpApp()
	v := s.visit(t, "")
	if got := v.get(p.at(v, v.post("/login/sso", nil), known)); got.header.Get("Location") != "/login/second" || v.in() {
		t.Errorf("the provider's word leads to %s", got.header.Get("Location"))
	}
	lena := s.visit(t, "lena")
	link, err := s.Store.NewLink(context.Background(), s.People["beheer"], s.People["lena"].ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	lena.get(p.at(lena, lena.post("/link/"+link+"/sso", nil), stranger))
	s.Clock.Add(16 * time.Minute)
	if got := lena.get("/s/bicycles/exports/codings/csv"); got.status != http.StatusSeeOther {
		t.Fatalf("the export answers %d before the proof", got.status)
	}
	s.Clock.Add(-16 * time.Minute)
	back := p.at(lena, lena.post("/confirm/sso", url.Values{"next": {"/s/bicycles/exports"}}), stranger)
	if got := lena.get(back); got.header.Get("Location") != "/s/bicycles/exports" {
		t.Errorf("the proof leads to %s (%d)", got.header.Get("Location"), got.status)
	}
	if q := p.asked[len(p.asked)-1].Query(); q.Get("prompt") != "login" || q.Get("max_age") != "0" {
		t.Errorf("the proof is asked for with %v", q)
	}
	// Somebody else at the provider proves nothing.
	if got := lena.get(p.at(lena, lena.post("/confirm/sso", nil), known)); got.status != http.StatusForbidden && got.header.Get("Location") == "" {
		t.Errorf("the proof of somebody else answers %d", got.status)
	}
}
