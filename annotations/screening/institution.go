package screening

import "strings"

// institutionAt looks for schools and organisations by the word that tells
// them and the capital behind it: basisschool De Regenboog, stichting Het
// Anker, Bouwbedrijf Plomp BV. Organisations of the field that every file
// names, such as Veilig Thuis, are none.
func (c *scan) institutionAt(i int) {
	t := c.at(i)
	switch t.cue {
	case cueSchool:
		if t.shape == capital && fold(c.value(i)) == "brede" && c.at(i+1).cue != cueSchool {
			return // Brede Tafel
		}
		c.institution(i, School, "school")
	case cueCompany:
		c.institution(i, Organisation, "organisation")
		if c.value(i) == "VOF" {
			c.companyAt(i, i)
		}
	case cueCompanyEnd:
		c.companyAt(i, i)
	}
	if c.glued(i+1) && c.is(i+1, ".") && (c.value(i) == "B" || c.value(i) == "N") && c.value(i+2) == "V" && c.is(i+3, ".") {
		c.companyAt(i, i+3)
	}
	if t.cue == noCue && t.shape == capital && t.end-t.start > 9 {
		c.compoundSchoolAt(i)
	}
}

func (c *scan) institution(i int, kind Kind, rule string) {
	j := i + 1
	if c.is(j, "'’‘\"“„") && c.at(j).gap == blank && c.at(j+1).shape != lower {
		j++
	}
	last := c.properName(j)
	if last >= 0 && c.place(j) == last && c.placeSaysWhere(i) {
		return // politiebureau Utrecht: the town is found by itself
	}
	if last < 0 {
		// Montessori College, Het Anker School: the name stands before.
		if kind == School && c.at(i).shape == capital && c.at(i).gap == blank && c.isTitleWord(i-1) && !c.at(i-1).begins {
			first := i - 1
			for c.isTitleWord(first-1) && !c.at(first-1).begins && c.at(first).gap == blank {
				first--
			}
			if isArticle(c.value(first-1)) && c.at(first).gap == blank {
				first--
			}
			c.addTokens(kind, first, i, rule)
		}
		return
	}
	first := i
	for first > 0 && c.at(first).gap == blank && schoolKinds[fold(c.value(first-1))] {
		first-- // openbare basisschool De Vuurtoren
	}
	c.addTokens(kind, first, last, rule)
}

// properName reads the name of an institution from token j: an article, then
// words with a capital and what joins them. It returns the last token or -1.
func (c *scan) properName(j int) int {
	t := c.at(j)
	if t.class == none || t.gap == line {
		return -1
	}
	last := -1
	for n := 0; n < 6; n++ {
		t = c.at(j)
		switch {
		case t.gap == line || t.class == none:
			return last
		case t.class == symbol && c.is(j, "'’‘") && c.glued(j+1) && (c.value(j+1) == "t" || c.value(j+1) == "s"):
			j += 2
			continue
		case (c.isTitleWord(j) || last < 0 && t.class == word && t.shape == capital && titleWords[c.value(j)] && c.at(j+1).shape == capital && c.at(j+1).gap == blank || c.value(j) == "Sint") && (last >= 0 || !t.begins || t.gap == glued || c.value(j-1) == "t"):
			last = j
		case last < 0 && t.class == word && t.shape == capital && (isArticle(c.value(j)) || t.lex.has(particle) && t.gap == blank || t.cue == cueCompany):
		case last < 0 && t.class == word && t.shape == lower && t.lex.has(particle) && c.at(j-1).shape == capital && c.at(j-1).lex.has(particle): // Van der Aalst
		case last >= 0 && t.class == word && (t.lex.has(particle) && !joints[c.value(j)] && c.value(j) != "te" || c.value(j) == "en") && t.gap == blank:
		case last >= 0 && t.class == symbol && c.is(j, "-&") && (t.gap == glued || c.is(j, "&")):
		default:
			return c.legalForm(last)
		}
		j++
	}
	return c.legalForm(last)
}

// titleWords are ordinary words that begin the names of clubs and schools.
var titleWords = words("Ons", "Onze", "Were", "Samen", "Eigen", "Eerste", "Nieuw", "Nieuwe", "Goede", "Oude", "Sterk", "Vrije", "Beide", "Alle", "Twee", "Drie", "Vier", "Zes", "Zeven", "Thuis", "Dag", "Boven", "Onder", "Het", "De", "Door")

// legalForm returns the end of a name at token last with what may stand
// behind it: B.V., BV, en Zn., & Zonen.
func (c *scan) legalForm(last int) int {
	if last < 0 {
		return last
	}
	j := last + 1
	if joined := c.value(j) == "en" || c.is(j, "&"); joined && c.at(j).gap == blank {
		switch c.value(j + 1) {
		case "Zn":
			last = j + 1
			if c.glued(j+2) && c.is(j+2, ".") {
				last = j + 2
			}
		case "Zonen", "zonen", "Co":
			last = j + 1
		}
		j = last + 1
	}
	t := c.at(j)
	switch {
	case t.gap == blank && (t.cue == cueCompanyEnd || c.value(j) == "VOF") && t.shape == upper:
		return j
	case t.gap == blank && (c.value(j) == "B" || c.value(j) == "N") && c.is(j+1, ".") && c.value(j+2) == "V" && c.is(j+3, "."):
		return j + 3
	}
	return last
}

