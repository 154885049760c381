package intake

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	idForm     = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$`)
	periodForm = regexp.MustCompile(`^(19|20)\d\d(-H[12])?$`)
)

// The readers of single cells note a problem and give the zero value.

func (r row) required(heading string) string {
	v := r.cell(heading)
	if v == "" {
		r.table.problems.add(r.problem(heading, ErrValueMissing))
	}
	return v
}

func (r row) id(heading string) string {
	v := r.required(heading)
	if v != "" && !idForm.MatchString(v) {
		r.table.problems.add(r.problem(heading, ErrID, clip(v, 80)))
		return ""
	}
	return v
}

func (r row) period(heading string) string {
	v := r.cell(heading)
	if v != "" && !periodForm.MatchString(v) {
		r.table.problems.add(r.problem(heading, ErrPeriod, clip(v, 80)))
	}
	return v
}

// weight reads a number above 0 with a decimal point or comma; an empty cell
// is 1.
func (r row) weight(heading string) float64 {
	v := r.cell(heading)
	if v == "" {
		return 1
	}
	w, err := strconv.ParseFloat(strings.Replace(v, ",", ".", 1), 64)
	if err != nil || !(w > 0) || math.IsInf(w, 0) {
		r.table.problems.add(r.problem(heading, ErrWeight, clip(v, 80)))
		return 1
	}
	return w
}

// whole reads a whole number; a sheet may give it as "12.0".
func whole(v string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimPrefix(strings.TrimSuffix(v, ".0"), "+"))
	return n, err == nil
}

// timeForms are what submitted_at may look like; a time without a zone is UTC.
var timeForms = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly}

func (r row) time(heading string) (time.Time, *Problem) {
	v := r.cell(heading)
	if v == "" {
		return time.Time{}, nil
	}
	for _, form := range timeForms {
		if t, err := time.Parse(form, v); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, r.problem(heading, ErrTime, clip(v, 80))
}

// An Attribute is a further column of a case: heading and value, both text.
// A value such as "=1+1" is text like any other.
type Attribute struct {
	Name, Value string
}

// attributes gives the cells of all headings that are not known, in file
// order.
func (r row) attributes(known []string) []Attribute {
	var list []Attribute
	for _, heading := range r.table.columns {
		if heading != "" && !slices.Contains(known, heading) {
			list = append(list, Attribute{heading, r.cell(heading)})
		}
	}
	return list
}
