package screening

import "strings"

// anyName are the traits of words that may be part of a name.
const anyName = firstName | firstOrWord | surname | surnameOrWord

// nameAt looks for the name of a person that begins at token i. From strong
// to weak it believes a project list, a title (mevrouw El Amrani), initials
// (A.B. de Vries), a first name of the list, a role (zoon Kevin) or label
// (naam: ...), and a surname of the list. Where a capital says nothing, as at
// the start of a sentence, a word that is also an ordinary one is no name.
func (c *scan) nameAt(i int) {
	if i < c.named {
		return
	}
	t := c.at(i)
	if t.lex.has(thingHead) {
		if last := c.phrase(c.lex.things, i); last >= 0 {
			c.named, c.guessed, c.thing = last+1, true, last+1
			return
		}
	}
	if t.shape != lower && t.lex.has(thing|common) && !t.lex.has(anyName) && !t.begins {
		c.thing = i + 1
	}
	switch {
	case (c.names != nil || len(c.hashed) > 0) && c.isProjectName(i):
		c.takeName(i, max(i, c.restOfName(i)), "name-project")
	case t.lex.has(title) && c.titledAt(i):
	case (t.shape == upper && t.end-t.start <= 3 || c.isInitial(i)) && c.initialsAt(i):
	case t.lex.has(nameLabel) && c.labelledNameAt(i):
	case t.lex.has(role) && c.roleAt(i):
	case (t.cue == cueGreeting || t.cue == cueClosing) && c.greetedAt(i):
	case i < c.placed && !t.lex.has(firstName):
	case t.lex.has(particle) && c.particleAt(i):
	case t.shape == lower:
		if t.lex.has(firstName) && t.end-t.start >= 4 && personal[c.value(i+1)] {
			c.takeName(i, i, "name-first") // kevin zegt
		}
	case t.lex.has(firstName|firstOrWord) && c.firstNameAt(i):
	case t.lex.has(surname|surnameOrWord) && c.surnameAt(i):
	default:
		c.unknownAt(i)
	}
}

// takeName adds a name and remembers where it ends.
func (c *scan) takeName(first, last int, rule string) bool {
	c.addTokens(Name, first, last, rule)
	c.named, c.guessed = last+1, false
	return true
}

// titledAt reads what follows a title.
func (c *scan) titledAt(i int) bool {
	j := i + 1
	for j < i+9 {
		switch t := c.at(j); {
		case t.gap == glued && c.is(j, "/"), t.gap == glued && c.is(j, ".") && c.at(j-1).lex.has(abbreviation):
			j++
			continue
		case t.class == word && t.lex.has(title) && t.gap != line:
			j++
			continue
		}
		break
	}
	if t := c.at(j); t.gap == line && t.begins {
		return false
	}
	if last := c.nameFrom(j, true); last >= 0 {
		return c.takeName(j, last, "name-title")
	}
	// mevr. jansen: quick notes leave the capital out.
	if t := c.at(j); t.shape == lower && t.lex.has(surname|firstName) && t.gap == blank {
		return c.takeName(j, j, "name-title")
	}
	return false
}

// notInitials are short forms that look like initials.
var notInitials = map[string]bool{
	"NB": true, "PS": true, "BV": true, "NV": true, "VN": true, "US": true, "UK": true, "EU": true, "TV": true, "DD": true,
}

// lettered are words that a single letter follows without being an initial.
var lettered = map[string]bool{
	"plan": true, "optie": true, "klas": true, "groep": true, "bijlage": true, "deel": true, "vitamine": true, "hepatitis": true,
	"punt": true, "variant": true, "scenario": true, "type": true, "categorie": true, "blok": true, "locatie": true,
	"gebouw": true, "kamer": true, "lokaal": true, "team": true, "afdeling": true, "stap": true, "fase": true, "model": true,
	"route": true, "cluster": true, "sub": true, "onderdeel": true, "vraag": true, "artikel": true, "lid": true, "ouder": true,
	"kind": true, "fenomeen": true, "formulier": true, "ruimte": true, "vleugel": true, "instantie": true, "school": true,
}

