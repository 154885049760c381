package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"
	lib "modernc.org/sqlite/lib"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// An Erasure is the wish to erase a whole case, with everything that was
// coded of it: asked for by one person and confirmed by another.
type Erasure struct {
	ID          int64              `db:"id"`
	Study       string             `db:"study"`
	Case        annotations.CaseID `db:"case_id"`
	Reason      string             `db:"reason"`
	AskedAt     moment             `db:"asked_at"`
	AskedBy     int64              `db:"asked_by"`
	Asker       string             `db:"asker"`
	ConfirmedAt moment             `db:"confirmed_at"` // zero: it waits
	Confirmer   string             `db:"confirmer"`
	WithdrawnAt moment             `db:"withdrawn_at"`
	Deletion    int64              `db:"deletion"` // that carried it out, 0 for none
}

// Waits reports whether a second person has yet to confirm.
func (e Erasure) Waits() bool { return e.ConfirmedAt.IsZero() && e.WithdrawnAt.IsZero() }

// ErrSameErasing says that the two people of an erasure are one.
var ErrSameErasing = errors.New("who asked for an erasure does not confirm it; another person has to")

// ErrOnHold says that a legal hold stands in the way.
var ErrOnHold = errors.New("a legal hold stands on this case or its study")

// ErasedError says that a case that is to come in was erased.
type ErasedError struct {
	Case annotations.CaseID
	On   string // the day
}

func (e *ErasedError) Error() string {
	return fmt.Sprintf("case %s was erased on %s and does not come in again", e.Case, e.On)
}

const selectErasures = `
	SELECT e.id, e.study, e.case_id, e.reason, e.asked_at, e.asked_by, u.name AS asker, e.confirmed_at, coalesce(v.name, '') AS confirmer, e.withdrawn_at,
		coalesce(e.deletion, 0) AS deletion
	FROM erasures e JOIN users u ON u.id = e.asked_by LEFT JOIN users v ON v.id = e.confirmed_by`

// Erasures returns the erasures of a study, newest first.
func (s *Store) Erasures(ctx context.Context, study string) ([]Erasure, error) {
	var list []Erasure
	return list, s.read.SelectContext(ctx, &list, selectErasures+` WHERE e.study = ? ORDER BY e.id DESC`, study)
}

// AskErasure asks that a case be erased. Nothing happens to it until another
// person confirms.
func (s *Store) AskErasure(ctx context.Context, who auth.Actor, study string, id annotations.CaseID, reason string) error {
	if !who.May(auth.AskErasure, study) {
		return annotations.ErrDenied
	}
	if reason = strings.TrimSpace(reason); utf8.RuneCountInString(reason) < 3 || utf8.RuneCountInString(reason) > 400 {
		return &annotations.InvalidError{Field: "erase_reason", Key: "retention.reason.required"}
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var known bool
		if err := tx.GetContext(ctx, &known, `SELECT EXISTS (SELECT 1 FROM cases WHERE study = ? AND case_id = ?)`, study, id); err != nil {
			return err
		}
		if !known {
			return &annotations.InvalidError{Field: "erase_case", Key: "retention.case.unknown", Args: map[string]any{"case": id}}
		}
		now := s.now()
		_, err := tx.ExecContext(ctx, `INSERT INTO erasures (study, case_id, reason, asked_at, asked_by) VALUES (?, ?, ?, ?, ?)`, study, id, reason, stamp(now), who.ID)
		if code(err) == lib.SQLITE_CONSTRAINT_UNIQUE {
			return &annotations.InvalidError{Field: "erase_case", Key: "retention.erasure.there", Args: map[string]any{"case": id}}
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "erasure.ask", Study: study, Case: string(id), Right: auth.AskErasure})
	})
}

