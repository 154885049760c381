package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// A site is the world of storetest behind a real server.
type site struct {
	*storetest.World
	server *server.Server
	url    string
	way    http.RoundTripper // to it
	log    *bytes.Buffer     // what the server logged
}

func open(t *testing.T) *site { t.Helper(); return openWith(t, nil) }

// openWith opens a site with options of its own.
func openWith(t *testing.T, change func(*server.Options)) *site {
	t.Helper()
	return serveWorld(t, storetest.Open(t), change)
}

// serveWorld opens a site over a world, under TLS when the options say so.
func serveWorld(t *testing.T, w *storetest.World, change func(*server.Options)) *site {
	t.Helper()
	s := &site{World: w, log: &bytes.Buffer{}}
	reader := intake.NewReader("", intake.DefaultLimits())
	t.Cleanup(func() { reader.Close() })
	var err error
	o := server.Options{
		Log: slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), s.log), nil)), Now: s.Clock.Now,
		Reader: reader, Screener: new(screening.Screener), Cost: storetest.Cost}
	if change != nil {
		change(&o)
	}
	s.server, err = server.New(s.Store, o)
	if err != nil {
		t.Fatal(err)
	}
	start := httptest.NewServer
	if o.Secure {
		start = httptest.NewTLSServer
	}
	h := start(s.server)
	t.Cleanup(h.Close)
	s.url, s.way = h.URL, h.Client().Transport
	return s
}

// A visitor is a browser with its cookies; one who is signed in as nobody when
// the login is empty.
type visitor struct {
	t      *testing.T
	site   *site
	client *http.Client
}

func (s *site) visit(t *testing.T, login string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t, s, &http.Client{Jar: jar, Transport: s.way, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if login != "" {
		if got := v.post("/login", url.Values{"username": {login}, "password": {storetest.Password}}); got.status != http.StatusSeeOther {
			t.Fatalf("login of %s answered %d: %s", login, got.status, got.body)
		}
	}
	return v
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (v *visitor) do(method, path, contentType, body string) answer {
	v.t.Helper()
	r, err := http.NewRequest(method, v.site.url+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(b)}
}

// get asks for a page, and again while its figures are being worked out.
func (v *visitor) get(path string) answer {
	v.t.Helper()
	for {
		if a := v.do("GET", path, "", ""); a.header.Get("Figures-State") == "" {
			return a
		}
	}
}

func (v *visitor) post(path string, form url.Values) answer {
	v.t.Helper()
	return v.do("POST", path, "application/x-www-form-urlencoded", form.Encode())
}

// send sends JSON and reads the reply into out, unless that is nil.
func (v *visitor) send(method, path string, in, out any) answer {
	v.t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		v.t.Fatal(err)
	}
	a := v.do(method, path, "application/json", string(b))
	if out != nil {
		if err := json.Unmarshal([]byte(a.body), out); err != nil {
			v.t.Fatalf("%s %s answered %d: %s", method, path, a.status, a.body)
		}
	}
	return a
}
