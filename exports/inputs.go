package exports

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// The inputs of a release are a CSV of one row a settled case, by pseudonym:
// these columns, a column "class:<variable>" for each breakdown, a column of
// its own for the status in each measure and "number:<measure>" for the number
// that a mean or median takes from the case.
var inputColumns = []string{"case_id", "region", "period", "stratum", "frame_n", "organisation", "codings"}

const (
	classColumn  = "class:"
	numberColumn = "number:"
)

// hasNumber reports whether m takes a number of each case.
func hasNumber(m *codebook.Measure) bool {
	return m.Kind == codebook.Mean || m.Kind == codebook.Median
}

func inputHeader(book *codebook.Codebook, breakdowns []string) []string {
	header := append([]string{}, inputColumns...)
	for _, b := range breakdowns {
		header = append(header, classColumn+b)
	}
	for _, m := range book.Measures {
		header = append(header, m.ID)
	}
	for _, m := range book.Measures {
		if hasNumber(m) {
			header = append(header, numberColumn+m.ID)
		}
	}
	return header
}

// writeInputs freezes cases, which come by pseudonym in ascending order.
func writeInputs(book *codebook.Codebook, breakdowns []string, cases iter.Seq2[SettledCase, error]) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write(inputHeader(book, breakdowns)); err != nil {
		return nil, err
	}
	var last annotations.CaseID
	var row []string
	for c, err := range cases {
		if err != nil {
			return nil, err
		}
		if c.Case <= last {
			return nil, fmt.Errorf("case %s comes after %s; cases are frozen once each, by pseudonym", c.Case, last)
		}
		if len(c.Statuses) != len(book.Measures) {
			return nil, fmt.Errorf("case %s has %d statuses; the codebook has %d measures", c.Case, len(c.Statuses), len(book.Measures))
		}
		last = c.Case
		row = append(row[:0], string(c.Case), c.Region, c.Period, c.Stratum, strconv.Itoa(c.FrameN), c.Organisation, strconv.Itoa(c.Codings))
		for _, breakdown := range breakdowns {
			row = append(row, c.Classes[breakdown])
		}
		for _, s := range c.Statuses {
			row = append(row, s.String())
		}
		for _, m := range book.Measures {
			if !hasNumber(m) {
				continue
			}
			text := ""
			if n, ok := c.Numbers[m.ID]; ok {
				text = strconv.FormatFloat(n, 'g', -1, 64)
			}
			row = append(row, text)
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// readInputs yields the cases of frozen inputs. An error names its line.
func readInputs(book *codebook.Codebook, breakdowns []string, inputs []byte) iter.Seq2[SettledCase, error] {
	return func(yield func(SettledCase, error) bool) {
		r := csv.NewReader(bytes.NewReader(inputs))
		r.ReuseRecord = true
		header, err := r.Read()
		if err != nil {
			yield(SettledCase{}, fmt.Errorf("the inputs have no header: %w", err))
			return
		}
		if got, want := strings.Join(header, ","), strings.Join(inputHeader(book, breakdowns), ","); got != want {
			yield(SettledCase{}, fmt.Errorf("line 1: the columns are not those of the codebook"))
			return
		}
		for {
			row, err := r.Read()
			if err == io.EOF {
				return
			}
			var c SettledCase
			if err == nil {
				c, err = readInput(book, breakdowns, row)
			}
			if err != nil {
				line, _ := r.FieldPos(0)
				yield(c, fmt.Errorf("line %d: %w", line, err))
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

func readInput(book *codebook.Codebook, breakdowns []string, row []string) (SettledCase, error) {
	c := SettledCase{Case: annotations.CaseID(row[0]), Region: row[1], Period: row[2], Stratum: row[3], Organisation: row[5],
		Numbers: map[string]float64{}, Classes: map[string]string{}}
	var err error
	if c.FrameN, err = strconv.Atoi(row[4]); err != nil {
		return c, fmt.Errorf("frame_n: %w", err)
	}
	if c.Codings, err = strconv.Atoi(row[6]); err != nil {
		return c, fmt.Errorf("codings: %w", err)
	}
	row = row[len(inputColumns):]
	for i, breakdown := range breakdowns {
		if row[i] != "" {
			c.Classes[breakdown] = row[i]
		}
	}
	row = row[len(breakdowns):]
	c.Statuses = make([]codebook.Status, len(book.Measures))
	for i, m := range book.Measures {
		if c.Statuses[i], err = codebook.ParseStatus(row[i]); err != nil {
			return c, fmt.Errorf("%s: %w", m.ID, err)
		}
	}
	row = row[len(book.Measures):]
	at := 0
	for _, m := range book.Measures {
		if !hasNumber(m) {
			continue
		}
		if row[at] != "" {
			if c.Numbers[m.ID], err = strconv.ParseFloat(row[at], 64); err != nil {
				return c, fmt.Errorf("%s%s: %w", numberColumn, m.ID, err)
			}
		}
		at++
	}
	return c, nil
}
