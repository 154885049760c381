package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// assignMost bounds what is given in one go, so that a preview can be read.
const assignMost = 2000

// maxPlans is the number of lines of a preview.
const maxPlans = 200

type assignPage struct {
	web.Frame
	Action  string
	Form    assignForm
	States  []web.Option
	Regions []web.Option
	Periods []web.Option
	Rounds  []web.Option
	Coders  []coderChoice
	Plan    *planPreview // nil before the preview
	Recall  string       // address
	Links   []web.Link   // to rounds and training
	Most    int
}

// assignForm is the form as it was typed.
type assignForm struct {
	IDs      string // pseudonyms; empty chooses by the filter
	State    string
	Region   string
	Period   string
	Coders   []string
	Double   string // percentage of cases that go to two coders
	Least    string // number of these in each stratum at least
	Blocks   string // of the work
	Seed     string
	Round    string
	Reason   string
	CoreOnly bool
}

type coderChoice struct {
	ID, Name string
	Given    int    // cases the coder has now and has not handed in
	Quota    string // cases at most, as typed
	Chosen   bool
}

type planPreview struct {
	Cases, Double int
	Spread        [3]int // of the double ones, in the beginning, the middle and the end of the work
	Least         int    // pairs asked of each stratum
	Short         []annotations.Shortfall
	Passed        int // cases that are left out: every chosen coder has them, or no quota is left
	Strata        []string
	Coders        []planCoder
	Names         []string // of the coders, for the heads of tables
	Blocks        []planBlock
	Lines         []planLine
	More          int // lines that are not shown
	Hash          string
	changes       int64 // of the study when it was made
}

// A planCoder is a row of the tables of a plan: what a coder gets.
type planCoder struct {
	Name   string
	Total  int
	Quota  int   // 0 for none
	Strata []int // cases of each stratum
	Pairs  []int // cases together with each coder; -1 with themselves
}

// A planBlock is what is done in one part of the work.
type planBlock struct {
	Number, Cases, Double int
	Coders                []int
}

type planLine struct {
	Case, Stratum string
	Block         int
	Coders        []string
}

// assignForm shows the form, with the filter of the list it was opened from.
func (c *call) assignForm() error {
	f := caseFilter(c.Query)
	form := assignForm{State: string(f.State), Region: f.Region, Period: f.Period, Double: "10", Least: "0", Blocks: "3",
		Seed: strconv.FormatUint(uint64(rand.Uint32N(900_000)+100_000), 10)}
	if !assignable(f.State) {
		form.State = string(annotations.Available)
	}
	if f.Find != "" { // the form has no search; what the list showed is listed
		f.Limit = assignMost
		found, err := c.store.Assignable(c.ctx(), c.study.ID, nil, f)
		if err != nil {
			return err
		}
		for _, k := range found {
			if assignable(k.State) {
				form.IDs += string(k.ID) + " "
			}
		}
	}
	return c.assignAgain(http.StatusOK, form, nil, nil)
}

func (c *call) assignAgain(status int, form assignForm, plan *planPreview, problems []web.Problem) error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	p := assignPage{Frame: c.frame(here("assign.title")), Action: c.studyPath("assign"), Recall: c.studyPath("recall"), Form: form, Plan: plan, Most: assignMost,
		Links: []web.Link{{Href: c.studyPath("rounds"), Label: web.Say("rounds.title")}, {Href: c.studyPath("training"), Label: web.Say("training.title")}}}
	p.Problems = problems
	if p.Rounds, err = c.roundOptions(); err != nil {
		return err
	}
	if p.States, p.Regions, p.Periods, err = c.filterOptions(book); err != nil {
		return err
	}
	// What is held back, compared or settled cannot be given.
	p.States = slices.DeleteFunc(p.States, func(o web.Option) bool { return o.Value == "" || !assignable(annotations.State(o.Value)) })
	if !slices.ContainsFunc(p.States, func(o web.Option) bool { return o.Value == string(annotations.Available) }) {
		p.States = slices.Insert(p.States, 0, web.Option{Value: string(annotations.Available), Label: web.Say("state." + string(annotations.Available))})
	}
	coders, err := c.coders()
	if err != nil {
		return err
	}
	progress, err := c.store.Progress(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	for _, u := range coders {
		choice := coderChoice{ID: strconv.FormatInt(u.ID, 10), Name: u.Name}
		choice.Chosen, choice.Quota = slices.Contains(form.Coders, choice.ID), c.PostForm("quota."+choice.ID)
		for _, g := range progress {
			if g.Coder == u.ID {
				choice.Given = g.Given - g.Submitted
			}
		}
		p.Coders = append(p.Coders, choice)
	}
	return c.pageStatus(status, "assign", p)
}

