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

func (k *checker) report(path, format string, args ...any) {
	k.problems = append(k.problems, problem{path: path, err: fmt.Errorf(format, args...)})
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
	what string
	form *regexp.Regexp
	seen map[string]bool
}

func (k *checker) unique(what string, form *regexp.Regexp) unique {
	return unique{k, what, form, map[string]bool{}}
}

func (u unique) check(path, id string) {
	switch {
	case id == "":
		// reported as missing when the file was read
	case !u.form.MatchString(id):
		u.report(path, "%s %q is not well-formed; use lower-case letters, digits and _, beginning with a letter", u.what, id)
		if u.form == code || u.form == checkID {
			u.problems[len(u.problems)-1].err = fmt.Errorf("%s %q is not well-formed; use letters, digits, _ and -", u.what, id)
		}
	case u.form == plainID && slices.Contains(reserved, id):
		u.report(path, "%s %s is a word of the expressions; choose another", u.what, id)
	case u.seen[id]:
		u.report(path, "%s %s is used twice", u.what, id)
	}
	u.seen[id] = true
}

// oneOf reports a value that is not allowed. The empty value was reported, or
// filled in, when the file was read.
func (k *checker) oneOf(path, value string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		k.report(path, "%q is not one of %s%s", value, strings.Join(allowed, ", "), didYouMean(value, allowed))
	}
}

func (k *checker) checkAll() {
	c := k.book
	if c.ID != "" && !codebookID.MatchString(c.ID) {
		k.report("id", "codebook id %q is not well-formed; use lower-case letters, digits, - and _, beginning with a letter", c.ID)
	}
	if c.Version != "" && !versionForm.MatchString(c.Version) {
		k.report("version", "version %q is not of the form 1.4.0", c.Version)
	}
	k.checkMissing()
	types := k.unique("document type", code)
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
	codes := k.unique("missing code", code)
	for i, m := range k.book.Missing {
		path := fmt.Sprintf("missing[%d]", i)
		k.oneOf(path+".code", m.Code, missingCodes...)
		codes.check(path+".code", m.Code)
		if values[m.Value] {
			k.report(path+".value", "value %d is used twice", m.Value)
		}
		values[m.Value] = true
	}
	for _, m := range missingCodes {
		if !codes.seen[m] {
			k.report("missing", "missing code %s is not explained; list %s", m, strings.Join(missingCodes, ", "))
		}
	}
}

func (k *checker) checkList(path string, l CodeList) {
	if !plainID.MatchString(l.ID) {
		k.report(path, "code list id %q is not well-formed; use lower-case letters, digits and _, beginning with a letter", l.ID)
	}
	if len(l.Entries) == 0 {
		k.report(path, "code list %s has no entries", l.ID)
	}
	codes := k.unique("code", code)
	for i, e := range l.Entries {
		at := fmt.Sprintf("%s[%d]", path, i)
		codes.check(at+".code", e.Code)
		k.notMissingCode(at+".code", e.Code)
		if e.ValidFrom != nil && e.ValidTo != nil && *e.ValidFrom > *e.ValidTo {
			k.report(at+".valid_to", "valid_to %d is before valid_from %d", *e.ValidTo, *e.ValidFrom)
		}
	}
	for i, e := range l.Entries {
		for _, name := range keys(e.Attributes) {
			if !plainID.MatchString(name) {
				k.report(fmt.Sprintf("%s[%d].attributes", path, i), "attribute %q is not well-formed; use lower-case letters, digits and _, beginning with a letter", name)
			}
		}
		at := fmt.Sprintf("%s[%d].successor", path, i)
		switch {
		case e.Successor == "":
		case e.Successor == e.Code:
			k.report(at, "%s cannot be its own successor", e.Code)
		case !codes.seen[e.Successor]:
			k.report(at, "code list %s has no entry %s%s", l.ID, e.Successor, didYouMean(e.Successor, keys(codes.seen)))
		}
	}
}

