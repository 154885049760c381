package screening

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"
)

func TestClear(t *testing.T) {
	const text = "Mevrouw Plompert, BSN 111222333, belde."
	s := &Screener{}
	named := Decision{Replace: true, Replacement: "[MOEDER]"}
	number := Decision{Reason: "number of a form, not of a person"}
	check := func(name, text string, decisions []Decision, want string, left ...string) {
		t.Helper()
		got, err := s.Clear(text, decisions)
		if left != nil {
			undecided, ok := errors.AsType[*UndecidedError](err)
			if !ok || !errors.Is(err, ErrUndecided) {
				t.Fatalf("%s: got error %v, want an UndecidedError", name, err)
			}
			var texts []string
			for _, f := range undecided.Findings {
				texts = append(texts, f.Text)
			}
			if len(texts) != len(left) || texts[0] != left[0] {
				t.Errorf("%s: left are %q, want %q", name, texts, left)
			}
			if got != (Cleared{}) {
				t.Errorf("%s: a refused text has a proof, %+v", name, got)
			}
			return
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if got.Text() != want {
			t.Errorf("%s: got %q, want %q", name, got.Text(), want)
		}
		sum := sha256.Sum256([]byte(want))
		if got.SHA256() != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: the hash is not that of the text", name)
		}
	}
	check("nothing found", "Op dag 14 belde [MOEDER].", nil, "Op dag 14 belde [MOEDER].")
	check("no decisions", text, nil, "", "Plompert", "111222333")
	check("one decision", text, []Decision{named}, "", "111222333")
	check("no reason", text, []Decision{named, {Reason: " "}}, "", "111222333")
	check("empty replacement", text, []Decision{{Replace: true}, number}, "", "Plompert")
	check("replaced and released", text, []Decision{named, number}, "Mevrouw [MOEDER], BSN 111222333, belde.")
	check("a name for a name", text, []Decision{{Replace: true, Replacement: "Fatima"}, number}, "", "Fatima")
	check("found again after another was replaced", "Plompert, J. en mevrouw Plompert", []Decision{{Replace: true, Replacement: "[mevrouw Plompert]"}, named}, "", "Plompert")
	check("offsets are code points", "Eén ëënhéid: 06-12345678 ✓", []Decision{{Replace: true, Replacement: "[TELEFOON]"}}, "Eén ëënhéid: [TELEFOON] ✓")
}
