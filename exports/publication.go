package exports

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// A Publication is a released table as it goes out: its rows, and what a
// reader needs to understand them. All files of one publication are made from
// it, so that they cannot differ.
type Publication struct {
	Study        string // id
	Title        string // of the study
	Made         time.Time
	Book         *codebook.Codebook
	Stage        Stage     // of figures that are not of a release
	Account      *Manifest // of the release; nil for figures that are not of one
	Rule         disclosure.Rule
	Symbols      Symbols  // in tables for people
	Notes        []string // what every reader must be told
	Observations []Observation
}

// Publish puts a released table in the form in which it goes out.
func Publish(r disclosure.Released, t Table, stage Stage, study, title string, made time.Time) Publication {
	return Publication{Study: study, Title: title, Made: made.UTC(), Book: t.Book, Stage: stage, Rule: r.Rule(), Notes: r.Notes(),
		Observations: Observations(r, t, stage)}
}

// Publication returns the figures of a release in the form in which they go
// out.
func (r *Release) Publication() Publication {
	account := r.manifest(r.Table.Book)
	return account.publication(r.Table.Book, r.Observations)
}

func (m Manifest) publication(book *codebook.Codebook, rows []Observation) Publication {
	return Publication{Study: m.Study, Title: m.Title, Made: Terms{AsOf: m.AsOf}.asOf(), Book: book, Account: &m, Rule: m.Profile, Symbols: m.Symbols, Notes: m.Notes, Observations: rows}
}

// ReadPublication makes the publication of a release of its files, which are
// asked for by name.
func ReadPublication(read func(name string) ([]byte, error)) (p Publication, err error) {
	var rows []Observation
	var m Manifest
	for name, into := range map[string]any{ObservationsJSON: &rows, ManifestFile: &m} {
		raw, err := read(name)
		if err != nil {
			return p, err
		}
		if err := json.Unmarshal(raw, into); err != nil {
			return p, fmt.Errorf("%s: %w", name, err)
		}
	}
	raw, err := read(CodebookFile)
	if err != nil {
		return p, err
	}
	book, err := codebook.Parse(raw, CodebookFile)
	if err != nil {
		return p, err
	}
	return m.publication(book, rows), nil
}

// Finality returns how final the figures of a period are: provisional,
// further (provisional) or final.
func (p Publication) Finality(period string) string {
	if p.Account != nil {
		for _, k := range p.Account.Periods {
			if k.Period == period {
				return k.finality()
			}
		}
	}
	return ReleasedPeriod{Stage: p.Stage.Status, Vintage: p.Stage.Vintage}.finality()
}

// A Region is a region of a publication. Years are nil where nothing limits
// them.
type Region struct {
	ID        string
	Label     codebook.Text
	Level     string // letters that its code begins with, such as VT
	Parent    string // empty for the nation
	From, To  *int   // years
	Successor string
}

// Regions returns the regions of the rows, in their order.
func (p Publication) Regions() []Region {
	entries := map[string]codebook.Entry{}
	for _, v := range p.Book.Variables() {
		if list, ok := p.Book.List(v.CodeList); ok && v.CopyOf == "region" {
			for _, e := range list.Entries {
				entries[e.Code] = e
			}
		}
	}
	var regions []Region
	for _, id := range p.distinct(func(o Observation) string { return o.Region }) {
		r := Region{ID: id, Label: codebook.Text{NL: id, EN: id}, Parent: Nation}
		if e, ok := entries[id]; ok {
			r.Label, r.From, r.To, r.Successor = e.Label, e.ValidFrom, e.ValidTo, e.Successor
		}
		if id == Nation {
			r.Label, r.Parent = codebook.Text{NL: "Nederland", EN: "Netherlands"}, ""
		}
		for i := 0; i < len(id) && id[i] >= 'A' && id[i] <= 'Z'; i++ {
			r.Level = id[:i+1]
		}
		regions = append(regions, r)
	}
	return regions
}

