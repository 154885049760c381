package screening

// repeated is the rule of names that something else told elsewhere.
const repeated = "name-repeated"

// ForCase returns a Screener for the documents of one case: a name that a cue
// tells in one of texts is a name in all of them, also where it stands alone.
func (s *Screener) ForCase(texts ...string) *Screener {
	told := map[string]bool{}
	for _, text := range texts {
		c := s.read(text)
		c.all()
		for w := range c.namesTold() {
			told[w] = true
		}
		c.release()
	}
	return s.learning(told)
}

// learning returns a Screener that knows these folded words as names too.
func (s *Screener) learning(told map[string]bool) *Screener {
	own := *s
	own.learned = map[string]bool{}
	for _, words := range []map[string]bool{s.learned, told} {
		for w := range words {
			own.learned[w] = true
		}
	}
	return &own
}

// worthLooking reports whether a word of a name is worth looking for alone.
func (c *scan) worthLooking(t token) bool {
	return t.class == word && t.shape != lower && t.end-t.start >= 3 && !t.lex.has(common|particle|month)
}

// repeatedNames looks for names that were told elsewhere in the text or the
// case, where they stand alone.
func (c *scan) repeatedNames() {
	told := c.namesTold()
	if len(told) == 0 && len(c.learned) == 0 {
		return
	}
	for i, t := range c.tokens {
		if t.class == word && t.shape != lower && t.end-t.start >= 3 && (c.listed(i, told) || c.listed(i, c.learned)) {
			c.addTokens(Name, i, i, repeated)
		}
	}
}

// namesTold returns the folded words of the names found so far that are
// worth looking for: no particles, and no words that are mostly others.
func (c *scan) namesTold() map[string]bool {
	told := map[string]bool{}
	var parts [16]token
	for _, f := range c.found {
		if f.kind != Name {
			continue
		}
		for _, t := range tokenize(c.text[f.start:f.end], c.lex, parts[:0]) {
			if c.worthLooking(t) {
				told[fold(c.text[f.start+int(t.start):f.start+int(t.end)])] = true
			}
		}
	}
	return told
}
