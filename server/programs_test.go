package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// A program asks with a token.
func (v *visitor) with(token, method, path string, header ...string) answer {
	v.t.Helper()
	r, err := http.NewRequest(method, v.site.url+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return v.asked(r)
}

func (v *visitor) asked(r *http.Request) answer {
	v.t.Helper()
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		v.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, b.String()}
}

// tokenFor makes a token of lena's with scopes.
func tokenFor(t *testing.T, s *site, scopes ...auth.Act) string {
	t.Helper()
	token, err := s.Store.NewToken(t.Context(), s.People["lena"], storetest.Study, "R at the institute", time.Hour, scopes...)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// schema compiles a schema of the description of the API.
func schema(t *testing.T, s *site, name string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(s.visit(t, "").get("/api/v1/openapi.json").body))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("api.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("api.json#/components/schemas/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// fits checks a reply against a schema.
func fits(t *testing.T, schema *jsonschema.Schema, body string) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err == nil {
		err = schema.Validate(v)
	}
	if err != nil {
		t.Errorf("the reply does not fit its description: %v", err)
	}
}

type codingsPage struct {
	Codings []struct {
		Case     string  `json:"case_id"`
		Coder    string  `json:"coder"`
		Variable string  `json:"variable"`
		Value    *string `json:"value"`
	} `json:"codings"`
	Next string `json:"next"`
}

// A program pulls codings page by page: all of them, each once, as described,
// coders by number; only with that scope, only of that study, only for a time.
func TestCodingsPull(t *testing.T) {
	s := open(t)
	for _, id := range []annotations.CaseID{"B-01", "B-02", "B-03"} {
		s.Code(t, id, "bert", nil)
	}
	s.Code(t, "B-01", "anna", nil)
	token := tokenFor(t, s, auth.ExportCodings)
	v := s.visit(t, "")
	described := schema(t, s, "Codings")
	seen := map[string]bool{}
	coders := map[string]bool{}
	pages := 0
	for path := "/api/v1/studies/bicycles/codings?limit=1"; path != ""; pages++ {
		got := v.with(token, "GET", path)
		if got.status != http.StatusOK {
			t.Fatalf("%s answers %d: %s", path, got.status, got.body)
		}
		fits(t, described, got.body)
		var page codingsPage
		if err := json.Unmarshal([]byte(got.body), &page); err != nil {
			t.Fatal(err)
		}
		for _, k := range page.Codings {
			key := k.Case + " " + k.Coder + " " + k.Variable
			if seen[key] {
				t.Errorf("%s comes twice", key)
			}
			seen[key], coders[k.Coder] = true, true
		}
		path = page.Next
	}
	file := v.with(token, "GET", "/api/v1/studies/bicycles/codings.csv")
	lines := strings.Count(file.body, "\n") - 1
	if pages != 4 || len(seen) != lines || lines < 36 {
		t.Errorf("%d pages have %d codings; the file has %d", pages, len(seen), lines)
	}
	for key := range seen {
		f := strings.SplitN(key, " ", 2)
		if !strings.Contains(file.body, f[0]+",") {
			t.Errorf("the file lacks %s", key)
		}
	}
	if !coders["coder 1"] || !coders["coder 2"] || !coders["consensus"] || len(coders) != 3 || strings.Contains(file.body, "anna") {
		t.Errorf("coders are called %v", coders)
	}
	for path, want := range map[string]int{
		"/api/v1/studies/other/codings":              404,
		"/api/v1/studies/bicycles/releases":          404,
		"/api/v1/studies/bicycles/codings?limit=0":   422,
		"/api/v1/studies/bicycles/codings?limit=1e9": 422,
	} {
		if got := v.with(token, "GET", path); got.status != want {
			t.Errorf("%s answers %d, want %d", path, got.status, want)
		} else if !strings.HasPrefix(got.header.Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s answers %s", path, got.header.Get("Content-Type"))
		}
	}
	if got := v.with(tokenFor(t, s, auth.ReadReleases), "GET", "/api/v1/studies/bicycles/codings"); got.status != 404 {
		t.Errorf("a token for releases gets codings: %d", got.status)
	}
	s.Clock.Add(2 * time.Hour)
	if got := v.with(token, "GET", "/api/v1/studies/bicycles/codings"); got.status != 401 {
		t.Errorf("a token after its time gets %d", got.status)
	}
}

// Nobody hands a program more than they may do, and who codes hands out no
// codings: neither when the token is made nor later.
func TestScopesStayWithinRights(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	s.Code(t, "B-01", "bert", nil)
	for login, scope := range map[string]auth.Act{"mona": auth.ExportCodings, "lena": auth.ReadCase, "anna": auth.ReadReleases} {
		if token, err := s.Store.NewToken(ctx, s.People[login], storetest.Study, "x", time.Hour, scope); err == nil || token != "" {
			t.Errorf("%s makes a token that may %s", login, scope)
		}
	}
	token := tokenFor(t, s, auth.ExportCodings)
	v := s.visit(t, "")
	if got := v.with(token, "GET", "/api/v1/studies/bicycles/codings"); got.status != 200 {
		t.Fatalf("the token answers %d", got.status)
	}
	if err := s.Store.AddMember(ctx, s.People["beheer"], storetest.Study, s.People["lena"].ID, auth.Coder); err != nil {
		t.Fatal(err)
	}
	if got := v.with(token, "GET", "/api/v1/studies/bicycles/codings"); got.status != 404 {
		t.Errorf("the token of a lead who codes by now answers %d", got.status)
	}
	lena, err := s.Store.Actor(ctx, s.People["lena"].ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Store.NewToken(ctx, lena, storetest.Study, "x", time.Hour, auth.ExportCodings); err == nil {
		t.Error("a lead who codes makes a token for codings")
	}
}

// A program that asks too much is told when to come back, and is let in then;
// another token is not slowed down by it.
func TestTokensAreThrottled(t *testing.T) {
	s := open(t)
	token, other := tokenFor(t, s), tokenFor(t, s)
	v := s.visit(t, "")
	var refused answer
	stop := s.Clock.Stop()
	for range 200 {
		if got := v.with(token, "GET", "/api/v1/studies/bicycles/releases"); got.status == http.StatusTooManyRequests {
			refused = got
			break
		}
	}
	wait, err := strconv.Atoi(refused.header.Get("Retry-After"))
	if refused.status != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 60 {
		t.Fatalf("200 requests at once end with %d, Retry-After %q", refused.status, refused.header.Get("Retry-After"))
	}
	if got := v.with(other, "GET", "/api/v1/studies/bicycles/releases"); got.status != 200 {
		t.Errorf("another token answers %d", got.status)
	}
	stop()
	s.Clock.Add(time.Duration(wait) * time.Second)
	if got := v.with(token, "GET", "/api/v1/studies/bicycles/releases"); got.status != 200 {
		t.Errorf("after the wait the token answers %d", got.status)
	}
}

// A POST that is sent twice with one key is done once and answered the same; a
// key is not for two requests, and each caller has their own.
func TestIdempotencyKeys(t *testing.T) {
	s := open(t)
	a := s.Assign(t, "B-04", "anna")
	b := s.Assign(t, "B-04", "bert")
	anna, bert := s.visit(t, "anna"), s.visit(t, "bert")
	send := func(v *visitor, assignment int64, key, variable, text string) answer {
		t.Helper()
		body, err := json.Marshal(map[string]any{"variable": variable, "document_type": "slip", "paraphrase": text})
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest("POST", fmt.Sprintf("%s/api/v1/assignments/%d/passages", s.url, assignment), bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		return v.asked(r)
	}
	first := send(anna, a.ID, "k-1", "damage", "the slip says so")
	again := send(anna, a.ID, "k-1", "damage", "the slip says so")
	if first.status != http.StatusCreated || again.status != first.status || again.body != first.body || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the same request answers %d %s, then %d %s", first.status, first.body, again.status, again.body)
	}
	passages := func() int {
		_, k, err := s.Store.Coding(t.Context(), s.People["anna"], a.ID)
		if err != nil {
			t.Fatal(err)
		}
		return len(k.Passages)
	}
	if n := passages(); n != 1 {
		t.Errorf("%d passages were added, want 1", n)
	}
	if got := send(anna, a.ID, "k-1", "repaired", "the slip says so"); got.status != http.StatusUnprocessableEntity || passages() != 1 {
		t.Errorf("the key with another request answers %d: %s", got.status, got.body)
	}
	if got := send(anna, a.ID, "k-2", "damage", "another slip says so"); got.status != http.StatusCreated || passages() != 2 {
		t.Errorf("another key answers %d", got.status)
	}
	if got := send(bert, b.ID, "k-1", "damage", "the slip says so"); got.status != http.StatusCreated || got.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("the key of another caller answers %d: %s", got.status, got.body)
	}
	if got := send(anna, a.ID, strings.Repeat("k", 256), "damage", "the slip says so"); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a long key answers %d", got.status)
	}
	// A refusal is an answer too.
	bad := send(anna, a.ID, "k-3", "nothing", "the slip says so")
	if again := send(anna, a.ID, "k-3", "nothing", "the slip says so"); bad.status < 400 || again.status != bad.status || again.body != bad.body {
		t.Errorf("a refusal answers %d, then %d", bad.status, again.status)
	}
	s.Clock.Add(25 * time.Hour)
	anna = s.visit(t, "anna")
	if got := send(anna, a.ID, "k-1", "damage", "a third slip says so"); got.status != http.StatusCreated || got.header.Get("Idempotency-Replayed") != "" || passages() != 3 {
		t.Errorf("after a day the key answers %d", got.status)
	}
}

