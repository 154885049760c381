package server

import (
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/web"
)

type reliabilityPlanPage struct {
	web.Frame
	Action, Assign string
	Half           string // as typed
	Groups         []planGroup
	Short          int // variables
	Next           []annotations.NextCase
	Few            int
	Tables         map[string]string
}

type planGroup struct {
	Label string
	Hue   int
	Rows  []planRow
}

type planRow struct {
	annotations.PairsPlan
	Number, Label, Href string
}

// nextCases is how many cases are proposed for a second coder at a time.
const nextCases = 20

// reliabilityPlan says of each variable whether it has pairs enough, and which
// cases to code twice next.
func (c *call) reliabilityPlan() error {
	r, err := c.ratings()
	if err != nil {
		return err
	}
	p := reliabilityPlanPage{Frame: c.frame(web.Link{Href: c.studyPath("agreement"), Label: web.Say("agreement.title")}, here("plan.title")),
		Action: c.studyPath("reliability", "plan"), Assign: c.studyPath("assign"), Few: annotations.FewPairs}
	var given bool
	if p.Half, given = c.GetQuery("half"); !given {
		p.Half = c.number(0.2, 1)
	}
	half, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(p.Half), ",", ".", 1), 64)
	if err != nil || !(half >= 0.02 && half <= 1) {
		p.Problems = []web.Problem{{Field: "half", Text: web.Say("plan.wrong")}}
		return c.page("reliability_plan", p)
	}
	all := r.agreement(annotations.Selection{})
	var plans []annotations.PairsPlan
	for i, s := range r.book.Sections {
		g := planGroup{Label: s.Label.In(c.lang), Hue: hue(i)}
		for j, v := range s.Variables {
			a, ok := all[v.ID]
			if !ok || a.Copied() {
				continue
			}
			plan := annotations.PlanPairs(a, half)
			plans = append(plans, plan)
			if !plan.Enough() {
				p.Short++
			}
			g.Rows = append(g.Rows, planRow{plan, numbered(i, j), v.Label.In(c.lang), c.studyPath("agreement", v.ID)})
		}
		if len(g.Rows) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
	if p.Short > 0 {
		once, err := c.codedOnce(r.book)
		if err != nil {
			return err
		}
		p.Next = annotations.NextCases(plans, once, nextCases)
	}
	if name := c.Query("table"); name != "" {
		return c.planTable(p, r.book, name)
	}
	p.Tables = c.tables(planTables...)
	return c.page("reliability_plan", p)
}

// codedOnce returns the cases that only one coder has, with what was handed
// in. A page says no more of it than how many variables have a value.
func (c *call) codedOnce(book *codebook.Codebook) (map[annotations.CaseID]codebook.Answers, error) {
	once := map[annotations.CaseID]codebook.Answers{}
	for h, err := range c.store.HandedIn(c.ctx(), c.study.ID) {
		if err != nil {
			return nil, err
		}
		if len(h.Codings) == 1 && h.Case.State == annotations.Settled {
			once[h.Case.ID] = book.Effective(h.Codings[0].Given(book, h.Case))
		}
	}
	return once, nil
}
