package disclosure_test

import (
	"math"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// one returns a table of a single national cell.
func one(m disclosure.Measure, o disclosure.Outcomes, change func(*disclosure.Cell)) disclosure.Table {
	m.ID = "m"
	if m.Kind == "" {
		m.Kind = disclosure.Share
	}
	c := cell(disclosure.Key{Measure: "m", Period: "2025-H1", Region: "NL01", Breakdown: disclosure.Total, Class: disclosure.Total}, o)
	if m.Kind != disclosure.Share {
		c.Figures = []disclosure.Figure{{Value: float64(o.Yes), SE: 1, Lower: float64(o.Yes) - 3, Upper: float64(o.Yes) + 3, Deff: 1}}
	}
	if change != nil {
		change(&c)
	}
	return disclosure.Table{
		Measures: []disclosure.Measure{m},
		Regions:  []disclosure.Node{{Code: "NL01"}},
		Periods:  []disclosure.Node{{Code: "2025-H1"}},
		Cells:    []disclosure.Cell{c},
	}
}

func TestPrimaryRules(t *testing.T) {
	persons := disclosure.Measure{Persons: true}
	sensitive := disclosure.Measure{Sensitive: true}
	mean := disclosure.Measure{Kind: disclosure.Mean}
	median := disclosure.Measure{Kind: disclosure.Median}
	count := disclosure.Measure{Kind: disclosure.Count}
	contributions := func(total, largest, second float64) func(*disclosure.Cell) {
		return func(c *disclosure.Cell) {
			c.Contributions = disclosure.Contributions{Total: total, Largest: largest, Second: second}
		}
	}
	organisation := func(n int) func(*disclosure.Cell) {
		return func(c *disclosure.Cell) { c.LargestOrganisation = n }
	}
	tests := []struct {
		name    string
		measure disclosure.Measure
		o       disclosure.Outcomes
		change  func(*disclosure.Cell)
		want    disclosure.Reason // of steekproef
		reg     disclosure.Reason // of register
	}{
		{"common", disclosure.Measure{}, disclosure.Outcomes{Yes: 25, No: 35}, nil, "", ""},
		{"small numerator", disclosure.Measure{}, disclosure.Outcomes{Yes: 4, No: 56}, nil, disclosure.PrimaryCount, disclosure.PrimaryCount},
		{"numerator at T", disclosure.Measure{}, disclosure.Outcomes{Yes: 5, No: 55}, nil, "", disclosure.PrimaryCount},
		{"numerator shown as 10", disclosure.Measure{}, disclosure.Outcomes{Yes: 8, No: 52}, nil, "", ""},
		{"small complement", disclosure.Measure{}, disclosure.Outcomes{Yes: 57, No: 3}, nil, disclosure.PrimaryComplement, disclosure.PrimaryComplement},
		{"small among the sensitive", sensitive, disclosure.Outcomes{Yes: 9, No: 51}, nil, disclosure.PrimaryCount, disclosure.PrimaryCount},
		{"zero of the process", disclosure.Measure{}, disclosure.Outcomes{Yes: 0, No: 30}, nil, "", disclosure.PrimaryCount},
		{"zero of the process, few cases", disclosure.Measure{}, disclosure.Outcomes{Yes: 0, No: 29}, nil, disclosure.Group, disclosure.PrimaryCount},
		{"hundred percent of the process", disclosure.Measure{}, disclosure.Outcomes{Yes: 30, No: 0}, nil, "", disclosure.PrimaryComplement},
		{"zero of persons", persons, disclosure.Outcomes{Yes: 0, No: 300}, nil, disclosure.Group, disclosure.PrimaryCount},
		{"hundred percent of persons", persons, disclosure.Outcomes{Yes: 300, No: 0}, nil, disclosure.Group, disclosure.PrimaryComplement},
		{"too few cases for a figure", disclosure.Measure{}, disclosure.Outcomes{Yes: 14, No: 15}, nil, disclosure.Reliability, ""},
		{"denominator under 10", sensitive, disclosure.Outcomes{Yes: 0, No: 9, UnknownNR: 40}, nil, disclosure.PrimaryCount, disclosure.PrimaryCount},
		{"unreliable", disclosure.Measure{}, disclosure.Outcomes{Yes: 25, No: 35}, func(c *disclosure.Cell) { c.Unreliable = true }, disclosure.Reliability, disclosure.Reliability},
		{"withheld", disclosure.Measure{}, disclosure.Outcomes{Yes: 25, No: 35}, func(c *disclosure.Cell) { c.Withheld = true }, disclosure.LeadDecision, disclosure.LeadDecision},
		{"half from one organisation", disclosure.Measure{}, disclosure.Outcomes{Yes: 25, No: 35}, organisation(30), "", ""},
		{"most from one organisation", disclosure.Measure{}, disclosure.Outcomes{Yes: 25, No: 35}, organisation(31), disclosure.Dominance, ""},
		{"small count", count, disclosure.Outcomes{Yes: 3, No: 57}, nil, disclosure.PrimaryCount, disclosure.PrimaryCount},
		{"count", count, disclosure.Outcomes{Yes: 43, No: 2}, nil, "", ""},
		{"mean of few", mean, disclosure.Outcomes{Yes: 9, No: 51}, nil, disclosure.PrimaryCount, disclosure.PrimaryCount},
		{"mean of two that dominate", mean, disclosure.Outcomes{Yes: 40}, contributions(1000, 700, 240), disclosure.Dominance, disclosure.Dominance},
		{"mean of which ten percent is left", mean, disclosure.Outcomes{Yes: 40}, contributions(1000, 700, 230), "", ""},
		{"median with fewer than 10 on a side", median, disclosure.Outcomes{Yes: 19, No: 30}, nil, disclosure.PrimaryCount, disclosure.PrimaryCount},
		{"median", median, disclosure.Outcomes{Yes: 40}, nil, "", ""},
	}
	for _, test := range tests {
		for _, rule := range []disclosure.Rule{disclosure.Steekproef(), disclosure.Register()} {
			want := test.want
			if rule.Name == "register" {
				want = test.reg
			}
			// Alone in its table nothing else can be hidden for the cell.
			rule.Secondary = false
			got, err := rule.Apply(t.Context(), one(test.measure, test.o, test.change))
			if err != nil {
				t.Errorf("%s, %s: %v", test.name, rule.Name, err)
				continue
			}
			reason := disclosure.Reason("")
			for _, h := range got.Audit() {
				reason = h.Reason
			}
			if reason != want {
				t.Errorf("%s, %s: hidden for %q, want %q", test.name, rule.Name, reason, want)
			}
			for c := range got.Cells() {
				if c.Hidden != (want != "") || c.Hidden != (c.Figures == nil) || c.Hidden && c.Process != (disclosure.Process{}) {
					t.Errorf("%s, %s: hidden = %v with figures %v and process %v", test.name, rule.Name, c.Hidden, c.Figures, c.Process)
				}
			}
		}
	}
}

func TestRounding(t *testing.T) {
	figure := func(rule disclosure.Rule, m disclosure.Measure, o disclosure.Outcomes, f disclosure.Figure) disclosure.PublishedFigure {
		t.Helper()
		table := one(m, o, func(c *disclosure.Cell) { c.Figures = []disclosure.Figure{f} })
		got, err := rule.Apply(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		for c := range got.Cells() {
			return c.Figures[0]
		}
		t.Fatal("no cell")
		return disclosure.PublishedFigure{}
	}
	nan := math.NaN()
	o := disclosure.Outcomes{Yes: 33, No: 20, UnknownNR: 9, UnknownDM: 4}
	tests := []struct {
		name string
		got  disclosure.PublishedFigure
		want disclosure.PublishedFigure
	}{
		{"sample: whole percents, denominators to 5, no precision",
			figure(disclosure.Steekproef(), disclosure.Measure{}, o, disclosure.Figure{Variant: disclosure.Demonstrable, Value: 53.5, SE: 4.2, Lower: 40.49, Upper: 65.5, Deff: 1.1}),
			disclosure.PublishedFigure{Variant: disclosure.Demonstrable, Value: 54, SE: nan, Lower: 40, Upper: 66, Deff: nan, Numerator: 35, Denominator: 60, Cases: 60}},
		{"sample: undefined ends stay undefined",
			figure(disclosure.Steekproef(), disclosure.Measure{}, o, disclosure.Figure{Variant: disclosure.Known, Value: 62.2, SE: nan, Lower: nan, Upper: nan, Deff: nan}),
			disclosure.PublishedFigure{Variant: disclosure.Known, Value: 62, SE: nan, Lower: nan, Upper: nan, Deff: nan, Numerator: 35, Denominator: 55, Cases: 55}},
		{"sample: upper bound counts the unknown as yes",
			figure(disclosure.Steekproef(), disclosure.Measure{}, o, disclosure.Figure{Variant: disclosure.Upper, Value: 69.7, SE: nan, Lower: nan, Upper: nan, Deff: nan}),
			disclosure.PublishedFigure{Variant: disclosure.Upper, Value: 70, SE: nan, Lower: nan, Upper: nan, Deff: nan, Numerator: 45, Denominator: 65, Cases: 65}},
		// 30 of 95 gives 31.6 percent in the figures of the statistical office.
		{"register: percent from rounded counts",
			figure(disclosure.Register(), disclosure.Measure{}, disclosure.Outcomes{Yes: 32, No: 65}, disclosure.Figure{Variant: disclosure.Demonstrable, Value: 33, SE: 1, Lower: 20, Upper: 40, Deff: 1}),
			disclosure.PublishedFigure{Variant: disclosure.Demonstrable, Value: 31.6, SE: nan, Lower: nan, Upper: nan, Deff: nan, Numerator: 30, Denominator: 95, Cases: 95}},
		{"register: count",
			figure(disclosure.Register(), disclosure.Measure{Kind: disclosure.Count}, disclosure.Outcomes{Yes: 8, No: 50}, disclosure.Figure{Value: 8, SE: nan, Lower: nan, Upper: nan, Deff: nan}),
			disclosure.PublishedFigure{Value: 10, SE: nan, Lower: nan, Upper: nan, Deff: nan, Numerator: 10, Denominator: 60, Cases: 60}},
		{"sample: mean has no numerator",
			figure(disclosure.Steekproef(), disclosure.Measure{Kind: disclosure.Mean}, disclosure.Outcomes{Yes: 48}, disclosure.Figure{Value: 12.6, SE: 1, Lower: 10.2, Upper: 15.1, Deff: 1}),
			disclosure.PublishedFigure{Value: 12.6, SE: nan, Lower: 10.2, Upper: 15.1, Deff: nan, Denominator: 50, Cases: 50}},
	}
	for _, test := range tests {
		if !same(test.got, test.want) {
			t.Errorf("%s: got %+v, want %+v", test.name, test.got, test.want)
		}
	}
}

func same(a, b disclosure.PublishedFigure) bool {
	equal := func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) }
	return a.Variant == b.Variant && a.Numerator == b.Numerator && a.Denominator == b.Denominator && a.Cases == b.Cases &&
		equal(a.Value, b.Value) && equal(a.SE, b.SE) && equal(a.Lower, b.Lower) && equal(a.Upper, b.Upper) && equal(a.Deff, b.Deff)
}

