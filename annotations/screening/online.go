package screening

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// Lengths in bytes: of the local part and domain of RFC 5321, of handles as
// the media allow them, and of addresses that are followed. They bound what a
// hostile text can cost.
const (
	maxMailbox = 64
	maxDomain  = 255
	maxHandle  = 40
	maxAddress = 2048
)

// mailOrHandleAt looks for an e-mail address around the @ of token i, and for
// the name of an account behind it.
func (c *scan) mailOrHandleAt(i int) {
	at := int(c.at(i).start)
	start := at
	for start > 0 && at-start < maxMailbox && inMailbox(c.text[start-1]) {
		start--
	}
	for start < at && (c.text[start] == '.' || c.text[start] == '-' || c.text[start] == '\'') {
		start++
	}
	end, dots := c.domainEnd(at + 1)
	switch {
	case start < at && dots > 0:
		c.add(Email, start, end, "email")
	case start == at:
		end = at + 1
		letters := false
		for end < len(c.text) && end-at <= maxHandle && inHandle(c.text[end]) {
			letters = letters || isLetter(rune(c.text[end]))
			end++
		}
		end = trimDots(c.text, at, end)
		if letters && end-at > 3 {
			c.add(SocialHandle, at, end, "handle-at")
		}
	}
}

func inMailbox(b byte) bool {
	return b < 0x80 && (isLetter(rune(b)) || isDigit(rune(b)) || strings.IndexByte(".!#$%&'*+/=?^_`{|}~-", b) >= 0)
}

func inHandle(b byte) bool {
	return b < 0x80 && (isLetter(rune(b)) || isDigit(rune(b)) || b == '_' || b == '.')
}

// domainEnd returns the end of the domain name at p and how many dots it has;
// no dots when there is none.
func (c *scan) domainEnd(p int) (end, dots int) {
	label := p
	end = p
	for limit := min(len(c.text), p+maxDomain); p < limit; p++ {
		b := c.text[p]
		switch {
		case b < 0x80 && (isLetter(rune(b)) || isDigit(rune(b))):
			if dots > 0 || label == end {
				end = p + 1
			}
		case b == '-' && p > label:
		case b == '.' && p > label && p+1 < len(c.text) && (isLetter(rune(c.text[p+1])) || isDigit(rune(c.text[p+1]))):
			dots++
			label = p + 1
		default:
			return p, dots
		}
	}
	return p, dots
}

// trimDots returns end without the full stops and commas before it.
func trimDots(text string, start, end int) int {
	for end > start && strings.IndexByte(".,;:!?)'\"_-", text[end-1]) >= 0 {
		if text[end-1] == ')' && strings.Contains(text[start:end], "(") {
			break
		}
		end--
	}
	return end
}

// webAddressAt looks for an address that says what it is: http:// or www.
func (c *scan) webAddressAt(i int) {
	t := c.at(i)
	p := int(t.start)
	if p < c.linked {
		return
	}
	switch c.size(i) {
	case 3:
		if strings.EqualFold(c.value(i), "ftp") && strings.HasPrefix(c.text[t.end:], "://") {
			break
		}
		if !strings.EqualFold(c.value(i), "www") || !c.glued(i+1) || !c.is(i+1, ".") || !c.glued(i+2) {
			return
		}
	case 4, 5:
		if v := c.value(i); !strings.EqualFold(v, "http") && !strings.EqualFold(v, "https") || !strings.HasPrefix(c.text[t.end:], "://") {
			return
		}
	default:
		return
	}
	end := trimDots(c.text, p, c.pathEnd(p))
	c.linked = end
	if end > int(t.end)+3 {
		c.add(URL, p, end, "web-address")
	}
}

// pathEnd returns the end of the run of bytes from p that an address may have.
func (c *scan) pathEnd(p int) int {
	limit := min(len(c.text), p+maxAddress)
	for p < limit && !endsAddress(c.text[p:]) {
		p++
	}
	for p < len(c.text) && !utf8.RuneStart(c.text[p]) { // the limit may cut a character
		p++
	}
	return p
}

// endsAddress reports whether rest begins with what no web address holds.
func endsAddress(rest string) bool {
	b := rest[0]
	if b < utf8.RuneSelf {
		return b <= ' ' || strings.IndexByte("<>\"[]{}|\\^`", b) >= 0
	}
	for _, end := range []string{"\u00a0", "\u2028", "\u202f", "’", "”"} {
		if strings.HasPrefix(rest, end) {
			return true
		}
	}
	return false
}

