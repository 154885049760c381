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

// Parameters of argon2id: OWASP's first choice of memory and passes for an
// interactive login. They stand in every hash, so that raising them here
// renews each hash at its owner's next login.
const (
	argonTime    = 2
	argonMemory  = 19 * 1024 // KiB
	argonThreads = 1
	argonKey     = 32
	argonSalt    = 16
)

// Bounds of a password, in characters. The upper one bounds the work of
// hashing, not the imagination of the user.
const (
	MinPassword = 12
	MaxPassword = 200
)

// ErrWeakPassword says that a password is shorter than [MinPassword], longer
// than [MaxPassword], or among the commonest.
var ErrWeakPassword = errors.New("the password is too short, too long or too common")

// common holds parts on which guessers begin; a password made of one of them
// and little else is refused.
var common = []string{"password", "wachtwoord", "welkom", "welcome", "dossierlens", "qwerty", "azerty", "123456", "letmein", "iloveyou", "admin"}

// CheckPassword reports with [ErrWeakPassword] a password that may not be set.
func CheckPassword(password string) error {
	n := utf8.RuneCountInString(password)
	if n < MinPassword || n > MaxPassword {
		return ErrWeakPassword
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

// hashing bounds how many hashes are computed at once: each takes argonMemory
// of memory and a core, and logins come in bursts at nine o'clock.
var hashing = make(chan struct{}, 2)

// HashPassword returns the argon2id hash of password as a PHC string.
func HashPassword(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	return hashWith(password, salt)
}

func hashWith(password string, salt []byte) string {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, argonMemory, argonTime, argonThreads, b.EncodeToString(salt), b.EncodeToString(key))
}

// nobody is a hash that no password has; comparing with it takes as long as
// comparing with a real one, so that time does not tell which logins exist.
var nobody = hashWith("\x00", make([]byte, argonSalt))

// VerifyPassword reports whether password has the given hash, and whether the
// hash should be renewed because its parameters are not today's. An empty or
// unreadable hash takes as long as a real one and is false.
func VerifyPassword(hash, password string) (ok, renew bool) {
	if utf8.RuneCountInString(password) > MaxPassword {
		return false, false
	}
	var version int
	var memory, time uint32
	var threads uint8
	parts := strings.Split(hash, "$")
	good := len(parts) == 6 && parts[1] == "argon2id"
	if good {
		_, err1 := fmt.Sscanf(parts[2], "v=%d", &version)
		_, err2 := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads)
		good = err1 == nil && err2 == nil && version == argon2.Version && time > 0 && threads > 0 && memory <= 1<<20
	}
	if !good {
		VerifyPassword(nobody, password)
		return false, false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) == 0 {
		return false, false
	}
	hashing <- struct{}{}
	defer func() { <-hashing }()
	got := argon2.IDKey([]byte(password), salt, time, memory, threads, uint32(len(want)))
	ok = subtle.ConstantTimeCompare(got, want) == 1
	return ok, ok && (memory != argonMemory || time != argonTime || threads != argonThreads || len(want) != argonKey)
}