func assignable(s annotations.State) bool {
	return s == annotations.Available || s == annotations.Assigned || s == annotations.InCoding || s == annotations.Submitted
}

// An assignOrder is what the form asks for, once it is understood.
type assignOrder struct {
	ids    []annotations.CaseID
	filter store.CaseFilter
	coders []store.User
	quotas map[int64]int
	double annotations.Overlap
	blocks int
	seed   uint64
}

// readAssignForm reads the form, with all that is wrong with it.
func (c *call) readAssignForm() (assignForm, assignOrder, []web.Problem, error) {
	form := assignForm{IDs: c.PostForm("ids"), State: c.PostForm("state"), Region: c.PostForm("region"), Period: c.PostForm("period"),
		Coders: c.PostFormArray("coder"), Double: strings.TrimSpace(c.PostForm("double")), Least: strings.TrimSpace(c.PostForm("least")), Seed: strings.TrimSpace(c.PostForm("seed")),
		Round: strings.TrimSpace(c.PostForm("round")), CoreOnly: c.PostForm("core_only") != "", Blocks: strings.TrimSpace(c.PostForm("blocks")),
		Reason: strings.TrimSpace(c.PostForm("reason"))}
	order := assignOrder{filter: caseFilter(c.PostForm), quotas: map[int64]int{}, blocks: 3}
	order.filter.Limit, order.filter.After, order.filter.Before, order.filter.Find = assignMost, "", "", ""
	var problems []web.Problem
	add := func(field, key string, pairs ...any) {
		problems = append(problems, web.Problem{Field: field, Text: web.Say(key, pairs...)})
	}
	for id := range strings.FieldsFuncSeq(form.IDs, func(r rune) bool { return strings.ContainsRune(" ,;\t\r\n", r) }) {
		order.ids = append(order.ids, annotations.CaseID(id))
	}
	if len(order.ids) > assignMost {
		add("ids", "assign.ids.many", "most", assignMost)
	}
	if order.ids == nil && !assignable(order.filter.State) {
		add("state", "assign.state.invalid")
	}
	if form.Round != "" {
		if _, err := c.store.Round(c.ctx(), c.study.ID, form.Round); errors.Is(err, annotations.ErrNotFound) {
			add("round", "assign.round.unknown", "round", form.Round)
		} else if err != nil {
			return form, order, nil, err
		}
	}
	percent, err := strconv.ParseFloat(strings.Replace(form.Double, ",", ".", 1), 64)
	if err != nil || !(percent >= 0 && percent <= 100) {
		add("double", "assign.double.invalid")
	}
	order.double.Share = percent / 100
	if form.Least != "" {
		if order.double.Least, err = strconv.Atoi(form.Least); err != nil || order.double.Least < 0 {
			add("least", "assign.least.invalid")
		}
	}
	if form.Blocks != "" {
		if order.blocks, err = strconv.Atoi(form.Blocks); err != nil || order.blocks < 1 || order.blocks > 50 {
			add("blocks", "assign.blocks.invalid")
		}
	}
	if len([]rune(form.Reason)) > 200 {
		add("reason", "assign.reason.long")
	} else if refused, err := c.problems(c.screened("reason", form.Reason)); err != nil {
		return form, order, nil, err
	} else {
		problems = append(problems, refused...)
	}
	if order.seed, err = strconv.ParseUint(form.Seed, 10, 63); err != nil {
		add("seed", "assign.seed.invalid")
	}
	coders, err := c.coders()
	if err != nil {
		return form, order, nil, err
	}
	for _, u := range coders {
		if slices.Contains(form.Coders, strconv.FormatInt(u.ID, 10)) {
			order.coders = append(order.coders, u)
			if quota := strings.TrimSpace(c.PostForm("quota." + strconv.FormatInt(u.ID, 10))); quota != "" {
				if order.quotas[u.ID], err = strconv.Atoi(quota); err != nil || order.quotas[u.ID] < 1 {
					add("coder", "assign.quota.invalid", "coder", u.Name)
				}
			}
		}
	}
	switch {
	case len(order.coders) == 0:
		add("coder", "assign.coder.required")
	case len(order.coders) < 2 && (percent > 0 || order.double.Least > 0):
		add("coder", "assign.coder.second")
	}
	return form, order, problems, nil
}

