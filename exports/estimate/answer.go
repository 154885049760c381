package estimate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// An Answer is a request with the figures that answer it, or the error why
// there are none.
type Answer struct {
	Request Request // with its defaults filled in
	Err     error   // wraps ErrNotSupported where this package leaves it out

	figures object
}

// MarshalJSON writes the request's members and then the figures under the
// names of the schema. A figure that is not defined is the text "NaN" or
// "Inf", as the schema has it, with the reason in a member "undefined" beside
// it; an answer without figures has a member "error".
func (a Answer) MarshalJSON() ([]byte, error) {
	request, err := json.Marshal(a.Request)
	if err != nil {
		return nil, err
	}
	figures := a.figures
	if a.Err != nil {
		figures = object{{"error", a.Err.Error()}}
	}
	rest, err := figures.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if len(figures) == 0 {
		return request, nil
	}
	// The request always has an id and a statistic, so a comma fits.
	return append(append(request[:len(request)-1], ','), rest[1:]...), nil
}

// Rows returns the figures as pairs of a name, such as "ci.beta.lower", and a
// value in text, in the order of the JSON.
func (a Answer) Rows() [][2]string {
	if a.Err != nil {
		return [][2]string{{"error", a.Err.Error()}}
	}
	return a.figures.rows("")
}

// Answer answers r. It never fails as a whole: the Answer holds the error.
func (s *Study) Answer(r Request) Answer {
	if r.Level == 0 {
		r.Level = 0.95
	}
	a := Answer{Request: r, Err: r.unreadable}
	if a.Err != nil {
		return a
	}
	if !(r.Level > 0 && r.Level < 1) {
		a.Err = fmt.Errorf("level %v is not between 0 and 1", r.Level)
		return a
	}
	answer, ok := statistics[r.Statistic]
	if !ok {
		a.Err = fmt.Errorf("statistic %q is not known", r.Statistic)
		return a
	}
	a.figures, a.Err = answer(s, &a.Request)
	return a
}

// statistics is what may be asked for.
var statistics = map[string]func(*Study, *Request) (object, error){
	"proportion":                 (*Study).proportion,
	"mean":                       (*Study).mean,
	"total":                      (*Study).total,
	"ratio":                      (*Study).ratio,
	"quantiles":                  (*Study).quantiles,
	"difference_of_domain_means": (*Study).difference,
	"proportions_multi":          (*Study).distribution,
	"binomial_proportion":        (*Study).binomialProportion,
	"binomial_difference":        (*Study).binomialDifference,
	"joint_wald_test":            (*Study).notSupported,
	"rao_scott_F":                (*Study).notSupported,
}

func (s *Study) notSupported(r *Request) (object, error) {
	return nil, fmt.Errorf("statistic %s: %w", r.Statistic, ErrNotSupported)
}

// An object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any // string, int, float64, []float64, [][]float64, []any or object
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(m.name))
		b.WriteByte(':')
		v, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (o object) rows(prefix string) (rows [][2]string) {
	for _, m := range o {
		switch v := m.value.(type) {
		case object:
			rows = append(rows, v.rows(prefix+m.name+".")...)
		case []any:
			for i, e := range v {
				rows = append(rows, object{{fmt.Sprintf("%s[%d]", m.name, i), e}}.rows(prefix)...)
			}
		case float64:
			rows = append(rows, [2]string{prefix + m.name, strconv.FormatFloat(v, 'g', -1, 64)})
		default:
			rows = append(rows, [2]string{prefix + m.name, fmt.Sprint(v)})
		}
	}
	return rows
}

// add appends a member that is always defined.
func (o *object) add(name string, value any) { *o = append(*o, member{name, value}) }

// number appends n, or the schema's text for it and the reason.
func (o *object) number(name string, n Number) {
	o.add(name, schemaValue(n))
	if !n.Defined() {
		o.undefined(name, n.Undefined)
	}
}

// schemaValue returns the value of n or the text that stands for none.
func schemaValue(n Number) any {
	switch n.Undefined {
	case "":
		return n.Value
	case AllObserved, ZeroVariance:
		return "Inf" // a figure divided by a variance of 0
	}
	return "NaN"
}

// undefined adds a reason to the member "undefined", which is kept last.
func (o *object) undefined(name string, why Reason) {
	text := name + ": " + string(why)
	for i, m := range *o {
		if m.name == "undefined" {
			*o = append(append((*o)[:i:i], (*o)[i+1:]...), member{"undefined", m.value.(string) + "; " + text})
			return
		}
	}
	o.add("undefined", text)
}

// interval appends i under its method, or under name where that is given.
func (o *object) interval(name string, i Interval) {
	if i.Undefined != "" {
		o.add(name, object{{"lower", "NaN"}, {"upper", "NaN"}, {"undefined", string(i.Undefined)}})
		return
	}
	o.add(name, object{{"lower", i.Lower}, {"upper", i.Upper}})
}
