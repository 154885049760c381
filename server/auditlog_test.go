package server_test

import (
	"net/url"
	"strings"
	"testing"
)

// The log says in the reader's language what was done, and under it the code
// that the export has.
func TestAuditLogInWords(t *testing.T) {
	s, _, _ := blindWorld(t)
	s.visit(t, "bert").get(studyPath + "/agreement") // is refused
	v := s.visit(t, "petra")
	for lang, want := range map[string][]string{
		"nl": {"heeft een antwoord bewaard", "werd geweigerd", "nodig recht: overeenstemming zien", "rol: codeur", "alleen kernvragen: nee", "toewijzing ", "vindplaats ", "soort: Vraag"},
		"en": {"saved an answer", "was refused", "right needed: see agreement", "role: coder", "core questions only: no", "assignment ", "passage "},
	} {
		v.post("/preferences", url.Values{"lang": {lang}, "back": {"/"}})
		got := v.get(studyPath + "/audit").body
		for _, w := range append(want, `<code class="quiet small">answer.save</code>`) {
			if !strings.Contains(got, w) {
				t.Errorf("the log in %s does not say %q", lang, w)
			}
		}
	}
}
