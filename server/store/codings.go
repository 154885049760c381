package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
)

// An ImportedCoding is a coding made elsewhere. Coder 0 is the consensus: its
// answers become decisions.
type ImportedCoding struct {
	Case        annotations.CaseID
	Coder       int64
	Round       string // name; the newest round of production when empty
	Answers     map[string]codebook.Answer
	Notes       map[string]string
	Passages    []annotations.Passage // Document holds the document's number within the case
	SubmittedAt time.Time             // zero leaves the coding open
	Places      map[string]string     // where each answer stands in its file, by variable; "" is the coding's own
}

// A CodingProblem says what is wrong with an imported coding and where.
type CodingProblem struct {
	Case     annotations.CaseID
	Variable string
	Place    string // file and line, empty when unknown
	Err      error  // an [Objection] or a [codebook.AnswerError]
}

func (e *CodingProblem) Error() string {
	place := e.Place
	if place != "" {
		place += ": "
	}
	var answer *codebook.AnswerError // names the variable itself
	if e.Variable == "" || errors.As(e.Err, &answer) {
		return fmt.Sprintf("%scase %s: %v", place, e.Case, e.Err)
	}
	return fmt.Sprintf("%scase %s, %s: %v", place, e.Case, e.Variable, e.Err)
}

func (e *CodingProblem) Unwrap() error { return e.Err }

// Resolve finds the coders of codings made elsewhere among the coders of a
// study. All that are unknown are reported at once, each a [CodingProblem].
func (s *Store) Resolve(ctx context.Context, study string, codings []annotations.CodedElsewhere) ([]ImportedCoding, error) {
	members, err := s.Members(ctx, study)
	if err != nil {
		return nil, err
	}
	coders := map[string]int64{annotations.Consensus: 0}
	for _, m := range members {
		if slices.Contains(m.Roles, auth.Coder) {
			coders[strings.ToLower(m.User.Login)] = m.User.ID
		}
	}
	list := make([]ImportedCoding, len(codings))
	var problems []error
	reported := map[string]bool{}
	for i, k := range codings {
		coder, ok := coders[strings.ToLower(k.Coder)]
		if !ok && !reported[k.Coder] {
			reported[k.Coder] = true
			problems = append(problems, &CodingProblem{k.Case, "", k.Places[""], object(reasonUnknownCoder, k.Coder)})
		}
		list[i] = ImportedCoding{Case: k.Case, Coder: coder, Answers: k.Answers, Notes: k.Notes, SubmittedAt: k.SubmittedAt, Places: k.Places}
	}
	if problems != nil {
		return nil, errors.Join(problems...)
	}
	return list, nil
}

// ImportCodings stores codings made elsewhere, all of them or none, and
// returns how many it stored and how many were there already. Every answer is
// checked against the codebook; all problems are reported at once, each a
// [CodingProblem]. Answers that routing sets (NA, inherited codes) may stand
// in the file and are passed over; another code in its place is a problem. A dry run stores nothing.
func (s *Store) ImportCodings(ctx context.Context, who auth.Actor, study string, codings []ImportedCoding, dry bool, progress func(done int)) (stored, present int, err error) {
	book, err := s.Codebook(ctx, study)
	if err != nil {
		return 0, 0, err
	}
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		insert, err := tx.PreparexContext(ctx, `
			INSERT INTO answers (assignment, variable, version, value, missing, note, codebook, seq, at)
			SELECT ?, ?, 1, ?, ?, ?, codebook, ?, ? FROM studies WHERE id = ?`)
		if err != nil {
			return err
		}
		defer insert.Close()
		insertPassage, err := tx.PreparexContext(ctx, insertPassageSQL)
		if err != nil {
			return err
		}
		defer insertPassage.Close()
		var problems []error
		for i, in := range codings {
			added, wrong, err := s.importCoding(ctx, tx, insert, insertPassage, who, study, book, in)
			if err != nil {
				return err
			}
			problems = append(problems, wrong...)
			if added {
				stored++
			} else if len(wrong) == 0 {
				present++
			}
			if progress != nil {
				progress(i + 1)
			}
		}
		if problems != nil {
			return errors.Join(problems...)
		}
		if dry {
			return errDryRun
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "codings.import", Study: study, Right: auth.ImportCases,
			Detail: map[string]any{"stored": stored, "present": present}})
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return stored, present, err
}

