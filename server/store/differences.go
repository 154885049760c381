package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
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
// most first.
func (s *Store) Differences(ctx context.Context, who auth.Actor, study string) ([]DifferingCase, error) {
	book, err := s.Codebook(ctx, study)
	if err != nil {
		return nil, err
	}
	made, err := s.openDecisions(ctx, study)
	if err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, `
		WITH given AS MATERIALIZED (
			SELECT c.id, c.case_id, c.region, c.period, c.on_site, c.attributes, k.case_key IS NOT NULL AS opened, a.coder = ? AS own, a.core_only,
				a.id AS assignment, `+submittedSeq+` AS seq
			FROM cases c JOIN assignments a ON a.case_key = c.id AND `+counts+` LEFT JOIN comparisons k ON k.case_key = c.id
			WHERE c.study = ? AND c.state = 'comparing')
		SELECT id, case_id, region, period, on_site, attributes, opened, own, core_only, coalesce(`+packedAnswers+`, '') FROM given
		ORDER BY case_id, assignment`, who.ID, study)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []DifferingCase
	var codings []codebook.Answers
	coreOnly := false
	settle := func() {
		if len(list) == 0 {
			return
		}
		var core func(*codebook.Variable) bool
		if coreOnly {
			core = annotations.Only
		}
		d := &list[len(list)-1]
		d.Open = len(annotations.Settle(book, codings, made[d.Case.Key], core).Open)
		codings, coreOnly = nil, false
	}
	for rows.Next() {
		c := annotations.Case{Study: study, State: annotations.Comparing}
		var d DifferingCase
		var attributes, packed string
		var own, core bool
		if err := rows.Scan(&c.Key, &c.ID, &c.Region, &c.Period, &c.OnSite, &attributes, &d.Opened, &own, &core, &packed); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(attributes), &c.Attributes); err != nil {
			return nil, fmt.Errorf("attributes of case %s: %w", c.ID, err)
		}
		if len(list) == 0 || list[len(list)-1].Case.Key != c.Key {
			settle()
			d.Case = c
			list = append(list, d)
		}
		at := &list[len(list)-1]
		at.Own, coreOnly = at.Own || own, coreOnly || core
		stated := unpack(packed)
		for id, a := range annotations.Copies(book, c) {
			stated[id] = a
		}
		codings = append(codings, stated)
	}
	settle()
	slices.SortStableFunc(list, func(a, b DifferingCase) int { return cmp.Compare(b.Open, a.Open) })
	return list, rows.Err()
}

// openDecisions reads the newest decisions on the cases that wait, by case.
func (s *Store) openDecisions(ctx context.Context, study string) (map[int64]map[string]annotations.Decision, error) {
	var rows []struct {
		Key        int64                  `db:"case_key"`
		Variable   string                 `db:"variable"`
		Value      string                 `db:"value"`
		Missing    string                 `db:"missing"`
		Provenance annotations.Provenance `db:"provenance"`
	}
	err := s.read.SelectContext(ctx, &rows, `
		SELECT d.case_key, d.variable, d.value, d.missing, d.provenance FROM decisions d JOIN cases c ON c.id = d.case_key
		WHERE c.study = ? AND c.state = 'comparing' ORDER BY d.case_key, d.variable, d.revision`, study)
	made := map[int64]map[string]annotations.Decision{}
	for _, r := range rows {
		if made[r.Key] == nil {
			made[r.Key] = map[string]annotations.Decision{}
		}
		made[r.Key][r.Variable] = annotations.Decision{Variable: r.Variable, Answer: codebook.Answer{Value: r.Value, Missing: r.Missing}, Provenance: r.Provenance}
	}
	return made, err
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
