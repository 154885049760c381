package server

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/agreement"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/server/store"
)

// reliabilityReport lays agreement out after the Guidelines for Reporting
// Reliability and Agreement Studies (Kottner et al. 2011, Journal of Clinical
// Epidemiology 64:96-106); each section says which items of it it answers.
func (c *call) reliabilityReport(r *studyRatings) (exports.Report, error) {
	report := exports.Report{Title: c.say("reliability.report_title", "study", c.study.Title), Lang: c.lang,
		Subtitle: c.say("reliability.subtitle", "codebook", r.book.ID, "version", r.book.Version, "date", c.date())}
	sample, err := c.reportSample(r)
	if err != nil {
		return report, err
	}
	all := r.agreement(annotations.Selection{})
	intra, err := c.reportIntraCoder(r)
	if err != nil {
		return report, err
	}
	report.Sections = []exports.ReportSection{c.reportInstrument(r, all), c.reportRaters(r), sample, c.reportProcess(), c.reportMeasures(r, all),
		c.reportResults(r, all), intra, c.reportLayers(r, all), c.reportThresholds(), c.reportLimitations(r, all)}
	for i := range report.Sections {
		report.Sections[i].Title = strconv.Itoa(i+1) + ". " + report.Sections[i].Title
	}
	return report, nil
}

// date is today, in words.
func (c *call) date() string {
	return c.pages.Catalogue(c.lang).Date(c.now())
}

// section is a section with the paragraphs of messages.
func (c *call) section(name string, paragraphs ...string) exports.ReportSection {
	return exports.ReportSection{Title: c.say("reliability.section." + name), Paragraphs: paragraphs}
}

// columns are the headings of a table.
func (c *call) columns(names ...string) []string {
	for i, n := range names {
		names[i] = c.say("reliability.column." + n)
	}
	return names
}

func textCell(s string) exports.ReportCell { return exports.ReportCell{Text: s} }

func (c *call) numberCell(x float64, decimals int) exports.ReportCell {
	return exports.ReportCell{Text: c.number(x, decimals), Value: &x, Decimals: decimals}
}

func (c *call) countCell(n int) exports.ReportCell { return c.numberCell(float64(n), 0) }

// compared calls visit for every variable that coders could agree on.
func compared(r *studyRatings, all map[string]annotations.VariableAgreement, visit func(number, section string, a annotations.VariableAgreement)) {
	for i, s := range r.book.Sections {
		for j, v := range s.Variables {
			if a, ok := all[v.ID]; ok && !a.Copied() {
				visit(numbered(i, j), s.ID, a)
			}
		}
	}
}

func (c *call) reportInstrument(r *studyRatings, all map[string]annotations.VariableAgreement) exports.ReportSection {
	factual, judgement := 0, 0
	compared(r, all, func(_, _ string, a annotations.VariableAgreement) {
		if a.Variable.Burden == codebook.Judgement {
			judgement++
		} else {
			factual++
		}
	})
	f := r.Facets()
	return c.section("instrument",
		c.say("reliability.instrument", "title", r.book.Title.In(c.lang), "id", r.book.ID, "version", r.book.Version,
			"variables", len(r.book.Variables()), "compared", factual+judgement, "factual", factual, "judgement", judgement),
		c.say("reliability.population", "periods", listed(f.Periods), "regions", len(f.Regions)), c.say("reliability.known"))
}

// listed writes names with commas, or a dash.
func listed(names []string) string {
	if len(names) == 0 {
		return "–"
	}
	return strings.Join(names, ", ")
}

func (c *call) reportRaters(r *studyRatings) exports.ReportSection {
	names, shared := c.coderNames(r), r.Shared(annotations.Selection{})
	table := exports.ReportTable{Caption: c.say("reliability.table.raters"), Columns: c.columns("coder", "cases")}
	f := r.Facets()
	table.Columns = append(table.Columns, f.Rounds...)
	for _, id := range r.Coders() {
		row := []exports.ReportCell{textCell(names[id]), c.countCell(shared[id])}
		for _, round := range f.Rounds {
			row = append(row, c.countCell(r.Shared(annotations.Selection{Round: round})[id]))
		}
		table.Rows = append(table.Rows, row)
	}
	s := c.section("raters", c.say("reliability.raters", "coders", len(r.Coders()), "pairs", len(f.Pairs), "rounds", listed(f.Rounds)), c.say("reliability.training"))
	s.Tables = []exports.ReportTable{table}
	return s
}

