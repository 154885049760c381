package server

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// designPage is where is set what the figures of a study are divided by, which
// files are of one organisation, and to which totals weights are scaled.
type designPage struct {
	web.Frame
	Action        string
	Sections      []breakdownSection
	Chosen        []string // labels of the breakdowns
	Organisations []web.Option
	Organisation  string
	Variables     []web.Option
	Variable      string
	Totals        string // as CSV
	Kept          store.KeptDesign
	Count         *exports.OrganisationCount // as the figures have it
	Adjustments   []adjustmentLine
	Working       bool
}

type breakdownSection struct {
	Label     string
	Open      bool
	Variables []breakdownChoice
}

type breakdownChoice struct {
	ID, Label string
	Classes   int
	Chosen    bool
}

type adjustmentLine struct {
	Period string
	Text   web.Message
	Done   bool
}

// designOf returns what the figures of a study rest on beside strata.
func designOf(ctx context.Context, s *store.Store, study string) (d exports.Design, err error) {
	kept, err := s.Design(ctx, study)
	if err != nil || kept.Revision == 0 {
		return d, err
	}
	if err = json.Unmarshal(kept.Design, &d); err != nil {
		err = fmt.Errorf("design %d of study %s: %w", kept.Revision, study, err)
	}
	return d, err
}

// organisationOf tells which organisation supplied a case, by the design; it is
// empty where that is not known or plays no part.
func organisationOf(ctx context.Context, s *store.Store, study string, d exports.Design) (func(annotations.Case) string, error) {
	if name, ok := strings.CutPrefix(d.Organisation, store.ColumnCase); ok {
		return func(c annotations.Case) string { return c.Attributes[name] }, nil
	}
	if name, ok := strings.CutPrefix(d.Organisation, store.ColumnFrame); ok {
		values, err := s.FrameAttribute(ctx, study, name)
		return func(c annotations.Case) string { return values[c.ID] }, err
	}
	if d.Organisation == store.ColumnSource {
		return func(c annotations.Case) string { return c.Source }, nil
	}
	return func(annotations.Case) string { return "" }, nil
}

// divides reports whether figures can be divided by a variable: it has one
// category an answer, and is not the region or period itself.
func divides(v *codebook.Variable) bool {
	return (v.Type == codebook.TypeSingle || v.Type == codebook.TypeOrdinal) && v.CopyOf == ""
}

