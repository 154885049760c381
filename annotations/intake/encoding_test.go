package intake_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/intake"
)

// Whatever the format of a text file, the letters come out right, and the
// report says in which encoding they were read when that is not UTF-8 and
// whether the file named it. Where every letter is ASCII nothing is said.
func TestEncodingsAreTold(t *testing.T) {
	r := newReader(t, intake.DefaultLimits())
	guessed, declared := intake.NoticeEncoding, intake.NoticeDeclared
	const mail = "From: a@example.org\nMIME-Version: 1.0\nContent-Type: text/plain"
	for _, c := range []struct {
		what, name, content string
		kind                intake.NoticeKind // empty: nothing is told
		encoding            string
	}{
		{"text, UTF-8", "a.txt", "één €", "", ""},
		{"text, Windows-1252", "a.txt", "\xe9\xe9n \x80", guessed, "windows-1252"},
		{"text, UTF-16", "a.txt", utf16LE("\ufeffeen keer één €"), declared, "utf-16le"},
		{"text, UTF-16 without a mark", "a.txt", utf16LE("een keer één €"), guessed, "utf-16le"},
		{"Markdown, UTF-8", "a.md", "# één €", "", ""},
		{"Markdown, Windows-1252", "a.md", "# \xe9\xe9n \x80", guessed, "windows-1252"},
		{"Markdown, UTF-16", "a.md", utf16LE("\ufeff# één €"), declared, "utf-16le"},
		{"HTML, UTF-8", "a.html", "<meta charset=utf-8><p>één €", "", ""},
		{"HTML, Windows-1252 and silent", "a.html", "<p>\xe9\xe9n \x80", guessed, "windows-1252"},
		{"HTML, Windows-1252 and says so", "a.html", "<meta charset=windows-1252><p>\xe9\xe9n \x80", declared, "windows-1252"},
		{"HTML, ISO 8859-15", "a.html", "<meta charset=iso-8859-15><p>\xe9\xe9n \xa4", declared, "iso-8859-15"},
		{"HTML, UTF-16", "a.html", utf16LE("\ufeff<p>één €"), declared, "utf-16le"},
		{"HTML that says UTF-8 and is not", "a.html", "<meta charset=utf-8><p>\xe9\xe9n \x80", guessed, "windows-1252"},
		{"RTF, Windows-1252", "a.rtf", `{\rtf1\ansi\ansicpg1252 \'e9\'e9n \'80}`, declared, "windows-1252"},
		{"RTF, a Turkish font", "a.rtf", `{\rtf1\ansi{\fonttbl{\f0\fcharset162 Arial;}}\f0 \'e9\'e9n \'80}`, declared, "windows-1254"},
		{"RTF, Unicode", "a.rtf", `{\rtf1\ansi \u233?\u233?n \u8364?}`, "", ""},
		{"RTF, ASCII", "a.rtf", `{\rtf1\ansi\ansicpg1250 een \'41 EUR}`, "", ""},
		{"mail, UTF-8", "a.eml", mail + "; charset=utf-8\n\néén €", "", ""},
		{"mail, ISO 8859-15", "a.eml", mail + "; charset=iso-8859-15\n\n\xe9\xe9n \xa4", declared, "iso-8859-15"},
		{"mail that does not say", "a.eml", mail + "\n\n\xe9\xe9n \x80", guessed, "windows-1252"},
	} {
		got, err := r.Read(context.Background(), c.name, strings.NewReader(c.content))
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if c.what != "RTF, ASCII" && !strings.Contains(got.Text, "één €") {
			t.Errorf("%s: the text is %q", c.what, got.Text)
		}
		told := slices.DeleteFunc(got.Lost, func(n intake.Notice) bool { return n.Kind != guessed && n.Kind != declared })
		switch {
		case c.kind == "" && len(told) > 0:
			t.Errorf("%s: the report says %v", c.what, told)
		case c.kind != "" && (len(told) != 1 || told[0].Kind != c.kind || told[0].Encoding != c.encoding || !strings.Contains(told[0].String(), c.encoding)):
			t.Errorf("%s: the report says %v, want %s of %s", c.what, told, c.kind, c.encoding)
		}
	}
}
