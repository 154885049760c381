package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// A ratingsStudy is a JSON file of ratings: one array per rater with a value,
// a set of labels, or null for every unit; or spans on a continuum.
type ratingsStudy struct {
	Name       string  `json:"name"`
	Kind       string  `json:"kind"` // coding, set or span
	Level      string  `json:"level"`
	Categories []any   `json:"categories"` // all there are, in their order
	Ratings    [][]any `json:"ratings"`

	Disagreement [][]float64 `json:"custom_disagreement_weights"`
	Agreement    [][]float64 `json:"custom_agreement_weights"`

	Begin  int64 `json:"begin"`
	Length int64 `json:"length"`
	Raters [][]struct {
		Start    int64  `json:"start"`
		End      int64  `json:"end"`
		Category string `json:"category"`
	} `json:"raters"`
}

func (v agreementVerb) readStudy(in io.Reader) ([]analysis, error) {
	var s ratingsStudy
	decoder := json.NewDecoder(in)
	if err := decoder.Decode(&s); err != nil {
		return nil, jsonError(err)
	}
	var a analysis
	var err error
	switch s.Kind {
	case "coding":
		a, err = v.codingStudy(s)
	case "set":
		a, err = setStudy(s)
	case "span":
		a, err = spanStudy(s)
	default:
		err = fmt.Errorf("kind: %q is not coding, set or span", s.Kind)
	}
	if err != nil {
		return nil, err
	}
	a.variable = cmp.Or(s.Name, v.fileName())
	if v.Level == "" && s.Level != "" {
		a.level = s.Level
	}
	return []analysis{a}, nil
}

// jsonError says where in the file a JSON is wrong.
func jsonError(err error) error {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("byte %d: %w", e.Offset, err)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: a %s stands where a %s belongs", e.Field, e.Value, e.Type)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends before its last brace")
	}
	return err
}

// label is a category or value as text; ok is false for anything else.
func label(value any) (text string, ok bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case float64:
		return strconv.FormatFloat(value, 'g', -1, 64), true
	}
	return "", false
}

func (v agreementVerb) codingStudy(s ratingsStudy) (analysis, error) {
	scale, err := s.scale(v.Order)
	if err != nil {
		return analysis{}, err
	}
	if v.Positions {
		scale.Values = nil
	}
	number := map[string]int16{}
	for k, c := range scale.Labels {
		number[c] = int16(k)
	}
	var errs []error
	columns := make([][]int16, len(s.Ratings))
	for g, ratings := range s.Ratings {
		columns[g] = make([]int16, len(ratings))
		for i, value := range ratings {
			columns[g][i] = agreement.Missing
			if value == nil {
				continue
			}
			text, _ := label(value)
			k, ok := number[text]
			if !ok {
				errs = append(errs, fmt.Errorf("ratings[%d][%d]: %v is none of the categories", g, i, value))
				continue
			}
			columns[g][i] = k
		}
	}
	if err := errors.Join(errs...); err != nil {
		return analysis{}, err
	}
	r, err := agreement.New(scale, columns)
	if err != nil {
		return analysis{}, err
	}
	a := v.coding(r, len(columns))
	if level := agreement.Level(s.Level); v.Level == "" && slices.Contains(agreement.Levels, level) {
		a.setHeadline(level, v.Weights, len(columns))
	}
	return a, nil
}

// scale makes the scale of the declared categories, or of the values.
func (s ratingsStudy) scale(order []string) (agreement.Scale, error) {
	declared := order
	if declared == nil && s.Categories != nil {
		declared = make([]string, 0, len(s.Categories))
		for k, c := range s.Categories {
			text, ok := label(c)
			if !ok {
				return agreement.Scale{}, fmt.Errorf("categories[%d]: %v is neither text nor a number", k, c)
			}
			declared = append(declared, text)
		}
	}
	var values []string
	for _, ratings := range s.Ratings {
		for _, value := range ratings {
			if text, ok := label(value); ok && !slices.Contains(values, text) {
				values = append(values, text)
			}
		}
	}
	scale := agreement.NewScale(values, declared)
	switch {
	case s.Disagreement != nil:
		scale.Disagreement = s.Disagreement
	case s.Agreement != nil:
		var err error
		if scale.Disagreement, err = opposite(s.Agreement); err != nil {
			return agreement.Scale{}, err
		}
	}
	return scale, nil
}

// opposite turns weights of agreement into disagreements.
func opposite(weights [][]float64) ([][]float64, error) {
	lowest := math.Inf(1)
	d := make([][]float64, len(weights))
	for k, row := range weights {
		for _, w := range row {
			lowest = min(lowest, w)
			d[k] = append(d[k], 1-w)
		}
	}
	if lowest != 0 {
		return nil, fmt.Errorf("custom_agreement_weights: the lowest is %v; weights run from 0 to 1", lowest)
	}
	return d, nil
}

func setStudy(s ratingsStudy) (analysis, error) {
	var errs []error
	columns := make([][][]string, len(s.Ratings))
	for g, ratings := range s.Ratings {
		columns[g] = make([][]string, len(ratings))
		for i, value := range ratings {
			if value == nil {
				continue
			}
			labels, ok := value.([]any)
			set := make([]string, 0, len(labels))
			for _, l := range labels {
				text, isLabel := label(l)
				ok = ok && isLabel
				set = append(set, text)
			}
			if !ok {
				errs = append(errs, fmt.Errorf("ratings[%d][%d]: %v is no list of labels", g, i, value))
			}
			columns[g][i] = set
		}
	}
	if err := errors.Join(errs...); err != nil {
		return analysis{}, err
	}
	r, err := agreement.NewSets(columns)
	if err != nil {
		return analysis{}, err
	}
	return setAnalysis(r), nil
}

func setAnalysis(r *agreement.Ratings) analysis {
	return analysis{level: "set", ratings: r, measures: agreement.SetMeasures(), headline: headline{
		percent: agreement.PercentAgreementSet.Of(agreement.Unweighted),
		alpha:   agreement.KrippendorffAlphaSet.Of(agreement.Jaccard),
		kappa:   agreement.WeightedKappaSet.Of(agreement.Jaccard),
	}}
}

func spanStudy(s ratingsStudy) (analysis, error) {
	number := map[string]int{}
	var categories []string
	for k, c := range s.Categories {
		text, ok := label(c)
		if !ok {
			return analysis{}, fmt.Errorf("categories[%d]: %v is neither text nor a number", k, c)
		}
		number[text] = k
		categories = append(categories, text)
	}
	var errs []error
	units := int64(0)
	raters := make([][]agreement.Span, len(s.Raters))
	for g, spans := range s.Raters {
		for i, span := range spans {
			k, ok := number[span.Category]
			if !ok {
				errs = append(errs, fmt.Errorf("raters[%d][%d]: %q is none of the categories", g, i, span.Category))
			}
			raters[g] = append(raters[g], agreement.Span{Start: span.Start, End: span.End, Category: k})
			units++
		}
	}
	if err := errors.Join(errs...); err != nil {
		return analysis{}, err
	}
	c, err := agreement.NewContinuum(s.Begin, s.Length, categories, raters)
	if err != nil {
		return analysis{}, err
	}
	return analysis{level: "span", continuum: c, measures: c.Measures(), units: units}, nil
}