// A program that hangs up while it is answered may send the request again at
// once: it gets the answer that it did not hear.
func TestIdempotencyKeyOfWhoHangsUp(t *testing.T) {
	s := open(t)
	a := s.Assign(t, "B-04", "anna")
	anna := s.visit(t, "anna")
	address, err := url.Parse(fmt.Sprintf("%s/api/v1/assignments/%d/passages", s.url, a.ID))
	if err != nil {
		t.Fatal(err)
	}
	send := func(hangUp bool) *httptest.ResponseRecorder {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, "POST", address.String(), strings.NewReader(`{"variable": "damage", "document_type": "slip", "paraphrase": "the slip says so"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "k-1")
		for _, cookie := range anna.client.Jar.Cookies(address) {
			r.AddCookie(cookie)
		}
		w := hangingUp{ResponseRecorder: httptest.NewRecorder(), cancel: cancel}
		if !hangUp {
			w.cancel = func() {}
		}
		s.server.ServeHTTP(w, r)
		return w.ResponseRecorder
	}
	first, again := send(true), send(false)
	if first.Code != http.StatusCreated || again.Code != first.Code || again.Body.String() != first.Body.String() {
		t.Errorf("who hung up was answered %d %s, then %d %s", first.Code, first.Body, again.Code, again.Body)
	}
}

// hangingUp is gone when the answer begins.
type hangingUp struct {
	*httptest.ResponseRecorder
	cancel func()
}

func (w hangingUp) WriteHeader(status int) {
	w.cancel()
	w.ResponseRecorder.WriteHeader(status)
}

// Releases come a page at a time as well.
func TestReleasesByPage(t *testing.T) {
	s := releaseSite(t)
	lena := s.visit(t, "lena")
	at := draft(t, s, nil, "2025-H1")
	lena.post(at+"/approve", nil).want(t, "approval", 303)
	token := tokenFor(t, s)
	got := s.visit(t, "").with(token, "GET", "/api/v1/studies/bicycles/releases?limit=1")
	fits(t, schema(t, s, "Releases"), got.body)
	var page struct {
		Releases []struct{ ID string }
		Next     string
	}
	if err := json.Unmarshal([]byte(got.body), &page); err != nil || len(page.Releases) != 1 || page.Next != "" {
		t.Fatalf("the page is %s (%v)", got.body, err)
	}
	behind := s.visit(t, "").with(token, "GET", "/api/v1/studies/bicycles/releases?cursor="+page.Releases[0].ID)
	behind.want(t, "behind the last", 200, `"releases":[]`)
	s.visit(t, "").with(token, "GET", "/api/v1/studies/bicycles/releases?cursor=none").want(t, "a cursor of nothing", 422)
}

// The examples in testdata/clients do what they say, by the interpreters that
// researchers have.
func TestClients(t *testing.T) {
	s := releaseSite(t)
	lena := s.visit(t, "lena")
	at := draft(t, s, nil, "2025-H1")
	lena.post(at+"/approve", nil).want(t, "approval", 303)
	page := lena.post("/s/bicycles/releases/tokens", url.Values{"name": {"R"}, "scope": {"read_releases", "export_codings"}, "valid": {"month"}})
	token := regexp.MustCompile(store.TokenPrefix + `[A-Z0-9]+`).FindString(page.body)
	if token == "" {
		t.Fatalf("no token: %s", page.body)
	}
	file := s.visit(t, "").with(token, "GET", "/api/v1/studies/bicycles/codings.csv")
	lines := strings.Count(file.body, "\n") - 1
	run := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "DOSSIERLENS_TOKEN="+token)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
		return string(out)
	}
	dir := t.TempDir()
	out := run("python3", "testdata/clients/pull.py", s.url, storetest.Study, dir)
	if want := fmt.Sprintf("%d codings", lines); !strings.Contains(out, want) || !strings.Contains(out, "release ") {
		t.Errorf("the example in Python says %q, want %s", out, want)
	}
	for _, name := range []string{"codings.csv", "observations.csv"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := exec.LookPath("Rscript"); err != nil {
		t.Log("no R is installed; its example was not run")
		return
	}
	out = run("Rscript", "testdata/clients/pull.R", s.url, storetest.Study)
	if want := fmt.Sprintf("%d codings", lines); !strings.Contains(out, want) || !regexp.MustCompile(`release \S+ with [1-9]\d* figures`).MatchString(out) {
		t.Errorf("the example in R says %q, want %s", out, want)
	}
}
