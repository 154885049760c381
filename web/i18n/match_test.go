package i18n_test

import (
	"testing"

	"github.com/dossierlens/dossierlens/web/i18n"
)

func TestMatch(t *testing.T) {
	for accept, want := range map[string]string{
		"":                        "nl",
		"nl-BE,nl;q=0.9,en;q=0.8": "nl",
		"en-GB,en;q=0.9":          "en",
		"de-DE,en;q=0.5":          "en",
		"fr":                      "nl",
		";;;":                     "nl",
	} {
		if got := i18n.Match(accept); got != want {
			t.Errorf("Match(%q) = %q, want %q", accept, got, want)
		}
	}
}
