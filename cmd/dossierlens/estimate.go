package main

import (
	"fmt"
	"io"
	"os"

	"github.com/dossierlens/dossierlens/exports/estimate"
)

// estimateVerb answers the requests of a file of data, design and requests.
// A request that cannot be answered says so in its answer. A file that cannot
// be read, or whose data or design are wrong, ends with status 1; requests that
// do not need these are answered all the same.
type estimateVerb struct {
	Format string `enum:"json,table,csv" default:"json" help:"How to print: json, table or csv."`
	File   string `arg:"" help:"JSON file with data, design and requests; - reads standard input."`
}

func (v estimateVerb) Run(p process) error {
	study, err := v.read(p.stdin)
	if err != nil {
		for _, problem := range problemsOf(err) {
			fmt.Fprintf(p.stderr, "%s: %v\n", v.File, problem)
		}
		return errReported
	}
	answers := make([]estimate.Answer, 0, len(study.Requests))
	var rows [][]string
	for _, r := range study.Requests {
		a := study.Answer(r)
		answers = append(answers, a)
		for _, figure := range a.Rows() {
			rows = append(rows, []string{r.ID, r.Statistic, figure[0], figure[1]})
		}
	}
	value := struct {
		Requests []estimate.Answer `json:"requests"`
	}{answers}
	problems := study.Problems()
	for _, problem := range problems {
		fmt.Fprintf(p.stderr, "%s: %v\n", v.File, problem)
	}
	if len(answers) > 0 || len(problems) == 0 {
		err = output{Format: v.Format}.print(p.stdout, []string{"id", "statistic", "figure", "value"}, rows, value)
	}
	if err == nil && len(problems) > 0 {
		return errReported
	}
	return err
}

func (v estimateVerb) read(stdin io.Reader) (*estimate.Study, error) {
	if v.File == "-" {
		return estimate.ReadStudy(stdin)
	}
	f, err := os.Open(v.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return estimate.ReadStudy(f)
}

// problemsOf returns the errors that err joins, or err alone.
func problemsOf(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
