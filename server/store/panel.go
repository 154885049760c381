package store

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
)

// Panel reports whether differences of a study take two adjudicators.
func (s *Store) Panel(ctx context.Context, study string) (bool, error) {
	return panel(ctx, s.read, study)
}

func panel(ctx context.Context, q sqlx.QueryerContext, study string) (on bool, err error) {
	err = sqlx.GetContext(ctx, q, &on, `SELECT panel FROM studies WHERE id = ?`, study)
	return on, absent(err)
}

// SetPanel says whether differences take two adjudicators from now on. What
// was decided before stands.
func (s *Store) SetPanel(ctx context.Context, who auth.Actor, study string, on bool) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE studies SET panel = ? WHERE id = ?`, on, study); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "study.panel", Study: study, Detail: map[string]any{"on": on}, Right: auth.Adjudicate})
	})
}

// vote keeps what a member of the panel says and reports whether another
// member's last word is the same, so that it is decided.
func vote(ctx context.Context, tx *sqlx.Tx, key int64, d annotations.Decision) (decided bool, err error) {
	list, err := votes(ctx, tx, key, d.Variable, d.Revision)
	if err != nil {
		return false, err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO votes (case_key, variable, revision, number, value, missing, cause, reason, at, by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		key, d.Variable, d.Revision, len(list)+1, d.Answer.Value, d.Answer.Missing, d.Cause, d.Reason, stamp(d.At), d.By)
	if err != nil {
		return false, err
	}
	last := map[int64]codebook.Answer{}
	for _, v := range list {
		last[v.By] = v.Answer
	}
	delete(last, d.By)
	for _, a := range last {
		decided = decided || a == d.Answer
	}
	return decided, nil
}

// Votes returns what a panel said towards a revision of the decision on a
// variable of a case, in that order.
func (s *Store) Votes(ctx context.Context, key int64, variable string, revision int) ([]annotations.Vote, error) {
	return votes(ctx, s.read, key, variable, revision)
}

func votes(ctx context.Context, q sqlx.QueryerContext, key int64, variable string, revision int) ([]annotations.Vote, error) {
	var rows []struct {
		Value   string `db:"value"`
		Missing string `db:"missing"`
		Cause   string `db:"cause"`
		Reason  string `db:"reason"`
		At      moment `db:"at"`
		By      int64  `db:"by"`
		Name    string `db:"name"`
	}
	err := sqlx.SelectContext(ctx, q, &rows, `
		SELECT v.value, v.missing, v.cause, v.reason, v.at, v.by, u.name FROM votes v JOIN users u ON u.id = v.by
		WHERE v.case_key = ? AND v.variable = ? AND v.revision = ? ORDER BY v.number`, key, variable, revision)
	list := make([]annotations.Vote, len(rows))
	for i, r := range rows {
		list[i] = annotations.Vote{Name: r.Name, Decision: annotations.Decision{Variable: variable, Revision: revision,
			Answer: codebook.Answer{Value: r.Value, Missing: r.Missing}, Cause: r.Cause, Reason: r.Reason, At: r.At.Time, By: r.By}}
	}
	return list, err
}
