package exports

import (
	"fmt"
	"strings"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// A LeftOutPart is one reason for which cases do not count as yes or no, with
// the whole percent of all cases of the cell that it holds for. Keys are those
// of outcomes: unknown_NR, outside and so on.
type LeftOutPart struct {
	Key     string
	Percent int
}

// LeftOut divides the cases that have neither yes nor no: those that a measure
// leaves out of its denominator, and those that it counts as no all the same.
// Parts of less than half a percent are not listed.
func LeftOut(m *codebook.Measure, policy codebook.Policy, s disclosure.Process) (out, asNo []LeftOutPart) {
	for _, part := range []LeftOutPart{{"outside", s.Outside}, {"excluded", s.Excluded}, {"denominator_unknown", s.DenominatorUnknown},
		{"unknown_DM", s.UnknownDM}, {"unknown_NR", s.UnknownNR}, {"unknown_UC", s.UnknownUC}} {
		recorded := part.Key == "unknown_NR" || part.Key == "unknown_UC"
		switch {
		case part.Percent == 0:
		case recorded && m.Kind == codebook.Share && policy == codebook.Demonstrable:
			asNo = append(asNo, part)
		default:
			out = append(out, part)
		}
	}
	return out, asNo
}

// leftOutNames are the parts in English, for files and the command line.
var leftOutNames = map[string]string{"outside": "outside the denominator", "excluded": "excluded", "denominator_unknown": "not known whether they count",
	"unknown_DM": "file part not supplied", "unknown_NR": "not recorded", "unknown_UC": "unclear"}

// LeftOutSentence says in English how many of the cases of a released cell
// count, and what became of the others. It is empty for a hidden cell.
func LeftOutSentence(m *codebook.Measure, c disclosure.ReleasedCell) string {
	if c.Hidden || len(c.Figures) == 0 {
		return ""
	}
	out, asNo := LeftOut(m, m.Policy, c.Process)
	list := func(parts []LeftOutPart) string {
		words := make([]string, len(parts))
		for i, p := range parts {
			words[i] = fmt.Sprintf("%d %% %s", p.Percent, leftOutNames[p.Key])
		}
		if len(words) == 0 {
			return "nothing"
		}
		return strings.Join(words, ", ")
	}
	s := fmt.Sprintf("%d of %d; left out: %s", c.Figures[0].Denominator, c.Process.Cases, list(out))
	if m.Kind == codebook.Count {
		s = fmt.Sprintf("%d of %d; left out: %s", c.Figures[0].Numerator, c.Process.Cases, list(out))
	}
	if len(asNo) > 0 {
		s += "; counted as no: " + list(asNo)
	}
	return s
}
