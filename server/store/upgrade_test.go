package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/server/auth"
)

// older puts a file that an earlier version wrote in a folder of its own. The
// files are made by that version: schema-1.db by commit eba7b30 and schema-17.db by
// 66507d9, each the last of a session; further ones by [TestFileOfThisSchema].
func older(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, File), b, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// rowsOf returns the rows of a table as text, with the columns that are named
// or, without names, with those that the table has.
func rowsOf(t *testing.T, file, table string, columns []string) (names, list []string) {
	t.Helper()
	db, err := sqlx.Open("sqlite", "file:"+filepath.ToSlash(file)+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	what := "*"
	if columns != nil {
		what = `"` + strings.Join(columns, `", "`) + `"`
	}
	rows, err := db.Queryx(`SELECT ` + what + ` FROM "` + table + `"`)
	if err != nil {
		t.Fatalf("%s: %v", table, err)
	}
	defer rows.Close()
	if names, err = rows.Columns(); err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells, err := rows.SliceScan()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprintf("%v", cells))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return names, list
}

// Every released schema is upgraded: what people made is there as it was, the
// whole is in order, and the file as it was is kept beside it.
func TestOlderFilesAreUpgraded(t *testing.T) {
	ctx := context.Background()
	fixtures, err := filepath.Glob("testdata/schema-*.db")
	if err != nil || len(fixtures) == 0 {
		t.Fatalf("there are no older files: %v", err)
	}
	for _, fixture := range fixtures {
		t.Run(filepath.Base(fixture), func(t *testing.T) {
			dir := older(t, filepath.Base(fixture))
			file := filepath.Join(dir, File)
			now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
			s, err := Open(ctx, dir, func() time.Time { return now })
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			found, err := s.Examine(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if problems := Problems(found); len(problems) > 0 {
				t.Error(problems)
			}
			for _, table := range MadeByPeople {
				names, before := rowsOf(t, fixture, table, nil)
				_, after := rowsOf(t, file, table, names)
				if len(before) == 0 {
					t.Errorf("the older file has nothing in table %s", table)
				}
				for _, row := range before {
					if !slices.Contains(after, row) {
						t.Errorf("%s: %.300s is gone", table, row)
					}
				}
				if table != "audit" && len(after) != len(before) {
					t.Errorf("%s has %d rows and had %d", table, len(after), len(before))
				}
			}
			schema := strings.TrimSuffix(filepath.Base(fixture), ".db")
			kept, err := filepath.Glob(filepath.Join(dir, "dossierlens-"+schema+"-*.db"))
			_, had := rowsOf(t, fixture, "goose_db_version", []string{"version_id"})
			if _, have := rowsOf(t, file, "goose_db_version", []string{"version_id"}); slices.Equal(have, had) && len(kept) == 0 {
				return // it is of the schema as it is
			}
			if err != nil || len(kept) != 1 {
				t.Fatalf("kept: %v, %v", kept, err)
			}
			if info, err := os.Stat(kept[0]); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the file that was kept: %v, %v", info.Mode(), err)
			}
			_, want := rowsOf(t, fixture, "answers", nil)
			if _, got := rowsOf(t, kept[0], "answers", nil); !slices.Equal(got, want) {
				t.Errorf("the file that was kept has answers %v", got)
			}
			if _, got := rowsOf(t, kept[0], "goose_db_version", []string{"version_id"}); !slices.Equal(got, had) {
				t.Errorf("the file that was kept has schemas %v", got)
			}
			if _, err := os.Stat(filepath.Join(dir, "upgrade")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the trial is still there: %v", err)
			}
			// It is a copy of everything: known as one, and gone on its day.
			now = now.Add(time.Hour)
			backups, err := s.Backups(ctx, now)
			if err != nil || !slices.ContainsFunc(backups, func(b Backup) bool { return b.Name == filepath.Base(kept[0]) }) {
				t.Errorf("backups %v, %v", backups, err)
			}
			if err := s.DropOldFiles(ctx); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(kept[0]); err != nil {
				t.Errorf("it is gone before its day: %v", err)
			}
			now = now.Add(keptOld)
			if err := s.DropOldFiles(ctx); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(kept[0]); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("it is there after its day: %v", err)
			}
		})
	}
}

// A migration that fails, loses rows or leaves something that is not in order
// leaves the file as it was, and says what is wrong.
func TestFailedUpgradeChangesNothing(t *testing.T) {
	ctx := context.Background()
	for name, migration := range map[string]struct{ sql, says string }{
		"fails":             {`CREATE TABLE half (id INTEGER); INSERT INTO nowhere VALUES (1);`, "nowhere"},
		"loses rows":        {`DROP TRIGGER transitions_not_removed; DELETE FROM transitions WHERE id > 3;`, "table transitions had 13 rows and has 3"},
		"changes the audit": {`DROP TRIGGER audit_not_changed; UPDATE audit SET login = 'x' WHERE seq = 9;`, "audit log, row 9"},
		"changes a text":    {`DROP TRIGGER documents_not_changed; UPDATE documents SET text = 'x' || text WHERE id = 1;`, "document 1"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := older(t, "schema-1.db")
			files := fstest.MapFS{}
			real, err := fs.Glob(migrations, "migrations/*.sql")
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range real {
				b, err := fs.ReadFile(migrations, file)
				if err != nil {
					t.Fatal(err)
				}
				files[filepath.Base(file)] = &fstest.MapFile{Data: b}
			}
			files["9000_wrong.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + migration.sql + "\n")}
			s, err := connect(dir, time.Now, auth.Key{})
			if err != nil {
				t.Fatal(err)
			}
			before, err := printTables(ctx, s.read)
			if err != nil {
				t.Fatal(err)
			}
			err = s.migrate(ctx, files)
			if err == nil || !strings.Contains(err.Error(), migration.says) || !strings.Contains(err.Error(), "nothing was changed") {
				t.Errorf("the upgrade says %v, want %q", err, migration.says)
			}
			after, err := printTables(ctx, s.read)
			if err != nil || !slices.Equal(before, after) {
				t.Errorf("the file was changed (%v)", err)
			}
			s.Close()
			if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
				t.Errorf("the folder has %v, want the file alone", left)
			}
		})
	}
}
