package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	lib "modernc.org/sqlite/lib"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A Study is a codebook, a sample of case files and its people.
type Study struct {
	ID        string `db:"id"`
	Title     string `db:"title"`
	CreatedAt moment `db:"created_at"`
	Codebook  string `db:"name"`    // id of the codebook
	Version   string `db:"version"` // of the codebook
	Hash      string `db:"hash"`    // of the codebook
}

var studyID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// CreateStudy adds a study on the codebook whose file is source.
func (s *Store) CreateStudy(ctx context.Context, who auth.Actor, id, title string, source []byte) error {
	if !studyID.MatchString(id) {
		return &annotations.InvalidError{Field: "id", Key: "study.id.invalid"}
	}
	if title = strings.TrimSpace(title); title == "" {
		return &annotations.InvalidError{Field: "title", Key: "study.title.required"}
	}
	book, err := codebook.Parse(source, "codebook.yaml")
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO codebooks (hash, name, version, source, added_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING`,
			book.Hash(), book.ID, book.Version, source, stamp(now)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO studies (id, title, codebook, created_at) SELECT ?, ?, id, ? FROM codebooks WHERE hash = ?`,
			id, title, stamp(now), book.Hash())
		if code(err) == lib.SQLITE_CONSTRAINT_PRIMARYKEY {
			return &annotations.InvalidError{Field: "id", Key: "study.id.taken"}
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "study.create", Study: id,
			Detail: map[string]any{"codebook": book.ID, "version": book.Version, "hash": book.Hash()}, Right: auth.CreateStudy})
	})
}

const selectStudy = `SELECT s.id, s.title, s.created_at, c.name, c.version, c.hash FROM studies s JOIN codebooks c ON c.id = s.codebook`

// Studies returns all studies by title; the caller leaves out those of which
// the actor is no member.
func (s *Store) Studies(ctx context.Context) ([]Study, error) {
	var studies []Study
	return studies, s.read.SelectContext(ctx, &studies, selectStudy+` WHERE s.staging_of IS NULL ORDER BY s.title, s.id`)
}

// Study returns one study.
func (s *Store) Study(ctx context.Context, id string) (Study, error) {
	var st Study
	return st, absent(s.read.GetContext(ctx, &st, selectStudy+` WHERE s.id = ? AND s.staging_of IS NULL`, id))
}

// Codebook returns the codebook of a study with the study's own lists in it.
func (s *Store) Codebook(ctx context.Context, study string) (*codebook.Codebook, error) {
	var row struct {
		Hash  string `db:"hash"`
		Lists int    `db:"lists"`
	}
	err := s.read.GetContext(ctx, &row, `
		SELECT c.hash, (SELECT coalesce(sum(revision), 0) FROM study_lists l WHERE l.study = s.id) AS lists
		FROM studies s JOIN codebooks c ON c.id = s.codebook WHERE s.id = ?`, study)
	if err != nil {
		return nil, absent(err)
	}
	key := fmt.Sprintf("%s %s %d", study, row.Hash, row.Lists)
	s.mu.Lock()
	book := s.codebooks[key]
	s.mu.Unlock()
	if book != nil {
		return book, nil
	}
	var source []byte
	if err := s.read.GetContext(ctx, &source, `SELECT source FROM codebooks WHERE hash = ?`, row.Hash); err != nil {
		return nil, err
	}
	if book, err = codebook.Parse(source, "codebook.yaml"); err != nil {
		return nil, err
	}
	var lists []struct {
		List    string `db:"list"`
		Entries []byte `db:"entries"`
	}
	err = s.read.SelectContext(ctx, &lists, `
		SELECT list, entries FROM study_lists l WHERE study = ?
		AND revision = (SELECT max(revision) FROM study_lists m WHERE m.study = l.study AND m.list = l.list) ORDER BY list`, study)
	if err != nil {
		return nil, err
	}
	for _, l := range lists {
		var entries []codebook.Entry
		if err := json.Unmarshal(l.Entries, &entries); err != nil {
			return nil, fmt.Errorf("list %s of study %s: %w", l.List, study, err)
		}
		if book, err = book.WithList(l.List, entries); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	s.codebooks[key] = book
	s.mu.Unlock()
	return book, nil
}

// A ListProblem says what keeps entries from being a study's version of a code
// list.
type ListProblem struct {
	List, Code string // Code is empty when the list as a whole is meant
	Err        error  // an [Objection] or a [codebook.EntryError]
}

func (e *ListProblem) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("list %s: %v", e.List, e.Err)
	}
	return fmt.Sprintf("list %s, code %s: %v", e.List, e.Code, e.Err)
}

