package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/codebook"
)

type codebookShowVerb struct {
	output
	Lang string `enum:"nl,en" default:"en" help:"Language of the texts: nl or en."`
	File string `arg:"" help:"A codebook file or builtin:ID."`
}

// Run prints text for reading; as JSON the codebook in its canonical form, as
// CSV a row a variable.
func (v codebookShowVerb) Run(p process) error {
	books, err := openCodebooks(p, v.File)
	if err != nil {
		return err
	}
	c := books[0]
	switch v.Format {
	case "json":
		var b bytes.Buffer
		if err := json.Indent(&b, c.Canonical(), "", "  "); err != nil {
			return err
		}
		b.WriteByte('\n')
		_, err := b.WriteTo(p.stdout)
		return err
	case "csv":
		header := []string{"section", "variable", "type", "label", "options", "missing", "ask_if", "evidence", "burden", "core", "agreement"}
		return v.print(p.stdout, header, variableRows(c, v.Lang), nil)
	}
	s := shower{out: bufio.NewWriter(p.stdout), lang: v.Lang}
	s.codebook(c)
	return s.out.Flush()
}

func variableRows(c *codebook.Codebook, lang string) [][]string {
	var rows [][]string
	for _, x := range c.Variables() {
		var options []string
		for _, o := range c.Options(x, "") {
			options = append(options, o.Code)
		}
		rows = append(rows, []string{
			c.SectionOf(x.ID).ID, x.ID, string(x.Type), x.Label.In(lang), strings.Join(options, "|"), strings.Join(x.Missing, "|"),
			x.AskIf, x.Evidence, x.Burden, strconv.FormatBool(x.Core), strconv.FormatBool(x.Agreement),
		})
	}
	return rows
}

// A shower writes a codebook as text. Errors of writing come out at Flush.
type shower struct {
	out  *bufio.Writer
	lang string
}

// showWords are the words between the texts of the codebook, in Dutch. What
// is not here is shown in English, as the key.
var showWords = map[string]string{
	"version":          "versie",
	"missing codes":    "codes ontbrekend",
	"variables":        "variabelen",
	"instruction":      "instructie",
	"example":          "voorbeeld",
	"stands alone":     "staat alleen",
	"asked if":         "gevraagd als",
	"also if unknown":  "ook als dat onbekend is",
	"always asked":     "altijd gevraagd",
	"evidence":         "vindplaats",
	"required":         "verplicht",
	"optional":         "mag",
	"none":             "geen",
	"factual":          "feitelijk",
	"judgement":        "oordeel",
	"copied from":      "overgenomen uit",
	"code list":        "codelijst",
	"derived":          "afgeleiden",
	"checks":           "controles",
	"indicators":       "indicatoren",
	"headline":         "hoofdcijfer",
	"share":            "aandeel",
	"count":            "aantal",
	"mean":             "gemiddelde",
	"median":           "mediaan",
	"of":               "van",
	"include":          "telt mee",
	"exclude":          "valt af",
	"numerator":        "teller",
	"policy":           "beleid",
	"demonstrable":     "aantoonbaar",
	"known":            "bekend",
	"error":            "fout",
	"explain":          "toelichten",
	"warning":          "waarschuwing",
	"not before":       "vanaf",
	"not after":        "tot en met",
	"single":           "enkelvoudig",
	"multi":            "meervoudig",
	"ordinal":          "ordinaal",
	"number":           "getal",
	"date":             "datum",
	"text":             "tekst",
	"recorded to the":  "vastgelegd per",
	"day":              "dag",
	"month":            "maand",
	"year":             "jaar",
	"at least":         "minstens",
	"at most":          "hoogstens",
	"core":             "kern",
	"note is required": "toelichting verplicht",
}

func (s shower) word(english string) string {
	if dutch, ok := showWords[english]; ok && s.lang == "nl" {
		return dutch
	}
	return english
}

func (s shower) line(indent int, parts ...string) {
	text := strings.Join(parts, "")
	for part := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		fmt.Fprintln(s.out, strings.TrimRight(strings.Repeat("  ", indent)+part, " "))
	}
}

func (s shower) heading(text string) {
	io.WriteString(s.out, "\n")
	s.line(0, strings.ToUpper(text))
}

// field writes "name: text" unless there is no text.
func (s shower) field(indent int, name, text string) {
	if text != "" {
		s.line(indent, s.word(name), ": ", text)
	}
}

