package agreement_test

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// A study is one data set of testdata/oracle with the values that other
// people's software returns for it, by the software named in By.
type study struct {
	Name       string          `json:"name"`
	Kind       string          `json:"kind"`
	Categories []any           `json:"categories"`
	Ratings    json.RawMessage `json:"ratings"`
	Begin      int64           `json:"begin"`
	Length     int64           `json:"length"`
	Raters     [][]struct {
		Start, End int64
		Category   string
	} `json:"raters"`
	Degenerate   bool               `json:"degenerate"`
	Disagreement [][]float64        `json:"custom_disagreement_weights"`
	Published    map[string]any     `json:"published"`
	Expected     map[string]answer  `json:"expected"`
	Behaviour    map[string]replies `json:"behaviour"`
	Bootstrap    []resampled        `json:"bootstrap"`
}

type answer struct {
	Value        *float64  `json:"value"`
	SE           *float64  `json:"se"`
	CI95         []float64 `json:"ci95"`
	DF           *float64  `json:"df"`
	PA           *float64  `json:"pa"`
	PE           *float64  `json:"pe"`
	By           string    `json:"by"`
	Contested    bool      `json:"contested"`
	UndefinedFor int       `json:"undefined_for"`
}

// replies are what references return for a measure for which none stands out:
// the different values, and how many give NaN or an error.
type replies struct {
	Values    []float64 `json:"values"`
	Undefined int       `json:"undefined"`
}

type resampled struct {
	Measure    string    `json:"measure"`
	CI95       []float64 `json:"ci95"`
	CI95BCa    []float64 `json:"ci95_bca"`
	Replicates int       `json:"replicates"`
	MonteCarlo []float64 `json:"mc_se_of_limits"`
	By         string    `json:"by"`
}

func studies(t *testing.T) []study {
	t.Helper()
	files, err := filepath.Glob("testdata/oracle/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in testdata/oracle: %v", err)
	}
	all := make([]study, len(files))
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &all[i]); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return all
}

// ratings makes the table of a study of kind coding.
func (s study) ratings(t *testing.T) *agreement.Ratings {
	t.Helper()
	scale := agreement.Scale{Disagreement: s.Disagreement}
	number := map[any]int16{}
	for k, c := range s.Categories {
		number[c] = int16(k)
		switch c := c.(type) {
		case string:
			scale.Labels = append(scale.Labels, c)
		case float64:
			scale.Labels = append(scale.Labels, strconv.FormatFloat(c, 'g', -1, 64))
			scale.Values = append(scale.Values, c)
		}
	}
	if s.Kind == "set" {
		return s.sets(t)
	}
	var ratings [][]any
	if err := json.Unmarshal(s.Ratings, &ratings); err != nil {
		t.Fatal(err)
	}
	columns := make([][]int16, len(ratings))
	for g := range ratings {
		columns[g] = make([]int16, len(ratings[g]))
		for i, v := range ratings[g] {
			columns[g][i] = agreement.Missing
			if v != nil {
				columns[g][i] = number[v]
			}
		}
	}
	r, err := agreement.New(scale, columns)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sets makes the table of a study of kind set.
func (s study) sets(t *testing.T) *agreement.Ratings {
	t.Helper()
	var ratings [][][]string
	if err := json.Unmarshal(s.Ratings, &ratings); err != nil {
		t.Fatal(err)
	}
	r, err := agreement.NewSets(ratings)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// compute returns the function that computes measures of the study.
func (s study) compute(t *testing.T) func(...agreement.Measure) []agreement.Result {
	t.Helper()
	if s.Kind != "span" {
		r := s.ratings(t)
		return func(m ...agreement.Measure) []agreement.Result { return agreement.Compute(r, m...) }
	}
	number := map[string]int{}
	var categories []string
	for k, c := range s.Categories {
		categories = append(categories, c.(string))
		number[c.(string)] = k
	}
	raters := make([][]agreement.Span, len(s.Raters))
	for i, spans := range s.Raters {
		for _, m := range spans {
			raters[i] = append(raters[i], agreement.Span{Start: m.Start, End: m.End, Category: number[m.Category]})
		}
	}
	c, err := agreement.NewContinuum(s.Begin, s.Length, categories, raters)
	if err != nil {
		t.Fatal(err)
	}
	return c.Compute
}

func close(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))
}

const exact = 1e-9

// The data sets and, within them, the measures of which the first reference
// gives a value or says that there is none, and those for which none stands
// out. They are counted, so that a file that was lost or a
// measure that was passed over fails the test.
const (
	oracleStudies   = 87
	oracleValues    = 3876
	oracleBehaviour = 6
)

