package agreement

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Measures of spans that raters marked and labelled on a continuum, such as
// the positions of a text. For the variants see [Continuum.Measures].
const (
	// AlphaU1995 is Krippendorff's alpha for unitizing, of one category or of
	// all ("joint": disagreements summed over categories). Krippendorff
	// (1995), Sociological Methodology 25:47-76, eq. 3 to 11; Krippendorff
	// (2004), Content Analysis, 2nd ed., p. 251-256. It depends on the length
	// of the continuum and on its grain.
	AlphaU1995 Coefficient = "alpha_u_1995"

	// UAlpha2016 is the family of Krippendorff, Mathet, Bouvry & Widloecher
	// (2016), Quality & Quantity 50:2347-2364: "nominal" over labels and gaps,
	// "binary" over marked or not, "cu" over labels where marks intersect, and
	// "per_value:LABEL" the same for one label. Where marks intersect under
	// equal labels only, the last two are 1 with a warning. Each is 1 -
	// sum l_ck / sum e_ck over c other than k, l_ck the lengths of
	// intersections and e_ck those to be expected.
	UAlpha2016 Coefficient = "u_alpha_2016"

	// SpanF1Exact is 2 TP / (nA + nB) over spans with the same ends, and the
	// same label in the variant "labelled", the mean over pairs of raters. It
	// is undefined when two of them marked nothing. Hripcsak & Rothschild
	// (2005), Journal of the American Medical Informatics Association
	// 12:296-298; van Rijsbergen (1979), Information Retrieval, ch. 7.
	SpanF1Exact Coefficient = "span_f1_exact"

	// CharF1 is 2 TP / (nA + nB) over positions that both marked with the same
	// label, the mean over pairs of raters; pairs that marked nothing are left
	// out, with a warning. Hripcsak & Rothschild (2005).
	CharF1 Coefficient = "char_f1"

	// CharAlpha is nominal [KrippendorffAlpha], 1 - Do / De, with positions as
	// units and the gap as a category. Krippendorff (2004), ch. 11.
	CharAlpha Coefficient = "char_alpha"

	// CharKappa is [CohenKappa], (pa - pe) / (1 - pe), of two raters likewise.
	// Cohen (1960).
	CharKappa Coefficient = "char_kappa"
)

// A Span is a mark on a continuum, from Start up to and without End.
type Span struct {
	Start, End int64
	Category   int // index in the categories of the continuum
}

// A Continuum holds what each rater marked on the positions from Begin up to
// and without Begin + Length.
type Continuum struct {
	begin, length int64
	categories    []string
	raters        [][]Span // by start
}

// NewContinuum makes a continuum. It reports every span that does not fit.
func NewContinuum(begin, length int64, categories []string, raters [][]Span) (*Continuum, error) {
	c := &Continuum{begin: begin, length: length, categories: categories}
	var errs []error
	if length < 1 {
		errs = append(errs, fmt.Errorf("a continuum of length %d has no positions", length))
	}
	for i, spans := range raters {
		for j, s := range spans {
			switch {
			case s.End <= s.Start:
				errs = append(errs, fmt.Errorf("rater %d, span %d: end %d does not come after start %d", i+1, j+1, s.End, s.Start))
			case s.Start < begin || s.End > begin+length:
				errs = append(errs, fmt.Errorf("rater %d, span %d: %d to %d lies outside %d to %d", i+1, j+1, s.Start, s.End, begin, begin+length))
			case s.Category < 0 || s.Category >= len(categories):
				errs = append(errs, fmt.Errorf("rater %d, span %d: category %d of %d", i+1, j+1, s.Category, len(categories)))
			}
		}
		sorted := slices.Clone(spans)
		slices.SortFunc(sorted, func(a, b Span) int {
			return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Category, b.Category))
		})
		c.raters = append(c.raters, sorted)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return c, nil
}

// Measures lists the measures of the continuum.
func (c *Continuum) Measures() []Measure {
	list := []Measure{AlphaU1995.Of("joint")}
	for _, category := range c.categories {
		list = append(list, AlphaU1995.Of(category))
	}
	for _, variant := range []string{"nominal", "binary", "cu"} {
		list = append(list, UAlpha2016.Of(variant))
	}
	for _, category := range c.categories {
		list = append(list, UAlpha2016.Of(perValue+category))
	}
	return append(list, SpanF1Exact.Of("labelled"), SpanF1Exact.Of("unlabelled"),
		CharF1.Of("labelled_micro"), CharAlpha.Of("nominal"), CharKappa.Of(Unweighted))
}

const perValue = "per_value:"

