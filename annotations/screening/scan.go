package screening

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// near is how far a cue reaches, in code points: domain practice has it that
// a date within 40 characters of "geboren" is one of birth.
const near = 40

// A scan is the work on one text.
type scan struct {
	*Screener
	lex     *lexicon
	text    string
	tokens  []token
	found   []candidate
	named   int  // the token behind the last name
	guessed bool // that name was a mere capital
	placed  int  // the token behind the last place
	thing   int  // the token behind the last capital that was taken for a thing
	linked  int  // the byte behind the last web address
}

// A candidate is a finding before overlaps are settled.
type candidate struct {
	start, end int // bytes
	kind       Kind
	rule       string
	severity   Severity // empty for that of the kind
	rank       int      // see ranks
}

// all runs every detector, in one pass over the tokens but for project
// patterns and repeated names.
func (c *scan) all() {
	for i := range c.tokens {
		t := &c.tokens[i]
		switch t.class {
		case number:
			c.numberAt(i)
		case symbol:
			c.symbolAt(i)
		case word:
			c.wordAt(i)
		}
	}
	c.projectPatterns()
	c.repeatedNames()
}

// numberAt tries what begins with digits.
func (c *scan) numberAt(i int) {
	// A date is tried first: 06-10-2023 12:30 begins like a telephone number.
	if c.dateAt(i) {
		return
	}
	if next := c.at(i + 1); c.size(i) <= 2 && next.class == word && next.gap != glued && c.at(i+2).class != number {
		return // 14 dagen: most numbers of a text
	}
	c.bsnAt(i)
	c.nationalPhoneAt(i)
	c.postcodeAt(i)
	c.courtNumberAt(i)
	c.plateAt(i)
	c.addressOfMachineAt(i)
	c.registrationAt(i)
}

// symbolAt tries what is known by a symbol.
func (c *scan) symbolAt(i int) {
	switch c.text[c.tokens[i].start] {
	case '@':
		c.mailOrHandleAt(i)
	case '+':
		c.foreignPhoneAt(i)
	case '.':
		c.bareDomainAt(i)
	}
}

// silent are traits that say nothing of a word in small letters.
const silent = firstOrWord | surname | surnameOrWord | common | placeHead | placeOrWord | streetLike | abbreviation | thingHead

// wordAt tries what begins with letters.
func (c *scan) wordAt(i int) {
	t := &c.tokens[i]
	n := t.end - t.start
	if t.shape != lower || t.cue != noCue || n == 2 {
		c.ibanAt(i)
		c.caseNumberAt(i)
	}
	if n <= 3 {
		c.plateAt(i)
	}
	if n <= 5 && c.glued(i+1) { // www. and https:
		c.webAddressAt(i)
	}
	c.streetAt(i)
	if t.shape == lower && t.lex == 0 && t.cue == noCue {
		if n >= 7 {
			c.compoundAt(i)
			if next := c.at(i + 1); next.gap == blank && (next.shape != lower && next.class == word || next.lex.has(particle)) && roleEnds.of(c.value(i)) {
				c.roleAt(i)
			}
		}
		if c.names == nil {
			return // most words of a text
		}
	}
	if t.shape == lower && t.lex&^silent == 0 && t.cue == noCue && c.names == nil {
		return
	}
	if t.shape == upper {
		c.documentAt(i)
	}
	if t.lex.has(month) {
		c.englishDateAt(i)
	}
	c.accountAt(i)
	c.institutionAt(i)
	if t.shape != lower {
		c.employerAt(i)
	}
	c.placeAt(i)
	c.nameAt(i)
}

func (c *scan) projectPatterns() {
	for _, p := range c.patterns {
		for _, at := range p.expr.FindAllStringIndex(c.text, -1) {
			if at[1] > at[0] {
				c.add(p.kind, at[0], at[1], "project-pattern")
			}
		}
	}
}

func (c *scan) add(kind Kind, start, end int, rule string) {
	c.found = append(c.found, candidate{start: start, end: end, kind: kind, rule: rule, rank: rankOf(kind, rule)})
}

// addTokens adds a finding from the token first to the token last.
func (c *scan) addTokens(kind Kind, first, last int, rule string) {
	c.add(kind, int(c.tokens[first].start), int(c.tokens[last].end), rule)
}

// findings settles overlaps and turns bytes into code points.
func (c *scan) findings() []Finding {
	if len(c.found) == 0 {
		return nil
	}
	kept := settle(c.found)
	out := make([]Finding, 0, len(kept))
	at, runes := 0, 0
	for _, f := range kept {
		runes += utf8.RuneCountInString(c.text[at:f.start])
		text := c.text[f.start:f.end]
		end := runes + utf8.RuneCountInString(text)
		severity := f.severity
		if severity == "" {
			severity = f.kind.Severity()
		}
		out = append(out, Finding{Kind: f.kind, Start: runes, End: end, Text: text, Severity: severity, Rule: f.rule})
		at, runes = f.end, end
	}
	return out
}

func rankOf(kind Kind, rule string) int {
	switch rule {
	case "project-pattern":
		return 0
	case repeated:
		return ranks[Place] + 1 // what told the name says more, and a town may have it too
	}
	return ranks[kind]
}

// settle returns the candidates that stand where some overlap, in order of
// place: the lower rank, then the longer, then the earlier.
func settle(found []candidate) []candidate {
	// Sorting numbers is much cheaper than sorting candidates.
	order := make([]uint64, len(found))
	for i, f := range found {
		order[i] = uint64(f.start)<<32 | uint64(i)
	}
	slices.Sort(order)
	at := func(n int) candidate { return found[uint32(order[n])] }
	kept := make([]candidate, 0, len(found))
	var group []candidate
	for first := 0; first < len(order); {
		// What overlaps hangs together in groups, most of them of one.
		group = append(group[:0], at(first))
		end := group[0].end
		for first++; first < len(order) && at(first).start < end; first++ {
			group = append(group, at(first))
			end = max(end, at(first).end)
		}
		kept = append(kept, best(group)...)
	}
	return kept
}

