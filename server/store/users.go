package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"
	lib "modernc.org/sqlite/lib"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A User is an account. It is disabled, never removed: its codings stay.
type User struct {
	ID            int64  `db:"id"`
	Login         string `db:"login"`
	Name          string `db:"name"`
	Password      string `db:"password"` // PHC string, empty until one is set
	Administrator bool   `db:"administrator"`
	Language      string `db:"language"` // "nl", "en" or "" for the browser's
	Theme         string `db:"theme"`    // "light", "dark" or "" for the system's
	CreatedAt     moment `db:"created_at"`
	DisabledAt    moment `db:"disabled_at"`
	ValidUntil    moment `db:"valid_until"`  // midnight after its last day; zero for as long as it is not disabled
	SignedInAt    moment `db:"signed_in_at"` // last time, zero for never
	Handle        []byte `db:"handle"`       // names the account to passkeys, nil before the first
}

// Disabled reports whether somebody ended the access of the account.
func (u User) Disabled() bool { return !u.DisabledAt.IsZero() }

// Over reports whether the time of the account is up.
func (u User) Over(at time.Time) bool { return !u.ValidUntil.IsZero() && !at.Before(u.ValidUntil.Time) }

// LastDay is the last day on which the account may sign in.
func (u User) LastDay() time.Time { return u.ValidUntil.AddDate(0, 0, -1) }

// Open reports whether the account may sign in at the given time.
func (u User) Open(at time.Time) bool { return !u.Disabled() && !u.Over(at) }

// CreateUser adds an account. Its password is set by whoever follows a link
// from [Store.NewLink], or given at once as a hash in u.Password.
func (s *Store) CreateUser(ctx context.Context, who auth.Actor, u User) (User, error) {
	u.Login, u.Name = strings.TrimSpace(u.Login), strings.TrimSpace(u.Name)
	if n := utf8.RuneCountInString(u.Login); n < 2 || n > 64 || strings.ContainsAny(u.Login, " \t\n/\\") {
		return u, &annotations.InvalidError{Field: "login", Key: "user.login.invalid"}
	}
	if n := utf8.RuneCountInString(u.Name); n < 1 || n > 200 {
		return u, &annotations.InvalidError{Field: "name", Key: "user.name.required"}
	}
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		u.CreatedAt.Time = now
		err := tx.GetContext(ctx, &u.ID, `
			INSERT INTO users (login, name, password, administrator, language, theme, created_at, valid_until)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			u.Login, u.Name, u.Password, u.Administrator, u.Language, u.Theme, stamp(now), optional(u.ValidUntil.Time))
		if code(err) == lib.SQLITE_CONSTRAINT_UNIQUE {
			return &annotations.InvalidError{Field: "login", Key: "user.login.taken"}
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "user.create", Object: fmt.Sprintf("user %d", u.ID),
			Detail: map[string]any{"login": u.Login, "administrator": u.Administrator}, Right: auth.ManageUsers})
	})
	return u, err
}

// Users returns all accounts by login.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	var users []User
	return users, s.read.SelectContext(ctx, &users, `SELECT * FROM users ORDER BY login`)
}

// An Account is a user with what they sign in by.
type Account struct {
	User
	Factors
}

// Accounts returns all accounts by login, with what each signs in by.
func (s *Store) Accounts(ctx context.Context) ([]Account, error) {
	var list []Account
	return list, s.read.SelectContext(ctx, &list, `SELECT u.*, `+factorColumns+` FROM users u ORDER BY u.login`)
}

// User returns the account with the given id.
func (s *Store) User(ctx context.Context, id int64) (User, error) {
	var u User
	return u, absent(s.read.GetContext(ctx, &u, `SELECT * FROM users WHERE id = ?`, id))
}

// UserByLogin returns the account with the given login, in any case.
func (s *Store) UserByLogin(ctx context.Context, login string) (User, error) {
	var u User
	return u, absent(s.read.GetContext(ctx, &u, `SELECT * FROM users WHERE login = ?`, strings.TrimSpace(login)))
}

// HasAdministrator reports whether somebody can already administer the
// workspace.
func (s *Store) HasAdministrator(ctx context.Context) (bool, error) {
	var n int
	err := s.read.GetContext(ctx, &n, `
		SELECT count(*) FROM users u WHERE administrator = 1 AND disabled_at IS NULL
		AND (password <> '' OR EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id))`)
	return n > 0, err
}

// SetPassword stores a new hash and ends the user's sessions but the one
// whose token is keep.
func (s *Store) SetPassword(ctx context.Context, who auth.Actor, user int64, hash, keep string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE users SET password = ? WHERE id = ?`, hash, user); err != nil {
			return err
		}
		if _, err := endOthers(ctx, tx, user, keep); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "user.password", Object: fmt.Sprintf("user %d", user), Right: auth.ManageUsers})
	})
}

// RenewHash replaces a hash by one of the same password with today's
// parameters.
func (s *Store) RenewHash(ctx context.Context, user int64, hash string) error {
	_, err := s.exec(ctx, `UPDATE users SET password = ? WHERE id = ?`, hash, user)
	return err
}

// SetPreferences stores a user's language and theme; each may be empty.
func (s *Store) SetPreferences(ctx context.Context, user int64, language, theme string) error {
	_, err := s.exec(ctx, `UPDATE users SET language = ?, theme = ? WHERE id = ?`, language, theme, user)
	if code(err) == lib.SQLITE_CONSTRAINT_CHECK {
		return &annotations.InvalidError{Key: "account.preferences.invalid"}
	}
	return err
}

