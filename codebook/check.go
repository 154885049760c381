package codebook

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A checker gathers the mistakes in the content of a codebook.
type checker struct {
	book     *Codebook
	problems []problem
}

func (k *checker) report(path string, kind MistakeKind, args ...any) {
	k.problems = append(k.problems, problem{path: path, err: &Mistake{kind, args}})
}

var (
	codebookID  = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)
	plainID     = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	checkID     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)
	code        = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	versionForm = regexp.MustCompile(`^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$`)
)

// missingCodes are the four codes that every codebook explains.
var missingCodes = []string{NR, DM, NA, UC}

// unique reports ids that are empty, ill-formed or taken.
type unique struct {
	*checker
	what Term
	form *regexp.Regexp
	seen map[string]bool
}

func (k *checker) unique(what Term, form *regexp.Regexp) unique {
	return unique{k, what, form, map[string]bool{}}
}

func (u unique) check(path, id string) {
	switch {
	case id == "":
		// reported as missing when the file was read
	case !u.form.MatchString(id):
		kind := mistakeIllFormed
		if u.form == code || u.form == checkID {
			kind = mistakeIllFormedCode
		}
		u.report(path, kind, u.what, id)
	case u.form == plainID && slices.Contains(reserved, id):
		u.report(path, mistakeReserved, u.what, id)
	case u.seen[id]:
		u.report(path, mistakeTwice, u.what, id)
	}
	u.seen[id] = true
}

// oneOf reports a value that is not allowed. The empty value was reported, or
// filled in, when the file was read.
func (k *checker) oneOf(path, value string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		k.report(path, mistakeNotOneOf, value, strings.Join(allowed, ", "), didYouMean(value, allowed))
	}
}

func (k *checker) checkAll() {
	c := k.book
	if c.ID != "" && !codebookID.MatchString(c.ID) {
		k.report("id", mistakeCodebookID, c.ID)
	}
	if c.Version != "" && !versionForm.MatchString(c.Version) {
		k.report("version", mistakeVersion, c.Version)
	}
	k.checkMissing()
	types := k.unique(termDocumentType, code)
	for i, t := range c.DocumentTypes {
		types.check(fmt.Sprintf("document_types[%d].code", i), t.Code)
	}
	for _, l := range c.CodeLists {
		k.checkList("code_lists."+l.ID, l)
	}
	k.checkSections()
	k.checkDerived()
	k.checkIndicators()
	k.checkMeasures()
}

func (k *checker) checkMissing() {
	values := map[int]bool{}
	codes := k.unique(termMissingCode, code)
	for i, m := range k.book.Missing {
		path := fmt.Sprintf("missing[%d]", i)
		k.oneOf(path+".code", m.Code, missingCodes...)
		codes.check(path+".code", m.Code)
		if values[m.Value] {
			k.report(path+".value", mistakeValueTwice, m.Value)
		}
		values[m.Value] = true
	}
	for _, m := range missingCodes {
		if !codes.seen[m] {
			k.report("missing", mistakeMissingCodeUnexplained, m, strings.Join(missingCodes, ", "))
		}
	}
}

func (k *checker) checkList(path string, l CodeList) {
	if !plainID.MatchString(l.ID) {
		k.report(path, mistakeListID, l.ID)
	}
	if len(l.Entries) == 0 {
		k.report(path, mistakeListEmpty, l.ID)
	}
	codes := k.unique(termCode, code)
	for i, e := range l.Entries {
		at := fmt.Sprintf("%s[%d]", path, i)
		codes.check(at+".code", e.Code)
		k.notMissingCode(at+".code", e.Code)
		if e.ValidFrom != nil && e.ValidTo != nil && *e.ValidFrom > *e.ValidTo {
			k.report(at+".valid_to", mistakeValidToBefore, *e.ValidTo, *e.ValidFrom)
		}
	}
	for i, e := range l.Entries {
		for _, name := range keys(e.Attributes) {
			if !plainID.MatchString(name) {
				k.report(fmt.Sprintf("%s[%d].attributes", path, i), mistakeAttributeName, name)
			}
		}
		at := fmt.Sprintf("%s[%d].successor", path, i)
		switch {
		case e.Successor == "":
		case e.Successor == e.Code:
			k.report(at, mistakeOwnSuccessor, e.Code)
		case !codes.seen[e.Successor]:
			k.report(at, mistakeNoEntry, l.ID, e.Successor, didYouMean(e.Successor, keys(codes.seen)))
		}
	}
}

// notMissingCode keeps codes and missing codes apart: in a file with one
// column for both they could not be told from each other.
func (k *checker) notMissingCode(path, c string) {
	if slices.Contains(missingCodes, c) || c == OPEN || c == LIST {
		k.report(path, mistakeMissingCodeTaken, c)
	}
}

