package estimate_test

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/exports/estimate"
)

func TestReadStudyReportsAll(t *testing.T) {
	check := func(file string, want ...string) {
		t.Helper()
		study, err := estimate.ReadStudy(strings.NewReader(file))
		if err == nil {
			err = errors.Join(study.Problems()...)
		}
		if err == nil {
			t.Errorf("%s is read without an error", file)
			return
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("error does not tell %q:\n%v", w, err)
			}
		}
		if _, ok := errors.AsType[*estimate.FileError](err); !ok {
			t.Errorf("%v has no place", err)
		}
	}
	check("", "line 1, column 1")
	check("{\n\"requests\": 3}", "line 2, column")
	check(`{"data": {"w": [[1]]}}`, "a value is a number, a text, true, false or null")
	check(`{"schema": "other/1"}`, `schema: "other/1" is not known`, "requests: missing")
	check(`{"requests": [], "design": {"weights": "w"}}`, "data: missing", `design.weights: data has no column "w"`)
	check(`{"requests": [], "design": {"weights": "w", "lonely_psu": "guess"}, "data": {"w": [1]}}`, `design.lonely_psu: lonely strata "guess"`)
	check(`{"requests": [], "design": {"weights": "w", "strata": "h"}, "data": {"w": ["x", null, 1], "h": ["a", null, "b"]}}`,
		"data.w: row 1 is not a number", "data.w: row 2 is not a number", "data.h: row 2 has no value")
	check(`{"requests": [], "design": {"weights": "w", "poststrat_var": "p", "poststrata": [{"p": "k"}, {"p": "v", "Freq": 3}]},
		"data": {"w": [1, 2], "p": ["k", "v"]}}`, `design.poststrata: entry 1: needs "p" and a number "Freq"`)
	check(`{"requests": [], "design": {"weights": "w", "poststrat_var": "p", "poststrata": [{"p": "v", "Freq": 3}]},
		"data": {"w": [1, 2], "p": ["k", "v"]}}`, `data.p[0]: "k" has no total`)
}

