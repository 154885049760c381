package screening

// bsnAt looks for a citizen service number of nine digits, in one piece or in
// groups, and with its label also for one of eight, whose leading zero was
// left out.
//
// One random number in eleven passes the test, so the words around it count:
// an amount or an invoice number is none. A number of which nothing is known
// is one, for a person can release it.
func (c *scan) bsnAt(i int) {
	if !c.opens(i) && !(c.is(i-1, "/") && c.size(i-2) == 9) {
		return
	}
	var buf [9]byte
	last, digits := c.grouped(i, buf[:0])
	if digits == nil || !c.closes(last) && !(c.is(last+1, "/") && c.size(last+2) == 9) {
		return
	}
	told := c.labelled(i, cueBSN)
	switch {
	case len(digits) == 8 && told:
		digits = append([]byte{'0'}, digits...)
	case len(digits) != 9:
		return
	}
	if !elevenTest(digits) {
		return
	}
	switch {
	case told:
		c.addTokens(BSN, i, last, "bsn-label")
	case !c.otherwiseLabelled(i, last):
		c.addTokens(BSN, i, last, "bsn-11-test")
	}
}

// groupings are the ways to write nine digits in groups that are seen; other
// rows of numbers, such as scores, are none.
var groupings = map[[4]int]bool{
	{9}: true, {8}: true, {3, 3, 3}: true, {4, 2, 3}: true, {4, 3, 2}: true,
	{3, 2, 4}: true, {2, 3, 4}: true, {2, 2, 2, 3}: true, {3, 2, 2, 2}: true,
	{2, 3, 3}: true, {4, 2, 2}: true, {2, 2, 2, 2}: true,
}

// grouped reads the digits from token i, which are in one group or in several
// with the same blank, dot or hyphen between. digits is nil when they do not
// come in one of the groupings.
func (c *scan) grouped(i int, dst []byte) (last int, digits []byte) {
	var sizes [4]int
	sizes[0] = c.size(i)
	if sizes[0] > 9 {
		return i, nil
	}
	digits = append(dst, c.value(i)...)
	last = i
	if sizes[0] < 8 {
		separator := ""
		if c.glued(i + 1) {
			if !c.is(i+1, ".-") {
				return i, nil
			}
			separator = c.value(i + 1)
		} else if c.at(i+1).gap != blank {
			return i, nil
		}
		n := 1
		for {
			next := last + 1
			if separator != "" {
				if !c.glued(next) || c.value(next) != separator || !c.glued(next+1) {
					break
				}
				next++
			} else if c.at(next).gap != blank {
				break
			}
			if c.at(next).class != number {
				break
			}
			if n == len(sizes) || len(digits)+c.size(next) > 9 {
				return i, nil
			}
			sizes[n] = c.size(next)
			digits = append(digits, c.value(next)...)
			last, n = next, n+1
		}
		if separator == "" && c.at(i).gap == blank && c.at(i-1).class == number {
			return i, nil
		}
	}
	if !groupings[sizes] {
		return i, nil
	}
	return last, digits
}

// otherwiseLabelled reports whether the number from token i to last says of
// itself that it is an amount or the number of a thing.
func (c *scan) otherwiseLabelled(i, last int) bool {
	next := c.at(last + 1)
	return c.labelled(i, cueOther, cueUnit) || c.is(i-1, "€$£") || c.is(last+1, "€$£%") ||
		next.gap != line && next.cue == cueUnit
}

// elevenTest is the check of Dutch citizen service numbers: 9a + 8b + 7c + 6d
// + 5e + 4f + 3g + 2h - i of the nine digits is divisible by eleven, and they
// are not all zero.
func elevenTest(digits []byte) bool {
	if len(digits) != 9 {
		return false
	}
	sum, zero := -int(digits[8]-'0'), true
	for i, d := range digits {
		if i < 8 {
			sum += (9 - i) * int(d-'0')
		}
		zero = zero && d == '0'
	}
	return sum%11 == 0 && !zero
}
