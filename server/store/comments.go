package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

type commentRow struct {
	ID         int64                    `db:"id"`
	Assignment int64                    `db:"assignment"`
	Key        string                   `db:"key"`
	Kind       annotations.CommentKind  `db:"kind"`
	Variable   string                   `db:"variable"`
	Passage    int64                    `db:"passage"`
	Text       string                   `db:"text"`
	State      annotations.CommentState `db:"state"`
	Author     int64                    `db:"author"`
	AuthorName string                   `db:"author_name"`
	At         moment                   `db:"at"`
}

func (r commentRow) domain() annotations.Comment {
	return annotations.Comment{ID: r.ID, Assignment: r.Assignment, Key: r.Key, Kind: r.Kind, Variable: r.Variable, Passage: r.Passage,
		Text: r.Text, State: r.State, Author: r.Author, AuthorName: r.AuthorName, At: r.At.Time}
}

const selectComments = `SELECT m.id, m.assignment, m.key, m.kind, m.variable, coalesce(m.passage, 0) AS passage, m.text, m.state,
	m.author, w.name AS author_name, m.at
	FROM comments m JOIN users w ON w.id = m.author JOIN assignments a ON a.id = m.assignment JOIN cases c ON c.id = a.case_key`

// comments reads comments with their replies; where is about m (comments), a
// (assignments) and c (cases).
func comments(ctx context.Context, q sqlx.QueryerContext, where string, args ...any) ([]annotations.Comment, error) {
	var rows []commentRow
	if err := sqlx.SelectContext(ctx, q, &rows, selectComments+` WHERE `+where+` ORDER BY m.id`, args...); err != nil {
		return nil, err
	}
	list := make([]annotations.Comment, len(rows))
	at := map[int64]int{}
	for i, r := range rows {
		list[i] = r.domain()
		at[r.ID] = i
	}
	var replies []struct {
		Comment    int64  `db:"comment"`
		Text       string `db:"text"`
		Author     int64  `db:"author"`
		AuthorName string `db:"author_name"`
		At         moment `db:"at"`
	}
	err := sqlx.SelectContext(ctx, q, &replies, `
		SELECT r.comment, r.text, r.author, u.name AS author_name, r.at
		FROM comments m JOIN assignments a ON a.id = m.assignment JOIN cases c ON c.id = a.case_key
		JOIN replies r ON r.comment = m.id JOIN users u ON u.id = r.author
		WHERE `+where+` ORDER BY r.comment, r.number`, args...)
	for _, r := range replies {
		if i, ok := at[r.Comment]; ok {
			list[i].Replies = append(list[i].Replies, annotations.Reply{Text: r.Text, Author: r.Author, AuthorName: r.AuthorName, At: r.At.Time})
		}
	}
	return list, err
}

// Comments returns all comments on the actor's own coding, oldest first.
func (s *Store) Comments(ctx context.Context, who auth.Actor, id int64) ([]annotations.Comment, error) {
	if _, err := own(ctx, s.read, who, id); err != nil {
		return nil, err
	}
	return comments(ctx, s.read, `m.assignment = ?`, id)
}

// A Waiting counts what waits for a coder in one coding.
type Waiting struct {
	Remarks int `db:"remarks"` // of the lead, not resolved
	Answers int `db:"answers"` // by the lead, not closed
}

// MyWaiting returns what waits for the actor in each of their codings in a
// study, by assignment.
func (s *Store) MyWaiting(ctx context.Context, who auth.Actor, study string) (map[int64]Waiting, error) {
	var rows []struct {
		Assignment int64 `db:"assignment"`
		Waiting
	}
	err := s.read.SelectContext(ctx, &rows, `
		SELECT m.assignment, coalesce(sum(m.kind = 'review'), 0) AS remarks, coalesce(sum(m.kind <> 'review' AND m.state = 'answered'), 0) AS answers
		FROM comments m JOIN assignments a ON a.id = m.assignment
		WHERE a.coder = ? AND a.study = ? AND m.state <> 'closed' GROUP BY m.assignment`, who.ID, study)
	waiting := map[int64]Waiting{}
	for _, r := range rows {
		waiting[r.Assignment] = r.Waiting
	}
	return waiting, err
}

// guided is the part of a WHERE that says which codings the actor guides as
// lead: those of cases that the actor does not code as well, unless their
// comparison was opened. It takes the actor's id.
const guided = `(EXISTS (SELECT 1 FROM comparisons k WHERE k.case_key = a.case_key)
	OR NOT EXISTS (SELECT 1 FROM assignments x WHERE x.case_key = a.case_key AND x.coder = ? AND x.status <> 'withdrawn'))`

