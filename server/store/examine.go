package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	lib "modernc.org/sqlite/lib"
)

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
	Closed  bool   `json:"closed,omitempty"`  // it was not looked at, for there was no key
}

// Problems returns what findings say is not in order.
func Problems(found []Finding) []error {
	var problems []error
	for _, f := range found {
		if f.Problem != "" {
			problems = append(problems, fmt.Errorf("%s: %s", f.What, f.Problem))
		}
	}
	return problems
}

// What an examination looks at.
const (
	lookedPages      = "pages of the file"
	lookedReferences = "references between tables"
	lookedAudit      = "rows of the audit log"
	lookedDocuments  = "documents with their hashes"
	lookedPassages   = "passages with their quotes"
)

// ExamineClosed looks at an encrypted workspace without its key: that the file
// has all its pages. All else it lists as not looked at.
func ExamineClosed(dir string) ([]Finding, error) {
	file := filepath.Join(dir, File)
	header := make([]byte, headerSize)
	if _, err := readAt(file, header, 0); err != nil {
		return nil, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	pages := Finding{What: lookedPages, Count: int64(binary.BigEndian.Uint32(header[28:]))} // pages that the header counts
	if has := info.Size(); has < pages.Count*pageSize || has%pageSize != 0 {
		pages.Problem = fmt.Sprintf("the file has %d bytes, which is not %d pages", has, pages.Count)
	}
	found := []Finding{pages}
	for _, what := range []string{lookedReferences, lookedAudit, lookedDocuments, lookedPassages} {
		found = append(found, Finding{What: what, Closed: true})
	}
	return found, nil
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
	err := s.read.SelectContext(ctx, &lines, `PRAGMA integrity_check`)
	if code(err) == lib.SQLITE_IOERR_DATA {
		add(lookedPages, 0, errors.New("a page does not open with the key: it was changed or is damaged"))
		return found, nil
	}
	if err != nil {
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
	add(lookedPages, pages, unsound)

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
	add(lookedReferences, 0, dangling)

	n, err := s.CheckAudit(ctx)
	add(lookedAudit, n, err)
	documents, err := s.checkDocuments(ctx)
	add(lookedDocuments, documents, err)
	passages, err := s.CheckPassages(ctx)
	add(lookedPassages, int64(passages), err)
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
