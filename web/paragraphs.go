package web

import (
	"strings"
	"unicode/utf8"
)

// A Paragraph is a piece of a document's text as the reader shows it. Texts
// and gaps put together, from the first paragraph on, are the document again,
// which is how the page quotes a passage that spans paragraphs.
type Paragraph struct {
	Start int    // of Text in the document, in Unicode code points
	Text  string // without white space around it; may hold single line ends
	Gap   string // the white space up to the next paragraph
}

// Paragraphs divides a text at its blank lines. White space before the first
// paragraph belongs to none; offsets count it all the same.
func Paragraphs(text string) []Paragraph {
	var out []Paragraph
	start := 0
	for {
		lead := len(text) - len(strings.TrimLeft(text, space))
		gap := text[:lead]
		start += utf8.RuneCountInString(gap)
		if len(out) > 0 {
			out[len(out)-1].Gap = gap
		}
		if text = text[lead:]; text == "" {
			return out
		}
		end := blankLine(text)
		out = append(out, Paragraph{Start: start, Text: text[:end]})
		start += utf8.RuneCountInString(text[:end])
		text = text[end:]
	}
}

// space is what may stand between paragraphs. A no-break space is not in it:
// somebody put it there to be seen.
const space = " \t\n\r\f\v"

// blankLine returns where the first paragraph of text ends: before the white
// space that holds a blank line, or before white space at the end.
func blankLine(text string) int {
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			return len(strings.TrimRight(text, space))
		}
		at += i + 1
		rest := strings.TrimLeft(text[at:], " \t\r\f\v")
		if rest == "" || rest[0] == '\n' {
			return len(strings.TrimRight(text[:at], space))
		}
	}
}
