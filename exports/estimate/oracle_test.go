package estimate_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/exports/estimate"
)

// notAnswered lists what the reference files ask and this package leaves out:
// a file, or a statistic, or a part of a statistic.
var notAnswered = []string{
	"p11_apiclus2_two_stage.json", // two-stage design
	"joint_wald_test",
	"rao_scott_F",
	"difference_of_domain_means.rao_scott",
	"difference_of_domain_means.rao_scott_chisq",
}

// TestReference compares every figure of the reference files, by R's packages
// survey and Hmisc, with ours: 1e-9 on figures, 1e-7 on interval ends, 1e-4 on
// likelihood intervals and 1e-7 on log odds, for those carry the error at which
// R stops its iterations. Large figures are compared by digits, for the files have fifteen.
func TestReference(t *testing.T) {
	files, err := filepath.Glob("testdata/p*.json")
	if err != nil || len(files) != 18 {
		t.Fatalf("found %d reference files, %v; want 18", len(files), err)
	}
	left := map[string]bool{}
	requests, compared := 0, map[string]int{}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			study, err := estimate.ReadStudy(bytes.NewReader(strip(t, raw)))
			if err != nil {
				t.Fatal(err)
			}
			var want struct{ Requests []map[string]any }
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			if len(study.Requests) != len(want.Requests) || len(want.Requests) == 0 {
				t.Fatalf("%d requests are read of %d", len(study.Requests), len(want.Requests))
			}
			for i, r := range study.Requests {
				requests++
				a := study.Answer(r)
				if errors.Is(a.Err, estimate.ErrNotSupported) {
					key := r.Statistic
					if slices.Contains(notAnswered, name) {
						key = name
					}
					left[key] = true
					continue
				}
				if a.Err != nil {
					t.Errorf("%s: %v", r.ID, a.Err)
					continue
				}
				if n := compare(t, r.ID, r.Statistic, decode(t, a), want.Requests[i], left); n == 0 {
					t.Errorf("%s: nothing is compared", r.ID)
				} else {
					compared[name] += n
				}
			}
		})
	}
	// Nothing is passed over in silence: every file but the two-stage one has
	// figures that were compared, and there are as many as the files hold.
	total := 0
	for _, file := range files {
		n := compared[filepath.Base(file)]
		if total += n; (n == 0) != slices.Contains(notAnswered, filepath.Base(file)) {
			t.Errorf("%s: %d figures were compared", filepath.Base(file), n)
		}
	}
	t.Logf("%d requests in %d files, %d figures compared", requests, len(files), total)
	if requests != 216 || total != 4195 {
		t.Errorf("%d figures of %d requests were compared; the files hold 4195 of 216, two-stage and test statistics aside", total, requests)
	}
	for _, what := range notAnswered {
		if !left[what] {
			t.Errorf("%s is listed as not answered, but is", what)
		}
		delete(left, what)
	}
	for what := range left {
		t.Errorf("%s is not answered and not listed", what)
	}
}

// inputs are the members of a request that ask; the others answer.
var inputs = []string{"id", "statistic", "variable", "numerator", "denominator", "by", "from", "to", "level", "domain",
	"lonely_psu", "x", "n", "x1", "n1", "x2", "n2", "probs"}

// strip takes the answers out of a reference file.
func strip(t *testing.T, raw []byte) []byte {
	t.Helper()
	var file map[string]any
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for _, r := range file["requests"].([]any) {
		for key := range r.(map[string]any) {
			if !slices.Contains(inputs, key) {
				delete(r.(map[string]any), key)
			}
		}
	}
	out, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func decode(t *testing.T, a estimate.Answer) map[string]any {
	t.Helper()
	raw, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// compare reports where got, at a path such as "ind_all.ci.beta.lower", is
// not what is wanted, and how many numbers it compared. left collects the
// parts that are not supported.
func compare(t *testing.T, place, path string, got, want any, left map[string]bool) (compared int) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s %s = %v, want an object", place, path, got)
			return 0
		}
		if object["error"] == estimate.ErrNotSupported.Error() {
			left[path] = true
			return 0
		}
		for key, w := range want {
			if key == "function_used" || key == "note" || key == "domain" {
				continue
			}
			compared += compare(t, place, path+"."+key, object[key], w, left)
		}
	case []any:
		list, _ := got.([]any)
		if len(list) != len(want) {
			t.Errorf("%s %s has %d elements, want %d", place, path, len(list), len(want))
			return 0
		}
		for i := range want {
			compared += compare(t, place, fmt.Sprintf("%s[%d]", path, i), list[i], want[i], left)
		}
	case float64:
		compared++
		tolerance := 1e-9
		if strings.Contains(path, "lower") || strings.Contains(path, "upper") {
			tolerance = 1e-7
		}
		if strings.Contains(path, "likelihood") {
			tolerance = 1e-4
		}
		if strings.Contains(path, "logistic") {
			tolerance = 1e-7
		}
		g, ok := got.(float64)
		if !ok || math.Abs(g-want) > tolerance*max(1, math.Abs(want)*1e-5) {
			t.Errorf("%s %s = %v, want %v", place, path, got, want)
		}
	default:
		if got != want {
			t.Errorf("%s %s = %v, want %v", place, path, got, want)
		}
	}
	return compared
}
