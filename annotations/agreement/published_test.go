package agreement_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// TestPublished compares with values printed in the literature or in the
// documentation of a package, named in the field source of each file, to the
// printed digits.
func TestPublished(t *testing.T) {
	for _, s := range studies(t) {
		compute := s.compute(t)
		for key, printed := range s.Published {
			want, ok := printed.(float64)
			if !ok || strings.HasPrefix(key, "_") || strings.Contains(key, "listwise") {
				continue
			}
			tolerance, ok := s.Published["_tolerance"].(float64)
			if !ok {
				_, decimals, _ := strings.Cut(strconv.FormatFloat(want, 'f', -1, 64), ".")
				tolerance = math.Pow10(-max(len(decimals), 2)) // some cut, others round
			}
			got := compute(agreement.Measure(key))[0]
			if got.Undefined != nil || math.Abs(got.Value-want) > tolerance {
				t.Errorf("%s: %s = %.5f (%v), want %v", s.Name, key, got.Value, got.Undefined, want)
			}
		}
	}
}

// TestICC: Shrout & Fleiss (1979), table 2: ICC(2,1) = .29; the interval is
// printed by psych 2.2.9 for the same table.
func TestICC(t *testing.T) {
	r := numbers(t, `
		9 6 8 7 10 6
		2 1 4 1 5 2
		5 3 6 2 6 4
		8 2 8 6 9 7`)
	got := agreement.Compute(r, agreement.ICC.Of("interval"))[0]
	if got.Undefined != nil || math.Abs(got.Value-0.29) > 0.005 {
		t.Fatalf("ICC(2,1) = %.4f (%v), want .29", got.Value, got.Undefined)
	}
	if i := got.Interval; math.Abs(i.Lower-0.019) > 0.0005 || math.Abs(i.Upper-0.761) > 0.0005 {
		t.Errorf("interval = %.4f to %.4f, want .019 to .761", i.Lower, i.Upper)
	}
}

func TestShareWithin(t *testing.T) {
	r := numbers(t, `
		1 2 3 4 .
		1 3 5 4.5 7`)
	check := func(m agreement.Measure, want float64) {
		t.Helper()
		if got := agreement.Compute(r, m)[0]; got.Undefined != nil || math.Abs(got.Value-want) > exact {
			t.Errorf("%s = %v (%v), want %v", m, got.Value, got.Undefined, want)
		}
	}
	check("share_within:0", 0.25)
	check("share_within:0.5", 0.5)
	check("share_within:1", 0.75)
	check("share_within:2", 1)
	for _, m := range []agreement.Measure{"share_within:-1", "share_within:", "share_within:x"} {
		if got := agreement.Compute(r, m)[0]; got.Undefined == nil {
			t.Errorf("%s = %v, want undefined", m, got.Value)
		}
	}
}

// TestIndices: the table 80 10 5 5 of Feinstein & Cicchetti (1990) with the
// indices of Byrt, Bishop & Carlin (1993): |80-5|/100 and |10-5|/100. The
// margins .90, .85 allow .95 of agreement against .78 by chance.
func TestIndices(t *testing.T) {
	for _, s := range studies(t) {
		if s.Name != "feinstein_cicchetti_80_10_5_5" {
			continue
		}
		r := s.ratings(t)
		for m, want := range map[agreement.Measure]float64{
			"prevalence_index:unweighted": 0.75,
			"bias_index:unweighted":       0.05,
			"max_kappa:unweighted":        (0.95 - 0.78) / (1 - 0.78),
		} {
			if got := agreement.Compute(r, m)[0]; got.Undefined != nil || math.Abs(got.Value-want) > exact {
				t.Errorf("%s = %v (%v), want %v", m, got.Value, got.Undefined, want)
			}
		}
		table, err := r.Confusion(0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if table[0][0]+table[1][1] != 85 || table[0][1]+table[1][0] != 15 {
			t.Errorf("confusion = %v, want 85 on and 15 off the diagonal", table)
		}
		return
	}
	t.Fatal("no such study")
}

// numbers makes a table of one line per rater; a dot is no rating.
func numbers(t *testing.T, text string) *agreement.Ratings {
	t.Helper()
	var columns [][]float64
	for line := range strings.Lines(strings.TrimSpace(text)) {
		var column []float64
		for _, v := range strings.Fields(line) {
			x := math.NaN()
			if v != "." {
				var err error
				if x, err = strconv.ParseFloat(v, 64); err != nil {
					t.Fatal(err)
				}
			}
			column = append(column, x)
		}
		columns = append(columns, column)
	}
	r, err := agreement.NewNumbers(columns)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
