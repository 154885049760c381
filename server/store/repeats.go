package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A NewRepeat orders that a coder gets cases that they handed in before a
// second time, without knowing.
type NewRepeat struct {
	Coder  int64
	Cases  int    // how many
	Round  string // in which they are given; the newest round of production when empty
	Weeks  int    // after the first coding was handed in, at least
	Others int    // codings of other cases that the coder hands in before, at least
	Seed   uint64 // which cases these are follows from it
}

// PlanRepeats plans hidden repeats, all or none, and returns how many there
// are. Cases are chosen at random among those that the coder handed in outside
// training and that have no repeat yet; a case that left the study is passed
// over. Each waits until its time has come, then it looks to the coder like any
// other case, under a pseudonym that the study does not have.
func (s *Store) PlanRepeats(ctx context.Context, who auth.Actor, study string, orders []NewRepeat) (int, error) {
	n := 0
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		var problems []error
		for _, o := range orders {
			planned, err := s.planRepeats(ctx, tx, who, study, o)
			if invalid, ok := errors.AsType[*annotations.InvalidError](err); ok {
				problems = append(problems, invalid)
			} else if err != nil {
				return err
			}
			n += planned
		}
		return errors.Join(problems...)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

func (s *Store) planRepeats(ctx context.Context, tx *sqlx.Tx, who auth.Actor, study string, o NewRepeat) (int, error) {
	if o.Weeks < 0 || o.Weeks > 520 || o.Others < 0 || o.Cases < 1 {
		return 0, &annotations.InvalidError{Field: "cases", Key: "repeat.order.invalid"}
	}
	if o.Weeks == 0 && o.Others == 0 {
		return 0, &annotations.InvalidError{Field: "weeks", Key: "repeat.at_once"}
	}
	r, err := s.roundOrNewest(ctx, tx, who, study, o.Round)
	if err != nil {
		return 0, err
	}
	if r.Kind == annotations.Training {
		return 0, &annotations.InvalidError{Field: "round", Key: "repeat.training"}
	}
	var firsts []struct {
		ID          int64              `db:"id"`
		Case        annotations.CaseID `db:"case_id"`
		SubmittedAt moment             `db:"submitted_at"`
	}
	err = tx.SelectContext(ctx, &firsts, `
		SELECT a.id, c.case_id, a.submitted_at FROM assignments a JOIN cases c ON c.id = a.case_key
		WHERE a.study = ? AND a.coder = ? AND a.status = 'submitted' AND a.repeat_of IS NULL AND c.practice = 0 AND c.state <> 'dropped'
			AND a.id NOT IN (SELECT first FROM repeats) AND `+readable+`
		ORDER BY a.id`, study, o.Coder)
	if err != nil {
		return 0, err
	}
	if len(firsts) < o.Cases {
		return 0, &annotations.InvalidError{Field: "cases", Key: "repeat.too_few", Args: map[string]any{"have": len(firsts), "want": o.Cases}}
	}
	var handed int
	if err := tx.GetContext(ctx, &handed, `SELECT count(*) FROM assignments WHERE study = ? AND coder = ? AND submitted_at IS NOT NULL`, study, o.Coder); err != nil {
		return 0, err
	}
	random := rand.New(rand.NewPCG(o.Seed, uint64(o.Coder)))
	random.Shuffle(len(firsts), func(i, j int) { firsts[i], firsts[j] = firsts[j], firsts[i] })
	now := s.now()
	for i, f := range firsts[:o.Cases] {
		shown, err := freePseudonym(ctx, tx, study, f.Case, random)
		if err != nil {
			return 0, err
		}
		// One by one, each after so many others: several new cases at once would be seen.
		_, err = tx.ExecContext(ctx, `
			INSERT INTO repeats (first, study, coder, round, shown_as, not_before, handed_in, planned_at, planned_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0))`,
			f.ID, study, o.Coder, r.Name, shown, stamp(f.SubmittedAt.AddDate(0, 0, 7*o.Weeks)), handed+o.Others+i, stamp(now), who.ID)
		if err != nil {
			return 0, err
		}
		err = audit(ctx, tx, now, who, Event{Act: "repeat.plan", Study: study, Case: string(f.Case), Object: fmt.Sprintf("user %d", o.Coder), Right: auth.Assign,
			Detail: map[string]any{"shown_as": shown, "round": r.Name, "weeks": o.Weeks, "others": o.Others, "seed": o.Seed}})
		if err != nil {
			return 0, err
		}
	}
	return o.Cases, nil
}

// freePseudonym returns a pseudonym of the form of id that no case of the
// study has, nor one that waits to come in.
func freePseudonym(ctx context.Context, q sqlx.QueryerContext, study string, id annotations.CaseID, random *rand.Rand) (string, error) {
	for range 10_000 {
		shown := alike(string(id), random)
		var taken bool
		err := sqlx.GetContext(ctx, q, &taken, `SELECT EXISTS (SELECT 1 FROM cases WHERE study = ?1 AND case_id = ?2)
			OR EXISTS (SELECT 1 FROM frame_cases WHERE study = ?1 AND case_id = ?2) OR EXISTS (SELECT 1 FROM repeats WHERE study = ?1 AND shown_as = ?2)
			OR EXISTS (SELECT 1 FROM cases w JOIN studies h ON h.id = w.study WHERE h.staging_of = ?1 AND w.case_id = ?2)`, study, shown)
		if err != nil || !taken {
			return shown, err
		}
	}
	return "", &annotations.InvalidError{Field: "cases", Key: "repeat.pseudonyms"}
}

// takenByRepeats returns the pseudonyms under which hidden repeats of a study
// are shown, which no case may have.
func takenByRepeats(ctx context.Context, q sqlx.QueryerContext, study string) (map[annotations.CaseID]bool, error) {
	var shown []annotations.CaseID
	err := sqlx.SelectContext(ctx, q, &shown, `SELECT shown_as FROM repeats WHERE study = ?`, study)
	taken := make(map[annotations.CaseID]bool, len(shown))
	for _, id := range shown {
		taken[id] = true
	}
	return taken, err
}

// alike returns id with the characters at its end, up to four letters and
// digits, drawn anew.
func alike(id string, random *rand.Rand) string {
	b := []byte(id)
	for i, n := len(b)-1, 0; i >= 0 && n < 4; i-- {
		first, size := byte('0'), 10
		switch {
		case b[i] >= '0' && b[i] <= '9':
		case b[i] >= 'a' && b[i] <= 'z':
			first, size = 'a', 26
		case b[i] >= 'A' && b[i] <= 'Z':
			first, size = 'A', 26
		default:
			if n > 0 {
				return string(b) // what stands before the number stays
			}
			continue
		}
		b[i] = first + byte(random.IntN(size))
		n++
	}
	return string(b)
}

// readable is the part of a WHERE that leaves out cases c of which the text of
// a document was deleted: they cannot be coded again.
const readable = `NOT EXISTS (SELECT 1 FROM documents d WHERE d.case_key = c.id AND d.deletion IS NOT NULL)`

// dueRepeat is the part of a WHERE that a planned repeat p fulfils once it may be
// given. It takes the time.
const dueRepeat = `p.given_at IS NULL AND p.not_before <= ? AND p.handed_in <=
	(SELECT count(*) FROM assignments h WHERE h.study = p.study AND h.coder = p.coder AND h.submitted_at IS NOT NULL)`

// GiveRepeats makes assignments of the actor's planned repeats whose time has
// come. The page that lists a coder's work asks for it.
func (s *Store) GiveRepeats(ctx context.Context, who auth.Actor, study string) error {
	var due bool
	err := s.read.GetContext(ctx, &due, `SELECT EXISTS (SELECT 1 FROM repeats p WHERE p.study = ? AND p.coder = ? AND `+dueRepeat+`)`, study, who.ID, stamp(s.now()))
	if err != nil || !due {
		return err
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error { return s.giveRepeats(ctx, tx, study, who.ID) })
}

func (s *Store) giveRepeats(ctx context.Context, tx *sqlx.Tx, study string, coder int64) error {
	now := s.now()
	var rows []struct {
		First     int64              `db:"first"`
		Case      annotations.CaseID `db:"case_id"`
		Round     string             `db:"round"`
		PlannedBy int64              `db:"planned_by"`
	}
	err := tx.SelectContext(ctx, &rows, `
		SELECT p.first, c.case_id, p.round, coalesce(p.planned_by, 0) AS planned_by
		FROM repeats p JOIN assignments a ON a.id = p.first JOIN cases c ON c.id = a.case_key
		WHERE p.study = ? AND p.coder = ? AND `+dueRepeat+` AND a.status = 'submitted' AND c.state <> 'dropped' AND c.practice = 0 AND `+readable+` ORDER BY p.first`, study, coder, stamp(now))
	if err != nil {
		return err
	}
	for _, r := range rows {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO assignments (case_key, study, coder, round, core_only, repeat_of, shown_as, created_at, created_by)
			SELECT a.case_key, a.study, a.coder, p.round, a.core_only, a.id, p.shown_as, ?, p.planned_by FROM repeats p JOIN assignments a ON a.id = p.first WHERE p.first = ?`,
			stamp(now), r.First)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE repeats SET given_at = ? WHERE first = ?`, stamp(now), r.First); err != nil {
			return err
		}
		err = audit(ctx, tx, now, auth.Actor{}, Event{Act: "repeat.give", Study: study, Case: string(r.Case), Object: fmt.Sprintf("user %d", coder),
			Detail: map[string]any{"round": r.Round, "planned_by": r.PlannedBy}, Right: auth.Assign})
		if err != nil {
			return err
		}
	}
	return nil
}

