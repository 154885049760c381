package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
)

// indicatorFiles holds what the files say of each case.
type indicatorFiles struct {
	book  *codebook.Codebook
	cases map[string]*fileCase
	given bool // a cases file was given
}

// A fileCase is a case with its codings by coder.
type fileCase struct {
	row     intake.CaseRow
	codings []fileCoding
}

// A fileCoding is one coder's answers, by the place of the variable in the
// codebook: files are large and a map a coding costs several times as much.
type fileCoding struct {
	coder   string
	answers []codebook.Answer
	lines   []int // of the file; 0 where there is no answer
}

// maxFileProblems bounds what one refusal lists: a file of the wrong kind has a
// problem in every row.
const maxFileProblems = 1000

var errTooManyProblems = errors.New("there are more problems; mend these first")

// read reads both files and reports all problems of both.
func (v indicatorsVerb) read(stdin io.Reader, book *codebook.Codebook) (*indicatorFiles, error) {
	f := &indicatorFiles{book: book, cases: map[string]*fileCase{}, given: v.Cases != ""}
	var problems []error
	if f.given {
		problems = append(problems, f.readCases(v.Cases))
	}
	in := stdin
	if v.Codings != "-" {
		file, err := os.Open(v.Codings)
		if err != nil {
			return nil, errors.Join(append(problems, err)...)
		}
		defer file.Close()
		in = file
	}
	return f, errors.Join(append(problems, f.readCodings(in, v.Codings))...)
}

func (f *indicatorFiles) readCases(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	rows, err := intake.ReadCases(file, name, intake.DefaultLimits())
	if err != nil {
		return err
	}
	var problems []error
	report := func(line int, format string, args ...any) {
		problems = append(problems, fmt.Errorf("%s:%d: %w", name, line, fmt.Errorf(format, args...)))
	}
	strata := map[string][]intake.CaseRow{}
	weighted := false
	for _, r := range rows {
		f.cases[r.ID] = &fileCase{row: r}
		copies := annotations.Copies(f.book, annotations.Case{Region: r.Region, Period: r.Period})
		for _, id := range slices.Sorted(maps.Keys(copies)) {
			if _, err := f.book.Accept(f.book.Variable(id), copies[id], r.Period); err != nil {
				report(r.Line, "%w", err)
			}
		}
		key := r.Stratum
		if key == "" {
			key = r.Region + " " + r.Period
		}
		strata[key] = append(strata[key], r)
		weighted = weighted || r.Weight != 1 || r.FrameN > 0
	}
	for _, key := range slices.Sorted(maps.Keys(strata)) {
		list := strata[key]
		first, frame := list[0], 0.0
		for _, r := range list {
			if r.FrameN != first.FrameN {
				report(r.Line, "frame_n of stratum %s is %d, but %d in line %d", key, r.FrameN, first.FrameN, first.Line)
			}
			if math.Abs(r.Weight-first.Weight) > weightRounding*first.Weight {
				report(r.Line, "weight in stratum %s is %v, but %v in line %d; it is N/n of the stratum, the same for all its cases", key, r.Weight, first.Weight, first.Line)
			}
			frame += r.Weight
		}
		if first.FrameN > 0 && first.FrameN < len(list) {
			report(first.Line, "frame_n of stratum %s is %d, fewer than its %d cases", key, first.FrameN, len(list))
		}
		if first.FrameN > 0 || !weighted {
			continue
		}
		// Weights are N_h / n_h, so without frame_n they add up to it. Where
		// those of all strata are 1 nothing tells a census from a file without
		// weights; beside others, a stratum of which they are is a census.
		n := int(math.Round(frame))
		if n < len(list) {
			report(first.Line, "the weights of stratum %s add up to %d, fewer than its %d cases; weight is N/n of the stratum", key, n, len(list))
		}
		for _, r := range list {
			f.cases[r.ID].row.FrameN = n
		}
	}
	return errors.Join(problems...)
}

// weightRounding is by what part of themselves the weights of a stratum may
// differ: they were written with so many digits.
const weightRounding = 1e-3

