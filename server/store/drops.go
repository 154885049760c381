package store

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
)

// Drop takes a case out of the sample, with a reason, whether its file came or
// not, and returns the next case of the reserve of its stratum, which takes its
// place, or none when the reserve is used up or the sample was drawn elsewhere.
// What was answered stays; assignments that are not handed in are withdrawn.
// The weights of the stratum follow. A case that is not in the sample, or was
// dropped before, is [annotations.ErrNotFound].
func (s *Store) Drop(ctx context.Context, who auth.Actor, study string, id annotations.CaseID, reason annotations.DropReason) (replacement annotations.CaseID, err error) {
	if !slices.Contains(annotations.DropReasons, reason) {
		return "", &annotations.InvalidError{Field: "reason", Key: "sample.reason.required"}
	}
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		state, err := drawnState(ctx, tx, study, id)
		if err != nil {
			return err
		}
		if err := take(auth.DropCase, state, false); err != nil {
			return err
		}
		var row frameRow
		err = tx.GetContext(ctx, &row, `UPDATE frame_cases SET dropped = ?, dropped_at = ? WHERE study = ? AND case_id = ? RETURNING `+frameColumns, reason, stamp(now), study, id)
		if err != nil {
			return absent(err)
		}
		if row.Draw != nil {
			err := tx.GetContext(ctx, &replacement, `
				UPDATE frame_cases SET used = 1, replaces = ?1 WHERE study = ?2 AND list = ?3
				AND place = (SELECT min(place) FROM frame_cases WHERE study = ?2 AND list = ?3 AND used = 0) RETURNING case_id`, id, study, row.List)
			if err = absent(err); err != nil && !errors.Is(err, annotations.ErrNotFound) {
				return err
			}
		}
		if err := dropCase(ctx, tx, who, stamp(now), study, id); err != nil {
			return err
		}
		if _, _, err := placeCases(ctx, tx, study); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "case.drop", Study: study, Case: string(id), Right: auth.Sample,
			Detail: map[string]any{"reason": reason, "replacement": replacement}})
	})
	return replacement, err
}

// dropCase does to a case that is in the study what leaving the sample means.
func dropCase(ctx context.Context, tx *sqlx.Tx, who auth.Actor, at, study string, id annotations.CaseID) error {
	for _, sql := range []string{
		`UPDATE studies SET changes = changes + 1 WHERE id = ?1 AND ?2 <> ''`,
		`UPDATE cases SET changed = (SELECT changes FROM studies WHERE id = ?1) WHERE study = ?1 AND case_id = ?2`,
		`UPDATE assignments SET status = 'withdrawn' WHERE status IN ('open', 'returned') AND case_key = (SELECT id FROM cases WHERE study = ?1 AND case_id = ?2)`,
		`DELETE FROM statuses WHERE case_key = (SELECT id FROM cases WHERE study = ?1 AND case_id = ?2)`,
	} {
		if _, err := tx.ExecContext(ctx, sql, study, id); err != nil {
			return err
		}
	}
	var key int64
	err := tx.GetContext(ctx, &key, `SELECT id FROM cases WHERE study = ? AND case_id = ?`, study, id)
	if err = absent(err); errors.Is(err, annotations.ErrNotFound) {
		return nil // its file never came
	} else if err != nil {
		return err
	}
	return move(ctx, tx, who, at, key, "", annotations.Dropped)
}

// Restore takes back that a case was dropped. Its replacement stays: a list
// may be used further than was planned. It is [annotations.ErrNotFound] for a
// case that was not dropped, and for one that was erased.
func (s *Store) Restore(ctx context.Context, who auth.Actor, study string, id annotations.CaseID) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		state, err := drawnState(ctx, tx, study, id)
		if err != nil {
			return err
		}
		if err := take(auth.RestoreCase, state, false); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE frame_cases SET dropped = '', dropped_at = NULL WHERE study = ? AND case_id = ?`, study, id); err != nil {
			return err
		}
		if err := figuresChange(ctx, tx, study); err != nil {
			return err
		}
		if err := s.reopenDropped(ctx, tx, who, study, id); err != nil {
			return err
		}
		if _, _, err := placeCases(ctx, tx, study); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "case.restore", Study: study, Case: string(id), Right: auth.Sample})
	})
}

// reopenDropped gives a dropped case that is in the study the state it would
// have had.
func (s *Store) reopenDropped(ctx context.Context, tx *sqlx.Tx, who auth.Actor, study string, id annotations.CaseID) error {
	var row struct {
		Key  int64 `db:"id"`
		Held bool  `db:"held"`
	}
	err := tx.GetContext(ctx, &row, `
		SELECT id, EXISTS (SELECT 1 FROM held_documents d WHERE d.case_key = c.id) AS held FROM cases c WHERE study = ? AND case_id = ?`, study, id)
	if err = absent(err); errors.Is(err, annotations.ErrNotFound) {
		return nil // its file never came
	} else if err != nil {
		return err
	}
	state := annotations.Available
	if row.Held {
		state = annotations.Screening
	}
	if err := move(ctx, tx, who, stamp(s.now()), row.Key, annotations.Dropped, state); err != nil {
		return err
	}
	return s.settle(ctx, tx, who, row.Key)
}

// Statuses yields what figures are counted from, by pseudonym: the rows of the
// settled cases of a study, and of the cases that were drawn and found not to
// belong to the population. These are outside every measure: they count as
// drawn, and for nothing else.
func (s *Store) Statuses(ctx context.Context, study string) iter.Seq2[StatusRow, error] {
	return func(yield func(StatusRow, error) bool) {
		left, err := s.outsideStatuses(ctx, study)
		if err != nil {
			yield(StatusRow{}, err)
			return
		}
		for row, err := range s.settledStatuses(ctx, study) {
			for err == nil && len(left) > 0 && left[0].Case.ID < row.Case.ID {
				if !yield(left[0], nil) {
					return
				}
				left = left[1:]
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
		for _, row := range left {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// outsideStatuses returns the rows of the cases that were drawn and found not
// to belong to the population. Their files may never have come.
func (s *Store) outsideStatuses(ctx context.Context, study string) ([]StatusRow, error) {
	rows, err := s.read.QueryxContext(ctx, `
		SELECT f.case_id, f.region, f.period, f.list, w.n, w.weight FROM frame_cases f JOIN (`+strataWeights+`) w ON w.list = f.list
		WHERE f.study = ?1 AND f.`+outside+` ORDER BY f.case_id`, study)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []StatusRow
	for rows.Next() {
		c := annotations.Case{Study: study, State: annotations.Dropped}
		if err := rows.Scan(&c.ID, &c.Region, &c.Period, &c.Stratum, &c.FrameN, &c.Weight); err != nil {
			return nil, err
		}
		list = append(list, StatusRow{Case: c})
	}
	if err := rows.Err(); err != nil || len(list) == 0 {
		return nil, err
	}
	book, err := s.Codebook(ctx, study)
	if err != nil {
		return nil, err
	}
	statuses := slices.Repeat([]codebook.Status{{Kind: codebook.StatusOutside}}, len(book.Measures))
	for i := range list {
		list[i].Statuses = statuses
	}
	return list, nil
}
