package server_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// A refused answer is explained in the language of the reader.
func TestRefusalsInBothLanguages(t *testing.T) {
	s := open(t)
	a := s.Assign(t, "B-01", "anna")
	v := s.visit(t, "anna")
	path := fmt.Sprintf("/api/v1/assignments/%d/answers/", a.ID)
	check := func(lang, variable, value, want string) {
		t.Helper()
		v.post("/preferences", url.Values{"lang": {lang}, "back": {"/"}})
		got := v.send("PUT", path+variable, map[string]any{"value": value, "version": 0}, nil)
		if got.status != 422 || !strings.Contains(got.body, want) {
			t.Errorf("%s %s = %s answers %d, want %q: %s", lang, variable, value, got.status, want, got.body)
		}
	}
	check("nl", "minutes", "veel", "Dit is geen getal")
	check("en", "minutes", "many", "This is not a number")
	check("nl", "minutes", "9999", "buiten de grenzen")
	check("en", "minutes", "9999", "outside the limits")
	check("nl", "received", "gisteren", "Dit is geen datum")
	check("nl", "damage", "stuk", "Dit antwoord staat niet in het codeboek")
}
