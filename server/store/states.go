package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// In this file objects tell their state in the words of the table of who may do
// what; what the table says of it is asked where the state is read, in the same
// transaction.

// What is looked for by its number and its study is found first and joined
// afterwards, so that the database goes the same way for what another study has
// and for what nobody has.

// take asks the table whether a step may be taken, and returns why not.
func take(step auth.Step, state auth.State, mine bool) error {
	switch step.At(state, mine) {
	case auth.Allowed:
		return nil
	case auth.Stake:
		return annotations.ErrDenied
	case auth.Shut:
		return annotations.ErrLocked
	}
	return annotations.ErrNotFound
}

// codingState is the state of an assignment; compared says whether it was laid
// beside others, for steps to which that matters.
func codingState(a annotations.Assignment, compared bool) auth.State {
	switch {
	case a.Status == annotations.Withdrawn:
		return "withdrawn"
	case a.Status == annotations.Returned && compared:
		return "sent back compared"
	case a.Status == annotations.Returned:
		return "sent back"
	case a.Status == annotations.HandedIn && compared:
		return "compared"
	case a.Status == annotations.HandedIn && a.Awaits:
		return "waiting"
	case a.Status == annotations.HandedIn:
		return "handed in"
	}
	return "open"
}

// comparisonState is the state of the comparison of a case.
func comparisonState(ctx context.Context, q sqlx.QueryerContext, key int64) (state auth.State, err error) {
	err = sqlx.GetContext(ctx, q, &state, `
		SELECT CASE WHEN EXISTS (SELECT 1 FROM comparisons WHERE case_key = ?1) THEN 'opened'
			WHEN count(*) = 0 OR sum(a.status <> 'submitted' OR `+awaits+`) > 0 THEN 'out' ELSE 'in' END
		FROM assignments a JOIN cases c ON c.id = a.case_key WHERE a.case_key = ?1 AND `+counts, key)
	return state, err
}

// codesCase reports whether the actor codes a case, or did.
func codesCase(ctx context.Context, q sqlx.QueryerContext, who auth.Actor, key int64) (own bool, err error) {
	err = sqlx.GetContext(ctx, q, &own, `SELECT EXISTS (SELECT 1 FROM assignments WHERE case_key = ? AND coder = ?)`, key, who.ID)
	return own, err
}

// drawnState is the state of a case of the sampling frame, empty for none.
func drawnState(ctx context.Context, q sqlx.QueryerContext, study string, id annotations.CaseID) (auth.State, error) {
	var states []auth.State
	err := sqlx.SelectContext(ctx, q, &states, `
		SELECT CASE WHEN EXISTS (SELECT 1 FROM erasures e WHERE e.study = f.study AND e.case_id = f.case_id AND e.confirmed_at IS NOT NULL) THEN 'erased'
			WHEN dropped <> '' THEN 'dropped' WHEN used = 1 THEN 'sampled' ELSE 'reserve' END
		FROM frame_cases f WHERE study = ? AND case_id = ?`, study, id)
	if err != nil || len(states) == 0 {
		return "", err
	}
	return states[0], nil
}

// State is the state of a release at a time, when head is the newest approved
// one of its study.
func (r Release) State(head string, at time.Time) auth.State {
	switch {
	case r.Public(at):
		return "public"
	case r.Approved():
		return "embargoed"
	case r.Previous != head:
		return "overtaken"
	}
	return "draft"
}

// state is the state of a wish to erase a case, which may be under a legal hold.
func (e Erasure) state(held bool) auth.State {
	switch {
	case !e.ConfirmedAt.IsZero():
		return "confirmed"
	case !e.WithdrawnAt.IsZero():
		return "withdrawn"
	case held:
		return "asked on hold"
	}
	return "asked"
}