func (k *checker) checkSections() {
	if len(k.book.variables) == 0 {
		k.report("sections", mistakeNoVariables)
	}
	sections, variables := k.unique(termSection, plainID), k.unique(termVariable, plainID)
	for s, section := range k.book.Sections {
		path := fmt.Sprintf("sections[%d]", s)
		sections.check(path+".id", section.ID)
		for i, v := range section.Variables {
			at := fmt.Sprintf("%s.variables[%d]", path, i)
			variables.check(at+".id", v.ID)
			k.checkVariable(at, v)
		}
	}
}

func (k *checker) checkVariable(path string, v *Variable) {
	k.oneOf(path+".type", string(v.Type), "single", "multi", "ordinal", "number", "date", "text")
	k.oneOf(path+".evidence", v.Evidence, EvidenceRequired, EvidenceOptional, EvidenceNone)
	k.oneOf(path+".burden", v.Burden, Factual, Judgement)
	missing := k.unique(termMissingCode, code)
	for i, m := range v.Missing {
		at := fmt.Sprintf("%s.missing[%d]", path, i)
		k.oneOf(at, m, missingCodes...)
		missing.check(at, m)
	}
	k.checkChoices(path, v)
	k.checkLimits(path, v)
	if v.CopyOf != "" && !plainID.MatchString(v.CopyOf) {
		k.report(path+".copy_of", mistakeCopyOf, v.CopyOf)
	}
	if v.AskWhenUnknown && v.AskIf == "" {
		k.report(path+".ask_when_unknown", mistakeAskWhenUnknown)
	}
}

// checkChoices checks categories, code list and exclusive of v.
func (k *checker) checkChoices(path string, v *Variable) {
	choice := v.Type == TypeSingle || v.Type == TypeMulti || v.Type == TypeOrdinal
	_, listed := k.book.listAt[v.CodeList]
	switch {
	case v.Type == "":
	case !choice && len(v.Categories) > 0:
		k.report(path+".categories", mistakeNoCategoriesHere, v.ID, v.Type)
	case !choice && v.CodeList != "":
		k.report(path+".code_list", mistakeNoListHere, v.ID, v.Type)
	case choice && len(v.Categories) > 0 && v.CodeList != "":
		k.report(path+".code_list", mistakeCategoriesAndList, v.ID)
	case choice && len(v.Categories) == 0 && v.CodeList == "":
		k.report(path, mistakeNoChoices, v.ID)
	case v.Type == TypeOrdinal && v.CodeList != "":
		k.report(path+".code_list", mistakeOrdinalList)
	case v.CodeList != "" && !listed:
		k.report(path+".code_list", mistakeUnknownList, v.CodeList, didYouMean(v.CodeList, keys(k.book.listAt)))
	}
	type owner struct {
		what Term
		code string
	}
	values := map[int]owner{}
	for _, m := range k.book.Missing {
		values[m.Value] = owner{termMissingCode, m.Code}
	}
	codes := k.unique(termCategory, code)
	for i, x := range v.Categories {
		at := fmt.Sprintf("%s.categories[%d]", path, i)
		codes.check(at+".code", x.Code)
		k.notMissingCode(at+".code", x.Code)
		if other, taken := values[x.Value]; taken {
			k.report(at+".value", mistakeValueTaken, x.Value, other.what, other.code)
		}
		values[x.Value] = owner{termCategory, x.Code}
	}
	if len(v.Exclusive) > 0 && v.Type != TypeMulti {
		k.report(path+".exclusive", mistakeExclusiveMulti, v.ID, v.Type)
		return
	}
	options := k.book.codes(v)
	for i, x := range v.Exclusive {
		if !slices.Contains(options, x) {
			k.report(fmt.Sprintf("%s.exclusive[%d]", path, i), mistakeNoCategory, v.ID, x, didYouMean(x, options))
		}
	}
}

// checkLimits checks what numbers and dates have.
func (k *checker) checkLimits(path string, v *Variable) {
	if v.Type != TypeNumber {
		for _, x := range []struct {
			key string
			set bool
		}{{"min", v.Min != nil}, {"max", v.Max != nil}, {"unit", v.Unit != Text{}}, {"tolerance", v.Tolerance != 0}} {
			if x.set {
				k.report(path+"."+x.key, mistakeNumberOnly, x.key, v.ID, v.Type)
			}
		}
	}
	if v.Min != nil && v.Max != nil && *v.Min > *v.Max {
		k.report(path+".min", mistakeMinAboveMax, formatNumber(*v.Min), formatNumber(*v.Max))
	}
	if v.Tolerance < 0 {
		k.report(path+".tolerance", mistakeTolerance, formatNumber(v.Tolerance))
	}
	switch {
	case v.Type == TypeDate:
		k.oneOf(path+".precision", v.Precision, Day, Month, Year)
	case v.Precision != "":
		k.report(path+".precision", mistakePrecisionDate, v.ID, v.Type)
	}
}