func (f *indicatorFiles) readCodings(in io.Reader, name string) error {
	index := map[string]int{}
	for i, v := range f.book.Variables() {
		index[v.ID] = i
	}
	var problems []error
	report := func(line int, format string, args ...any) {
		problems = append(problems, fmt.Errorf("%s:%d: %w", name, line, fmt.Errorf(format, args...)))
	}
	words := vocabulary{}
	for row, err := range intake.ReadCodings(in, name) {
		if len(problems) >= maxFileProblems {
			return errors.Join(append(problems, errTooManyProblems)...)
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		i, known := index[row.Variable]
		if !known {
			report(row.Line, "variable: the codebook has no variable %q", row.Variable)
			continue
		}
		c, known := f.cases[row.Case]
		if !known && f.given {
			report(row.Line, "case_id: case %s is not in the cases file", row.Case)
			continue
		}
		if !known {
			c = &fileCase{row: intake.CaseRow{ID: strings.Clone(row.Case)}}
			f.cases[c.row.ID] = c
		}
		a := codebook.Answer{Value: row.Value, Missing: row.Missing}
		if row.Missing == "" {
			// Routing sets missing codes that a coder may not choose, so only
			// values are checked.
			if a, err = f.book.Accept(f.book.Variable(row.Variable), a, c.row.Period); err != nil {
				report(row.Line, "value: %w", err)
				continue
			}
		}
		k := c.by(row.Coder, len(index))
		if before := k.lines[i]; before > 0 {
			report(row.Line, "case %s, %s, %s (also line %d): this answer is given twice; keep one", row.Case, row.Coder, row.Variable, before)
			continue
		}
		k.answers[i], k.lines[i] = codebook.Answer{Value: words.of(a.Value), Missing: words.of(a.Missing)}, row.Line
	}
	if len(problems) == 0 && len(words) == 0 && len(f.cases) == 0 {
		problems = append(problems, fmt.Errorf("%s: there is no row below the header", name))
	}
	return errors.Join(problems...)
}

// A vocabulary holds one copy of each text, for most answers recur and each
// would otherwise keep its whole row in memory.
type vocabulary map[string]string

func (v vocabulary) of(text string) string {
	word, ok := v[text]
	if !ok {
		word = strings.Clone(text)
		v[word] = word
	}
	return word
}

// by returns the coding of a coder, making it at their first answer.
func (c *fileCase) by(coder string, variables int) *fileCoding {
	for i := range c.codings {
		if c.codings[i].coder == coder {
			return &c.codings[i]
		}
	}
	c.codings = append(c.codings, fileCoding{strings.Clone(coder), make([]codebook.Answer, variables), make([]int, variables)})
	return &c.codings[len(c.codings)-1]
}

// ratings are the codings of cases that two people or more coded, as they stand
// in the file: what was settled is not among them.
func (f *indicatorFiles) ratings() *annotations.Ratings {
	ratings := annotations.NewRatings(f.book)
	variables := f.book.Variables()
	coders := map[string]int64{}
	for _, id := range slices.Sorted(maps.Keys(f.cases)) {
		c := f.cases[id]
		k := annotations.CodedCase{Case: annotations.Case{ID: annotations.CaseID(id), Region: c.row.Region, Period: c.row.Period}}
		for _, coding := range c.codings {
			if coding.coder == annotations.Consensus {
				continue
			}
			if coders[coding.coder] == 0 {
				coders[coding.coder] = int64(len(coders) + 1)
			}
			stated := codebook.Answers{}
			for i, a := range coding.answers {
				if a != (codebook.Answer{}) {
					stated[variables[i].ID] = a
				}
			}
			k.Codings = append(k.Codings, annotations.IndependentCoding{Coder: coders[coding.coder], Stated: stated})
		}
		ratings.Add(k)
	}
	return ratings
}

// settle joins the codings of each case: the consensus, else what all coders
// agree on, else the only answer. Differences that are not settled, checks
// that fail and cases without a coding are told on stderr. Cases come by
// pseudonym.
func (f *indicatorFiles) settle(stderr io.Writer) []exports.SettledCase {
	var settled []exports.SettledCase
	uncoded := 0
	for _, id := range slices.Sorted(maps.Keys(f.cases)) {
		c := f.cases[id]
		if len(c.codings) == 0 {
			uncoded++
			continue
		}
		settled = append(settled, f.settleCase(stderr, c))
	}
	if uncoded > 0 {
		fmt.Fprintf(stderr, "%d cases of the cases file have no codings and are left out\n", uncoded)
	}
	return settled
}

func (f *indicatorFiles) settleCase(stderr io.Writer, c *fileCase) exports.SettledCase {
	copies := annotations.Copies(f.book, annotations.Case{Region: c.row.Region, Period: c.row.Period})
	var codings []codebook.Answers
	decisions := map[string]annotations.Decision{}
	variables := f.book.Variables()
	for _, k := range c.codings {
		answers := codebook.Answers{}
		for i, a := range k.answers {
			if a == (codebook.Answer{}) {
				continue
			}
			if k.coder == annotations.Consensus {
				decisions[variables[i].ID] = annotations.Decision{Variable: variables[i].ID, Answer: a, Provenance: annotations.Imported}
			} else {
				answers[variables[i].ID] = a
			}
		}
		if k.coder != annotations.Consensus {
			maps.Copy(answers, copies)
			codings = append(codings, answers)
		}
	}
	for id, a := range copies {
		decisions[id] = annotations.Decision{Variable: id, Answer: a, Provenance: annotations.Imported}
	}
	s := annotations.Settle(f.book, codings, decisions, nil)
	for _, id := range s.Open {
		if given := distinct(codings, id); len(given) > 1 {
			fmt.Fprintf(stderr, "case %s: %s: coders differ (%s) and no consensus settles it; it counts as not answered\n", c.row.ID, id, strings.Join(given, ", "))
		}
	}
	for _, finding := range f.book.Findings(s.Answers) {
		at := strings.Join(finding.Variables, ", ")
		if n := len(finding.Variables); n > 5 {
			at = fmt.Sprintf("%d variables", n)
		}
		fmt.Fprintf(stderr, "case %s: check %s (%s): %s; it looks at %s\n", c.row.ID, finding.Check.ID, finding.Check.Severity,
			finding.Check.Message.In("en"), at)
	}
	out := exports.SettledCase{Case: annotations.CaseID(c.row.ID), Region: c.row.Region, Period: c.row.Period, Stratum: c.row.Stratum,
		FrameN: c.row.FrameN, Statuses: f.book.Statuses(s.Answers), Numbers: map[string]float64{}}
	for _, v := range variables {
		switch v.CopyOf {
		case "region":
			out.Region = s.Answers[v.ID].Value
		case "period":
			out.Period = s.Answers[v.ID].Value
		}
	}
	for _, m := range f.book.Measures {
		if n, ok := f.book.Number(m, s.Answers); ok {
			out.Numbers[m.ID] = n
		}
	}
	return out
}

// distinct returns the different answers that codings have to a variable.
func distinct(codings []codebook.Answers, id string) []string {
	var list []string
	for _, answers := range codings {
		a := answers[id]
		if text := a.Value + a.Missing; text != "" && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}
