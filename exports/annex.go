package exports

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// An annexWriter writes the method annex of a release in one language. It
// tells what anybody may know: counts of case files rounded as the profile
// rounds them, and figures only where the release shows them.
type annexWriter struct {
	*Release
	book    *codebook.Codebook
	methods Methods
	lang    string
}

// annex is the method annex of the release.
func (r *Release) annex(book *codebook.Codebook, methods Methods, lang string) Report {
	w := annexWriter{r, book, methods, lang}
	report := Report{Lang: lang, Title: w.say("title", r.Terms.Title),
		Subtitle: w.say("subtitle", r.ID, w.periods(), w.date(r.Terms.asOf()), r.Terms.Tool)}
	report.Sections = []ReportSection{w.measured(), w.sample(), w.response(), w.estimation(), w.figures(), w.agreement(), w.gate(), w.error(), w.disclosure(),
		w.changes(), w.limits(), w.sources()}
	for i := range report.Sections {
		report.Sections[i].Title = strconv.Itoa(i+1) + ". " + report.Sections[i].Title
	}
	return report
}

// asOf is the state of the cases of the release; the zero time if the terms do
// not say.
func (t Terms) asOf() time.Time {
	at, err := time.Parse(time.RFC3339, t.AsOf)
	if err != nil {
		return time.Time{}
	}
	return at
}

