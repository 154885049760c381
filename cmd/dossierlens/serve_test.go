package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// A served workspace is one that the serve verb runs in this process.
type served struct {
	lines  []string // the first lines that it printed
	log    bytes.Buffer
	stop   context.CancelFunc
	status chan int
}

// startServe runs serve on a free port and reads its first lines.
func startServe(t *testing.T, dir string, lines int, flags ...string) *served {
	t.Helper()
	out, in := io.Pipe()
	s := &served{status: make(chan int, 1)}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	p := process{ctx: ctx, getenv: os.Getenv, stdin: strings.NewReader(""), stdout: in, stderr: &s.log}
	go func() {
		s.status <- run(p, append([]string{"serve", "--data", dir, "--listen", "127.0.0.1:0"}, flags...))
		in.Close()
	}()
	scan := bufio.NewScanner(out)
	for range lines {
		if !scan.Scan() {
			t.Fatalf("serve ended early with status %d: %s", <-s.status, s.log.String())
		}
		s.lines = append(s.lines, scan.Text())
	}
	go io.Copy(io.Discard, out)
	t.Cleanup(stop)
	return s
}

// end tells it to stop and returns the status it ends with.
func (s *served) end() int {
	s.stop()
	return <-s.status
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+(/\S*)?`)

// The first start makes the folder and a link that works once, for the first
// administrator; a second server stays off the folder.
func TestServeFirstStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "workspace")
	s := startServe(t, dir, 3)
	base, link := address.FindString(s.lines[0]), address.FindString(s.lines[2])
	if !strings.HasPrefix(link, base+"/link/") {
		t.Fatalf("it printed %q", s.lines)
	}
	status := func(url string) int {
		t.Helper()
		r, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		return r.StatusCode
	}
	for _, test := range []struct {
		url  string
		want int
	}{{base + "/healthz", 200}, {base + "/readyz", 200}, {base + "/login", 200}, {link, 200}, {base + "/link/ELSE", 404}} {
		if got := status(test.url); got != test.want {
			t.Errorf("%s answers %d, want %d", test.url, got, test.want)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v (%v), want it for its owner alone", info.Mode(), err)
	}

	var second bytes.Buffer
	p := process{ctx: context.Background(), getenv: os.Getenv, stdout: io.Discard, stderr: &second}
	if got := run(p, []string{"serve", "--data", dir, "--listen", "127.0.0.1:0"}); got != 1 || !strings.Contains(second.String(), "another server serves this folder") {
		t.Errorf("a second server ends with %d: %s", got, second.String())
	}
	if got := s.end(); got != 0 {
		t.Errorf("it ends with %d: %s", got, s.log.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "tmp")); !os.IsNotExist(err) {
		t.Errorf("the folder for uploads is still there (%v)", err)
	}
}

// With a certificate the server speaks HTTPS, and its link says so.
func TestServeTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	roots := selfSigned(t, cert, key)
	s := startServe(t, filepath.Join(dir, "workspace"), 3, "--tls-cert", cert, "--tls-key", key)
	link := s.lines[2]
	if !strings.HasPrefix(link, "https://127.0.0.1:") {
		t.Fatalf("the link is %q", link)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	r, err := client.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusOK || r.ProtoMajor != 2 || r.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("it answers %d over %s with %v", r.StatusCode, r.Proto, r.Header)
	}
	client.CloseIdleConnections()
	// Older protocols and an unencrypted request are refused.
	at := strings.TrimPrefix(link[:strings.Index(link, "/link/")], "https://")
	if c, err := tls.Dial("tcp", at, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		c.Close()
		t.Error("it speaks TLS 1.1")
	}
	if plain, err := http.Get("http://" + at + "/login"); err == nil {
		plain.Body.Close()
		if plain.StatusCode != http.StatusBadRequest {
			t.Errorf("an unencrypted request is answered with %d, want 400", plain.StatusCode)
		}
	}
	if got := s.end(); got != 0 {
		t.Errorf("it ends with %d: %s", got, s.log.String())
	}
}

// selfSigned writes a certificate for this machine with its key, and returns
// who trusts it.
func selfSigned(t *testing.T, cert, key string) *x509.CertPool {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	bits, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: bits}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return roots
}

// Once there is an administrator a start prints no link, and the log is JSON.
func TestServeAgain(t *testing.T) {
	dir := t.TempDir()
	form := func(link string) {
		t.Helper()
		r, err := http.PostForm(link, map[string][]string{"name": {"First Person"}, "username": {"first"},
			"password": {"seven wheels on a tandem"}, "repeat": {"seven wheels on a tandem"}})
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			t.Fatalf("the link answers %d", r.StatusCode)
		}
	}
	s := startServe(t, dir, 3)
	form(address.FindString(s.lines[2]))
	if got := s.end(); got != 0 {
		t.Fatalf("it ends with %d", got)
	}
	if !strings.Contains(s.log.String(), `"msg":"request"`) {
		t.Errorf("the log is %q, want JSON lines", s.log.String())
	}
	var out bytes.Buffer
	p := process{ctx: context.Background(), getenv: os.Getenv, stdout: &out, stderr: io.Discard}
	if got := run(p, []string{"user", "list", "--data", dir, "--format", "csv"}); got != 0 || !strings.Contains(out.String(), "first,First Person,yes,active") {
		t.Errorf("the accounts are %q (status %d)", out.String(), got)
	}
	again := startServe(t, dir, 1)
	again.end()
	if strings.Contains(strings.Join(again.lines, "\n"), "/link/") {
		t.Errorf("a later start prints %q", again.lines)
	}
}

// Wrong usage ends with 2, failed work with 1.
func TestWorkspaceStatus(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		args string
		want int
	}{
		{"serve", 2},
		{"serve --data DIR --tls-cert cert.pem", 2},
		{"serve --data DIR --backup-recipient age1x", 2},
		{"serve --data DIR --backup-to DIR/b --backup-every 5s", 2},
		{"serve --data DIR --backup-to DIR/b --backup-keep 0", 2},
		{"serve --data DIR --backup-to DIR/b --backup-recipient nonsense", 1},
		{"serve --data DIR --listen nonsense", 1},
		{"serve --data DIR --listen 0.0.0.0:0", 2},
		{"serve --data DIR --listen :0 --url http://dossiers.example.nl", 2},
		{"serve --data DIR --listen [::]:0 --tls-cert none.pem --tls-key none.pem", 1},
		{"serve --data DIR --sso-issuer http://login.example.nl --sso-client-id x", 2},
		{"serve --data DIR --tls-cert none.pem --tls-key none.pem", 1},
		{"user list", 2},
		{"user list --data DIR/none", 1},
		{"user add --data DIR", 2},
		{"study create --data DIR --id x", 2},
		{"study create --data DIR --id x --codebook builtin:none", 1},
		{"study member --data DIR --study x --login a --role king", 2},
		{"import cases --data DIR FILE", 2},
		{"import cases --data DIR/none --study x FILE", 1},
		{"import elephants --data DIR --study x FILE", 2},
	} {
		args := strings.Fields(strings.ReplaceAll(test.args, "DIR", dir))
		p := process{ctx: context.Background(), getenv: os.Getenv, stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
		if got := run(p, args); got != test.want {
			t.Errorf("%s: status %d, want %d", test.args, got, test.want)
		}
	}
}

// A server that is told where makes its first backup by itself, and that can be
// put back.
func TestServeMakesBackups(t *testing.T) {
	w := storetest.Open(t)
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "elsewhere")
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	said, in := io.Pipe()
	status := make(chan int, 1)
	go func() {
		p := process{ctx: ctx, getenv: os.Getenv, stdin: strings.NewReader(""), stdout: io.Discard, stderr: in}
		status <- run(p, []string{"serve", "--data", w.Dir, "--listen", "127.0.0.1:0", "--backup-to", to, "--backup-every", "1h", "--backup-keep", "2"})
		in.Close()
	}()
	scan := bufio.NewScanner(said)
	for scan.Scan() && !strings.Contains(scan.Text(), "backup made and restored on trial") {
		if strings.Contains(scan.Text(), "BACKUP FAILED") {
			t.Fatal(scan.Text())
		}
	}
	go io.Copy(io.Discard, said)
	stop()
	if got := <-status; got != 0 {
		t.Errorf("it ends with status %d", got)
	}
	made, err := filepath.Glob(filepath.Join(to, "dossierlens-*.db"))
	if err != nil || len(made) != 1 {
		t.Fatalf("there are %v, %v", made, err)
	}
	var out bytes.Buffer
	p := process{ctx: context.Background(), getenv: os.Getenv, stdout: &out, stderr: &out}
	if got := run(p, []string{"restore", "--data", filepath.Join(t.TempDir(), "back"), made[0]}); got != 0 {
		t.Errorf("putting it back ends with %d: %s", got, out.String())
	}
}
