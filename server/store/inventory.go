package store

import "context"

// A Holding is how much of one kind of personal data a study holds.
type Holding struct {
	Kind string `db:"kind"` // documents, held, passages, codings, comments, people, log
	Rows int64  `db:"rows"`
}

// Inventory counts what a study holds of each kind of personal data: texts,
// texts that wait for screening, passages with their quotes, codings, what
// people said about them, the people themselves, and rows of the audit log.
func (s *Store) Inventory(ctx context.Context, study string) ([]Holding, error) {
	var list []Holding
	return list, s.read.SelectContext(ctx, &list, `
		SELECT 'documents' AS kind, count(*) AS rows FROM documents d JOIN cases c ON c.id = d.case_key WHERE c.study = ?1 AND d.deletion IS NULL
		UNION ALL SELECT 'held', count(*) FROM held_documents h JOIN cases c ON c.id = h.case_key WHERE c.study = ?1
		UNION ALL SELECT 'passages', count(*) FROM passages p JOIN assignments a ON a.id = p.assignment WHERE a.study = ?1 AND p.removed_at IS NULL
		UNION ALL SELECT 'codings', count(*) FROM assignments WHERE study = ?1
		UNION ALL SELECT 'comments', count(*) FROM comments m JOIN assignments a ON a.id = m.assignment WHERE a.study = ?1
		UNION ALL SELECT 'people', count(DISTINCT user_id) FROM members WHERE study = ?1
		UNION ALL SELECT 'log', count(*) FROM audit WHERE study = ?1`, study)
}
