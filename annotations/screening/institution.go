package screening

// institutionAt looks for schools and organisations by the word that tells
// them and the capital behind it: basisschool De Regenboog, stichting Het
// Anker, Bouwbedrijf Plomp BV. Organisations of the field that every file
// names, such as Veilig Thuis, are none.
func (c *scan) institutionAt(i int) {
	t := c.at(i)
	switch t.cue {
	case cueSchool:
		c.institution(i, School, "school")
	case cueCompany:
		c.institution(i, Organisation, "organisation")
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
	if last < 0 {
		// Montessori College, Het Anker School: the name stands before.
		if kind == School && c.at(i).shape == capital && c.at(i).gap == blank && c.isTitleWord(i-1) && !c.at(i-1).begins {
			first := i - 1
			for c.isTitleWord(first-1) && !c.at(first-1).begins && c.at(first).gap == blank {
				first--
			}
			c.addTokens(kind, first, i, rule)
		}
		return
	}
	// Short forms in small letters are often something else: vv, bso, fc.
	c.addTokens(kind, i, last, rule)
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
		case (c.isTitleWord(j) || c.value(j) == "Sint") && (last >= 0 || !t.begins || t.gap == glued || c.value(j-1) == "t"):
			last = j
		case last < 0 && t.class == word && t.shape == capital && isArticle(c.value(j)):
		case last >= 0 && t.class == word && (t.lex.has(particle) || c.value(j) == "en") && t.gap == blank:
		case last >= 0 && t.class == symbol && c.is(j, "-&") && (t.gap == glued || c.is(j, "&")):
		default:
			return last
		}
		j++
	}
	return last
}

func isArticle(w string) bool {
	return w == "De" || w == "Het" || w == "Den" || w == "La" || w == "El" || w == "Al"
}

// isTitleWord reports whether token i is a word with a capital that may be
// the name of an institution.
func (c *scan) isTitleWord(i int) bool {
	t := c.at(i)
	return t.class == word && (t.shape == capital || t.shape == mixed || t.shape == upper && t.end-t.start > 4) &&
		!t.lex.has(common|month|title|role) && (t.cue == noCue || t.lex.has(anyName)) &&
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
var schoolEnds = []string{"school", "college", "lyceum", "gymnasium"}

// plainSchools are kinds of school and no names.
var plainSchools = words(
	"Basisschool", "Middelbareschool", "Hogeschool", "Brugklasschool", "Muziekschool", "Dansschool", "Zwemschool", "Rijschool",
	"Taalschool", "Peuterschool", "Kleuterschool", "Voorschool", "Lagereschool", "Zondagsschool", "Koranschool", "Avondschool", "Weekendschool",
	"Sportschool", "Praktijkschool", "Politieschool", "Kostschool", "Dagschool", "Montessorischool", "Daltonschool", "Jenaplanschool", "Vrijeschool",
)

func (c *scan) compoundSchoolAt(i int) {
	w := c.value(i)
	if plainSchools[w] {
		return
	}
	for _, end := range schoolEnds {
		if !hasEnd(w, end) {
			continue
		}
		first := i
		if isArticle(c.value(i-1)) && c.at(i).gap == blank {
			first--
		} else if c.at(i).begins {
			return
		}
		c.addTokens(School, first, i, "school")
		return
	}
}