// Compute returns the results of measures, in their order.
func (c *Continuum) Compute(measures ...Measure) []Result {
	counts := c.counts()
	results := make([]Result, len(measures))
	for i, m := range measures {
		value, err := c.one(m)
		if len(c.raters) < 2 {
			value, err = Result{}, ErrOneRater
		}
		if err != nil {
			value = Result{Undefined: err}
		}
		value.Measure, value.Counts = m, counts
		results[i] = value
	}
	return results
}

// counts gives spans for units and pairs of raters for pairs.
func (c *Continuum) counts() Counts {
	var n Counts
	for _, spans := range c.raters {
		n.Units += int64(len(spans))
	}
	n.Rated, n.Pairable = n.Units, n.Units
	m := int64(len(c.raters))
	n.Pairs = m * (m - 1) / 2
	return n
}

func (c *Continuum) one(m Measure) (Result, error) {
	name, variant := m.Split()
	switch name {
	case AlphaU1995:
		return c.alphaU(variant)
	case UAlpha2016:
		return c.uAlpha(variant)
	case SpanF1Exact:
		return c.spanF1(variant == "labelled")
	case CharF1, CharAlpha, CharKappa:
		return c.characters(name)
	}
	return Result{}, fmt.Errorf("%w: %q", ErrUnknownMeasure, m)
}

// spanF1: see [SpanF1Exact].
func (c *Continuum) spanF1(labelled bool) (Result, error) {
	sum, pairs := 0.0, 0
	for i, a := range c.raters {
		for _, b := range c.raters[:i] {
			same, both := sameSpans(a, b, labelled)
			if both == 0 {
				return Result{}, ErrNoSpans
			}
			sum += float64(2*same) / float64(both)
			pairs++
		}
	}
	return Result{Value: sum / float64(pairs)}, nil
}

// sameSpans counts the different spans that both raters marked, and those
// that either did.
func sameSpans(a, b []Span, labelled bool) (same, both int) {
	first, second := distinct(a, labelled), distinct(b, labelled)
	for s := range second {
		if first[s] {
			same++
		}
	}
	return same, len(first) + len(second)
}

func distinct(spans []Span, labelled bool) map[Span]bool {
	set := map[Span]bool{}
	for _, s := range spans {
		if !labelled {
			s.Category = 0
		}
		set[s] = true
	}
	return set
}

// pieces cuts the continuum where any span starts or ends and returns the
// length of each piece and, for each rater, the category there; the gap is a
// category after the last.
func (c *Continuum) pieces() (lengths []int64, columns [][]int16, err error) {
	cuts := []int64{c.begin, c.begin + c.length}
	for _, spans := range c.raters {
		for _, s := range spans {
			cuts = append(cuts, s.Start, s.End)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	for i := range cuts[1:] {
		lengths = append(lengths, cuts[i+1]-cuts[i])
	}
	gap := int16(len(c.categories))
	for _, spans := range c.raters {
		column := slices.Repeat([]int16{gap}, len(lengths))
		for _, s := range spans {
			from, _ := slices.BinarySearch(cuts, s.Start)
			for i := from; cuts[i] < s.End; i++ {
				if column[i] != gap && column[i] != int16(s.Category) {
					return nil, nil, ErrOverlap
				}
				column[i] = int16(s.Category)
			}
		}
		columns = append(columns, column)
	}
	return lengths, columns, nil
}

// characters computes a measure of positions.
func (c *Continuum) characters(name Coefficient) (Result, error) {
	lengths, columns, err := c.pieces()
	if err != nil {
		return Result{}, err
	}
	scale := Scale{Unordered: true}
	for k := range len(c.categories) + 1 {
		scale.Labels = append(scale.Labels, fmt.Sprint(k))
	}
	r, err := newCounted(scale, columns, lengths)
	if err != nil {
		return Result{}, err
	}
	measure := KrippendorffAlpha.Of(metricNominal)
	switch name {
	case CharF1:
		return c.charF1(r)
	case CharKappa:
		measure = CohenKappa.Of(Unweighted)
	}
	// Positions are not a sample of independent units: no interval.
	positions := calculator{r: r, s: r.sample}
	res := positions.all([]Measure{measure})[0]
	return res, res.Undefined
}

func (c *Continuum) charF1(r *Ratings) (Result, error) {
	gap := len(c.categories)
	sum, pairs, skipped := 0.0, 0, 0
	for i := range c.raters {
		for j := range i {
			x := r.cross(r.sample, i, j)
			marked := 2*x.n - x.rows[gap] - x.columns[gap]
			if marked == 0 {
				skipped++
				continue
			}
			sum += float64(2*(x.same-x.at(gap, gap))) / float64(marked)
			pairs++
		}
	}
	if pairs == 0 {
		return Result{}, ErrNoSpans
	}
	res := Result{Value: sum / float64(pairs)}
	if skipped > 0 {
		res.Warnings = append(res.Warnings, ErrSkippedPairs)
	}
	return res, nil
}
