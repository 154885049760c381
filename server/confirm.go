package server

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// What cannot be taken back, such as an export, the approval of a release or
// the end of blindness, takes a proof of who it is that is not older than the
// policy says: a session left open on a desk does not do. The proof is any
// factor of the account. It comes with the form that it is asked for, so that
// what was filled in is not lost.

// Fields of a proof. All begin in the same way, to be told from the form that
// they travel with.
const (
	proof         = "proof_"
	proofPassword = proof + "password"
	proofCode     = proof + "code"
	proofPasskey  = proof + "passkey"
)

// A confirmError is an errConfirm with what was wrong with the proof.
type confirmError struct{ problems []web.Problem }

func (e *confirmError) Error() string { return errConfirm.Error() }
func (e *confirmError) Unwrap() error { return errConfirm }

type confirmPage struct {
	web.Frame
	Action   string // where the form goes: the act itself, or the page that leads to Next
	Next     string
	Carried  []web.Option // fields of the form that the proof travels with
	Factors  store.Factors
	Password bool
	Provider string // of single sign-on
	Back     string
}

// lacksFactor reports whether the actor has a role that must have a second
// factor and did not sign in with one.
func (c *call) lacksFactor() bool { return !c.session.Strong && c.session.DemandsOf(c.actor) }

// confirmed lets pass who proved a short while ago who they are, or does so
// with this form.
func (c *call) confirmed() error {
	if c.session.Fresh(c.now()) {
		return nil
	}
	if c.Request.Method == http.MethodGet || !c.proves() {
		return &confirmError{}
	}
	problems, err := c.checkProof()
	if err != nil {
		return err
	}
	if problems != nil {
		return &confirmError{problems}
	}
	return nil
}

// proves reports whether the form has a proof in it.
func (c *call) proves() bool {
	return c.PostForm(proofPassword) != "" || c.PostForm(proofCode) != "" || c.PostForm(proofPasskey) != ""
}

// checkProof checks the proof in the form and notes that it was given.
func (c *call) checkProof() ([]web.Problem, error) {
	account := accountKey(c.user.Login)
	if ok, _ := c.logins.Allow(c.now(), account); !ok {
		return []web.Problem{{Text: web.Say("error.too_fast")}}, nil
	}
	var ok, strong bool
	var err error
	field, key := proofPassword, "user.password.wrong"
	switch {
	case c.PostForm(proofPasskey) != "":
		field, key = "", "passkey.wrong"
		if ok, err = c.checkPasskeyOf(c.user, c.PostForm(proofPasskey)); err != nil {
			return nil, err
		}
		strong = ok
	case c.PostForm(proofCode) != "":
		field, key = proofCode, "second.wrong"
		if ok, err = c.checkCode(c.user, c.PostForm(proofCode)); err != nil {
			return nil, err
		}
		strong = ok
	default:
		ok, _ = c.cost.Verify(c.user.Password, c.PostForm(proofPassword))
	}
	if !ok {
		if err := c.record("confirm.failed", "", nil); err != nil {
			return nil, err
		}
		return []web.Problem{{Field: field, Text: web.Say(key)}}, nil
	}
	c.logins.Forgive(account)
	if err := c.sessions.confirm(c.Writer, c.Request, strong); err != nil {
		return nil, err
	}
	return nil, c.record("confirm", "", nil)
}

// failConfirm asks for a proof: on a page of its own for what is only fetched,
// and with the form in it for what was sent.
func (s *Server) failConfirm(c *call, err error) {
	if c.Request.Method == http.MethodGet {
		c.Redirect(http.StatusSeeOther, "/confirm?next="+url.QueryEscape(c.Request.URL.RequestURI()))
		return
	}
	p := confirmPage{Action: c.Request.URL.RequestURI(), Back: "/"}
	if from, err := url.Parse(c.Request.Referer()); err == nil && from.Host == c.Request.Host {
		p.Back = localPath(from.RequestURI())
	}
	for name, values := range c.Request.PostForm {
		for _, v := range values {
			if !strings.HasPrefix(name, proof) {
				p.Carried = append(p.Carried, web.Option{Value: name, Label: web.Text(v)})
			}
		}
	}
	slices.SortStableFunc(p.Carried, func(a, b web.Option) int { return strings.Compare(a.Value, b.Value) })
	var e *confirmError
	if errors.As(err, &e) {
		p.Problems = e.problems
	}
	if err := c.showConfirm(http.StatusForbidden, p); err != nil {
		s.log.Error("confirm page", "request", c.GetString("request"), "err", err)
		c.String(http.StatusInternalServerError, "internal error "+c.GetString("request"))
	}
}

func (c *call) showConfirm(status int, p confirmPage) error {
	problems := p.Problems
	p.Frame, p.Password, p.Provider = c.frame(here("confirm.title")), c.user.Password != "", c.sso.name()
	p.Problems = problems
	var err error
	if p.Factors, err = c.store.Factors(c.ctx(), c.user.ID); err != nil {
		return err
	}
	return c.pageStatus(status, "confirm", p)
}

// confirmForm asks for a proof before something is fetched.
func (c *call) confirmForm() error {
	next := localPath(c.Query("next"))
	return c.showConfirm(http.StatusOK, confirmPage{Action: "/confirm", Next: next, Back: "/"})
}

func (c *call) confirm() error {
	next := localPath(c.PostForm("next"))
	var problems []web.Problem
	if c.proves() {
		var err error
		if problems, err = c.checkProof(); err != nil {
			return err
		}
	} else {
		problems = []web.Problem{{Text: web.Say("confirm.nothing")}}
	}
	if problems != nil {
		p := confirmPage{Action: "/confirm", Next: next, Back: "/"}
		p.Problems = problems
		return c.showConfirm(http.StatusUnprocessableEntity, p)
	}
	return c.redirect(next, web.Message{})
}
