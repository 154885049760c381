package exports

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// A Design is what the figures of a study rest on beside the strata of its
// sample. The zero Design is nothing: a file then weighs N/n of its stratum and
// stands by itself.
type Design struct {
	// Organisation names where the organisation that supplied a file is read:
	// empty for nowhere, see [SettledCase.Organisation]. Files of one
	// organisation are then one cluster, in every period in which it recurs.
	Organisation string `json:"organisation,omitempty"`
	// Variable is the background variable by whose categories weights are
	// scaled to Totals; empty for none.
	Variable string       `json:"variable,omitempty"`
	Totals   []ClassTotal `json:"totals,omitempty"`
}

// A ClassTotal is how many case files of a class there are in the population.
type ClassTotal struct {
	Period string `json:"period"`
	Region string `json:"region,omitempty"` // empty: in all regions together
	Class  string `json:"class"`            // category of the variable, or [UnknownClass]
	Total  int    `json:"total"`
}

// UnknownClass holds the files whose category is not known.
const UnknownClass = "_U"

// On reports whether the design asks for more than strata.
func (d Design) On() bool { return d.Organisation != "" || d.Variable != "" }

// variables are the background variables that cases are divided by: those of
// breakdowns, and that of the totals.
func (d Design) variables(breakdowns []string) []string {
	list := slices.Clone(breakdowns)
	if d.Variable != "" && !slices.Contains(list, d.Variable) {
		list = append(list, d.Variable)
	}
	return list
}

// Check reports all that keeps d from being the design of a study on book,
// each an [annotations.InvalidError].
func (d Design) Check(book *codebook.Codebook) error {
	var problems []error
	wrong := func(field, key string, args map[string]any) {
		problems = append(problems, &annotations.InvalidError{Field: field, Key: key, Args: args})
	}
	if d.Variable == "" {
		if len(d.Totals) > 0 {
			wrong("variable", "design.variable.required", nil)
		}
		return errors.Join(problems...)
	}
	v := book.Variable(d.Variable)
	if v == nil || v.Type != codebook.TypeSingle && v.Type != codebook.TypeOrdinal {
		wrong("variable", "design.variable.invalid", map[string]any{"variable": d.Variable})
		return errors.Join(problems...)
	}
	if len(d.Totals) == 0 {
		wrong("totals", "design.totals.required", nil)
	}
	seen := map[ClassTotal]bool{}
	whole, parts := map[string]bool{}, map[string]bool{} // periods with totals of all regions, and by region
	for _, t := range d.Totals {
		args := map[string]any{"period": t.Period, "region": cmp.Or(t.Region, Nation), "class": t.Class, "variable": d.Variable}
		known := slices.ContainsFunc(book.Options(v, t.Period), func(o codebook.Category) bool { return o.Code == t.Class })
		if t.Class != UnknownClass && !known {
			wrong("totals", "design.class.unknown", args)
		}
		if t.Total < 1 {
			wrong("totals", "design.total.invalid", args)
		}
		key := t
		key.Total = 0
		if seen[key] {
			wrong("totals", "design.total.twice", args)
		}
		seen[key] = true
		whole[t.Period], parts[t.Period] = whole[t.Period] || t.Region == "", parts[t.Period] || t.Region != ""
	}
	for _, period := range slices.Sorted(maps.Keys(whole)) {
		if whole[period] && parts[period] {
			wrong("totals", "design.totals.mixed", map[string]any{"period": period})
		}
	}
	return errors.Join(problems...)
}

// A postClass is a class of files of a region, empty for all, in a period.
type postClass struct{ period, region, class string }

// totals returns the totals of a period: those given for it, or else the sums
// of its two half-years.
func (d Design) totals(period string) map[postClass]int {
	found := map[postClass]int{}
	add := func(of string) (any bool) {
		for _, t := range d.Totals {
			if t.Period == of {
				found[postClass{period, t.Region, t.Class}] += t.Total
				any = true
			}
		}
		return any
	}
	if !add(period) {
		if first, second := add(period+"-H1"), add(period+"-H2"); first != second {
			return nil // half a year is no year
		}
	}
	return found
}

