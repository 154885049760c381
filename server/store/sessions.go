package store

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
)

// Sessions live here and not in the cookie, so that logging out, disabling an
// account or changing a password ends them at once.
const (
	sessionIdle     = 4 * time.Hour  // without a request
	sessionAbsolute = 12 * time.Hour // since login: a working day
)

// StartSession starts a session and returns its token.
func (s *Store) StartSession(ctx context.Context, user int64) (string, error) {
	token := rand.Text() + rand.Text()
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE seen_at < ? OR created_at < ?`,
			stamp(now.Add(-sessionIdle)), stamp(now.Add(-sessionAbsolute))); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (id, user_id, created_at, seen_at) VALUES (?, ?, ?3, ?3)`, digest(token), user, stamp(now))
		return err
	})
	return token, err
}

// SessionUser returns the user of a live session, or [annotations.ErrNotFound].
// It notes that the session was seen, at most once a minute.
func (s *Store) SessionUser(ctx context.Context, token string) (int64, error) {
	var row struct {
		User    int64  `db:"user_id"`
		Created moment `db:"created_at"`
		Seen    moment `db:"seen_at"`
	}
	err := s.read.GetContext(ctx, &row, `SELECT user_id, created_at, seen_at FROM sessions WHERE id = ?`, digest(token))
	if err != nil {
		return 0, absent(err)
	}
	now := s.now()
	if now.Sub(row.Seen.Time) > sessionIdle || now.Sub(row.Created.Time) > sessionAbsolute {
		return 0, annotations.ErrNotFound
	}
	if now.Sub(row.Seen.Time) > time.Minute {
		if _, err := s.write.ExecContext(ctx, `UPDATE sessions SET seen_at = ? WHERE id = ?`, stamp(now), digest(token)); err != nil {
			return 0, err
		}
	}
	return row.User, nil
}

// EndSession ends the session of token.
func (s *Store) EndSession(ctx context.Context, token string) error {
	_, err := s.write.ExecContext(ctx, `DELETE FROM sessions WHERE id = ?`, digest(token))
	return err
}