func (c *call) reportSample(r *studyRatings) (exports.ReportSection, error) {
	counts, err := c.store.CaseCounts(c.ctx(), c.study.ID)
	if err != nil {
		return exports.ReportSection{}, err
	}
	draws, err := c.store.Draws(c.ctx(), c.study.ID)
	if err != nil {
		return exports.ReportSection{}, err
	}
	strata, err := c.store.Sample(c.ctx(), c.study.ID)
	if err != nil {
		return exports.ReportSection{}, err
	}
	total := 0
	for _, n := range counts {
		total += n.N
	}
	double := r.Cases(annotations.Selection{})
	share := 0.0
	if total > 0 {
		share = float64(double) / float64(total)
	}
	s := c.section("sample", c.say("reliability.sample", "cases", total, "double", double, "share", c.percent(share)))
	if len(draws) == 0 {
		s.Paragraphs = append(s.Paragraphs, c.say("reliability.no_draw"))
		return s, nil
	}
	s.Paragraphs = append(s.Paragraphs, c.say("reliability.draw"))
	s.Tables = []exports.ReportTable{c.drawsTable(draws), c.strataTable(strata)}
	return s, nil
}

func (c *call) drawsTable(draws []store.Drawing) exports.ReportTable {
	t := exports.ReportTable{Caption: c.say("reliability.table.draws"), Columns: c.columns("date", "size", "allocation", "divided_by", "seed")}
	for _, d := range draws {
		t.Rows = append(t.Rows, []exports.ReportCell{textCell(c.pages.Catalogue(c.lang).Date(d.At)), c.countCell(d.Size), textCell(c.say("sample.allocation." + string(d.Allocation))),
			textCell(d.DividedBy), textCell(strconv.FormatUint(d.Seed, 10))})
	}
	return t
}

func (c *call) strataTable(strata []annotations.SampleStratum) exports.ReportTable {
	t := exports.ReportTable{Caption: c.say("reliability.table.strata"), Columns: c.columns("stratum", "frame", "drawn", "outside", "unusable", "settled")}
	for _, s := range strata {
		t.Rows = append(t.Rows, []exports.ReportCell{textCell(s.Name), c.countCell(s.Frame), c.countCell(s.Drawn), c.countCell(s.Outside), c.countCell(s.Unusable), c.countCell(s.Settled)})
	}
	return t
}

func (c *call) reportProcess() exports.ReportSection {
	return c.section("process", c.say("reliability.blind"), c.say("reliability.independent"))
}

// reportMeasures explains the coefficients that the study has.
func (c *call) reportMeasures(r *studyRatings, all map[string]annotations.VariableAgreement) exports.ReportSection {
	have := map[string]bool{}
	compared(r, all, func(_, _ string, a annotations.VariableAgreement) {
		for _, m := range measuresOf(a.Headline) {
			if m.result.Measure != "" {
				have[messageName(m.result.Measure)] = true
			}
		}
	})
	t := exports.ReportTable{Caption: c.say("reliability.table.measures"), Columns: c.columns("measure", "formula", "source")}
	for _, m := range formulas {
		if slices.ContainsFunc(m.names, func(n string) bool { return have[n] }) {
			t.Rows = append(t.Rows, []exports.ReportCell{textCell(c.say("reliability.measure." + m.key)), textCell(m.formula), textCell(m.source)})
		}
	}
	s := c.section("measures", c.say("reliability.measures"), c.say("reliability.intervals"))
	s.Tables = []exports.ReportTable{t}
	return s
}