func (s *Store) importCoding(ctx context.Context, tx *sqlx.Tx, insert, insertPassage *sqlx.Stmt, who auth.Actor, study string, book *codebook.Codebook, in ImportedCoding) (added bool, wrong []error, err error) {
	problem := func(variable string, err error) {
		wrong = append(wrong, &CodingProblem{in.Case, variable, in.Places[variable], err})
	}
	var row caseRow
	err = tx.GetContext(ctx, &row, `SELECT `+caseColumns+` FROM cases c WHERE c.study = ? AND c.case_id = ?`, study, in.Case)
	if err = absent(err); errors.Is(err, annotations.ErrNotFound) {
		problem("", object(reasonUnknownCase))
		return false, wrong, nil
	} else if err != nil {
		return false, nil, err
	}
	c := row.domain()
	if c.State == annotations.Screening || c.State == annotations.Dropped {
		problem("", object(reasonCaseUnavailable))
		return false, wrong, nil
	}
	copies := annotations.Copies(book, c)
	answers := maps.Clone(copies)
	for _, id := range slices.Sorted(maps.Keys(in.Answers)) {
		v := book.Variable(id)
		if v == nil {
			problem(id, object(reasonUnknownVariable))
			continue
		}
		a := in.Answers[id]
		if a.Missing == codebook.NA || copies[id] == a {
			continue // routing or the case says so itself, and is asked below
		}
		if _, ok := copies[id]; ok {
			problem(id, object(reasonCopyDiffers))
			continue
		}
		accepted, err := book.Accept(v, a, c.Period)
		if err != nil && a.Value != "" {
			problem(id, err)
			continue
		}
		if err != nil {
			continue // a missing code that may not be chosen: inherited, or reported below
		}
		answers[id] = accepted
	}
	route := book.Route(answers)
	for _, id := range slices.Sorted(maps.Keys(in.Answers)) {
		v, a := book.Variable(id), in.Answers[id]
		if v == nil {
			continue
		}
		r := route[id]
		_, given := answers[id]
		switch {
		case !r.Asked && a.Missing == r.Missing:
			delete(answers, id)
		case !r.Asked && given:
			problem(id, object(reasonClosed))
		case !r.Asked && a.Missing != "": // another code than the one that figures would count
			problem(id, object(reasonRoutedOtherwise, r.Missing))
		case r.Asked && !given && a.Value == "": // a value that does not fit was reported above
			accepted, err := book.Accept(v, a, c.Period)
			if err != nil {
				problem(id, err)
				continue
			}
			answers[id] = accepted
		}
	}
	for id := range copies {
		delete(answers, id)
	}
	if wrong != nil {
		return false, wrong, nil
	}
	if in.Coder == 0 {
		return s.importConsensus(ctx, tx, who, c, answers)
	}
	var had int64
	err = tx.GetContext(ctx, &had, `SELECT id FROM assignments WHERE case_key = ? AND coder = ? AND repeat_of IS NULL`, c.Key, in.Coder)
	if err == nil {
		k, err := coding(ctx, tx, had, latest)
		if err != nil {
			return false, nil, err
		}
		if maps.Equal(k.Stated(), codebook.Answers(answers)) {
			return false, nil, nil
		}
		if len(k.Entries) > 0 {
			problem("", object(reasonOtherCoding))
			return false, wrong, nil
		}
	} else if !errors.Is(absent(err), annotations.ErrNotFound) {
		return false, nil, err
	}
	now := s.now()
	if had == 0 {
		r, err := s.roundOrNewest(ctx, tx, who, study, in.Round)
		if err != nil {
			return false, nil, err
		}
		if r.Kind == annotations.Production && in.SubmittedAt.IsZero() {
			err := s.mayProduce(ctx, tx, study, in.Coder)
			if _, barred := errors.AsType[*annotations.InvalidError](err); barred {
				problem("", object(reasonNotCleared))
				return false, wrong, nil
			} else if err != nil {
				return false, nil, err
			}
		}
		err = tx.GetContext(ctx, &had, `
			INSERT INTO assignments (case_key, study, coder, round, created_at, created_by) VALUES (?, ?, ?, ?, ?, nullif(?, 0)) RETURNING id`,
			c.Key, study, in.Coder, r.Name, stamp(now), who.ID)
		if err != nil {
			return false, nil, err
		}
	}
	at := in.SubmittedAt
	if at.IsZero() {
		at = now
	}
	seq := 0
	for _, v := range book.Variables() {
		a, ok := answers[v.ID]
		if !ok {
			continue
		}
		seq++
		if _, err := insert.ExecContext(ctx, had, v.ID, a.Value, a.Missing, in.Notes[v.ID], seq, stamp(at), study); err != nil {
			return false, nil, err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE assignments SET seq = ?1, answered = ?1, started_at = ?2, status = CASE status WHEN 'withdrawn' THEN 'open' ELSE status END
		WHERE id = ?3`, seq, stamp(at), had)
	if err != nil {
		return false, nil, err
	}
	if err := importPassages(ctx, tx, insertPassage, c, had, in.Passages, at); err != nil {
		var why *Objection
		if !errors.As(err, &why) {
			return false, nil, err
		}
		problem("", why)
		return false, wrong, nil
	}
	if !in.SubmittedAt.IsZero() {
		if err := submit(ctx, tx, had, stamp(in.SubmittedAt)); err != nil {
			return false, nil, err
		}
	}
	return true, nil, s.settle(ctx, tx, who, c.Key)
}

func importPassages(ctx context.Context, tx *sqlx.Tx, insert *sqlx.Stmt, c annotations.Case, assignment int64, list []annotations.Passage, at time.Time) error {
	for _, p := range list {
		if p.Document != 0 {
			var d struct {
				Key  int64  `db:"id"`
				Text string `db:"text"`
				Gone moment `db:"gone"`
			}
			err := tx.GetContext(ctx, &d, `SELECT id, text, `+goneAt+` AS gone FROM documents d WHERE case_key = ? AND number = ?`, c.Key, p.Document)
			if err = absent(err); errors.Is(err, annotations.ErrNotFound) {
				return object(reasonUnknownDocument, p.Document)
			} else if err != nil {
				return err
			}
			if !d.Gone.IsZero() {
				return object(reasonTextDeleted, p.Document, d.Gone.Format(time.DateOnly))
			}
			if (annotations.Document{Text: d.Text}).Verify(p) != nil {
				return object(reasonPassageMisplaced, p.Document)
			}
			p.Document = d.Key
		}
		p.Assignment, p.At = assignment, at
		if _, err := insert.ExecContext(ctx, passageValues(p)...); err != nil {
			return err
		}
	}
	return nil
}

// importConsensus stores settled answers made elsewhere as decisions.
func (s *Store) importConsensus(ctx context.Context, tx *sqlx.Tx, who auth.Actor, c annotations.Case, answers codebook.Answers) (bool, []error, error) {
	made, err := decisions(ctx, tx, c.Key)
	if err != nil {
		return false, nil, err
	}
	now, added := s.now(), false
	for _, id := range slices.Sorted(maps.Keys(answers)) {
		if made[id].Answer == answers[id] {
			continue
		}
		added = true
		err := insertDecision(ctx, tx, c, annotations.Decision{Variable: id, Revision: made[id].Revision + 1, Answer: answers[id],
			Provenance: annotations.Imported, Reason: "imported", By: who.ID, At: now})
		if err != nil {
			return false, nil, err
		}
	}
	return added, nil, s.settle(ctx, tx, who, c.Key)
}
