package intake

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Marks that parsers write into raw text where a page starts. Neither can
// come from a document: extraction.write turns both into blanks.
const (
	newPage  = '\f' // starts a line as well
	softPage = '\v' // in the middle of a paragraph
)

// canonical makes the text that is stored: LF, NFC, no byte order mark, no
// control characters but tab and LF. It gives the code point offset at which
// each page starts, nil when raw has no page marks, and counts what it
// dropped or found.
func canonical(raw string, count map[NoticeKind]int) (text string, pages []int) {
	if isPlain(raw) {
		return raw, nil
	}
	text = norm.NFC.String(clean(raw, count))
	if strings.IndexByte(text, newPage) < 0 && strings.IndexByte(text, softPage) < 0 {
		return text, nil
	}
	return cutPages(text)
}

// isPlain reports whether s is printable ASCII with LF and tab, which is
// canonical as it stands.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\n' && c != '\t' || c >= 0x7f {
			return false
		}
	}
	return true
}

// clean applies all of canonical but the normalization. Most of a text needs
// nothing, so it is copied in runs between the places that do.
func clean(raw string, count map[NoticeKind]int) string {
	var b strings.Builder
	done := 0
	replace := func(from, to int, with string) {
		if b.Cap() == 0 {
			b.Grow(len(raw) + 16)
		}
		b.WriteString(raw[done:from])
		b.WriteString(with)
		done = to
	}
	for i := 0; i < len(raw); {
		c := raw[i]
		if c < utf8.RuneSelf {
			switch {
			case c >= ' ' && c != 0x7f || c == '\n' || c == '\t' || c == newPage || c == softPage:
			case c == '\r' && strings.HasPrefix(raw[i+1:], "\n"):
				replace(i, i+1, "")
			case c == '\r':
				replace(i, i+1, "\n")
			default:
				count[NoticeControl]++
				replace(i, i+1, "")
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(raw[i:])
		switch {
		case r == utf8.RuneError && n == 1: // parsers may leave broken bytes
			replace(i, i+n, "\ufffd")
		case r == '\u0085' || r == '\u2028' || r == '\u2029':
			replace(i, i+n, "\n")
		case r < 0xa0 || r == '\ufffe' || r == '\uffff':
			count[NoticeControl]++
			replace(i, i+n, "")
		case r == '\ufeff':
			replace(i, i+n, "")
		case r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069':
			count[NoticeInvisible]++
		}
		i += n
	}
	if done == 0 {
		return raw
	}
	b.WriteString(raw[done:])
	return b.String()
}

// cutPages takes the page marks out of s.
func cutPages(s string) (text string, pages []int) {
	var b strings.Builder
	b.Grow(len(s))
	pages = []int{0}
	at, last := 0, byte('\n')
	for len(s) > 0 {
		i := strings.IndexAny(s, "\f\v")
		if i < 0 {
			b.WriteString(s)
			break
		}
		if i > 0 {
			b.WriteString(s[:i])
			at += utf8.RuneCountInString(s[:i])
			last = s[i-1]
		}
		if s[i] == newPage && last != '\n' {
			b.WriteByte('\n')
			at++
			last = '\n'
		}
		pages = append(pages, at)
		s = s[i+1:]
	}
	return b.String(), pages
}
