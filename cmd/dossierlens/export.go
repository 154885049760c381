package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/refiqda"
	"github.com/dossierlens/dossierlens/exports/spss"
	"github.com/dossierlens/dossierlens/exports/xlsx"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// exportVerb writes data of a study to a file. What leaves is in the audit log.
type exportVerb struct {
	data
	Study    string `placeholder:"ID" help:"Study to export; the audit log alone can be that of the whole workspace."`
	As       string `required:"" enum:"codings,wide,xlsx,audit,indicators,spss,r,refi-qda,agreement" help:"What to write: codings (CSV, a row an answer), wide (CSV, a row a case), xlsx (codings as a workbook), spss (.sav), r (ZIP with data.csv, scripts for R and SPSS, codebook), refi-qda (.qdpx with texts and passages), audit (the audit log as CSV), indicators (protected figures: CSV, JSON, XLSX or ZIP by the name of OUT), agreement (CSV, a row a case and variable, with a column a coder and whether and why it counted)."`
	Coders   string `enum:"numbers,names" default:"numbers" help:"Coders as numbers or by their names."`
	Language string `enum:"nl,en" default:"nl" help:"Language of labels."`
	Out      string `arg:"" help:"File to write; - writes to standard output."`
}

// Validate asks for a study.
func (v exportVerb) Validate() error {
	if v.Study == "" && v.As != "audit" {
		return errors.New("missing flags: --study=ID")
	}
	return nil
}

// open opens the workspace, and finds the study in it if there is one.
func (v exportVerb) open(p process) (*store.Store, error) {
	if v.Study == "" {
		return v.data.open(p)
	}
	return study{v.data, v.Study}.open(p)
}

func (v exportVerb) Run(p process) error {
	st, err := v.open(p)
	if err != nil {
		return err
	}
	defer st.Close()
	event := store.Event{Act: "export." + v.As, Study: v.Study, Detail: map[string]any{"names": v.Coders == "names"}, Right: auth.ExportCodings}
	if err := st.Record(p.ctx, auth.Actor{}, event); err != nil {
		return err
	}
	if v.Out == "-" {
		return v.write(p, st, p.stdout)
	}
	return replaceFile(v.Out, func(w io.Writer) error { return v.write(p, st, w) })
}

// replaceFile writes a file beside name and puts it in its place when it is
// whole, so that a failure leaves what was there.
func replaceFile(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".export-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func (v exportVerb) write(p process, st *store.Store, w io.Writer) error {
	done := sync.OnceFunc(p.busy("writing " + v.Out))
	defer done()
	switch v.As {
	case "audit":
		return writeAudit(w, st, p, v.Study)
	case "indicators":
		return v.writeIndicators(w, st, p)
	}
	book, err := st.Codebook(p.ctx, v.Study)
	if err != nil {
		return err
	}
	name := exports.Pseudonyms()
	if v.Coders == "names" {
		name = func(k annotations.HandedCoding) string { return k.Login }
	}
	masked := 0
	count := func(screening.Kind) { masked++ }
	cases := annotations.Masked(book, st.HandedIn(p.ctx, v.Study), &screening.Screener{}, count)
	defer func() {
		done()
		if masked > 0 {
			fmt.Fprintf(p.stderr, "what identifies a person was replaced in %d places of notes and texts\n", masked)
		}
	}()
	switch v.As {
	case "agreement":
		ratings := annotations.NewRatings(book)
		for k, err := range st.Independent(p.ctx, v.Study) {
			if err != nil {
				return err
			}
			ratings.Add(k)
		}
		return exports.WriteDiagnosis(w, ratings, annotations.Selection{}, ratings.Variables(), nil)
	case "wide":
		return exports.WriteWide(w, book, cases, name)
	case "xlsx":
		_, at, err := st.Settled(p.ctx, v.Study)
		if err != nil {
			return err
		}
		tmp := filepath.Join(v.Data, "tmp") // text of answers stays in the data folder
		if err := os.MkdirAll(tmp, 0o700); err != nil {
			return err
		}
		return xlsx.WriteCodings(w, book, exports.Codings(book, cases, name), v.Language, tmp, at)
	case "spss", "r":
		study, at, err := v.described(p, st)
		if err != nil {
			return err
		}
		d := exports.NewDataset(book, v.Language)
		if v.As == "r" {
			return exports.WriteR(w, d, d.Rows(cases, name), study.Title, at)
		}
		return spss.Write(w, d, d.Rows(cases, name), study.Title, at)
	case "refi-qda":
		study, at, err := v.described(p, st)
		if err != nil {
			return err
		}
		return refiqda.WriteProject(w, refiqda.Project{Title: study.Title, Codebook: book, Cases: cases, Sources: annotations.MaskedSources(st.Sources(p.ctx, v.Study), &screening.Screener{}, count), Lang: v.Language, Made: at,
			Coder: func(id int64, login string) string {
				k := annotations.HandedCoding{Login: login}
				k.Coder = id
				return name(k)
			}})
	}
	return exports.WriteCodings(w, exports.Codings(book, cases, name))
}

// described returns the study and when its codings last changed.
func (v exportVerb) described(p process, st *store.Store) (store.Study, time.Time, error) {
	study, err := st.Study(p.ctx, v.Study)
	if err != nil {
		return study, time.Time{}, err
	}
	_, at, err := st.Settled(p.ctx, v.Study)
	return study, at, err
}

// writeIndicators writes the figures in the form that the name of the file
// asks for.
func (v exportVerb) writeIndicators(w io.Writer, st *store.Store, p process) error {
	publication, err := server.Publication(p.ctx, st, v.Study)
	if err != nil {
		return err
	}
	switch ext := strings.ToLower(filepath.Ext(v.Out)); ext {
	case ".xlsx":
		return xlsx.WriteIndicators(w, publication, v.Language)
	case ".zip":
		return exports.WritePackage(w, publication)
	case ".json":
		return exports.WriteObservationsJSON(w, publication.Observations)
	}
	return exports.WriteObservationsCSV(w, publication.Observations)
}

// writeAudit writes the log of a study, or of the workspace, oldest first. The
// hashes are those of the whole log: in that of a study, gaps in the numbers
// are lines of others.
func writeAudit(w io.Writer, st *store.Store, p process, study string) error {
	c := csv.NewWriter(w)
	if err := c.Write([]string{"seq", "at", "actor", "login", "role", "act", "study", "case_id", "object", "detail", "previous", "hash"}); err != nil {
		return err
	}
	for r, err := range st.Records(p.ctx, study) {
		if err != nil {
			return err
		}
		row := []string{strconv.FormatInt(r.Seq, 10), r.At, strconv.FormatInt(r.Actor, 10), r.Login, r.Role, r.Act, r.Study, r.Case, r.Object, r.Detail, r.Previous, r.Hash}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
