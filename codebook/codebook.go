package codebook

import (
	"slices"
)

// Format is the name and version of the codebook file format.
const Format = "dossierlens-codebook/1"

// A Text is one piece of wording in the languages of the program. Either may
// be empty, not both.
type Text struct {
	NL string `json:"nl,omitempty"`
	EN string `json:"en,omitempty"`
}

// In returns the wording in lang, "nl" or "en", and in the other language
// when there is none in that one.
func (t Text) In(lang string) string {
	first, second := t.EN, t.NL
	if lang == "nl" {
		first, second = t.NL, t.EN
	}
	if first != "" {
		return first
	}
	return second
}

// A Codebook holds everything that a study asks and derives. It is made by
// [Parse] or [Codebook.WithList] and must not be changed afterwards; it is
// then safe for use by several goroutines.
type Codebook struct {
	ID            string         `json:"id"`
	Version       string         `json:"version"` // semantic, such as 1.4.0
	Title         Text           `json:"title"`
	Missing       []MissingCode  `json:"missing"`
	DocumentTypes []DocumentType `json:"document_types,omitempty"`
	CodeLists     []CodeList     `json:"code_lists,omitempty"`
	Sections      []*Section     `json:"sections"`
	Derived       []*Derived     `json:"derived,omitempty"`
	Checks        []*Check       `json:"checks,omitempty"`
	Indicators    []*Indicator   `json:"indicators,omitempty"`
	Measures      []*Measure     `json:"measures,omitempty"`
	Catalogue     []CatalogueRow `json:"catalogue,omitempty"`

	index    // where things stand, by id
	compiled // what expressions became
}

// A MissingCode says what one of the four missing codes means to coders.
type MissingCode struct {
	Code      string `json:"code"`  // NR, DM, NA or UC
	Value     int    `json:"value"` // in data files that hold numbers only
	Label     Text   `json:"label"`
	Rule      Text   `json:"rule,omitzero"` // when to choose it
	NeedsNote bool   `json:"needs_note,omitempty"`
}

// A DocumentType is a kind of document that case files are made of.
type DocumentType struct {
	Code  string `json:"code"`
	Label Text   `json:"label"`
}

// A CodeList holds answer options that several variables share or that come
// and go over the years, such as regions.
type CodeList struct {
	ID      string  `json:"id"`
	Entries []Entry `json:"entries"`
}

// An Entry is one option of a code list.
type Entry struct {
	Code      string `json:"code"`
	Label     Text   `json:"label"`
	ValidFrom *int   `json:"valid_from,omitempty"` // first year, nil for always
	ValidTo   *int   `json:"valid_to,omitempty"`   // last year, nil for still
	Successor string `json:"successor,omitempty"`  // code of the entry that took its place

	// Attributes are further facts about the entry, such as a level of
	// evidence. An empty value says that the attribute is not set.
	Attributes map[string]string `json:"attributes,omitempty"`
}

// ValidIn reports whether the entry may be chosen for a case of that year.
func (e Entry) ValidIn(year int) bool {
	return (e.ValidFrom == nil || *e.ValidFrom <= year) && (e.ValidTo == nil || year <= *e.ValidTo)
}

// A Section is a group of variables that are asked together.
type Section struct {
	ID        string      `json:"id"`
	Label     Text        `json:"label"`
	Variables []*Variable `json:"variables"`
}

// A Type is what kind of answer a variable takes.
type Type string

// The types of variables.
const (
	TypeSingle  Type = "single"
	TypeMulti   Type = "multi"
	TypeOrdinal Type = "ordinal"
	TypeNumber  Type = "number"
	TypeDate    Type = "date"
	TypeText    Type = "text"
)

// Values of [Variable.Evidence].
const (
	EvidenceRequired = "required"
	EvidenceOptional = "optional"
	EvidenceNone     = "none"
)

// Values of [Variable.Burden].
const (
	Factual   = "factual"
	Judgement = "judgement"
)

// Values of [Variable.Precision].
const (
	Day   = "day"
	Month = "month"
	Year  = "year"
)

// A Variable is a question with its answer options.
type Variable struct {
	ID             string     `json:"id"`
	Type           Type       `json:"type"`
	Label          Text       `json:"label"`
	Question       Text       `json:"question,omitzero"`
	Instruction    Text       `json:"instruction,omitzero"`
	Example        Text       `json:"example,omitzero"`
	Categories     []Category `json:"categories,omitempty"`
	CodeList       string     `json:"code_list,omitempty"` // in place of Categories
	Exclusive      []string   `json:"exclusive,omitempty"` // multi: codes that stand alone
	Min            *float64   `json:"min,omitempty"`
	Max            *float64   `json:"max,omitempty"`
	Unit           Text       `json:"unit,omitzero"`
	Tolerance      float64    `json:"tolerance,omitempty"` // a difference up to this is agreement
	Precision      string     `json:"precision,omitempty"` // date: the finest part that is recorded
	Missing        []string   `json:"missing,omitempty"`   // codes that a coder may choose
	AskIf          string     `json:"ask_if,omitempty"`
	AskWhenUnknown bool       `json:"ask_when_unknown,omitempty"`
	Evidence       string     `json:"evidence"`
	Burden         string     `json:"burden"`
	Core           bool       `json:"core,omitempty"`
	Agreement      bool       `json:"agreement,omitempty"`

	// CopyOf names the case column that this variable copies: "region",
	// "period" or a case attribute. Where cases come with a manifest or
	// frame the answer is filled from it and locked. Empty for a variable
	// that coders answer.
	CopyOf string `json:"copy_of,omitempty"`
}

