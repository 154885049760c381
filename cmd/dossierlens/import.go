package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// importVerb brings files into a study: all of a file or nothing, and nothing
// twice. Problems are told all at once, each with its place.
type importVerb struct {
	Cases   importCasesVerb   `cmd:"" help:"Import case files: a manifest (CSV or XLSX), a folder or a ZIP."`
	Codings importCodingsVerb `cmd:"" help:"Import codings made elsewhere: CSV, one row an answer."`
	Frame   importFrameVerb   `cmd:"" help:"Import the sampling frame, to draw from or for weights: CSV, one row an eligible case."`
}

// importing is what the three have in common.
type importing struct {
	study
	output
	File   string `arg:"" help:"File to import."`
	DryRun bool   `help:"Find all problems and store nothing."`
}

type importCasesVerb struct{ importing }

func (v importCasesVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	book, err := s.Codebook(p.ctx, v.Study)
	if err != nil {
		return err
	}
	batch, err := intake.Open(v.File, annotations.Known(book), intake.DefaultLimits())
	if err != nil {
		return p.report(err)
	}
	defer batch.Close()
	reader := newReader(v.Data)
	defer reader.Close()

	done, err := v.store(p, s, batch, reader)
	if err != nil {
		return p.report(err)
	}
	row := []string{strconv.Itoa(done.Cases), strconv.Itoa(done.Documents), strconv.Itoa(done.Held), strconv.Itoa(done.Present)}
	return v.print(p.stdout, []string{"cases", "documents", "held", "present"}, [][]string{row}, done)
}

// store reads and screens what was not read before and brings all of it in at
// once. Broken off, it leaves the study as it was, and the same command goes on
// with what is left to read.
func (v importCasesVerb) store(p process, s *store.Store, batch *intake.Batch, reader *intake.Reader) (store.Imported, error) {
	path, err := filepath.Abs(v.File)
	if err != nil {
		return store.Imported{}, err
	}
	staging, err := s.Stage(p.ctx, auth.Actor{}, v.Study, path)
	if err != nil {
		return store.Imported{}, err
	}
	defer staging.Close()
	only := map[annotations.CaseID]bool{}
	for _, c := range batch.Cases {
		only[annotations.CaseID(c.ID)] = true
	}
	if n := staging.Staged(); n > 0 {
		fmt.Fprintf(p.stderr, "going on: %d cases were read before\n", n)
	}
	show, hide := p.progress("documents read")
	err = annotations.ReadCases(p.ctx, batch, reader, &screening.Screener{},
		func(c intake.Case) bool { return staging.Has(annotations.CaseID(c.ID), batch.Version(c)) },
		func(c intake.Case, in annotations.IncomingCase) error {
			return staging.Add(p.ctx, batch.Version(c), in)
		}, show)
	hide()
	if p.ctx.Err() != nil {
		err := staging.Pause(context.WithoutCancel(p.ctx))
		return store.Imported{}, errors.Join(err, fmt.Errorf("broken off; the study is as it was. The same command goes on: %d cases are read", staging.Staged()))
	}
	if err != nil {
		return store.Imported{}, err
	}
	done, err := staging.Check(p.ctx, only)
	if err != nil || v.DryRun {
		return done, errors.Join(err, staging.Discard(p.ctx))
	}
	return staging.Commit(p.ctx)
}

type importCodingsVerb struct{ importing }

// An importedCodings counts what an import of codings did.
type importedCodings struct {
	Codings int `json:"codings"`
	Present int `json:"present"` // codings that were there already, the same
}

func (v importCodingsVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	f, err := os.Open(v.File)
	if err != nil {
		return err
	}
	defer f.Close()
	read, err := annotations.ReadCodings(f, filepath.Base(v.File))
	if err != nil {
		return p.report(err)
	}
	codings, err := s.Resolve(p.ctx, v.Study, read)
	if err != nil {
		return p.report(err)
	}
	var done importedCodings
	show, hide := p.progress("codings stored")
	done.Codings, done.Present, err = s.ImportCodings(p.ctx, auth.Actor{}, v.Study, codings, v.DryRun, func(n int) { show(n, len(codings)) })
	hide()
	if err != nil {
		return p.report(err)
	}
	row := []string{strconv.Itoa(done.Codings), strconv.Itoa(done.Present)}
	return v.print(p.stdout, []string{"codings", "present"}, [][]string{row}, done)
}

type importFrameVerb struct{ importing }

func (v importFrameVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	f, err := os.Open(v.File)
	if err != nil {
		return err
	}
	defer f.Close()
	book, err := s.Codebook(p.ctx, v.Study)
	if err != nil {
		return err
	}
	frame, err := annotations.ReadFrame(f, filepath.Base(v.File), book)
	if err != nil {
		return p.report(err)
	}
	strata, err := s.SetFrame(p.ctx, auth.Actor{}, v.Study, frame, v.DryRun)
	if err != nil {
		return p.report(err)
	}
	table := [][]string{}
	for _, h := range strata {
		weight := ""
		if h.Weight > 0 {
			weight = strconv.FormatFloat(h.Weight, 'f', 4, 64)
		}
		table = append(table, []string{h.Stratum, strconv.Itoa(h.Frame), strconv.Itoa(h.Drawn), weight})
	}
	return v.print(p.stdout, []string{"stratum", "frame", "drawn", "weight"}, table, strata)
}
