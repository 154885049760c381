package screening

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Years that a full date may have: no living person was born before the
// first, and no file reaches beyond the second.
const (
	firstYear = 1890
	lastYear  = 2100
)

// months are keyed by the first three letters of Dutch and English names.
var months = map[string]int{
	"jan": 1, "feb": 2, "maa": 3, "mrt": 3, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7,
	"aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "dec": 12,
}

// dateAt looks for a full date that begins with the digits of token i, and
// reports whether there is one. Near a word of birth, dates without a year
// and dates without separators count as well.
func (c *scan) dateAt(i int) bool {
	// A slash behind a year may part two dates.
	if !c.opens(i) && !(c.is(i-1, "/") && c.size(i-2) == 4) || c.size(i) > 8 {
		return false
	}
	last, full := c.figures(i)
	if last == 0 {
		last, full = c.dayAndMonth(i)
	}
	if last == 0 {
		last = c.undivided(i)
	}
	if last == 0 || !full && !c.bornBefore(i) {
		return false
	}
	c.addDate(i, last)
	return true
}

func (c *scan) addDate(first, last int) {
	switch {
	case c.bornBefore(first), c.bornBehind(last):
		c.addTokens(BirthDate, first, last, "birth-label")
	case c.is(first-1, "(") && c.is(last+1, "),") && (c.at(first-2).class == placeholder || c.named == first-1):
		// [KIND 1] (12-03-2015), and the same behind a name
		c.addTokens(BirthDate, first, last, "birth-in-brackets")
	default:
		c.addTokens(Date, first, last, "date")
	}
}

// bornBefore reports whether a word of birth stands before token i and is
// not that of another date in a sentence before.
func (c *scan) bornBefore(i int) bool {
	if !c.cueBefore(i, cueBirth) {
		return false
	}
	opened := false
	for j := i - 1; c.at(j).cue != cueBirth; j-- {
		t := c.at(j)
		opened = opened || t.class == word && t.begins && t.gap != glued
		if opened && t.class == number && c.size(j) == 4 {
			return false
		}
	}
	return true
}

// bornBehind reports whether a word of birth follows token i in its sentence
// and has no date of its own behind it.
func (c *scan) bornBehind(i int) bool {
	if c.at(i+1).cue == cueBirth { // 12-03-2015 geboren
		return true
	}
	end := int(c.at(i).end)
	told := false
	for j := i + 1; j < len(c.tokens); j++ {
		t := c.tokens[j]
		if int(t.start)-end > near && utf8.RuneCountInString(c.text[end:t.start]) > near {
			return told
		}
		switch {
		case !told && t.class == word && t.cue == cueBirth:
			told, end = true, int(t.end)
		case t.class == word && t.begins && t.gap != glued:
			return told
		case told && t.class == number:
			if last, full := c.figures(j); last > 0 && full {
				return false
			}
			if last, _ := c.dayAndMonth(j); last > 0 {
				return false
			}
		}
	}
	return told
}

// figures reads a date in figures: 12-3-2015, 12/03/15, 2015-03-12, and in
// letters between hyphens, 12-mrt-2015. full is false for one that is a date
// only near a word of birth, 12 03 2015.
func (c *scan) figures(i int) (last int, full bool) {
	a := c.size(i)
	second := i + 1
	separated := c.is(second, "-/.")
	full = true
	switch {
	case separated && c.glued(second) && c.glued(second+1):
		second++
	case separated && c.is(second, "-/") && c.at(second).gap == blank && c.at(second+1).gap == blank:
		second++
	case c.at(second).gap == blank && c.at(second).class == number:
		separated, full = false, false
	default:
		return 0, false
	}
	last = second + 1
	if separated {
		if c.value(last) != c.value(i+1) || c.at(last).gap != c.at(i+1).gap {
			return 0, false
		}
		last++
	} else if c.at(last).gap != blank {
		return 0, false
	}
	if separated && c.is(last, "'’‘") && c.glued(last) && c.glued(last+1) && c.size(last+1) == 2 {
		last++ // 3-3-'21
	}
	if c.at(last).class != number || !c.endsDate(last) {
		return 0, false
	}
	m := c.numeral(second)
	if c.at(second).class == word {
		m = c.monthOf(second)
	}
	b, z := c.size(second), c.size(last)
	switch {
	case a == 4 && z <= 2 && b <= 2:
		return last, full && isDate(c.numeral(last), m, c.numeral(i))
	case a > 2 || c.at(second).class == number && b > 2:
		return 0, false
	case z == 4 && isDate(c.numeral(i), m, c.numeral(last)):
		return last, full
	case z == 2 && full && !c.is(i+1, ".") && c.at(i+1).gap == glued && isDate(c.numeral(i), m, 2000):
		// 10-12-14 jaar is a list of ages.
		return last, !strings.HasPrefix(c.value(last+1), "jaar")
	}
	return 0, false
}

