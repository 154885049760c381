package xlsx

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
)

// WriteXLSForm writes a codebook as an XLSForm (xlsform.org), the workbook from
// which ODK, KoboToolbox and others make a form, with labels in Dutch and
// English: a group a section, and for every variable with missing codes a second
// question that holds them. It returns what the form could not express: a line
// each, in English, for the person who exports.
func WriteXLSForm(w io.Writer, book *codebook.Codebook, lang string, made time.Time) (notes []string, err error) {
	b := newWorkbook("")
	b.properties(book.Title.In(lang), lang, made)
	f := &form{book: book, survey: b.add("survey", pane{rows: 1}, false, 26, 26, 40, 40, 40, 40, 40, 40, 40, 40)}
	f.survey.put(bold, "type", "name", "label::Nederlands (nl)", "label::English (en)", "hint::Nederlands (nl)", "hint::English (en)",
		"relevant", "constraint", "constraint_message::Nederlands (nl)", "constraint_message::English (en)")
	f.question("text", "case_id", codebook.Text{NL: "Dossier", EN: "Case file"}, codebook.Text{}, "", "", codebook.Text{})
	for _, s := range book.Sections {
		f.question("begin_group", s.ID+"_section", s.Label, codebook.Text{}, "", "", codebook.Text{})
		for _, v := range s.Variables {
			f.variable(v)
		}
		f.question("end_group", s.ID+"_section", codebook.Text{}, codebook.Text{}, "", "", codebook.Text{})
	}
	f.survey.end()

	choices := b.add("choices", pane{rows: 1}, false, 30, 24, 60, 60)
	choices.put(bold, "list_name", "name", "label::Nederlands (nl)", "label::English (en)")
	for _, l := range f.lists {
		for _, c := range l.choices {
			choices.put(plain, l.name, c.Code, c.Label.In("nl"), c.Label.In("en"))
		}
	}
	choices.end()

	settings := b.add("settings", pane{rows: 1}, false, 40, 40, 14, 20)
	settings.put(bold, "form_title", "form_id", "version", "default_language")
	languages := map[string]string{"nl": "Nederlands (nl)", "en": "English (en)"}
	settings.put(plain, book.Title.In(lang), strings.ReplaceAll(book.ID, "-", "_"), book.Version, languages[lang])
	settings.end()
	return f.notes, b.write(w)
}

// A form is a survey sheet being written, with the lists that it asks for.
type form struct {
	book   *codebook.Codebook
	survey *sheet
	lists  []choiceList
	notes  []string
}

type choiceList struct {
	name    string
	choices []codebook.Category
}

func (f *form) question(kind, name string, label, hint codebook.Text, relevant, constraint string, message codebook.Text) {
	in := func(t codebook.Text, lang string) any {
		if t == (codebook.Text{}) {
			return nil
		}
		return t.In(lang)
	}
	f.survey.put(plain, kind, name, in(label, "nl"), in(label, "en"), in(hint, "nl"), in(hint, "en"), relevant, constraint, in(message, "nl"), in(message, "en"))
}

// list returns the name of the list with these choices, a new one if need be.
func (f *form) list(name string, choices []codebook.Category) string {
	if i := slices.IndexFunc(f.lists, func(l choiceList) bool { return l.name == name }); i < 0 {
		f.lists = append(f.lists, choiceList{name, choices})
	}
	return name
}

// Messages of constraints.
var (
	dateForm     = codebook.Text{NL: "Schrijf jjjj, jjjj-mm of jjjj-mm-dd.", EN: "Write yyyy, yyyy-mm or yyyy-mm-dd."}
	standsAlone  = codebook.Text{NL: "Een van deze keuzes staat alleen.", EN: "One of these choices stands alone."}
	outsideRange = codebook.Text{NL: "De waarde valt buiten de grenzen.", EN: "The value is out of range."}
	missingCode  = codebook.Text{NL: "code ontbrekend", EN: "missing code"}
)

func (f *form) variable(v *codebook.Variable) {
	relevant, err := f.book.Express(v, xpath{})
	if err != nil {
		f.notes = append(f.notes, v.ID+": "+err.Error()+"; it is always asked")
	}
	label := v.Question
	if label == (codebook.Text{}) {
		label = v.Label
	}
	kind, constraint, message := "text", "", codebook.Text{}
	switch v.Type {
	case codebook.TypeSingle, codebook.TypeOrdinal:
		kind = "select_one " + f.options(v)
	case codebook.TypeMulti:
		kind = "select_multiple " + f.options(v)
		var alone []string
		for _, code := range v.Exclusive {
			alone = append(alone, "not(selected(., '"+code+"') and count-selected(.) > 1)")
		}
		if constraint = strings.Join(alone, " and "); constraint != "" {
			message = standsAlone
		}
	case codebook.TypeNumber:
		kind = "decimal"
		var bounds []string
		if v.Min != nil {
			bounds = append(bounds, ". >= "+strconv.FormatFloat(*v.Min, 'f', -1, 64))
		}
		if v.Max != nil {
			bounds = append(bounds, ". <= "+strconv.FormatFloat(*v.Max, 'f', -1, 64))
		}
		if constraint = strings.Join(bounds, " and "); constraint != "" {
			message = outsideRange
		}
	case codebook.TypeDate:
		constraint, message = "regex(., '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$')", dateForm
	}
	f.question(kind, v.ID, label, v.Instruction, relevant, constraint, message)
	if len(v.Missing) == 0 {
		return
	}
	var codes []codebook.Category
	for _, m := range f.book.Missing {
		if slices.Contains(v.Missing, m.Code) {
			codes = append(codes, codebook.Category{Code: m.Code, Label: m.Label})
		}
	}
	of := codebook.Text{NL: v.Label.In("nl") + ": " + missingCode.NL, EN: v.Label.In("en") + ": " + missingCode.EN}
	f.question("select_one "+f.list("missing_"+strings.Join(v.Missing, "_"), codes), v.ID+exports.MissingSuffix, of, codebook.Text{}, relevant, "", codebook.Text{})
}

func (f *form) options(v *codebook.Variable) string {
	name := v.CodeList
	if name == "" {
		name = v.ID
	}
	return f.list(name, f.book.Options(v, ""))
}

// xpath writes conditions of XLSForm.
type xpath struct{}

func (xpath) field(v *codebook.Variable) string { return "${" + v.ID + "}" }

func (d xpath) Chosen(v *codebook.Variable, code string) string {
	if v.Type == codebook.TypeMulti {
		return "selected(" + d.field(v) + ", '" + code + "')"
	}
	return d.field(v) + " = '" + code + "'"
}

func (d xpath) Unchosen(v *codebook.Variable, code string) string {
	return "not(" + d.Chosen(v, code) + ")"
}

func (d xpath) Given(v *codebook.Variable) string  { return d.field(v) + " != ''" }
func (d xpath) Absent(v *codebook.Variable) string { return d.field(v) + " = ''" }
func (d xpath) Missing(v *codebook.Variable) string {
	return "${" + v.ID + exports.MissingSuffix + "} != ''"
}
func (d xpath) Value(v *codebook.Variable) string { return d.field(v) }

func (d xpath) Count(v *codebook.Variable, codes []string) string {
	terms := make([]string, len(codes))
	for i, code := range codes {
		terms[i] = "if(selected(" + d.field(v) + ", '" + code + "'), 1, 0)"
	}
	return "(" + strings.Join(terms, " + ") + ")"
}

func (xpath) Join(op string, terms []string) string {
	return "(" + strings.Join(terms, " "+op+" ") + ")"
}
