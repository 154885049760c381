package screening

import "strings"

// streetEnds are what names of streets end with. The strong ones tell a street
// also in lower case and without a number.
var (
	strongStreetEnds = ends("straat", "laan", "gracht", "singel", "steeg", "plantsoen")
	streetEnds       = ends(
		"weg", "plein", "kade", "hof", "dijk", "pad", "dreef", "boulevard", "allee", "wal", "markt",
		"brink", "erf", "oord", "baan", "ring", "akker", "veld", "horst", "donk", "gaarde", "meent",
		"hoek", "oever", "haven", "poort", "park", "berg", "burg", "waard", "kamp", "weide", "tuin", "str", "vaart", "sluis", "werf", "steiger", "brug", "wetering", "stee", "hove", "zoom", "wei", "hage",
		"laantje", "straatje", "pleintje", "weggetje",
	)
	// doubtfulEnds are those of many nouns too.
	doubtfulEnds = ends("ring", "hoek", "tuin", "baan", "veld", "oord", "markt", "berg", "stee", "zoom", "brug", "kamp", "burg")
)

// streetAt looks for a street with its number, and for a street alone.
func (c *scan) streetAt(i int) {
	t := c.at(i)
	if t.cue == cueStreet && t.shape != lower {
		c.avenueAt(i)
	}
	if t.shape != lower {
		c.toldStreetAt(i)
	}
	if t.lex.has(streetLike) || t.end-t.start < 5 {
		return
	}
	strong, plain := endsLikeStreet(c.value(i))
	if !strong && !plain {
		return
	}
	first := i
	if t.shape != lower {
		first = c.streetStart(i)
	}
	next := i + 1
	if c.is(next, ".") && c.glued(next) && strings.HasSuffix(c.value(i), "str") {
		next++
	}
	last := c.houseNumber(next)
	switch {
	case last > 0 && !strong && doubtfulEnds.of(c.value(i)) && isWord(fold(c.value(i))): // Zorgverzekering 412
	case last > 0:
		c.addTokens(Address, first, last, "street-number")
	case strong && t.shape == capital && (!t.begins || first < i) && last == 0:
		c.found = append(c.found, candidate{
			start: int(c.at(first).start), end: int(t.end), kind: Address, rule: "street", severity: Warn, rank: ranks[Address],
		})
	}
}

// isStreet reports whether token i ends the name of a street.
func (c *scan) isStreet(i int) bool {
	if c.at(i).class != word || c.at(i).lex.has(streetLike) {
		return false
	}
	strong, plain := endsLikeStreet(c.value(i))
	return strong || plain || c.at(i).cue == cueStreet
}

// isAddress reports whether token i is a street for sure, so that it cannot
// be a surname: many of those end like streets.
func (c *scan) isAddress(i int) bool {
	strong, _ := endsLikeStreet(c.value(i))
	return strong || c.isStreet(i) && c.houseNumber(i+1) > 0
}

// endsLikeStreet reports whether w has at least three letters before an end
// that streets have.
func endsLikeStreet(w string) (strong, plain bool) {
	if len(w) < 6 {
		return false, false
	}
	if strongStreetEnds.of(w) {
		return true, true
	}
	if c := w[0]; 'a' <= c && c <= 'z' {
		return false, false // only strong ends tell a street in small letters
	}
	return false, streetEnds.of(w)
}

// streetStart returns the first token of a street that ends with token i:
// the capitals and particles before it, as in Burgemeester de Vlugtlaan.
func (c *scan) streetStart(i int) int {
	first := i
	for j := i - 1; j >= 0 && j >= i-5; j-- {
		t := c.tokens[j]
		next := c.tokens[j+1]
		switch {
		case next.gap == line:
			return first
		case first == i && next.gap == blank && t.shape == capital && streetHeads[c.value(j)] && (!t.begins || c.houseNumber(i+1) > 0):
			return j // Derde Kruisstraat
		case t.class == word && t.shape != lower && (!t.lex.has(common) || c.value(j) == "Sint") && !t.lex.has(title) && t.cue == noCue && (!t.begins || c.is(j-1, ":") || next.gap == glued || t.lex.has(firstName|surname)):
			first = j
		case t.class == word && t.lex.has(particle) && t.shape == capital && !t.begins:
			first = j // de Van Speijkstraat
		case t.class == word && t.lex.has(particle) && t.shape == lower && !joints[c.value(j)]:
		case t.class == word && c.value(j) == "e" && t.gap == glued && c.at(j-1).class == number && first == j+1:
			return j - 1 // 2e Kerkstraat
		case t.class == symbol && c.is(j, "-.") && t.gap == glued:
		default:
			return first
		}
	}
	return first
}