// A RepeatCount is how many hidden repeats a coder has.
type RepeatCount struct {
	Coder     int64  `db:"coder"`
	Name      string `db:"name"`
	Possible  int    `db:"possible"` // codings handed in of which no repeat is planned
	Waiting   int    `db:"waiting"`
	Given     int    `db:"given"`
	Submitted int    `db:"submitted"` // of these, handed in
}

// RepeatCounts returns the hidden repeats of each coder of a study, for the
// lead. Those of the actor's own are left out: they stay hidden from a lead
// who codes as well.
func (s *Store) RepeatCounts(ctx context.Context, who auth.Actor, study string) ([]RepeatCount, error) {
	var list []RepeatCount
	return list, s.read.SelectContext(ctx, &list, `
		WITH handed AS MATERIALIZED (
			SELECT a.coder, count(*) AS n FROM assignments a WHERE a.study = ?1 AND a.status = 'submitted' AND `+counts+` GROUP BY a.coder),
		unfit AS MATERIALIZED (
			SELECT a.coder, count(*) AS n FROM cases c CROSS JOIN assignments a ON a.case_key = c.id
			WHERE c.study = ?1 AND (c.practice = 1 OR c.state = 'dropped') AND a.status = 'submitted' AND `+counts+` GROUP BY a.coder),
		planned AS MATERIALIZED (
			SELECT p.coder, sum(p.given_at IS NULL) AS waiting, sum(a.status = 'submitted' AND c.practice = 0 AND c.state <> 'dropped') AS fit
			FROM repeats p JOIN assignments a ON a.id = p.first JOIN cases c ON c.id = a.case_key WHERE p.study = ?1 GROUP BY p.coder)
		SELECT m.user_id AS coder, u.name, coalesce(h.n, 0) - coalesce(x.n, 0) - coalesce(p.fit, 0) AS possible, coalesce(p.waiting, 0) AS waiting,
			(SELECT count(*) FROM assignments a WHERE a.study = m.study AND a.coder = m.user_id AND a.status <> 'withdrawn' AND a.repeat_of IS NOT NULL) AS given,
			(SELECT count(*) FROM assignments a WHERE a.study = m.study AND a.coder = m.user_id AND a.status = 'submitted' AND a.repeat_of IS NOT NULL) AS submitted
		FROM members m JOIN users u ON u.id = m.user_id LEFT JOIN handed h ON h.coder = m.user_id LEFT JOIN unfit x ON x.coder = m.user_id
		LEFT JOIN planned p ON p.coder = m.user_id WHERE m.study = ?1 AND m.role = 'coder' AND m.user_id <> ?2 ORDER BY u.name, m.user_id`, study, who.ID)
}

