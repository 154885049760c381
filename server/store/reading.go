package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A Place is where a coder left a case.
type Place struct {
	Variable string `db:"variable"` // the open question; empty for none
	Document int64  `db:"document"` // the store's number; 0 before anything was read
	Start    int    `db:"start"`    // code points from the beginning of the document
}

// An OpenCase is what is needed to begin coding: of the texts only those that
// are read first. See [Store.Texts] for the others.
type OpenCase struct {
	Assignment annotations.Assignment
	Coding     annotations.Coding
	Documents  []annotations.Document // in order of day and number; all but Texts without their text
	Texts      map[int64]bool         // the documents that have their text
	Place      Place
}

// atOnce is how many characters of text an opened case begins with, counted
// from the document where the coder left it: that document, and others as long
// as they fit.
const atOnce = 32 << 10

// OpenCase notes that the actor reads the case of their assignment and returns
// what is needed to code it. Reading a case is in the audit log.
func (s *Store) OpenCase(ctx context.Context, who auth.Actor, id int64) (OpenCase, error) {
	var o OpenCase
	var err error
	if o.Assignment, o.Coding, err = s.Coding(ctx, who, id); err != nil {
		return o, err
	}
	key := o.Assignment.Case.Key
	if o.Documents, err = s.documents(ctx, strings.Replace(selectDocument, "d.text", "'' AS text", 1), key); err != nil {
		return o, err
	}
	err = absent(s.read.GetContext(ctx, &o.Place, `SELECT variable, coalesce(document, 0) AS document, start FROM places WHERE assignment = ?`, id))
	if err != nil && !errors.Is(err, annotations.ErrNotFound) {
		return o, err
	}
	if err := s.beginning(ctx, &o); err != nil {
		return o, err
	}
	read, err := own(ctx, s.read, who, id)
	if err != nil {
		return o, err
	}
	return o, s.Record(ctx, who, Event{Act: "case.read", Study: read.Case.Study, Case: string(read.Case.ID),
		Object: fmt.Sprintf("assignment %d", id), Right: auth.CodeCase})
}

// beginning reads the texts to begin with.
func (s *Store) beginning(ctx context.Context, o *OpenCase) error {
	o.Texts = map[int64]bool{}
	first := 0
	for i, d := range o.Documents {
		if d.Key == o.Place.Document {
			first = i
		}
	}
	var keys []int64
	chars := 0
	for _, d := range o.Documents[first:] {
		if len(keys) > 0 && chars+d.Chars > atOnce {
			break
		}
		keys, chars = append(keys, d.Key), chars+d.Chars
	}
	if len(keys) == 0 {
		return nil
	}
	query, args, err := sqlx.In(`SELECT id, text FROM documents WHERE id IN (?)`, keys)
	if err != nil {
		return err
	}
	var rows []struct {
		Key  int64  `db:"id"`
		Text string `db:"text"`
	}
	if err := s.read.SelectContext(ctx, &rows, query, args...); err != nil {
		return err
	}
	for _, r := range rows {
		for i := range o.Documents {
			if o.Documents[i].Key == r.Key {
				o.Documents[i].Text, o.Texts[r.Key] = r.Text, true
			}
		}
	}
	return nil
}

// Texts returns the documents of the case of the actor's assignment with their
// texts. Reading them is in the audit log.
func (s *Store) Texts(ctx context.Context, who auth.Actor, id int64) ([]annotations.Document, error) {
	a, err := own(ctx, s.read, who, id)
	if err != nil {
		return nil, err
	}
	docs, err := s.Documents(ctx, a.Case.Key)
	if err != nil {
		return nil, err
	}
	return docs, s.Record(ctx, who, Event{Act: "case.read", Study: a.Case.Study, Case: string(a.Case.ID),
		Object: fmt.Sprintf("assignment %d", id), Right: auth.CodeCase})
}

// SetPlace keeps where the actor is in a case of their own. A question or a
// document that is not of this case is refused as one that does not exist.
func (s *Store) SetPlace(ctx context.Context, who auth.Actor, id int64, p Place) error {
	a, err := own(ctx, s.read, who, id)
	if err != nil {
		return err
	}
	book, err := s.Codebook(ctx, a.Case.Study)
	if err != nil {
		return err
	}
	if p.Variable != "" && book.Variable(p.Variable) == nil {
		return annotations.ErrNotFound
	}
	if p.Start < 0 {
		return &annotations.InvalidError{Field: "start", Key: "place.start"}
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		document := sql.NullInt64{Int64: p.Document, Valid: p.Document != 0}
		if document.Valid {
			var there int64
			if err := tx.GetContext(ctx, &there, `SELECT id FROM documents WHERE id = ? AND case_key = ?`, p.Document, a.Case.Key); err != nil {
				return absent(err)
			}
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO places (assignment, variable, document, start) VALUES (?, ?, ?, ?)
			ON CONFLICT (assignment) DO UPDATE SET variable = excluded.variable, document = excluded.document, start = excluded.start`,
			id, p.Variable, document, p.Start)
		return err
	})
}
