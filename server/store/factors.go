package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// Factors are what a user has beside a password.
type Factors struct {
	TOTP     bool `db:"totp"`
	Passkeys int  `db:"passkeys"`
	Recovery int  `db:"recovery"` // codes that were not used
	Linked   bool `db:"linked"`   // to single sign-on
}

// Second reports whether there is a second factor.
func (f Factors) Second() bool { return f.TOTP || f.Passkeys > 0 }

const factorColumns = `
	EXISTS (SELECT 1 FROM totp t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL) AS totp,
	(SELECT count(*) FROM passkeys k WHERE k.user_id = u.id) AS passkeys,
	(SELECT count(*) FROM recovery_codes r WHERE r.user_id = u.id AND r.used_at IS NULL) AS recovery,
	EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id) AS linked`

// Factors returns what a user has.
func (s *Store) Factors(ctx context.Context, user int64) (Factors, error) {
	var f Factors
	return f, absent(s.read.GetContext(ctx, &f, `SELECT `+factorColumns+` FROM users u WHERE u.id = ?`, user))
}

// BeginTOTP keeps the key of an authenticator app that is being set up and
// returns it; one that was begun before and not confirmed comes back, so that
// a page opened again shows the same picture. A user who has one gets
// [annotations.ErrLocked]: it has to be removed first.
func (s *Store) BeginTOTP(ctx context.Context, user int64) (auth.TOTPKey, error) {
	var key auth.TOTPKey
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO totp (user_id, secret, added_at) VALUES (?, ?, ?) ON CONFLICT (user_id) DO NOTHING`,
			user, string(auth.NewTOTPKey()), stamp(s.now())); err != nil {
			return err
		}
		var confirmed bool
		if err := tx.QueryRowxContext(ctx, `SELECT secret, confirmed_at IS NOT NULL FROM totp WHERE user_id = ?`, user).Scan(&key, &confirmed); err != nil {
			return err
		}
		if confirmed {
			return annotations.ErrLocked
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return key, nil
}

// UseTOTP reports whether code is right now for a user who has an
// authenticator app, and spends it: neither it nor an earlier one is right
// again.
func (s *Store) UseTOTP(ctx context.Context, user int64, code string) (bool, error) {
	return s.useTOTP(ctx, user, code, true, nil)
}

// ConfirmTOTP ends the setting up of an authenticator app with its first code.
// It returns new recovery codes, which are shown once, and ends the user's
// sessions but the one whose token is keep. A wrong code is false.
func (s *Store) ConfirmTOTP(ctx context.Context, who auth.Actor, code, keep string) (codes []string, ok bool, err error) {
	ok, err = s.useTOTP(ctx, who.ID, code, false, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE totp SET confirmed_at = ? WHERE user_id = ?`, stamp(s.now()), who.ID); err != nil {
			return err
		}
		if codes, err = s.renewRecovery(ctx, tx, who.ID); err != nil {
			return err
		}
		if _, err := endOthers(ctx, tx, who.ID, keep); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "factor.add", Object: fmt.Sprintf("user %d", who.ID), Detail: map[string]any{"factor": "totp"}})
	})
	return codes, ok, err
}

// useTOTP spends a code in the transaction in which it is checked, so that two
// requests cannot use it both.
func (s *Store) useTOTP(ctx context.Context, user int64, code string, confirmed bool, then func(*sqlx.Tx) error) (ok bool, err error) {
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		var row struct {
			Secret auth.TOTPKey `db:"secret"`
			Last   int64        `db:"last_step"`
		}
		err := tx.GetContext(ctx, &row, `SELECT secret, last_step FROM totp WHERE user_id = ? AND (confirmed_at IS NOT NULL) = ?`, user, confirmed)
		if err = absent(err); errors.Is(err, annotations.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		step, right := row.Secret.Check(code, s.now(), row.Last)
		if !right {
			return nil
		}
		ok = true
		if _, err := tx.ExecContext(ctx, `UPDATE totp SET last_step = ? WHERE user_id = ?`, step, user); err != nil {
			return err
		}
		if then == nil {
			return nil
		}
		return then(tx)
	})
	return ok && err == nil, err
}

// recoveryCodes is how many are given out at once.
const recoveryCodes = 10

// renewRecovery replaces the recovery codes of a user.
func (s *Store) renewRecovery(ctx context.Context, tx *sqlx.Tx, user int64) ([]string, error) {
	if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_codes WHERE user_id = ?`, user); err != nil {
		return nil, err
	}
	var codes []string
	for range recoveryCodes {
		text := rand.Text() // 130 bits in 26 letters and digits
		codes = append(codes, strings.Join([]string{text[:5], text[5:10], text[10:15], text[15:20], text[20:]}, "-"))
		if _, err := tx.ExecContext(ctx, `INSERT INTO recovery_codes (user_id, code) VALUES (?, ?)`, user, digest(text)); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// RenewRecovery replaces the recovery codes of a user and returns the new
// ones, which are shown once.
func (s *Store) RenewRecovery(ctx context.Context, who auth.Actor) (codes []string, err error) {
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		if codes, err = s.renewRecovery(ctx, tx, who.ID); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "recovery.renew", Object: fmt.Sprintf("user %d", who.ID)})
	})
	return codes, err
}

// UseRecovery reports whether text is a recovery code of the user, and spends
// it. Signs between and the case of letters do not matter.
func (s *Store) UseRecovery(ctx context.Context, user int64, text string) (bool, error) {
	text = strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToUpper(text))
	n, err := s.exec(ctx, `UPDATE recovery_codes SET used_at = ? WHERE user_id = ? AND code = ? AND used_at IS NULL`,
		stamp(s.now()), user, digest(text))
	return n == 1, err
}

// RemoveTOTP takes the authenticator app of a user away.
func (s *Store) RemoveTOTP(ctx context.Context, who auth.Actor, user int64) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM totp WHERE user_id = ?`, user); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "factor.remove", Object: fmt.Sprintf("user %d", user), Detail: map[string]any{"factor": "totp"}, Right: auth.ManageUsers})
	})
}

// ClearFactors takes every second factor of a user away and ends their
// sessions, for somebody who lost telephone and recovery codes alike.
func (s *Store) ClearFactors(ctx context.Context, who auth.Actor, user int64) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		for _, table := range []string{"totp", "recovery_codes", "passkeys", "sessions"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE user_id = ?`, user); err != nil {
				return err
			}
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "factor.clear", Object: fmt.Sprintf("user %d", user), Right: auth.ManageUsers})
	})
}
