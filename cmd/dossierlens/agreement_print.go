package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// analysisJSON is the shape of one analysis in the JSON output.
type analysisJSON struct {
	Variable string                             `json:"variable"`
	Group    string                             `json:"group,omitempty"`
	Level    string                             `json:"level"`
	Units    int64                              `json:"n_units"`
	Measures map[agreement.Measure]measuredJSON `json:"measures"`
}

// measuredJSON is a result; what a measure does not have is null.
type measuredJSON struct {
	Value     *float64    `json:"value"`
	SE        *float64    `json:"se"`
	CI95      *[2]float64 `json:"ci95"`
	DF        *int64      `json:"df"`
	PA        *float64    `json:"pa"`
	PE        *float64    `json:"pe"`
	Undefined *string     `json:"undefined"`
}

func measured(r agreement.Result) measuredJSON {
	if r.Undefined != nil {
		reason := r.Undefined.Error()
		return measuredJSON{Undefined: &reason}
	}
	m := measuredJSON{Value: &r.Value}
	if c := r.Chance; c != nil {
		m.PA, m.PE = &c.PA, &c.PE
	}
	if i := r.Interval; i != nil {
		m.CI95 = &[2]float64{i.Lower, i.Upper}
		if !i.NoSE {
			m.SE = &i.SE
		}
		if i.DF > 0 {
			m.DF = &i.DF
		}
	}
	return m
}

func (v agreementVerb) printAnalyses(w io.Writer, analyses []analysis) error {
	switch v.Format {
	case "json":
		results := make([]analysisJSON, len(analyses))
		for i, a := range analyses {
			results[i] = analysisJSON{a.variable, a.group, a.level, a.units, map[agreement.Measure]measuredJSON{}}
			for _, r := range a.results {
				results[i].Measures[r.Measure] = measured(r)
			}
		}
		return v.print(w, nil, nil, map[string]any{"results": results})
	case "csv":
		return v.print(w, measureHeader, measureRows(analyses), nil)
	}
	if slices.ContainsFunc(analyses, func(a analysis) bool { return a.continuum != nil }) {
		return v.print(w, measureHeader, measureRows(analyses), nil)
	}
	if err := v.print(w, tableHeader, tableRows(analyses), nil); err != nil {
		return err
	}
	_, err := fmt.Fprint(w, notes(analyses))
	return err
}

var measureHeader = []string{"variable", "group", "level", "measure", "value", "se", "lower", "upper", "df", "pa", "pe", "n_units", "n_rated", "n_pairable", "n_pairs", "undefined", "warnings"}

// measureRows has a row for every measure of every analysis.
func measureRows(analyses []analysis) [][]string {
	var rows [][]string
	for _, a := range analyses {
		for _, r := range a.results {
			row := []string{a.variable, a.group, a.level, string(r.Measure), "", "", "", "", "", "", ""}
			m := measured(r)
			for i, x := range []*float64{m.Value, m.SE, nil, nil, nil, m.PA, m.PE} {
				if x != nil {
					row[4+i] = number(*x)
				}
			}
			if m.CI95 != nil {
				row[6], row[7] = number(m.CI95[0]), number(m.CI95[1])
			}
			if m.DF != nil {
				row[8] = strconv.FormatInt(*m.DF, 10)
			}
			c := r.Counts
			for _, n := range []int64{c.Units, c.Rated, c.Pairable, c.Pairs} {
				row = append(row, strconv.FormatInt(n, 10))
			}
			reason := ""
			if m.Undefined != nil {
				reason = *m.Undefined
			}
			rows = append(rows, append(row, reason, warnings(r)))
		}
	}
	return rows
}

func warnings(r agreement.Result) (text string) {
	for i, w := range r.Warnings {
		if i > 0 {
			text += "; "
		}
		text += w.Error()
	}
	return text
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

var tableHeader = []string{"variable", "level", "units", "pairable", "pairs", "agreement", "AC", "alpha", "kappa"}

// tableRows has a row for every analysis, as a methods section wants it.
func tableRows(analyses []analysis) [][]string {
	rows := make([][]string, len(analyses))
	for i, a := range analyses {
		c := a.ratings.Counts()
		rows[i] = []string{a.name(), a.level}
		for _, n := range []int64{c.Units, c.Pairable, c.Pairs} {
			rows[i] = append(rows[i], strconv.FormatInt(n, 10))
		}
		rows[i] = append(rows[i], a.percent())
		for _, m := range []agreement.Measure{a.headline.ac, a.headline.alpha, a.headline.kappa} {
			rows[i] = append(rows[i], a.coefficient(m))
		}
	}
	return rows
}

func (a *analysis) percent() string {
	r, ok := a.result(a.headline.percent)
	switch {
	case !ok:
		return "-"
	case r.Undefined != nil:
		return "undefined: " + r.Undefined.Error()
	}
	return strconv.FormatFloat(100*r.Value, 'f', 1, 64) + " %"
}

// coefficient is the value with its interval, or why there is none.
func (a *analysis) coefficient(m agreement.Measure) string {
	r, ok := a.result(m)
	switch {
	case !ok:
		return "-"
	case r.Undefined != nil:
		return "undefined: " + r.Undefined.Error()
	case r.Interval == nil:
		return fmt.Sprintf("%.2f", r.Value)
	}
	return fmt.Sprintf("%.2f [%.2f, %.2f]", r.Value, r.Interval.Lower, r.Interval.Upper)
}

// notes explain the columns of the table, with the warnings of its values.
func notes(analyses []analysis) string {
	text := "\nBetween brackets: 95 % intervals. AC is Gwet's AC1, with weights AC2; alpha is Krippendorff's, at the\n" +
		"level shown; kappa is Cohen's for two raters and Conger's for more. --format csv has every measure.\n"
	var said []string
	rows := map[string][]string{} // names of the rows by warning
	for _, a := range analyses {
		for _, m := range []agreement.Measure{a.headline.ac, a.headline.alpha, a.headline.kappa} {
			r, _ := a.result(m)
			for _, w := range r.Warnings {
				if rows[w.Error()] == nil {
					said = append(said, w.Error())
				}
				if !slices.Contains(rows[w.Error()], a.name()) {
					rows[w.Error()] = append(rows[w.Error()], a.name())
				}
			}
		}
	}
	if commas := rowsWithCommas(analyses); len(commas) > 0 {
		text += "Note: " + firstOf(commas) + ": values with a comma are taken as text, for commas divide the columns. If they are\n" +
			"numbers, divide the columns by semicolons or write decimal points.\n"
	}
	for _, w := range said {
		text += "Note: " + w
		if len(analyses) > 1 {
			text += fmt.Sprintf(" (%d of %d rows: %s)", len(rows[w]), len(analyses), firstOf(rows[w]))
		}
		text += ".\n"
	}
	return text
}

// rowsWithCommas names the rows whose values look like numbers with a decimal
// comma.
func rowsWithCommas(analyses []analysis) (names []string) {
	for _, a := range analyses {
		if a.commas {
			names = append(names, a.name())
		}
	}
	return names
}

// firstOf lists names, and only how many more when they are many.
func firstOf(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
