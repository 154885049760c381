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
	case t.shape != capital || c.isStreet(i):
	case t.begins || t.gap == line:
		// Riekje Karaman, jeugdbeschermer: a line of a list of people
		last := c.restOfName(i)
		if last == i+1 && c.is(last+1, ",(") && !endsLikeThing(fold(c.value(i))) && !endsLikeThing(fold(c.value(last))) {
			c.takeName(i, last, "name-capital")
			c.guessed = true
		}
	case i > 1 && c.named == i-1 && !c.guessed && (c.value(i-1) == "en" || c.value(i-1) == "of" || c.is(i-1, ",/&")):
		c.takeName(i, c.restOfName(i), "name-enumeration")
	case c.value(i-1) == "met" && talked[c.value(i-2)]:
		c.takeName(i, c.restOfName(i), "name-talk")
	case t.end-t.start >= 6 && hasSurnameEnd(fold(c.value(i))):
		c.takeName(i, c.restOfName(i), "name-surname")
	case c.maybePerson(i):
		if last := c.restOfName(i); !endsLikeThing(fold(c.value(last))) {
			c.takeName(i, last, "name-capital")
			c.guessed = true
		}
	}
}

// maybePerson reports whether an unknown capital in the middle of a sentence
// may be a person. Methods, wards and houses have an article or a word for
// what they are before them, and a capital of their own beside them; people
// have not.
func (c *scan) maybePerson(i int) bool {
	t, before, next := c.at(i), c.at(i-1), c.at(i+1)
	switch {
	case c.value(i-1) == "volgens", c.value(i-1) == "van" && !c.at(i-2).lex.has(role|firstName|title):
		// an unknown capital that is the owner or maker of something is a
		// brand or a method far more often than a person
		return false
	case t.end-t.start < 3, t.gap == line, t.gap == glued && !c.is(i-1, "("), t.cue != noCue, before.class == symbol && !c.is(i-1, ",(&"), before.class == number:
		return false
	case before.class == word && before.shape != lower && !before.begins, thingly[fold(c.value(i-1))]:
		return false
	case before.class == word && c.value(i-1) == "van" && thingly[fold(c.value(i-2))], endsLikeThing(fold(c.value(i))):
		return false
	case c.value(i-1) == "en" && (c.at(i-2).class == placeholder || c.at(i-2).class == word && c.at(i-2).shape != lower), c.value(i-1) == "en" && c.is(i-2, "-"):
		return false // the second half of a title: Rots en Water
	case c.glued(i+1) && c.is(i+1, "-/"), next.gap == blank && next.class == number:
		return false
	case next.class == word && next.shape == upper && next.gap == blank, next.class == word && next.lex.has(common) && next.shape != lower && !next.begins && next.gap == blank:
		return false
	}
	return true
}

// thingly are words before the name of something that is no person.
var thingly = words(strings.Fields("de het een 't deze dit geen elke ieder iedere welk welke in te uit op bij per via als " +
	"methode methodiek programma project training therapie cursus app website traject aanpak werkwijze model protocol " +
	"instrument vragenlijst module interventie medicijn medicatie merk team afdeling locatie wijk gebied regio zorggroep " +
	"instelling organisatie instantie opvang kliniek ggz jeugdzorg zie heet formulier product tabletten mg spreekt spreken " +
	"syndroom ziekte stoornis schaal lijst test theorie wet andere zoals taal vak groep klas versie fase stap the a an")...)

// talked are words that with "met" announce a person.
var talked = words(strings.Fields("gesprek gesprekken gesproken gebeld contact afspraak sprak praat gepraat overleg overlegd gemaild geappt")...)

func hasSurnameEnd(w string) bool {
	for _, end := range surnameEnds {
		if strings.HasSuffix(w, end) {
			return true
		}
	}
	return false
}

// thingEnds are ends of Dutch nouns for care, medicines and the like, which
// get a capital in names of departments and at the whim of writers.
var thingEnds = []string{
	"therapie", "iatrie", "logie", "ing", "heid", "schap", "teit", "zorg", "hulp", "isme", "plan", "team", "centrum",
	"dienst", "fonds", "protocol", "formulier", "systeem", "model", "methode", "methodiek", "verslag", "rapport", "kader",
	"norm", "lijst", "test", "schaal", "wijzer", "register", "structuur", "aanpak", "project", "programma", "netwerk", "overleg", "tafel", "kunde", "punt", "lijn", "groep", "wet", "beleid", "school", "kliniek", "gesprek", "training",
	"zepam", "pine", "pram", "idon", "fenidaat", "xon", "aat", "olol", "azol", "ine", "mine", "app",
}

func endsLikeThing(w string) bool {
	for _, end := range thingEnds {
		if hasEnd(w, end) {
			return true
		}
	}
	return false
}
