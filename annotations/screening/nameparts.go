package screening

// A name has at most so many words, and so many initials.
const (
	maxNameWords = 7
	maxInitials  = 8
)

// isProper reports whether token i may be part of a name: a word with a
// capital that is not known to be something else.
func (c *scan) isProper(i int) bool {
	t := c.at(i)
	if t.class != word || t.shape == lower || t.shape == upper && t.end-t.start < 3 {
		return false
	}
	if c.listed(i, c.terms) {
		return false
	}
	return t.lex.has(anyName) || !t.lex.has(common|month|title|role) && t.cue == noCue && t.end-t.start > 1
}

// isSurname reports whether token i is a surname of the list on the same line
// as the token before it.
func (c *scan) isSurname(i int) bool {
	t := c.at(i)
	return t.class == word && t.shape != lower && t.gap == blank && !t.begins &&
		t.lex.has(surname|surnameOrWord) && !t.lex.has(common)
}

// particleSurname reports whether particles and a name begin at token i: a
// surname of the list, or any name behind two particles.
func (c *scan) particleSurname(i int) bool {
	if c.at(i).gap != blank {
		return false
	}
	j := c.particles(i)
	if j == i || !c.isProper(j) || c.at(j).begins || c.ordinary(j, j > i+1) {
		return false
	}
	return c.at(j).lex.has(surname|surnameOrWord) || j-i > 1 && c.value(j-1) != "de" && !c.at(j).lex.has(placeHead) || c.value(i) == "El" || c.value(i) == "el" || c.value(i) == "ter" || c.value(i) == "ten"
}

// joints are particles that need an article behind them, for alone they are
// prepositions: in 't Veld, op den Berg.
var joints = map[string]bool{"in": true, "op": true, "aan": true, "uit": true, "bij": true, "onder": true, "over": true}

// particles returns the token behind the particles that begin at token i; i
// when there are none.
func (c *scan) particles(i int) int {
	j := i
	if n := c.shortParticles(i); n > 0 {
		return i + n
	}
	for j < i+3 {
		t := c.at(j)
		step := 1
		switch {
		case t.class == symbol && c.is(j, "'’‘") && c.glued(j+1) && (c.value(j+1) == "t" || c.value(j+1) == "s") && (j > i || c.apostrophe(j)):
			step = 2 // van 't
		case t.class != word || !t.lex.has(particle) || t.shape == upper && t.end-t.start > 1 && !c.loud(j+1):
			return j
		case j > i && t.gap != blank:
			return j
		case c.glued(j+1) && c.is(j+1, "-") && c.glued(j+2) && (t.shape == capital || j > i):
			step = 2 // Al-Hassani
		case joints[fold(c.value(j))]:
			after := c.value(j + 1)
			if t.shape != lower { // In 't Veld, In De Bongerd
				after = fold(after)
			}
			if after != "de" && after != "den" && after != "der" && after != "het" && !c.is(j+1, "'’‘") {
				return j
			}
		}
		j += step
	}
	return j
}

// shortParticles returns how many tokens a shortened "van der" takes: v.d.
// Berg, v/d Kamp, vd Meulen, v. Dijk; 0 when there is none before a capital.
func (c *scan) shortParticles(i int) int {
	n := 0
	switch c.value(i) {
	case "vd", "vdr":
		n = 1
	case "v", "V":
		switch {
		case !c.glued(i + 1):
			return 0
		case c.is(i+1, "./") && c.glued(i+2) && (c.value(i+2) == "d" || c.value(i+2) == "D"):
			n = 3
			if c.glued(i+3) && c.is(i+3, ".") {
				n = 4
			}
		case c.is(i+1, ".") && c.value(i) == "v":
			n = 2
		}
	}
	if next := c.at(i + n); n == 0 || next.class != word || next.shape == lower || next.gap == line {
		return 0
	}
	return n
}

