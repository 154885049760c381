package store

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A KeptDesign is what the figures of a study rest on beside the strata of its
// sample, as JSON. The zero KeptDesign is nothing.
type KeptDesign struct {
	Revision int    `db:"revision"`
	Design   []byte `db:"design"`
	At       moment `db:"at"`
	Author   string `db:"author"`
}

// Design returns the newest design of a study.
func (s *Store) Design(ctx context.Context, study string) (KeptDesign, error) {
	var list []KeptDesign
	err := s.read.SelectContext(ctx, &list, `
		SELECT d.revision, d.design, d.at, coalesce(u.name, '') AS author FROM study_designs d LEFT JOIN users u ON u.id = d.by
		WHERE d.study = ? ORDER BY d.revision DESC LIMIT 1`, study)
	if err != nil || len(list) == 0 {
		return KeptDesign{}, err
	}
	return list[0], nil
}

// SetDesign lets the figures of a study rest on another design from now on;
// releases keep theirs. Variable is the background variable that weights are
// scaled by, empty for none. Detail goes in the audit log.
func (s *Store) SetDesign(ctx context.Context, who auth.Actor, study, variable string, design []byte, detail map[string]any) error {
	if !who.May(auth.SetDesign, study) {
		return annotations.ErrDenied
	}
	if variable != "" {
		if err := s.keepClasses(ctx, study, []string{variable}); err != nil {
			return err
		}
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		_, err := tx.ExecContext(ctx, `
			INSERT INTO study_designs (study, revision, design, at, by)
			SELECT ?1, coalesce(max(revision), 0) + 1, ?2, ?3, nullif(?4, 0) FROM study_designs WHERE study = ?1`,
			study, string(design), stamp(now), who.ID)
		if err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "study.design", Study: study, Detail: detail, Right: auth.SetDesign})
	})
}

// SetBreakdowns names the background variables by whose categories the figures
// of a study are divided. Only variables with one category an answer can be.
func (s *Store) SetBreakdowns(ctx context.Context, who auth.Actor, study string, variables []string) error {
	if !who.May(auth.SetDesign, study) {
		return annotations.ErrDenied
	}
	book, err := s.Codebook(ctx, study)
	if err != nil {
		return err
	}
	for _, id := range variables {
		v := book.Variable(id)
		if v == nil || v.Type != codebook.TypeSingle && v.Type != codebook.TypeOrdinal {
			return &annotations.InvalidError{Field: "breakdowns", Key: "study.breakdowns.invalid", Args: map[string]any{"variable": id}}
		}
	}
	if err := s.keepClasses(ctx, study, variables); err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE studies SET breakdowns = ? WHERE id = ?`, jsonText(append([]string{}, variables...)), study); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "study.breakdowns", Study: study, Detail: map[string]any{"variables": variables}, Right: auth.SetDesign})
	})
}

// keepClasses puts the categories of background variables in the rows of all
// settled cases before figures ask for them, so that no figure is counted from
// half of the rows.
func (s *Store) keepClasses(ctx context.Context, study string, variables []string) error {
	added := false
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		kept, err := classesOf(ctx, tx, study)
		if err != nil {
			return err
		}
		for _, id := range variables {
			if !slices.Contains(kept, id) {
				kept, added = append(kept, id), true
			}
		}
		if !added {
			return nil
		}
		_, err = tx.ExecContext(ctx, `UPDATE studies SET classes = ? WHERE id = ?`, jsonText(kept), study)
		return err
	})
	if err != nil || !added {
		return err
	}
	return s.RefreshStatuses(ctx, study)
}

// classesOf returns the background variables whose category stands in the rows
// of settled cases.
func classesOf(ctx context.Context, q sqlx.QueryerContext, study string) ([]string, error) {
	var packed []byte
	if err := sqlx.GetContext(ctx, q, &packed, `SELECT classes FROM studies WHERE id = ?`, study); err != nil {
		return nil, absent(err)
	}
	var variables []string
	return variables, json.Unmarshal(packed, &variables)
}

// The columns that can name the organisation that supplied a file.
const (
	ColumnSource = "source" // of the manifest
	ColumnCase   = "case:"  // and the name of a further column of the manifest
	ColumnFrame  = "frame:" // and that of one of the sampling frame
)

// Columns returns the columns of the manifest and the sampling frame of a
// study that can name an organisation.
func (s *Store) Columns(ctx context.Context, study string) ([]string, error) {
	list := []string{ColumnSource}
	for _, of := range []struct{ prefix, table string }{{ColumnCase, "cases"}, {ColumnFrame, "frame_cases"}} {
		var names []string
		err := s.read.SelectContext(ctx, &names, `SELECT DISTINCT k.key FROM `+of.table+` t, json_each(t.attributes) k
			WHERE t.study = ? AND t.attributes <> '{}' ORDER BY k.key LIMIT 50`, study)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			list = append(list, of.prefix+name)
		}
	}
	return list, nil
}

// FrameAttribute returns the value that each case of the sampling frame has in
// one of its further columns, where it has one.
func (s *Store) FrameAttribute(ctx context.Context, study, name string) (map[annotations.CaseID]string, error) {
	rows, err := s.read.QueryxContext(ctx, `SELECT t.case_id, k.value FROM frame_cases t, json_each(t.attributes) k WHERE t.study = ? AND k.key = ? AND k.value <> ''`, study, name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	values := map[annotations.CaseID]string{}
	for rows.Next() {
		var id annotations.CaseID
		var value string
		if err := rows.Scan(&id, &value); err != nil {
			return nil, err
		}
		values[id] = value
	}
	return values, rows.Err()
}
