package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A FrameStratum is what a frame says of one stratum: Frame (N_h) eligible
// cases, of which Drawn (n_h) are in the sample.
type FrameStratum struct {
	Stratum string  `json:"stratum"`
	Frame   int     `json:"frame"`
	Drawn   int     `json:"drawn"`
	Weight  float64 `json:"weight"` // 0 when nothing was drawn
}

// A FrameProblem says what keeps a frame from being that of the study.
type FrameProblem struct {
	Place string             // of the row of the frame; empty when the case has none
	Case  annotations.CaseID // empty when a stratum is meant
	Why   *Objection
}

func (e *FrameProblem) Error() string {
	text := e.Why.Error()
	if e.Case != "" {
		text = fmt.Sprintf("case %s: %s", e.Case, text)
	}
	if e.Place != "" {
		text = e.Place + ": " + text
	}
	return text
}

// frameRow is a case of a frame as the table has it.
type frameRow struct {
	ID         annotations.CaseID     `db:"case_id"`
	Region     string                 `db:"region"`
	Period     string                 `db:"period"`
	Stratum    string                 `db:"stratum"`
	Attributes string                 `db:"attributes"`
	List       string                 `db:"list"`
	Draw       *int64                 `db:"draw"`
	Place      int                    `db:"place"`
	Used       bool                   `db:"used"`
	Dropped    annotations.DropReason `db:"dropped"`
	DroppedAt  *string                `db:"dropped_at"`
	Replaces   annotations.CaseID     `db:"replaces"`
}

const frameColumns = `case_id, region, period, stratum, attributes, list, draw, place, used, dropped, dropped_at, replaces`

func (r frameRow) domain() annotations.FrameCase {
	f := annotations.FrameCase{ID: r.ID, Region: r.Region, Period: r.Period, Stratum: r.Stratum}
	if r.Attributes != "{}" {
		json.Unmarshal([]byte(r.Attributes), &f.Attributes) // the schema says it is JSON, and this package wrote it
	}
	return f
}

// same reports whether the row is that of f.
func (r frameRow) same(f annotations.FrameCase) bool {
	old := r.domain()
	return old.Region == f.Region && old.Period == f.Period && old.Stratum == f.Stratum && maps.Equal(old.Attributes, f.Attributes)
}

// SetFrame keeps the frame of a study: every case that is eligible, drawn or
// not. Strata that were drawn from are fixed: their rows may stand in the file
// again, the same, or be left out together; the rest of an earlier frame is
// replaced, so that a corrected frame, or that of a next period, takes its
// place. A second run of the same frame changes nothing.
//
// The cases that the study has are looked for in the frame and get the
// stratum, the number of eligible cases in it and the weight that follow, and
// the region and period where the manifest had none. A case that is not in the
// frame, or that the frame describes otherwise, is refused, all at once, each a
// [FrameProblem]. It returns the strata in the order of the file.
func (s *Store) SetFrame(ctx context.Context, who auth.Actor, study string, frame []annotations.FrameCase, dry bool) ([]FrameStratum, error) {
	var strata []FrameStratum
	moved := false // a case got its region or period
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		old, err := frameRows(ctx, tx, study)
		if err != nil {
			return err
		}
		var cases []caseRow
		if err := tx.SelectContext(ctx, &cases, `SELECT `+caseColumns+` FROM cases c WHERE c.study = ? AND c.practice = 0 ORDER BY c.case_id`, study); err != nil {
			return err
		}
		fresh, problems := frameChange(old, frame)
		problems = append(problems, frameAgrees(old, frame, cases)...)
		barred, err := frameBarred(ctx, tx, study, frame)
		if err != nil {
			return err
		}
		problems = append(problems, barred...)
		if problems != nil {
			return errors.Join(problems...)
		}
		changed, err := replaceFrame(ctx, tx, study, old, fresh)
		if err != nil {
			return err
		}
		placed, weighed, err := placeCases(ctx, tx, study)
		if err != nil {
			return err
		}
		moved = placed > 0
		if strata, err = frameStrata(ctx, tx, study, frame); err != nil {
			return err
		}
		if dry {
			return errDryRun
		}
		if !changed && placed+weighed == 0 {
			return nil
		}
		if err := figuresChange(ctx, tx, study); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "frame.set", Study: study, Right: auth.ImportCases, Detail: map[string]any{
			"frame": len(frame), "cases": len(cases), "changed": weighed, "strata": len(strata)}})
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

