package main

import (
	"fmt"
	"time"

	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// userVerb manages accounts without a browser. Whoever may run it on the data
// folder may do so.
type userVerb struct {
	Add     userAddVerb     `cmd:"" help:"Add an account and print the one-time link that sets its password."`
	List    userListVerb    `cmd:"" help:"List the accounts."`
	Disable userDisableVerb `cmd:"" help:"End the access of an account. Its work stays."`
	Reset   userResetVerb   `cmd:"" help:"Print a new one-time link for an account, and let it in again."`
}

// A day is a date on the command line.
type day struct{ time.Time }

// UnmarshalText reads a date as 2026-12-31.
func (d *day) UnmarshalText(text []byte) (err error) {
	d.Time, err = time.Parse(time.DateOnly, string(text))
	return err
}

// end is the midnight after the day, zero for no day.
func (d day) end() time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return d.AddDate(0, 0, 1)
}

// linkValid is how long a one-time link works.
const linkValid = 7 * 24 * time.Hour

type userAddVerb struct {
	data
	Login         string `arg:"" help:"Name to sign in with."`
	Name          string `help:"The person's own name; the login when it is not given."`
	Administrator bool   `help:"May manage accounts and create studies."`
	Until         day    `placeholder:"DATE" help:"Last day on which the account may sign in, as 2026-12-31; without it there is none."`
	URL           string `default:"http://127.0.0.1:8420" help:"Address at which the server is reached, for the link."`
}

func (v userAddVerb) Run(p process) error {
	s, err := v.create(p)
	if err != nil {
		return err
	}
	defer s.Close()
	if v.Name == "" {
		v.Name = v.Login
	}
	u := store.User{Login: v.Login, Name: v.Name, Administrator: v.Administrator}
	u.ValidUntil.Time = v.Until.end()
	u, err = s.CreateUser(p.ctx, auth.Actor{}, u)
	if err != nil {
		return inWords(err)
	}
	return printLink(p, s, u.ID, v.URL)
}

// printLink makes a one-time link for a user, 0 for the first administrator,
// and prints it.
func printLink(p process, s *store.Store, user int64, url string) error {
	token, err := s.NewLink(p.ctx, auth.Actor{}, user, linkValid)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s/link/%s\n", url, token)
	return err
}

type userListVerb struct {
	data
	output
}

// A listedUser is one account as JSON.
type listedUser struct {
	Login         string `json:"login"`
	Name          string `json:"name"`
	Administrator bool   `json:"administrator"`
	State         string `json:"state"`           // active, invited (nothing to sign in by yet), over (its time is up) or disabled
	Until         string `json:"until,omitempty"` // last day on which it may sign in
	SecondFactor  bool   `json:"second_factor"`
}

func (v userListVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	users, err := s.Accounts(p.ctx)
	if err != nil {
		return err
	}
	list, rows := []listedUser{}, [][]string{}
	for _, u := range users {
		l := listedUser{Login: u.Login, Name: u.Name, Administrator: u.Administrator, State: "active", SecondFactor: u.Second()}
		switch {
		case u.Disabled():
			l.State = "disabled"
		case u.Over(time.Now()):
			l.State = "over"
		case u.Password == "" && !u.Linked && u.Passkeys == 0:
			l.State = "invited"
		}
		if !u.ValidUntil.IsZero() {
			l.Until = u.LastDay().Format(time.DateOnly)
		}
		list = append(list, l)
		rows = append(rows, []string{l.Login, l.Name, yes(l.Administrator), l.State, l.Until, yes(l.SecondFactor)})
	}
	return v.print(p.stdout, []string{"login", "name", "administrator", "state", "until", "second_factor"}, rows, list)
}

// yes is a mark in a table.
func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

type userDisableVerb struct {
	data
	Login string `arg:"" help:"Account to disable."`
}

func (v userDisableVerb) Run(p process) error {
	return v.withUser(p, v.Login, func(s *store.Store, u store.User) error {
		return s.SetDisabled(p.ctx, auth.Actor{}, u.ID, true)
	})
}

type userResetVerb struct {
	data
	Login        string `arg:"" help:"Account to let in again."`
	SecondFactor bool   `help:"Also take its authenticator app, passkeys and recovery codes away, for who lost them."`
	Until        day    `placeholder:"DATE" help:"New last day on which the account may sign in."`
	URL          string `default:"http://127.0.0.1:8420" help:"Address at which the server is reached, for the link."`
}

func (v userResetVerb) Run(p process) error {
	return v.withUser(p, v.Login, func(s *store.Store, u store.User) error {
		if u.Disabled() {
			if err := s.SetDisabled(p.ctx, auth.Actor{}, u.ID, false); err != nil {
				return err
			}
		}
		if v.SecondFactor {
			if err := s.ClearFactors(p.ctx, auth.Actor{}, u.ID); err != nil {
				return err
			}
		}
		if !v.Until.IsZero() {
			if err := s.SetValidUntil(p.ctx, auth.Actor{}, u.ID, v.Until.end()); err != nil {
				return err
			}
		}
		return printLink(p, s, u.ID, v.URL)
	})
}

// withUser runs f on the account with that login.
func (d data) withUser(p process, login string, f func(*store.Store, store.User) error) error {
	s, err := d.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	u, err := s.UserByLogin(p.ctx, login)
	if err != nil {
		return fmt.Errorf("account %s: %w; \"dossierlens user list\" lists those there are", login, err)
	}
	return f(s, u)
}
