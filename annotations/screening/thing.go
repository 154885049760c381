package screening

import "strings"

// brandHere reports whether token i, a name that a brand has as well, is the
// brand: een bed van Auping, een bak Koopmans.
func (c *scan) brandHere(i int) bool {
	if !c.at(i).lex.has(thing | proper) {
		return false
	}
	before := c.value(i - 1)
	return c.at(i).gap == blank && (articles[before] || consumed[before]) || before == "van" && c.possessed(i-2)
}

// possessed reports whether token i, before "van", is an ordinary thing that
// a maker may have made, and nothing that people have, do or undergo.
func (c *scan) possessed(i int) bool {
	t := c.at(i)
	return t.class == word && t.shape == lower && !t.lex.has(role|title|firstName) && !owned[c.value(i)] && !roleEnds.of(c.value(i))
}

var articles = words("de", "het", "een", "'t", "deze", "dit", "geen", "die", "onze", "mijn", "zijn", "haar")

// amongThings reports whether token i is one of a row of which another is a
// thing, or stands behind a word that things stand behind: vla, Optimel en
// Vifit; hij kijkt Bluey.
func (c *scan) amongThings(i int) bool {
	before := c.value(i - 1)
	if consumed[before] || before == "naar" && (consumed[c.value(i-2)] || c.value(i-2) == "luistert" || c.value(i-2) == "luisterde") {
		return true
	}
	if adj := c.at(i - 1); adj.class == word && adj.shape == lower && adj.lex == 0 && strings.HasSuffix(before, "e") && articles[c.value(i-2)] && c.at(i+1).shape == lower && !c.verbOfPeople(i+1) {
		return true // een kapotte Tefal pan
	}
	if b := c.at(i - 2); before == "en" && b.class == word && b.shape == lower && b.lex == 0 && c.is(i-3, ",:") {
		return true // slaapzak, zaklamp en Deet
	}
	joined := before == "en" || before == "of" || c.is(i-1, ",/&")
	if joined && i > 1 && c.thing == i-1 && c.restOfName(i) == i {
		return true
	}
	next := c.restOfName(i) + 1
	if v := c.value(next); v == "en" || v == "of" || c.is(next, ",/&") {
		t := c.at(next + 1)
		return t.class == word && t.shape != lower && t.lex.has(thing) && !t.lex.has(anyName)
	}
	return c.isDose(next) || c.dosed(i) && !c.verbOfPeople(i+1)
}

// dosed reports whether the sentence tells a dose before token i.
func (c *scan) dosed(i int) bool {
	for j, n := i-1, 0; j > 0 && n < 12; j, n = j-1, n+1 {
		t := c.tokens[j]
		if c.tokens[j+1].gap == line || c.is(j, ".;!?") && !c.glued(j+1) {
			return false
		}
		if t.class == word && c.at(j-1).class == number && doses[c.value(j)] {
			return true
		}
	}
	return false
}

// isDose reports whether token i begins how much of a medicine is taken.
func (c *scan) isDose(i int) bool {
	if c.at(i).class == number {
		i++
		if c.is(i, ",.") {
			i += 2
		}
		return doses[c.value(i)]
	}
	return doses[c.value(i)]
}

// consumed are verbs and measures that things stand behind; doses stand
// behind medicines.
var (
	consumed = words(strings.Fields("leest las lezen kijkt keek kijken gamet gamen drinkt dronk drinken rookt roken slikt slikte slikken gebruikt gebruikte gebruiken draagt droeg " +
		"kocht koopt gekocht bak bakje fles flesje flessen pak pakje pakken zak zakje blik blikje blikjes doos doosje pot potje tube krat glas reep rol stuk merk type model " +
		"shampoo zeep zalf pleister batterijen luiers koffie thee bier wijn chips koekjes pannenkoeken sap frisdrank kaas brood router camera thermostaat laptop tablet fiets scooter jas schoenen pan matras kast lamp boek film serie spel liedje")...)
	doses = words(strings.Fields("mg ml mcg gram creme crème zalf tablet tabletten capsule capsules sachet druppels spray retard drank injectie pleister pleisters")...)
)

