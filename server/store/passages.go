package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

type passageRow struct {
	ID           int64  `db:"id"`
	Assignment   int64  `db:"assignment"`
	Variable     string `db:"variable"`
	Category     string `db:"category"`
	Document     int64  `db:"document"`
	Start        int    `db:"start"`
	End          int    `db:"stop"`
	Quote        string `db:"quote"`
	DocumentType string `db:"document_type"`
	Page         *int   `db:"page"`
	Day          *int   `db:"day"`
	Paraphrase   string `db:"paraphrase"`
	At           moment `db:"at"`
	Removed      bool   `db:"removed"`
	Gone         moment `db:"gone"`
}

func (r passageRow) domain() annotations.Passage {
	if !r.Gone.IsZero() {
		r.Quote = "" // only the mark that stands for it is left
	}
	return annotations.Passage{ID: r.ID, Assignment: r.Assignment, Variable: r.Variable, Category: r.Category,
		Document: r.Document, Start: r.Start, End: r.End, Quote: r.Quote,
		DocumentType: r.DocumentType, Page: r.Page, Day: r.Day, Paraphrase: r.Paraphrase, At: r.At.Time, Removed: r.Removed, DeletedAt: r.Gone.Time}
}

// passageGone is when the text of passage p was deleted, or NULL.
const passageGone = `(SELECT x.started_at FROM documents d JOIN deletions x ON x.id = d.deletion WHERE d.id = p.document)`

const selectPassages = `SELECT id, assignment, variable, category, coalesce(document, 0) AS document,
	coalesce(start, 0) AS start, coalesce("end", 0) AS stop, quote, document_type, page, day, paraphrase, at, removed_at IS NOT NULL AS removed, ` + passageGone + ` AS gone
	FROM passages p`

// passages reads the passages of an assignment that stand, in reading order.
func passages(ctx context.Context, q sqlx.QueryerContext, assignment int64) ([]annotations.Passage, error) {
	var rows []passageRow
	err := sqlx.SelectContext(ctx, q, &rows, selectPassages+` WHERE assignment = ? AND removed_at IS NULL ORDER BY document, start, id`, assignment)
	list := make([]annotations.Passage, len(rows))
	for i, r := range rows {
		list[i] = r.domain()
	}
	return list, err
}

// AddPassage stores where an answer of the actor's own coding rests. A quote
// that does not stand at its offsets is refused with
// [annotations.ErrMisplaced]. Adding what is there already, as a page does that
// did not hear the first reply, returns the stored one.
func (s *Store) AddPassage(ctx context.Context, who auth.Actor, id int64, p annotations.Passage) (annotations.Passage, error) {
	a, err := own(ctx, s.read, who, id)
	if err != nil {
		return p, err
	}
	book, err := s.Codebook(ctx, a.Case.Study)
	if err != nil {
		return p, err
	}
	v := book.Variable(p.Variable)
	if v == nil {
		return p, annotations.ErrNotFound
	}
	if p.Category != "" {
		known := false
		for _, o := range book.Options(v, a.Case.Period) {
			known = known || o.Code == p.Category
		}
		if !known {
			return p, &annotations.InvalidError{Field: "category", Key: "passage.category.unknown"}
		}
	}
	if p.Document != 0 {
		p.DocumentType, p.Page, p.Day, p.Paraphrase = "", nil, nil, ""
		var d struct {
			Text string `db:"text"`
			Gone moment `db:"gone"`
		}
		err := s.read.GetContext(ctx, &d, `SELECT text, `+goneAt+` AS gone FROM documents d WHERE id = ? AND case_key = ?`, p.Document, a.Case.Key)
		if err != nil {
			return p, absent(err)
		}
		if !d.Gone.IsZero() {
			return p, &annotations.InvalidError{Field: "document", Key: "passage.document.deleted"}
		}
		if err := (annotations.Document{Text: d.Text}).Verify(p); err != nil {
			return p, err
		}
	} else {
		p.Start, p.End, p.Quote = 0, 0, ""
		p.Paraphrase = strings.TrimSpace(p.Paraphrase)
		known := false
		for _, t := range book.DocumentTypes {
			known = known || t.Code == p.DocumentType
		}
		switch {
		case !a.Case.OnSite:
			return p, &annotations.InvalidError{Field: "document", Key: "passage.document.required"}
		case !known:
			return p, &annotations.InvalidError{Field: "document_type", Key: "passage.document_type.unknown"}
		case utf8.RuneCountInString(p.Paraphrase) > 280:
			return p, &annotations.InvalidError{Field: "paraphrase", Key: "passage.paraphrase.long"}
		}
	}
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		a, err := own(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := take(auth.ChangeCoding, codingState(a, false), true); err != nil {
			return err
		}
		p.Assignment, p.At = id, s.now()
		var gone bool
		if err := tx.GetContext(ctx, &gone, `SELECT EXISTS (SELECT 1 FROM documents WHERE id = ? AND deletion IS NOT NULL)`, p.Document); err != nil {
			return err
		}
		if gone { // since it was looked at
			return &annotations.InvalidError{Field: "document", Key: "passage.document.deleted"}
		}
		there, err := standing(ctx, tx, p)
		if err != nil || there.ID != 0 {
			p = there
			return err
		}
		if p.ID, err = insertPassage(ctx, tx, p); err != nil {
			return err
		}
		return s.passageChanged(ctx, tx, who, a, "passage.add", p.ID)
	})
	return p, err
}

