package store

import (
	"context"
	"errors"
	"fmt"
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
	Round    string // name; the newest round of production when empty
	CoreOnly bool
}

// Assign gives cases to coders, all of them or none. Who is no coder of the
// study, a case that is held back or dropped, a coder who has the case already
// or knows what another answered, a round that there is not, a case of the
// sample given for practice, and a coder who was not released for production
// are reported, all at once. A coder from whom the
// case was recalled gets it back as they left it.
//
// A case may get one more coder at any time, also when it is settled: it is
// settled again once that coding is in.
func (s *Store) Assign(ctx context.Context, who auth.Actor, study string, assignments []NewAssignment) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error { return s.assign(ctx, tx, who, study, assignments) })
}

// ErrMoved says that something happened to the cases of the study since a plan
// was made.
var ErrMoved = errors.New("the cases have changed since the plan was made")

// An AssignmentPlan is how a list of assignments came about, for the log.
type AssignmentPlan struct {
	Changes int64 // of the study when the plan was made, as [Store.Changes] counts them
	Seed    uint64
	Round   string
	Share   float64 // of the cases that go to two coders
	Least   int     // of these, in each stratum
	Blocks  int
	Quotas  map[string]int // by coder; none for who has none
	Reason  string
}

// AssignPlan gives cases to coders as [Store.Assign] does, if nothing happened
// to the cases since the plan was made; else it gives [ErrMoved].
func (s *Store) AssignPlan(ctx context.Context, who auth.Actor, study string, plan AssignmentPlan, assignments []NewAssignment) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var changes int64
		if err := tx.GetContext(ctx, &changes, `SELECT changes FROM studies WHERE id = ?`, study); err != nil {
			return absent(err)
		}
		if changes != plan.Changes {
			return ErrMoved
		}
		if err := s.assign(ctx, tx, who, study, assignments); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "assign.plan", Study: study, Object: "round " + plan.Round, Right: auth.Assign, Detail: map[string]any{
			"seed": plan.Seed, "share": plan.Share, "least": plan.Least, "blocks": plan.Blocks, "quotas": plan.Quotas, "reason": plan.Reason, "given": len(assignments)}})
	})
}

// Reassign takes a case from a coder and gives it to another in the same
// round, both or neither. What the first one answered stays.
func (s *Store) Reassign(ctx context.Context, who auth.Actor, study string, id, coder int64) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		a, err := assignment(ctx, tx, id)
		if err != nil {
			return err
		}
		if a.RepeatOf != 0 {
			return annotations.ErrNotFound
		}
		if err := s.takeBack(ctx, tx, who, study, a, auth.Reassign, nil); err != nil {
			return err
		}
		return s.assign(ctx, tx, who, study, []NewAssignment{{Case: a.Case.ID, Coder: coder, Round: a.Round, CoreOnly: a.CoreOnly}})
	})
}

func (s *Store) assign(ctx context.Context, tx *sqlx.Tx, who auth.Actor, study string, assignments []NewAssignment) error {
	now := s.now()
	var problems []error
	rounds, may := map[string]annotations.Round{}, map[int64]bool{}
	for _, n := range assignments {
		r, known := rounds[n.Round]
		if !known {
			var err error
			if r, err = s.roundOrNewest(ctx, tx, who, study, n.Round); err != nil {
				return err
			}
			rounds[n.Round] = r
		}
		n.Round = r.Name
		if _, asked := may[n.Coder]; !asked && r.Kind == annotations.Production {
			err := s.mayProduce(ctx, tx, study, n.Coder)
			if invalid, ok := errors.AsType[*annotations.InvalidError](err); ok {
				problems = append(problems, invalid) // once, not for every case
			} else if err != nil {
				return err
			}
			may[n.Coder] = err == nil
		}
		if r.Kind == annotations.Production && !may[n.Coder] {
			continue
		}
		key, err := s.assignable(ctx, tx, study, r, n)
		if err == nil {
			err = s.give(ctx, tx, now, who, study, key, n)
		}
		if invalid, ok := errors.AsType[*annotations.InvalidError](err); ok {
			problems = append(problems, invalid)
		} else if err != nil {
			return err
		}
	}
	return errors.Join(problems...)
}

