package i18n

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func load(t *testing.T, lang string) *Catalogue {
	t.Helper()
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return all[lang]
}

// TestCatalogue requires that every language says everything, with the same
// placeholders, in files that stay easy to merge.
func TestCatalogue(t *testing.T) {
	nl := load(t, "nl")
	for _, lang := range Languages() {
		c := load(t, lang)
		for _, key := range nl.Keys() {
			if _, ok := c.messages[key]; !ok {
				t.Errorf("%s.json: %q is missing", lang, key)
			}
		}
		for _, key := range c.Keys() {
			want, ok := nl.messages[key]
			if !ok {
				t.Errorf("nl.json: %q is missing", key)
				continue
			}
			got := c.messages[key]
			if (got.One == "") != (want.One == "") {
				t.Errorf("%s.json: %q counts in one language only", lang, key)
			}
			if strings.TrimSpace(got.Other) == "" {
				t.Errorf("%s.json: %q is empty", lang, key)
			}
			if g, w := names(got.Other), names(want.Other); !slices.Equal(g, w) {
				t.Errorf("%s.json: %q has placeholders %v, want %v", lang, key, g, w)
			}
			for _, name := range names(got.One) {
				if !slices.Contains(names(got.Other), name) {
					t.Errorf("%s.json: %q has {%s} in the singular only", lang, key, name)
				}
			}
		}
		checkFile(t, lang, c)
	}
}

func names(text string) []string {
	var out []string
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// checkFile requires one key a line in order, so that two people who add
// messages seldom meet, and no key twice, which JSON would let pass.
func checkFile(t *testing.T, lang string, c *Catalogue) {
	t.Helper()
	b, err := files.ReadFile("locales/" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for line := range strings.Lines(string(b)) {
		if _, rest, ok := strings.Cut(line, `"`); ok {
			key, _, _ := strings.Cut(rest, `"`)
			keys = append(keys, key)
		}
	}
	if len(keys) != len(c.messages) {
		t.Errorf("%s.json: %d lines hold %d keys; write one key a line, each once", lang, len(keys), len(c.messages))
	}
	for i := 1; i < len(keys); i++ {
		if keys[i-1] >= keys[i] {
			t.Errorf("%s.json: %q stands after %q; keep the keys sorted", lang, keys[i], keys[i-1])
		}
	}
}

func TestLookup(t *testing.T) {
	c := &Catalogue{lang: "nl", format: formats["nl"], messages: map[string]forms{
		"a.hello": {Other: "Dag {name}"},
		"a.open":  {One: "Nog {n} vraag in {section}", Other: "Nog {n} vragen in {section}"},
	}}
	check := func(want string, got string, err error) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	got, err := c.Lookup("a.hello", "name", "Ada")
	check("Dag Ada", got, err)
	got, err = c.LookupN("a.open", 1, "section", "Trauma")
	check("Nog 1 vraag in Trauma", got, err)
	got, err = c.LookupN("a.open", 2445, "section", "Trauma")
	check("Nog 2.445 vragen in Trauma", got, err)

	if _, err := c.Lookup("a.none"); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("unknown key: got %v, want ErrUnknownKey", err)
	}
	if _, err := c.Lookup("a.hello"); err == nil {
		t.Error("a placeholder without a value passed")
	}
	if got := c.T("a.none"); got != "[a.none]" {
		t.Errorf("T of an unknown key = %q", got)
	}
}

func TestFormats(t *testing.T) {
	nl, en := load(t, "nl"), load(t, "en")
	number := func(c *Catalogue, x float64, decimals int, want string) {
		t.Helper()
		if got, err := c.Number(x, decimals); err != nil || got != want {
			t.Errorf("%s: %v with %d decimals = %q, %v, want %q", c.lang, x, decimals, got, err, want)
		}
	}
	number(nl, 1234567.891, 2, "1.234.567,89")
	number(en, 1234567.891, 2, "1,234,567.89")
	number(nl, 999, 0, "999")
	number(nl, -0.5, 1, "−0,5")
	number(nl, -0.001, 1, "0,0")
	if _, err := nl.Number(math.NaN(), 1); err == nil {
		t.Error("NaN was written as a number")
	}
	if got, err := nl.Percent(0.625, 1); err != nil || got != "62,5\u00a0%" {
		t.Errorf("percent = %q, %v", got, err)
	}
	day := time.Date(2026, 11, 23, 14, 3, 0, 0, time.UTC)
	for want, got := range map[string]string{
		"23 november 2026": nl.Date(day),
		"23 November 2026": en.Date(day),
		"14:03":            nl.Clock(day),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for iso, want := range map[string]string{"2021": "2021", "2021-03": "maart 2021", "2021-03-09": "9 maart 2021"} {
		if got, err := nl.PartialDate(iso); err != nil || got != want {
			t.Errorf("%s = %q, %v, want %q", iso, got, err, want)
		}
	}
	if _, err := nl.PartialDate("9-3-2021"); err == nil {
		t.Error("a date that is not ISO passed")
	}
}
