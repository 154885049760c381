package server_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/server/store/storetest"
)

var requests = flag.Int("requests", 3000, "how many random requests TestRandomRequests makes")

// hostile are values that have broken other programs, and some that are right.
var hostile = []string{
	"", "0", "1", "2", "-1", "999999999999999999999", "1e309", "NaN", "0x10", "1.5", "true", "null", "[]", "{}", "B-01", "B-02", "b-01", "damage", "remark",
	"wheel|light", "yes_clear", "NR", "anna", "lena", "2025-H1", "2026-02-30", "2025-01-01", "nl", "en", "dark", "csv", "xlsx", "json", "demonstrable", "1", "on",
	"../../../../etc/passwd", "..\\..\\boot.ini", "%2e%2e%2f", "%00", "a\x00b", "\xff\xfe", "\xed\xa0\x80", "\u202eRTL", "🚲", strings.Repeat("a", 5000), strings.Repeat("🚲", 300),
	"' OR 1=1 --", "\"; DROP TABLE answers; --", "%' ESCAPE '", "*", "?", "NEAR(a b)", "\"unbalanced", "{{.}}", "${7*7}", "$(id)", "`id`", "=1+1", "@SUM(A1)",
	"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "//example.org", "http://example.org/", "\r\nSet-Cookie: a=b", "a\nb", " ", "\t",
	"(a+)+$", strings.Repeat("(", 200), strings.Repeat("[", 2000), "-9223372036854775808", "٣", "１", "İ", "ß",
}

// fieldNames are the names of all fields of all forms, with some of no form.
func fieldNames(t *testing.T) []string {
	t.Helper()
	names := []string{"nothing", "_method", "version", "value", "missing", "note", "q", "find", "before", "page", "from", "to"}
	pattern := regexp.MustCompile(`name="([a-z_]+)"`)
	err := filepath.WalkDir("../web/templates", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range pattern.FindAllStringSubmatch(string(b), -1) {
			if !slices.Contains(names, m[1]) {
				names = append(names, m[1])
			}
		}
		return err
	})
	if err != nil || len(names) < 40 {
		t.Fatalf("%d names of fields, %v", len(names), err)
	}
	return names
}

// A guesser makes requests at random, always the same from a seed.
type guesser struct {
	*rand.Rand
	fields []string
}

func pick[T any](g *guesser, list []T) T { return list[g.IntN(len(list))] }

var parameter = regexp.MustCompile(`:[a-z]+`)

// request makes one for a route: right in some places, wrong in others.
func (g *guesser) request(method, path string) *http.Request {
	if g.IntN(20) == 0 {
		method = pick(g, []string{"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW"})
	}
	if g.IntN(3) > 0 {
		path = fill(path, int64(1+g.IntN(4)), pick(g, []string{"damage", "remark", "quality", "none"}))
	}
	path = parameter.ReplaceAllStringFunc(path, func(string) string { return url.PathEscape(pick(g, hostile)) })
	values := url.Values{}
	for range g.IntN(8) {
		values.Add(pick(g, g.fields), pick(g, hostile))
	}
	query, body, kind := "", "", ""
	if g.IntN(2) == 0 {
		query = "?" + values.Encode()
	}
	if g.IntN(30) == 0 {
		query = "?" + strings.ReplaceAll(pick(g, hostile), " ", "+") + "=%zz"
	}
	if method != "GET" {
		switch g.IntN(5) {
		case 0, 1:
			body, kind = values.Encode(), "application/x-www-form-urlencoded"
		case 2:
			body, kind = g.json(3), "application/json"
		case 3:
			body, kind = "--x\r\nContent-Disposition: form-data; name=\""+pick(g, g.fields)+"\"; filename=\""+pick(g, []string{"a.zip", "a.csv", "a.xlsx", "../a", ""})+"\"\r\n\r\n"+pick(g, hostile)+"\r\n--x--\r\n", "multipart/form-data; boundary=x"
		default:
			body, kind = pick(g, hostile), pick(g, []string{"", "text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/form-data", "a/b; charset=\xff"})
		}
	}
	r := httptest.NewRequest("GET", "/", strings.NewReader(body))
	r.Method = method
	if u, err := url.ParseRequestURI(path + query); err == nil {
		r.URL, r.RequestURI = u, path+query
	}
	r.Header.Set("Content-Type", kind)
	for _, name := range []string{"Accept", "Accept-Language", "If-None-Match", "Range", "X-Forwarded-For", "Authorization", "Cookie", "Idempotency-Key", "Origin", "User-Agent"} {
		if g.IntN(12) == 0 {
			r.Header.Set(name, strings.ToValidUTF8(strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(pick(g, hostile)), ""))
		}
	}
	return r
}

