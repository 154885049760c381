package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/server/auth"
)

// Backup writes a consistent copy of the whole database to file, while others
// go on working. The file must not exist yet; only its owner can read it. That
// a copy was made is in the audit log of the original, and so of the copy.
func (s *Store) Backup(ctx context.Context, who auth.Actor, file string) error {
	if _, err := os.Stat(file); err == nil {
		return fmt.Errorf("%s exists already; choose another name, a backup never overwrites", file)
	}
	if err := s.Record(ctx, who, Event{Act: "backup", Object: filepath.Base(file)}); err != nil {
		return err
	}
	// The copy is made under another name, so that a half copy never has the
	// name of a whole one.
	part := file + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	// A connection of its own: it only reads, and so holds up nobody who
	// writes, but a connection that cannot write may not make a copy either.
	db, err := sqlx.Open("sqlite", "file:"+(&url.URL{Path: filepath.Join(s.dir, File)}).EscapedPath()+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, part); err != nil {
		os.Remove(part)
		return fmt.Errorf("copy the database: %w", err)
	}
	if err := flush(part); err != nil {
		return err
	}
	return os.Rename(part, file)
}

// flush makes sure that a file has reached the disk.
func flush(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// A Count is how many rows a table has.
type Count struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
}

// Counts returns the number of rows of every table, by name.
func (s *Store) Counts(ctx context.Context) ([]Count, error) {
	var tables []string
	err := s.read.SelectContext(ctx, &tables, `
		SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	counts := make([]Count, len(tables))
	for i, table := range tables {
		counts[i].Table = table
		if err := s.read.GetContext(ctx, &counts[i].Rows, `SELECT count(*) FROM "`+table+`"`); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// A Finding is one thing that an examination of the database looked at.
type Finding struct {
	What    string `json:"what"`
	Count   int64  `json:"count"`             // rows looked at
	Problem string `json:"problem,omitempty"` // empty when it is in order
}

// Examine looks at the whole database: that the file is sound, references
// lead somewhere, the audit chain is unbroken, every document still has the
// text of its hash and every passage still stands where it was marked.
func (s *Store) Examine(ctx context.Context) ([]Finding, error) {
	var found []Finding
	add := func(what string, n int64, err error) {
		f := Finding{What: what, Count: n}
		if err != nil {
			f.Problem = err.Error()
		}
		found = append(found, f)
	}
	var lines []string
	if err := s.read.SelectContext(ctx, &lines, `PRAGMA integrity_check`); err != nil {
		return nil, err
	}
	var unsound error
	if len(lines) != 1 || lines[0] != "ok" {
		unsound = fmt.Errorf("the file is damaged: %v", lines)
	}
	var pages int64
	if err := s.read.GetContext(ctx, &pages, `PRAGMA page_count`); err != nil {
		return nil, err
	}
	add("pages of the file", pages, unsound)

	var loose []struct {
		Table  string `db:"table"`
		Parent string `db:"parent"`
		RowID  *int64 `db:"rowid"`
		FKID   int    `db:"fkid"`
	}
	if err := s.read.SelectContext(ctx, &loose, `PRAGMA foreign_key_check`); err != nil {
		return nil, err
	}
	var dangling error
	if len(loose) > 0 {
		dangling = fmt.Errorf("%d rows refer to rows that are not there, the first in table %s", len(loose), loose[0].Table)
	}
	add("references between tables", 0, dangling)

	n, err := s.CheckAudit(ctx)
	add("rows of the audit log", n, err)
	documents, err := s.checkDocuments(ctx)
	add("documents with their hashes", documents, err)
	passages, err := s.CheckPassages(ctx)
	add("passages with their quotes", int64(passages), err)
	return found, nil
}

// checkDocuments verifies the hash of every stored text that was not deleted.
func (s *Store) checkDocuments(ctx context.Context) (n int64, err error) {
	rows, err := s.read.QueryxContext(ctx, `SELECT id, text, sha256 FROM documents WHERE deletion IS NULL ORDER BY id`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var problems []error
	for rows.Next() {
		var id int64
		var text, want string
		if err := rows.Scan(&id, &text, &want); err != nil {
			return n, err
		}
		n++
		if fmt.Sprintf("%x", digest(text)) != want {
			problems = append(problems, fmt.Errorf("document %d no longer has the text that was stored", id))
		}
	}
	return n, errors.Join(append(problems, rows.Err())...)
}

// Restore puts the backup in file in place of an empty data folder dir, proves
// that it is whole, and returns the number of rows of each table. It refuses a
// folder that has a database already.
func Restore(ctx context.Context, file, dir string, open func(ctx context.Context, dir string) (*Store, error)) ([]Count, []Finding, error) {
	target := filepath.Join(dir, File)
	if _, err := os.Stat(target); err == nil {
		return nil, nil, fmt.Errorf("%s has a database already; restore into an empty folder", dir)
	}
	if err := check(ctx, file); err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	if err := os.WriteFile(target, data, 0o600); err != nil {
		return nil, nil, err
	}
	if err := flush(target); err != nil {
		return nil, nil, err
	}
	s, err := open(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	found, err := s.Examine(ctx)
	if err != nil {
		return nil, nil, err
	}
	counts, err := s.Counts(ctx)
	return counts, found, err
}

// check reports a file that is no backup of a workspace.
func check(ctx context.Context, file string) error {
	db, err := sqlx.Open("sqlite", "file:"+filepath.ToSlash(file)+"?mode=ro&immutable=1")
	if err != nil {
		return err
	}
	defer db.Close()
	var n int
	if err := db.GetContext(ctx, &n, `SELECT count(*) FROM audit`); err != nil {
		return fmt.Errorf("%s is no backup of a workspace: %w", file, err)
	}
	return nil
}
