package server

import (
	"bytes"
	"iter"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/xlsx"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/web"
)

type exportsPage struct {
	web.Frame
	Figures, Codings   bool // what the actor may take out
	Refused            bool
	Cases              int // settled ones
	At                 time.Time
	Profile            string
	Secondary          bool
	Notes              []string
	FigureURL, CodeURL string
	Working            *workingFigures
}

// exports says what can be taken out of a study, and offers it.
func (c *call) exports() error {
	p := exportsPage{Frame: c.frame(here("exports.title")), Figures: c.may(auth.ExportFigures), Codings: c.may(auth.ExportCodings),
		FigureURL: c.studyPath("exports", "indicators"), CodeURL: c.studyPath("exports", "codings")}
	if p.Figures {
		f, working, err := c.figuresForPage()
		if err != nil {
			return err
		}
		if f == nil {
			return c.pending(web.Say("exports.title"), working)
		}
		p.Working = working
		p.Refused, p.Cases, p.At, p.Notes = f.refused, f.cases, f.at, f.publication.Notes
		p.Profile, p.Secondary = f.publication.Rule.Name, f.publication.Rule.Secondary
	}
	return c.page("exports", p)
}

// fileTypes are the media types of the files that can be taken out.
var fileTypes = map[string]string{
	"csv":  "text/csv; charset=utf-8",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"html": "text/html; charset=utf-8",
	"json": "application/json",
	"png":  "image/png",
	"svg":  "image/svg+xml; charset=utf-8",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"zip":  "application/zip",
}

// attach names the file that is being sent. Nothing may keep it on the way.
func (c *call) attach(name, format string) {
	c.Header("Content-Disposition", `attachment; filename="`+c.study.ID+"-"+name+"."+format+`"`)
	c.Header("Content-Type", fileTypes[format])
}

// exportIndicators sends the figures of the study as a file. All files are
// made of one publication, so they say the same.
func (c *call) exportIndicators() error {
	format := c.Param("format")
	f, err := c.figures()
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"csv", "json", "xlsx", "zip"}, format) || f.refused {
		return annotations.ErrNotFound
	}
	var b bytes.Buffer
	p := f.publication
	switch format {
	case "csv":
		err = exports.WriteObservationsCSV(&b, p.Observations)
	case "json":
		err = exports.WriteObservationsJSON(&b, p.Observations)
	case "xlsx":
		err = xlsx.WriteIndicators(&b, p, c.lang)
	case "zip":
		err = exports.WritePackage(&b, p)
	}
	if err != nil {
		return err
	}
	detail := map[string]any{"format": format, "profile": p.Rule.Name, "secondary": p.Rule.Secondary, "cases": f.cases}
	if err := c.record("export.indicators", "", detail); err != nil {
		return err
	}
	c.attach("indicators", format)
	c.Data(http.StatusOK, fileTypes[format], b.Bytes())
	return nil
}

// exportCodings streams the codings of the study, with coders by number
// unless their names are asked for.
func (c *call) exportCodings() error {
	format := c.Param("format")
	if format != "csv" && format != "xlsx" {
		return annotations.ErrNotFound
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	named := c.Query("coders") == "names"
	name := exports.Pseudonyms()
	if named {
		name = func(k annotations.HandedCoding) string { return k.Login }
	}
	cases := annotations.Masked(book, c.notBlind(c.store.HandedIn(c.ctx(), c.study.ID)), c.screener, nil)
	rows := exports.Codings(book, cases, name)
	if err := c.record("export.codings", "", map[string]any{"format": format, "names": named}); err != nil {
		return err
	}
	if format == "xlsx" {
		// A workbook is packed at its end, so that an error still finds the
		// answer unwritten.
		_, at, err := c.store.Settled(c.ctx(), c.study.ID)
		if err != nil {
			return err
		}
		c.attach("codings", format)
		return c.cut(xlsx.WriteCodings(c.Writer, book, rows, c.lang, filepath.Join(c.store.Dir(), "tmp"), at))
	}
	c.attach("codings", format)
	return c.cut(exports.WriteCodings(c.Writer, rows))
}

// cut ends a streamed answer that went wrong in such a way that nobody takes
// what came of it for the whole.
func (c *call) cut(err error) error {
	if err != nil && c.Writer.Written() {
		s := c.Server
		s.log.Error("export broke off", "route", c.FullPath(), "request", c.GetString("request"), "err", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

// notBlind leaves out the cases that an actor who codes in this study might
// still have to code, or has coded beside another: see invariant 3.
func (c *call) notBlind(cases iter.Seq2[annotations.Handed, error]) iter.Seq2[annotations.Handed, error] {
	if !c.actor.Is(auth.Coder, c.study.ID) {
		return cases
	}
	return func(yield func(annotations.Handed, error) bool) {
		for h, err := range cases {
			if err == nil && !h.Opened {
				continue
			}
			if !yield(h, err) {
				return
			}
		}
	}
}
