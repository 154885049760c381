package server

import (
	"fmt"
	"slices"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/agreement"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/web"
)

// agreementVariablePage is one variable: what was confused with what, and in
// which cases.
type agreementVariablePage struct {
	web.Frame
	Action          string
	Filter          agreementFilter
	Narrowed        bool
	Choices         agreementChoices
	Number, Label   string
	Section         string
	Hue             int
	Question        string
	Type, Burden    string
	Thresholds      annotations.Thresholds
	Row             agreementRow
	Measures        []measureLine
	Scale           web.Scale
	Layers          []layerLine
	Pairs, NotCoded int
	Draws           int
	Confusion       *web.Confusion
	Folded          bool
	Options         []optionLine
	Differing       []differingLine
	Opened, Hidden  int // of all differing cases
	Cell            string
	All             string
	Diagnosis       string
	Tables          map[string]string // addresses of the tables as files
	Passages        []passageLine
}

// A measureLine is a coefficient of the variable, on values and with missing
// codes as categories.
type measureLine struct {
	Name      web.Message
	Values    figure
	Units     int64
	WithCodes figure
	AlsoUnits int64
	Percent   bool
	Strip     *web.Strip
	Drawn     figure // its interval is that of the bootstrap
}

// A layerLine is one of the three layers; Same and Differ add up to N.
type layerLine struct {
	Key             string // message key below agreement.layer.
	N, Same, Differ int
	Both, Neither   int // of Same, in the first two layers
	Share           float64
	AC              figure
}

type optionLine struct {
	Label              string
	Chosen             float64
	Percent, AC, Kappa figure
	Alpha              figure
	Strip              *web.Strip
}

type differingLine struct {
	Case    string
	Compare string // the page of the comparison
	Open    string // the form that opens it; empty when it is open
	Answers []string
}

// agreementVariable is the page of one variable.
func (c *call) agreementVariable() error {
	r, err := c.ratings()
	if err != nil {
		return err
	}
	f := c.readAgreementFilter()
	selection := f.selection()
	a, ok := r.agreement(selection)[c.Param("variable")]
	if !ok {
		return annotations.ErrNotFound
	}
	if name := c.Query("table"); name != "" {
		return c.agreementVariableTable(r, a, selection, name)
	}
	v := a.Variable
	section := r.book.SectionOf(v.ID)
	at := slices.Index(r.book.Sections, section)
	p := agreementVariablePage{
		Frame:  c.frame(web.Link{Href: withQuery(c.studyPath("agreement"), f.narrow()), Label: web.Say("agreement.title")}, web.Link{Label: web.Text(v.Label.In(c.lang))}),
		Action: c.studyPath("agreement", v.ID), Filter: f, Narrowed: len(f.narrow()) > 0,
		Number: numbered(at, slices.Index(section.Variables, v)), Label: v.Label.In(c.lang), Section: section.Label.In(c.lang), Hue: hue(at),
		Question: v.Question.In(c.lang), Type: string(v.Type), Burden: v.Burden, Thresholds: annotations.ThresholdsOf(v),
		Row: c.agreementRow(r.book, a, f), Scale: web.Scale{Axis: coefficientAxis, Ticks: coefficientTicks}, Pairs: a.Layers.Pairs, NotCoded: a.Layers.NotCoded, Draws: annotations.BootstrapReplicates}
	if p.Choices, err = c.agreementChoices(r); err != nil {
		return err
	}
	p.Tables = c.tables(variableTables...)
	diagnosis := f.narrow()
	diagnosis.Set("variable", v.ID)
	p.Diagnosis = withQuery(c.studyPath("reliability", "diagnosis"), diagnosis)
	p.Measures = c.measureLines(a, r.bootstrap(v.ID, selection))
	p.Layers = layerLines(a)
	for _, o := range a.Options {
		line := optionLine{Label: o.Category.Label.In(c.lang), Chosen: o.Chosen, Percent: figureOf(o.Percent), AC: figureOf(o.AC), Kappa: figureOf(o.Kappa), Alpha: figureOf(o.Alpha)}
		if line.AC.Defined {
			line.Strip = c.strip(v, line.AC, p.Row.Judgement == annotations.TooFew)
		}
		p.Options = append(p.Options, line)
	}
	if err := c.confusion(&p, r, v, f); err != nil {
		return err
	}
	if err := c.differing(&p, r, v, f); err != nil {
		return err
	}
	if p.Passages, err = c.passageLines(v); err != nil {
		return err
	}
	return c.page("agreement_variable", p)
}

// A passageLine is the agreement of a pair of coders on passages; Pair is
// empty when it is that of all pairs.
type passageLine struct {
	Pair                 string
	Documents            int
	Exact, Tokens, Alpha figure
}

// passageLines compares the passages of v, whatever narrows the page: they are
// fewer than answers.
func (c *call) passageLines(v *codebook.Variable) ([]passageLine, error) {
	marks, err := c.store.Marks(c.ctx(), c.study.ID, v.ID)
	if err != nil || len(marks) == 0 {
		return nil, err
	}
	names, err := c.memberNames()
	if err != nil {
		return nil, err
	}
	var lines []passageLine
	for _, a := range annotations.PassageAgreements(marks) {
		l := passageLine{Documents: a.Documents, Exact: figureOf(a.Exact), Tokens: figureOf(a.Tokens), Alpha: figureOf(a.Alpha)}
		if a.Coders != [2]int64{} {
			l.Pair = names[a.Coders[0]] + " – " + names[a.Coders[1]]
		}
		lines = append(lines, l)
	}
	return lines, nil
}