// say fills one of the annex's texts.
func (w annexWriter) say(key string, args ...any) string {
	text := annexWords[key].In(w.lang)
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

func (w annexWriter) section(key string, paragraphs ...string) ReportSection {
	return ReportSection{Title: w.say("section." + key), Paragraphs: paragraphs}
}

func (w annexWriter) columns(keys ...string) []string {
	for i, k := range keys {
		keys[i] = w.say("column." + k)
	}
	return keys
}

// number writes x as a reader of the language expects it.
func (w annexWriter) number(x float64, decimals int) string {
	text := strconv.FormatFloat(x, 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "−", whole[1:]
	}
	point, thousands := ".", ","
	if w.lang == "nl" {
		point, thousands = ",", "."
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + thousands + whole[i:]
	}
	if fraction != "" {
		whole += point + fraction
	}
	return sign + whole
}

func (w annexWriter) count(n int) string { return w.number(float64(n), 0) }

// rounded is a count of case files that may be published.
func (w annexWriter) rounded(n int) string {
	base := w.Terms.Profile.RoundingBase
	return w.count((2*n + base) / (2 * base) * base)
}

func (w annexWriter) text(s string) ReportCell { return ReportCell{Text: s} }

func (w annexWriter) cell(x *float64, decimals int) ReportCell {
	if x == nil {
		return ReportCell{Text: "–"}
	}
	return ReportCell{Text: w.number(*x, decimals), Value: x, Decimals: decimals}
}

func (w annexWriter) countCell(n int) ReportCell {
	x := float64(n)
	return w.cell(&x, 0)
}

func (w annexWriter) roundedCell(n int) ReportCell {
	base := w.Terms.Profile.RoundingBase
	return w.countCell((2*n + base) / (2 * base) * base)
}

func (w annexWriter) date(at time.Time) string {
	if at.IsZero() {
		return "–"
	}
	return at.Format("2006-01-02")
}

func (w annexWriter) periods() string {
	var list []string
	for _, p := range w.Terms.Periods {
		list = append(list, PeriodOf(p.Period).Label.In(w.lang)+" ("+w.stage(p)+")")
	}
	return strings.Join(list, ", ")
}

func (w annexWriter) stage(p ReleasedPeriod) string {
	return w.say("stage."+p.finality(), p.Vintage)
}

// finality says how final a period is: provisional, further (provisional) or
// final.
func (p ReleasedPeriod) finality() string {
	switch {
	case p.Stage == StageFinal:
		return "final"
	case p.Vintage > 1:
		return "further"
	}
	return "provisional"
}

// measured defines every measure.
func (w annexWriter) measured() ReportSection {
	s := w.section("measured", w.say("measured.codebook", w.book.Title.In(w.lang), w.book.ID, w.book.Version, w.book.Hash()), w.say("measured.status"), w.say("measured.policy"))
	t := ReportTable{Caption: w.say("table.measures"), Columns: w.columns("measure", "kind", "policy", "include", "exclude", "numerator")}
	for _, m := range w.book.Measures {
		numerator := m.Numerator
		if m.Of != "" {
			numerator = m.Of
		}
		include := m.Include
		if include == "all" {
			include = w.say("include.all")
		}
		t.Rows = append(t.Rows, []ReportCell{w.text(m.ID + " – " + m.Label.In(w.lang)), w.text(w.say("kind." + string(m.Kind))), w.text(w.say("policy." + string(m.Policy))),
			w.text(include), w.text(m.Exclude), w.text(numerator)})
	}
	s.Tables = append(s.Tables, t)
	if len(w.book.Derived) > 0 {
		d := ReportTable{Caption: w.say("table.derived"), Columns: w.columns("derived", "label", "expression")}
		for _, v := range w.book.Derived {
			d.Rows = append(d.Rows, []ReportCell{w.text(v.ID), w.text(v.Label.In(w.lang)), w.text(v.Expression)})
		}
		s.Tables = append(s.Tables, d)
	}
	for _, m := range w.book.Measures {
		if why := w.book.Undefined(m); why != "" {
			s.Paragraphs = append(s.Paragraphs, w.say("measured.undefined", m.Label.In(w.lang), why))
		}
	}
	return s
}

// sampled sums the strata.
func (w annexWriter) sampled() annotations.SampleStratum {
	var sum annotations.SampleStratum
	for _, s := range w.methods.Strata {
		sum = sum.Add(s)
	}
	return sum
}

func (w annexWriter) sample() ReportSection {
	sum := w.sampled()
	if sum.Drawn == 0 {
		return w.section("sample", w.say("sample.none"))
	}
	drawn := 0
	for _, s := range w.methods.Strata {
		if s.Drawn > 0 {
			drawn++
		}
	}
	return w.section("sample", w.say("sample.frame", w.count(sum.Frame), w.count(len(w.methods.Strata)), w.rounded(sum.Drawn), w.count(drawn)), w.say("sample.reserve"), w.say("sample.outside", w.rounded(sum.Outside)))
}

func (w annexWriter) response() ReportSection {
	sum := w.sampled()
	s := w.section("response")
	if sum.Drawn > 0 {
		s.Paragraphs = append(s.Paragraphs, w.say("response.sample", w.rounded(sum.Eligible()), w.rounded(sum.Unusable), w.number(100*sum.Response(), 0)))
	}
	s.Paragraphs = append(s.Paragraphs, w.say("response.missing"))
	t := ReportTable{Caption: w.say("table.files"), Columns: w.columns("period", "files", "settled")}
	for _, f := range w.methods.Files {
		t.Rows = append(t.Rows, []ReportCell{w.text(PeriodOf(f.Period).Label.In(w.lang)), w.roundedCell(f.Files), w.roundedCell(f.Settled)})
	}
	if len(t.Rows) > 0 {
		s.Tables = []ReportTable{t}
	}
	return s
}

func (w annexWriter) estimation() ReportSection {
	s := w.section("estimation")
	if w.sampled().Drawn > 0 {
		s.Paragraphs = append(s.Paragraphs, w.say("estimation.weights"))
	} else {
		s.Paragraphs = append(s.Paragraphs, w.say("estimation.unweighted"))
	}
	s.Paragraphs = append(s.Paragraphs, w.design()...)
	s.Paragraphs = append(s.Paragraphs, w.say("estimation.variance"), w.say("estimation.interval"), w.say("estimation.change"), w.say("estimation.reliability"))
	return s
}

// design tells what figures rest on beside strata. Totals are not told.
func (w annexWriter) design() (paragraphs []string) {
	d := w.Terms.Design
	if d.Organisation != "" {
		paragraphs = append(paragraphs, w.say("estimation.organisations"))
	}
	if d.Variable == "" {
		return paragraphs
	}
	label := d.Variable
	v := w.book.Variable(d.Variable)
	if v != nil {
		label = v.Label.In(w.lang)
	}
	var scaled []string
	for _, a := range w.Table.Adjustments {
		if a.Why == "" {
			scaled = append(scaled, PeriodOf(a.Period).Label.In(w.lang))
		}
	}
	if len(scaled) > 0 {
		paragraphs = append(paragraphs, w.say("estimation.totals", label, strings.Join(scaled, ", ")))
	}
	for _, a := range w.Table.Adjustments {
		if a.Why != "" {
			paragraphs = append(paragraphs, w.say("estimation.unscaled", PeriodOf(a.Period).Label.In(w.lang), w.say("estimation.unscaled."+a.Why)))
		}
	}
	return paragraphs
}

// own is the row of a measure's own policy for the nation in a period.
func (w annexWriter) own(m *codebook.Measure, period string) (Observation, bool) {
	for _, o := range w.Observations {
		if o.Indicator == m.ID && o.Statistic == statisticOf(m.Kind) && o.Variant == string(m.Policy) && o.Period == period && o.Region == Nation && o.Breakdown == disclosure.Total {
			return o, true
		}
	}
	return Observation{}, false
}

// headlines calls visit for the headline of every indicator that has figures.
func (w annexWriter) headlines(visit func(ind *codebook.Indicator, m *codebook.Measure)) {
	for _, ind := range w.book.Indicators {
		if m := headline(w.book, ind.ID); m != nil && w.book.Undefined(m) == "" {
			visit(ind, m)
		}
	}
}

// figures lists the national headline figures.
func (w annexWriter) figures() ReportSection {
	s := w.section("figures", w.say("figures.about"))
	for _, p := range w.Terms.Periods {
		t := ReportTable{Caption: w.say("table.figures", PeriodOf(p.Period).Label.In(w.lang), w.stage(p)), Columns: w.columns("indicator", "unit", "value", "interval", "n", "sensitivity")}
		w.headlines(func(ind *codebook.Indicator, m *codebook.Measure) {
			o, ok := w.own(m, p.Period)
			if !ok {
				return
			}
			row := []ReportCell{w.text(ind.Label.In(w.lang)), w.text(UnitLabel(w.book, m).In(w.lang)), w.text("."), w.text("."), w.text("."), w.text("")}
			decimals := 0
			if m.Kind == codebook.Mean || m.Kind == codebook.Median {
				decimals = w.Terms.Profile.MeanDecimals
			} else if m.Kind == codebook.Share {
				decimals = w.Terms.Profile.Decimals
			}
			switch {
			case o.ObsStatus == "M":
				row[2], row[3], row[4] = w.text(""), w.text(""), w.text("")
			case o.Value != nil:
				row[2], row[3], row[4] = w.cell(o.Value, decimals), w.text("–"), w.text("–")
				if o.Lower != nil && o.Upper != nil {
					row[3] = w.text(w.number(*o.Lower, decimals) + " – " + w.number(*o.Upper, decimals))
				}
				if o.Cases != nil {
					row[4] = w.countCell(*o.Cases)
				}
				row[5] = w.text(w.sensitivityOf(m, p.Period))
			}
			t.Rows = append(t.Rows, row)
		})
		s.Tables = append(s.Tables, t)
	}
	return s
}

// sensitivityOf is the sensitivity interval of a figure that is shown.
func (w annexWriter) sensitivityOf(m *codebook.Measure, period string) string {
	for _, s := range w.Sensitivity {
		if s.Measure == m.ID && s.Period == period {
			return w.number(s.Low, 0) + " – " + w.number(s.High, 0)
		}
	}
	return "–"
}

func (w annexWriter) agreement() ReportSection {
	if len(w.methods.Agreement) == 0 {
		return w.section("agreement", w.say("agreement.none"))
	}
	s := w.section("agreement", w.say("agreement.about", w.count(w.methods.Double), w.count(w.methods.Coders)), w.say("agreement.few", annotations.FewPairs))
	t := ReportTable{Caption: w.say("table.agreement"), Columns: w.columns("variable", "pairs", "percent", "coefficient", "value", "interval")}
	for _, a := range w.methods.Agreement {
		label := a.Variable
		if v := w.book.Variable(a.Variable); v != nil {
			label = v.Label.In(w.lang)
		}
		var percent *float64
		if a.Percent != nil {
			x := 100 * *a.Percent
			percent = &x
		}
		interval := "–"
		if a.Lower != nil && a.Upper != nil {
			interval = w.number(*a.Lower, 2) + " – " + w.number(*a.Upper, 2)
		}
		t.Rows = append(t.Rows, []ReportCell{w.text(label), w.countCell(a.Pairs), w.cell(percent, 0), w.text(w.say("coefficient." + a.Coefficient)), w.cell(a.Value, 2), w.text(interval)})
	}
	s.Tables = []ReportTable{t}
	return s
}

func (w annexWriter) gate() ReportSection {
	g := w.Terms.Gate
	s := w.section("gate", w.say("gate.policy", w.say("coefficient."+g.Coefficient), w.say("gate.on."+g.On), w.number(g.Threshold, 2), g.MinPairs, w.say("gate.below."+string(g.Below))))
	t := ReportTable{Caption: w.say("table.gate"), Columns: w.columns("indicator", "state", "weakest", "value", "pairs", "override")}
	for _, v := range w.Terms.Verdicts {
		label := v.Indicator
		if ind := w.book.Indicator(v.Indicator); ind != nil {
			label = ind.Label.In(w.lang)
		}
		weakest := "–"
		if x := w.book.Variable(v.Variable); x != nil {
			weakest = x.Label.In(w.lang)
		}
		state := w.say("gate.state." + string(v.State))
		if v.Reason != "" {
			state += ": " + w.say("gate.reason."+v.Reason)
		}
		t.Rows = append(t.Rows, []ReportCell{w.text(label), w.text(state), w.text(weakest), w.cell(v.Value, 2), w.countCell(v.Pairs), w.text(v.Override)})
	}
	if len(t.Rows) > 0 {
		s.Tables = []ReportTable{t}
	}
	if slices.ContainsFunc(w.Terms.Verdicts, func(v Verdict) bool { return v.Override != "" }) {
		s.Paragraphs = append(s.Paragraphs, w.say("gate.overridden"))
	}
	return s
}

// error tells how far headline figures hang on coder error.
func (w annexWriter) error() ReportSection {
	s := w.section("error", w.say("error.about", w.count(Replicates), w.ID), w.say("error.read"))
	t := ReportTable{Caption: w.say("table.error"), Columns: w.columns("indicator", "codings", "same", "period", "value", "middle", "sensitivity")}
	var few []string
	w.headlines(func(ind *codebook.Indicator, m *codebook.Measure) {
		i := slices.IndexFunc(w.methods.Errors, func(e CoderError) bool { return e.Measure == m.ID })
		if i < 0 {
			return
		}
		e := w.methods.Errors[i]
		if e.Codings() < annotations.FewPairs {
			few = append(few, ind.Label.In(w.lang))
			return
		}
		same := 100 * float64(e.Counts[0][0]+e.Counts[1][1]+e.Counts[2][2]) / float64(e.Codings())
		for _, p := range w.Terms.Periods {
			o, ok := w.own(m, p.Period)
			if !ok || o.Value == nil {
				continue
			}
			for _, k := range w.Sensitivity {
				if k.Measure != m.ID || k.Period != p.Period {
					continue
				}
				middle := math.Round(k.Middle)
				t.Rows = append(t.Rows, []ReportCell{w.text(ind.Label.In(w.lang)), w.roundedCell(e.Codings()), w.cell(&same, 0), w.text(PeriodOf(p.Period).Label.In(w.lang)),
					w.cell(o.Value, w.Terms.Profile.Decimals), w.cell(&middle, 0), w.text(w.sensitivityOf(m, p.Period))})
			}
		}
	})
	if len(t.Rows) > 0 {
		s.Tables = []ReportTable{t}
	}
	if len(few) > 0 || len(w.methods.Errors) == 0 {
		s.Paragraphs = append(s.Paragraphs, w.say("error.few", annotations.FewPairs))
	}
	if len(few) > 0 {
		s.Paragraphs = append(s.Paragraphs, w.say("error.few_list", strings.Join(few, "; ")))
	}
	return s
}

func (w annexWriter) disclosure() ReportSection {
	r, proof := w.Terms.Profile, w.proof()
	s := w.section("disclosure", w.say("disclosure.profile", r.Name), w.say("disclosure.rules", r.Threshold, r.MinDenominator, r.MinReliable, r.RoundingBase),
		w.say("disclosure.secondary"), w.say("disclosure.proof", w.count(proof.Hidden), w.count(proof.Shown), w.count(proof.Sensitive), proof.LeastWidth, proof.SHA256),
		w.say("disclosure.attacker"), w.say("disclosure.live"), w.say("disclosure.reason"))
	s.Paragraphs = append(s.Paragraphs, w.Released.Notes()...)
	return s
}

func (w annexWriter) changes() ReportSection {
	since := w.methods.Since
	switch {
	case since == nil:
		return w.section("changes", w.say("changes.first"))
	case len(since.Changes) == 0:
		return w.section("changes", w.say("changes.none", w.Terms.Previous, since.Version, w.book.Version))
	}
	s := w.section("changes", w.say("changes.some", w.count(len(since.Changes)), w.Terms.Previous, since.Version, w.book.Version), w.say("changes.break"))
	t := ReportTable{Caption: w.say("table.changes"), Columns: w.columns("class", "where", "old", "new")}
	for _, c := range since.Changes {
		t.Rows = append(t.Rows, []ReportCell{w.text(w.say("class." + string(c.Class))), w.text(c.Path), w.text(c.Old), w.text(c.New)})
	}
	s.Tables = []ReportTable{t}
	return s
}

func (w annexWriter) limits() ReportSection {
	return w.section("limits", w.say("limits.file"), w.say("limits.regions"), w.say("limits.sampling"))
}

func (w annexWriter) sources() ReportSection {
	s := w.section("sources", w.say("sources.again"))
	if w.Terms.Contact != "" {
		s.Paragraphs = append(s.Paragraphs, w.say("sources.contact", w.Terms.Contact))
	}
	s.Paragraphs = append(s.Paragraphs, references...)
	return s
}

// references are the sources of the methods.
var references = []string{
	"Korn, E.L. & Graubard, B.I. (1998). Confidence intervals for proportions with small expected number of positive counts estimated from survey data. Survey Methodology, 24, 193–201.",
	"Särndal, C.-E., Swensson, B. & Wretman, J. (1992). Model Assisted Survey Sampling. Springer.",
	"Gwet, K.L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement. British Journal of Mathematical and Statistical Psychology, 61, 29–48.",
	"Krippendorff, K. (2004). Content Analysis: An Introduction to Its Methodology. Sage.",
	"Lash, T.L., Fox, M.P. & Fink, A.K. (2009). Applying Quantitative Bias Analysis to Epidemiologic Data. Springer.",
	"Rubin, D.B. (1981). The Bayesian bootstrap. Annals of Statistics, 9, 130–134.",
	"Hundepool, A. et al. Handbook on Statistical Disclosure Control.",
}
