package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// A Cost is what hashing a password with argon2id takes (RFC 9106, section
// 3.1). It stands in every hash, so that raising it renews each hash at its
// owner's next login.
type Cost struct {
	Memory  uint32 // KiB, at least 8 for each thread
	Time    uint32 // passes, at least 1
	Threads uint8  // at least 1
}

// Strong is OWASP's first choice of memory and passes for an interactive login.
var Strong = Cost{Memory: 19 * 1024, Time: 2, Threads: 1}

// Bytes of the parts of a hash.
const (
	argonKey  = 32
	argonSalt = 16
)

// Bounds of a password, in characters. The upper one bounds the work of
// hashing, not the imagination of the user.
const (
	MinPassword = 12
	MaxPassword = 200
)

// ErrWeakPassword says that a password is shorter than [MinPassword], longer
// than [MaxPassword], or made of little.
var ErrWeakPassword = errors.New("the password is too short, too long or too common")

// ErrStolenPassword says that a password stands in lists of stolen ones.
var ErrStolenPassword = errors.New("the password was stolen elsewhere and is among the first that are tried")

// common holds parts on which guessers begin; a password made of one of them
// and little else is refused.
var common = []string{"password", "wachtwoord", "welkom", "welcome", "dossierlens", "qwerty", "azerty", "123456", "letmein", "iloveyou", "admin"}

// CheckPassword reports with [ErrWeakPassword] or [ErrStolenPassword] a
// password that may not be set.
func CheckPassword(password string) error {
	n := utf8.RuneCountInString(password)
	if n < MinPassword || n > MaxPassword {
		return ErrWeakPassword
	}
	if Stolen(password) {
		return ErrStolenPassword
	}
	low := strings.ToLower(password)
	rest := low
	for _, c := range common {
		rest = strings.ReplaceAll(rest, c, "")
	}
	if utf8.RuneCountInString(rest) < 6 {
		return ErrWeakPassword
	}
	seen := map[rune]bool{}
	for _, r := range low {
		seen[r] = true
	}
	if len(seen) < 5 {
		return ErrWeakPassword
	}
	return nil
}

// hashing bounds how many hashes are computed at once: each takes memory and a
// core, and logins come in bursts at nine o'clock.
var hashing = make(chan struct{}, 2)

// HashPassword is [Cost.Hash] of [Strong].
func HashPassword(password string) string { return Strong.Hash(password) }

// Hash returns the argon2id hash of password as a PHC string.
func (c Cost) Hash(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return c.phc(salt, argon2.IDKey([]byte(password), salt, c.Time, c.Memory, c.Threads, argonKey))
}

func (c Cost) phc(salt, key []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, c.Threads, b.EncodeToString(salt), b.EncodeToString(key))
}

// nobody is a hash that no password has; comparing with it takes as long as
// comparing with a real one, so that time does not tell which logins exist.
func (c Cost) nobody() string { return c.phc(make([]byte, argonSalt), make([]byte, argonKey)) }

// VerifyPassword is [Cost.Verify] of [Strong].
func VerifyPassword(hash, password string) (ok, renew bool) { return Strong.Verify(hash, password) }

// Verify reports whether password has the given hash, and whether the hash
// should be renewed because it did not cost c. An empty or unreadable hash
// takes as long as a real one and is false.
func (c Cost) Verify(hash, password string) (ok, renew bool) {
	if utf8.RuneCountInString(password) > MaxPassword {
		return false, false
	}
	var version int
	var was Cost
	parts := strings.Split(hash, "$")
	good := len(parts) == 6 && parts[1] == "argon2id"
	if good {
		_, err1 := fmt.Sscanf(parts[2], "v=%d", &version)
		_, err2 := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &was.Memory, &was.Time, &was.Threads)
		good = err1 == nil && err2 == nil && version == argon2.Version && was.Time > 0 && was.Threads > 0 && was.Memory <= 1<<20
	}
	if !good {
		c.Verify(c.nobody(), password)
		return false, false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) == 0 {
		return false, false
	}
	hashing <- struct{}{}
	defer func() { <-hashing }()
	got := argon2.IDKey([]byte(password), salt, was.Time, was.Memory, was.Threads, uint32(len(want)))
	ok = subtle.ConstantTimeCompare(got, want) == 1
	return ok, ok && (was != c || len(want) != argonKey)
}