// Repeated yields the cases of a study that a coder handed in twice, by coder
// and case: what intra-coder reliability is computed on. The first coding is
// as it stood when the repeat was given, if it was then still independent; the
// repeat as it was handed in at first.
func (s *Store) Repeated(ctx context.Context, study string) iter.Seq2[annotations.RepeatedCoding, error] {
	return func(yield func(annotations.RepeatedCoding, error) bool) {
		fail := func(err error) { yield(annotations.RepeatedCoding{}, err) }
		rows, err := s.read.QueryxContext(ctx, `
			WITH pairs AS MATERIALIZED (
				SELECT a.case_key, a.coder, a.id AS first, r.id AS repeat,
					(SELECT max(s.number) FROM submissions s LEFT JOIN comparisons k ON k.case_key = a.case_key
					 WHERE s.assignment = a.id AND s.at <= r.created_at AND (k.opened_at IS NULL OR s.at <= k.opened_at OR s.number = 1)) AS number
				FROM assignments r JOIN assignments a ON a.id = r.repeat_of
				WHERE r.study = ? AND r.status <> 'withdrawn' AND a.status <> 'withdrawn' AND r.submitted_at IS NOT NULL),
			given AS MATERIALIZED (
				SELECT p.case_key, p.coder, 0 AS again, p.first AS assignment, s.seq, s.at FROM pairs p JOIN submissions s ON s.assignment = p.first AND s.number = p.number
				UNION ALL
				SELECT p.case_key, p.coder, 1, p.repeat, s.seq, s.at FROM pairs p JOIN submissions s ON s.assignment = p.repeat AND s.number = 1 WHERE p.number IS NOT NULL)
			SELECT `+caseColumns+`, given.coder, given.again, given.at, coalesce(`+packedAnswers+`, '') AS answers
			FROM given JOIN cases c ON c.id = given.case_key WHERE c.practice = 0 AND c.state <> 'dropped' ORDER BY given.coder, c.case_id, given.again`, study)
		if err != nil {
			fail(err)
			return
		}
		defer rows.Close()
		var first annotations.IndependentCoding
		for rows.Next() {
			var r struct {
				caseRow
				Coder   int64  `db:"coder"`
				Again   bool   `db:"again"`
				At      moment `db:"at"`
				Answers string `db:"answers"`
			}
			if err := rows.StructScan(&r); err != nil {
				fail(err)
				return
			}
			k := annotations.IndependentCoding{Coder: r.Coder, At: r.At.Time, Stated: unpack(r.Answers)}
			if !r.Again {
				first = k
				continue
			}
			if !yield(annotations.RepeatedCoding{Case: r.caseRow.domain(), Coder: r.Coder, First: first, Repeat: k}, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			fail(err)
		}
	}
}
