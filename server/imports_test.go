package server

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newImports makes the folder for uploads in a temporary place.
func newImports(t *testing.T) *imports {
	t.Helper()
	m := &imports{}
	if err := m.open(filepath.Join(t.TempDir(), "tmp")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.close() })
	return m
}

func (m *imports) upload(t *testing.T, user int64, at time.Time) *importJob {
	t.Helper()
	j := &importJob{Study: "s", User: user}
	var err error
	if j.path, j.Size, err = m.spool(strings.NewReader("content")); err != nil {
		t.Fatal(err)
	}
	return m.add(j, at)
}

// Uploads wait for their turn, and tell how far they are.
func TestImportsOneAtATime(t *testing.T) {
	m := newImports(t)
	first, second := m.upload(t, 1, time.Time{}), m.upload(t, 2, time.Time{})
	begun, release := make(chan bool), make(chan bool)
	m.begin(first, "", checking, checked, func(context.Context) ([]int, error) {
		first.progress(3, 7)
		begun <- true
		<-release
		return []int{1}, nil
	})
	<-begun
	m.begin(second, "", checking, checked, func(context.Context) ([]int, error) { return []int{2}, nil })
	if got := first.wait(context.Background(), 0); got.Step != checking || got.Done != 3 || got.Of != 7 {
		t.Errorf("the first is at %+v, want it checking 3 of 7", got)
	}
	if got := second.now(); got.Step != checking {
		t.Errorf("the second is at %+v, want it waiting", got)
	}
	if m.begin(first, checked, storing, stored, nil) {
		t.Errorf("what is not checked yet can be stored")
	}
	close(release)
	for n, j := range []*importJob{first, second} {
		if got := j.wait(context.Background(), time.Minute); got.Step != checked || len(got.Counts) != 1 || got.Counts[0] != n+1 {
			t.Errorf("upload %d ends at %+v", n+1, got)
		}
	}
}

// What was refused is removed at once, what waits too long or was followed by
// another upload of the same person with the next.
func TestImportsForget(t *testing.T) {
	m := newImports(t)
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	end := func(j *importJob, err error) {
		m.begin(j, "", checking, checked, func(context.Context) ([]int, error) { return nil, err })
		j.wait(context.Background(), time.Minute)
	}
	gone := func(j *importJob, why string) {
		t.Helper()
		if _, err := os.Stat(j.path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the file is still there (%v)", why, err)
		}
	}
	refusedJob := m.upload(t, 1, now)
	end(refusedJob, errors.New("wrong"))
	gone(refusedJob, "refused")

	earlier, stale := m.upload(t, 2, now), m.upload(t, 3, now)
	end(earlier, nil)
	end(stale, nil)
	later := m.upload(t, 2, now.Add(2*importKept))
	gone(earlier, "followed by another")
	gone(stale, "waited too long")
	if m.find(earlier.ID, "s", 2) != nil || m.find(later.ID, "s", 2) != later || m.find(later.ID, "s", 1) != nil || m.find(later.ID, "other", 2) != nil {
		t.Errorf("uploads are found by others than their sender, or not by them")
	}
}

// At the end of the program what is under way is broken off, and nothing of
// what was uploaded stays.
func TestImportsClose(t *testing.T) {
	m := newImports(t)
	j := m.upload(t, 1, time.Time{})
	begun := make(chan bool)
	m.begin(j, "", checking, checked, func(ctx context.Context) ([]int, error) {
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	<-begun
	if err := m.close(); err != nil {
		t.Fatal(err)
	}
	if got := j.now().Step; got != cancelled {
		t.Errorf("the upload is %s, want it cancelled", got)
	}
	if _, err := os.Stat(m.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder for uploads is still there (%v)", err)
	}
}

// What is under way can be broken off; the file stays, to be gone on with.
func TestImportsCancelAndResume(t *testing.T) {
	m := newImports(t)
	j := m.upload(t, 1, time.Time{})
	begun := make(chan bool)
	m.begin(j, "", checking, checked, func(ctx context.Context) ([]int, error) {
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	<-begun
	j.cancel(context.Background())
	if got := j.now().Step; got != cancelled {
		t.Fatalf("the upload is %s, want it cancelled", got)
	}
	if _, err := os.Stat(j.path); err != nil {
		t.Errorf("the file is gone: %v", err)
	}
	if !m.begin(j, cancelled, checking, checked, func(context.Context) ([]int, error) { return []int{3}, nil }) {
		t.Fatal("what was broken off cannot be gone on with")
	}
	if got := j.wait(context.Background(), time.Minute); got.Step != checked || got.Counts[0] != 3 {
		t.Errorf("gone on with, the upload ends at %+v", got)
	}
}
