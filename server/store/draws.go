package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A DrawOrder is a draw as it is to be made: from all strata that were not
// drawn from yet, with how many from each.
type DrawOrder struct {
	DividedBy  string // column of the frame; empty: region and period alone
	Allocation annotations.Allocation
	Seed       uint64
	Quotas     []annotations.Quota
	Reason     string
}

// A Drawing is a draw that was made.
type Drawing struct {
	ID         int64
	DividedBy  string
	Allocation annotations.Allocation
	Seed       uint64
	Size       int
	Reason     string
	At         time.Time
	By         string // name of who made it; empty: from the command line
}

// UndrawnFrame returns the cases of the frame whose strata were not drawn from
// yet, by pseudonym, and whether some of them are in the study already, so that
// their sample was drawn elsewhere.
func (s *Store) UndrawnFrame(ctx context.Context, study string) (frame []annotations.FrameCase, elsewhere bool, err error) {
	return undrawn(ctx, s.read, study)
}

func undrawn(ctx context.Context, q sqlx.QueryerContext, study string) (frame []annotations.FrameCase, elsewhere bool, err error) {
	var rows []frameRow
	err = sqlx.SelectContext(ctx, q, &rows, `SELECT `+frameColumns+` FROM frame_cases WHERE study = ? AND draw IS NULL ORDER BY case_id`, study)
	frame = make([]annotations.FrameCase, len(rows))
	for i, r := range rows {
		frame[i] = r.domain()
		elsewhere = elsewhere || r.Used
	}
	return frame, elsewhere, err
}

// Draw draws from all strata that were not drawn from yet and fixes them. The
// quotas must be those of the frame as it is now: each stratum with its number
// of eligible cases and how many of these to draw. What cannot be drawn is
// reported all at once.
func (s *Store) Draw(ctx context.Context, who auth.Actor, study string, order DrawOrder) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		frame, elsewhere, err := undrawn(ctx, tx, study)
		if err != nil {
			return err
		}
		if elsewhere {
			return &annotations.InvalidError{Key: "sample.elsewhere"}
		}
		if len(frame) == 0 {
			return &annotations.InvalidError{Key: "sample.nothing"}
		}
		size, err := checkOrder(frame, order)
		if err != nil {
			return err
		}
		now := s.now()
		var id int64
		err = tx.GetContext(ctx, &id, `
			INSERT INTO draws (study, divided_by, allocation, seed, size, reason, drawn_at, drawn_by)
			VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 0)) RETURNING id`,
			study, order.DividedBy, order.Allocation, int64(order.Seed), size, order.Reason, stamp(now), who.ID)
		if err != nil {
			return err
		}
		strata := map[string][]annotations.CaseID{}
		for _, f := range frame {
			name := f.In(order.DividedBy)
			strata[name] = append(strata[name], f.ID)
		}
		update, err := tx.PreparexContext(ctx, `
			UPDATE frame_cases SET list = ?1, draw = ?2, place = ?3, first = ?4, used = ?4 WHERE study = ?5 AND case_id = ?6`)
		if err != nil {
			return err
		}
		defer update.Close()
		for _, q := range order.Quotas {
			for i, c := range annotations.Draw(q.Stratum, strata[q.Stratum], order.Seed) {
				if _, err := update.ExecContext(ctx, q.Stratum, id, i+1, i < q.Size, study, c); err != nil {
					return err
				}
			}
		}
		return audit(ctx, tx, now, who, Event{Act: "sample.draw", Study: study, Object: fmt.Sprintf("draw %d", id), Right: auth.Sample,
			Detail: map[string]any{"seed": order.Seed, "size": size, "frame": len(frame), "strata": len(order.Quotas), "allocation": order.Allocation}})
	})
}

// checkOrder returns the size of a draw from the frame, or all that is wrong
// with its quotas.
func checkOrder(frame []annotations.FrameCase, order DrawOrder) (size int, err error) {
	now := annotations.Quotas(frame, order.DividedBy)
	changed := len(now) != len(order.Quotas)
	var problems []error
	for i, q := range order.Quotas {
		changed = changed || now[i].Stratum != q.Stratum || now[i].Frame != q.Frame
		if changed {
			return 0, &annotations.InvalidError{Key: "sample.changed"}
		}
		if err := q.Check(); err != nil {
			problems = append(problems, &annotations.InvalidError{Field: "size", Key: "sample.quota.invalid",
				Args: map[string]any{"stratum": q.Stratum, "least": q.Least(), "most": q.Frame}})
		}
		size += q.Size
	}
	if changed {
		return 0, &annotations.InvalidError{Key: "sample.changed"}
	}
	return size, errors.Join(problems...)
}

