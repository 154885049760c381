package server

import (
	"net/http"
	"strconv"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

type questionsPage struct {
	web.Frame
	Groups []questionGroup // by state; those without questions are left out
	Reply  string          // what was typed and not taken
	To     int64           // for which comment
}

type questionGroup struct {
	State annotations.CommentState
	Items []questionLine
}

type questionLine struct {
	store.LeadComment
	Number, Label string // of the variable; empty for the case as a whole
	Quote         string
	CaseHref      string
	Action        string
}

// questions shows the lead what coders ask, open first.
func (c *call) questions() error { return c.questionsAgain(http.StatusOK, 0, "", nil) }

func (c *call) questionsAgain(status int, to int64, typed string, problems []web.Problem) error {
	list, err := c.store.CommentsToLead(c.ctx(), c.actor, c.study.ID)
	if err != nil {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	quotes, err := c.store.CommentQuotes(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	p := questionsPage{Frame: c.frame(here("questions.title")), To: to, Reply: typed}
	p.Problems = problems
	names := variableNames(book, c.lang)
	for _, m := range list {
		if n := len(p.Groups); n == 0 || p.Groups[n-1].State != m.State {
			p.Groups = append(p.Groups, questionGroup{State: m.State})
		}
		g := &p.Groups[len(p.Groups)-1]
		name := names[m.Variable]
		quote := quotes[m.ID].Words
		if gone := quotes[m.ID].DeletedAt; !gone.IsZero() {
			quote = c.deletedOn(gone.Time)
		}
		g.Items = append(g.Items, questionLine{m, name.number, name.label, quote,
			c.studyPath("cases", string(m.Case)), c.studyPath("questions", strconv.FormatInt(m.ID, 10))})
	}
	return c.pageStatus(status, "questions", p)
}

// A variableName is how people call a variable.
type variableName struct{ number, label string }

func variableNames(book *codebook.Codebook, lang string) map[string]variableName {
	names := map[string]variableName{}
	for i, s := range book.Sections {
		for j, v := range s.Variables {
			names[v.ID] = variableName{numbered(i, j), v.Label.In(lang)}
		}
	}
	return names
}

// answerQuestion takes the lead's reply to a comment, or closes it.
func (c *call) answerQuestion() error {
	id, err := c.pathID("comment")
	if err != nil {
		return err
	}
	list, err := c.store.CommentsToLead(c.ctx(), c.actor, c.study.ID)
	if err != nil {
		return err
	}
	known := false
	for _, m := range list {
		known = known || m.ID == id
	}
	if !known {
		return annotations.ErrNotFound // also one of another study
	}
	done := "questions.answered"
	reply := c.PostForm("reply")
	switch c.PostForm("act") {
	case "close":
		done = "questions.closed"
		_, err = c.store.SetComment(c.ctx(), c.actor, id, true)
	case "open":
		done = "questions.opened"
		_, err = c.store.SetComment(c.ctx(), c.actor, id, false)
	default:
		if err = c.screened("reply", reply); err == nil {
			_, err = c.store.Reply(c.ctx(), c.actor, id, reply)
		}
	}
	problems, err := c.problems(err)
	if err != nil {
		return err
	}
	if problems != nil {
		return c.questionsAgain(http.StatusUnprocessableEntity, id, reply, problems)
	}
	return c.redirect(c.studyPath("questions"), web.Say(done))
}
