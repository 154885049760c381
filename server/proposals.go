package server

import (
	"net/http"
	"strconv"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/web"
)

type proposalsPage struct {
	web.Frame
	Items []proposalLine
	To    int64  // for which proposal something was typed and not taken
	Typed string // that
}

type proposalLine struct {
	annotations.Proposal
	Number, Label string
	Href          string // the comparison in which it came up
	Action        string
}

// proposals lists what decisions found unclear in the codebook.
func (c *call) proposals() error { return c.proposalsAgain(http.StatusOK, 0, "", nil) }

func (c *call) proposalsAgain(status int, to int64, typed string, problems []web.Problem) error {
	list, err := c.store.Proposals(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	p := proposalsPage{Frame: c.frame(web.Link{Href: c.studyPath("differences"), Label: web.Say("differences.title")}, here("proposals.title")), To: to, Typed: typed}
	p.Problems = problems
	names := variableNames(book, c.lang)
	for _, x := range list {
		name := names[x.Variable]
		p.Items = append(p.Items, proposalLine{x, name.number, name.label, c.comparePath(x.Case, x.Variable), c.studyPath("proposals", strconv.FormatInt(x.ID, 10))})
	}
	return c.pageStatus(status, "proposals", p)
}

// setProposal adopts or declines a proposal, or opens it again.
func (c *call) setProposal() error {
	id, err := c.pathID("proposal")
	if err != nil {
		return err
	}
	answer := c.PostForm("answer")
	if err = c.screened("answer", answer); err == nil {
		err = c.store.SetProposal(c.ctx(), c.actor, c.study.ID, id, annotations.ProposalState(c.PostForm("state")), answer)
	}
	problems, err := c.problems(err)
	if err != nil {
		return err
	}
	if problems != nil {
		return c.proposalsAgain(http.StatusUnprocessableEntity, id, answer, problems)
	}
	return c.redirect(c.studyPath("proposals"), web.Say("proposals.saved"))
}

// setPanel says whether differences take two adjudicators.
func (c *call) setPanel() error {
	on := c.PostForm("panel") == "on"
	if err := c.store.SetPanel(c.ctx(), c.actor, c.study.ID, on); err != nil {
		return err
	}
	if on {
		return c.redirect(c.studyPath("differences"), web.Say("differences.panel_on"))
	}
	return c.redirect(c.studyPath("differences"), web.Say("differences.panel_off"))
}
