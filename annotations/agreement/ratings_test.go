package agreement_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// problems returns the lines of an error, none for nil.
func problems(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

func TestBadTables(t *testing.T) {
	check := func(name string, scale agreement.Scale, columns [][]int16, want ...string) {
		t.Helper()
		_, err := agreement.New(scale, columns)
		if got := problems(err); !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, want)
		}
	}
	two := agreement.Scale{Labels: []string{"a", "b"}}
	check("good", two, [][]int16{{0, 1}, {1, -1}})
	check("ragged", two, [][]int16{{0, 1}, {1}}, "rater 2 has 1 units, rater 1 has 2")
	check("no such category", two, [][]int16{{0, 2}, {-2, 1}}, "rater 1, unit 2: category 2 of 2", "rater 2, unit 1: category -2 of 2")
	check("labels", agreement.Scale{Labels: []string{"a", "a"}}, nil, `category "a" is listed twice`)
	check("values", agreement.Scale{Labels: []string{"a", "b"}, Values: []float64{2, 1}}, nil, "category value 1 does not come after 2")
	check("value of one", agreement.Scale{Labels: []string{"a", "b"}, Values: []float64{2}}, nil, "1 category values for 2 categories")
	check("infinite", agreement.Scale{Labels: []string{"a"}, Values: []float64{math.Inf(1)}}, nil, "category value 1 is not a finite number")
	check("custom", agreement.Scale{Labels: []string{"a", "b"}, Disagreement: [][]float64{{1, 2}, {-1, 0}}}, nil,
		"custom disagreement of category 1 with itself is 1, not 0",
		"custom disagreement of categories 1 and 2 is not the same both ways",
		"custom disagreement of categories 2 and 1 is -1, not a finite number of at least 0")
	check("custom rows", agreement.Scale{Labels: []string{"a", "b"}, Disagreement: [][]float64{{0, 1}}}, nil, "1 rows of custom weights for 2 categories")

	_, err := agreement.NewLabels([]string{"a", "b"}, [][]string{{"a", ""}, {"c", "b"}})
	if got, want := problems(err), []string{`rater 2, unit 1: "c" is none of the categories`}; !slices.Equal(got, want) {
		t.Errorf("labels: got %q, want %q", got, want)
	}
	_, err = agreement.NewContinuum(10, 5, []string{"x"}, [][]agreement.Span{{{Start: 12, End: 12}, {Start: 9, End: 11}}, {{Start: 10, End: 11, Category: 1}}})
	want := []string{"rater 1, span 1: end 12 does not come after start 12", "rater 1, span 2: 9 to 11 lies outside 10 to 15", "rater 2, span 1: category 1 of 1"}
	if got := problems(err); !slices.Equal(got, want) {
		t.Errorf("spans: got %q, want %q", got, want)
	}
}

