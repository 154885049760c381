package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A Transition is a step of a case from one state into another.
type Transition struct {
	From, To annotations.State
	At       time.Time
	By       string // name of who caused it; empty: the program or the command line
}

// move puts a case in another state and remembers the step. Where from is not
// empty it is done only if the case is in that state; a case that is in the
// state already stays as it is.
func move(ctx context.Context, tx *sqlx.Tx, who auth.Actor, at string, key int64, from, to annotations.State) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO transitions (case_key, before, after, at, actor)
		SELECT id, state, ?1, ?2, nullif(?3, 0) FROM cases WHERE id = ?4 AND state <> ?1 AND ?5 IN ('', state)`, to, at, who.ID, key, from)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE cases SET state = ?1 WHERE id = ?2 AND ?3 IN ('', state)`, to, key, from)
	return err
}

// Transitions returns the way of a case through its states, oldest first.
func (s *Store) Transitions(ctx context.Context, key int64) ([]Transition, error) {
	var rows []struct {
		From annotations.State `db:"before"`
		To   annotations.State `db:"after"`
		At   moment            `db:"at"`
		By   *string           `db:"name"`
	}
	err := s.read.SelectContext(ctx, &rows, `
		SELECT t.before, t.after, t.at, u.name FROM transitions t LEFT JOIN users u ON u.id = t.actor WHERE t.case_key = ? ORDER BY t.id`, key)
	list := make([]Transition, len(rows))
	for i, r := range rows {
		list[i] = Transition{From: r.From, To: r.To, At: r.At.Time}
		if r.By != nil {
			list[i].By = *r.By
		}
	}
	return list, err
}
