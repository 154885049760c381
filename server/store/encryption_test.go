package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// copyFiles copies the database of a world and its log as they are now, as a
// machine that stops would leave them.
func copyFiles(t testing.TB, from string) (to string) {
	t.Helper()
	to = t.TempDir()
	for _, name := range []string{store.File, store.File + "-wal"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// examine opens a workspace and requires that it is in order; it returns the
// rows of its tables.
func examine(t testing.TB, w *storetest.World, dir string, key auth.Key) []store.Count {
	t.Helper()
	ctx := context.Background()
	s, err := store.OpenEncrypted(ctx, dir, w.Clock.Now, key)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	found, err := s.Examine(ctx)
	if err := errors.Join(append(store.Problems(found), err)...); err != nil {
		t.Error(err)
	}
	counts, err := s.Counts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// The log of an encrypted workspace is read again after the machine stopped,
// up to its last whole frame.
func TestEncryptedLogIsReadAgain(t *testing.T) {
	w := storetest.OpenEncrypted(t)
	a := w.Assign(t, "B-01", "anna")
	w.Save(t, a, "anna", "remark", "the bell is missing")
	dir := copyFiles(t, w.Dir)
	want, err := w.Store.Counts(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, store.File+"-wal")
	whole, err := os.ReadFile(log)
	if err != nil || len(whole) < 10*4120 {
		t.Fatalf("the log has %d bytes (%v); the test would prove nothing", len(whole), err)
	}
	if got := examine(t, w, dir, w.Key); !slices.Equal(got, want) {
		t.Errorf("the tables have %v, want %v", got, want)
	}

	// What is cut off or damaged ends it, wherever that is.
	for _, cut := range []int{32 + 4120*3, 32 + 4120*5 + 2000, len(whole) - 1, len(whole) - 4120} {
		for name, b := range map[string][]byte{"cut off": whole[:cut], "damaged": append(append(bytes.Clone(whole[:cut]), whole[cut]^1), whole[cut+1:]...)} {
			if err := os.WriteFile(log, b, 0o600); err != nil {
				t.Fatal(err)
			}
			dir := copyFiles(t, dir)
			s, err := store.OpenEncrypted(context.Background(), dir, w.Clock.Now, w.Key)
			if err != nil {
				t.Fatalf("%s at %d: %v", name, cut, err)
			}
			found, err := s.Examine(context.Background())
			if err := errors.Join(append(store.Problems(found), err, s.Close())...); err != nil {
				t.Errorf("%s at %d: %v", name, cut, err)
			}
		}
	}
}

// A page that was changed, or put in the place of another, does not open.
func TestChangedPageIsFound(t *testing.T) {
	w := storetest.OpenEncrypted(t)
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(w.Dir, store.File))
	if err != nil {
		t.Fatal(err)
	}
	page := func(b []byte, n int) []byte { return b[4096*n : 4096*(n+1)] }
	for name, change := range map[string]func(b []byte){
		"a byte":    func(b []byte) { page(b, 7)[100] ^= 1 },
		"the tag":   func(b []byte) { page(b, 7)[4096-40] ^= 1 },
		"the nonce": func(b []byte) { page(b, 7)[4095] ^= 1 },
		"swapped":   func(b []byte) { copy(page(b, 7), page(whole, 8)) },
	} {
		b := bytes.Clone(whole)
		change(b)
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, store.File), b, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := store.OpenEncrypted(context.Background(), dir, w.Clock.Now, w.Key)
		if err != nil {
			continue // it is needed to open the workspace at all
		}
		found, err := s.Examine(context.Background())
		if err == nil && len(store.Problems(found)) == 0 {
			t.Errorf("%s: nothing was found", name)
		}
		s.Close()
	}
	// The header is readable, and authenticated.
	b := bytes.Clone(whole)
	b[60] ^= 1 // the user version
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, store.File), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.OpenEncrypted(context.Background(), dir, w.Clock.Now, w.Key); !errors.Is(err, store.ErrWrongKey) {
		t.Errorf("with a changed header: %v", err)
	}
}

