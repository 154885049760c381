package screening

// ClearCase scans the texts of one case together: a name that a cue tells in
// one of them is a name in all. A text without findings is cleared; one with
// findings has them in the other list, at the same place, and no proof.
func (s *Screener) ClearCase(texts []string) ([]Cleared, [][]Finding) {
	found := make([][]Finding, len(texts))
	scans := make([]*scan, len(texts))
	told := map[string]bool{}
	for i, text := range texts {
		scans[i] = s.read(text)
		scans[i].all()
		if len(texts) > 1 {
			for w := range scans[i].namesTold() {
				told[w] = true
			}
		}
	}
	knowing := s
	if len(told) > 0 {
		knowing = s.learning(told)
	}
	for i, c := range scans {
		if len(told) > 0 {
			// What the others tell is all that is new: no text is read twice.
			c.Screener = knowing
			c.repeatedNames()
		}
		found[i] = c.findings()
		c.release()
	}
	cleared := make([]Cleared, len(texts))
	for i, text := range texts {
		if len(found[i]) == 0 {
			cleared[i] = proven(text)
		}
	}
	return cleared, found
}

// Knowing returns a Screener that takes the names among earlier findings for
// names wherever they stand, as those of other documents of the same case.
func (s *Screener) Knowing(findings []Finding) *Screener {
	told := map[string]bool{}
	for _, f := range findings {
		if f.Kind != Name {
			continue
		}
		c := s.read(f.Text)
		for i, t := range c.tokens {
			if c.worthLooking(t) {
				told[fold(c.value(i))] = true
			}
		}
		c.release()
	}
	if len(told) == 0 {
		return s
	}
	return s.learning(told)
}
