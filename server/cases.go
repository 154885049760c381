package server

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// casesPerPage is the length of a page of the list.
const casesPerPage = 100

type casesPage struct {
	web.Frame
	Action    string
	Filter    store.CaseFilter
	Narrowed  bool
	States    []web.Option
	Regions   []web.Option
	Periods   []web.Option
	Cases     []caseLine
	Pager     web.Pager
	MayImport bool
	MayAssign bool
	Import    string
	Assign    string
}

type caseLine struct {
	store.CaseLine
	Href, Region string
}

// caseFilter reads the narrowing of a list of cases from the address or a form.
func caseFilter(get func(string) string) store.CaseFilter {
	f := store.CaseFilter{State: annotations.State(get("state")), Region: get("region"), Period: get("period"), Find: strings.TrimSpace(get("find")),
		After: annotations.CaseID(get("after")), Before: annotations.CaseID(get("before")), Limit: casesPerPage}
	if !slices.Contains(annotations.States, f.State) {
		f.State = ""
	}
	if f.After != "" {
		f.Before = ""
	}
	return f
}

// filterQuery is the part of an address that keeps the narrowing f.
func filterQuery(f store.CaseFilter) url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"state": string(f.State), "region": f.Region, "period": f.Period, "find": f.Find} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// filterOptions are the choices of a filter: what the cases of the study have.
func (c *call) filterOptions(book *codebook.Codebook) (states, regions, periods []web.Option, err error) {
	counts, err := c.store.CaseCounts(c.ctx(), c.study.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	states = []web.Option{{Label: web.Say("cases.any_state")}}
	regions = []web.Option{{Label: web.Say("cases.any_region")}}
	periods = []web.Option{{Label: web.Say("cases.any_period")}}
	add := func(list []web.Option, value string, label web.Message) []web.Option {
		if value == "" || slices.ContainsFunc(list, func(o web.Option) bool { return o.Value == value }) {
			return list
		}
		return append(list, web.Option{Value: value, Label: label})
	}
	for _, n := range counts {
		label := n.Region
		if name := regionLabel(book, n.Region, c.lang); name != n.Region {
			label += " " + name
		}
		regions = add(regions, n.Region, web.Text(label))
		periods = add(periods, n.Period, web.Text(n.Period))
	}
	for _, s := range annotations.States {
		if slices.ContainsFunc(counts, func(n store.CaseCount) bool { return n.State == s }) {
			states = add(states, string(s), web.Say("state."+string(s)))
		}
	}
	slices.SortFunc(periods[1:], func(a, b web.Option) int { return strings.Compare(a.Value, b.Value) })
	return states, regions, periods, nil
}

// cases lists the cases of a study, a page at a time.
func (c *call) cases() error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	f := caseFilter(c.Query)
	p := casesPage{Frame: c.frame(here("cases.title")), Action: c.studyPath("cases"), Filter: f,
		MayImport: c.may(auth.ImportCases), MayAssign: c.may(auth.Assign), Import: c.studyPath("import"), Assign: c.studyPath("assign")}
	query := filterQuery(f)
	p.Narrowed = len(query) > 0
	if p.States, p.Regions, p.Periods, err = c.filterOptions(book); err != nil {
		return err
	}
	lines, err := c.store.Cases(c.ctx(), c.study.ID, f)
	if err != nil {
		return err
	}
	total, earlier, err := c.store.CountCases(c.ctx(), c.study.ID, f)
	if err != nil {
		return err
	}
	for _, l := range lines {
		p.Cases = append(p.Cases, caseLine{l, c.studyPath("cases", string(l.Case.ID)), regionLabel(book, l.Case.Region, c.lang)})
	}
	if n := len(lines); n > 0 {
		p.Pager = web.Pager{From: earlier + 1, To: earlier + n, Total: total}
		link := func(name string, id annotations.CaseID) string {
			q := filterQuery(f)
			q.Set(name, string(id))
			return p.Action + "?" + q.Encode()
		}
		if earlier > 0 {
			p.Pager.Prev = link("before", lines[0].Case.ID)
		}
		if earlier+n < total {
			p.Pager.Next = link("after", lines[n-1].Case.ID)
		}
	}
	if p.MayAssign && len(query) > 0 {
		p.Assign += "?" + query.Encode()
	}
	return c.page("cases", p)
}

