package store

import (
	"context"
	"iter"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
)

// An IndicatorText is what a study says of an indicator beside its codebook.
type IndicatorText struct {
	Indicator string   `db:"indicator"`
	Revision  int      `db:"revision"` // 0 when nothing was said
	SaysNL    string   `db:"says_nl"`
	SaysEN    string   `db:"says_en"`
	Norm      *float64 `db:"norm"`    // of the headline measure, in its unit
	AtMost    bool     `db:"at_most"` // the norm is an upper limit
	SourceNL  string   `db:"source_nl"`
	SourceEN  string   `db:"source_en"`
	At        moment   `db:"at"`
	Author    string   `db:"author"`
}

// Says and Source return the texts in a language, or in the other one where
// there is none in that.
func (t IndicatorText) Says(lang string) string {
	return codebook.Text{NL: t.SaysNL, EN: t.SaysEN}.In(lang)
}

// Source returns where the norm comes from.
func (t IndicatorText) Source(lang string) string {
	return codebook.Text{NL: t.SourceNL, EN: t.SourceEN}.In(lang)
}

// IndicatorTexts returns the newest texts of a study, by indicator.
func (s *Store) IndicatorTexts(ctx context.Context, study string) (map[string]IndicatorText, error) {
	var rows []IndicatorText
	err := s.read.SelectContext(ctx, &rows, `
		SELECT t.indicator, t.revision, t.says_nl, t.says_en, t.norm, t.at_most, t.source_nl, t.source_en, t.at, u.name AS author
		FROM indicator_texts t JOIN users u ON u.id = t.by
		WHERE t.study = ? AND NOT EXISTS (SELECT 1 FROM indicator_texts n WHERE n.study = t.study AND n.indicator = t.indicator AND n.revision > t.revision)`, study)
	texts := map[string]IndicatorText{}
	for _, t := range rows {
		texts[t.Indicator] = t
	}
	return texts, err
}

// SetIndicatorText says something else of an indicator from now on; what was
// said before is kept. A norm takes a source.
func (s *Store) SetIndicatorText(ctx context.Context, who auth.Actor, study string, t IndicatorText) error {
	if !who.May(auth.Describe, study) {
		return annotations.ErrDenied
	}
	if t.Norm != nil && t.SourceNL == "" && t.SourceEN == "" {
		return &annotations.InvalidError{Field: "source_nl", Key: "indicator.norm_source_required"}
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		_, err := tx.ExecContext(ctx, `
			INSERT INTO indicator_texts (study, indicator, revision, says_nl, says_en, norm, at_most, source_nl, source_en, at, by)
			SELECT ?1, ?2, coalesce(max(revision), 0) + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM indicator_texts WHERE study = ?1 AND indicator = ?2`,
			study, t.Indicator, t.SaysNL, t.SaysEN, t.Norm, t.AtMost, t.SourceNL, t.SourceEN, stamp(now), who.ID)
		if err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "indicator.describe", Study: study, Object: "indicator " + t.Indicator,
			Detail: map[string]any{"norm": t.Norm != nil}, Right: auth.Describe})
	})
}

// SettledIn yields the rows of the settled cases of a study behind a figure, by
// pseudonym: of a region, or of all for the empty one, in a half-year or in all
// those of a year. It is written to the audit log under the right to read
// cases. Who codes in the study may be given any of them still, and gets those
// alone whose comparison was opened.
func (s *Store) SettledIn(ctx context.Context, who auth.Actor, study, object, region, period string) iter.Seq2[StatusRow, error] {
	return func(yield func(StatusRow, error) bool) {
		if !who.May(auth.ReadCase, study) {
			yield(StatusRow{}, annotations.ErrDenied)
			return
		}
		err := s.Record(ctx, who, Event{Act: "figure.cases", Study: study, Object: object, Right: auth.ReadCase,
			Detail: map[string]any{"region": region, "period": period}})
		if err != nil {
			yield(StatusRow{}, err)
			return
		}
		s.statusRows(ctx, `t.study = ?1 AND (?2 = '' OR c.region = ?2) AND (c.period = ?3 OR c.period LIKE ?3 || '-%')
			AND (NOT ?4 OR EXISTS (SELECT 1 FROM comparisons k WHERE k.case_key = c.id))`, study, region, period, who.Is(auth.Coder, study))(yield)
	}
}

// A SettledCase is a case as it counts in figures, with what it rests on.
type SettledCase struct {
	Case       annotations.Case
	Settlement annotations.Settlement
	Decisions  map[string]annotations.Decision
	Passages   []annotations.Passage // of the codings as handed in, in reading order
	// Closed is set if passages are kept back: coders worked blind on the case
	// and their codings were not laid side by side.
	Closed bool
}

// SettledCase returns a settled case for somebody who may read cases, and
// writes to the audit log that it was read. Passages are those of the variables
// named. For who codes in the study it is [annotations.ErrLocked] until its
// comparison was opened.
func (s *Store) SettledCase(ctx context.Context, who auth.Actor, study string, id annotations.CaseID, variables []string) (SettledCase, error) {
	var out SettledCase
	if !who.May(auth.ReadCase, study) {
		return out, annotations.ErrDenied
	}
	c, err := s.Case(ctx, study, id)
	if err != nil {
		return out, err
	}
	if c.State != annotations.Settled || c.Practice { // practice is behind no figure
		return out, annotations.ErrNotFound
	}
	var opened bool
	if err := s.read.GetContext(ctx, &opened, `SELECT EXISTS (SELECT 1 FROM comparisons WHERE case_key = ?)`, c.Key); err != nil {
		return out, err
	}
	if !opened && who.Is(auth.Coder, study) {
		return out, annotations.ErrLocked
	}
	book, err := s.Codebook(ctx, study)
	if err != nil {
		return out, err
	}
	out.Case = c
	if out.Settlement, out.Decisions, err = settlement(ctx, s.read, book, c); err != nil {
		return out, err
	}
	codings, err := submittedCodings(ctx, s.read, c.Key, submittedSeq)
	if err != nil {
		return out, err
	}
	if out.Closed = len(codings) > 1 && !opened; !out.Closed {
		for _, k := range codings {
			list, err := passages(ctx, s.read, k.Assignment)
			if err != nil {
				return out, err
			}
			for _, p := range list {
				if slices.Contains(variables, p.Variable) {
					out.Passages = append(out.Passages, p)
				}
			}
		}
	}
	err = s.Record(ctx, who, Event{Act: "case.read", Study: study, Case: string(id), Right: auth.ReadCase})
	return out, err
}
