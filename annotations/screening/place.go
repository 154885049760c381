package screening

// placeAt looks for a municipality or town of the list that begins at token
// i. One that is an ordinary word as well (Best, Huizen) counts only where
// its capital says something.
func (c *scan) placeAt(i int) {
	last := c.place(i)
	if last < 0 {
		return
	}
	t := c.at(i)
	// Behind a name at the end of a line, too, nothing tells whether the
	// sentence goes on.
	begins := t.begins || t.gap == line && (c.at(i-1).shape != lower || c.at(i-1).class == placeholder)
	if last == i && !t.lex.has(placeHead) && begins && !c.inPlace(i) {
		return
	}
	first := i
	if c.glued(i) && c.is(i-1, "-") && c.value(i-2) == "s" && c.is(i-3, "'’‘") {
		first = i - 3 // 's-Hertogenbosch
	}
	// Amsterdam-Zuidoost is one place.
	if c.glued(last+1) && c.is(last+1, "-") && c.glued(last+2) && c.at(last+2).shape == capital {
		last += 2
	}
	c.addTokens(Place, first, last, "place")
	c.placed = last + 1
}

// inPlace reports whether the words before token i lead to a place.
func (c *scan) inPlace(i int) bool {
	v := fold(c.value(i - 1))
	return v == "gemeente" || v == "woonplaats" || c.is(i-1, ":") && fold(c.value(i-2)) == "woonplaats"
}

// place returns the last token of the place that begins at token i, or -1.
func (c *scan) place(i int) int {
	t := c.at(i)
	if t.class != word || t.shape == lower && (!t.lex.has(particle) || c.at(i+1).shape == lower) || !t.lex.has(placeHead|placeOrWord) || t.shape == mixed && c.value(i)[:2] != "IJ" {
		return -1
	}
	if c.listed(i, c.terms) {
		return -1
	}
	head := fold(c.value(i))
	for _, phrase := range c.lex.phrases[head] {
		last, ok := i, true
		for _, w := range phrase[1:] {
			last++
			if c.glued(last) && c.is(last, "-") {
				last++
			}
			if c.at(last).class != word || c.at(last).gap == line || fold(c.value(last)) != w {
				ok = false
				break
			}
		}
		switch end := c.at(last); {
		case !ok, end.shape == lower:
		case len(phrase) == 1 && t.shape == upper && t.end-t.start < 4:
		case len(phrase) > 1 && t.shape == lower && !t.lex.has(particle):
		default:
			return last
		}
	}
	return -1
}
