package store

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/dossierlens/dossierlens/annotations"
)

// StatedSince yields the codings of a study that were handed in, as last
// handed in, without notes and passages, of the cases to which something
// happened after a count of [Store.Changes]; of all with -1. They come in no
// order; practice cases and hidden repeats are not among them.
func (s *Store) StatedSince(ctx context.Context, study string, changes int64) iter.Seq2[annotations.StatedCoding, error] {
	return func(yield func(annotations.StatedCoding, error) bool) {
		rows, err := s.read.QueryxContext(ctx, `
			WITH given AS MATERIALIZED (
				SELECT c.id, c.case_id, c.region, c.period, c.source, c.attributes, a.id AS assignment, u.login, `+submittedSeq+` AS seq
				FROM cases c JOIN assignments a ON a.case_key = c.id AND `+counts+` AND a.submitted_at IS NOT NULL JOIN users u ON u.id = a.coder
				WHERE c.study = ? AND c.changed > ? AND c.practice = 0)
			SELECT id, case_id, region, period, source, attributes, login, coalesce(`+packedAnswers+`, '') FROM given`, study, changes)
		if err != nil {
			yield(annotations.StatedCoding{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var k annotations.StatedCoding
			var attributes, packed string
			if err := rows.Scan(&k.Case.Key, &k.Case.ID, &k.Case.Region, &k.Case.Period, &k.Case.Source, &attributes, &k.Login, &packed); err != nil {
				yield(k, err)
				return
			}
			if attributes != "{}" {
				if err := json.Unmarshal([]byte(attributes), &k.Case.Attributes); err != nil {
					yield(k, fmt.Errorf("case %s: attributes: %w", k.Case.ID, err))
					return
				}
			}
			k.Stated = unpack(packed)
			if !yield(k, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(annotations.StatedCoding{}, err)
		}
	}
}
