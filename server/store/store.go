package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	lib "modernc.org/sqlite"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
)

// File is the name of the database in a data folder.
const File = "dossierlens.db"

// A Store is an open workspace. It is safe for use by many goroutines.
type Store struct {
	write     *sqlx.DB              // one connection; its queue is fair where SQLite's waiting is not
	read      *sqlx.DB              // several, each unable to write
	unflushed atomic.Pointer[error] // why no write is taken any more
	closing   chan struct{}         // closed with it
	dir       string
	now       func() time.Time
	key       auth.Key
	vault     *vault   // nil when the workspace is not encrypted
	held      *os.File // the lock of the folder; nil for a trial

	mu        sync.Mutex
	codebooks map[string]*codebook.Codebook // by study and list revisions

	staging  map[string]bool // imports under way, by hidden study
	deleting sync.Mutex      // one deletion of texts at a time
}

func init() { sqlx.BindDriver("sqlite", sqlx.QUESTION) }

// Open opens the workspace in dir, creating the folder and an empty database
// if there is none, and brings an older schema up to date. Nobody but the
// owner of the process may read the folder. It refuses a file that a newer
// program wrote, and one that is encrypted.
func Open(ctx context.Context, dir string, now func() time.Time) (*Store, error) {
	return OpenEncrypted(ctx, dir, now, auth.Key{})
}

// OpenEncrypted opens a workspace as [Open] does, with the key that it is
// encrypted with; a new one is encrypted from the start. With another key, with
// none for a workspace that is encrypted or with one for a workspace that is
// not, nothing is written and the error is [ErrWrongKey], [ErrNoKey] or
// [ErrNotEncrypted]. The zero key is none.
func OpenEncrypted(ctx context.Context, dir string, now func() time.Time, key auth.Key) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	file := filepath.Join(dir, File)
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	f.Close()
	held, err := claim(dir, false)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, dir, now, key)
	if err != nil {
		held.Close()
		return nil, err
	}
	s.held = held
	return s, nil
}

// open opens the workspace in a folder that is locked.
func open(ctx context.Context, dir string, now func() time.Time, key auth.Key) (*Store, error) {
	s, err := connect(dir, now, key)
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err == nil {
		err = s.secureLog(ctx)
	}
	if err == nil {
		err = s.heed(s.migrate(ctx, files))
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// connect opens the file in dir as it is.
func connect(dir string, now func() time.Time, key auth.Key) (*Store, error) {
	s := &Store{dir: dir, now: now, key: key, closing: make(chan struct{}), codebooks: map[string]*codebook.Codebook{}}
	var err error
	if s.vault, err = vaultFor(filepath.Join(dir, File), key); err != nil {
		return nil, err
	}
	// Pragmas belong in the DSN: one sent with Exec reaches a single connection
	// of the pool. busy_timeout comes first, for the others may wait.
	dsn := s.vault.address(filepath.Join(dir, File)) +
		"&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)" +
		// macOS has a second flush, which reaches the disk itself.
		"&_pragma=wal_autocheckpoint(0)&_pragma=fullfsync(ON)&_pragma=checkpoint_fullfsync(ON)" +
		"&_pragma=temp_store(MEMORY)&_pragma=cache_size(-16384)&_pragma=secure_delete(ON)"
	// A deferred transaction that reads and then writes fails with SQLITE_BUSY
	// instead of waiting; an immediate one waits.
	if s.write, err = sqlx.Open("sqlite", dsn+"&_txlock=immediate"); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sqlx.Open("sqlite", dsn+"&_pragma=query_only(ON)"); err != nil {
		s.write.Close()
		return nil, err
	}
	readers := max(2, min(runtime.NumCPU()*2, 8))
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return s, nil
}

// Encrypted reports whether the workspace is encrypted.
func (s *Store) Encrypted() bool { return s.vault != nil }

// Dir is the data folder of the workspace.
func (s *Store) Dir() string { return s.dir }

// Close closes the workspace. After a flush that failed the file is left as it
// is: the last to close it would write the log into it, take the flush for the
// truth and remove the log.
func (s *Store) Close() error {
	if s.unflushed.Load() != nil {
		return nil
	}
	defer s.held.Close()
	defer s.vault.close()
	return errors.Join(s.read.Close(), s.write.Close())
}

// Ready reports whether the database takes a write.
func (s *Store) Ready(ctx context.Context) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE sessions SET seen_at = seen_at WHERE id = x''`)
		return err
	})
}

// tx runs f in a transaction that holds the write lock from its start.
func (s *Store) tx(ctx context.Context, f func(*sqlx.Tx) error) error {
	return s.alone(ctx, func(conn *sqlx.Conn) error {
		tx, err := conn.BeginTxx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback() // does nothing after a commit
		if err := f(tx); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		s.checkpoint(ctx, conn)
		return nil
	})
}

// exec runs one statement in a transaction and returns how many rows it
// changed.
func (s *Store) exec(ctx context.Context, query string, args ...any) (n int64, err error) {
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, query, args...)
		if err == nil {
			n, err = res.RowsAffected()
		}
		return err
	})
	return n, err
}

// view runs f in a transaction that only reads: one moment of the workspace,
// for which nobody waits.
func (s *Store) view(ctx context.Context, f func(*sqlx.Tx) error) error {
	tx, err := s.read.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return f(tx)
}

const timeLayout = "2006-01-02T15:04:05.000Z"

// stamp writes t as the schema keeps times.
func stamp(t time.Time) string { return t.UTC().Format(timeLayout) }

// optional is stamp for a time that may be absent: NULL for the zero time.
func optional(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

// A moment reads a time as the schema keeps it; NULL is the zero time.
type moment struct{ time.Time }

func (m *moment) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		m.Time = time.Time{}
		return nil
	case string:
		t, err := time.Parse(timeLayout, v)
		m.Time = t
		return err
	}
	return fmt.Errorf("a time is kept as text, not as %T", src)
}

// code returns SQLite's extended result code of err, or 0.
func code(err error) int {
	if e, ok := errors.AsType[*lib.Error](err); ok {
		return e.Code()
	}
	return 0
}

// absent turns "no rows" into the domain's kind of error.
func absent(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return annotations.ErrNotFound
	}
	return err
}

// digest is how tokens are kept: whoever reads the database cannot use them.
func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
