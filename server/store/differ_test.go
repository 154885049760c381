package store

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/server/auth"
)

// A copy in which a row is gone, was added or says something else is found,
// also where nothing else in the workspace would tell; a true copy is not.
func TestDrillComparesEveryTable(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, older(t, "schema-17.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, change := range map[string]struct{ sql, says string }{
		"nothing":           {"", ""},
		"a row is gone":     {`DELETE FROM legal_holds WHERE id = (SELECT max(id) FROM legal_holds)`, "table legal_holds has 0 rows in the copy and 1 in the original"},
		"a row is added":    {`INSERT INTO places (assignment, variable, start) SELECT id, '', 0 FROM assignments WHERE id NOT IN (SELECT assignment FROM places) LIMIT 1`, "table places has 1 rows in the copy and 0 in the original"},
		"other words":       {`UPDATE users SET name = name || '.' WHERE login = 'anna'`, "table users has other contents in the copy"},
		"another number":    {`UPDATE studies SET changes = changes + 1 WHERE id = 'bicycles'`, "table studies has other contents in the copy"},
		"rows trade places": {`UPDATE users SET language = CASE login WHEN 'anna' THEN 'nl' WHEN 'bert' THEN 'nl' ELSE language END`, "table users has other contents in the copy"},
	} {
		file := filepath.Join(t.TempDir(), "copy.db")
		_, err := s.back(ctx, auth.Actor{}, file, nil, func(copied string, want []Print) error {
			if change.sql != "" {
				db, err := sqlx.Open("sqlite", "file:"+filepath.ToSlash(copied))
				if err != nil {
					return err
				}
				triggers := []string{}
				if err := db.Select(&triggers, `SELECT name FROM sqlite_schema WHERE type = 'trigger'`); err != nil {
					return err
				}
				for _, trigger := range triggers {
					if _, err := db.Exec(`DROP TRIGGER "` + trigger + `"`); err != nil {
						return err
					}
				}
				r, err := db.Exec(change.sql)
				if err != nil {
					return err
				}
				if n, err := r.RowsAffected(); err != nil || n == 0 {
					t.Errorf("%s: %d rows were changed, %v", name, n, err)
				}
				if err := db.Close(); err != nil {
					return err
				}
			}
			return s.drill(ctx, copied, want)
		})
		switch {
		case change.says == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case change.says != "" && (err == nil || !strings.Contains(err.Error(), change.says)):
			t.Errorf("%s: the drill says %v, want %q", name, err, change.says)
		}
		if left, _ := filepath.Glob(file + "*"); (len(left) > 0) != (change.says == "") {
			t.Errorf("%s: there are %v", name, left)
		}
	}
}
