package screening

import "strings"

// surnameEnds are ends that few words but surnames have.
var surnameEnds = []string{
	"stra", "inga", "zema", "sma", "ssen", "ski", "ska", "wicz", "czyk", "enko", "oglu", "ovic", "persad", "aoui", "ouni",
}

// unknownAt reads a capital that no list knows, where what stands beside it
// tells a name: a surname of the list behind it, another name before it in
// an enumeration, or "gesproken met". In the middle of a sentence its own end
// may tell as well.
func (c *scan) unknownAt(i int) {
	t := c.at(i)
	if !c.isProper(i) || t.shape == upper || t.lex.has(placeHead|placeOrWord|common|title) {
		return
	}
	switch {
	case c.isSurname(i+1) && c.place(i+1) < 0,
		c.particleSurname(i+1) && (!t.begins || c.at(i+1).shape == lower && c.particles(i+1) > i+2):
		c.takeName(i, c.restOfName(i), "name-surname")
	case t.shape != capital, c.isStreet(i) && !c.addressed(i):
	case t.lex.has(thing), c.amongThings(i):
		c.thing = c.restOfName(i) + 1
	case t.begins || t.gap == line:
		c.unknownFirst(i)
	case c.is(i-1, ":") || c.at(i-1).class == number && t.gap == blank:
		c.unknownValue(i)
	case i > 1 && c.named == i-1 && !c.guessed && (c.value(i-1) == "en" || c.value(i-1) == "of" || c.is(i-1, ",/&")):
		c.takeName(i, c.restOfName(i), "name-enumeration")
	case i > 1 && c.named == i-1 && c.value(i-1) == "en" && c.restOfName(i) == i+1 && !c.allThings(i, i+1):
		c.takeName(i, i+1, "name-enumeration") // Joline Karaman en Riekje Ypelaar
		c.guessed = true
	case c.value(i-1) == "met" && talked[fold(c.value(i-2))]:
		c.takeName(i, c.restOfName(i), "name-talk")
	case t.end-t.start >= 6 && hasSurnameEnd(fold(c.value(i))):
		c.takeName(i, c.restOfName(i), "name-surname")
	case c.maybePerson(i):
		// "Dat Wille huilt" is about somebody, though wille is a word.
		if last := c.restOfName(i); !c.allThings(i, last) || last == i && subordinating[c.value(i-1)] && t.end-t.start <= 9 && !thingEnds.of(fold(c.value(i))) {
			c.takeName(i, last, "name-capital")
			c.guessed = true
		}
	}
}

// addressed reports whether token i is somebody who is spoken to or about, so
// that it is no street: ik mail Hoogendijk; gesproken met Zwaneveld.
func (c *scan) addressed(i int) bool {
	return c.houseNumber(i+1) == 0 && (contacting[c.value(i-1)] || c.value(i-1) == "met" && talked[fold(c.value(i-2))] || c.verbOfPeople(i+1) || c.is(i-1, ":") && c.forPeople(i-2))
}

// unknownFirst reads an unknown capital at the start of a sentence or line,
// where any word has one: a verb that people have, the rest of a name, or the
// end of the line tells.
func (c *scan) unknownFirst(i int) {
	next := c.at(i + 1)
	verb := c.verbOfPeople(i+1) || c.isVerb(i+1)
	if !verb && next.class == word && next.shape == lower && next.gap == blank && !next.lex.has(particle) {
		return // nearly always
	}
	last := c.restOfName(i)
	verb = verb && last == i
	next = c.at(last + 1)
	after := c.at(last + 2)
	listed := last > i && c.is(last+1, ",(|") || // Riekje Karaman, jeugdbeschermer
		c.is(last+1, ",(") && (after.class == number || after.lex.has(role)) // Riekje, 14 maanden
	alone := c.at(i).gap == line && (next.class == none || next.gap == line) && (last > i || c.at(i).end-c.at(i).start >= 4)
	switch {
	case !verb && !listed && !alone, last > i+4, c.at(i).end-c.at(i).start < 3, c.at(i).lex != 0 && !c.at(i).lex.has(anyName), c.at(i).cue != noCue:
	case c.isThing(i), c.allThings(i, last), alone && last > i && last < i+3 && !c.at(last).lex.has(anyName) && c.isThing(last):
	default:
		c.takeName(i, last, "name-capital")
		c.guessed = true
	}
}

