package server

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook/builtin"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// linkValid is how long an invitation works.
const linkValid = 7 * 24 * time.Hour

type usersPage struct {
	web.Frame
	Users       []userLine
	Due         int    // rights that are to be looked at
	Link        string // of the account just made; shown once
	LinkFor     string
	Login, Name string // as typed, when the form comes back
	Until       string
	Self        int64
	Backups     *backupStanding
}

type userLine struct {
	store.Account
	State string // key below users.: active, invited, disabled or over
}

// accountState says in a word whether an account may sign in.
func accountState(u store.User, f store.Factors, at time.Time) string {
	switch {
	case u.Disabled():
		return "disabled"
	case u.Over(at):
		return "over"
	case u.Password == "" && !f.Linked && f.Passkeys == 0:
		return "invited"
	}
	return "active"
}

func (c *call) users() error { return c.usersAgain(http.StatusOK, usersPage{}, nil) }

func (c *call) usersAgain(status int, p usersPage, problems []web.Problem) error {
	users, err := c.store.Accounts(c.ctx())
	if err != nil {
		return err
	}
	p.Frame, p.Self, p.Backups = c.frame(here("users.title")), c.actor.ID, c.backupStanding()
	p.Problems = problems
	for _, u := range users {
		p.Users = append(p.Users, userLine{u, accountState(u.User, u.Factors, c.now())})
	}
	if p.Due, err = c.dueRights(); err != nil {
		return err
	}
	return c.pageStatus(status, "users", p)
}

// until reads the date of a form up to and including which an account may sign
// in; an empty one is the zero time.
func (c *call) until() (time.Time, []web.Problem) {
	text := strings.TrimSpace(c.PostForm("until"))
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, []web.Problem{{Field: "until", Text: web.Say("users.until.invalid")}}
	}
	return day.AddDate(0, 0, 1), nil
}

func (c *call) addUser() error {
	u := store.User{Login: c.PostForm("login"), Name: c.PostForm("name"), Administrator: c.PostForm("administrator") != ""}
	again := usersPage{Login: u.Login, Name: u.Name, Until: c.PostForm("until")}
	until, problems := c.until()
	if problems != nil {
		return c.usersAgain(http.StatusUnprocessableEntity, again, problems)
	}
	u.ValidUntil.Time = until
	made, err := c.store.CreateUser(c.ctx(), c.actor, u)
	if problems, err = c.problems(err); err != nil {
		return err
	}
	if problems != nil {
		return c.usersAgain(http.StatusUnprocessableEntity, again, problems)
	}
	return c.showLink(made)
}

// showLink makes a link for u and shows it once, to be handed over by the
// administrator: the program sends no mail.
func (c *call) showLink(u store.User) error {
	token, err := c.store.NewLink(c.ctx(), c.actor, u.ID, linkValid)
	if err != nil {
		return err
	}
	return c.usersAgain(http.StatusOK, usersPage{Link: c.origin() + "/link/" + token, LinkFor: u.Name}, nil)
}

type userPage struct {
	web.Frame
	User     store.User
	State    string
	Self     bool
	Factors  store.Factors
	Sessions []sessionLine
	Rights   []rightLine
	Until    string
	Path     string
}

// userPage shows one account: what it may, how it signs in, and where it is
// signed in.
func (c *call) userPage() error {
	id, err := c.pathID("user")
	if err != nil {
		return err
	}
	return c.userAgain(http.StatusOK, id, nil)
}

func (c *call) userAgain(status int, id int64, problems []web.Problem) error {
	p := userPage{Path: fmt.Sprintf("/users/%d", id), Self: id == c.actor.ID}
	var err error
	if p.User, err = c.store.User(c.ctx(), id); err != nil {
		return err
	}
	p.Frame = c.frame(usersCrumb(), web.Link{Label: web.Text(p.User.Name)})
	p.Problems = problems
	if !p.User.ValidUntil.IsZero() {
		p.Until = p.User.LastDay().Format(time.DateOnly)
	}
	if p.Factors, err = c.store.Factors(c.ctx(), id); err != nil {
		return err
	}
	p.State = accountState(p.User, p.Factors, c.now())
	if p.Sessions, err = c.sessionLines(id); err != nil {
		return err
	}
	lines, err := c.rightLines()
	if err != nil {
		return err
	}
	for _, r := range lines {
		if r.User == id {
			p.Rights = append(p.Rights, r)
		}
	}
	return c.pageStatus(status, "user", p)
}

func usersCrumb() web.Link { return web.Link{Href: "/users", Label: web.Say("users.title")} }

// onUser does something to the account of the address and comes back to it.
func (c *call) onUser(do func(id int64) error) error {
	id, err := c.pathID("user")
	if err != nil {
		return err
	}
	if _, err := c.store.User(c.ctx(), id); err != nil {
		return err
	}
	err = do(id)
	if errors.Is(err, annotations.ErrLocked) {
		return c.userAgain(http.StatusUnprocessableEntity, id, []web.Problem{{Text: web.Say("users.last_administrator")}})
	}
	problems, err := c.problems(err)
	if err != nil {
		return err
	}
	if problems != nil {
		return c.userAgain(http.StatusUnprocessableEntity, id, problems)
	}
	return c.redirect(fmt.Sprintf("/users/%d", id), web.Say("users.changed"))
}

