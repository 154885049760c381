package screening

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// HashName returns the HMAC-SHA-256 of a name of one word, in hex. A source
// organisation gives a project the names it removed in this form, so that
// what it left in is found without the names being handed over; [Options]
// takes them with the same key. Case and diacritics make no difference.
//
// Names can be guessed by whoever has the key, so it is to be kept as secret
// as the names.
func HashName(key []byte, name string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(fold(name)))
	return hex.EncodeToString(h.Sum(nil))
}

// isProjectName reports whether token i is on one of the project's lists.
func (c *scan) isProjectName(i int) bool {
	if c.listed(i, c.names) {
		return true
	}
	return len(c.hashed) > 0 && c.tokens[i].shape != lower && c.hashed[HashName(c.key, c.value(i))]
}
