package store

import (
	"bytes"
	"context"
	"encoding/csv"
	"slices"
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

// Drawn tells how a case came into the sample; [annotations.ErrNotFound] when
// it is not in the frame.
func (s *Store) Drawn(ctx context.Context, study string, id annotations.CaseID) (c SampledCase, draw int64, err error) {
	var row frameRow
	err = s.read.GetContext(ctx, &row, `SELECT `+frameColumns+` FROM frame_cases WHERE study = ? AND case_id = ?`, study, id)
	if err != nil {
		return c, 0, absent(err)
	}
	err = s.read.GetContext(ctx, &draw, `
		SELECT count(d.id) FROM frame_cases f JOIN draws d ON d.study = f.study AND d.id <= f.draw WHERE f.study = ? AND f.case_id = ?`, study, id)
	return row.sampled(), draw, err
}

// CountedIn returns the approved releases in whose frozen inputs a case is,
// oldest first.
func (s *Store) CountedIn(ctx context.Context, study string, id annotations.CaseID) ([]Release, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write([]string{string(id), ""}); err != nil {
		return nil, err
	}
	w.Flush()
	row := append([]byte("\n"), bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
	var list []Release
	return list, s.read.SelectContext(ctx, &list, selectReleases+` WHERE r.study = ? AND r.approved_at IS NOT NULL
		AND EXISTS (SELECT 1 FROM release_files f WHERE f.release = r.id AND f.name = 'inputs.csv' AND instr(f.content, ?) > 0) ORDER BY r.approved_at, r.id`, study, row)
}

// ReopenedDecisions returns the decisions on a case that were made anew after
// it was settled, oldest first.
func (s *Store) ReopenedDecisions(ctx context.Context, key int64) ([]annotations.Decision, error) {
	list, err := decisionRows(ctx, s.read, key)
	list = slices.DeleteFunc(list, func(d annotations.Decision) bool { return d.Provenance != annotations.Reopened })
	slices.SortFunc(list, func(a, b annotations.Decision) int { return a.At.Compare(b.At) })
	return list, err
}
