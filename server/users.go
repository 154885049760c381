package server

import (
	"net/http"
	"strings"
	"time"

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
	Link        string // of the account just made; shown once
	LinkFor     string
	Login, Name string // as typed, when the form comes back
	Self        int64
}

type userLine struct {
	store.User
	Active bool // has a password and is not disabled
}

func (c *call) users() error { return c.usersAgain(http.StatusOK, usersPage{}, nil) }

func (c *call) usersAgain(status int, p usersPage, problems []web.Problem) error {
	users, err := c.store.Users(c.ctx())
	if err != nil {
		return err
	}
	p.Frame, p.Self = c.frame(here("users.title")), c.actor.ID
	p.Problems = problems
	for _, u := range users {
		p.Users = append(p.Users, userLine{u, u.Password != "" && !u.Disabled()})
	}
	return c.pageStatus(status, "users", p)
}

func (c *call) addUser() error {
	u := store.User{Login: c.PostForm("login"), Name: c.PostForm("name"), Administrator: c.PostForm("administrator") != ""}
	made, err := c.store.CreateUser(c.ctx(), c.actor, u)
	problems, err := c.problems(err)
	if err != nil {
		return err
	}
	if problems != nil {
		return c.usersAgain(http.StatusUnprocessableEntity, usersPage{Login: u.Login, Name: u.Name}, problems)
	}
	return c.showLink(made)
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

// showLink makes a link for u and shows it once, to be handed over by the
// administrator: the program sends no mail.
func (c *call) showLink(u store.User) error {
	token, err := c.store.NewLink(c.ctx(), c.actor, u.ID, linkValid)
	if err != nil {
		return err
	}
	scheme := "http://"
	if c.sessions.secure {
		scheme = "https://"
	}
	return c.usersAgain(http.StatusOK, usersPage{Link: scheme + c.Request.Host + "/link/" + token, LinkFor: u.Name}, nil)
}

func (c *call) setAccess() error {
	id, err := c.pathID("user")
	if err != nil {
		return err
	}
	disable := c.PostForm("access") == "off"
	if disable && id == c.actor.ID {
		return c.usersAgain(http.StatusUnprocessableEntity, usersPage{}, []web.Problem{{Text: web.Say("users.not_self")}})
	}
	if err := c.store.SetDisabled(c.ctx(), c.actor, id, disable); err != nil {
		return err
	}
	return c.redirect("/users", web.Say("users.changed"))
}

// createStudy makes a study from an uploaded codebook file or a built-in one.
// Who makes it becomes nobody in it: an administrator sees no cases.
func (c *call) createStudy() error {
	source, err := c.codebookSource()
	var problems []web.Problem
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
		return builtin.Source(id)
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