// A Category is one answer option. The options of an ordinal variable are
// ordered by Value, whatever their place in the list.
type Category struct {
	Code  string `json:"code"`
	Value int    `json:"value"` // 0 for an entry of a code list, which has none
	Label Text   `json:"label"`
}

// A Derived is a named expression over answers and earlier derived variables.
type Derived struct {
	ID         string `json:"id"`
	Label      Text   `json:"label"`
	Expression string `json:"expression"`
	Note       Text   `json:"note,omitzero"`
}

// Values of [Check.Severity].
const (
	SeverityError   = "error"   // blocks submission
	SeverityExplain = "explain" // asks for a note
	SeverityWarning = "warning" // is shown
)

// A Check is an expression that should not be true of a coding.
type Check struct {
	ID         string `json:"id"`
	Severity   string `json:"severity"`
	Expression string `json:"expression"`
	Message    Text   `json:"message"`
}

// An Indicator is what the monitor publishes; its measures carry the figures.
type Indicator struct {
	ID        string `json:"id"`
	Number    int    `json:"number,omitempty"`
	Catalogue string `json:"catalogue,omitempty"` // id of a CatalogueRow
	Label     Text   `json:"label"`
	Unit      Text   `json:"unit,omitzero"`
	Policy    Policy `json:"policy"`
	Note      Text   `json:"note,omitzero"`
}

// A MeasureKind is the statistic of a measure.
type MeasureKind string

// The kinds of measures.
const (
	Share  MeasureKind = "share"
	Count  MeasureKind = "count"
	Mean   MeasureKind = "mean"
	Median MeasureKind = "median"
)

// A Measure is a share, count, mean or median with its denominator.
type Measure struct {
	ID        string      `json:"id"`
	Indicator string      `json:"indicator"`
	Kind      MeasureKind `json:"kind"`
	Headline  bool        `json:"headline,omitempty"`
	Label     Text        `json:"label"`
	Include   string      `json:"include"`             // "all" when the file names none
	Exclude   string      `json:"exclude,omitempty"`   // empty excludes nobody
	Numerator string      `json:"numerator,omitempty"` // share and count
	Of        string      `json:"of,omitempty"`        // mean and median: a number variable
	Policy    Policy      `json:"policy"`              // the indicator's when the file names none
	Cascade   string      `json:"cascade,omitempty"`   // measures of one cascade share a denominator
}

// A CatalogueRow is an indicator of the monitor as a whole, whether or not it
// is measured from case files.
type CatalogueRow struct {
	ID            string `json:"id"`
	Theme         Text   `json:"theme"`
	Label         Text   `json:"label"`
	Source        Text   `json:"source,omitzero"`
	Frequency     Text   `json:"frequency,omitzero"`
	Level         Text   `json:"level,omitzero"`
	FromCaseFiles bool   `json:"from_case_files,omitempty"`
}

// index finds things by id.
type index struct {
	variables   []*Variable
	variableAt  map[string]int
	sectionOf   map[string]*Section
	derivedAt   map[string]int
	indicatorAt map[string]int
	measureAt   map[string]int
	listAt      map[string]int
}

// newIndex indexes c. Of things with the same id the first counts.
func newIndex(c *Codebook) index {
	x := index{
		variableAt:  map[string]int{},
		sectionOf:   map[string]*Section{},
		derivedAt:   map[string]int{},
		indicatorAt: map[string]int{},
		measureAt:   map[string]int{},
		listAt:      map[string]int{},
	}
	put := func(m map[string]int, id string, i int) {
		if _, taken := m[id]; !taken {
			m[id] = i
		}
	}
	for _, s := range c.Sections {
		for _, v := range s.Variables {
			put(x.variableAt, v.ID, len(x.variables))
			if x.sectionOf[v.ID] == nil {
				x.sectionOf[v.ID] = s
			}
			x.variables = append(x.variables, v)
		}
	}
	for i, d := range c.Derived {
		put(x.derivedAt, d.ID, i)
	}
	for i, n := range c.Indicators {
		put(x.indicatorAt, n.ID, i)
	}
	for i, m := range c.Measures {
		put(x.measureAt, m.ID, i)
	}
	for i, l := range c.CodeLists {
		put(x.listAt, l.ID, i)
	}
	return x
}

// Variables returns all variables in codebook order.
func (c *Codebook) Variables() []*Variable { return slices.Clone(c.variables) }

// Variable returns the variable with that id, or nil.
func (c *Codebook) Variable(id string) *Variable {
	if i, ok := c.variableAt[id]; ok {
		return c.variables[i]
	}
	return nil
}

// Measure returns the measure with that id, or nil.
func (c *Codebook) Measure(id string) *Measure {
	if i, ok := c.measureAt[id]; ok {
		return c.Measures[i]
	}
	return nil
}

// Indicator returns the indicator with that id, or nil.
func (c *Codebook) Indicator(id string) *Indicator {
	if i, ok := c.indicatorAt[id]; ok {
		return c.Indicators[i]
	}
	return nil
}

// SectionOf returns the section that asks the variable with that id, or nil.
func (c *Codebook) SectionOf(id string) *Section { return c.sectionOf[id] }

// List returns the code list with that id; ok is false when there is none.
func (c *Codebook) List(id string) (list CodeList, ok bool) {
	i, ok := c.listAt[id]
	if !ok {
		return CodeList{}, false
	}
	return c.CodeLists[i], true
}
