package store

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/dossierlens/dossierlens/annotations"
)

// sourcePassages is one text with the passages of document d of case c, or of
// the case when it was coded on site, as they stood when codings were last
// handed in.
const sourcePassages = `(SELECT json_group_array(json_object('ID', p.id, 'Assignment', p.assignment, 'Coder', p.coder, 'Login', p.login,
		'Variable', p.variable, 'Category', p.category, 'Document', coalesce(p.document, 0), 'Start', coalesce(p.start, 0), 'End', coalesce(p."end", 0),
		'Quote', p.quote, 'DocumentType', p.document_type, 'Page', p.page, 'Day', p.day, 'Paraphrase', p.paraphrase, 'At', p.at))
	FROM (SELECT p.*, a.coder, u.login FROM assignments a JOIN users u ON u.id = a.coder JOIN passages p ON p.assignment = a.id
		WHERE a.case_key = c.id AND ` + counts + ` AND a.submitted_at IS NOT NULL AND p.document IS d.id
		AND p.at <= (SELECT max(b.at) FROM submissions b WHERE b.assignment = a.id)
		AND (p.removed_at IS NULL OR p.removed_at > (SELECT max(b.at) FROM submissions b WHERE b.assignment = a.id))
		ORDER BY p.start, p."end", p.id) p)`

// Sources yields the documents of all cases of which [Store.HandedIn] yields
// codings, in order of case and number, with the passages in them. The text of
// a document that was deleted is empty, and so are the quotes from it.
func (s *Store) Sources(ctx context.Context, study string) iter.Seq2[annotations.Source, error] {
	return func(yield func(annotations.Source, error) bool) {
		rows, err := s.read.QueryxContext(ctx, `
			SELECT `+caseColumns+`, d.id AS document, coalesce(d.number, 0) AS number, coalesce(d.type, '') AS type, coalesce(d.title, '') AS title, d.day,
				coalesce(d.text, '') AS text, d.deletion IS NOT NULL AS gone, coalesce(d.sha256, '') AS sha256, `+sourcePassages+` AS passages
			FROM cases c LEFT JOIN documents d ON d.case_key = c.id
			WHERE c.study = ? AND c.practice = 0 AND EXISTS (SELECT 1 FROM assignments a WHERE a.case_key = c.id AND `+counts+` AND a.submitted_at IS NOT NULL)
			ORDER BY c.case_id, d.number`, study)
		if err != nil {
			yield(annotations.Source{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var r struct {
				caseRow
				Document *int64 `db:"document"`
				Number   int    `db:"number"`
				Type     string `db:"type"`
				Title    string `db:"title"`
				Day      *int   `db:"day"`
				Text     string `db:"text"`
				SHA256   string `db:"sha256"`
				Gone     bool   `db:"gone"` // the text was deleted: its passages have no place
				Passages []byte `db:"passages"`
			}
			if err := rows.StructScan(&r); err != nil {
				yield(annotations.Source{}, err)
				return
			}
			src := annotations.Source{Case: r.caseRow.domain()}
			if r.Document != nil {
				src.Document = &annotations.Document{Key: *r.Document, Number: r.Number, Type: r.Type, Title: r.Title, Day: r.Day, Text: r.Text, SHA256: r.SHA256}
			}
			if err := json.Unmarshal(r.Passages, &src.Passages); err != nil {
				yield(annotations.Source{}, fmt.Errorf("passages of case %s: %w", src.Case.ID, err))
				return
			}
			if r.Gone {
				src.Passages = nil
			}
			if !yield(src, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(annotations.Source{}, err)
		}
	}
}
