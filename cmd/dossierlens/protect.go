package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// protectVerb protects a plain table of counts, or checks patterns that others
// made for it. A pattern that is not safe ends with status 1.
type protectVerb struct {
	Format string `enum:"json,table,csv" default:"json" help:"How to print: json, table or csv."`
	Check  bool   `help:"Attack the patterns in the file instead of making one."`
	File   string `arg:"" help:"JSON file with threshold, cells and equations; - reads standard input."`
}

func (v protectVerb) Run(p process) error {
	f, err := v.read(p.stdin)
	if err == nil && v.Check && len(f.Patterns) == 0 {
		err = errors.New("patterns: there are none to check; give at least one with secondary_ids")
	}
	if err == nil && v.Check {
		err = f.Attack(p.ctx)
	} else if err == nil {
		show, hide := p.progress("protecting, percent of the work allowed")
		err = f.Protect(p.ctx, show)
		hide()
	}
	if err != nil {
		for _, problem := range problemsOf(err) {
			fmt.Fprintf(p.stderr, "%s: %v\n", v.File, problem)
		}
		return errReported
	}
	if err := v.print(p.stdout, f); err != nil {
		return err
	}
	unsafe := false
	for _, pattern := range f.Patterns {
		for _, i := range pattern.Result.Unsafe(f.Table.Threshold) {
			unsafe = true
			fmt.Fprintf(p.stderr, "%s: pattern %s: cell %d (freq %d) is not safe: it lies between %d and %s\n",
				v.File, pattern.Method, i.ID, i.Count, i.Low, end(i.High))
		}
	}
	if unsafe {
		return errReported
	}
	return nil
}

func (v protectVerb) read(stdin io.Reader) (*disclosure.File, error) {
	if v.File == "-" {
		return disclosure.ReadFile(stdin)
	}
	file, err := os.Open(v.File)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return disclosure.ReadFile(file)
}

func (v protectVerb) print(w io.Writer, f *disclosure.File) error {
	var rows [][]string
	for _, pattern := range f.Patterns {
		for _, i := range pattern.Result.Intervals {
			safe := ""
			if i.Primary {
				safe = strconv.FormatBool(i.Safe(f.Table.Threshold))
			}
			rows = append(rows, []string{pattern.Method, strconv.Itoa(i.ID), strconv.FormatBool(i.Primary),
				strconv.Itoa(i.Count), strconv.Itoa(i.Low), end(i.High), safe})
		}
	}
	return output{Format: v.Format}.print(w, []string{"method", "id", "primary", "freq", "lo_int", "hi_int", "safe"}, rows, f)
}

// end writes the upper end of an interval.
func end(high int) string {
	if high == disclosure.Unbounded {
		return "no limit"
	}
	return strconv.Itoa(high)
}
