package server_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/server"
)

// The word of the provider counts under its signature alone: an ID token that
// was changed, is unsigned, or is signed with what others know, signs nobody in.
func TestForgedIDTokenIsRefused(t *testing.T) {
	s, p := openWithSSO(t)
	linked(t, s, p)
	b := base64.RawURLEncoding
	with := func(header string, sign func(signed string) string) func(string) string {
		return func(token string) string {
			signed := b.EncodeToString([]byte(header)) + "." + strings.Split(token, ".")[1]
			return signed + "." + sign(signed)
		}
	}
	for what, spoil := range map[string]func(string) string{
		"as it was": nil,
		"another payload": func(token string) string {
			parts := strings.Split(token, ".")
			claims, err := b.DecodeString(parts[1])
			if err != nil {
				t.Error(err)
			}
			parts[1] = b.EncodeToString([]byte(strings.Replace(string(claims), `"sub":"`, `"sub":"x`, 1)))
			return strings.Join(parts, ".")
		},
		"no signature": with(`{"alg":"none"}`, func(string) string { return "" }),
		"no token":     func(string) string { return "" },
		"a shared key": with(`{"alg":"HS256"}`, func(signed string) string {
			mac := hmac.New(sha256.New, []byte("secret of the client"))
			mac.Write([]byte(signed))
			return b.EncodeToString(mac.Sum(nil))
		}),
	} {
		p.spoil = nil
		v := s.visit(t, "")
		back := p.at(v, v.post("/login/sso", nil), known)
		p.spoil = spoil
		got := v.get(back)
		if want := spoil == nil; v.in() != want || !want && got.status != http.StatusBadGateway {
			t.Errorf("%s: answers %d, signed in %v", what, got.status, v.in())
		}
	}
}

// The provider is asked where it was said to be, and nobody to whom that sends
// on.
func TestProviderDoesNotSendOn(t *testing.T) {
	reached := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(elsewhere.Close)
	named := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	t.Cleanup(named.Close)
	s := openWith(t, func(o *server.Options) {
		o.SSO = &server.SSO{Name: "SURFconext", Issuer: named.URL, ClientID: "dossierlens"}
	})
	if got := s.visit(t, "").post("/login/sso", nil); got.status != http.StatusBadGateway || reached {
		t.Errorf("the form answers %d; the other server was reached: %v", got.status, reached)
	}
}
