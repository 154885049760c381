package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

func TestBackupAndRestore(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	w.Code(t, "B-01", "anna", nil)
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := w.Store.Backup(ctx, auth.Actor{}, file); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v; want mode 0600", info.Mode(), err)
	}
	if err := w.Store.Backup(ctx, auth.Actor{}, file); err == nil {
		t.Error("a backup was overwritten")
	}
	want, err := w.Store.Counts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "restored")
	got, found, err := store.Restore(ctx, file, dir, w.Clock.Now, w.Key)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		rows := want[i].Rows
		if want[i].Table == "audit" {
			rows = got[i].Rows // the refused second backup is in the original alone
		}
		if got[i].Rows != rows {
			t.Errorf("%s has %d rows, want %d", got[i].Table, got[i].Rows, rows)
		}
	}
	for _, f := range found {
		if f.Problem != "" {
			t.Errorf("%s: %s", f.What, f.Problem)
		}
	}
	if _, _, err := store.Restore(ctx, file, dir, w.Clock.Now, w.Key); err == nil {
		t.Error("a workspace was overwritten by a restore")
	}
	noise := filepath.Join(t.TempDir(), "noise.db")
	if err := os.WriteFile(noise, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Restore(ctx, noise, filepath.Join(t.TempDir(), "x"), w.Clock.Now, w.Key); err == nil {
		t.Error("noise was restored")
	}
}

// Any row of the log that is edited, removed or moved is found, whatever
// somebody with the file in hand does.
func TestExamineFindsTampering(t *testing.T) {
	for name, statement := range map[string]string{
		"edited":  `UPDATE audit SET login = 'somebody' WHERE seq = 5`,
		"removed": `DELETE FROM audit WHERE seq = 5`,
		"last":    `UPDATE audit SET detail = '{"cases":9}' WHERE seq = (SELECT max(seq) FROM audit)`,
		"moved":   `UPDATE audit SET seq = 100000 WHERE seq = 5`,
		"text":    `UPDATE documents SET text = text || 'x' WHERE id = 1`,
	} {
		t.Run(name, func(t *testing.T) {
			w := storetest.Open(t)
			ctx := context.Background()
			w.Code(t, "B-01", "anna", nil)
			if err := w.Store.Close(); err != nil {
				t.Fatal(err)
			}
			db, err := sqlx.Open("sqlite", "file:"+filepath.Join(w.Dir, store.File))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(statement); err == nil {
				t.Error("the schema let it happen")
			}
			for _, trigger := range []string{"audit_not_changed", "audit_not_removed", "documents_not_changed"} {
				if _, err := db.Exec(`DROP TRIGGER ` + trigger); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
			db.Close()
			s, err := store.OpenEncrypted(ctx, w.Dir, w.Clock.Now, w.Key)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			found, err := s.Examine(ctx)
			if err != nil {
				t.Fatal(err)
			}
			problems := 0
			for _, f := range found {
				if f.Problem != "" {
					problems++
				}
			}
			if problems == 0 {
				t.Error("the examination found nothing")
			}
		})
	}
}

// A file that a newer program wrote is not touched.
func TestNewerFileIsRefused(t *testing.T) {
	w := storetest.Open(t)
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sqlx.Open("sqlite", "file:"+filepath.Join(w.Dir, store.File))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if _, err := store.OpenEncrypted(context.Background(), w.Dir, w.Clock.Now, w.Key); !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "newer") {
		t.Errorf("opening a newer file: %v", err)
	}
}