// notMissingCode keeps codes and missing codes apart: in a file with one
// column for both they could not be told from each other.
func (k *checker) notMissingCode(path, c string) {
	if slices.Contains(missingCodes, c) || c == OPEN || c == LIST {
		k.report(path, "code %s means that an answer is missing; choose another", c)
	}
}

func (k *checker) checkSections() {
	if len(k.book.variables) == 0 {
		k.report("sections", "a codebook needs at least one section with a variable")
	}
	sections, variables := k.unique("section", plainID), k.unique("variable", plainID)
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
	missing := k.unique("missing code", code)
	for i, m := range v.Missing {
		at := fmt.Sprintf("%s.missing[%d]", path, i)
		k.oneOf(at, m, missingCodes...)
		missing.check(at, m)
	}
	k.checkChoices(path, v)
	k.checkLimits(path, v)
	if v.CopyOf != "" && !plainID.MatchString(v.CopyOf) {
		k.report(path+".copy_of", "%q is not the name of a case column: region, period or a case attribute", v.CopyOf)
	}
	if v.AskWhenUnknown && v.AskIf == "" {
		k.report(path+".ask_when_unknown", "ask_when_unknown has no meaning without ask_if")
	}
}

// checkChoices checks categories, code list and exclusive of v.
func (k *checker) checkChoices(path string, v *Variable) {
	choice := v.Type == TypeSingle || v.Type == TypeMulti || v.Type == TypeOrdinal
	_, listed := k.book.listAt[v.CodeList]
	switch {
	case v.Type == "":
	case !choice && len(v.Categories) > 0:
		k.report(path+".categories", "%s is of type %s, which has no categories", v.ID, v.Type)
	case !choice && v.CodeList != "":
		k.report(path+".code_list", "%s is of type %s, which has no code list", v.ID, v.Type)
	case choice && len(v.Categories) > 0 && v.CodeList != "":
		k.report(path+".code_list", "%s has categories of its own and a code list; keep one", v.ID)
	case choice && len(v.Categories) == 0 && v.CodeList == "":
		k.report(path, "%s needs categories or a code_list", v.ID)
	case v.Type == TypeOrdinal && v.CodeList != "":
		k.report(path+".code_list", "an ordinal variable needs categories with values, for a code list has no order")
	case v.CodeList != "" && !listed:
		k.report(path+".code_list", "there is no code list %s%s", v.CodeList, didYouMean(v.CodeList, keys(k.book.listAt)))
	}
	values := map[int]string{}
	for _, m := range k.book.Missing {
		values[m.Value] = "missing code " + m.Code
	}
	codes := k.unique("category", code)
	for i, x := range v.Categories {
		at := fmt.Sprintf("%s.categories[%d]", path, i)
		codes.check(at+".code", x.Code)
		k.notMissingCode(at+".code", x.Code)
		if other, taken := values[x.Value]; taken {
			k.report(at+".value", "value %d is that of %s", x.Value, other)
		}
		values[x.Value] = "category " + x.Code
	}
	if len(v.Exclusive) > 0 && v.Type != TypeMulti {
		k.report(path+".exclusive", "exclusive is for multi variables, and %s is of type %s", v.ID, v.Type)
		return
	}
	options := k.book.codes(v)
	for i, x := range v.Exclusive {
		if !slices.Contains(options, x) {
			k.report(fmt.Sprintf("%s.exclusive[%d]", path, i), "%s has no category %s%s", v.ID, x, didYouMean(x, options))
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
				k.report(path+"."+x.key, "%s is for number variables, and %s is of type %s", x.key, v.ID, v.Type)
			}
		}
	}
	if v.Min != nil && v.Max != nil && *v.Min > *v.Max {
		k.report(path+".min", "min %s is above max %s", formatNumber(*v.Min), formatNumber(*v.Max))
	}
	if v.Tolerance < 0 {
		k.report(path+".tolerance", "tolerance %s is below 0", formatNumber(v.Tolerance))
	}
	switch {
	case v.Type == TypeDate:
		k.oneOf(path+".precision", v.Precision, Day, Month, Year)
	case v.Precision != "":
		k.report(path+".precision", "precision is for date variables, and %s is of type %s", v.ID, v.Type)
	}
}

