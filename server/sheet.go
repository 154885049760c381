package server

import (
	"slices"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/web"
)

// sheetPage is the conversation sheet of a region: one page on which a team
// finds its figures beside those of the nation, and what to talk about.
type sheetPage struct {
	web.Frame
	Region, Code string
	PeriodLabel  string
	Periods      []web.Link
	Regions      []web.Link
	Rows         []sheetRow
	Scale        web.Scale
	Cases        string // of the region, rounded; empty where nothing is shown
	Nothing      bool   // no figure of the region is shown
	Hidden       bool
	Limited      bool
	Working      *workingFigures
}

type sheetRow struct {
	Number    int
	Label     string
	Measure   string
	Region    shownFigure
	Nation    shownFigure
	Strip     *web.Strip // of the region, the nation behind it
	Unit      string
	Norm      web.Message
	Undefined bool
	LeftOut   web.Message
}

// sheet shows the conversation sheet of a region.
func (c *call) sheet() error {
	f, working, err := c.figuresForPage()
	if err != nil {
		return err
	}
	if f == nil {
		return c.pending(web.Say("indicators.title"), working)
	}
	regions := f.publication.Regions()
	i := slices.IndexFunc(regions, func(r exports.Region) bool { return r.ID == c.Param("region") && r.ID != exports.Nation })
	if i < 0 {
		return annotations.ErrNotFound
	}
	region := regions[i]
	p := sheetPage{Nothing: true, Working: working, Region: region.Label.In(c.lang), Code: region.ID, Scale: shareScale,
		Frame: c.frame(web.Link{Href: c.studyPath("indicators"), Label: web.Say("indicators.title")}, here("sheet.title", "region", region.Label.In(c.lang)))}
	var period string
	if period, p.Periods = c.choosePeriod(f); period == "" {
		return annotations.ErrNotFound
	}
	p.PeriodLabel = c.periodLabel(period)
	for _, r := range regions {
		if r.ID != exports.Nation {
			p.Regions = append(p.Regions, web.Link{Href: c.studyPath("sheets", r.ID) + "?period=" + period, Label: web.Text(r.Label.In(c.lang)), Current: r.ID == region.ID})
		}
	}
	texts, err := c.store.IndicatorTexts(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	for _, ind := range f.book.Indicators {
		m := headlineOf(f.book, ind)
		if m == nil {
			continue
		}
		row := sheetRow{Number: ind.Number, Label: ind.Label.In(c.lang), Measure: m.Label.In(c.lang), Undefined: f.book.Undefined(m) != "", Unit: unitWord(f.book, m, c.lang)}
		if !row.Undefined {
			variant := string(m.Policy)
			row.Region = c.show(m, f.figure(m.ID, period, region.ID, variant), row.Measure)
			row.Nation = c.show(m, f.figure(m.ID, period, exports.Nation, variant), row.Measure)
			row.Region.Cases = c.casesBehind(ind.ID, whole(m.ID, period, region.ID, "").Key)
			row.Nation.Cases = c.casesBehind(ind.ID, whole(m.ID, period, exports.Nation, "").Key)
			p.Hidden, p.Limited = p.Hidden || row.Region.Hidden || row.Nation.Hidden, p.Limited || row.Region.Limited
			p.Nothing = p.Nothing && row.Region.Hidden
			if row.Region.Strip != nil {
				row.Strip = row.Region.Strip
				row.Strip.Band = row.Nation.interval
			}
			key := disclosure.Key{Measure: m.ID, Period: period, Region: region.ID, Breakdown: disclosure.Total, Class: disclosure.Total}
			if s, ok := f.process[key]; ok {
				row.LeftOut = c.leftOut(m, codebook.Policy(variant), row.Region, s)
				p.Cases = c.pages.Catalogue(c.lang).Int(s.Cases)
			}
			row.Norm = c.indicatorText(f.book, ind, texts[ind.ID]).Norm
		}
		p.Rows = append(p.Rows, row)
	}
	return c.page("sheet", p)
}
