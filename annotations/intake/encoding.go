package intake

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// Encodings that decode tells apart.
const (
	utf8Name    = "utf-8"
	utf16LE     = "utf-16le"
	utf16BE     = "utf-16be"
	utf32LE     = "utf-32le"
	utf32BE     = "utf-32be"
	windows1252 = "windows-1252"
)

var byteOrderMarks = []struct {
	mark     string
	name     string
	encoding encoding.Encoding
}{
	{"\xef\xbb\xbf", utf8Name, nil},
	{"\xff\xfe\x00\x00", utf32LE, utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
	{"\x00\x00\xfe\xff", utf32BE, utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
	{"\xff\xfe", utf16LE, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{"\xfe\xff", utf16BE, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
}

// decode turns the bytes of a text file into a string: by its byte order
// mark; else UTF-8 where the bytes are that, also with a rare broken
// character; else UTF-16 where every other byte is mostly NUL; else
// Windows-1252, the encoding of older Dutch office systems. It reports
// ErrBinary for bytes that are no text.
func decode(data []byte, count map[NoticeKind]int) (text, name string, err error) {
	for _, m := range byteOrderMarks {
		rest, ok := bytes.CutPrefix(data, []byte(m.mark))
		switch {
		case !ok:
		case m.encoding == nil:
			return lenient(string(rest), count), m.name, nil
		default:
			return decodeWith(m.encoding, rest, count), m.name, nil
		}
	}
	if name := guessUTF16(data); name != "" {
		e := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
		if name == utf16BE {
			e = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
		}
		count[NoticeEncoding] = 1
		return decodeWith(e, data, count), name, nil
	}
	if isBinary(data) {
		return "", "", ErrBinary
	}
	if mostlyUTF8(data) {
		return lenient(string(data), count), utf8Name, nil
	}
	count[NoticeEncoding] = 1
	return decodeWith(charmap.Windows1252, data, count), windows1252, nil
}

// mostlyUTF8 reports whether data is UTF-8 but for at most one broken
// character in ten that are not ASCII, as a text cut in two has.
func mostlyUTF8(data []byte) bool {
	if utf8.Valid(data) {
		return true
	}
	good, bad := 0, 0
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		data = data[n:]
	}
	return good >= 10*bad
}

func lenient(s string, count map[NoticeKind]int) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s { // each broken byte comes as one U+FFFD
		if r == utf8.RuneError {
			count[NoticeUndecoded]++
		}
		b.WriteRune(r)
	}
	return b.String()
}

func decodeWith(e encoding.Encoding, data []byte, count map[NoticeKind]int) string {
	out, err := e.NewDecoder().Bytes(data)
	if err != nil { // the decoders used here replace what they cannot read
		count[NoticeUndecoded]++
	}
	if n := bytes.Count(out, []byte("\ufffd")); n > 0 {
		count[NoticeUndecoded] += n
	}
	return string(out)
}

// sniffed is how much of a file is looked at to guess what it is.
const sniffed = 4096

// guessUTF16 looks for text of which the high bytes are NUL.
func guessUTF16(data []byte) string {
	head := data[:min(len(data), sniffed)&^1]
	if len(head) < 4 || bytes.IndexByte(head, 0) < 0 {
		return ""
	}
	var nul [2]int
	for i, c := range head {
		if c == 0 {
			nul[i&1]++
		}
	}
	half := len(head) / 2
	switch {
	case nul[1]*10 >= half*7 && nul[0]*20 <= half:
		return utf16LE
	case nul[0]*10 >= half*7 && nul[1]*20 <= half:
		return utf16BE
	}
	return ""
}

// isBinary reports whether data has bytes that no text file has: NUL, or more
// than a few other control characters.
func isBinary(data []byte) bool {
	if bytes.IndexByte(data, 0) >= 0 {
		return true
	}
	head := data[:min(len(data), sniffed)]
	control := 0
	for _, c := range head {
		if c < '\t' || c > '\r' && c < ' ' && c != 0x1a && c != 0x1b { // end of file, escape: of old printers
			control++
		}
	}
	return control > 4+len(head)/50
}