// An Adjustment says whether the weights of a period were scaled to totals.
type Adjustment struct {
	Period string `json:"period"`
	// Why is empty if they were, and else why not: part of a message key. Class
	// and Region say where.
	Why    string `json:"why,omitempty"`
	Region string `json:"region,omitempty"`
	Class  string `json:"class,omitempty"`
}

// The reasons for which the weights of a period are those of the sample.
const (
	NoTotals     = "no_totals"     // none were given for it
	NoTotal      = "no_total"      // a class of its files has none
	NoFiles      = "no_files"      // a total without a file that could stand for it
	MixedRegions = "mixed_regions" // totals of its half-years are by region in one of them only
)

// adjust finds, for each period of the tally, whether its weights can be scaled
// to the totals of the design. Every class of its files must have one, and the
// other way round: a total that nobody stands for would be lost in silence.
func (t *Tally) adjust() {
	t.adjustments, t.scaled = nil, map[string]map[postClass]int{}
	if t.design.Variable == "" {
		return
	}
	for _, period := range t.Periods() {
		a := Adjustment{Period: period}
		totals := t.design.totals(period)
		whole, parts := false, false
		for k := range totals {
			whole, parts = whole || k.region == "", parts || k.region != ""
		}
		files := map[postClass]bool{}
		for _, s := range t.sorted() {
			if s.period != period || s.outside {
				continue
			}
			k := postClass{period, s.region, s.post}
			if whole {
				k.region = ""
			}
			files[k] = true
			if totals[k] == 0 && a.Why == "" {
				a.Why, a.Region, a.Class = NoTotal, k.region, k.class
			}
		}
		for _, k := range slices.SortedFunc(maps.Keys(totals), func(a, b postClass) int {
			return cmp.Or(cmp.Compare(a.region, b.region), cmp.Compare(a.class, b.class))
		}) {
			if !files[k] && a.Why == "" {
				a.Why, a.Region, a.Class = NoFiles, k.region, k.class
			}
		}
		switch {
		case len(totals) == 0:
			a = Adjustment{Period: period, Why: NoTotals}
		case whole && parts:
			a = Adjustment{Period: period, Why: MixedRegions}
		}
		if a.Why == "" {
			t.scaled[period] = totals
		}
		t.adjustments = append(t.adjustments, a)
	}
}

// weigh sets what a case of each stratum stands for.
func (t *Tally) weigh() {
	framed := true
	for _, s := range t.strata {
		framed = framed && s.frameN >= s.drawn
	}
	sums := map[postClass]float64{}
	for _, s := range t.sorted() {
		if s.weight = 1; framed {
			s.weight = float64(s.frameN) / float64(s.drawn)
		}
		if k, _, ok := t.totalOf(s); ok {
			sums[k] += s.weight * float64(s.cases)
		}
	}
	for _, s := range t.strata {
		if k, total, ok := t.totalOf(s); ok {
			s.weight *= float64(total) / sums[k]
		}
	}
}

// totalOf returns the class to whose total the cases of s are scaled.
func (t *Tally) totalOf(s *stratum) (k postClass, total int, ok bool) {
	if s.outside {
		return k, 0, false
	}
	for _, region := range []string{"", s.region} {
		k = postClass{s.period, region, s.post}
		if total, ok = t.scaled[s.period][k]; ok {
			return k, total, true
		}
	}
	return k, 0, false
}

// An OrganisationCount tells how the cases of a table lie in organisations.
type OrganisationCount struct {
	Organisations int // each in every region in which it supplied files
	Without       int // cases whose organisation is not known
}

// organisations counts over the half-years, or where there are none over the
// years: the cases of a year are those of its halves.
func (t *Tally) organisations() (n OrganisationCount) {
	if t.design.Organisation == "" {
		return n
	}
	halves := slices.ContainsFunc(t.Periods(), halfYear)
	seen := map[[2]string]bool{}
	for _, s := range t.strata {
		if s.outside || halves && !halfYear(s.period) {
			continue
		}
		if s.organisation == "" {
			n.Without += s.cases
		} else {
			seen[[2]string{s.region, s.organisation}] = true
		}
	}
	n.Organisations = len(seen)
	return n
}
