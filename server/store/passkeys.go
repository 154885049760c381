package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A Passkey is a public key of which a device or a security key of the user
// holds the private half (WebAuthn).
type Passkey struct {
	ID         int64  `db:"id"`
	User       int64  `db:"user_id"`
	KeyID      []byte `db:"key_id"`
	Name       string `db:"name"`
	Credential []byte `db:"credential"` // JSON, known to package server
	AddedAt    moment `db:"added_at"`
	UsedAt     moment `db:"used_at"`
}

// Handle returns the random number by which passkeys know a user; it is made
// at the first call.
func (s *Store) Handle(ctx context.Context, user int64) ([]byte, error) {
	fresh := make([]byte, 32)
	rand.Read(fresh)
	var h []byte
	return h, absent(s.tx(ctx, func(tx *sqlx.Tx) error {
		return tx.GetContext(ctx, &h, `UPDATE users SET handle = coalesce(handle, ?) WHERE id = ? RETURNING handle`, fresh, user)
	}))
}

// UserByHandle returns the user whom passkeys know by handle.
func (s *Store) UserByHandle(ctx context.Context, handle []byte) (User, error) {
	var u User
	return u, absent(s.read.GetContext(ctx, &u, `SELECT * FROM users WHERE handle = ?`, handle))
}

// Passkeys returns the passkeys of a user, the oldest first.
func (s *Store) Passkeys(ctx context.Context, user int64) ([]Passkey, error) {
	var list []Passkey
	return list, s.read.SelectContext(ctx, &list, `SELECT * FROM passkeys WHERE user_id = ? ORDER BY id`, user)
}

// AddPasskey keeps a passkey. With the first second factor of a user come
// recovery codes, which are shown once. Their sessions end but the one whose
// token is keep.
func (s *Store) AddPasskey(ctx context.Context, who auth.Actor, k Passkey, keep string) (codes []string, err error) {
	k.Name = strings.TrimSpace(k.Name)
	if n := utf8.RuneCountInString(k.Name); n < 1 || n > 100 {
		return nil, &annotations.InvalidError{Field: "name", Key: "passkey.name.required"}
	}
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		if _, err := tx.ExecContext(ctx, `INSERT INTO passkeys (user_id, key_id, name, credential, added_at) VALUES (?, ?, ?, ?, ?)`,
			who.ID, k.KeyID, k.Name, string(k.Credential), stamp(now)); err != nil {
			return err
		}
		var had bool
		if err := tx.GetContext(ctx, &had, `SELECT EXISTS (SELECT 1 FROM recovery_codes WHERE user_id = ?)`, who.ID); err != nil {
			return err
		}
		if !had {
			if codes, err = s.renewRecovery(ctx, tx, who.ID); err != nil {
				return err
			}
		}
		if _, err := endOthers(ctx, tx, who.ID, keep); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "factor.add", Object: fmt.Sprintf("user %d", who.ID), Detail: map[string]any{"factor": "passkey"}})
	})
	return codes, err
}

// UsePasskey keeps what changed in a passkey when it was used, its counter
// most of all.
func (s *Store) UsePasskey(ctx context.Context, keyID, credential []byte) error {
	_, err := s.exec(ctx, `UPDATE passkeys SET credential = ?, used_at = ? WHERE key_id = ?`, string(credential), stamp(s.now()), keyID)
	return err
}

// RemovePasskey takes a passkey of a user away.
func (s *Store) RemovePasskey(ctx context.Context, who auth.Actor, user, id int64) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM passkeys WHERE user_id = ? AND id = ?`, user, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return annotations.ErrNotFound
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "factor.remove", Object: fmt.Sprintf("user %d", user), Detail: map[string]any{"factor": "passkey"}, Right: auth.ManageUsers})
	})
}