// unknownValue reads an unknown capital behind a colon or a time: Pupil:
// Riekje; 10.20 Riekje Karaman (vrijwilliger).
func (c *scan) unknownValue(i int) {
	last := c.restOfName(i)
	next := c.at(last + 1)
	verb := last == i && (c.verbOfPeople(i+1) || called[c.value(i+1)])
	told := c.is(i-1, ":") && c.forPeople(i-2)
	if c.is(i-1, ":") {
		label := fold(c.value(i - 2))
		// Hij gamet graag: what follows is no label's value.
		inSentence := c.at(i-2).class == word && c.at(i-2).shape == lower && c.at(i-3).class == word && c.at(i-2).gap == blank
		if !told && (thingLabels[label] || last == i && (len(label) > 1 && thingly[label] || thingEnds.of(label) || inSentence && !verb)) {
			c.thing = last + 1
			return
		}
	}
	ends := next.class == none || next.gap == line || c.is(last+1, ",;(|/") || c.value(last+1) == "en" || next.class == number && c.is(i-1, ":") ||
		c.is(last+1, ".") && told
	if c.at(i-1).class == number && last == i && !verb {
		return
	}
	if !verb && !ends && last == i || c.at(i).end-c.at(i).start < 3 || c.allThings(i, last) {
		return
	}
	c.takeName(i, last, "name-label")
}

// forPeople reports whether token i is a label of people: Ouder, Casus 4.
func (c *scan) forPeople(i int) bool {
	if c.at(i).class == number {
		i--
	}
	return c.at(i).lex.has(role|nameLabel|title) || peopleLabels[fold(c.value(i))]
}

// thingLabels stand before a colon and a thing, peopleLabels before people;
// called are participles behind the name of who was spoken to.
var (
	thingLabels = words(strings.Fields("aanbieder software vervoer klacht apotheek uitje app levering leverancier grondslag periode product medicatie allergie allergieën " +
		"hobby hobbys sport sporten spel spellen games muziek boek boeken film serie auto fiets winkel werkgever bedrijf medicijn medicijnen favoriet dieet merk kleur taal " +
		"godsdienst geloof nationaliteit land plaats woonplaats geboorteplaats adres adr straat school opleiding methode methodes interventie diagnose syndroom onderwerp betreft thema " +
		"bank verzekering huisdier huisdieren hond kat systeem platform kanaal bron literatuur doel middel middelen drugs alcohol conclusie advies vervolg resultaat besluit")...)
	peopleLabels = words(strings.Fields("ouder ouders kind kinderen regie actie contact contactpersoon casus zaak verd verdachte mld melder aangever getuige jeugdige pupil gezin cliënt client betrokkene " +
		"behandelaar voorschrijver aanwezig afwezig afgemeld deelnemers namens door voor van aan cc ook gebeld gesproken met naam voogd regisseur begeleider begeleiding voorzitter notulist pleegouder pleegouders")...)
	called = words(strings.Fields("teruggebeld gebeld gesproken gemaild geappt ingesproken gezien opgehaald gebracht aangetroffen gehoord")...)
)

// maybePerson reports whether an unknown capital in the middle of a sentence
// may be a person. Methods, wards and houses have an article or a word for
// what they are before them, and a capital of their own beside them; people
// have not.
func (c *scan) maybePerson(i int) bool {
	t, before, next := c.at(i), c.at(i-1), c.at(i+1)
	switch {
	case fold(c.value(i-1)) == "volgens", c.value(i-1) == "van" && !c.at(i-2).lex.has(role|firstName|title) && !owned[fold(c.value(i-2))]:
		// an unknown capital that is the owner or maker of something is a
		// brand or a method far more often than a person
		return false
	case t.end-t.start < 3, t.gap == line, t.gap == glued && !c.is(i-1, "("), t.cue != noCue, before.class == symbol && !c.is(i-1, ",(&"), before.class == number:
		return false
	case subordinating[c.value(i-1)] && t.end-t.start <= 9, c.value(i-1) == "Als", c.value(i-1) == "als" && c.verbOfPeople(i+1): // als Riekje komt
	case c.value(i-1) == "bij" && (c.value(i+1) == "thuis" || c.value(i+1) == "en" && (c.value(i+2) == "zijn" || c.value(i+2) == "haar")): // bij Riekje en haar man
	case before.class == word && before.shape != lower && !before.begins, thingly[fold(c.value(i-1))]:
		return false
	case before.class == word && c.value(i-1) == "van" && thingly[fold(c.value(i-2))]:
		return false
	case c.value(i-1) == "en" && c.at(i-2).lex.has(role) && !c.is(i-3, "-"): // Moeder en Bregje
	case c.value(i-1) == "en" && (c.at(i-2).class == placeholder || c.at(i-2).class == word && c.at(i-2).shape != lower), c.value(i-1) == "en" && c.is(i-2, "-"):
		return false // the second half of a title: Rots en Water
	case c.glued(i+1) && c.is(i+1, "-/"), next.gap == blank && next.class == number:
		return false
	case next.class == word && next.shape == upper && next.gap == blank, next.class == word && next.lex.has(common) && next.shape != lower && !next.begins && next.gap == blank:
		return false
	}
	return true
}

func hasSurnameEnd(w string) bool {
	for _, end := range surnameEnds {
		if strings.HasSuffix(w, end) {
			return true
		}
	}
	return false
}
