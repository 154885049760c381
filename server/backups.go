package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"filippo.io/age"

	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// Backups says how a server makes backups by itself.
type Backups struct {
	Dir        string
	Every      time.Duration
	Keep       int             // files; the oldest beyond go
	Recipients []age.Recipient // for whom they are encrypted; none: they are not
}

// backupState is what the administrator and a monitoring program are told.
type backupState struct {
	mu         sync.Mutex
	last, good store.Drill
	failed     bool // the last try, also when nothing came to a drill
}

// backupName is the name of the files that a server makes by itself.
var backupName = regexp.MustCompile(`^dossierlens-(\d{8}T\d{6}Z)\.db(\.age)?$`)

const backupTime = "20060102T150405Z"

// retryBackup is how soon a backup is tried again that failed.
const retryBackup = 15 * time.Minute

// KeepBackups makes a backup whenever one is due, until ctx ends.
func (s *Server) KeepBackups(ctx context.Context) {
	if s.backups == nil {
		return
	}
	for {
		wait, err := s.untilBackup(ctx)
		if err != nil {
			s.backupFailed(ctx, "", err)
		} else if wait <= 0 {
			wait, err = s.backups.Every, s.BackUp(ctx)
		}
		if err != nil {
			wait = min(retryBackup, s.backups.Every)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// untilBackup returns in how long the next backup is due.
func (s *Server) untilBackup(ctx context.Context) (time.Duration, error) {
	files, err := s.ownBackups(ctx)
	if err != nil || len(files) == 0 {
		return 0, err
	}
	m := backupName.FindStringSubmatch(files[len(files)-1])
	newest, err := time.Parse(backupTime, m[1])
	if wait := newest.Add(s.backups.Every).Sub(s.now()); err == nil && wait <= s.backups.Every {
		return wait, nil
	}
	return 0, err // a file of the future: the clock was put back
}

// BackUp makes a backup now, restores it on trial, and removes the oldest that
// the server made itself. Whatever fails is in the log of the program, in the
// metrics and on the administrator's page.
func (s *Server) BackUp(ctx context.Context) error {
	now := s.now()
	name := "dossierlens-" + now.UTC().Format(backupTime) + ".db"
	if len(s.backups.Recipients) > 0 {
		name += ".age"
	}
	d, err := s.makeBackup(ctx, name, now)
	s.backed.mu.Lock()
	s.backed.failed = false
	if d.Name != "" {
		s.backed.last = d
	}
	if d.Good {
		s.backed.good = d
	}
	s.backed.mu.Unlock()
	if err != nil {
		s.backupFailed(ctx, name, err)
		return err
	}
	s.log.Info("backup made and restored on trial", "file", name, "bytes", d.Bytes, "rows", d.Rows)
	if err := s.dropBackups(ctx); err != nil {
		s.log.Error("old backups", "error", err)
	}
	return nil
}

// backupFailed tells of a backup that was not made, in the log and to who looks
// at how backups stand. What was broken off with the server is no failure.
func (s *Server) backupFailed(ctx context.Context, name string, err error) {
	if ctx.Err() != nil {
		return
	}
	s.backed.mu.Lock()
	s.backed.failed = true
	s.backed.mu.Unlock()
	s.log.Error("BACKUP FAILED", "file", name, "folder", s.backups.Dir, "error", err)
}

func (s *Server) makeBackup(ctx context.Context, name string, now time.Time) (store.Drill, error) {
	if err := os.MkdirAll(s.backups.Dir, 0o700); err != nil {
		return store.Drill{}, err
	}
	if err := s.store.KeepBackup(ctx, name, now.Add(time.Duration(s.backups.Keep)*s.backups.Every)); err != nil {
		return store.Drill{}, err
	}
	return s.store.BackupAndDrill(ctx, auth.Actor{}, filepath.Join(s.backups.Dir, name), s.backups.Recipients...)
}

// ownBackups returns the files in the folder that this workspace's server
// made, oldest first.
func (s *Server) ownBackups(ctx context.Context) ([]string, error) {
	entries, err := os.ReadDir(s.backups.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	places := map[string]int64{}
	for _, e := range entries {
		if !e.Type().IsRegular() || !backupName.MatchString(e.Name()) {
			continue
		}
		if places[e.Name()], err = s.store.MadeBackup(ctx, e.Name()); err != nil {
			return nil, err
		}
		if places[e.Name()] > 0 {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(places[a], places[b]) })
	return names, nil
}

// dropBackups removes the oldest files beyond those that are kept, and notes
// until when the others will be.
func (s *Server) dropBackups(ctx context.Context) error {
	names, err := s.ownBackups(ctx)
	if err != nil {
		return err
	}
	slices.Reverse(names)
	var problems []error
	for i, name := range names {
		until := s.now()
		if i < s.backups.Keep {
			until = until.Add(time.Duration(s.backups.Keep-i) * s.backups.Every)
		} else if err := os.Remove(filepath.Join(s.backups.Dir, name)); err != nil {
			problems = append(problems, err)
			continue
		}
		problems = append(problems, s.store.EndBackup(ctx, name, until))
	}
	return errors.Join(problems...)
}

// backupStanding is how backups stand; nil where the server makes none.
type backupStanding struct {
	Failed     bool
	Last, Good store.Drill
	Age        time.Duration // of the last good one
	Late       bool          // the last good one is older than twice the time between two
	Folder     string
	Encrypted  bool
}

// Hours is the age in whole hours.
func (b backupStanding) Hours() int { return int(b.Age.Hours()) }

// Size is the size of the last good one in kB, rounded up.
func (b backupStanding) Size() int64 { return (b.Good.Bytes + 1023) / 1024 }

// Rows is how many rows the last good one has.
func (b backupStanding) Rows() int { return int(b.Good.Rows) }

func (s *Server) backupStanding() *backupStanding {
	if s.backups == nil {
		return nil
	}
	s.backed.mu.Lock()
	defer s.backed.mu.Unlock()
	b := &backupStanding{Failed: s.backed.failed, Last: s.backed.last, Good: s.backed.good, Folder: s.backups.Dir, Encrypted: len(s.backups.Recipients) > 0}
	if b.Good.Name != "" {
		b.Age = s.now().Sub(b.Good.At)
		b.Late = b.Age > 2*s.backups.Every
	}
	return b
}

// write writes how backups stand in the text format of Prometheus.
func (b *backupStanding) write(w io.Writer) {
	if b == nil {
		return
	}
	ok := 1
	if b.Failed {
		ok = 0
	}
	fmt.Fprintf(w, "# TYPE dossierlens_backup_ok gauge\ndossierlens_backup_ok %d\n", ok)
	if b.Good.Name != "" {
		fmt.Fprintf(w, "# TYPE dossierlens_backup_age_seconds gauge\ndossierlens_backup_age_seconds %.0f\n", b.Age.Seconds())
		fmt.Fprintf(w, "# TYPE dossierlens_backup_bytes gauge\ndossierlens_backup_bytes %d\n", b.Good.Bytes)
	}
}
