package screening

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// A generator draws values; its pools come from pools.txt.
type generator struct {
	t     testing.TB
	pools map[string][]string
	rand  *rand.Rand
}

var (
	slot  = regexp.MustCompile(`\{(\w+)=([^}]*)\}`)
	value = regexp.MustCompile(`\$\w+`)
)

// render fills a template.
func (g *generator) render(template string) labelled {
	var d labelled
	var out strings.Builder
	runes := 0
	write := func(s string) string {
		s = value.ReplaceAllStringFunc(s, func(v string) string { return g.draw(v[1:]) })
		out.WriteString(s)
		runes += utf8.RuneCountInString(s)
		return s
	}
	at := 0
	for _, m := range slot.FindAllStringSubmatchIndex(template, -1) {
		write(template[at:m[0]])
		start := runes
		text := write(template[m[4]:m[5]])
		d.labels = append(d.labels, Finding{Kind: Kind(template[m[2]:m[3]]), Start: start, End: runes, Text: text})
		at = m[1]
	}
	write(template[at:])
	d.text = out.String()
	return d
}

// pick draws one of choices.
func (g *generator) pick(choices ...string) string { return choices[g.rand.IntN(len(choices))] }

// form draws digits for each 9 and capital consonants for each X of a form.
func (g *generator) form(f string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '9':
			return rune('0' + g.rand.IntN(10))
		case 'X':
			return rune("BDFGHJKLNPRSTVXZ"[g.rand.IntN(16)])
		}
		return r
	}, f)
}

// draw makes a value.
func (g *generator) draw(name string) string {
	if pool := g.pools[name]; pool != nil {
		return g.pick(pool...)
	}
	day, month, year := 1+g.rand.IntN(28), 1+g.rand.IntN(12), 1950+g.rand.IntN(74)
	switch name {
	case "full":
		return g.draw("first") + " " + g.draw("last")
	case "ini":
		return g.pick("A.", "J.P.", "M.H.C.", "F.", "Th.", "S. A.")
	case "hini":
		return g.pick("K.", "E.J.", "B.A.M.", "Y.", "Ch.", "P. H.", "J.Th.")
	case "hdmy":
		return g.pick(fmt.Sprintf("%d-%d-%d", day, month, year), fmt.Sprintf("%02d/%02d/%d", day, month, year), fmt.Sprintf("%d.%d.%d", day, month, year), fmt.Sprintf("%02d-%02d-%02d", day, month, year%100))
	case "hdate":
		return g.pick(g.draw("hdmy"), fmt.Sprintf("%d %s %d", day, g.pick("februari", "april", "juni", "augustus", "september", "november"), year),
			fmt.Sprintf("%d %s %d", day, g.pick("febr.", "apr.", "okt", "nov.", "dec"), year), fmt.Sprintf("%d %s '%02d", day, g.pick("mrt", "juli", "jan."), year%100))
	case "hphone":
		m, f := g.form("99999999"), g.form("9999999")
		return g.pick("06."+m[:2]+"."+m[2:4]+"."+m[4:6]+"."+m[6:], "06"+m[:2]+" "+m[2:5]+" "+m[5:], "06-"+m[:2]+" "+m[2:4]+" "+m[4:6]+" "+m[6:], "06-"+m, "06"+m,
			"+31-6-"+m, "(0591) "+f[:2]+" "+f[2:4]+" "+f[4:6], "088 - "+f[:3]+" "+f[3:5]+" "+f[5:], "010-"+f, "06/"+m, "+49 170 "+f, "0031 6"+m)
	case "kini":
		return g.pick("D.", "W.A.", "C.M.J.", "R. P.", "Z.", "I.")
	case "kdate":
		return g.pick(fmt.Sprintf("%d-%d-%d", day, month, year), fmt.Sprintf("%d/%d/%02d", day, month, year%100), fmt.Sprintf("%04d-%02d-%02d", year, month, day),
			fmt.Sprintf("%d %s %d", day, g.pick("maart", "mei", "juni", "juli", "november"), year), fmt.Sprintf("%d %s %d", day, g.pick("jan", "feb.", "aug.", "dec."), year))
	case "kphone":
		m, f := g.form("99999999"), g.form("9999999")
		return g.pick("06 "+m[:2]+" "+m[2:5]+" "+m[5:], "(06) "+m, "+31 (0)20 "+f[:3]+" "+f[3:], "070 "+f[:3]+" "+f[3:5]+" "+f[5:], "0031-6"+m, "06-"+m[:4]+"-"+m[4:], "06"+m, "0485 - "+f[:6], "+316 "+m)
	case "kbig":
		return g.form(g.pick("19999999916", "49999999925"))
	case "kskj":
		return g.form(g.pick("110999999", "120099999"))
	case "kagb":
		return g.form(g.pick("01999999", "94999999", "01-999999"))
	case "n":
		return fmt.Sprint(1 + g.rand.IntN(30))
	case "no":
		return fmt.Sprint(1+g.rand.IntN(399)) + g.pick("", "", "a", "-2", "b", " A")
	case "postcode":
		return fmt.Sprintf("%d%s%s", 1000+g.rand.IntN(8999), g.pick(" ", ""), g.pick("AB", "CX", "JK", "ZP", "VD", "XM", "PL", "RT"))
	case "postcodelow":
		return fmt.Sprintf("%d %s", 1000+g.rand.IntN(8999), g.pick("ab", "cx", "jk", "en"))
	case "bsn":
		b := g.nine(true)
		return g.pick(b, b, b, b[:4]+"."+b[4:6]+"."+b[6:], b[:3]+" "+b[3:6]+" "+b[6:], b[:4]+" "+b[4:6]+" "+b[6:], b[:3]+"."+b[3:6]+"."+b[6:])
	case "bsnlike":
		return g.nine(true)
	case "notbsn":
		return g.nine(false)
	case "nine":
		return g.form("999999999") // one in eleven passes the test
	case "iban":
		return g.iban()
	case "phone":
		m, f := g.form("99999999"), g.form("9999999")
		return g.pick("06-"+m, "06"+m, "06 "+m[:2]+" "+m[2:4]+" "+m[4:6]+" "+m[6:], "+31 6 "+m, "+316"+m, "0031 6 "+m[:4]+" "+m[4:],
			"020-"+f, "(030) "+f[:3]+" "+f[3:], "0412-"+f[1:], "+32 475 12 34 "+f[:2], "06 - "+m[:4]+" "+m[4:], "+31 (0)6-"+m, "+48 601 "+f[:3]+" "+f[3:6])
	case "email":
		return g.draw("mailbox") + "@" + g.draw("domain")
	case "ip":
		return g.pick("192.168."+g.pick("1", "178")+"."+fmt.Sprint(g.rand.IntN(255)), "203.0.113."+fmt.Sprint(g.rand.IntN(255)), "2001:db8:0:12:1:2:3:"+fmt.Sprint(1+g.rand.IntN(9)))
	case "dmy":
		return g.pick(fmt.Sprintf("%02d-%02d-%d", day, month, year), fmt.Sprintf("%d/%d/%d", day, month, year), fmt.Sprintf("%02d.%02d.%d", day, month, year))
	case "date":
		return g.pick(g.draw("dmy"), fmt.Sprintf("%d %s %d", day, g.pick("januari", "februari", "maart", "mei", "juli", "oktober", "december"), year),
			fmt.Sprintf("%d %s %d", day, g.pick("jan.", "mrt", "aug", "sept."), year), fmt.Sprintf("%d-%02d-%02d", year, month, day))
	case "vt":
		return g.pick(g.form("VT-2019-999999"), g.form("VT-2023-9999"), g.form("VT 2021-99999"))
	case "parket":
		return g.pick(g.form("05/999999-20"), g.form("13-999999-22"), g.form("16.999999.21"))
	case "zaak":
		return g.pick(g.form("C/13/999999"), g.form("C/09/999999 / JE RK 22-9999"), g.form("C/16/999999 / FA RK 21-999"), g.form("200.999.999/01"))
	case "jerk":
		return g.pick(g.form("JE RK 23-9999"), g.form("FA RK 22/999"), g.form("JE RK 21-99"))
	case "bvh":
		return g.pick(g.form("PL0900-2023999999"), g.form("PL1300-2021999999-1"), g.form("PL0100 2022999999"))
	case "num6":
		return g.form("899999")
	case "plate":
		return g.form(g.pick("XX-99-99", "99-99-XX", "99-XX-99", "XX-99-XX", "XX-XX-99", "99-XX-XX", "99-XXX-9", "9-XXX-99", "XX-999-X", "X-999-XX", "XXX-99-X", "X-99-XXX", "9-XX-999", "999-XX-9"))
	case "vnr":
		return g.pick(g.form("2799999999"), g.form("271.999.9999"))
	case "docnr":
		return g.pick(g.form("NX9X9X992"), g.form("IX999X991"), g.form("XX9999997"))
	case "big":
		return g.form("19999999901")
	case "skj":
		return g.pick(g.form("100999999"), g.nine(true), g.form("1199999"))
	case "agb":
		return g.form("01999999")
	}
	g.t.Fatalf("the templates ask for $%s, which nothing draws", name)
	return ""
}

