package server

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

type workPage struct {
	web.Frame
	Next      string // the case to go on with; empty when nothing is open
	NextCase  string
	NextBegun bool
	Given     int // cases, those handed in with them
	Spent     web.Message
	Pace      web.Message // what a case takes and what is left; no message while too little is known
	Rounds    []workRound
	Overdue   int
	Open      []workLine
	Submitted []workLine
}

type workLine struct {
	annotations.Assignment
	Href, Region string
	Asked        int // questions that are asked as the coding stands
	Age          int // days since it was given
	Spent        web.Message
	Waiting      store.Waiting
	Late         bool
	Last         time.Time // the last day on which it is expected; zero for none
	Feedback     string    // address, for a practice case that was handed in
}

// A workRound is a round in which a coder has work, against its plan.
type workRound struct {
	annotations.Round
	Given, Done int
	Due         int         // that would be handed in by now, if all were handed in evenly until the deadline
	Plan        web.Message // none without a deadline
	Behind      bool
	from        time.Time // when the first was given
}

// work is a coder's own list: what is open, what was handed in, and how long
// it takes.
func (c *call) work() error {
	if err := c.store.GiveRepeats(c.ctx(), c.actor, c.study.ID); err != nil {
		return err
	}
	mine, err := c.store.MyAssignments(c.ctx(), c.actor, c.study.ID)
	if err != nil {
		return err
	}
	stated, err := c.store.MyAnswers(c.ctx(), c.actor, c.study.ID)
	if err != nil {
		return err
	}
	spent, err := c.store.MyWorkTime(c.ctx(), c.actor, c.study.ID)
	if err != nil {
		return err
	}
	waiting, err := c.store.MyWaiting(c.ctx(), c.actor, c.study.ID)
	if err != nil {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	p := workPage{Frame: c.frame(here("work.title")), Given: len(mine)}
	var total, begun int
	var taken []int
	now := c.now()
	for _, a := range mine {
		seconds := spent[a.ID]
		total += seconds
		line := workLine{Assignment: a, Href: fmt.Sprintf("/code/%d", a.ID), Region: regionLabel(book, a.Case.Region, c.lang),
			Age: int(now.Sub(a.CreatedAt) / (24 * time.Hour)), Spent: duration(seconds), Waiting: waiting[a.ID], Late: a.Overdue(now)}
		if !a.Due.IsZero() && a.Status == annotations.Open {
			line.Last = a.Due.Add(-time.Millisecond)
		}
		if line.Late {
			p.Overdue++
		}
		if a.Case.Practice && !a.SubmittedAt.IsZero() {
			line.Feedback = line.Href + "/feedback"
		}
		if !a.Editable() {
			if seconds > 0 {
				taken = append(taken, seconds)
			}
			p.Submitted = append(p.Submitted, line)
			continue
		}
		begun += seconds
		if line.Asked, line.Answered = annotations.Progress(book, a, stated[a.ID]); p.Next == "" {
			p.Next, p.NextCase, p.NextBegun = line.Href, string(a.Case.ID), !a.StartedAt.IsZero()
		}
		p.Open = append(p.Open, line)
	}
	p.Spent = duration(total)
	if usual, ok := median(taken); ok && len(p.Open) > 0 {
		left := max(usual*len(p.Open)-begun, 0)
		p.Pace = web.SayN("work.pace", len(p.Open), "usual", c.in(duration(usual)), "left", c.in(duration(left)))
	}
	if p.Rounds, err = c.workRounds(mine); err != nil {
		return err
	}
	return c.page("work", p)
}

// workRounds lays a coder's work beside the plan of each of their rounds.
func (c *call) workRounds(mine []annotations.Assignment) ([]workRound, error) {
	rounds, err := c.store.RoundNames(c.ctx(), c.study.ID)
	if err != nil {
		return nil, err
	}
	var list []workRound
	for _, r := range rounds {
		w := workRound{Round: r}
		for _, a := range mine {
			if a.Round != r.Name {
				continue
			}
			w.Given++
			if !a.Editable() {
				w.Done++
			}
			if w.from.IsZero() || a.CreatedAt.Before(w.from) {
				w.from = a.CreatedAt
			}
		}
		if w.Given == 0 {
			continue
		}
		w.against(c.now())
		list = append(list, w)
	}
	return list, nil
}

// against says how the work stands at a time.
func (w *workRound) against(now time.Time) {
	if w.Deadline.IsZero() {
		return
	}
	due := w.Deadline.AddDate(0, 0, 1)
	open, days := w.Given-w.Done, int(math.Ceil(due.Sub(now).Hours()/24))
	share := min(max(float64(now.Sub(w.from))/float64(max(due.Sub(w.from), 1)), 0), 1)
	w.Due = int(share * float64(w.Given))
	w.Behind = open > 0 && (w.Done < w.Due || days <= 0)
	switch {
	case open == 0:
		w.Plan = web.Say("work.round_done")
	case days <= 0:
		w.Plan = web.SayN("work.round_late", open)
	default:
		w.Plan = web.SayN("work.round_left", open, "days", days, "due", w.Due)
	}
}

// in writes a message in the language of the reader.
func (c *call) in(m web.Message) string { return m.In(c.pages.Catalogue(c.lang)) }

// fewTimes is how many cases must have been handed in before their median is
// worth showing.
const fewTimes = 3

// median returns the middle of a list of seconds, and whether there are enough.
func median(seconds []int) (int, bool) {
	if len(seconds) < fewTimes {
		return 0, false
	}
	s := slices.Sorted(slices.Values(seconds))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2, true
}

// duration writes seconds as hours and minutes; nothing for none.
func duration(seconds int) web.Message {
	switch minutes := (seconds + 30) / 60; {
	case seconds == 0:
		return web.Text("–")
	case minutes < 60:
		return web.Say("work.minutes", "m", max(minutes, 1))
	default:
		return web.Say("work.hours", "h", minutes/60, "m", fmt.Sprintf("%02d", minutes%60))
	}
}