// plan divides the cases of an order, and tells which of the listed cases
// cannot be given.
func (c *call) plan(order assignOrder) ([]annotations.Planned, planPreview, []web.Problem, error) {
	var preview planPreview
	var err error
	if preview.changes, err = c.store.Changes(c.ctx(), c.study.ID); err != nil { // before the cases are read
		return nil, preview, nil, err
	}
	cases, err := c.store.Assignable(c.ctx(), c.study.ID, order.ids, order.filter)
	if err != nil {
		return nil, preview, nil, err
	}
	var problems []web.Problem
	found := map[annotations.CaseID]store.PlanCase{}
	var planned []annotations.PlannedCase
	hash := sha256.New() // of what the plan rests on as well as of the plan
	for _, k := range cases {
		found[k.ID] = k
		if !assignable(k.State) {
			problems = append(problems, web.Problem{Field: "ids", Text: web.Say("assign.case.held", "case", string(k.ID))})
		}
		fmt.Fprintf(hash, "%s %s %v\n", k.ID, k.State, k.Given)
		planned = append(planned, annotations.PlannedCase{ID: k.ID, Stratum: k.Stratum, Group: k.Stratum + "\x1f" + k.Period, Given: k.Given})
	}
	for _, id := range order.ids {
		if _, known := found[id]; !known {
			problems = append(problems, web.Problem{Field: "ids", Text: web.Say("assign.case.unknown", "case", string(id))})
			found[id] = store.PlanCase{}
		}
	}
	if len(planned) == 0 && problems == nil {
		problems = []web.Problem{{Field: "state", Text: web.Say("assign.none")}}
	}
	var coders []annotations.PlannedCoder
	for _, u := range order.coders {
		coders = append(coders, annotations.PlannedCoder{ID: u.ID, Quota: order.quotas[u.ID]})
	}
	plan := annotations.Plan(planned, coders, order.double, order.blocks, order.seed)
	for _, p := range plan {
		fmt.Fprintf(hash, "%s %d\n", p.Case, p.Coder)
	}
	preview.lay(order, plan, found)
	preview.Passed = len(planned) - preview.Cases
	preview.Least, preview.Short = order.double.Least, order.double.Shortfalls(planned, plan)
	preview.Hash = hex.EncodeToString(hash.Sum(nil))
	if preview.Cases == 0 && problems == nil {
		problems = []web.Problem{{Field: "coder", Text: web.Say("assign.all_given")}}
	}
	return plan, preview, problems, nil
}

// lay fills the tables of the preview.
func (p *planPreview) lay(order assignOrder, plan []annotations.Planned, cases map[annotations.CaseID]store.PlanCase) {
	place := map[int64]int{}
	for i, u := range order.coders {
		place[u.ID] = i
		p.Names = append(p.Names, u.Name)
	}
	for _, k := range plan {
		if s := cases[k.Case].Stratum; !slices.Contains(p.Strata, s) {
			p.Strata = append(p.Strata, s)
		}
	}
	slices.Sort(p.Strata)
	for i, u := range order.coders {
		row := planCoder{Name: u.Name, Quota: order.quotas[u.ID], Strata: make([]int, len(p.Strata)), Pairs: make([]int, len(order.coders))}
		row.Pairs[i] = -1
		p.Coders = append(p.Coders, row)
	}
	for i, k := range plan {
		at := place[k.Coder]
		stratum, _ := slices.BinarySearch(p.Strata, cases[k.Case].Stratum)
		p.Coders[at].Total++
		p.Coders[at].Strata[stratum]++
		for len(p.Blocks) <= k.Block {
			p.Blocks = append(p.Blocks, planBlock{Number: len(p.Blocks) + 1, Coders: make([]int, len(order.coders))})
		}
		block := &p.Blocks[k.Block]
		block.Coders[at]++
		if i == 0 || plan[i-1].Case != k.Case {
			block.Cases++
			p.Lines = append(p.Lines, planLine{string(k.Case), cases[k.Case].Stratum, k.Block + 1, []string{p.Names[at]}})
			continue
		}
		other := place[plan[i-1].Coder]
		p.Coders[at].Pairs[other]++
		p.Coders[other].Pairs[at]++
		block.Double++
		p.Double++
		line := &p.Lines[len(p.Lines)-1]
		line.Coders = append(line.Coders, p.Names[at])
	}
	p.Cases = len(p.Lines)
	for i, l := range p.Lines {
		if len(l.Coders) == 2 {
			p.Spread[3*i/len(p.Lines)]++
		}
	}
	if len(p.Lines) > maxPlans {
		p.More, p.Lines = len(p.Lines)-maxPlans, p.Lines[:maxPlans]
	}
}

// planTries is how often a plan is made anew because something happened to
// the cases while it was written down, and the plan is still the same.
const planTries = 5

