package server

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/web"
)

type reviewPage struct {
	web.Frame
	Assignment annotations.Assignment
	Action     string
	Closed     bool // the coding may not be read yet
	MayReturn  bool
	Approve    string // address; empty when the coding does not wait for it
	General    reviewLine
	Sections   []reviewSection
}

type reviewSection struct {
	Label string
	Hue   int
	Lines []reviewLine
}

type reviewLine struct {
	Field         string // of the form
	Number, Label string
	Answer        string
	Missing       bool
	Note          string
	Quotes        []string
	Comments      []annotations.Comment
	Typed         string
}

// review shows the lead a coding that was handed in, question by question, to
// say what is to be looked at again.
func (c *call) review() error { return c.reviewAgain(http.StatusOK, nil) }

const remarkField = "comment."

func (c *call) reviewAgain(status int, problems []web.Problem) error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	a, k, err := c.store.ReviewedCoding(c.ctx(), c.actor, c.study.ID, id)
	closed := errors.Is(err, annotations.ErrLocked)
	if err != nil && !closed {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	said, err := c.store.CommentsOn(c.ctx(), c.actor, c.study.ID, id)
	if err != nil {
		return err
	}
	on := map[string][]annotations.Comment{}
	for _, m := range said {
		on[m.Variable] = append(on[m.Variable], m)
	}
	quotes := map[string][]string{}
	for _, p := range k.Passages {
		text := p.Quote
		if text == "" {
			text = p.Paraphrase
		}
		if !p.DeletedAt.IsZero() {
			text = c.deletedOn(p.DeletedAt)
		}
		quotes[p.Variable] = append(quotes[p.Variable], text)
	}
	caseLink := web.Link{Href: c.studyPath("cases", string(a.Case.ID)), Label: web.Text(string(a.Case.ID))}
	p := reviewPage{Frame: c.frame(web.Link{Href: c.studyPath("cases"), Label: web.Say("cases.title")}, caseLink, here("review.title")),
		Assignment: a, Action: c.studyPath("assignments", strconv.FormatInt(id, 10), "return"), Closed: closed,
		MayReturn: a.Status == annotations.HandedIn && a.Coder != c.actor.ID,
		General:   reviewLine{Field: remarkField, Comments: on[""], Typed: c.PostForm(remarkField)}}
	if p.MayReturn && a.Awaits {
		p.Approve = c.studyPath("assignments", strconv.FormatInt(id, 10), "approve")
	}
	p.Problems = problems
	given := codebook.Answers{}
	if !closed {
		given = book.Effective(k.Given(book, a.Case))
	}
	for i, s := range book.Sections {
		sec := reviewSection{Label: s.Label.In(c.lang), Hue: hue(i)}
		for j, v := range s.Variables {
			if a.CoreOnly && !v.Core {
				continue
			}
			answer := given[v.ID]
			sec.Lines = append(sec.Lines, reviewLine{Field: remarkField + v.ID, Number: numbered(i, j), Label: v.Label.In(c.lang),
				Answer: answerLabel(book, v, answer, c.lang), Missing: answer.Missing != "", Note: k.Entries[v.ID].Note,
				Quotes: quotes[v.ID], Comments: on[v.ID], Typed: c.PostForm(remarkField + v.ID)})
		}
		p.Sections = append(p.Sections, sec)
	}
	return c.pageStatus(status, "review", p)
}

// sendBack opens a coding that was handed in, with what the lead has to say
// about it, at the questions meant.
func (c *call) sendBack() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	var remarks []annotations.Comment
	var wrong []error
	add := func(variable string) {
		field := remarkField + variable
		text := c.PostForm(field)
		if text == "" {
			return
		}
		wrong = append(wrong, c.screened(field, text))
		remarks = append(remarks, annotations.Comment{Key: field, Variable: variable, Text: text})
	}
	add("")
	for _, v := range book.Variables() {
		add(v.ID)
	}
	if err = errors.Join(wrong...); err == nil && len(remarks) == 0 {
		err = &annotations.InvalidError{Field: remarkField, Key: "review.nothing_said"}
	}
	if err == nil {
		err = c.store.Return(c.ctx(), c.actor, c.study.ID, id, remarks...)
	}
	problems, err := c.problems(err)
	if err != nil {
		return err
	}
	if problems != nil {
		return c.reviewAgain(http.StatusUnprocessableEntity, problems)
	}
	return c.redirect(c.studyPath("cases", c.PostForm("case")), web.Say("assign.returned"))
}

// approve says that a coding was looked over and counts.
func (c *call) approve() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	said := c.PostForm(remarkField) != ""
	for _, v := range book.Variables() {
		said = said || c.PostForm(remarkField+v.ID) != ""
	}
	if said { // approving would lose what was typed
		return c.reviewAgain(http.StatusUnprocessableEntity, []web.Problem{{Field: remarkField, Text: web.Say("review.said")}})
	}
	if err := c.store.Approve(c.ctx(), c.actor, c.study.ID, id); err != nil {
		return err
	}
	return c.redirect(c.studyPath("cases", c.PostForm("case")), web.Say("review.approved"))
}

// setReviewing says whether codings are looked over before they count.
func (c *call) setReviewing() error {
	on := c.PostForm("review") == "on"
	if err := c.store.SetReviewing(c.ctx(), c.actor, c.study.ID, on); err != nil {
		return err
	}
	if on {
		return c.redirect(c.studyPath("rounds"), web.Say("round.review_on"))
	}
	return c.redirect(c.studyPath("rounds"), web.Say("round.review_off"))
}
