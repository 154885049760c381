package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
)

// TrainingGate returns what a study asks of a coder before production.
func (s *Store) TrainingGate(ctx context.Context, study string) (annotations.Gate, error) {
	return gate(ctx, s.read, study)
}

func gate(ctx context.Context, q sqlx.QueryerContext, study string) (annotations.Gate, error) {
	var row struct {
		Accuracy float64 `db:"gate_accuracy"`
		Cases    int     `db:"gate_cases"`
	}
	err := sqlx.GetContext(ctx, q, &row, `SELECT gate_accuracy, gate_cases FROM studies WHERE id = ?`, study)
	return annotations.Gate{Accuracy: row.Accuracy, Cases: row.Cases}, absent(err)
}

// SetTrainingGate says what a study asks of a coder before production, from
// now on. Cases that were given stay given.
func (s *Store) SetTrainingGate(ctx context.Context, who auth.Actor, study string, g annotations.Gate) error {
	if !(g.Accuracy >= 0 && g.Accuracy <= 1) {
		return &annotations.InvalidError{Field: "accuracy", Key: "training.accuracy.invalid"}
	}
	if g.Cases < 0 || g.Cases > 1000 || g.On() && g.Cases == 0 {
		return &annotations.InvalidError{Field: "cases", Key: "training.cases.invalid"}
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE studies SET gate_accuracy = ?, gate_cases = ? WHERE id = ?`, g.Accuracy, g.Cases, study); err != nil {
			return err
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "training.gate", Study: study, Right: auth.Guide,
			Detail: map[string]any{"accuracy": g.Accuracy, "cases": g.Cases}})
	})
}

// A CoderTraining is how far a coder of a study is in training.
type CoderTraining struct {
	Coder int64
	Name  string
	annotations.Trained
	Ready  bool   // has reached what the gate asks
	Reason string // of the last word on their release, may be empty
	At     moment // of that word; zero for none
	By     string
}

// Training returns how far each coder of a study is, by name.
func (s *Store) Training(ctx context.Context, study string) ([]CoderTraining, error) {
	var list []CoderTraining
	err := s.view(ctx, func(tx *sqlx.Tx) (err error) {
		list, err = s.training(ctx, tx, study, 0)
		return err
	})
	return list, err
}

// training reads how far the coders are, or one of them.
func (s *Store) training(ctx context.Context, tx *sqlx.Tx, study string, coder int64) ([]CoderTraining, error) {
	book, err := s.Codebook(ctx, study)
	if err != nil {
		return nil, err
	}
	g, err := gate(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Coder   int64   `db:"coder"`
		Name    string  `db:"name"`
		Given   int     `db:"given"`
		Cleared bool    `db:"cleared"`
		Reason  string  `db:"reason"`
		At      moment  `db:"at"`
		By      *string `db:"by_name"`
	}
	err = tx.SelectContext(ctx, &rows, `
		SELECT m.user_id AS coder, u.name, coalesce(l.cleared, 0) AS cleared, coalesce(l.reason, '') AS reason, l.at, w.name AS by_name,
			(SELECT count(*) FROM assignments a JOIN cases c ON c.id = a.case_key WHERE a.study = m.study AND a.coder = m.user_id AND c.practice = 1 AND `+counts+`) AS given
		FROM members m JOIN users u ON u.id = m.user_id
		LEFT JOIN clearances l ON l.study = m.study AND l.coder = m.user_id
			AND l.number = (SELECT max(number) FROM clearances n WHERE n.study = m.study AND n.coder = m.user_id)
		LEFT JOIN users w ON w.id = l.by
		WHERE m.study = ?1 AND m.role = 'coder' AND ?2 IN (0, m.user_id) ORDER BY u.name, m.user_id`, study, coder)
	if err != nil {
		return nil, err
	}
	list, at := make([]CoderTraining, len(rows)), map[int64]int{}
	for i, r := range rows {
		list[i] = CoderTraining{Coder: r.Coder, Name: r.Name, Trained: annotations.Trained{Given: r.Given, Cleared: r.Cleared}, Reason: r.Reason, At: r.At}
		if r.By != nil {
			list[i].By = *r.By
		}
		at[r.Coder] = i
	}
	for k, err := range practice(ctx, tx, book, study, coder) {
		if err != nil {
			return nil, err
		}
		i, member := at[k.Coder]
		if !member || len(k.Gold) == 0 {
			continue
		}
		list[i].Judged++
		for _, j := range k.Judge(book) {
			list[i].Accuracy = list[i].Accuracy.Add(j.Right)
		}
	}
	for i := range list {
		list[i].Ready = g.Ready(list[i].Trained)
	}
	return list, nil
}

// Practice yields the practice codings that the coders of a study handed in,
// or one of them, with the gold standard beside it, by case.
func (s *Store) Practice(ctx context.Context, study string, coder int64) iter.Seq2[annotations.PracticeCoding, error] {
	return func(yield func(annotations.PracticeCoding, error) bool) {
		book, err := s.Codebook(ctx, study)
		if err != nil {
			yield(annotations.PracticeCoding{}, err)
			return
		}
		for k, err := range practice(ctx, s.read, book, study, coder) {
			if !yield(k, err) || err != nil {
				return
			}
		}
	}
}

func practice(ctx context.Context, q sqlx.QueryerContext, book *codebook.Codebook, study string, coder int64) iter.Seq2[annotations.PracticeCoding, error] {
	return func(yield func(annotations.PracticeCoding, error) bool) {
		fail := func(err error) { yield(annotations.PracticeCoding{}, err) }
		gold, err := goldStandard(ctx, q, study)
		if err != nil {
			fail(err)
			return
		}
		var rows []struct {
			caseRow
			Assignment int64  `db:"assignment"`
			Coder      int64  `db:"coder"`
			At         moment `db:"at"`
			Answers    string `db:"answers"`
		}
		err = sqlx.SelectContext(ctx, q, &rows, `
			WITH given AS MATERIALIZED (
				SELECT a.case_key, a.id AS assignment, a.coder, s.seq, s.at FROM cases c JOIN assignments a ON a.case_key = c.id AND `+counts+`
				JOIN submissions s ON s.assignment = a.id AND s.number = 1
				WHERE c.study = ?1 AND c.practice = 1 AND ?2 IN (0, a.coder))
			SELECT `+caseColumns+`, given.assignment, given.coder, given.at, coalesce(`+packedAnswers+`, '') AS answers
			FROM given JOIN cases c ON c.id = given.case_key ORDER BY c.case_id, given.assignment`, study, coder)
		if err != nil {
			fail(err)
			return
		}
		for _, r := range rows {
			k := annotations.PracticeCoding{Assignment: r.Assignment, Case: r.caseRow.domain(), Coder: r.Coder, At: r.At.Time, Given: unpack(r.Answers), Gold: gold[r.Key]}
			for id, a := range annotations.Copies(book, k.Case) {
				k.Given[id] = a
				if k.Gold != nil {
					k.Gold[id] = a
				}
			}
			if !yield(k, nil) {
				return
			}
		}
	}
}

// goldStandard returns the newest decisions on the practice cases of a study,
// by case.
func goldStandard(ctx context.Context, q sqlx.QueryerContext, study string) (map[int64]codebook.Answers, error) {
	var rows []struct {
		Case     int64  `db:"case_key"`
		Variable string `db:"variable"`
		Value    string `db:"value"`
		Missing  string `db:"missing"`
	}
	err := sqlx.SelectContext(ctx, q, &rows, `
		SELECT d.case_key, d.variable, d.value, d.missing FROM cases c JOIN decisions d ON d.case_key = c.id
		WHERE c.study = ? AND c.practice = 1 ORDER BY d.case_key, d.variable, d.revision`, study)
	gold := map[int64]codebook.Answers{}
	for _, r := range rows {
		if gold[r.Case] == nil {
			gold[r.Case] = codebook.Answers{}
		}
		gold[r.Case][r.Variable] = codebook.Answer{Value: r.Value, Missing: r.Missing}
	}
	return gold, err
}

// Feedback returns the actor's own practice coding with the gold standard
// beside it, once they handed it in. Anything else, a coding that counts above
// all, is [annotations.ErrNotFound].
func (s *Store) Feedback(ctx context.Context, who auth.Actor, id int64) (annotations.PracticeCoding, error) {
	a, err := own(ctx, s.read, who, id)
	if err != nil {
		return annotations.PracticeCoding{}, err
	}
	state := auth.State("handed in")
	switch {
	case !a.Case.Practice || a.RoundKind != annotations.Training:
		state = "counts"
	case a.SubmittedAt.IsZero():
		state = "open"
	}
	if err := take(auth.SeeFeedback, state, true); err != nil {
		return annotations.PracticeCoding{}, err
	}
	for k, err := range s.Practice(ctx, a.Case.Study, who.ID) {
		if err != nil {
			return k, err
		}
		if k.Assignment == id {
			return k, s.Record(ctx, who, Event{Act: "training.feedback", Study: a.Case.Study, Case: string(a.Case.ID),
				Object: fmt.Sprintf("assignment %d", id), Right: auth.CodeCase})
		}
	}
	return annotations.PracticeCoding{}, annotations.ErrNotFound
}

// Clear releases a coder for production, or takes that back. A reason is
// needed to release somebody who has not reached what the gate asks, and to
// take a release back. Nobody clears themselves.
func (s *Store) Clear(ctx context.Context, who auth.Actor, study string, coder int64, cleared bool, reason string) error {
	reason = strings.TrimSpace(reason)
	if utf8.RuneCountInString(reason) > 400 {
		return &annotations.InvalidError{Field: "reason", Key: "training.reason.long"}
	}
	if coder == who.ID {
		return annotations.ErrDenied
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		list, err := s.training(ctx, tx, study, coder)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return annotations.ErrNotFound
		}
		t := list[0]
		if t.Cleared == cleared {
			return nil
		}
		if reason == "" && !(cleared && t.Ready) {
			return &annotations.InvalidError{Field: "reason", Key: "training.reason.required"}
		}
		g, err := gate(ctx, tx, study)
		if err != nil {
			return err
		}
		now := s.now()
		_, err = tx.ExecContext(ctx, `
			INSERT INTO clearances (study, coder, number, cleared, right, asked, cases, accuracy, reason, at, by)
			SELECT ?1, ?2, 1 + (SELECT count(*) FROM clearances WHERE study = ?1 AND coder = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10`,
			study, coder, cleared, t.Accuracy.Right, t.Accuracy.Asked, t.Judged, g.Accuracy, reason, stamp(now), who.ID)
		if err != nil {
			return err
		}
		act := "training.clear"
		if !cleared {
			act = "training.bar"
		}
		return audit(ctx, tx, now, who, Event{Act: act, Study: study, Object: fmt.Sprintf("user %d", coder), Right: auth.Guide, Detail: map[string]any{
			"right": t.Accuracy.Right, "asked": t.Accuracy.Asked, "cases": t.Judged, "threshold": g.Accuracy, "ready": t.Ready, "reason": reason}})
	})
}

// mayProduce says why a coder of a study may not get cases of production, or
// nothing when they may.
func (s *Store) mayProduce(ctx context.Context, tx *sqlx.Tx, study string, coder int64) error {
	g, err := gate(ctx, tx, study)
	if err != nil || !g.On() {
		return err
	}
	list, err := s.training(ctx, tx, study, coder)
	if err != nil || len(list) == 0 || list[0].Cleared {
		return err // whoever is no coder is refused for that
	}
	t := list[0]
	args := map[string]any{"coder": t.Name, "judged": t.Judged, "cases": g.Cases, "given": t.Given,
		"threshold": fmt.Sprintf("%.0f", 100*g.Accuracy)}
	share, ok := t.Accuracy.Share()
	args["accuracy"] = fmt.Sprintf("%.0f", 100*share)
	key := "training.gate.accuracy"
	switch {
	case t.Ready:
		key = "training.gate.confirm"
	case t.Given == 0:
		key = "training.gate.none"
	case t.Judged < g.Cases || !ok:
		key = "training.gate.cases"
	}
	return &annotations.InvalidError{Field: "coder", Key: key, Args: args}
}

// MakeGold turns a settled case that is in no sample into a practice case: what
// is settled becomes its gold standard, also where its coders agreed and no
// decision was needed. Its codings stay; they belong to no figure any more.
func (s *Store) MakeGold(ctx context.Context, who auth.Actor, study string, id annotations.CaseID) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var row caseRow
		if err := tx.GetContext(ctx, &row, `SELECT `+caseColumns+` FROM cases c WHERE c.study = ? AND c.case_id = ?`, study, id); err != nil {
			return absent(err)
		}
		c := row.domain()
		invalid := func(key string) error {
			return &annotations.InvalidError{Field: "case", Key: key, Args: map[string]any{"case": id}}
		}
		var sampled bool
		if err := tx.GetContext(ctx, &sampled, `SELECT EXISTS (SELECT 1 FROM frame_cases WHERE study = ? AND case_id = ?)`, study, id); err != nil {
			return err
		}
		own, err := codesCase(ctx, tx, who, c.Key)
		if err != nil {
			return err
		}
		switch err := take(auth.MakeGold, auth.State(c.State), own); {
		case errors.Is(err, annotations.ErrDenied):
			return err
		case sampled:
			return invalid("assign.case.sampled")
		case errors.Is(err, annotations.ErrLocked):
			return invalid("training.gold.open")
		case err != nil:
			return err
		}
		book, err := s.Codebook(ctx, study)
		if err != nil {
			return err
		}
		st, made, err := settlement(ctx, tx, book, c)
		if err != nil {
			return err
		}
		now := s.now()
		route, copies := book.Route(st.Answers), annotations.Copies(book, c)
		for _, v := range book.Variables() {
			a, settled := st.Answers[v.ID]
			_, decided := made[v.ID]
			_, copied := copies[v.ID]
			if !settled || decided || copied || !route[v.ID].Asked {
				continue
			}
			d := annotations.Decision{Variable: v.ID, Revision: 1, Answer: a, Provenance: annotations.Adjudicated, Reason: "gold standard", By: who.ID, At: now}
			if err := insertDecision(ctx, tx, c, d); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE cases SET practice = 1 WHERE id = ?`, c.Key); err != nil {
			return err
		}
		if err := s.settle(ctx, tx, who, c.Key); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "training.gold", Study: study, Case: string(id), Right: auth.Adjudicate})
	})
}

