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

	Bootstrap *drawnJSON `json:"bootstrap,omitempty"`
}

// drawnJSON is an interval by drawing units again. BCa is null where all draws
// lie on one side of the value.
type drawnJSON struct {
	SE         *float64    `json:"se"`
	BCa        *[2]float64 `json:"ci95_bca"`
	Percentile *[2]float64 `json:"ci95"`
	Replicates int         `json:"replicates"`
	Dropped    int         `json:"dropped"`
	Seed       uint64      `json:"seed"`
}

// drawn is the bootstrap of result i of a; nil without one.
func (v agreementVerb) drawn(a analysis, i int) *drawnJSON {
	if a.drawn == nil || a.results[i].Undefined != nil {
		return nil
	}
	b := a.drawn[i]
	d := &drawnJSON{Replicates: b.Replicates, Dropped: b.Dropped, Seed: v.Seed}
	if b.Undefined == nil {
		d.SE, d.BCa, d.Percentile = &b.SE, b.BCa, &b.Percentile
	}
	return d
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
			for j, r := range a.results {
				m := measured(r)
				m.Bootstrap = v.drawn(a, j)
				results[i].Measures[r.Measure] = m
			}
		}
		return v.print(w, nil, nil, map[string]any{"results": results})
	case "csv":
		return v.print(w, v.measureHeader(), v.measureRows(analyses), nil)
	}
	if slices.ContainsFunc(analyses, func(a analysis) bool { return a.continuum != nil }) {
		return v.print(w, v.measureHeader(), v.measureRows(analyses), nil)
	}
	if err := v.print(w, tableHeader, tableRows(analyses), nil); err != nil {
		return err
	}
	_, err := fmt.Fprint(w, v.notes(analyses))
	return err
}

var measureHeader = []string{"variable", "group", "level", "measure", "value", "se", "lower", "upper", "df", "pa", "pe", "n_units", "n_rated", "n_pairable", "n_pairs", "undefined", "warnings"}

// drawnHeader are the columns that a bootstrap adds.
var drawnHeader = []string{"bootstrap_se", "bca_lower", "bca_upper", "percentile_lower", "percentile_upper", "replicates", "seed"}

func (v agreementVerb) measureHeader() []string {
	if v.Bootstrap == 0 {
		return measureHeader
	}
	return slices.Concat(measureHeader, drawnHeader)
}

// drawnCells are the cells under drawnHeader.
func drawnCells(d *drawnJSON) []string {
	cells := make([]string, len(drawnHeader))
	if d == nil {
		return cells
	}
	if d.SE != nil {
		cells[0], cells[3], cells[4] = number(*d.SE), number(d.Percentile[0]), number(d.Percentile[1])
	}
	if d.BCa != nil {
		cells[1], cells[2] = number(d.BCa[0]), number(d.BCa[1])
	}
	cells[5], cells[6] = strconv.Itoa(d.Replicates), strconv.FormatUint(d.Seed, 10)
	return cells
}

// measureRows has a row for every measure of every analysis.
func (v agreementVerb) measureRows(analyses []analysis) [][]string {
	var rows [][]string
	for _, a := range analyses {
		for j, r := range a.results {
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
			row = append(row, reason, warnings(r))
			if v.Bootstrap > 0 {
				row = append(row, drawnCells(v.drawn(a, j))...)
			}
			rows = append(rows, row)
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
	}
	if i := slices.IndexFunc(a.drawn, func(b agreement.Bootstrapped) bool { return b.Measure == m }); i >= 0 && a.drawn[i].BCa != nil {
		return fmt.Sprintf("%.2f [%.2f, %.2f]", r.Value, a.drawn[i].BCa[0], a.drawn[i].BCa[1])
	}
	if r.Interval == nil || a.drawn != nil {
		return fmt.Sprintf("%.2f", r.Value)
	}
	return fmt.Sprintf("%.2f [%.2f, %.2f]", r.Value, r.Interval.Lower, r.Interval.Upper)
}

// notes explain the columns of the table, with the warnings of its values.
func (v agreementVerb) notes(analyses []analysis) string {
	intervals := "95 % intervals"
	if v.Bootstrap > 0 {
		intervals = fmt.Sprintf("95 %% intervals of %d draws of the units (BCa, seed %d)", v.Bootstrap, v.Seed)
	}
	text := "\nBetween brackets: " + intervals + ". AC is Gwet's AC1, with weights AC2; alpha is Krippendorff's, at the\n" +
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
