package screening

import (
	"fmt"
	"strings"
	"testing"
)

// scanned gives the findings of text in one line, such as "bsn:111222333".
func scanned(t *testing.T, s *Screener, text string) string {
	t.Helper()
	var parts []string
	for _, f := range s.Scan(text) {
		parts = append(parts, fmt.Sprintf("%s:%s", f.Kind, f.Text))
	}
	return strings.Join(parts, " | ")
}

func TestScanFixedForms(t *testing.T) {
	check := func(text, want string) {
		t.Helper()
		if got := scanned(t, &Screener{}, text); got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
	// Citizen service numbers: the passing and failing numbers are those that
	// the rule's usual descriptions give.
	check("BSN 111222333", "bsn:111222333")
	check("nummer 123456782 stond er", "bsn:123456782")
	check("BSN: 1112.22.333.", "bsn:1112.22.333")
	check("(111 222 333)", "bsn:111 222 333")
	check("BSN 123456789", "")
	check("BSN 000000000", "")
	check("burgerservicenummer 10000008", "bsn:10000008")
	check("€ 123.456.782 aan schade", "")
	check("factuurnummer 123456782", "")
	check("123456782 euro", "")
	check("scores 111 222 333 444", "")
	check("1234567820", "")

	check("NL91ABNA0417164300", "iban:NL91ABNA0417164300")
	check("op NL91 ABNA 0417 1643 00 gestort", "iban:NL91 ABNA 0417 1643 00")
	check("BE68 5390 0754 7034", "iban:BE68 5390 0754 7034")
	check("nl91abna0417164300", "iban:nl91abna0417164300")
	check("NL92ABNA0417164300", "")

	check("06-12345678", "phone:06-12345678")
	check("bel 06 12 34 56 78 na zes uur", "phone:06 12 34 56 78")
	check("(020) 123 45 67", "phone:(020) 123 45 67")
	check("0031612345678 of +31 (0)6 1234 5678", "phone:0031612345678 | phone:+31 (0)6 1234 5678")
	check("+48 601 234 567", "phone:+48 601 234 567")
	check("moeder (06-12345678), tante (020-1234567)", "phone:06-12345678 | phone:020-1234567")
	check("020 - 1234567", "phone:020 - 1234567")
	check("tel. 1234567", "phone:1234567")
	check("Veilig Thuis 0800-2000, politie 112", "")
	check("06-10-2023 12:30 uur", "date:06-10-2023")

	check("mail j.de.test@voorbeeld.nl.", "email:j.de.test@voorbeeld.nl")
	check("zie https://voorbeeld.nl/a?b=c.", "url:https://voorbeeld.nl/a?b=c")
	check("www.voorbeeld.nl", "url:www.voorbeeld.nl")
	check("op voorbeeld.com/profiel staat", "url:voorbeeld.com/profiel")
	check("Zij belde.nu niet", "")
	check("volgt @test_2010 op tiktok", "social_handle:@test_2010")
	check("Snapchat: lotje_2010", "social_handle:lotje_2010")
	check("ip-adres 192.168.1.20", "ip_address:192.168.1.20")
	check("2001:db8:0:1:1:1:1:1", "ip_address:2001:db8:0:1:1:1:1:1")
	check("paragraaf 3.1.2.4", "")
	check("12:30:45", "")

	check("1234 AB", "postcode:1234 AB")
	check("postcode 1234 ab", "postcode:1234 ab")
	check("2023 en 2024", "")
	check("IN 2023 EN 2024", "")
	check("in 2019 VT gebeld", "")
	check("1234 SS", "")
	check("dag 1234 AB", "")

	check("Kerkstraat 12", "address:Kerkstraat 12")
	check("op de Burgemeester de Testlaan 12a", "address:Burgemeester de Testlaan 12a")
	check("Laan van Meerdervoort 120", "address:Laan van Meerdervoort 120")
	check("Onderweg 2 keer gestopt", "")

	check("geb. 12-03-2015", "birth_date:12-03-2015")
	check("geboren op 3 maart 2015", "birth_date:3 maart 2015")
	check("born March 3, 2015", "birth_date:March 3, 2015")
	check("Geboortedatum:\n2015-03-12", "birth_date:2015-03-12")
	check("[KIND 1] (12-03-2015)", "birth_date:12-03-2015")
	check("op 12 maart 2024 gebeld", "date:12 maart 2024")
	check("12/03/24", "date:12/03/24")
	check("kinderen van 10-12-14 jaar", "")
	check("dag 14, dag 102 en [dag 14]", "")
	check("3 maart", "")
	check("geboren 3 maart", "birth_date:3 maart")

	check("VT-2019-004417", "case_number:VT-2019-004417")
	check("meldingsnummer 2019-4417", "case_number:2019-4417")
	check("VT-nummer is 883120", "case_number:883120")
	check("melding nr. 2019/4417", "case_number:2019/4417")
	check("kind nummer 3", "")
	check("meldingsnummer: 883120", "case_number:883120")
	check("parketnummer 05/123456-20", "case_number:05/123456-20")
	check("C/13/123456 / JE RK 23-1234", "case_number:C/13/123456 / JE RK 23-1234")
	check("JE RK 23-1234", "case_number:JE RK 23-1234")
	check("200.123.456/01", "case_number:200.123.456/01")
	check("PL0900-2023123456-1", "case_number:PL0900-2023123456-1")
	check("art. 1:247 BW", "")

	check("12-AB-34", "licence_plate:12-AB-34")
	check("kenteken gz123k", "licence_plate:gz123k")
	check("G-123-BK", "licence_plate:G-123-BK")
	check("V-nummer 271.234.5678", "v_number:271.234.5678")
	check("paspoort NXK1P2B34", "document_number:NXK1P2B34")
	check("BIG-nummer 19012345601", "professional_number:19012345601")
	check("SKJ 123456782", "professional_number:123456782")
	check("AGB-code 01012345", "professional_number:01012345")
}
