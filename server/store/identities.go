package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	lib "modernc.org/sqlite/lib"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// An Identity is who somebody is at a provider of single sign-on: its issuer
// and the subject that it never gives to another.
type Identity struct {
	Issuer   string `db:"issuer"`
	Subject  string `db:"subject"`
	LinkedAt moment `db:"linked_at"`
}

// ErrLinked says that an identity belongs to an account already.
var ErrLinked = errors.New("this account of the provider is linked to another account here")

// link keeps an identity of a user.
func link(ctx context.Context, tx *sqlx.Tx, at time.Time, user int64, id Identity) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO identities (issuer, subject, user_id, linked_at) VALUES (?, ?, ?, ?)`, id.Issuer, id.Subject, user, stamp(at))
	if c := code(err); c == lib.SQLITE_CONSTRAINT_PRIMARYKEY || c == lib.SQLITE_CONSTRAINT_UNIQUE {
		return ErrLinked
	}
	return err
}

// UserByIdentity returns the account to which an identity is linked, or
// [annotations.ErrNotFound]: single sign-on makes no accounts.
func (s *Store) UserByIdentity(ctx context.Context, id Identity) (User, error) {
	var u User
	return u, absent(s.read.GetContext(ctx, &u, `
		SELECT u.* FROM users u JOIN identities i ON i.user_id = u.id WHERE i.issuer = ? AND i.subject = ?`, id.Issuer, id.Subject))
}

// Unlink takes the identities of a user away. Who has no password and no
// passkey keeps them, with [annotations.ErrLocked]: nothing else lets them in.
func (s *Store) Unlink(ctx context.Context, who auth.Actor, user int64) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var other bool
		if err := tx.GetContext(ctx, &other, `
			SELECT password <> '' OR EXISTS (SELECT 1 FROM passkeys k WHERE k.user_id = u.id) FROM users u WHERE id = ?`, user); err != nil {
			return absent(err)
		}
		if !other {
			return annotations.ErrLocked
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM identities WHERE user_id = ?`, user); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "identity.remove", Object: fmt.Sprintf("user %d", user), Right: auth.ManageUsers})
	})
}
