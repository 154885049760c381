package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	lib "modernc.org/sqlite/lib"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A NewAssignment is a case to be given to a coder.
type NewAssignment struct {
	Case     annotations.CaseID
	Coder    int64
	Round    string
	CoreOnly bool
}

// Assign gives cases to coders, all of them or none. Who is no coder of the
// study, a case that is held back, settled or dropped, and a coder who has the
// case already are reported, all at once. A coder from whom the case was
// recalled gets it back as they left it.
func (s *Store) Assign(ctx context.Context, who auth.Actor, study string, assignments []NewAssignment) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		var problems []error
		invalid := func(key string, n NewAssignment) {
			problems = append(problems, &annotations.InvalidError{Field: "case", Key: key, Args: map[string]any{"case": n.Case}})
		}
		for _, n := range assignments {
			var c struct {
				Key   int64             `db:"id"`
				State annotations.State `db:"state"`
				Coder bool              `db:"coder"`
			}
			err := tx.GetContext(ctx, &c, `
				SELECT id, state, EXISTS (SELECT 1 FROM members m JOIN users u ON u.id = m.user_id
				  WHERE m.study = c.study AND m.user_id = ? AND m.role = 'coder' AND u.disabled_at IS NULL) AS coder
				FROM cases c WHERE study = ? AND case_id = ?`, n.Coder, study, n.Case)
			switch err = absent(err); {
			case errors.Is(err, annotations.ErrNotFound):
				invalid("assign.case.unknown", n)
				continue
			case err != nil:
				return err
			case !c.Coder:
				invalid("assign.coder.unknown", n)
				continue
			case c.State == annotations.Screening || c.State == annotations.Dropped:
				invalid("assign.case.held", n)
				continue
			case c.State == annotations.Comparing || c.State == annotations.Settled:
				open, err := comparisonOpen(ctx, tx, c.Key)
				if err != nil {
					return err
				}
				if open {
					invalid("assign.case.compared", n)
					continue
				}
			}
			_, err = tx.ExecContext(ctx, `
				INSERT INTO assignments (case_key, study, coder, round, core_only, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?, nullif(?, 0))`,
				c.Key, study, n.Coder, n.Round, n.CoreOnly, stamp(now), who.ID)
			if code(err) == lib.SQLITE_CONSTRAINT_UNIQUE {
				var again bool
				if again, err = giveBack(ctx, tx, c.Key, n); err == nil && !again {
					invalid("assign.coder.has_it", n)
					continue
				}
			}
			if err != nil {
				return err
			}
			if err := s.settle(ctx, tx, who, c.Key); err != nil {
				return err
			}
			err = audit(ctx, tx, now, who, Event{Act: "case.assign", Study: study, Case: string(n.Case),
				Object: fmt.Sprintf("user %d", n.Coder), Detail: map[string]any{"round": n.Round, "core_only": n.CoreOnly}, Right: auth.Assign})
			if err != nil {
				return err
			}
		}
		return errors.Join(problems...)
	})
}

// giveBack opens an assignment that was withdrawn again, and reports whether
// there was one.
func giveBack(ctx context.Context, tx *sqlx.Tx, key int64, n NewAssignment) (bool, error) {
	r, err := tx.ExecContext(ctx, `
		UPDATE assignments SET status = CASE WHEN submitted_at IS NULL THEN 'open' ELSE 'returned' END, round = ?, core_only = ?
		WHERE case_key = ? AND coder = ? AND status = 'withdrawn'`, n.Round, n.CoreOnly, key, n.Coder)
	if err != nil {
		return false, err
	}
	rows, err := r.RowsAffected()
	return rows > 0, err
}

