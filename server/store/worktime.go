package store

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// MostSeconds is how much time one call of [Store.AddWorkTime] may add: a page
// tells of itself every minute, and more often when it is left.
const MostSeconds = 600

// AddWorkTime adds to the time that the actor was at work on their own case.
// It keeps a total a day and nothing finer: it is there to plan with, not to
// watch people.
func (s *Store) AddWorkTime(ctx context.Context, who auth.Actor, id int64, seconds int) error {
	if seconds < 1 || seconds > MostSeconds {
		return &annotations.InvalidError{Field: "seconds", Key: "worktime.seconds", Args: map[string]any{"most": MostSeconds}}
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := own(ctx, tx, who, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO work_time (assignment, day, seconds) VALUES (?, ?, ?)
			ON CONFLICT (assignment, day) DO UPDATE SET seconds = seconds + excluded.seconds`, id, stamp(s.now())[:10], seconds)
		return err
	})
}

// MyWorkTime returns the seconds that the actor spent on each of their cases
// in a study, by assignment.
func (s *Store) MyWorkTime(ctx context.Context, who auth.Actor, study string) (map[int64]int, error) {
	var rows []struct {
		Assignment int64 `db:"assignment"`
		Seconds    int   `db:"seconds"`
	}
	err := s.read.SelectContext(ctx, &rows, `
		SELECT w.assignment, sum(w.seconds) AS seconds FROM assignments a JOIN work_time w ON w.assignment = a.id
		WHERE a.coder = ? AND a.study = ? GROUP BY w.assignment`, who.ID, study)
	spent := map[int64]int{}
	for _, r := range rows {
		spent[r.Assignment] = r.Seconds
	}
	return spent, err
}

// WorkTime returns the seconds of work in a study by coder, for the lead: the
// totals and no case.
func (s *Store) WorkTime(ctx context.Context, study string) (map[int64]int, error) {
	var rows []struct {
		Coder   int64 `db:"coder"`
		Seconds int   `db:"seconds"`
	}
	err := s.read.SelectContext(ctx, &rows, `
		SELECT a.coder, sum(w.seconds) AS seconds FROM assignments a JOIN work_time w ON w.assignment = a.id
		WHERE a.study = ? GROUP BY a.coder`, study)
	spent := map[int64]int{}
	for _, r := range rows {
		spent[r.Coder] = r.Seconds
	}
	return spent, err
}

// SetFlag marks a variable of the actor's own coding to come back to, or takes
// the mark away.
func (s *Store) SetFlag(ctx context.Context, who auth.Actor, id int64, variable string, on bool) error {
	a, err := own(ctx, s.read, who, id)
	if err != nil {
		return err
	}
	book, err := s.Codebook(ctx, a.Case.Study)
	if err != nil {
		return err
	}
	if book.Variable(variable) == nil {
		return annotations.ErrNotFound
	}
	change := `DELETE FROM flags WHERE assignment = ? AND variable = ?`
	if on {
		change = `INSERT INTO flags (assignment, variable) VALUES (?, ?) ON CONFLICT DO NOTHING`
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, change, id, variable)
		return err
	})
}

// Flags returns the variables that the actor marked in their own coding.
func (s *Store) Flags(ctx context.Context, who auth.Actor, id int64) ([]string, error) {
	if _, err := own(ctx, s.read, who, id); err != nil {
		return nil, err
	}
	var flags []string
	return flags, s.read.SelectContext(ctx, &flags, `SELECT variable FROM flags WHERE assignment = ? ORDER BY variable`, id)
}
