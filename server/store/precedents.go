package store

import (
	"context"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A Precedent is what was settled on a variable of a case, and why, without
// the case and without people.
type Precedent struct {
	Answer codebook.Answer
	Cause  string
	Reason string
	At     moment
}

const mostPrecedents = 30

// Precedents returns the newest settled answers on a variable with a reason,
// for a coder of a case of the same study. Only settled cases count, and none
// that the actor has still to hand in, be it for a second time. Practice cases
// are not among them: their answers are the gold standard.
func (s *Store) Precedents(ctx context.Context, who auth.Actor, id int64, variable string) ([]Precedent, error) {
	a, err := own(ctx, s.read, who, id)
	if err != nil {
		return nil, err
	}
	book, err := s.Codebook(ctx, a.Case.Study)
	if err != nil {
		return nil, err
	}
	if book.Variable(variable) == nil {
		return nil, annotations.ErrNotFound
	}
	var rows []struct {
		Value   string `db:"value"`
		Missing string `db:"missing"`
		Cause   string `db:"cause"`
		Reason  string `db:"reason"`
		At      moment `db:"decided_at"`
	}
	err = s.read.SelectContext(ctx, &rows, `
		SELECT d.value, d.missing, d.cause, d.reason, d.decided_at
		FROM decisions d JOIN cases c ON c.id = d.case_key AND c.study = ? AND c.state = 'settled' AND c.practice = 0
		JOIN comparisons k ON k.case_key = d.case_key
		WHERE d.variable = ? AND d.reason <> ''
		  AND NOT EXISTS (SELECT 1 FROM decisions n WHERE n.case_key = d.case_key AND n.variable = d.variable AND n.revision > d.revision)
		  AND NOT EXISTS (SELECT 1 FROM assignments x WHERE x.case_key = d.case_key AND x.coder = ? AND x.status NOT IN ('submitted', 'withdrawn'))
		ORDER BY d.decided_at DESC, d.case_key LIMIT ?`, a.Case.Study, variable, who.ID, mostPrecedents)
	list := make([]Precedent, len(rows))
	for i, r := range rows {
		list[i] = Precedent{codebook.Answer{Value: r.Value, Missing: r.Missing}, r.Cause, r.Reason, r.At}
	}
	return list, err
}