// CommentsToLead returns what the coders of a study said to the lead and the
// lead to them, open ones first, then by age. Notes to oneself are not in it,
// nor is anything about a case that the actor codes as well and whose
// comparison is still closed.
func (s *Store) CommentsToLead(ctx context.Context, who auth.Actor, study string) ([]LeadComment, error) {
	if !who.May(auth.Guide, study) {
		return nil, annotations.ErrNotFound
	}
	where := `a.study = ? AND m.kind <> 'note' AND ` + guided
	list, err := comments(ctx, s.read, where, study, who.ID)
	if err != nil {
		return nil, err
	}
	var places []struct {
		Assignment int64              `db:"assignment"`
		Case       annotations.CaseID `db:"case_id"`
		Coder      string             `db:"coder"`
	}
	err = s.read.SelectContext(ctx, &places, `SELECT DISTINCT m.assignment, c.case_id, u.name AS coder
		FROM comments m JOIN assignments a ON a.id = m.assignment JOIN cases c ON c.id = a.case_key JOIN users u ON u.id = a.coder
		WHERE `+where, study, who.ID)
	if err != nil {
		return nil, err
	}
	out := make([]LeadComment, len(list))
	for i, m := range list {
		out[i].Comment = m
		for _, p := range places {
			if p.Assignment == m.Assignment {
				out[i].Case, out[i].CoderName = p.Case, p.Coder
			}
		}
	}
	rank := map[annotations.CommentState]int{annotations.CommentAnswered: 1, annotations.CommentClosed: 2}
	slices.SortStableFunc(out, func(a, b LeadComment) int { return rank[a.State] - rank[b.State] })
	return out, nil
}

// A CommentQuote is the words of the passage that a comment is about, or when
// they were deleted.
type CommentQuote struct {
	Comment   int64  `db:"comment"`
	Words     string `db:"words"`
	DeletedAt moment `db:"gone"`
}

// CommentQuotes returns the words of the passages that comments of a study are
// about, by comment.
func (s *Store) CommentQuotes(ctx context.Context, study string) (map[int64]CommentQuote, error) {
	var rows []CommentQuote
	err := s.read.SelectContext(ctx, &rows, `
		SELECT m.id AS comment, p.quote || p.paraphrase AS words, `+passageGone+` AS gone
		FROM comments m JOIN assignments a ON a.id = m.assignment JOIN passages p ON p.id = m.passage
		WHERE a.study = ? AND m.kind <> 'note'`, study)
	quotes := map[int64]CommentQuote{}
	for _, r := range rows {
		quotes[r.Comment] = r
	}
	return quotes, err
}

// A LeadComment is a comment with where it belongs.
type LeadComment struct {
	annotations.Comment
	Case      annotations.CaseID
	CoderName string
}

// OpenQuestions counts what waits for the lead of a study: questions and flags
// for the codebook that have no answer.
func (s *Store) OpenQuestions(ctx context.Context, who auth.Actor, study string) (n int, err error) {
	return n, s.read.GetContext(ctx, &n, `
		SELECT count(*) FROM comments m JOIN assignments a ON a.id = m.assignment
		WHERE m.state = 'open' AND m.kind IN ('question', 'codebook') AND a.study = ? AND `+guided, study, who.ID)
}

// words checks and trims what somebody wrote.
func words(field, text string) (string, error) {
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", &annotations.InvalidError{Field: field, Key: "comment.text.required"}
	case n > annotations.MaxComment:
		return "", &annotations.InvalidError{Field: field, Key: "comment.text.long", Args: map[string]any{"most": annotations.MaxComment}}
	}
	return text, nil
}

// AddComment stores what the actor says about their own coding: a question to
// the lead, a note to themselves or a flag for the codebook. A comment with a
// key that is stored already is returned as it stands.
func (s *Store) AddComment(ctx context.Context, who auth.Actor, id int64, m annotations.Comment) (annotations.Comment, error) {
	text, err := words("text", m.Text)
	if err != nil {
		return m, err
	}
	if !slices.Contains([]annotations.CommentKind{annotations.AskLead, annotations.OwnNote, annotations.ForCodebook}, m.Kind) {
		return m, &annotations.InvalidError{Field: "kind", Key: "comment.kind.unknown"}
	}
	if m.Key == "" || len(m.Key) > 64 {
		return m, &annotations.InvalidError{Field: "key", Key: "comment.key.required"}
	}
	m.Text = text
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		a, err := own(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := s.checkPlace(ctx, tx, a, m); err != nil {
			return err
		}
		m.Assignment = id
		m, err = s.insertComment(ctx, tx, who, a, m, auth.CodeCase)
		return err
	})
	return m, err
}

