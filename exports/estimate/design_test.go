package estimate_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/exports/estimate"
)

func TestNewDesignReportsAll(t *testing.T) {
	_, err := estimate.NewDesign(estimate.Rows{
		N:          5,
		Cluster:    []string{"a", "b", "a", "c", "d"},
		Stratum:    []string{"x", "x", "y", "y", "x"},
		Weight:     []float64{1, 0, math.NaN(), 2, 2},
		Population: []float64{2, 2, 9, 8, 2},
	}, estimate.LonelyFail)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`weight of row 2: 0 is not above 0 and finite`,
		`weight of row 3: NaN is not above 0 and finite`,
		`cluster of row 3: "a" is in stratum "x" and in stratum "y"; a cluster lies in one stratum`,
		`population of row 4: 8, but earlier rows of stratum "y" have 9`,
		`population: stratum "x" has 3 sampled clusters of 2`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not tell %q:\n%v", want, err)
		}
	}
	if e, ok := errors.AsType[*estimate.RowError](err); !ok || e.Row < 0 {
		t.Errorf("first problem is %#v, want a RowError of a row", e)
	}
}

func TestNewDesignNeeds(t *testing.T) {
	check := func(want string, rows estimate.Rows) {
		t.Helper()
		if _, err := estimate.NewDesign(rows, estimate.LonelyFail); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	check("rows: there are none", estimate.Rows{Weight: []float64{}})
	check("weight: give weights, or population counts", estimate.Rows{N: 1})
	check("stratum: has 2 elements for 1 rows", estimate.Rows{N: 1, Weight: []float64{1}, Stratum: []string{"a", "b"}})
	check("population of row 1: +Inf is not a count above 0", estimate.Rows{N: 1, Population: []float64{math.Inf(1)}})
}

// lonelyDesign is two units of four in strata a and b, and one of four in c.
func lonelyDesign(t *testing.T, l estimate.Lonely) (*estimate.Design, []float64) {
	t.Helper()
	d, err := estimate.NewDesign(estimate.Rows{
		N:          5,
		Stratum:    []string{"a", "a", "b", "b", "c"},
		Population: []float64{4, 4, 4, 4, 4},
	}, l)
	if err != nil {
		t.Fatal(err)
	}
	return d, []float64{1, 3, 0, 2, 6}
}

func TestLonely(t *testing.T) {
	// Weights are 2, 2, 2, 2 and 4, their sum 12; the mean is 36/12 = 3.
	// Linearised totals: a -4/12, 0; b -6/12, -2/12; c 12/12. Within a and b
	// the squared deviations are 8/144 each, times (1 - 2/4) 2/1 = 1; c adds
	// (1 - 1/4) 144/144 when centred at the grand mean 0.
	check := func(l estimate.Lonely, want float64, why estimate.Reason) {
		t.Helper()
		d, y := lonelyDesign(t, l)
		got := d.Mean(y, nil)
		if got.Value != 3 || got.Variance.Undefined != why || math.Abs(got.Variance.Value-want) > 1e-12 {
			t.Errorf("%s: mean %v, variance %v; want 3, %v %s", l, got.Value, got.Variance, want, why)
		}
		if len(got.Warnings) != 1 {
			t.Fatalf("%s: warnings %v, want one", l, got.Warnings)
		}
		if e, ok := errors.AsType[*estimate.LonelyError](got.Warnings[0]); !ok || len(e.Strata) != 1 || e.Strata[0] != "c" {
			t.Errorf("%s: warning %v does not name stratum c", l, got.Warnings[0])
		}
	}
	check(estimate.LonelyRemove, 16.0/144, "")
	check(estimate.LonelyCertainty, 16.0/144, "")
	check(estimate.LonelyAverage, 16.0/144*3/2, "")
	check(estimate.LonelyAdjust, 16.0/144+0.75, "")
	check(estimate.LonelyFail, 0, estimate.LonelyStratum)

	d, y := lonelyDesign(t, estimate.LonelyFail)
	if got := d.Mean(y, []bool{true, true, true, true, false}); got.Variance.Undefined != "" || got.Warnings != nil {
		t.Errorf("a domain without the lonely stratum has variance %v and warnings %v", got.Variance, got.Warnings)
	}
	if got := d.Mean(y, []bool{false, false, false, false, true}); got.Value != 6 || got.SE.Undefined != estimate.LonelyStratum {
		t.Errorf("the lonely stratum alone has mean %v, se %v; want 6, undefined", got.Value, got.SE)
	}
}

func TestUndefined(t *testing.T) {
	d, y := lonelyDesign(t, estimate.LonelyAdjust)
	nobody := make([]bool, 5)
	check := func(name string, got, want estimate.Reason) {
		t.Helper()
		if got != want {
			t.Errorf("%s is undefined for %q, want %q", name, got, want)
		}
	}
	check("mean of nobody", d.Mean(y, nobody).Undefined, estimate.NoUnits)
	check("total of nobody", d.Total(y, nobody).Undefined, estimate.NoUnits)
	check("quantile of nobody", d.Quantiles(y, nobody, []float64{0.5}, 0.95)[0].Undefined, estimate.NoUnits)
	check("change to nobody", d.Difference(y, nil, []bool{true, true, true, true, true}, nobody).Undefined, estimate.NoUnits)
	check("share of a measure", d.Proportion(y, nil).Undefined, estimate.NotBinary)
	check("mean with a hole", d.Mean([]float64{1, 3, 0, 2, math.NaN()}, nil).Undefined, estimate.Missing)
	check("mean beside a hole", d.Mean([]float64{1, 3, 0, 2, math.NaN()}, []bool{true, true, true, true, false}).Undefined, "")
	check("ratio to nothing", d.Ratio(y, make([]float64, 5), nil).Undefined, estimate.ZeroDenominator)
	check("change with itself", d.Difference(y, nil, []bool{true, false, false, false, false}, []bool{true, true, false, false, false}).Undefined, estimate.OverlappingGroups)
	check("distribution with a hole", d.Distribution([]int{0, 1, -1, 0, 1}, 2, nil).Undefined, estimate.Missing)
	check("effect of one unit", d.Mean(y, []bool{true, false, false, false, false}).DeffWR.Undefined, estimate.OneUnit)
	check("cv of 0", d.Mean(make([]float64, 5), nil).CV.Undefined, estimate.ZeroValue)
	check("effective n of equal values", d.Proportion(make([]float64, 5), nil).NEff.Undefined, estimate.SameValue)
}

// Post-stratified, a share of the class itself is known: it has no variance.
func TestPostStratify(t *testing.T) {
	d, y := lonelyDesign(t, estimate.LonelyRemove)
	class := []string{"k", "v", "k", "v", "v"}
	p, err := d.PostStratify(class, map[string]float64{"k": 5, "v": 15})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.SumWeights(); math.Abs(got-20) > 1e-12 {
		t.Errorf("weights add up to %v, want 20", got)
	}
	got := p.Proportion([]float64{1, 0, 1, 0, 0}, nil)
	if math.Abs(got.Value-0.25) > 1e-12 || got.Variance.Value > 1e-30 {
		t.Errorf("share of k = %v, variance %v; want 0.25, 0", got.Value, got.Variance.Value)
	}
	if d.Mean(y, nil).Value != 3 {
		t.Error("the design itself changed")
	}
	_, err = d.PostStratify([]string{"k", "v", "k", "w", "v"}, map[string]float64{"k": 5, "v": 0, "z": 1})
	for _, want := range []string{`class of row 4: "w" has no total`, `total of "v" is 0`, `"z" has a total and no row`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not tell %q", err, want)
		}
	}
}

// Weights of 0.1 add up to the half beside it; the median is the value at the
// half all the same.
func TestQuantileTies(t *testing.T) {
	const n = 10
	rows := estimate.Rows{N: n, Weight: make([]float64, n)}
	y := make([]float64, n)
	for i := range y {
		rows.Weight[i], y[i] = 0.1, float64(i+1)
	}
	d, err := estimate.NewDesign(rows, estimate.LonelyFail)
	if err != nil {
		t.Fatal(err)
	}
	q := d.Quantiles(y, nil, []float64{0.3, 0.5, 1, 0}, 0.95)
	for i, want := range []float64{3, 5, 10, 1} {
		if q[i].Value != want {
			t.Errorf("quantile %v = %v, want %v", q[i].Prob, q[i].Value, want)
		}
	}
	if q[1].Interval.Undefined != "" || q[1].Interval.Lower >= 5 || q[1].Interval.Upper <= 5 {
		t.Errorf("interval of the median is %+v", q[1].Interval)
	}
	if q[2].Interval.Undefined != estimate.SameValue && q[2].Interval.Undefined != estimate.ZeroVariance {
		t.Errorf("interval of the greatest value is %+v, want none", q[2].Interval)
	}
}
