package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// device sends a command to the authenticator of the tab's browser.
func device[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	var out R
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) (err error) {
		out, err = cdp.Call(ctx, target, command, params)
		return err
	}))
	return out
}

// A passkey made in a real browser is a second factor after the password, a
// sign-in without one, and a proof; without the finger of its owner, or with a
// signature that is not its own, it opens nothing.
func TestPasskeyJourney(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	p := process{ctx: context.Background(), getenv: os.Getenv, stdin: strings.NewReader(""), stdout: &out, stderr: io.Discard}
	if got := run(p, []string{"user", "add", "--data", dir, "pia", "--name", "Pia Passkey", "--administrator"}); got != 0 {
		t.Fatalf("user add ends with %d", got)
	}
	link := regexp.MustCompile(`/link/[A-Z0-9]+`).FindString(out.String())
	child := serveApart(t, dir)
	b := visit(t, strings.Replace(child.site, "127.0.0.1", "localhost", 1))

	const password = "zeven wielen aan een tandem"
	b.open(link)
	b.set("#password", password)
	b.set("#repeat", password)
	b.click("form.stack button.main")
	b.wait(`location.pathname === "/"`)

	device(b, webauthn.Enable, webauthn.EnableParams{})
	key := device(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})

	b.open("/account")
	b.click(`a[href="/account/passkeys"]`)
	b.wait(`document.activeElement?.name === "name"`)
	b.keys("laptop" + kb.Enter)
	b.wait(`document.querySelectorAll("ul.codes li").length === 10`)
	b.shot("codes")
	b.open("/account")
	if said := b.text("#second"); !strings.Contains(said, "laptop") {
		t.Errorf("the account says %q", said)
	}
	b.shot("account")

	leave := func() {
		t.Helper()
		eval[bool](b, `fetch("/logout", {method: "POST"}).then(() => true)`)
	}
	leave()
	b.open("/login")
	b.wait(`document.activeElement?.name === "username"`)
	b.keys("pia" + kb.Tab + password + kb.Enter)
	b.wait(`location.pathname === "/login/second" && ` + ready)
	b.shot("second")
	b.click("form[data-passkey] button")
	b.wait(`location.pathname === "/" && ` + ready)

	b.open("/confirm?next=/users/policy")
	b.shot("confirm")
	b.click("form[data-passkey] button")
	b.wait(`location.pathname === "/users/policy" && ` + ready)

	leave()
	b.open("/login")
	b.shot("login")
	b.click("form[data-passkey] button")
	b.wait(`location.pathname === "/" && ` + ready)
	b.open("/account")
	if said := b.text("main"); !strings.Contains(said, "Pia Passkey") {
		t.Errorf("the passkey alone leads to %q", said)
	}

	leave()
	bogus := true
	device(b, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: key.AuthenticatorID, IsBogusSignature: &bogus})
	b.expect("422")
	b.open("/login")
	b.click("form[data-passkey] button")
	b.wait(`document.querySelector(".problems") !== null`)
	device(b, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: key.AuthenticatorID})
	device(b, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: key.AuthenticatorID})
	b.open("/login")
	b.do(chromedp.Click("form[data-passkey] button"))
	b.wait(`document.querySelector(".passkey-problem:not([hidden])") !== null || document.querySelector(".problems") !== null`)
	if at := b.path(); at != "/login" && at != "/login/passkey" {
		t.Errorf("a passkey without its owner leads to %s", at)
	}
	if got := eval[int](b, `fetch("/account", {redirect: "manual"}).then((r) => r.status)`); got == 200 {
		t.Error("somebody is signed in")
	}
}
