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

func clean(raw string, count map[NoticeKind]int) string {
	var b strings.Builder
	b.Grow(len(raw))
	for i, r := range raw {
		switch {
		case r == '\r':
			if !strings.HasPrefix(raw[i+1:], "\n") {
				b.WriteByte('\n')
			}
		case r == '\u0085' || r == '\u2028' || r == '\u2029':
			b.WriteByte('\n')
		case r == '\n' || r == '\t' || r == newPage || r == softPage:
			b.WriteRune(r)
		case r < ' ' || r >= 0x7f && r < 0xa0:
			count[NoticeControl]++
		case r == '\ufeff':
		case r == '\ufffe' || r == '\uffff':
			count[NoticeControl]++
		case r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069':
			count[NoticeInvisible]++
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
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
