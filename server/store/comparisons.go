package store

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
)

// Codings that are compared are those handed in before the comparison was
// opened: later ones were written by somebody who may have heard of the
// difference. A coder to whom the case was given only afterwards has not, and
// their first submission counts.

// independentSeq is the last entry of the last independent submission of
// assignment a of case c, or NULL.
const independentSeq = `(SELECT s.seq ` + independentSubmission + `)`

// independentAt is when that submission was, or NULL.
const independentAt = `(SELECT s.at ` + independentSubmission + `)`

const independentSubmission = `FROM submissions s LEFT JOIN comparisons k ON k.case_key = a.case_key
	WHERE s.assignment = a.id AND (k.opened_at IS NULL OR s.at <= k.opened_at OR s.number = 1 AND a.created_at > k.opened_at) ORDER BY s.number DESC LIMIT 1`

// counts is the part of a WHERE that leaves of the assignments a of a case
// those that count: not recalled, and no hidden repeats, which are there for
// intra-coder reliability alone.
const counts = `a.status <> 'withdrawn' AND +a.repeat_of IS NULL`

// submittedSeq is the last entry of the last submission of assignment a.
const submittedSeq = `(SELECT s.seq FROM submissions s WHERE s.assignment = a.id ORDER BY s.number DESC LIMIT 1)`

// A CodedCase is a case with codings of it.
type CodedCase struct {
	Case    annotations.Case
	Codings []annotations.Coding // by assignment; without passages
	Round   string
}

// Submitted yields all cases of a study of which a coding was handed in, with
// the codings as last handed in. Cases come by pseudonym.
func (s *Store) Submitted(ctx context.Context, study string) iter.Seq2[CodedCase, error] {
	return func(yield func(CodedCase, error) bool) {
		rows, err := s.read.QueryxContext(ctx, `
			SELECT `+caseColumns+`, a.id AS assignment, a.coder, a.round, n.variable, n.version, n.value, n.missing, n.note, b.version AS codebook, n.at
			FROM cases c JOIN assignments a ON a.case_key = c.id AND `+counts+`
			JOIN answers n ON n.assignment = a.id AND n.seq <= `+submittedSeq+`
			JOIN codebooks b ON b.id = n.codebook
			WHERE c.study = ? AND c.practice = 0 ORDER BY c.case_id, a.id, n.variable, n.version`, study)
		if err != nil {
			yield(CodedCase{}, err)
			return
		}
		defer rows.Close()
		var at CodedCase
		for rows.Next() {
			var r struct {
				caseRow
				answerRow
				Round string `db:"round"`
			}
			if err := rows.StructScan(&r); err != nil {
				yield(at, err)
				return
			}
			if at.Case.Key != r.Key {
				if at.Case.Key != 0 && !yield(at, nil) {
					return
				}
				at = CodedCase{Case: r.caseRow.domain(), Round: r.Round}
			}
			if n := len(at.Codings); n == 0 || at.Codings[n-1].Assignment != r.Assignment {
				at.Codings = append(at.Codings, annotations.Coding{Assignment: r.Assignment, Coder: r.Coder, Entries: map[string]annotations.Entry{}})
			}
			at.Codings[len(at.Codings)-1].Entries[r.Variable] = r.answerRow.domain()
		}
		if err := rows.Err(); err != nil {
			yield(at, err)
			return
		}
		if at.Case.Key != 0 {
			yield(at, nil)
		}
	}
}

// submittedCodings reads the codings of one case up to seq, in the order of the
// assignments, without passages.
func submittedCodings(ctx context.Context, q sqlx.QueryerContext, key int64, seq string) ([]annotations.Coding, error) {
	var rows []struct {
		ID    int64 `db:"id"`
		Coder int64 `db:"coder"`
		Seq   int   `db:"seq"`
	}
	err := sqlx.SelectContext(ctx, q, &rows, `
		SELECT * FROM (SELECT a.id, a.coder, `+seq+` AS seq FROM assignments a WHERE a.case_key = ? AND `+counts+`)
		WHERE seq IS NOT NULL ORDER BY id`, key)
	if err != nil {
		return nil, err
	}
	var codings []annotations.Coding
	for _, r := range rows {
		k, err := coding(ctx, q, r.ID, r.Seq)
		if err != nil {
			return nil, err
		}
		k.Assignment, k.Coder, k.Passages = r.ID, r.Coder, nil
		codings = append(codings, k)
	}
	return codings, nil
}

