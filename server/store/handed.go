package store

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// handedAnswers is one text with all answers of assignment a up to its last
// submission, older versions first. A row per answer would take several times
// as long to read.
const handedAnswers = `(SELECT json_group_array(json_array(n.variable, n.value, n.missing, n.note))
	FROM (SELECT n.variable, n.value, n.missing, n.note FROM answers n WHERE n.assignment = a.id AND n.seq <= ` + submittedSeq + ` ORDER BY n.variable, n.version) n)`

// HandedIn yields all cases of a study of which a coding was handed in, or that
// were settled elsewhere, with the codings as last handed in and, for settled
// cases, what was settled. Cases come by pseudonym; practice cases and hidden
// repeats are not among them.
func (s *Store) HandedIn(ctx context.Context, study string) iter.Seq2[annotations.Handed, error] {
	return s.HandedInOf(ctx, study, everyCase)
}

// A CaseRange is the cases by pseudonym after one up to and including another.
type CaseRange struct{ After, Through annotations.CaseID }

// everyCase is the range of all: no pseudonym comes after its end.
var everyCase = CaseRange{Through: "\U0010FFFF"}

// RangeAfter returns the range of the next n cases of a study after one, and
// whether there are more behind it.
func (s *Store) RangeAfter(ctx context.Context, study string, after annotations.CaseID, n int) (r CaseRange, more bool, err error) {
	var ids []annotations.CaseID
	err = s.read.SelectContext(ctx, &ids, `
		SELECT case_id FROM cases WHERE study = ? AND case_id > ? ORDER BY case_id LIMIT ?`, study, after, n+1)
	if err != nil || len(ids) <= n {
		return CaseRange{after, everyCase.Through}, false, err
	}
	return CaseRange{after, ids[n-1]}, true, nil
}

// CoderOrder returns the coders of a study by when their first coding comes in
// [Store.HandedIn].
func (s *Store) CoderOrder(ctx context.Context, study string) ([]int64, error) {
	var ids []int64
	return ids, s.read.SelectContext(ctx, &ids, `
		SELECT coder FROM (
			SELECT a.coder, row_number() OVER (ORDER BY c.case_id, a.id) AS place
			FROM cases c JOIN assignments a ON a.case_key = c.id AND `+counts+` AND a.submitted_at IS NOT NULL
			WHERE c.study = ? AND c.practice = 0
		) GROUP BY coder ORDER BY min(place)`, study)
}

// HandedInOf is [Store.HandedIn] for the cases of a range.
func (s *Store) HandedInOf(ctx context.Context, study string, within CaseRange) iter.Seq2[annotations.Handed, error] {
	return func(yield func(annotations.Handed, error) bool) {
		var at annotations.Handed
		fail := func(err error) { yield(annotations.Handed{}, err) }
		book, err := s.Codebook(ctx, study)
		if err != nil {
			fail(err)
			return
		}
		made, err := s.studyDecisions(ctx, study, -1, within)
		if err != nil {
			fail(err)
			return
		}
		rows, err := s.read.QueryxContext(ctx, `
			SELECT `+caseColumns+`, coalesce(a.id, 0) AS assignment, coalesce(a.coder, 0) AS coder, coalesce(u.login, '') AS login,
				coalesce(a.core_only, 0) AS core_only, k.case_key IS NOT NULL AS opened,
				(SELECT max(b.at) FROM submissions b WHERE b.assignment = a.id) AS handed, `+handedAnswers+` AS answers
			FROM cases c LEFT JOIN assignments a ON a.case_key = c.id AND `+counts+` AND a.submitted_at IS NOT NULL
			LEFT JOIN users u ON u.id = a.coder LEFT JOIN comparisons k ON k.case_key = c.id
			WHERE c.study = ? AND c.practice = 0 AND c.case_id > ? AND c.case_id <= ?
			AND (a.id IS NOT NULL OR c.state = 'settled') ORDER BY c.case_id, a.id`, study, within.After, within.Through)
		if err != nil {
			fail(err)
			return
		}
		defer rows.Close()
		coreOnly := false
		send := func() bool {
			if at.Case.Key == 0 {
				return true
			}
			if at.Case.State == annotations.Settled {
				settled := settleHanded(book, at, made[at.Case.Key], coreOnly)
				at.Settlement = &settled
			}
			return yield(at, nil)
		}
		for rows.Next() {
			var r struct {
				caseRow
				Assignment int64  `db:"assignment"`
				Coder      int64  `db:"coder"`
				Login      string `db:"login"`
				CoreOnly   bool   `db:"core_only"`
				Opened     bool   `db:"opened"`
				Handed     moment `db:"handed"`
				Answers    []byte `db:"answers"`
			}
			if err := rows.StructScan(&r); err != nil {
				fail(err)
				return
			}
			if at.Case.Key != r.Key {
				if !send() {
					return
				}
				at, coreOnly = annotations.Handed{Case: r.caseRow.domain(), Opened: r.Opened}, false
			}
			if r.Assignment == 0 {
				continue // settled elsewhere
			}
			coreOnly = coreOnly || r.CoreOnly
			k := annotations.HandedCoding{Login: r.Login, SubmittedAt: r.Handed.Time}
			k.Assignment, k.Coder = r.Assignment, r.Coder
			if k.Entries, err = unpackEntries(r.Answers); err != nil {
				fail(fmt.Errorf("coding %d: %w", r.Assignment, err))
				return
			}
			at.Codings = append(at.Codings, k)
		}
		if err := rows.Err(); err != nil {
			fail(err)
			return
		}
		send()
	}
}

