package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// importKinds are what can be uploaded.
var importKinds = []string{"cases", "codings"}

// importMoment is how long a page waits for a check before it shows progress.
const importMoment = time.Second

type importFormPage struct {
	web.Frame
	Action string
	Kind   string // as chosen, when the form comes back
	File   string // name of the file that was refused
	Lists  []web.Link
}

func (c *call) importForm() error {
	return c.importAgain(http.StatusOK, importFormPage{Kind: "cases"}, nil)
}

func (c *call) importAgain(status int, p importFormPage, problems []web.Problem) error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	p.Frame, p.Action, p.Problems = c.frame(here("import.title")), c.studyPath("import"), problems
	for _, l := range book.CodeLists {
		p.Lists = append(p.Lists, web.Link{Href: c.studyPath("lists", l.ID), Label: web.Text(l.ID)})
	}
	return c.pageStatus(status, "import", p)
}

// upload takes a file and checks it. What is wrong with it comes back with the
// form; a check of more than a moment goes on beside its own page.
func (c *call) upload() error {
	j, problems, err := c.readUploadForm()
	if err != nil {
		return err
	}
	if problems != nil {
		return c.importAgain(http.StatusUnprocessableEntity, importFormPage{Kind: j.Kind, File: j.Name}, problems)
	}
	c.imports.add(j, c.now())
	c.imports.begin(j, "", checking, checked, c.importWork(j, true))
	if state := j.wait(c.ctx(), importMoment); state.Step == refused {
		problems, err := c.problems(state.Err)
		if err != nil {
			return err
		}
		return c.importAgain(http.StatusUnprocessableEntity, importFormPage{Kind: j.Kind, File: j.Name}, problems)
	}
	return c.redirect(c.studyPath("import", j.ID), web.Message{})
}