// best settles one group of candidates that overlap.
func best(group []candidate) []candidate {
	if len(group) == 1 {
		return group
	}
	slices.SortStableFunc(group, func(a, b candidate) int {
		return cmp.Or(a.rank-b.rank, (b.end-b.start)-(a.end-a.start), a.start-b.start, strings.Compare(a.rule, b.rule))
	})
	first, end := group[0].start, group[0].end
	for _, f := range group {
		first, end = min(first, f.start), max(end, f.end)
	}
	taken := make([]bool, end-first)
	kept := group[:0]
	for _, f := range group {
		span := taken[f.start-first : f.end-first]
		if slices.Contains(span, true) {
			continue
		}
		for i := range span {
			span[i] = true
		}
		kept = append(kept, f)
	}
	slices.SortFunc(kept, func(a, b candidate) int { return cmp.Compare(a.start, b.start) })
	return kept
}

// at returns token i, or one of class none outside the text.
func (c *scan) at(i int) token {
	if i < 0 || i >= len(c.tokens) {
		return token{gap: line}
	}
	return c.tokens[i]
}

// value returns the text of token i, or "".
func (c *scan) value(i int) string {
	if i < 0 || i >= len(c.tokens) {
		return ""
	}
	return c.text[c.tokens[i].start:c.tokens[i].end]
}

// size returns the length of token i in bytes, or 0.
func (c *scan) size(i int) int {
	t := c.at(i)
	return int(t.end - t.start)
}

// is reports whether token i is one of the symbols in set, or a hyphen of any
// kind where set has the ASCII one.
func (c *scan) is(i int, set string) bool {
	t := c.at(i)
	if t.class != symbol {
		return false
	}
	if b := c.text[t.start]; b < utf8.RuneSelf {
		for k := range len(set) { // sets are short
			if set[k] == b {
				return true
			}
		}
		return false
	}
	r, _ := utf8.DecodeRuneInString(c.value(i))
	return strings.ContainsRune(set, r) || isHyphen(r) && strings.Contains(set, "-")
}

// listed reports whether the word of token i is one of folded words.
func (c *scan) listed(i int, folded map[string]bool) bool {
	if len(folded) == 0 {
		return false
	}
	var buf [maxWord]byte
	key := appendFolded(buf[:0], c.value(i))
	return key != nil && folded[string(key)]
}

// glued reports whether nothing stands between token i and the one before.
func (c *scan) glued(i int) bool { return i > 0 && i < len(c.tokens) && c.tokens[i].gap == glued }

// opens reports whether token i begins a form of its own: nothing is joined
// to its left that would make it part of a longer one.
func (c *scan) opens(i int) bool {
	if !c.glued(i) {
		return true
	}
	before := c.at(i - 1)
	switch {
	case before.class == placeholder:
		return true
	case before.class != symbol:
		return before.cue != noCue
	case c.is(i-1, "-/_.,\\"):
		if !c.glued(i - 1) {
			return c.is(i-1, "-/")
		}
		last := c.at(i - 2)
		return last.class == symbol || last.cue != noCue || last.lex.has(abbreviation) ||
			last.class == word && last.shape == lower && c.is(i-1, ".,")
	}
	return true
}

// closes reports whether the form that ends with token i ends there.
func (c *scan) closes(i int) bool {
	if !c.glued(i + 1) {
		return true
	}
	next := c.at(i + 1)
	switch {
	case next.class == word, next.class == number:
		return false
	case c.is(i+1, "-/_.,:\\@"):
		after := c.at(i + 2)
		return !c.glued(i+2) || after.class != number && (after.class != word || c.is(i+1, ".,:"))
	case c.is(i+1, "%"):
		return false
	}
	return true
}

// cueBefore reports whether the cue stands within reach before token i, on
// the same line or the one before it.
func (c *scan) cueBefore(i int, want ...cue) bool {
	start := int(c.at(i).start)
	for j := i - 1; j >= 0; j-- {
		t := c.tokens[j]
		if start-int(t.end) > near && utf8.RuneCountInString(c.text[t.end:start]) > near {
			return false
		}
		if t.class == word && slices.Contains(want, t.cue) {
			return true
		}
	}
	return false
}

// labelled reports whether token i directly follows the cue: at most the
// words and signs between that a label has, as in "BSN nr. is: ".
func (c *scan) labelled(i int, want ...cue) bool {
	for j, steps := i-1, 0; j >= 0 && steps < 6; j, steps = j-1, steps+1 {
		t := c.tokens[j]
		if t.class == word && slices.Contains(want, t.cue) {
			return true
		}
		switch {
		case t.class == symbol && c.is(j, ":.#=-()/\"'*"):
		case t.class == word && linking[c.value(j)]:
		default:
			return false
		}
	}
	return false
}

// linking are words between a label and its number.
var linking = map[string]bool{
	"nr": true, "Nr": true, "nummer": true, "Nummer": true, "code": true, "is": true, "was": true,
	"van": true, "met": true, "onder": true, "het": true, "registratie": true, "registratienummer": true,
	"reg": true, "geregistreerd": true, "ingeschreven": true, "inschrijving": true, "inschrijfnummer": true,
	"zorgverlener": true, "zorgverlenerscode": true, "praktijk": true, "praktijkcode": true, "lidnummer": true, "in": true, "bij": true,
	"register": true, "op": true, "id": true, "no": true, "ons": true, "uw": true, "onze": true,
}