// InFrame reports whether a case of a study stands in its sampling frame.
func (s *Store) InFrame(ctx context.Context, study string, id annotations.CaseID) (sampled bool, err error) {
	return sampled, s.read.GetContext(ctx, &sampled, `SELECT EXISTS (SELECT 1 FROM frame_cases WHERE study = ? AND case_id = ?)`, study, id)
}

// GoldCases counts the practice cases of a study, and those of them that have
// a gold standard.
func (s *Store) GoldCases(ctx context.Context, study string) (all, gold int, err error) {
	row := s.read.QueryRowxContext(ctx, `
		SELECT count(*), coalesce(sum(EXISTS (SELECT 1 FROM decisions d WHERE d.case_key = c.id)), 0) FROM cases c WHERE c.study = ? AND c.practice = 1`, study)
	return all, gold, row.Scan(&all, &gold)
}

// Barred says of each of the coders why they may not get cases in a round of a
// study, all at once, or nothing when all may. The newest round of production
// is meant when there is no name.
func (s *Store) Barred(ctx context.Context, study, name string, coders []int64) error {
	return s.view(ctx, func(tx *sqlx.Tx) error {
		if name != "" {
			if r, err := round(ctx, tx, study, name); err != nil || r.Kind != annotations.Production {
				return err
			}
		}
		var problems []error
		for _, id := range coders {
			problems = append(problems, s.mayProduce(ctx, tx, study, id))
		}
		return errors.Join(problems...)
	})
}
