package screening

import "strings"

// postcodeAt looks for four digits and two letters. In capitals, or written
// as one, they are a postcode unless the letters are a word or a short form
// of the field behind a year (2023 EN, 2019 VT); then, and in lower case, it
// needs a street, a town or the word postcode beside it.
func (c *scan) postcodeAt(i int) {
	t, next := c.at(i), c.at(i+1)
	if t.end-t.start != 4 || c.value(i)[0] == '0' || next.class != word || c.size(i+1) != 2 ||
		next.gap == line || !c.opens(i) || !c.closes(i+1) || c.value(i-1) == "dag" {
		return
	}
	var letters [2]byte
	for k := range letters {
		b := c.text[int(next.start)+k]
		if b >= 0x80 {
			return
		}
		letters[k] = b &^ 0x20
	}
	switch pair := string(letters[:]); {
	case pair == "SA" || pair == "SD" || pair == "SS":
		// These were never given out, for what they stood for.
		return
	case c.labelled(i, cuePostcode), !shortWords[pair] && c.cueBefore(i, cuePostcode):
		c.addTokens(Postcode, i, i+1, "postcode-label")
	case shortWords[pair] && next.shape != upper && next.gap != glued && isYear(c.numeral(i)) && !c.beforePlace(i+1):
		// Kerkstraat 3. In 2023 en 2024
	case c.afterHouse(i) || c.beforePlace(i+1):
		c.addTokens(Postcode, i, i+1, "postcode-address")
	case shortWords[pair], next.shape != upper && next.gap != glued:
	case next.gap == blank && isYear(c.numeral(i)) && shortForms[pair]:
	default:
		c.addTokens(Postcode, i, i+1, "postcode-capitals")
	}
}

// shortWords are words and units of two letters that stand behind numbers.
var shortWords = words(strings.Fields("EN IN OP OF IS TE NA ER WE ZE JE DE OM AL ZO NU DO HE MG KG CM KM MM ML GR MB GB TB CC EU BV NV AD KJ HZ KW KN ST ND RD TH")...)

// shortForms are short forms of the field that stand behind years.
var shortForms = words(strings.Fields("VT JB JR GI OM IB KB EK RK HV HG KM MW PO VO SO AZ LT PG AP TV RC OZ CJ ZM AM PM NL CM BW SR SV ST WT GZ")...)

func isYear(n int) bool { return 1900 <= n && n <= 2099 }

// afterHouse reports whether a street and house number end before token i.
func (c *scan) afterHouse(i int) bool {
	for j := i - 1; j >= i-5 && j >= 0; j-- {
		t := c.tokens[j]
		if t.class != number && t.class != symbol && t.end-t.start > 2 {
			return false
		}
		if t.class == number && c.isStreet(j-1) {
			return true
		}
	}
	return false
}

// beforePlace reports whether a town follows token i.
func (c *scan) beforePlace(i int) bool {
	next := i + 1
	for c.is(next, ",(") {
		next++
	}
	return c.place(next) >= 0
}
