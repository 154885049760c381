package exports

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/exports/estimate"
)

// An Observation is one row of the contract with the monitor: one figure of
// one cell. A nil pointer is an empty field.
type Observation struct {
	Indicator   string   `json:"indicator_id"` // the measure's id
	Version     string   `json:"indicator_version"`
	Statistic   string   `json:"measure_id"` // PCT, COUNT, MEAN or MEDIAN
	Variant     string   `json:"variant"`
	Period      string   `json:"period"`
	Region      string   `json:"region_id"`
	Breakdown   string   `json:"breakdown_id"`
	Class       string   `json:"class_id"`
	Value       *float64 `json:"value"`
	Unit        string   `json:"unit"`
	Numerator   *int     `json:"numerator"`
	Denominator *int     `json:"denominator"`
	Cases       *int     `json:"n_cases"`
	Population  *int     `json:"population_n"`
	SE          *float64 `json:"se"`
	Lower       *float64 `json:"ci_lower"`
	Upper       *float64 `json:"ci_upper"`
	Level       float64  `json:"ci_level"`
	Method      string   `json:"ci_method"`
	Deff        *float64 `json:"deff"`
	ObsStatus   string   `json:"obs_status"`
	ConfStatus  string   `json:"conf_status"`
	Reliability *string  `json:"reliability"`
	Vintage     int      `json:"vintage"`
	Footnotes   string   `json:"footnotes"`
}

// Columns are the columns of observations.csv, in order.
var Columns = []string{
	"indicator_id", "indicator_version", "measure_id", "variant", "period", "region_id", "breakdown_id", "class_id",
	"value", "unit", "numerator", "denominator", "n_cases", "population_n", "se", "ci_lower", "ci_upper", "ci_level", "ci_method",
	"deff", "obs_status", "conf_status", "reliability", "vintage", "footnotes",
}

// Footnotes by id, as codes of the footnote list.
const (
	FootnoteHidden  = "f1" // not shown: confidential or too imprecise
	FootnoteLimited = "f2" // shown with care: few cases or a wide interval
	FootnoteNone    = "f3" // cannot be computed: nobody is in the denominator
)

// StatisticChange is the statistic of rows that say how a share changed since
// the preceding period.
const StatisticChange = "DIFF_PP"

// A Stage is how final figures are.
type Stage struct {
	Status  string // P provisional, A final
	Vintage int    // counted from 1 for each period
}

// Observations returns the rows of a released table, in its order. It takes
// the estimates' quality from the table that was released; nothing of a hidden
// cell but its key is in the result. Cases of an unknown region count in the
// nation and have no rows of their own.
func Observations(r disclosure.Released, t Table, stage Stage) []Observation {
	var rows []Observation
	shown := map[disclosure.Key]disclosure.ReleasedCell{}
	for c := range r.Cells() {
		if c.Breakdown == disclosure.Total {
			shown[c.Key] = c
		}
	}
	for c := range r.Cells() {
		if c.Region == "" {
			continue
		}
		m := t.Book.Measure(c.Measure)
		q := t.Quality[c.Key]
		base := Observation{
			Indicator: c.Measure, Version: t.Version, Statistic: statisticOf(m.Kind), Period: c.Period, Region: c.Region,
			Breakdown: c.Breakdown, Class: c.Class, Unit: unitOf(t.Book, m), Level: Level, Method: q.Method,
			ObsStatus: stage.Status, ConfStatus: "F", Vintage: stage.Vintage,
		}
		if c.Hidden {
			base.Method = methodFor(m)
			base.ObsStatus, base.ConfStatus, base.Footnotes = "Q", "C", FootnoteHidden
			for _, v := range variantNames(m) {
				row := base
				row.Variant = v
				rows = append(rows, row)
			}
		}
		for i, f := range c.Figures {
			row := base
			row.Variant = variantNames(m)[i]
			row.fill(m, f, q)
			rows = append(rows, row)
		}
		if change, ok := t.Changes[c.Key]; ok {
			before := c.Key
			before.Period = change.From
			base.Variant = variantNames(m)[0]
			limited := q.Reliability != estimate.Good || t.Quality[before].Reliability != estimate.Good
			rows = append(rows, changeRow(base, shown[before], c, change, limited, stage))
		}
	}
	return rows
}

