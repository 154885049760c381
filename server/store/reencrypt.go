package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/server/auth"
)

// What stands in a data folder while a workspace is written anew, and what a
// program that was killed meanwhile leaves there.
const (
	lockFile   = "dossierlens.lock"
	rewritten  = "rewritten"      // folder of the new database
	beforehand = File + ".before" // the old one, after the new one took its name
)

// Errors of a data folder that others use.
var (
	// ErrOpen says that a workspace cannot be written anew, for it is open.
	ErrOpen = errors.New("another program has this workspace open; stop the server and every other dossierlens first")
	// ErrBeingRewritten says that a workspace is just being written anew.
	ErrBeingRewritten = errors.New("the workspace is being encrypted, decrypted or given a new key; wait until that is done")
)

// claim locks a data folder and, when nobody writes it anew, tidies up after a
// program that was killed while it did so.
func claim(dir string, alone bool) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	ok, err := lock(f, alone)
	switch {
	case err != nil:
		err = fmt.Errorf("lock the data folder: %w", err)
	case !ok && alone:
		err = ErrOpen
	case !ok:
		err = ErrBeingRewritten
	default:
		err = tidy(dir)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// tidy removes what a killed program left. A database that is to go is written
// over first, so that what it held is not left to be found.
func tidy(dir string) error {
	if err := os.RemoveAll(filepath.Join(dir, rewritten)); err != nil {
		return err
	}
	old := filepath.Join(dir, beforehand)
	was, err := os.Stat(old)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	now, err := os.Stat(filepath.Join(dir, File))
	if err != nil {
		return err
	}
	if os.SameFile(was, now) { // it had two names, and the new one had not come yet
		return os.Remove(old)
	}
	return wipe(old)
}

// wipe writes zeros over a file and removes it.
func wipe(file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	zeros := make([]byte, 1<<20)
	for at := int64(0); err == nil && at < info.Size(); at += int64(len(zeros)) {
		_, err = f.WriteAt(zeros[:min(int64(len(zeros)), info.Size()-at)], at)
	}
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(file))
}

// Reencrypt writes the workspace in dir anew with another key: from none to
// one, which encrypts it, from one to none, which decrypts it, or from one to
// another. Nobody may have it open. The new database is written beside the old
// one, compared with it row by row and examined, and only then takes its place,
// in one step; the old one is written over with zeros and removed. Whatever
// stops the program, there is a whole workspace: with the old key before that
// step and with the new one after it. progress is told how many bytes are
// written of about how many.
func Reencrypt(ctx context.Context, dir string, now func() time.Time, from, to auth.Key, progress func(done, of int64)) error {
	file := filepath.Join(dir, File)
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("there is no workspace in this folder: %w", err)
	}
	held, err := claim(dir, true)
	if err != nil {
		return err
	}
	defer held.Close()

	old, err := open(ctx, dir, now, from)
	if err != nil {
		return err
	}
	what := map[bool]string{true: "on", false: "off"}[!to.None()]
	if !from.None() && !to.None() {
		what = "new_key"
	}
	err = old.Record(ctx, auth.Actor{}, Event{Act: "encryption", Detail: map[string]any{"encryption": what}})
	if err = errors.Join(err, old.Close()); err != nil {
		return err
	}
	if _, err := os.Stat(file + "-wal"); err == nil {
		return errors.New("the log of the database could not be written into it; nothing was changed")
	}

	if err := os.Mkdir(filepath.Join(dir, rewritten), 0o700); err != nil {
		return err
	}
	fresh := filepath.Join(dir, rewritten, File)
	want, err := copyEncrypted(ctx, file, fresh, from, to, progress)
	if err == nil {
		err = compare(ctx, filepath.Dir(fresh), now, to, want)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("the workspace was not written anew; it is as it was: %w", full(err)), tidy(dir))
	}
	// Two names for the old one, and then one step: there is no moment without
	// a workspace.
	if err := errors.Join(os.Link(file, filepath.Join(dir, beforehand)), flushDir(dir)); err != nil {
		return errors.Join(fmt.Errorf("the workspace was not written anew; it is as it was: %w", err), tidy(dir))
	}
	if err := errors.Join(os.Rename(fresh, file), flushDir(dir)); err != nil {
		return err
	}
	return errors.Join(tidy(dir), flushDir(dir))
}

// copyEncrypted writes the database in one file to another, which is encrypted
// with its own key or not at all, and returns what its tables have.
func copyEncrypted(ctx context.Context, file, fresh string, from, to auth.Key, progress func(done, of int64)) ([]Print, error) {
	f, err := os.OpenFile(fresh, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	source, err := newVault(file, from)
	if err != nil {
		return nil, err
	}
	defer source.close()
	target, err := newVault(fresh, to)
	if err != nil {
		return nil, err
	}
	defer target.close()
	db, err := sqlx.Open("sqlite", source.address(file)+"&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	want, err := printTables(ctx, db)
	if err != nil {
		return nil, err
	}
	var pages int64
	if err := db.GetContext(ctx, &pages, `PRAGMA page_count`); err != nil {
		return nil, err
	}
	done := watch(fresh, pages*pageSize, progress)
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, target.address(fresh))
	done()
	if err != nil {
		return nil, err
	}
	return want, errors.Join(flush(fresh), db.Close())
}

// watch tells progress how large a file has become until it is told that the
// file is done.
func watch(file string, of int64, progress func(done, of int64)) (done func()) {
	stop := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				progress(of, of)
				return
			case <-tick.C:
				if info, err := os.Stat(file); err == nil {
					progress(min(info.Size(), of), of)
				}
			}
		}
	})
	return func() { close(stop); watching.Wait() }
}

// compare reports in what a workspace differs from what is wanted, and what is
// not in order in it.
func compare(ctx context.Context, dir string, now func() time.Time, key auth.Key, want []Print) error {
	s, err := connect(dir, now, key)
	if err != nil {
		return err
	}
	got, err := printTables(ctx, s.read)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	found, err := s.Examine(ctx)
	problems := append(differ(want, got), Problems(found)...)
	return errors.Join(append(problems, err, s.Close(), flush(filepath.Join(dir, File)))...)
}

// ReadableCopies lists the databases in a data folder that anybody can read who
// has them: copies from before the workspace was encrypted.
func ReadableCopies(dir string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*.db"))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(file string) bool {
		_, encrypted, empty, err := readHeader(file)
		return err == nil && (encrypted || empty)
	}), nil
}
