package server

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/web"
)

// indicatorPage is one indicator: a sentence, the nation and the regions, the
// half-years, and the numbers of all that in a table.
type indicatorPage struct {
	web.Frame
	Label, Unit string
	Catalogue   string
	Says        string // what the codebook notes on the indicator
	Measure     string
	PeriodLabel string
	Refused     bool
	Working     *workingFigures // nil when the figures are those of now
	Undefined   bool            // the measure that was chosen

	Periods  []web.Link
	Policies []web.Link // empty for a measure that has one way of counting only
	Policy   string

	Figure      shownFigure // of the nation
	Sentence    web.Message
	Steps       []measureStep
	Scale       web.Scale
	Share       bool
	MeasureUnit string

	Regions   *web.Dots
	Funnel    *web.Funnel
	Line      *web.Line
	Breaks    []web.Message // what lies between periods
	Changes   *changesView  // nil where there is none to tell
	Divisions []division
	Downloads map[string][]web.Link // by chart
	tables    map[string][][]string // by chart, its numbers with a header
	Rows      []regionRow
	Columns   []string // labels of the periods
	Hidden    bool     // something is shown as "."
	Limited   bool
	// Released is set if a figure is shown as it is out, for it may not be
	// shown as it stands now.
	Released bool

	Lower, Upper shownFigure
	LeftOut      web.Message // "n of N; left out: ..."
	Process      []processPart
	MayRead      bool // the cases behind figures
	Text         indicatorTextView
	Behind       []behindVariable
	Weakest      *behindVariable
}

// A measureStep is one measure of the indicator, for the nation.
type measureStep struct {
	Href, Label string
	Cascade     bool
	Current     bool
	Undefined   bool
	Unit        string
	Figure      shownFigure
}

type regionRow struct {
	Code, Label string
	Nation      bool
	Sheet       string        // address of the conversation sheet
	Figures     []shownFigure // by period
}

// A processPart is a whole percent of all cases that has neither yes nor no.
type processPart struct {
	Key     string // below indicator.process.
	Percent float64
}

// A behindVariable is a variable that a measure rests on, with the agreement
// between its coders where that is known.
type behindVariable struct {
	Label, Href string
	Pairs       int
	Known       bool
	Value       float64 // AC1, or alpha where there is no AC1
}

// indicator shows one indicator.
func (c *call) indicator() error {
	f, working, err := c.figuresForPage()
	if err != nil {
		return err
	}
	if f == nil {
		return c.pending(web.Say("indicators.title"), working)
	}
	p, err := c.indicatorView(f)
	if err != nil {
		return err
	}
	p.Working = working
	return c.page("indicator", p)
}