func TestAnswerErrors(t *testing.T) {
	study, err := estimate.ReadStudy(strings.NewReader(`{
		"design": {"weights": "w"},
		"data": {"w": [1, 1, 1], "y": [1, 0, null], "g": ["a", "b", "b"]},
		"requests": [
			{"id": "1", "statistic": "median"},
			{"id": "2", "statistic": "mean", "variable": "y"},
			{"id": "3", "statistic": "mean", "variable": "g"},
			{"id": "4", "statistic": "mean", "variable": "y", "domain": [{"var": "g", "op": "<", "value": 1}, {"var": "h", "op": "==", "value": 1}]},
			{"id": "5", "statistic": "mean", "variable": "y", "domain": [{"var": "g", "op": "==", "value": "c"}]},
			{"id": "6", "statistic": "mean", "variable": "y", "level": 95},
			{"id": "7", "statistic": "difference_of_domain_means", "variable": "y", "by": "g", "from": "a"},
			{"id": "8", "statistic": "quantiles", "variable": "y", "probs": [2]},
			{"id": "9", "statistic": "proportions_multi", "variable": "y"},
			{"id": "10", "statistic": "binomial_proportion", "x": 5, "n": 4},
			{"id": "11", "statistic": "binomial_difference", "x1": 5, "n1": 4},
			{"id": "12", "statistic": "ratio", "numerator": "a", "denominator": "b"},
			{"id": "13", "statistic": "rao_scott_F"},
			{"id": "14", "statistic": "mean", "variable": "y", "lonely_psu": "guess"}
		]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`statistic "median" is not known`,
		`variable y has no value in 1 rows of the domain, first in row 3`,
		`row 1 holds the text "a" where a number is needed`,
		`domain[0]: operator "<" is not known`,
		`the domain holds no sampled unit`,
		`level 95 is not between 0 and 1`,
		`from and to: give the two values of g`,
		`probs: 2 is not from 0 to 1`,
		`row 3 of the domain is missing or of no level`,
		`x is 5, n is 4`,
		`needs x1, n1, x2 and n2`,
		`numerator: data has no column "a"`,
		`not supported`,
		`lonely_psu: lonely strata "guess"`,
	}
	for i, r := range study.Requests {
		a := study.Answer(r)
		if a.Err == nil || !strings.Contains(a.Err.Error(), want[i]) {
			t.Errorf("request %s: %v, want %q", r.ID, a.Err, want[i])
		}
	}
}

// What is wrong with one request, or with the data, fails the requests that
// need it; the others are answered, and nothing is NaN or Inf.
func TestOthersAreAnswered(t *testing.T) {
	binomial := `{"id": "b", "statistic": "binomial_proportion", "x": 3, "n": 9}`
	mean := `{"id": "m", "statistic": "mean", "variable": "y"}`
	for _, k := range []struct {
		what, file string
		fails      map[string]string // by id
		answered   []string
	}{
		{"a request that is no object", `{"requests": [3, ` + binomial + `]}`, map[string]string{"": "cannot be read"}, []string{"b"}},
		{"a request with a wrong member", `{"requests": [{"id": "w", "statistic": "mean", "variable": 3}, {"id": 7, "statistic": "mean"}, ` + binomial + `]}`,
			map[string]string{"w": "cannot be read", "7": "cannot be read"}, []string{"b"}},
		{"an unknown statistic", `{"requests": [{"id": "u", "statistic": "magic"}, ` + binomial + `]}`, map[string]string{"u": "not known"}, []string{"b"}},
		{"weights of zero and below", `{"design": {"weights": "w"}, "data": {"w": [1, 0, -1], "y": [1, 2, 3]}, "requests": [` + mean + `, ` + binomial + `]}`,
			map[string]string{"m": "data.w[1]: 0 is not above 0"}, []string{"b"}},
		{"a column that is missing", `{"design": {"weights": "w"}, "data": {"y": [1, 2, 3]}, "requests": [` + mean + `, ` + binomial + `]}`,
			map[string]string{"m": "no column \"w\""}, []string{"b"}},
		{"more drawn than there are", `{"design": {"fpc": ["N"]}, "data": {"N": [2, 2, 2], "y": [1, 2, 3]}, "requests": [` + mean + `, ` + binomial + `]}`,
			map[string]string{"m": "data.N"}, []string{"b"}},
		{"a variable that is missing", `{"design": {"weights": "w"}, "data": {"w": [1, 1], "y": [1, 2]}, "requests": [{"id": "x", "statistic": "mean", "variable": "x"}, ` + mean + `]}`,
			map[string]string{"x": "no column"}, []string{"m"}},
		{"one stratum of one", `{"design": {"strata": "h", "fpc": ["N"]}, "data": {"h": ["a"], "N": [9], "y": [1]}, "requests": [` + mean + `]}`, nil, []string{"m"}},
	} {
		study, err := estimate.ReadStudy(strings.NewReader(k.file))
		if err != nil {
			t.Errorf("%s: %v", k.what, err)
			continue
		}
		failed, answered := map[string]string{}, []string{}
		for _, r := range study.Requests {
			a := study.Answer(r)
			raw, err := json.Marshal(a)
			if err != nil {
				t.Errorf("%s: %v", k.what, err)
			}
			var back map[string]any
			if err := json.Unmarshal(raw, &back); err != nil {
				t.Errorf("%s: %s: %v", k.what, raw, err)
			}
			if a.Err == nil {
				answered = append(answered, r.ID)
				if back["estimate"] == nil || back["error"] != nil {
					t.Errorf("%s: %s", k.what, raw)
				}
				continue
			}
			if failed[r.ID] = a.Err.Error(); back["error"] == nil {
				t.Errorf("%s: %s has no error", k.what, raw)
			}
		}
		for id, want := range k.fails {
			if !strings.Contains(failed[id], want) {
				t.Errorf("%s: request %q fails with %q, want %q", k.what, id, failed[id], want)
			}
		}
		if len(failed) != len(k.fails) || !slices.Equal(answered, k.answered) {
			t.Errorf("%s: failed %v, answered %v", k.what, failed, answered)
		}
	}
}

// The classes of a distribution stand in the order a reader expects.
func TestDistributionLevels(t *testing.T) {
	study, err := estimate.ReadStudy(strings.NewReader(`{
		"design": {"weights": "w"},
		"data": {"w": [1, 1, 1, 1, 1], "age": ["12-17", "none", "4-11", "0-3", "4-11"]},
		"requests": [{"id": "ages", "statistic": "proportions_multi", "variable": "age"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(study.Answer(study.Requests[0]))
	if err != nil {
		t.Fatal(err)
	}
	if want := `"levels":["0-3","4-11","12-17","none"],"level":0.95,"estimate":[0.2,0.4,0.2,0.2]`; !strings.Contains(string(got), want) {
		t.Errorf("answer %s, want in it %s", got, want)
	}
}

// Whatever a file holds, reading and answering it ends in answers or errors,
// and answers are JSON without a bare NaN.
func FuzzReadStudy(f *testing.F) {
	for _, name := range []string{"p01_srs_tiny.json", "p07_lonely_psu.json", "p14_poststratified.json", "p18_binomial.json"} {
		raw, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"design": {"ids": ["c"], "weights": "w"}, "data": {"w": [1e300, 1e-300], "c": [1, 1]}, "requests": [{"id": "a", "statistic": "total", "variable": "w"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		study, err := estimate.ReadStudy(strings.NewReader(string(raw)))
		if err != nil {
			return
		}
		for _, r := range study.Requests {
			if _, err := json.Marshal(study.Answer(r)); err != nil {
				t.Errorf("%+v: %v", r, err)
			}
		}
	})
}
