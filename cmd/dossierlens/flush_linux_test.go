package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

func init() {
	commands["dossierlens-faulty"] = faulty
	commands["dossierlens-refusing"] = refusing
}

// faulty is the program on a machine where, from SIGUSR2 on, every fsync fails,
// and whose clock a test sets. It takes no right that a tester may lack.
func faulty() {
	failFsyncAtSignal()
	os.Exit(begin(wrongClock{os.Getenv(clockFile)}.now))
}

// refusing serves a data folder, as "dossierlens serve" does, where every fsync
// fails from SIGUSR2 on, and does not leave then.
func refusing() {
	failFsyncAtSignal()
	words := flag.NewFlagSet("serve", flag.ExitOnError)
	dir, at := words.String("data", "", ""), words.String("listen", "", "")
	words.Parse(os.Args[2:])
	s, err := store.Open(context.Background(), *dir, time.Now)
	if err == nil {
		var handler http.Handler
		if handler, err = server.New(s, server.Options{Log: slog.New(slog.NewJSONHandler(os.Stderr, nil)), Now: time.Now, Screener: new(screening.Screener)}); err == nil {
			var l net.Listener
			if l, err = net.Listen("tcp", *at); err == nil {
				fmt.Printf("It is at http://%s\n", l.Addr())
				err = http.Serve(l, handler)
			}
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// failFsyncAtSignal has every fsync of this process fail from SIGUSR2 on.
func failFsyncAtSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR2)
	go func() {
		<-signals
		if err := failFsync(); err != nil {
			fmt.Fprintln(os.Stderr, "fsync cannot be made to fail:", err)
			os.Exit(2)
		}
	}()
}

// stopFlushing has every fsync of the program fail from now on.
func (s *child) stopFlushing() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGUSR2); err != nil {
		s.t.Fatal(err)
	}
}

// leftUnflushed requires of a program that it has left by itself because of an
// fsync that failed, with the status of an error and a word of why.
func (s *child) leftUnflushed() {
	s.t.Helper()
	if !s.over() {
		s.t.Fatal("after an fsync that failed the program goes on")
	}
	status := s.cmd.ProcessState.ExitCode()
	said, err := os.ReadFile(s.log.Name())
	if err != nil {
		s.t.Fatal(err)
	}
	if last := said[max(0, len(said)-2000):]; status != 1 || !bytes.Contains(last, []byte("dossierlens: the disk did not keep what was written to it")) {
		s.t.Errorf("after an fsync that failed the program ends with status %d and says: %s", status, last)
	}
}

// failFsync has the kernel answer EIO to every fsync and fdatasync of this process.
func failFsync() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const load, equal, answer = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	filter := []unix.SockFilter{
		{Code: load, K: 0}, // the number of the system call
		{Code: equal, K: unix.SYS_FSYNC, Jt: 2},
		{Code: equal, K: unix.SYS_FDATASYNC, Jt: 1},
		{Code: answer, K: unix.SECCOMP_RET_ALLOW},
		{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EIO)},
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if r, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program))); errno != 0 || r != 0 {
		return errors.Join(errno, fmt.Errorf("thread %d", r))
	}
	return nil
}

// closed requires of the program that it takes no write of any kind and says
// so in words, to people, to programs and to who watches it.
func (c *crew) closed(t *testing.T) {
	t.Helper()
	const words = "does not keep"
	body := func(r *http.Response, err error) (int, string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(b)
	}
	if status, _ := body(http.Get(c.s.site + "/readyz")); status != http.StatusServiceUnavailable {
		t.Errorf("after an fsync that failed /readyz answers %d, want 503", status)
	}
	if status, _ := body(http.Get(c.s.site + "/healthz")); status != http.StatusOK {
		t.Errorf("after an fsync that failed /healthz answers %d, want 200", status)
	}
	client := c.writers[0].client
	for _, ask := range []struct{ method, path, form string }{
		{"POST", "/login", url.Values{"username": {"bert"}, "password": {storetest.Password}}.Encode()},
		{"POST", "/preferences", url.Values{"theme": {"dark"}}.Encode()},
		{"GET", fmt.Sprintf("/code/%d", c.writers[0].assignment), ""},
	} {
		r, err := http.NewRequest(ask.method, c.s.site+ask.path, strings.NewReader(ask.form))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Language", "en")
		if ask.form != "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if status, text := body(client.Do(r)); status != http.StatusServiceUnavailable || !strings.Contains(text, words) {
			t.Errorf("after an fsync that failed %s %s answers %d, want 503 in words: %.300s", ask.method, ask.path, status, text)
		}
	}
	var problem struct{ Detail, Title string }
	x := c.writers[0]
	status, err := x.send("PUT", fmt.Sprintf("/api/v1/assignments/%d/answers/%s", x.assignment, x.variables[0]), map[string]any{"value": "x", "version": x.versions[x.variables[0]]}, &problem)
	if err != nil || status != http.StatusServiceUnavailable {
		t.Errorf("after an fsync that failed an answer gets %d, want 503 (%v)", status, err)
	}
	// Whatever comes afterwards, nothing is acknowledged.
	had := c.acks()
	c.until(t, "refusals", func(_, refused int64) bool { return refused > 30 })
	if n := c.acks() - had; n > 0 {
		t.Fatalf("%d answers were acknowledged after an fsync that failed", n)
	}
}

