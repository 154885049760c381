package server_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

func mustURL(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// dump yields everything that stands in the database, as "table.column value".
func dump(t *testing.T, dir string) func(func(string) bool) {
	t.Helper()
	return func(yield func(string) bool) {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, store.File)+"?_pragma=query_only(ON)")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var tables string // by name, with commas between
		if err := db.QueryRow(`SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table'`).Scan(&tables); err != nil {
			t.Fatal(err)
		}
		for _, table := range strings.Split(tables, ",") {
			rows, err := db.Query(`SELECT * FROM "` + table + `"`)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			columns, err := rows.Columns()
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				row := make([]any, len(columns))
				for i := range row {
					row[i] = new(sql.RawBytes)
				}
				if err := rows.Scan(row...); err != nil {
					t.Fatal(err)
				}
				for i, column := range columns {
					if !yield(fmt.Sprintf("%s.%s %s", table, column, *row[i].(*sql.RawBytes))) {
						return
					}
				}
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func userPath(s *site, login string) string { return fmt.Sprintf("/users/%d", s.People[login].ID) }

// logged reports whether an act is in the audit log.
func logged(t *testing.T, s *site, act string) bool {
	t.Helper()
	for r, err := range s.Store.Records(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if r.Act == act {
			return true
		}
	}
	return false
}

// setPolicy changes the rules of signing in.
func setPolicy(t *testing.T, s *site, change func(*store.AccessPolicy)) {
	t.Helper()
	ctx := context.Background()
	p, err := s.Store.AccessPolicy(ctx)
	if err != nil {
		t.Fatal(err)
	}
	change(&p)
	if err := s.Store.SetAccessPolicy(ctx, s.People["beheer"], p); err != nil {
		t.Fatal(err)
	}
}

// A session ends without use and after a while in any case, as the policy says.
func TestSessionTimeouts(t *testing.T) {
	s := open(t)
	setPolicy(t, s, func(p *store.AccessPolicy) { p.IdleMinutes, p.AbsoluteMinutes = 30, 60 })
	idle, busy := s.visit(t, "anna"), s.visit(t, "anna")
	for range 2 {
		s.Clock.Add(25 * time.Minute)
		if !busy.in() {
			t.Fatal("a session that is used ended early")
		}
	}
	if idle.in() {
		t.Error("a session goes on after 50 minutes without use; the policy says 30")
	}
	s.Clock.Add(11 * time.Minute)
	if busy.in() {
		t.Error("a session goes on after 61 minutes; the policy says 60")
	}
	// A stricter rule counts for sessions under way.
	v := s.visit(t, "bert")
	s.Clock.Add(10 * time.Minute)
	setPolicy(t, s, func(p *store.AccessPolicy) { p.IdleMinutes = 5 })
	if v.in() {
		t.Error("a session outlives a rule that became stricter")
	}
}

var endForm = regexp.MustCompile(`/account/sessions/([0-9a-f]{64})/end`)

// Everybody sees on which devices they are signed in and ends them; nobody
// those of others, but the administrator.
func TestSessionList(t *testing.T) {
	s := open(t)
	here := s.visit(t, "anna")
	there := s.visit(t, "")
	r, err := http.NewRequest("POST", s.url+"/login", strings.NewReader(url.Values{"username": {"anna"}, "password": {storetest.Password}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	res, err := there.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	page := here.get("/account").body
	m := endForm.FindAllStringSubmatch(page, -1)
	if len(m) != 1 || !strings.Contains(page, "Firefox · Linux") || !strings.Contains(page, "127.0.0.1") || !strings.Contains(page, "this device") || strings.Contains(page, "rv:140") {
		t.Fatalf("%d sessions can be ended: %s", len(m), page)
	}
	path := "/account/sessions/" + m[0][1] + "/end"
	if got := s.visit(t, "bert").post(path, nil); got.status != http.StatusNotFound || !there.in() {
		t.Errorf("bert ends a session of anna's: %d", got.status)
	}
	if got := here.post(path, nil); got.status != http.StatusSeeOther || there.in() || !here.in() {
		t.Errorf("ending the other session answers %d; there: %v, here: %v", got.status, there.in(), here.in())
	}
	there = s.visit(t, "anna")
	if got := here.post("/account/sessions/end", nil); got.status != http.StatusSeeOther || there.in() || !here.in() {
		t.Errorf("ending all others answers %d; there: %v, here: %v", got.status, there.in(), here.in())
	}
	admin := s.visit(t, "beheer")
	if got := admin.get(userPath(s, "anna")); got.status != http.StatusOK || !strings.Contains(got.body, "127.0.0.1") {
		t.Errorf("the administrator sees no sessions (%d)", got.status)
	}
	if got := admin.post(userPath(s, "anna")+"/sessions", nil); got.status != http.StatusSeeOther || here.in() {
		t.Errorf("the administrator ends all sessions: %d; anna in: %v", got.status, here.in())
	}
	if !logged(t, s, "session.revoke") {
		t.Error("the log does not say that sessions were ended")
	}
}

// A new password and a new factor end the other sessions.
func TestChangesEndSessions(t *testing.T) {
	s := open(t)
	other, v := s.visit(t, "anna"), s.visit(t, "anna")
	form := url.Values{"current": {storetest.Password}, "new": {"seven wheels on a tandem"}}
	if got := v.post("/account/password", form); got.status != http.StatusSeeOther || other.in() || !v.in() {
		t.Errorf("a new password answers %d; other: %v, own: %v", got.status, other.in(), v.in())
	}
	form = url.Values{"current": {"seven wheels on a tandem"}, "new": {"qwertyqwerty"}}
	if got := v.post("/account/password", form); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a stolen password answers %d", got.status)
	}
	other = s.visit(t, "bert")
	w := s.visit(t, "bert")
	w.setUpApp()
	if other.in() || !w.in() {
		t.Errorf("after a new factor, other: %v, own: %v", other.in(), w.in())
	}
}
