package server

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/agreement"
	"github.com/dossierlens/dossierlens/web"
)

// The table of agreement as files. They hold ids and numbers and no wording,
// so that they read the same in every language.

// measuresOf are the measures of c by the name of their column.
func measuresOf(c annotations.Coefficients) []namedMeasure {
	return []namedMeasure{{"percent", c.Percent}, {"gwet_ac", c.AC}, {"kappa", c.Kappa}, {"krippendorff_alpha", c.Alpha},
		{"alpha_masi", c.MASI}, {"icc_2_1", c.ICC}}
}

type namedMeasure struct {
	name   string
	result agreement.Result
}

// rowsOf calls visit for the variables that the filter leaves, in codebook
// order.
func rowsOf(r *studyRatings, f agreementFilter, all map[string]annotations.VariableAgreement, visit func(section string, a annotations.VariableAgreement)) {
	for _, s := range r.book.Sections {
		for _, v := range s.Variables {
			if a, ok := all[v.ID]; ok && f.keeps(s, v) && !a.Copied() {
				visit(s.ID, a)
			}
		}
	}
}

func exact(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func (c *call) agreementCSV(r *studyRatings, f agreementFilter, all map[string]annotations.VariableAgreement) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	header := []string{"section", "variable", "type", "level", "burden", "coders", "pairs", "pairs_eligible", "pairs_used", "judgement"}
	for _, m := range measuresOf(annotations.Coefficients{}) {
		header = append(header, m.name, m.name+"_measure", m.name+"_low", m.name+"_high", m.name+"_undefined")
	}
	w.Write(header)
	rowsOf(r, f, all, func(section string, a annotations.VariableAgreement) {
		v := a.Variable
		row := []string{section, v.ID, string(v.Type), string(a.Level), v.Burden, strconv.Itoa(len(a.Coders)),
			strconv.Itoa(a.Layers.Pairs), strconv.Itoa(a.Layers.Eligible()), strconv.Itoa(a.Layers.Values),
			string(annotations.Judge(v, a.Layers.Values, a.Headline.Alpha))}
		for _, m := range measuresOf(a.Headline) {
			row = append(row, csvMeasure(m.result)...)
		}
		w.Write(row)
	})
	w.Flush()
	c.Header("Content-Disposition", `attachment; filename="`+c.study.ID+`-agreement.csv"`)
	c.Data(200, "text/csv; charset=utf-8", b.Bytes())
	return w.Error()
}

// agreementFigure sends the chart of all rows of the page as one figure.
func (c *call) agreementFigure(p agreementPage) error {
	f := web.Forest{Title: c.say("agreement.figure", "measure", c.say("agreement.show."+p.Filter.Show), "study", c.study.Title), Axis: coefficientAxis}
	for _, g := range p.Groups {
		group := web.ForestGroup{Label: g.Label}
		for _, row := range g.Rows {
			line := web.ForestRow{Label: row.Number + "  " + row.Label, Text: row.Shown.Why.In(c.pages.Catalogue(c.lang))}
			if s := row.Strip; s != nil {
				line.Interval, line.Thresholds, line.Faint = &s.Interval, s.Thresholds, s.Faint
				line.Text = s.Title + "  n = " + c.number(float64(row.Used), 0)
			}
			group.Rows = append(group.Rows, line)
		}
		f.Groups = append(f.Groups, group)
	}
	svg, err := c.pages.SVG(c.lang, f)
	if err != nil {
		return err
	}
	c.attach("agreement", "svg")
	c.Data(http.StatusOK, fileTypes["svg"], svg)
	return nil
}

// csvMeasure is value, measure, low, high and reason; empty where there is
// none.
func csvMeasure(r agreement.Result) []string {
	cells := []string{"", string(r.Measure), "", "", ""}
	if r.Undefined != nil {
		cells[4] = r.Undefined.Error()
		return cells
	}
	if r.Measure == "" {
		return cells
	}
	cells[0] = exact(r.Value)
	if r.Interval != nil {
		cells[2], cells[3] = exact(r.Interval.Lower), exact(r.Interval.Upper)
	}
	return cells
}

