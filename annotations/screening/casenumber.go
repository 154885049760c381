package screening

import "strings"

// courtNumberAt looks for numbers of justice that begin with digits: those of
// the public prosecutor, 05/123456-20, and of the courts of appeal,
// 200.123.456/01.
func (c *scan) courtNumberAt(i int) {
	if !c.opens(i) {
		return
	}
	switch {
	case c.size(i) == 2 && c.row(i+1, "/-.", 6) && c.row(i+3, "-/.", 2) && c.closes(i+4):
		c.addTokens(CaseNumber, i, i+4, "number-prosecutor")
	case c.size(i) == 3 && c.row(i+1, ".", 3) && c.row(i+3, ".", 3) && c.row(i+5, "/", 2) && c.closes(i+6):
		c.addTokens(CaseNumber, i, i+6, "number-court")
	}
}

// row reports whether token i is one of signs with digits behind it, as many
// as one of sizes says, nothing between.
func (c *scan) row(i int, signs string, sizes ...int) bool {
	if !c.glued(i) || !c.is(i, signs) || !c.glued(i+1) || c.at(i+1).class != number {
		return false
	}
	for _, n := range sizes {
		if c.size(i+1) == n {
			return true
		}
	}
	return false
}

// caseNumberAt looks for numbers of files that begin with letters, and for
// whatever a label such as "meldingsnummer" says is one.
func (c *scan) caseNumberAt(i int) {
	t := c.at(i)
	switch c.size(i) {
	case 1:
		c.districtCourtAt(i)
	case 2:
		switch v := c.value(i); {
		case strings.EqualFold(v, "pl"):
			c.policeNumberAt(i)
		case strings.EqualFold(v, "vt"):
			c.veiligThuisNumberAt(i)
		case t.shape == upper:
			c.rollNumberAt(i)
		}
	case 4:
		if c.value(i) == "ECLI" && c.glued(i+1) && c.is(i+1, ":") {
			end := trimDots(c.text, int(t.start), c.pathEnd(int(t.start)))
			if strings.Count(c.text[t.start:end], ":") == 4 {
				c.add(CaseNumber, int(t.start), end, "number-ecli")
			}
		}
	}
	switch {
	case t.cue == cueCase, t.cue == cueNumber && c.numbersFiles(i):
		c.labelledNumberAt(i)
	case t.cue == cueFile && c.at(i+1).class == number && c.at(i+1).gap == blank && c.size(i+1) >= 5:
		c.labelledNumberAt(i)
	}
}

// numbersFiles reports whether the word before "nummer" makes it that of a
// file: VT-nummer, melding nr.
func (c *scan) numbersFiles(i int) bool {
	before := i - 1
	if c.glued(i) && c.is(before, "-") {
		before--
	}
	return c.at(i).gap != line && c.at(before).cue == cueFile
}

// districtCourtAt reads C/13/123456, with the roll number that may follow.
func (c *scan) districtCourtAt(i int) {
	if c.value(i) != "C" || !c.opens(i) || !c.row(i+1, "/", 1, 2) || !c.row(i+3, "/", 5, 6, 7, 8) || !c.glued(i+2) {
		return
	}
	last := i + 4
	roll := last + 1
	if c.is(roll, "/") {
		roll++
	}
	if end := c.rollNumber(roll); end > 0 {
		last = end
	}
	c.addTokens(CaseNumber, i, last, "number-court")
}

// rollNumberAt reads JE RK 23-1234, FA RK 22/456, HA ZA 21-12.
func (c *scan) rollNumberAt(i int) {
	if end := c.rollNumber(i); end > 0 && c.opens(i) {
		c.addTokens(CaseNumber, i, end, "number-court")
	}
}

func (c *scan) rollNumber(i int) int {
	second := i + 1
	if c.is(second, "-") {
		second++
	}
	if c.at(i).shape != upper || c.size(i) != 2 {
		return 0
	}
	switch c.value(second) {
	case "RK", "ZA", "KG", "HA", "EJ", "VERZ", "EXPL":
	default:
		return 0
	}
	first := second + 1
	if c.is(first, "-") {
		first++
	}
	if c.at(first).class != number || c.size(first) > 4 || !c.row(first+1, "-/.", 1, 2, 3, 4, 5, 6) {
		return 0
	}
	return first + 2
}

// policeNumberAt reads PL0900-2023123456 and PL0900 2023123456-1.
func (c *scan) policeNumberAt(i int) {
	if !c.opens(i) || c.at(i+1).class != number || c.size(i+1) != 4 || c.at(i+1).gap == line {
		return
	}
	main := i + 2
	if c.is(main, "-/") {
		main++
	}
	if c.at(main).class != number || c.size(main) < 6 || c.at(main).gap == line {
		return
	}
	last := main
	if c.row(main+1, "-/", 1, 2, 3) {
		last = main + 2
	}
	c.addTokens(CaseNumber, i, last, "number-police")
}

// veiligThuisNumberAt reads VT-2019-004417, VT 2019-4417 and VT2019004417.
func (c *scan) veiligThuisNumberAt(i int) {
	year := i + 1
	if c.is(year, "-/.") && c.glued(year) {
		year++
	}
	if !c.opens(i) || c.at(year).class != number || c.at(year).gap == line {
		return
	}
	switch n := c.size(year); {
	case n >= 6 && c.glued(year):
		c.addTokens(CaseNumber, i, year, "number-veilig-thuis")
	case (n == 4 || n == 2) && c.row(year+1, "-/.", 3, 4, 5, 6, 7, 8):
		last := year + 2
		if c.row(last+1, "-/", 1, 2, 3) {
			last += 2
		}
		c.addTokens(CaseNumber, i, last, "number-veilig-thuis")
	}
}

// labelledNumberAt reads the number behind the label at token i: digits and
// letters joined by signs, at least four of them digits.
func (c *scan) labelledNumberAt(i int) {
	// A register of workers has registration numbers as well.
	for j := i; j >= 0 && j >= i-3; j-- {
		if q := c.tokens[j].cue; q == cueBIG || q == cueSKJ || q == cueAGB {
			return
		}
	}
	j := i + 1
	for steps := 0; steps < 4; steps++ {
		t := c.at(j)
		if t.class == symbol && c.is(j, ":.#=-(\"'") || t.class == word && (linking[c.value(j)] || c.value(j) == "bekend" || t.shape != lower && c.size(j) <= 6 && c.glued(j+1) && c.is(j+1, ":")) {
			j++
			continue
		}
		break
	}
	first := j
	digits := 0
	last := -1
	for t := c.at(j); t.class == word || t.class == number || t.class == symbol; t = c.at(j) {
		if j > first && !c.glued(j) || j > first+12 {
			break
		}
		if t.class == symbol && (j == first || !c.is(j, "-/._") || !c.glued(j+1)) {
			break
		}
		if t.class == number {
			digits += c.size(j)
		}
		if t.class != symbol {
			last = j
		}
		j++
	}
	if digits >= 4 && last >= first && c.at(first).gap != line {
		if c.at(first).class == word && c.size(first) > 6 {
			return
		}
		c.addTokens(CaseNumber, first, last, "number-label")
	}
}
