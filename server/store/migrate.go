package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/dossierlens/dossierlens/server/auth"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrNewer says that the database was written by a newer program.
var ErrNewer = errors.New("the database was written by a newer version of dossierlens; run that version")

// keptOld is for how long the file as it was before an upgrade is kept.
const keptOld = 90 * 24 * time.Hour

// provider returns what brings the schema of s up to date.
func (s *Store) provider(files fs.FS) (*goose.Provider, error) {
	return goose.NewProvider(goose.DialectSQLite3, s.write.DB, files)
}

// migrate applies the migrations that the file has not had, each in its own
// transaction. A file that has had some is copied first; the migrations are
// tried on a second copy; and only when that one is whole, the file itself is
// upgraded. So whatever fails leaves a file that the program before can open.
func (s *Store) migrate(ctx context.Context, files fs.FS) error {
	m, err := s.provider(files)
	if err != nil {
		return err
	}
	have, known, err := m.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	switch {
	case have > known:
		return fmt.Errorf("schema %d, this program knows %d: %w", have, known, ErrNewer)
	case have == 0, have == known:
		if _, err := m.Up(ctx); err != nil {
			return fmt.Errorf("bring the schema up to date: %w", err)
		}
		return nil
	}
	before, err := s.Counts(ctx)
	if err != nil {
		return err
	}
	old := filepath.Join(s.dir, fmt.Sprintf("dossierlens-schema-%d-%s.db", have, s.now().UTC().Format("20060102T150405Z")))
	if _, err := s.snapshot(ctx, old, false); err != nil {
		return fmt.Errorf("the schema is not brought from %d to %d, for no copy could be made first and nothing was changed: %w", have, known, full(err))
	}
	if err := flushDir(s.dir); err != nil {
		return err
	}
	if err := s.rehearse(ctx, files, old, before); err != nil {
		return errors.Join(fmt.Errorf("the schema was not brought from %d to %d; nothing was changed, and the version before still opens this folder: %w", have, known, err), os.Remove(old))
	}
	if _, err := m.Up(ctx); err != nil {
		return fmt.Errorf("bring the schema from %d to %d: %w; the file as it was is %s", have, known, full(err), old)
	}
	if err := s.whole(ctx, before); err != nil {
		return fmt.Errorf("after the schema was brought from %d to %d: %w; the file as it was is %s", have, known, err, old)
	}
	if err := s.KeepBackup(ctx, filepath.Base(old), s.now().Add(keptOld)); err != nil {
		return err
	}
	return s.Record(ctx, auth.Actor{}, Event{Act: "upgrade", Object: filepath.Base(old), Detail: map[string]any{"schema": known}})
}

// rehearse upgrades a copy of the file old, which had the rows before, and
// reports what is not in order in it afterwards.
func (s *Store) rehearse(ctx context.Context, files fs.FS, old string, before []Count) error {
	dir := filepath.Join(s.dir, "upgrade")
	if err := os.RemoveAll(dir); err != nil { // of a program that was killed
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := decrypt(old, filepath.Join(dir, File), nil); err != nil {
		return err
	}
	trial, err := connect(dir, s.now, s.key)
	if err != nil {
		return err
	}
	defer trial.Close()
	m, err := trial.provider(files)
	if err != nil {
		return err
	}
	if _, err := m.Up(ctx); err != nil {
		return full(err)
	}
	return trial.whole(ctx, before)
}

// whole reports what an examination finds, and tables that have fewer rows
// than before.
func (s *Store) whole(ctx context.Context, before []Count) error {
	after, err := s.Counts(ctx)
	if err != nil {
		return err
	}
	rows := map[string]int64{}
	for _, c := range after {
		rows[c.Table] = c.Rows
	}
	var problems []error
	for _, c := range before {
		if rows[c.Table] < c.Rows {
			problems = append(problems, fmt.Errorf("table %s had %d rows and has %d", c.Table, c.Rows, rows[c.Table]))
		}
	}
	found, err := s.Examine(ctx)
	if err != nil {
		return err
	}
	return errors.Join(append(problems, Problems(found)...)...)
}

// DropOldFiles removes the files that were kept from before an upgrade and
// whose time is over.
func (s *Store) DropOldFiles(ctx context.Context) error {
	var names []string
	err := s.read.SelectContext(ctx, &names, `
		SELECT b.name FROM backups b JOIN audit a ON a.act = 'upgrade' AND a.object = b.name WHERE b.expires_at < ?`, stamp(s.now()))
	if err != nil {
		return err
	}
	var problems []error
	for _, name := range names {
		if err := os.Remove(filepath.Join(s.dir, filepath.Base(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}