// checkPlace reports whether the variable and the passage of m are there.
func (s *Store) checkPlace(ctx context.Context, tx *sqlx.Tx, a annotations.Assignment, m annotations.Comment) error {
	book, err := s.Codebook(ctx, a.Case.Study)
	if err != nil {
		return err
	}
	if m.Variable != "" && book.Variable(m.Variable) == nil {
		return annotations.ErrNotFound
	}
	if m.Passage == 0 {
		return nil
	}
	var there bool
	err = tx.GetContext(ctx, &there, `SELECT EXISTS (SELECT 1 FROM passages WHERE id = ? AND assignment = ?)`, m.Passage, a.ID)
	if err == nil && !there {
		err = annotations.ErrNotFound
	}
	return err
}

func (s *Store) insertComment(ctx context.Context, tx *sqlx.Tx, who auth.Actor, a annotations.Assignment, m annotations.Comment, right auth.Act) (annotations.Comment, error) {
	there, err := comments(ctx, tx, `m.assignment = ? AND m.key = ?`, a.ID, m.Key)
	if err != nil {
		return m, err
	}
	if len(there) > 0 {
		return there[0], nil
	}
	now := s.now()
	m.Author, m.AuthorName, m.At, m.State = who.ID, who.Name, now, annotations.CommentOpen
	err = tx.GetContext(ctx, &m.ID, `
		INSERT INTO comments (assignment, key, kind, variable, passage, text, author, at) VALUES (?, ?, ?, ?, nullif(?, 0), ?, ?, ?) RETURNING id`,
		a.ID, m.Key, m.Kind, m.Variable, m.Passage, m.Text, who.ID, stamp(now))
	if err != nil {
		return m, err
	}
	return m, audit(ctx, tx, now, who, Event{Act: "comment.add", Study: a.Case.Study, Case: string(a.Case.ID),
		Object: fmt.Sprintf("assignment %d, comment %d", a.ID, m.ID), Detail: map[string]any{"kind": m.Kind, "variable": m.Variable}, Right: right})
}

// reach reads a comment that the actor may see, and reports whether they see
// it as the lead. One of somebody else's looks as if it did not exist.
func reach(ctx context.Context, q sqlx.QueryerContext, who auth.Actor, id int64) (m annotations.Comment, a annotations.Assignment, lead bool, err error) {
	found, err := comments(ctx, q, `m.id = ?`, id)
	if err != nil {
		return m, a, false, err
	}
	if len(found) == 0 {
		return m, a, false, annotations.ErrNotFound
	}
	m = found[0]
	if a, err = own(ctx, q, who, m.Assignment); err == nil {
		return m, a, false, nil
	}
	if a, err = assignment(ctx, q, m.Assignment); err != nil {
		return m, a, false, err
	}
	var may bool
	err = sqlx.GetContext(ctx, q, &may, `SELECT `+guided+` FROM assignments a WHERE a.id = ?`, who.ID, m.Assignment)
	if err == nil && (!may || m.Kind == annotations.OwnNote || !who.May(auth.Guide, a.Case.Study)) {
		err = annotations.ErrNotFound
	}
	return m, a, true, err
}

// Reply adds to a comment that the actor may see. A reply by the lead answers
// it; one by its coder opens it again. Saying the same again at once, as a
// page does that did not hear the first reply, adds nothing.
func (s *Store) Reply(ctx context.Context, who auth.Actor, comment int64, text string) (annotations.Comment, error) {
	var m annotations.Comment
	text, err := words("reply", text)
	if err != nil {
		return m, err
	}
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		found, a, lead, err := reach(ctx, tx, who, comment)
		if err != nil {
			return err
		}
		m = found
		if n := len(m.Replies); n > 0 && m.Replies[n-1].Author == who.ID && m.Replies[n-1].Text == text {
			return nil
		}
		now := s.now()
		_, err = tx.ExecContext(ctx, `INSERT INTO replies (comment, number, text, author, at) VALUES (?, ?, ?, ?, ?)`,
			comment, len(m.Replies)+1, text, who.ID, stamp(now))
		if err != nil {
			return err
		}
		m.Replies = append(m.Replies, annotations.Reply{Text: text, Author: who.ID, AuthorName: who.Name, At: now})
		state, right := annotations.CommentOpen, auth.CodeCase
		if lead {
			state, right = annotations.CommentAnswered, auth.Guide
			if m.Kind == annotations.ReviewRemark {
				state = annotations.CommentOpen // a second remark on what is still to be done
			}
		}
		m.State = state
		return s.commentMoved(ctx, tx, who, a, m, "comment.reply", right)
	})
	return m, err
}

// SetComment closes a comment that the actor may see, or opens it again.
func (s *Store) SetComment(ctx context.Context, who auth.Actor, comment int64, closed bool) (annotations.Comment, error) {
	var m annotations.Comment
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		found, a, lead, err := reach(ctx, tx, who, comment)
		if err != nil {
			return err
		}
		m = found
		if closed == (m.State == annotations.CommentClosed) {
			return nil // asked twice
		}
		m.State = annotations.CommentOpen
		if closed {
			m.State = annotations.CommentClosed
		}
		right := auth.CodeCase
		if lead {
			right = auth.Guide
		}
		return s.commentMoved(ctx, tx, who, a, m, "comment.state", right)
	})
	return m, err
}

