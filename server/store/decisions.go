package store

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
)

// Decide settles variables of a case whose comparison is open. The codings
// stay as they are; a variable that was settled before gets a new revision. A
// decision that names its Revision is refused when somebody else made that one.
// Whether an answer is one of the coders' or another is found out here. Where a
// panel decides, the first word of a member is a vote, and the decision is made
// when a second member says the same.
func (s *Store) Decide(ctx context.Context, who auth.Actor, study string, id annotations.CaseID, made ...annotations.Decision) (annotations.Settlement, error) {
	var after annotations.Settlement
	c, err := s.Case(ctx, study, id)
	if err != nil {
		return after, err
	}
	book, err := s.Codebook(ctx, study)
	if err != nil {
		return after, err
	}
	for i, d := range made {
		if made[i], err = acceptDecision(book, c, d); err != nil {
			return after, err
		}
	}
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		if err := takeComparison(ctx, tx, auth.Decide, who, c.Key); err != nil {
			return err
		}
		two, err := panel(ctx, tx, study)
		if err != nil {
			return err
		}
		codings, err := submittedCodings(ctx, tx, c.Key, submittedSeq)
		if err != nil {
			return err
		}
		before, err := decisions(ctx, tx, c.Key)
		if err != nil {
			return err
		}
		for _, d := range made {
			if d.Revision != 0 && d.Revision != before[d.Variable].Revision+1 {
				return &annotations.InvalidError{Field: "revision", Key: "adjudication.changed"}
			}
			d.Provenance = annotations.Third
			for _, k := range codings {
				if k.Given(book, c)[d.Variable] == d.Answer {
					d.Provenance = annotations.Adjudicated
				}
			}
			d.Revision = before[d.Variable].Revision + 1
			if d.Revision > 1 {
				d.Provenance = annotations.Reopened
			}
			d.By, d.At = who.ID, s.now()
			if two {
				decided, err := vote(ctx, tx, c.Key, d)
				if err != nil {
					return err
				}
				if !decided {
					err := audit(ctx, tx, d.At, who, Event{Act: "case.vote", Study: study, Case: string(id), Object: d.Variable,
						Detail: map[string]any{"revision": d.Revision, "cause": d.Cause}, Right: auth.Adjudicate})
					if err != nil {
						return err
					}
					continue
				}
			}
			if err := insertDecision(ctx, tx, c, d); err != nil {
				return err
			}
			if d.Cause == annotations.RuleUnclear {
				if err := openProposal(ctx, tx, c.Key, d); err != nil {
					return err
				}
			}
			err := audit(ctx, tx, d.At, who, Event{Act: "case.decide", Study: study, Case: string(id), Object: d.Variable,
				Detail: map[string]any{"revision": d.Revision, "provenance": d.Provenance, "cause": d.Cause}, Right: auth.Adjudicate})
			if err != nil {
				return err
			}
		}
		if err := s.settle(ctx, tx, who, c.Key); err != nil {
			return err
		}
		after, _, err = settlement(ctx, tx, book, c)
		return err
	})
	return after, err
}

// acceptDecision checks one decision against the codebook and returns it with
// its answer in canonical form.
func acceptDecision(book *codebook.Codebook, c annotations.Case, d annotations.Decision) (annotations.Decision, error) {
	v := book.Variable(d.Variable)
	if v == nil {
		return d, annotations.ErrNotFound
	}
	var err error
	if d.Answer, err = book.Accept(v, d.Answer, c.Period); err != nil {
		return d, err
	}
	if d.Cause != "" && !slices.Contains(annotations.Causes, d.Cause) {
		return d, &annotations.InvalidError{Field: "cause", Key: "adjudication.cause.unknown"}
	}
	if d.Reason == "" {
		return d, &annotations.InvalidError{Field: "reason", Key: "adjudication.reason.required"}
	}
	return d, nil
}

func insertDecision(ctx context.Context, tx *sqlx.Tx, c annotations.Case, d annotations.Decision) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO decisions (case_key, variable, revision, value, missing, provenance, cause, reason, codebook, decided_at, decided_by)
		SELECT ?, ?, ?, ?, ?, ?, ?, ?, codebook, ?, nullif(?, 0) FROM studies WHERE id = ?`,
		c.Key, d.Variable, d.Revision, d.Answer.Value, d.Answer.Missing, d.Provenance, d.Cause, d.Reason, stamp(d.At), d.By, c.Study)
	return err
}

// Decisions returns every decision that was made on a variable of a case, the
// earliest first.
func (s *Store) Decisions(ctx context.Context, key int64, variable string) ([]annotations.Decision, error) {
	rows, err := decisionRows(ctx, s.read, key)
	return slices.DeleteFunc(rows, func(d annotations.Decision) bool { return d.Variable != variable }), err
}

// decisions reads the newest decision on each variable of a case.
func decisions(ctx context.Context, q sqlx.QueryerContext, key int64) (map[string]annotations.Decision, error) {
	list, err := decisionRows(ctx, q, key)
	newest := map[string]annotations.Decision{}
	for _, d := range list {
		newest[d.Variable] = d
	}
	return newest, err
}

// decisionRows reads all decisions on a case, by variable and revision.
func decisionRows(ctx context.Context, q sqlx.QueryerContext, key int64) ([]annotations.Decision, error) {
	var rows []struct {
		Variable   string                 `db:"variable"`
		Revision   int                    `db:"revision"`
		Value      string                 `db:"value"`
		Missing    string                 `db:"missing"`
		Provenance annotations.Provenance `db:"provenance"`
		Cause      string                 `db:"cause"`
		Reason     string                 `db:"reason"`
		At         moment                 `db:"decided_at"`
		By         int64                  `db:"decided_by"`
	}
	err := sqlx.SelectContext(ctx, q, &rows, `
		SELECT variable, revision, value, missing, provenance, cause, reason, decided_at, coalesce(decided_by, 0) AS decided_by
		FROM decisions WHERE case_key = ? ORDER BY variable, revision`, key)
	list := make([]annotations.Decision, len(rows))
	for i, r := range rows {
		list[i] = annotations.Decision{Variable: r.Variable, Revision: r.Revision, Provenance: r.Provenance, Cause: r.Cause,
			Answer: codebook.Answer{Value: r.Value, Missing: r.Missing}, Reason: r.Reason, At: r.At.Time, By: r.By}
	}
	return list, err
}
