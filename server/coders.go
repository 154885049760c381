package server

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// How coders hold over time: to be talked about with a coder, and to know what
// to look at again. It is no ranking, and coders do not see it.

type codersPage struct {
	web.Frame
	Against string // with what coders are compared, one of againsts
	Tabs    []coderTab
	Repeats int // hidden repeats handed in
	Coders  []string
	Groups  []coderGroup
	Alarms  []coderAlarm
	Block   int
	Wide    int // columns of the table
	Tables  map[string]string
}

// againsts are what a coder's answers can be laid beside: the settled answer,
// those of others, and their own when they got a case again without knowing.
var againsts = []string{"settled", "others", "self"}

type coderTab struct {
	Key, Href string
	Current   bool
}

type coderGroup struct {
	Label string
	Hue   int
	Rows  []coderRow
}

type coderRow struct {
	Number, Label, Href string
	Shares              []coderShare // by coder
}

// A coderShare is a cell of the table: the share that is equal.
type coderShare struct {
	Any   bool
	Share float64
	N     int
	Alarm bool
}

// A coderAlarm says that a coder was outside the limits of a variable.
type coderAlarm struct {
	Coder, Variable, Href string
	From, To              time.Time
}

// coderCharts is the page with every variable and coder.
func (c *call) coderCharts() error {
	r, err := c.ratings()
	if err != nil {
		return err
	}
	names, err := c.memberNames()
	if err != nil {
		return err
	}
	p := codersPage{Frame: c.frame(web.Link{Href: c.studyPath("agreement"), Label: web.Say("agreement.title")}, here("coders.title")), Block: annotations.DriftCases}
	intra, err := c.intraCoder(r)
	if err != nil {
		return err
	}
	if name := c.Query("table"); name != "" {
		return c.coderChartsTable(r, intra, name)
	}
	p.Repeats = intra.Cases(0)
	p.Tables = c.tables(coderTables...)
	if p.Against = c.Query("against"); !slices.Contains(againsts, p.Against) {
		p.Against = againsts[0]
	}
	for _, key := range againsts {
		p.Tabs = append(p.Tabs, coderTab{key, c.studyPath("coders") + "?against=" + key, key == p.Against})
	}
	place := map[int64]int{}
	for i, id := range r.Coders() {
		place[id] = i
		p.Coders = append(p.Coders, names[id])
	}
	p.Wide = 1 + len(p.Coders)
	charts := r.drift()
	for i, s := range r.book.Sections {
		g := coderGroup{Label: s.Label.In(c.lang), Hue: hue(i)}
		for j, v := range s.Variables {
			list := charts[v.ID]
			if len(list) == 0 {
				continue
			}
			row := coderRow{Number: numbered(i, j), Label: v.Label.In(c.lang), Href: c.studyPath("coders", v.ID), Shares: make([]coderShare, len(p.Coders))}
			for _, chart := range list {
				row.Shares[place[chart.Coder]] = coderShareOf(chart, p.Against, intra, v.ID)
				if from, to, alarm := chart.Alarm(); alarm {
					p.Alarms = append(p.Alarms, coderAlarm{Coder: names[chart.Coder], Variable: row.Number + " " + row.Label, From: from, To: to,
						Href: row.Href + "?coder=" + strconv.FormatInt(chart.Coder, 10) + "#cases"})
				}
			}
			g.Rows = append(g.Rows, row)
		}
		if len(g.Rows) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
	return c.page("coders", p)
}

// coderShareOf is the cell of a coder and a variable.
func coderShareOf(chart annotations.CoderChart, against string, intra *annotations.IntraCoder, variable string) coderShare {
	same, n := coderCounts(chart, against, intra, variable)
	if n == 0 {
		return coderShare{}
	}
	cell := coderShare{Any: true, N: n, Share: float64(same) / float64(n)}
	if against != "self" {
		_, _, cell.Alarm = chart.Alarm()
	}
	return cell
}

// coderCounts is how many of a coder's answers were compared, and how many were
// the same.
func coderCounts(chart annotations.CoderChart, against string, intra *annotations.IntraCoder, variable string) (same, n int) {
	switch against {
	case "self":
		a, _ := intra.Agreement(variable, chart.Coder)
		return a.Layers.Same, a.Layers.Values
	case "others":
		return chart.Others.Same, chart.Others.N
	}
	return chart.Settled.Same, chart.Settled.N
}

type coderVariablePage struct {
	web.Frame
	Number, Label, Section string
	Hue                    int
	Question               string
	Agreement              string // the page of the variable's agreement
	Coders                 []driftOfCoder
	Chosen                 *driftOfCoder
	Cases                  []store.CoderCase
	From, To               time.Time
	Block                  int
	Intra                  []intraLine
	Tables                 map[string]string
}

// An intraLine says how far a coder agrees with themselves; that of all coders
// has no name.
type intraLine struct {
	Name                      string
	Pairs                     int // two values
	Percent, AC, Kappa, Alpha figure
}

// intraLines are the coders with hidden repeats of v, and all of them.
func (c *call) intraLines(r *studyRatings, v *codebook.Variable, names map[int64]string) ([]intraLine, error) {
	intra, err := c.intraCoder(r)
	if err != nil || intra.Cases(0) == 0 {
		return nil, err
	}
	var lines []intraLine
	for _, coder := range append(intra.Coders(), 0) {
		a, _ := intra.Agreement(v.ID, coder)
		h := a.Headline
		lines = append(lines, intraLine{names[coder], a.Layers.Values, figureOf(h.Percent), figureOf(h.AC), figureOf(h.Kappa), figureOf(h.Alpha)})
	}
	return lines, nil
}

// driftOfCoder is one coder's charts.
type driftOfCoder struct {
	Name, Href string
	Alarm      bool
	Series     []driftSeries
}

type driftSeries struct {
	Key     string // message key below coders.against.
	Control web.Control
	Center  float64
	Blocks  []annotations.DriftBlock
}

// coderVariable is one variable with the charts of every coder and, of the one
// who is asked for, the cases to look at again.
func (c *call) coderVariable() error {
	r, err := c.ratings()
	if err != nil {
		return err
	}
	v := r.book.Variable(c.Param("variable"))
	if v == nil || len(r.drift()[v.ID]) == 0 {
		return annotations.ErrNotFound
	}
	chosen, _ := strconv.ParseInt(c.Query("coder"), 10, 64)
	if name := c.Query("table"); name != "" {
		return c.coderVariableTable(r, v, chosen, name)
	}
	names, err := c.memberNames()
	if err != nil {
		return err
	}
	p := coderVariablePage{Tables: c.tables(coderVariableTables...), Label: v.Label.In(c.lang), Question: v.Question.In(c.lang), Agreement: c.studyPath("agreement", v.ID), Block: annotations.DriftCases}
	p.Frame = c.frame(web.Link{Href: c.studyPath("coders"), Label: web.Say("coders.title")}, web.Link{Label: web.Text(p.Label)})
	p.Number, p.Section, p.Hue = c.placeOf(r.book, v)
	charts := r.drift()[v.ID]
	low := lowestShown(charts)
	for _, chart := range charts {
		from, to, alarm := chart.Alarm()
		d := driftOfCoder{Name: names[chart.Coder], Alarm: alarm, Href: c.studyPath("coders", v.ID) + "?coder=" + strconv.FormatInt(chart.Coder, 10) + "#cases"}
		d.Series = c.driftSeries(d.Name, chart, low)
		p.Coders = append(p.Coders, d)
		if chart.Coder == chosen && alarm {
			p.Chosen, p.From, p.To = &d, from, to
			if p.Cases, err = c.store.CoderCases(c.ctx(), c.study.ID, chosen, from, to); err != nil {
				return err
			}
		}
	}
	if p.Intra, err = c.intraLines(r, v, names); err != nil {
		return err
	}
	return c.page("coder_variable", p)
}

// placeOf is where a variable stands in its codebook.
func (c *call) placeOf(book *codebook.Codebook, v *codebook.Variable) (number, section string, colour int) {
	for i, s := range book.Sections {
		for j, x := range s.Variables {
			if x == v {
				return numbered(i, j), s.Label.In(c.lang), hue(i)
			}
		}
	}
	return "", "", 0
}

// lowestShown is where the axis of all charts of a variable begins, so that one
// coder's can be read beside another's.
func lowestShown(charts []annotations.CoderChart) float64 {
	low := 0.8
	for _, chart := range charts {
		for _, b := range append(chart.Settled.Blocks[:len(chart.Settled.Blocks):len(chart.Settled.Blocks)], chart.Others.Blocks...) {
			low = min(low, b.Share(), b.Lower)
		}
	}
	return max(0, math.Floor(low*5+1e-9)/5)
}

func (c *call) driftSeries(name string, chart annotations.CoderChart, low float64) []driftSeries {
	var list []driftSeries
	for _, s := range []struct {
		key    string
		series annotations.DriftSeries
	}{{"settled", chart.Settled}, {"others", chart.Others}} {
		if len(s.series.Blocks) == 0 {
			continue
		}
		d := driftSeries{Key: s.key, Center: s.series.Center, Blocks: s.series.Blocks,
			Control: web.Control{Title: name + ": " + c.say("coders.against."+s.key), Center: s.series.Center, Min: low}}
		for _, b := range s.series.Blocks {
			d.Control.Points = append(d.Control.Points, web.ControlPoint{Label: b.From.Format(time.DateOnly), Value: b.Share(), Lower: b.Lower, Upper: b.Upper, Outside: b.Outside()})
		}
		list = append(list, d)
	}
	return list
}
