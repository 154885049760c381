package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// Every answer, whatever it is to, tells browsers under TLS how to treat it,
// and text says in which characters it is written.
func TestEveryAnswerIsHardened(t *testing.T) {
	s := openWith(t, func(o *server.Options) { o.Secure = true })
	ask := func(method, path string, change func(*http.Request)) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequest(method, path, nil)
		if change != nil {
			change(r)
		}
		w := httptest.NewRecorder()
		s.server.ServeHTTP(w, r)
		return w
	}
	style := ask("GET", "/login", nil).Body.String()
	_, style, _ = strings.Cut(style, `href="/static/`)
	style, _, _ = strings.Cut(style, `"`)
	foreign := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	for _, test := range []struct {
		method, path string
		change       func(*http.Request)
		status       int
	}{
		{"GET", "/login", nil, 200},
		{"GET", "/", nil, 303},
		{"GET", "/s/none", nil, 303},
		{"GET", "/no such page", nil, 404},
		{"TRACE", "/login", nil, 404},
		{"DELETE", "/login", nil, 404},
		{"POST", "/login", foreign, 403},
		{"GET", "/api/v1/assignments/1", nil, 401},
		{"GET", "/api/v1/openapi.json", nil, 200},
		{"GET", "/healthz", nil, 200},
		{"GET", "/static/" + style, nil, 200},
		{"GET", "/static/", nil, 404},
		{"GET", "/static/" + strings.Split(style, "/")[0] + "/css/", nil, 404},
	} {
		path := strings.ReplaceAll(test.path, " ", "%20")
		got := ask(test.method, path, test.change)
		if got.Code != test.status {
			t.Errorf("%s %s answers %d, want %d", test.method, test.path, got.Code, test.status)
		}
		h := got.Header()
		for name, want := range map[string]string{
			"Strict-Transport-Security": "max-age=63072000; includeSubDomains", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": "",
		} {
			if h.Get(name) != want {
				t.Errorf("%s %s: %s is %q, want %q", test.method, test.path, name, h.Get(name), want)
			}
		}
		for _, part := range []string{"object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(h.Get("Content-Security-Policy"), part) {
				t.Errorf("%s %s: the policy lacks %s", test.method, test.path, part)
			}
		}
		kind := h.Get("Content-Type")
		if got.Body.Len() > 0 && kind == "" || (strings.HasPrefix(kind, "text/") || strings.Contains(kind, "xml")) && !strings.Contains(strings.ToLower(kind), "charset=utf-8") {
			t.Errorf("%s %s: the content is %q", test.method, test.path, kind)
		}
	}
	icon := ask("GET", "/static/"+strings.Split(style, "/")[0]+"/img/mark.svg", nil)
	if icon.Code != 200 || icon.Header().Get("Content-Type") != "image/svg+xml; charset=utf-8" {
		t.Errorf("the mark is %q (%d)", icon.Header().Get("Content-Type"), icon.Code)
	}
}

// Under TLS every cookie is for this host and encrypted connections alone, no
// script reads it and no other site sends it along with a form.
func TestEveryCookieIsOfThisHost(t *testing.T) {
	s := openWith(t, func(o *server.Options) { o.Secure = true })
	var kept []*http.Cookie
	post := func(path string, form url.Values) *http.Response {
		t.Helper()
		r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range kept {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		s.server.ServeHTTP(w, r)
		if w.Code != http.StatusSeeOther {
			t.Fatalf("%s answers %d", path, w.Code)
		}
		return w.Result()
	}
	seen := map[string]bool{}
	look := func(r *http.Response) {
		t.Helper()
		for _, c := range r.Cookies() {
			seen[c.Name] = true
			if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("cookie %s", c)
			}
		}
	}
	look(post("/preferences", url.Values{"lang": {"en"}, "theme": {"dark"}}))
	in := post("/login", url.Values{"username": {"anna"}, "password": {storetest.Password}})
	look(in)
	kept = in.Cookies()
	look(post("/account/password", url.Values{"current": {storetest.Password}, "new": {"seven wheels on a tandem"}, "repeat": {"seven wheels on a tandem"}}))
	for _, name := range []string{"__Host-dossierlens", "__Host-lang", "__Host-theme", "__Host-flash"} {
		if !seen[name] {
			t.Errorf("no cookie %s among %v", name, seen)
		}
	}
	// The language that was chosen before signing in is that of the next page.
	r := httptest.NewRequest("GET", "/login", nil)
	r.AddCookie(&http.Cookie{Name: "__Host-lang", Value: "en"})
	w := httptest.NewRecorder()
	s.server.ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), `lang="en"`) {
		t.Error("the cookie of the language is not read")
	}
}

