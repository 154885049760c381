package estimate

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

func (s *Study) proportion(r *Request) (object, error) {
	d, y, dom, err := s.oneVariable(r)
	if err != nil {
		return nil, err
	}
	e := d.Proportion(y, dom)
	if err := refuse(e.Undefined, r.Variable, y, dom); err != nil {
		return nil, err
	}
	var o object
	o.add("estimate", e.Value)
	o.number("se", e.SE)
	o.number("variance", e.Variance)
	o.number("cv", e.CV)
	o.add("n_unweighted", e.N)
	o.add("events_unweighted", e.Events)
	o.add("weighted_denominator", e.Denominator)
	o.add("weighted_numerator", e.Numerator)
	o.add("df", e.DF)
	o.number("deff_without_replacement", e.DeffWOR)
	o.number("deff_with_replacement", e.DeffWR)
	o.number("n_eff", e.NEff)
	var ci object
	for _, m := range []Method{MethodT, MethodLogit, MethodKornGraubard, MethodAsin, MethodWilson, MethodLikelihood, MethodNormal} {
		i := e.Interval(m, r.Level)
		ci.interval(string(m), i)
		if m == MethodLogit {
			ci.interval("xlogit", i)
		}
	}
	if i := e.Recommended(r.Level); i.Method == MethodClopperPearson {
		ci.interval(string(i.Method), i)
	}
	o.add("ci", ci)
	warn(&o, e.Warnings)
	return o, nil
}

func (s *Study) mean(r *Request) (object, error) {
	d, y, dom, err := s.oneVariable(r)
	if err != nil {
		return nil, err
	}
	e := d.Mean(y, dom)
	if err := refuse(e.Undefined, r.Variable, y, dom); err != nil {
		return nil, err
	}
	var o object
	o.add("estimate", e.Value)
	o.number("se", e.SE)
	o.number("variance", e.Variance)
	o.number("cv", e.CV)
	o.add("n_unweighted", e.N)
	o.add("df", e.DF)
	o.number("deff_without_replacement", e.DeffWOR)
	o.number("deff_with_replacement", e.DeffWR)
	var ci object
	ci.interval("t_df", e.Interval(MethodT, r.Level))
	ci.interval(string(MethodNormal), e.Interval(MethodNormal, r.Level))
	o.add("ci", ci)
	warn(&o, e.Warnings)
	return o, nil
}

func (s *Study) total(r *Request) (object, error) {
	d, y, dom, err := s.oneVariable(r)
	if err != nil {
		return nil, err
	}
	e := d.Total(y, dom)
	if err := refuse(e.Undefined, r.Variable, y, dom); err != nil {
		return nil, err
	}
	var o object
	o.add("estimate", e.Value)
	o.number("se", e.SE)
	o.number("cv", e.CV)
	o.add("df", e.DF)
	o.number("deff_without_replacement", e.DeffWOR)
	o.add("ci", withT(e.Interval(MethodT, r.Level)))
	warn(&o, e.Warnings)
	return o, nil
}

func (s *Study) ratio(r *Request) (object, error) {
	d, dom, err := s.domain(r)
	if err != nil {
		return nil, err
	}
	a, errA := s.variable("numerator", r.Numerator)
	b, errB := s.variable("denominator", r.Denominator)
	if err := errors.Join(errA, errB); err != nil {
		return nil, err
	}
	e := d.Ratio(a, b, dom)
	if e.Undefined == Missing {
		return nil, errors.Join(missing(r.Numerator, a, dom), missing(r.Denominator, b, dom))
	}
	if e.Undefined != "" {
		return nil, errors.New(string(e.Undefined))
	}
	var o object
	o.add("estimate", e.Value)
	o.number("se", e.SE)
	o.add("df", e.DF)
	o.add("ci", withT(e.Interval(MethodT, r.Level)))
	warn(&o, e.Warnings)
	return o, nil
}

