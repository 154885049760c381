package server

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/web"
)

// figureCasesPage lists the cases behind a figure, for who may read cases. It
// holds true counts.
type figureCasesPage struct {
	web.Frame
	Measure, PeriodLabel, Region, Class string
	Outcomes                            []outcomeLink
	Cases                               []figureCase
	More                                string // address of the next page
	Total                               int
}

type outcomeLink struct {
	web.Link
	N int
}

type figureCase struct {
	ID, Href, Region, Period string
	Outcome                  string // part of a message key
	Codes                    string
}

// casesBehind is the address of the cases behind a figure, empty for who may
// not read them.
func (c *call) casesBehind(indicator string, k disclosure.Key) string {
	if !c.may(auth.ReadCase) {
		return ""
	}
	q := url.Values{"measure": {k.Measure}, "period": {k.Period}, "region": {k.Region}}
	if k.Breakdown != disclosure.Total {
		q.Set("by", k.Breakdown)
		q.Set("class", k.Class)
	}
	return c.studyPath("indicators", indicator, "cases") + "?" + q.Encode()
}

// askedMeasure is the measure that the address names, of its indicator.
func (c *call) askedMeasure(book *codebook.Codebook) (*codebook.Indicator, *codebook.Measure, error) {
	ind := book.Indicator(c.Param("indicator"))
	if ind == nil {
		return nil, nil, annotations.ErrNotFound
	}
	m := headlineOf(book, ind)
	if asked := book.Measure(c.Query("measure")); asked != nil && asked.Indicator == ind.ID {
		m = asked
	}
	if m == nil {
		return nil, nil, annotations.ErrNotFound
	}
	return ind, m, nil
}

// figureCases lists the cases behind a figure by what they count as.
func (c *call) figureCases() error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	ind, m, err := c.askedMeasure(book)
	if err != nil {
		return err
	}
	period, region := c.Query("period"), c.Query("region")
	by, class := c.Query("by"), c.Query("class")
	back := c.studyPath("indicators", ind.ID) + "?" + url.Values{"measure": {m.ID}, "period": {period}}.Encode()
	p := figureCasesPage{Measure: m.Label.In(c.lang), PeriodLabel: c.periodLabel(period), Region: regionLabel(book, region, c.lang),
		Frame: c.frame(web.Link{Href: c.studyPath("indicators"), Label: web.Say("indicators.title")}, web.Link{Href: back, Label: web.Text(ind.Label.In(c.lang))}, here("figure.cases"))}
	if region == exports.Nation || region == "" {
		region, p.Region = "", c.say("figure.nation")
	}
	if v := book.Variable(by); v != nil {
		p.Class = v.Label.In(c.lang) + ": " + answerLabel(book, v, codebook.Answer{Value: class}, c.lang)
	}
	at := slices.Index(book.Measures, m)
	counts := map[codebook.Outcome]int{}
	wanted, after := c.Query("outcome"), c.Query("after")
	object := "figure " + m.ID
	for row, err := range c.store.SettledIn(c.ctx(), c.actor, c.study.ID, object, region, period) {
		if err != nil {
			return err
		}
		if at >= len(row.Statuses) || by != "" && row.Classes[by] != class {
			continue
		}
		outcome := book.Outcomes(row.Statuses)[at]
		counts[outcome]++
		if wanted != "" && outcome.String() != wanted || string(row.Case.ID) <= after {
			continue
		}
		if len(p.Cases) == casesPerPage {
			p.More = c.withQuery("after", p.Cases[casesPerPage-1].ID)
			continue
		}
		p.Cases = append(p.Cases, figureCase{ID: string(row.Case.ID), Region: regionLabel(book, row.Case.Region, c.lang), Period: row.Case.Period,
			Href:    c.studyPath("indicators", ind.ID, "cases", string(row.Case.ID)) + "?measure=" + url.QueryEscape(m.ID),
			Outcome: outcome.String(), Codes: row.Statuses[at].Codes.String()})
	}
	for _, outcome := range codebook.Outcomes {
		if counts[outcome] > 0 {
			p.Total += counts[outcome]
			p.Outcomes = append(p.Outcomes, outcomeLink{web.Link{Href: c.outcomeHref(outcome.String()), Label: web.Say("outcome." + outcome.String()), Current: wanted == outcome.String()}, counts[outcome]})
		}
	}
	if wanted != "" {
		p.Outcomes = append(p.Outcomes, outcomeLink{web.Link{Href: c.outcomeHref(""), Label: web.Say("outcome.all")}, p.Total})
	}
	return c.page("figure_cases", p)
}

