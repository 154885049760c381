package server

import (
	"strconv"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

type auditPage struct {
	web.Frame
	Action     string
	People     []web.Option
	Person     string
	Case       string
	From, To   string
	Rows       []auditRow
	Next, Back string // older records, the newest ones
	Filtered   bool
}

type auditRow struct {
	Seq                               int64
	At                                time.Time
	Who, Role, Act, Code, Case, Facts string
}

// auditRows is the length of a page of the log.
const auditRows = 100

// auditLog shows the log of the study, newest first. Reading it is in the log.
func (c *call) auditLog() error {
	f, problems := c.logFilter()
	p := auditPage{Frame: c.frame(here("audit.title")), Action: c.studyPath("audit"), Person: c.Query("person"), Case: f.Case,
		From: c.Query("from"), To: c.Query("to")}
	p.Problems = problems
	p.Filtered = p.Person != "" || p.Case != "" || p.From != "" || p.To != ""
	members, err := c.store.Members(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	p.People = []web.Option{{Value: "", Label: web.Say("audit.everybody")}}
	for _, m := range members {
		p.People = append(p.People, web.Option{Value: strconv.FormatInt(m.User.ID, 10), Label: web.Text(m.User.Name)})
	}
	if problems == nil {
		records, err := c.store.Log(c.ctx(), f)
		if err != nil {
			return err
		}
		for _, r := range records {
			row, err := c.auditRow(r)
			if err != nil {
				return err
			}
			p.Rows = append(p.Rows, row)
		}
		detail := map[string]any{"rows": len(records), "person": f.Actor, "from": f.From, "to": f.To, "before": f.Before}
		if err := c.store.Record(c.ctx(), c.actor, store.Event{Act: "audit.read", Study: c.study.ID, Case: f.Case, Detail: detail, Right: c.right}); err != nil {
			return err
		}
		if len(records) == auditRows {
			p.Next = c.withQuery("before", strconv.FormatInt(records[len(records)-1].Seq, 10))
		}
	}
	if c.Query("before") != "" {
		p.Back = c.withQuery("before", "")
	}
	return c.page("audit", p)
}

// logFilter reads what the log is to be narrowed to.
func (c *call) logFilter() (store.LogFilter, []web.Problem) {
	var problems []web.Problem
	f := store.LogFilter{Study: c.study.ID, Case: strings.TrimSpace(c.Query("case")), Limit: auditRows}
	number := func(name string) int64 {
		text := c.Query(name)
		if text == "" {
			return 0
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			problems = append(problems, web.Problem{Field: name, Text: web.Say("audit.number")})
		}
		return n
	}
	day := func(name string, plus int) string {
		text := c.Query(name)
		if text == "" {
			return ""
		}
		t, err := time.Parse(time.DateOnly, text)
		if err != nil {
			problems = append(problems, web.Problem{Field: name, Text: web.Say("audit.date")})
			return ""
		}
		return t.AddDate(0, 0, plus).Format(time.RFC3339)
	}
	f.Actor, f.Before = number("person"), number("before")
	f.From, f.To = day("from", 0), day("to", 1) // the last day is included
	return f, problems
}