func (k *checker) checkDerived() {
	ids := k.unique(termDerivedVariable, plainID)
	for i, d := range k.book.Derived {
		path := fmt.Sprintf("derived[%d].id", i)
		ids.check(path, d.ID)
		if k.book.Variable(d.ID) != nil {
			k.report(path, mistakeIDOfVariable, d.ID)
		}
	}
	checks := k.unique(termCheck, checkID)
	for i, x := range k.book.Checks {
		path := fmt.Sprintf("checks[%d]", i)
		checks.check(path+".id", x.ID)
		k.oneOf(path+".severity", x.Severity, SeverityError, SeverityExplain, SeverityWarning)
	}
}

func (k *checker) checkIndicators() {
	rows := k.unique(termCatalogueRow, plainID)
	for i, row := range k.book.Catalogue {
		rows.check(fmt.Sprintf("catalogue[%d].id", i), row.ID)
	}
	ids := k.unique(termIndicator, plainID)
	numbers := map[int]bool{}
	for i, x := range k.book.Indicators {
		path := fmt.Sprintf("indicators[%d]", i)
		ids.check(path+".id", x.ID)
		k.oneOf(path+".policy", string(x.Policy), string(Demonstrable), string(Known))
		if x.Number != 0 && numbers[x.Number] {
			k.report(path+".number", mistakeNumberTwice, x.Number)
		}
		numbers[x.Number] = true
		if x.Catalogue != "" && !rows.seen[x.Catalogue] {
			k.report(path+".catalogue", mistakeNoRow, x.Catalogue, didYouMean(x.Catalogue, keys(rows.seen)))
		}
	}
}

func (k *checker) checkMeasures() {
	ids := k.unique(termMeasure, plainID)
	for i, m := range k.book.Measures {
		path := fmt.Sprintf("measures[%d]", i)
		ids.check(path+".id", m.ID)
		k.oneOf(path+".kind", string(m.Kind), string(Share), string(Count), string(Mean), string(Median))
		indicator := k.book.Indicator(m.Indicator)
		if indicator == nil || m.Policy != indicator.Policy {
			k.oneOf(path+".policy", string(m.Policy), string(Demonstrable), string(Known))
		}
		if m.Indicator != "" && indicator == nil {
			k.report(path+".indicator", mistakeUnknownIndicator, m.Indicator, didYouMean(m.Indicator, keys(k.book.indicatorAt)))
		}
		if m.Cascade != "" && !plainID.MatchString(m.Cascade) {
			k.report(path+".cascade", mistakeCascadeName, m.Cascade)
		}
		k.checkStatistic(path, m)
		k.checkStep(path, i)
	}
}

// checkStep checks that the i-th measure shares its denominator with the
// first step of its cascade.
func (k *checker) checkStep(path string, i int) {
	m := k.book.Measures[i]
	for _, first := range k.book.Measures[:i] {
		if m.Cascade == "" || first.Cascade != m.Cascade {
			continue
		}
		for _, x := range []struct{ key, first, this string }{
			{"include", tokens(first.Include), tokens(m.Include)},
			{"exclude", tokens(first.Exclude), tokens(m.Exclude)},
			{"policy", string(first.Policy), string(m.Policy)},
		} {
			if x.first != x.this {
				k.report(path+"."+x.key, mistakeCascadeDiffers, x.key, first.ID, m.Cascade)
			}
		}
		return
	}
}

// checkStatistic checks that a measure has what its kind needs and no more.
func (k *checker) checkStatistic(path string, m *Measure) {
	switch m.Kind {
	case Mean, Median:
		if m.Numerator != "" {
			k.report(path+".numerator", mistakeNoNumeratorHere, m.Kind)
		}
		if m.Cascade != "" {
			k.report(path+".cascade", mistakeNoStep, m.Kind)
		}
		switch of := k.book.Variable(m.Of); {
		case m.Of == "":
			k.report(path, mistakeNeedsOf, m.Kind)
		case of == nil:
			k.report(path+".of", mistakeUnknownVariable, m.Of, didYouMean(m.Of, keys(k.book.variableAt)))
		case of.Type != TypeNumber:
			k.report(path+".of", mistakeOfNumber, m.Kind, m.Of, of.Type)
		}
	case Share, Count:
		if m.Numerator == "" {
			k.report(path, mistakeNeedsNumerator, m.Kind)
		}
		if m.Of != "" {
			k.report(path+".of", mistakeNoOfHere, m.Kind)
		}
	}
}
