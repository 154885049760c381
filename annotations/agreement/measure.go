package agreement

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Measure is a coefficient and how it is weighted, written with a colon
// between: "gwet_ac:unweighted", "krippendorff_alpha:ordinal".
type Measure string

// A Coefficient is the name of a measure without its weights.
type Coefficient string

// Of returns the measure of c with the given weights or metric.
func (c Coefficient) Of(weights string) Measure { return Measure(string(c) + ":" + weights) }

// Split returns the coefficient and the weights or metric of m.
func (m Measure) Split() (Coefficient, string) {
	c, w, _ := strings.Cut(string(m), ":")
	return Coefficient(c), w
}

// Coefficients for any number of raters, with missing ratings, and any
// weights. In their formulas pa is the mean over units with two ratings or
// more of sum_k r_ik (r*_ik - 1) / (r_i (r_i - 1)), where r_ik of the r_i
// ratings of unit i are k and r*_ik = sum_l w_kl r_il; pi_k is the mean over
// units with any rating of r_ik / r_i; T_w is the sum of the weights w_kl;
// the coefficient is (pa - pe) / (1 - pe). Standard errors are those of
// irrCAC 1.4. Where units were rated once they are larger than those of the
// delta method, for such a unit is taken as pa_i = 0.
const (
	// PercentAgreement is pa. Gwet (2021), Handbook of Inter-Rater
	// Reliability, 5th ed., vol. 1, ch. 2 and 3.
	PercentAgreement Coefficient = "percent_agreement"

	// GwetAC is AC1 when unweighted and AC2 otherwise: pe = T_w / (q (q-1))
	// sum_k pi_k (1 - pi_k). Gwet (2008), British Journal of Mathematical and
	// Statistical Psychology 61:29-48, eq. 5 to 7; weights: Gwet (2021), ch. 3.
	GwetAC Coefficient = "gwet_ac"

	// FleissKappa has pe = sum_kl w_kl pi_k pi_l. Fleiss (1971), Psychological
	// Bulletin 76:378-382, eq. 3 to 7; missing ratings and weights: Gwet (2021).
	FleissKappa Coefficient = "fleiss_kappa"

	// CongerKappa has pe = sum_kl w_kl p_gk p_hl, the mean over pairs of raters
	// g, h. Conger (1980), Psychological Bulletin 88:322-328; missing ratings
	// and weights: Gwet (2021), ch. 3.
	CongerKappa Coefficient = "conger_kappa"

	// BrennanPrediger has pe = T_w / q^2. Brennan & Prediger (1981),
	// Educational and Psychological Measurement 41:687-699, eq. 11.
	BrennanPrediger Coefficient = "brennan_prediger"

	// KrippendorffAlphaW is Krippendorff's alpha with the distance 1 - w_kl.
	// Gwet (2021), ch. 2 and 3. With ordinal weights it is not
	// krippendorff_alpha:ordinal.
	KrippendorffAlphaW Coefficient = "krippendorff_alpha_w"

	// KrippendorffAlpha is 1 - (n-1) sum o_ck d_ck / sum n_c n_k d_ck over the
	// n pairable ratings, o_ck = sum over units of ordered pairs c, k divided
	// by r_i - 1. The squared distance d is nominal, ordinal, interval, ratio
	// or custom. Krippendorff (2011), Computing Krippendorff's Alpha-
	// Reliability; Krippendorff (2004), Content Analysis, 2nd ed., ch. 11. The
	// interval linearizes alpha (Gwet 2021, ch. 5).
	KrippendorffAlpha Coefficient = "krippendorff_alpha"
)

// Measures of two raters, over the units that both rated.
const (
	// CohenKappa has pe = sum_kl w_kl p_k q_l from the margins of two raters.
	// Cohen (1960), Educational and Psychological Measurement 20:37-46, eq. 1;
	// weights: Cohen (1968); standard error: Fleiss, Cohen & Everitt (1969),
	// Psychological Bulletin 72:323-327, eq. 14.
	CohenKappa Coefficient = "cohen_kappa"

	// ScottPi takes chance from the two raters' ratings together: pe = sum_k
	// ((p_k + q_k) / 2)^2. Scott (1955), Public Opinion Quarterly 19:321-325.
	ScottPi Coefficient = "scott_pi"

	// PABAK is 2 pa - 1, for two categories. Byrt, Bishop & Carlin (1993),
	// Journal of Clinical Epidemiology 46:423-429. Its interval is that of
	// Clopper & Pearson (1934) for pa.
	PABAK Coefficient = "pabak"

	// PrevalenceIndex is |a - d| / n of a two by two table. Byrt et al. (1993).
	PrevalenceIndex Coefficient = "prevalence_index"

	// BiasIndex is |b - c| / n of a two by two table. Byrt et al. (1993).
	BiasIndex Coefficient = "bias_index"

	// MaxKappa is the largest kappa that the margins allow: pa = sum_k min(p_k,
	// q_k). Cohen (1960), eq. 8.
	MaxKappa Coefficient = "max_kappa"
)