// formulas are the coefficients as a methods section writes them: q
// categories, n units, r raters; p and π are shares.
var formulas = []struct {
	key             string
	names           []string // ends of message keys of measures
	formula, source string
}{
	{"percent", []string{"percent_agreement_unweighted", "observed_agreement_set_nominal", "share_within"}, "pₐ = 1/n′ · Σᵢ Σₖ rᵢₖ(rᵢₖ − 1) / rᵢ(rᵢ − 1)", "Gwet (2021)"},
	{"ac1", []string{"gwet_ac_unweighted"}, "(pₐ − pₑ) / (1 − pₑ); pₑ = 1/(q − 1) · Σₖ πₖ(1 − πₖ)", "Gwet (2008), Br J Math Stat Psychol 61:29–48"},
	{"ac2", []string{"gwet_ac_ordinal"}, "(pₐ − pₑ) / (1 − pₑ); pₑ = Tw / q(q − 1) · Σₖ πₖ(1 − πₖ)", "Gwet (2021)"},
	{"cohen", []string{"cohen_kappa_unweighted", "cohen_kappa_ordinal"}, "(pₐ − pₑ) / (1 − pₑ); pₑ = Σₖₗ wₖₗ p₁ₖ p₂ₗ", "Cohen (1960), Educ Psychol Meas 20:37–46; (1968), Psychol Bull 70:213–220"},
	{"conger", []string{"conger_kappa_unweighted", "conger_kappa_ordinal"}, "(pₐ − pₑ) / (1 − pₑ); pₑ = Σ(g<h) Σₖₗ wₖₗ p_gₖ p_hₗ / (r(r − 1)/2)", "Conger (1980), Psychol Bull 88:322–328"},
	{"set_kappa", []string{"weighted_kappa_set_jaccard"}, "1 − Dₒ/Dₑ; d(A, B) = 1 − |A ∩ B| / |A ∪ B|", "Artstein & Poesio (2008), Comput Linguist 34:555–596"},
	{"alpha", []string{"krippendorff_alpha_nominal", "krippendorff_alpha_ordinal", "krippendorff_alpha_interval", "krippendorff_alpha_set_jaccard"}, "1 − Dₒ/Dₑ", "Krippendorff (2004), Content Analysis, ch. 11"},
	{"masi", []string{"krippendorff_alpha_set_masi"}, "1 − Dₒ/Dₑ; d(A, B) = 1 − m · |A ∩ B| / |A ∪ B|; m ∈ {1, 2/3, 1/3, 0}", "Passonneau (2006), LREC 831–836"},
	{"icc", []string{"icc_2_1"}, "(MSR − MSE) / (MSR + (k − 1)MSE + k(MSC − MSE)/n)", "Shrout & Fleiss (1979), Psychol Bull 86:420–428"},
}

// estimate writes a coefficient with its interval in two cells.
func (c *call) estimate(r agreement.Result) (value, interval exports.ReportCell) {
	f := figureOf(r)
	if !f.Defined {
		if f.Why.IsZero() {
			return textCell("–"), textCell("")
		}
		return textCell(c.say("undefined.word")), textCell(f.Why.In(c.pages.Catalogue(c.lang)))
	}
	if f.Interval {
		interval = textCell(c.number(f.Low, 2) + "\u00a0–\u00a0" + c.number(f.High, 2))
	}
	return c.numberCell(f.Value, 2), interval
}

func (c *call) reportResults(r *studyRatings, all map[string]annotations.VariableAgreement) exports.ReportSection {
	t := exports.ReportTable{Caption: c.say("reliability.table.results"), Columns: append(c.columns("variable", "level", "pairs", "percent"),
		"AC1/AC2", "95 %", "α", "95 %", "κ", "95 %", c.say("agreement.judgement"))}
	compared(r, all, func(number, _ string, a annotations.VariableAgreement) {
		h := a.Headline
		row := []exports.ReportCell{textCell(number + " " + a.Variable.Label.In(c.lang)), textCell(c.say("reliability.level." + levelName(a))), c.countCell(a.Layers.Values), c.percentCell(h.Percent)}
		for _, m := range []agreement.Result{h.AC, h.Alpha, h.Kappa} {
			value, interval := c.estimate(m)
			row = append(row, value, interval)
		}
		t.Rows = append(t.Rows, append(row, textCell(c.say("agreement.is."+string(annotations.Judge(a.Variable, a.Layers.Values, h.Alpha))))))
	})
	s := c.section("results", c.say("reliability.results", "few", annotations.FewPairs))
	s.Tables = []exports.ReportTable{t}
	return s
}