func (c *call) newLink() error {
	id, err := c.pathID("user")
	if err != nil {
		return err
	}
	u, err := c.store.User(c.ctx(), id)
	if err != nil {
		return err
	}
	return c.showLink(u)
}

func (c *call) setAccess() error {
	return c.onUser(func(id int64) error {
		disable := c.PostForm("access") == "off"
		if disable && id == c.actor.ID {
			return &annotations.InvalidError{Key: "users.not_self"}
		}
		return c.store.SetDisabled(c.ctx(), c.actor, id, disable)
	})
}

func (c *call) setUntil() error {
	return c.onUser(func(id int64) error {
		until, problems := c.until()
		if problems != nil {
			return &annotations.InvalidError{Field: "until", Key: "users.until.invalid"}
		}
		if id == c.actor.ID && !until.IsZero() && !until.After(c.now()) {
			return &annotations.InvalidError{Field: "until", Key: "users.not_self"}
		}
		return c.store.SetValidUntil(c.ctx(), c.actor, id, until)
	})
}

func (c *call) setAdministrator() error {
	return c.onUser(func(id int64) error {
		return c.store.SetAdministrator(c.ctx(), c.actor, id, c.PostForm("administrator") == "on")
	})
}

// clearFactors takes the second factors of somebody away who lost them.
func (c *call) clearFactors() error {
	return c.onUser(func(id int64) error {
		if id == c.actor.ID {
			return &annotations.InvalidError{Key: "users.not_self_factors"}
		}
		return c.store.ClearFactors(c.ctx(), c.actor, id)
	})
}

// endUserSessions signs somebody out everywhere, or on one device.
func (c *call) endUserSessions() error {
	return c.onUser(func(id int64) error {
		if session := c.PostForm("session"); session != "" {
			return c.store.RevokeSession(c.ctx(), c.actor, id, session)
		}
		return c.store.RevokeSessions(c.ctx(), c.actor, id, "")
	})
}

// createStudy makes a study from an uploaded codebook file or a built-in one.
// Who makes it becomes nobody in it: an administrator sees no cases.
func (c *call) createStudy() error {
	source, err := c.codebookSource()
	var problems []web.Problem
	if err == nil {
		err = c.screened("title", c.PostForm("title"))
	}
	if err == nil {
		err = c.store.CreateStudy(c.ctx(), c.actor, strings.TrimSpace(c.PostForm("id")), c.PostForm("title"), source)
	}
	if problems, err = c.problems(err); err != nil {
		return err
	}
	if problems != nil {
		return c.homeAgain(http.StatusUnprocessableEntity, problems)
	}
	return c.redirect("/s/"+strings.TrimSpace(c.PostForm("id"))+"/people", web.Say("study.created"))
}

func (c *call) codebookSource() ([]byte, error) {
	if id := c.PostForm("builtin"); id != "" {
		source, err := builtin.Source(id)
		if errors.Is(err, builtin.ErrUnknown) {
			return nil, errForm
		}
		return source, err
	}
	file, err := c.FormFile("codebook")
	if err != nil {
		return nil, errForm
	}
	return readUpload(file)
}

type peoplePage struct {
	web.Frame
	Members []store.Member
	Users   []web.Option
	Roles   []auth.Role
	Study   string
}

func (c *call) people() error { return c.peopleAgain(http.StatusOK, nil) }

func (c *call) peopleAgain(status int, problems []web.Problem) error {
	p := peoplePage{Frame: c.frame(here("people.title")), Roles: auth.Roles, Study: c.studyPath()}
	p.Problems = problems
	var err error
	if p.Members, err = c.store.Members(c.ctx(), c.study.ID); err != nil {
		return err
	}
	users, err := c.store.Users(c.ctx())
	if err != nil {
		return err
	}
	for _, u := range users {
		if !u.Disabled() {
			p.Users = append(p.Users, web.Option{Value: u.Login, Label: web.Text(u.Name + " (" + u.Login + ")")})
		}
	}
	return c.pageStatus(status, "people", p)
}

// member reads the person and role of a form.
func (c *call) member() (store.User, auth.Role, []web.Problem, error) {
	role, ok := auth.ParseRole(c.PostForm("role"))
	if !ok {
		return store.User{}, role, []web.Problem{{Field: "role", Text: web.Say("people.role.unknown")}}, nil
	}
	u, err := c.store.UserByLogin(c.ctx(), c.PostForm("login"))
	if status, _ := classify(err); err != nil && status == http.StatusNotFound {
		return u, role, []web.Problem{{Field: "login", Text: web.Say("people.user.unknown")}}, nil
	}
	return u, role, nil, err
}

func (c *call) addMember() error {
	u, role, problems, err := c.member()
	if err != nil {
		return err
	}
	if problems != nil {
		return c.peopleAgain(http.StatusUnprocessableEntity, problems)
	}
	if err := c.store.AddMember(c.ctx(), c.actor, c.study.ID, u.ID, role); err != nil {
		return err
	}
	return c.redirect(c.studyPath("people"), web.Say("people.added", "name", u.Name))
}

func (c *call) removeMember() error {
	u, role, problems, err := c.member()
	if err != nil {
		return err
	}
	if problems != nil {
		return c.peopleAgain(http.StatusUnprocessableEntity, problems)
	}
	if err := c.store.RemoveMember(c.ctx(), c.actor, c.study.ID, u.ID, role); err != nil {
		return err
	}
	return c.redirect(c.studyPath("people"), web.Say("people.removed", "name", u.Name))
}
