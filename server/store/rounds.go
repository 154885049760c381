package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"
	lib "modernc.org/sqlite/lib"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// firstRound is the round of production that a study gets when something is
// given before anybody made a round.
const firstRound = "1"

type roundRow struct {
	Name     string                `db:"name"`
	Kind     annotations.RoundKind `db:"kind"`
	Place    int                   `db:"place"`
	Deadline *string               `db:"deadline"`
	Days     *int                  `db:"days"`
}

func (r roundRow) domain() annotations.Round {
	return annotations.Round{Name: r.Name, Kind: r.Kind, Place: r.Place, Deadline: day(r.Deadline), Days: number(r.Days)}
}

// day reads a date as the schema keeps it; NULL is the zero time.
func day(text *string) time.Time {
	if text == nil {
		return time.Time{}
	}
	t, _ := time.Parse(time.DateOnly, *text) // the schema checks its form, and this package wrote it
	return t
}

func number(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

// limits are the deadline and days of r as the schema keeps them.
func limits(r annotations.Round) (deadline *string, days *int) {
	if !r.Deadline.IsZero() {
		deadline = new(r.Deadline.Format(time.DateOnly))
	}
	if r.Days > 0 {
		days = &r.Days
	}
	return deadline, days
}

// checkRound returns r with its name trimmed, or all that is wrong with it.
func checkRound(r annotations.Round) (annotations.Round, error) {
	var problems []error
	invalid := func(field, key string) {
		problems = append(problems, &annotations.InvalidError{Field: field, Key: key})
	}
	r.Name = strings.TrimSpace(r.Name)
	switch n := utf8.RuneCountInString(r.Name); {
	case n == 0:
		invalid("name", "round.name.required")
	case n > 60:
		invalid("name", "round.name.long")
	}
	if !slices.Contains(annotations.RoundKinds, r.Kind) {
		invalid("kind", "round.kind.required")
	}
	if r.Days < 0 || r.Days > 1000 {
		invalid("days", "round.days.invalid")
	}
	return r, errors.Join(problems...)
}

// CreateRound adds a round to a study, after the ones that it has. Its name
// and kind stay as they are.
func (s *Store) CreateRound(ctx context.Context, who auth.Actor, study string, r annotations.Round) error {
	r, err := checkRound(r)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error { return s.insertRound(ctx, tx, who, study, r) })
}

func (s *Store) insertRound(ctx context.Context, tx *sqlx.Tx, who auth.Actor, study string, r annotations.Round) error {
	now := s.now()
	deadline, days := limits(r)
	_, err := tx.ExecContext(ctx, `
		INSERT INTO rounds (study, name, kind, place, deadline, days, created_at, created_by)
		SELECT ?1, ?2, ?3, 1 + (SELECT count(*) FROM rounds WHERE study = ?1), ?4, ?5, ?6, nullif(?7, 0)`,
		study, r.Name, r.Kind, deadline, days, stamp(now), who.ID)
	if code(err) == lib.SQLITE_CONSTRAINT_PRIMARYKEY {
		return &annotations.InvalidError{Field: "name", Key: "round.name.taken"}
	}
	if err != nil {
		return err
	}
	return audit(ctx, tx, now, who, Event{Act: "round.create", Study: study, Object: "round " + r.Name, Right: auth.Assign,
		Detail: map[string]any{"kind": r.Kind, "deadline": deadline, "days": days}})
}

// SetRoundLimits changes by when a round is expected; the rest of r is looked
// at only to find it.
func (s *Store) SetRoundLimits(ctx context.Context, who auth.Actor, study string, r annotations.Round) error {
	if r.Days < 0 || r.Days > 1000 {
		return &annotations.InvalidError{Field: "days", Key: "round.days.invalid"}
	}
	deadline, days := limits(r)
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		changed, err := tx.ExecContext(ctx, `UPDATE rounds SET deadline = ?, days = ? WHERE study = ? AND name = ?`, deadline, days, study, r.Name)
		if err != nil {
			return err
		}
		if n, err := changed.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, annotations.ErrNotFound)
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "round.limits", Study: study, Object: "round " + r.Name, Right: auth.Assign,
			Detail: map[string]any{"deadline": deadline, "days": days}})
	})
}

// round returns a round of a study by name, or [annotations.ErrNotFound].
func round(ctx context.Context, q sqlx.QueryerContext, study, name string) (annotations.Round, error) {
	var r roundRow
	err := sqlx.GetContext(ctx, q, &r, `SELECT name, kind, place, deadline, days FROM rounds WHERE study = ? AND name = ?`, study, name)
	return r.domain(), absent(err)
}

