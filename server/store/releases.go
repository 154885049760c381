package store

import (
	"context"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
	lib "modernc.org/sqlite/lib"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A Release is a frozen snapshot of figures. What its terms and files say is
// known to package exports.
type Release struct {
	ID         string `db:"id"`
	Study      string `db:"study"`
	Previous   string `db:"previous"` // id of the approved release that it follows, empty for the first
	Terms      []byte `db:"terms"`    // JSON
	Embargo    moment `db:"embargo"`  // zero for none
	CreatedAt  moment `db:"created_at"`
	CreatedBy  int64  `db:"created_by"`
	Creator    string `db:"creator"`     // name of the user
	ApprovedAt moment `db:"approved_at"` // zero for a draft
	ApprovedBy int64  `db:"approved_by"`
	Approver   string `db:"approver"`
	Head       bool   `db:"head"` // the newest approved release of its study
}

// Approved reports whether the release is more than a draft.
func (r Release) Approved() bool { return !r.ApprovedAt.IsZero() }

// Public reports whether its public files may be handed out at the given time.
func (r Release) Public(at time.Time) bool { return r.Approved() && !at.Before(r.Embargo.Time) }

// A ReleaseFile is a file of a release with the hash that was written down
// when it was made.
type ReleaseFile struct {
	Name    string `db:"name"`
	Inside  bool   `db:"inside"` // holds true counts and is not handed out
	SHA256  string `db:"sha256"`
	Size    int64  `db:"size"`
	Content []byte `db:"content"` // nil in lists
}

// ErrOvertaken says that another release was approved since a draft was made,
// so that the draft is not protected against it.
var ErrOvertaken = errors.New("another release was approved after this draft was made; make a new draft")

// ErrSamePerson says that the two people of the two-person rule are one.
var ErrSamePerson = errors.New("who created a release does not approve it; another person has to")

// ErrApproved says that a release was approved before.
var ErrApproved = errors.New("the release is approved already")

const selectReleases = `
	SELECT r.id, r.study, coalesce(r.previous, '') AS previous, r.terms, r.embargo, r.created_at, r.created_by, m.name AS creator,
		r.approved_at, coalesce(r.approved_by, 0) AS approved_by, coalesce(a.name, '') AS approver,
		r.approved_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM releases n WHERE n.previous = r.id AND n.approved_at IS NOT NULL) AS head
	FROM releases r JOIN users m ON m.id = r.created_by LEFT JOIN users a ON a.id = r.approved_by`

// Releases returns the releases of a study, newest first, drafts too.
func (s *Store) Releases(ctx context.Context, study string) ([]Release, error) {
	var list []Release
	return list, s.read.SelectContext(ctx, &list, selectReleases+` WHERE r.study = ? ORDER BY r.created_at DESC, r.id`, study)
}

// Release returns one release of a study.
func (s *Store) Release(ctx context.Context, study, id string) (Release, error) {
	var r Release
	return r, absent(s.read.GetContext(ctx, &r, selectReleases+` WHERE r.study = ? AND r.id = ?`, study, id))
}

// ReleaseFiles returns the files of a release without their content.
func (s *Store) ReleaseFiles(ctx context.Context, id string) ([]ReleaseFile, error) {
	var list []ReleaseFile
	return list, s.read.SelectContext(ctx, &list, `
		SELECT name, inside, sha256, length(content) AS size FROM release_files WHERE release = ? ORDER BY place`, id)
}

// ReleaseContents returns the files of a release with their content.
func (s *Store) ReleaseContents(ctx context.Context, id string) ([]ReleaseFile, error) {
	var list []ReleaseFile
	return list, s.read.SelectContext(ctx, &list, `
		SELECT name, inside, sha256, length(content) AS size, content FROM release_files WHERE release = ? ORDER BY place`, id)
}

// ReleaseFile returns one file of a release.
func (s *Store) ReleaseFile(ctx context.Context, id, name string) (ReleaseFile, error) {
	var f ReleaseFile
	return f, absent(s.read.GetContext(ctx, &f, `
		SELECT name, inside, sha256, length(content) AS size, content FROM release_files WHERE release = ? AND name = ?`, id, name))
}

// CreateRelease keeps a draft with its files. The same draft made twice is
// kept once. Who may not make one gets [annotations.ErrDenied].
func (s *Store) CreateRelease(ctx context.Context, who auth.Actor, r Release, files []ReleaseFile) error {
	if !who.May(auth.CreateRelease, r.Study) {
		return annotations.ErrDenied
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		var embargo any
		if !r.Embargo.IsZero() {
			embargo = stamp(r.Embargo.Time)
		}
		res, err := tx.ExecContext(ctx, `
			INSERT INTO releases (id, study, previous, terms, embargo, created_at, created_by)
			VALUES (?, ?, nullif(?, ''), ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
			r.ID, r.Study, r.Previous, string(r.Terms), embargo, stamp(now), who.ID)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		hashes := map[string]string{}
		for place, f := range files {
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO release_files (release, place, name, inside, sha256, content) VALUES (?, ?, ?, ?, ?, ?)`,
				r.ID, place, f.Name, f.Inside, f.SHA256, f.Content); err != nil {
				return err
			}
			hashes[f.Name] = f.SHA256
		}
		return audit(ctx, tx, now, who, Event{Act: "release.create", Study: r.Study, Object: "release " + r.ID,
			Detail: map[string]any{"sha256": hashes}, Right: auth.CreateRelease})
	})
}

