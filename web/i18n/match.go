package i18n

import "golang.org/x/text/language"

var matcher = language.NewMatcher([]language.Tag{language.Dutch, language.English})

// Match returns the language of the program that suits an Accept-Language
// header best; Dutch when none does.
func Match(accept string) string {
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return "nl"
	}
	_, i, confidence := matcher.Match(wanted...)
	if confidence == language.No {
		return "nl"
	}
	return Languages()[i]
}
