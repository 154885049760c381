package store

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"
	lib "modernc.org/sqlite/lib"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A RetentionPlan says when the texts of a study go: on a day, or a number of
// days after the figures of their period were first released. A plan without
// a period is for all cases; after a release it then goes period by period
// and stands until it is withdrawn.
type RetentionPlan struct {
	ID      int64  `db:"id"`
	Study   string `db:"study"`
	Period  string `db:"period"`
	Basis   string `db:"basis"`  // "date" or "release"
	DueOn   string `db:"due_on"` // the day, for "date"
	Days    int    `db:"days"`   // after the release
	Reason  string `db:"reason"`
	SetAt   moment `db:"set_at"`
	Planner string `db:"planner"` // name; empty: the command line
	Ended   string `db:"ended"`   // "", "done" or "withdrawn"
	EndedAt moment `db:"ended_at"`
}

// The bases of a plan.
const (
	OnDate       = "date"
	AfterRelease = "release"
)

const selectPlans = `
	SELECT p.id, p.study, p.period, p.basis, p.due_on, p.days, p.reason, p.set_at, coalesce(u.name, '') AS planner, p.ended, p.ended_at
	FROM retention_plans p LEFT JOIN users u ON u.id = p.set_by`

// PlanDeletion adds a plan. Everything that is wrong with it is told as an
// [annotations.InvalidError].
func (s *Store) PlanDeletion(ctx context.Context, who auth.Actor, p RetentionPlan) error {
	invalid := func(field, key string) error { return &annotations.InvalidError{Field: field, Key: key} }
	p.Reason = strings.TrimSpace(p.Reason)
	if n := utf8.RuneCountInString(p.Reason); n < 3 || n > 400 {
		return invalid("reason", "retention.reason.required")
	}
	switch p.Basis {
	case OnDate:
		if _, err := time.Parse(time.DateOnly, p.DueOn); err != nil {
			return invalid("due_on", "retention.date.invalid")
		}
		p.Days = 0
	case AfterRelease:
		if p.Days < 0 || p.Days > 3650 {
			return invalid("days", "retention.days.invalid")
		}
		p.DueOn = ""
	default:
		return invalid("basis", "retention.basis.invalid")
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		_, err := tx.ExecContext(ctx, `
			INSERT INTO retention_plans (study, period, basis, due_on, days, reason, set_at, set_by) VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 0))`,
			p.Study, p.Period, p.Basis, p.DueOn, p.Days, p.Reason, stamp(now), who.ID)
		if code(err) == lib.SQLITE_CONSTRAINT_FOREIGNKEY {
			return annotations.ErrNotFound
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "retention.plan", Study: p.Study, Right: auth.Retain,
			Detail: map[string]any{"basis": p.Basis, "on": p.DueOn, "days": p.Days, "period": p.Period}})
	})
}

// WithdrawPlan ends a plan that was not carried out.
func (s *Store) WithdrawPlan(ctx context.Context, who auth.Actor, study string, id int64) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		var state auth.State
		err := tx.GetContext(ctx, &state, `SELECT CASE WHEN ended = '' THEN 'standing' ELSE 'ended' END FROM retention_plans WHERE id = ? AND study = ?`, id, study)
		if err != nil {
			return absent(err)
		}
		if err := take(auth.WithdrawPlan, state, false); err != nil {
			return err
		}
		if err := endPlan(ctx, tx, who, now, study, id, "withdrawn"); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "retention.withdraw", Study: study, Right: auth.Retain, Detail: map[string]any{"plan": id}})
	})
}

func endPlan(ctx context.Context, tx *sqlx.Tx, who auth.Actor, now time.Time, study string, id int64, how string) error {
	r, err := tx.ExecContext(ctx, `UPDATE retention_plans SET ended = ?, ended_at = ?, ended_by = nullif(?, 0) WHERE id = ? AND study = ? AND ended = ''`,
		how, stamp(now), who.ID, id, study)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return annotations.ErrNotFound
	}
	return nil
}

// RetentionPlans returns the plans of a study, those that stand first.
func (s *Store) RetentionPlans(ctx context.Context, study string) ([]RetentionPlan, error) {
	var plans []RetentionPlan
	return plans, s.read.SelectContext(ctx, &plans, selectPlans+` WHERE p.study = ? ORDER BY p.ended <> '', p.id DESC`, study)
}

// A DuePeriod is one period of a plan with the day on which its texts go and
// what there is of them.
type DuePeriod struct {
	Period     string    `db:"period"`
	On         time.Time // zero: it waits for a release
	Cases      int       `db:"cases"`     // with texts
	Documents  int       `db:"documents"` // with their text, those held back for screening among them
	Unfinished int       `db:"unfinished"`
	OnHold     int       `db:"on_hold"` // cases under a legal hold
}

// heldBack says whether a case with an alias c is under a legal hold.
const heldBack = `EXISTS (SELECT 1 FROM cases_on_hold x WHERE x.id = c.id)`