// standing returns the passage that says the same as p and was not removed; its
// number is 0 when there is none.
func standing(ctx context.Context, tx *sqlx.Tx, p annotations.Passage) (annotations.Passage, error) {
	var rows []passageRow
	err := tx.SelectContext(ctx, &rows, selectPassages+` WHERE assignment = ? AND removed_at IS NULL AND variable = ? AND category = ?
		AND coalesce(document, 0) = ? AND coalesce(start, 0) = ? AND coalesce("end", 0) = ?
		AND document_type = ? AND page IS ? AND day IS ? AND paraphrase = ? ORDER BY id LIMIT 1`,
		p.Assignment, p.Variable, p.Category, p.Document, p.Start, p.End, p.DocumentType, p.Page, p.Day, p.Paraphrase)
	if err != nil || len(rows) == 0 {
		return annotations.Passage{}, err
	}
	return rows[0].domain(), nil
}

const insertPassageSQL = `
	INSERT INTO passages (assignment, variable, category, document, start, "end", quote, document_type, page, day, paraphrase, at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`

func insertPassage(ctx context.Context, tx *sqlx.Tx, p annotations.Passage) (id int64, err error) {
	return id, tx.GetContext(ctx, &id, insertPassageSQL, passageValues(p)...)
}

// passageValues are the values of [insertPassageSQL].
func passageValues(p annotations.Passage) []any {
	var document, start, end any
	if p.Document != 0 {
		document, start, end = p.Document, p.Start, p.End
	}
	return []any{p.Assignment, p.Variable, p.Category, document, start, end, p.Quote, p.DocumentType, p.Page, p.Day, p.Paraphrase, stamp(p.At)}
}

// passageChanged notes in the assignment and the log that a passage came, went
// or came back.
func (s *Store) passageChanged(ctx context.Context, tx *sqlx.Tx, who auth.Actor, a annotations.Assignment, act string, passage int64) error {
	now := s.now()
	if _, err := tx.ExecContext(ctx, `UPDATE assignments SET started_at = coalesce(started_at, ?) WHERE id = ?`, stamp(now), a.ID); err != nil {
		return err
	}
	if a.StartedAt.IsZero() {
		if err := s.settle(ctx, tx, who, a.Case.Key); err != nil {
			return err
		}
	}
	return audit(ctx, tx, now, who, Event{Act: act, Study: a.Case.Study, Case: string(a.Case.ID),
		Object: fmt.Sprintf("assignment %d, passage %d", a.ID, passage), Right: auth.CodeCase})
}

// RemovePassage takes a passage of the actor's own coding away; it can be
// brought back with [Store.RestorePassage].
func (s *Store) RemovePassage(ctx context.Context, who auth.Actor, id, passage int64) error {
	_, err := s.setRemoved(ctx, who, id, passage, "passage.remove", true)
	return err
}

// RestorePassage brings a removed passage back.
func (s *Store) RestorePassage(ctx context.Context, who auth.Actor, id, passage int64) (annotations.Passage, error) {
	return s.setRemoved(ctx, who, id, passage, "passage.restore", false)
}

func (s *Store) setRemoved(ctx context.Context, who auth.Actor, id, passage int64, act string, removed bool) (annotations.Passage, error) {
	var row passageRow
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		a, err := own(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := take(auth.ChangeCoding, codingState(a, false), true); err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &row, selectPassages+` WHERE id = ? AND assignment = ?`, passage, id); err != nil {
			return absent(err)
		}
		if row.Removed == removed {
			return nil // asked twice
		}
		var at any
		if removed {
			at = stamp(s.now())
		}
		if _, err := tx.ExecContext(ctx, `UPDATE passages SET removed_at = ? WHERE id = ?`, at, passage); err != nil {
			return err
		}
		row.Removed = removed
		return s.passageChanged(ctx, tx, who, a, act, passage)
	})
	return row.domain(), err
}

// CheckPassages verifies the quote of every passage against its document, where
// the text of that was not deleted, and returns how many it looked at, with an error for each that is misplaced.
func (s *Store) CheckPassages(ctx context.Context) (n int, err error) {
	rows, err := s.read.QueryxContext(ctx, `
		SELECT p.id, p.start, p."end" AS stop, p.quote, d.text FROM passages p JOIN documents d ON d.id = p.document
		WHERE d.deletion IS NULL ORDER BY p.document, p.id`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var problems []error
	for rows.Next() {
		var r struct {
			passageRow
			Text string `db:"text"`
		}
		if err := rows.StructScan(&r); err != nil {
			return n, err
		}
		n++
		if err := (annotations.Document{Text: r.Text}).Verify(r.domain()); err != nil {
			problems = append(problems, fmt.Errorf("passage %d: %w", r.ID, err))
		}
	}
	return n, errors.Join(append(problems, rows.Err())...)
}