func frameRows(ctx context.Context, q sqlx.QueryerContext, study string) (map[annotations.CaseID]frameRow, error) {
	var rows []frameRow
	err := sqlx.SelectContext(ctx, q, &rows, `SELECT `+frameColumns+` FROM frame_cases WHERE study = ?`, study)
	byID := make(map[annotations.CaseID]frameRow, len(rows))
	for _, r := range rows {
		byID[r.ID] = r
	}
	return byID, err
}

// frameChange returns the rows of a file that were not drawn from yet, and
// what in it contradicts those that were.
func frameChange(old map[annotations.CaseID]frameRow, frame []annotations.FrameCase) (fresh []annotations.FrameCase, problems []error) {
	drawn := map[string]int{} // by list: rows that were drawn from
	own := map[string]string{}
	for _, r := range old {
		if r.Draw != nil {
			drawn[r.List]++
			own[r.domain().In("")] = r.List
		}
	}
	again := map[string]int{}
	for _, f := range frame {
		r, known := old[f.ID]
		_, fixed := own[f.In("")]
		switch {
		case known && r.Draw != nil && !r.same(f):
			problems = append(problems, &FrameProblem{f.Place, f.ID, object(reasonDrawnOtherwise, r.List)})
		case known && r.Draw != nil:
			again[r.List]++
		case fixed:
			problems = append(problems, &FrameProblem{f.Place, f.ID, object(reasonDrawnWithout, f.In(""))})
		default:
			fresh = append(fresh, f)
		}
	}
	for list, n := range again {
		if n < drawn[list] {
			problems = append(problems, &FrameProblem{"", "", object(reasonDrawnPartly, list, drawn[list], n)})
		}
	}
	return fresh, problems
}

// frameAgrees returns what a frame says otherwise than the cases of the study.
func frameAgrees(old map[annotations.CaseID]frameRow, frame []annotations.FrameCase, cases []caseRow) (problems []error) {
	row := make(map[annotations.CaseID]annotations.FrameCase, len(frame))
	for _, f := range frame {
		row[f.ID] = f
	}
	for _, c := range cases {
		f, ok := row[c.ID]
		if r := old[c.ID]; !ok && r.Draw != nil {
			continue
		}
		problem := func(r Reason, args ...any) {
			problems = append(problems, &FrameProblem{f.Place, c.ID, object(r, args...)})
		}
		if !ok {
			problem(reasonNotInFrame)
			continue
		}
		if c.Region != "" && c.Region != f.Region {
			problem(reasonRegionInStudy, f.Region, c.Region)
		}
		if c.Period != "" && c.Period != f.Period {
			problem(reasonPeriodInStudy, f.Period, c.Period)
		}
		if c.FrameN == 0 && c.Stratum != "" && c.Stratum != f.In("") {
			problem(reasonStratumInStudy, f.In(""), c.Stratum)
		}
	}
	return problems
}

// frameBarred returns the rows of a frame that cannot be cases of the sample:
// practice cases, and pseudonyms under which hidden repeats are shown.
func frameBarred(ctx context.Context, q sqlx.QueryerContext, study string, frame []annotations.FrameCase) (problems []error, err error) {
	var ids []annotations.CaseID
	if err := sqlx.SelectContext(ctx, q, &ids, `SELECT case_id FROM cases WHERE study = ? AND practice = 1`, study); err != nil {
		return nil, err
	}
	practice := make(map[annotations.CaseID]bool, len(ids))
	for _, id := range ids {
		practice[id] = true
	}
	taken, err := takenByRepeats(ctx, q, study)
	for _, f := range frame {
		switch {
		case practice[f.ID]:
			problems = append(problems, &FrameProblem{f.Place, f.ID, object(reasonPractice)})
		case taken[f.ID]:
			problems = append(problems, &FrameProblem{f.Place, f.ID, object(reasonTaken)})
		}
	}
	return problems, err
}

