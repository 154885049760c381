package annotations

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/codebook"
)

// Consensus is what a codings file has as coder of settled answers.
const Consensus = "consensus"

// A CodedElsewhere is a coding as a codings file has it.
type CodedElsewhere struct {
	Case        CaseID
	Coder       string // login, or [Consensus]
	Answers     map[string]codebook.Answer
	Notes       map[string]string
	SubmittedAt time.Time         // the latest of its rows; zero when none tells
	Places      map[string]string // file and line of each answer by variable; "" is that of the first row
}

// ReadCodings reads a codings file and puts the rows of each case and coder
// together, in the order of their first rows. All problems of the file are
// reported at once, each with its place, and then nothing is returned.
func ReadCodings(src io.Reader, file string) ([]CodedElsewhere, error) {
	type key struct{ id, coder string }
	at := map[key]int{}
	var codings []CodedElsewhere
	var problems []error
	for row, err := range intake.ReadCodings(src, file) {
		if err != nil {
			problems = append(problems, err)
			continue
		}
		place := fmt.Sprintf("%s:%d", file, row.Line)
		i, ok := at[key{row.Case, row.Coder}]
		if !ok {
			i = len(codings)
			at[key{row.Case, row.Coder}] = i
			codings = append(codings, CodedElsewhere{Case: CaseID(row.Case), Coder: row.Coder, Answers: map[string]codebook.Answer{},
				Notes: map[string]string{}, Places: map[string]string{"": place}})
		}
		k := &codings[i]
		if _, twice := k.Answers[row.Variable]; twice {
			problems = append(problems, &intake.Problem{File: file, Line: row.Line, Column: row.Variable,
				Reason: intake.ErrAnswerTwice, Args: []any{row.Case, k.Places[row.Variable]}})
			continue
		}
		k.Answers[row.Variable] = codebook.Answer{Value: row.Value, Missing: row.Missing}
		k.Places[row.Variable] = place
		if row.Note != "" {
			k.Notes[row.Variable] = row.Note
		}
		if row.SubmittedAt.After(k.SubmittedAt) {
			k.SubmittedAt = row.SubmittedAt
		}
	}
	if problems != nil {
		return nil, errors.Join(problems...)
	}
	return codings, nil
}