func (k *checker) checkDerived() {
	ids := k.unique("derived variable", plainID)
	for i, d := range k.book.Derived {
		path := fmt.Sprintf("derived[%d].id", i)
		ids.check(path, d.ID)
		if k.book.Variable(d.ID) != nil {
			k.report(path, "%s is the id of a variable", d.ID)
		}
	}
	checks := k.unique("check", checkID)
	for i, x := range k.book.Checks {
		path := fmt.Sprintf("checks[%d]", i)
		checks.check(path+".id", x.ID)
		k.oneOf(path+".severity", x.Severity, SeverityError, SeverityExplain, SeverityWarning)
	}
}

func (k *checker) checkIndicators() {
	rows := k.unique("catalogue row", plainID)
	for i, row := range k.book.Catalogue {
		rows.check(fmt.Sprintf("catalogue[%d].id", i), row.ID)
	}
	ids := k.unique("indicator", plainID)
	numbers := map[int]bool{}
	for i, x := range k.book.Indicators {
		path := fmt.Sprintf("indicators[%d]", i)
		ids.check(path+".id", x.ID)
		k.oneOf(path+".policy", string(x.Policy), string(Demonstrable), string(Known))
		if x.Number != 0 && numbers[x.Number] {
			k.report(path+".number", "number %d is used twice", x.Number)
		}
		numbers[x.Number] = true
		if x.Catalogue != "" && !rows.seen[x.Catalogue] {
			k.report(path+".catalogue", "the catalogue has no row %s%s", x.Catalogue, didYouMean(x.Catalogue, keys(rows.seen)))
		}
	}
}

func (k *checker) checkMeasures() {
	ids := k.unique("measure", plainID)
	for i, m := range k.book.Measures {
		path := fmt.Sprintf("measures[%d]", i)
		ids.check(path+".id", m.ID)
		k.oneOf(path+".kind", string(m.Kind), string(Share), string(Count), string(Mean), string(Median))
		indicator := k.book.Indicator(m.Indicator)
		if indicator == nil || m.Policy != indicator.Policy {
			k.oneOf(path+".policy", string(m.Policy), string(Demonstrable), string(Known))
		}
		if m.Indicator != "" && indicator == nil {
			k.report(path+".indicator", "there is no indicator %s%s", m.Indicator, didYouMean(m.Indicator, keys(k.book.indicatorAt)))
		}
		if m.Cascade != "" && !plainID.MatchString(m.Cascade) {
			k.report(path+".cascade", "cascade %q is not well-formed; use lower-case letters, digits and _", m.Cascade)
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
				k.report(path+"."+x.key, "%s differs from that of %s, and the steps of cascade %s share a denominator", x.key, first.ID, m.Cascade)
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
			k.report(path+".numerator", "a %s has no numerator; it is taken of a number variable", m.Kind)
		}
		if m.Cascade != "" {
			k.report(path+".cascade", "a %s cannot be a step of a cascade", m.Kind)
		}
		switch of := k.book.Variable(m.Of); {
		case m.Of == "":
			k.report(path, "a %s needs of: the number variable that it is taken of", m.Kind)
		case of == nil:
			k.report(path+".of", "there is no variable %s%s", m.Of, didYouMean(m.Of, keys(k.book.variableAt)))
		case of.Type != TypeNumber:
			k.report(path+".of", "a %s is taken of a number variable, and %s is of type %s", m.Kind, m.Of, of.Type)
		}
	case Share, Count:
		if m.Numerator == "" {
			k.report(path, "a %s needs a numerator", m.Kind)
		}
		if m.Of != "" {
			k.report(path+".of", "of is for means and medians; a %s has a numerator", m.Kind)
		}
	}
}