// outcomeHref is the address of the page narrowed to an outcome, from its
// beginning.
func (c *call) outcomeHref(outcome string) string {
	u := *c.Request.URL
	q := u.Query()
	q.Del("after")
	q.Del("outcome")
	if outcome != "" {
		q.Set("outcome", outcome)
	}
	u.RawQuery = q.Encode()
	return u.RequestURI()
}

// figureCasePage is one case behind a figure: the settled answers that the
// measure rests on, where they come from, and the passages in the text.
type figureCasePage struct {
	web.Frame
	ID, Href, Region, Period string
	Measure, Outcome, Codes  string
	Closed                   bool
	Compare                  string
	Lines                    []settledLine
}

type settledLine struct {
	Label, Question, Answer string
	Missing                 bool
	Provenance              annotations.Provenance
	Reason                  string // of who decided
	Passages                []passageInText
}

// A passageInText is a passage with what stands around it.
type passageInText struct {
	Place, Href          string
	Before, Quote, After string
}

// around is how many characters of text are shown on either side of a passage.
const around = 160

func (c *call) figureCase() error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	ind, m, err := c.askedMeasure(book)
	if err != nil {
		return err
	}
	id := annotations.CaseID(c.Param("case"))
	behind := book.Behind(m)
	k, err := c.store.SettledCase(c.ctx(), c.actor, c.study.ID, id, behind)
	if err != nil {
		return err
	}
	status := book.Status(m, k.Settlement.Answers)
	p := figureCasePage{ID: string(id), Href: c.studyPath("cases", string(id)), Region: regionLabel(book, k.Case.Region, c.lang), Period: k.Case.Period,
		Measure: m.Label.In(c.lang), Outcome: status.Outcome().String(), Codes: status.Codes.String(), Closed: k.Closed,
		Frame: c.frame(web.Link{Href: c.studyPath("indicators"), Label: web.Say("indicators.title")},
			web.Link{Href: c.studyPath("indicators", ind.ID) + "?measure=" + url.QueryEscape(m.ID), Label: web.Text(ind.Label.In(c.lang))}, web.Link{Label: web.Text(string(id))})}
	if k.Closed && c.may(auth.Adjudicate) {
		p.Compare = c.studyPath("compare", string(id))
	}
	docs := map[int64]annotations.Document{}
	if len(k.Passages) > 0 {
		list, err := c.store.Documents(c.ctx(), k.Case.Key)
		if err != nil {
			return err
		}
		for _, d := range list {
			docs[d.Key] = d
		}
	}
	for _, name := range behind {
		v := book.Variable(name)
		a, ok := k.Settlement.Answers[name]
		if !ok {
			continue
		}
		line := settledLine{Label: v.Label.In(c.lang), Question: v.Question.In(c.lang), Answer: answerLabel(book, v, a, c.lang), Missing: a.Missing != "",
			Provenance: k.Settlement.Provenance[name], Reason: k.Decisions[name].Reason}
		for _, passage := range k.Passages {
			if passage.Variable == name {
				line.Passages = append(line.Passages, c.inText(book, id, passage, docs[passage.Document]))
			}
		}
		p.Lines = append(p.Lines, line)
	}
	return c.page("figure_case", p)
}

// inText puts a passage between what stands around it.
func (c *call) inText(book *codebook.Codebook, id annotations.CaseID, p annotations.Passage, d annotations.Document) passageInText {
	if p.Document == 0 {
		return passageInText{Place: c.passagePlace(book, p), Quote: p.Paraphrase}
	}
	out := passageInText{Place: typeLabel(book, d.Type, c.lang), Quote: p.Quote}
	if d.Title != "" {
		out.Place = d.Title
	}
	if d.Day != nil {
		out.Place += ", " + c.say("common.day", "n", *d.Day)
	}
	out.Href = c.studyPath("cases", string(id), "documents", strconv.Itoa(d.Number))
	text := []rune(d.Text)
	if p.Start < 0 || p.End > len(text) || p.Start >= p.End || string(text[p.Start:p.End]) != p.Quote {
		return out // the quote stands for itself
	}
	out.Before, out.After = string(text[max(0, p.Start-around):p.Start]), string(text[p.End:min(len(text), p.End+around)])
	if p.Start > around {
		out.Before = "… " + out.Before
	}
	if p.End+around < len(text) {
		out.After += " …"
	}
	return out
}
