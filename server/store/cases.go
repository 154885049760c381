package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// An Imported counts what an import did.
type Imported struct {
	Cases     int `json:"cases"`
	Documents int `json:"documents"` // stored
	Held      int `json:"held"`      // waiting for decisions about findings
	Present   int `json:"present"`   // cases and documents that were there already, the same
}

// A ChangedError says that what is imported differs from what is stored.
type ChangedError struct {
	Case     annotations.CaseID
	Document int // 0 when the case itself is meant
}

// Why gives the sentence.
func (e *ChangedError) Why() *Objection {
	if e.Document == 0 {
		return object(reasonCaseChanged, e.Case)
	}
	return object(reasonDocumentChanged, e.Case, e.Document)
}

func (e *ChangedError) Error() string { return e.Why().Error() }

// errDryRun rolls a transaction back whose result was all that was wanted.
var errDryRun = errors.New("dry run")

// ImportCases adds cases with their documents, all of them or none. What is in
// the study already, and the same, is passed over, so that a second run adds
// nothing twice; what a sampling frame has set since counts as the same. All
// differences from what is stored are reported at once, each a [ChangedError].
// A dry run finds the same problems, stores nothing and keeps nobody waiting.
// Progress, which may be nil, is told how many cases are done.
func (s *Store) ImportCases(ctx context.Context, who auth.Actor, study string, cases []annotations.IncomingCase, dry bool, progress func(done int)) (Imported, error) {
	in := caseImport{who: who, study: study, now: stamp(s.now()), dry: dry}
	all := func(tx *sqlx.Tx) error {
		in.tx = tx
		if err := in.readSample(ctx); err != nil {
			return err
		}
		if err := in.readErased(ctx); err != nil {
			return err
		}
		for i, c := range cases {
			if err := in.add(ctx, c); err != nil {
				return err
			}
			if progress != nil {
				progress(i + 1)
			}
		}
		return errors.Join(in.changed...)
	}
	if dry {
		err := s.view(ctx, all)
		return in.done, err
	}
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		if err := all(tx); err != nil {
			return err
		}
		if in.sample != nil {
			if _, _, err := placeCases(ctx, tx, study); err != nil {
				return err
			}
		}
		if in.done.Cases > 0 {
			if err := figuresChange(ctx, tx, study); err != nil { // their weights count before they are settled
				return err
			}
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "cases.import", Study: study, Right: auth.ImportCases, Detail: map[string]any{
			"cases": in.done.Cases, "documents": in.done.Documents, "held": in.done.Held, "present": in.done.Present}})
	})
	return in.done, err
}

// A caseImport is an import of cases on its way; dry, it only counts.
type caseImport struct {
	who     auth.Actor
	tx      *sqlx.Tx
	study   string
	now     string
	dry     bool
	done    Imported
	changed []error
	sample  map[annotations.CaseID]frameRow // nil: no case was drawn here
	erased  map[annotations.CaseID]string   // the day on which a case was erased
	taken   map[annotations.CaseID]bool     // pseudonyms under which hidden repeats are shown
}

// readErased reads which cases were erased, for these do not come in again.
func (m *caseImport) readErased(ctx context.Context) error {
	var rows []struct {
		ID annotations.CaseID `db:"case_id"`
		At moment             `db:"confirmed_at"`
	}
	err := m.tx.SelectContext(ctx, &rows, `SELECT case_id, confirmed_at FROM erasures WHERE study = ? AND confirmed_at IS NOT NULL`, m.study)
	m.erased = make(map[annotations.CaseID]string, len(rows))
	for _, r := range rows {
		m.erased[r.ID] = r.At.Format(time.DateOnly)
	}
	if err != nil {
		return err
	}
	m.taken, err = takenByRepeats(ctx, m.tx, m.study)
	return err
}

func (m *caseImport) add(ctx context.Context, in annotations.IncomingCase) error {
	if in.Case.OnSite && len(in.Documents)+len(in.Held) > 0 {
		return fmt.Errorf("case %s is coded on site but has documents", in.Case.ID)
	}
	key, same, err := m.find(ctx, in)
	switch {
	case errors.Is(err, annotations.ErrNotFound):
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
		m.done.Cases++
		if m.dry {
			m.done.Documents += len(in.Documents)
			m.done.Held += len(in.Held)
			return nil
		}
		if key, err = m.insert(ctx, in); err != nil {
			return err
		}
	case err != nil:
		return err
	case !same:
		m.changed = append(m.changed, &ChangedError{Case: in.Case.ID})
		return nil
	default:
		m.done.Present++
	}
	return m.documents(ctx, key, in)
}

// attributesOf writes the attributes of a case as the schema keeps them.
func attributesOf(c annotations.Case) string {
	if c.Attributes == nil {
		return "{}"
	}
	b, _ := json.Marshal(c.Attributes) // strings always marshal, sorted by name
	return string(b)
}

// find returns the number of a case that is stored already, and whether it is
// the same.
func (m *caseImport) find(ctx context.Context, in annotations.IncomingCase) (key int64, same bool, err error) {
	c := in.Case
	err = m.tx.QueryRowxContext(ctx, `
		SELECT id, source = ?4 AND attributes = ?6 AND on_site = ?9 AND CASE WHEN frame_n > 0
		    THEN ?1 IN ('', region) AND ?2 IN ('', period) AND ?3 IN ('', stratum)
		    ELSE ?1 = region AND ?2 = period AND ?3 = stratum AND ?5 = weight END
		FROM cases WHERE study = ?7 AND case_id = ?8`,
		c.Region, c.Period, c.Stratum, c.Source, c.Weight, attributesOf(c), m.study, c.ID, c.OnSite).Scan(&key, &same)
	return key, same, absent(err)
}