// TestInvariant1FailingFsync has the kernel answer an error to every fsync while
// three coders save. From then on nothing is stored; the program leaves, and
// says why; after a start it goes on, with all that was acknowledged.
func TestInvariant1FailingFsync(t *testing.T) {
	c := newCrew(t)
	newWrongClock(t)
	s := serveApart(t, c.w.Dir)
	for round := range 2 {
		s.kill()
		s.start("dossierlens-faulty")
		c.signIn(t, s)
		c.until(t, "enough answers", func(stored, _ int64) bool { return stored > int64(5+400*round) })
		s.stopFlushing()
		c.until(t, "the end of the program", func(int64, int64) bool { return s.over() })
		s.leftUnflushed()
		c.prove(t, s.dir)
	}
	s.start("dossierlens")
	c.signIn(t, s)
	c.until(t, "an answer after the fault", func(stored, _ int64) bool { return stored > 5 })
	t.Logf("%d answers and passages were acknowledged and are stored", c.acks())
}

// TestUnflushedIsRefusedInWords looks at the server between an fsync that
// failed and the end of the program: it acknowledges nothing and tells everybody.
func TestUnflushedIsRefusedInWords(t *testing.T) {
	c := newCrew(t)
	s := serveApart(t, c.w.Dir)
	for round := range 2 {
		s.kill()
		s.start("dossierlens-refusing")
		c.signIn(t, s)
		c.until(t, "enough answers", func(stored, _ int64) bool { return stored > int64(5+400*round) })
		s.stopFlushing()
		c.until(t, "a refusal", func(_, refused int64) bool { return refused > 2 })
		c.closed(t)
		s.kill()
		c.prove(t, s.dir)
	}
}

// TestInvariant1ForgetfulDisk cuts the power after an fsync that failed: of the
// write-ahead log while an answer is stored, and of the database while the log
// is written into it. The disk then says that all is well again and has forgotten
// what it should have flushed. What was acknowledged is there. It takes the
// right to mount; where that lacks, TestInvariant1FailingFsync has shown what
// the program does. The long form makes as many faults as -faults says.
func TestInvariant1ForgetfulDisk(t *testing.T) {
	c := newCrew(t)
	d, ok := newForgetfulDisk(t, c.w.Dir, uint64(*faultsMade))
	if !ok {
		return
	}
	s := serveApart(t, d.dir)
	t.Cleanup(s.kill) // before the file system goes
	random := rand.New(rand.NewPCG(uint64(*faultsMade), 9))
	rounds := max(*faultsMade/3, 4)
	for round := range rounds {
		c.signIn(t, s)
		enough := int64(1 + random.IntN(300))
		c.until(t, "enough answers", func(stored, _ int64) bool { return stored >= enough })
		d.fail([]string{store.File, store.File + "-wal"}[round%2])
		c.until(t, "the end of the program", func(int64, int64) bool { return s.over() })
		s.leftUnflushed()
		if random.IntN(2) == 0 {
			// The program starts before the power is cut: it may not trust what
			// it finds, and what it takes then is there afterwards as well.
			s.start("dossierlens")
			c.signIn(t, s)
			c.until(t, "answers after a start", func(stored, _ int64) bool { return stored > 3 })
			s.kill()
		}
		d.forget()
		c.prove(t, d.copied())
		s.start("dossierlens")
	}
	if d.failed != rounds {
		t.Errorf("%d times fsync failed, want %d", d.failed, rounds)
	}
	t.Logf("%d faults, %d answers acknowledged and all stored", rounds, c.acks())
}
