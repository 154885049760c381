package server

import (
	"bytes"
	"errors"
	"image/png"
	"net/http"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// ceremonyValid is how long a browser has to end what it began.
const ceremonyValid = 10 * time.Minute

// A halfway is somebody who has proved by one factor who they are.
type halfway struct {
	User int64  `json:"user"`
	Next string `json:"next"`
}

const secondCeremony = "second"

type secondPage struct {
	web.Frame
	Name    string
	Factors store.Factors
}

// askSecond leads to the page that asks for the second factor.
func (c *call) askSecond(user store.User, next string) error {
	token, err := c.store.BeginCeremony(c.ctx(), secondCeremony, halfway{user.ID, localPath(next)}, ceremonyValid)
	if err != nil {
		return err
	}
	c.sessions.keep(c.Writer, secondCeremony, token)
	return c.redirect("/login/second", web.Message{})
}

// halfwayIn returns who is halfway in with this browser.
func (c *call) halfwayIn() (halfway, store.User, error) {
	var h halfway
	err := c.store.Ceremony(c.ctx(), secondCeremony, c.sessions.kept(c.Request, secondCeremony), &h)
	if err != nil {
		return h, store.User{}, err
	}
	user, err := c.store.User(c.ctx(), h.User)
	if err == nil && !user.Open(c.now()) {
		err = annotations.ErrNotFound
	}
	return h, user, err
}

// startOver leads back to the first factor.
func (c *call) startOver() error {
	c.sessions.drop(c.Writer, secondCeremony)
	return c.redirect("/login", web.Say("second.over"))
}

func (c *call) secondForm() error { return c.secondAgain(http.StatusOK) }

func (c *call) secondAgain(status int, problems ...web.Problem) error {
	_, user, err := c.halfwayIn()
	if errors.Is(err, annotations.ErrNotFound) {
		return c.startOver()
	}
	if err != nil {
		return err
	}
	p := secondPage{Frame: c.frame(), Name: user.Name}
	p.Problems = problems
	if p.Factors, err = c.store.Factors(c.ctx(), user.ID); err != nil {
		return err
	}
	return c.pageStatus(status, "second", p)
}

// second checks a code of an authenticator app, or a recovery code. Five wrong
// ones end the attempt; then the password is asked again.
func (c *call) second() error {
	h, user, err := c.halfwayIn()
	if err == nil {
		err = c.store.TryCeremony(c.ctx(), c.sessions.kept(c.Request, secondCeremony))
	}
	if errors.Is(err, annotations.ErrNotFound) {
		return c.startOver()
	}
	if err != nil {
		return err
	}
	ok, err := c.checkCode(user, c.PostForm("code"))
	if errors.Is(err, errTooFast) {
		if err := c.store.Record(c.ctx(), auth.Actor{ID: user.ID, Login: user.Login}, store.Event{Act: "login.throttled"}); err != nil {
			return err
		}
		return c.secondAgain(http.StatusTooManyRequests, web.Problem{Text: web.Say("second.too_fast")})
	}
	if err != nil {
		return err
	}
	if !ok {
		if err := c.refuseSignIn(user, "code"); err != nil {
			return err
		}
		return c.secondAgain(http.StatusUnprocessableEntity, web.Problem{Field: "code", Text: web.Say("second.wrong")})
	}
	return c.secondPassed(user, h, "code")
}

// secondPassed signs in who gave the second factor as well.
func (c *call) secondPassed(user store.User, h halfway, factor string) error {
	if err := c.store.EndCeremony(c.ctx(), secondCeremony, c.sessions.kept(c.Request, secondCeremony), &h); err != nil {
		return err
	}
	c.sessions.drop(c.Writer, secondCeremony)
	return c.signIn(user, true, h.Next, map[string]any{"factor": factor})
}

// checkCode spends a code of the app or a recovery code of a user. Guessing is
// slowed down by account, whatever was right before.
func (c *call) checkCode(user store.User, code string) (bool, error) {
	account := accountKey(user.Login)
	if ok, _ := c.codes.Allow(c.now(), account); !ok {
		return false, errTooFast
	}
	ok, err := c.store.UseTOTP(c.ctx(), user.ID, code)
	if err == nil && !ok {
		if ok, err = c.store.UseRecovery(c.ctx(), user.ID, code); ok {
			err = c.store.Record(c.ctx(), auth.Actor{ID: user.ID, Login: user.Login}, store.Event{Act: "recovery.use"})
		}
	}
	if ok {
		c.codes.Forgive(account)
	}
	return ok, err
}

type appPage struct {
	web.Frame
	Secret string // in groups of four
}

type codesPage struct {
	web.Frame
	Codes []string
}

// appForm shows the key of an authenticator app that is being set up.
func (c *call) appForm() error { return c.appAgain(http.StatusOK) }

func (c *call) appAgain(status int, problems ...web.Problem) error {
	key, err := c.store.BeginTOTP(c.ctx(), c.user.ID)
	if errors.Is(err, annotations.ErrLocked) {
		return c.redirect("/account", web.Say("app.already"))
	}
	if err != nil {
		return err
	}
	p := appPage{Frame: c.frame(accountCrumb(), here("app.title")), Secret: key.Spaced()}
	p.Problems = problems
	return c.pageStatus(status, "app", p)
}

// appPicture draws the key as a QR code. It is an address of its own, for
// pages have no images in them.
func (c *call) appPicture() error {
	key, err := c.store.BeginTOTP(c.ctx(), c.user.ID)
	if err != nil {
		return err
	}
	picture, err := key.Picture(c.user.Login, 240)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return err
	}
	c.Data(http.StatusOK, "image/png", b.Bytes())
	return nil
}