// WithdrawErasure takes back a wish that was not confirmed. Who may ask for
// one or confirm it may do so.
func (s *Store) WithdrawErasure(ctx context.Context, who auth.Actor, study string, id int64) error {
	if !who.MayTake(auth.DropErasing, study) {
		return annotations.ErrDenied
	}
	right := auth.AskErasure
	if !who.May(right, study) {
		right = auth.ConfirmErasure
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		e, state, err := erasure(ctx, tx, study, id)
		if err != nil {
			return err
		}
		if err := take(auth.DropErasing, state, e.AskedBy == who.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE erasures SET withdrawn_at = ?, withdrawn_by = ? WHERE id = ?`, stamp(now), who.ID, id); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "erasure.withdraw", Study: study, Case: string(e.Case), Right: right})
	})
}

// erasure reads a wish to erase a case, and its state.
func erasure(ctx context.Context, tx *sqlx.Tx, study string, id int64) (e Erasure, state auth.State, err error) {
	if err := tx.GetContext(ctx, &e, selectErasures+` WHERE e.id = (SELECT id FROM erasures WHERE study = ? AND id = ?)`, study, id); err != nil {
		return e, "", absent(err)
	}
	held, err := onHold(ctx, tx, study, e.Case)
	return e, e.state(held), err
}

// erased counts what an erased case had.
type erased struct {
	Documents  int   `json:"documents"`
	Characters int64 `json:"characters"`
	Passages   int   `json:"passages"`
	Rows       int   `json:"rows"` // of all tables
}

// ConfirmErasure erases a case that somebody else asked to erase: its texts,
// codings, decisions and everything that refers to them. Its pseudonym stays
// in the sampling frame, where it counts as lost, in the audit log and in the
// inputs of releases, which stay as they are. It returns the certificate, or
// [ErrSameErasing] or [ErrOnHold].
func (s *Store) ConfirmErasure(ctx context.Context, who auth.Actor, study string, id int64, with Deleting) (Deletion, error) {
	if !who.May(auth.ConfirmErasure, study) {
		return Deletion{}, annotations.ErrDenied
	}
	s.deleting.Lock()
	defer s.deleting.Unlock()
	var deletion int64
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		e, state, err := erasure(ctx, tx, study, id)
		if err != nil {
			return err
		}
		switch err := take(auth.ConfirmErasing, state, e.AskedBy == who.ID); {
		case errors.Is(err, annotations.ErrDenied):
			return ErrSameErasing
		case errors.Is(err, annotations.ErrLocked):
			return ErrOnHold
		case err != nil:
			return err
		}
		now := stamp(s.now())
		if _, err := tx.ExecContext(ctx, `UPDATE erasures SET confirmed_at = ?, confirmed_by = ? WHERE id = ?`, now, who.ID, id); err != nil {
			return err
		}
		deletion, err = s.erase(ctx, tx, who, now, e)
		return err
	})
	if err != nil {
		return Deletion{}, err
	}
	if _, err = s.finishDeletions(ctx, who, study, with); err != nil && !errors.Is(err, ErrInUse) {
		return Deletion{}, err
	}
	return s.Deletion(ctx, study, deletion)
}

// erase removes every row of a case, in one transaction.
func (s *Store) erase(ctx context.Context, tx *sqlx.Tx, who auth.Actor, now string, e Erasure) (deletion int64, err error) {
	var key int64
	if err := tx.GetContext(ctx, &key, `SELECT id FROM cases WHERE study = ? AND case_id = ?`, e.Study, e.Case); err != nil {
		return 0, absent(err)
	}
	var had erased
	err = tx.QueryRowxContext(ctx, `
		SELECT count(*), coalesce(sum(chars), 0), (SELECT count(*) FROM passages p JOIN assignments a ON a.id = p.assignment WHERE a.case_key = ?1)
		FROM (SELECT chars FROM documents WHERE case_key = ?1 UNION ALL SELECT length(text) FROM held_documents WHERE case_key = ?1)`, key).
		Scan(&had.Documents, &had.Characters, &had.Passages)
	if err != nil {
		return 0, err
	}
	for _, sql := range []string{
		`INSERT INTO erased_assignments (assignment, coder, erasure) SELECT id, coder, ?2 FROM assignments WHERE case_key = ?1`,
		`UPDATE frame_cases SET attributes = '{}', dropped = CASE WHEN used = 1 AND dropped = '' THEN 'other' ELSE dropped END,
		   dropped_at = CASE WHEN used = 1 AND dropped = '' THEN ?3 ELSE dropped_at END WHERE study = ?4 AND case_id = ?5 AND ?1 > 0 AND ?2 > 0`,
		`UPDATE studies SET changes = changes + 1 WHERE id = ?4 AND ?1 > 0 AND ?2 > 0 AND ?3 <> '' AND ?5 <> ''`,
	} {
		if _, err := tx.ExecContext(ctx, sql, key, e.ID, now, e.Study, e.Case); err != nil {
			return 0, err
		}
	}
	belonging, err := tablesOfCase(ctx, tx)
	if err != nil {
		return 0, err
	}
	for _, t := range belonging {
		r, err := tx.ExecContext(ctx, `DELETE FROM "`+t.table+`" WHERE `+t.where, key)
		if err != nil {
			return 0, fmt.Errorf("table %s: %w", t.table, err)
		}
		n, err := r.RowsAffected()
		if err != nil {
			return 0, err
		}
		had.Rows += int(n)
	}
	if err := forgetReplies(ctx, tx); err != nil {
		return 0, err
	}
	if _, _, err := placeCases(ctx, tx, e.Study); err != nil {
		return 0, err
	}
	err = tx.GetContext(ctx, &deletion, `INSERT INTO deletions (study, kind, reason, started_at, started_by, erased) VALUES (?, 'case', ?, ?, ?, ?) RETURNING id`,
		e.Study, e.Reason, now, who.ID, jsonText(had))
	if err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE erasures SET deletion = ?1, case_key = ?2, changed = (SELECT changes FROM studies WHERE id = ?3) WHERE id = ?4`,
		deletion, key, e.Study, e.ID); err != nil {
		return 0, err
	}
	return deletion, audit(ctx, tx, s.now(), who, Event{Act: "case.erase", Study: e.Study, Case: string(e.Case), Object: fmt.Sprintf("deletion %d", deletion),
		Detail: map[string]any{"asked_by": e.AskedBy, "rows": had.Rows, "documents": had.Documents}, Right: auth.ConfirmErasure})
}

// A tableOfCase is a table with rows that belong to a case, and which these
// are; the number of the case is ?1.
type tableOfCase struct{ table, where string }

// tablesOfCase finds every table whose rows refer to a case, however far, from
// the schema itself, so that none is forgotten. What refers comes before what
// it refers to, the case itself last.
func tablesOfCase(ctx context.Context, q sqlx.QueryerContext) ([]tableOfCase, error) {
	var refs []struct {
		Table  string `db:"child"`
		Parent string `db:"parent"`
		From   string `db:"from"` // columns, joined by commas
		To     string `db:"to"`
	}
	err := sqlx.SelectContext(ctx, q, &refs, `
		SELECT child, parent, group_concat('"' || "from" || '"', ', ') AS "from", group_concat('"' || "to" || '"', ', ') AS "to" FROM (
		  SELECT m.name AS child, f.id, f."table" AS parent, f."from", coalesce(f."to", 'id') AS "to"
		  FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f."table" <> m.name ORDER BY m.name, f.id, f.seq)
		GROUP BY child, id, parent ORDER BY child, id`)
	if err != nil {
		return nil, err
	}
	of := map[string]bool{"cases": true}
	for grown := true; grown; {
		grown = false
		for _, r := range refs {
			if of[r.Parent] && !of[r.Table] {
				of[r.Table], grown = true, true
			}
		}
	}
	// A table comes when all to which it refers have come.
	where := map[string]string{"cases": "id = ?1"}
	order := []tableOfCase{{"cases", where["cases"]}}
	for len(order) < len(of) {
		before := len(order)
		for _, table := range slices.Sorted(maps.Keys(of)) {
			var conditions []string
			ready := where[table] == ""
			for _, r := range refs {
				if r.Table == table && of[r.Parent] {
					ready = ready && where[r.Parent] != ""
					conditions = append(conditions, "("+r.From+") IN (SELECT "+r.To+` FROM "`+r.Parent+`" WHERE `+where[r.Parent]+")")
				}
			}
			if ready {
				where[table] = strings.Join(conditions, " OR ")
				order = append(order, tableOfCase{table, where[table]})
			}
		}
		if len(order) == before {
			return nil, errors.New("tables of cases refer to each other in a circle")
		}
	}
	slices.Reverse(order)
	return order, nil
}

// DeletedOf returns, of the actor's own assignments among ids, the documents
// of which the text was deleted, and the assignments of cases that were erased.
func (s *Store) DeletedOf(ctx context.Context, who auth.Actor, ids []int64) (documents, gone []int64, err error) {
	documents, gone = []int64{}, []int64{}
	err = s.read.SelectContext(ctx, &documents, `
		SELECT d.id FROM assignments a JOIN documents d ON d.case_key = a.case_key
		WHERE a.coder = ? AND a.id IN (SELECT value FROM json_each(?)) AND d.deletion IS NOT NULL ORDER BY d.id`, who.ID, jsonText(ids))
	if err != nil {
		return nil, nil, err
	}
	return documents, gone, s.read.SelectContext(ctx, &gone, `
		SELECT assignment FROM erased_assignments WHERE coder = ? AND assignment IN (SELECT value FROM json_each(?)) ORDER BY assignment`, who.ID, jsonText(ids))
}