// topLevels are the ends of addresses that are recognised without www. Those
// that are Dutch words (nu, net, de, me) are left out: a full stop without a
// blank behind it is seen too often.
var topLevels = map[string]bool{
	"nl": true, "com": true, "org": true, "eu": true, "be": true, "info": true,
	"nl/": true, "com/": true, "org/": true, "eu/": true, "be/": true, "info/": true,
	"net/": true, "nu/": true, "de/": true, "me/": true, "io/": true, "tv/": true, "gg/": true, "ly/": true,
}

// bareDomainAt looks for an address that is known by its end: the full stop
// of token i stands before a top level domain.
func (c *scan) bareDomainAt(i int) {
	if !c.glued(i) || !c.glued(i+1) || c.at(i+1).class != word || c.at(i-1).class == symbol {
		return
	}
	top := strings.ToLower(c.value(i + 1))
	after := int(c.at(i + 1).end)
	path := strings.HasPrefix(c.text[after:], "/")
	if !path && c.size(i-1) < 2 || !topLevels[top] && !(path && topLevels[top+"/"]) || c.glued(i+2) && !path && !c.closes(i+1) {
		return
	}
	start := int(c.at(i - 1).start)
	for start > 0 && after-start < maxDomain && c.text[start-1] < 0x80 && (inHandle(c.text[start-1]) || c.text[start-1] == '-') {
		start--
	}
	if start > 0 && (c.text[start-1] == '@' || c.text[start-1] == '/') || c.text[start] == '.' || c.text[start] == '-' {
		return
	}
	end := after
	if path {
		end = trimDots(c.text, start, c.pathEnd(after))
	}
	c.add(URL, start, end, "web-domain")
}

// accountAt looks for the name of an account behind that of its medium, as in
// "Snapchat: lotje_2010" or "op instagram onder de naam lotje.2010".
func (c *scan) accountAt(i int) {
	if c.at(i).cue != cueAccount {
		return
	}
	for j := i + 1; j <= i+8 && j < len(c.tokens); j++ {
		t := c.tokens[j]
		if t.gap == line || t.class == placeholder || c.is(j, ".;!?") && !c.glued(j+1) {
			return
		}
		if t.class != word || t.gap == glued && !c.is(j-1, "\"'‘“:(") {
			continue
		}
		start := int(t.start)
		end := start
		marked, letters := false, false
		for end < len(c.text) && end-start <= maxHandle && inHandle(c.text[end]) {
			b := c.text[end]
			marked = marked || b == '_' || isDigit(rune(b)) || b == '.'
			letters = letters || isLetter(rune(b))
			end++
		}
		end = trimDots(c.text, start, end)
		marked = marked && strings.ContainsAny(c.text[start:end], "_.0123456789")
		if letters && marked && end-start > 3 && !strings.HasPrefix(c.text[end:], "@") {
			c.add(SocialHandle, start, end, "handle-medium")
			return
		}
	}
}

// chaptered are words before the number of a part of a text or program.
var chaptered = words("paragraaf", "par", "hoofdstuk", "artikel", "art", "versie", "bijlage", "tabel", "figuur", "release", "firmware", "build")

// addressOfMachineAt looks for an IPv4 or IPv6 address. Section numbers look
// like the first, so one of small figures needs a cue.
func (c *scan) addressOfMachineAt(i int) {
	t := c.at(i)
	if !c.glued(i+1) || !c.is(i+1, ".:") || !c.opens(i) && !c.glued(i) {
		return
	}
	start := int(t.start)
	for start > 0 && int(t.start)-start < 4 && c.is(i+1, ":") && isHex(c.text[start-1]) {
		start--
	}
	end := start
	large := false
	for end < len(c.text) && end-start <= 45 && (isHex(c.text[end]) || c.text[end] == '.' || c.text[end] == ':' && c.is(i+1, ":")) {
		end++
	}
	for end > start && (c.text[end-1] == '.' || c.text[end-1] == ':') {
		end--
	}
	if start > 0 && (isDigit(rune(c.text[start-1])) || c.text[start-1] == '.' || c.text[start-1] == ':') {
		return
	}
	if end-start < 7 || end-start > 45 {
		return
	}
	addr, err := netip.ParseAddr(c.text[start:end])
	if err != nil {
		return
	}
	told := c.cueBefore(i, cueIP)
	if addr.Is4() {
		if chaptered[fold(c.value(i-1))] { // paragraaf 3.1.2.4
			return
		}
		for _, b := range addr.As4() {
			large = large || b >= 32
		}
	} else {
		large = strings.Count(c.text[start:end], ":") >= 4
	}
	if large || told {
		c.add(IPAddress, start, end, "ip-address")
	}
}

func isHex(b byte) bool {
	return isDigit(rune(b)) || 'a' <= b|0x20 && b|0x20 <= 'f'
}
