package intake

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
)

// An rtfFile is the reading of one RTF file: Rich Text Format Specification
// 1.9.1.
type rtfFile struct {
	*extraction
	data    []byte
	at      int
	page    codePage         // of the file
	fonts   map[int]codePage // of fonts that have their own
	symbols map[int]bool     // fonts of signs
	groups  []rtfGroup
	now     rtfGroup
	bytes   []byte // text not yet decoded
	high    rune   // first half of a surrogate pair
	skip    int    // characters left of the substitute for a \u
	cell    bool   // a cell ended, and a tab is due when another one comes
	notes   []string
	headers []string
	footers []string
}

// An rtfGroup is what holds until the next closing brace.
type rtfGroup struct {
	ignored    bool
	hidden     bool
	deleted    bool
	fontTable  bool
	font       int
	substitute int              // characters after a \u that stand in for it
	outer      *strings.Builder // of a header, footer or note: the text to return to
	runes      int
	keep       func(text string)
}

func (x *extraction) rtf() error {
	r := &rtfFile{extraction: x, data: x.data, fonts: map[int]codePage{}, symbols: map[int]bool{}}
	r.page, _ = lookupPage(windows1252)
	r.now.substitute = 1
	if err := r.read(); err != nil {
		return err
	}
	body := x.out
	x.out = &strings.Builder{}
	r.lines(r.headers)
	x.out.WriteString(body.String())
	r.lines(r.footers)
	for i, note := range r.notes {
		r.endLine()
		r.write(fmt.Sprintf("[%d] %s\n", i+1, note))
	}
	return r.stopped()
}

func (r *rtfFile) lines(list []string) {
	for _, s := range list {
		r.endLine()
		r.write(s + "\n")
	}
}

func (r *rtfFile) read() error {
	for r.at < len(r.data) {
		if r.at&0xfff == 0 {
			if err := r.stopped(); err != nil {
				return err
			}
		}
		c := r.data[r.at]
		r.at++
		switch c {
		case '{':
			r.flush()
			if len(r.groups) >= r.limits.Depth {
				return &Problem{Reason: ErrTooDeep, Args: []any{r.limits.Depth}}
			}
			r.groups = append(r.groups, r.now)
			r.now.outer, r.now.keep = nil, nil
			r.skip = 0
		case '}':
			r.flush()
			if r.closeGroup(); len(r.groups) == 0 {
				return nil
			}
		case '\\':
			r.control()
		case '\r', '\n', 0:
		default:
			r.char(c)
		}
	}
	return &Problem{Reason: ErrBroken, Args: []any{"it ends in the middle"}}
}

func (r *rtfFile) closeGroup() {
	if r.now.keep != nil {
		text := strings.TrimSpace(strings.Map(dropMarks, r.out.String()))
		r.out, r.runes, r.cell = r.now.outer, r.now.runes, false
		r.now.keep(text)
	}
	if n := len(r.groups); n > 0 {
		r.now, r.groups = r.groups[n-1], r.groups[:n-1]
	}
	r.skip = 0
}

// divert keeps what follows in the group for later.
func (r *rtfFile) divert(keep func(text string)) {
	r.now.outer, r.now.runes, r.now.keep = r.out, r.runes, keep
	r.out = &strings.Builder{}
	r.cell = false
}

// char takes one byte of text.
func (r *rtfFile) char(c byte) {
	if r.skip > 0 {
		r.skip--
		return
	}
	if !r.silent() {
		r.bytes = append(r.bytes, c)
	}
}

func (r *rtfFile) silent() bool {
	return r.now.ignored || r.now.hidden || r.now.deleted || r.now.fontTable
}

// flush decodes the bytes so far, by the font they stand in.
func (r *rtfFile) flush() {
	if len(r.bytes) == 0 {
		return
	}
	if r.symbols[r.now.font] {
		for _, b := range r.bytes {
			if s, ok := symbols[fmt.Sprintf("F0%02X", b)]; ok {
				r.text(s)
			} else if b != ' ' {
				r.lost(NoticeSymbol)
			}
		}
	} else {
		page := r.page
		if own, ok := r.fonts[r.now.font]; ok {
			page = own
		}
		text := decodeWith(page.Encoding, r.bytes, r.count)
		if !isASCII(text) {
			r.encoding = page.name
		}
		r.text(text)
	}
	r.bytes = r.bytes[:0]
}

func (r *rtfFile) text(s string) {
	r.high = 0
	if r.cell {
		r.write("\t")
		r.cell = false
	}
	r.write(s)
}

