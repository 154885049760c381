package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"filippo.io/age"
	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// While a backup is made and restored on trial, coders go on saving; what was
// acknowledged before it began is in it.
func TestBackupWhileCodersSave(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var stop atomic.Bool
	var saved [3]atomic.Int64
	assignments := [3]annotations.Assignment{}
	var saving sync.WaitGroup
	for i, coder := range []string{"anna", "bert", "cees"} {
		assignments[i] = w.Assign(t, annotations.CaseID(fmt.Sprintf("B-0%d", i+1)), coder)
		who := w.People[coder]
		saving.Go(func() {
			for n := 0; !stop.Load(); n++ {
				_, err := w.Store.SaveAnswer(ctx, who, assignments[i].ID, annotations.Entry{Variable: "remark", Answer: codebook.Answer{Value: fmt.Sprint("text ", n)}, Version: n})
				if err != nil {
					t.Errorf("save %d of %s: %v", n, coder, err)
					return
				}
				saved[i].Store(int64(n + 1))
			}
		})
	}
	total := func() (n int64) {
		for i := range saved {
			n += saved[i].Load()
		}
		return n
	}
	during := int64(0)
	for n := 0; n < 30 && (n < 3 || during == 0) && !t.Failed(); n++ {
		var before [3]int64
		for i := range saved {
			before[i] = saved[i].Load()
		}
		began := total()
		file := filepath.Join(t.TempDir(), "copy.db.age")
		d, err := w.Store.BackupAndDrill(ctx, auth.Actor{}, file, key.Recipient())
		if err != nil || !d.Good || d.Rows == 0 || d.Bytes == 0 {
			t.Fatalf("the backup: %+v, %v", d, err)
		}
		during += total() - began
		dir := filepath.Join(t.TempDir(), "restored")
		open := func(ctx context.Context, dir string) (*store.Store, error) {
			return store.OpenEncrypted(ctx, dir, w.Clock.Now, w.Key)
		}
		if _, found, err := store.Restore(ctx, file, dir, w.Clock.Now, w.Key, key); err != nil || len(store.Problems(found)) > 0 {
			t.Fatal(err, store.Problems(found))
		}
		s, err := open(ctx, dir)
		if err != nil {
			t.Fatal(err)
		}
		for i, coder := range []string{"anna", "bert", "cees"} {
			history, err := s.History(ctx, w.People[coder], assignments[i].ID, "remark")
			if err != nil || int64(len(history)) < before[i] {
				t.Errorf("%s had saved %d times and the backup has %d (%v)", coder, before[i], len(history), err)
			}
		}
		s.Close()
	}
	stop.Store(true)
	saving.Wait()
	if during == 0 {
		t.Error("nobody could save while backups were made")
	}
	last, good, err := w.Store.LastDrills(ctx)
	if err != nil || !last.Good || last != good || last.Name != "copy.db.age" {
		t.Errorf("the last drills are %+v and %+v, %v", last, good, err)
	}
	if left, _ := filepath.Glob(filepath.Join(w.Dir, "copy-*")); len(left) > 0 {
		t.Errorf("%v are left in the data folder", left)
	}
}

// A drill that finds something leaves no backup that looks good.
func TestDrillFindsADamagedOriginal(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	db, err := sqlx.Open("sqlite", "file:"+filepath.Join(w.Dir, store.File)+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`DROP TRIGGER documents_not_changed; UPDATE documents SET text = text || 'x' WHERE id = 1`); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	d, err := w.Store.BackupAndDrill(ctx, auth.Actor{}, filepath.Join(dir, "copy.db"))
	if err == nil || d.Good || !strings.Contains(err.Error(), "document 1") {
		t.Errorf("the drill of a damaged workspace: %+v, %v", d, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("there are files: %v, %v", left, err)
	}
	last, good, err := w.Store.LastDrills(ctx)
	if err != nil || last.Good || last.Name != "copy.db" || good.Name != "" {
		t.Errorf("the last drills are %+v and %+v, %v", last, good, err)
	}
}

// An encrypted backup that was cut off or changed is refused, and a second
// try into the same folder works.
func TestEncryptedBackupIsRefusedWhenDamaged(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "copy.age")
	if err := w.Store.Backup(ctx, auth.Actor{}, file, key.Recipient()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v; want mode 0600", info.Mode(), err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, readable := range []string{"SQLite format 3", "bent wheel", "CREATE TABLE"} {
		if bytes.Contains(whole, []byte(readable)) {
			t.Errorf("%q can be read in it", readable)
		}
	}
	dir := t.TempDir()
	changed := bytes.Clone(whole)
	changed[len(changed)/2] ^= 1
	for name, b := range map[string][]byte{"cut off": whole[:len(whole)-100], "changed": changed} {
		bad := filepath.Join(t.TempDir(), "bad.age")
		if err := os.WriteFile(bad, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := store.Restore(ctx, bad, dir, w.Clock.Now, w.Key, key); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: the folder has %v, %v", name, left, err)
		}
	}
	if _, found, err := store.Restore(ctx, file, dir, w.Clock.Now, w.Key, key); errors.Join(append(store.Problems(found), err)...) != nil {
		t.Error(err, found)
	}
}
