package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// A disk is where the program keeps its data folder, and can be filled.
type disk struct {
	dir        string
	fill, free func(t *testing.T, s *child)
}

// limited is a disk on which no file of the program may grow any more: what a
// full disk looks like to it, for testers who cannot mount a file system.
func limited(dir string) disk {
	set := func(size uint64) func(t *testing.T, s *child) {
		return func(t *testing.T, s *child) {
			limit := unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}
			if size == 0 {
				wal, err := os.Stat(filepath.Join(dir, store.File+"-wal"))
				if err != nil {
					t.Fatal(err)
				}
				limit.Cur = uint64(wal.Size())
			}
			if err := unix.Prlimit(s.cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	return disk{dir, set(0), set(unix.RLIM_INFINITY)}
}

// mounted is a small file system of its own with a copy of the data folder;
// ok is false where none can be mounted.
func mounted(t *testing.T, dir string) (d disk, ok bool) {
	t.Helper()
	d.dir = t.TempDir()
	if err := unix.Mount("tmpfs", d.dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Logf("no file system can be mounted here (%v)", err)
		return d, false
	}
	t.Cleanup(func() {
		if err := unix.Unmount(d.dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if err := os.CopyFS(d.dir, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(d.dir, "ballast")
	d.fill = func(t *testing.T, _ *child) {
		f, err := os.Create(ballast)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for err == nil {
			_, err = f.Write(make([]byte, 4096))
		}
		if e, ok := err.(*os.PathError); !ok || e.Err != syscall.ENOSPC {
			t.Fatalf("filling the disk ends with %v", err)
		}
	}
	d.free = func(t *testing.T, _ *child) {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
	return d, true
}

// TestInvariant1FullDisk fills the disk while a coder saves. An answer that
// finds no room is refused and stays on the page, which says so; what was
// acknowledged is there; and when there is room again the rest is saved
// without a restart.
func TestInvariant1FullDisk(t *testing.T) {
	for _, name := range []string{"no file may grow", "a small file system"} {
		t.Run(name, func(t *testing.T) {
			w := storetest.Open(t)
			assignment := w.Assign(t, "B-01", "anna")
			if err := w.Store.Close(); err != nil {
				t.Fatal(err)
			}
			d := limited(w.Dir)
			if name == "a small file system" {
				m, ok := mounted(t, w.Dir)
				if !ok {
					return // the limit has shown the same
				}
				d = m
			}
			fillTheDisk(t, w, d, assignment)
		})
	}
}

func fillTheDisk(t *testing.T, w *storetest.World, d disk, assignment annotations.Assignment) {
	s := serveApart(t, d.dir)
	c := newCaller(t, func() string { return s.site }, "anna", storetest.Password)
	b := visit(t, s.site)
	b.expect("Failed to load resource")
	b.login("anna", storetest.Password)
	b.open(fmt.Sprintf("/code/%d", assignment.ID))
	page := sit(b)
	eval[bool](b, listening)
	remark := page.question("remark")

	// A program saves until it is refused.
	var acks []acknowledged
	save := func() int {
		t.Helper()
		value := fmt.Sprintf("%d %s", len(acks), strings.Repeat("x", 3000))
		var reply struct{ Version int }
		status, err := c.send("PUT", fmt.Sprintf("/api/v1/assignments/%d/answers/%s", assignment.ID, remark.ID), map[string]any{"value": value, "version": len(acks)}, &reply)
		if err != nil {
			t.Fatal(err)
		}
		if status == 200 {
			acks = append(acks, acknowledged{remark.ID, value, reply.Version})
		}
		return status
	}
	for range 3 {
		if status := save(); status != 200 {
			t.Fatalf("with room a save answers %d", status)
		}
	}
	d.fill(t, s)
	status := 200
	for status == 200 && len(acks) < 5000 {
		status = save()
	}
	if status != 507 {
		t.Fatalf("on a full disk a save answers %d after %d answers, want 507", status, len(acks))
	}

	// A coder types, and the page keeps it.
	b.reload()
	if got := eval[string](b, `document.body.textContent`); !strings.Contains(got, "no room") {
		t.Errorf("on a full disk, where no reading can be logged, a case is shown: %.200s", got)
	}
	d.free(t, s)
	b.open(fmt.Sprintf("/code/%d", assignment.ID))
	page = sit(b)
	eval[bool](b, listening)
	page.toBody()
	d.fill(t, s)
	for save() == 200 {
	}
	known := len(acks)
	page.keys("q" + remark.Number + "\r")
	page.at(remark)
	page.answer(remark, "!")
	page.wait(`document.querySelector("#saved").dataset.kind === "attention"`)
	if got := eval[int](b, `window.acks.length`); got != 0 {
		t.Errorf("the page was told of %d saves on a full disk", got)
	}
	proveStored(t, d.dir, w.People["anna"], assignment.ID, acks)

	d.free(t, s)
	if status := save(); status != 200 || len(acks) != known+1 {
		t.Errorf("with room again a save answers %d", status)
	}
	eval[bool](b, `(document.querySelector("#saved").click(), true)`)
	page.wait(`document.querySelector("#saved").dataset.kind !== "attention" || document.querySelector("dialog[open], .conflict")`)
	var seen []acknowledged
	if err := json.Unmarshal([]byte(eval[string](b, `JSON.stringify(window.acks)`)), &seen); err != nil {
		t.Fatal(err)
	}
	s.kill()
	proveStored(t, d.dir, w.People["anna"], assignment.ID, append(acks, seen...))
}