// readUploadForm reads the form part by part, so that the file goes straight
// to the data folder.
func (c *call) readUploadForm() (*importJob, []web.Problem, error) {
	j := &importJob{Study: c.study.ID, User: c.actor.ID, Kind: "cases"}
	form, err := c.Request.MultipartReader()
	if err != nil {
		return j, nil, errForm
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return j, nil, errors.Join(uploadError(err), j.drop())
		}
		switch part.FormName() {
		case "kind":
			b, err := io.ReadAll(io.LimitReader(part, 64))
			if err != nil {
				return j, nil, uploadError(err)
			}
			j.Kind = string(b)
		case "file":
			if part.FileName() == "" || j.path != "" {
				continue
			}
			j.Name = path.Base(strings.ReplaceAll(part.FileName(), `\`, "/"))
			if j.path, j.Size, err = c.imports.spool(part); err != nil {
				return j, nil, uploadError(err)
			}
		}
	}
	var problems []web.Problem
	if !slices.Contains(importKinds, j.Kind) {
		problems = append(problems, web.Problem{Field: "kind", Text: web.Say("import.kind.unknown")})
	}
	if j.path == "" {
		problems = append(problems, web.Problem{Field: "file", Text: web.Say("import.file.required")})
	}
	if problems != nil {
		return j, problems, j.drop()
	}
	return j, nil, nil
}

// uploadError tells an upload that is too large or broken off from a failure
// of our own.
func uploadError(err error) error {
	var large *http.MaxBytesError
	var disk *os.PathError
	if errors.As(err, &large) || errors.As(err, &disk) {
		return err
	}
	return errors.Join(errForm, err)
}

// drop removes what was spooled.
func (j *importJob) drop() error {
	if j.path == "" {
		return nil
	}
	return os.Remove(j.path)
}

// importWork is the work of reading an upload and storing what is in it or, in
// a dry run, finding out what would be stored. It outlives the request.
func (c *call) importWork(j *importJob, dry bool) func(context.Context) ([]int, error) {
	s, who := c.Server, c.actor
	return func(ctx context.Context) ([]int, error) { return s.runImport(ctx, who, j, dry) }
}

func (s *Server) runImport(ctx context.Context, who auth.Actor, j *importJob, dry bool) ([]int, error) {
	f, err := os.Open(j.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if j.Kind == "codings" {
		read, err := annotations.ReadCodings(f, j.Name)
		if err != nil {
			return nil, err
		}
		codings, err := s.store.Resolve(ctx, j.Study, read)
		if err != nil {
			return nil, err
		}
		done, present, err := s.store.ImportCodings(ctx, who, j.Study, codings, dry, func(n int) { j.progress(n, len(codings)) })
		return []int{done, present}, err
	}
	book, err := s.store.Codebook(ctx, j.Study)
	if err != nil {
		return nil, err
	}
	batch, err := intake.OpenUpload(f, j.Size, j.Name, annotations.Known(book), intake.DefaultLimits())
	if err != nil {
		return nil, err
	}
	defer batch.Close()
	staging, err := s.store.Stage(ctx, who, j.Study, fmt.Sprintf("user %d", who.ID))
	if err != nil {
		return nil, err
	}
	defer staging.Close()
	done, err := s.stage(ctx, staging, batch, j, dry)
	switch {
	case ctx.Err() != nil:
		// What was read need not be read again when the import is gone on with.
		return nil, errors.Join(ctx.Err(), staging.Pause(context.WithoutCancel(ctx)))
	case err != nil:
		return nil, errors.Join(err, staging.Discard(context.WithoutCancel(ctx)))
	}
	return []int{done.Cases, done.Documents, done.Held, done.Present}, nil
}

// stage reads what was not read before, and brings all of it into the study
// unless the run is dry.
func (s *Server) stage(ctx context.Context, staging *store.Staging, batch *intake.Batch, j *importJob, dry bool) (store.Imported, error) {
	only := map[annotations.CaseID]bool{}
	for _, c := range batch.Cases {
		only[annotations.CaseID(c.ID)] = true
	}
	known := func(c intake.Case) bool { return staging.Has(annotations.CaseID(c.ID), batch.Version(c)) }
	keep := func(c intake.Case, in annotations.IncomingCase) error {
		return staging.Add(context.WithoutCancel(ctx), batch.Version(c), in)
	}
	if err := annotations.ReadCases(ctx, batch, s.reader, s.screener, known, keep, j.progress); err != nil {
		return store.Imported{}, err
	}
	done, err := staging.Check(ctx, only)
	if err != nil || dry {
		return done, err
	}
	return staging.Commit(ctx)
}

type importPage struct {
	web.Frame
	Action  string
	Form    string
	Kind    string
	File    string
	Refresh bool // the step is under way: look again
	Cases   string
	Held    string
	importState
}

// importPage shows how far an upload is, what the check found, or what was
// stored.
func (c *call) importPage() error {
	j := c.imports.find(c.Param("job"), c.study.ID, c.actor.ID)
	if j == nil {
		return annotations.ErrNotFound
	}
	state := j.now()
	p := importPage{Frame: c.frame(web.Link{Href: c.studyPath("import"), Label: web.Say("import.title")}, web.Link{Label: web.Text(j.Name)}),
		Action: c.studyPath("import", j.ID), Form: c.studyPath("import"), Kind: j.Kind, File: j.Name,
		Refresh: state.Step == checking || state.Step == storing, Cases: c.studyPath("cases"), Held: c.studyPath("screening"), importState: state}
	status := http.StatusOK
	if state.Step == refused {
		problems, err := c.problems(state.Err)
		if err != nil {
			return err
		}
		p.Problems, status = problems, http.StatusUnprocessableEntity
	}
	return c.pageStatus(status, "importing", p)
}

// confirmImport stores what was checked, breaks off what is under way, or goes
// on with what was broken off. Confirming twice stores once.
func (c *call) confirmImport() error {
	j := c.imports.find(c.Param("job"), c.study.ID, c.actor.ID)
	if j == nil {
		return annotations.ErrNotFound
	}
	switch {
	case c.PostForm("cancel") != "":
		j.cancel(c.ctx())
	case c.PostForm("resume") != "":
		if c.imports.begin(j, cancelled, checking, checked, c.importWork(j, true)) {
			j.wait(c.ctx(), importMoment)
		}
	case c.imports.begin(j, checked, storing, stored, c.importWork(j, false)):
		j.wait(c.ctx(), importMoment)
	}
	return c.redirect(c.studyPath("import", j.ID), web.Message{})
}