// streetHeads are ordinary words that names of streets begin with.
var streetHeads = words(strings.Fields("Eerste Tweede Derde Vierde Vijfde Zesde Lange Korte Hoge Lage Hooge Laage Oude Nieuwe Grote Kleine Groote Smalle Brede Binnen Buiten Achter Voor Boven Onder Noorder Zuider Ooster Wester")...)

// avenueAt looks for a street that begins with its kind: Laan van
// Meerdervoort 120, Plein 1944 12.
func (c *scan) avenueAt(i int) {
	j := i + 1
	capitals := 0
	for ; j < i+7; j++ {
		t := c.at(j)
		switch {
		case t.gap == line:
			return
		case t.class == word && t.shape != lower && !t.lex.has(common):
			capitals++
			continue
		case t.class == word && t.lex.has(particle), c.is(j, "-") && t.gap == glued:
			continue
		}
		break
	}
	first := i
	if j == i+1 && c.at(i).gap == blank && streetHeads[c.value(i-1)] {
		first, capitals = i-1, 1 // Lage Weg 12
	}
	if capitals == 0 && (c.at(i).begins || j > i+1 || c.at(i).lex.has(common)) {
		return
	}
	if last := c.houseNumber(j); last > 0 {
		c.addTokens(Address, first, last, "street-number")
	}
}

// toldStreetAt looks for a street that nothing in its name tells, such as
// Achter de Kamp 12: capitals and a house number behind a word such as
// "woonachtig" or "adres", or before a postcode.
func (c *scan) toldStreetAt(i int) {
	t := c.at(i)
	if t.lex.has(title|month) || t.cue != noCue && t.cue != cueStreet || c.at(i-1).class == word && c.at(i-1).shape == capital && t.gap == blank && !c.at(i-1).begins {
		return
	}
	j := i + 1
	for ; j < i+6; j++ {
		t := c.at(j)
		if t.class == word && t.gap == blank && (t.shape != lower || t.lex.has(particle) || c.value(j) == "het") || c.is(j, "-") && t.gap == glued {
			continue
		}
		break
	}
	if c.at(j-1).shape == lower {
		return
	}
	last := c.houseNumber(j)
	if last == 0 || c.size(j) > 4 {
		return
	}
	if !c.cueBeforeOnLine(i, cueAddress) && !c.isPostcode(last+1) && !(c.is(last+1, ",") && c.isPostcode(last+2)) {
		return
	}
	c.addTokens(Address, i, last, "street-told")
}

// isPostcode reports whether a postcode begins at token i.
func (c *scan) isPostcode(i int) bool {
	t := c.at(i)
	if t.class != number || c.size(i) != 4 || c.value(i)[0] == '0' {
		return false
	}
	next := c.at(i + 1)
	return next.class == word && next.shape == upper && c.size(i+1) == 2 && next.gap != line
}

// cueBeforeOnLine reports whether the cue stands within reach before token i
// in the same sentence.
func (c *scan) cueBeforeOnLine(i int, want cue) bool {
	for j, n := i-1, 0; j >= 0 && n < 7; j, n = j-1, n+1 {
		t := c.tokens[j]
		if t.class == word && t.cue == want && c.tokens[j+1].gap != line {
			return true
		}
		if c.tokens[j+1].gap == line || c.is(j, ".;!?") || t.class == number {
			return false
		}
	}
	return false
}

// houseNumber returns the last token of a house number that begins at token
// i, with what is added to it, or 0.
func (c *scan) houseNumber(i int) int {
	if v := c.value(i); v == "nr" || v == "nummer" || v == "no" {
		i++
		if c.is(i, ".") {
			i++
		}
	}
	t := c.at(i)
	if c.glued(i+1) && c.is(i+1, ",.") && c.glued(i+2) && c.at(i+2).class == number && (c.is(i+1, ",") || c.size(i+2) == 3) {
		return 0 // an amount
	}
	if t.class != number || t.gap != blank && !c.is(i-1, ".") || t.gap == line || c.size(i) > 5 || c.value(i)[0] == '0' {
		return 0
	}
	last := i
	next := c.at(i + 1)
	switch {
	case c.glued(i+1) && next.class == word && c.size(i+1) <= 3:
		last = i + 1
	case c.glued(i+1) && c.is(i+1, "-/") && c.glued(i+2) && c.size(i+2) <= 4 && (c.at(i+2).class == number || c.at(i+2).class == word):
		last = i + 2
	case next.gap == blank && (c.value(i+1) == "bis" || c.value(i+1) == "hs" || next.class == word && c.size(i+1) == 1 && next.shape == upper && c.value(i+1) != "U"):
		last = i + 1
	}
	return last
}
