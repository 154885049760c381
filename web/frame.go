package web

import (
	"fmt"
	"slices"

	"github.com/dossierlens/dossierlens/web/i18n"
)

// A Frame is what every page has around its own content. Its zero value is
// the page of somebody who has not signed in.
type Frame struct {
	// Crumbs lead from the study to the page: the study first, the page
	// itself last and without Href. The list of studies is put before them.
	Crumbs []Link

	// Nav holds what the actor may open here, in order; what an actor may
	// not do is not in it.
	Nav []Link

	Actor string // the name shown in the account menu; empty when signed out
	Theme string // "light" or "dark"; empty follows the reader's system
	Here  string // path of the page, to come back to after a change of language

	Flash    Message   // what the last act did, shown once above the page
	Problems []Problem // what is wrong with the form that was sent
}

// A Link is a place to go to.
type Link struct {
	Href    string
	Label   Message
	Current bool // it is the page, or the part of the site the page is in
	Count   int  // what waits there; 0 shows nothing
}

// A Message is a text that is put in the reader's language when it is shown.
// The zero value is no message.
type Message struct {
	key   string
	n     *int
	pairs []any
	text  string
}

// Say is the message of key, with its placeholders filled from pairs: name,
// value, name, value. A value may be a message itself.
func Say(key string, pairs ...any) Message { return Message{key: key, pairs: pairs} }

// SayN is the message of key that counts n things.
func SayN(key string, n int, pairs ...any) Message { return Message{key: key, n: &n, pairs: pairs} }

// Text is a message that is the same in every language, such as a name.
func Text(s string) Message { return Message{text: s} }

// IsZero reports whether m says nothing.
func (m Message) IsZero() bool { return m.key == "" && m.text == "" }

// In writes m in the language of c.
func (m Message) In(c *i18n.Catalogue) string {
	s, err := m.in(c)
	if err != nil {
		return "[" + m.key + "]"
	}
	return s
}

func (m Message) in(c *i18n.Catalogue) (string, error) {
	pairs := slices.Clone(m.pairs)
	for i, p := range pairs {
		if inner, ok := p.(Message); ok {
			text, err := inner.in(c)
			if err != nil {
				return "", err
			}
			pairs[i] = text
		}
	}
	switch {
	case m.key == "":
		return m.text, nil
	case m.n != nil:
		return c.LookupN(m.key, *m.n, pairs...)
	}
	return c.Lookup(m.key, pairs...)
}

// A Problem is one thing that is wrong with a form. Field is the name of the
// input it belongs to, or empty when it concerns the whole.
type Problem struct {
	Field string
	Text  Message
}

// An Option is one choice of a [Field].
type Option struct {
	Value string
	Label Message
}

// A Field is an input with its label, hint and problem, for the part "field".
type Field struct {
	Name, Type, Value  string
	Label, Hint        string
	Autocomplete       string
	Options            []Option // makes it a select, or radio buttons when Type is "radio"
	Required, Checked  bool
	Problem            Message
	Rows               int // more than 0 makes it a text area
	Autofocus, Invalid bool
}

// newField is the template function "field".
func newField(name string, problems []Problem, pairs ...any) (Field, error) {
	f := Field{Name: name, Type: "text"}
	for _, p := range problems {
		if p.Field == name {
			f.Problem, f.Invalid = p.Text, true
			break
		}
	}
	given, err := dict(pairs...)
	if err != nil {
		return f, err
	}
	for key, v := range given {
		ok := true
		switch key {
		case "type":
			f.Type, ok = v.(string)
		case "value":
			f.Value = fmt.Sprint(v)
		case "label":
			f.Label, ok = v.(string)
		case "hint":
			f.Hint, ok = v.(string)
		case "autocomplete":
			f.Autocomplete, ok = v.(string)
		case "options":
			f.Options, ok = v.([]Option)
		case "required":
			f.Required, ok = v.(bool)
		case "checked":
			f.Checked, ok = v.(bool)
		case "autofocus":
			f.Autofocus, ok = v.(bool)
		case "rows":
			f.Rows, ok = v.(int)
		default:
			return f, fmt.Errorf("field %s: nothing is called %q", name, key)
		}
		if !ok {
			return f, fmt.Errorf("field %s: %T does not fit %q", name, v, key)
		}
	}
	return f, nil
}

// A Pager is where a list stands that is shown a page at a time.
type Pager struct {
	From, To, Total int    // rows shown, counted from 1
	Prev, Next      string // addresses; empty at the ends
}