type casePage struct {
	web.Frame
	Case        annotations.Case
	Href        string
	Region      string
	Attributes  []intake.Attribute
	Documents   []documentLine
	MayRead     bool
	MayScreen   bool
	Screening   string
	MayAssign   bool
	Assignments []assignmentLine
	Coders      []web.Option // to whom the case can still be given
	Rounds      []web.Option
	Compare     string // when all codings are in
	Gold        string // address, when the case may become a practice case
	History     []store.Transition
	Drawn       []web.Message  // how it came into the sample
	Releases    []web.Link     // approved, in which it counts
	Reopened    []reopenedLine // decisions made anew, for who may settle
}

type reopenedLine struct {
	annotations.Decision
	Label string // of the variable
}

type documentLine struct {
	store.DocumentLine
	Type    string
	Notices []web.Message
}

type assignmentLine struct {
	annotations.Assignment
	Withdraw, Review, Reassign string // addresses; empty when it cannot be done
	Late                       bool
}

func (c *call) casePage() error {
	return c.caseAgain(http.StatusOK, annotations.CaseID(c.Param("case")), nil)
}

func (c *call) caseAgain(status int, id annotations.CaseID, problems []web.Problem) error {
	k, err := c.store.Case(c.ctx(), c.study.ID, id)
	if err != nil {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	p := casePage{Frame: c.frame(web.Link{Href: c.studyPath("cases"), Label: web.Say("cases.title")}, web.Link{Label: web.Text(string(k.ID))}),
		Case: k, Href: c.studyPath("cases", string(k.ID)), Region: regionLabel(book, k.Region, c.lang),
		MayRead: c.may(auth.ReadCase), MayScreen: c.may(auth.Screen), Screening: c.studyPath("screening"), MayAssign: c.may(auth.Assign)}
	p.Problems = problems
	for _, name := range slices.Sorted(maps.Keys(k.Attributes)) {
		p.Attributes = append(p.Attributes, intake.Attribute{Name: name, Value: k.Attributes[name]})
	}
	docs, err := c.store.DocumentLines(c.ctx(), k.Key)
	if err != nil {
		return err
	}
	for _, d := range docs {
		p.Documents = append(p.Documents, documentLine{d, typeLabel(book, d.Type, c.lang), c.notices(d.Notices)})
	}
	if p.History, err = c.store.Transitions(c.ctx(), k.Key); err != nil {
		return err
	}
	given, err := c.store.CaseAssignments(c.ctx(), c.actor, k.Key)
	if err != nil {
		return err
	}
	has := map[int64]bool{}
	for _, a := range given {
		line := assignmentLine{Assignment: a, Late: a.Overdue(c.now())}
		if p.MayAssign && a.Status != annotations.Withdrawn {
			has[a.Coder] = true
			if a.Editable() && a.RepeatOf == 0 {
				line.Reassign = c.studyPath("assignments", strconv.FormatInt(a.ID, 10), "reassign")
			}
			line.Withdraw = c.studyPath("assignments", strconv.FormatInt(a.ID, 10), "withdraw")
		}
		if c.may(auth.Guide) && (a.Status == annotations.HandedIn || a.Status == annotations.Returned) {
			line.Review = c.studyPath("assignments", strconv.FormatInt(a.ID, 10))
		}
		p.Assignments = append(p.Assignments, line)
	}
	if err := c.caseWay(&p, book, given); err != nil {
		return err
	}
	if c.may(auth.Adjudicate) && len(has) > 1 && (k.State == annotations.Comparing || k.State == annotations.Settled) {
		p.Compare = c.studyPath("compare", string(k.ID))
	}
	if c.may(auth.Adjudicate) && k.State == annotations.Settled && !k.Practice {
		sampled, err := c.store.InFrame(c.ctx(), c.study.ID, k.ID)
		if err != nil {
			return err
		}
		if !sampled {
			p.Gold = c.studyPath("cases", string(k.ID), "gold")
		}
	}
	if p.MayAssign && k.State != annotations.Screening && k.State != annotations.Dropped {
		coders, err := c.coders()
		if err != nil {
			return err
		}
		if p.Rounds, err = c.roundOptions(); err != nil {
			return err
		}
		for _, m := range coders {
			if !has[m.ID] {
				p.Coders = append(p.Coders, web.Option{Value: strconv.FormatInt(m.ID, 10), Label: web.Text(m.Name)})
			}
		}
		for i := range p.Assignments {
			if p.Coders == nil {
				p.Assignments[i].Reassign = "" // nobody is left to give it to
			}
		}
	}
	return c.pageStatus(status, "case", p)
}

// caseWay fills in what of the way of a case stands elsewhere: its draw, the
// releases in which it counts, and decisions that were made anew, whose reasons
// stay closed to a lead who codes it.
func (c *call) caseWay(p *casePage, book *codebook.Codebook, given []annotations.Assignment) error {
	f, draw, err := c.store.Drawn(c.ctx(), c.study.ID, p.Case.ID)
	switch {
	case errors.Is(err, annotations.ErrNotFound) || err == nil && !f.Used:
	case err != nil:
		return err
	case draw == 0:
		p.Drawn = append(p.Drawn, web.Say("case.drawn_elsewhere", "stratum", f.List))
	default:
		p.Drawn = append(p.Drawn, web.Say("case.drawn_at", "draw", draw, "place", f.Place, "stratum", f.List))
	}
	if p.Drawn != nil && f.Replaces != "" {
		p.Drawn = append(p.Drawn, web.Say("case.drawn_replaces", "case", string(f.Replaces)))
	}
	if c.may(auth.ReadReleases) {
		list, err := c.store.CountedIn(c.ctx(), c.study.ID, p.Case.ID)
		if err != nil {
			return err
		}
		for _, r := range list {
			p.Releases = append(p.Releases, web.Link{Href: c.studyPath("releases", r.ID), Label: web.Text(r.ID)})
		}
	}
	codes := slices.ContainsFunc(given, func(a annotations.Assignment) bool { return a.Coder == c.actor.ID })
	if !c.may(auth.Adjudicate) || codes {
		return nil
	}
	again, err := c.store.ReopenedDecisions(c.ctx(), p.Case.Key)
	for _, d := range again {
		label := d.Variable
		if v := book.Variable(d.Variable); v != nil {
			label = v.Label.In(c.lang)
		}
		p.Reopened = append(p.Reopened, reopenedLine{d, label})
	}
	return err
}

// notices are what reading left out of a document, as sentences.
func (c *call) notices(stored string) []web.Message {
	var list []intake.Notice
	if json.Unmarshal([]byte(stored), &list) != nil {
		return nil // an older program wrote it
	}
	messages := make([]web.Message, len(list))
	for i, n := range list {
		messages[i] = web.SayN(n.Key(), n.Count, "encoding", cmp.Or(n.Encoding, "?")) // an older program named none
	}
	return messages
}

// coders are the people of the study who can be given cases, by name.
func (c *call) coders() ([]store.User, error) {
	members, err := c.store.Members(c.ctx(), c.study.ID)
	var list []store.User
	for _, m := range members {
		if slices.Contains(m.Roles, auth.Coder) && !m.User.Disabled() {
			list = append(list, m.User)
		}
	}
	return list, err
}

type documentPage struct {
	web.Frame
	Case, Type string
	Document   annotations.Document
	Paragraphs []web.Paragraph
}

// readDocument shows a text to those who may read every case of the study.
func (c *call) readDocument() error {
	number, err := c.pathID("document")
	if err != nil {
		return err
	}
	id := annotations.CaseID(c.Param("case"))
	d, err := c.store.ReadDocument(c.ctx(), c.actor, c.study.ID, id, int(number))
	if err != nil {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	p := documentPage{Case: string(id), Type: typeLabel(book, d.Type, c.lang), Document: d, Paragraphs: web.Paragraphs(d.Text)}
	title := d.Title
	if title == "" {
		title = p.Type
	}
	p.Frame = c.frame(web.Link{Href: c.studyPath("cases"), Label: web.Say("cases.title")},
		web.Link{Href: c.studyPath("cases", string(id)), Label: web.Text(string(id))}, web.Link{Label: web.Text(title)})
	return c.page("document", p)
}