// Round returns a round of a study by name.
func (s *Store) Round(ctx context.Context, study, name string) (annotations.Round, error) {
	return round(ctx, s.read, study, name)
}

// roundOrNewest returns a round by name; without a name it is the newest round
// of production, which is made when there is none.
func (s *Store) roundOrNewest(ctx context.Context, tx *sqlx.Tx, who auth.Actor, study, name string) (annotations.Round, error) {
	if name != "" {
		r, err := round(ctx, tx, study, name)
		if errors.Is(err, annotations.ErrNotFound) {
			err = &annotations.InvalidError{Field: "round", Key: "assign.round.unknown", Args: map[string]any{"round": name}}
		}
		return r, err
	}
	var r roundRow
	err := absent(tx.GetContext(ctx, &r, `SELECT name, kind, place, deadline, days FROM rounds WHERE study = ? AND kind = 'production' ORDER BY place DESC LIMIT 1`, study))
	if err == nil || !errors.Is(err, annotations.ErrNotFound) {
		return r.domain(), err
	}
	made := annotations.Round{Name: firstRound, Kind: annotations.Production}
	if _, err := round(ctx, tx, study, made.Name); err == nil {
		made.Name = fmt.Sprintf("%s %s", annotations.Production, firstRound) // "1" is of another kind
	}
	return made, s.insertRound(ctx, tx, who, study, made)
}

// RoundNames returns the rounds of a study in their order.
func (s *Store) RoundNames(ctx context.Context, study string) ([]annotations.Round, error) {
	var rows []roundRow
	err := s.read.SelectContext(ctx, &rows, `SELECT name, kind, place, deadline, days FROM rounds WHERE study = ? ORDER BY place`, study)
	list := make([]annotations.Round, len(rows))
	for i, r := range rows {
		list[i] = r.domain()
	}
	return list, err
}

// A RoundProgress is a round with how far its work is.
type RoundProgress struct {
	annotations.Round
	Cases     int // given to at least one coder
	Double    int // of these, given to two or more
	Given     int // assignments that were not recalled; hidden repeats are not counted
	Begun     int // of these, begun and not handed in
	Submitted int
	Overdue   int
}

// Rounds returns the rounds of a study in their order, with their progress.
func (s *Store) Rounds(ctx context.Context, study string) ([]RoundProgress, error) {
	var rows []struct {
		roundRow
		Cases     int `db:"cases"`
		Double    int `db:"doubles"`
		Given     int `db:"given"`
		Begun     int `db:"begun"`
		Submitted int `db:"submitted"`
		Overdue   int `db:"overdue"`
	}
	err := s.read.SelectContext(ctx, &rows, `
		WITH given AS MATERIALIZED (
			SELECT a.round, count(*) AS given, sum(a.status = 'submitted') AS submitted, sum(a.status <> 'submitted' AND a.started_at IS NOT NULL) AS begun
			FROM assignments a WHERE a.study = ?1 AND `+counts+` GROUP BY a.round),
		double AS MATERIALIZED (
			SELECT round, count(*) AS cases, sum(n - 1) AS more FROM (
				SELECT a.round, count(*) AS n FROM cases c CROSS JOIN assignments a ON a.case_key = c.id
				WHERE c.study = ?1 AND c.given > 1 AND `+counts+` GROUP BY c.id, a.round HAVING count(*) > 1) GROUP BY round)
		SELECT r.name, r.kind, r.place, r.deadline, r.days, coalesce(g.given - coalesce(d.more, 0), 0) AS cases, coalesce(d.cases, 0) AS doubles,
			coalesce(g.given, 0) AS given, coalesce(g.begun, 0) AS begun, coalesce(g.submitted, 0) AS submitted,
			(SELECT count(*) FROM assignments a WHERE a.study = r.study AND a.round = r.name AND `+overdue+` AND `+counts+`) AS overdue
		FROM rounds r LEFT JOIN given g ON g.round = r.name LEFT JOIN double d ON d.round = r.name WHERE r.study = ?1 ORDER BY r.place`, study, stamp(s.now()))
	list := make([]RoundProgress, len(rows))
	for i, r := range rows {
		list[i] = RoundProgress{r.domain(), r.Cases, r.Double, r.Given, r.Begun, r.Submitted, r.Overdue}
	}
	return list, err
}

// overdue says of assignment a of round r whether it is late at the time of
// parameter 2, as [annotations.Assignment.Overdue] does. What follows from the
// round stands on one side, so that it is computed once and an index serves.
const overdue = `(a.status = 'open' AND a.created_at <=
	CASE WHEN ?2 >= date(r.deadline, '+1 day') THEN '9999' ELSE strftime('%Y-%m-%dT%H:%M:%fZ', ?2, '-' || r.days || ' days') END)`
