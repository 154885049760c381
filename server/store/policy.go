package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	lib "modernc.org/sqlite/lib"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// An AccessPolicy is what the administrator decided about signing in. It
// counts for everybody at once, sessions under way included.
type AccessPolicy struct {
	IdleMinutes     int    `db:"idle_minutes"`     // a session ends after so long without a request
	AbsoluteMinutes int    `db:"absolute_minutes"` // and after so long in any case
	ConfirmMinutes  int    `db:"confirm_minutes"`  // a proof of identity counts as fresh
	ReviewDays      int    `db:"review_days"`      // a right is to be looked at again
	SecondFactor    string `db:"second_factor"`    // roles that must have one, with spaces between
}

const policyColumns = `p.idle_minutes, p.absolute_minutes, p.confirm_minutes, p.review_days, p.second_factor`

// Demands reports whether role must have a second factor.
func (p AccessPolicy) Demands(role auth.Role) bool {
	return slices.Contains(strings.Fields(p.SecondFactor), string(role))
}

// DemandsOf reports whether who has a role that must have a second factor.
func (p AccessPolicy) DemandsOf(who auth.Actor) bool {
	if p.SecondFactor == "" {
		return false
	}
	if who.Administrator && p.Demands(auth.Administrator) {
		return true
	}
	for _, roles := range who.Roles {
		if slices.ContainsFunc(roles, p.Demands) {
			return true
		}
	}
	return false
}

// ConfirmWithin is how long a proof of identity counts as fresh.
func (p AccessPolicy) ConfirmWithin() time.Duration {
	return time.Duration(p.ConfirmMinutes) * time.Minute
}

// ReviewAfter is how long a right stands before it is to be looked at again.
func (p AccessPolicy) ReviewAfter() time.Duration {
	return time.Duration(p.ReviewDays) * 24 * time.Hour
}

// AccessPolicy returns the policy of the workspace.
func (s *Store) AccessPolicy(ctx context.Context) (AccessPolicy, error) {
	var p AccessPolicy
	return p, s.read.GetContext(ctx, &p, `SELECT `+policyColumns+` FROM access_policy p`)
}

// SetAccessPolicy changes the policy of the workspace. What lies outside the
// bounds of the schema is an [annotations.InvalidError].
func (s *Store) SetAccessPolicy(ctx context.Context, who auth.Actor, p AccessPolicy) error {
	for field, ok := range map[string]bool{
		"idle_minutes":     p.IdleMinutes >= 5 && p.IdleMinutes <= 1440,
		"absolute_minutes": p.AbsoluteMinutes >= 15 && p.AbsoluteMinutes <= 10080,
		"confirm_minutes":  p.ConfirmMinutes >= 1 && p.ConfirmMinutes <= 240,
		"review_days":      p.ReviewDays >= 7 && p.ReviewDays <= 730,
	} {
		if !ok {
			return &annotations.InvalidError{Field: field, Key: "policy.bounds"}
		}
	}
	for _, role := range strings.Fields(p.SecondFactor) {
		if _, ok := auth.ParseRole(role); !ok && role != string(auth.Administrator) {
			return &annotations.InvalidError{Field: "second_factor", Key: "people.role.unknown"}
		}
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE access_policy SET idle_minutes = ?, absolute_minutes = ?, confirm_minutes = ?, review_days = ?, second_factor = ?`,
			p.IdleMinutes, p.AbsoluteMinutes, p.ConfirmMinutes, p.ReviewDays, p.SecondFactor)
		if code(err) == lib.SQLITE_CONSTRAINT_CHECK {
			return fmt.Errorf("%w: %w", &annotations.InvalidError{Key: "policy.bounds"}, err)
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "policy.set", Object: "policy", Right: auth.ManageUsers, Detail: map[string]any{
			"idle_minutes": p.IdleMinutes, "absolute_minutes": p.AbsoluteMinutes, "confirm_minutes": p.ConfirmMinutes,
			"review_days": p.ReviewDays, "second_factor": p.SecondFactor}})
	})
}
