// Package i18n holds the messages of the pages and writes numbers and dates
// the way each language does.
//
// A catalogue is a flat JSON file in locales/: message keys such as
// "coding.saved", sorted, one a line. The part before the first dot is the
// page a message belongs to ("common" where several share it). A message is
// plain text with {name} placeholders, never markup; one that counts is an
// object with the forms "one" and "other" and gets its count as {n}.
//
// To add a message, put its key in every file of locales/, at its place in
// the alphabet, and run
//
//	go test -run Catalogue ./web/...
//
// which reports keys or placeholders that the languages do not share, empty
// messages, keys that no page, script or handler uses, and keys that are used
// and missing.
//
// The package leaves out collation, currencies and languages with more than
// two plural forms: Dutch and English need none of them.
package i18n

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed locales/*.json
var files embed.FS

// A Catalogue is the messages of one language. It does not change after
// [Load] and may be used by many goroutines.
type Catalogue struct {
	lang     string
	messages map[string]forms
	format   format
}

// forms is one message; one is empty unless the message counts.
type forms struct {
	One   string `json:"one"`
	Other string `json:"other"`
}

// UnmarshalJSON accepts a text or an object of plural forms.
func (f *forms) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &f.Other)
	}
	type plain forms
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	return d.Decode((*plain)(f))
}

// Languages are the languages that have a catalogue, the first being the one
// to use when a reader asks for none of them.
func Languages() []string { return []string{"nl", "en"} }

// Load reads the catalogues, keyed by language. It fails on a file that is
// not a catalogue, which a test finds before any reader does.
func Load() (map[string]*Catalogue, error) {
	all := make(map[string]*Catalogue)
	for _, lang := range Languages() {
		b, err := files.ReadFile(path.Join("locales", lang+".json"))
		if err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", lang, err)
		}
		c := &Catalogue{lang: lang, format: formats[lang]}
		if err := json.Unmarshal(b, &c.messages); err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", lang, err)
		}
		all[lang] = c
	}
	return all, nil
}

// ErrUnknownKey says that a catalogue has no message of that key.
var ErrUnknownKey = errors.New("no such message")

// Lang is the language of c, "nl" or "en".
func (c *Catalogue) Lang() string { return c.lang }

// Lookup returns the message of key with its placeholders filled from pairs:
// name, value, name, value. A whole number is written as the language does.
// It returns [ErrUnknownKey], or an error when pairs and placeholders differ.
func (c *Catalogue) Lookup(key string, pairs ...any) (string, error) {
	f, ok := c.messages[key]
	if !ok {
		return "", fmt.Errorf("%w: %q in %s", ErrUnknownKey, key, c.lang)
	}
	return c.fill(key, f.Other, pairs)
}

// LookupN is [Catalogue.Lookup] for a message that counts n things; {n} is
// filled with n.
func (c *Catalogue) LookupN(key string, n int, pairs ...any) (string, error) {
	f, ok := c.messages[key]
	if !ok {
		return "", fmt.Errorf("%w: %q in %s", ErrUnknownKey, key, c.lang)
	}
	text := f.Other
	if n == 1 && f.One != "" {
		text = f.One
	}
	return c.fill(key, text, append([]any{"n", n}, pairs...))
}

// T is [Catalogue.Lookup] for callers that must show something: a message
// that is missing or does not fit comes back as its key in brackets.
func (c *Catalogue) T(key string, pairs ...any) string {
	s, err := c.Lookup(key, pairs...)
	if err != nil {
		return "[" + key + "]"
	}
	return s
}

// TN is [Catalogue.LookupN] with the manners of [Catalogue.T].
func (c *Catalogue) TN(key string, n int, pairs ...any) string {
	s, err := c.LookupN(key, n, pairs...)
	if err != nil {
		return "[" + key + "]"
	}
	return s
}

// Under returns the messages whose keys begin with one of the prefixes, for a
// script: texts as they stand, counting ones as {"one", "other"}.
func (c *Catalogue) Under(prefixes ...string) map[string]any {
	out := make(map[string]any)
	for key, f := range c.messages {
		if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p+".") }) {
			continue
		}
		if f.One == "" {
			out[key] = f.Other
		} else {
			out[key] = map[string]string{"one": f.One, "other": f.Other}
		}
	}
	return out
}

// Keys returns every key of c, sorted.
func (c *Catalogue) Keys() []string { return slices.Sorted(maps.Keys(c.messages)) }

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

func (c *Catalogue) fill(key, text string, pairs []any) (string, error) {
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("message %q: a name without a value", key)
	}
	values := make(map[string]string, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return "", fmt.Errorf("message %q: %v is not a name", key, pairs[i])
		}
		if n, ok := pairs[i+1].(int); ok {
			values[name] = c.Int(n)
		} else {
			values[name] = fmt.Sprint(pairs[i+1])
		}
	}
	var missing []string
	text = placeholder.ReplaceAllStringFunc(text, func(p string) string {
		v, ok := values[p[1:len(p)-1]]
		if !ok {
			missing = append(missing, p)
		}
		return v
	})
	if missing != nil {
		return "", fmt.Errorf("message %q: nothing given for %s", key, strings.Join(missing, ", "))
	}
	return text, nil
}