// reportIntraCoder says how far coders agree with themselves, where they got
// cases again without knowing.
func (c *call) reportIntraCoder(r *studyRatings) (exports.ReportSection, error) {
	intra, err := c.intraCoder(r)
	if err != nil {
		return exports.ReportSection{}, err
	}
	if intra.Cases(0) == 0 {
		return c.section("intra", c.say("reliability.no_repeats")), nil
	}
	names := c.coderNames(r)
	coders := exports.ReportTable{Caption: c.say("reliability.table.repeats"), Columns: c.columns("coder", "repeats")}
	for _, id := range intra.Coders() {
		name := names[id]
		if name == "" { // has no case that somebody else coded
			name = c.say("reliability.coder_other")
		}
		coders.Rows = append(coders.Rows, []exports.ReportCell{textCell(name), c.countCell(intra.Cases(id))})
	}
	t := exports.ReportTable{Caption: c.say("reliability.table.intra"), Columns: append(c.columns("variable", "pairs", "percent"), "AC1/AC2", "95 %", "α", "95 %", "κ", "95 %")}
	all := map[string]annotations.VariableAgreement{}
	for _, v := range r.Variables() {
		all[v.ID], _ = intra.Agreement(v.ID, 0)
	}
	compared(r, all, func(number, _ string, a annotations.VariableAgreement) {
		row := []exports.ReportCell{textCell(number + " " + a.Variable.Label.In(c.lang)), c.countCell(a.Layers.Values), c.percentCell(a.Headline.Percent)}
		for _, m := range []agreement.Result{a.Headline.AC, a.Headline.Alpha, a.Headline.Kappa} {
			value, interval := c.estimate(m)
			row = append(row, value, interval)
		}
		t.Rows = append(t.Rows, row)
	})
	s := c.section("intra", c.say("reliability.intra", "repeats", intra.Cases(0), "coders", len(intra.Coders()), "few", annotations.FewPairs))
	s.Tables = []exports.ReportTable{coders, t}
	return s, nil
}

// percentCell writes a share as a percentage.
func (c *call) percentCell(r agreement.Result) exports.ReportCell {
	p := figureOf(r)
	if !p.Defined {
		return textCell("–")
	}
	percent := 100 * p.Value
	return exports.ReportCell{Text: c.percent(p.Value), Value: &percent, Decimals: 1}
}

// levelName is the level of measurement, of sets that they are sets.
func levelName(a annotations.VariableAgreement) string {
	if a.Options != nil {
		return "set"
	}
	return string(a.Level)
}

func (c *call) reportLayers(r *studyRatings, all map[string]annotations.VariableAgreement) exports.ReportSection {
	t := exports.ReportTable{Caption: c.say("reliability.table.layers"),
		Columns: append(c.columns("variable", "units", "not_coded", "closed", "one_closed", "both_missing", "one_missing", "values"),
			c.say("agreement.layer.applicable")+" AC1", c.say("agreement.layer.recorded")+" AC1")}
	compared(r, all, func(number, _ string, a annotations.VariableAgreement) {
		l := a.Layers
		row := []exports.ReportCell{textCell(number + " " + a.Variable.Label.In(c.lang))}
		for _, n := range []int{l.Pairs, l.NotCoded, l.Closed, l.OneClosed, l.BothMissing, l.OneMissing, l.Values} {
			row = append(row, c.countCell(n))
		}
		applicable, _ := c.estimate(l.Applicable)
		recorded, _ := c.estimate(l.Recorded)
		t.Rows = append(t.Rows, append(row, applicable, recorded))
	})
	s := c.section("layers", c.say("reliability.layers"))
	s.Tables = []exports.ReportTable{t}
	return s
}

func (c *call) reportThresholds() exports.ReportSection {
	return c.section("thresholds", c.say("reliability.thresholds", "few", annotations.FewPairs))
}

// reportLimitations are those of the method and those that these data show.
func (c *call) reportLimitations(r *studyRatings, all map[string]annotations.VariableAgreement) exports.ReportSection {
	var few, undefined, parts []string
	compared(r, all, func(number, _ string, a annotations.VariableAgreement) {
		switch annotations.Judge(a.Variable, a.Layers.Values, a.Headline.Alpha) {
		case annotations.TooFew:
			few = append(few, number)
		case annotations.Undefined:
			undefined = append(undefined, number)
		}
		if _, apart := a.Headline.PrevalenceParts(); apart {
			parts = append(parts, number)
		}
	})
	s := c.section("limitations")
	for _, x := range []struct {
		key     string
		numbers []string
	}{{"few", few}, {"undefined", undefined}, {"parts", parts}} {
		if len(x.numbers) > 0 {
			s.Paragraphs = append(s.Paragraphs, c.say("reliability.limit."+x.key, "n", len(x.numbers), "numbers", listed(x.numbers), "few", annotations.FewPairs))
		}
	}
	for _, key := range []string{"consistency", "clusters", "multiplicity", "late"} {
		s.Paragraphs = append(s.Paragraphs, c.say("reliability.limit."+key))
	}
	s.Paragraphs = append(s.Paragraphs, c.say("reliability.diagnosis"))
	return s
}
