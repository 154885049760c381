package screening

import "strings"

// placeAt looks for a municipality or town of the list that begins at token
// i. One that is an ordinary word as well (Best, Huizen) counts only where
// its capital says something.
func (c *scan) placeAt(i int) {
	last := c.place(i)
	if last < 0 {
		if c.at(i).shape != lower {
			c.toldPlaceAt(i)
		}
		return
	}
	t := c.at(i)
	// Behind a name at the end of a line, too, nothing tells whether the
	// sentence goes on.
	begins := t.begins || t.gap == line && (c.at(i-1).shape != lower || c.at(i-1).class == placeholder)
	if last == i && !t.lex.has(placeHead) && begins && !c.inPlace(i) {
		return
	}
	first := i
	if c.glued(i) && c.is(i-1, "-") && c.value(i-2) == "s" && c.is(i-3, "'’‘") {
		first = i - 3 // 's-Hertogenbosch
	}
	last = c.byTheWater(last)
	// Amsterdam-Zuidoost is one place.
	if c.glued(last+1) && c.is(last+1, "-") && c.glued(last+2) && c.at(last+2).shape == capital {
		last += 2
	}
	c.addTokens(Place, first, last, "place")
	c.placed = last + 1
}

// byTheWater returns the end of a place at token last with the water that it
// lies at: Katwijk aan Zee, Ouderkerk aan de Amstel.
func (c *scan) byTheWater(last int) int {
	if c.value(last+1) != "aan" || c.at(last+1).gap != blank {
		return last
	}
	j := last + 2
	if v := c.value(j); v == "de" || v == "den" || v == "het" {
		j++
	}
	if c.at(j).gap == blank && waters[c.value(j)] {
		return j
	}
	return last
}

var waters = words("Zee", "Rijn", "IJssel", "Maas", "Amstel", "Lek", "Vecht", "Zaan", "Waal", "Linge", "Merwede", "Rotte", "Gouwe", "Vliet", "Schie", "Berkel", "Dommel", "Hoef", "Geul")

// toldPlaceAt looks for a place that no list has, behind "gemeente",
// "woonplaats:", "te" or a postcode.
func (c *scan) toldPlaceAt(i int) {
	t := c.at(i)
	if t.gap == line || t.shape != capital || t.begins && !c.is(i-1, ":") || c.isStreet(i) || !c.isProper(i) || t.lex.has(common|title) {
		return
	}
	before := i - 1
	switch {
	case c.inPlace(i), c.value(before) == "te" && settled[fold(c.value(before-1))]:
	case c.behindAddress(i) && t.lex&^hamlet == 0:
	case (where[c.value(before)] || seats[c.value(before)] || c.value(before) == "naar" && c.moving(before)) && t.end-t.start >= 4 && t.lex&^hamlet == 0 && t.cue == noCue && !c.isThing(i) && !c.joinsName(i+1):
	case c.at(before).class == word && c.at(before).shape == upper && c.size(before) == 2 && c.isPostcode(before-1), c.size(before) == 6 && c.at(before).class == word && c.isPostcode(before-1):
	default:
		return
	}
	last := i
	if c.value(before) == "te" { // te Nieuw Moscou
		for next := c.at(last + 1); next.gap == blank && next.class == word && next.shape == capital && next.lex&^hamlet == 0 && next.cue == noCue; next = c.at(last + 1) {
			last++
		}
	}
	for c.at(last+1).gap == glued && c.is(last+1, "-") && c.glued(last+2) && c.at(last+2).shape == capital {
		last += 2
	}
	c.addTokens(Place, i, c.byTheWater(last), "place-told")
	c.placed = last + 1
}

// moving reports whether somebody goes to where token i, "naar", leads.
func (c *scan) moving(i int) bool {
	for j := i - 5; j <= i+3; j++ {
		if moves[c.value(j)] {
			return true
		}
	}
	return false
}

