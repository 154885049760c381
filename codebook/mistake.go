package codebook

import (
	"fmt"
	"maps"
	"slices"
)

// A Mistake is something wrong in a codebook file or in an answer. Kind names
// the sentence and Args fill it, so that a reader's language can be spoken:
// beside texts and numbers they are a [Term], a [Hint] or an [Instead].
type Mistake struct {
	Kind MistakeKind
	Args []any
}

// Error gives the English sentence; that of no mistake is empty.
func (m *Mistake) Error() string {
	switch {
	case m == nil:
		return ""
	case len(m.Args) == 0:
		return mistakeTexts[m.Kind]
	}
	return fmt.Sprintf(mistakeTexts[m.Kind], m.Args...)
}

// A MistakeKind is the stable code of a sentence about a mistake.
type MistakeKind string

// MistakeKinds returns every kind with its English sentence in the form of
// package fmt.
func MistakeKinds() map[MistakeKind]string { return maps.Clone(mistakeTexts) }

// A Term is the stable code of words within the sentence about a mistake.
type Term string

// String gives the English words.
func (t Term) String() string { return termTexts[t] }

// Terms returns every term, sorted.
func Terms() []Term { return slices.Sorted(maps.Keys(termTexts)) }

// A Hint is the known word nearest to one that is not known; it is empty when
// none is near.
type Hint string

func (h Hint) String() string {
	if h == "" {
		return ""
	}
	return "; did you mean " + string(h) + "?"
}

// An Instead is what stands in an expression where something else belongs; it
// is empty where the expression ends.
type Instead string

func (i Instead) String() string {
	if i == "" {
		return ", but the expression ends"
	}
	return fmt.Sprintf(", not %q", string(i))
}

var (
	mistakeTexts = map[MistakeKind]string{}
	termTexts    = map[Term]string{}
)

// mistake adds a kind with its English sentence. Two of one name are a slip of
// whoever writes the program.
func mistake(kind MistakeKind, text string) MistakeKind {
	if _, taken := mistakeTexts[kind]; taken {
		panic("two mistakes are called " + kind)
	}
	mistakeTexts[kind] = text
	return kind
}

func term(t Term, text string) Term {
	termTexts[t] = text
	return t
}

// Words within the sentences.
var (
	termNothing                 = term("nothing", "nothing")
	termText                    = term("text", "text")
	termNumber                  = term("number", "a number")
	termWholeNumber             = term("whole_number", "a whole number")
	termTrueOrFalse             = term("true_or_false", "true or false")
	termList                    = term("list", "a list")
	termMapping                 = term("mapping", "a mapping")
	termDocumentType            = term("document_type", "document type")
	termMissingCode             = term("missing_code", "missing code")
	termCode                    = term("code", "code")
	termSection                 = term("section", "section")
	termVariable                = term("variable", "variable")
	termCategory                = term("category", "category")
	termDerivedVariable         = term("derived_variable", "derived variable")
	termCheck                   = term("check", "check")
	termCatalogueRow            = term("catalogue_row", "catalogue row")
	termIndicator               = term("indicator", "indicator")
	termMeasure                 = term("measure", "measure")
	termAComparison             = term("a_comparison", "a comparison")
	termAVariableOrCode         = term("a_variable_or_code", "a variable or a category code")
	termAMissingCode            = term("a_missing_code", "a missing code")
	termACategoryCode           = term("a_category_code", "a category code")
	termAVariable               = term("a_variable", "a variable")
	termAVariableAttributeLevel = term("a_variable_attribute_level", "a variable, an attribute or a level")
	termOperand                 = term("operand", "an operand")
	termDate                    = term("date", "a date")

	// Precisions of dates go by their own names.
	_ = term(Day, "day")
	_ = term(Month, "month")
	_ = term(Year, "year")
)
