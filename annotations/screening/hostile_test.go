package screening

import (
	"strings"
	"testing"
)

// Texts that make expressions go back and forth take no more work than others
// of their length. At half a million characters work that grows with the square of
// it would not end before tests are stopped.
func TestHostileTextsEnd(t *testing.T) {
	for _, part := range []string{
		"a", "A", "1", "-", ".", "@", "(", "\n", "é", "aA", "1 ", "1-", "1.", "06-", "+31 6 ", "a@", "a.a@a.", "www.", "https://a.", "http:///",
		"NL00", "NL91 ABNA ", "1234 AB ", "1234AB", "van der ", "De ", "Dhr. ", "J.", "J. ", "Jan ", "Jan van ", "mevrouw ", "meldingsnummer ", "VT-", "VT-2019-",
		"01-01-", "1 januari ", "12345678", "straat 1", "Dorpsstraat ", "school ", "Stichting ", "#", "@@", "\u0301", "\u202e", "a\u00ad", "((a", "[a](", "aaaa!",
	} {
		text := strings.Repeat(part, 500_000/len(part))
		found := new(Screener).Scan(text)
		for i, f := range found {
			if i > 0 && f.Start < found[i-1].Start || f.Start < 0 || f.End <= f.Start || f.End > len(text) {
				t.Fatalf("%q over and over: finding %d is %d to %d", part, i, f.Start, f.End)
			}
		}
	}
}
