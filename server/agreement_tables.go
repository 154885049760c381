package server

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/agreement"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
)

// The tables of the pages on agreement as files, one by one: table=NAME in the
// address of a page. Like the file of all variables they hold ids and numbers
// and no wording, so that they read the same in every language.

// A tableFile is a row of headings and the rows below it.
type tableFile [][]string

func (t *tableFile) add(cells ...string) { *t = append(*t, cells) }

// sendTable sends a table as CSV; of is what it is about, or nothing.
func (c *call) sendTable(of, name string, t tableFile) error {
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(t); err != nil {
		return err
	}
	if err := c.record("export.agreement", of, map[string]any{"table": name}); err != nil {
		return err
	}
	if of != "" {
		name = of + "-" + name
	}
	c.attach(name, "csv")
	c.Data(http.StatusOK, fileTypes["csv"], b.Bytes())
	return nil
}

// tables are the addresses of the tables of the page of the call, by name.
func (c *call) tables(names ...string) map[string]string {
	hrefs := map[string]string{}
	for _, name := range names {
		hrefs[name] = c.withQuery("table", name)
	}
	return hrefs
}

// memberLogins are the people of the study by number, as files of codings name
// them.
func (c *call) memberLogins() (map[int64]string, error) {
	members, err := c.store.Members(c.ctx(), c.study.ID)
	if err != nil {
		return nil, err
	}
	logins := map[int64]string{}
	for _, m := range members {
		logins[m.User.ID] = exports.Guard(m.User.Login)
	}
	return logins, nil
}

// variableTables are the tables of the page of one variable.
var variableTables = []string{"measures", "layers", "confusion", "options", "passages"}

// agreementVariableTable sends a table of the page of one variable.
func (c *call) agreementVariableTable(r *studyRatings, a annotations.VariableAgreement, s annotations.Selection, name string) error {
	var t tableFile
	switch name {
	case "measures":
		t = measuresTable(a, r.bootstrap(a.Variable.ID, s))
	case "layers":
		t = layersTable(a)
	case "options":
		t = optionsTable(a)
	case "confusion", "passages":
		logins, err := c.memberLogins()
		if err != nil {
			return err
		}
		if name == "confusion" {
			t = confusionTable(r, a.Variable.ID, s, logins)
		} else if t, err = c.passagesTable(a.Variable.ID, logins); err != nil {
			return err
		}
	}
	if len(t) < 2 {
		return annotations.ErrNotFound
	}
	return c.sendTable(a.Variable.ID, name, t)
}

// plainMeasure is value, low, high and reason.
func plainMeasure(r agreement.Result) []string {
	cells := csvMeasure(r)
	return append(cells[:1:1], cells[2:]...)
}

// plainHeader are the headings of [plainMeasure].
func plainHeader(name string) []string {
	return []string{name, name + "_low", name + "_high", name + "_undefined"}
}

func measuresTable(a annotations.VariableAgreement, drawn []agreement.Bootstrapped) tableFile {
	t := tableFile{{"measure", "value", "low", "high", "undefined", "n_units", "bootstrap_low", "bootstrap_high",
		"codes_measure", "codes_value", "codes_low", "codes_high", "codes_undefined", "codes_n_units"}}
	var with annotations.Coefficients
	if a.WithCodes != nil {
		with = *a.WithCodes
	}
	also := measuresOf(with)
	for i, m := range measuresOf(a.Headline) {
		if m.result.Measure == "" {
			continue
		}
		row := append([]string{string(m.result.Measure)}, plainMeasure(m.result)...)
		row = append(row, strconv.FormatInt(m.result.Counts.Pairable, 10), "", "")
		if f := drawnInterval(m.result.Measure, drawn); f.Defined {
			row[6], row[7] = exact(f.Low), exact(f.High)
		}
		units := ""
		if other := also[i].result; other.Measure != "" {
			units = strconv.FormatInt(other.Counts.Pairable, 10)
		}
		row = append(append(row, string(also[i].result.Measure)), plainMeasure(also[i].result)...)
		t.add(append(row, units)...)
	}
	return t
}

