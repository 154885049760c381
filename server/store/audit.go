package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A Record is one row of the audit log: who did what to which case, when and
// in which role. It holds pseudonyms, counts and codes, never text of a file.
type Record struct {
	Seq      int64  `db:"seq"`
	At       string `db:"at"`
	Actor    int64  `db:"actor"`
	Login    string `db:"login"`
	Role     string `db:"role"`
	Act      string `db:"act"`
	Study    string `db:"study"`
	Case     string `db:"case_id"`
	Object   string `db:"object"`
	Detail   string `db:"detail"`
	Previous string `db:"previous"`
	Hash     string `db:"hash"`
}

// genesis is what the first row holds in place of an earlier hash.
var genesis = strings.Repeat("0", 64)

// hash returns the SHA-256 of the row, its previous hash included: the fields
// in the order of the table, each followed by a unit separator.
func (r Record) hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%d\x1f%s\x1f%d\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f",
		r.Seq, r.At, r.Actor, r.Login, r.Role, r.Act, r.Study, r.Case, r.Object, r.Detail, r.Previous)
	return hex.EncodeToString(h.Sum(nil))
}

// An Event is what is to be written to the log.
type Event struct {
	Act    string // "answer.save", "case.read", ...
	Study  string
	Case   string         // pseudonym
	Object string         // "assignment 12", "variable vp_aanwezig", ...
	Detail map[string]any // counts and codes; nothing a person typed
	Right  auth.Act       // under which the actor acts; names the role
}

// audit appends e to the log inside tx.
func audit(ctx context.Context, tx *sqlx.Tx, at time.Time, who auth.Actor, e Event) error {
	r := Record{At: stamp(at), Actor: who.ID, Login: who.Login, Role: string(who.ActingAs(e.Right, e.Study)),
		Act: e.Act, Study: e.Study, Case: e.Case, Object: e.Object, Detail: "{}", Previous: genesis}
	if e.Detail != nil {
		b, err := json.Marshal(e.Detail)
		if err != nil {
			return err
		}
		r.Detail = string(b)
	}
	rows, err := tx.QueryContext(ctx, `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := rows.Scan(&r.Seq, &r.Previous); err != nil {
			rows.Close()
			return err
		}
	}
	if err := rows.Close(); err != nil {
		return err
	}
	r.Seq++
	r.Hash = r.hash()
	_, err = tx.ExecContext(ctx, `
		INSERT INTO audit (seq, at, actor, login, role, act, study, case_id, object, detail, previous, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Seq, r.At, r.Actor, r.Login, r.Role, r.Act, r.Study, r.Case, r.Object, r.Detail, r.Previous, r.Hash)
	return err
}

// Record appends an event that comes without another change: a page that was
// read, an export, a login, a refusal.
func (s *Store) Record(ctx context.Context, who auth.Actor, e Event) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error { return audit(ctx, tx, s.now(), who, e) })
}

// A LogFilter narrows a reading of the log; zero fields narrow nothing.
type LogFilter struct {
	Study  string
	Case   string
	Actor  int64
	From   string // RFC 3339, included
	To     string // excluded
	Before int64  // seq, excluded; for pages
	Limit  int
}

// Log returns the newest records that fit f, newest first. Reading the log is
// itself an event, which the caller records.
func (s *Store) Log(ctx context.Context, f LogFilter) ([]Record, error) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(cond string, arg any) { where, args = append(where, cond), append(args, arg) }
	if f.Study != "" {
		add("study = ?", f.Study)
	}
	if f.Case != "" {
		add("case_id = ?", f.Case)
	}
	if f.Actor != 0 {
		add("actor = ?", f.Actor)
	}
	if f.From != "" {
		add("at >= ?", f.From)
	}
	if f.To != "" {
		add("at < ?", f.To)
	}
	if f.Before != 0 {
		add("seq < ?", f.Before)
	}
	if f.Limit <= 0 {
		f.Limit = 100
	}
	var records []Record
	err := s.read.SelectContext(ctx, &records, `SELECT * FROM audit WHERE `+strings.Join(where, " AND ")+
		` ORDER BY seq DESC LIMIT ?`, append(args, f.Limit)...)
	return records, err
}

// Records yields the whole log, oldest first, or that of one study.
func (s *Store) Records(ctx context.Context, study string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		rows, err := s.read.QueryxContext(ctx, `SELECT * FROM audit WHERE ?1 = '' OR study = ?1 ORDER BY seq`, study)
		if err != nil {
			yield(Record{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var r Record
			if err := rows.StructScan(&r); err != nil {
				yield(r, err)
				return
			}
			if !yield(r, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Record{}, err)
		}
	}
}

// A BrokenChainError says at which row the log was tampered with.
type BrokenChainError struct {
	Seq  int64
	What string
}

func (e *BrokenChainError) Error() string {
	return fmt.Sprintf("audit log, row %d: %s", e.Seq, e.What)
}

// CheckAudit verifies the hash chain from its first row to its last and
// returns how many rows it has. A row that was edited, removed or moved gives
// a [BrokenChainError].
func (s *Store) CheckAudit(ctx context.Context) (int64, error) {
	want, n := genesis, int64(0)
	for r, err := range s.Records(ctx, "") {
		if err != nil {
			return n, err
		}
		n++
		switch {
		case r.Seq != n:
			return n, &BrokenChainError{n, "is missing or out of order"}
		case r.Previous != want:
			return n, &BrokenChainError{r.Seq, "does not follow from the row before it"}
		case r.Hash != r.hash():
			return n, &BrokenChainError{r.Seq, "was changed after it was written"}
		}
		want = r.Hash
	}
	return n, nil
}

// KnownRow looks whether a row of the audit log is still there that somebody
// saw and noted as "row:hash". The chain alone cannot show that rows were cut
// off at its end.
func (s *Store) KnownRow(ctx context.Context, known string) Finding {
	f := Finding{What: "known row of the audit log", Count: 1}
	row, hash, ok := strings.Cut(known, ":")
	seq, err := strconv.ParseInt(row, 10, 64)
	if !ok || err != nil || len(hash) != len(genesis) {
		f.Problem = fmt.Sprintf("%q is no row and hash; write 120:9f86d0...", known)
		return f
	}
	var have string
	err = absent(s.read.GetContext(ctx, &have, `SELECT hash FROM audit WHERE seq = ?`, seq))
	switch {
	case errors.Is(err, annotations.ErrNotFound):
		f.Problem = fmt.Sprintf("row %d was there and is gone: the log was cut off before it", seq)
	case err != nil:
		f.Problem = err.Error()
	case have != strings.ToLower(hash):
		f.Problem = fmt.Sprintf("row %d is another than the one that was seen", seq)
	}
	return f
}
