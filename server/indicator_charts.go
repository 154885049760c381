package server

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/web"
)

// A division is the national figure by the classes of a background variable.
type division struct {
	Variable, Label string
	Chart           *web.Dots
	Rows            []classRow
	Hidden          bool
}

type classRow struct {
	Label  string
	Figure shownFigure
}

// The charts of an indicator, as in addresses. A division is called after its
// variable, behind "by-".
const (
	chartRegions = "regions"
	chartLine    = "periods"
	chartFunnel  = "funnel"
	chartChanges = "changes"
	chartBy      = "by-"
)

// chartColumns head the numbers of a chart as a file.
var chartColumns = []string{"code", "label", "value", "ci_lower", "ci_upper", "n_cases"}

// chartRow is a figure as a line of such a file; what is hidden is a dot.
func chartRow(code, label string, o exports.Observation, f shownFigure) []string {
	number := func(x *float64) string {
		if x == nil {
			return ""
		}
		return strconv.FormatFloat(*x, 'f', -1, 64)
	}
	switch {
	case f.Hidden:
		return []string{code, label, ".", ".", ".", "."}
	case f.None:
		return []string{code, label, "", "", "", ""}
	}
	n := ""
	if o.Cases != nil {
		n = strconv.Itoa(*o.Cases)
	}
	return []string{code, label, number(o.Value), number(o.Lower), number(o.Upper), n}
}

// take keeps the numbers of a chart and offers it as files.
func (p *indicatorPage) take(c *call, chart string, rows [][]string) {
	p.tables[chart] = append([][]string{chartColumns}, rows...)
	for _, format := range []string{"svg", "png", "csv"} {
		href := c.studyPath("indicators", c.Param("indicator"), "charts", chart+"."+format)
		if q := c.Request.URL.RawQuery; q != "" {
			href += "?" + q
		}
		p.Downloads[chart] = append(p.Downloads[chart], web.Link{Href: href, Label: web.Text(strings.ToUpper(format))})
	}
}

// note stands in place of a figure in a chart.
func note(f shownFigure) string {
	if f.None {
		return ""
	}
	return "."
}

// regions fills in the charts and the table of regions and periods. Regions
// stand in code order, for a ranking would say more than samples can.
func (p *indicatorPage) regions(c *call, f *studyFigures, m *codebook.Measure, period string) {
	if p.Undefined {
		return
	}
	axis := p.axis(f, m)
	norm := p.Text.norm(m, c.Param("indicator"), f.book)
	dots := &web.Dots{Title: c.say("indicator.chart.regions", "measure", p.Measure, "period", p.PeriodLabel), Axis: axis, Band: p.Figure.interval, Norm: norm}
	line := &web.Line{Title: c.say("indicator.chart.line", "measure", p.Measure), Axis: axis, Norm: norm}
	var regionRows, periodRows [][]string
	periods := f.publication.Periods()
	before := ""
	for _, t := range periods {
		p.Columns = append(p.Columns, t.Label.In(c.lang))
		if !strings.Contains(t.ID, "-") && len(periods) > 1 {
			continue // a year among half-years is no point of their line
		}
		o := f.figure(m.ID, t.ID, exports.Nation, p.Policy)
		figure := c.show(m, o, "")
		point := web.LinePoint{Label: t.ID, Interval: figure.interval}
		if version := f.breakBefore(m.ID, before, t.ID); version != "" && before != "" {
			said := web.Say("indicator.break", "period", c.periodPhrase(t.ID), "version", version)
			point.Break = said.In(c.pages.Catalogue(c.lang))
			p.Breaks = append(p.Breaks, said)
		}
		before = t.ID
		line.Periods = append(line.Periods, point)
		periodRows = append(periodRows, chartRow(t.ID, t.Label.In(c.lang), o, figure))
	}
	for _, r := range f.publication.Regions() {
		row := regionRow{Code: r.ID, Label: r.Label.In(c.lang), Nation: r.ID == exports.Nation}
		if !row.Nation {
			row.Sheet = c.studyPath("sheets", r.ID) + "?period=" + period
		}
		for _, t := range periods {
			o := f.figure(m.ID, t.ID, r.ID, p.Policy)
			figure := c.show(m, o, row.Label)
			figure.Released = f.asReleased(whole(m.ID, t.ID, r.ID, p.Policy))
			figure.Cases = c.casesBehind(m.Indicator, disclosure.Key{Measure: m.ID, Period: t.ID, Region: r.ID, Breakdown: disclosure.Total, Class: disclosure.Total})
			p.Hidden, p.Limited, p.Released = p.Hidden || figure.Hidden, p.Limited || figure.Limited, p.Released || figure.Released
			row.Figures = append(row.Figures, figure)
			if t.ID == period {
				regionRows = append(regionRows, chartRow(r.ID, row.Label, o, figure))
				if !row.Nation {
					dots.Rows = append(dots.Rows, web.DotRow{Label: row.Label, Interval: figure.interval, Note: note(figure)})
				}
			}
		}
		p.Rows = append(p.Rows, row)
	}
	if len(dots.Rows) > 0 {
		p.Regions = dots
		p.take(c, chartRegions, regionRows)
	}
	if len(line.Periods) > 1 {
		p.Line = line
		p.take(c, chartLine, periodRows)
	}
}

