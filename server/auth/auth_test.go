package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/server/auth"
)

func TestWhoMayDoWhat(t *testing.T) {
	actor := func(roles ...auth.Role) auth.Actor {
		return auth.Actor{ID: 1, Roles: map[string][]auth.Role{"s": roles}}
	}
	admin := auth.Actor{ID: 1, Administrator: true}
	check := func(name string, a auth.Actor, act auth.Act, study string, want bool) {
		t.Helper()
		if got := a.May(act, study); got != want {
			t.Errorf("%s: May(%s, %q) = %v, want %v", name, act, study, got, want)
		}
	}
	check("nobody", auth.Actor{}, auth.SeeStudy, "s", false)
	check("nobody with roles", auth.Actor{Roles: map[string][]auth.Role{"s": {auth.Lead}}}, auth.SeeStudy, "s", false)
	check("coder", actor(auth.Coder), auth.CodeCase, "s", true)
	check("coder in another study", actor(auth.Coder), auth.CodeCase, "other", false)
	check("coder", actor(auth.Coder), auth.SeeAgreement, "s", false)
	check("coder", actor(auth.Coder), auth.ExportCodings, "s", false)
	check("lead", actor(auth.Lead), auth.CodeCase, "s", false)
	check("lead", actor(auth.Lead), auth.Adjudicate, "s", true)
	check("data manager", actor(auth.DataManager), auth.CodeCase, "s", false)
	check("monitor officer", actor(auth.MonitorOfficer), auth.ReadCase, "s", false)
	check("observer", actor(auth.Observer), auth.ReadCase, "s", false)
	check("privacy officer", actor(auth.PrivacyOfficer), auth.ReadCase, "s", false)
	check("administrator", admin, auth.ReadCase, "s", false)
	check("administrator", admin, auth.ManageUsers, "", true)
	check("two roles", actor(auth.Coder, auth.Observer), auth.SeeProgress, "s", true)
	check("unknown act", actor(auth.Lead), auth.Act("everything"), "s", false)

	if got := actor(auth.Coder, auth.Lead).ActingAs(auth.Adjudicate, "s"); got != auth.Lead {
		t.Errorf("ActingAs = %q, want lead", got)
	}
}

func TestPasswords(t *testing.T) {
	hash := auth.HashPassword("een lange zin van nu")
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=") {
		t.Errorf("hash %q is not a PHC string of argon2id", hash)
	}
	check := func(name, hash, password string, wantOK, wantRenew bool) {
		t.Helper()
		if ok, renew := auth.VerifyPassword(hash, password); ok != wantOK || renew != wantRenew {
			t.Errorf("%s: VerifyPassword = %v, %v; want %v, %v", name, ok, renew, wantOK, wantRenew)
		}
	}
	check("right", hash, "een lange zin van nu", true, false)
	check("wrong", hash, "een lange zin van nú", false, false)
	check("empty hash", "", "een lange zin van nu", false, false)
	check("garbage", "$argon2id$v=19$m=x$y$z", "x", false, false)
	check("very long", hash, strings.Repeat("a", 100_000), false, false)
	// RFC 9106's algorithm with lower parameters, computed by this package's
	// own library: right, and due for renewal.
	old := "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$cvIbZtIZM1OmuVFPqUDpOUI4S7ksetfDRwK7OIpDpR0"
	check("old parameters", old, "een lange zin van nu", true, true)

	for _, weak := range []string{"kort", "wachtwoord123", "aaaaaaaaaaaaaaaa", "Welkom123456", strings.Repeat("ab", 150)} {
		if auth.CheckPassword(weak) == nil {
			t.Errorf("CheckPassword(%.20q) accepts a weak password", weak)
		}
	}
	if err := auth.CheckPassword("paard batterij nietje"); err != nil {
		t.Errorf("CheckPassword refuses a passphrase: %v", err)
	}
}

func TestThrottle(t *testing.T) {
	th := &auth.Throttle{Burst: 3, Every: time.Minute}
	now := time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)
	allow := func(want bool, keys ...string) {
		t.Helper()
		if got, _ := th.Allow(now, keys...); got != want {
			t.Errorf("Allow(%v) at %s = %v, want %v", keys, now.Format(time.TimeOnly), got, want)
		}
	}
	allow(true, "anna", "10.0.0.1")
	allow(true, "anna", "10.0.0.1")
	allow(true, "anna", "10.0.0.1")
	allow(false, "anna", "10.0.0.2")
	allow(false, "bert", "10.0.0.1")
	allow(true, "bert", "10.0.0.3")
	if _, wait := th.Allow(now, "anna"); wait <= 0 || wait > time.Minute {
		t.Errorf("wait = %v, want up to a minute", wait)
	}
	now = now.Add(time.Minute)
	allow(true, "anna")
	allow(false, "anna")
	th.Forgive("anna")
	allow(true, "anna")
}

// Long passwords are welcome, and one counts to its last character, in its own
// case and with its blanks.
func TestPasswordIsTakenAsItIs(t *testing.T) {
	cost := auth.Cost{Memory: 8, Time: 1, Threads: 1}
	long := strings.Repeat("Tandem met zeven wielen. ", 8) // 200 characters
	for _, password := range []string{long, long[:64], "  paard batterij Nietje  ", "日本語のパスワードは長いです"} {
		if err := auth.CheckPassword(password); err != nil {
			t.Errorf("%q is refused: %v", password, err)
		}
		hash := cost.Hash(password)
		if ok, _ := cost.Verify(hash, password); !ok {
			t.Errorf("%q does not open its own hash", password)
		}
		last := []rune(password)
		last[len(last)-1] = 'x'
		for _, other := range []string{string(last), strings.ToUpper(password) + "", strings.TrimSpace(password)} {
			if ok, _ := cost.Verify(hash, other); ok && other != password {
				t.Errorf("%q opens the hash of %q", other, password)
			}
		}
	}
}
