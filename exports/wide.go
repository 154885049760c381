package exports

import (
	"encoding/csv"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// WriteWide streams a row a case and coder, and one of the coder "consensus"
// for a settled case, with a column a variable. A multi has a column an option,
// "variable:option", with 1 or 0. A missing code stands in the column itself, in
// every column of a multi.
func WriteWide(w io.Writer, book *codebook.Codebook, cases iter.Seq2[annotations.Handed, error], name func(annotations.HandedCoding) string) error {
	c := csv.NewWriter(w)
	header := []string{"case_id", "coder", "region", "period", "stratum", "weight", "frame_n", "codebook_version"}
	for _, v := range book.Variables() {
		if v.Type != codebook.TypeMulti {
			header = append(header, v.ID)
			continue
		}
		for _, o := range book.Options(v, "") {
			header = append(header, v.ID+":"+o.Code)
		}
	}
	if err := c.Write(header); err != nil {
		return err
	}
	row := make([]string, 0, len(header))
	write := func(k annotations.Case, coder string, answers codebook.Answers) error {
		row = append(row[:0], string(k.ID), Guard(coder), k.Region, k.Period, Guard(k.Stratum), positive(k.Weight), positive(float64(k.FrameN)), book.Version)
		for _, v := range book.Variables() {
			row = appendWide(row, book, v, answers[v.ID])
		}
		return c.Write(row)
	}
	for h, err := range cases {
		if err != nil {
			return err
		}
		for _, k := range h.Codings {
			if err := write(h.Case, name(k), book.Effective(k.Given(book, h.Case))); err != nil {
				return err
			}
		}
		if h.Settlement != nil {
			if err := write(h.Case, annotations.Consensus, h.Settlement.Answers); err != nil {
				return err
			}
		}
	}
	c.Flush()
	return c.Error()
}

// appendWide adds the columns of one variable.
func appendWide(row []string, book *codebook.Codebook, v *codebook.Variable, a codebook.Answer) []string {
	if v.Type != codebook.TypeMulti {
		return append(row, guardCoding(slices.Index(CodingColumns, "value"), a.Value)+a.Missing)
	}
	chosen := strings.Split(a.Value, "|")
	for _, o := range book.Options(v, "") {
		switch {
		case a.Missing != "" || a.Value == "":
			row = append(row, a.Missing)
		case slices.Contains(chosen, o.Code):
			row = append(row, "1")
		default:
			row = append(row, "0")
		}
	}
	return row
}

// positive writes a number, and nothing for 0, which stands for none.
func positive(x float64) string {
	if x <= 0 {
		return ""
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
