package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A Session is somebody signed in on one device. Sessions live here and not in
// the cookie, so that signing out, disabling an account or changing a password
// ends them at once.
type Session struct {
	ID          string `db:"id"` // hash of the token, in hexadecimal: names it to its owner, and opens nothing
	User        int64  `db:"user_id"`
	Agent       string `db:"agent"` // family of the browser and system
	Address     string `db:"address"`
	Strong      bool   `db:"strong"` // begun with two factors
	CreatedAt   moment `db:"created_at"`
	SeenAt      moment `db:"seen_at"`      // to the minute
	ConfirmedAt moment `db:"confirmed_at"` // who it is was last proved
	AccessPolicy
}

// Live reports whether the session still counts at the given time.
func (s Session) Live(at time.Time) bool {
	return at.Sub(s.SeenAt.Time) <= time.Duration(s.IdleMinutes)*time.Minute &&
		at.Sub(s.CreatedAt.Time) <= time.Duration(s.AbsoluteMinutes)*time.Minute
}

// Fresh reports whether who it is was proved a short while ago.
func (s Session) Fresh(at time.Time) bool {
	return !s.ConfirmedAt.IsZero() && at.Sub(s.ConfirmedAt.Time) <= s.ConfirmWithin()
}

const selectSessions = `
	SELECT lower(hex(s.id)) AS id, s.user_id, s.agent, s.address, s.strong, s.created_at, s.seen_at, s.confirmed_at, ` + policyColumns + `
	FROM sessions s CROSS JOIN access_policy p`

// A SignIn is how a session begins.
type SignIn struct {
	Agent, Address string
	Strong         bool // with two factors
}

// StartSession starts a session of a user who has just proved who they are,
// and returns its token.
func (s *Store) StartSession(ctx context.Context, user int64, how SignIn) (string, error) {
	token := rand.Text() + rand.Text()
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		var p AccessPolicy
		if err := tx.GetContext(ctx, &p, `SELECT `+policyColumns+` FROM access_policy p`); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE seen_at < ? OR created_at < ?`,
			stamp(now.Add(-time.Duration(p.IdleMinutes)*time.Minute)), stamp(now.Add(-time.Duration(p.AbsoluteMinutes)*time.Minute))); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE users SET signed_in_at = ? WHERE id = ?`, stamp(now), user); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO sessions (id, user_id, created_at, seen_at, confirmed_at, agent, address, strong) VALUES (?1, ?2, ?3, ?3, ?3, ?4, ?5, ?6)`,
			digest(token), user, stamp(now), how.Agent, how.Address, how.Strong)
		return err
	})
	return token, err
}

// Session returns a live session, or [annotations.ErrNotFound]. It notes that
// the session was seen, at most once a minute. When the clock was put back its
// times go back with it, so that it still ends in time, and who it is has to be
// proved again.
func (s *Store) Session(ctx context.Context, token string) (Session, error) {
	var row Session
	if err := s.read.GetContext(ctx, &row, selectSessions+` WHERE s.id = ?`, digest(token)); err != nil {
		return row, absent(err)
	}
	now := s.now()
	if !row.Live(now) {
		return Session{}, annotations.ErrNotFound
	}
	switch away := now.Sub(row.SeenAt.Time); {
	case away < -time.Minute:
		row.SeenAt.Time, row.ConfirmedAt.Time = now, time.Time{}
		if row.CreatedAt.After(now) {
			row.CreatedAt.Time = now
		}
		if _, err := s.exec(ctx, `UPDATE sessions SET seen_at = ?, created_at = ?, confirmed_at = NULL WHERE id = ?`,
			stamp(now), stamp(row.CreatedAt.Time), digest(token)); err != nil {
			return row, err
		}
	case away > time.Minute:
		if _, err := s.exec(ctx, `UPDATE sessions SET seen_at = ? WHERE id = ?`, stamp(now), digest(token)); err != nil {
			return row, err
		}
	}
	return row, nil
}

// Sessions returns the live sessions of a user, the last seen first.
func (s *Store) Sessions(ctx context.Context, user int64) ([]Session, error) {
	var all, live []Session
	err := s.read.SelectContext(ctx, &all, selectSessions+` WHERE s.user_id = ? ORDER BY s.seen_at DESC, s.id`, user)
	now := s.now()
	for _, one := range all {
		if one.Live(now) {
			live = append(live, one)
		}
	}
	return live, err
}

// ConfirmSession notes that the user of a session has just proved again who
// they are; strong says that the session now rests on two factors. The session
// goes on under the token that is returned and ends under the old one. A
// session that has ended is [annotations.ErrNotFound].
func (s *Store) ConfirmSession(ctx context.Context, token string, strong bool) (string, error) {
	renewed := rand.Text() + rand.Text()
	n, err := s.exec(ctx, `UPDATE sessions SET id = ?, confirmed_at = ?, strong = max(strong, ?) WHERE id = ?`, digest(renewed), stamp(s.now()), strong, digest(token))
	if err != nil || n == 0 {
		return "", cmp.Or(err, annotations.ErrNotFound)
	}
	return renewed, nil
}

// EndSession ends the session of token.
func (s *Store) EndSession(ctx context.Context, token string) error {
	_, err := s.exec(ctx, `DELETE FROM sessions WHERE id = ?`, digest(token))
	return err
}

// RevokeSession ends one session of a user by its ID.
func (s *Store) RevokeSession(ctx context.Context, who auth.Actor, user int64, id string) error {
	key, err := hex.DecodeString(id)
	if err != nil {
		return annotations.ErrNotFound
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = ? AND id = ?`, user, key)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return annotations.ErrNotFound
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "session.revoke", Object: fmt.Sprintf("user %d", user), Right: auth.ManageUsers})
	})
}

// RevokeSessions ends all sessions of a user but the one whose token is keep.
func (s *Store) RevokeSessions(ctx context.Context, who auth.Actor, user int64, keep string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		n, err := endOthers(ctx, tx, user, keep)
		if err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "session.revoke", Object: fmt.Sprintf("user %d", user), Detail: map[string]any{"sessions": n}, Right: auth.ManageUsers})
	})
}

// endOthers ends the sessions of a user but the one whose token is keep.
func endOthers(ctx context.Context, tx *sqlx.Tx, user int64, keep string) (int64, error) {
	res, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = ? AND id <> ?`, user, digest(keep))
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
