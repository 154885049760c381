package server

import (
	"bytes"
	"encoding/csv"
	"errors"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

type samplePage struct {
	web.Frame
	Action    string // address below which the forms are
	MayImport bool
	Design    string // address of the page on which figures are set up, for who may
	Undrawn   int    // cases of the frame that were not drawn from
	Draw      *drawForm
	Strata    []annotations.SampleStratum
	Total     annotations.SampleStratum
	Draws     []store.Drawing
	Dropped   []droppedCase
	Reasons   []web.Option
	Drop      dropForm
	Pairs     pairsPlan
}

type droppedCase struct {
	Case        annotations.CaseID
	Stratum     string
	Reason      annotations.DropReason
	Replacement annotations.CaseID
}

// dropForm is the form as it was typed.
type dropForm struct{ Case, Reason string }

func (c *call) sample() error { return c.sampleAgain(http.StatusOK, samplePage{}, nil) }

// sampleAgain shows the page; what is set in p is what was typed in a form.
func (c *call) sampleAgain(status int, p samplePage, problems []web.Problem) error {
	p.Frame, p.Action, p.MayImport = c.frame(here("sample.title")), c.studyPath("sample"), c.may(auth.ImportCases)
	if c.may(auth.SetDesign) {
		p.Design = c.studyPath("design")
	}
	p.Problems = problems
	frame, elsewhere, err := c.store.UndrawnFrame(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	if !elsewhere && len(frame) > 0 {
		p.Undrawn = len(frame)
		if p.Draw == nil {
			p.Draw = newDrawForm()
		}
		p.Draw.options(frame)
	}
	if p.Strata, err = c.store.Sample(c.ctx(), c.study.ID); err != nil {
		return err
	}
	for _, s := range p.Strata {
		p.Total = p.Total.Add(s)
	}
	if p.Draws, err = c.store.Draws(c.ctx(), c.study.ID); err != nil {
		return err
	}
	if err := c.dropped(&p); err != nil {
		return err
	}
	p.Reasons = []web.Option{{Label: web.Say("sample.reason.choose")}}
	for _, r := range annotations.DropReasons {
		p.Reasons = append(p.Reasons, web.Option{Value: string(r), Label: web.Say("sample.reason." + string(r))})
	}
	if p.Pairs, err = c.planPairs(); err != nil {
		return err
	}
	return c.pageStatus(status, "sample", p)
}

// dropped lists the cases that left the sample, each with what replaces it.
func (c *call) dropped(p *samplePage) error {
	at := map[annotations.CaseID]int{}
	replaced := map[annotations.CaseID]annotations.CaseID{}
	for k, err := range c.store.SampledCases(c.ctx(), c.study.ID, false) {
		if err != nil {
			return err
		}
		if k.Replaces != "" {
			replaced[k.Replaces] = k.ID
		}
		if k.Dropped != "" {
			at[k.ID] = len(p.Dropped)
			p.Dropped = append(p.Dropped, droppedCase{Case: k.ID, Stratum: k.List, Reason: k.Dropped})
		}
	}
	for id, by := range replaced {
		if i, ok := at[id]; ok {
			p.Dropped[i].Replacement = by
		}
	}
	return nil
}

// setFrame reads an uploaded frame.
func (c *call) setFrame() error {
	frame, err := c.readFrame()
	if err == nil {
		_, err = c.store.SetFrame(c.ctx(), c.actor, c.study.ID, frame, false)
	}
	problems, err := c.problems(err)
	if err != nil {
		return err
	}
	if problems != nil {
		return c.sampleAgain(http.StatusUnprocessableEntity, samplePage{}, problems)
	}
	return c.redirect(c.studyPath("sample"), web.SayN("sample.frame_set", len(frame)))
}

func (c *call) readFrame() ([]annotations.FrameCase, error) {
	file, err := c.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return nil, &annotations.InvalidError{Field: "file", Key: "import.file.required"}
	}
	if err != nil {
		return nil, uploadError(err)
	}
	b, err := readUpload(file)
	if err != nil {
		return nil, err
	}
	book, err := c.codebook()
	if err != nil {
		return nil, err
	}
	return annotations.ReadFrame(bytes.NewReader(b), path.Base(strings.ReplaceAll(file.Filename, `\`, "/")), book)
}

// drop takes a case out of the sample; its replacement is told.
func (c *call) drop() error {
	form := dropForm{Case: strings.TrimSpace(c.PostForm("drop_case")), Reason: c.PostForm("reason")}
	replacement, err := c.store.Drop(c.ctx(), c.actor, c.study.ID, annotations.CaseID(form.Case), annotations.DropReason(form.Reason))
	if errors.Is(err, annotations.ErrNotFound) {
		err = &annotations.InvalidError{Field: "drop_case", Key: "sample.drop.unknown", Args: map[string]any{"case": form.Case}}
	}
	problems, err := c.problems(err)
	if err != nil {
		return err
	}
	if problems != nil {
		return c.sampleAgain(http.StatusUnprocessableEntity, samplePage{Drop: form}, problems)
	}
	if replacement == "" {
		return c.redirect(c.studyPath("sample"), web.Say("sample.dropped_alone", "case", form.Case))
	}
	return c.redirect(c.studyPath("sample"), web.Say("sample.dropped", "case", form.Case, "replacement", string(replacement)))
}

// restore takes back that a case was dropped.
func (c *call) restore() error {
	id := c.PostForm("case")
	if err := c.store.Restore(c.ctx(), c.actor, c.study.ID, annotations.CaseID(id)); err != nil {
		return err
	}
	return c.redirect(c.studyPath("sample"), web.Say("sample.restored", "case", id))
}

// sampleList hands out the lists of the draw, for those who supply the files;
// with ?reserve also the reserve, in the order in which it is to be used.
func (c *call) sampleList() error {
	reserve := c.Query("reserve") != ""
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := 0
	if err := w.Write([]string{"case_id", "region", "period", "stratum", "place", "status", "reason", "replaces"}); err != nil {
		return err
	}
	for k, err := range c.store.SampledCases(c.ctx(), c.study.ID, reserve) {
		if err != nil {
			return err
		}
		place := ""
		if k.Place > 0 {
			place = strconv.Itoa(k.Place)
		}
		row := []string{string(k.ID), k.Region, k.Period, k.List, place, k.Status(), string(k.Dropped), string(k.Replaces)}
		for i := range row {
			row[i] = exports.Guard(row[i])
		}
		if err := w.Write(row); err != nil {
			return err
		}
		rows++
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	if err := c.record("sample.export", "", map[string]any{"rows": rows, "reserve": reserve}); err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="`+c.study.ID+`-sample.csv"`)
	c.Data(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
	return nil
}