// assign shows what the form would do, and does it when what was shown is what
// it would do now.
func (c *call) assign() error {
	form, order, problems, err := c.readAssignForm()
	if err != nil {
		return err
	}
	if problems != nil {
		return c.assignAgain(http.StatusUnprocessableEntity, form, nil, problems)
	}
	var ids []int64
	for _, u := range order.coders {
		ids = append(ids, u.ID)
	}
	if problems, err = c.problems(c.store.Barred(c.ctx(), c.study.ID, form.Round, ids)); err != nil {
		return err
	}
	if problems != nil {
		return c.assignAgain(http.StatusUnprocessableEntity, form, nil, problems)
	}
	for try := 1; ; try++ {
		plan, preview, problems, err := c.plan(order)
		if err != nil {
			return err
		}
		if problems != nil {
			return c.assignAgain(http.StatusUnprocessableEntity, form, nil, problems)
		}
		switch {
		case c.PostForm("commit") == "":
			return c.assignAgain(http.StatusOK, form, &preview, nil)
		case c.PostForm("plan") != preview.Hash || try > planTries:
			return c.assignAgain(http.StatusUnprocessableEntity, form, &preview, []web.Problem{{Text: web.Say("assign.changed")}})
		}
		given := make([]store.NewAssignment, len(plan))
		for i, p := range plan {
			given[i] = store.NewAssignment{Case: p.Case, Coder: p.Coder, Round: form.Round, CoreOnly: form.CoreOnly}
		}
		how := store.AssignmentPlan{Changes: preview.changes, Seed: order.seed, Round: form.Round, Share: order.double.Share, Least: order.double.Least,
			Blocks: order.blocks, Quotas: map[string]int{}, Reason: form.Reason}
		for id, quota := range order.quotas {
			how.Quotas[strconv.FormatInt(id, 10)] = quota
		}
		err = c.store.AssignPlan(c.ctx(), c.actor, c.study.ID, how, given)
		if errors.Is(err, store.ErrMoved) {
			continue
		}
		if problems, err = c.problems(err); err != nil {
			return err
		}
		if problems != nil {
			return c.assignAgain(http.StatusUnprocessableEntity, form, &preview, problems)
		}
		done := url.Values{"state": {string(annotations.Assigned)}}
		return c.redirect(c.studyPath("cases")+"?"+done.Encode(), web.SayN("assign.done", preview.Cases))
	}
}

// assignCase gives one case to one more coder.
func (c *call) assignCase() error {
	id := annotations.CaseID(c.Param("case"))
	coder, err := strconv.ParseInt(c.PostForm("coder"), 10, 64)
	if err != nil {
		return c.caseAgain(http.StatusUnprocessableEntity, id, []web.Problem{{Field: "coder", Text: web.Say("assign.coder.required")}})
	}
	given := store.NewAssignment{Case: id, Coder: coder, Round: strings.TrimSpace(c.PostForm("round")), CoreOnly: c.PostForm("core_only") != ""}
	problems, err := c.problems(c.store.Assign(c.ctx(), c.actor, c.study.ID, []store.NewAssignment{given}))
	if err != nil {
		return err
	}
	if problems != nil {
		return c.caseAgain(http.StatusUnprocessableEntity, id, problems)
	}
	return c.redirect(c.studyPath("cases", string(id)), web.SayN("assign.done", 1))
}

// reassign takes a case from a coder and gives it to another.
func (c *call) reassign() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	from := annotations.CaseID(c.PostForm("case"))
	coder, err := strconv.ParseInt(c.PostForm("coder"), 10, 64)
	if err != nil {
		return c.caseAgain(http.StatusUnprocessableEntity, from, []web.Problem{{Field: "coder", Text: web.Say("assign.coder.required")}})
	}
	problems, err := c.problems(c.store.Reassign(c.ctx(), c.actor, c.study.ID, id, coder))
	if err != nil {
		return err
	}
	if problems != nil {
		return c.caseAgain(http.StatusUnprocessableEntity, from, problems)
	}
	return c.redirect(c.studyPath("cases", string(from)), web.Say("assign.reassigned"))
}

// withdraw recalls a case from a coder.
func (c *call) withdraw() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	if err := c.store.Withdraw(c.ctx(), c.actor, c.study.ID, id); err != nil {
		return err
	}
	return c.redirect(c.studyPath("cases", c.PostForm("case")), web.Say("assign.withdrawn"))
}

// recall takes back the cases that coders have had for some days without
// beginning.
func (c *call) recall() error {
	days, err := strconv.Atoi(strings.TrimSpace(c.PostForm("days")))
	if err != nil || days < 1 || days > 1000 {
		form := assignForm{State: string(annotations.Available), Double: "10", Least: "0", Blocks: "3", Seed: c.PostForm("seed")}
		return c.assignAgain(http.StatusUnprocessableEntity, form, nil, []web.Problem{{Field: "days", Text: web.Say("assign.recall.invalid")}})
	}
	n, err := c.store.RecallUnbegun(c.ctx(), c.actor, c.study.ID, c.now().AddDate(0, 0, -days))
	if err != nil {
		return err
	}
	return c.redirect(c.studyPath("assign"), web.SayN("assign.recalled", n))
}
