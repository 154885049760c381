package store

import (
	"context"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
)

// A Reply is the answer to a request that carried an idempotency key.
type Reply struct {
	Status int    `db:"status"` // 0 while the first request is under way
	Type   string `db:"type"`
	Body   []byte `db:"body"`
}

// ErrOtherRequest says that an idempotency key was used for another request.
var ErrOtherRequest = errors.New("the idempotency key was used for another request")

// ErrUnderWay says that the first request with an idempotency key is not yet
// answered.
var ErrUnderWay = errors.New("the request with this idempotency key is under way")

// KeepReplies is how long an answer comes again for the same key.
const KeepReplies = 24 * time.Hour

// Claim takes an idempotency key of a caller for a request, of which the hash
// tells it from others. The first to come gets none and does the work; who
// comes later gets the answer, [ErrUnderWay] or [ErrOtherRequest].
func (s *Store) Claim(ctx context.Context, caller, key string, request []byte) (*Reply, error) {
	var before *Reply
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM idempotency WHERE at < ?`, stamp(now.Add(-KeepReplies))); err != nil {
			return err
		}
		var row struct {
			Reply
			Same bool `db:"same"`
		}
		err := tx.GetContext(ctx, &row, `SELECT status, type, body, request = ? AS same FROM idempotency WHERE caller = ? AND key = ?`, request, caller, key)
		switch err = absent(err); {
		case errors.Is(err, annotations.ErrNotFound):
			_, err := tx.ExecContext(ctx, `INSERT INTO idempotency (caller, key, request, at) VALUES (?, ?, ?, ?)`, caller, key, request, stamp(now))
			return err
		case err != nil:
			return err
		case !row.Same:
			return ErrOtherRequest
		case row.Status == 0:
			return ErrUnderWay
		}
		before = &row.Reply
		return nil
	})
	return before, err
}

// KeepReply keeps the answer to a request whose key was claimed; a zero status
// gives the key back, so that the request can be sent again.
func (s *Store) KeepReply(ctx context.Context, caller, key string, r Reply) error {
	if r.Status == 0 {
		_, err := s.exec(ctx, `DELETE FROM idempotency WHERE caller = ? AND key = ?`, caller, key)
		return err
	}
	_, err := s.exec(ctx, `UPDATE idempotency SET status = ?, type = ?, body = ? WHERE caller = ? AND key = ?`, r.Status, r.Type, r.Body, caller, key)
	return err
}

// forgetReplies forgets all answers that are kept, and which requests are under
// way: they may quote what is being deleted, and do not say of which case.
func forgetReplies(ctx context.Context, tx *sqlx.Tx) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM idempotency`)
	return err
}
