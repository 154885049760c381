package screening

import (
	"strings"
	"testing"
)

// checkFindings checks what holds of every scan.
func checkFindings(t *testing.T, text string, found []Finding) {
	t.Helper()
	runes := []rune(text)
	end := 0
	for _, f := range found {
		if f.Start < end || f.End <= f.Start || f.End > len(runes) {
			t.Fatalf("%+v lies outside the text or over the finding before it, which ends at %d", f, end)
		}
		if got := string(runes[f.Start:f.End]); got != string([]rune(f.Text)) { // bytes that are no UTF-8 become one code point each
			t.Fatalf("at %d to %d stands %q, the finding says %q", f.Start, f.End, got, f.Text)
		}
		if f.Kind.Severity() == "" || f.Severity != Block && f.Severity != Warn || f.Rule == "" {
			t.Fatalf("%+v has no kind, severity or rule", f)
		}
		if strings.Contains(f.Text, "[MOEDER]") {
			t.Fatalf("%+v holds a placeholder", f)
		}
		end = f.End
	}
}

func FuzzScan(f *testing.F) {
	for _, d := range corpus(f)[:60] {
		f.Add(d.text)
	}
	for _, seed := range []string{
		"", "[", "[MOEDER", "@", "+31", "www.", "C/", "1234 A", "geb.", "\xff\xfe12\xc3", "mevrouw \u0301", "'s-Hertogenbosch",
		"[[KIND 1]]", "NL91", "12-", "a@b.c", "::1", "Ǆungla 12", "J.-P.", "ECLI:NL:X:1:2", strings.Repeat("A.", 300), strings.Repeat("1 ", 300), strings.Repeat("van ", 300),
	} {
		f.Add(seed)
	}
	s, err := New(Options{Names: []string{"Plompert"}, Patterns: []Pattern{{CaseNumber, `WT\d+`}}, Hashed: []string{HashName(nil, "Zonnedauw")}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found := new(Screener).Scan(text)
		checkFindings(t, text, found)
		if with := new(Screener).Scan("[MOEDER]\n" + text + "\n[KIND 1]"); len(with) > len(found) {
			t.Fatalf("with placeholders around it the text has %d findings, %+v, without %d, %+v", len(with), with, len(found), found)
		}
		checkFindings(t, text, s.ForCase(text).Scan(text))
	})
}

// TestScanPlaceholders puts a placeholder between any two sentences of the
// corpus: nothing may be found that was not found before.
func TestScanPlaceholders(t *testing.T) {
	s := new(Screener)
	for _, d := range corpus(t) {
		before := map[string]bool{}
		for _, f := range s.Scan(d.text) {
			before[string(f.Kind)+f.Text] = true
		}
		for at, r := range d.text {
			if r != '\n' {
				continue
			}
			for _, p := range []string{"[MOEDER]", "[KIND 1]", "[dag 14]", "[HULPVERLENER 2 WIJKTEAM]"} {
				text := d.text[:at+1] + p + "\n" + d.text[at+1:]
				for _, f := range s.Scan(text) {
					if !before[string(f.Kind)+f.Text] {
						t.Fatalf("with %s a %s is found, %q, in\n%s", p, f.Kind, f.Text, text)
					}
				}
			}
		}
	}
}

// TestScanTakesWhatReplacesIt replaces every finding of the corpus by a
// placeholder: then the text is cleared.
func TestScanTakesWhatReplacesIt(t *testing.T) {
	s := new(Screener)
	for _, d := range corpus(t) {
		found := s.Scan(d.text)
		decisions := make([]Decision, len(found))
		for i := range decisions {
			decisions[i] = Decision{Replace: true, Replacement: "[WEG]"}
		}
		cleared, err := s.Clear(d.text, decisions)
		if err != nil {
			left := err.(*UndecidedError).Findings
			t.Errorf("%s %q is found in the replaced text of\n%s", left[0].Kind, left[0].Text, d.text)
			continue
		}
		for _, f := range found {
			if f.Kind == BSN && strings.Contains(cleared.Text(), f.Text) {
				t.Errorf("%q is still in the cleared text", f.Text)
			}
		}
	}
}