// axis is that of shares, or one that holds all figures of the measure.
func (p *indicatorPage) axis(f *studyFigures, m *codebook.Measure) web.Axis {
	if m.Kind == codebook.Share {
		return shares
	}
	return wide(f, m, p.Policy)
}

// divisions fills in the national figure by the classes of each background
// variable that the study divides figures by.
func (p *indicatorPage) divisions(c *call, f *studyFigures, m *codebook.Measure, period string) {
	if p.Undefined {
		return
	}
	at := map[string]int{}
	tables := map[string][][]string{}
	for _, class := range f.publication.Classes() {
		if class.Breakdown == disclosure.Total {
			continue
		}
		i, ok := at[class.Breakdown]
		if !ok {
			i = len(p.Divisions)
			at[class.Breakdown] = i
			label := class.Breakdown
			if v := f.book.Variable(class.Breakdown); v != nil {
				label = v.Label.In(c.lang)
			}
			p.Divisions = append(p.Divisions, division{Variable: chartBy + class.Breakdown, Label: label,
				Chart: &web.Dots{Title: c.say("indicator.chart.classes", "measure", p.Measure, "by", label, "period", p.PeriodLabel), Axis: p.axis(f, m), Band: p.Figure.interval}})
		}
		d := &p.Divisions[i]
		key := disclosure.Key{Measure: m.ID, Period: period, Region: exports.Nation, Breakdown: class.Breakdown, Class: class.ID}
		o := f.row(figureKey{key, p.Policy, false})
		row := classRow{class.Label.In(c.lang), c.show(m, o, class.Label.In(c.lang))}
		row.Figure.Cases = c.casesBehind(m.Indicator, key)
		d.Rows, d.Hidden = append(d.Rows, row), d.Hidden || row.Figure.Hidden
		d.Chart.Rows = append(d.Chart.Rows, web.DotRow{Label: row.Label, Interval: row.Figure.interval, Note: note(row.Figure)})
		tables[d.Variable] = append(tables[d.Variable], chartRow(class.ID, row.Label, o, row.Figure))
	}
	for _, d := range p.Divisions {
		p.take(c, d.Variable, tables[d.Variable])
	}
}

// funnel fills in the funnel plot of a share.
func (p *indicatorPage) funnel(c *call, f *studyFigures, m *codebook.Measure, period string) {
	nation := f.figure(m.ID, period, exports.Nation, p.Policy)
	if p.Undefined || !p.Share || nation.Value == nil {
		return
	}
	funnel := &web.Funnel{Title: c.say("indicator.chart.funnel", "measure", p.Measure, "period", p.PeriodLabel), Axis: shares,
		Center: *nation.Value / 100, Cases: c.say("indicators.n")}
	var rows [][]string
	for _, r := range f.publication.Regions() {
		o := f.figure(m.ID, period, r.ID, p.Policy)
		if r.ID == exports.Nation || o.Value == nil || o.Cases == nil || *o.Cases == 0 {
			continue
		}
		funnel.Points = append(funnel.Points, web.FunnelPoint{Label: r.ID, Name: r.Label.In(c.lang), N: float64(*o.Cases), Value: *o.Value / 100})
		rows = append(rows, chartRow(r.ID, r.Label.In(c.lang), o, shownFigure{}))
	}
	if len(funnel.Points) > 1 {
		p.Funnel = funnel
		p.take(c, chartFunnel, rows)
	}
}

// indicatorChart sends a chart of the page as a picture, or its numbers.
func (c *call) indicatorChart() error {
	f, err := c.figures()
	if err != nil {
		return err
	}
	p, err := c.indicatorView(f)
	if err != nil {
		return err
	}
	name, format, _ := strings.Cut(c.Param("chart"), ".")
	table := p.tables[name]
	if table == nil {
		return annotations.ErrNotFound
	}
	var chart web.Chart
	switch name {
	case chartRegions:
		chart = *p.Regions
	case chartLine:
		chart = *p.Line
	case chartFunnel:
		chart = *p.Funnel
	case chartChanges:
		chart = *p.Changes.Chart
	default:
		for _, d := range p.Divisions {
			if d.Variable == name {
				chart = *d.Chart
			}
		}
	}
	var b []byte
	switch format {
	case "svg":
		b, err = c.pages.SVG(c.lang, chart)
	case "png":
		b, err = c.pages.PNG(c.lang, chart)
	case "csv":
		var buffer bytes.Buffer
		w := csv.NewWriter(&buffer)
		err = w.WriteAll(table)
		b = buffer.Bytes()
	default:
		return annotations.ErrNotFound
	}
	if err != nil {
		return err
	}
	if err := c.record("export.chart", "indicator "+c.Param("indicator"), map[string]any{"chart": name, "format": format}); err != nil {
		return err
	}
	c.attach(c.Param("indicator")+"-"+name, format)
	c.Data(http.StatusOK, fileTypes[format], b)
	return nil
}