// DuePeriods returns what a plan is about, by period.
func (s *Store) DuePeriods(ctx context.Context, p RetentionPlan) ([]DuePeriod, error) {
	var list []DuePeriod
	err := s.read.SelectContext(ctx, &list, `
		SELECT period, count(*) AS cases, sum(documents) AS documents, sum(state NOT IN ('settled', 'dropped')) AS unfinished, sum(on_hold) AS on_hold FROM (
		  SELECT c.period, c.state, `+heldBack+` AS on_hold,
		    (SELECT count(*) FROM documents d WHERE d.case_key = c.id AND d.deletion IS NULL) + (SELECT count(*) FROM held_documents h WHERE h.case_key = c.id) AS documents
		  FROM cases c WHERE c.study = ?1 AND ?2 IN ('', c.period))
		WHERE documents > 0 GROUP BY period ORDER BY period`, p.Study, p.Period)
	if err != nil {
		return nil, err
	}
	if p.Basis == OnDate {
		day, err := time.Parse(time.DateOnly, p.DueOn)
		for i := range list {
			list[i].On = day
		}
		return list, err
	}
	var released []struct {
		Period string `db:"period"`
		At     moment `db:"at"`
	}
	err = s.read.SelectContext(ctx, &released, `
		SELECT json_extract(t.value, '$.period') AS period, min(r.approved_at) AS at FROM releases r, json_each(r.terms, '$.periods') t
		WHERE r.study = ? AND r.approved_at IS NOT NULL GROUP BY 1`, p.Study)
	for i := range list {
		for _, r := range released {
			// A release of 2025 is one of 2025-H1 too.
			if list[i].Period != r.Period && !strings.HasPrefix(list[i].Period, r.Period+"-") {
				continue
			}
			if on := r.At.AddDate(0, 0, p.Days); list[i].On.IsZero() || on.Before(list[i].On) {
				list[i].On = on
			}
		}
	}
	return list, err
}

// due returns the periods of a plan whose texts may go at the given time.
func (s *Store) due(ctx context.Context, p RetentionPlan, now time.Time) ([]string, error) {
	list, err := s.DuePeriods(ctx, p)
	var periods []string
	for _, d := range list {
		if !d.On.IsZero() && !now.Before(d.On) {
			periods = append(periods, d.Period)
		}
	}
	return periods, err
}

// Deleting says what a run of due deletions may use of the process that runs
// it; both may be nil.
type Deleting struct {
	Uploads  func(study string) (int, error) // forgets uploads of a study and returns how many
	Progress func(done, of int)              // cases
}

// DeleteDue carries out all plans that are due, and finishes deletions that
// were broken off. It returns the certificates that it wrote. Nothing under a
// legal hold goes; its plan stands until the hold is lifted.
func (s *Store) DeleteDue(ctx context.Context, who auth.Actor, study string, with Deleting) ([]Deletion, error) {
	s.deleting.Lock()
	defer s.deleting.Unlock()
	var plans []RetentionPlan
	err := s.read.SelectContext(ctx, &plans, selectPlans+` WHERE ?1 IN ('', p.study) AND p.ended = '' ORDER BY p.id`, study)
	if err != nil {
		return nil, err
	}
	for _, p := range plans {
		periods, err := s.due(ctx, p, s.now())
		if err != nil {
			return nil, err
		}
		if len(periods) > 0 {
			if err := s.deleteTexts(ctx, who, p, periods, with); err != nil {
				return nil, err
			}
		}
		if err := s.endIfDone(ctx, who, p); err != nil {
			return nil, err
		}
	}
	return s.finishDeletions(ctx, who, study, with)
}

// endIfDone ends a plan that has nothing left to do: its day has come and no
// text is left. A plan for whatever will be released stands.
func (s *Store) endIfDone(ctx context.Context, who auth.Actor, p RetentionPlan) error {
	left, err := s.DuePeriods(ctx, p)
	if err != nil || len(left) > 0 || p.Basis == AfterRelease && p.Period == "" {
		return err
	}
	if p.Basis == OnDate && s.now().Format(time.DateOnly) < p.DueOn {
		return nil
	}
	if p.Basis == AfterRelease {
		var had bool
		if err := s.read.GetContext(ctx, &had, `SELECT EXISTS (SELECT 1 FROM deletions WHERE plan = ?)`, p.ID); err != nil || !had {
			return err
		}
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error { return endPlan(ctx, tx, who, s.now(), p.Study, p.ID, "done") })
}

// A Backup is a copy of the workspace that was made, with the day until which
// it is kept.
type Backup struct {
	Name      string `db:"name"`
	MadeAt    moment `db:"made_at"`
	ExpiresAt moment `db:"expires_at"` // zero: nobody said
}

