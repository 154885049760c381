package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

type documentRow struct {
	Key    int64  `db:"id"`
	Number int    `db:"number"`
	Type   string `db:"type"`
	Title  string `db:"title"`
	Day    *int   `db:"day"`
	Text   string `db:"text"`
	SHA256 string `db:"sha256"`
	Pages  string `db:"pages"`
	Chars  int    `db:"chars"`
	Gone   moment `db:"gone"`
}

func (r documentRow) domain() (annotations.Document, error) {
	d := annotations.Document{Key: r.Key, Number: r.Number, Type: r.Type, Title: r.Title, Day: r.Day,
		Text: r.Text, SHA256: r.SHA256, Chars: r.Chars, DeletedAt: r.Gone.Time}
	return d, json.Unmarshal([]byte(r.Pages), &d.Pages)
}

// goneAt is when the text of document d was deleted, or NULL.
const goneAt = `(SELECT x.started_at FROM deletions x WHERE x.id = d.deletion)`

const selectDocument = `SELECT d.id, d.number, d.type, d.title, d.day, d.text, d.sha256, d.pages, d.chars, ` + goneAt + ` AS gone FROM documents d`

// Documents returns the documents of a case in order of day and number. Who
// may read them is the caller's matter: see [Store.Assignment] for coders.
func (s *Store) Documents(ctx context.Context, key int64) ([]annotations.Document, error) {
	return s.documents(ctx, selectDocument, key)
}

func (s *Store) documents(ctx context.Context, columns string, key int64) ([]annotations.Document, error) {
	var rows []documentRow
	err := s.read.SelectContext(ctx, &rows, columns+` WHERE case_key = ? ORDER BY day IS NULL, day, number`, key)
	if err != nil {
		return nil, err
	}
	docs := make([]annotations.Document, len(rows))
	for i, r := range rows {
		if docs[i], err = r.domain(); err != nil {
			return nil, err
		}
	}
	return docs, nil
}

// A DocumentLine is what may be known of a document without reading it.
type DocumentLine struct {
	Number  int    `db:"number"`
	Type    string `db:"type"`
	Title   string `db:"title"`
	Day     *int   `db:"day"`
	Chars   int    `db:"chars"`
	Notices string `db:"notices"` // JSON: what reading left out
	Held    int64  `db:"held"`    // the store's number of a document that waits for decisions, else 0
	Gone    moment `db:"gone"`    // when its text was deleted; zero: it is there
}

// DocumentLines lists the documents of a case, those that are held back among
// them, in order of day and number.
func (s *Store) DocumentLines(ctx context.Context, key int64) ([]DocumentLine, error) {
	var lines []DocumentLine
	return lines, s.read.SelectContext(ctx, &lines, `
		SELECT number, type, title, day, chars, notices, held, gone FROM (
		  SELECT number, type, title, day, chars, notices, 0 AS held, `+goneAt+` AS gone FROM documents d WHERE case_key = ?1
		  UNION ALL SELECT number, type, title, day, length(text), notices, id, NULL FROM held_documents WHERE case_key = ?1)
		ORDER BY day IS NULL, day, number`, key)
}

// ReadDocument returns one document of any case of a study, for those who may
// read all of them. The reading is in the audit log.
func (s *Store) ReadDocument(ctx context.Context, who auth.Actor, study string, id annotations.CaseID, number int) (annotations.Document, error) {
	if !who.May(auth.ReadCase, study) {
		return annotations.Document{}, annotations.ErrNotFound
	}
	var d annotations.Document
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		var r documentRow
		err := tx.GetContext(ctx, &r, selectDocument+` WHERE number = ? AND case_key = (SELECT id FROM cases WHERE study = ? AND case_id = ?)`, number, study, id)
		if err != nil {
			return absent(err)
		}
		if d, err = r.domain(); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "case.read", Study: study, Case: string(id),
			Object: fmt.Sprintf("document %d", number), Right: auth.ReadCase})
	})
	return d, err
}
