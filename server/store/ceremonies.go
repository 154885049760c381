package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
)

// A Ceremony is something that was begun and is ended by the same browser
// within minutes, such as the asking of a second factor. Its state stays here;
// the browser holds a token.

// BeginCeremony keeps data for a while and returns the token that brings it
// back.
func (s *Store) BeginCeremony(ctx context.Context, kind string, data any, valid time.Duration) (string, error) {
	token := rand.Text()
	b, err := json.Marshal(data)
	if err != nil {
		return "", err
	}
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM ceremonies WHERE expires_at < ?`, stamp(now)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO ceremonies (token, kind, data, expires_at) VALUES (?, ?, ?, ?)`,
			digest(token), kind, string(b), stamp(now.Add(valid)))
		return err
	})
	return token, err
}

// Ceremony reads what was begun into data, or returns
// [annotations.ErrNotFound] when that is over.
func (s *Store) Ceremony(ctx context.Context, kind, token string, data any) error {
	var b []byte
	if err := s.read.GetContext(ctx, &b, `SELECT data FROM ceremonies WHERE token = ? AND kind = ? AND expires_at > ?`, digest(token), kind, stamp(s.now())); err != nil {
		return absent(err)
	}
	return json.Unmarshal(b, data)
}

// EndCeremony reads what was begun into data and forgets it: a ceremony is
// ended once. It returns [annotations.ErrNotFound] when it is over.
func (s *Store) EndCeremony(ctx context.Context, kind, token string, data any) error {
	var b []byte
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		return tx.GetContext(ctx, &b, `DELETE FROM ceremonies WHERE token = ? AND kind = ? AND expires_at > ? RETURNING data`,
			digest(token), kind, stamp(s.now()))
	})
	if err != nil {
		return absent(err)
	}
	return json.Unmarshal(b, data)
}

// maxTries is how often a ceremony may go wrong before it has to be begun
// again.
const maxTries = 5

// TryCeremony counts a try that is about to be made, before it is known
// whether it is right. After five the ceremony is over.
func (s *Store) TryCeremony(ctx context.Context, token string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var tries int
		if err := tx.GetContext(ctx, &tries, `UPDATE ceremonies SET tries = tries + 1 WHERE token = ? RETURNING tries`, digest(token)); err != nil {
			return absent(err)
		}
		if tries > maxTries {
			return annotations.ErrNotFound
		}
		return nil
	})
}