func (s shower) codebook(c *codebook.Codebook) {
	s.line(0, c.Title.In(s.lang))
	s.line(0, c.ID, ", ", s.word("version"), " ", c.Version, ", SHA-256 ", c.Hash())
	s.heading(s.word("missing codes"))
	for _, m := range c.Missing {
		note := ""
		if m.NeedsNote {
			note = " (" + s.word("note is required") + ")"
		}
		s.line(1, m.Code, " ", strconv.Itoa(m.Value), "  ", m.Label.In(s.lang), note)
		if rule := m.Rule.In(s.lang); rule != "" {
			s.line(3, rule)
		}
	}
	for _, section := range c.Sections {
		s.heading(section.ID + "  " + section.Label.In(s.lang))
		for _, v := range section.Variables {
			s.variable(c, v)
		}
	}
	for _, l := range c.CodeLists {
		s.heading(s.word("code list") + " " + l.ID)
		for _, e := range l.Entries {
			s.entry(e)
		}
	}
	s.expressions(c)
	s.measures(c)
}

func (s shower) variable(c *codebook.Codebook, v *codebook.Variable) {
	io.WriteString(s.out, "\n")
	s.line(1, v.ID, "  ", v.Label.In(s.lang), "  [", s.traits(v), "]")
	if question := v.Question.In(s.lang); question != "" {
		s.line(2, question)
	}
	for _, x := range v.Categories {
		s.line(3, strconv.Itoa(x.Value), " ", x.Code, "  ", x.Label.In(s.lang))
	}
	s.field(2, "code list", v.CodeList)
	s.field(2, "stands alone", strings.Join(v.Exclusive, ", "))
	s.field(2, "missing codes", strings.Join(v.Missing, ", "))
	s.field(2, "copied from", v.CopyOf)
	if v.AskIf != "" {
		unknown := ""
		if v.AskWhenUnknown {
			unknown = "; " + s.word("also if unknown")
		}
		s.field(2, "asked if", v.AskIf+unknown)
	}
	s.field(2, "instruction", v.Instruction.In(s.lang))
	s.field(2, "example", v.Example.In(s.lang))
}

// traits are the properties of a variable on one line.
func (s shower) traits(v *codebook.Variable) string {
	traits := []string{s.word(string(v.Type))}
	limit := func(name string, n *float64) {
		if n != nil {
			traits = append(traits, s.word(name)+" "+strconv.FormatFloat(*n, 'f', -1, 64))
		}
	}
	limit("at least", v.Min)
	limit("at most", v.Max)
	if unit := v.Unit.In(s.lang); unit != "" {
		traits = append(traits, unit)
	}
	if v.Precision != "" {
		traits = append(traits, s.word("recorded to the")+" "+s.word(v.Precision))
	}
	traits = append(traits, s.word(v.Burden), s.word("evidence")+" "+s.word(v.Evidence))
	if v.Core {
		traits = append(traits, s.word("core"))
	}
	return strings.Join(traits, ", ")
}

func (s shower) entry(e codebook.Entry) {
	years := ""
	if e.ValidFrom != nil {
		years += "  " + s.word("not before") + " " + strconv.Itoa(*e.ValidFrom)
	}
	if e.ValidTo != nil {
		years += "  " + s.word("not after") + " " + strconv.Itoa(*e.ValidTo)
	}
	if e.Successor != "" {
		years += "  -> " + e.Successor
	}
	s.line(1, e.Code, "  ", e.Label.In(s.lang), years)
}

func (s shower) expressions(c *codebook.Codebook) {
	if len(c.Derived) > 0 {
		s.heading(s.word("derived"))
	}
	for _, d := range c.Derived {
		s.line(1, d.ID, "  ", d.Label.In(s.lang))
		s.line(3, d.Expression)
	}
	if len(c.Checks) > 0 {
		s.heading(s.word("checks"))
	}
	for _, k := range c.Checks {
		s.line(1, k.ID, "  ", s.word(k.Severity), ": ", k.Message.In(s.lang))
		s.line(3, k.Expression)
	}
}

func (s shower) measures(c *codebook.Codebook) {
	if len(c.Indicators) > 0 {
		s.heading(s.word("indicators"))
	}
	for _, x := range c.Indicators {
		s.line(1, x.ID, "  ", x.Label.In(s.lang))
		for _, m := range c.Measures {
			if m.Indicator != x.ID {
				continue
			}
			headline := ""
			if m.Headline {
				headline = ", " + s.word("headline")
			}
			s.line(2, m.ID, "  ", m.Label.In(s.lang), "  [", s.word(string(m.Kind)), ", ", s.word("policy"), " ", s.word(string(m.Policy)), headline, "]")
			s.field(4, "include", m.Include)
			s.field(4, "exclude", m.Exclude)
			s.field(4, "numerator", m.Numerator)
			s.field(4, "of", m.Of)
		}
	}
}