// apostrophe reports whether token i begins a surname such as 't Hart.
func (c *scan) apostrophe(i int) bool {
	next := c.at(i + 2)
	return c.is(i, "'’‘") && c.glued(i+1) && c.value(i+1) == "t" && next.class == word && next.shape == capital && next.gap == blank
}

// ordinary reports whether token i is a word that is no name; one that is a
// surname as well is a name behind particles: van der Meer.
func (c *scan) ordinary(i int, behindParticles bool) bool {
	t := c.at(i)
	return t.lex.has(common) && !(behindParticles && t.lex.has(anyName))
}

// loud reports whether token i is a word in capitals.
func (c *scan) loud(i int) bool { return c.at(i).class == word && c.at(i).shape == upper }

// nameFrom reads a name that something before it has announced, from token i:
// initials, particles and words with a capital. It returns the last token, or
// -1 when there is none. told says that the announcement is a strong one, so
// that also a word that is mostly something else is a name.
func (c *scan) nameFrom(i int, told bool) int {
	j := i
	for n := 0; n < maxInitials && c.isInitial(j); n++ {
		j += 2
		if c.glued(j) && c.is(j, "-") {
			j++
		}
	}
	if c.at(j).gap == line && c.at(j).begins {
		return -1
	}
	if t := c.at(j); told && j > i && t.class == word && t.shape == capital && t.gap == blank && t.lex&^(common|proper|particle) == 0 && t.cue == noCue {
		return c.restOfName(j) // mr. Z. Los: whatever else it is
	}
	j = c.particles(j)
	if j > i && c.at(j).gap == line {
		return -1
	}
	if !c.isProper(j) || c.ordinary(j, j > i) && !told {
		// A particle that is a name itself: mevrouw Ben, dhr. Al.
		if j > i && c.at(j-1).class == word && c.at(j-1).shape == capital && c.at(j-1).lex.has(anyName) {
			return c.restOfName(j - 1)
		}
		return -1
	}
	return c.restOfName(j)
}

// restOfName extends a name whose word is token i: further words with a
// capital, particles between them, and what a hyphen joins.
func (c *scan) restOfName(i int) int {
	last := i
	loud := c.loud(i)
	for n := 1; n < maxNameWords; n++ {
		j := last + 1
		t := c.at(j)
		if c.is(j, "-") && (t.gap == glued && c.glued(j+1) || t.gap == blank && c.at(j+1).gap == blank && c.isSurname(j+1)) {
			next := c.particles(j + 1)
			if c.isProper(next) && !c.ordinary(next, next > j+1) {
				last = next
				continue
			}
			return last
		}
		if t.gap == line && (t.begins || !t.lex.has(firstName|surname|particle)) || t.gap == glued || t.begins {
			return c.withInitials(last)
		}
		if c.isInitial(j) && c.isProper(j+2) && c.at(j+2).gap != line { // John F. Kennedy
			last = j + 2
			continue
		}
		next := c.particles(j)
		after := c.at(next)
		switch {
		case !c.isProper(next), after.begins, after.gap == line && next > j, c.ordinary(next, next > j+1), c.isAddress(next):
			return c.withInitials(last)
		case c.loud(next) && !loud && !after.lex.has(anyName):
			return last
		case after.lex.has(placeHead) && !after.lex.has(anyName) && next < j+2:
			return last
		case joints[c.value(j)] && (c.isAddress(next+1) || c.isAddress(next+2) || c.at(last).lex.has(surname)):
			return last
		}
		last = next
	}
	return last
}

// withInitials returns the end of a name at token i: initials behind a comma belong to the name as well:
// Jansen, J.P.
func (c *scan) withInitials(i int) int {
	j := i + 1
	if !c.glued(j) || !c.is(j, ",") || !c.isInitial(j+1) || c.at(j+1).gap != blank || !c.at(i).lex.has(surname|surnameOrWord) {
		return i
	}
	last := j + 1
	for n := 1; n < maxInitials && c.isInitial(last) && c.isInitial(last+2) && c.glued(last+2); n++ {
		last += 2
	}
	return last + 1
}
