package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A Token lets a program do a few things in one study until it expires or is
// revoked. The token itself is shown once and not kept.
type Token struct {
	ID        int64  `db:"id"`
	Study     string `db:"study"`
	Name      string `db:"name"` // who it was given to
	Scopes    string `db:"scopes"`
	CreatedAt moment `db:"created_at"`
	Creator   string `db:"creator"`
	ExpiresAt moment `db:"expires_at"`
	RevokedAt moment `db:"revoked_at"`
}

// Live reports whether the token works at the given time.
func (t Token) Live(at time.Time) bool { return t.RevokedAt.IsZero() && at.Before(t.ExpiresAt.Time) }

// TokenPrefix begins every token, so that one that leaked is known by it.
const TokenPrefix = "dossierlens_"

// NewToken makes a token and returns it. A program that comes with it may do
// the acts in scopes: reading releases, which is all when none are named, and
// exporting codings. Nobody gives a
// program more than they may do, and who codes gives out no codings.
func (s *Store) NewToken(ctx context.Context, who auth.Actor, study, name string, valid time.Duration, scopes ...auth.Act) (string, error) {
	if len(scopes) == 0 {
		scopes = []auth.Act{auth.ReadReleases}
	}
	for _, scope := range scopes {
		given := scope == auth.ReadReleases || scope == auth.ExportCodings && !who.Is(auth.Coder, study)
		if !given || !who.May(scope, study) {
			return "", annotations.ErrDenied
		}
	}
	if name = strings.TrimSpace(name); name == "" || utf8.RuneCountInString(name) > 100 {
		return "", &annotations.InvalidError{Field: "name", Key: "token.name.required"}
	}
	token := TokenPrefix + rand.Text() + rand.Text()
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		var id int64
		err := tx.GetContext(ctx, &id, `
			INSERT INTO tokens (token, study, name, scopes, created_at, created_by, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			digest(token), study, name, scopesText(scopes), stamp(now), who.ID, stamp(now.Add(valid)))
		if err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "token.create", Study: study, Object: fmt.Sprintf("token %d", id),
			Detail: map[string]any{"scopes": scopesText(scopes), "days": int(valid.Hours() / 24)}, Right: auth.ApproveRelease})
	})
	return token, err
}

func scopesText(scopes []auth.Act) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}

// Can lists what a program with the token may do.
func (t Token) Can() []string { return strings.Fields(t.Scopes) }

// Tokens returns the tokens of a study, newest first.
func (s *Store) Tokens(ctx context.Context, study string) ([]Token, error) {
	var list []Token
	return list, s.read.SelectContext(ctx, &list, `
		SELECT t.id, t.study, t.name, t.scopes, t.created_at, u.name AS creator, t.expires_at, t.revoked_at
		FROM tokens t JOIN users u ON u.id = t.created_by WHERE t.study = ? ORDER BY t.id DESC`, study)
}

// RevokeToken ends a token at once.
func (s *Store) RevokeToken(ctx context.Context, who auth.Actor, study string, id int64) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		var state auth.State
		err := tx.GetContext(ctx, &state, `SELECT CASE WHEN revoked_at IS NULL THEN 'live' ELSE 'ended' END FROM tokens WHERE study = ? AND id = ?`, study, id)
		if err != nil {
			return absent(err)
		}
		if err := take(auth.RevokeToken, state, false); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE tokens SET revoked_at = ? WHERE id = ?`, stamp(now), id); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "token.revoke", Study: study, Object: fmt.Sprintf("token %d", id), Right: auth.ApproveRelease})
	})
}

// TokenActor returns the program that holds a live token, or
// [annotations.ErrNotFound].
func (s *Store) TokenActor(ctx context.Context, token string) (auth.Actor, error) {
	var t struct {
		Token
		Codes bool `db:"codes"` // who made it codes in the study by now, or has no part in it any more
	}
	err := s.read.GetContext(ctx, &t, `
		SELECT id, study, name, scopes, created_at, '' AS creator, expires_at, revoked_at,
			EXISTS (SELECT 1 FROM members m WHERE m.study = t.study AND m.user_id = t.created_by AND m.role = 'coder')
				OR NOT EXISTS (SELECT 1 FROM members m JOIN users u ON u.id = m.user_id WHERE m.study = t.study AND m.user_id = t.created_by
					AND u.disabled_at IS NULL AND (u.valid_until IS NULL OR u.valid_until > ?)) AS codes
		FROM tokens t WHERE token = ?`, stamp(s.now()), digest(token))
	if err != nil {
		return auth.Actor{}, absent(err)
	}
	if !t.Live(s.now()) {
		return auth.Actor{}, annotations.ErrNotFound
	}
	var scopes []auth.Act
	for _, scope := range strings.Fields(t.Scopes) {
		if t.Codes && scope == string(auth.ExportCodings) {
			continue
		}
		scopes = append(scopes, auth.Act(scope))
	}
	return auth.Actor{Login: fmt.Sprintf("token %d", t.ID), Name: t.Name, Scopes: map[string][]auth.Act{t.Study: scopes}}, nil
}