// A Period is a year or half a year of a publication.
type Period struct {
	ID         string // 2025 or 2025-H1
	Label      codebook.Text
	Start, End string // ISO dates, both included; empty for an unknown form
	SDMX       string // 2025-S1
	CBS        string // 2025HJ01
}

// Periods returns the periods of the rows, in their order.
func (p Publication) Periods() []Period {
	var periods []Period
	for _, id := range p.distinct(func(o Observation) string { return o.Period }) {
		periods = append(periods, PeriodOf(id))
	}
	return periods
}

// PeriodOf describes a period by its id. One of another form is its own label.
func PeriodOf(id string) Period {
	p := Period{ID: id, Label: codebook.Text{NL: id, EN: id}}
	if len(id) < 4 {
		return p
	}
	year, err := strconv.Atoi(id[:4])
	if err != nil {
		return p
	}
	switch id[4:] {
	case "":
		p.Start, p.End, p.SDMX, p.CBS = fmt.Sprintf("%d-01-01", year), fmt.Sprintf("%d-12-31", year), id, fmt.Sprintf("%dJJ00", year)
	case "-H1":
		p.Start, p.End, p.SDMX, p.CBS = fmt.Sprintf("%d-01-01", year), fmt.Sprintf("%d-06-30", year), fmt.Sprintf("%d-S1", year), fmt.Sprintf("%dHJ01", year)
		p.Label = codebook.Text{NL: fmt.Sprintf("1e halfjaar %d", year), EN: fmt.Sprintf("First half of %d", year)}
	case "-H2":
		p.Start, p.End, p.SDMX, p.CBS = fmt.Sprintf("%d-07-01", year), fmt.Sprintf("%d-12-31", year), fmt.Sprintf("%d-S2", year), fmt.Sprintf("%dHJ02", year)
		p.Label = codebook.Text{NL: fmt.Sprintf("2e halfjaar %d", year), EN: fmt.Sprintf("Second half of %d", year)}
	}
	return p
}

// Measures returns the measures of the rows, in their order.
func (p Publication) Measures() []*codebook.Measure {
	var measures []*codebook.Measure
	for _, id := range p.distinct(func(o Observation) string { return o.Indicator }) {
		measures = append(measures, p.Book.Measure(id))
	}
	return measures
}

// A Class is one class of a breakdown.
type Class struct {
	Breakdown, ID string
	Label         codebook.Text
}

// Classes returns the classes of the rows, in their order; the first is that
// of figures that are not broken down.
func (p Publication) Classes() []Class {
	total := codebook.Text{NL: "Totaal", EN: "Total"}
	var classes []Class
	seen := map[[2]string]bool{}
	for _, o := range p.Observations {
		if key := [2]string{o.Breakdown, o.Class}; !seen[key] {
			seen[key] = true
			c := Class{o.Breakdown, o.Class, codebook.Text{NL: o.Class, EN: o.Class}}
			if o.Breakdown == disclosure.Total {
				c.Label = total
			}
			if v := p.Book.Variable(o.Breakdown); v != nil {
				for _, option := range p.Book.Options(v, "") {
					if option.Code == o.Class {
						c.Label = option.Label
					}
				}
			}
			classes = append(classes, c)
		}
	}
	return classes
}

// breakdownLabel names a breakdown, by its variable.
func (p Publication) breakdownLabel(id string) codebook.Text {
	if v := p.Book.Variable(id); v != nil {
		return v.Label
	}
	return codebook.Text{NL: "Totaal", EN: "Total"}
}