// nine draws nine digits that pass the test for citizen service numbers, or
// that do not. They begin with 9, for no number that was given out does.
func (g *generator) nine(pass bool) string {
	for {
		s := g.form("999999999")
		s = "9" + s[1:]
		sum := 0
		for i, r := range s[:8] {
			sum += (9 - i) * int(r-'0')
		}
		if (sum-int(s[8]-'0'))%11 == 0 == pass {
			return s
		}
	}
}

// iban draws an account number with its check digits, which are 98 less the
// rest of the number with 00 in their place, divided by 97 (ISO 7064).
func (g *generator) iban() string {
	country, account := "NL", g.pick("ABNA", "INGB", "RABO", "TEST")+g.form("0999999999")
	switch g.rand.IntN(5) {
	case 0:
		country, account = "BE", g.form("999999999999")
	case 1:
		country, account = "DE", g.form("999999999999999999")
	}
	var digits strings.Builder
	for _, r := range account + country + "00" {
		if r >= 'A' {
			fmt.Fprint(&digits, r-'A'+10)
		} else {
			digits.WriteRune(r)
		}
	}
	n, _ := new(big.Int).SetString(digits.String(), 10)
	s := fmt.Sprintf("%s%02d%s", country, 98-new(big.Int).Mod(n, big.NewInt(97)).Int64(), account)
	if g.rand.IntN(2) == 0 {
		var groups []string
		for part := range slices.Chunk([]byte(s), 4) {
			groups = append(groups, string(part))
		}
		s = strings.Join(groups, " ")
	}
	return s
}
