package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// openProposal keeps what a decision found unclear in the codebook.
func openProposal(ctx context.Context, tx *sqlx.Tx, key int64, d annotations.Decision) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO proposals (case_key, variable, revision, reason, opened_at, opened_by) VALUES (?, ?, ?, ?, ?, nullif(?, 0))`,
		key, d.Variable, d.Revision, d.Reason, stamp(d.At), d.By)
	return err
}

// Proposals returns what decisions found unclear in the codebook of a study,
// open ones first, then the newest.
func (s *Store) Proposals(ctx context.Context, study string) ([]annotations.Proposal, error) {
	var rows []struct {
		ID       int64                     `db:"id"`
		Case     annotations.CaseID        `db:"case_id"`
		Variable string                    `db:"variable"`
		Reason   string                    `db:"reason"`
		By       string                    `db:"name"`
		At       moment                    `db:"opened_at"`
		State    annotations.ProposalState `db:"state"`
		Answer   string                    `db:"answer"`
	}
	err := s.read.SelectContext(ctx, &rows, `
		SELECT p.id, c.case_id, p.variable, p.reason, coalesce(u.name, '') AS name, p.opened_at, p.state, p.answer
		FROM proposals p JOIN cases c ON c.id = p.case_key LEFT JOIN users u ON u.id = p.opened_by
		WHERE c.study = ? ORDER BY p.state <> 'open', p.opened_at DESC, p.id DESC`, study)
	list := make([]annotations.Proposal, len(rows))
	for i, r := range rows {
		list[i] = annotations.Proposal{ID: r.ID, Case: r.Case, Variable: r.Variable, Reason: r.Reason, By: r.By, At: r.At.Time, State: r.State, Answer: r.Answer}
	}
	return list, err
}

// SetProposal adopts or declines a proposal, with what was done; one may be
// opened again.
func (s *Store) SetProposal(ctx context.Context, who auth.Actor, study string, id int64, state annotations.ProposalState, answer string) error {
	answer = strings.TrimSpace(answer)
	switch state {
	case annotations.ProposalOpen, annotations.ProposalAdopted, annotations.ProposalDeclined:
	default:
		return &annotations.InvalidError{Field: "state", Key: "proposals.state.unknown"}
	}
	if len([]rune(answer)) > 2000 {
		return &annotations.InvalidError{Field: "answer", Key: "proposals.answer.long"}
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		closed, by := stamp(now), who.ID
		if state == annotations.ProposalOpen {
			closed, by = "", 0
		}
		r, err := tx.ExecContext(ctx, `
			UPDATE proposals SET state = ?, answer = ?, closed_at = nullif(?, ''), closed_by = nullif(?, 0)
			WHERE id = ? AND case_key IN (SELECT id FROM cases WHERE study = ?)`, state, answer, closed, by, id, study)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return err
		}
		if n == 0 {
			return annotations.ErrNotFound
		}
		return audit(ctx, tx, now, who, Event{Act: "proposal." + string(state), Study: study, Object: "proposal " + strconv.FormatInt(id, 10), Right: auth.Adjudicate})
	})
}