// TestUndefined: what has no value says why, for every measure.
func TestUndefined(t *testing.T) {
	check := func(name string, columns [][]string, m agreement.Measure, want error) {
		t.Helper()
		r, err := agreement.NewLabels(nil, columns)
		if err != nil {
			t.Fatal(err)
		}
		got := agreement.Compute(r, m)[0]
		if !errors.Is(got.Undefined, want) || got.Value != 0 || got.Interval != nil {
			t.Errorf("%s: %s = %v, undefined %v, want undefined: %v", name, m, got.Value, got.Undefined, want)
		}
	}
	check("no units", [][]string{{}, {}}, "gwet_ac:unweighted", agreement.ErrNoUnits)
	check("one rater", [][]string{{"a", "b"}}, "krippendorff_alpha:nominal", agreement.ErrOneRater)
	check("disjoint work", [][]string{{"a", ""}, {"", "b"}}, "fleiss_kappa:unweighted", agreement.ErrNothingPairable)
	check("one category", [][]string{{"a", "a"}, {"a", "a"}}, "cohen_kappa:unweighted", agreement.ErrOneCategory)
	check("one category", [][]string{{"a", "a"}, {"a", "a"}}, "gwet_ac:unweighted", agreement.ErrOneCategory)
	check("three raters", [][]string{{"a"}, {"b"}, {"b"}}, "cohen_kappa:unweighted", agreement.ErrNotTwoRaters)
	check("three categories", [][]string{{"a", "c"}, {"b", "c"}}, "pabak:unweighted", agreement.ErrNotTwoCategories)
	check("no shared units", [][]string{{"a", "b", ""}, {"a", "b", "a"}, {"", "", "a"}}, "light_kappa_pairwise:unweighted", agreement.ErrNoSharedUnits)
	check("no complete unit", [][]string{{"a", "b", ""}, {"a", "", "b"}, {"", "b", "a"}}, "percent_all_agree:unweighted", agreement.ErrIncomplete)
	check("ratio with zero", [][]string{{"0", "1"}, {"1", "1"}}, "gwet_ac:ratio", agreement.ErrRatioZero)
	check("no custom weights", [][]string{{"0", "1"}, {"1", "1"}}, "krippendorff_alpha:custom", agreement.ErrNoCustom)
	check("text is no set", [][]string{{"a", "b"}, {"b", "b"}}, "krippendorff_alpha_set:masi", agreement.ErrNotSets)
	check("unknown", [][]string{{"a", "b"}, {"b", "b"}}, "kapa:unweighted", agreement.ErrUnknownMeasure)
	check("unknown weights", [][]string{{"1", "2"}, {"2", "2"}}, "gwet_ac:cubic", agreement.ErrUnknownMeasure)
}

// TestPerfect: at perfect agreement the standard error is 0, not nearly so.
func TestPerfect(t *testing.T) {
	column := strings.Split(strings.Repeat("1 2 3 ", 33)+"1", " ")
	r, err := agreement.NewLabels(nil, [][]string{column, column, column})
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range agreement.Compute(r, agreement.Measures(r.Scale(), agreement.RatioLevel)...) {
		if got.Undefined != nil || got.Interval == nil {
			continue
		}
		if got.Value != 1 || got.Interval.SE != 0 || got.Interval.Lower != 1 || got.Interval.Upper != 1 {
			t.Errorf("%s = %v, se %v, [%v, %v], want 1, 0, [1, 1]", got.Measure, got.Value, got.Interval.SE, got.Interval.Lower, got.Interval.Upper)
		}
	}
}

func TestWarnings(t *testing.T) {
	r, err := agreement.NewLabels(nil, [][]string{{"a", "b", "a", "b"}, {"a", "b", "b", ""}})
	if err != nil {
		t.Fatal(err)
	}
	got := agreement.Compute(r, "gwet_ac:unweighted")[0].Warnings
	for _, want := range []error{agreement.ErrFewPairs, agreement.ErrSingletons} {
		if !slices.ContainsFunc(got, func(w error) bool { return errors.Is(w, want) }) {
			t.Errorf("warnings = %v, want %v among them", got, want)
		}
	}
}

// TestManyRaters has patterns that fit no number, and a rater with none.
func TestManyRaters(t *testing.T) {
	columns := make([][]string, 40)
	for g := range columns {
		for i := range 50 {
			v := fmt.Sprint(i % 5)
			if g == 7 {
				v = ""
			}
			columns[g] = append(columns[g], v)
		}
	}
	columns[3][0] = "4"
	r, err := agreement.NewLabels(nil, columns)
	if err != nil {
		t.Fatal(err)
	}
	c := r.Counts()
	if c.Units != 50 || c.Pairable != 50 || c.Complete != 0 || c.Pairs != 50*39*38/2 {
		t.Errorf("counts = %+v, want 50 units of 39 ratings", c)
	}
	want := 1 - 38.0/(39*38/2)/50
	if got := agreement.Compute(r, "percent_agreement:unweighted")[0].Value; math.Abs(got-want) > exact {
		t.Errorf("agreement = %v, want %v", got, want)
	}
}
