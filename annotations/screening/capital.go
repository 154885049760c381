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
		c.unknownFirst(i)
	case c.is(i-1, ":") || c.at(i-1).class == number && t.gap == blank:
		c.unknownValue(i)
	case i > 1 && c.named == i-1 && !c.guessed && (c.value(i-1) == "en" || c.value(i-1) == "of" || c.is(i-1, ",/&")):
		c.takeName(i, c.restOfName(i), "name-enumeration")
	case c.value(i-1) == "met" && talked[c.value(i-2)]:
		c.takeName(i, c.restOfName(i), "name-talk")
	case t.end-t.start >= 6 && hasSurnameEnd(fold(c.value(i))):
		c.takeName(i, c.restOfName(i), "name-surname")
	case c.maybePerson(i):
		if last := c.restOfName(i); !c.allThings(i, last) {
			c.takeName(i, last, "name-capital")
			c.guessed = true
		}
	}
}

// isThing reports whether the capital of token i is that of an ordinary word.
func (c *scan) isThing(i int) bool {
	w := fold(c.value(i))
	return endsLikeThing(w) || isWord(w)
}

// allThings reports whether a would-be name from token i to token last is a
// thing: its end tells, or its first word is an ordinary one, and so is its
// last, as in Gebiedsgericht Werken.
func (c *scan) allThings(i, last int) bool {
	return endsLikeThing(fold(c.value(i))) || endsLikeThing(fold(c.value(last))) ||
		c.isThing(i) && (last == i || c.isThing(last))
}

// unknownFirst reads an unknown capital at the start of a sentence or line,
// where any word has one: a verb that people have, the rest of a name, or the
// end of the line tells.
func (c *scan) unknownFirst(i int) {
	next := c.at(i + 1)
	verb := c.verbOfPeople(i + 1)
	if !verb && next.class == word && next.shape == lower && next.gap == blank && !next.lex.has(particle) {
		return // nearly always
	}
	last := c.restOfName(i)
	verb = verb && last == i
	next = c.at(last + 1)
	listed := last > i && c.is(last+1, ",(|") // Riekje Karaman, jeugdbeschermer
	alone := c.at(i).gap == line && (next.class == none || next.gap == line) && (last > i || c.at(i).end-c.at(i).start >= 4)
	switch {
	case !verb && !listed && !alone, last > i+4, c.at(i).end-c.at(i).start < 3, c.at(i).lex != 0 && !c.at(i).lex.has(anyName), c.at(i).cue != noCue:
	case c.isThing(i), c.allThings(i, last), alone && last > i && !c.at(last).lex.has(anyName) && c.isThing(last):
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
	verb := last == i && c.verbOfPeople(i+1)
	ends := next.class == none || next.gap == line || c.is(last+1, ",;(|/") || c.value(last+1) == "en" || next.class == number && c.is(i-1, ":")
	if c.at(i-1).class == number && last == i && !verb {
		return
	}
	if !verb && !ends && last == i || c.at(i).end-c.at(i).start < 3 || c.allThings(i, last) {
		return
	}
	c.takeName(i, last, "name-label")
}

// verbOfPeople reports whether token i is a verb that stands behind a name.
func (c *scan) verbOfPeople(i int) bool {
	t := c.at(i)
	return t.class == word && t.shape == lower && t.gap == blank && (personal[c.value(i)] || auxiliary[c.value(i)])
}

// auxiliary are verbs that stand behind a name more often than behind
// another word that no list and no dictionary has.
var auxiliary = words(strings.Fields("is was heeft had wil kan mag moet zal zou gaat ging komt kwam zit zat doet deed loopt liep krijgt kreeg wordt werd " +
	"rent speelt valt viel staat stond ligt lag blijft bleef helpt hielp eet at drinkt kijkt keek luistert reageert lijkt leek meldt meldde " +
	"voetbalt fietst tekent lacht schreeuwt slaat sloeg duwt duwde dreigt dreigde vertrekt vertrok arriveert arriveerde belooft ontkent gebruikt " +
	"werkt werkte leert leerde logeert verhuist verhuisde vertrouwt schrijft schreef weet wist zoekt zocht neemt nam maakt maakte haalt haalde " +
	"brengt bracht voelt voelde schrikt schrok stuurt stuurde zag hoort hoorde mist miste houdt hield en")...)

// maybePerson reports whether an unknown capital in the middle of a sentence
// may be a person. Methods, wards and houses have an article or a word for
// what they are before them, and a capital of their own beside them; people
// have not.
func (c *scan) maybePerson(i int) bool {
	t, before, next := c.at(i), c.at(i-1), c.at(i+1)
	switch {
	case c.value(i-1) == "volgens", c.value(i-1) == "van" && !c.at(i-2).lex.has(role|firstName|title) && !owned[c.value(i-2)]:
		// an unknown capital that is the owner or maker of something is a
		// brand or a method far more often than a person
		return false
	case t.end-t.start < 3, t.gap == line, t.gap == glued && !c.is(i-1, "("), t.cue != noCue, before.class == symbol && !c.is(i-1, ",(&"), before.class == number:
		return false
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

// owned are things that people have, do or undergo: het bezoek van Riekje.
var owned = words(strings.Fields("ouders bezoek toezicht komst verzoek gedrag leeftijd verhaal verklaring mening telefoon mobiel nummer kamer woning huis auto " +
	"aangifte melding dossier spullen kleding kinderen zoontje dochtertje zusje broertje familie gezicht hand arm lichaam veiligheid ontwikkeling " +
	"opvoeding zorgen wens wensen vraag angst boosheid verdriet stem woorden uitspraken behandeling therapie begeleider mentor klas juf verjaardag " +
	"account profiel bericht berichten appje brief tekening vader moeder oma opa zus broer vriend vriendin namens aanwezigheid vertrek gezag")...)

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
	"atie", "sessie", "functie", "stoornis", "gedrag", "bad", "werk", "thuis", "post", "loket", "pas", "kaart", "bank", "verzekering",
	"profen", "mycine", "statine", "gabaline", "sartan", "colon", "gerecht", "gesprekken", "regeling", "toeslag", "uitkering",
	"cursus", "les", "lessen", "studie", "toets", "examen", "diploma", "film", "serie", "spel", "boek", "krant", "bureau", "straf",
}

func endsLikeThing(w string) bool {
	for _, end := range thingEnds {
		if hasEnd(w, end) {
			return true
		}
	}
	return false
}