// A Comparison is a case whose codings are laid side by side.
type Comparison struct {
	Case       annotations.Case
	Codings    []annotations.Coding // independent, as handed in
	Decisions  map[string]annotations.Decision
	Settlement annotations.Settlement
	OpenedAt   moment // zero while it has not been opened
}

// Comparison returns the codings of a case for the lead. Unless the comparison
// has been opened, and while a coding is still out, the codings stay closed and
// the error is [annotations.ErrLocked].
func (s *Store) Comparison(ctx context.Context, who auth.Actor, study string, id annotations.CaseID) (Comparison, error) {
	var cmp Comparison
	c, err := s.Case(ctx, study, id)
	if err != nil {
		return cmp, err
	}
	cmp.Case = c
	state, err := comparisonState(ctx, s.read, c.Key)
	if err != nil {
		return cmp, err
	}
	if err := take(auth.ReadComparison, state, false); err != nil {
		return cmp, err
	}
	if err := s.read.GetContext(ctx, &cmp.OpenedAt, `SELECT opened_at FROM comparisons WHERE case_key = ?`, c.Key); err != nil {
		return cmp, err
	}
	if cmp.Codings, err = submittedCodings(ctx, s.read, c.Key, independentSeq); err != nil {
		return cmp, err
	}
	if err := independentPassages(ctx, s.read, c.Key, cmp.Codings); err != nil {
		return cmp, err
	}
	book, err := s.Codebook(ctx, study)
	if err != nil {
		return cmp, err
	}
	if cmp.Settlement, cmp.Decisions, err = settlement(ctx, s.read, book, c); err != nil {
		return cmp, err
	}
	err = s.Record(ctx, who, Event{Act: "case.compare", Study: study, Case: string(id), Right: auth.Adjudicate})
	return cmp, err
}

