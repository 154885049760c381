package codebook

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A reader turns nodes into a codebook and gathers the mistakes.
type reader struct {
	problems []problem
	places   map[string]*node // by path
}

func (r *reader) report(path string, kind MistakeKind, args ...any) {
	r.problems = append(r.problems, problem{path: path, err: &Mistake{kind, args}})
}

// An object is a mapping of which the keys are being read. Keys that nobody
// asked for by the time of done are mistakes.
type object struct {
	*reader
	path  string
	items map[string]*node
	asked []string
}

func (r *reader) object(path string, n *node) *object {
	r.places[path] = n
	o := &object{r, path, map[string]*node{}, nil}
	if n.kind != mappingNode {
		r.report(path, mistakeNoMapping, n.kind.term())
		return o
	}
	for i, key := range n.keys {
		at := o.at(key.text)
		if _, taken := o.items[key.text]; taken {
			r.places[at+" (again)"] = key
			r.report(at+" (again)", mistakeKeyTwice, key.text)
			continue
		}
		r.places[at] = n.items[i]
		r.places[at+" (key)"] = key
		o.items[key.text] = n.items[i]
	}
	return o
}

func (o *object) at(key string) string {
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

// done reports the keys that nobody asked for.
func (o *object) done() {
	for _, key := range keys(o.items) {
		if !slices.Contains(o.asked, key) {
			o.report(o.at(key)+" (key)", mistakeUnknownKey, key, didYouMean(key, o.asked))
		}
	}
}

// get returns the node of key, or nil when it is absent or null.
func (o *object) get(key string) *node {
	o.asked = append(o.asked, key)
	if n := o.items[key]; n != nil && n.kind != nullNode {
		return n
	}
	return nil
}

// scalar returns the text of key when it is of one of the kinds.
func (o *object) scalar(key string, expected Term, kinds ...nodeKind) (string, bool) {
	n := o.get(key)
	if n == nil {
		return "", false
	}
	if !slices.Contains(kinds, n.kind) {
		o.report(o.at(key), mistakeOtherKind, expected, n.kind.term())
		return "", false
	}
	return n.text, true
}

// word returns a text of one line; a number is taken as written.
func (o *object) word(key string) string {
	s, _ := o.scalar(key, termText, textNode, numberNode)
	return strings.TrimSpace(s)
}

// need is word for a key that must be there.
func (o *object) need(key string) string {
	s := o.word(key)
	if s == "" && (o.items[key] == nil || o.items[key].kind <= textNode) && o.isMapping() {
		o.report(o.path, mistakeMissing, key)
	}
	return s
}

// isMapping is false for an object that was reported as something else.
func (o *object) isMapping() bool {
	n := o.places[o.path]
	return n != nil && n.kind == mappingNode
}

func (o *object) flag(key string) bool {
	s, _ := o.scalar(key, termTrueOrFalse, boolNode)
	return s == "true"
}

func (o *object) number(key string) *float64 {
	s, ok := o.scalar(key, termNumber, numberNode)
	if !ok {
		return nil
	}
	n, ok := parseNumber(s)
	if !ok {
		o.report(o.at(key), mistakeNotDecimal, s)
		return nil
	}
	return &n
}

func (o *object) integer(key string) *int {
	s, ok := o.scalar(key, termWholeNumber, numberNode)
	if !ok {
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		o.report(o.at(key), mistakeNotWhole, s)
		return nil
	}
	i := int(n)
	return &i
}

// text reads wording: a mapping of languages, or a plain text for both.
func (o *object) text(key string) Text {
	n := o.get(key)
	switch {
	case n == nil:
		return Text{}
	case n.kind == textNode || n.kind == numberNode:
		s := strings.TrimSpace(n.text)
		return Text{NL: s, EN: s}
	case n.kind != mappingNode:
		o.report(o.at(key), mistakeNoText, n.kind.term())
		return Text{}
	}
	languages := o.object(o.at(key), n)
	t := Text{NL: languages.word("nl"), EN: languages.word("en")}
	languages.done()
	return t
}

// needText is text for a key that must be there in one language at least.
func (o *object) needText(key string) Text {
	t := o.text(key)
	if t == (Text{}) && o.isMapping() {
		if n := o.items[key]; n == nil || n.kind == nullNode || n.kind == textNode || n.kind == mappingNode {
			o.report(o.path, mistakeMissing, key)
		}
	}
	return t
}

// list returns the items of a sequence.
func (o *object) list(key string) []*node {
	n := o.get(key)
	if n == nil {
		return nil
	}
	if n.kind != sequenceNode {
		o.report(o.at(key), mistakeNoList, n.kind.term())
		return nil
	}
	return n.items
}

// words returns a list of texts.
func (o *object) words(key string) []string {
	var words []string
	for i, n := range o.list(key) {
		path := fmt.Sprintf("%s[%d]", o.at(key), i)
		o.places[path] = n
		if n.kind != textNode && n.kind != numberNode {
			o.report(path, mistakeNoWord, n.kind.term())
			continue
		}
		words = append(words, n.text)
	}
	return words
}

// each reads the mappings of a list.
func each[T any](o *object, key string, read func(*object) T) []T {
	var all []T
	for i, n := range o.list(key) {
		x := o.object(fmt.Sprintf("%s[%d]", o.at(key), i), n)
		all = append(all, read(x))
		if x.isMapping() {
			x.done()
		}
	}
	return all
}

func (r *reader) codebook(n *node) *Codebook {
	o := r.object("", n)
	if format := o.word("format"); format != Format {
		path := ""
		if format != "" {
			path = "format"
		}
		r.problems = append(r.problems, problem{path: path, err: &Mistake{mistakeNotThisFormat, []any{Format}}})
		return nil
	}
	c := &Codebook{
		ID:            o.need("id"),
		Version:       o.need("version"),
		Title:         o.needText("title"),
		Missing:       each(o, "missing", readMissing),
		DocumentTypes: each(o, "document_types", readDocumentType),
		CodeLists:     readCodeLists(o),
		Sections:      each(o, "sections", readSection),
		Derived:       each(o, "derived", readDerived),
		Checks:        each(o, "checks", readCheck),
		Indicators:    each(o, "indicators", readIndicator),
		Measures:      each(o, "measures", readMeasure),
		Catalogue:     each(o, "catalogue", readCatalogueRow),
	}
	o.done()
	policies := map[string]Policy{}
	for _, x := range c.Indicators {
		policies[x.ID] = x.Policy
	}
	for _, m := range c.Measures {
		m.Policy = cmp.Or(m.Policy, policies[m.Indicator])
	}
	return c
}

func readMissing(o *object) MissingCode {
	m := MissingCode{Code: o.need("code"), Label: o.needText("label"), Rule: o.text("rule"), NeedsNote: o.flag("needs_note")}
	m.Value = o.needInteger("value")
	return m
}

// needInteger is integer for a key that must be there.
func (o *object) needInteger(key string) int {
	if n := o.integer(key); n != nil {
		return *n
	}
	if n := o.items[key]; (n == nil || n.kind == nullNode) && o.isMapping() {
		o.report(o.path, mistakeMissingWhole, key)
	}
	// No file can hold this number, so it is not taken for one used twice.
	return math.MinInt32 - len(o.problems)
}

func readDocumentType(o *object) DocumentType {
	return DocumentType{Code: o.need("code"), Label: o.needText("label")}
}

func readCodeLists(o *object) []CodeList {
	n := o.get("code_lists")
	if n == nil {
		return nil
	}
	lists := o.object("code_lists", n)
	var all []CodeList
	for _, key := range n.keys {
		if !slices.Contains(lists.asked, key.text) {
			all = append(all, CodeList{ID: key.text, Entries: each(lists, key.text, readEntry)})
		}
	}
	// Keys of a mapping have no order that means anything.
	slices.SortFunc(all, func(a, b CodeList) int { return strings.Compare(a.ID, b.ID) })
	return all
}

func readEntry(o *object) Entry {
	e := Entry{
		Code:      o.need("code"),
		Label:     o.needText("label"),
		ValidFrom: o.integer("valid_from"),
		ValidTo:   o.integer("valid_to"),
		Successor: o.word("successor"),
	}
	if n := o.get("attributes"); n != nil {
		attributes := o.object(o.at("attributes"), n)
		e.Attributes = map[string]string{}
		for _, key := range keys(attributes.items) {
			e.Attributes[key] = attributes.word(key)
		}
	}
	return e
}

func readSection(o *object) *Section {
	return &Section{ID: o.need("id"), Label: o.needText("label"), Variables: each(o, "variables", readVariable)}
}

func readVariable(o *object) *Variable {
	v := &Variable{
		ID:             o.need("id"),
		Type:           Type(o.need("type")),
		Label:          o.needText("label"),
		Question:       o.text("question"),
		Instruction:    o.text("instruction"),
		Example:        o.text("example"),
		Categories:     each(o, "categories", readCategory),
		CodeList:       o.word("code_list"),
		Exclusive:      o.words("exclusive"),
		Min:            o.number("min"),
		Max:            o.number("max"),
		Unit:           o.text("unit"),
		Precision:      o.word("precision"),
		Missing:        o.words("missing"),
		AskIf:          o.word("ask_if"),
		AskWhenUnknown: o.flag("ask_when_unknown"),
		Evidence:       cmp.Or(o.word("evidence"), EvidenceOptional),
		Burden:         cmp.Or(o.word("burden"), Factual),
		Core:           o.flag("core"),
		Agreement:      o.flag("agreement"),
		CopyOf:         o.word("copy_of"),
	}
	if n := o.number("tolerance"); n != nil {
		v.Tolerance = *n
	}
	if v.Type == TypeDate {
		v.Precision = cmp.Or(v.Precision, Day)
	}
	return v
}

func readCategory(o *object) Category {
	return Category{Code: o.need("code"), Value: o.needInteger("value"), Label: o.needText("label")}
}

func readDerived(o *object) *Derived {
	return &Derived{ID: o.need("id"), Label: o.needText("label"), Expression: o.need("expression"), Note: o.text("note")}
}

func readCheck(o *object) *Check {
	return &Check{ID: o.need("id"), Severity: o.need("severity"), Expression: o.need("expression"), Message: o.needText("message")}
}

func readIndicator(o *object) *Indicator {
	x := &Indicator{
		ID:        o.need("id"),
		Catalogue: o.word("catalogue"),
		Label:     o.needText("label"),
		Unit:      o.text("unit"),
		Policy:    Policy(o.need("policy")),
		Note:      o.text("note"),
	}
	if n := o.integer("number"); n != nil {
		x.Number = *n
	}
	return x
}

func readMeasure(o *object) *Measure {
	return &Measure{
		ID:        o.need("id"),
		Indicator: o.need("indicator"),
		Kind:      MeasureKind(o.need("kind")),
		Headline:  o.flag("headline"),
		Label:     o.needText("label"),
		Include:   cmp.Or(o.word("include"), "all"),
		Exclude:   o.word("exclude"),
		Numerator: o.word("numerator"),
		Of:        o.word("of"),
		Policy:    Policy(o.word("policy")),
		Cascade:   o.word("cascade"),
	}
}

func readCatalogueRow(o *object) CatalogueRow {
	return CatalogueRow{
		ID:            o.need("id"),
		Theme:         o.text("theme"),
		Label:         o.needText("label"),
		Source:        o.text("source"),
		Frequency:     o.text("frequency"),
		Level:         o.text("level"),
		FromCaseFiles: o.flag("from_case_files"),
	}
}
