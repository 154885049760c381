package server_test

import (
	"fmt"
	"sync"
	"testing"

	"modernc.org/sqlite"
)

// In this file a test hears which statements the database is given.

// heard is what a listener was told; nil while nobody listens.
var heard struct {
	sync.Mutex
	on   bool
	list []string
}

func init() {
	sqlite.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, _ string) error {
		heard.Lock()
		defer heard.Unlock()
		if !heard.on {
			return nil
		}
		return conn.(sqlite.AuthorizerRegisterer).RegisterAuthorizer(hear)
	})
}

// hear is told of everything that a statement does, table by table and column
// by column, when it is made ready. What the connection does for itself is left
// out.
func hear(action sqlite.AuthorizerActionCode, what, part, _, within string) sqlite.AuthorizerReturnCode {
	if action != sqlite.AuthPragma && what != "sqlite_master" {
		heard.Lock()
		heard.list = append(heard.list, fmt.Sprint(action, " ", what, " ", part, " ", within))
		heard.Unlock()
	}
	return sqlite.AuthorizerOK
}

// listen hears of all statements of stores that are opened from now on, until
// the test ends. The returned function tells what a call of f brought about, in
// its order.
func listen(t testing.TB) (during func(f func()) []string) {
	heard.Lock()
	heard.on = true
	heard.Unlock()
	t.Cleanup(func() {
		heard.Lock()
		defer heard.Unlock()
		heard.on, heard.list = false, nil
	})
	return func(f func()) []string {
		heard.Lock()
		heard.list = nil
		heard.Unlock()
		f()
		heard.Lock()
		defer heard.Unlock()
		return heard.list
	}
}