// Signing out has the browser forget what it kept of pages, but not the answers
// that have not reached the server yet.
func TestLogoutClearsTheCache(t *testing.T) {
	s := open(t)
	v := s.visit(t, "anna")
	before := v.client.Jar.Cookies(mustURL(t, s.url))
	got := v.post("/logout", nil)
	if got.status != http.StatusSeeOther || got.header.Get("Clear-Site-Data") != `"cache"` {
		t.Errorf("signing out answers %d with %q", got.status, got.header.Get("Clear-Site-Data"))
	}
	v.client.Jar.SetCookies(mustURL(t, s.url), before)
	if v.in() {
		t.Error("the old cookie still signs in")
	}
}

// A session goes on under another number once who it is was proved, at signing
// in and later; the old number opens nothing.
func TestSessionTokenIsRenewed(t *testing.T) {
	s := open(t)
	v := s.visit(t, "lena")
	now := func() []*http.Cookie { return v.client.Jar.Cookies(mustURL(t, s.url)) }
	for what, form := range map[string]func() answer{
		"a proof": func() answer {
			return v.post("/confirm", url.Values{"next": {"/"}, "proof_password": {storetest.Password}})
		},
		"signing in again": func() answer { return v.password("lena") },
		"a proof with a form": func() answer {
			s.Clock.Add(16 * time.Minute)
			return v.post("/s/bicycles/people", url.Values{"login": {"otto"}, "role": {"observer"}, "proof_password": {storetest.Password}})
		},
	} {
		before := now()
		if got := form(); got.status != http.StatusSeeOther || !v.in() {
			t.Errorf("%s answers %d", what, got.status)
		}
		other := s.visit(t, "")
		other.client.Jar.SetCookies(mustURL(t, s.url), before)
		if other.in() {
			t.Errorf("after %s the old number still signs in", what)
		}
	}
	sessions, err := s.Store.Sessions(t.Context(), s.People["lena"].ID)
	if err != nil || len(sessions) != 1 {
		t.Errorf("lena has %d sessions (%v), want the one that went on", len(sessions), err)
	}
}

// Where to go after signing in is an address of this server.
func TestNextStaysHere(t *testing.T) {
	s := open(t)
	for _, next := range []string{"https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x=1"} {
		got := s.visit(t, "").post("/login", url.Values{"username": {"anna"}, "password": {storetest.Password}, "next": {next}})
		if got.status != http.StatusSeeOther || got.header.Get("Location") != "/" {
			t.Errorf("next %q leads to %q (%d)", next, got.header.Get("Location"), got.status)
		}
	}
}

