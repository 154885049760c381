package store

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A Deletion is a deletion that was carried out. Its certificate is written
// when nothing of what went is left in the file.
type Deletion struct {
	ID          int64  `db:"id"`
	Study       string `db:"study"`
	Kind        string `db:"kind"` // "text" or "case"
	Plan        int64  `db:"plan"` // 0 for a case
	Reason      string `db:"reason"`
	StartedAt   moment `db:"started_at"`
	Starter     string `db:"starter"` // name; empty: the program itself
	FinishedAt  moment `db:"finished_at"`
	Certificate []byte `db:"certificate"` // JSON; nil until it is finished
	SHA256      string `db:"sha256"`      // of the certificate
	Held        int    `db:"held"`
	Passages    int    `db:"passages"`
}

// A Certificate says what was deleted, on whose order, and how. Times are in
// UTC. It holds pseudonyms, counts and hashes, never text.
type Certificate struct {
	Format       string       `json:"format"` // dossierlens-deletion/1
	Number       int64        `json:"number"`
	Study        string       `json:"study"`
	Kind         string       `json:"kind"` // "text" or "case"
	Case         string       `json:"case,omitempty"`
	Reason       string       `json:"reason"`
	OrderedBy    string       `json:"ordered_by"` // login; empty: the command line
	OrderedAt    time.Time    `json:"ordered_at"`
	ConfirmedBy  string       `json:"confirmed_by,omitempty"`
	Basis        string       `json:"basis,omitempty"` // of the plan
	StartedAt    time.Time    `json:"started_at"`
	FinishedAt   time.Time    `json:"finished_at"`
	Cases        int          `json:"cases"`
	Documents    int          `json:"documents"`
	Held         int          `json:"held_documents"` // of these, waiting for screening
	Characters   int64        `json:"characters"`
	Passages     int          `json:"passages"`             // whose quotes went
	Rows         int          `json:"rows,omitempty"`       // of an erased case
	Uploads      int          `json:"uploads"`              // files of uploads that were removed
	List         string       `json:"list_sha256"`          // of the list of documents, as CSV
	Kept         []string     `json:"kept"`                 // what stays of it
	SecureDelete bool         `json:"secure_delete"`        // what goes is written over with zeros
	FreePages    int          `json:"free_pages"`           // of the file, after it was rebuilt
	Log          int64        `json:"log_bytes"`            // of the write-ahead log afterwards
	Backups      []KeptBackup `json:"backups"`              // that still hold what went
	Browsers     string       `json:"browsers"`             // what becomes of the rest
	Previous     string       `json:"previous_certificate"` // SHA-256 of the one before, empty for the first
}

// A KeptBackup is a copy of the workspace that still holds what was deleted.
type KeptBackup struct {
	Name      string     `json:"name"`
	MadeAt    time.Time  `json:"made_at"`
	ExpiresAt *time.Time `json:"expires_at"` // nil: nobody said
}

// deleteBatch is how many cases go in one transaction, so that nobody who
// saves waits for all of them.
const deleteBatch = 50

// gone stands where a quote was: a passage in a document has one.
const gone = "…"

// deleteTexts takes the texts of the cases of periods out of the database, as
// one deletion, which finishDeletions then finishes.
func (s *Store) deleteTexts(ctx context.Context, who auth.Actor, p RetentionPlan, periods []string, with Deleting) error {
	var keys []int64
	err := s.read.SelectContext(ctx, &keys, `
		SELECT c.id FROM cases c WHERE c.study = ?1 AND c.period IN (SELECT value FROM json_each(?2)) AND NOT `+heldBack+`
		AND (EXISTS (SELECT 1 FROM documents d WHERE d.case_key = c.id AND d.deletion IS NULL) OR EXISTS (SELECT 1 FROM held_documents h WHERE h.case_key = c.id))
		ORDER BY c.id`, p.Study, jsonText(periods))
	if err != nil || len(keys) == 0 {
		return err
	}
	var id int64
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		err := tx.GetContext(ctx, &id, `
			INSERT INTO deletions (study, kind, plan, period, reason, started_at, started_by) VALUES (?, 'text', ?, ?, ?, ?, nullif(?, 0)) RETURNING id`,
			p.Study, p.ID, p.Period, p.Reason, stamp(now), who.ID)
		if err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "text.delete", Study: p.Study, Object: fmt.Sprintf("deletion %d", id), Right: auth.Retain,
			Detail: map[string]any{"plan": p.ID, "periods": periods, "cases": len(keys)}})
	})
	for done := 0; err == nil && done < len(keys); {
		batch := keys[done:min(done+deleteBatch, len(keys))]
		err = s.tx(ctx, func(tx *sqlx.Tx) error {
			for _, key := range batch {
				if err := s.deleteText(ctx, tx, who, id, key); err != nil {
					return err
				}
			}
			return nil
		})
		done += len(batch)
		if with.Progress != nil {
			with.Progress(done, len(keys))
		}
	}
	return err
}

