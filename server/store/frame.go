package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A FrameCase is one eligible case of a sampling frame. Without a stratum it
// is in that of its region and period.
type FrameCase struct {
	ID                      annotations.CaseID
	Region, Period, Stratum string
	Place                   string // file and line, for messages
}

func (f FrameCase) stratum() string {
	if f.Stratum != "" {
		return f.Stratum
	}
	return f.Region + " " + f.Period
}

// A FrameStratum is what a frame says of one stratum: Frame (N_h) eligible
// cases, of which Drawn (n_h) are in the study. The weight of each of those is
// N_h / n_h (Särndal, Swensson and Wretman 1992, section 3.7).
type FrameStratum struct {
	Stratum string  `json:"stratum"`
	Frame   int     `json:"frame"`
	Drawn   int     `json:"drawn"`
	Weight  float64 `json:"weight"` // 0 when nothing was drawn
}

// A FrameProblem says what keeps a frame from being that of the study.
type FrameProblem struct {
	Place string // of the row of the frame; empty when the case has none
	Case  annotations.CaseID
	What  string
}

func (e *FrameProblem) Error() string {
	place := e.Place
	if place != "" {
		place += ": "
	}
	return fmt.Sprintf("%scase %s: %s", place, e.Case, e.What)
}

// SetFrame gives the cases of a study the stratum, the number of eligible
// cases in it and the weight that follow from the frame it was drawn from, and
// the region and period where the manifest had none. A case that is not in the
// frame, or that the frame describes otherwise, is refused, all at once. A
// second run of the same frame changes nothing; a corrected frame replaces the
// earlier one. It returns the strata in the order of the frame.
func (s *Store) SetFrame(ctx context.Context, who auth.Actor, study string, frame []FrameCase, dry bool) ([]FrameStratum, error) {
	var strata []FrameStratum
	at := map[string]int{}
	row := make(map[annotations.CaseID]FrameCase, len(frame))
	for _, f := range frame {
		row[f.ID] = f
		i, ok := at[f.stratum()]
		if !ok {
			i = len(strata)
			at[f.stratum()] = i
			strata = append(strata, FrameStratum{Stratum: f.stratum()})
		}
		strata[i].Frame++
	}
	moved := false // a case got its region or period
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		var cases []caseRow
		if err := tx.SelectContext(ctx, &cases, `SELECT `+caseColumns+` FROM cases c WHERE c.study = ? ORDER BY c.case_id`, study); err != nil {
			return err
		}
		var problems []error
		for _, c := range cases {
			f, ok := row[c.ID]
			problem := func(what string, args ...any) {
				problems = append(problems, &FrameProblem{f.Place, c.ID, fmt.Sprintf(what, args...)})
			}
			if !ok {
				problem("it is in the study but not in the frame; a frame has a row for every eligible case")
				continue
			}
			if c.Region != "" && c.Region != f.Region {
				problem("region %q contradicts %q in the study", f.Region, c.Region)
			}
			if c.Period != "" && c.Period != f.Period {
				problem("period %q contradicts %q in the study", f.Period, c.Period)
			}
			if c.FrameN == 0 && c.Stratum != "" && c.Stratum != f.stratum() {
				problem("stratum %q contradicts %q in the study", f.stratum(), c.Stratum)
			}
			strata[at[f.stratum()]].Drawn++
		}
		if problems != nil {
			return errors.Join(problems...)
		}
		for i, h := range strata {
			if h.Drawn > 0 {
				strata[i].Weight = float64(h.Frame) / float64(h.Drawn)
			}
		}
		update, err := tx.PreparexContext(ctx, `UPDATE cases SET region = ?, period = ?, stratum = ?, weight = ?, frame_n = ? WHERE id = ?`)
		if err != nil {
			return err
		}
		defer update.Close()
		changed := 0
		for _, c := range cases {
			f := row[c.ID]
			h := strata[at[f.stratum()]]
			placed := c.Region == f.Region && c.Period == f.Period
			if placed && c.Stratum == h.Stratum && c.Weight == h.Weight && c.FrameN == h.Frame {
				continue
			}
			changed++
			moved = moved || !placed
			if _, err := update.ExecContext(ctx, f.Region, f.Period, h.Stratum, h.Weight, h.Frame, c.Key); err != nil {
				return err
			}
		}
		if dry {
			return errDryRun
		}
		if changed == 0 {
			return nil
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "frame.set", Study: study, Right: auth.ImportCases, Detail: map[string]any{
			"frame": len(frame), "cases": len(cases), "changed": changed, "strata": len(strata)}})
	})
	if errors.Is(err, errDryRun) {
		return strata, nil
	}
	if err != nil {
		return nil, err
	}
	if moved {
		return strata, s.RefreshStatuses(ctx, study)
	}
	return strata, nil
}

// jsonText writes v, of strings and numbers, for a statement that takes a list.
func jsonText[T any](v []T) string {
	b, _ := json.Marshal(v) // strings and numbers always marshal
	return string(b)
}