// Further measures of several raters.
const (
	// LightKappaPairwise is the mean of Cohen's kappas of all pairs of raters,
	// sum_g<h kappa_gh / (r (r-1) / 2), each over the units that both rated. It is undefined when one of them
	// is. Light (1971), Psychological Bulletin 76:365-377.
	LightKappaPairwise Coefficient = "light_kappa_pairwise"

	// PercentAllAgree is the percentage, 100 n_agree / n, of the units rated by
	// every rater on which all agree; agree of Gamer, Lemon, Fellows & Singh
	// (2019), R package irr 0.84.1.
	PercentAllAgree Coefficient = "percent_all_agree"
)

// Metrics of Krippendorff's alpha.
const (
	metricNominal  = "nominal"
	metricOrdinal  = "ordinal"
	metricInterval = "interval"
	metricRatio    = "ratio"
	metricCustom   = Custom
)

// A Level says what the categories mean, and so which measures make sense.
// Each level allows the measures of the levels before it.
type Level string

// The levels of measurement, in ascending order.
const (
	NominalLevel  Level = "nominal"  // categories differ
	OrdinalLevel  Level = "ordinal"  // and have an order
	IntervalLevel Level = "interval" // and distances
	RatioLevel    Level = "ratio"    // and a zero
)

// Levels lists the levels in ascending order.
var Levels = []Level{NominalLevel, OrdinalLevel, IntervalLevel, RatioLevel}

// IsWeighted reports whether c takes weights, one of [AllWeights] or [Custom].
func (c Coefficient) IsWeighted() bool { return slices.Contains(weighted, c) }

var weighted = []Coefficient{PercentAgreement, GwetAC, FleissKappa, CongerKappa, BrennanPrediger, KrippendorffAlphaW, CohenKappa, ScottPi}

// Measures lists the measures of a table with the given scale that level
// allows, in the order in which results are given.
func Measures(s Scale, level Level) []Measure {
	weights := []string{Unweighted}
	metrics := []string{metricNominal}
	if level != NominalLevel {
		weights = slices.Clone(AllWeights)
	}
	metrics = append(metrics, []string{metricOrdinal, metricInterval, metricRatio}[:max(0, slices.Index(Levels, level))]...)
	if s.Disagreement != nil {
		weights = append(weights, Custom)
		metrics = append(metrics, metricCustom)
	}
	var list []Measure
	for _, c := range weighted {
		for _, w := range weights {
			list = append(list, c.Of(w))
		}
	}
	for _, m := range metrics {
		list = append(list, KrippendorffAlpha.Of(m))
	}
	for _, c := range []Coefficient{LightKappaPairwise, PercentAllAgree, PABAK, PrevalenceIndex, BiasIndex, MaxKappa} {
		list = append(list, c.Of(Unweighted))
	}
	return list
}

// Compute returns the results of measures, in their order, with intervals.
func Compute(r *Ratings, measures ...Measure) []Result {
	c := calculator{r: r, s: r.sample, interval: true}
	return c.all(measures)
}

// A calculator computes measures of one sample and keeps what they share.
type calculator struct {
	r        *Ratings
	s        sample
	interval bool

	counts Counts
	shares []float64
	pairs  *coincidences
	tables map[string]*prepared // kept between samples
}

// prepared is what the weights give before any unit is counted.
type prepared struct {
	w     *weights
	agree []float64
	err   error
}

func (c *calculator) prepare(name string) *prepared {
	if p, ok := c.tables[name]; ok {
		return p
	}
	p := &prepared{}
	if p.w, p.err = c.r.scale.weights(name); p.err == nil {
		p.agree = c.r.agreements(p.w.at)
	}
	if c.tables == nil {
		c.tables = map[string]*prepared{}
	}
	c.tables[name] = p
	return p
}

