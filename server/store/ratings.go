package store

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// What separates the parts of an answer, and answers, in packedAnswers. No
// answer can contain them: the codebook accepts no control characters.
const (
	unitSeparator   = "\x1f"
	recordSeparator = "\x1e"
)

// packedAnswers is one text with all answers of an assignment of the table
// given up to its seq, older versions first. A row per answer would take several
// times as long to read. The table is materialized, or its seq would be looked
// up again for every answer.
const packedAnswers = `(SELECT group_concat(variable || char(31) || value || char(31) || missing, char(30))
	FROM (SELECT n.variable, n.value, n.missing FROM answers n WHERE n.assignment = given.assignment AND n.seq <= given.seq ORDER BY n.variable, n.version))`

// Independent yields the cases of a study with two or more codings that were
// handed in, with these codings as they were then: what agreement is computed
// on. Cases come by pseudonym, their codings by assignment; practice cases and
// hidden repeats are not among them.
func (s *Store) Independent(ctx context.Context, study string) iter.Seq2[annotations.CodedCase, error] {
	return s.independent(ctx, study, -1)
}

// IndependentSince yields those of [Store.Independent] to whose codings or
// decisions something happened after a count of [Store.Changes].
func (s *Store) IndependentSince(ctx context.Context, study string, changes int64) iter.Seq2[annotations.CodedCase, error] {
	return s.independent(ctx, study, changes)
}

// ChangedCases returns the keys of the cases to whose codings or decisions
// something happened after a count of [Store.Changes].
func (s *Store) ChangedCases(ctx context.Context, study string, changes int64) ([]int64, error) {
	var keys []int64
	err := s.read.SelectContext(ctx, &keys, `SELECT id FROM cases WHERE study = ?1 AND changed > ?2
		UNION ALL SELECT case_key FROM erasures WHERE study = ?1 AND changed > ?2 AND case_key IS NOT NULL`, study, changes)
	return keys, err
}

func (s *Store) independent(ctx context.Context, study string, since int64) iter.Seq2[annotations.CodedCase, error] {
	return func(yield func(annotations.CodedCase, error) bool) {
		made, err := s.studyDecisions(ctx, study, since, everyCase)
		if err != nil {
			yield(annotations.CodedCase{}, err)
			return
		}
		rows, err := s.read.QueryContext(ctx, `
			WITH given AS MATERIALIZED (
				SELECT c.id, c.case_id, c.region, c.period, c.source, c.attributes, a.id AS assignment, a.round, a.coder, `+independentSeq+` AS seq, `+independentAt+` AS handed
				FROM cases c JOIN assignments a ON a.case_key = c.id AND `+counts+` AND a.submitted_at IS NOT NULL
				WHERE c.study = ? AND c.changed > ? AND c.given > 1 AND c.practice = 0)
			SELECT id, case_id, region, period, source, attributes, round, coder, handed, `+packedAnswers+` FROM given ORDER BY case_id, assignment`, study, since)
		if err != nil {
			yield(annotations.CodedCase{}, err)
			return
		}
		defer rows.Close()
		var at annotations.CodedCase
		for rows.Next() {
			var c annotations.Case
			var round, attributes string
			var coder int64
			var packed *string
			var handed moment
			if err := rows.Scan(&c.Key, &c.ID, &c.Region, &c.Period, &c.Source, &attributes, &round, &coder, &handed, &packed); err != nil {
				yield(at, err)
				return
			}
			if at.Case.Key != c.Key {
				if len(at.Codings) > 1 && !yield(at, nil) {
					return
				}
				if attributes != "{}" {
					if err := json.Unmarshal([]byte(attributes), &c.Attributes); err != nil {
						yield(at, fmt.Errorf("attributes of case %s: %w", c.ID, err))
						return
					}
				}
				at = annotations.CodedCase{Case: c, Round: round, Decided: decidedAnswers(made[c.Key])}
			}
			if packed != nil {
				at.Codings = append(at.Codings, annotations.IndependentCoding{Coder: coder, Stated: unpack(*packed), At: handed.Time})
			}
		}
		if err := rows.Err(); err != nil {
			yield(at, err)
			return
		}
		if len(at.Codings) > 1 {
			yield(at, nil)
		}
	}
}

func decidedAnswers(made map[string]annotations.Decision) map[string]codebook.Answer {
	if len(made) == 0 {
		return nil
	}
	answers := make(map[string]codebook.Answer, len(made))
	for id, d := range made {
		answers[id] = d.Answer
	}
	return answers
}

// unpack reads packedAnswers; of several versions the last counts, and an
// answer that was taken back is none.
func unpack(packed string) codebook.Answers {
	stated := make(codebook.Answers, strings.Count(packed, recordSeparator)+1)
	for record := range strings.SplitSeq(packed, recordSeparator) {
		variable, rest, _ := strings.Cut(record, unitSeparator)
		value, missing, _ := strings.Cut(rest, unitSeparator)
		if a := (codebook.Answer{Value: value, Missing: missing}); a != (codebook.Answer{}) {
			stated[variable] = a
		} else {
			delete(stated, variable)
		}
	}
	return stated
}

// Changes counts what happened to the codings and decisions of a study. As
// long as it is the same, so are the figures that rest on them.
func (s *Store) Changes(ctx context.Context, study string) (int64, error) {
	var n int64
	err := s.read.GetContext(ctx, &n, `SELECT changes FROM studies WHERE id = ?`, study)
	return n, absent(err)
}

// OpenedComparisons returns the keys of the cases of a study whose codings are
// no longer blind.
func (s *Store) OpenedComparisons(ctx context.Context, study string) (map[int64]bool, error) {
	var keys []int64
	err := s.read.SelectContext(ctx, &keys, `SELECT k.case_key FROM comparisons k JOIN cases c ON c.id = k.case_key WHERE c.study = ?`, study)
	opened := make(map[int64]bool, len(keys))
	for _, k := range keys {
		opened[k] = true
	}
	return opened, err
}