// Withdraw recalls an assignment. What was answered stays; the case is judged
// by the others.
func (s *Store) Withdraw(ctx context.Context, who auth.Actor, study string, id int64) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		a, err := assignment(ctx, tx, id)
		if err != nil {
			return err
		}
		if a.Case.Study != study {
			return annotations.ErrNotFound
		}
		if open, err := comparisonOpen(ctx, tx, a.Case.Key); err != nil || open {
			return errors.Join(err, annotations.ErrLocked)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE assignments SET status = 'withdrawn' WHERE id = ?`, id); err != nil {
			return err
		}
		if err := s.settle(ctx, tx, who, a.Case.Key); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "case.withdraw", Study: study, Case: string(a.Case.ID),
			Object: fmt.Sprintf("assignment %d", id), Right: auth.Assign})
	})
}

// RecallUnbegun withdraws the assignments of a study that were given before a
// time and never begun, and returns how many these were. Cases whose codings
// were laid side by side stay as they are.
func (s *Store) RecallUnbegun(ctx context.Context, who auth.Actor, study string, before time.Time) (int, error) {
	n := 0
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		type recalled struct {
			ID   int64              `db:"id"`
			Key  int64              `db:"case_key"`
			Case annotations.CaseID `db:"case_id"`
		}
		var rows []recalled
		err := tx.SelectContext(ctx, &rows, `
			UPDATE assignments SET status = 'withdrawn'
			WHERE study = ? AND status = 'open' AND started_at IS NULL AND created_at < ? AND case_key NOT IN (SELECT case_key FROM comparisons)
			RETURNING id, case_key, (SELECT case_id FROM cases c WHERE c.id = case_key) AS case_id`, study, stamp(before))
		if err != nil {
			return err
		}
		slices.SortFunc(rows, func(a, b recalled) int { return cmp.Compare(a.ID, b.ID) })
		now := s.now()
		for _, r := range rows {
			if err := s.settle(ctx, tx, who, r.Key); err != nil {
				return err
			}
			err := audit(ctx, tx, now, who, Event{Act: "case.withdraw", Study: study, Case: string(r.Case),
				Object: fmt.Sprintf("assignment %d", r.ID), Detail: map[string]any{"unbegun": true}, Right: auth.Assign})
			if err != nil {
				return err
			}
		}
		n = len(rows)
		return nil
	})
	return n, err
}

// comparisonOpen reports whether the codings of a case were laid side by side.
func comparisonOpen(ctx context.Context, q sqlx.QueryerContext, key int64) (open bool, err error) {
	err = sqlx.GetContext(ctx, q, &open, `SELECT EXISTS (SELECT 1 FROM comparisons WHERE case_key = ?)`, key)
	return open, err
}

type assignmentRow struct {
	caseRow
	Assignment  int64                        `db:"assignment"`
	Coder       int64                        `db:"coder"`
	Name        string                       `db:"name"`
	Round       string                       `db:"round"`
	Status      annotations.AssignmentStatus `db:"status"`
	CoreOnly    bool                         `db:"core_only"`
	Answered    int                          `db:"answered"`
	CreatedAt   moment                       `db:"created_at"`
	StartedAt   moment                       `db:"started_at"`
	SubmittedAt moment                       `db:"submitted_at"`
}

func (r assignmentRow) domain() annotations.Assignment {
	return annotations.Assignment{ID: r.Assignment, Case: r.caseRow.domain(), Coder: r.Coder, CoderName: r.Name, Round: r.Round,
		Status: r.Status, CoreOnly: r.CoreOnly, Answered: r.Answered,
		CreatedAt: r.CreatedAt.Time, StartedAt: r.StartedAt.Time, SubmittedAt: r.SubmittedAt.Time}
}

const selectAssignment = `SELECT ` + caseColumns + `, a.id AS assignment, a.coder, u.name, a.round, a.status, a.core_only, a.answered,
	a.created_at, a.started_at, a.submitted_at
	FROM assignments a JOIN cases c ON c.id = a.case_key JOIN users u ON u.id = a.coder`

func assignment(ctx context.Context, q sqlx.QueryerContext, id int64) (annotations.Assignment, error) {
	var r assignmentRow
	err := sqlx.GetContext(ctx, q, &r, selectAssignment+` WHERE a.id = ?`, id)
	return r.domain(), absent(err)
}

// own returns the assignment if it is the actor's. Somebody else's looks as if
// it did not exist.
func own(ctx context.Context, q sqlx.QueryerContext, who auth.Actor, id int64) (annotations.Assignment, error) {
	a, err := assignment(ctx, q, id)
	if err == nil && (a.Coder != who.ID || !who.May(auth.CodeCase, a.Case.Study) || a.Status == annotations.Withdrawn) {
		return annotations.Assignment{}, annotations.ErrNotFound
	}
	return a, err
}

// Assignment returns an assignment of the actor's own. That of anybody else,
// or one that was withdrawn, is [annotations.ErrNotFound].
func (s *Store) Assignment(ctx context.Context, who auth.Actor, id int64) (annotations.Assignment, error) {
	return own(ctx, s.read, who, id)
}

// MyAssignments returns the actor's assignments in a study, those open first,
// then in the order in which they were given.
func (s *Store) MyAssignments(ctx context.Context, who auth.Actor, study string) ([]annotations.Assignment, error) {
	return s.assignments(ctx, ` WHERE a.coder = ? AND a.study = ? AND a.status <> 'withdrawn'
		ORDER BY a.status = 'submitted', a.status <> 'returned', a.started_at IS NULL, a.created_at, a.id`, who.ID, study)
}

// CaseAssignments returns the assignments of a case by name of the coder, for
// the lead; those withdrawn come last.
func (s *Store) CaseAssignments(ctx context.Context, key int64) ([]annotations.Assignment, error) {
	return s.assignments(ctx, ` WHERE a.case_key = ? ORDER BY a.status = 'withdrawn', u.name, a.id`, key)
}

func (s *Store) assignments(ctx context.Context, where string, args ...any) ([]annotations.Assignment, error) {
	var rows []assignmentRow
	err := s.read.SelectContext(ctx, &rows, selectAssignment+where, args...)
	list := make([]annotations.Assignment, len(rows))
	for i, r := range rows {
		list[i] = r.domain()
	}
	return list, err
}

// A CoderProgress counts the assignments of one coder by status.
type CoderProgress struct {
	Coder     int64  `db:"coder"`
	Name      string `db:"name"`
	Given     int    `db:"given"`
	Begun     int    `db:"begun"` // begun and not handed in
	Submitted int    `db:"submitted"`
	Answered  int    `db:"answered"` // answers in the codings that are not handed in
}

// Progress returns what each coder of a study has been given and has done.
func (s *Store) Progress(ctx context.Context, study string) ([]CoderProgress, error) {
	var p []CoderProgress
	return p, s.read.SelectContext(ctx, &p, `
		SELECT m.user_id AS coder, u.name, count(a.id) AS given,
		  coalesce(sum(a.status <> 'submitted' AND a.started_at IS NOT NULL), 0) AS begun,
		  coalesce(sum(a.status = 'submitted'), 0) AS submitted,
		  coalesce(sum(CASE WHEN a.status <> 'submitted' THEN a.answered ELSE 0 END), 0) AS answered
		FROM members m JOIN users u ON u.id = m.user_id
		LEFT JOIN assignments a ON a.study = m.study AND a.coder = m.user_id AND a.status <> 'withdrawn'
		WHERE m.study = ? AND m.role = 'coder' GROUP BY m.user_id ORDER BY u.name, m.user_id`, study)
}
