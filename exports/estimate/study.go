package estimate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// Schema names the format of a request file.
const Schema = "oracle_survey/1"

// ErrNotSupported is what a request gets that asks for a design or statistic
// which this package leaves out.
var ErrNotSupported = errors.New("not supported")

// A Study is a request file: data in columns, the design by which they were
// sampled, and the figures that are asked for. It is made by [ReadStudy].
type Study struct {
	Requests []Request

	columns  map[string]column
	design   *Design // nil without data
	refused  error   // why there is no design, told to each request
	problems []error // of data and design; see [Study.Problems]
}

// A Request asks for one figure, or a group of figures of one kind.
type Request struct {
	ID        string `json:"id"`
	Statistic string `json:"statistic"`

	Variable    string    `json:"variable,omitempty"`
	Numerator   string    `json:"numerator,omitempty"`
	Denominator string    `json:"denominator,omitempty"`
	By          string    `json:"by,omitempty"`
	From        Scalar    `json:"from,omitzero"`
	To          Scalar    `json:"to,omitzero"`
	Probs       []float64 `json:"probs,omitempty"`
	Levels      []Scalar  `json:"levels,omitempty"` // classes of a distribution, in their order

	X  *int `json:"x,omitempty"`
	N  *int `json:"n,omitempty"`
	X1 *int `json:"x1,omitempty"`
	N1 *int `json:"n1,omitempty"`
	X2 *int `json:"x2,omitempty"`
	N2 *int `json:"n2,omitempty"`

	Level     float64     `json:"level,omitempty"` // 0: 0.95
	Domain    []Condition `json:"domain,omitzero"`
	LonelyPSU string      `json:"lonely_psu,omitempty"` // empty: the design's

	unreadable error // why the request could not be read
}

// A Condition is one condition of a domain; a row is in when it meets all.
type Condition struct {
	Var   string `json:"var"`
	Op    string `json:"op"` // ==, > or not_missing
	Value Scalar `json:"value,omitzero"`
}

// A FileError is a problem of a request file and its place, such as
// "data.w[3]".
type FileError struct {
	Place string
	Err   error
}

func (e *FileError) Error() string { return e.Place + ": " + e.Err.Error() }

// Unwrap returns the problem without its place.
func (e *FileError) Unwrap() error { return e.Err }

type studyFile struct {
	Schema string              `json:"schema"`
	Design *designFile         `json:"design"`
	Data   map[string][]Scalar `json:"data"`

	Requests []json.RawMessage `json:"requests"`
}

type designFile struct {
	IDs       []string `json:"ids"`
	Strata    string   `json:"strata"`
	Weights   string   `json:"weights"`
	FPC       []string `json:"fpc"`
	LonelyPSU string   `json:"lonely_psu"`

	PostStrata   []map[string]Scalar `json:"poststrata"`
	PostStratVar string              `json:"poststrat_var"`
}

// ReadStudy reads a request file in JSON; what it does not know in it, such as
// answers by another program, it leaves. Its error joins a [*FileError] for
// every problem of a file that cannot be read at all. What is wrong with data
// and design is in [Study.Problems] and the answer of each request that needs
// them; a request that cannot be read or answered is no problem of the file:
// [Study.Answer] says so.
func ReadStudy(r io.Reader) (*Study, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var file studyFile
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, &FileError{jsonPlace(raw, err), err}
	}
	var unusable []error
	if file.Schema != "" && file.Schema != Schema {
		unusable = append(unusable, &FileError{"schema", fmt.Errorf("%q is not known; this program reads %q", file.Schema, Schema)})
	}
	if file.Requests == nil {
		unusable = append(unusable, &FileError{"requests", errors.New("missing: give a list of requests, each with id and statistic")})
	}
	if len(unusable) > 0 {
		return nil, errors.Join(append(unusable, check(file)...)...)
	}
	s := &Study{Requests: readRequests(file.Requests), columns: map[string]column{}}
	s.problems = check(file)
	for _, name := range slices.Sorted(maps.Keys(file.Data)) {
		s.columns[name] = file.Data[name]
	}
	switch {
	case len(s.problems) > 0:
	case file.Design == nil:
		s.refused = errors.New("the file has no design")
	case len(file.Design.IDs) > 1 || len(file.Design.FPC) > 1:
		s.refused = fmt.Errorf("designs of two or more stages: %w", ErrNotSupported)
	default:
		s.problems = s.build(*file.Design)
	}
	if len(s.problems) > 0 {
		s.refused = errors.Join(s.problems...)
	}
	return s, nil
}

// Problems returns what is wrong with the file's data and design, a
// [*FileError] each. Requests that need them get these as their error.
func (s *Study) Problems() []error { return slices.Clone(s.problems) }

// readRequests reads each request by itself, so that one that is wrong does
// not keep the others from being answered.
func readRequests(raw []json.RawMessage) []Request {
	requests := make([]Request, len(raw))
	for i, r := range raw {
		if err := json.Unmarshal(r, &requests[i]); err != nil {
			// What names it may be readable all the same.
			var name struct {
				ID        any `json:"id"`
				Statistic any `json:"statistic"`
			}
			requests[i] = Request{unreadable: fmt.Errorf("the request cannot be read: %w", err)}
			if json.Unmarshal(r, &name) == nil {
				if name.ID != nil {
					requests[i].ID = fmt.Sprint(name.ID)
				}
				requests[i].Statistic, _ = name.Statistic.(string)
			}
		}
	}
	return requests
}

