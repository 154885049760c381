package auth

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// A Key is what an encrypted workspace is opened with. The zero Key is none:
// the workspace is not encrypted.
type Key struct{ own *secret }

// KeySalt is the size of a salt of a key, in bytes.
const KeySalt = 16

// A Cipher encrypts and authenticates with XChaCha20-Poly1305: a nonce of 24
// bytes, random each time, and a tag of 16 bytes behind what is encrypted.
type Cipher interface {
	Seal(to, nonce, plain, additional []byte) []byte
	Open(to, nonce, encrypted, additional []byte) ([]byte, error)
}

type secret struct {
	words   string
	mu      sync.Mutex
	ciphers map[[KeySalt]byte]Cipher // by salt, for what is derived takes time
}

// madeKey is how a key begins that [NewKey] made.
const madeKey = "dossierlens-key-"

// shortestKey is the least of a key that a person thought of, in bytes.
const shortestKey = 20

// NewKey returns the words of a new key: 256 random bits.
func NewKey() string {
	b := make([]byte, chacha20poly1305.KeySize)
	rand.Read(b) // never fails
	return madeKey + base64.RawURLEncoding.EncodeToString(b)
}

// ParseKey reads a key as it stands in a file or as a person types it: one of
// [NewKey], or words that a person thought of.
func ParseKey(words string) (Key, error) {
	words = strings.TrimSpace(words)
	switch {
	case strings.HasPrefix(words, madeKey):
		if b, err := base64.RawURLEncoding.DecodeString(words[len(madeKey):]); err != nil || len(b) != chacha20poly1305.KeySize {
			return Key{}, fmt.Errorf("the key begins as one that was made by this program and is not whole: it has %d characters, not %d", len(words), len(NewKey()))
		}
	case len(words) < shortestKey:
		return Key{}, fmt.Errorf("the key has %d characters; take at least %d, or have one made with dossierlens key FILE", len(words), shortestKey)
	}
	return Key{&secret{words: words, ciphers: map[[KeySalt]byte]Cipher{}}}, nil
}

// None reports whether there is no key.
func (k Key) None() bool { return k.own == nil }

// String hides the key.
func (k Key) String() string { return "(key)" }

// GoString hides the key.
func (k Key) GoString() string { return "(key)" }

// LogValue hides the key.
func (k Key) LogValue() slog.Value { return slog.StringValue("(key)") }

// Cipher returns what encrypts with the key and a salt. A key that was made has
// its strength in itself (HKDF, RFC 5869); words that a person thought of are
// stretched first (Argon2id, RFC 9106, with its second recommended choice of
// 64 MiB and three passes).
func (k Key) Cipher(salt [KeySalt]byte) (Cipher, error) {
	k.own.mu.Lock()
	defer k.own.mu.Unlock()
	if c := k.own.ciphers[salt]; c != nil {
		return c, nil
	}
	var key []byte
	if words := k.own.words; strings.HasPrefix(words, madeKey) {
		bits, err := base64.RawURLEncoding.DecodeString(words[len(madeKey):])
		if err != nil {
			return nil, err
		}
		if key, err = hkdf.Key(sha256.New, bits, salt[:], "dossierlens pages/1", chacha20poly1305.KeySize); err != nil {
			return nil, err
		}
	} else {
		key = argon2.IDKey([]byte(words), salt[:], 3, 64<<10, 4, chacha20poly1305.KeySize)
	}
	c, err := chacha20poly1305.NewX(key)
	if err == nil {
		k.own.ciphers[salt] = c
	}
	return c, err
}