// confirmApp ends the setting up with a first code, and shows the recovery
// codes this once.
func (c *call) confirmApp() error {
	account := accountKey(c.user.Login)
	if ok, _ := c.codes.Allow(c.now(), account); !ok {
		return c.appAgain(http.StatusTooManyRequests, web.Problem{Text: web.Say("second.too_fast")})
	}
	token := c.sessions.token(c.Request)
	codes, ok, err := c.store.ConfirmTOTP(c.ctx(), c.actor, c.PostForm("code"), token)
	if err != nil {
		return err
	}
	if !ok {
		return c.appAgain(http.StatusUnprocessableEntity, web.Problem{Field: "code", Text: web.Say("app.wrong")})
	}
	c.codes.Forgive(account)
	return c.factorAdded(codes)
}

// factorAdded makes the session one of two factors and shows new recovery
// codes, if there are.
func (c *call) factorAdded(codes []string) error {
	if err := c.sessions.confirm(c.Writer, c.Request, true); err != nil {
		return err
	}
	if codes == nil {
		return c.redirect("/account", web.Say("passkey.added"))
	}
	return c.showCodes(codes)
}

func (c *call) showCodes(codes []string) error {
	return c.page("codes", codesPage{c.frame(accountCrumb(), here("codes.title")), codes})
}

func (c *call) renewCodes() error {
	f, err := c.store.Factors(c.ctx(), c.user.ID)
	if err != nil {
		return err
	}
	if !f.Second() {
		return c.redirect("/account", web.Say("codes.none"))
	}
	codes, err := c.store.RenewRecovery(c.ctx(), c.actor)
	if err != nil {
		return err
	}
	return c.showCodes(codes)
}

// removeApp takes the authenticator app away. Who must have a second factor
// keeps the last one.
func (c *call) removeApp() error {
	return c.removeFactor(func(f store.Factors) bool { return f.Passkeys > 0 }, func() error { return c.store.RemoveTOTP(c.ctx(), c.actor, c.user.ID) })
}

// removeFactor removes a factor unless it is the last of somebody who must
// have one; left reports whether others remain.
func (c *call) removeFactor(left func(store.Factors) bool, remove func() error) error {
	f, err := c.store.Factors(c.ctx(), c.user.ID)
	if err != nil {
		return err
	}
	if !left(f) && c.session.DemandsOf(c.actor) {
		return c.accountAgain(http.StatusUnprocessableEntity, []web.Problem{{Text: web.Say("account.last_factor")}})
	}
	if err := remove(); err != nil {
		return err
	}
	return c.redirect("/account", web.Say("account.factor_removed"))
}
