package server

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// SSO says where people may sign in instead of here (OpenID Connect), such as
// SURFconext. An account is linked to its subject by a link from the
// administrator; the provider makes no accounts.
type SSO struct {
	Name     string   // as people know it: "SURFconext"
	Issuer   string   // address of the provider, below which its discovery document is
	ClientID string   // of this server at the provider
	Secret   string   // empty for a client without one
	ACR      []string // levels of assurance of which one is asked and must be given; it then counts as two factors
}

// singleSignOn is the server's side of single sign-on; nil is none.
type singleSignOn struct {
	SSO
	mu       sync.Mutex
	provider *oidc.Provider
}

// providerPatience is how long the provider may take to answer.
const providerPatience = 10 * time.Second

// providerClient asks the provider and nobody to whom it would send us on.
func providerClient() *http.Client {
	return &http.Client{Timeout: providerPatience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

var errProvider = errors.New("the provider of single sign-on does not answer as it should")

func (s *singleSignOn) name() string {
	if s == nil {
		return ""
	}
	return s.SSO.Name
}

// discover returns the provider as it describes itself. It is asked when it is
// first needed, so that the server starts without it, and again after a
// failure.
func (s *singleSignOn) discover(ctx context.Context) (*oidc.Provider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.provider == nil {
		// The provider keeps this context to fetch keys later.
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), providerClient()), s.Issuer)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errProvider, err)
		}
		s.provider = p
	}
	return s.provider, nil
}

// A ssoRound is a way to the provider and back.
type ssoRound struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"` // of PKCE (RFC 7636)
	Next     string    `json:"next"`
	Link     string    `json:"link"`    // one-time link that is being used
	Confirm  int64     `json:"confirm"` // user who proves again who they are
	Begun    time.Time `json:"begun"`
}

const ssoCeremony = "sso"

func (c *call) oauth(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: c.sso.ClientID, ClientSecret: c.sso.Secret, Endpoint: p.Endpoint(),
		RedirectURL: c.origin() + "/login/sso/callback", Scopes: []string{oidc.ScopeOpenID}}
}