// json is JSON of some kind, nearly right or quite wrong.
func (g *guesser) json(depth int) string {
	quoted := func() string { return fmt.Sprintf("%q", strings.ToValidUTF8(pick(g, hostile), "?")) }
	switch g.IntN(6) {
	case 0:
		return pick(g, []string{"null", "true", "1", "-1", "1e999", "1.5", "", "{", "[1,", "nul"})
	case 1:
		return quoted()
	case 2:
		if depth > 0 {
			return "[" + g.json(depth-1) + "," + g.json(depth-1) + "]"
		}
	}
	var fields []string
	for range 1 + g.IntN(5) {
		value := quoted()
		if depth > 0 && g.IntN(2) == 0 {
			value = g.json(depth - 1)
		}
		fields = append(fields, fmt.Sprintf("%q:%s", pick(g, append([]string{"value", "missing", "note", "version", "start", "end", "quote", "document", "variable", "kind", "text", "key", "seconds"}, g.fields...)), value))
	}
	return "{" + strings.Join(fields, ",") + "}"
}

// Whatever is sent to any route by anybody, the program answers, never with an
// error of its own, and nothing goes on when the answer is there. The long form
// is go test ./server -run RandomRequests -requests 100000.
func TestRandomRequests(t *testing.T) {
	g := &guesser{rand.New(rand.NewPCG(7, 7)), fieldNames(t)}
	const world = 1500 // requests until everything begins anew, for some of them lock people out
	before := runtime.NumGoroutine()
	answers := map[int]int{}
	for done := 0; done < *requests; {
		t.Run("", func(t *testing.T) {
			s, _, _ := blindWorld(t)
			cookies := map[string][]*http.Cookie{"": nil}
			people := []string{""}
			for login := range s.People {
				people = append(people, login)
			}
			slices.Sort(people)
			for _, login := range people[1:] {
				r := httptest.NewRequest("POST", "/login", strings.NewReader(url.Values{"username": {login}, "password": {storetest.Password}}.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				w := httptest.NewRecorder()
				s.server.ServeHTTP(w, r)
				cookies[login] = w.Result().Cookies()
				if w.Code != http.StatusSeeOther {
					t.Fatalf("login of %s answers %d", login, w.Code)
				}
			}
			routes := s.server.Routes()
			for range min(world, *requests-done) {
				done++
				route := pick(g, routes)
				r := g.request(route.Method, route.Path)
				login := pick(g, people)
				for _, c := range cookies[login] {
					r.AddCookie(c)
				}
				w := httptest.NewRecorder()
				s.server.ServeHTTP(w, r)
				answers[w.Code/100]++
				if w.Code >= 500 {
					t.Errorf("%s: %s %q %s answers %d: %.300s", login, r.Method, r.RequestURI, r.Header.Get("Content-Type"), w.Code, w.Body)
				}
				if where := w.Header().Get("Location"); where != "" && !strings.HasPrefix(where, "/") || len(where) > 1 && strings.ContainsAny(where[1:2], `/\\`) {
					t.Errorf("%s %q leads away to %s", r.Method, r.RequestURI, where)
				}
			}
			if log := s.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "panic") {
				for line := range strings.Lines(log) {
					if strings.Contains(line, "level=ERROR") || strings.Contains(line, "panic") {
						t.Errorf("logged: %s", line)
					}
				}
			}
			s.log.Reset()
			if _, err := s.Store.CheckAudit(t.Context()); err != nil {
				t.Error(err)
			}
		})
		if t.Failed() {
			return
		}
	}
	t.Logf("answers by hundreds: %v", answers)
	for _, hundred := range []int{2, 3, 4} {
		if answers[hundred] == 0 {
			t.Errorf("no answer of the %d00s: the requests are not varied", hundred)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	deadline := time.Now().Add(20 * time.Second)
	for runtime.NumGoroutine() > before+5 && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if after := runtime.NumGoroutine(); after > before+5 {
		buf := make([]byte, 1<<16)
		t.Errorf("%d goroutines before, %d after:\n%s", before, after, buf[:runtime.Stack(buf, true)])
	}
}