// replaceFrame puts the fresh rows in the place of all that were not drawn
// from, and reports whether that changes anything.
func replaceFrame(ctx context.Context, tx *sqlx.Tx, study string, old map[annotations.CaseID]frameRow, fresh []annotations.FrameCase) (bool, error) {
	open, same := 0, 0
	for _, r := range old {
		if r.Draw == nil {
			open++
		}
	}
	for _, f := range fresh {
		if r, ok := old[f.ID]; ok && r.same(f) {
			same++
		}
	}
	if open == same && same == len(fresh) {
		return false, nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM frame_cases WHERE study = ? AND draw IS NULL`, study); err != nil {
		return false, err
	}
	insert, err := tx.PreparexContext(ctx, `
		INSERT INTO frame_cases (study, case_id, region, period, stratum, attributes, list, used, dropped, dropped_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return false, err
	}
	defer insert.Close()
	for _, f := range fresh {
		attributes := "{}"
		if len(f.Attributes) > 0 {
			attributes = jsonText(f.Attributes)
		}
		was := old[f.ID] // what became of a case that was drawn elsewhere is kept
		_, err := insert.ExecContext(ctx, study, f.ID, f.Region, f.Period, f.Stratum, attributes, f.In(""), was.Used, was.Dropped, was.DroppedAt)
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// placeCases brings the cases of a study up to date with its frame, and
// returns how many got a region or period and how many another weight. Cases
// of a stratum that was not drawn here are its sample: they were drawn
// elsewhere.
func placeCases(ctx context.Context, tx *sqlx.Tx, study string) (placed, weighed int64, err error) {
	run := func(sql string) int64 {
		if err != nil {
			return 0
		}
		r, failed := tx.ExecContext(ctx, sql, study)
		if err = failed; err != nil {
			return 0
		}
		n, failed := r.RowsAffected()
		err = failed
		return n
	}
	run(`UPDATE frame_cases SET used = 1 WHERE study = ?1 AND draw IS NULL AND used = 0
		AND case_id IN (SELECT case_id FROM cases WHERE study = ?1)`)
	placed = run(`UPDATE cases SET region = f.region, period = f.period FROM frame_cases f
		WHERE cases.study = ?1 AND f.study = ?1 AND f.case_id = cases.case_id AND (cases.region <> f.region OR cases.period <> f.period)`)
	weighed = run(`UPDATE cases SET stratum = f.list, frame_n = w.n, weight = w.weight
		FROM frame_cases f JOIN (` + strataWeights + `) w ON w.list = f.list
		WHERE cases.study = ?1 AND f.study = ?1 AND f.case_id = cases.case_id
		  AND (cases.stratum <> f.list OR cases.frame_n <> w.n OR cases.weight <> w.weight)`)
	return placed, weighed, err
}

// figuresChange notes that what figures of a study are counted from is another,
// though none of its cases was settled otherwise.
func figuresChange(ctx context.Context, tx *sqlx.Tx, study string) error {
	_, err := tx.ExecContext(ctx, `UPDATE studies SET changes = changes + 1 WHERE id = ?`, study)
	return err
}

// The conditions of a case that was dropped as outside the population, and of
// one that is eligible and lost: [annotations.DropReason.Outside] in SQL.
const (
	outside = `dropped IN ('outside_target_group', 'duplicate_family')`
	lost    = `(dropped <> '' AND NOT ` + outside + `)`
)

// strataWeights is [annotations.SampleStratum.Weight] in SQL, for the study ?1.
const strataWeights = `SELECT list, count(*) AS n, coalesce(1.0 * count(*) / nullif(sum(used) - sum(` + lost + `), 0), 0) AS weight
	FROM frame_cases WHERE study = ?1 GROUP BY list`

// frameStrata returns the strata of the rows of a file, in its order.
func frameStrata(ctx context.Context, tx *sqlx.Tx, study string, frame []annotations.FrameCase) ([]FrameStratum, error) {
	var rows []struct {
		List   string  `db:"list"`
		N      int     `db:"n"`
		Used   int     `db:"used"`
		Weight float64 `db:"weight"`
	}
	err := tx.SelectContext(ctx, &rows, `SELECT w.list, w.n, w.weight, u.used FROM (`+strataWeights+`) w
		JOIN (SELECT list, sum(used) AS used FROM frame_cases WHERE study = ?1 GROUP BY list) u ON u.list = w.list`, study)
	if err != nil {
		return nil, err
	}
	known, err := frameRows(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	byList := map[string]FrameStratum{}
	for _, r := range rows {
		h := FrameStratum{Stratum: r.List, Frame: r.N, Drawn: r.Used}
		if r.Used > 0 {
			h.Weight = r.Weight
		}
		byList[r.List] = h
	}
	var strata []FrameStratum
	for _, f := range frame {
		list := known[f.ID].List
		if h, ok := byList[list]; ok {
			strata = append(strata, h)
			delete(byList, list)
		}
	}
	return strata, nil
}

// jsonText writes v, of strings and numbers, for a statement that takes JSON.
func jsonText(v any) string {
	b, _ := json.Marshal(v) // strings and numbers always marshal
	return string(b)
}
