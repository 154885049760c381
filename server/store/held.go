package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

type heldRow struct {
	caseRow
	Held     int64  `db:"held"`
	Number   int    `db:"number"`
	Type     string `db:"type"`
	Title    string `db:"title"`
	Day      *int   `db:"day"`
	Text     string `db:"text"`
	SHA256   string `db:"sha256"`
	Pages    string `db:"pages"`
	Notices  []byte `db:"notices"`
	Findings string `db:"findings"`
}

func (r heldRow) domain() (annotations.Held, error) {
	h := annotations.Held{Key: r.Held, Case: r.caseRow.domain(), Number: r.Number, Type: r.Type, Title: r.Title, Day: r.Day,
		Text: r.Text, SHA256: r.SHA256, Notices: r.Notices}
	if err := json.Unmarshal([]byte(r.Pages), &h.Pages); err != nil {
		return h, err
	}
	return h, json.Unmarshal([]byte(r.Findings), &h.Findings)
}

const selectHeld = `SELECT ` + caseColumns + `, h.id AS held, h.number, h.type, h.title, h.day, h.text, h.sha256, h.pages, h.notices, h.findings
	FROM held_documents h JOIN cases c ON c.id = h.case_key`

// HeldDocuments returns the first most documents of a study that wait for
// decisions, by case and number, without their text, and how many wait in all.
func (s *Store) HeldDocuments(ctx context.Context, study string, most int) (list []annotations.Held, waiting int, err error) {
	err = s.read.GetContext(ctx, &waiting, `SELECT count(*) FROM held_documents h JOIN cases c ON c.id = h.case_key WHERE c.study = ?`, study)
	if err != nil {
		return nil, 0, err
	}
	var rows []heldRow
	err = s.read.SelectContext(ctx, &rows, `SELECT `+caseColumns+`, h.id AS held, h.number, h.type, h.title, h.day, '' AS text, h.sha256, h.pages, h.notices, h.findings
		FROM held_documents h JOIN cases c ON c.id = h.case_key WHERE c.study = ? ORDER BY c.case_id, h.number LIMIT ?`, study, most)
	if err != nil {
		return nil, 0, err
	}
	list = make([]annotations.Held, len(rows))
	for i, r := range rows {
		if list[i], err = r.domain(); err != nil {
			return nil, 0, err
		}
	}
	return list, waiting, nil
}

// HeldDocument returns one document of a study that waits for decisions.
func (s *Store) HeldDocument(ctx context.Context, study string, key int64) (annotations.Held, error) {
	var r heldRow
	if err := s.read.GetContext(ctx, &r, selectHeld+` WHERE h.id = (SELECT o.id FROM held_documents o WHERE (SELECT study FROM cases WHERE id = o.case_key) = ? AND o.id = ?)`, study, key); err != nil {
		return annotations.Held{}, absent(err)
	}
	return r.domain()
}

// A ScreeningDecision is what is kept of a decision about a finding: its kind
// and the reason, not the text that was found.
type ScreeningDecision struct {
	Kind, Rule string
	Replaced   bool
	Reason     string
}

// ReleaseHeld stores the cleared text of a held document in its place and
// forgets the text as it came. The case becomes available when no other
// document of it waits.
func (s *Store) ReleaseHeld(ctx context.Context, who auth.Actor, held annotations.Held, cleared annotations.Incoming, decisions []ScreeningDecision) error {
	cleared.Number, cleared.Type, cleared.Title, cleared.Day = held.Number, held.Type, held.Title, held.Day
	cleared.Notices, cleared.SourceSHA256 = held.Notices, held.SHA256
	if cleared.SHA256() == held.SHA256 {
		cleared.Pages = held.Pages
	} else {
		cleared.Pages = nil // replacements move what follows; a wrong page would be worse than none
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		r, err := tx.ExecContext(ctx, `DELETE FROM held_documents WHERE id = ?`, held.Key)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return annotations.ErrNotFound
		}
		id, err := insertDocument(ctx, tx, held.Case.Key, cleared, stamp(now))
		if err != nil {
			return err
		}
		kinds := map[string]int{}
		for _, d := range decisions {
			decision := "release"
			if d.Replaced {
				decision = "replace"
			}
			_, err := tx.ExecContext(ctx, `
				INSERT INTO screening_decisions (document, kind, rule, decision, reason, decided_by, decided_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
				id, d.Kind, d.Rule, decision, d.Reason, who.ID, stamp(now))
			if err != nil {
				return err
			}
			kinds[decision+" "+d.Kind]++
		}
		var waits bool
		if err := tx.GetContext(ctx, &waits, `SELECT EXISTS (SELECT 1 FROM held_documents WHERE case_key = ?)`, held.Case.Key); err != nil {
			return err
		}
		if !waits {
			if err := move(ctx, tx, who, stamp(now), held.Case.Key, annotations.Screening, annotations.Available); err != nil {
				return err
			}
		}
		return audit(ctx, tx, now, who, Event{Act: "screening.decide", Study: held.Case.Study, Case: string(held.Case.ID),
			Object: fmt.Sprintf("document %d", held.Number), Detail: map[string]any{"decisions": kinds}, Right: auth.Screen})
	})
}
