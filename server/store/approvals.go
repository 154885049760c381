package store

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// awaits says of assignment a of case c whether its coding was handed in and
// waits to be approved before it counts. Practice is measured against its gold
// standard, and hidden repeats stay as they came.
const awaits = `(CASE WHEN a.status = 'submitted' AND +a.repeat_of IS NULL AND c.practice = 0
	AND a.submitted_at >= (SELECT z.review_since FROM studies z WHERE z.id = a.study)
	THEN NOT EXISTS (SELECT 1 FROM approvals v WHERE v.assignment = a.id AND v.number = (SELECT count(*) FROM submissions n WHERE n.assignment = a.id))
	ELSE 0 END)`

// approved says of assignment a whether its coding was approved as it was last
// handed in.
const approved = `(a.status = 'submitted'
	AND EXISTS (SELECT 1 FROM approvals v WHERE v.assignment = a.id AND v.number = (SELECT count(*) FROM submissions n WHERE n.assignment = a.id)))`

// Reviewing reports whether codings of a study are looked over before they
// count.
func (s *Store) Reviewing(ctx context.Context, study string) (on bool, err error) {
	err = s.read.GetContext(ctx, &on, `SELECT review_since IS NOT NULL FROM studies WHERE id = ?`, study)
	return on, absent(err)
}

// SetReviewing says whether codings that are handed in from now on are looked
// over before they count. What was handed in before counts as it did; when it
// is turned off, what waits counts at once.
func (s *Store) SetReviewing(ctx context.Context, who auth.Actor, study string, on bool) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		set := `UPDATE studies SET review_since = coalesce(review_since, ?) WHERE id = ?`
		if !on {
			set = `UPDATE studies SET review_since = NULL WHERE id = ?2 AND ?1 <> ''`
		}
		if _, err := tx.ExecContext(ctx, set, stamp(now), study); err != nil {
			return err
		}
		if !on {
			var waiting []int64
			if err := tx.SelectContext(ctx, &waiting, `SELECT id FROM cases WHERE study = ? AND state = 'submitted' ORDER BY id`, study); err != nil {
				return err
			}
			for _, key := range waiting {
				if err := s.settle(ctx, tx, who, key); err != nil {
					return err
				}
			}
		}
		return audit(ctx, tx, now, who, Event{Act: "study.review", Study: study, Detail: map[string]any{"on": on}, Right: auth.Guide})
	})
}

// Approve says of a coding as it was last handed in that it was looked over
// and counts. One that does not wait for it is [annotations.ErrNotFound]; the
// actor's own is [annotations.ErrDenied].
func (s *Store) Approve(ctx context.Context, who auth.Actor, study string, id int64) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		a, err := assignment(ctx, tx, id)
		if err != nil {
			return err
		}
		if a.Case.Study != study {
			return annotations.ErrNotFound
		}
		if err := take(auth.ApproveCoding, codingState(a, false), a.Coder == who.ID); err != nil {
			return err
		}
		now := s.now()
		var number int
		err = tx.GetContext(ctx, &number, `
			INSERT INTO approvals (assignment, number, at, by) SELECT assignment, max(number), ?, ? FROM submissions WHERE assignment = ? RETURNING number`,
			stamp(now), who.ID, id)
		if err != nil {
			return err
		}
		if err := s.settle(ctx, tx, who, a.Case.Key); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "coding.approve", Study: study, Case: string(a.Case.ID),
			Object: fmt.Sprintf("assignment %d", id), Detail: map[string]any{"submission": number}, Right: auth.Guide})
	})
}
