package server

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/agreement"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/web"
)

type agreementPage struct {
	web.Frame
	Action   string
	Filter   agreementFilter
	Narrowed bool
	Choices  agreementChoices
	Cases    int
	Pairwise bool // two coders: kappa is Cohen's
	Scale    web.Scale
	Groups   []agreementGroup
	Judged   []judgedCount
	Few      int
	CSV      string
	JSON     string
	Figure   string            // the chart of all rows, as a file
	Sorted   map[string]string // address of the page in the order of a column
	Report   string
	Coders   string
	Plan     string
}

// agreementFilter is what the address narrows, sorts and shows.
type agreementFilter struct {
	Section, Burden       string
	Round, Region, Period string
	Source                string
	Coder                 string // user number
	Pair                  string // two user numbers with a hyphen between
	Sort, Show            string
}

type agreementChoices struct {
	Sections, Burdens, Rounds, Regions, Periods, Sources, Coders, Pairs, Sorts, Shows []web.Option
}

// ManyCoders reports whether a coder can be chosen among more than two.
func (o agreementChoices) ManyCoders() bool { return len(o.Coders) > 3 }

// ManySources reports whether cases came from any organisation.
func (o agreementChoices) ManySources() bool { return len(o.Sources) > 1 }

type agreementGroup struct {
	Label string // of the section; empty when rows are sorted across sections
	Hue   int
	Rows  []agreementRow
}

type agreementRow struct {
	Variable            string
	Number, Label, Href string
	Judgement           annotations.Judgement
	Strip               *web.Strip
	Shown               figure // what the strip draws
	Used, Eligible      int
	Percent, AC, Kappa  figure
	Alpha, WithCodes    figure
	Shares              *web.Shares
	Most                string // the most frequent category
	MostShare           float64
	Note                web.Message // where kappa and AC1 part
}

// A judgedCount is how many variables got a judgement.
type judgedCount struct {
	Judgement annotations.Judgement
	N         int
}

// A figure is a measure as a page shows it: a value with its interval, words
// where there is none, or nothing where the variable has no such measure.
type figure struct {
	Value     float64
	Low, High float64
	Interval  bool
	Defined   bool
	Why       web.Message // why it is undefined
}

// undefinedReasons are the words for what keeps a measure from being defined.
var undefinedReasons = []struct {
	err error
	key string
}{
	{agreement.ErrOneCategory, "undefined.one_category"},
	{agreement.ErrNoUnits, "undefined.no_pairs"},
	{agreement.ErrNothingPairable, "undefined.no_pairs"},
	{agreement.ErrOneRater, "undefined.no_pairs"},
	{agreement.ErrNotTwoRaters, "undefined.two_coders"},
	{agreement.ErrNoSharedUnits, "undefined.no_shared"},
	{agreement.ErrIncomplete, "undefined.incomplete"},
	{agreement.ErrMissingRatings, "undefined.incomplete"},
	{agreement.ErrNoVariation, "undefined.no_variation"},
	{agreement.ErrTooManyCategories, "undefined.too_many"},
	{agreement.ErrNotFinite, "undefined.too_large"},
}

func figureOf(r agreement.Result) figure {
	switch {
	case r.Measure == "":
		return figure{}
	case r.Undefined != nil:
		for _, u := range undefinedReasons {
			if r.Undefined == u.err {
				return figure{Why: web.Say(u.key)}
			}
		}
		return figure{Why: web.Say("undefined.other")}
	}
	f := figure{Value: r.Value, Defined: true}
	if r.Interval != nil {
		f.Interval, f.Low, f.High = true, r.Interval.Lower, r.Interval.Upper
	}
	return f
}

// shows are the coefficients that the strip can draw.
var shows = []string{"alpha", "ac", "kappa"}

// sorts are the orders of the rows: that of the codebook, by what the chart
// shows from the weakest on, by the number of pairs from the most on, and by a
// column from the lowest on.
var sorts = []string{"codebook", "weakest", "pairs", "percent", "ac", "kappa", "alpha"}

func (c *call) readAgreementFilter() agreementFilter {
	f := agreementFilter{Section: c.Query("section"), Burden: c.Query("burden"), Round: c.Query("round"), Region: c.Query("region"),
		Period: c.Query("period"), Source: c.Query("source"), Coder: c.Query("coder"), Pair: c.Query("pair"), Sort: c.Query("sort"), Show: c.Query("show")}
	if !slices.Contains(sorts, f.Sort) {
		f.Sort = sorts[0]
	}
	if !slices.Contains(shows, f.Show) {
		f.Show = shows[0]
	}
	return f
}

