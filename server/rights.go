package server

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// The periodic review of rights: who has what since when, and whether somebody
// looked at it lately.

type rightsPage struct {
	web.Frame
	Rights []rightLine
	Due    int
	Days   int // between two looks
}

type rightLine struct {
	store.Right
	Due  bool // to be looked at
	Over bool // the time of the account is up
	Self bool
}

func (c *call) rightLines() ([]rightLine, error) {
	list, err := c.store.Rights(c.ctx())
	if err != nil {
		return nil, err
	}
	var lines []rightLine
	now := c.now()
	for _, r := range list {
		seen := r.ConfirmedAt.Time
		if seen.IsZero() {
			seen = r.Since.Time
		}
		lines = append(lines, rightLine{r, now.Sub(seen) > c.session.ReviewAfter(), !r.ValidUntil.IsZero() && !now.Before(r.ValidUntil.Time), r.User == c.actor.ID})
	}
	return lines, nil
}

// dueRights counts the rights that are to be looked at.
func (c *call) dueRights() (int, error) {
	lines, err := c.rightLines()
	n := 0
	for _, l := range lines {
		if l.Due {
			n++
		}
	}
	return n, err
}

func (c *call) rights() error { return c.rightsAgain(http.StatusOK, nil) }

func (c *call) rightsAgain(status int, problems []web.Problem) error {
	p := rightsPage{Frame: c.frame(usersCrumb(), here("rights.title")), Days: c.session.ReviewDays}
	p.Problems = problems
	var err error
	if p.Rights, err = c.rightLines(); err != nil {
		return err
	}
	for _, l := range p.Rights {
		if l.Due {
			p.Due++
		}
	}
	return c.pageStatus(status, "rights", p)
}

// reviewRight confirms a right or takes it away.
func (c *call) reviewRight() error {
	id, err := strconv.ParseInt(c.PostForm("user"), 10, 64)
	if err != nil {
		return errForm
	}
	r := store.Right{User: id, Study: c.PostForm("study"), Role: auth.Role(c.PostForm("role"))}
	switch {
	case c.PostForm("decision") == "keep":
		err = c.store.ConfirmRight(c.ctx(), c.actor, r)
	case c.PostForm("decision") != "revoke":
		return errForm
	case r.Role == auth.Administrator && r.Study == "":
		err = c.store.SetAdministrator(c.ctx(), c.actor, r.User, false)
	default:
		if _, ok := auth.ParseRole(string(r.Role)); !ok {
			return errForm
		}
		err = c.store.RemoveMember(c.ctx(), c.actor, r.Study, r.User, r.Role)
	}
	if errors.Is(err, annotations.ErrLocked) {
		return c.rightsAgain(http.StatusUnprocessableEntity, []web.Problem{{Text: web.Say("users.last_administrator")}})
	}
	if err != nil {
		return err
	}
	if c.PostForm("decision") == "keep" {
		return c.redirect("/users/review", web.Say("rights.confirmed"))
	}
	return c.redirect("/users/review", web.Say("rights.revoked"))
}

type policyPage struct {
	web.Frame
	Policy store.AccessPolicy
	Roles  []policyRole
}

type policyRole struct {
	Role   auth.Role
	Chosen bool
}

func (c *call) policy() error {
	p, err := c.store.AccessPolicy(c.ctx())
	if err != nil {
		return err
	}
	return c.policyAgain(http.StatusOK, p, nil)
}

func (c *call) policyAgain(status int, policy store.AccessPolicy, problems []web.Problem) error {
	p := policyPage{Frame: c.frame(usersCrumb(), here("policy.title")), Policy: policy}
	p.Problems = problems
	for _, r := range append([]auth.Role{auth.Administrator}, auth.Roles...) {
		p.Roles = append(p.Roles, policyRole{r, policy.Demands(r)})
	}
	return c.pageStatus(status, "policy", p)
}

// setPolicy changes the rules of signing in. They count at once, for sessions
// under way as well.
func (c *call) setPolicy() error {
	var p store.AccessPolicy
	var problems []web.Problem
	for _, f := range []struct {
		name string
		into *int
	}{{"idle_minutes", &p.IdleMinutes}, {"absolute_minutes", &p.AbsoluteMinutes}, {"confirm_minutes", &p.ConfirmMinutes}, {"review_days", &p.ReviewDays}} {
		n, err := strconv.Atoi(strings.TrimSpace(c.PostForm(f.name)))
		if err != nil {
			problems = append(problems, web.Problem{Field: f.name, Text: web.Say("policy.number")})
		}
		*f.into = n
	}
	p.SecondFactor = strings.Join(c.PostFormArray("second_factor"), " ")
	if problems != nil {
		return c.policyAgain(http.StatusUnprocessableEntity, p, problems)
	}
	problems, err := c.problems(c.store.SetAccessPolicy(c.ctx(), c.actor, p))
	if err != nil {
		return err
	}
	if problems != nil {
		return c.policyAgain(http.StatusUnprocessableEntity, p, problems)
	}
	return c.redirect("/users/policy", web.Say("policy.changed"))
}