// control reads what follows a backslash.
func (r *rtfFile) control() {
	if r.at >= len(r.data) {
		return
	}
	c := r.data[r.at]
	if !isLetter(c) {
		r.at++
		if c == '\'' {
			r.hex()
			return
		}
		if c == '*' {
			r.starred()
			return
		}
		r.word(string(c), 0, false)
		return
	}
	start := r.at
	for r.at < len(r.data) && isLetter(r.data[r.at]) && r.at-start < 40 {
		r.at++
	}
	word := string(r.data[start:r.at])
	start = r.at
	if r.at < len(r.data) && r.data[r.at] == '-' {
		r.at++
	}
	for r.at < len(r.data) && r.data[r.at] >= '0' && r.data[r.at] <= '9' && r.at-start < 11 {
		r.at++
	}
	number, err := strconv.Atoi(string(r.data[start:r.at]))
	if r.at < len(r.data) && r.data[r.at] == ' ' {
		r.at++
	}
	r.word(word, number, err == nil)
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func (r *rtfFile) hex() {
	if r.at+2 > len(r.data) {
		r.at = len(r.data)
		return
	}
	if n, err := strconv.ParseUint(string(r.data[r.at:r.at+2]), 16, 8); err == nil {
		r.char(byte(n))
	}
	r.at += 2
}

// starred ignores the group of a destination that is optional, but for text
// boxes and notes.
func (r *rtfFile) starred() {
	rest := bytes.TrimLeft(r.data[r.at:min(len(r.data), r.at+64)], "\r\n ")
	switch {
	case bytes.HasPrefix(rest, []byte(`\shpinst`)), bytes.HasPrefix(rest, []byte(`\footnote`)):
	case bytes.HasPrefix(rest, []byte(`\annotation`)):
		r.lost(NoticeComment)
		r.now.ignored = true
	default:
		r.now.ignored = true
	}
}

func (r *rtfFile) word(word string, n int, has bool) {
	if word == "bin" {
		r.at = min(len(r.data), r.at+max(0, n))
		return
	}
	if word == "u" {
		r.unicode(n)
		return
	}
	if s, ok := rtfSigns[word]; ok {
		r.sign(s)
		return
	}
	r.flush()
	switch word {
	case "fonttbl":
		r.now.fontTable = true
	case "f":
		r.now.font = n
	case "fcharset":
		if r.now.fontTable {
			r.fontCharset(n)
		}
	case "ansicpg":
		if page, ok := lookupPage("windows-" + strconv.Itoa(n)); ok {
			r.page = page
		}
	case "mac":
		r.page, _ = lookupPage("macintosh")
	case "pc", "pca":
		r.page, _ = lookupPage("ibm866") // the only code page of DOS in the table; letters of ASCII agree
	case "uc":
		r.now.substitute = max(0, min(n, 100))
	case "v":
		r.switchOff(&r.now.hidden, !has || n != 0, NoticeHidden)
	case "deleted":
		r.switchOff(&r.now.deleted, !has || n != 0, NoticeDeletion)
	case "revised":
		if !has || n != 0 {
			r.lost(NoticeInsertion)
		}
	case "plain":
		r.now.hidden, r.now.deleted = false, false
	case "cell", "nestcell":
		if !r.silent() {
			if r.cell {
				r.write("\t")
			}
			r.cell = true
		}
	case "row", "nestrow":
		if !r.silent() {
			r.cell = false
			r.write("\n")
		}
	case "page", "pagebb":
		r.mark(newPage)
	case "softpage":
		r.mark(softPage)
	case "pict":
		r.destination(NoticePicture)
	case "object":
		r.destination(NoticeObject)
	case "annotation":
		r.destination(NoticeComment)
	case "header", "headerl", "headerr", "headerf":
		r.margin(&r.headers)
	case "footer", "footerl", "footerr", "footerf":
		r.margin(&r.footers)
	case "footnote":
		r.note()
	default:
		if rtfIgnored[word] {
			r.now.ignored = true
		}
	}
}

func (r *rtfFile) sign(s string) {
	if r.skip > 0 {
		r.skip--
		return
	}
	r.flush()
	if !r.silent() {
		r.text(s)
	}
}

func (r *rtfFile) mark(m rune) {
	if !r.silent() && r.now.keep == nil {
		r.breakPage(m)
	}
}

func (r *rtfFile) switchOff(state *bool, on bool, kind NoticeKind) {
	if on && !*state && !r.now.ignored {
		r.lost(kind)
	}
	*state = on
}

func (r *rtfFile) destination(kind NoticeKind) {
	if !r.now.ignored {
		r.lost(kind)
	}
	r.now.ignored = true
}

func (r *rtfFile) margin(list *[]string) {
	if r.now.ignored {
		return
	}
	r.divert(func(text string) {
		for _, s := range *list {
			if s == text {
				return
			}
		}
		if text != "" {
			*list = append(*list, text)
		}
	})
}

func (r *rtfFile) note() {
	if r.silent() {
		return
	}
	at := len(r.notes)
	r.notes = append(r.notes, "")
	r.text(fmt.Sprintf("[%d]", at+1))
	r.divert(func(text string) { r.notes[at] = text })
}

// unicode takes a code unit of UTF-16, after which a substitute for older
// programs follows.
func (r *rtfFile) unicode(n int) {
	r.flush()
	r.skip = r.now.substitute
	if r.silent() {
		return
	}
	c := rune(uint16(n))
	switch {
	case r.high != 0:
		pair := utf16.DecodeRune(r.high, c)
		r.text(string(pair))
	case utf16.IsSurrogate(c):
		r.high = c
	case c >= 0xf000 && c < 0xf100:
		if s, ok := symbols[fmt.Sprintf("%04X", c)]; ok {
			r.text(s)
		} else {
			r.lost(NoticeSymbol)
		}
	default:
		r.text(string(c))
	}
}

// A codePage tells which letters bytes are.
type codePage struct {
	encoding.Encoding
	name string
}

func lookupPage(label string) (codePage, bool) {
	e, name := charset.Lookup(label)
	return codePage{e, name}, e != nil
}

func (r *rtfFile) fontCharset(n int) {
	if n == 2 {
		r.symbols[r.now.font] = true
		return
	}
	if page, ok := lookupPage(rtfCharsets[n]); ok {
		r.fonts[r.now.font] = page
	}
}