// query is the part of an address that keeps what f narrows and shows.
func (f agreementFilter) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"section": f.Section, "burden": f.Burden, "round": f.Round, "region": f.Region,
		"period": f.Period, "source": f.Source, "coder": f.Coder, "pair": f.Pair, "sort": f.Sort, "show": f.Show} {
		if value != "" && value != sorts[0] && value != shows[0] {
			q.Set(name, value)
		}
	}
	return q
}

// narrow is the part of an address that keeps which cases are compared.
func (f agreementFilter) narrow() url.Values {
	return agreementFilter{Round: f.Round, Region: f.Region, Period: f.Period, Source: f.Source, Coder: f.Coder, Pair: f.Pair}.query()
}

// selection is what f says of cases and coders; a coder or a pair that is none
// is all.
func (f agreementFilter) selection() annotations.Selection {
	s := annotations.Selection{Round: f.Round, Region: f.Region, Period: f.Period, Source: f.Source}
	if coder, err := strconv.ParseInt(f.Coder, 10, 64); err == nil && coder > 0 {
		s.Coder = coder
	}
	first, second, _ := strings.Cut(f.Pair, "-")
	a, errA := strconv.ParseInt(first, 10, 64)
	b, errB := strconv.ParseInt(second, 10, 64)
	if errA == nil && errB == nil && a > 0 && b > 0 && a != b {
		s.Pair = [2]int64{min(a, b), max(a, b)}
	}
	return s
}

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// agreement is the page with every variable below the other. It never shows a
// figure of several variables together.
func (c *call) agreement() error {
	r, err := c.ratings()
	if err != nil {
		return err
	}
	f := c.readAgreementFilter()
	all := r.agreement(f.selection())
	format := c.Query("format")
	if slices.Contains([]string{"csv", "json", "svg"}, format) {
		if err := c.record("export.agreement", "", map[string]any{"format": format}); err != nil {
			return err
		}
	}
	switch format {
	case "csv":
		return c.agreementCSV(r, f, all)
	case "json":
		return c.agreementJSON(r, f, all)
	}
	p := agreementPage{Frame: c.frame(here("agreement.title")), Action: c.studyPath("agreement"), Filter: f, Narrowed: len(f.query()) > 0,
		Cases: r.Cases(f.selection()), Scale: web.Scale{Axis: coefficientAxis, Ticks: coefficientTicks}, Report: c.studyPath("reliability"), Coders: c.studyPath("coders"),
		Plan: c.studyPath("reliability", "plan")}
	if p.Choices, err = c.agreementChoices(r); err != nil {
		return err
	}
	for _, format := range []struct {
		name string
		to   *string
	}{{"csv", &p.CSV}, {"json", &p.JSON}, {"svg", &p.Figure}} {
		q := f.query()
		q.Set("format", format.name)
		*format.to = withQuery(p.Action, q)
	}
	p.Sorted = map[string]string{}
	for _, by := range sorts {
		sorted := f
		sorted.Sort = by
		p.Sorted[by] = withQuery(p.Action, sorted.query())
	}
	counts := map[annotations.Judgement]int{}
	for i, s := range r.book.Sections {
		g := agreementGroup{Label: s.Label.In(c.lang), Hue: hue(i)}
		for j, v := range s.Variables {
			a, ok := all[v.ID]
			if !ok || !f.keeps(s, v) || a.Copied() {
				continue
			}
			p.Pairwise = len(a.Coders) == 2
			row := c.agreementRow(r.book, a, f)
			row.Number = numbered(i, j)
			counts[row.Judgement]++
			g.Rows = append(g.Rows, row)
		}
		if len(g.Rows) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
	if f.Sort != sorts[0] {
		p.Groups = sortedRows(p.Groups, f.Sort)
	}
	if format == "svg" {
		return c.agreementFigure(p)
	}
	for _, j := range []annotations.Judgement{annotations.Good, annotations.Discuss, annotations.Revise, annotations.Undefined, annotations.TooFew} {
		if counts[j] > 0 {
			p.Judged = append(p.Judged, judgedCount{j, counts[j]})
		}
	}
	p.Few = annotations.FewPairs
	return c.page("agreement", p)
}

// keeps reports whether f leaves the variable v of section s.
func (f agreementFilter) keeps(s *codebook.Section, v *codebook.Variable) bool {
	return (f.Section == "" || s.ID == f.Section) && (f.Burden == "" || v.Burden == f.Burden)
}

// coefficientAxis is shared by all strips. What lies below stands at its end.
var (
	coefficientAxis  = web.Axis{Min: -0.2, Max: 1, Decimals: 1}
	coefficientTicks = []float64{0, 0.5, 1}
)

func (c *call) agreementRow(book *codebook.Codebook, a annotations.VariableAgreement, f agreementFilter) agreementRow {
	h := a.Headline
	row := agreementRow{Variable: a.Variable.ID, Label: a.Variable.Label.In(c.lang), Href: withQuery(c.studyPath("agreement", a.Variable.ID), f.narrow()),
		Judgement: annotations.Judge(a.Variable, a.Layers.Values, h.Alpha), Used: a.Layers.Values, Eligible: a.Layers.Eligible(),
		Percent: figureOf(h.Percent), AC: figureOf(h.AC), Kappa: figureOf(h.Kappa), Alpha: figureOf(h.Alpha)}
	if a.WithCodes != nil {
		row.WithCodes = figureOf(a.WithCodes.Alpha)
	}
	row.Shown = map[string]figure{"alpha": row.Alpha, "ac": row.AC, "kappa": row.Kappa}[f.Show]
	if row.Shown.Defined {
		row.Strip = c.strip(a.Variable, row.Shown, row.Judgement == annotations.TooFew)
	}
	if k, parts := h.PrevalenceParts(); parts {
		row.Note = web.Say("agreement.parts", "share", c.percent(h.Prevalence[k]), "category", answerLabel(book, a.Variable, h.Categories[k], c.lang))
	}
	c.fillShares(&row, book, a)
	return row
}

// fillShares draws how often each category was given.
func (c *call) fillShares(row *agreementRow, book *codebook.Codebook, a annotations.VariableAgreement) {
	shares := &web.Shares{}
	add := func(label string, share float64) {
		text := label + " " + c.percent(share)
		shares.Parts = append(shares.Parts, web.SharePart{Label: text, Share: share})
		if share > row.MostShare {
			row.Most, row.MostShare = label, share
		}
	}
	for k, share := range a.Headline.Prevalence {
		add(answerLabel(book, a.Variable, a.Headline.Categories[k], c.lang), share)
	}
	if len(shares.Parts) == 0 {
		return
	}
	var titles []string
	for _, p := range shares.Parts {
		titles = append(titles, p.Label)
	}
	shares.Title = strings.Join(titles, ", ")
	row.Shares = shares
}

// strip draws a coefficient with its interval and the thresholds of v.
func (c *call) strip(v *codebook.Variable, f figure, faint bool) *web.Strip {
	t := annotations.ThresholdsOf(v)
	s := &web.Strip{Axis: coefficientAxis, Interval: web.Interval{Value: f.Value, Low: f.Value, High: f.Value}, Thresholds: []float64{t.Discuss, t.Good}, Faint: faint}
	s.Title = c.number(f.Value, 2)
	if f.Interval {
		s.Interval.Low, s.Interval.High = f.Low, f.High
		s.Title += " (" + c.number(f.Low, 2) + " – " + c.number(f.High, 2) + ")"
	}
	return s
}

// number writes x, which is finite, in the reader's language.
func (c *call) number(x float64, decimals int) string {
	s, _ := c.pages.Catalogue(c.lang).Number(x, decimals)
	return s
}

func (c *call) percent(share float64) string {
	s, _ := c.pages.Catalogue(c.lang).Percent(share, 0)
	return s
}

// answerLabel is an answer in words: the label of a category or of a missing
// code, the labels of a multi, or the value itself.
func answerLabel(book *codebook.Codebook, v *codebook.Variable, a codebook.Answer, lang string) string {
	if a.Missing != "" {
		for _, m := range book.Missing {
			if m.Code == a.Missing {
				return m.Label.In(lang)
			}
		}
		return a.Missing
	}
	if v.Type == codebook.TypeNumber && a.Value != "" && v.Unit.In(lang) != "" {
		return a.Value + " " + v.Unit.In(lang)
	}
	if v.Type != codebook.TypeSingle && v.Type != codebook.TypeOrdinal && v.Type != codebook.TypeMulti {
		return a.Value
	}
	var labels []string
	options := book.Options(v, "")
	for code := range strings.SplitSeq(a.Value, "|") {
		label := code
		for _, o := range options {
			if o.Code == code {
				label = o.Label.In(lang)
			}
		}
		labels = append(labels, label)
	}
	return strings.Join(labels, "; ")
}

// sortedRows puts all rows in one group. Rows without a value come last.
func sortedRows(groups []agreementGroup, by string) []agreementGroup {
	var rows []agreementRow
	for _, g := range groups {
		rows = append(rows, g.Rows...)
	}
	weight := func(r agreementRow) float64 {
		if by == "pairs" {
			return -float64(r.Used)
		}
		f := map[string]figure{"weakest": r.Shown, "percent": r.Percent, "ac": r.AC, "kappa": r.Kappa, "alpha": r.Alpha}[by]
		if !f.Defined {
			return math.Inf(1)
		}
		return f.Value
	}
	slices.SortStableFunc(rows, func(a, b agreementRow) int { return cmp.Compare(weight(a), weight(b)) })
	return []agreementGroup{{Rows: rows}}
}

// agreementChoices are what the page can be narrowed by: what occurs.
func (c *call) agreementChoices(r *studyRatings) (agreementChoices, error) {
	var o agreementChoices
	members, err := c.memberNames()
	if err != nil {
		return o, err
	}
	facets := r.Facets()
	list := func(key string, values []string, label func(string) string) []web.Option {
		options := []web.Option{{Label: web.Say(key)}}
		for _, v := range values {
			options = append(options, web.Option{Value: v, Label: web.Text(label(v))})
		}
		return options
	}
	itself := func(s string) string { return s }
	o.Rounds = list("agreement.all_rounds", facets.Rounds, itself)
	o.Regions = list("agreement.all_regions", facets.Regions, func(s string) string {
		if name := regionLabel(r.book, s, c.lang); name != s {
			return s + " " + name
		}
		return s
	})
	o.Periods = list("agreement.all_periods", facets.Periods, itself)
	o.Sources = list("agreement.all_sources", facets.Sources, itself)
	o.Coders = []web.Option{{Label: web.Say("agreement.all_coders")}}
	for _, id := range facets.Coders {
		o.Coders = append(o.Coders, web.Option{Value: strconv.FormatInt(id, 10), Label: web.Text(members[id])})
	}
	o.Pairs = []web.Option{{Label: web.Say("agreement.all_pairs")}}
	for _, p := range facets.Pairs {
		o.Pairs = append(o.Pairs, web.Option{Value: fmt.Sprintf("%d-%d", p[0], p[1]), Label: web.Text(members[p[0]] + " – " + members[p[1]])})
	}
	o.Sections = []web.Option{{Label: web.Say("agreement.all_sections")}}
	compared := map[string]bool{}
	for _, v := range r.Variables() {
		compared[r.book.SectionOf(v.ID).ID] = true
	}
	for _, s := range r.book.Sections {
		if compared[s.ID] {
			o.Sections = append(o.Sections, web.Option{Value: s.ID, Label: web.Text(s.Label.In(c.lang))})
		}
	}
	o.Burdens = []web.Option{{Label: web.Say("agreement.all_burdens")}, {Value: codebook.Factual, Label: web.Say("agreement.burden.factual")},
		{Value: codebook.Judgement, Label: web.Say("agreement.burden.judgement")}}
	for _, s := range sorts {
		o.Sorts = append(o.Sorts, web.Option{Value: s, Label: web.Say("agreement.sort." + s)})
	}
	for _, s := range shows {
		o.Shows = append(o.Shows, web.Option{Value: s, Label: web.Say("agreement.show." + s)})
	}
	return o, nil
}

// memberNames are the names of the people of the study by number.
func (c *call) memberNames() (map[int64]string, error) {
	members, err := c.store.Members(c.ctx(), c.study.ID)
	if err != nil {
		return nil, err
	}
	names := map[int64]string{}
	for _, m := range members {
		names[m.User.ID] = m.User.Name
	}
	return names, nil
}