// assignable returns the key of the case of n, or says why it cannot be given
// to that coder in round r.
func (s *Store) assignable(ctx context.Context, tx *sqlx.Tx, study string, r annotations.Round, n NewAssignment) (int64, error) {
	invalid := func(key string) error {
		return &annotations.InvalidError{Field: "case", Key: key, Args: map[string]any{"case": n.Case}}
	}
	var c struct {
		Key      int64             `db:"id"`
		State    annotations.State `db:"state"`
		Practice bool              `db:"practice"`
		Given    bool              `db:"given"`
		Sampled  bool              `db:"sampled"`
		Coder    bool              `db:"coder"`
		Knows    bool              `db:"knows"`
	}
	// Who settled differences of a case or read a coding of it is not blind any
	// more; the audit log is what remembers the reading.
	err := tx.GetContext(ctx, &c, `
		SELECT id, state, practice, given > 0 AS given,
			EXISTS (SELECT 1 FROM frame_cases f WHERE f.study = c.study AND f.case_id = c.case_id) AS sampled,
			EXISTS (SELECT 1 FROM members m JOIN users u ON u.id = m.user_id
				WHERE m.study = c.study AND m.user_id = ?1 AND m.role = 'coder' AND u.disabled_at IS NULL) AS coder,
			EXISTS (SELECT 1 FROM decisions d WHERE d.case_key = c.id AND d.decided_by = ?1) OR EXISTS (SELECT 1 FROM votes v WHERE v.case_key = c.id AND v.by = ?1)
				OR EXISTS (SELECT 1 FROM comparisons k WHERE k.case_key = c.id AND k.opened_by = ?1)
				OR EXISTS (SELECT 1 FROM audit l WHERE l.case_id = c.case_id AND l.study = c.study AND l.actor = ?1 AND l.act IN ('coding.read', 'case.compare')) AS knows
		FROM cases c WHERE study = ?2 AND case_id = ?3`, n.Coder, study, n.Case)
	switch err = absent(err); {
	case errors.Is(err, annotations.ErrNotFound):
		return 0, invalid("assign.case.unknown")
	case err != nil:
		return 0, err
	case !c.Coder:
		return 0, invalid("assign.coder.unknown")
	case auth.Give.At(auth.State(c.State), false) != auth.Allowed:
		return 0, invalid("assign.case.held")
	case c.Knows:
		return 0, invalid("assign.coder.knows")
	case c.Practice && r.Kind != annotations.Training:
		return 0, invalid("assign.case.practice")
	case r.Kind == annotations.Training && !c.Practice && c.Sampled:
		return 0, invalid("assign.case.sampled")
	case r.Kind == annotations.Training && !c.Practice && c.Given:
		return 0, invalid("assign.case.in_use")
	case r.Kind == annotations.Training && !c.Practice:
		_, err = tx.ExecContext(ctx, `UPDATE cases SET practice = 1 WHERE id = ?`, c.Key)
	}
	return c.Key, err
}

// give makes the assignment, or opens again the one that was withdrawn.
func (s *Store) give(ctx context.Context, tx *sqlx.Tx, now time.Time, who auth.Actor, study string, key int64, n NewAssignment) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO assignments (case_key, study, coder, round, core_only, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?, nullif(?, 0))`,
		key, study, n.Coder, n.Round, n.CoreOnly, stamp(now), who.ID)
	if code(err) == lib.SQLITE_CONSTRAINT_UNIQUE {
		var again bool
		if again, err = giveBack(ctx, tx, now, key, n); err == nil && !again {
			return &annotations.InvalidError{Field: "case", Key: "assign.coder.has_it", Args: map[string]any{"case": n.Case}}
		}
	}
	if err != nil {
		return err
	}
	if err := s.settle(ctx, tx, who, key); err != nil {
		return err
	}
	return audit(ctx, tx, now, who, Event{Act: "case.assign", Study: study, Case: string(n.Case),
		Object: fmt.Sprintf("user %d", n.Coder), Detail: map[string]any{"round": n.Round, "core_only": n.CoreOnly}, Right: auth.Assign})
}

// giveBack opens an assignment that was withdrawn again, and reports whether
// there was one. Its time begins anew.
func giveBack(ctx context.Context, tx *sqlx.Tx, now time.Time, key int64, n NewAssignment) (bool, error) {
	r, err := tx.ExecContext(ctx, `
		UPDATE assignments SET status = CASE WHEN submitted_at IS NULL THEN 'open' ELSE 'returned' END, round = ?, core_only = ?, created_at = ?
		WHERE case_key = ? AND coder = ? AND status = 'withdrawn' AND repeat_of IS NULL`, n.Round, n.CoreOnly, stamp(now), key, n.Coder)
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
		return s.takeBack(ctx, tx, who, study, a, auth.TakeBack, nil)
	})
}

// takeBack recalls an assignment, if the table lets step be taken.
func (s *Store) takeBack(ctx context.Context, tx *sqlx.Tx, who auth.Actor, study string, a annotations.Assignment, step auth.Step, detail map[string]any) error {
	if a.Case.Study != study {
		return annotations.ErrNotFound
	}
	compared, err := laidBeside(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	if err := take(step, codingState(a, compared), a.Coder == who.ID); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE assignments SET status = 'withdrawn' WHERE id = ?`, a.ID); err != nil {
		return err
	}
	if err := s.settle(ctx, tx, who, a.Case.Key); err != nil {
		return err
	}
	return audit(ctx, tx, s.now(), who, Event{Act: "case.withdraw", Study: study, Case: string(a.Case.ID),
		Object: fmt.Sprintf("assignment %d", a.ID), Detail: detail, Right: auth.Assign})
}