// indicatorView works out what the page of an indicator shows.
func (c *call) indicatorView(f *studyFigures) (*indicatorPage, error) {
	ind := f.book.Indicator(c.Param("indicator"))
	if ind == nil || headlineOf(f.book, ind) == nil {
		return nil, annotations.ErrNotFound
	}
	m := headlineOf(f.book, ind)
	if asked := f.book.Measure(c.Query("measure")); asked != nil && asked.Indicator == ind.ID {
		m = asked
	}
	p := &indicatorPage{
		Frame: c.frame(web.Link{Href: c.studyPath("indicators"), Label: web.Say("indicators.title")}, web.Link{Label: web.Text(ind.Label.In(c.lang))}),
		Label: ind.Label.In(c.lang), Unit: ind.Unit.In(c.lang), Says: ind.Note.In(c.lang), Measure: m.Label.In(c.lang), Refused: f.refused,
		Undefined: f.book.Undefined(m) != "", Scale: shareScale, Share: m.Kind == codebook.Share, Policy: string(m.Policy),
		MeasureUnit: exports.UnitLabel(f.book, m).In(c.lang), MayRead: c.may(auth.ReadCase),
		Downloads: map[string][]web.Link{}, tables: map[string][][]string{},
	}
	for _, k := range f.book.Catalogue {
		if k.ID == ind.Catalogue {
			p.Catalogue = k.Label.In(c.lang)
		}
	}
	texts, err := c.store.IndicatorTexts(c.ctx(), c.study.ID)
	if err != nil {
		return nil, err
	}
	p.Text = c.indicatorText(f.book, ind, texts[ind.ID])
	var period string
	if period, p.Periods = c.choosePeriod(f); period == "" {
		return p, nil
	}
	p.PeriodLabel = c.periodLabel(period)
	if p.Share {
		if asked := c.Query("policy"); asked == string(codebook.Demonstrable) || asked == string(codebook.Known) {
			p.Policy = asked
		}
		for _, policy := range []codebook.Policy{codebook.Demonstrable, codebook.Known} {
			p.Policies = append(p.Policies, web.Link{Href: c.withQuery("policy", string(policy)), Label: web.Say("policy." + string(policy)), Current: p.Policy == string(policy)})
		}
	}
	p.Figure = c.show(m, f.figure(m.ID, period, exports.Nation, p.Policy), p.Measure)
	p.Sentence = c.sentence(f.book, m, p.Figure, p.PeriodLabel)
	p.Steps = c.steps(f, ind, m, period, p.Policy)
	p.regions(c, f, m, period)
	p.changes(c, f, m, period)
	p.divisions(c, f, m, period)
	p.funnel(c, f, m, period)
	p.Lower = c.show(m, f.figure(m.ID, period, exports.Nation, string(codebook.Lower)), "")
	p.Upper = c.show(m, f.figure(m.ID, period, exports.Nation, string(codebook.Upper)), "")
	key := disclosure.Key{Measure: m.ID, Period: period, Region: exports.Nation, Breakdown: disclosure.Total, Class: disclosure.Total}
	if s, ok := f.process[key]; ok {
		for _, part := range []processPart{{"unknown_NR", float64(s.UnknownNR)}, {"unknown_DM", float64(s.UnknownDM)}, {"unknown_UC", float64(s.UnknownUC)},
			{"denominator_unknown", float64(s.DenominatorUnknown)}, {"outside", float64(s.Outside)}, {"excluded", float64(s.Excluded)}} {
			part.Percent /= 100
			p.Process = append(p.Process, part)
		}
		p.LeftOut = c.leftOut(m, codebook.Policy(p.Policy), p.Figure, s)
	}
	if p.Behind, p.Weakest, err = c.behind(f.book, m); err != nil {
		return nil, err
	}
	return p, nil
}

// leftOut says in a sentence how many cases count, and what became of the
// others.
func (c *call) leftOut(m *codebook.Measure, policy codebook.Policy, figure shownFigure, s disclosure.Process) web.Message {
	catalogue := c.pages.Catalogue(c.lang)
	list := func(parts []exports.LeftOutPart) string {
		words := make([]string, len(parts))
		for i, part := range parts {
			percent, _ := catalogue.Percent(float64(part.Percent)/100, 0) // a whole number always has a form
			words[i] = percent + " " + c.say("indicator.process."+part.Key)
		}
		if len(words) == 0 {
			return c.say("indicator.left_out_nothing")
		}
		return strings.Join(words, ", ")
	}
	out, asNo := exports.LeftOut(m, policy, s)
	pairs := []any{"n", figure.N, "all", catalogue.Int(s.Cases), "out", list(out)}
	if len(asNo) == 0 {
		return web.Say("indicator.left_out_sentence", pairs...)
	}
	return web.Say("indicator.left_out_sentence_no", append(pairs, "no", list(asNo))...)
}

// periodLabel names a period in the middle of a sentence.
func (c *call) periodLabel(period string) string {
	label := exports.PeriodOf(period).Label.In(c.lang)
	first, size := utf8.DecodeRuneInString(label)
	return string(unicode.ToLower(first)) + label[size:]
}

// periodPhrase names a period as a noun in the middle of a sentence: a half-year
// takes an article, a year does not.
func (c *call) periodPhrase(period string) string {
	if strings.Contains(period, "-") {
		return c.say("figures.half", "period", c.periodLabel(period))
	}
	return c.periodLabel(period)
}

