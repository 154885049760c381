package store

import (
	"context"
	"io/fs"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A study made before there were rounds of a kind keeps every assignment with
// all that refers to it; words typed as round become rounds of production.
func TestAnOlderStudyGetsRounds(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	db, err := sqlx.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(dir, File))+"?_pragma=foreign_keys(ON)")
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	m, err := goose.NewProvider(goose.DialectSQLite3, db.DB, files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.UpTo(ctx, 1); err != nil {
		t.Fatal(err)
	}
	const at = "2026-01-05T09:00:00.000Z"
	for _, statement := range []string{
		`INSERT INTO codebooks (id, hash, name, version, source, added_at) VALUES (1, '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', 'x', '1.0.0', x'00', '` + at + `')`,
		`INSERT INTO studies (id, title, codebook, created_at) VALUES ('old', 'Old', 1, '` + at + `')`,
		`INSERT INTO users (id, login, name, created_at) VALUES (1, 'anna', 'Anna', '` + at + `'), (2, 'bert', 'Bert', '` + at + `')`,
		`INSERT INTO cases (id, study, case_id, on_site, state, created_at) VALUES (1, 'old', 'C-1', 1, 'submitted', '` + at + `'), (2, 'old', 'C-2', 1, 'assigned', '` + at + `')`,
		`INSERT INTO assignments (id, case_key, study, coder, round, status, seq, answered, created_at, submitted_at) VALUES
			(3, 1, 'old', 1, 'pilot one', 'submitted', 1, 1, '` + at + `', '` + at + `'), (5, 1, 'old', 2, '', 'open', 0, 0, '2026-01-06T09:00:00.000Z', NULL),
			(8, 2, 'old', 1, '', 'open', 0, 0, '2026-01-06T09:00:00.000Z', NULL)`,
		`INSERT INTO answers (assignment, variable, version, value, codebook, seq, at) VALUES (3, 'v', 1, 'yes', 1, 1, '` + at + `')`,
		`INSERT INTO submissions (assignment, number, seq, at) VALUES (3, 1, 1, '` + at + `')`,
		`INSERT INTO comments (assignment, key, kind, text, author, at) VALUES (5, 'k', 'note', 'what is this', 2, '` + at + `')`,
		`INSERT INTO work_time (assignment, day, seconds) VALUES (3, '2026-01-05', 60)`,
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(ctx, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rounds, err := s.Rounds(ctx, "old")
	if err != nil || len(rounds) != 2 {
		t.Fatalf("rounds = %+v, %v; want two", rounds, err)
	}
	for i, want := range []RoundProgress{
		{Round: annotations.Round{Name: "pilot one", Kind: annotations.Production, Place: 1}, Cases: 1, Given: 1, Submitted: 1},
		{Round: annotations.Round{Name: "1", Kind: annotations.Production, Place: 2}, Cases: 2, Given: 2},
	} {
		if rounds[i] != want {
			t.Errorf("round %d is %+v, want %+v", i, rounds[i], want)
		}
	}
	anna := auth.Actor{ID: 1, Roles: map[string][]auth.Role{"old": {auth.Coder}}}
	mine, err := s.MyAssignments(ctx, anna, "old")
	if err != nil || len(mine) != 2 || mine[0].ID != 8 || mine[1].ID != 3 || mine[1].Round != "pilot one" || mine[1].Status != annotations.HandedIn {
		t.Errorf("anna's work is %+v, %v", mine, err)
	}
	k, err := coding(ctx, s.read, 3, latest)
	if err != nil || k.Entries["v"].Answer.Value != "yes" {
		t.Errorf("the answer is %+v, %v", k, err)
	}
	var broken []struct {
		Table  string `db:"table"`
		Row    *int64 `db:"rowid"`
		Parent string `db:"parent"`
		FK     int    `db:"fkid"`
	}
	if err := s.read.Select(&broken, `PRAGMA foreign_key_check`); err != nil || len(broken) > 0 {
		t.Errorf("references are broken: %+v, %v", broken, err)
	}
	if _, err := s.write.Exec(`INSERT INTO assignments (case_key, study, coder, round, created_at) VALUES (1, 'old', 1, '1', ?)`, at); code(err) == 0 {
		t.Error("a coder has a case twice, and it is no hidden repeat")
	}
	if _, err := s.write.Exec(`DELETE FROM assignments WHERE id = 3`); code(err) == 0 {
		t.Error("an assignment with answers was removed")
	}
	var foreign []string
	if err := s.read.Select(&foreign, `SELECT sql FROM sqlite_master WHERE sql LIKE '%REFERENCES "assignments%' OR sql LIKE '%assignments_before%'`); err != nil || !reflect.DeepEqual(foreign, []string(nil)) {
		t.Errorf("the schema names a table that is gone: %v, %v", foreign, err)
	}
}