// TestOracle compares every measure with the value of a reference. On the
// degenerate sets references contradict one another; there our answer is
// "undefined" wherever chance agreement is total or nothing is pairable.
// Measures that the program leaves out are not in testdata/oracle: gamma,
// MASI as NLTK and DKPro have it, and the listwise and pooled variants.
func TestOracle(t *testing.T) {
	all := studies(t)
	values, behaviour := 0, 0
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			compute := s.compute(t)
			for _, key := range slices.Sorted(maps.Keys(s.Expected)) {
				compare(t, key, compute(agreement.Measure(key))[0], s.Expected[key], s.Degenerate)
				values++
			}
			for _, key := range slices.Sorted(maps.Keys(s.Behaviour)) {
				compareReplies(t, s.Name, key, compute(agreement.Measure(key))[0], s.Behaviour[key])
				behaviour++
			}
		})
	}
	if len(all) != oracleStudies || values != oracleValues || behaviour != oracleBehaviour {
		t.Errorf("%d data sets with %d values and %d measures without one were compared, want %d, %d and %d", len(all), values, behaviour, oracleStudies, oracleValues, oracleBehaviour)
	}
}

// ownValue lists measures of sets for which we have a value and no reference
// has: where it divides by zero at two empty sets, which are equal to us, and
// where it refuses a single category, on which an agreement that is not
// corrected for chance is 1.
var ownValue = map[string][]string{
	"set_dkpro_2x9":         {"krippendorff_alpha_set:masi", "observed_agreement_set:jaccard", "weighted_kappa_set:jaccard"},
	"set_all_identical_2x3": {"dice_agreement_set:unweighted", "max_percentage_agreement_set:unweighted", "percent_agreement_set:unweighted"},
}

// compareReplies requires a value that a reference gives, or undefined where
// one of them says so.
func compareReplies(t *testing.T, study, key string, got agreement.Result, want replies) {
	t.Helper()
	switch {
	case got.Undefined != nil:
		if want.Undefined == 0 {
			t.Errorf("%s is undefined (%v), want one of %v", key, got.Undefined, want.Values)
		}
	case len(want.Values) == 0:
		if !slices.Contains(ownValue[study], key) {
			t.Errorf("%s = %v, want undefined as for all references", key, got.Value)
		}
	case !slices.ContainsFunc(want.Values, func(v float64) bool { return close(got.Value, v, exact) }):
		t.Errorf("%s = %.15g, want one of %v", key, got.Value, want.Values)
	}
}

// ownAnswer lists measures that we call undefined on a degenerate set where
// the only reference gives a number to 0/0: psych for a pair of raters with
// one category, scikit-learn where nobody marked anything.
var ownAnswer = map[agreement.Measure]bool{
	"light_kappa_pairwise:unweighted": true,
	"char_f1:labelled_micro":          true,
}

func compare(t *testing.T, key string, got agreement.Result, want answer, degenerate bool) {
	t.Helper()
	if want.Value == nil {
		if got.Undefined == nil {
			t.Errorf("%s = %v, want undefined as for %s", key, got.Value, want.By)
		}
		return
	}
	if got.Undefined != nil {
		if !degenerate || want.UndefinedFor == 0 && !ownAnswer[agreement.Measure(key)] {
			t.Errorf("%s is undefined (%v), want %v of %s", key, got.Undefined, *want.Value, want.By)
		}
		return
	}
	check := func(what string, got float64, want *float64, tolerance float64) {
		t.Helper()
		if want != nil && !close(got, *want, tolerance) {
			t.Errorf("%s: %s = %.15g, want %.15g", key, what, got, *want)
		}
	}
	check("value", got.Value, want.Value, exact)
	if got.Chance != nil {
		check("pa", got.Chance.PA, want.PA, exact)
		check("pe", got.Chance.PE, want.PE, exact)
	} else if want.PE != nil && *want.PE != 0 {
		t.Errorf("%s has no chance agreement, want %v", key, *want.PE)
	}
	if want.SE == nil && want.CI95 == nil {
		return
	}
	if got.Interval == nil {
		t.Errorf("%s: no interval, want one as of %s", key, want.By)
		return
	}
	if want.SE != nil && *want.SE < 1e-6 {
		zero := 0.0
		check("se", got.Interval.SE, &zero, 0)
		return
	}
	check("se", got.Interval.SE, want.SE, exact)
	if want.DF != nil && float64(got.Interval.DF) != *want.DF {
		t.Errorf("%s: df = %d, want %v of %s", key, got.Interval.DF, *want.DF, want.By)
	}
	if len(want.CI95) == 2 {
		check("lower limit", got.Interval.Lower, &want.CI95[0], exact)
		check("upper limit", got.Interval.Upper, &want.CI95[1], exact)
	}
}