// ApproveRelease makes a draft a release for good. It returns [ErrSamePerson],
// [ErrApproved] or [ErrOvertaken] when that cannot be, and
// [annotations.ErrDenied] to whom may not approve at all.
func (s *Store) ApproveRelease(ctx context.Context, who auth.Actor, study, id string) error {
	if !who.May(auth.ApproveRelease, study) {
		return annotations.ErrDenied
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var r Release
		if err := tx.GetContext(ctx, &r, selectReleases+` WHERE r.study = ? AND r.id = ?`, study, id); err != nil {
			return absent(err)
		}
		var head string
		if err := tx.GetContext(ctx, &head, `
			SELECT coalesce(max(r.id), '') FROM releases r WHERE r.study = ? AND r.approved_at IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM releases n WHERE n.previous = r.id AND n.approved_at IS NOT NULL)`, study); err != nil {
			return err
		}
		now := s.now()
		switch err := take(auth.Approve, r.State(head, now), r.CreatedBy == who.ID); {
		case r.Approved() && err != nil:
			return ErrApproved
		case errors.Is(err, annotations.ErrDenied):
			return ErrSamePerson
		case errors.Is(err, annotations.ErrLocked):
			return ErrOvertaken
		case err != nil:
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE releases SET approved_at = ?, approved_by = ? WHERE id = ?`, stamp(now), who.ID, id)
		if code(err) == lib.SQLITE_CONSTRAINT_UNIQUE {
			return ErrOvertaken
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "release.approve", Study: study, Object: "release " + id,
			Detail: map[string]any{"creator": r.CreatedBy}, Right: auth.ApproveRelease})
	})
}

// LastHandedIn returns, by period, when the last coding of a settled case of a
// study was handed in.
func (s *Store) LastHandedIn(ctx context.Context, study string) (map[string]time.Time, error) {
	var rows []struct {
		Period string `db:"period"`
		At     moment `db:"at"`
	}
	err := s.read.SelectContext(ctx, &rows, `
		SELECT c.period, max(a.submitted_at) AS at FROM cases c JOIN assignments a ON a.case_key = c.id
		WHERE c.study = ? AND c.state = 'settled' AND c.practice = 0 AND `+counts+` AND a.submitted_at IS NOT NULL GROUP BY c.period`, study)
	last := make(map[string]time.Time, len(rows))
	for _, r := range rows {
		last[r.Period] = r.At.Time
	}
	return last, err
}

// Gate returns the policy of a study on agreement behind figures, as JSON;
// nil stands for the program's own.
func (s *Store) Gate(ctx context.Context, study string) ([]byte, error) {
	var gate string
	if err := s.read.GetContext(ctx, &gate, `SELECT gate FROM studies WHERE id = ?`, study); err != nil || gate == "" {
		return nil, absent(err)
	}
	return []byte(gate), nil
}

// SetGate sets the policy of a study. Releases keep the one they were made
// under.
func (s *Store) SetGate(ctx context.Context, who auth.Actor, study string, gate []byte, detail map[string]any) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE studies SET gate = ? WHERE id = ?`, string(gate), study)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, annotations.ErrNotFound)
		}
		return audit(ctx, tx, s.now(), who, Event{Act: "gate.set", Study: study, Detail: detail, Right: auth.SetGate})
	})
}