// A workspace goes from each state to each other one with every row; what is
// in the way is refused and leaves it as it is.
func TestReencrypt(t *testing.T) {
	ctx := context.Background()
	w := storetest.Open(t)
	w.Save(t, w.Assign(t, "B-01", "anna"), "anna", "remark", "the bell is missing")
	made := func() auth.Key {
		k, err := auth.ParseKey(auth.NewKey())
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	thought, err := auth.ParseKey("zestien gele kanaries op een rij")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Reencrypt(ctx, w.Dir, w.Clock.Now, w.Key, made(), func(int64, int64) {}); !errors.Is(err, store.ErrOpen) {
		t.Errorf("of a workspace that is open: %v", err)
	}
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	last, want := w.Key, examine(t, w, w.Dir, w.Key)
	for i, key := range []auth.Key{made(), made(), thought, {}, thought, {}} {
		var steps [][2]int64
		if err := store.Reencrypt(ctx, w.Dir, w.Clock.Now, last, key, func(done, of int64) { steps = append(steps, [2]int64{done, of}) }); err != nil {
			t.Fatal(i, err)
		}
		if n := len(steps); n == 0 || steps[n-1][0] != steps[n-1][1] || steps[n-1][1] == 0 {
			t.Errorf("%d: the progress was %v", i, steps)
		}
		if encrypted, err := store.Encrypted(filepath.Join(w.Dir, store.File)); err != nil || encrypted != !key.None() {
			t.Errorf("%d: encrypted is %v (%v)", i, encrypted, err)
		}
		for n := range want {
			if want[n].Table == "audit" {
				want[n].Rows++ // that it was done
			}
		}
		if got := examine(t, w, w.Dir, key); !slices.Equal(got, want) {
			t.Errorf("%d: the tables have %v, want %v", i, got, want)
		}
		for _, wrong := range []auth.Key{last, made()} {
			before := copyFiles(t, w.Dir)
			s, err := store.OpenEncrypted(ctx, w.Dir, w.Clock.Now, wrong)
			want := store.ErrWrongKey
			if key.None() {
				want = store.ErrNotEncrypted
			} else if wrong.None() {
				want = store.ErrNoKey
			}
			if !errors.Is(err, want) {
				t.Errorf("%d: with another key: %v, %v; want %v", i, s, err, want)
			}
			if err := store.Reencrypt(ctx, w.Dir, w.Clock.Now, wrong, made(), func(int64, int64) {}); !errors.Is(err, want) {
				t.Errorf("%d: again, from another key: %v; want %v", i, err, want)
			}
			same(t, before, w.Dir)
		}
		last = key
	}
	files, err := os.ReadDir(w.Dir)
	for _, f := range files {
		if !slices.Contains([]string{store.File, "dossierlens.lock"}, f.Name()) {
			t.Errorf("%s is left (%v)", f.Name(), err)
		}
	}
}

// same requires that two folders have the same database.
func same(t testing.TB, a, b string) {
	t.Helper()
	one, err := os.ReadFile(filepath.Join(a, store.File))
	other, err2 := os.ReadFile(filepath.Join(b, store.File))
	if err := errors.Join(err, err2); err != nil || !bytes.Equal(one, other) {
		t.Errorf("the database was changed (%v)", err)
	}
}

// What a program left that was killed while it wrote a workspace anew is gone
// after the next start, and what could be read in it is written over.
func TestLeftoversOfReencrypting(t *testing.T) {
	w := storetest.Open(t)
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	file, old := filepath.Join(w.Dir, store.File), filepath.Join(w.Dir, store.File+".before")
	want := examine(t, w, w.Dir, w.Key)
	tidied := func(what string) {
		t.Helper()
		if got := examine(t, w, w.Dir, w.Key); !slices.Equal(got, want) {
			t.Errorf("%s: the tables have %v, want %v", what, got, want)
		}
		for _, name := range []string{old, filepath.Join(w.Dir, "rewritten")} {
			if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: %s is still there (%v)", what, name, err)
			}
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(filepath.Join(w.Dir, "rewritten"), 0o700))
	must(os.WriteFile(filepath.Join(w.Dir, "rewritten", store.File), []byte("half"), 0o600))
	tidied("half a copy")

	must(os.Link(file, old))
	tidied("two names")

	b, err := os.ReadFile(file)
	must(err)
	must(os.WriteFile(old, b, 0o600))
	kept, err := os.Open(old) // to look at it when its name is gone
	must(err)
	defer kept.Close()
	tidied("an old database")
	if left, err := io.ReadAll(kept); err != nil || len(left) != len(b) || len(bytes.Trim(left, "\x00")) > 0 {
		t.Errorf("of the old database %d bytes are left that are not zero (%v)", len(bytes.Trim(left, "\x00")), err)
	}
}

// No key is in what is printed or logged of a store.
func TestKeyIsNotPrinted(t *testing.T) {
	const words = "zestien gele kanaries op een rij"
	key, err := auth.ParseKey(words)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, key); got != "(key)" {
			t.Errorf("%s prints %q", format, got)
		}
	}
	for _, bad := range []string{"", "short", "dossierlens-key-AAAA", "dossierlens-key-!!!!"} {
		if _, err := auth.ParseKey(bad); err == nil || len(bad) > 6 && bytes.Contains([]byte(err.Error()), []byte(bad)) {
			t.Errorf("of the key %q it says %v", bad, err)
		}
	}
}