// RecallUnbegun withdraws the assignments of a study that were given before a
// time and never begun, and returns how many these were. Cases whose codings
// were laid side by side stay as they are.
func (s *Store) RecallUnbegun(ctx context.Context, who auth.Actor, study string, before time.Time) (int, error) {
	return s.recall(ctx, who, study, map[string]any{"unbegun": true},
		`a.status = 'open' AND a.started_at IS NULL AND a.created_at < ?2`, stamp(before))
}

// RecallOverdue withdraws the assignments of a round, or of all rounds when it
// is empty, that are overdue, and returns how many these were. What was
// answered stays, and whoever gets the case back goes on from it.
func (s *Store) RecallOverdue(ctx context.Context, who auth.Actor, study, round string) (int, error) {
	return s.recall(ctx, who, study, map[string]any{"overdue": true}, overdue+` AND ?3 IN ('', a.round)`, stamp(s.now()), round)
}

// recall withdraws the assignments a of rounds r that fit a condition, whose
// parameters are numbered from 2.
func (s *Store) recall(ctx context.Context, who auth.Actor, study string, detail map[string]any, where string, args ...any) (int, error) {
	n := 0
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		var rows []assignmentRow
		err := tx.SelectContext(ctx, &rows, selectAssignment+` WHERE a.study = ?1 AND `+where+`
			AND NOT EXISTS (SELECT 1 FROM comparisons k WHERE k.case_key = a.case_key AND k.opened_at >= a.created_at) ORDER BY a.id`, append([]any{study}, args...)...)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := s.takeBack(ctx, tx, who, study, r.domain(), auth.TakeBack, detail); err != nil {
				return err
			}
		}
		n = len(rows)
		return nil
	})
	return n, err
}

// laidBeside reports whether an assignment belongs to codings that were laid
// side by side; one that was given afterwards does not.
func laidBeside(ctx context.Context, q sqlx.QueryerContext, id int64) (compared bool, err error) {
	err = sqlx.GetContext(ctx, q, &compared, `
		SELECT EXISTS (SELECT 1 FROM comparisons k JOIN assignments a ON a.case_key = k.case_key AND a.repeat_of IS NULL WHERE a.id = ? AND k.opened_at >= a.created_at)`, id)
	return compared, err
}

type assignmentRow struct {
	caseRow
	Assignment  int64                        `db:"assignment"`
	Coder       int64                        `db:"coder"`
	Name        string                       `db:"name"`
	Round       string                       `db:"round"`
	Status      annotations.AssignmentStatus `db:"status"`
	CoreOnly    bool                         `db:"core_only"`
	RepeatOf    int64                        `db:"repeat_of"`
	ShownAs     annotations.CaseID           `db:"shown_as"`
	Kind        annotations.RoundKind        `db:"kind"`
	Deadline    *string                      `db:"deadline"`
	Days        *int                         `db:"days"`
	Answered    int                          `db:"answered"`
	CreatedAt   moment                       `db:"created_at"`
	StartedAt   moment                       `db:"started_at"`
	SubmittedAt moment                       `db:"submitted_at"`
	Awaits      bool                         `db:"awaits"`
	Approved    bool                         `db:"approved"`
	Asked       int                          `db:"asked"`
}

func (r assignmentRow) domain() annotations.Assignment {
	return annotations.Assignment{ID: r.Assignment, Case: r.caseRow.domain(), Coder: r.Coder, CoderName: r.Name, Round: r.Round,
		Status: r.Status, CoreOnly: r.CoreOnly, Answered: r.Answered, RepeatOf: r.RepeatOf, RoundKind: r.Kind, Awaits: r.Awaits, Approved: r.Approved, Asked: r.Asked,
		Due:       annotations.Round{Deadline: day(r.Deadline), Days: number(r.Days)}.Due(r.CreatedAt.Time),
		CreatedAt: r.CreatedAt.Time, StartedAt: r.StartedAt.Time, SubmittedAt: r.SubmittedAt.Time}
}