// distinct returns the values of a column in the order in which they come.
func (p Publication) distinct(of func(Observation) string) []string {
	var list []string
	for _, o := range p.Observations {
		// Rows of a cell lie together, so most repeat the last.
		if id := of(o); (len(list) == 0 || list[len(list)-1] != id) && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// A Footnote is a note that rows refer to.
type Footnote struct {
	ID   string
	Text codebook.Text
}

// Footnotes are all footnotes there are.
var Footnotes = []Footnote{
	{FootnoteHidden, codebook.Text{
		NL: "Niet getoond: te weinig dossiers, te onnauwkeurig, of nodig om een ander cijfer te beschermen.",
		EN: "Not shown: too few case files, too imprecise, or needed to protect another figure."}},
	{FootnoteLimited, codebook.Text{
		NL: "Met voorbehoud: weinig dossiers of een ruime onzekerheidsmarge.",
		EN: "With care: few case files or a wide margin of uncertainty."}},
	{FootnoteNone, codebook.Text{
		NL: "Niet te berekenen: niemand zit in de noemer.",
		EN: "Cannot be computed: nobody is in the denominator."}},
	{FootnoteChange, codebook.Text{
		NL: "Verschil met de voorafgaande periode van dezelfde soort, in procentpunten; het interval houdt rekening met de steekproef van beide.",
		EN: "Difference from the preceding period of the same kind, in percentage points; the interval takes the samples of both into account."}},
	{FootnoteAgreement, codebook.Text{
		NL: "Voorlopig: de overeenstemming tussen codeurs achter dit cijfer haalt de gestelde drempel niet.",
		EN: "Provisional: agreement between coders behind this figure is below the threshold that was set."}},
}

// A Symbol is a sign in a table and what it means.
type Symbol struct {
	Sign string
	Text codebook.Text
}

// Symbols name a set of signs in tables.
type Symbols string

// The sets of the national statistical office: the one of now, which is the
// zero Symbols, and the one before it, which tells secret from unknown. The
// older set has a sign for nil as well; a rounded figure of 0 is written 0 all
// the same, for a sign of its own would say whether it is 0 in truth.
const (
	CurrentSymbols Symbols = ""
	OlderSymbols   Symbols = "older"
)

// Known reports whether there is such a set.
func (s Symbols) Known() bool { return s == CurrentSymbols || s == OlderSymbols }

// Hidden is the sign of a figure that is not shown, whatever the reason.
func (s Symbols) Hidden() string {
	if s == OlderSymbols {
		return "x"
	}
	return "."
}

// List returns the signs with their meaning: that of a figure that is not shown
// first, and that of one that cannot be second.
func (s Symbols) List() []Symbol {
	if s != OlderSymbols {
		return currentSymbols
	}
	return append([]Symbol{{"x", codebook.Text{NL: "het cijfer is geheim of onvoldoende betrouwbaar", EN: "the figure is confidential or insufficiently reliable"}}, currentSymbols[1],
		{".", codebook.Text{NL: "het cijfer is onbekend", EN: "the figure is unknown"}}}, currentSymbols[2:]...)
}

var currentSymbols = []Symbol{
	{".", codebook.Text{NL: "het cijfer is onbekend, onvoldoende betrouwbaar of geheim", EN: "the figure is unknown, insufficiently reliable or confidential"}},
	{"", codebook.Text{NL: "(leeg) het cijfer kan op logische gronden niet voorkomen", EN: "(blank) the figure cannot occur on logical grounds"}},
	{"0 (0,0)", codebook.Text{NL: "het cijfer is kleiner dan de helft van de gekozen eenheid", EN: "the figure is smaller than half of the unit"}},
	{"*", codebook.Text{NL: "voorlopige cijfers", EN: "provisional figures"}},
	{"**", codebook.Text{NL: "nader voorlopige cijfers", EN: "further provisional figures"}},
}

// UnitLabel names the unit of a measure of book; it is empty for a number of
// things that has none.
func UnitLabel(book *codebook.Codebook, m *codebook.Measure) codebook.Text {
	switch m.Kind {
	case codebook.Share:
		return codebook.Text{NL: "%", EN: "%"}
	case codebook.Count:
		return codebook.Text{}
	}
	return book.Variable(m.Of).Unit
}