func (s *Store) commentMoved(ctx context.Context, tx *sqlx.Tx, who auth.Actor, a annotations.Assignment, m annotations.Comment, act string, right auth.Act) error {
	if _, err := tx.ExecContext(ctx, `UPDATE comments SET state = ? WHERE id = ?`, m.State, m.ID); err != nil {
		return err
	}
	return audit(ctx, tx, s.now(), who, Event{Act: act, Study: a.Case.Study, Case: string(a.Case.ID),
		Object: fmt.Sprintf("assignment %d, comment %d", a.ID, m.ID), Detail: map[string]any{"state": m.State}, Right: right})
}

// Return sends a coding back to its coder with what the lead has to say about
// it, who may then change it. What was handed in before stays as it was.
func (s *Store) Return(ctx context.Context, who auth.Actor, study string, id int64, remarks ...annotations.Comment) error {
	for i := range remarks {
		var err error
		if remarks[i].Text, err = words(remarks[i].Key, remarks[i].Text); err != nil {
			return err
		}
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		a, err := assignment(ctx, tx, id)
		if err != nil {
			return err
		}
		if a.Case.Study != study {
			return annotations.ErrNotFound
		}
		if err := take(auth.SendBack, codingState(a, false), a.Coder == who.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE assignments SET status = 'returned' WHERE id = ?`, id); err != nil {
			return err
		}
		var times int
		if err := tx.GetContext(ctx, &times, `SELECT count(*) FROM submissions WHERE assignment = ?`, id); err != nil {
			return err
		}
		for _, m := range remarks {
			if err := s.checkPlace(ctx, tx, a, m); err != nil {
				return err
			}
			m.Kind = annotations.ReviewRemark
			m.Key = fmt.Sprintf("review %d %s", times, m.Variable)
			if _, err := s.insertComment(ctx, tx, who, a, m, auth.Guide); err != nil {
				return err
			}
		}
		if err := s.settle(ctx, tx, who, a.Case.Key); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "coding.return", Study: study, Case: string(a.Case.ID),
			Object: fmt.Sprintf("assignment %d", id), Detail: map[string]any{"comments": len(remarks)}, Right: auth.Guide})
	})
}

// ReviewedCoding returns a coding as it was last handed in, for the lead who
// looks it over. A coding of a case that others code too stays closed, with
// [annotations.ErrLocked], until the comparison is opened: whoever settles the
// differences must not have read one of the sides before.
func (s *Store) ReviewedCoding(ctx context.Context, who auth.Actor, study string, id int64) (annotations.Assignment, annotations.Coding, error) {
	var k annotations.Coding
	a, err := assignment(ctx, s.read, id)
	if err != nil {
		return a, k, err
	}
	if a.Case.Study != study {
		return annotations.Assignment{}, k, annotations.ErrNotFound
	}
	var seq *int
	err = s.read.GetContext(ctx, &seq, `SELECT CASE
		WHEN (SELECT count(*) FROM assignments x WHERE x.case_key = a.case_key AND x.status <> 'withdrawn' AND x.repeat_of IS NULL) > 1
		  AND NOT EXISTS (SELECT 1 FROM comparisons k WHERE k.case_key = a.case_key) THEN NULL
		ELSE `+submittedSeq+` END FROM assignments a WHERE a.id = ?`, id)
	if err != nil {
		return a, k, err
	}
	state := auth.State("readable")
	switch {
	case a.Status == annotations.Withdrawn:
		state = "withdrawn"
	case a.SubmittedAt.IsZero():
		state = "open"
	case seq == nil:
		state = "blind"
	}
	switch err := take(auth.LookOver, state, a.Coder == who.ID); {
	case errors.Is(err, annotations.ErrDenied):
		return a, k, annotations.ErrLocked
	case errors.Is(err, annotations.ErrNotFound):
		return annotations.Assignment{}, k, err
	case err != nil:
		return a, k, err
	}
	if k, err = coding(ctx, s.read, id, *seq); err != nil {
		return a, k, err
	}
	return a, k, s.Record(ctx, who, Event{Act: "coding.read", Study: study, Case: string(a.Case.ID),
		Object: fmt.Sprintf("assignment %d", id), Right: auth.Guide})
}

// CommentsOn returns the comments on one coding for the lead, without the
// coder's notes to themselves.
func (s *Store) CommentsOn(ctx context.Context, who auth.Actor, study string, id int64) ([]annotations.Comment, error) {
	return comments(ctx, s.read, `m.assignment = ? AND a.study = ? AND m.kind <> 'note' AND `+guided, id, study, who.ID)
}