// KeepBackup notes until when a copy is kept that is about to be made.
func (s *Store) KeepBackup(ctx context.Context, name string, until time.Time) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO backups (name, made_at, expires_at) VALUES (?, ?, ?)`, name, stamp(s.now()), stamp(until))
		return err
	})
}

// Backups returns the copies that were made before a time and are not
// expired then, oldest first: those of the log, for which nobody may have
// said how long they are kept, among them.
func (s *Store) Backups(ctx context.Context, before time.Time) ([]Backup, error) {
	var list []Backup
	err := s.read.SelectContext(ctx, &list, `SELECT name, made_at, expires_at FROM backups WHERE made_at < ?`, stamp(before))
	if err != nil {
		return nil, err
	}
	var logged []Backup
	err = s.read.SelectContext(ctx, &logged, `SELECT object AS name, at AS made_at, NULL AS expires_at FROM audit WHERE act = 'backup' AND at < ?`, stamp(before))
	if err != nil {
		return nil, err
	}
	for _, b := range logged {
		if !slices.ContainsFunc(list, func(k Backup) bool { return k.Name == b.Name && b.MadeAt.Sub(k.MadeAt.Time).Abs() < time.Minute }) {
			list = append(list, b)
		}
	}
	list = slices.DeleteFunc(list, func(b Backup) bool { return !b.ExpiresAt.IsZero() && b.ExpiresAt.Before(before) })
	slices.SortFunc(list, func(a, b Backup) int { return a.MadeAt.Compare(b.MadeAt.Time) })
	return list, nil
}

// A Hold keeps the texts of a case, or of the whole study, from being
// deleted, and the case from being erased.
type Hold struct {
	ID       int64              `db:"id"`
	Case     annotations.CaseID `db:"case_id"` // empty: the whole study
	Reason   string             `db:"reason"`
	SetAt    moment             `db:"set_at"`
	Setter   string             `db:"setter"`
	LiftedAt moment             `db:"lifted_at"`
	Lifter   string             `db:"lifter"`
}

// Holds returns the legal holds of a study, those that stand first.
func (s *Store) Holds(ctx context.Context, study string) ([]Hold, error) {
	var list []Hold
	return list, s.read.SelectContext(ctx, &list, `
		SELECT h.id, h.case_id, h.reason, h.set_at, u.name AS setter, h.lifted_at, coalesce(v.name, '') AS lifter
		FROM legal_holds h JOIN users u ON u.id = h.set_by LEFT JOIN users v ON v.id = h.lifted_by
		WHERE h.study = ? ORDER BY h.lifted_at IS NOT NULL, h.id DESC`, study)
}

// SetHold puts a case, or with an empty pseudonym the study, under a legal
// hold. What is under one already is told as invalid.
func (s *Store) SetHold(ctx context.Context, who auth.Actor, study string, id annotations.CaseID, reason string) error {
	if reason = strings.TrimSpace(reason); utf8.RuneCountInString(reason) < 3 || utf8.RuneCountInString(reason) > 400 {
		return &annotations.InvalidError{Field: "hold_reason", Key: "retention.reason.required"}
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if id != "" {
			var known bool
			if err := tx.GetContext(ctx, &known, `SELECT EXISTS (SELECT 1 FROM cases WHERE study = ? AND case_id = ?)`, study, id); err != nil {
				return err
			}
			if !known {
				return &annotations.InvalidError{Field: "hold_case", Key: "retention.case.unknown", Args: map[string]any{"case": id}}
			}
		}
		now := s.now()
		_, err := tx.ExecContext(ctx, `INSERT INTO legal_holds (study, case_id, reason, set_at, set_by) VALUES (?, ?, ?, ?, ?)`, study, id, reason, stamp(now), who.ID)
		if code(err) == lib.SQLITE_CONSTRAINT_UNIQUE {
			return &annotations.InvalidError{Field: "hold_case", Key: "retention.hold.there"}
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "hold.set", Study: study, Case: string(id), Right: auth.HoldTexts})
	})
}

// LiftHold ends a legal hold.
func (s *Store) LiftHold(ctx context.Context, who auth.Actor, study string, id int64) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		var h struct {
			Case  string     `db:"case_id"`
			State auth.State `db:"state"`
		}
		err := tx.GetContext(ctx, &h, `SELECT case_id, CASE WHEN lifted_at IS NULL THEN 'standing' ELSE 'lifted' END AS state FROM legal_holds WHERE id = ? AND study = ?`, id, study)
		if err != nil {
			return absent(err)
		}
		if err := take(auth.LiftHold, h.State, false); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE legal_holds SET lifted_at = ?, lifted_by = ? WHERE id = ?`, stamp(now), who.ID, id); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "hold.lift", Study: study, Case: h.Case, Right: auth.HoldTexts})
	})
}

// onHold reports whether a case is under a legal hold.
func onHold(ctx context.Context, q sqlx.QueryerContext, study string, id annotations.CaseID) (on bool, err error) {
	err = sqlx.GetContext(ctx, q, &on, `SELECT EXISTS (SELECT 1 FROM legal_holds WHERE study = ? AND case_id IN ('', ?) AND lifted_at IS NULL)`, study, id)
	return on, err
}