var moves = words(strings.Fields("vertrokken vertrok vertrekt verhuisd verhuisde verhuizen verhuist gefietst fietste gereden reed rijdt rijden reisde reist reizen gereisd gevlucht vluchtte vlucht trein bus afgereisd")...)

// behindAddress reports whether token i follows a street with its number:
// Kerkstraat 12, Marssum.
func (c *scan) behindAddress(i int) bool {
	before := i - 1
	if c.is(before, ",") {
		before--
	}
	for k := len(c.found) - 1; k >= 0 && k >= len(c.found)-3; k-- {
		if f := c.found[k]; f.kind == Address && before > 0 && f.end == int(c.at(before).end) {
			return true
		}
	}
	return false
}

// joinsName reports whether token i may be the rest of a name that the token
// before it began; a placeholder may stand for it.
func (c *scan) joinsName(i int) bool {
	t := c.at(i)
	return t.gap == blank && (t.class == word && t.shape != lower || t.class == placeholder)
}

// hamlet is what is known of a proper name that may be a surname or a hamlet.
const hamlet = surnameOrWord | proper

// where are prepositions of place before a capital that no list and no
// dictionary has; seats are bodies that bear the name of their town.
var (
	where = words("in", "te", "uit", "vanuit", "nabij", "omgeving", "richting")
	seats = words("rechtbank", "gerechtshof", "station", "stadsdeel", "dorp", "gehucht")
)

// settled are words before "te" and a place.
var settled = words(strings.Fields("wonende woonachtig woont geboren gevestigd verblijvende overleden gehuwd rechtbank gerechtshof politiebureau kantoor ziekenhuis gehouden opgemaakt")...)

// inPlace reports whether the words before token i lead to a place.
func (c *scan) inPlace(i int) bool {
	v := fold(c.value(i - 1))
	return v == "gemeente" || v == "woonplaats" || v == "geboorteplaats" || c.is(i-1, ":") && (fold(c.value(i-2)) == "woonplaats" || fold(c.value(i-2)) == "geboorteplaats" || fold(c.value(i-2)) == "plaats")
}

// place returns the last token of the place that begins at token i, or -1.
func (c *scan) place(i int) int {
	t := c.at(i)
	if t.class != word || t.shape == lower && (!t.lex.has(particle) || c.at(i+1).shape == lower) || !t.lex.has(placeHead|placeOrWord) || t.shape == mixed && c.value(i)[:2] != "IJ" {
		return -1
	}
	if c.listed(i, c.terms) {
		return -1
	}
	return c.phrase(c.lex.phrases, i)
}

// phrase returns the last token of the longest of phrases that begins at
// token i, or -1.
func (c *scan) phrase(phrases map[string][][]string, i int) int {
	t := c.at(i)
	next := c.at(i + 1)
	alone := next.class == word && next.shape == lower && !next.lex.has(particle) && c.value(i+1) != "en" || next.class == none
	var head, part [maxWord]byte
	all := phrases[string(appendFolded(head[:0], c.value(i)))]
	var second []byte // few of the phrases with this head have it
	if len(all) > 0 && len(all[0]) > 1 {
		second = appendFolded(head[:0], c.value(c.behindHyphen(i+1)))
	}
	for _, phrase := range all {
		if len(phrase) > 1 && (alone || phrase[1] != string(second)) {
			continue
		}
		last, ok := i, true
		for _, w := range phrase[1:] {
			last = c.behindHyphen(last + 1)
			if c.at(last).class != word || c.at(last).gap == line || string(appendFolded(part[:0], c.value(last))) != w {
				ok = false
				break
			}
		}
		switch end := c.at(last); {
		case !ok, end.shape == lower:
		case len(phrase) == 1 && t.shape == upper && t.end-t.start < 4:
		case len(phrase) > 1 && t.shape == lower && !t.lex.has(particle):
		default:
			return last
		}
	}
	return -1
}

// behindHyphen returns the token behind token i when that is a hyphen glued to
// the word before it, and i when not.
func (c *scan) behindHyphen(i int) int {
	if c.glued(i) && c.is(i, "-") {
		return i + 1
	}
	return i
}
