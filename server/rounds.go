package server

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

type roundsPage struct {
	web.Frame
	Action  string // address; acts on rounds are below it
	Rounds  []roundLine
	Overdue int
	Kinds   []web.Option
	Form    roundForm
	Repeats repeatPart
	Links   []web.Link
	Reviews bool // codings are looked over before they count
}

type roundLine struct {
	store.RoundProgress
	Last string // day, as a form has it
}

// roundForm is the form of a new round as it was typed.
type roundForm struct {
	Name, Kind, Deadline, Days string
}

// repeatPart is about hidden repeats.
type repeatPart struct {
	Coders []store.RepeatCount
	Rounds []web.Option
	Form   repeatForm
}

type repeatForm struct {
	Cases, Weeks, Others, Round, Seed string
	Coders                            []string
}

// roundOptions are the rounds of the study, the newest first.
func (c *call) roundOptions() ([]web.Option, error) {
	rounds, err := c.store.RoundNames(c.ctx(), c.study.ID)
	var list []web.Option
	for i := len(rounds) - 1; i >= 0; i-- {
		r := rounds[i]
		list = append(list, web.Option{Value: r.Name, Label: web.Say("round.option", "round", r.Name, "kind", c.in(web.Say("round.kind."+string(r.Kind))))})
	}
	return list, err
}

// rounds shows the rounds of the study and how far each is.
func (c *call) rounds() error {
	return c.roundsAgain(http.StatusOK, roundForm{Kind: string(annotations.Production)}, repeatForm{Cases: "1", Weeks: "4", Others: "5"}, nil)
}

