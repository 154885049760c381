package server

import (
	"math"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/web"
)

// changesView is how a share changed since the preceding period, in percentage
// points and always under the measure's own policy.
type changesView struct {
	Since    string // the preceding period, in the middle of a sentence
	Sentence web.Message
	Chance   bool // the national change may be chance
	Other    bool // the figures above are counted by another policy
	Break    web.Message
	Chart    *web.Dots // nil where no region has a change to show
	Rows     []changedRow
	Hidden   bool
	Limited  bool
	Released bool
}

type changedRow struct {
	Label  string
	Nation bool
	Figure shownFigure
}

// changes fills in the changes since the preceding period. There are none of
// means and counts, nor in the first period, nor over a break of the series.
func (p *indicatorPage) changes(c *call, f *studyFigures, m *codebook.Measure, period string) {
	if p.Undefined || !p.Share {
		return
	}
	variant, from := string(m.Policy), exports.Preceding(period)
	nation, ok := f.change(m.ID, period, exports.Nation, variant)
	if !ok {
		return
	}
	v := &changesView{Since: c.periodPhrase(from), Other: p.Policy != variant}
	p.Changes = v
	if version := f.breakBefore(m.ID, from, period); version != "" {
		v.Break = web.Say("indicator.break", "period", c.periodPhrase(period), "version", version)
		return
	}
	v.Sentence, v.Chance = c.changeSentence(c.showChange(nation), v.Since)
	v.Chart = &web.Dots{Title: c.say("indicator.chart.changes", "measure", p.Measure, "since", v.Since, "period", c.periodPhrase(period))}
	reach, rows := 5.0, [][]string{}
	for _, r := range f.publication.Regions() {
		o, ok := f.change(m.ID, period, r.ID, variant)
		if !ok {
			continue
		}
		row := changedRow{r.Label.In(c.lang), r.ID == exports.Nation, c.showChange(o)}
		k := whole(m.ID, period, r.ID, variant)
		k.change = true
		row.Figure.Released = f.asReleased(k)
		v.Hidden, v.Limited, v.Released = v.Hidden || row.Figure.Hidden, v.Limited || row.Figure.Limited, v.Released || row.Figure.Released
		v.Rows = append(v.Rows, row)
		rows = append(rows, chartRow(r.ID, row.Label, o, row.Figure))
		v.Chart.Rows = append(v.Chart.Rows, web.DotRow{Label: row.Label, Interval: row.Figure.interval, Note: note(row.Figure)})
		if i := row.Figure.interval; i != nil {
			reach = max(reach, -i.Low, i.High)
		}
	}
	reach = math.Ceil(reach/5) * 5
	v.Chart.Axis = web.Axis{Min: -reach, Max: reach, Signed: true}
	p.take(c, chartChanges, rows)
}

// showChange puts a change in the form of a page.
func (c *call) showChange(o exports.Observation) shownFigure {
	f := shownFigure{Limited: o.ObsStatus == "U", Hidden: o.ObsStatus == "Q" || o.ObsStatus == ""}
	if f.Hidden {
		return f
	}
	if f.None = o.Value == nil; f.None {
		return f
	}
	points := func(x float64) web.Message {
		text, err := c.pages.Catalogue(c.lang).Signed(x, 0)
		if err != nil {
			return web.Message{} // the row has numbers only
		}
		return web.Text(text)
	}
	f.Value = points(*o.Value)
	f.interval = &web.Interval{Value: *o.Value, Low: *o.Value, High: *o.Value}
	if o.Lower != nil && o.Upper != nil {
		f.Low, f.High = points(*o.Lower), points(*o.Upper)
		f.interval.Low, f.interval.High = *o.Lower, *o.Upper
	}
	return f
}

// changeSentence says a change in words, and whether it may be chance.
func (c *call) changeSentence(f shownFigure, since string) (web.Message, bool) {
	catalogue := c.pages.Catalogue(c.lang)
	switch {
	case f.Hidden:
		return web.Say("indicator.change.hidden", "since", since), false
	case f.None:
		return web.Say("indicator.change.none", "since", since), false
	case f.Low.IsZero():
		return web.Say("indicator.change.plain", "since", since, "value", f.Value.In(catalogue)), false
	}
	return web.Say("indicator.change.sentence", "since", since, "value", f.Value.In(catalogue), "low", f.Low.In(catalogue), "high", f.High.In(catalogue)),
		f.interval.Low <= 0 && f.interval.High >= 0
}