// initialsAt reads one or more initials with a surname behind them.
func (c *scan) initialsAt(i int) bool {
	j, n := i, 0
	for n < maxInitials && c.isInitial(j) && (j == i || c.at(j).gap != line) {
		n++
		j += 2
		if c.glued(j) && c.is(j, "-") { // J.-P.
			j++
		}
	}
	if c.glued(i) && (!c.is(i-1, "(\"'‘“[/-:") || c.glued(i-1) && c.at(i-2).class == number) { // 7741-B.
		return false
	}
	next := c.at(j)
	if next.gap == line && n == 0 {
		return false
	}
	if n == 0 {
		// J Jansen, JP de Vries: only with a surname of the list.
		if v := c.value(i); v == "U" || v == "O" || c.at(i).lex != 0 || !c.isSurname(i+1) && !c.particleSurname(i+1) {
			return false
		}
		if c.at(i).begins && c.size(i) > 1 || notInitials[c.value(i)] {
			return false
		}
		if last := c.nameFrom(i+1, false); last >= 0 {
			return c.takeName(i, last, "name-initials")
		}
		return false
	}
	last := c.nameFrom(j, n > 1)
	if last < 0 && n > 1 && next.class == word && next.shape == capital && next.gap == blank && next.lex&^(common|proper|particle) == 0 && next.cue == noCue {
		last = c.restOfName(j) // W.A. Los
	}
	if last < 0 || n == 1 && next.gap == line {
		return false
	}
	known := next.lex.has(surname|surnameOrWord) || next.lex.has(particle) && next.shape == lower || last > j && c.at(last).lex.has(surname|surnameOrWord)
	before := c.at(i - 1)
	switch {
	case n == 1 && c.at(i).begins && !known && !(c.is(last+1, ",") && !thingEnds.of(fold(c.value(last)))): // A. Veiligheid is a heading
		return false
	case n == 1 && !known && before.class == number && c.at(i).gap == blank: // Nieuwe Gracht 12 A. Zij
		return false
	case n == 1 && before.class == word && before.shape == lower && lettered[c.value(i-1)] && c.at(i).gap != line:
		return false
	case n == 2 && notInitials[c.value(i)+c.value(i+2)]:
		return false
	}
	return c.takeName(i, last, "name-initials")
}

// isInitial reports whether token i is an initial with its full stop.
func (c *scan) isInitial(i int) bool {
	t := c.at(i)
	if t.class != word || !c.glued(i+1) || !c.is(i+1, ".") {
		return false
	}
	if t.shape == upper && (t.end-t.start == 1 || c.size(i) == 2 && c.text[t.start] >= 0x80) {
		return true
	}
	switch c.value(i) {
	case "Th", "Ch", "Chr", "Ph", "Fr", "Joh", "IJ", "Sj", "Tj", "Jac", "Wm":
		return true
	}
	return false
}

// firstNameAt reads a first name of the list and what follows it.
func (c *scan) firstNameAt(i int) bool {
	t := c.at(i)
	if t.shape == upper && (t.end-t.start < 4 || !t.lex.has(firstName)) || c.listed(i, c.terms) {
		return false
	}
	before := i - 1
	if c.glued(i) && c.is(before, ".-") {
		before--
	}
	if v := c.value(before); v == "Sint" || v == "St" {
		return false
	}
	if next := c.value(i + 1); next == "Heijn" && c.value(i) == "Albert" {
		c.named = i + 2
		return true
	}
	last := c.restOfName(i)
	if c.namesThing(last) || c.headsThing(i, last) || last == i && (c.brandHere(i) || c.is(i-1, ":") && pleasures[fold(c.value(i-2))]) {
		c.thing = last + 1
		return false
	}
	sure := t.lex.has(firstName) && !t.lex.has(common) ||
		!t.begins && !t.lex.has(common) ||
		c.isSurname(i+1) || c.particleSurname(i+1) ||
		last == i+1 && c.at(last).shape == capital ||
		c.glued(i+1) && c.is(i+1, "-") && c.glued(i+2) && c.at(i+2).lex.has(firstName|firstOrWord) ||
		personal[c.value(i+1)] || !t.lex.has(common) && last == i && c.value(i+1) != "en" && c.verbOfPeople(i+1)
	if !sure {
		return false
	}
	return c.takeName(i, last, "name-first")
}

