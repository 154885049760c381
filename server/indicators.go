package server

import (
	"slices"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/web"
)

type indicatorsPage struct {
	web.Frame
	Cases   int
	Refused bool // nothing can be protected, so nothing is shown
	Periods []web.Link
	Period  string
	Rows    []indicatorRow
	Scale   web.Scale
	Note    bool // some figure is hidden
	Exports string
	Design  string // address of the page on which figures are set up, for who may
	Working *workingFigures
}

// An indicatorRow is the headline of an indicator.
type indicatorRow struct {
	Number           int
	Href, Label      string
	Measure          string
	Catalogue, Theme string
	Undefined        bool
	Figure           shownFigure
}

// A shownFigure is a row of the publication as a page shows it: what a file of
// the same publication says, and nothing else.
type shownFigure struct {
	Value, Low, High web.Message // empty where there is none
	N                string      // cases, rounded
	Hidden           bool        // shown as "."
	None             bool        // nobody is in the denominator
	Limited          bool
	Released         bool       // as it is out; it may not be shown as it stands now
	Cases            string     // address of the cases behind it, for who may read them
	Strip            *web.Strip // of a share
	interval         *web.Interval
}

// shares is the axis of percentages, and shareScale what stands above it.
var (
	shares     = web.Axis{Max: 1, Percent: true}
	shareScale = web.Scale{Axis: shares, Ticks: []float64{0, 0.25, 0.5, 0.75}}
)

// show puts a row in the form of a page. Label names it in the strip.
func (c *call) show(m *codebook.Measure, o exports.Observation, label string) shownFigure {
	f := shownFigure{Limited: o.ObsStatus == "U"}
	if o.Cases != nil {
		f.N = c.pages.Catalogue(c.lang).Int(*o.Cases)
	}
	switch {
	case o.ObsStatus == "Q" || o.ObsStatus == "":
		f.Hidden = true
		return f
	case o.Value == nil:
		f.None = true
		return f
	}
	f.Value = c.valueOf(m, *o.Value)
	f.interval = &web.Interval{Value: *o.Value, Low: *o.Value, High: *o.Value}
	if o.Lower != nil && o.Upper != nil {
		f.Low, f.High = c.valueOf(m, *o.Lower), c.valueOf(m, *o.Upper)
		f.interval.Low, f.interval.High = *o.Lower, *o.Upper
	}
	if m.Kind == codebook.Share {
		*f.interval = web.Interval{Value: f.interval.Value / 100, Low: f.interval.Low / 100, High: f.interval.High / 100}
		f.Strip = &web.Strip{Title: label + ": " + f.Value.In(c.pages.Catalogue(c.lang)), Axis: shares, Interval: *f.interval, Faint: f.Limited}
	}
	return f
}

// valueOf writes a figure in the unit of its measure.
func (c *call) valueOf(m *codebook.Measure, x float64) web.Message {
	catalogue := c.pages.Catalogue(c.lang)
	var text string
	var err error
	switch m.Kind {
	case codebook.Share:
		text, err = catalogue.Percent(x/100, 0)
	case codebook.Count:
		text, err = catalogue.Number(x, 0)
	default:
		text, err = catalogue.Number(x, 1)
	}
	if err != nil {
		return web.Message{} // the row has numbers only
	}
	return web.Text(text)
}

// indicators shows the headline of each indicator for the nation.
func (c *call) indicators() error {
	f, working, err := c.figuresForPage()
	if err != nil {
		return err
	}
	if f == nil {
		return c.pending(web.Say("indicators.title"), working)
	}
	p := indicatorsPage{Frame: c.frame(here("indicators.title")), Cases: f.cases, Refused: f.refused, Scale: shareScale, Working: working}
	if c.may(auth.SetDesign) {
		p.Design = c.studyPath("design")
	}
	if c.may("export_figures") {
		p.Exports = c.studyPath("exports")
	}
	p.Period, p.Periods = c.choosePeriod(f)
	if p.Period != "" {
		for _, ind := range f.book.Indicators {
			if row, ok := c.indicatorRow(f, ind, p.Period); ok {
				p.Note = p.Note || row.Figure.Hidden
				p.Rows = append(p.Rows, row)
			}
		}
	}
	return c.page("indicators", p)
}

func (c *call) indicatorRow(f *studyFigures, ind *codebook.Indicator, period string) (indicatorRow, bool) {
	m := headlineOf(f.book, ind)
	if m == nil {
		return indicatorRow{}, false
	}
	row := indicatorRow{Number: ind.Number, Href: c.studyPath("indicators", ind.ID) + "?period=" + period, Label: ind.Label.In(c.lang), Measure: m.Label.In(c.lang)}
	for _, k := range f.book.Catalogue {
		if k.ID == ind.Catalogue {
			row.Catalogue, row.Theme = k.ID, k.Theme.In(c.lang)
		}
	}
	if f.book.Undefined(m) != "" {
		row.Undefined = true
		return row, true
	}
	row.Figure = c.show(m, f.figure(m.ID, period, exports.Nation, string(m.Policy)), row.Measure)
	row.Figure.Cases = c.casesBehind(ind.ID, whole(m.ID, period, exports.Nation, "").Key)
	return row, true
}

// choosePeriod returns the period that is asked for, or else the last one, and
// links to all.
func (c *call) choosePeriod(f *studyFigures) (string, []web.Link) {
	periods := f.publication.Periods()
	if len(periods) == 0 {
		return "", nil
	}
	chosen := periods[len(periods)-1].ID
	if asked := c.Query("period"); slices.ContainsFunc(periods, func(p exports.Period) bool { return p.ID == asked }) {
		chosen = asked
	}
	var links []web.Link
	for _, p := range periods {
		links = append(links, web.Link{Href: c.withQuery("period", p.ID), Label: web.Text(p.Label.In(c.lang)), Current: p.ID == chosen})
	}
	return chosen, links
}

// withQuery is the address of the page with one thing in its query set.
func (c *call) withQuery(name, value string) string {
	u := *c.Request.URL
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.RequestURI()
}

// headlineOf returns the measure by which an indicator is known, or nil when it
// has none.
func headlineOf(book *codebook.Codebook, ind *codebook.Indicator) *codebook.Measure {
	measures := measuresBelow(book, ind)
	for _, m := range measures {
		if m.Headline {
			return m
		}
	}
	if len(measures) == 0 {
		return nil
	}
	return measures[0]
}

func measuresBelow(book *codebook.Codebook, ind *codebook.Indicator) []*codebook.Measure {
	return slices.DeleteFunc(slices.Clone(book.Measures), func(m *codebook.Measure) bool { return m.Indicator != ind.ID })
}
