package server

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// indicatorTextView is what a study says of an indicator, and the form to say
// something else.
type indicatorTextView struct {
	store.IndicatorText
	Says   string
	Norm   web.Message // empty without one
	Source string
	May    bool
	Action string
	Typed  string // the norm as it was typed
}

// indicatorText shows a text of an indicator.
func (c *call) indicatorText(book *codebook.Codebook, ind *codebook.Indicator, t store.IndicatorText) indicatorTextView {
	v := indicatorTextView{IndicatorText: t, Says: t.Says(c.lang), Source: t.Source(c.lang), May: c.may(auth.Describe), Action: c.studyPath("indicators", ind.ID, "text")}
	if t.Norm != nil {
		m := headlineOf(book, ind)
		key := "indicator.norm.at_least"
		if t.AtMost {
			key = "indicator.norm.at_most"
		}
		v.Norm = web.Say(key, "measure", m.Label.In(c.lang), "value", c.normValue(m, *t.Norm), "unit", unitWord(book, m, c.lang))
		v.Typed = strconv.FormatFloat(*t.Norm, 'f', -1, 64)
	}
	return v
}

// normValue writes a norm with the decimals that it has.
func (c *call) normValue(m *codebook.Measure, x float64) string {
	catalogue, decimals := c.pages.Catalogue(c.lang), 0
	if x != math.Trunc(x) {
		decimals = 1
	}
	text, err := catalogue.Number(x, decimals)
	if m.Kind == codebook.Share {
		text, err = catalogue.Percent(x/100, decimals)
	}
	if err != nil {
		return "" // a norm is a number
	}
	return text
}

// unitWord is the unit of a measure behind a number; a share carries its own.
func unitWord(book *codebook.Codebook, m *codebook.Measure, lang string) string {
	if m.Kind == codebook.Share {
		return ""
	}
	return exports.UnitLabel(book, m).In(lang)
}

// norm is where the norm lies on the axis of a measure, nil if it has none.
func (v indicatorTextView) norm(m *codebook.Measure, indicator string, book *codebook.Codebook) *float64 {
	if v.IndicatorText.Norm == nil || headlineOf(book, book.Indicator(indicator)) != m {
		return nil
	}
	x := *v.IndicatorText.Norm
	if m.Kind == codebook.Share {
		x /= 100
	}
	return &x
}

// setIndicatorText says what an indicator means and what its norm is.
func (c *call) setIndicatorText() error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	ind := book.Indicator(c.Param("indicator"))
	if ind == nil || headlineOf(book, ind) == nil {
		return annotations.ErrNotFound
	}
	line := func(name string) string { return strings.TrimSpace(c.PostForm(name)) }
	t := store.IndicatorText{Indicator: ind.ID, SaysNL: line("says_nl"), SaysEN: line("says_en"), SourceNL: line("source_nl"), SourceEN: line("source_en"), AtMost: line("direction") == "at_most"}
	wrong := errors.Join(c.screened("says_nl", t.SaysNL), c.screened("says_en", t.SaysEN),
		c.screened("source_nl", t.SourceNL, screening.URL), c.screened("source_en", t.SourceEN, screening.URL))
	if typed := line("norm"); typed != "" {
		x, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(strings.TrimSuffix(typed, "%")), ",", ".", 1), 64)
		if share := headlineOf(book, ind).Kind == codebook.Share; err != nil || x < 0 || share && x > 100 || x > 1e9 {
			wrong = errors.Join(wrong, &annotations.InvalidError{Field: "norm", Key: "indicator.norm_invalid"})
		}
		t.Norm = &x
	}
	if wrong == nil {
		wrong = c.store.SetIndicatorText(c.ctx(), c.actor, c.study.ID, t)
	}
	problems, err := c.problems(wrong)
	if err != nil {
		return err
	}
	if problems == nil {
		return c.redirect(c.studyPath("indicators", ind.ID), web.Say("indicator.text_set"))
	}
	f, err := c.figures()
	if err != nil {
		return err
	}
	p, err := c.indicatorView(f)
	if err != nil {
		return err
	}
	p.Problems = problems
	p.Text.IndicatorText, p.Text.Typed = t, line("norm")
	return c.pageStatus(http.StatusUnprocessableEntity, "indicator", p)
}
