package intake

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// startsItem matches the beginning of a line that stands on its own: a list
// mark, a number with a full stop or bracket, or a letter with one.
var startsItem = regexp.MustCompile(`^\s*([-–—•*·▪o]\s|\(?\d{1,3}[.)]\s|\(?[a-zA-Z][.)]\s)`)

// unwrap joins the lines that a page layout broke: a line goes on where the
// first word of the next would not have fitted on it any more. What is broken
// on purpose (headings, lists, short lines) stays broken. The width of the page
// is that of its longest line; as letters differ in width, a line counts as
// full from nine tenths of it.
func unwrap(page string) string {
	lines := strings.Split(strings.ReplaceAll(page, "\r\n", "\n"), "\n")
	width := 0
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\r")
		width = max(width, utf8.RuneCountInString(lines[i]))
	}
	if width < 40 {
		return page // a column too narrow to tell
	}
	var out strings.Builder
	for i, line := range lines {
		out.WriteString(line)
		if i == len(lines)-1 {
			break
		}
		next := strings.TrimLeft(lines[i+1], " \t")
		word, _, _ := strings.Cut(next, " ")
		full := utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width*9/10
		if line != "" && next != "" && full && !startsItem.MatchString(next) {
			out.WriteByte(' ')
		} else {
			out.WriteByte('\n')
		}
	}
	return out.String()
}