// OpenComparison lays the codings of a case side by side: from now on it is no
// longer blind. It is refused with [annotations.ErrLocked] while a coding is
// out, and for one of the case's own coders.
func (s *Store) OpenComparison(ctx context.Context, who auth.Actor, study string, id annotations.CaseID) error {
	c, err := s.Case(ctx, study, id)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if err := takeComparison(ctx, tx, auth.OpenComparison, who, c.Key); err != nil {
			return err
		}
		now := s.now()
		r, err := tx.ExecContext(ctx, `INSERT INTO comparisons (case_key, opened_at, opened_by) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, c.Key, stamp(now), who.ID)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "case.unblind", Study: study, Case: string(id), Right: auth.Adjudicate})
	})
}

// takeComparison asks the table whether a step may be taken at the comparison
// of a case. Nobody opens or settles one of a case that they code themselves.
func takeComparison(ctx context.Context, tx *sqlx.Tx, step auth.Step, who auth.Actor, key int64) error {
	state, err := comparisonState(ctx, tx, key)
	if err != nil {
		return err
	}
	own, err := codesCase(ctx, tx, who, key)
	if err != nil {
		return err
	}
	return take(step, state, own)
}

// settlement joins the codings of a case, as last handed in, and its decisions.
func settlement(ctx context.Context, q sqlx.QueryerContext, book *codebook.Codebook, c annotations.Case) (annotations.Settlement, map[string]annotations.Decision, error) {
	codings, err := submittedCodings(ctx, q, c.Key, submittedSeq)
	if err != nil {
		return annotations.Settlement{}, nil, err
	}
	made, err := decisions(ctx, q, c.Key)
	if err != nil {
		return annotations.Settlement{}, nil, err
	}
	answers := make([]codebook.Answers, len(codings))
	for i, k := range codings {
		answers[i] = k.Given(book, c)
	}
	if len(codings) == 0 { // settled elsewhere: the case itself answers what copies it
		answers = []codebook.Answers{annotations.Copies(book, c)}
	}
	var coreOnly bool
	err = sqlx.GetContext(ctx, q, &coreOnly, `SELECT coalesce(max(a.core_only), 0) FROM assignments a WHERE a.case_key = ? AND `+counts, c.Key)
	if err != nil {
		return annotations.Settlement{}, nil, err
	}
	var core func(*codebook.Variable) bool
	if coreOnly {
		core = func(v *codebook.Variable) bool { return v.Core }
	}
	return annotations.Settle(book, answers, made, core), made, nil
}

// Settlement returns what a case of a study says after its codings and
// decisions are joined, for exports and figures.
func (s *Store) Settlement(ctx context.Context, study string, id annotations.CaseID) (annotations.Settlement, error) {
	c, err := s.Case(ctx, study, id)
	if err != nil {
		return annotations.Settlement{}, err
	}
	book, err := s.Codebook(ctx, study)
	if err != nil {
		return annotations.Settlement{}, err
	}
	st, _, err := settlement(ctx, s.read, book, c)
	return st, err
}

var errNoCodebook = errors.New("the study has no codebook")

// settle brings the state of a case, how many differences are open in it and its
// row of statuses up to date with its assignments, codings and decisions. Every
// change of one of these ends with it, inside the same transaction.
func (s *Store) settle(ctx context.Context, tx *sqlx.Tx, who auth.Actor, key int64) error {
	for _, sql := range []string{
		`UPDATE studies SET changes = changes + 1 WHERE id = (SELECT study FROM cases WHERE id = ?)`,
		`UPDATE cases SET changed = (SELECT changes FROM studies WHERE id = cases.study) WHERE id = ?`,
	} {
		if _, err := tx.ExecContext(ctx, sql, key); err != nil {
			return err
		}
	}
	var row caseRow
	if err := tx.GetContext(ctx, &row, `SELECT `+caseColumns+` FROM cases c WHERE c.id = ?`, key); err != nil {
		return absent(err)
	}
	c := row.domain()
	var rows []assignmentRow
	if err := tx.SelectContext(ctx, &rows, selectAssignment+` WHERE a.case_key = ?`, key); err != nil {
		return err
	}
	list, given := make([]annotations.Assignment, len(rows)), 0
	for i, r := range rows {
		list[i] = r.domain()
		if list[i].Status != annotations.Withdrawn && list[i].RepeatOf == 0 {
			given++
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE cases SET given = ?1 WHERE id = ?2 AND given <> ?1`, given, key); err != nil {
		return err
	}
	if row.State == annotations.Screening || row.State == annotations.Dropped {
		return nil
	}
	state := annotations.StateOf(list, true)
	var st annotations.Settlement
	var book *codebook.Codebook
	elsewhere := false // settled elsewhere, and coded by nobody here
	if state == annotations.Available && !c.Practice {
		err := tx.GetContext(ctx, &elsewhere, `SELECT EXISTS (SELECT 1 FROM decisions WHERE case_key = ? AND provenance = ?)`, key, annotations.Imported)
		if err != nil {
			return err
		}
	}
	if state == annotations.Settled || elsewhere {
		var err error
		if book, err = s.Codebook(ctx, c.Study); err != nil {
			return fmt.Errorf("%w: %w", errNoCodebook, err)
		}
		var made map[string]annotations.Decision
		if st, made, err = settlement(ctx, tx, book, c); err != nil {
			return err
		}
		gold := c.Practice && len(made) > 0 // whoever codes it afterwards does not move it
		state = annotations.StateOf(list, st.Done() || gold)
		if elsewhere && st.Done() {
			state = annotations.Settled
		}
	}
	if state != row.State {
		if err := move(ctx, tx, who, stamp(s.now()), key, "", state); err != nil {
			return err
		}
	}
	var open any // differences
	if state == annotations.Comparing {
		open = len(st.Open)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE cases SET open = ?1 WHERE id = ?2 AND open IS NOT ?1`, open, key); err != nil {
		return err
	}
	if state != annotations.Settled || c.Practice {
		_, err := tx.ExecContext(ctx, `DELETE FROM statuses WHERE case_key = ?`, key)
		return err
	}
	return s.putStatuses(ctx, tx, book, c, st)
}
