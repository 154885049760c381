package server_test

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// A server that is told nothing hashes passwords at the strong cost: a cheap
// hash is renewed at its owner's next login, and the password stays the same.
func TestLoginRenewsACheapHash(t *testing.T) {
	s := open(t)
	hash := func() string {
		t.Helper()
		u, err := s.Store.UserByLogin(context.Background(), "anna")
		if err != nil {
			t.Fatal(err)
		}
		return u.Password
	}
	if ok, renew := auth.VerifyPassword(hash(), storetest.Password); !ok || !renew {
		t.Fatalf("the hash of the tests is right %v and due for renewal %v, want both", ok, renew)
	}
	strong, err := server.New(s.Store, server.Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: s.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(strong)
	defer h.Close()
	s.url = h.URL
	for range 2 {
		if got := s.visit(t, "").post("/login", url.Values{"username": {"anna"}, "password": {storetest.Password}}); got.status != 303 {
			t.Fatalf("the login answers %d", got.status)
		}
		if ok, renew := auth.VerifyPassword(hash(), storetest.Password); !ok || renew || !strings.Contains(hash(), "m=19456,t=2,p=1") {
			t.Errorf("after a login the hash is right %v and due for renewal %v: %.40s", ok, renew, hash())
		}
	}
}