// deleteText takes the texts of one case out, and what quotes them. What
// waited for screening becomes a document of which the text was deleted, so
// that an import does not bring it back.
func (s *Store) deleteText(ctx context.Context, tx *sqlx.Tx, who auth.Actor, deletion, key int64) error {
	var c caseRow
	err := tx.GetContext(ctx, &c, `SELECT `+caseColumns+` FROM cases c WHERE c.id = ? AND NOT `+heldBack, key)
	if errors.Is(absent(err), annotations.ErrNotFound) {
		return nil // put on hold or erased meanwhile
	}
	if err != nil {
		return err
	}
	now := s.now()
	counts := [4]int64{}
	for i, sql := range []string{
		`UPDATE documents SET text = '', deletion = ?1 WHERE case_key = ?2 AND deletion IS NULL`,
		`UPDATE passages SET quote = '` + gone + `' WHERE quote <> '` + gone + `' AND document IN (SELECT id FROM documents WHERE case_key = ?2 AND deletion = ?1)`,
		`INSERT INTO documents (case_key, number, type, title, day, text, sha256, source_sha256, chars, pages, notices, created_at, deletion)
		 SELECT case_key, number, type, title, day, '', sha256, sha256, length(text), '[]', notices, created_at, ?1 FROM held_documents WHERE case_key = ?2`,
		`DELETE FROM held_documents WHERE case_key = ?2 AND ?1 > 0`,
	} {
		r, err := tx.ExecContext(ctx, sql, deletion, key)
		if err != nil {
			return err
		}
		if counts[i], err = r.RowsAffected(); err != nil {
			return err
		}
	}
	if counts[3] > 0 {
		if err := move(ctx, tx, who, stamp(now), key, annotations.Screening, annotations.Available); err != nil {
			return err
		}
	}
	if err := forgetReplies(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE deletions SET held = held + ?, passages = passages + ? WHERE id = ?`, counts[3], counts[1], deletion); err != nil {
		return err
	}
	return audit(ctx, tx, now, who, Event{Act: "case.text_delete", Study: c.Study, Case: string(c.ID), Object: fmt.Sprintf("deletion %d", deletion), Right: auth.Retain,
		Detail: map[string]any{"documents": counts[0] + counts[2], "passages": counts[1]}})
}

const selectDeletions = `
	SELECT x.id, x.study, x.kind, coalesce(x.plan, 0) AS plan, x.reason, x.started_at, coalesce(u.name, '') AS starter, x.finished_at,
		nullif(x.certificate, '') AS certificate, x.sha256, x.held, x.passages
	FROM deletions x LEFT JOIN users u ON u.id = x.started_by`

// Deletions returns the deletions of a study, newest first.
func (s *Store) Deletions(ctx context.Context, study string) ([]Deletion, error) {
	var list []Deletion
	return list, s.read.SelectContext(ctx, &list, selectDeletions+` WHERE x.study = ? ORDER BY x.id DESC`, study)
}

// Deletion returns one deletion of a study.
func (s *Store) Deletion(ctx context.Context, study string, id int64) (Deletion, error) {
	var x Deletion
	return x, absent(s.read.GetContext(ctx, &x, selectDeletions+` WHERE x.id = (SELECT id FROM deletions WHERE study = ? AND id = ?)`, study, id))
}

// WriteDeleted writes the documents of a deletion as CSV: what stays known of
// them. Its SHA-256 stands in the certificate.
func (s *Store) WriteDeleted(ctx context.Context, out io.Writer, deletion int64) error {
	rows, err := s.read.QueryxContext(ctx, `
		SELECT c.case_id, d.number, d.type, d.chars, d.sha256 FROM documents d JOIN cases c ON c.id = d.case_key WHERE d.deletion = ? ORDER BY c.case_id, d.number`, deletion)
	if err != nil {
		return err
	}
	defer rows.Close()
	w := csv.NewWriter(out)
	w.Write([]string{"case_id", "document", "type", "characters", "sha256"})
	for rows.Next() {
		var id, kind, sum string
		var number, chars int
		if err := rows.Scan(&id, &number, &kind, &chars, &sum); err != nil {
			return err
		}
		w.Write([]string{id, strconv.Itoa(number), kind, strconv.Itoa(chars), sum})
	}
	w.Flush()
	return errors.Join(rows.Err(), w.Error())
}

// finishDeletions cleans the file of everything that was deleted and writes
// the certificates that were waiting for it.
func (s *Store) finishDeletions(ctx context.Context, who auth.Actor, study string, with Deleting) ([]Deletion, error) {
	var waiting []int64
	if err := s.read.SelectContext(ctx, &waiting, `SELECT id FROM deletions WHERE finished_at IS NULL ORDER BY id`); err != nil || len(waiting) == 0 {
		return nil, err
	}
	uploads := map[string]int{}
	for _, id := range waiting {
		var of string
		if err := s.read.GetContext(ctx, &of, `SELECT study FROM deletions WHERE id = ?`, id); err != nil {
			return nil, err
		}
		if err := s.DiscardStaged(ctx, of, s.now()); err != nil {
			return nil, err
		}
		if _, done := uploads[of]; done || with.Uploads == nil {
			continue
		}
		n, err := with.Uploads(of)
		if err != nil {
			return nil, fmt.Errorf("remove what was uploaded: %w", err)
		}
		uploads[of] = n
	}
	free, log, err := s.clean(ctx)
	if err != nil {
		return nil, err
	}
	var list []Deletion
	for _, id := range waiting {
		c, err := s.certificate(ctx, id)
		if err != nil {
			return list, err
		}
		c.FreePages, c.Log, c.Uploads = free, log, uploads[c.Study]
		if err := s.certify(ctx, who, c); err != nil {
			return list, err
		}
		x, err := s.Deletion(ctx, c.Study, id)
		if err != nil {
			return list, err
		}
		list = append(list, x)
	}
	return list, nil
}

// ErrInUse says that what was deleted still stands in the write-ahead log,
// for somebody is reading an older state of the file.
var ErrInUse = errors.New("the database is being read; what was deleted is out of it, and its last traces go at the next run")

// clean leaves no trace in the file of what was deleted: the log is emptied
// into the file, the file is rebuilt without free pages, and the log, which
// then holds the new file, is emptied again.
func (s *Store) clean(ctx context.Context) (free int, log int64, err error) {
	err = s.alone(ctx, func(conn *sqlx.Conn) error {
		free, log, err = rebuild(ctx, conn)
		return err
	})
	return free, log, err
}

// rebuild empties the write-ahead log into the file and makes the file anew;
// log is how many pages are left in the log.
func rebuild(ctx context.Context, conn *sqlx.Conn) (free int, log int64, err error) {
	checkpoint := func() error {
		var busy int
		if err := conn.QueryRowxContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, new(int)); err != nil {
			return err
		}
		if busy != 0 {
			return ErrInUse
		}
		return nil
	}
	if err := checkpoint(); err != nil {
		return 0, 0, err
	}
	if _, err := conn.ExecContext(ctx, `VACUUM`); err != nil {
		return 0, 0, fmt.Errorf("rebuild the file: %w", err)
	}
	if err := checkpoint(); err != nil {
		return 0, 0, err
	}
	err = conn.QueryRowxContext(ctx, `PRAGMA freelist_count`).Scan(&free)
	return free, max(log, 0), err
}

// certificate gathers what the certificate of a deletion says.
func (s *Store) certificate(ctx context.Context, id int64) (Certificate, error) {
	var row struct {
		Study     string `db:"study"`
		Kind      string `db:"kind"`
		Reason    string `db:"reason"`
		Started   moment `db:"started_at"`
		Held      int    `db:"held"`
		Passages  int    `db:"passages"`
		Basis     string `db:"basis"`
		OrderedBy string `db:"ordered_by"`
		OrderedAt moment `db:"ordered_at"`
		Confirmer string `db:"confirmer"`
		Case      string `db:"case_id"`
		Cases     int    `db:"cases"`
		Documents int    `db:"documents"`
		Chars     int64  `db:"chars"`
		Erased    string `db:"erased"`
	}
	err := s.read.GetContext(ctx, &row, `
		SELECT x.study, x.kind, x.reason, x.started_at, x.held, x.passages,
			coalesce(p.basis || CASE p.basis WHEN 'date' THEN ' ' || p.due_on ELSE ' + ' || p.days || ' days' END, '') AS basis,
			coalesce(u.login, v.login, '') AS ordered_by, coalesce(p.set_at, e.asked_at) AS ordered_at, coalesce(k.login, '') AS confirmer, coalesce(e.case_id, '') AS case_id,
			count(DISTINCT d.case_key) AS cases, count(d.id) AS documents, coalesce(sum(d.chars), 0) AS chars, x.erased
		FROM deletions x LEFT JOIN retention_plans p ON p.id = x.plan LEFT JOIN users u ON u.id = p.set_by
		LEFT JOIN erasures e ON e.deletion = x.id LEFT JOIN users v ON v.id = e.asked_by LEFT JOIN users k ON k.id = e.confirmed_by
		LEFT JOIN documents d ON d.deletion = x.id WHERE x.id = ? GROUP BY x.id`, id)
	if err != nil {
		return Certificate{}, err
	}
	c := Certificate{Format: "dossierlens-deletion/1", Number: id, Study: row.Study, Kind: row.Kind, Case: row.Case, Reason: row.Reason,
		OrderedBy: row.OrderedBy, OrderedAt: row.OrderedAt.Time, ConfirmedBy: row.Confirmer, Basis: row.Basis, StartedAt: row.Started.Time,
		Cases: row.Cases, Documents: row.Documents, Characters: row.Chars, Held: row.Held, Passages: row.Passages,
		Kept:     []string{"codings", "offsets of passages", "hashes and lengths of documents", "released figures", "the audit log"},
		Browsers: "unsent quotes go at the next contact of each browser"}
	if row.Kind == "case" {
		var what erased
		if err := json.Unmarshal([]byte(row.Erased), &what); err != nil {
			return c, err
		}
		c.Cases, c.Documents, c.Characters, c.Passages, c.Rows = 1, what.Documents, what.Characters, what.Passages, what.Rows
		c.Kept = []string{"the pseudonym in the sampling frame and the audit log", "released figures with their frozen inputs"}
	}
	hash := sha256.New()
	if err := s.WriteDeleted(ctx, hash, id); err != nil {
		return c, err
	}
	c.List = hex.EncodeToString(hash.Sum(nil))
	backups, err := s.Backups(ctx, row.Started.Time)
	if err != nil {
		return c, err
	}
	c.Backups = []KeptBackup{}
	for _, b := range backups {
		k := KeptBackup{Name: b.Name, MadeAt: b.MadeAt.Time}
		if !b.ExpiresAt.IsZero() {
			k.ExpiresAt = &b.ExpiresAt.Time
		}
		c.Backups = append(c.Backups, k)
	}
	var secure int
	err = s.read.GetContext(ctx, &secure, `PRAGMA secure_delete`)
	c.SecureDelete = secure == 1
	return c, err
}

// certify writes a certificate; from then on it is never changed.
func (s *Store) certify(ctx context.Context, who auth.Actor, c Certificate) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		c.FinishedAt = now.UTC().Truncate(time.Millisecond)
		if err := tx.GetContext(ctx, &c.Previous, `SELECT coalesce((SELECT sha256 FROM deletions WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT 1), '')`); err != nil {
			return err
		}
		b, err := json.MarshalIndent(c, "", "  ")
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		sha := hex.EncodeToString(sum[:])
		if _, err := tx.ExecContext(ctx, `UPDATE deletions SET finished_at = ?, certificate = ?, sha256 = ? WHERE id = ?`, stamp(now), string(b), sha, c.Number); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "deletion.certify", Study: c.Study, Case: c.Case, Object: fmt.Sprintf("deletion %d", c.Number),
			Detail: map[string]any{"sha256": sha, "documents": c.Documents}, Right: auth.Retain})
	})
}
