package server

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// Passkeys (WebAuthn) are a second factor after a password, and with the
// finger, face or PIN of their device a way to sign in without one. A script
// asks for options, the browser signs, and what it signed comes in a form like
// any other.

const passkeyCeremony = "passkey"

// A passkeyHolder is a user as the library sees one.
type passkeyHolder struct {
	user        store.User
	handle      []byte
	credentials []webauthn.Credential
}

func (h *passkeyHolder) WebAuthnID() []byte                         { return h.handle }
func (h *passkeyHolder) WebAuthnName() string                       { return h.user.Login }
func (h *passkeyHolder) WebAuthnDisplayName() string                { return h.user.Name }
func (h *passkeyHolder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

// origin is the address at which people reach the server, without a path.
func (c *call) origin() string {
	if c.address != "" {
		return c.address
	}
	if c.sessions.secure {
		return "https://" + c.Request.Host
	}
	return "http://" + c.Request.Host
}

// host is the name of the server, without a port.
func (c *call) host() string {
	u, err := url.Parse(c.origin())
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// takesPasskeys reports whether browsers make passkeys for this server: they
// do for a name, not for a number.
func (c *call) takesPasskeys() bool { return c.host() != "" && net.ParseIP(c.host()) == nil }

func (c *call) webauthn() (*webauthn.WebAuthn, error) {
	if !c.takesPasskeys() {
		return nil, annotations.ErrNotFound
	}
	return webauthn.New(&webauthn.Config{RPID: c.host(), RPDisplayName: "Dossierlens", RPOrigins: []string{c.origin()},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred}})
}

func (c *call) holder(user store.User) (*passkeyHolder, error) {
	h := &passkeyHolder{user: user}
	var err error
	if h.handle, err = c.store.Handle(c.ctx(), user.ID); err != nil {
		return nil, err
	}
	keys, err := c.store.Passkeys(c.ctx(), user.ID)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		var credential webauthn.Credential
		if err := json.Unmarshal(k.Credential, &credential); err != nil {
			return nil, err
		}
		h.credentials = append(h.credentials, credential)
	}
	return h, nil
}

// beginPasskeyCeremony keeps the state of a ceremony and answers the options
// for the browser.
func (c *call) beginPasskeyCeremony(session *webauthn.SessionData, options any) error {
	token, err := c.store.BeginCeremony(c.ctx(), passkeyCeremony, session, ceremonyValid)
	if err != nil {
		return err
	}
	c.sessions.keep(c.Writer, passkeyCeremony, token)
	return c.json(http.StatusOK, options)
}

// endPasskeyCeremony takes the state of the ceremony that the browser began.
func (c *call) endPasskeyCeremony() (webauthn.SessionData, error) {
	var session webauthn.SessionData
	err := c.store.EndCeremony(c.ctx(), passkeyCeremony, c.sessions.kept(c.Request, passkeyCeremony), &session)
	c.sessions.drop(c.Writer, passkeyCeremony)
	if errors.Is(err, annotations.ErrNotFound) {
		err = errStale
	}
	return session, err
}

type passkeyPage struct{ web.Frame }

// passkeyForm asks for a name and then for a passkey.
func (c *call) passkeyForm() error { return c.passkeyAgain(http.StatusOK, nil) }

func (c *call) passkeyAgain(status int, problems []web.Problem) error {
	if !c.takesPasskeys() {
		return annotations.ErrNotFound
	}
	p := passkeyPage{c.frame(accountCrumb(), here("passkey.title"))}
	p.Problems = problems
	return c.pageStatus(status, "passkey", p)
}

// beginPasskey answers what the browser needs to make a passkey.
func (c *call) beginPasskey() error {
	w, err := c.webauthn()
	if err != nil {
		return err
	}
	h, err := c.holder(c.user)
	if err != nil {
		return err
	}
	var have []protocol.CredentialDescriptor
	for _, k := range h.credentials {
		have = append(have, k.Descriptor())
	}
	options, session, err := w.BeginRegistration(h, webauthn.WithExclusions(have))
	if err != nil {
		return err
	}
	return c.beginPasskeyCeremony(session, options)
}

// addPasskey keeps the passkey that the browser made.
func (c *call) addPasskey() error {
	w, err := c.webauthn()
	if err != nil {
		return err
	}
	session, err := c.endPasskeyCeremony()
	if err != nil {
		return err
	}
	h, err := c.holder(c.user)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(c.PostForm("credential")))
	var made *webauthn.Credential
	if err == nil {
		made, err = w.CreateCredential(h, session, parsed)
	}
	if err != nil {
		return c.passkeyAgain(http.StatusUnprocessableEntity, []web.Problem{{Text: web.Say("passkey.not_made")}})
	}
	b, err := json.Marshal(made)
	if err != nil {
		return err
	}
	codes, err := c.store.AddPasskey(c.ctx(), c.actor, store.Passkey{KeyID: made.ID, Name: c.PostForm("name"), Credential: b}, c.sessions.token(c.Request))
	problems, err := c.problems(err)
	if err != nil {
		return err
	}
	if problems != nil {
		return c.passkeyAgain(http.StatusUnprocessableEntity, problems)
	}
	return c.factorAdded(codes)
}