// leave sends the browser to the provider.
func (c *call) leave(round ssoRound) error {
	if c.sso == nil {
		return annotations.ErrNotFound
	}
	if ok, _ := c.addresses.Allow(c.now(), "address "+c.ClientIP()); !ok {
		return errTooFast
	}
	provider, err := c.sso.discover(c.ctx())
	if err != nil {
		return c.providerFailed(err)
	}
	round.State, round.Nonce, round.Verifier, round.Begun = rand.Text(), rand.Text(), oauth2.GenerateVerifier(), c.now()
	token, err := c.store.BeginCeremony(c.ctx(), ssoCeremony, round, ceremonyValid)
	if err != nil {
		return err
	}
	c.sessions.keep(c.Writer, ssoCeremony, token)
	options := []oauth2.AuthCodeOption{oidc.Nonce(round.Nonce), oauth2.S256ChallengeOption(round.Verifier)}
	if len(c.sso.ACR) > 0 {
		values := c.sso.ACR[0]
		for _, v := range c.sso.ACR[1:] {
			values += " " + v
		}
		options = append(options, oauth2.SetAuthURLParam("acr_values", values))
	}
	if round.Confirm != 0 {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	c.Redirect(http.StatusSeeOther, c.oauth(provider).AuthCodeURL(round.State, options...))
	return nil
}

func (c *call) beginSSO() error { return c.leave(ssoRound{Next: localPath(c.PostForm("next"))}) }

// beginLinkSSO uses a one-time link to link the account to the provider.
func (c *call) beginLinkSSO() error {
	user, err := c.link()
	if err != nil {
		return err
	}
	if user == 0 {
		return annotations.ErrNotFound // the first administrator chooses a password
	}
	return c.leave(ssoRound{Link: c.Param("token"), Next: "/"})
}

// beginConfirmSSO has who is signed in prove at the provider who they are.
func (c *call) beginConfirmSSO() error {
	return c.leave(ssoRound{Confirm: c.user.ID, Next: localPath(c.PostForm("next"))})
}

// endSSO takes up who comes back from the provider.
func (c *call) endSSO() error {
	if c.sso == nil {
		return annotations.ErrNotFound
	}
	var round ssoRound
	err := c.store.EndCeremony(c.ctx(), ssoCeremony, c.sessions.kept(c.Request, ssoCeremony), &round)
	c.sessions.drop(c.Writer, ssoCeremony)
	if errors.Is(err, annotations.ErrNotFound) || err == nil && subtle.ConstantTimeCompare([]byte(round.State), []byte(c.Query("state"))) != 1 {
		return errStale
	}
	if err != nil {
		return err
	}
	if c.Query("error") != "" {
		return c.loginAgain(http.StatusUnprocessableEntity, round.Next, "", web.Problem{Text: web.Say("sso.refused", "provider", c.sso.name())})
	}
	identity, strong, err := c.identify(round)
	if err != nil {
		return c.providerFailed(err)
	}
	if round.Link != "" {
		return c.linkIdentity(round, identity, strong)
	}
	user, err := c.store.UserByIdentity(c.ctx(), identity)
	if err != nil && !errors.Is(err, annotations.ErrNotFound) {
		return err
	}
	if round.Confirm != 0 {
		if c.user.ID == 0 || user.ID != c.user.ID || user.ID != round.Confirm {
			return errConfirm
		}
		if err := c.sessions.confirm(c.Writer, c.Request, strong); err != nil {
			return err
		}
		if err := c.record("confirm", "", map[string]any{"factor": "sso"}); err != nil {
			return err
		}
		return c.redirect(round.Next, web.Say("confirm.done"))
	}
	if err != nil || !user.Open(c.now()) {
		if err := c.refuseSignIn(user, "sso"); err != nil {
			return err
		}
		return c.loginAgain(http.StatusUnprocessableEntity, round.Next, "", web.Problem{Text: web.Say("sso.unknown", "provider", c.sso.name())})
	}
	return c.ssoPassed(user, strong, round.Next)
}

// ssoPassed signs in who the provider vouches for; where it does not vouch for
// two factors, the second one of the account is asked.
func (c *call) ssoPassed(user store.User, strong bool, next string) error {
	if strong {
		return c.signIn(user, true, next, map[string]any{"factor": "sso"})
	}
	return c.passed(user, next)
}

// linkIdentity spends the link with which the round began.
func (c *call) linkIdentity(round ssoRound, identity store.Identity, strong bool) error {
	user, err := c.store.UseLinkFor(c.ctx(), round.Link, identity)
	if errors.Is(err, store.ErrLinked) {
		return c.loginAgain(http.StatusUnprocessableEntity, "/", "", web.Problem{Text: web.Say("sso.linked", "provider", c.sso.name())})
	}
	if err != nil {
		return err
	}
	if !user.Open(c.now()) {
		return c.redirect("/login", web.Say("login.closed"))
	}
	return c.ssoPassed(user, strong, "/")
}

// identify turns the code with which somebody came back into who they are, and
// whether the provider vouches for two factors.
func (c *call) identify(round ssoRound) (id store.Identity, strong bool, err error) {
	provider, err := c.sso.discover(c.ctx())
	if err != nil {
		return id, false, err
	}
	ctx := oidc.ClientContext(c.ctx(), providerClient())
	tokens, err := c.oauth(provider).Exchange(ctx, c.Query("code"), oauth2.VerifierOption(round.Verifier))
	if err != nil {
		return id, false, fmt.Errorf("%w: %w", errProvider, err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	token, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: c.sso.ClientID, Now: c.now}).Verify(ctx, raw)
	if err != nil {
		return id, false, fmt.Errorf("%w: %w", errProvider, err)
	}
	var claims struct {
		ACR      string `json:"acr"`
		AuthTime int64  `json:"auth_time"`
	}
	if err := token.Claims(&claims); err != nil {
		return id, false, fmt.Errorf("%w: %w", errProvider, err)
	}
	switch {
	case token.Subject == "":
		// All whom a provider names so would be one person here.
		return id, false, fmt.Errorf("%w: a token about nobody", errProvider)
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(round.Nonce)) != 1:
		return id, false, fmt.Errorf("%w: another nonce", errProvider)
	case len(c.sso.ACR) > 0 && !slices.Contains(c.sso.ACR, claims.ACR):
		return id, false, fmt.Errorf("%w: level of assurance %q", errProvider, claims.ACR)
	case round.Confirm != 0 && time.Unix(claims.AuthTime, 0).Before(round.Begun.Add(-time.Minute)):
		return id, false, fmt.Errorf("%w: an old sign-in for a new proof", errProvider)
	}
	return store.Identity{Issuer: token.Issuer, Subject: token.Subject}, len(c.sso.ACR) > 0, nil
}

// providerFailed tells the reader in plain words and the log in full.
func (c *call) providerFailed(err error) error {
	if !errors.Is(err, errProvider) {
		return err
	}
	c.log.Warn("single sign-on", "request", c.GetString("request"), "err", err)
	if err := c.store.Record(c.ctx(), auth.Actor{}, store.Event{Act: "login.failed", Detail: map[string]any{"factor": "sso"}}); err != nil {
		return err
	}
	return c.loginAgain(http.StatusBadGateway, "/", "", web.Problem{Text: web.Say("sso.failed", "provider", c.sso.name())})
}
