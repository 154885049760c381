package exports

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// Blind stands in place of an answer that the reader of a diagnosis may not
// see yet.
const Blind = "blind"

// DiagnosisColumns are the columns of a diagnosis before those of the coders.
var DiagnosisColumns = []string{"case_id", "round", "region", "period", "variable", "use", "same"}

// WriteDiagnosis streams as CSV what became of every unit in the agreement on
// variables: a row for each variable and case, with whether the unit was used
// and if not why ([annotations.Use]), whether its values are the same, and a
// column for each coder by number. A missing code stands in place of a value,
// NA where the question was closed; a cell is empty where the coder did not
// code the case or was not asked. Of the cases that hidden names, by key,
// answers are [Blind], and so is what follows from them: who knows one answer
// to a question of two options has the other from whether they are the same.
// Nil hides none.
func WriteDiagnosis(w io.Writer, r *annotations.Ratings, s annotations.Selection, variables []*codebook.Variable, hidden func(key int64) bool) error {
	c := csv.NewWriter(w)
	header := append([]string(nil), DiagnosisColumns...)
	for i := range r.Coders() {
		header = append(header, "coder_"+strconv.Itoa(i+1))
	}
	if err := c.Write(header); err != nil {
		return err
	}
	row := make([]string, len(header))
	for _, v := range variables {
		for u := range r.Diagnosis(v.ID, s) {
			blind := hidden != nil && hidden(u.Key)
			use, same := string(u.Use), ""
			if u.Use == annotations.UnitUsed {
				same = strconv.FormatBool(u.Same)
			}
			if blind {
				use, same = Blind, Blind
			}
			copy(row, []string{Guard(string(u.Case)), Guard(u.Round), Guard(u.Region), Guard(u.Period), v.ID, use, same})
			for i, a := range u.Answers {
				text := a.Value + a.Missing // one of the two is empty
				if text != "" && blind {
					text = Blind
				}
				row[len(DiagnosisColumns)+i] = guardValue(text)
			}
			if err := c.Write(row); err != nil {
				return err
			}
		}
	}
	c.Flush()
	return c.Error()
}

// guardValue guards an answer that is no number.
func guardValue(s string) string {
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return Guard(s)
}