type agreementJSON struct {
	Study     string                  `json:"study"`
	Codebook  string                  `json:"codebook"`
	Version   string                  `json:"codebook_version"`
	Cases     int                     `json:"cases"`
	Variables []variableAgreementJSON `json:"variables"`
}

type variableAgreementJSON struct {
	Section   string                 `json:"section"`
	Variable  string                 `json:"variable"`
	Level     agreement.Level        `json:"level"`
	Burden    string                 `json:"burden"`
	Coders    int                    `json:"coders"`
	Judgement annotations.Judgement  `json:"judgement"`
	Layers    layersJSON             `json:"layers"`
	Measures  map[string]measureJSON `json:"measures"`
	WithCodes map[string]measureJSON `json:"measures_with_missing_codes,omitempty"`
	Options   []optionAgreementJSON  `json:"options,omitempty"`
}

type layersJSON struct {
	Pairs       int         `json:"pairs"`
	NotCoded    int         `json:"not_coded"`
	Closed      int         `json:"closed_for_both"`
	OneClosed   int         `json:"closed_for_one"`
	BothMissing int         `json:"missing_code_by_both"`
	OneMissing  int         `json:"missing_code_by_one"`
	Values      int         `json:"two_values"`
	Applicable  measureJSON `json:"applicable"`
	Recorded    measureJSON `json:"recorded"`
}

type measureJSON struct {
	Value     *float64    `json:"value"`
	SE        *float64    `json:"se,omitempty"`
	CI95      *[2]float64 `json:"ci95,omitempty"`
	Units     int64       `json:"n_units"`
	Undefined string      `json:"undefined,omitempty"`
}

type optionAgreementJSON struct {
	Option   string                 `json:"option"`
	Measures map[string]measureJSON `json:"measures"`
}

func jsonMeasure(r agreement.Result) measureJSON {
	m := measureJSON{Units: r.Counts.Pairable}
	if r.Undefined != nil {
		m.Undefined = r.Undefined.Error()
		return m
	}
	m.Value = &r.Value
	if i := r.Interval; i != nil {
		m.CI95 = &[2]float64{i.Lower, i.Upper}
		if !i.NoSE {
			m.SE = &i.SE
		}
	}
	return m
}

func jsonMeasures(c annotations.Coefficients) map[string]measureJSON {
	measures := map[string]measureJSON{}
	for _, m := range measuresOf(c) {
		if m.result.Measure != "" {
			measures[string(m.result.Measure)] = jsonMeasure(m.result)
		}
	}
	return measures
}

func (c *call) agreementJSON(r *studyRatings, f agreementFilter, all map[string]annotations.VariableAgreement) error {
	out := agreementJSON{Study: c.study.ID, Codebook: r.book.ID, Version: r.book.Version, Cases: r.Cases(f.selection()), Variables: []variableAgreementJSON{}}
	rowsOf(r, f, all, func(section string, a annotations.VariableAgreement) {
		l := a.Layers
		v := variableAgreementJSON{Section: section, Variable: a.Variable.ID, Level: a.Level, Burden: a.Variable.Burden, Coders: len(a.Coders),
			Judgement: annotations.Judge(a.Variable, l.Values, a.Headline.Alpha), Measures: jsonMeasures(a.Headline),
			Layers: layersJSON{l.Pairs, l.NotCoded, l.Closed, l.OneClosed, l.BothMissing, l.OneMissing, l.Values, jsonMeasure(l.Applicable), jsonMeasure(l.Recorded)}}
		if a.WithCodes != nil {
			v.WithCodes = jsonMeasures(*a.WithCodes)
		}
		for _, o := range a.Options {
			v.Options = append(v.Options, optionAgreementJSON{o.Category.Code, jsonMeasures(o.Coefficients)})
		}
		out.Variables = append(out.Variables, v)
	})
	return c.json(200, out)
}
