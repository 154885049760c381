package screening

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the word list
	"io"
	"sync"
)

// opentaal is the Dutch word list of OpenTaal; lists/opentaal_licence.txt tells
// its source and licence.
//
//go:embed lists/opentaal.txt.gz
var opentaal []byte

// dictionary holds the words of the list, each on a line, sorted. It is
// unpacked when the first capital that no other list knows asks for it.
var dictionary = sync.OnceValue(func() []byte {
	r, err := gzip.NewReader(bytes.NewReader(opentaal))
	if err != nil {
		panic(err)
	}
	all, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return all
})

// isWord reports whether the folded w is a Dutch word, or one made of two.
func isWord(w string) bool {
	if inDictionary(w) {
		return true
	}
	for cut := 4; cut <= len(w)-4 && len(w) <= longestCompound; cut++ {
		if inDictionary(w[cut:]) && (inDictionary(w[:cut]) || w[cut-1] == 's' && inDictionary(w[:cut-1])) {
			return true // gebied-s-gericht
		}
	}
	return false
}

// longestCompound bounds the work on one word; in bytes.
const longestCompound = 24

func inDictionary(w string) bool {
	all := dictionary()
	from, to := 0, len(all)
	for from < to {
		start := (from + to) / 2
		for start > from && all[start-1] != '\n' {
			start--
		}
		end := start + bytes.IndexByte(all[start:], '\n')
		switch bytes.Compare(all[start:end], []byte(w)) {
		case 0:
			return true
		case -1:
			from = end + 1
		default:
			to = start
		}
	}
	return false
}