func (m *caseImport) insert(ctx context.Context, in annotations.IncomingCase) (key int64, err error) {
	c, state := in.Case, annotations.Available
	if len(in.Held) > 0 {
		state = annotations.Screening
	}
	err = m.tx.GetContext(ctx, &key, `
		INSERT INTO cases (study, case_id, region, period, source, stratum, weight, frame_n, on_site, attributes, state, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		m.study, c.ID, c.Region, c.Period, c.Source, c.Stratum, c.Weight, c.FrameN, c.OnSite, attributesOf(c), state, m.now)
	return key, err
}

// documents adds those documents of a case that are not stored yet.
func (m *caseImport) documents(ctx context.Context, key int64, in annotations.IncomingCase) error {
	stored, err := storedSources(ctx, m.tx, key)
	if err != nil {
		return err
	}
	known := func(number int, sha string) bool {
		had, ok := stored[number]
		if ok && had != sha {
			m.changed = append(m.changed, &ChangedError{in.Case.ID, number})
		} else if ok {
			m.done.Present++
		}
		return ok
	}
	for _, d := range in.Documents {
		if known(d.Number, d.SourceSHA256) {
			continue
		}
		m.done.Documents++
		if m.dry {
			continue
		}
		if _, err := insertDocument(ctx, m.tx, key, d, m.now); err != nil {
			return err
		}
	}
	for _, h := range in.Held {
		if known(h.Number, h.SHA256) {
			continue
		}
		m.done.Held++
		if m.dry {
			continue
		}
		if err := m.hold(ctx, key, h); err != nil {
			return err
		}
	}
	return nil
}

// hold stores a document that waits for decisions, and its case waits with it
// unless it was given to a coder already.
func (m *caseImport) hold(ctx context.Context, key int64, h annotations.Held) error {
	findings, err := json.Marshal(h.Findings)
	if err != nil {
		return err
	}
	_, err = m.tx.ExecContext(ctx, `
		INSERT INTO held_documents (case_key, number, type, title, day, text, sha256, pages, notices, findings, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		key, h.Number, h.Type, h.Title, h.Day, h.Text, h.SHA256, pages(h.Pages), notices(h.Notices), string(findings), m.now)
	if err != nil {
		return err
	}
	return move(ctx, m.tx, m.who, m.now, key, annotations.Available, annotations.Screening)
}

// storedSources returns the hash of each document's text as it came, by number.
func storedSources(ctx context.Context, tx *sqlx.Tx, key int64) (map[int]string, error) {
	var rows []struct {
		Number int    `db:"number"`
		SHA    string `db:"sha"`
	}
	err := tx.SelectContext(ctx, &rows, `
		SELECT number, source_sha256 AS sha FROM documents WHERE case_key = ?1
		UNION ALL SELECT number, sha256 FROM held_documents WHERE case_key = ?1`, key)
	stored := make(map[int]string, len(rows))
	for _, r := range rows {
		stored[r.Number] = r.SHA
	}
	return stored, err
}

func insertDocument(ctx context.Context, tx *sqlx.Tx, key int64, d annotations.Incoming, now string) (id int64, err error) {
	if d.SHA256() == "" {
		return 0, errors.New("a document that was not cleared cannot be stored")
	}
	err = tx.GetContext(ctx, &id, `
		INSERT INTO documents (case_key, number, type, title, day, text, sha256, source_sha256, chars, pages, notices, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		key, d.Number, d.Type, d.Title, d.Day, d.Text(), d.SHA256(), d.SourceSHA256, d.Chars(), pages(d.Pages), notices(d.Notices), now)
	return id, err
}

func pages(p []int) string {
	if len(p) == 0 {
		return "[]"
	}
	b, _ := json.Marshal(p) // a slice of integers always marshals
	return string(b)
}

func notices(n json.RawMessage) string {
	if len(n) == 0 {
		return "[]"
	}
	return string(n)
}

// caseRow is a case as the table has it.
type caseRow struct {
	Key        int64              `db:"id"`
	Study      string             `db:"study"`
	ID         annotations.CaseID `db:"case_id"`
	Region     string             `db:"region"`
	Period     string             `db:"period"`
	Source     string             `db:"source"`
	Stratum    string             `db:"stratum"`
	Weight     float64            `db:"weight"`
	FrameN     int                `db:"frame_n"`
	OnSite     bool               `db:"on_site"`
	Attributes string             `db:"attributes"`
	State      annotations.State  `db:"state"`
	Practice   bool               `db:"practice"`
}

const caseColumns = `c.id, c.study, c.case_id, c.region, c.period, c.source, c.stratum, c.weight, c.frame_n, c.on_site, c.attributes, c.state, c.practice`

func (r caseRow) domain() annotations.Case {
	c := annotations.Case{Key: r.Key, Study: r.Study, ID: r.ID, Region: r.Region, Period: r.Period, Source: r.Source,
		Stratum: r.Stratum, Weight: r.Weight, FrameN: r.FrameN, OnSite: r.OnSite, State: r.State, Practice: r.Practice}
	if r.Attributes != "{}" {
		json.Unmarshal([]byte(r.Attributes), &c.Attributes) // the schema says it is JSON, and this package wrote it
	}
	return c
}

// Case returns one case of a study by its pseudonym.
func (s *Store) Case(ctx context.Context, study string, id annotations.CaseID) (annotations.Case, error) {
	var r caseRow
	err := s.read.GetContext(ctx, &r, `SELECT `+caseColumns+` FROM cases c WHERE c.study = ? AND c.case_id = ?`, study, id)
	return r.domain(), absent(err)
}