// Draws returns the draws of a study, in the order in which they were made.
func (s *Store) Draws(ctx context.Context, study string) ([]Drawing, error) {
	var rows []struct {
		ID         int64                  `db:"id"`
		DividedBy  string                 `db:"divided_by"`
		Allocation annotations.Allocation `db:"allocation"`
		Seed       int64                  `db:"seed"`
		Size       int                    `db:"size"`
		Reason     string                 `db:"reason"`
		At         moment                 `db:"drawn_at"`
		By         *string                `db:"name"`
	}
	err := s.read.SelectContext(ctx, &rows, `
		SELECT d.id, d.divided_by, d.allocation, d.seed, d.size, d.reason, d.drawn_at, u.name
		FROM draws d LEFT JOIN users u ON u.id = d.drawn_by WHERE d.study = ? ORDER BY d.id`, study)
	list := make([]Drawing, len(rows))
	for i, r := range rows {
		list[i] = Drawing{ID: r.ID, DividedBy: r.DividedBy, Allocation: r.Allocation, Seed: uint64(r.Seed), Size: r.Size, Reason: r.Reason, At: r.At.Time}
		if r.By != nil {
			list[i].By = *r.By
		}
	}
	return list, err
}

// Sample counts what became of each stratum of the frame that has cases in the
// sample, by name.
func (s *Store) Sample(ctx context.Context, study string) ([]annotations.SampleStratum, error) {
	var rows []struct {
		Name     string `db:"list"`
		Frame    int    `db:"frame"`
		Planned  int    `db:"planned"`
		Drawn    int    `db:"drawn"`
		Outside  int    `db:"outside"`
		Unusable int    `db:"unusable"`
		Received int    `db:"received"`
		Settled  int    `db:"settled"`
	}
	err := s.read.SelectContext(ctx, &rows, `
		SELECT f.list, count(*) AS frame, sum(f.used AND (f.first OR f.draw IS NULL)) AS planned, sum(f.used) AS drawn,
		  sum(`+outside+`) AS outside, sum(`+lost+`) AS unusable,
		  coalesce(sum(c.state <> 'dropped'), 0) AS received, coalesce(sum(c.state = 'settled'), 0) AS settled
		FROM frame_cases f LEFT JOIN cases c ON c.study = f.study AND c.case_id = f.case_id
		WHERE f.study = ? GROUP BY f.list HAVING sum(f.used) > 0 ORDER BY f.list`, study)
	list := make([]annotations.SampleStratum, len(rows))
	for i, r := range rows {
		list[i] = annotations.SampleStratum(r)
	}
	return list, err
}

// A SampledCase is a case on a list of the sample.
type SampledCase struct {
	annotations.FrameCase
	List     string // its stratum
	Place    int    // in the list, counted from 1; 0: drawn elsewhere
	Used     bool   // in the sample, else in the reserve
	Dropped  annotations.DropReason
	Replaces annotations.CaseID
}

// Status says in one word where the case stands: "sample", "dropped" or
// "reserve".
func (c SampledCase) Status() string {
	switch {
	case c.Dropped != "":
		return "dropped"
	case !c.Used:
		return "reserve"
	}
	return "sample"
}

func (r frameRow) sampled() SampledCase {
	return SampledCase{FrameCase: r.domain(), List: r.List, Place: r.Place, Used: r.Used, Dropped: r.Dropped, Replaces: r.Replaces}
}

// SampledCases yields the lists of a study in the order of the draw; without
// all, only the cases that are in the sample.
func (s *Store) SampledCases(ctx context.Context, study string, all bool) iter.Seq2[SampledCase, error] {
	return func(yield func(SampledCase, error) bool) {
		rows, err := s.read.QueryxContext(ctx, `SELECT `+frameColumns+` FROM frame_cases
			WHERE study = ? AND (used = 1 OR ? AND draw IS NOT NULL) ORDER BY list, place, case_id`, study, all)
		if err != nil {
			yield(SampledCase{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var r frameRow
			if err := rows.StructScan(&r); err != nil {
				yield(SampledCase{}, err)
				return
			}
			if !yield(r.sampled(), nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(SampledCase{}, err)
		}
	}
}

// readSample reads the lists from which the cases of the study were drawn, if
// they were drawn here.
func (m *caseImport) readSample(ctx context.Context) error {
	var drawn bool
	err := m.tx.GetContext(ctx, &drawn, `SELECT EXISTS (SELECT 1 FROM draws WHERE study = ?)`, m.study)
	if err == nil && drawn {
		m.sample, err = frameRows(ctx, m.tx, m.study)
	}
	return err
}

// sampled gives a new case the region, period and stratum in which it was
// drawn, or returns why its file should not have come.
func (m *caseImport) sampled(c *annotations.Case) error {
	if m.sample == nil {
		return nil
	}
	row, ok := m.sample[c.ID]
	var why *Objection
	switch {
	case !ok || row.Draw == nil:
		why = object(reasonNotInSample)
	case !row.Used:
		why = object(reasonInReserve, row.List)
	case row.Dropped != "":
		why = object(reasonDroppedCase)
	case c.Region != "" && c.Region != row.Region:
		why = object(reasonRegionInFrame, c.Region, row.Region)
	case c.Period != "" && c.Period != row.Period:
		why = object(reasonPeriodInFrame, c.Period, row.Period)
	case c.Stratum != "" && c.Stratum != row.List && c.Stratum != row.Stratum:
		why = object(reasonStratumInFrame, c.Stratum, row.List)
	default:
		c.Region, c.Period, c.Stratum = row.Region, row.Period, row.List
		return nil
	}
	return &FrameProblem{Case: c.ID, Why: why}
}
