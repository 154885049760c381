package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// terminal opens a terminal with a person at it, who is the first file.
func terminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// typing answers each question of a program with the next of its lines. It is
// where the program writes what is wrong.
type typing struct {
	bytes.Buffer
	fd    int // the terminal, at the side of the person
	lines []string
}

func (w *typing) Write(b []byte) (int, error) {
	if bytes.HasSuffix(b, []byte(": ")) && len(w.lines) > 0 {
		line := w.lines[0]
		w.lines = w.lines[1:]
		go func() { // as soon as what is typed is no longer shown
			for {
				state, err := unix.IoctlGetTermios(w.fd, unix.TCGETS)
				if err != nil || state.Lflag&unix.ECHO == 0 {
					break
				}
				runtime.Gosched()
			}
			unix.Write(w.fd, []byte(line+"\n"))
		}()
	}
	return w.Buffer.Write(b)
}

// At a terminal the key is asked for, twice when it is a new one, and not
// shown.
func TestKeyIsAskedFor(t *testing.T) {
	const first, second = "zestien gele kanaries op een rij", "zeven groene egels in de sloot"
	w := storetest.Open(t)
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	ask := func(want int, says string, args string, lines ...string) {
		t.Helper()
		person, program := terminal(t)
		fd := int(person.Fd())
		said := &typing{fd: fd, lines: lines}
		var out bytes.Buffer
		p := process{ctx: context.Background(), getenv: func(string) string { return "" }, stdin: program, stdout: &out, stderr: said}
		got := run(p, append(strings.Fields(args), "--data", w.Dir))
		if all := out.String() + said.String(); got != want || !strings.Contains(all, says) || len(said.lines) > 0 || strings.Contains(all, "kanaries") || strings.Contains(all, "egels") {
			t.Errorf("%s: status %d, with %d lines not asked for: %s", args, got, len(said.lines), all)
		}
		// Nothing that was typed is on the screen: of what was written there
		// for the person, there is nothing to read.
		if err := unix.SetNonblock(fd, true); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 1000)
		if n, _ := unix.Read(fd, b); n > 0 && bytes.ContainsAny(b[:n], "abcdefghijklmnopqrstuvwxyz") {
			t.Errorf("%s: the terminal shows %q", args, b[:n])
		}
	}
	ask(1, "not the same", "encrypt", first, second)
	ask(1, "take at least 20", "encrypt", "short", "short")
	ask(0, "is encrypted", "encrypt", first, first)
	ask(1, "not encrypted with this key", "user list", second)
	ask(0, "anna", "user list", first)
	ask(0, "has a new key", "rekey", first, second, second)
	ask(0, "in order", "doctor", second)
	ask(0, "no longer encrypted", "decrypt", second)
	ask(0, "anna", "user list")
}
