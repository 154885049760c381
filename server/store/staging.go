package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A Staging is an import of cases on its way. What was read is written bit by
// bit, where nobody sees it, so that people who save do not wait for it;
// [Staging.Commit] brings all of it into the study at once. What was staged
// outlasts a process that ends: opening it again goes on where that stopped.
type Staging struct {
	store  *Store
	who    auth.Actor
	study  string
	hidden string // the study in which the cases wait
	staged map[annotations.CaseID]string
	known  map[annotations.CaseID]bool // in the study already
	there  []annotations.IncomingCase  // of these: compared and added to at the end
	buffer []stagedCase                // read and not written yet
	size   int                         // documents in buffer
	rules  caseImport
}

type stagedCase struct {
	version string
	annotations.IncomingCase
}

// stageAtOnce is how many documents are written in one transaction: enough to
// share the cost of reaching the disk, few enough that nobody waits for them.
const stageAtOnce = 100

// stagedFor is how long what was staged waits to be gone on with.
const stagedFor = 24 * time.Hour

// Stage opens the staging of a batch that is to come into a study. The name
// tells batches apart: the same name goes on with what was staged before.
func (s *Store) Stage(ctx context.Context, who auth.Actor, study, name string) (*Staging, error) {
	sum := sha256.Sum256([]byte(study + "\x00" + name))
	g := &Staging{store: s, who: who, study: study, hidden: "staged-" + hex.EncodeToString(sum[:16]), staged: map[annotations.CaseID]string{}, known: map[annotations.CaseID]bool{}}
	if !s.startStaging(g.hidden) {
		return nil, ErrStaging
	}
	err := s.DiscardStaged(ctx, "", s.now().Add(-stagedFor))
	if err == nil {
		err = s.tx(ctx, func(tx *sqlx.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO studies (id, title, codebook, created_at, staging_of)
			SELECT ?, '', codebook, ?, id FROM studies WHERE id = ? AND staging_of IS NULL ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at`, g.hidden, stamp(s.now()), study)
			return err
		})
	}
	var rows []struct {
		ID      annotations.CaseID `db:"case_id"`
		Version string             `db:"version"`
	}
	if err == nil {
		err = s.read.SelectContext(ctx, &rows, `SELECT case_id, version FROM staged_cases WHERE study = ?`, g.hidden)
	}
	for _, r := range rows {
		g.staged[r.ID] = r.Version
	}
	var known []annotations.CaseID
	if err == nil {
		err = s.read.SelectContext(ctx, &known, `SELECT case_id FROM cases WHERE study = ?`, study)
	}
	for _, id := range known {
		g.known[id] = true
	}
	g.rules = caseImport{who: who, study: study, now: stamp(s.now())}
	if err == nil {
		err = s.view(ctx, func(tx *sqlx.Tx) error {
			g.rules.tx = tx
			return errors.Join(g.rules.readSample(ctx), g.rules.readErased(ctx))
		})
	}
	if err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

// ErrStaging says that the same batch is being imported already.
var ErrStaging = errors.New("the same import is under way already")

func (s *Store) startStaging(hidden string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.staging[hidden] {
		return false
	}
	if s.staging == nil {
		s.staging = map[string]bool{}
	}
	s.staging[hidden] = true
	return true
}

// Close leaves what was staged for a later process.
func (g *Staging) Close() {
	g.store.mu.Lock()
	defer g.store.mu.Unlock()
	delete(g.store.staging, g.hidden)
}

// Has reports whether this version of a case was staged before.
func (g *Staging) Has(id annotations.CaseID, version string) bool { return g.staged[id] == version }

// Staged returns how many cases wait.
func (g *Staging) Staged() int { return len(g.staged) }

// Add stages a case. One that is in the study already is kept apart.
func (g *Staging) Add(ctx context.Context, version string, in annotations.IncomingCase) error {
	if in.Case.OnSite && len(in.Documents)+len(in.Held) > 0 {
		return fmt.Errorf("case %s is coded on site but has documents", in.Case.ID)
	}
	if g.known[in.Case.ID] {
		g.there = append(g.there, in)
		return nil
	}
	m := &g.rules
	if on := m.erased[in.Case.ID]; on != "" {
		m.changed = append(m.changed, &ErasedError{in.Case.ID, on})
		return nil
	}
	if m.taken[in.Case.ID] {
		m.changed = append(m.changed, &FrameProblem{"", in.Case.ID, object(reasonTaken)})
		return nil
	}
	if problem := m.sampled(&in.Case); problem != nil {
		m.changed = append(m.changed, problem)
		return nil
	}
	g.buffer, g.size = append(g.buffer, stagedCase{version, in}), g.size+1+len(in.Documents)+len(in.Held)
	if g.size < stageAtOnce {
		return nil
	}
	return g.flush(ctx)
}

// flush writes what was read.
func (g *Staging) flush(ctx context.Context) error {
	err := g.store.tx(ctx, func(tx *sqlx.Tx) error {
		add := caseImport{who: g.who, study: g.hidden, now: stamp(g.store.now()), tx: tx}
		for _, c := range g.buffer {
			if _, had := g.staged[c.Case.ID]; had { // another version of it
				if err := unstage(ctx, tx, g.hidden, c.Case.ID); err != nil {
					return err
				}
			}
			key, err := add.insert(ctx, c.IncomingCase)
			if err != nil {
				return err
			}
			if err := add.documents(ctx, key, c.IncomingCase); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO staged_cases (study, case_id, version) VALUES (?, ?, ?)`, g.hidden, c.Case.ID, c.version); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, c := range g.buffer {
		g.staged[c.Case.ID] = c.version
	}
	g.buffer, g.size = nil, 0
	return nil
}

// Pause writes what was read and not written yet, so that it need not be read
// again.
func (g *Staging) Pause(ctx context.Context) error { return g.flush(ctx) }

// Check finds everything that speaks against the import, and counts what it
// would do. Cases of an earlier try that only says, which lists those of the
// batch, does not name are forgotten.
func (g *Staging) Check(ctx context.Context, only map[annotations.CaseID]bool) (Imported, error) {
	if err := g.flush(ctx); err != nil {
		return Imported{}, err
	}
	for id := range g.staged {
		if only[id] {
			continue
		}
		if err := g.store.tx(ctx, func(tx *sqlx.Tx) error { return unstage(ctx, tx, g.hidden, id) }); err != nil {
			return Imported{}, err
		}
		delete(g.staged, id)
	}
	done, err := g.store.ImportCases(ctx, g.who, g.study, g.there, true, nil)
	if err = errors.Join(append(g.rules.changed, err)...); err != nil {
		return done, err
	}
	err = g.store.view(ctx, func(tx *sqlx.Tx) error { return g.count(ctx, tx, &done) })
	return done, err
}

// count adds what waits.
func (g *Staging) count(ctx context.Context, tx *sqlx.Tx, done *Imported) error {
	var n struct {
		Cases     int `db:"cases"`
		Documents int `db:"documents"`
		Held      int `db:"held"`
	}
	err := tx.GetContext(ctx, &n, `
		SELECT count(*) AS cases, coalesce(sum((SELECT count(*) FROM documents d WHERE d.case_key = c.id)), 0) AS documents,
			coalesce(sum((SELECT count(*) FROM held_documents d WHERE d.case_key = c.id)), 0) AS held FROM cases c WHERE c.study = ?`, g.hidden)
	done.Cases, done.Documents, done.Held = done.Cases+n.Cases, done.Documents+n.Documents, done.Held+n.Held
	return err
}

// errOvertaken says that the study changed under an import.
var errOvertaken = errors.New("the study changed while this was read; import it again")

// Commit brings everything that was staged into the study, in one short
// transaction: all of it or nothing.
func (g *Staging) Commit(ctx context.Context) (Imported, error) {
	var done Imported
	err := g.store.tx(ctx, func(tx *sqlx.Tx) error {
		in := caseImport{who: g.who, study: g.study, now: stamp(g.store.now()), tx: tx}
		if err := errors.Join(in.readSample(ctx), in.readErased(ctx)); err != nil {
			return err
		}
		var overtaken bool
		err := tx.GetContext(ctx, &overtaken, `
			SELECT EXISTS (SELECT 1 FROM cases w JOIN cases c ON c.study = ?1 AND c.case_id = w.case_id WHERE w.study = ?2)
			OR EXISTS (SELECT 1 FROM cases w JOIN erasures e ON e.study = ?1 AND e.case_id = w.case_id AND e.confirmed_at IS NOT NULL WHERE w.study = ?2)
			OR ?3 AND EXISTS (SELECT 1 FROM cases w LEFT JOIN frame_cases f ON f.study = ?1 AND f.case_id = w.case_id
			  WHERE w.study = ?2 AND (f.draw IS NULL OR f.used = 0 OR f.dropped <> '' OR f.list <> w.stratum))`, g.study, g.hidden, in.sample != nil)
		if err != nil {
			return err
		}
		if overtaken {
			return errOvertaken
		}
		if err := g.takenSince(ctx, tx); err != nil {
			return err
		}
		for _, c := range g.there {
			if err := in.add(ctx, c); err != nil {
				return err
			}
		}
		if err := errors.Join(in.changed...); err != nil {
			return err
		}
		done = in.done
		if err := g.count(ctx, tx, &done); err != nil {
			return err
		}
		for _, sql := range []string{
			`UPDATE cases SET study = ?1 WHERE study = ?2`,
			`DELETE FROM staged_cases WHERE study = ?2 AND ?1 <> ''`,
			`DELETE FROM studies WHERE id = ?2 AND staging_of = ?1`,
		} {
			if _, err := tx.ExecContext(ctx, sql, g.study, g.hidden); err != nil {
				return err
			}
		}
		if in.sample != nil {
			if _, _, err := placeCases(ctx, tx, g.study); err != nil {
				return err
			}
		}
		if err := figuresChange(ctx, tx, g.study); err != nil { // weights count before cases are settled
			return err
		}
		return audit(ctx, tx, g.store.now(), g.who, Event{Act: "cases.import", Study: g.study, Right: auth.ImportCases, Detail: map[string]any{
			"cases": done.Cases, "documents": done.Documents, "held": done.Held, "present": done.Present}})
	})
	if err == nil {
		g.staged, g.there = map[annotations.CaseID]string{}, nil
	}
	return done, err
}

// takenSince finds the staged cases of which a hidden repeat that was planned
// after they were read has the pseudonym.
func (g *Staging) takenSince(ctx context.Context, tx *sqlx.Tx) error {
	var taken []annotations.CaseID
	err := tx.SelectContext(ctx, &taken, `SELECT w.case_id FROM cases w JOIN repeats r ON r.study = ? AND r.shown_as = w.case_id WHERE w.study = ? ORDER BY w.case_id`, g.study, g.hidden)
	problems := []error{err}
	for _, id := range taken {
		problems = append(problems, &FrameProblem{"", id, object(reasonTaken)})
	}
	return errors.Join(problems...)
}

// Discard forgets what was staged.
func (g *Staging) Discard(ctx context.Context) error { return g.store.discard(ctx, g.hidden) }

// discard removes a hidden study with all in it, some cases at a time.
func (s *Store) discard(ctx context.Context, hidden string) error {
	for {
		var ids []annotations.CaseID
		if err := s.read.SelectContext(ctx, &ids, `SELECT case_id FROM cases WHERE study = ? ORDER BY id LIMIT 20`, hidden); err != nil {
			return err
		}
		err := s.tx(ctx, func(tx *sqlx.Tx) error {
			for _, id := range ids {
				if err := unstage(ctx, tx, hidden, id); err != nil {
					return err
				}
			}
			if len(ids) > 0 {
				return nil
			}
			_, err := tx.ExecContext(ctx, `DELETE FROM studies WHERE id = ? AND staging_of IS NOT NULL`, hidden)
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
	}
}

// unstage removes a staged case.
func unstage(ctx context.Context, tx *sqlx.Tx, hidden string, id annotations.CaseID) error {
	const key = `(SELECT id FROM cases WHERE study = ?1 AND case_id = ?2)`
	for _, sql := range []string{
		`DELETE FROM documents WHERE case_key = ` + key,
		`DELETE FROM held_documents WHERE case_key = ` + key,
		`DELETE FROM cases WHERE study = ?1 AND case_id = ?2`,
		`DELETE FROM staged_cases WHERE study = ?1 AND case_id = ?2`,
	} {
		if _, err := tx.ExecContext(ctx, sql, hidden, id); err != nil {
			return err
		}
	}
	return nil
}

// DiscardStaged forgets what was staged for a study, or for any with an empty
// name, and not gone on with since a time. Imports that are under way stay.
func (s *Store) DiscardStaged(ctx context.Context, study string, before time.Time) error {
	var hidden []string
	err := s.read.SelectContext(ctx, &hidden, `SELECT id FROM studies WHERE staging_of IS NOT NULL AND ?1 IN ('', staging_of) AND created_at < ?2`, study, stamp(before))
	for _, id := range hidden {
		if err == nil && s.startStaging(id) {
			err = s.discard(ctx, id)
			(&Staging{store: s, hidden: id}).Close()
		}
	}
	return err
}
