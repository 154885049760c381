package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

// freePort is a port of this machine that nobody listens at.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// An acmeServer is Pebble, the ACME server by which Let's Encrypt tests
// clients. It looks every name up at a name server that knows this machine
// alone, and proves names at the ports given.
type acmeServer struct {
	directory string
	trust     string         // file with the certificate of the server itself
	roots     *x509.CertPool // of the certificates that it gives
	ca        *ca.CAImpl
}

func startACME(t *testing.T, httpPort, tlsPort int) acmeServer {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	names := &dns.Server{Listener: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		for _, asked := range q.Question {
			if asked.Qtype == dns.TypeA {
				m.Answer = append(m.Answer, &dns.A{Hdr: dns.RR_Header{Name: asked.Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1)})
			}
		}
		w.WriteMsg(m)
	})}
	go names.ActivateAndServe()
	t.Cleanup(func() { names.Shutdown() })

	quiet, memory := log.New(io.Discard, "", 0), db.NewMemoryStore()
	authority := ca.New(quiet, memory, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "the only one"}})
	front := wfe.New(quiet, memory, va.New(quiet, httpPort, tlsPort, true, l.Addr().String(), memory), authority, []string{"pebble.test"}, true, false, 1, 1)
	s := httptest.NewTLSServer(front.Handler())
	t.Cleanup(s.Close)
	trust := filepath.Join(t.TempDir(), "acme.pem")
	if err := os.WriteFile(trust, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority.GetRootCert(0).Cert)
	return acmeServer{s.URL + wfe.DirectoryPath, trust, roots, authority}
}

// named is a client for which every name is this machine.
func named(roots *x509.CertPool) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, DisableKeepAlives: true,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				_, port, err := net.SplitHostPort(address)
				if err != nil {
					return nil, err
				}
				return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
			}},
	}
}

// The server gets its certificate from an ACME server, proved over TLS or over
// HTTP, keeps it, and sends who comes without TLS on.
func TestACME(t *testing.T) {
	for _, way := range []string{"over TLS", "over HTTP"} {
		t.Run(way, func(t *testing.T) {
			tlsPort, httpPort := freePort(t), freePort(t)
			proved := tlsPort
			if way == "over HTTP" { // TLS is not where the ACME server looks for it
				proved = freePort(t)
			}
			acme := startACME(t, httpPort, proved)
			dir := filepath.Join(t.TempDir(), "workspace")
			at := func(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
			flags := []string{"--listen", at(tlsPort), "--acme-host", "dossiers.example.test", "--acme-host", "www.dossiers.example.test", "--acme-email", "beheer@example.test",
				"--acme-directory", acme.directory, "--acme-ca", acme.trust, "--redirect", at(httpPort)}
			s := startServe(t, dir, 3, flags...)
			site := "https://dossiers.example.test:" + strconv.Itoa(tlsPort)
			if !strings.HasPrefix(s.lines[2], site+"/link/") {
				t.Errorf("the link is %q", s.lines[2])
			}
			client := named(acme.roots)
			get := func(address string) *http.Response {
				t.Helper()
				r, err := client.Get(address)
				if err != nil {
					t.Fatalf("%v; the log is %s", err, s.log.String())
				}
				r.Body.Close()
				return r
			}
			r := get(site + "/login")
			first := r.TLS.PeerCertificates[0]
			if r.StatusCode != http.StatusOK || r.ProtoMajor != 2 || r.Header.Get("Strict-Transport-Security") == "" || !strings.HasPrefix(r.Header.Get("Set-Cookie"), "__Host-") && r.Header.Get("Set-Cookie") != "" {
				t.Errorf("it answers %d over %s with %v", r.StatusCode, r.Proto, r.Header)
			}
			// Of a name that is not its own it asks no certificate.
			if r, err := client.Get("https://elsewhere.example.test:" + strconv.Itoa(tlsPort) + "/login"); err == nil {
				r.Body.Close()
				t.Error("it has a certificate for another name")
			}

			plain := "http://dossiers.example.test:" + strconv.Itoa(httpPort)
			r = get(plain + "/s/x%2Fy/cases?q=1")
			if got := r.Header.Get("Location"); r.StatusCode != http.StatusPermanentRedirect || got != site+"/s/x%2Fy/cases?q=1" || r.Header.Get("Strict-Transport-Security") != "" {
				t.Errorf("without TLS it answers %d to %q with %v", r.StatusCode, got, r.Header)
			}
			r = get("http://evil.example.test:" + strconv.Itoa(httpPort) + "//evil.example.test/")
			if got := r.Header.Get("Location"); !strings.HasPrefix(got, site+"/") {
				t.Errorf("asked for another name it sends to %q", got)
			}
			r, err := client.PostForm(plain+"/login", url.Values{"username": {"x"}})
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
			if r.StatusCode != http.StatusForbidden {
				t.Errorf("a form sent without TLS is answered with %d", r.StatusCode)
			}

			// Certificates and the key of the account are its owner's alone, and
			// are there at the next start.
			if got := s.end(); got != 0 {
				t.Fatalf("it ends with %d: %s", got, s.log.String())
			}
			cache := filepath.Join(dir, "certificates")
			kept, err := os.ReadDir(cache)
			if err != nil || len(kept) < 3 {
				t.Fatalf("%d files are kept (%v)", len(kept), err)
			}
			for _, f := range kept {
				if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s is %v (%v)", f.Name(), info.Mode(), err)
				}
			}
			if info, err := os.Stat(cache); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("the folder is %v (%v)", info.Mode(), err)
			}
			s = startServe(t, dir, 1, flags...)
			if again := get(site + "/login").TLS.PeerCertificates[0]; !again.Equal(first) {
				t.Error("a later start gets another certificate")
			}
			if got := s.end(); got != 0 {
				t.Errorf("it ends with %d: %s", got, s.log.String())
			}
		})
	}
}

// Without the flag the program has no certificate of its own making and calls
// no ACME server, and half an order is refused.
func TestACMEFlags(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		args string
		want int
	}{
		{"serve --data DIR --acme-email beheer@example.test", 2},
		{"serve --data DIR --acme-host dossiers.example.test --acme-directory http://acme.example.test/", 2},
		{"serve --data DIR --acme-host 127.0.0.1", 2},
		{"serve --data DIR --acme-host dossiers", 2},
		{"serve --data DIR --acme-host dossiers.example.test --tls-cert a.pem --tls-key b.pem", 2},
		{"serve --data DIR --redirect 127.0.0.1:0", 2},
		{"serve --data DIR --redirect 127.0.0.1:0 --url http://localhost:8420", 2},
		{"serve --data DIR --acme-host dossiers.example.test --redirect nonsense --listen 127.0.0.1:0", 1},
	} {
		args := strings.Fields(strings.ReplaceAll(test.args, "DIR", dir))
		p := process{ctx: context.Background(), getenv: os.Getenv, stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
		if got := run(p, args); got != test.want {
			t.Errorf("%s: status %d, want %d", test.args, got, test.want)
		}
	}
	s := startServe(t, filepath.Join(dir, "workspace"), 3)
	s.end()
	if _, err := os.Stat(filepath.Join(dir, "workspace", "certificates")); !os.IsNotExist(err) {
		t.Errorf("without the flag there is a folder of certificates (%v)", err)
	}
}