func (c *call) design() error {
	d, err := designOf(c.ctx(), c.store, c.study.ID)
	if err != nil {
		return err
	}
	chosen, err := c.store.Breakdowns(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	return c.designAgain(http.StatusOK, designPage{Organisation: d.Organisation, Variable: d.Variable, Totals: totalsCSV(d.Totals)}, chosen, nil)
}

// designAgain shows the page with what was typed.
func (c *call) designAgain(status int, p designPage, chosen []string, problems []web.Problem) error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	p.Frame, p.Problems, p.Action = c.frame(here("design.title")), problems, c.studyPath("design")
	p.Variables = []web.Option{{Label: web.Say("design.variable.none")}}
	for _, section := range book.Sections {
		s := breakdownSection{Label: section.Label.In(c.lang)}
		for _, v := range section.Variables {
			if !divides(v) {
				continue
			}
			choice := breakdownChoice{v.ID, v.Label.In(c.lang), len(book.Options(v, "")), slices.Contains(chosen, v.ID)}
			if choice.Chosen {
				s.Open = true
				p.Chosen = append(p.Chosen, choice.Label)
			}
			s.Variables = append(s.Variables, choice)
			p.Variables = append(p.Variables, web.Option{Value: v.ID, Label: web.Say("design.variable.option", "label", choice.Label, "id", v.ID)})
		}
		if s.Variables != nil {
			p.Sections = append(p.Sections, s)
		}
	}
	columns, err := c.store.Columns(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	if p.Organisation != "" && !slices.Contains(columns, p.Organisation) {
		columns = append(columns, p.Organisation) // no case has it any more
	}
	p.Organisations = []web.Option{{Label: web.Say("design.organisation.none")}}
	for _, column := range columns {
		p.Organisations = append(p.Organisations, web.Option{Value: column, Label: columnLabel(column)})
	}
	if p.Kept, err = c.store.Design(c.ctx(), c.study.ID); err != nil {
		return err
	}
	f, working, err := c.figuresForPage()
	if err != nil {
		return err
	}
	if p.Working = working != nil; f != nil && f.design.On() {
		if f.design.Organisation != "" {
			p.Count = &f.organisations
		}
		for _, a := range f.adjustments {
			p.Adjustments = append(p.Adjustments, c.adjustment(book, f.design, a))
		}
	}
	return c.pageStatus(status, "design", p)
}

// columnLabel names a column that can tell the organisation.
func columnLabel(column string) web.Message {
	if strings.HasPrefix(column, store.ColumnFrame) {
		return web.Say("design.organisation.frame", "column", columnName(column))
	}
	return web.Say("design.organisation.manifest", "column", columnName(column))
}

func columnName(column string) string {
	return strings.TrimPrefix(strings.TrimPrefix(column, store.ColumnFrame), store.ColumnCase)
}

// adjustment says whether the weights of a period are scaled, and where it
// fails.
func (c *call) adjustment(book *codebook.Codebook, d exports.Design, a exports.Adjustment) adjustmentLine {
	line := adjustmentLine{Period: c.periodLabel(a.Period), Done: a.Why == "", Text: web.Say("design.scaled")}
	if line.Done {
		return line
	}
	region := web.Text(a.Region)
	if a.Region == "" {
		region = web.Say("figure.nation")
	}
	class := web.Text(a.Class)
	if a.Class == exports.UnknownClass {
		class = web.Say("design.class.not_known", "code", exports.UnknownClass)
	}
	if v := book.Variable(d.Variable); v != nil {
		for _, option := range book.Options(v, "") {
			if option.Code == a.Class {
				class = web.Say("design.class.named", "label", option.Label.In(c.lang), "code", option.Code)
			}
		}
	}
	line.Text = web.Say("design.unscaled."+a.Why, "region", region, "class", class, "period", a.Period)
	return line
}

// setBreakdowns names what figures are divided by.
func (c *call) setBreakdowns() error {
	chosen := c.PostFormArray("breakdowns")
	problems, err := c.problems(c.store.SetBreakdowns(c.ctx(), c.actor, c.study.ID, chosen))
	if err != nil {
		return err
	}
	if problems == nil {
		return c.redirect(c.studyPath("design"), web.Say("design.breakdowns_set"))
	}
	d, err := designOf(c.ctx(), c.store, c.study.ID)
	if err != nil {
		return err
	}
	return c.designAgain(http.StatusUnprocessableEntity, designPage{Organisation: d.Organisation, Variable: d.Variable, Totals: totalsCSV(d.Totals)}, chosen, problems)
}

// setDesign sets organisations and totals.
func (c *call) setDesign() error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	typed := designPage{Organisation: c.PostForm("organisation"), Variable: c.PostForm("variable"), Totals: c.PostForm("totals")}
	d := exports.Design{Organisation: typed.Organisation, Variable: typed.Variable}
	columns, err := c.store.Columns(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	var wrong error
	if d.Organisation != "" && !slices.Contains(columns, d.Organisation) {
		wrong = &annotations.InvalidError{Field: "organisation", Key: "design.organisation.unknown", Args: map[string]any{"column": columnName(d.Organisation)}}
	}
	if d.Variable != "" {
		var read error
		d.Totals, typed.Totals, read = c.readTotals(typed.Totals)
		switch v := book.Variable(d.Variable); {
		case read != nil:
			wrong = errors.Join(wrong, read)
		case v != nil && divides(v) && d.Totals == nil:
			// What is to be filled in comes back with the form.
			if typed.Totals, err = c.totalsTemplate(book, v); err != nil {
				return err
			}
			wrong = errors.Join(wrong, &annotations.InvalidError{Field: "totals", Key: "design.totals.template"})
		default:
			wrong = errors.Join(wrong, d.Check(book))
		}
	}
	problems, err := c.problems(wrong)
	if err != nil {
		return err
	}
	if problems != nil {
		chosen, err := c.store.Breakdowns(c.ctx(), c.study.ID)
		if err != nil {
			return err
		}
		return c.designAgain(http.StatusUnprocessableEntity, typed, chosen, problems)
	}
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	detail := map[string]any{"organisation": d.Organisation, "variable": d.Variable, "totals": len(d.Totals)}
	if err := c.store.SetDesign(c.ctx(), c.actor, c.study.ID, d.Variable, b, detail); err != nil {
		return err
	}
	return c.redirect(c.studyPath("design"), web.Say("design.set"))
}

// readTotals reads totals from an uploaded file or else from what was typed,
// and returns their text as well. Nothing at all is no error.
func (c *call) readTotals(typed string) (totals []exports.ClassTotal, text string, err error) {
	name := c.say("design.totals.typed")
	file, err := c.FormFile("file")
	switch {
	case err == nil && file.Filename != "":
		b, err := readUpload(file)
		if err != nil {
			return nil, typed, err
		}
		name, typed = path.Base(strings.ReplaceAll(file.Filename, `\`, "/")), string(b)
	case err != nil && !errors.Is(err, http.ErrMissingFile) && !errors.Is(err, http.ErrNotMultipart):
		return nil, typed, uploadError(err)
	}
	if strings.TrimSpace(typed) == "" {
		return nil, "", nil
	}
	rows, err := intake.ReadTotals(strings.NewReader(typed), name, intake.DefaultLimits())
	if err != nil {
		return nil, strings.ToValidUTF8(typed, "\ufffd"), err
	}
	for _, r := range rows {
		region := r.Region
		if region == exports.Nation {
			region = ""
		}
		totals = append(totals, exports.ClassTotal{Period: r.Period, Region: region, Class: r.Class, Total: r.Total})
	}
	return totals, totalsCSV(totals), nil
}

// totalsCSV writes totals as they can be read again.
func totalsCSV(totals []exports.ClassTotal) string {
	if len(totals) == 0 {
		return ""
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"period", "region", "class", "total"}}
	for _, t := range totals {
		rows = append(rows, []string{t.Period, t.Region, t.Class, strconv.Itoa(t.Total)})
	}
	w.WriteAll(rows) // a buffer takes all
	return b.String()
}

// totalsTemplate is a row for every class in every period of the study, with
// the number left open.
func (c *call) totalsTemplate(book *codebook.Codebook, v *codebook.Variable) (string, error) {
	offered, err := releasable(c.ctx(), c.store, c.study.ID)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("period,region,class,total\n")
	for _, o := range offered {
		if halves := slices.ContainsFunc(offered, func(h offeredPeriod) bool { return strings.HasPrefix(h.Period, o.Period+"-") }); halves {
			continue // two half-years make the year
		}
		for _, option := range book.Options(v, o.Period) {
			fmt.Fprintf(&b, "%s,,%s,\n", o.Period, option.Code)
		}
	}
	return b.String(), nil
}