// surnameAt reads a surname of the list that stands alone.
func (c *scan) surnameAt(i int) bool {
	t := c.at(i)
	switch {
	case t.shape == upper && (t.end-t.start < 5 || !t.lex.has(surname)), c.listed(i, c.terms):
		return false
	case c.brandHere(i) && !c.particleSurname(i+1):
		c.thing = i + 1
		return false
	case t.lex.has(surname) && !t.lex.has(common):
	case t.begins || t.lex.has(common) || t.lex.has(placeHead|placeOrWord):
		return false
	case t.lex.has(proper) && c.is(i-1, ":"):
		c.unknownValue(i)
		return c.named > i
	case t.lex.has(proper) && (c.amongThings(i) || !c.addressed(i) && !c.maybePerson(i)):
		return false
	default:
		switch c.value(i - 1) {
		case "een", "het", "geen", "deze", "die", "'t":
			return false
		}
	}
	last := c.restOfName(i)
	if c.namesThing(last) || c.headsThing(i, last) {
		return false
	}
	return c.takeName(i, last, "name-surname")
}

// particleAt reads a surname with its particles, such as "van der Plomp".
func (c *scan) particleAt(i int) bool {
	if next := c.at(i + 1); next.class == word && next.shape == lower && !next.lex.has(particle) {
		return false // nearly always
	}
	j := c.particles(i)
	if j == i || c.place(i) >= 0 || c.place(j-1) >= 0 {
		return false
	}
	t := c.at(j)
	if t.lex.has(thingHead) && c.phrase(c.lex.things, j) >= 0 || // de Efteling
		c.value(i) == "te" && t.lex.has(proper) && t.lex&^hamlet == 0 { // geboren te Notsel
		return false
	}
	if !c.isProper(j) || t.begins || joints[c.value(i)] {
		return false
	}
	strong := j-i > 1 || c.at(i).shape != lower && (c.value(i) == "El" || c.value(i) == "Ait" || c.value(i) == "Aït")
	switch v := c.value(i); v {
	case "ter", "ten", "el":
		strong = true
	}
	isPlace := c.place(j) >= 0 && j-i < 2
	if c.value(i) == "van" && j-i == 1 && c.brandHere(j) {
		return false
	}
	switch {
	case c.namesThing(c.restOfName(j)):
		return false
	case t.lex.has(surname|surnameOrWord) && !isPlace && !c.ordinary(j, j-i > 1):
	case strong && !isPlace && !t.lex.has(common) && !c.at(i).begins && t.shape == capital && c.value(j-1) != "de" && c.value(j-1) != "het":
	default:
		return false
	}
	return c.takeName(i, c.restOfName(j), "name-surname")
}

// roleAt reads a name behind a word for a person: zoon Kevin, familie Bakker.
func (c *scan) roleAt(i int) bool {
	j := i + 1
	t := c.at(j)
	if c.glued(j) && c.is(j, ":") {
		return c.roleLabelAt(j + 1)
	}
	if c.glued(j) && c.is(j, ".") && c.at(i).lex.has(abbreviation) {
		j, t = j+1, c.at(j+1) // echtg. Kevin
	}
	if t.gap == blank && c.apostrophe(j) { // oma 't Hart
		return c.takeName(j, c.restOfName(j+2), "name-role")
	}
	if t.gap != blank || t.class != word {
		return false
	}
	switch {
	case t.shape == lower && t.lex.has(firstName) && t.end-t.start >= 4:
		return c.takeName(j, j, "name-role")
	case t.shape == upper, t.begins, t.lex.has(common) && !t.lex.has(particle), t.lex.has(placeHead) && !t.lex.has(anyName|particle):
		return false
	case strings.HasPrefix(c.value(i), "hee") && c.calledThing(i-1) && !t.lex.has(firstName): // de hond heet Boef
		return false
	case t.shape == lower && joints[c.value(j)] && !c.at(c.particles(j)).lex.has(surname|surnameOrWord): // kinderarts in het Juliana
		return false
	case t.shape == lower && c.shortParticles(j) > 0:
	case t.shape == lower && !t.lex.has(particle):
		return false
	case t.shape == lower && !c.particleSurname(j):
		// advocaat heet van Trigt
		k := c.particles(j)
		if c.value(j) != "van" || k != j+1 || !c.isProper(k) || c.at(k).begins || c.at(k).lex.has(common|placeHead|placeOrWord|title) || c.isThing(k) {
			return false
		}
		return c.takeName(j, c.restOfName(k), "name-role")
	}
	if last := c.nameFrom(j, false); last >= 0 {
		return c.takeName(j, last, "name-role")
	}
	return false
}