// shown is the assignment as its coder sees it: nothing tells a hidden repeat
// from any other case.
func (r assignmentRow) shown() annotations.Assignment {
	a := r.domain()
	a.Awaits, a.Approved = false, false // a repeat never does, and never is
	if a.RepeatOf != 0 {
		a.RepeatOf, a.Case.ID = 0, r.ShownAs
	}
	return a
}

const selectAssignment = `SELECT ` + caseColumns + `, a.id AS assignment, a.coder, u.name, a.round, a.status, a.core_only, a.answered,
	coalesce(a.repeat_of, 0) AS repeat_of, a.shown_as, r.kind, r.deadline, r.days, a.created_at, a.started_at, a.submitted_at, ` + awaits + ` AS awaits, ` + approved + ` AS approved,
	CASE WHEN ` + awaits + ` THEN (SELECT count(*) FROM comments m WHERE m.assignment = a.id AND m.kind <> 'note' AND m.state <> 'closed') ELSE 0 END AS asked
	FROM assignments a JOIN cases c ON c.id = a.case_key JOIN users u ON u.id = a.coder JOIN rounds r ON r.study = a.study AND r.name = a.round`

func assignment(ctx context.Context, q sqlx.QueryerContext, id int64) (annotations.Assignment, error) {
	r, err := selectOne(ctx, q, id)
	return r.domain(), err
}

func selectOne(ctx context.Context, q sqlx.QueryerContext, id int64) (assignmentRow, error) {
	var r assignmentRow
	err := sqlx.GetContext(ctx, q, &r, selectAssignment+` WHERE a.id = ?`, id)
	return r, absent(err)
}

// own returns the assignment if it is the actor's. Somebody else's looks as if
// it did not exist. What comes of it goes into the log under the pseudonym of
// the case; what the coder gets to see is ownShown.
func own(ctx context.Context, q sqlx.QueryerContext, who auth.Actor, id int64) (annotations.Assignment, error) {
	r, err := ownRow(ctx, q, who, id)
	return r.domain(), err
}

func ownShown(ctx context.Context, q sqlx.QueryerContext, who auth.Actor, id int64) (annotations.Assignment, error) {
	r, err := ownRow(ctx, q, who, id)
	return r.shown(), err
}

func ownRow(ctx context.Context, q sqlx.QueryerContext, who auth.Actor, id int64) (assignmentRow, error) {
	r, err := selectOne(ctx, q, id)
	if err == nil {
		err = take(auth.ReadCoding, codingState(r.domain(), false), r.Coder == who.ID && who.MayTake(auth.ReadCoding, r.Study))
	}
	if err != nil {
		return assignmentRow{}, err
	}
	return r, nil
}

// Assignment returns an assignment of the actor's own. That of anybody else,
// or one that was withdrawn, is [annotations.ErrNotFound].
func (s *Store) Assignment(ctx context.Context, who auth.Actor, id int64) (annotations.Assignment, error) {
	return ownShown(ctx, s.read, who, id)
}

// MyAssignments returns the actor's assignments in a study, those open first,
// then in the order in which they were given.
func (s *Store) MyAssignments(ctx context.Context, who auth.Actor, study string) ([]annotations.Assignment, error) {
	return s.assignments(ctx, assignmentRow.shown, ` WHERE a.coder = ? AND a.study = ? AND a.status <> 'withdrawn'
		ORDER BY a.status = 'submitted', a.status <> 'returned', a.started_at IS NULL, a.created_at, a.id`, who.ID, study)
}

// CaseAssignments returns the assignments of a case by name of the coder, for
// the lead; those withdrawn come last. Hidden repeats of the actor's own are
// not among them.
func (s *Store) CaseAssignments(ctx context.Context, who auth.Actor, key int64) ([]annotations.Assignment, error) {
	return s.assignments(ctx, assignmentRow.domain, ` WHERE a.case_key = ? AND (a.repeat_of IS NULL OR a.coder <> ?)
		ORDER BY a.status = 'withdrawn', u.name, a.id`, key, who.ID)
}

func (s *Store) assignments(ctx context.Context, as func(assignmentRow) annotations.Assignment, where string, args ...any) ([]annotations.Assignment, error) {
	var rows []assignmentRow
	err := s.read.SelectContext(ctx, &rows, selectAssignment+where, args...)
	list := make([]annotations.Assignment, len(rows))
	for i, r := range rows {
		list[i] = as(r)
	}
	return list, err
}

// A CoderProgress counts the assignments of one coder by status. Practice cases
// and hidden repeats are work as well, and count.
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
