package server

import (
	"errors"
	"net/http"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// accountPage is what a person sees of their own account.
type accountPage struct {
	web.Frame
	Username     string
	MinPassword  int
	HasPassword  bool
	Roles        []accountRoles
	Demanded     bool // a role of theirs must have a second factor, and there is none in this session
	Factors      store.Factors
	Passkeys     []store.Passkey
	Sessions     []sessionLine
	Provider     string
	User         store.User
	PasskeysHere bool // browsers make them for this address
}

type accountRoles struct {
	Study string
	Roles []auth.Role
}

// A sessionLine is a session in a list of devices.
type sessionLine struct {
	store.Session
	This bool // the one that reads the list
}

func accountCrumb() web.Link { return web.Link{Href: "/account", Label: web.Say("account.title")} }

func (c *call) account() error { return c.accountAgain(http.StatusOK, nil) }

func (c *call) accountAgain(status int, problems []web.Problem) error {
	p := accountPage{Frame: c.frame(here("account.title")), Username: c.user.Login, MinPassword: auth.MinPassword,
		HasPassword: c.user.Password != "", Demanded: c.lacksFactor(), Provider: c.sso.name(), User: c.user, PasskeysHere: c.takesPasskeys()}
	p.Problems = problems
	studies, err := c.store.Studies(c.ctx())
	if err != nil {
		return err
	}
	for _, st := range studies {
		if roles := c.actor.Roles[st.ID]; len(roles) > 0 {
			p.Roles = append(p.Roles, accountRoles{st.Title, roles})
		}
	}
	if p.Factors, err = c.store.Factors(c.ctx(), c.user.ID); err != nil {
		return err
	}
	if p.Passkeys, err = c.store.Passkeys(c.ctx(), c.user.ID); err != nil {
		return err
	}
	if p.Sessions, err = c.sessionLines(c.user.ID); err != nil {
		return err
	}
	return c.pageStatus(status, "account", p)
}

// sessionLines lists the devices on which a user is signed in.
func (c *call) sessionLines(user int64) ([]sessionLine, error) {
	list, err := c.store.Sessions(c.ctx(), user)
	if err != nil {
		return nil, err
	}
	lines := make([]sessionLine, len(list))
	for i, s := range list {
		lines[i] = sessionLine{s, s.ID == c.session.ID}
	}
	return lines, nil
}

func (c *call) changePassword() error {
	password := c.PostForm("new")
	var problems []web.Problem
	account := accountKey(c.user.Login)
	if ok, _ := c.logins.Allow(c.now(), account); !ok {
		return c.accountAgain(http.StatusTooManyRequests, []web.Problem{{Text: web.Say("error.too_fast")}})
	}
	if c.user.Password == "" {
		// Who came by single sign-on proves it that way.
		if !c.session.Fresh(c.now()) {
			return errConfirm
		}
	} else if ok, _ := c.cost.Verify(c.user.Password, c.PostForm("current")); !ok {
		problems = append(problems, web.Problem{Field: "current", Text: web.Say("user.password.wrong")})
	}
	if err := auth.CheckPassword(password); err != nil {
		problems = append(problems, weak("new", err))
	}
	if problems != nil {
		return c.accountAgain(http.StatusUnprocessableEntity, problems)
	}
	c.logins.Forgive(account)
	if err := c.store.SetPassword(c.ctx(), c.actor, c.actor.ID, c.cost.Hash(password), c.sessions.token(c.Request)); err != nil {
		return err
	}
	return c.redirect("/account", web.Say("account.password_changed"))
}

// endSession ends one of the reader's own sessions.
func (c *call) endSession() error {
	if err := c.store.RevokeSession(c.ctx(), c.actor, c.user.ID, c.Param("session")); err != nil {
		return err
	}
	return c.redirect("/account", web.Say("account.session_ended"))
}

// endSessions ends all of the reader's sessions but this one.
func (c *call) endSessions() error {
	if err := c.store.RevokeSessions(c.ctx(), c.actor, c.user.ID, c.sessions.token(c.Request)); err != nil {
		return err
	}
	return c.redirect("/account", web.Say("account.session_ended"))
}

// unlink takes single sign-on from the reader's account.
func (c *call) unlink() error {
	err := c.store.Unlink(c.ctx(), c.actor, c.user.ID)
	if errors.Is(err, annotations.ErrLocked) {
		return c.accountAgain(http.StatusUnprocessableEntity, []web.Problem{{Text: web.Say("account.only_sso")}})
	}
	if err != nil {
		return err
	}
	return c.redirect("/account", web.Say("account.factor_removed"))
}