// endsDate is closes, but for the T of a time.
func (c *scan) endsDate(i int) bool {
	return c.closes(i) || c.glued(i+1) && c.value(i+1) == "T" || c.glued(i+1) && c.is(i+1, ":,") || c.isYearEnd(i)
}

// isYearEnd allows a hyphen or slash after a date that begins another, as in
// "12-03-2015/14-03-2015".
func (c *scan) isYearEnd(i int) bool {
	return c.size(i) == 4 && c.glued(i+1) && c.is(i+1, "/") && c.at(i+2).class == number
}

// dayAndMonth reads 12 maart 2015, 3 mrt. '15, 1e januari 2016 and 3rd of
// March 2015; without a year full is false.
func (c *scan) dayAndMonth(i int) (last int, full bool) {
	if c.size(i) > 2 {
		return 0, false
	}
	m := i + 1
	if c.glued(m) {
		switch c.value(m) {
		case "e", "ste", "de", "st", "nd", "rd", "th":
			m++
		default:
			return 0, false
		}
	}
	if v := c.value(m); v == "of" || v == "van" {
		m++
	}
	month := c.monthOf(m)
	if month == 0 || c.at(m).gap == line && c.at(m).begins {
		return 0, false
	}
	last = m
	y := m + 1
	if c.glued(y) && c.is(y, ".") {
		y++
	}
	if c.is(y, ",") {
		y++
	}
	day := c.numeral(i)
	if c.is(y, "'’‘") && c.glued(y+1) && c.size(y+1) == 2 && c.at(y+1).class == number {
		return y + 1, isDate(day, month, 2000)
	}
	if c.at(y).class == number && c.size(y) == 4 && isDate(day, month, c.numeral(y)) {
		return y, true
	}
	// 2e Jan Steenstraat is no day in January.
	if next := c.at(m + 1); !isDate(day, month, 2000) || next.shape != lower && next.gap == blank {
		return 0, false
	}
	return last, false
}

// englishDateAt looks for March 3, 2015.
func (c *scan) englishDateAt(i int) {
	d := i + 1
	month := c.monthOf(i)
	if month == 0 || c.at(i-1).class == number && c.at(i).gap == blank || c.at(d).class != number || c.size(d) > 2 {
		return
	}
	day := c.numeral(d)
	y := d + 1
	if v := c.value(y); c.glued(y) && (v == "st" || v == "nd" || v == "rd" || v == "th") {
		y++
	}
	if c.is(y, ",") {
		y++
	}
	if c.at(y).class == number && c.size(y) == 4 && isDate(day, month, c.numeral(y)) {
		c.addDate(i, y)
	}
}

// undivided reads 12032015 or 20150312, which are dates only near a word of
// birth; it returns the token or 0.
func (c *scan) undivided(i int) int {
	v := c.value(i)
	if len(v) != 8 || !c.closes(i) {
		return 0
	}
	n := func(from, to int) int { k, _ := strconv.Atoi(v[from:to]); return k }
	if isDate(n(0, 2), n(2, 4), n(4, 8)) || isDate(n(6, 8), n(4, 6), n(0, 4)) {
		return i
	}
	return 0
}

// monthOf returns the month that token i names, 1 to 12, or 0.
func (c *scan) monthOf(i int) int {
	if t := c.at(i); t.class != word || !t.lex.has(month) {
		return 0
	}
	return months[fold(c.value(i))[:3]]
}

// numeral returns the number of token i, or -1 when it is none.
func (c *scan) numeral(i int) int {
	if c.at(i).class != number || c.size(i) > 9 {
		return -1
	}
	n, err := strconv.Atoi(c.value(i))
	if err != nil {
		return -1
	}
	return n
}

func isDate(day, month, year int) bool {
	return 1 <= day && day <= 31 && 1 <= month && month <= 12 && firstYear <= year && year <= lastYear
}