func TestShareOfProcess(t *testing.T) {
	o := disclosure.Outcomes{Yes: 40, No: 40, UnknownDM: 3, UnknownNR: 7, UnknownUC: 1, DenominatorUnknown: 2, Outside: 6, Excluded: 1}
	got, err := disclosure.Steekproef().Apply(t.Context(), one(disclosure.Measure{}, o, nil))
	if err != nil {
		t.Fatal(err)
	}
	want := disclosure.Process{Cases: 100, UnknownDM: 3, UnknownNR: 7, UnknownUC: 1, DenominatorUnknown: 2, Outside: 6, Excluded: 1}
	for c := range got.Cells() {
		if c.Process != want {
			t.Errorf("process = %+v, want %+v", c.Process, want)
		}
	}
}

func TestPrimaryOnlySaysSo(t *testing.T) {
	rule := disclosure.Steekproef()
	rule.Secondary = false
	got, err := rule.Apply(t.Context(), one(disclosure.Measure{}, disclosure.Outcomes{Yes: 30, No: 30}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(got.Notes(), " "); !strings.Contains(notes, "may be worked out") {
		t.Errorf("notes = %q, want a warning that hidden cells may be worked out", notes)
	}
}

func TestEveryProblemOfATableIsTold(t *testing.T) {
	table := one(disclosure.Measure{}, disclosure.Outcomes{Yes: -1}, nil)
	table.Cells = append(table.Cells, disclosure.Cell{Key: disclosure.Key{Measure: "x", Period: "2031", Region: "VT99", Breakdown: "age", Class: disclosure.Total}})
	table.Regions = append(table.Regions, disclosure.Node{Code: "A", Parent: "B"}, disclosure.Node{Code: "B", Parent: "A"}, disclosure.Node{Code: "C", Parent: "nowhere"})
	_, err := disclosure.Steekproef().Apply(t.Context(), table)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"-1 cases", `measure "x"`, `period "2031"`, `region "VT99"`, `breakdown "age"`, "A is above itself", `parent "nowhere"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not tell %s:\n%v", want, err)
		}
	}
	if _, err := (disclosure.Rule{Name: "empty"}).Apply(t.Context(), table); err == nil || !strings.Contains(err.Error(), "threshold") {
		t.Errorf("empty rule: %v, want a complaint about threshold", err)
	}
}
