package main

import (
	"os"
	"path/filepath"
	"strconv"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/server/auth"
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

	show, hide := p.progress("documents read")
	cases, err := annotations.ReadBatch(p.ctx, batch, reader, &screening.Screener{}, show)
	hide()
	if err != nil {
		return p.report(err)
	}
	show, hide = p.progress("cases stored")
	done, err := s.ImportCases(p.ctx, auth.Actor{}, v.Study, cases, v.DryRun, func(n int) { show(n, len(cases)) })
	hide()
	if err != nil {
		return p.report(err)
	}
	row := []string{strconv.Itoa(done.Cases), strconv.Itoa(done.Documents), strconv.Itoa(done.Held), strconv.Itoa(done.Present)}
	return v.print(p.stdout, []string{"cases", "documents", "held", "present"}, [][]string{row}, done)
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