// unpackEntries reads handedAnswers; of several versions the last counts.
func unpackEntries(packed []byte) (map[string]annotations.Entry, error) {
	var list [][4]string
	if err := json.Unmarshal(packed, &list); err != nil {
		return nil, err
	}
	entries := make(map[string]annotations.Entry, len(list))
	for _, e := range list {
		entries[e[0]] = annotations.Entry{Variable: e[0], Answer: codebook.Answer{Value: e[1], Missing: e[2]}, Note: e[3]}
	}
	return entries, nil
}

func settleHanded(book *codebook.Codebook, h annotations.Handed, made map[string]annotations.Decision, coreOnly bool) annotations.Settlement {
	answers := make([]codebook.Answers, len(h.Codings))
	for i, k := range h.Codings {
		answers[i] = k.Given(book, h.Case)
	}
	if len(answers) == 0 {
		answers = []codebook.Answers{annotations.Copies(book, h.Case)}
	}
	var core func(*codebook.Variable) bool
	if coreOnly {
		core = annotations.Only
	}
	return annotations.Settle(book, answers, made, core)
}

// studyDecisions returns the newest decision of each variable, by case, of the
// cases of a range that changed after a count of changes.
func (s *Store) studyDecisions(ctx context.Context, study string, since int64, within CaseRange) (map[int64]map[string]annotations.Decision, error) {
	var rows []struct {
		Case       int64                  `db:"case_key"`
		Variable   string                 `db:"variable"`
		Revision   int                    `db:"revision"`
		Value      string                 `db:"value"`
		Missing    string                 `db:"missing"`
		Provenance annotations.Provenance `db:"provenance"`
		At         moment                 `db:"decided_at"`
	}
	err := s.read.SelectContext(ctx, &rows, `
		SELECT d.case_key, d.variable, d.revision, d.value, d.missing, d.provenance, d.decided_at
		FROM decisions d JOIN cases c ON c.id = d.case_key WHERE c.study = ? AND c.changed > ? AND c.case_id > ? AND c.case_id <= ?
		ORDER BY d.case_key, d.variable, d.revision`, study, since, within.After, within.Through)
	made := map[int64]map[string]annotations.Decision{}
	for _, r := range rows {
		if made[r.Case] == nil {
			made[r.Case] = map[string]annotations.Decision{}
		}
		made[r.Case][r.Variable] = annotations.Decision{Variable: r.Variable, Revision: r.Revision, Provenance: r.Provenance,
			Answer: codebook.Answer{Value: r.Value, Missing: r.Missing}, At: r.At.Time}
	}
	return made, err
}
