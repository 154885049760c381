package screening

import (
	"strings"
	"unicode/utf8"
)

// nationalPhoneAt looks for ten digits that begin with a nought, for 00 and a
// country, and, behind a word such as "mobiel", for a number without its area.
// Short public numbers (112, 0800 2000) are none.
func (c *scan) nationalPhoneAt(i int) {
	if !c.opens(i) || c.is(i-1, "€$£") {
		return
	}
	t, v := c.at(i), c.value(i)
	start := int(t.start)
	// (030) 123 4567 has its bracket; (06-12345678) stands between two.
	from := func(end int) int {
		if c.glued(i) && c.is(i-1, "(") && strings.Contains(c.text[start:end], ")") {
			return start - 1
		}
		return start
	}
	switch {
	case strings.HasPrefix(v, "00") && len(v) >= 4 && v[2] != '0':
		if end := c.phoneEnd(int(t.start) + 2); end > 0 {
			c.add(Phone, from(end), end, "phone-country")
		}
	case v[0] == '0' && len(v) > 1 && v[1] != '0' && (len(v) > 2 || v == "06"):
		if end := c.dialled(int(t.start), 10); end > 0 {
			c.add(Phone, from(end), end, "phone-national")
			return
		}
	}
	if c.labelled(i, cuePhone) {
		for _, digits := range []int{10, 9, 8, 7, 6} {
			if end := c.dialled(int(t.start), digits); end > 0 {
				c.add(Phone, int(t.start), end, "phone-label")
				return
			}
		}
	}
}

// foreignPhoneAt looks for a plus sign, a country and a number.
func (c *scan) foreignPhoneAt(i int) {
	if !c.glued(i+1) || c.at(i+1).class != number || c.glued(i) && c.at(i-1).class != symbol {
		return
	}
	if end := c.phoneEnd(int(c.at(i + 1).start)); end > 0 {
		start := int(c.at(i).start)
		c.add(Phone, start, end, "phone-country")
	}
}

// phoneEnd returns the end of the number at byte p that begins with a country
// (E.164: 15 digits at most), or 0.
func (c *scan) phoneEnd(p int) int {
	if strings.HasPrefix(c.text[p:], "31") {
		// The nought of the area may stand there, mostly between brackets.
		rest := p + 2
		for _, nought := range []string{" (0)", "(0)", "-(0)", " 0", "0", "-0"} {
			if strings.HasPrefix(c.text[rest:], nought) {
				rest += len(nought)
				break
			}
		}
		return c.dialled(rest, 9)
	}
	if c.text[p] == '0' {
		return 0
	}
	for digits := 15; digits >= 9; digits-- {
		if end := c.dialled(p, digits); end > 0 {
			return end
		}
	}
	return 0
}

// dialled returns the end of exactly n digits from byte p with single
// separators between them, or 0 when they are fewer or more.
func (c *scan) dialled(p, n int) int {
	for have := 0; ; {
		if p < len(c.text) && isDigit(rune(c.text[p])) {
			p++
			if have++; have == n {
				break
			}
			continue
		}
		next := c.separator(p)
		if next == p || next >= len(c.text) || !isDigit(rune(c.text[next])) {
			return 0
		}
		p = next
	}
	if p < len(c.text) {
		r, _ := utf8.DecodeRuneInString(c.text[p:])
		if isDigit(r) || isLetter(r) || r == '@' {
			return 0
		}
		// 06-12345678-90 is the number of something else.
		if (isHyphen(r) || r == '.' || r == '/') && p+1 < len(c.text) && isDigit(rune(c.text[p+1])) {
			return 0
		}
	}
	return p
}

// separator returns the end of what may stand between two digits of a
// telephone number at byte p: a blank, sign or bracket, or a sign with blanks
// around it.
func (c *scan) separator(p int) int {
	blankAt := func(p int) int {
		for _, b := range []string{" ", "\u00a0", "\u2009", "\u202f"} {
			if strings.HasPrefix(c.text[p:], b) {
				return p + len(b)
			}
		}
		return p
	}
	p = blankAt(p)
	if p < len(c.text) {
		r, size := utf8.DecodeRuneInString(c.text[p:])
		if isHyphen(r) || r == '.' || r == '/' || r == ')' || r == '(' {
			p = blankAt(p + size)
		}
	}
	return p
}