func (s *Study) quantiles(r *Request) (object, error) {
	d, y, dom, err := s.oneVariable(r)
	if err != nil {
		return nil, err
	}
	if len(r.Probs) == 0 {
		r.Probs = []float64{0.25, 0.5, 0.75}
	}
	for _, p := range r.Probs {
		if !(p >= 0 && p <= 1) {
			return nil, fmt.Errorf("probs: %v is not from 0 to 1", p)
		}
	}
	var values, lower, upper, se []any
	var o object
	qs := d.Quantiles(y, dom, r.Probs, r.Level)
	for _, q := range qs {
		if err := refuse(q.Undefined, r.Variable, y, dom); err != nil {
			return nil, err
		}
		low, high := number(q.Interval.Lower), number(q.Interval.Upper)
		if why := q.Interval.Undefined; why != "" {
			low, high = undefined(why), undefined(why)
			o.undefined(fmt.Sprintf("interval at %v", q.Prob), why)
		}
		values = append(values, q.Value)
		lower, upper = append(lower, schemaValue(low)), append(upper, schemaValue(high))
		se = append(se, schemaValue(q.SE))
	}
	o = append(object{{"estimate", values}, {"ci_lower", lower}, {"ci_upper", upper}, {"se", se}}, o...)
	warn(&o, qs[0].Warnings)
	return o, nil
}

func (s *Study) difference(r *Request) (object, error) {
	d, y, dom, err := s.oneVariable(r)
	if err != nil {
		return nil, err
	}
	by, ok := s.columns[r.By]
	if !ok {
		return nil, fmt.Errorf("by: data has no column %q", r.By)
	}
	from, errFrom := by.meets(Condition{Op: "==", Value: r.From})
	to, errTo := by.meets(Condition{Op: "==", Value: r.To})
	if errFrom != nil || errTo != nil {
		return nil, errors.New("from and to: give the two values of " + r.By)
	}
	diff := d.Difference(y, dom, from, to)
	if diff.Undefined == Missing {
		return nil, errors.Join(missing(r.Variable, y, both(dom, from)), missing(r.Variable, y, both(dom, to)))
	}
	if diff.Undefined != "" {
		return nil, errors.New(string(diff.Undefined))
	}
	var o object
	o.add("estimate_from", diff.From.Value)
	o.add("estimate_to", diff.To.Value)
	o.number("se_from", diff.From.SE)
	o.number("se_to", diff.To.SE)
	o.number("covariance", diff.Covariance)
	o.add("estimate", diff.Value)
	o.number("se", diff.SE)
	o.add("df", diff.DF)
	o.number("t", diff.T)
	o.number("p_t", diff.PT)
	o.number("p_normal", diff.PNormal)
	o.add("ci", withT(diff.Interval(r.Level)))
	if diff.From.share {
		odds := object{}
		odds.number("log_or", diff.LogOdds.Value)
		odds.number("se", diff.LogOdds.SE)
		odds.add("df_residual", diff.GroupDF)
		odds.number("t", diff.LogOdds.T)
		odds.number("p", diff.LogOdds.P)
		o.add("logistic", odds)
		o.add("rao_scott", object{{"error", ErrNotSupported.Error()}})
		o.add("rao_scott_chisq", object{{"error", ErrNotSupported.Error()}})
	} else {
		test := object{}
		test.add("estimate", diff.Value)
		test.number("t", diff.T)
		test.add("df", diff.GroupDF)
		test.number("p", diff.GroupP())
		o.add("svyttest", test)
	}
	warn(&o, diff.From.Warnings)
	warn(&o, diff.To.Warnings)
	return o, nil
}