// schoolKinds stand before the word for a school.
var schoolKinds = words(strings.Fields("openbare christelijke katholieke rooms protestants bijzondere islamitische hervormde gereformeerde " +
	"oecumenische joodse hindoe algemene algemeen vrije brede openbaar stedelijk speciale particuliere lokale plaatselijke")...)

// companyEnds end words for what a company, club or church is, of which no
// list can have all: klussenbedrijf, kinderfysiotherapiepraktijk.
var companyEnds = ends(
	"bedrijf", "praktijk", "vereniging", "genootschap", "kerk", "moskee", "bureau", "club", "salon", "handel", "winkel", "zaak",
	"kantoor", "fabriek", "stichting", "kwekerij", "boerderij", "makelaars", "makelaardij", "slagerij", "bakkerij", "gemeenschap",
	"kliniek", "koor", "orkest", "hoeve", "groothandel", "opvang", "instelling", "restaurant", "centrum", "boetiek", "kapper",
	"studio", "atelier", "theater", "bioscoop", "camping", "manege", "rederij", "garage", "fysiotherapie", "tandarts", "psychologie", "schilders", "vervoer", "catering", "hostel", "hotel", "huis", "school", "college", "onderneming",
)

// compoundAt looks for an institution behind a word of token i that no list
// has, by the end of that word.
func (c *scan) compoundAt(i int) {
	next := c.at(i + 1)
	if next.class != word || next.gap != blank || next.shape == lower || next.begins {
		return
	}
	if !companyEnds.of(c.value(i)) {
		return
	}
	last := c.properName(i + 1)
	if last < 0 || c.place(i+1) == last || c.isAddress(i+1) {
		return
	}
	c.addTokens(Organisation, i, last, "organisation")
}

// placeSaysWhere reports whether a town behind the word of token i only says
// where it is: ziekenhuis Utrecht, gemeente.
func (c *scan) placeSaysWhere(i int) bool {
	switch fold(c.value(i)) {
	case "ziekenhuis", "universiteit", "hogeschool", "hotel", "winkel", "school", "kliniek", "buurthuis", "ggz", "wijkcentrum", "opvanghuis", "blijfhuis":
		return true
	}
	return false
}

// employerAt looks for the employer behind "werkt bij": a capital that is
// neither a person nor a body that every file names.
func (c *scan) employerAt(i int) {
	if c.value(i-1) != "bij" || !employed[fold(c.value(i-2))] && !(employed[fold(c.value(i-3))] && c.at(i-2).shape == lower) {
		return
	}
	t := c.at(i)
	if t.gap != blank || t.lex.has(firstName|title|role) || c.place(i) >= 0 {
		return
	}
	if last := c.properName(i); last >= 0 && !c.at(last).lex.has(surname) {
		c.addTokens(Organisation, i, last, "employer")
	}
}

// employed are words before "bij" and an employer.
var employed = words(strings.Fields("werkt werkte werkzaam werken gewerkt dienst baan stage monteur chauffeur verkoper verkoopster kassiere kassier " +
	"magazijnmedewerker medewerker schoonmaker schoonmaakster uitzendkracht leerling-monteur vakkenvuller bezorger kok lasser inpakker orderpicker timmerman")...)

func isArticle(w string) bool {
	return w == "De" || w == "Het" || w == "Den" || w == "La" || w == "El" || w == "Al"
}

// isTitleWord reports whether token i is a word with a capital that may be
// the name of an institution.
func (c *scan) isTitleWord(i int) bool {
	t := c.at(i)
	return t.class == word && (t.shape == capital || t.shape == mixed || t.shape == upper && t.end-t.start > 4) &&
		!t.lex.has(common|month|title|role) && (t.cue == noCue || t.cue == cueStreet || t.cue == cueAddress || t.cue == cueGreeting || t.lex.has(anyName)) &&
		!c.listed(i, c.terms)
}

// companyAt reads the name before BV, N.V. or VOF, which is the tokens i to
// last.
func (c *scan) companyAt(i, last int) {
	t := c.at(i)
	if t.shape != upper || t.gap != blank {
		return
	}
	first := i
	for j := i - 1; j >= 0 && j > i-5 && c.at(j+1).gap == blank; j-- {
		if !c.isTitleWord(j) && c.at(j).cue != cueCompany && !c.is(j, "&") && c.value(j) != "en" {
			break
		}
		if c.at(j).shape != lower {
			first = j
		}
	}
	if first < i {
		c.addTokens(Organisation, first, last, "organisation")
	}
}

// schoolEnds tell a school by the end of its name: De Regenboogschool.
var schoolEnds = ends("school", "college", "lyceum", "gymnasium")

// plainSchools are kinds of school and no names.
var plainSchools = words(
	"Basisschool", "Middelbareschool", "Hogeschool", "Brugklasschool", "Muziekschool", "Dansschool", "Zwemschool", "Rijschool",
	"Taalschool", "Peuterschool", "Kleuterschool", "Voorschool", "Lagereschool", "Zondagsschool", "Koranschool", "Avondschool", "Weekendschool",
	"Sportschool", "Praktijkschool", "Politieschool", "Kostschool", "Dagschool", "Montessorischool", "Daltonschool", "Jenaplanschool", "Vrijeschool",
)

func (c *scan) compoundSchoolAt(i int) {
	if w := c.value(i); plainSchools[w] || !schoolEnds.of(w) {
		return
	}
	first := i
	if isArticle(c.value(i-1)) && c.at(i).gap == blank {
		first--
	} else if c.at(i).begins {
		return
	}
	c.addTokens(School, first, i, "school")
}
