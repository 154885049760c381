package screening

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A class says what a token is made of.
type class uint8

const (
	none        class = iota // outside the text
	word                     // letters, with an apostrophe between them
	number                   // ASCII digits
	symbol                   // any other character that is not blank
	placeholder              // a whole one, such as [KIND 1]
)

// A shape says which letters of a word are capitals.
type shape uint8

const (
	lower   shape = iota
	capital       // the first alone
	upper         // all of them
	mixed         // any other way, such as McDonald
)

// A gap is what stands before a token.
type gap uint8

const (
	glued gap = iota
	blank     // blanks
	line      // blanks with a line end
)

// A token is a piece of the text without blanks in it.
type token struct {
	start, end uint32 // bytes
	lex        traits // of words
	cue        cue    // of words
	class      class
	shape      shape // of words
	gap        gap
	begins     bool // where a capital says nothing: at the start of a sentence, line or quotation
}

// wrapWidth is the length in bytes from which a line may have been broken by
// its width, so that the next one begins in the middle of a sentence.
const wrapWidth = 60

// tokenize cuts text into tokens in one pass and appends them to tokens.
func tokenize(text string, lex *lexicon, tokens []token) []token {
	var (
		before    = line
		begins    = true
		lineStart = 0
		broken    = false // the line end before may be one of width only
	)
	add := func(t token) {
		t.gap, before = before, glued
		tokens = append(tokens, t)
	}
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		switch {
		case r == '\n':
			broken = before == glued && i-lineStart >= wrapWidth
			if !broken {
				begins = true
			}
			before, lineStart = line, i+size
			i += size
		case r == '\t':
			before, begins = max(before, blank), true
			i += size
		case isBlank(r):
			before = max(before, blank)
			i += size
		case isLetter(r):
			end, sh := readWord(text, i)
			t := token{start: uint32(i), end: uint32(end), class: word, shape: sh, begins: begins}
			t.lex, t.cue = lex.table.find(text[i:end])
			add(t)
			begins = false
			i = end
		case isDigit(r):
			end := i + 1
			for end < len(text) && isDigit(rune(text[end])) {
				end++
			}
			add(token{start: uint32(i), end: uint32(end), class: number})
			begins = false
			i = end
		default:
			if end := placeholderEnd(text, i); end > i {
				add(token{start: uint32(i), end: uint32(end), class: placeholder})
				begins = false
				i = end
				continue
			}
			begins = begins && r != ',' || opensSentence(r, before, tokens)
			add(token{start: uint32(i), end: uint32(i + size), class: symbol})
			i += size
		}
	}
	return tokens
}

// readWord returns the end of the word at i, and its shape.
func readWord(text string, i int) (end int, sh shape) {
	letters, capitals := 0, 0
	first := false
	end = i
	for end < len(text) && 'a' <= text[end] && text[end] <= 'z' { // most words
		end++
	}
	letters = end - i
	for end < len(text) {
		r, size := rune(text[end]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[end:])
		}
		if isApostrophe(r) && end > i && lettersAt(text, end+size) >= 2 {
			end += size
			continue
		}
		if !isLetter(r) {
			break
		}
		if isUpper(r) {
			capitals++
			first = first || end == i
		}
		letters++
		end += size
	}
	switch {
	case capitals == 0:
		return end, lower
	case capitals == letters:
		return end, upper
	case capitals == 1 && first:
		return end, capital
	}
	return end, mixed
}

// lettersAt counts the letters from i, up to two.
func lettersAt(text string, i int) int {
	n := 0
	for n < 2 && i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !isLetter(r) {
			break
		}
		n++
		i += size
	}
	return n
}

// opensSentence reports whether a word after the symbol r is one that gets a
// capital whatever it is.
func opensSentence(r rune, before gap, tokens []token) bool {
	switch r {
	case '!', '?', '…', '•', '*', '>', '"', '“', '„', '‘', '‚', '«':
		return true
	case '\'', '’':
		return before != glued
	case '.':
		if len(tokens) == 0 || before != glued {
			return true
		}
		last := tokens[len(tokens)-1]
		short := last.class == word && last.end-last.start == 1
		return !short && !last.lex.has(abbreviation)
	}
	return false
}

// placeholderEnd returns the end of the placeholder that begins at i, or i.
// A placeholder is a role in capitals between brackets, with numbers of up to
// three digits in all behind a blank: [MOEDER], [KIND 1], [HULPVERLENER 2
// WIJKTEAM]; a day number is one as well, [dag 14]. Nothing else is, for
// brackets alone hide no telephone number.
func placeholderEnd(text string, i int) int {
	if text[i] != '[' {
		return i
	}
	p := i + 1
	letters, digits, last := 0, 0, '['
	if strings.HasPrefix(text[p:], "dag ") {
		p, letters, last = p+4, 3, ' '
	}
	for p < len(text) && p-i <= maxPlaceholder {
		r, size := utf8.DecodeRuneInString(text[p:])
		switch {
		case r == ']':
			if letters < 2 || digits > 3 {
				return i
			}
			return p + 1
		case isUpper(r) && !isDigit(last):
			letters++
		case isDigit(r) && (last == ' ' || isDigit(last)):
			digits++
		case strings.ContainsRune(" -/_+", r) && letters > 0:
		default:
			return i
		}
		p, last = p+size, r
	}
	return i
}

// maxPlaceholder is the length in bytes of the longest placeholder.
const maxPlaceholder = 60

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r|0x20 && r|0x20 <= 'z'
	}
	return unicode.IsLetter(r) || unicode.Is(unicode.Mn, r)
}

func isUpper(r rune) bool {
	if r < utf8.RuneSelf {
		return 'A' <= r && r <= 'Z'
	}
	return unicode.IsUpper(r)
}

func isBlank(r rune) bool {
	if r < utf8.RuneSelf {
		return r <= ' '
	}
	return unicode.IsSpace(r) || r == '\u200b' || r == '\u00ad' || r == '\ufeff'
}

func isApostrophe(r rune) bool { return r == '\'' || r == '’' || r == '‘' || r == 'ʼ' }

func isHyphen(r rune) bool { return r == '-' || '\u2010' <= r && r <= '\u2013' || r == '\u2212' }