// roleEnds end words for people that no list has all: netwerkpleeggezin.
var roleEnds = ends(
	"gezin", "vader", "moeder", "broer", "zus", "oom", "tante", "ouder", "vriend", "vriendin", "begeleider", "begeleidster", "werker", "werkster",
	"consulent", "therapeut", "arts", "medewerker", "medewerkster", "coach", "leider", "leidster", "meester", "voogd", "regisseur", "behandelaar",
	"deskundige", "kundige", "coördinator", "adviseur", "manager", "agent", "wacht", "buurman", "buurvrouw", "genoot", "trainer", "docent", "loog",
)

// roleLabelAt reads a name at token j behind a role with a colon, as in
// "Vader: Kevin". A word that no list has is one only when it is the whole
// value, for the role may have anything else behind it: "Vader: Ontkent".
func (c *scan) roleLabelAt(j int) bool {
	if c.at(j).gap == line {
		return false
	}
	last := c.nameFrom(j, false)
	if last < 0 {
		return false
	}
	first := c.particles(j)
	t, next := c.at(first), c.at(last+1)
	known := t.lex.has(firstName|surname) || c.isInitial(j) || last > first && c.at(last).lex.has(anyName) || first > j+1
	whole := next.class == none || next.gap == line || c.is(last+1, ",;/(|")
	if !known && (!whole || last > first+1 || thingEnds.of(fold(c.value(last)))) {
		return false
	}
	return c.takeName(j, last, "name-role")
}

// greetedAt reads a name behind a greeting or at the foot of a letter: Beste
// Kevin; Groetjes van Kevin; Hoogachtend, and the name on the next line.
func (c *scan) greetedAt(i int) bool {
	j := i + 1
	closing := c.at(i).cue == cueClosing
	if before := c.at(i - 1); !closing && before.class == word && before.shape == lower && c.at(i).gap == blank && !c.at(j).lex.has(anyName) {
		return false // Bopper en Lieve Lijf
	}
	if closing && c.at(j).cue == cueClosing { // vriendelijke groet
		j++
	}
	ended := false // with a full stop, which may be that of a sentence
	if closing && c.is(j, ",.!:") {
		ended = c.is(j, ".")
		j++
	} else if closing && c.value(j) == "van" {
		j++
	}
	t := c.at(j)
	if t.class != word || t.shape == lower && !t.lex.has(particle) || t.gap == line && !closing || t.lex.has(title|role) && !t.lex.has(anyName) {
		return false
	}
	first := j
	for c.isInitial(first) {
		first += 2
	}
	first = c.particles(first)
	if !c.isProper(first) || c.at(first).lex.has(common) || c.at(first).gap == line && first > j || c.place(first) >= 0 && !c.at(first).lex.has(anyName) {
		return false
	}
	if ended && t.gap != line && !c.at(first).lex.has(anyName) {
		return false
	}
	last := c.restOfName(first)
	if !c.at(first).lex.has(anyName) && thingEnds.of(fold(c.value(last))) {
		return false
	}
	return c.takeName(j, last, "name-greeting")
}

// plainLabels need no colon: Achternaam Bakker voornaam Kevin.
var plainLabels = words("achternaam", "voornaam", "voornamen", "geslachtsnaam", "meisjesnaam", "familienaam", "roepnaam")

// labelledNameAt reads the value of a field such as "Achternaam:".
func (c *scan) labelledNameAt(i int) bool {
	j := i + 1
	for c.is(j, ":()/") || c.at(j).class == word && c.at(j).shape == lower && j < i+4 && c.is(j+1, "):") {
		j++
	}
	bare := j == i+1 && !strings.Contains(c.text[c.at(i).end:c.at(j).start], "\t") && !plainLabels[fold(c.value(i))]
	if bare || c.at(j).gap == line {
		return false
	}
	if last := c.nameFrom(j, true); last >= 0 {
		return c.takeName(j, last, "name-label")
	}
	return false
}