func (c *call) removePasskey() error {
	id, err := c.pathID("passkey")
	if err != nil {
		return err
	}
	return c.removeFactor(func(f store.Factors) bool { return f.TOTP || f.Passkeys > 1 },
		func() error { return c.store.RemovePasskey(c.ctx(), c.actor, c.user.ID, id) })
}

// beginPasskeyLogin answers what the browser needs to sign in: with any
// passkey for this server, or after a password with one of that user's.
func (c *call) beginPasskeyLogin() error {
	if ok, _ := c.addresses.Allow(c.now(), "address "+c.ClientIP()); !ok {
		return errTooFast
	}
	_, user, err := c.halfwayIn()
	if err == nil {
		return c.beginAssertion(user)
	}
	if !errors.Is(err, annotations.ErrNotFound) {
		return err
	}
	w, err := c.webauthn()
	if err != nil {
		return err
	}
	options, session, err := w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return err
	}
	return c.beginPasskeyCeremony(session, options)
}

// beginPasskeyConfirm answers what the browser needs for a proof.
func (c *call) beginPasskeyConfirm() error { return c.beginAssertion(c.user) }

func (c *call) beginAssertion(user store.User) error {
	w, err := c.webauthn()
	if err != nil {
		return err
	}
	h, err := c.holder(user)
	if err != nil {
		return err
	}
	if len(h.credentials) == 0 {
		return annotations.ErrNotFound
	}
	options, session, err := w.BeginLogin(h)
	if err != nil {
		return err
	}
	return c.beginPasskeyCeremony(session, options)
}

// passkeyLogin signs in with what the browser signed.
func (c *call) passkeyLogin() error {
	half, user, err := c.halfwayIn()
	if err == nil {
		ok, err := c.checkPasskeyOf(user, c.PostForm("credential"))
		if err != nil {
			return err
		}
		if !ok {
			if err := c.refuseSignIn(user, "passkey"); err != nil {
				return err
			}
			return c.secondAgain(http.StatusUnprocessableEntity, web.Problem{Text: web.Say("passkey.wrong")})
		}
		return c.secondPassed(user, half, "passkey")
	}
	if !errors.Is(err, annotations.ErrNotFound) {
		return err
	}
	user, err = c.passkeyOwner(c.PostForm("credential"))
	if err != nil {
		return err
	}
	if user.ID == 0 || !user.Open(c.now()) {
		if err := c.refuseSignIn(user, "passkey"); err != nil {
			return err
		}
		return c.loginAgain(http.StatusUnprocessableEntity, c.PostForm("next"), "", web.Problem{Text: web.Say("passkey.wrong")})
	}
	return c.signIn(user, true, c.PostForm("next"), map[string]any{"factor": "passkey"})
}

// passkeyOwner returns whose passkey signed, with their finger, face or PIN;
// the zero user if it is nobody's.
func (c *call) passkeyOwner(signed string) (store.User, error) {
	w, err := c.webauthn()
	if err != nil {
		return store.User{}, err
	}
	session, err := c.endPasskeyCeremony()
	if err != nil {
		return store.User{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(signed))
	if err != nil {
		return store.User{}, nil
	}
	find := func(_, handle []byte) (webauthn.User, error) {
		user, err := c.store.UserByHandle(c.ctx(), handle)
		if err != nil {
			return nil, err
		}
		return c.holder(user)
	}
	found, credential, err := w.ValidatePasskeyLogin(find, session, parsed)
	if err != nil {
		return store.User{}, nil
	}
	user := found.(*passkeyHolder).user
	return user, c.usedPasskey(credential)
}

// checkPasskeyOf reports whether one of the user's passkeys signed the
// challenge of the ceremony that this browser began.
func (c *call) checkPasskeyOf(user store.User, signed string) (bool, error) {
	w, err := c.webauthn()
	if err != nil {
		return false, err
	}
	session, err := c.endPasskeyCeremony()
	if err != nil {
		return false, err
	}
	h, err := c.holder(user)
	if err != nil {
		return false, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(signed))
	if err != nil {
		return false, nil
	}
	credential, err := w.ValidateLogin(h, session, parsed)
	if err != nil {
		return false, nil
	}
	return true, c.usedPasskey(credential)
}

// usedPasskey keeps the counter of a passkey. One whose counter went back may
// have been copied, and is in the audit log for it.
func (c *call) usedPasskey(credential *webauthn.Credential) error {
	b, err := json.Marshal(credential)
	if err != nil {
		return err
	}
	if credential.Authenticator.CloneWarning {
		if err := c.store.Record(c.ctx(), auth.Actor{}, store.Event{Act: "passkey.copied"}); err != nil {
			return err
		}
	}
	return c.store.UsePasskey(c.ctx(), credential.ID, b)
}
