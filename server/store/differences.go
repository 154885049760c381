package store

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A DifferingCase is a case whose codings are all in and differ.
type DifferingCase struct {
	Case   annotations.Case
	Open   int  // variables that wait for a decision
	Opened bool // the comparison was opened
	Own    bool // the actor coded it, and cannot settle it
}

// Differences returns the cases of a study with open differences, those with
// most first, at most so many.
func (s *Store) Differences(ctx context.Context, who auth.Actor, study string, most int) (list []DifferingCase, err error) {
	if err := s.countOpen(ctx, study); err != nil {
		return nil, err
	}
	var rows []struct {
		caseRow
		Open   int  `db:"open"`
		Opened bool `db:"opened"`
		Own    bool `db:"own"`
	}
	err = s.read.SelectContext(ctx, &rows, `
		SELECT `+caseColumns+`, c.open, EXISTS (SELECT 1 FROM comparisons k WHERE k.case_key = c.id) AS opened,
			EXISTS (SELECT 1 FROM assignments a WHERE a.case_key = c.id AND a.coder = ? AND `+counts+`) AS own
		FROM cases c WHERE c.study = ? AND c.state = 'comparing' ORDER BY c.open DESC, c.case_id LIMIT ?`, who.ID, study, most)
	for _, r := range rows {
		list = append(list, DifferingCase{Case: r.domain(), Open: r.Open, Opened: r.Opened, Own: r.Own})
	}
	return list, err
}

// A Queue is how the differences of a study stand, in cases.
type Queue struct {
	Waiting   int `db:"waiting"`   // with open differences
	Opened    int `db:"opened"`    // of those, where the comparison was opened
	Unanimous int `db:"unanimous"` // settled without a decision, for all coders gave the same answers
}

// Queue counts the cases of a study that were coded by more than one.
func (s *Store) Queue(ctx context.Context, study string) (q Queue, err error) {
	return q, s.read.GetContext(ctx, &q, `
		SELECT (SELECT count(*) FROM cases WHERE study = ?1 AND state = 'comparing') AS waiting,
			(SELECT count(*) FROM cases c JOIN comparisons k ON k.case_key = c.id WHERE c.study = ?1 AND c.state = 'comparing') AS opened,
			(SELECT count(*) FROM cases c WHERE c.study = ?1 AND c.practice = 0 AND c.state = 'settled' AND c.given > 1
				AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.case_key = c.id)) AS unanimous`, study)
}

// countOpen counts the differences of compared cases where that was not done: a
// workspace of an earlier version has it done once.
func (s *Store) countOpen(ctx context.Context, study string) error {
	var keys []int64
	if err := s.read.SelectContext(ctx, &keys, `SELECT id FROM cases WHERE study = ? AND state = 'comparing' AND open IS NULL ORDER BY id`, study); err != nil {
		return err
	}
	return s.settleAll(ctx, keys)
}

// independentPassages adds to the codings of a case the passages that stood
// when they were independently handed in.
func independentPassages(ctx context.Context, q sqlx.QueryerContext, key int64, codings []annotations.Coding) error {
	var rows []passageRow
	err := sqlx.SelectContext(ctx, q, &rows, `
		SELECT p.id, p.assignment, p.variable, p.category, coalesce(p.document, 0) AS document, coalesce(p.start, 0) AS start, coalesce(p."end", 0) AS stop,
			p.quote, p.document_type, p.page, p.day, p.paraphrase, p.at, 0 AS removed, `+passageGone+` AS gone
		FROM passages p JOIN assignments a ON a.id = p.assignment
		WHERE a.case_key = ? AND p.at <= `+independentAt+` AND (p.removed_at IS NULL OR p.removed_at > `+independentAt+`)
		ORDER BY p.assignment, p.document, p.start, p.id`, key)
	for _, r := range rows {
		for i := range codings {
			if codings[i].Assignment == r.Assignment {
				codings[i].Passages = append(codings[i].Passages, r.domain())
			}
		}
	}
	return err
}
