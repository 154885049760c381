package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// In this file the program is run: in this process, or as one of its own that
// can be killed.

// commands are the names under which this test binary is a program.
var commands = map[string]func(){"dossierlens": main}

func TestMain(m *testing.M) {
	testscript.Main(cleaning{m}, commands)
}

// cleaning ends what tests share after the last of them.
type cleaning struct{ *testing.M }

var (
	endMu sync.Mutex
	ends  []func()
)

// atEnd has f called after the last test; what was begun last ends first.
func atEnd(f func()) {
	endMu.Lock()
	defer endMu.Unlock()
	ends = append(ends, f)
}

func (c cleaning) Run() int {
	status := c.M.Run()
	slices.Reverse(ends)
	for _, f := range ends {
		f()
	}
	return status
}

// demoSite is the address of the demo, which all tests that change nothing
// they have not made themselves share.
var demoSite = sync.OnceValues(startDemo)

// startDemo runs a demo until the last test has ended and returns its address.
func startDemo() (string, error) {
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		run(process{ctx: ctx, getenv: os.Getenv, stdin: strings.NewReader(""), stdout: in, stderr: os.Stderr}, []string{"demo", "--listen", "127.0.0.1:0"})
		in.Close()
	}()
	atEnd(func() { cancel(); <-ended })
	site, err := whereabouts(out)
	if err != nil {
		<-ended
		err = fmt.Errorf("the demo: %w", err)
	}
	return site, err
}

// demoAt is demoSite for a test.
func demoAt(t testing.TB) string {
	t.Helper()
	site, err := demoSite()
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// whereabouts reads what a program prints until it tells where it listens, and
// lets the rest pass.
func whereabouts(out io.Reader) (string, error) {
	r := bufio.NewReader(out)
	for {
		line, err := r.ReadString('\n')
		if found := address.FindString(line); found != "" {
			go io.Copy(io.Discard, r)
			return found, nil
		}
		if err != nil {
			return "", fmt.Errorf("it ended before it listened: %w", err)
		}
	}
}

// A child is the program in a process of its own, serving a data folder.
type child struct {
	t    testing.TB
	dir  string
	at   string // host and port, the same at every start
	site string
	cmd  *exec.Cmd
	log  *os.File
	left chan struct{} // closed when the program has ended
}

// serveApart starts "dossierlens serve" on dir. The name leads to this test binary:
// see TestMain.
func serveApart(t testing.TB, dir string) *child {
	t.Helper()
	s := &child{t: t, dir: dir, at: "127.0.0.1:0"}
	var err error
	if s.log, err = os.Create(filepath.Join(t.TempDir(), "stderr")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.kill()
		if b, err := os.ReadFile(s.log.Name()); err == nil && t.Failed() {
			t.Logf("the program said:\n%.4000s", b)
		}
		s.log.Close()
	})
	s.start("dossierlens")
	return s
}

// start runs the program by a command to which its own words are added.
func (s *child) start(command ...string) {
	s.t.Helper()
	args := append(command[1:], "serve", "--data", s.dir, "--listen", s.at)
	s.cmd = exec.Command(command[0], args...)
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	site, err := whereabouts(out)
	if err != nil {
		s.t.Fatalf("serve: %v", err)
	}
	cmd, left := s.cmd, make(chan struct{})
	s.left = left
	go func() {
		cmd.Wait()
		close(left)
	}()
	s.site = site
	s.at = strings.TrimPrefix(site, "http://")
}

// kill ends the program as a power cut would.
func (s *child) kill() {
	if s.cmd != nil {
		s.cmd.Process.Kill()
		<-s.left
		s.cmd = nil
	}
}

// over reports whether the program has ended by itself.
func (s *child) over() bool {
	select {
	case <-s.left:
		return true
	default:
		return false
	}
}

// A caller is a program with a session that asks the server over HTTP.
type caller struct {
	t      testing.TB
	site   func() string
	client *http.Client
}

func newCaller(t testing.TB, site func() string, login, password string) *caller {
	t.Helper()
	c := &caller{t, site, nil}
	if err := c.signIn(login, password); err != nil {
		t.Fatal(err)
	}
	return c
}

// signIn begins a session.
func (c *caller) signIn(login, password string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if c.client != nil {
		client.Transport = c.client.Transport
	}
	res, err := client.PostForm(c.site()+"/login", url.Values{"username": {login}, "password": {password}})
	if err != nil {
		return err
	}
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("login of %s answers %d", login, res.StatusCode)
	}
	c.client = client
	return nil
}

// send sends JSON, reads the reply into out when the server did what was
// asked, and returns the status. An error says that no whole answer came.
func (c *caller) send(method, path string, in, out any) (int, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequest(method, c.site()+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := c.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || out == nil || res.StatusCode >= 300 {
		return res.StatusCode, err
	}
	return res.StatusCode, json.Unmarshal(b, out)
}
