package server

import (
	"fmt"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/web"
)

type workPage struct {
	web.Frame
	Next      string // the case to go on with; empty when nothing is open
	NextCase  string
	NextBegun bool
	Open      []workLine
	Submitted []workLine
}

type workLine struct {
	annotations.Assignment
	Href, Region string
	Asked        int // questions that are asked as the coding stands
}

// work is a coder's own list: what is open, and what was handed in.
func (c *call) work() error {
	mine, err := c.store.MyAssignments(c.ctx(), c.actor, c.study.ID)
	if err != nil {
		return err
	}
	stated, err := c.store.MyAnswers(c.ctx(), c.actor, c.study.ID)
	if err != nil {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	p := workPage{Frame: c.frame(here("work.title"))}
	for _, a := range mine {
		line := workLine{Assignment: a, Href: fmt.Sprintf("/code/%d", a.ID), Region: regionLabel(book, a.Case.Region, c.lang)}
		if !a.Editable() {
			p.Submitted = append(p.Submitted, line)
			continue
		}
		if line.Asked, line.Answered = annotations.Progress(book, a, stated[a.ID]); p.Next == "" {
			p.Next, p.NextCase, p.NextBegun = line.Href, string(a.Case.ID), !a.StartedAt.IsZero()
		}
		p.Open = append(p.Open, line)
	}
	return c.page("work", p)
}
