package server

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/xlsx"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/web"
)

// What a study tells of its agreement to others: a report, and the diagnosis
// from which anybody can compute the coefficients again.

type reliabilityPage struct {
	web.Frame
	Report                exports.Report
	DOCX, XLSX, Diagnosis string
	Empty                 bool
}

// reliability is the report as a page.
func (c *call) reliability() error {
	r, err := c.ratings()
	if err != nil {
		return err
	}
	p := reliabilityPage{Frame: c.frame(web.Link{Href: c.studyPath("agreement"), Label: web.Say("agreement.title")}, here("reliability.title")),
		Empty: r.Cases(annotations.Selection{}) == 0,
		DOCX:  c.studyPath("reliability", "docx"), XLSX: c.studyPath("reliability", "xlsx"), Diagnosis: c.studyPath("reliability", "diagnosis")}
	if !p.Empty {
		if p.Report, err = c.reliabilityReport(r); err != nil {
			return err
		}
	}
	return c.page("reliability", p)
}

// reliabilityFile sends the report as a document or a workbook, or the
// diagnosis.
func (c *call) reliabilityFile() error {
	r, err := c.ratings()
	if err != nil {
		return err
	}
	format := c.Param("format")
	if format == "diagnosis" {
		return c.diagnosis(r)
	}
	var write func(*bytes.Buffer, exports.Report) error
	now := c.now()
	switch format {
	case "docx":
		write = func(b *bytes.Buffer, report exports.Report) error { return exports.WriteDOCX(b, report, now) }
	case "xlsx":
		write = func(b *bytes.Buffer, report exports.Report) error { return xlsx.WriteReport(b, report, now) }
	default:
		return annotations.ErrNotFound
	}
	report, err := c.reliabilityReport(r)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := write(&b, report); err != nil {
		return err
	}
	if err := c.record("export.reliability", "", map[string]any{"format": format}); err != nil {
		return err
	}
	c.attach("reliability", format)
	c.Data(http.StatusOK, fileTypes[format], b.Bytes())
	return nil
}

// diagnosis streams what became of every unit, of one variable or of all. An
// actor who codes in the study sees no answers of cases that are still blind.
func (c *call) diagnosis(r *studyRatings) error {
	all := r.agreement(annotations.Selection{})
	variables := slices.DeleteFunc(r.Variables(), func(v *codebook.Variable) bool { return all[v.ID].Copied() })
	if id := c.Query("variable"); id != "" {
		v := r.book.Variable(id)
		if !slices.Contains(variables, v) {
			return annotations.ErrNotFound
		}
		variables = []*codebook.Variable{v}
	}
	var hidden func(int64) bool
	if c.actor.Is(auth.Coder, c.study.ID) {
		opened, err := c.store.OpenedComparisons(c.ctx(), c.study.ID)
		if err != nil {
			return err
		}
		hidden = func(key int64) bool { return !opened[key] }
	}
	if err := c.record("export.agreement", c.Query("variable"), map[string]any{"variables": len(variables), "coders": len(r.Coders())}); err != nil {
		return err
	}
	c.attach("diagnosis", "csv")
	return c.cut(exports.WriteDiagnosis(c.Writer, r.Ratings, c.readAgreementFilter().selection(), variables, hidden))
}

// coderNames names coders by number, as the diagnosis does: a report goes to
// people who need not know who they are.
func (c *call) coderNames(r *studyRatings) map[int64]string {
	names := map[int64]string{}
	for i, id := range r.Coders() {
		names[id] = c.say("reliability.coder", "n", strconv.Itoa(i+1))
	}
	return names
}