func (s *Study) distribution(r *Request) (object, error) {
	d, dom, err := s.domain(r)
	if err != nil {
		return nil, err
	}
	col, ok := s.columns[r.Variable]
	if !ok {
		return nil, fmt.Errorf("variable: data has no column %q", r.Variable)
	}
	if len(r.Levels) == 0 {
		r.Levels = col.levels()
	}
	index := map[string]int{}
	for i, level := range r.Levels {
		name, _ := level.key()
		index[name] = i
	}
	class := make([]int, len(col))
	for i, v := range col {
		name, present := v.key()
		k, known := index[name]
		if !present || !known {
			k = -1
		}
		if k < 0 && (dom == nil || dom[i]) {
			return nil, fmt.Errorf("variable %s: row %d of the domain is missing or of no level; leave such rows out by a condition", r.Variable, i+1)
		}
		class[i] = k
	}
	dist := d.Distribution(class, len(r.Levels), dom)
	var values, se []any
	var o object
	for i, e := range dist.Shares {
		if e.Undefined != "" {
			return nil, errors.New(string(e.Undefined))
		}
		values, se = append(values, e.Value), append(se, schemaValue(e.SE))
		if !e.SE.Defined() {
			name, _ := r.Levels[i].key()
			o.undefined("se of "+name, e.SE.Undefined)
		}
	}
	o = append(object{{"estimate", values}, {"se", se}, {"covariance", dist.Covariance}}, o...)
	if len(dist.Shares) > 0 {
		warn(&o, dist.Shares[0].Warnings)
	}
	return o, nil
}

// domain returns the design as r wants it and the rows of r's domain.
func (s *Study) domain(r *Request) (*Design, []bool, error) {
	if s.refused != nil {
		return nil, nil, s.refused
	}
	d := s.design
	var problems []error
	if r.LonelyPSU != "" {
		l, err := ParseLonely(r.LonelyPSU)
		if err != nil {
			problems = append(problems, fmt.Errorf("lonely_psu: %w", err))
		}
		d = d.WithLonely(l)
	}
	var dom []bool
	for i, cond := range r.Domain {
		col, ok := s.columns[cond.Var]
		if !ok {
			problems = append(problems, fmt.Errorf("domain[%d]: data has no column %q", i, cond.Var))
			continue
		}
		in, err := col.meets(cond)
		if err != nil {
			problems = append(problems, fmt.Errorf("domain[%d]: %w", i, err))
			continue
		}
		dom = both(dom, in)
	}
	return d, dom, errors.Join(problems...)
}

func (s *Study) oneVariable(r *Request) (*Design, []float64, []bool, error) {
	d, dom, err := s.domain(r)
	if d == nil {
		return nil, nil, nil, err
	}
	y, errVar := s.variable("variable", r.Variable)
	return d, y, dom, errors.Join(err, errVar)
}

func (s *Study) variable(place, name string) ([]float64, error) {
	col, ok := s.columns[name]
	if !ok {
		return nil, fmt.Errorf("%s: data has no column %q", place, name)
	}
	y, err := col.variable()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", place, name, err)
	}
	return y, nil
}

// refuse turns the reason why there is no estimate into an error that names
// the rows in the way.
func refuse(why Reason, name string, y []float64, dom []bool) error {
	if why == Missing {
		return missing(name, y, dom)
	}
	if why != "" {
		return fmt.Errorf("variable %s: %s", name, why)
	}
	return nil
}

func missing(name string, y []float64, dom []bool) error {
	count, first := 0, 0
	for i, v := range y {
		if math.IsNaN(v) && (dom == nil || dom[i]) {
			if count == 0 {
				first = i
			}
			count++
		}
	}
	if count == 0 {
		return nil
	}
	return fmt.Errorf("variable %s has no value in %d rows of the domain, first in row %d; add a condition not_missing to leave them out", name, count, first+1)
}

// withT is the interval of a statistic that has one method.
func withT(i Interval) object {
	var ci object
	ci.interval("t_df", i)
	return ci
}

// warn appends warnings once.
func warn(o *object, warnings []error) {
	for _, w := range warnings {
		text := w.Error()
		if i := slices.IndexFunc(*o, func(m member) bool { return m.name == "warning" }); i >= 0 {
			if old := (*o)[i].value.(string); !strings.Contains(old, text) {
				(*o)[i].value = old + "; " + text
			}
			continue
		}
		o.add("warning", text)
	}
}