func (e *ListProblem) Unwrap() error { return e.Err }

// SetList gives a study its own version of a code list. Answers keep their
// codes; figures that rest on the list's attributes are counted again. All
// that is wrong with the entries is reported at once, each a [ListProblem].
func (s *Store) SetList(ctx context.Context, who auth.Actor, study, list string, entries []codebook.Entry) error {
	book, err := s.Codebook(ctx, study)
	if err != nil {
		return err
	}
	if err := checkList(book, list, entries); err != nil {
		return err
	}
	b, err := json.Marshal(entries)
	if err != nil {
		return err
	}
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		_, err := tx.ExecContext(ctx, `
			INSERT INTO study_lists (study, list, revision, entries, added_at, added_by)
			SELECT ?1, ?2, 1 + coalesce(max(revision), 0), ?3, ?4, nullif(?5, 0) FROM study_lists WHERE study = ?1 AND list = ?2`,
			study, list, string(b), stamp(now), who.ID)
		if err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: "list.set", Study: study, Object: "list " + list,
			Detail: map[string]any{"entries": len(entries)}, Right: auth.ImportCases})
	})
	if err != nil {
		return err
	}
	return s.RefreshStatuses(ctx, study)
}

// checkList reports what is wrong with entries as a version of a list of book.
func checkList(book *codebook.Codebook, list string, entries []codebook.Entry) error {
	i := slices.IndexFunc(book.CodeLists, func(l codebook.CodeList) bool { return l.ID == list })
	if i < 0 {
		return annotations.ErrNotFound
	}
	var problems []error
	for _, had := range book.CodeLists[i].Entries {
		if !slices.ContainsFunc(entries, func(e codebook.Entry) bool { return e.Code == had.Code }) {
			problems = append(problems, &ListProblem{list, had.Code, object(reasonCodeGone)}) // answers may hold it
		}
	}
	if _, err := book.WithList(list, entries); err != nil {
		all := []error{err}
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			all = joined.Unwrap()
		}
		for _, e := range all {
			problems = append(problems, &ListProblem{list, "", e})
		}
	}
	return errors.Join(problems...)
}

// A Member is a person in a study, with all their roles there.
type Member struct {
	User  User
	Roles []auth.Role
}

// Members returns the people of a study by name.
func (s *Store) Members(ctx context.Context, study string) ([]Member, error) {
	var rows []struct {
		User
		Role auth.Role `db:"role"`
	}
	err := s.read.SelectContext(ctx, &rows, `
		SELECT u.*, m.role FROM members m JOIN users u ON u.id = m.user_id WHERE m.study = ? ORDER BY u.name, u.id, m.role`, study)
	var members []Member
	for _, r := range rows {
		if n := len(members); n > 0 && members[n-1].User.ID == r.User.ID {
			members[n-1].Roles = append(members[n-1].Roles, r.Role)
			continue
		}
		members = append(members, Member{r.User, []auth.Role{r.Role}})
	}
	return members, err
}

// AddMember gives a user a role in a study.
func (s *Store) AddMember(ctx context.Context, who auth.Actor, study string, user int64, role auth.Role) error {
	return s.member(ctx, who, "member.add", study, user, role,
		`INSERT INTO members (study, user_id, role, since) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING`)
}

// RemoveMember takes a role from a user. What they did stays theirs.
func (s *Store) RemoveMember(ctx context.Context, who auth.Actor, study string, user int64, role auth.Role) error {
	return s.member(ctx, who, "member.remove", study, user, role,
		`DELETE FROM members WHERE study = ?1 AND user_id = ?2 AND role = ?3 AND ?4 <> ''`)
}

func (s *Store) member(ctx context.Context, who auth.Actor, act, study string, user int64, role auth.Role, statement string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		now := s.now()
		_, err := tx.ExecContext(ctx, statement, study, user, role, stamp(now))
		if code(err) == lib.SQLITE_CONSTRAINT_FOREIGNKEY {
			return annotations.ErrNotFound
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, now, who, Event{Act: act, Study: study, Object: fmt.Sprintf("user %d", user),
			Detail: map[string]any{"role": role}, Right: auth.ManagePeople})
	})
}
