package screening

import "slices"

// repeats is how often an unknown capital in the middle of a sentence must
// come back to look like a name.
const repeats = 3

// ForCase returns a Screener for the documents of one case: a name that a cue
// tells in one of texts is a name in all of them, also where it stands alone.
func (s *Screener) ForCase(texts ...string) *Screener {
	own := *s
	own.learned = map[string]bool{}
	for w := range s.learned {
		own.learned[w] = true
	}
	for _, text := range texts {
		c := s.read(text)
		c.all()
		for w := range c.namesTold() {
			own.learned[w] = true
		}
		c.release()
	}
	return &own
}

// repeatedNames looks for names that were told elsewhere in the text or the
// case, and for unknown capitals that come back.
func (c *scan) repeatedNames() {
	told := c.namesTold()
	seen := map[string][]int{}
	for i, t := range c.tokens {
		if t.class != word || t.shape == lower || t.end-t.start < 3 || t.shape == upper {
			continue
		}
		if c.listed(i, told) || c.listed(i, c.learned) {
			c.addTokens(Name, i, i, "name-repeated")
			continue
		}
		if t.shape == capital && !t.begins && t.lex == 0 && t.cue == noCue && c.mayRepeat(i) {
			seen[fold(c.value(i))] = append(seen[fold(c.value(i))], i)
		}
	}
	var often []string
	for w, at := range seen {
		if len(at) >= repeats {
			often = append(often, w)
		}
	}
	if often == nil {
		return
	}
	slices.Sort(often)
	for i, t := range c.tokens { // a word that is written small as well is none
		if t.class == word && t.shape == lower && len(often) > 0 {
			if k, ok := slices.BinarySearch(often, fold(c.value(i))); ok {
				often = slices.Delete(often, k, k+1)
			}
		}
	}
	for _, w := range often {
		for _, i := range seen[w] {
			c.addTokens(Name, i, i, "name-repeated")
		}
	}
}

// mayRepeat reports whether the capital of token i stands alone: beside
// another capital it is more often part of a title or method.
func (c *scan) mayRepeat(i int) bool {
	if c.listed(i, c.terms) || c.glued(i) || c.glued(i+1) && c.is(i+1, "-") {
		return false
	}
	before, next := c.at(i-1), c.at(i+1)
	strong, plain := endsLikeStreet(c.value(i))
	return !(before.class == word && before.shape != lower && !before.begins) && !(next.class == word && next.shape != lower && !next.begins) && !strong && !plain
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
			if t.class == word && t.shape != lower && t.end-t.start >= 3 && !t.lex.has(common|particle|month) {
				told[fold(c.text[f.start+int(t.start):f.start+int(t.end)])] = true
			}
		}
	}
	return told
}
