package screening

// ibanLengths are the countries of the IBAN registry (SWIFT, ISO 13616) with
// the length of their account numbers.
var ibanLengths = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27,
	"BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 24, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28,
	"EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23,
	"GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27,
	"JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25,
	"MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18,
	"NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33,
	"SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28,
	"TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}

// ibanAt looks for an account number whose country is token i, in one piece
// or in groups, and takes it when the remainder of ISO 7064 is right.
func (c *scan) ibanAt(i int) {
	next := c.at(i + 1)
	if c.size(i) != 2 || next.class != number || next.gap == line || c.size(i+1) < 2 || !c.opens(i) {
		return
	}
	var country [2]byte
	for k := range country {
		country[k] = c.text[int(c.at(i).start)+k] &^ 0x20
	}
	length := ibanLengths[string(country[:])]
	if length == 0 {
		return
	}
	var buf [34]byte
	account := buf[:0]
	p := int(c.at(i).start)
	end := p
	for p < len(c.text) && len(account) < length {
		b := c.text[p]
		switch {
		case isDigit(rune(b)):
		case isLetter(rune(b)) && b < 0x80:
			b &^= 0x20
		case (b == ' ' || b == '.' || b == '-') && p == end:
			p++
			continue
		case b == 0xC2 && p == end && p+1 < len(c.text) && c.text[p+1] == 0xA0: // no-break space
			p += 2
			continue
		default:
			return
		}
		account = append(account, b)
		p++
		end = p
	}
	if len(account) < length || !mod97(account) || p < len(c.text) && (isDigit(rune(c.text[p])) || c.text[p] < 0x80 && isLetter(rune(c.text[p]))) {
		return
	}
	c.add(IBAN, int(c.at(i).start), end, "iban-mod-97")
}

// mod97 is the check of ISO 7064: with the first four characters put last and
// letters read as 10 to 35, the number leaves 1 when divided by 97.
func mod97(account []byte) bool {
	rest := 0
	for k := range account {
		b := account[(k+4)%len(account)]
		switch {
		case isDigit(rune(b)):
			rest = (rest*10 + int(b-'0')) % 97
		case 'A' <= b && b <= 'Z':
			rest = (rest*100 + int(b-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}