func (c *call) measureLines(a annotations.VariableAgreement, drawn []agreement.Bootstrapped) []measureLine {
	with := annotations.Coefficients{}
	if a.WithCodes != nil {
		with = *a.WithCodes
	}
	var lines []measureLine
	add := func(values, also agreement.Result, percent bool) {
		if values.Measure == "" {
			return
		}
		l := measureLine{Name: web.Say("measure." + messageName(values.Measure)), Values: figureOf(values), Units: values.Counts.Pairable,
			WithCodes: figureOf(also), AlsoUnits: also.Counts.Pairable, Percent: percent, Drawn: drawnInterval(values.Measure, drawn)}
		if l.Values.Defined && !percent {
			l.Strip = c.strip(a.Variable, l.Values, a.Layers.Values < annotations.FewPairs)
		}
		lines = append(lines, l)
	}
	h := a.Headline
	add(h.Percent, with.Percent, true)
	add(h.AC, with.AC, false)
	add(h.Kappa, with.Kappa, false)
	add(h.Alpha, with.Alpha, false)
	add(h.MASI, with.MASI, false)
	add(h.ICC, with.ICC, false)
	return lines
}

// drawnInterval is the BCa interval of a measure, without one where all draws
// lie on one side of the value.
func drawnInterval(m agreement.Measure, drawn []agreement.Bootstrapped) figure {
	for _, b := range drawn {
		if b.Measure == m && b.Undefined == nil && b.BCa != nil {
			return figure{Value: b.Value, Defined: true, Interval: true, Low: b.BCa[0], High: b.BCa[1]}
		}
	}
	return figure{}
}

// messageName is the part of a message key that names a measure. The
// tolerance of a share is no part of it.
func messageName(m agreement.Measure) string {
	name, weights := m.Split()
	if name == agreement.ShareWithin || name == agreement.ICC {
		return string(name)
	}
	return string(name) + "_" + weights
}

func layerLines(a annotations.VariableAgreement) []layerLine {
	l := a.Layers
	lines := []layerLine{
		{Key: "applicable", N: l.Pairs - l.NotCoded, Both: l.Eligible(), Neither: l.Closed, Differ: l.OneClosed, AC: figureOf(l.Applicable)},
		{Key: "recorded", N: l.Eligible(), Both: l.Values, Neither: l.BothMissing, Differ: l.OneMissing, AC: figureOf(l.Recorded)},
		{Key: "value", N: l.Values, Both: l.Same, Differ: l.Values - l.Same, AC: figureOf(a.Headline.AC)},
	}
	for i := range lines {
		lines[i].Same = lines[i].Both + lines[i].Neither
		if lines[i].N > 0 {
			lines[i].Share = float64(lines[i].Same) / float64(lines[i].N)
		}
	}
	return lines
}

// confusion lays out the table of answers against answers.
func (c *call) confusion(p *agreementVariablePage, r *studyRatings, v *codebook.Variable, f agreementFilter) error {
	table, ok := r.Confusion(v.ID, f.selection())
	if !ok {
		return nil
	}
	names, err := c.memberNames()
	if err != nil {
		return err
	}
	p.Folded = table.Coders == [2]int64{}
	w := &web.Confusion{Caption: c.say("agreement.confusion_folded"), Folded: p.Folded}
	if !p.Folded {
		w.Caption = c.say("agreement.confusion_pair", "rows", names[table.Coders[0]], "columns", names[table.Coders[1]])
	}
	for k, a := range table.Categories {
		label := answerLabel(r.book, v, a, c.lang)
		w.Rows, w.Columns = append(w.Rows, label), append(w.Columns, label)
		row := make([]web.ConfusionCell, len(table.Categories))
		for l, n := range table.Counts[k] {
			row[l].N = n
			if n > 0 && k != l {
				q := f.narrow()
				q.Set("cell", cellName(table.Categories[k], table.Categories[l]))
				row[l].Href = withQuery(p.Action, q) + "#cases"
			}
		}
		w.Cells = append(w.Cells, row)
	}
	p.Confusion = w
	return nil
}

// cellName names two answers in an address; the order of the two is nothing.
func cellName(a, b codebook.Answer) string {
	x, y := a.Value+":"+a.Missing, b.Value+":"+b.Missing
	return min(x, y) + "~" + max(x, y)
}

// differing lists the cases that differ. Of a case whose comparison has not
// been opened only that it differs: not in what, and a cell of the table does
// not lead to it either.
func (c *call) differing(p *agreementVariablePage, r *studyRatings, v *codebook.Variable, f agreementFilter) error {
	opened, err := c.store.OpenedComparisons(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	p.Cell, p.All = c.Query("cell"), withQuery(p.Action, f.narrow())+"#cases"
	for _, d := range r.Differing(v.ID, f.selection()) {
		line := differingLine{Case: string(d.Case), Compare: c.studyPath("compare", string(d.Case)) + "?variable=" + v.ID}
		if !opened[d.Key] {
			p.Hidden++
			line.Open = c.studyPath("compare", string(d.Case))
			if p.Cell == "" {
				p.Differing = append(p.Differing, line)
			}
			continue
		}
		p.Opened++
		if p.Cell != "" && !slices.Contains(cellsOf(d), p.Cell) {
			continue
		}
		for _, side := range sides(d.Case, len(d.Answers)) {
			line.Answers = append(line.Answers, fmt.Sprintf("%s: %s", sideName(len(line.Answers)), answerLabel(r.book, v, d.Answers[side], c.lang)))
		}
		p.Differing = append(p.Differing, line)
	}
	return nil
}

// cellsOf are the cells in which the pairs of answers of a case are counted.
func cellsOf(d annotations.DifferingCase) []string {
	var cells []string
	for i, a := range d.Answers {
		for _, b := range d.Answers[:i] {
			cells = append(cells, cellName(a, b))
		}
	}
	return cells
}