// sentence says a figure in words.
func (c *call) sentence(book *codebook.Codebook, m *codebook.Measure, f shownFigure, period string) web.Message {
	say := func(key string, pairs ...any) web.Message {
		return web.Say(key, append([]any{"measure", m.Label.In(c.lang), "period", period}, pairs...)...)
	}
	catalogue := c.pages.Catalogue(c.lang)
	switch {
	case f.Hidden:
		return say("indicator.sentence.hidden")
	case f.None:
		return say("indicator.sentence.none")
	}
	value, n := f.Value.In(catalogue), f.N
	if f.Low.IsZero() {
		return say("indicator.sentence.plain", "value", value, "n", n)
	}
	key := "indicator.sentence." + string(m.Kind)
	return say(key, "value", value, "n", n, "low", f.Low.In(catalogue), "high", f.High.In(catalogue), "unit", exports.UnitLabel(book, m).In(c.lang))
}

// steps lists the measures of an indicator; a share that has the chosen way of
// counting is shown in it.
func (c *call) steps(f *studyFigures, ind *codebook.Indicator, chosen *codebook.Measure, period, policy string) []measureStep {
	var steps []measureStep
	for _, m := range measuresBelow(f.book, ind) {
		s := measureStep{Href: c.withQuery("measure", m.ID), Label: m.Label.In(c.lang), Cascade: m.Cascade != "", Current: m == chosen,
			Undefined: f.book.Undefined(m) != "", Unit: exports.UnitLabel(f.book, m).In(c.lang)}
		variant := string(m.Policy)
		if m.Kind == codebook.Share && chosen.Kind == codebook.Share && policy != string(chosen.Policy) {
			variant = policy
		}
		s.Figure = c.show(m, f.figure(m.ID, period, exports.Nation, variant), s.Label)
		s.Figure.Cases = c.casesBehind(ind.ID, disclosure.Key{Measure: m.ID, Period: period, Region: exports.Nation, Breakdown: disclosure.Total, Class: disclosure.Total})
		steps = append(steps, s)
	}
	return steps
}

// wide is an axis from zero, or from the lowest below it, that holds all
// figures of a measure.
func wide(f *studyFigures, m *codebook.Measure, variant string) web.Axis {
	axis := web.Axis{Max: 1}
	for _, o := range f.publication.Observations {
		if o.Indicator != m.ID || o.Variant != variant {
			continue
		}
		for _, x := range []*float64{o.Value, o.Lower, o.Upper} {
			if x != nil {
				axis.Min, axis.Max = math.Min(axis.Min, *x), math.Max(axis.Max, *x)
			}
		}
	}
	if axis.Max < 5 {
		axis.Decimals = 1
	}
	return axis
}

// behind lists the variables that a measure rests on, with their agreement, and
// the weakest of them; nil where that is not known.
func (c *call) behind(book *codebook.Codebook, m *codebook.Measure) (list []behindVariable, weakest *behindVariable, err error) {
	ratings, err := c.ratings()
	if err != nil {
		return nil, nil, err
	}
	compared := ratings.agreement(annotations.Selection{})
	least := exports.Weakest(book, m, func(id string) (annotations.VariableAgreement, bool) {
		a, ok := compared[id]
		return a, ok
	})
	for _, id := range book.Behind(m) {
		v := book.Variable(id)
		b := behindVariable{Label: v.Label.In(c.lang)}
		if a, ok := compared[id]; ok {
			fact := exports.FactOf(a)
			if b.Pairs = fact.Pairs; fact.Value != nil {
				b.Known, b.Value = true, *fact.Value
			}
			if c.may(auth.SeeAgreement) {
				b.Href = c.studyPath("agreement", id)
			}
		}
		list = append(list, b)
		if least != nil && least.Variable == id {
			weakest = &b
		}
	}
	return list, weakest, nil
}
