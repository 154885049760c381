package screening

import "strings"

// plateAt looks for a Dutch licence plate: three groups of letters and
// digits in one of the fourteen orders that were given out, in capitals with
// hyphens. In another dress it needs a word such as "kenteken" before it.
func (c *scan) plateAt(i int) {
	step := 1
	if c.is(i+1, "-") {
		step = 2
	}
	last := i + 2*step
	if c.at(i).class != number && c.at(i+step).class != number && c.at(last).class != number {
		return
	}
	if c.at(last).class == none || !c.opens(i) || !c.closes(last) {
		return
	}
	dressed := step == 2
	form := make([]byte, 0, 16)
	for j := i; j <= last; j++ {
		t := c.tokens[j]
		switch {
		case t.gap != c.tokens[i+1].gap && j > i, t.gap == line && j > i, t.end-t.start > 3:
			return
		case t.class == symbol && c.is(j, "-") && (j-i)%2 == 1:
			continue
		case t.class == number:
			form = append(form, "999"[:t.end-t.start]...)
		case t.class == word:
			form = append(form, "XXX"[:t.end-t.start]...)
			dressed = dressed && t.shape == upper
		default:
			return
		}
		if j < last {
			form = append(form, '-')
		}
	}
	code := sidecodes[string(form)]
	if code == 0 {
		return
	}
	told := c.cueBefore(i, cuePlate)
	dressed = dressed && c.tokens[i+1].gap == glued
	// From the fourth order on no vowels were given out.
	if told || dressed && (code < 4 || !strings.ContainsAny(c.text[c.tokens[i].start:c.tokens[last].end], "AEIOUCQ")) {
		c.addTokens(LicencePlate, i, last, "plate")
	}
}

// sidecodes are the orders of the Dutch vehicle authority (RDW), 1 to 14.
var sidecodes = map[string]int{
	"XX-99-99": 1, "99-99-XX": 2, "99-XX-99": 3, "XX-99-XX": 4, "XX-XX-99": 5, "99-XX-XX": 6, "99-XXX-9": 7,
	"9-XXX-99": 8, "XX-999-X": 9, "X-999-XX": 10, "XXX-99-X": 11, "X-99-XXX": 12, "9-XX-999": 13, "999-XX-9": 14,
}

// documentAt looks for the number of a passport or identity card: two
// letters, six letters or digits, a digit, never the letter O. Without a cue
// it takes only numbers with five digits or more.
func (c *scan) documentAt(i int) {
	t := c.at(i)
	if t.shape != upper || !c.opens(i) || !c.glued(i+1) || c.size(i) < 2 {
		return
	}
	p := int(t.start)
	end, digits := p, 0
	for end < len(c.text) && end-p < 10 && (isDigit(rune(c.text[end])) || 'A' <= c.text[end] && c.text[end] <= 'Z') {
		if isDigit(rune(c.text[end])) {
			digits++
		} else if c.text[end] == 'O' {
			return
		}
		end++
	}
	if end-p != 9 || !isDigit(rune(c.text[end-1])) || end < len(c.text) && (c.text[end] == '-' || c.text[end] >= 'a' && c.text[end] <= 'z') {
		return
	}
	if digits >= 5 || c.cueBefore(i, cueDocument) {
		c.add(DocumentNumber, p, end, "document")
	}
}

// registrationAt looks for numbers that only their label tells: of the
// immigration service (10 digits), driving licences (10), and the registers
// of workers: BIG (11), AGB (8), SKJ (6 to 9).
func (c *scan) registrationAt(i int) {
	if !c.opens(i) {
		return
	}
	last, digits := i, c.size(i)
	for digits < 11 && c.at(last+1).class != none {
		next := last + 1
		if c.glued(next) && c.is(next, ".-") && c.glued(next+1) {
			next++
		}
		if c.at(next).class != number || c.at(next).gap == line {
			break
		}
		digits += c.size(next)
		last = next
	}
	if !c.closes(last) {
		return
	}
	switch {
	case digits == 11 && c.registered(i, last, cueBIG):
		c.addTokens(ProfessionalNumber, i, last, "register-big")
	case digits == 8 && c.registered(i, last, cueAGB):
		c.addTokens(ProfessionalNumber, i, last, "register-agb")
	case 6 <= digits && digits <= 9 && c.registered(i, last, cueSKJ):
		c.addTokens(ProfessionalNumber, i, last, "register-skj")
	case digits == 10 && c.labelled(i, cueV):
		c.addTokens(VNumber, i, last, "v-number")
	case digits == 10 && c.labelled(i, cueDocument), digits == 9 && c.labelled(i, cueDocument):
		c.addTokens(DocumentNumber, i, last, "document")
	}
}

// registered reports whether the number of the tokens i to last stands beside
// the name of its register: BIG 19012345601, or 19012345601 (BIG).
func (c *scan) registered(i, last int, register cue) bool {
	if c.labelled(i, register) {
		return true
	}
	j := last + 1
	if c.is(j, "(") {
		j++
	}
	return j > last && c.at(j).cue == register && (c.is(j-1, "(") || c.at(j).gap == blank)
}
