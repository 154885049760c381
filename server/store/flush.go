package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"
	lib "modernc.org/sqlite/lib"
)

// ErrUnflushed says that the disk once did not keep what was written to it.
// The operating system may then hold for written what never reached the disk,
// so that a later flush proves nothing: no write is taken any more until the
// program is started again. What was acknowledged before had been flushed.
var ErrUnflushed = errors.New("the disk did not keep what was written to it; nothing more is stored until the disk is in order and the program is started again")

// Unflushed is closed when a flush failed: the program has to be started again.
func (s *Store) Unflushed() <-chan struct{} { return s.closing }

// checkpointAt is how many pages of the write-ahead log there may be before
// they are written into the database, SQLite's own number.
const checkpointAt = 1000

// alone runs f on the one connection that writes, which is nobody else's
// until f is done. Every write goes through here, so that none is taken after a
// flush that failed.
func (s *Store) alone(ctx context.Context, f func(*sqlx.Conn) error) error {
	conn, err := s.write.Connx(ctx)
	if err != nil {
		return full(err)
	}
	defer conn.Close() // after the error was looked at: the next one must know
	if err := s.unflushed.Load(); err != nil {
		return *err
	}
	return full(s.heed(f(conn)))
}

// heed remembers an error of a flush.
func (s *Store) heed(err error) error {
	switch code(err) {
	case lib.SQLITE_IOERR_FSYNC, lib.SQLITE_IOERR_DIR_FSYNC:
		err = fmt.Errorf("%w: %w", ErrUnflushed, err)
		if s.unflushed.CompareAndSwap(nil, &err) {
			close(s.closing)
		}
	}
	return err
}

// checkpoint writes the write-ahead log into the database when it has become
// long. SQLite would do so by itself, but without a word of a flush that
// failed; it would try again, take the next flush for the truth and begin
// the log anew over answers that are nowhere else.
func (s *Store) checkpoint(ctx context.Context, conn *sqlx.Conn) {
	ctx = context.WithoutCancel(ctx)
	var pages int
	err := conn.QueryRowxContext(ctx, `PRAGMA wal_checkpoint(NOOP)`).Scan(new(int), &pages, new(int))
	if err == nil && pages >= checkpointAt {
		_, err = conn.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`)
	}
	// What was committed stands in the log. Any other failure, such as a full
	// disk, leaves it there for the next time.
	_ = s.heed(err)
}

// secureLog makes sure that the write-ahead log that was found is on the disk,
// before anything is added to it: after a flush that failed, its pages may be in
// memory only and count as written, also for the next program. They are
// written once more, as they are. The write lock keeps others out meanwhile.
func (s *Store) secureLog(ctx context.Context) error {
	err := s.alone(ctx, func(conn *sqlx.Conn) error {
		tx, err := conn.BeginTxx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		return rewrite(filepath.Join(s.dir, File+"-wal"))
	})
	if err != nil {
		return fmt.Errorf("write the log of the database to the disk: %w", err)
	}
	return flushDir(s.dir)
}

// rewrite writes a file over itself and flushes it.
func rewrite(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	b := make([]byte, 1<<20)
	for at := int64(0); ; {
		n, err := f.ReadAt(b, at)
		if n > 0 {
			if _, err := f.WriteAt(b[:n], at); err != nil {
				return err
			}
			at += int64(n)
		}
		if errors.Is(err, io.EOF) {
			return errors.Join(f.Sync(), f.Close())
		}
		if err != nil {
			return err
		}
	}
}