func layersTable(a annotations.VariableAgreement) tableFile {
	t := tableFile{append([]string{"layer", "n", "same", "both", "neither", "differ"}, plainHeader("gwet_ac")...)}
	results := []agreement.Result{a.Layers.Applicable, a.Layers.Recorded, a.Headline.AC}
	for i, l := range layerLines(a) {
		t.add(append([]string{l.Key, strconv.Itoa(l.N), strconv.Itoa(l.Same), strconv.Itoa(l.Both), strconv.Itoa(l.Neither), strconv.Itoa(l.Differ)}, plainMeasure(results[i])...)...)
	}
	return t
}

func optionsTable(a annotations.VariableAgreement) tableFile {
	t := tableFile{{"option", "chosen"}}
	of := func(o annotations.Coefficients) []namedMeasure { return measuresOf(o)[:4] }
	for _, m := range of(annotations.Coefficients{}) {
		t[0] = append(t[0], plainHeader(m.name)...)
	}
	for _, o := range a.Options {
		row := []string{exports.Guard(o.Category.Code), exact(o.Chosen)}
		for _, m := range of(o.Coefficients) {
			row = append(row, plainMeasure(m.result)...)
		}
		t.add(row...)
	}
	return t
}

// confusionTable has a row a cell. With two coders the first gave the row's
// answer and the second the column's; else a pair of answers is counted once.
func confusionTable(r *studyRatings, variable string, s annotations.Selection, logins map[int64]string) tableFile {
	t := tableFile{{"row_coder", "column_coder", "row", "column", "n"}}
	table, ok := r.Confusion(variable, s)
	if !ok {
		return t
	}
	folded := table.Coders == [2]int64{}
	said := func(k int) string { return exports.Guard(table.Categories[k].Value + table.Categories[k].Missing) }
	for k, row := range table.Counts {
		for l, n := range row {
			if !folded || l >= k {
				t.add(logins[table.Coders[0]], logins[table.Coders[1]], said(k), said(l), strconv.Itoa(n))
			}
		}
	}
	return t
}

func (c *call) passagesTable(variable string, logins map[int64]string) (tableFile, error) {
	header := []string{"first_coder", "second_coder", "documents"}
	for _, name := range []string{"token_f1", "exact_f1", "char_alpha"} {
		header = append(header, plainHeader(name)...)
	}
	t := tableFile{header}
	marks, err := c.store.Marks(c.ctx(), c.study.ID, variable)
	if err != nil {
		return nil, err
	}
	for _, a := range annotations.PassageAgreements(marks) {
		row := []string{logins[a.Coders[0]], logins[a.Coders[1]], strconv.Itoa(a.Documents)}
		for _, m := range []agreement.Result{a.Tokens, a.Exact, a.Alpha} {
			row = append(row, plainMeasure(m)...)
		}
		t.add(row...)
	}
	return t, nil
}

// coderTables are the tables of the page of all coders.
var coderTables = []string{"shares", "alarms"}

// coderChartsTable sends a table of the page of all coders.
func (c *call) coderChartsTable(r *studyRatings, intra *annotations.IntraCoder, name string) error {
	logins, err := c.memberLogins()
	if err != nil {
		return err
	}
	var t tableFile
	switch name {
	case "shares":
		t.add("section", "variable", "coder", "against", "same", "n", "share")
	case "alarms":
		t.add("section", "variable", "coder", "from", "to")
	default:
		return annotations.ErrNotFound
	}
	charts := r.drift()
	for _, s := range r.book.Sections {
		for _, v := range s.Variables {
			for _, chart := range charts[v.ID] {
				if name == "alarms" {
					if from, to, alarm := chart.Alarm(); alarm {
						t.add(s.ID, v.ID, logins[chart.Coder], dateOrNone(from), dateOrNone(to))
					}
					continue
				}
				for _, against := range againsts {
					if same, n := coderCounts(chart, against, intra, v.ID); n > 0 {
						t.add(s.ID, v.ID, logins[chart.Coder], against, strconv.Itoa(same), strconv.Itoa(n), exact(float64(same)/float64(n)))
					}
				}
			}
		}
	}
	return c.sendTable("coders", name, t)
}

// dateOrNone is a day as files have it; empty for a time that has not come.
func dateOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// coderVariableTables are the tables of the page of one variable's coders.
var coderVariableTables = []string{"blocks", "repeats", "cases"}

