package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"image"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// A TOTPKey is the shared key of an authenticator app (RFC 6238) in base32:
// 160 bits, six digits, SHA-1, a step of 30 seconds, which is what every app
// takes.
type TOTPKey string

// totpStep is the length of a step in seconds. A code counts in its own step
// and in the one before and after it, for clocks differ (RFC 6238, 5.2).
const totpStep = 30

// NewTOTPKey returns a random key.
func NewTOTPKey() TOTPKey {
	b := make([]byte, 20)
	rand.Read(b)
	return TOTPKey(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

// Check reports whether code is right at the given time for a step after
// last, and for which: the caller keeps that step, so that a code is used
// once.
func (k TOTPKey) Check(code string, at time.Time, last int64) (step int64, ok bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	now := at.Unix() / totpStep
	for s := now - 1; s <= now+1; s++ {
		want, err := hotp.GenerateCodeCustom(string(k), uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}

// URL is the key as an authenticator app reads it from a picture.
func (k TOTPKey) URL(account string) string {
	q := url.Values{"secret": {string(k)}, "issuer": {"Dossierlens"}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	return (&url.URL{Scheme: "otpauth", Host: "totp", Path: "/Dossierlens:" + account, RawQuery: q.Encode()}).String()
}

// Picture draws the key as a QR code of size by size points.
func (k TOTPKey) Picture(account string, size int) (image.Image, error) {
	key, err := otp.NewKeyFromURL(k.URL(account))
	if err != nil {
		return nil, err
	}
	return key.Image(size, size)
}

// Spaced is the key in groups of four, to be typed over.
func (k TOTPKey) Spaced() string {
	var b strings.Builder
	for i, r := range string(k) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