// SetDisabled ends or restores a user's access. Nothing of their work changes.
func (s *Store) SetDisabled(ctx context.Context, who auth.Actor, user int64, disabled bool) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		var at any
		act := "user.enable"
		if disabled {
			at, act = stamp(now), "user.disable"
			if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = ?`, user); err != nil {
				return err
			}
		}
		r, err := tx.ExecContext(ctx, `UPDATE users SET disabled_at = ? WHERE id = ?`, at, user)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return annotations.ErrNotFound
		}
		return audit(ctx, tx, now, who, Event{Act: act, Object: fmt.Sprintf("user %d", user), Right: auth.ManageUsers})
	})
}

// SetValidUntil sets until when an account may sign in; the zero time is for
// as long as it is not disabled.
func (s *Store) SetValidUntil(ctx context.Context, who auth.Actor, user int64, until time.Time) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE users SET valid_until = ? WHERE id = ?`, optional(until), user)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, annotations.ErrNotFound)
		}
		detail := map[string]any{}
		if !until.IsZero() {
			detail["until"] = stamp(until)
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "user.valid", Object: fmt.Sprintf("user %d", user), Detail: detail, Right: auth.ManageUsers})
	})
}

// Actor returns who the user is for the table of permissions: their name and
// their roles in each study.
func (s *Store) Actor(ctx context.Context, user int64) (auth.Actor, error) {
	u, err := s.User(ctx, user)
	if err != nil {
		return auth.Actor{}, err
	}
	if !u.Open(s.now()) {
		return auth.Actor{}, annotations.ErrNotFound
	}
	var roles []struct {
		Study string    `db:"study"`
		Role  auth.Role `db:"role"`
	}
	err = s.read.SelectContext(ctx, &roles, `SELECT study, role FROM members WHERE user_id = ? ORDER BY study, role`, user)
	a := auth.Actor{ID: u.ID, Login: u.Login, Name: u.Name, Administrator: u.Administrator, Roles: map[string][]auth.Role{}}
	for _, r := range roles {
		a.Roles[r.Study] = append(a.Roles[r.Study], r.Role)
	}
	return a, err
}

// NewLink makes a one-time link and returns its token. With a user it lets
// them set a password; without one it lets its holder become the first
// administrator.
func (s *Store) NewLink(ctx context.Context, who auth.Actor, user int64, valid time.Duration) (string, error) {
	token := rand.Text()
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		var id any
		if user != 0 {
			id = user
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO links (token, user_id, expires_at) VALUES (?, ?, ?)`, digest(token), id, stamp(now.Add(valid)))
		if err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "link.create", Object: fmt.Sprintf("user %d", user), Right: auth.ManageUsers})
	})
	return token, err
}

// Link returns the user for whom token is a valid link, 0 if it is for the
// first administrator. It returns [annotations.ErrNotFound] when the link is
// unknown, used or expired.
func (s *Store) Link(ctx context.Context, token string) (user int64, err error) {
	err = s.read.GetContext(ctx, &user, `SELECT coalesce(user_id, 0) FROM links WHERE token = ? AND used_at IS NULL AND expires_at > ?`,
		digest(token), stamp(s.now()))
	return user, absent(err)
}

// UseLink spends a link: it sets the hash as the password of the link's user,
// or, for the first administrator, creates u with it. A link works once.
func (s *Store) UseLink(ctx context.Context, token string, u User) (User, error) {
	return s.useLink(ctx, token, u, nil)
}

// UseLinkFor spends a link of a user, not that of the first administrator, for
// who they are at a provider of single sign-on, in place of a password.
func (s *Store) UseLinkFor(ctx context.Context, token string, id Identity) (User, error) {
	return s.useLink(ctx, token, User{}, &id)
}

func (s *Store) useLink(ctx context.Context, token string, u User, id *Identity) (User, error) {
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		var user int64
		err := tx.GetContext(ctx, &user, `
			UPDATE links SET used_at = ?1 WHERE token = ?2 AND used_at IS NULL AND expires_at > ?1
			RETURNING coalesce(user_id, 0)`, stamp(now), digest(token))
		if err != nil {
			return absent(err)
		}
		switch {
		case user == 0 && id != nil:
			return annotations.ErrNotFound
		case id != nil:
			if err = tx.GetContext(ctx, &u, `SELECT * FROM users WHERE id = ?`, user); err == nil {
				err = link(ctx, tx, now, user, *id)
			}
		case user == 0:
			u.Administrator = true
			err = tx.GetContext(ctx, &u.ID, `
				INSERT INTO users (login, name, password, administrator, language, created_at) VALUES (?, ?, ?, 1, ?, ?) RETURNING id`,
				u.Login, u.Name, u.Password, u.Language, stamp(now))
			if code(err) == lib.SQLITE_CONSTRAINT_UNIQUE {
				return &annotations.InvalidError{Field: "login", Key: "user.login.taken"}
			}
			if code(err) == lib.SQLITE_CONSTRAINT_CHECK {
				return &annotations.InvalidError{Field: "login", Key: "user.login.invalid"}
			}
		default:
			err = tx.GetContext(ctx, &u, `UPDATE users SET password = ? WHERE id = ? RETURNING *`, u.Password, user)
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = ?`, u.ID); err != nil {
			return err
		}
		return audit(ctx, tx, now, auth.Actor{ID: u.ID, Login: u.Login, Administrator: u.Administrator},
			Event{Act: "link.use", Object: fmt.Sprintf("user %d", u.ID), Right: auth.ManageUsers})
	})
	return u, err
}