// isThing reports whether the capital of token i is that of an ordinary word.
func (c *scan) isThing(i int) bool {
	w := fold(c.value(i))
	return thingEnds.of(w) || isWord(w)
}

// allThings reports whether a would-be name from token i to token last is a
// thing: its end tells, or its first word is an ordinary one, and so is its
// last, as in Gebiedsgericht Werken.
func (c *scan) allThings(i, last int) bool {
	return thingEnds.of(fold(c.value(i))) || thingEnds.of(fold(c.value(last))) ||
		c.isThing(i) && (last == i || c.isThing(last))
}

// pleasures are labels behind which also a name that is listed is that of a
// book, a singer or a dog.
var pleasures = words(strings.Fields("muziek film films serie series spel spellen games boek boeken hond kat poes huisdier huisdieren idool artiest zanger zangeres tv televisie")...)

// thingly are words before the name of something that is no person.
var thingly = words(strings.Fields("de het een 't deze dit geen elke ieder iedere welk welke in te uit op bij per via als " +
	"methode methodiek programma project training therapie cursus app website traject aanpak werkwijze model protocol " +
	"instrument vragenlijst module interventie medicijn medicatie merk team afdeling locatie wijk gebied regio zorggroep " +
	"instelling organisatie instantie opvang kliniek ggz jeugdzorg zie heet formulier product tabletten mg " +
	"syndroom ziekte stoornis schaal lijst test theorie wet andere zoals taal vak groep klas versie fase stap the a an")...)

// thingEnds are ends of Dutch nouns for care, medicines and the like, which
// get a capital in names of departments and at the whim of writers.
var thingEnds = ends(
	"therapie", "iatrie", "logie", "ing", "heid", "schap", "teit", "zorg", "hulp", "isme", "plan", "team", "centrum",
	"dienst", "fonds", "protocol", "formulier", "systeem", "model", "methode", "methodiek", "verslag", "rapport", "kader",
	"norm", "lijst", "test", "schaal", "wijzer", "register", "structuur", "aanpak", "project", "programma", "netwerk", "overleg", "tafel", "kunde", "punt", "lijn", "groep", "wet", "beleid", "school", "kliniek", "gesprek", "training",
	"zepam", "fenidaat", "olol", "azol", "peridol", "tidine", "cilline", "app",
	"atie", "sessie", "functie", "stoornis", "gedrag", "bad", "werk", "thuis", "post", "loket", "pas", "kaart", "bank", "verzekering",
	"profen", "mycine", "statine", "gabaline", "sartan", "colon", "gerecht", "gesprekken", "regeling", "toeslag", "uitkering",
	"cursus", "les", "lessen", "studie", "toets", "examen", "diploma", "film", "serie", "spel", "boek", "krant", "bureau", "straf",
)

// namesThing reports whether the name that ends with token i is half of a word
// for a thing: Rutger Hauer-fonds, Vlaeminck-methode.
func (c *scan) namesThing(i int) bool {
	if !c.glued(i+1) || !c.is(i+1, "-") || !c.glued(i+2) {
		return false
	}
	t := c.at(i + 2)
	return t.class == word && t.shape == lower && !t.lex.has(role|particle) && t.end-t.start >= 4 && isWord(fold(c.value(i+2)))
}

// headsThing reports whether tokens i to last are a doubtful name and a word
// that is no name at all: Bonte Avond, Lieve Lijf.
func (c *scan) headsThing(i, last int) bool {
	return last == i+1 && !c.at(i).lex.has(firstName|surname) && !c.at(last).lex.has(anyName) && c.isThing(last)
}

// calledThing reports whether token i, before "heet", is a thing or an animal:
// de speeltuin heet Tarzan.
func (c *scan) calledThing(i int) bool {
	t := c.at(i)
	return t.class == word && t.shape == lower && t.lex == 0 && articles[fold(c.value(i-1))] && !roleEnds.of(c.value(i))
}
