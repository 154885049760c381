package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
)

type answerRow struct {
	Assignment int64  `db:"assignment"`
	Coder      int64  `db:"coder"`
	Variable   string `db:"variable"`
	Version    int    `db:"version"`
	Value      string `db:"value"`
	Missing    string `db:"missing"`
	Note       string `db:"note"`
	Searched   string `db:"searched"`
	Codebook   string `db:"codebook"`
	At         moment `db:"at"`
}

func (r answerRow) domain() annotations.Entry {
	return annotations.Entry{Variable: r.Variable, Answer: codebook.Answer{Value: r.Value, Missing: r.Missing}, Note: r.Note,
		Searched: codes(r.Searched), Version: r.Version, Codebook: r.Codebook, At: r.At.Time}
}

// codes parts a list of codes as the schema keeps it.
func codes(joined string) []string {
	if joined == "" {
		return nil
	}
	return strings.Split(joined, "|")
}

const selectAnswers = `SELECT n.assignment, a.coder, n.variable, n.version, n.value, n.missing, n.note, n.searched, b.version AS codebook, n.at
	FROM answers n JOIN assignments a ON a.id = n.assignment JOIN codebooks b ON b.id = n.codebook`

// coding reads the newest entries of an assignment up to seq, and its passages.
func coding(ctx context.Context, q sqlx.QueryerContext, assignment int64, seq int) (annotations.Coding, error) {
	k := annotations.Coding{Assignment: assignment, Entries: map[string]annotations.Entry{}}
	var rows []answerRow
	err := sqlx.SelectContext(ctx, q, &rows, selectAnswers+` WHERE n.assignment = ? AND n.seq <= ? ORDER BY n.variable, n.version`, assignment, seq)
	if err != nil {
		return k, err
	}
	for _, r := range rows {
		k.Coder = r.Coder
		k.Entries[r.Variable] = r.domain()
	}
	k.Passages, err = passages(ctx, q, assignment)
	return k, err
}

// latest is a seq that no entry has reached.
const latest = 1 << 53

// Coding returns the actor's own coding as it stands, with the assignment.
func (s *Store) Coding(ctx context.Context, who auth.Actor, id int64) (annotations.Assignment, annotations.Coding, error) {
	a, err := ownShown(ctx, s.read, who, id)
	if err != nil {
		return a, annotations.Coding{}, err
	}
	k, err := coding(ctx, s.read, id, latest)
	return a, k, err
}

// MyAnswers returns what the actor has stated so far in each of their codings
// in a study that were begun and can still be changed, by assignment.
func (s *Store) MyAnswers(ctx context.Context, who auth.Actor, study string) (map[int64]codebook.Answers, error) {
	var rows []answerRow
	err := s.read.SelectContext(ctx, &rows, selectAnswers+`
		WHERE a.coder = ? AND a.study = ? AND a.status IN ('open', 'returned') AND a.started_at IS NOT NULL
		ORDER BY n.assignment, n.variable, n.version`, who.ID, study)
	stated := map[int64]codebook.Answers{}
	for _, r := range rows {
		if stated[r.Assignment] == nil {
			stated[r.Assignment] = codebook.Answers{}
		}
		stated[r.Assignment][r.Variable] = r.domain().Answer // a later version follows an earlier one
	}
	return stated, err
}

// SaveAnswer stores a version of the actor's answer to a variable. An empty
// answer takes an earlier one back. Version is the version that the page knew,
// 0 for none; when another has been stored since, the error is an
// [annotations.ConflictError] with both. Saving what is stored already, as a
// page does that did not hear the first reply, returns the stored entry.
func (s *Store) SaveAnswer(ctx context.Context, who auth.Actor, id int64, e annotations.Entry) (annotations.Entry, error) {
	a, err := own(ctx, s.read, who, id)
	if err != nil {
		return e, err
	}
	book, err := s.Codebook(ctx, a.Case.Study)
	if err != nil {
		return e, err
	}
	v := book.Variable(e.Variable)
	if v == nil {
		return e, annotations.ErrNotFound
	}
	if _, locked := annotations.Copies(book, a.Case)[v.ID]; locked {
		return e, &annotations.InvalidError{Field: e.Variable, Key: "coding.answer.copied"}
	}
	if e.Answer != (codebook.Answer{}) {
		if e.Answer, err = book.Accept(v, e.Answer, a.Case.Period); err != nil {
			return e, err
		}
	}
	if len([]rune(e.Note)) > 2000 {
		return e, &annotations.InvalidError{Field: e.Variable, Key: "coding.note.long"}
	}
	if e.Searched, err = searched(book, e); err != nil {
		return e, err
	}
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		a, err := own(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := take(auth.ChangeCoding, codingState(a, false), true); err != nil {
			return err
		}
		e, err = s.saveAnswer(ctx, tx, who, a, book, e)
		return err
	})
	return e, err
}

// searched puts the document types of e in codebook order. They belong to an
// answer that says that nothing was found; any other has none.
func searched(book *codebook.Codebook, e annotations.Entry) ([]string, error) {
	if e.Answer.Missing != codebook.NR {
		return nil, nil
	}
	var list []string
	for _, t := range book.DocumentTypes {
		if slices.Contains(e.Searched, t.Code) {
			list = append(list, t.Code)
		}
	}
	for _, code := range e.Searched {
		if !slices.Contains(list, code) {
			return nil, &annotations.InvalidError{Field: "searched", Key: "passage.document_type.unknown"}
		}
	}
	return list, nil
}

