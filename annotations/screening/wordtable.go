package screening

import "unicode/utf8"

// A wordTable is a hash table of folded words with open addressing: every word
// of a text is looked up in it, and a Go map takes three times as long.
type wordTable struct {
	slots []uint32 // the upper half of the hash and the place in words, counted from 1; 0 where there is none
	words []knownWord
}

type knownWord struct {
	word string
	entry
}

// tableSize leaves two slots in three empty; a power of two.
const tableSize = 1 << 17

func newWordTable(words map[string]entry) wordTable {
	if len(words) > min(tableSize/3, 0xffff) {
		panic("screening: the lists have more words than their table is made for")
	}
	t := wordTable{slots: make([]uint32, tableSize)}
	for w, e := range words {
		hash := uint32(hashStart)
		for i := range len(w) {
			hash = (hash ^ uint32(w[i])) * hashPrime
		}
		at := hash % tableSize
		for t.slots[at] != 0 {
			at = (at + 1) % tableSize
		}
		t.words = append(t.words, knownWord{w, e})
		t.slots[at] = hash&^0xffff | uint32(len(t.words))
	}
	return t
}

// The constants of the hash FNV-1a (Fowler, Noll and Vo).
const (
	hashStart = 2166136261
	hashPrime = 16777619
)

// find returns what is known of a word, in whatever case it is written.
func (t *wordTable) find(w string) (traits, cue) {
	var buf [maxWord]byte
	if len(w) > maxWord {
		return 0, noCue
	}
	key := buf[:len(w)]
	hash := uint32(hashStart)
	for i := range len(w) {
		c := w[i]
		if c >= utf8.RuneSelf {
			return t.findFolded(appendFolded(buf[:0], w))
		}
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		key[i] = c
		hash = (hash ^ uint32(c)) * hashPrime
	}
	return t.at(hash, key)
}

func (t *wordTable) findFolded(key []byte) (traits, cue) {
	if key == nil {
		return 0, noCue
	}
	hash := uint32(hashStart)
	for _, c := range key {
		hash = (hash ^ uint32(c)) * hashPrime
	}
	return t.at(hash, key)
}

func (t *wordTable) at(hash uint32, key []byte) (traits, cue) {
	for at := hash % tableSize; ; at = (at + 1) % tableSize {
		slot := t.slots[at]
		if slot == 0 {
			return 0, noCue
		}
		if slot&^0xffff != hash&^0xffff {
			continue
		}
		if known := &t.words[slot&0xffff-1]; known.word == string(key) {
			return known.traits, known.cue
		}
	}
}
