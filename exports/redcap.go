package exports

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/codebook"
)

// redcapColumns are the columns of a data dictionary of REDCap, in order.
var redcapColumns = []string{"Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
	"Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max",
	"Identifier?", "Branching Logic (Show field only if...)", "Required Field?", "Custom Alignment", "Question Number (surveys only)",
	"Matrix Group Name", "Matrix Ranking?", "Field Annotation"}

// MissingSuffix is behind the name of the question that holds the missing code
// of another, in forms of other programs.
const MissingSuffix = "_missing"

// WriteREDCap writes a codebook as a data dictionary of REDCap (CSV, 18
// columns), with texts in lang: a form a section, and for every variable with
// missing codes a second field that holds them. It returns what the dictionary
// could not express: a line each, in English, for the person who exports.
// Routing that was not expressed stands in the field annotation.
func WriteREDCap(w io.Writer, book *codebook.Codebook, lang string) (notes []string, err error) {
	c := csv.NewWriter(w)
	if err := c.Write(redcapColumns); err != nil {
		return nil, err
	}
	put := func(fields map[int]string) error {
		row := make([]string, len(redcapColumns))
		for i, s := range fields {
			row[i] = s
		}
		return c.Write(row)
	}
	first := "case"
	if len(book.Sections) > 0 {
		first = book.Sections[0].ID
	}
	label := codebook.Text{NL: "Dossier", EN: "Case file"}.In(lang)
	if err := put(map[int]string{0: "case_id", 1: first, 3: "text", 4: label}); err != nil {
		return nil, err
	}
	for _, s := range book.Sections {
		header := s.Label.In(lang)
		for _, v := range s.Variables {
			logic, problem := book.Express(v, redcap{})
			annotation := ""
			if problem != nil {
				notes = append(notes, v.ID+": "+problem.Error()+"; it is always shown")
				annotation = "ask_if: " + v.AskIf
			}
			row := redcapField(book, v, lang)
			row[1], row[2], row[11], row[17] = s.ID, header, logic, strings.TrimSpace(row[17]+" "+annotation)
			header = ""
			if err := put(row); err != nil {
				return nil, err
			}
			if len(v.Missing) == 0 {
				continue
			}
			var choices []string
			for _, m := range book.Missing {
				if slices.Contains(v.Missing, m.Code) {
					choices = append(choices, m.Code+", "+redcapText(m.Label.In(lang)))
				}
			}
			err := put(map[int]string{0: v.ID + MissingSuffix, 1: s.ID, 3: "radio", 4: v.Label.In(lang) + ": " + missingOf.In(lang),
				5: strings.Join(choices, " | "), 11: logic})
			if err != nil {
				return nil, err
			}
		}
	}
	c.Flush()
	return notes, c.Error()
}

// redcapText keeps a label from being read as two choices.
func redcapText(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "|", "/")), " ")
}

func redcapField(book *codebook.Codebook, v *codebook.Variable, lang string) map[int]string {
	question := v.Question.In(lang)
	if question == "" {
		question = v.Label.In(lang)
	}
	row := map[int]string{0: v.ID, 3: "notes", 4: question, 6: v.Unit.In(lang)}
	options := book.Options(v, "")
	var choices []string
	for _, o := range options {
		choices = append(choices, strings.ToLower(o.Code)+", "+redcapText(o.Label.In(lang)))
	}
	row[5] = strings.Join(choices, " | ")
	switch v.Type {
	case codebook.TypeSingle, codebook.TypeOrdinal:
		row[3] = "radio"
		if len(options) > 10 {
			row[3] = "dropdown"
		}
	case codebook.TypeMulti:
		row[3] = "checkbox"
		if len(v.Exclusive) > 0 {
			row[17] = "@NONEOFTHEABOVE='" + strings.ToLower(strings.Join(v.Exclusive, ",")) + "'"
		}
	case codebook.TypeNumber:
		row[3], row[7] = "text", "number"
		for i, bound := range map[int]*float64{8: v.Min, 9: v.Max} {
			if bound != nil {
				row[i] = strconv.FormatFloat(*bound, 'f', -1, 64)
			}
		}
	case codebook.TypeDate:
		row[3], row[6] = "text", codebook.Text{NL: "jjjj, jjjj-mm of jjjj-mm-dd", EN: "yyyy, yyyy-mm or yyyy-mm-dd"}.In(lang)
	}
	return row
}

// redcap writes branching logic of REDCap. Codes are in lower case there, for a
// checkbox makes columns of them.
type redcap struct{}

func (redcap) field(v *codebook.Variable, code string) string {
	if v.Type == codebook.TypeMulti {
		return "[" + v.ID + "(" + strings.ToLower(code) + ")]"
	}
	return "[" + v.ID + "]"
}

func (d redcap) Chosen(v *codebook.Variable, code string) string {
	if v.Type == codebook.TypeMulti {
		return d.field(v, code) + " = '1'"
	}
	return d.field(v, code) + " = '" + strings.ToLower(code) + "'"
}

func (d redcap) Unchosen(v *codebook.Variable, code string) string {
	if v.Type == codebook.TypeMulti {
		return d.field(v, code) + " = '0'"
	}
	return d.field(v, code) + " <> '" + strings.ToLower(code) + "'"
}

func (d redcap) Given(v *codebook.Variable) string {
	if v.Type == codebook.TypeMulti {
		return "[" + v.ID + ":checked] <> ''"
	}
	return "[" + v.ID + "] <> ''"
}

func (d redcap) Absent(v *codebook.Variable) string { return strings.Replace(d.Given(v), "<>", "=", 1) }

func (redcap) Missing(v *codebook.Variable) string { return "[" + v.ID + MissingSuffix + "] <> ''" }

func (redcap) Value(v *codebook.Variable) string { return "[" + v.ID + "]" }

func (d redcap) Count(v *codebook.Variable, codes []string) string {
	fields := make([]string, len(codes))
	for i, code := range codes {
		fields[i] = d.field(v, code)
	}
	return "sum(" + strings.Join(fields, ", ") + ")"
}

func (redcap) Join(op string, terms []string) string { return joinTerms(op, terms) }

func joinTerms(op string, terms []string) string { return "(" + strings.Join(terms, " "+op+" ") + ")" }
