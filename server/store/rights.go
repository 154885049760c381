package store

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A Right is a role that somebody has, as the periodic review lists it.
type Right struct {
	User        int64     `db:"user_id"`
	Login       string    `db:"login"`
	Name        string    `db:"name"`
	Study       string    `db:"study"` // empty for the workspace itself
	Title       string    `db:"title"` // of the study
	Role        auth.Role `db:"role"`
	Since       moment    `db:"since"`
	SignedInAt  moment    `db:"signed_in_at"` // last, zero for never
	ValidUntil  moment    `db:"valid_until"`
	ConfirmedAt moment    `db:"confirmed_at"` // zero if nobody looked at it yet
	ConfirmedBy string    `db:"confirmed_by"` // name
}

// rightsQuery lists the roles of accounts that were not disabled. A
// confirmation from before the right was given again does not count.
const rightsQuery = `
	WITH held (user_id, study, role, since) AS (
		SELECT user_id, study, role, since FROM members
		UNION ALL SELECT id, '', 'administrator', created_at FROM users WHERE administrator = 1
	), seen (user_id, study, role, id) AS (
		SELECT c.user_id, c.study, c.role, max(c.id) FROM confirmations c
		JOIN held h ON h.user_id = c.user_id AND h.study = c.study AND h.role = c.role AND c.at >= h.since
		GROUP BY c.user_id, c.study, c.role
	)
	SELECT h.user_id, u.login, u.name, h.study, coalesce(t.title, '') AS title, h.role, h.since, u.signed_in_at, u.valid_until,
		c.at AS confirmed_at, coalesce(b.name, '') AS confirmed_by
	FROM held h JOIN users u ON u.id = h.user_id AND u.disabled_at IS NULL
	LEFT JOIN studies t ON t.id = h.study
	LEFT JOIN seen s ON s.user_id = h.user_id AND s.study = h.study AND s.role = h.role
	LEFT JOIN confirmations c ON c.id = s.id LEFT JOIN users b ON b.id = c.by
	ORDER BY coalesce(c.at, h.since), u.login, h.study, h.role`

// Rights returns who has what, that which was looked at longest ago first.
func (s *Store) Rights(ctx context.Context) ([]Right, error) {
	var list []Right
	return list, s.read.SelectContext(ctx, &list, rightsQuery)
}

// ConfirmRight notes that who looked at a right and left it. It returns
// [annotations.ErrNotFound] when nobody has that right.
func (s *Store) ConfirmRight(ctx context.Context, who auth.Actor, r Right) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		var held bool
		err := tx.GetContext(ctx, &held, `
			SELECT EXISTS (SELECT 1 FROM members WHERE user_id = ?1 AND study = ?2 AND role = ?3)
			OR ?2 = '' AND ?3 = 'administrator' AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND administrator = 1)`, r.User, r.Study, string(r.Role))
		if err != nil {
			return err
		}
		if !held {
			return annotations.ErrNotFound
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO confirmations (study, user_id, role, at, by) VALUES (?, ?, ?, ?, ?)`,
			r.Study, r.User, string(r.Role), stamp(now), who.ID); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "right.confirm", Study: r.Study, Object: fmt.Sprintf("user %d", r.User),
			Detail: map[string]any{"role": r.Role}, Right: auth.ManageUsers})
	})
}

// SetAdministrator gives or takes the rights of an administrator. The last one
// that can sign in keeps them, with [annotations.ErrLocked].
func (s *Store) SetAdministrator(ctx context.Context, who auth.Actor, user int64, administrator bool) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE users SET administrator = ?1 WHERE id = ?2
			AND (?1 = 1 OR EXISTS (SELECT 1 FROM users o WHERE o.id <> ?2 AND o.administrator = 1 AND o.disabled_at IS NULL))`, administrator, user)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return annotations.ErrLocked
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "user.administrator", Object: fmt.Sprintf("user %d", user),
			Detail: map[string]any{"administrator": administrator}, Right: auth.ManageUsers})
	})
}