func (c *call) roundsAgain(status int, form roundForm, repeat repeatForm, problems []web.Problem) error {
	p := roundsPage{Frame: c.frame(web.Link{Href: c.studyPath("assign"), Label: web.Say("assign.title")}, here("rounds.title")),
		Action: c.studyPath("rounds"), Form: form, Links: []web.Link{{Href: c.studyPath("assign"), Label: web.Say("assign.title")}, {Href: c.studyPath("training"), Label: web.Say("training.title")}}}
	p.Problems = problems
	reviews, err := c.store.Reviewing(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	p.Reviews = reviews
	rounds, err := c.store.Rounds(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	for _, r := range rounds {
		line := roundLine{RoundProgress: r}
		if !r.Deadline.IsZero() {
			line.Last = r.Deadline.Format(time.DateOnly)
		}
		p.Overdue += r.Overdue
		p.Rounds = append(p.Rounds, line)
	}
	for _, k := range annotations.RoundKinds {
		p.Kinds = append(p.Kinds, web.Option{Value: string(k), Label: web.Say("round.kind." + string(k))})
	}
	p.Repeats.Form = repeat
	for i := len(rounds) - 1; i >= 0; i-- { // the newest first; practice is never repeated
		if r := rounds[i]; r.Kind != annotations.Training {
			p.Repeats.Rounds = append(p.Repeats.Rounds, web.Option{Value: r.Name, Label: web.Text(r.Name)})
		}
	}
	if p.Repeats.Coders, err = c.store.RepeatCounts(c.ctx(), c.actor, c.study.ID); err != nil {
		return err
	}
	return c.pageStatus(status, "rounds", p)
}

// readLimits reads the last day and the days of a round.
func (c *call) readLimits() (r annotations.Round, problems []web.Problem) {
	if text := strings.TrimSpace(c.PostForm("deadline")); text != "" {
		var err error
		if r.Deadline, err = time.Parse(time.DateOnly, text); err != nil || r.Deadline.Year() < 2000 || r.Deadline.Year() > 2200 {
			problems = append(problems, web.Problem{Field: "deadline", Text: web.Say("round.deadline.invalid")})
		}
	}
	if text := strings.TrimSpace(c.PostForm("days")); text != "" {
		var err error
		if r.Days, err = strconv.Atoi(text); err != nil || r.Days < 1 || r.Days > 1000 {
			problems = append(problems, web.Problem{Field: "days", Text: web.Say("round.days.invalid")})
		}
	}
	return r, problems
}

func (c *call) createRound() error {
	form := roundForm{Name: c.PostForm("name"), Kind: c.PostForm("kind"), Deadline: c.PostForm("deadline"), Days: c.PostForm("days")}
	r, problems := c.readLimits()
	if problems == nil {
		r.Name, r.Kind = form.Name, annotations.RoundKind(form.Kind)
		err := c.screened("name", form.Name)
		if err == nil {
			err = c.store.CreateRound(c.ctx(), c.actor, c.study.ID, r)
		}
		if problems, err = c.problems(err); err != nil {
			return err
		}
	}
	if problems != nil {
		return c.roundsAgain(http.StatusUnprocessableEntity, form, repeatForm{Cases: "1", Weeks: "4", Others: "5"}, problems)
	}
	return c.redirect(c.studyPath("rounds"), web.Say("round.created", "round", strings.TrimSpace(form.Name)))
}

// setRoundLimits changes when a round is expected.
func (c *call) setRoundLimits() error {
	r, problems := c.readLimits()
	if problems == nil {
		r.Name = c.PostForm("round")
		var err error
		if problems, err = c.problems(c.store.SetRoundLimits(c.ctx(), c.actor, c.study.ID, r)); err != nil {
			return err
		}
	}
	if problems != nil {
		return c.roundsAgain(http.StatusUnprocessableEntity, roundForm{}, repeatForm{}, problems)
	}
	return c.redirect(c.studyPath("rounds"), web.Say("round.limits_set", "round", r.Name))
}

// recallOverdue takes back what is late in a round, or in all of them.
func (c *call) recallOverdue() error {
	n, err := c.store.RecallOverdue(c.ctx(), c.actor, c.study.ID, c.PostForm("round"))
	if err != nil {
		return err
	}
	return c.redirect(c.studyPath("rounds"), web.SayN("assign.recalled", n))
}

// planRepeats plans hidden repeats for the chosen coders.
func (c *call) planRepeats() error {
	form := repeatForm{Cases: strings.TrimSpace(c.PostForm("repeat_cases")), Weeks: strings.TrimSpace(c.PostForm("weeks")), Others: strings.TrimSpace(c.PostForm("others")),
		Round: c.PostForm("repeat_round"), Seed: strings.TrimSpace(c.PostForm("seed")), Coders: c.PostFormArray("coder")}
	var problems []web.Problem
	whole := func(field, text string) int {
		n, err := strconv.Atoi(text)
		if text != "" && (err != nil || n < 0) {
			problems = append(problems, web.Problem{Field: field, Text: web.Say("repeat.order.invalid")})
		}
		return n
	}
	o := store.NewRepeat{Cases: whole("repeat_cases", form.Cases), Weeks: whole("weeks", form.Weeks), Others: whole("others", form.Others), Round: form.Round,
		Seed: uint64(whole("seed", form.Seed))}
	var orders []store.NewRepeat
	for _, id := range form.Coders {
		coder, err := strconv.ParseInt(id, 10, 64)
		if err != nil || coder == c.actor.ID {
			continue // their own stay hidden from who codes as well
		}
		o.Coder = coder
		orders = append(orders, o)
	}
	if orders == nil {
		problems = append(problems, web.Problem{Field: "coder", Text: web.Say("assign.coder.required")})
	}
	planned := 0
	if problems == nil {
		var err error
		planned, err = c.store.PlanRepeats(c.ctx(), c.actor, c.study.ID, orders)
		if problems, err = c.problems(err); err != nil {
			return err
		}
	}
	if problems != nil {
		return c.roundsAgain(http.StatusUnprocessableEntity, roundForm{Kind: string(annotations.Production)}, form, problems)
	}
	return c.redirect(c.studyPath("rounds"), web.SayN("repeat.planned", planned))
}
