package store

import (
	"context"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
)

// A CoderCase is a case that a coder handed in.
type CoderCase struct {
	Case  annotations.CaseID
	At    time.Time // of the last hand-in
	Alone bool      // nobody else has it, so that nothing checks its answers
}

// CoderCases returns the cases of a study that a coder handed in from a time
// up to another, or up to now when that is zero, in that order.
func (s *Store) CoderCases(ctx context.Context, study string, coder int64, from, to time.Time) ([]CoderCase, error) {
	var rows []struct {
		ID    annotations.CaseID `db:"case_id"`
		At    moment             `db:"at"`
		Given int                `db:"given"`
	}
	if to.IsZero() {
		to = s.now()
	}
	err := s.read.SelectContext(ctx, &rows, `
		SELECT c.case_id, c.given, (SELECT max(b.at) FROM submissions b WHERE b.assignment = a.id) AS at
		FROM assignments a JOIN cases c ON c.id = a.case_key
		WHERE a.study = ?1 AND a.coder = ?2 AND c.practice = 0 AND `+counts+`
		  AND EXISTS (SELECT 1 FROM submissions b WHERE b.assignment = a.id AND b.at BETWEEN ?3 AND ?4)
		ORDER BY at, c.case_id`, study, coder, stamp(from), stamp(to))
	list := make([]CoderCase, len(rows))
	for i, r := range rows {
		list[i] = CoderCase{Case: r.ID, At: r.At.Time, Alone: r.Given < 2}
	}
	return list, err
}
