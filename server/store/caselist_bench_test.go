package store

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// large makes a study of 100,000 cases in 25 regions and 8 half-years, given
// to 20 coders, a tenth of them to two.
func large(b *testing.B) *Store {
	b.Helper()
	ctx := context.Background()
	s, err := Open(ctx, b.TempDir(), time.Now)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	source, err := os.ReadFile("../../codebook/testdata/bicycles.yaml")
	if err != nil {
		b.Fatal(err)
	}
	if err := s.CreateStudy(ctx, auth.Actor{}, "large", "Large", source); err != nil {
		b.Fatal(err)
	}
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		for _, statement := range []string{
			`INSERT INTO users (login, name, created_at)
			   WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19) SELECT 'coder' || i, 'Coder ' || i, '2026-01-05T09:00:00.000Z' FROM n`,
			`INSERT INTO members (study, user_id, role, since) SELECT 'large', id, 'coder', '2026-01-05T09:00:00.000Z' FROM users`,
			`INSERT INTO cases (study, case_id, region, period, on_site, state, given, created_at)
			   WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
			   SELECT 'large', printf('C-%06d', i), printf('VT%02d', i % 25), printf('%d-H%d', 2022 + i % 4, 1 + i % 2), 1,
			     CASE i % 5 WHEN 0 THEN 'released' WHEN 1 THEN 'assigned' WHEN 2 THEN 'coding' WHEN 3 THEN 'comparing' ELSE 'settled' END,
			     CASE WHEN i % 5 = 0 THEN 0 WHEN i % 10 = 3 THEN 2 ELSE 1 END, '2026-01-05T09:00:00.000Z' FROM n`,
			`INSERT INTO rounds (study, name, kind, place, days, created_at) VALUES ('large', '1', 'production', 1, 30, '2026-01-05T09:00:00.000Z')`,
			`INSERT INTO assignments (case_key, study, coder, round, status, created_at)
			   SELECT id, study, 1 + id % 20, '1', CASE WHEN state IN ('comparing', 'settled') THEN 'submitted' ELSE 'open' END, '2026-01-05T09:00:00.000Z' FROM cases WHERE given > 0`,
			`INSERT INTO assignments (case_key, study, coder, round, status, created_at) SELECT id, study, 1 + (id + 1) % 20, '1', 'submitted', '2026-01-05T09:00:00.000Z' FROM cases WHERE given > 1`,
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkLists measures what the lists and counts of a large study take.
func BenchmarkLists(b *testing.B) {
	s, ctx := large(b), context.Background()
	who, err := s.Actor(ctx, 1)
	if err != nil {
		b.Fatal(err)
	}
	for name, f := range map[string]CaseFilter{
		"first": {}, "middle": {After: "C-050000"}, "back": {Before: "C-090000"}, "state": {State: annotations.Settled},
		"region": {Region: "VT07"}, "period": {Period: "2025-H2", State: annotations.Assigned}, "find": {Find: "9999"}, "nothing": {Find: "x"},
	} {
		b.Run("cases/"+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Cases(ctx, "large", f); err != nil {
					b.Fatal(err)
				}
				if _, _, err := s.CountCases(ctx, "large", f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("counts", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.CaseCounts(ctx, "large"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("progress", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Progress(ctx, "large"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("rounds", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Rounds(ctx, "large"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("repeats", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.RepeatCounts(ctx, auth.Actor{}, "large"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("work", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.MyAssignments(ctx, who, "large"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
