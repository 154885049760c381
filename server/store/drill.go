package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A Drill is what came of a backup that was restored on trial.
type Drill struct {
	Name  string // of the file
	At    time.Time
	Bytes int64
	Rows  int64 // of all tables
	Good  bool
}

// BackupAndDrill makes a backup as [Store.Backup] does and restores it on
// trial, before it is encrypted, into a folder of its own in the data folder:
// the restored workspace must be in order and every table must have the rows,
// by count and by hash, that the original had at the moment of the copy. What
// came of it is in the audit log; a backup that fails leaves no file.
func (s *Store) BackupAndDrill(ctx context.Context, who auth.Actor, file string, recipients ...age.Recipient) (Drill, error) {
	d := Drill{Name: filepath.Base(file)}
	bytes, err := s.back(ctx, who, file, recipients, func(copied string, want []Print) error {
		for _, p := range want {
			d.Rows += p.Rows
		}
		if err := s.drill(ctx, copied, want); err != nil {
			return fmt.Errorf("the copy was restored on trial and is no good: %w", err)
		}
		return nil
	})
	d.At, d.Bytes, d.Good = s.now(), bytes, err == nil
	outcome := "failed"
	if d.Good {
		outcome = "in_order"
	}
	return d, errors.Join(err, s.Record(context.WithoutCancel(ctx), who, Event{Act: "backup.drill", Object: d.Name,
		Detail: map[string]any{"outcome": outcome, "bytes": d.Bytes, "rows": d.Rows}}))
}

// drill restores a copy and reports what is not in order in it or differs
// from what is wanted.
func (s *Store) drill(ctx context.Context, file string, want []Print) error {
	dir, err := s.tempDir()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	_, found, err := Restore(ctx, file, dir, s.now, s.key)
	if err != nil {
		return err
	}
	restored, err := connect(dir, s.now, s.key)
	if err != nil {
		return err
	}
	defer restored.Close()
	got, err := printTables(ctx, restored.read)
	if err != nil {
		return err
	}
	return errors.Join(append(Problems(found), differ(want, got)...)...)
}

// differ tells the tables in which a copy is not the original.
func differ(want, got []Print) []error {
	var problems []error
	have := map[string]Print{}
	for _, p := range got {
		have[p.Table] = p
	}
	for _, p := range want {
		if g := have[p.Table]; g.Rows != p.Rows {
			problems = append(problems, fmt.Errorf("table %s has %d rows in the copy and %d in the original", p.Table, g.Rows, p.Rows))
		} else if g != p {
			problems = append(problems, fmt.Errorf("table %s has other contents in the copy than in the original", p.Table))
		}
	}
	return problems
}

// LastDrills returns what came of the last backup that was restored on trial,
// and the last that was good; zero for none.
func (s *Store) LastDrills(ctx context.Context) (last, good Drill, err error) {
	for _, q := range []struct {
		to    *Drill
		where string
	}{{&last, ``}, {&good, ` AND json_extract(detail, '$.outcome') = 'in_order'`}} {
		var row struct {
			Name   string `db:"object"`
			At     moment `db:"at"`
			Detail string `db:"detail"`
		}
		err := absent(s.read.GetContext(ctx, &row, `SELECT object, at, detail FROM audit WHERE act = 'backup.drill'`+q.where+` ORDER BY seq DESC LIMIT 1`))
		if errors.Is(err, annotations.ErrNotFound) {
			continue
		}
		var detail struct {
			Outcome     string
			Bytes, Rows int64
		}
		if err := errors.Join(err, json.Unmarshal([]byte(row.Detail), &detail)); err != nil {
			return last, good, err
		}
		*q.to = Drill{row.Name, row.At.Time, detail.Bytes, detail.Rows, detail.Outcome == "in_order"}
	}
	return last, good, nil
}

// MadeBackup returns the place of a backup of that name in the order in which
// this workspace made its backups, 0 if it made none. The order of the names is
// another when the clock was put back.
func (s *Store) MadeBackup(ctx context.Context, name string) (place int64, err error) {
	err = s.read.GetContext(ctx, &place, `SELECT coalesce(max(seq), 0) FROM audit WHERE act = 'backup' AND object = ?`, name)
	return place, err
}

// EndBackup notes anew until when a backup is kept.
func (s *Store) EndBackup(ctx context.Context, name string, until time.Time) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE backups SET expires_at = ? WHERE name = ?`, stamp(until), name)
		return err
	})
}