func (s *Store) saveAnswer(ctx context.Context, tx *sqlx.Tx, who auth.Actor, a annotations.Assignment, book *codebook.Codebook, e annotations.Entry) (annotations.Entry, error) {
	var row answerRow
	err := absent(tx.GetContext(ctx, &row, selectAnswers+` WHERE n.assignment = ? AND n.variable = ? ORDER BY n.version DESC LIMIT 1`, a.ID, e.Variable))
	if err != nil && !errors.Is(err, annotations.ErrNotFound) {
		return e, err
	}
	stored := row.domain()
	same := stored.Answer == e.Answer && stored.Note == e.Note && slices.Equal(stored.Searched, e.Searched)
	switch {
	case same && (e.Version == stored.Version || e.Version == stored.Version-1):
		return stored, nil
	case e.Version != stored.Version:
		return e, &annotations.ConflictError{Current: stored, Yours: e}
	}
	now := s.now()
	e.Version, e.At, e.Codebook = stored.Version+1, now, book.Version
	change := 0
	if e.Answer != (codebook.Answer{}) {
		change++
	}
	if stored.Answer != (codebook.Answer{}) {
		change--
	}
	var seq int
	err = tx.GetContext(ctx, &seq, `
		UPDATE assignments SET seq = seq + 1, answered = answered + ?, started_at = coalesce(started_at, ?) WHERE id = ? RETURNING seq`,
		change, stamp(now), a.ID)
	if err != nil {
		return e, err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO answers (assignment, variable, version, value, missing, note, searched, codebook, seq, at)
		SELECT ?, ?, ?, ?, ?, ?, ?, codebook, ?, ? FROM studies WHERE id = ?`,
		a.ID, e.Variable, e.Version, e.Answer.Value, e.Answer.Missing, e.Note, strings.Join(e.Searched, "|"), seq, stamp(now), a.Case.Study)
	if err != nil {
		return e, err
	}
	if a.StartedAt.IsZero() {
		if err := s.settle(ctx, tx, who, a.Case.Key); err != nil {
			return e, err
		}
	}
	return e, audit(ctx, tx, now, who, Event{Act: "answer.save", Study: a.Case.Study, Case: string(a.Case.ID),
		Object: fmt.Sprintf("assignment %d, %s", a.ID, e.Variable), Detail: map[string]any{"version": e.Version}, Right: auth.CodeCase})
}

// History returns all versions of an answer of the actor's own, oldest first.
func (s *Store) History(ctx context.Context, who auth.Actor, id int64, variable string) ([]annotations.Entry, error) {
	if _, err := own(ctx, s.read, who, id); err != nil {
		return nil, err
	}
	var rows []answerRow
	err := s.read.SelectContext(ctx, &rows, selectAnswers+` WHERE n.assignment = ? AND n.variable = ? ORDER BY n.version`, id, variable)
	entries := make([]annotations.Entry, len(rows))
	for i, r := range rows {
		entries[i] = r.domain()
	}
	return entries, err
}

// Submit hands the actor's coding in. When something is still to be done it is
// returned and the coding stays open. Once handed in the coding is frozen.
func (s *Store) Submit(ctx context.Context, who auth.Actor, id int64) (annotations.Unfinished, error) {
	var u annotations.Unfinished
	a, err := own(ctx, s.read, who, id)
	if err != nil {
		return u, err
	}
	book, err := s.Codebook(ctx, a.Case.Study)
	if err != nil {
		return u, err
	}
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		a, err := own(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := take(auth.ChangeCoding, codingState(a, false), true); err != nil {
			return err
		}
		k, err := coding(ctx, tx, id, latest)
		if err != nil {
			return err
		}
		u = k.Unfinished(book, a)
		err = tx.SelectContext(ctx, &u.Comments, `SELECT id FROM comments WHERE assignment = ? AND kind = 'review' AND state <> 'closed' ORDER BY id`, id)
		if err != nil {
			return err
		}
		if !u.Done() {
			return nil
		}
		now := s.now()
		if err := submit(ctx, tx, id, stamp(now)); err != nil {
			return err
		}
		if err := s.settle(ctx, tx, who, a.Case.Key); err != nil {
			return err
		}
		if err := s.giveRepeats(ctx, tx, a.Case.Study, who.ID); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "coding.submit", Study: a.Case.Study, Case: string(a.Case.ID),
			Object: fmt.Sprintf("assignment %d", id), Right: auth.CodeCase})
	})
	return u, err
}

// submit freezes the entries of an assignment as they stand.
func submit(ctx context.Context, tx *sqlx.Tx, id int64, at string) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE assignments SET status = 'submitted', submitted_at = ?1, started_at = coalesce(started_at, ?1) WHERE id = ?2`, at, id)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO submissions (assignment, number, seq, at)
		SELECT a.id, 1 + (SELECT count(*) FROM submissions s WHERE s.assignment = a.id), a.seq, ? FROM assignments a WHERE a.id = ?`, at, id)
	return err
}
