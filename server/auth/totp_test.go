package auth_test

import (
	"encoding/base32"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/server/auth"
)

// The codes of RFC 6238, appendix B, for SHA-1; six digits are the last six of
// its eight.
func TestTOTPOfTheRFC(t *testing.T) {
	key := auth.TOTPKey(base32.StdEncoding.EncodeToString([]byte("12345678901234567890")))
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if step, ok := key.Check(code, time.Unix(at, 0), 0); !ok || step != at/30 {
			t.Errorf("at %d the code %s is %v in step %d", at, code, ok, step)
		}
	}
}

// A code counts in its own step and the two beside it, and never again once it
// or a later one was used.
func TestTOTPStepAndReplay(t *testing.T) {
	key := auth.TOTPKey(base32.StdEncoding.EncodeToString([]byte("12345678901234567890")))
	at := time.Unix(1111111109, 0)
	step := at.Unix() / 30
	for _, test := range []struct {
		name string
		at   time.Time
		last int64
		want bool
	}{
		{"a step early", at.Add(-30 * time.Second), 0, true},
		{"a step late", at.Add(30 * time.Second), 0, true},
		{"two steps early", at.Add(-61 * time.Second), 0, false},
		{"two steps late", at.Add(61 * time.Second), 0, false},
		{"used", at, step, false},
		{"before one that was used", at, step + 1, false},
		{"after one that was used", at, step - 1, true},
	} {
		if _, ok := key.Check(" 081 804 ", test.at, test.last); ok != test.want {
			t.Errorf("%s: %v, want %v", test.name, ok, test.want)
		}
	}
	for _, wrong := range []string{"", "081805", "81804", "0818040", "abcdef"} {
		if _, ok := key.Check(wrong, at, 0); ok {
			t.Errorf("%q is taken for a code", wrong)
		}
	}
}

// Keys are 160 random bits, and apps can read them.
func TestTOTPKeys(t *testing.T) {
	a, b := auth.NewTOTPKey(), auth.NewTOTPKey()
	if a == b || len(a) != 32 {
		t.Errorf("keys are %s and %s", a, b)
	}
	u := a.URL("j.de vries")
	if !strings.HasPrefix(u, "otpauth://totp/Dossierlens:j.de%20vries?") || !strings.Contains(u, "secret="+string(a)) {
		t.Errorf("the address is %s", u)
	}
	picture, err := a.Picture("j.de vries", 240)
	if err != nil || picture.Bounds().Dx() != 240 {
		t.Errorf("the picture: %v", err)
	}
}

// The offline list refuses what thieves try first, whatever the case.
func TestStolenPasswords(t *testing.T) {
	for _, p := range []string{"1qaz2wsx3edc", "LeaveMeAlone", "qweasdzxc123", "chickenwing101"} {
		if !auth.Stolen(p) || auth.CheckPassword(p) == nil {
			t.Errorf("%q is not on the list of stolen passwords", p)
		}
	}
	for _, p := range []string{"paard batterij nietje", "seven wheels on a tandem", ""} {
		if auth.Stolen(p) {
			t.Errorf("%q is on the list", p)
		}
	}
}