// jsonPlace returns line and column of a JSON error.
func jsonPlace(raw []byte, err error) string {
	offset := int64(len(raw))
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = e.Offset
	} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = e.Offset
	}
	before := raw[:min(int64(len(raw)), max(0, offset))]
	line := 1 + bytes.Count(before, []byte("\n"))
	return fmt.Sprintf("line %d, column %d", line, len(before)-bytes.LastIndexByte(before, '\n'))
}

// check reports what is wrong with the file as a whole.
func check(file studyFile) (problems []error) {
	add := func(place, format string, args ...any) {
		problems = append(problems, &FileError{place, fmt.Errorf(format, args...)})
	}
	rows, first := -1, ""
	for _, name := range slices.Sorted(maps.Keys(file.Data)) {
		n := len(file.Data[name])
		if rows < 0 {
			rows, first = n, name
		}
		if n != rows {
			add("data."+name, "%d values, but column %s has %d", n, first, rows)
		}
	}
	if file.Design == nil {
		return problems
	}
	need := func(place, name string) {
		if _, ok := file.Data[name]; !ok && name != "" {
			add(place, "data has no column %q", name)
		}
	}
	for i, name := range file.Design.IDs {
		need(fmt.Sprintf("design.ids[%d]", i), name)
	}
	need("design.strata", file.Design.Strata)
	need("design.weights", file.Design.Weights)
	for i, name := range file.Design.FPC {
		need(fmt.Sprintf("design.fpc[%d]", i), name)
	}
	need("design.poststrat_var", file.Design.PostStratVar)
	if l := file.Design.LonelyPSU; l != "" && l != "per request" {
		if _, err := ParseLonely(l); err != nil {
			add("design.lonely_psu", "%w", err)
		}
	}
	if rows < 0 {
		add("data", "missing: the design needs columns")
	}
	return problems
}

// build makes the design of the file's columns, which are known to exist.
func (s *Study) build(file designFile) (problems []error) {
	rows := Rows{}
	for _, c := range s.columns {
		rows.N = len(c)
	}
	places := map[string]string{"rows": "data", "weight": "design.weights", "class": "design.poststrata"}
	use := func(field, name string) column {
		if name == "" {
			return nil
		}
		places[field] = "data." + name
		return s.columns[name]
	}
	keys := func(field, name string) []string {
		out, err := use(field, name).keys()
		problems = append(problems, at(places[field], err)...)
		return out
	}
	numbers := func(field, name string) []float64 {
		out, err := use(field, name).numbers()
		problems = append(problems, at(places[field], err)...)
		return out
	}
	if len(file.IDs) > 0 {
		rows.Cluster = keys("cluster", file.IDs[0])
	}
	rows.Stratum = keys("stratum", file.Strata)
	rows.Weight = numbers("weight", file.Weights)
	if len(file.FPC) > 0 {
		rows.Population = numbers("population", file.FPC[0])
	}
	if len(problems) > 0 {
		return problems
	}
	lonely, err := ParseLonely(file.LonelyPSU)
	if err != nil {
		lonely = LonelyFail // empty or per request
	}
	design, err := NewDesign(rows, lonely)
	if err != nil {
		return locate(err, places)
	}
	if file.PostStratVar != "" {
		classes := keys("class", file.PostStratVar)
		totals, err := postTotals(file)
		problems = append(problems, at("design.poststrata", err)...)
		if len(problems) > 0 {
			return problems
		}
		if design, err = design.PostStratify(classes, totals); err != nil {
			return locate(err, places)
		}
	}
	s.design = design
	return nil
}

// postTotals reads entries such as {"ps": "VT01 K", "Freq": 180}.
func postTotals(file designFile) (map[string]float64, error) {
	totals := map[string]float64{}
	var problems []error
	for i, entry := range file.PostStrata {
		name, known := entry[file.PostStratVar].key()
		freq, ok := entry["Freq"].number()
		if !known || !ok {
			problems = append(problems, fmt.Errorf("entry %d: needs %q and a number \"Freq\"", i+1, file.PostStratVar))
			continue
		}
		totals[name] = freq
	}
	return totals, errors.Join(problems...)
}

// locate gives each joined [*RowError] its place in the file.
func locate(err error, places map[string]string) (problems []error) {
	for _, err := range split(err) {
		place := "design"
		if e, ok := errors.AsType[*RowError](err); ok {
			place = places[e.Field]
			if e.Row >= 0 {
				place += "[" + strconv.Itoa(e.Row) + "]"
			}
			err = errors.New(e.Msg)
		}
		problems = append(problems, &FileError{place, err})
	}
	return problems
}

// at puts place before each of the joined errors in err.
func at(place string, err error) (problems []error) {
	for _, err := range split(err) {
		problems = append(problems, &FileError{place, err})
	}
	return problems
}

func split(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
