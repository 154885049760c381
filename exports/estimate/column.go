package estimate

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// A Scalar is a number, a text or nothing, as it stands in a request file.
// The zero Scalar is nothing, null in the file.
type Scalar struct {
	text    string
	value   float64
	numeric bool
	present bool
}

// UnmarshalJSON reads a number, a string, a boolean (as 0 or 1) or null.
func (s *Scalar) UnmarshalJSON(raw []byte) error {
	*s = Scalar{}
	switch raw[0] {
	case 'n':
		return nil
	case 't':
		*s = numeric(1)
		return nil
	case 'f':
		*s = numeric(0)
		return nil
	case '"':
		s.present = true
		return json.Unmarshal(raw, &s.text)
	case '{', '[':
		return errors.New("a value is a number, a text, true, false or null")
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return err
	}
	*s = numeric(v)
	return nil
}

// MarshalJSON writes what was read.
func (s Scalar) MarshalJSON() ([]byte, error) {
	switch {
	case !s.present:
		return []byte("null"), nil
	case s.numeric:
		return json.Marshal(s.value)
	}
	return json.Marshal(s.text)
}

func numeric(v float64) Scalar { return Scalar{value: v, numeric: true, present: true} }

// key returns s as text, the same for equal values.
func (s Scalar) key() (string, bool) {
	if s.numeric {
		return strconv.FormatFloat(s.value, 'g', -1, 64), true
	}
	return s.text, s.present
}

func (s Scalar) number() (float64, bool) { return s.value, s.numeric }

// A column holds a value a row.
type column []Scalar

// keys returns the column as names of strata, clusters or classes.
func (c column) keys() ([]string, error) {
	if c == nil {
		return nil, nil
	}
	out := make([]string, len(c))
	var problems []error
	for i, s := range c {
		key, ok := s.key()
		if !ok {
			problems = append(problems, fmt.Errorf("row %d has no value", i+1))
		}
		out[i] = key
	}
	return out, errors.Join(problems...)
}

// numbers returns the column as numbers.
func (c column) numbers() ([]float64, error) {
	if c == nil {
		return nil, nil
	}
	out := make([]float64, len(c))
	var problems []error
	for i, s := range c {
		v, ok := s.number()
		if !ok {
			problems = append(problems, fmt.Errorf("row %d is not a number", i+1))
		}
		out[i] = v
	}
	return out, errors.Join(problems...)
}

// variable returns the column as a variable, NaN where a row has no finite
// value. It refuses texts but those that the schema writes for such numbers.
func (c column) variable() ([]float64, error) {
	out := make([]float64, len(c))
	for i, s := range c {
		v, ok := s.number()
		if s.text == "NaN" || s.text == "Inf" || s.text == "-Inf" {
			v, ok = math.NaN(), true
		}
		if !ok && s.present {
			return nil, fmt.Errorf("row %d holds the text %q where a number is needed", i+1, s.text)
		}
		if !ok {
			v = math.NaN()
		}
		out[i] = v
	}
	return out, nil
}

// meets marks the rows that meet a condition; a missing value meets none.
func (c column) meets(cond Condition) ([]bool, error) {
	out := make([]bool, len(c))
	want, given := cond.Value.key()
	limit, isNumber := cond.Value.number()
	switch {
	case cond.Op == "not_missing":
	case cond.Op != "==" && cond.Op != ">":
		return nil, fmt.Errorf("operator %q is not known; use ==, > or not_missing", cond.Op)
	case !given:
		return nil, fmt.Errorf("operator %s needs a value", cond.Op)
	case cond.Op == ">" && !isNumber:
		return nil, fmt.Errorf("operator > needs a number, not %q", want)
	}
	for i, s := range c {
		switch cond.Op {
		case "not_missing":
			out[i] = s.present
		case "==":
			key, ok := s.key()
			out[i] = ok && key == want
		case ">":
			out[i] = s.numeric && s.value > limit
		}
	}
	return out, nil
}

// levels returns the values of c in order: by the number they begin with, so
// that "4-11" comes before "12-17", then by text.
func (c column) levels() []Scalar {
	distinct := map[string]Scalar{}
	for _, s := range c {
		if key, ok := s.key(); ok {
			distinct[key] = s
		}
	}
	names := slices.SortedFunc(maps.Keys(distinct), func(a, b string) int {
		return cmp.Or(cmp.Compare(leading(a), leading(b)), cmp.Compare(a, b))
	})
	out := make([]Scalar, len(names))
	for i, name := range names {
		out[i] = distinct[name]
	}
	return out
}

// leading returns the number that s begins with; texts without one come last.
func leading(s string) float64 {
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.') {
		end++
	}
	if v, err := strconv.ParseFloat(s[:end], 64); err == nil {
		return v
	}
	return math.Inf(1)
}