// kept returns the agreement within each tally, computed once under a name.
func (c *calculator) kept(name string, agreements func() []float64) []float64 {
	if p, ok := c.tables[name]; ok {
		return p.agree
	}
	if c.tables == nil {
		c.tables = map[string]*prepared{}
	}
	p := &prepared{agree: agreements()}
	c.tables[name] = p
	return p.agree
}

func (c *calculator) all(measures []Measure) []Result {
	c.counts = c.r.count(c.s)
	c.shares, c.pairs = nil, nil
	results := make([]Result, len(measures))
	for i, m := range measures {
		results[i] = c.one(m).finite()
		results[i].Measure = m
		if c.interval && results[i].Undefined == nil {
			results[i].warn()
		}
	}
	return results
}

// finite is the result, or undefined where numbers were too large.
func (r Result) finite() Result {
	if !isFinite(r.Value) {
		return undefined(r.Counts, ErrNotFinite)
	}
	if i := r.Interval; i != nil && !isFinite(i.SE+i.Lower+i.UncutUpper) {
		r.Interval = nil
	}
	return r
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func (r *Result) warn() {
	if r.Counts.Pairs < fewPairs {
		r.Warnings = append(r.Warnings, ErrFewPairs)
	}
	c, _ := r.Measure.Split()
	singletons := r.Counts.Rated > r.Counts.Pairable
	if singletons && c.IsWeighted() && c != KrippendorffAlphaW && c != CohenKappa && c != ScottPi {
		r.Warnings = append(r.Warnings, ErrSingletons)
	}
}

func (c *calculator) one(m Measure) Result {
	if err := c.counts.absent(c.r.raters); err != nil {
		return undefined(c.counts, err)
	}
	name, w := m.Split()
	switch name {
	case KrippendorffAlpha:
		return c.alpha(w)
	case KrippendorffAlphaSet, ObservedAgreementSet, WeightedKappaSet, PercentAgreementSet, DiceAgreementSet, MaxPercentageAgreementSet:
		return c.set(name, w)
	case ICC:
		return c.icc()
	case ShareWithin:
		return c.shareWithin(w)
	}
	p := c.prepare(w)
	if p.err != nil {
		return undefined(c.counts, p.err)
	}
	e := &evaluation{r: c.r, s: c.s, counts: c.counts, w: p.w, weight: p.w.at, agree: p.agree}
	switch name {
	case GwetAC, FleissKappa:
		if c.shares == nil {
			c.shares = c.r.meanShares(c.s, c.counts.Rated)
		}
		e.shares = c.shares
		if name == GwetAC {
			return e.gwetAC(c.interval)
		}
		return e.fleissKappa(c.interval)
	case PercentAgreement:
		return e.percentAgreement(c.interval)
	case CongerKappa:
		return e.congerKappa(c.interval)
	case BrennanPrediger:
		return e.brennanPrediger(c.interval)
	case KrippendorffAlphaW:
		return c.coincidences().alpha(func(k, l int) float64 { return 1 - p.w.at(k, l) }, false, c.interval)
	case CohenKappa:
		return e.cohenKappa(c.interval)
	case ScottPi:
		return e.scottPi(c.interval)
	case LightKappaPairwise:
		return e.lightKappa()
	case PercentAllAgree:
		return e.percentAllAgree()
	case PABAK:
		return e.pabak(c.interval)
	case PrevalenceIndex:
		return e.prevalenceIndex()
	case BiasIndex:
		return e.biasIndex()
	case MaxKappa:
		return e.maxKappa()
	}
	return undefined(c.counts, fmt.Errorf("%w: %q", ErrUnknownMeasure, m))
}

func (c *calculator) coincidences() *coincidences {
	if c.pairs == nil {
		c.pairs = c.r.coincidences(c.s, c.counts)
	}
	return c.pairs
}

func (c *calculator) alpha(metric string) Result {
	if metric == metricOrdinal {
		if c.r.scale.Unordered {
			return undefined(c.counts, ErrNoOrder)
		}
		return c.coincidences().alpha(nil, true, c.interval)
	}
	d, err := c.r.scale.metric(metric)
	if err != nil {
		return undefined(c.counts, err)
	}
	co := *c.coincidences()
	co.squares = metric == metricInterval && len(co.n) > manyValues
	return co.alpha(d, false, c.interval)
}