// fill puts a published figure in the row.
func (o *Observation) fill(m *codebook.Measure, f disclosure.PublishedFigure, q Quality) {
	o.Value = defined(f.Value)
	if o.Value == nil {
		o.ObsStatus, o.Footnotes, o.Method = "M", FootnoteNone, methodFor(m)
		return
	}
	if m.Kind == codebook.Share || m.Kind == codebook.Count {
		o.Numerator = &f.Numerator
	}
	o.Denominator, o.Cases = &f.Denominator, &f.Cases
	if q.Population > 0 {
		o.Population = &q.Population
	}
	o.SE, o.Lower, o.Upper, o.Deff = defined(f.SE), defined(f.Lower), defined(f.Upper), defined(f.Deff)
	if o.Lower == nil {
		o.Method = "none"
	}
	reliability := "good"
	if q.Reliability != estimate.Good {
		reliability = "limited"
		o.Footnotes = FootnoteLimited
		o.ObsStatus = "U"
	}
	o.Reliability = &reliability
}

func defined(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func statisticOf(k codebook.MeasureKind) string {
	switch k {
	case codebook.Count:
		return "COUNT"
	case codebook.Mean:
		return "MEAN"
	case codebook.Median:
		return "MEDIAN"
	}
	return "PCT"
}

// methodFor is the interval method that a kind of measure has when nothing is
// known of the cell.
func methodFor(m *codebook.Measure) string {
	if m.Kind == codebook.Share {
		return "kg"
	}
	return "t"
}

// unitOf returns the unit of a measure as the contract names it.
func unitOf(book *codebook.Codebook, m *codebook.Measure) string {
	switch m.Kind {
	case codebook.Share:
		return "percent"
	case codebook.Count:
		return "count"
	}
	if v := book.Variable(m.Of); v != nil && v.Unit.EN == "days" {
		return "days"
	}
	return "ratio"
}

// variantNames returns the variants of a measure in the order of its figures.
func variantNames(m *codebook.Measure) []string {
	if m.Kind != codebook.Share {
		return []string{string(m.Policy)}
	}
	names := make([]string, len(policies))
	for i, p := range variantsOf(m) {
		names[i] = string(policies[p])
	}
	return names
}

// fields returns the row as text, in the order of [Columns].
func (o Observation) fields() []string {
	fields := make([]string, len(Columns))
	for i, v := range o.Values() {
		switch v := v.(type) {
		case string:
			fields[i] = v
		case int:
			fields[i] = strconv.Itoa(v)
		case float64:
			fields[i] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return fields
}

// Values returns the row as strings, whole numbers and floats, in the order of
// [Columns]; an empty field is nil.
func (o Observation) Values() []any {
	number := func(v *float64) any {
		if v == nil {
			return nil
		}
		return *v
	}
	integer := func(v *int) any {
		if v == nil {
			return nil
		}
		return *v
	}
	var reliability any
	if o.Reliability != nil {
		reliability = *o.Reliability
	}
	return []any{
		o.Indicator, o.Version, o.Statistic, o.Variant, o.Period, o.Region, o.Breakdown, o.Class,
		number(o.Value), o.Unit, integer(o.Numerator), integer(o.Denominator), integer(o.Cases), integer(o.Population),
		number(o.SE), number(o.Lower), number(o.Upper), o.Level, o.Method, number(o.Deff),
		o.ObsStatus, o.ConfStatus, reliability, o.Vintage, o.Footnotes,
	}
}

// WriteObservationsCSV writes the rows as the contract has them: UTF-8 without
// byte order mark, commas, decimal points, LF.
func WriteObservationsCSV(w io.Writer, rows []Observation) error {
	c := csv.NewWriter(w)
	if err := c.Write(Columns); err != nil {
		return err
	}
	for _, o := range rows {
		if err := c.Write(o.fields()); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// WriteObservationsNL writes the rows for a spreadsheet that is set to Dutch:
// UTF-8 with a byte order mark, semicolons, decimal commas, CR and LF.
func WriteObservationsNL(w io.Writer, p Publication) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.Comma, c.UseCRLF = ';', true
	err := c.Write(Columns)
	for _, o := range p.Observations {
		fields := o.fields()
		for i, v := range o.Values() {
			if _, number := v.(float64); number {
				fields[i] = strings.Replace(fields[i], ".", ",", 1)
			}
		}
		err = errors.Join(err, c.Write(fields))
	}
	c.Flush()
	return errors.Join(err, c.Error())
}

// WriteObservationsJSON writes the rows as an array, one a line.
func WriteObservationsJSON(w io.Writer, rows []Observation) error {
	sep := "[\n"
	for _, o := range rows {
		b, err := json.Marshal(o)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, sep+string(b)); err != nil {
			return err
		}
		sep = ",\n"
	}
	if rows == nil {
		_, err := io.WriteString(w, "[]\n")
		return err
	}
	_, err := io.WriteString(w, "\n]\n")
	return err
}