// The address of a reader is that of the connection; what a header says counts
// only when a proxy that was named says it.
func TestAddressIsThatOfTheConnection(t *testing.T) {
	for _, test := range []struct {
		proxies []string
		want    string
	}{{nil, "127.0.0.1"}, {[]string{"192.0.2.7"}, "127.0.0.1"}, {[]string{"127.0.0.1"}, "198.51.100.4"}} {
		s := openWith(t, func(o *server.Options) { o.Proxies = test.proxies })
		v := s.visit(t, "")
		form := url.Values{"username": {"anna"}, "password": {storetest.Password}}
		r, err := http.NewRequest("POST", s.url+"/login", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		// The first address is what the reader wrote; the last, what the proxy saw.
		r.Header.Set("X-Forwarded-For", "203.0.113.9, 198.51.100.4")
		r.Header.Set("X-Real-IP", "203.0.113.9")
		res, err := v.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		sessions, err := s.Store.Sessions(t.Context(), s.People["anna"].ID)
		if err != nil || len(sessions) != 1 || sessions[0].Address != test.want {
			t.Errorf("with proxies %v the sessions are %+v (%v), want one from %s", test.proxies, sessions, err, test.want)
		}
	}
}

// Of parameters that come twice the first counts, wherever it is checked and
// wherever it is used; those of the address are no fields of a form.
func TestParametersThatComeTwice(t *testing.T) {
	s := open(t)
	v := s.visit(t, "")
	got := v.post("/login?username=lena", url.Values{"username": {"anna", "lena"}, "password": {storetest.Password}, "next": {"/account", "https://elsewhere.example"}})
	if got.status != http.StatusSeeOther || got.header.Get("Location") != "/account" {
		t.Fatalf("the login answers %d to %s", got.status, got.header.Get("Location"))
	}
	sessions, err := s.Store.Sessions(t.Context(), s.People["anna"].ID)
	if err != nil || len(sessions) != 1 {
		t.Errorf("anna has sessions %v (%v)", sessions, err)
	}
}

// A password is changed by who knows the current one.
func TestPasswordChangeTakesTheCurrentOne(t *testing.T) {
	s := open(t)
	v := s.visit(t, "anna")
	for _, current := range []string{"", "wrong wrong wrong", strings.ToUpper(storetest.Password), storetest.Password + " "} {
		got := v.post("/account/password", url.Values{"current": {current}, "new": {"seven wheels on a tandem"}})
		if got.status != http.StatusUnprocessableEntity {
			t.Errorf("with %q in place of the current password it answers %d", current, got.status)
		}
	}
	if got := s.visit(t, "").password("anna"); got.status != http.StatusSeeOther {
		t.Errorf("the password no longer signs in: %d", got.status)
	}
}

var passwordField = regexp.MustCompile(`<input [^>]*name="(?:password|repeat|current|new|proof_password)"[^>]*>`)

// Fields for passwords hide what is typed and tell password managers what they
// are for; nothing keeps anybody from pasting.
func TestPasswordFields(t *testing.T) {
	s := open(t)
	link, err := s.Store.NewLink(t.Context(), s.People["beheer"], s.People["bert"].ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	anna, nobody := s.visit(t, "anna"), s.visit(t, "")
	for path, v := range map[string]*visitor{"/login": nobody, "/link/" + link: nobody, "/account": anna, "/confirm?next=/": anna} {
		fields := passwordField.FindAllString(v.get(path).body, -1)
		if len(fields) == 0 {
			t.Errorf("%s has no field for a password", path)
		}
		for _, f := range fields {
			if !strings.Contains(f, `type="password"`) || !strings.Contains(f, `autocomplete="current-password"`) && !strings.Contains(f, `autocomplete="new-password"`) || strings.Contains(f, "onpaste") {
				t.Errorf("%s: %s", path, f)
			}
		}
	}
}

// Who is disabled is out at once, on every device.
func TestDisablingEndsSessions(t *testing.T) {
	s := open(t)
	one, two := s.visit(t, "anna"), s.visit(t, "anna")
	if got := s.visit(t, "beheer").post(userPath(s, "anna")+"/access", url.Values{"access": {"off"}}); got.status != http.StatusSeeOther {
		t.Fatalf("disabling answers %d", got.status)
	}
	if one.in() || two.in() || s.visit(t, "").password("anna").status != http.StatusUnprocessableEntity {
		t.Error("a disabled account is still let in")
	}
}
