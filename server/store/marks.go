package store

import (
	"context"

	"github.com/dossierlens/dossierlens/annotations"
)

// Marks returns the documents of a study in which somebody marked a passage
// for a variable, of cases with two or more codings, with the marks as they
// stood when the codings were independently handed in.
func (s *Store) Marks(ctx context.Context, study, variable string) ([]annotations.MarkedDocument, error) {
	var rows []struct {
		Case     int64  `db:"case_key"`
		Coder    int64  `db:"coder"`
		Document *int64 `db:"document"`
		Start    int64  `db:"start"`
		End      int64  `db:"stop"`
	}
	err := s.read.SelectContext(ctx, &rows, `
		WITH given AS MATERIALIZED (
			SELECT a.case_key, a.id, a.coder, `+independentAt+` AS handed
			FROM cases c JOIN assignments a ON a.case_key = c.id AND `+counts+` AND a.submitted_at IS NOT NULL
			WHERE c.study = ? AND c.given > 1 AND c.on_site = 0 AND c.practice = 0)
		SELECT g.case_key, g.coder, p.document, coalesce(p.start, 0) AS start, coalesce(p."end", 0) AS stop
		FROM given g LEFT JOIN passages p ON p.assignment = g.id AND p.variable = ? AND p.document IS NOT NULL
			AND p.at <= g.handed AND (p.removed_at IS NULL OR p.removed_at > g.handed)
		WHERE g.handed IS NOT NULL ORDER BY g.case_key, p.document, g.coder, p.start, p.id`, study, variable)
	if err != nil {
		return nil, err
	}
	coders := map[int64][]int64{}
	of := map[int64]int64{} // case by document
	marks := map[int64]map[int64][]annotations.Mark{}
	var order []int64
	for _, r := range rows {
		coders[r.Case] = append(coders[r.Case], r.Coder)
		if r.Document == nil {
			continue
		}
		d := *r.Document
		if marks[d] == nil {
			marks[d] = map[int64][]annotations.Mark{}
			of[d] = r.Case
			order = append(order, d)
		}
		marks[d][r.Coder] = append(marks[d][r.Coder], annotations.Mark{Start: r.Start, End: r.End})
	}
	if len(order) == 0 {
		return nil, nil
	}
	var texts []struct {
		ID    int64  `db:"id"`
		Text  string `db:"text"`
		Chars int64  `db:"chars"`
	}
	if err := s.read.SelectContext(ctx, &texts, `SELECT id, text, chars FROM documents WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`, jsonText(order)); err != nil {
		return nil, err
	}
	list := make([]annotations.MarkedDocument, 0, len(texts))
	for _, t := range texts {
		m := marks[t.ID]
		for _, c := range coders[of[t.ID]] {
			if _, marked := m[c]; !marked {
				m[c] = nil
			}
		}
		list = append(list, annotations.MarkedDocument{Text: t.Text, Chars: t.Chars, Marks: m})
	}
	return list, nil
}
