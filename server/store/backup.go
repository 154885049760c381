package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"filippo.io/age"
	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/server/auth"
)

// Backup writes a consistent copy of the whole database to file, while others
// go on working. The file must not exist yet; only its owner can read it. With
// recipients it is encrypted for them (format age, age-encryption.org/v1) and
// nothing readable leaves the data folder. That a copy was made is in the
// audit log of the original, and so of the copy.
func (s *Store) Backup(ctx context.Context, who auth.Actor, file string, recipients ...age.Recipient) error {
	_, err := s.back(ctx, who, file, recipients, nil)
	return err
}

// back makes a backup and, when there is one, has drill look at it: at the
// copy itself, or before it is encrypted, with what the tables had in the
// original at that moment.
func (s *Store) back(ctx context.Context, who auth.Actor, file string, recipients []age.Recipient, drill func(file string, want []Print) error) (size int64, err error) {
	if _, err := os.Stat(file); err == nil {
		return 0, fmt.Errorf("%s exists already; choose another name, a backup never overwrites", file)
	}
	if err := s.Record(ctx, who, Event{Act: "backup", Object: filepath.Base(file)}); err != nil {
		return 0, err
	}
	// The copy is made under another name, so that a half copy never has the
	// name of a whole one.
	part := file + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	defer os.Remove(part) // does nothing after the renaming
	plain := part
	if len(recipients) > 0 {
		dir, err := s.tempDir()
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(dir)
		plain = filepath.Join(dir, File)
	}
	want, err := s.snapshot(ctx, plain, drill != nil)
	if err != nil {
		return 0, fmt.Errorf("copy the database: %w", full(err))
	}
	if drill != nil {
		if err := drill(plain, want); err != nil {
			return 0, err
		}
	}
	if len(recipients) > 0 {
		if err := encrypt(plain, part, recipients); err != nil {
			return 0, fmt.Errorf("encrypt the copy: %w", err)
		}
	}
	info, err := os.Stat(part)
	if err != nil {
		return 0, err
	}
	return info.Size(), errors.Join(os.Rename(part, file), flushDir(filepath.Dir(file)))
}

// copies is how folders with copies in a data folder begin.
const copies = "copy-"

// tempDir makes a folder of its own in the data folder.
func (s *Store) tempDir() (string, error) { return os.MkdirTemp(s.dir, copies) }

// DropCopies removes what backups left in the data folder that were killed.
func (s *Store) DropCopies() error {
	left, err := filepath.Glob(filepath.Join(s.dir, copies+"*"))
	for _, dir := range left {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// A Print is what one table has: its rows, and a hash over them in their
// order.
type Print struct {
	Table string
	Rows  int64
	Hash  [sha256.Size]byte
}

// snapshot copies the database, as it is at one moment, to file, which must
// not exist, and through to the disk. With prints it also returns what every
// table had at that same moment.
func (s *Store) snapshot(ctx context.Context, file string, prints bool) (list []Print, err error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			os.Remove(file)
		}
	}()
	// A connection of its own, for it may be at work for long.
	db, err := sqlx.Open("sqlite", s.vault.address(filepath.Join(s.dir, File))+"&_pragma=busy_timeout(5000)&_pragma=query_only(ON)")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	conn, err := db.Connx(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	// The transaction keeps the moment: nobody who writes waits for it, and the
	// copy does not begin anew when somebody has written.
	if _, err := conn.ExecContext(ctx, `BEGIN`); err != nil {
		return nil, err
	}
	var n int
	if err := conn.GetContext(ctx, &n, `SELECT count(*) FROM sqlite_schema`); err != nil {
		return nil, err
	}
	if prints {
		if list, err = printTables(ctx, conn); err != nil {
			return nil, err
		}
	}
	if err := copyPages(ctx, conn, s.vault.address(file)); err != nil {
		return nil, err
	}
	return list, flush(file)
}

// flush makes sure that a file has reached the disk.
func flush(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// flushDir makes sure that the names in a folder have reached the disk.
func flushDir(dir string) error {
	if runtime.GOOS == "windows" { // where a folder cannot be flushed
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Restore puts the backup in file in place of an empty data folder dir, proves
// that it is whole, and returns the number of rows of each table. It refuses a
// folder that has a database already. An encrypted backup takes one of the
// identities that it was made for; that of an encrypted workspace takes its
// key, besides.
func Restore(ctx context.Context, file, dir string, now func() time.Time, key auth.Key, identities ...age.Identity) ([]Count, []Finding, error) {
	target := filepath.Join(dir, File)
	if _, err := os.Stat(target); err == nil {
		return nil, nil, fmt.Errorf("%s has a database already; restore into an empty folder", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	part := target + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, err
	}
	defer os.Remove(part) // does nothing after the renaming
	if err := decrypt(file, part, identities); err != nil {
		return nil, nil, err
	}
	if err := check(ctx, part, key); errors.Is(err, ErrNoKey) || errors.Is(err, ErrWrongKey) || errors.Is(err, ErrNotEncrypted) {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	} else if err != nil {
		return nil, nil, fmt.Errorf("%s is no backup of a workspace: %w", file, err)
	}
	if err := errors.Join(os.Rename(part, target), flushDir(dir)); err != nil {
		return nil, nil, err
	}
	s, err := OpenEncrypted(ctx, dir, now, key)
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	found, err := s.Examine(ctx)
	if err != nil {
		return nil, nil, err
	}
	counts, err := s.Counts(ctx)
	return counts, found, err
}

// check reports a file that is no backup of a workspace.
func check(ctx context.Context, file string, key auth.Key) error {
	v, err := vaultFor(file, key)
	if err != nil {
		return err
	}
	defer v.close()
	db, err := sqlx.Open("sqlite", v.address(file)+"&mode=ro&immutable=1")
	if err != nil {
		return err
	}
	defer db.Close()
	var n int
	if err := db.GetContext(ctx, &n, `SELECT count(*) FROM audit`); err != nil {
		return err
	}
	return nil
}