// coderVariableTable sends a table of the page of one variable's coders: the
// points of the charts, how far coders agree with themselves, or the cases of
// the chosen coder that are to be looked at again.
func (c *call) coderVariableTable(r *studyRatings, v *codebook.Variable, chosen int64, name string) error {
	logins, err := c.memberLogins()
	if err != nil {
		return err
	}
	var t tableFile
	switch name {
	case "blocks":
		t = blocksTable(r.drift()[v.ID], logins)
	case "repeats":
		intra, err := c.intraCoder(r)
		if err != nil {
			return err
		}
		t = repeatsTable(intra, v.ID, logins)
	case "cases":
		t.add("coder", "case_id", "handed_in", "coded_by_others")
		for _, chart := range r.drift()[v.ID] {
			from, to, alarm := chart.Alarm()
			if chart.Coder != chosen || !alarm {
				continue
			}
			cases, err := c.store.CoderCases(c.ctx(), c.study.ID, chosen, from, to)
			if err != nil {
				return err
			}
			for _, k := range cases {
				t.add(logins[chosen], exports.Guard(string(k.Case)), dateOrNone(k.At), strconv.FormatBool(!k.Alone))
			}
		}
	}
	if len(t) < 2 {
		return annotations.ErrNotFound
	}
	return c.sendTable(v.ID, name, t)
}

func blocksTable(charts []annotations.CoderChart, logins map[int64]string) tableFile {
	t := tableFile{{"coder", "against", "from", "to", "same", "n", "share", "center", "lower", "upper", "outside"}}
	for _, chart := range charts {
		for _, s := range []struct {
			key    string
			series annotations.DriftSeries
		}{{"settled", chart.Settled}, {"others", chart.Others}} {
			for _, b := range s.series.Blocks {
				t.add(logins[chart.Coder], s.key, dateOrNone(b.From), dateOrNone(b.To), strconv.Itoa(b.Same), strconv.Itoa(b.N), exact(b.Share()),
					exact(s.series.Center), exact(b.Lower), exact(b.Upper), strconv.FormatBool(b.Outside()))
			}
		}
	}
	return t
}

// repeatsTable has a row for each coder with hidden repeats and one, without a
// coder, for all of them.
func repeatsTable(intra *annotations.IntraCoder, variable string, logins map[int64]string) tableFile {
	t := tableFile{{"coder", "pairs", "same"}}
	of := func(h annotations.Coefficients) []namedMeasure { return measuresOf(h)[:4] }
	for _, m := range of(annotations.Coefficients{}) {
		t[0] = append(t[0], plainHeader(m.name)...)
	}
	if intra.Cases(0) == 0 {
		return t
	}
	for _, coder := range append(intra.Coders(), 0) {
		a, _ := intra.Agreement(variable, coder)
		row := []string{logins[coder], strconv.Itoa(a.Layers.Values), strconv.Itoa(a.Layers.Same)}
		for _, m := range of(a.Headline) {
			row = append(row, plainMeasure(m.result)...)
		}
		t.add(row...)
	}
	return t
}

// planTables are the tables of the page of the plan.
var planTables = []string{"pairs", "next"}

// planTable sends what the page of the plan shows.
func (c *call) planTable(p reliabilityPlanPage, book *codebook.Codebook, name string) error {
	var t tableFile
	switch name {
	case "pairs":
		t.add("section", "variable", "pairs", "half_width", "pairs_needed", "rests_on", "pairs_short")
		for _, g := range p.Groups {
			for _, row := range g.Rows {
				half, restsOn := "", "assumption"
				if row.Half > 0 {
					half = exact(row.Half)
				}
				if row.Observed {
					restsOn = "interval"
				}
				t.add(book.SectionOf(row.Variable.ID).ID, row.Variable.ID, strconv.Itoa(row.Have), half, strconv.Itoa(row.Need), restsOn, strconv.Itoa(row.Short()))
			}
		}
	case "next":
		t.add("case_id", "variables_helped")
		for _, k := range p.Next {
			t.add(exports.Guard(string(k.Case)), strconv.Itoa(k.Helps))
		}
	default:
		return annotations.ErrNotFound
	}
	return c.sendTable("plan", name, t)
}
