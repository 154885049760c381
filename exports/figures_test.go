package exports_test

import (
	"bytes"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/exports/estimate"
)

func bicycles(t *testing.T) *codebook.Codebook {
	t.Helper()
	b, err := os.ReadFile("../codebook/testdata/bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book, err := codebook.Parse(b, "bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// settled makes a case of a bicycle with the given answers.
func settled(book *codebook.Codebook, region string, frameN int, answers codebook.Answers) exports.SettledCase {
	answers["workshop"] = codebook.Answer{Value: region}
	eff := book.Effective(answers)
	c := exports.SettledCase{Region: region, Period: "2025-H1", FrameN: frameN, Statuses: book.Statuses(eff), Numbers: map[string]float64{}}
	for _, m := range book.Measures {
		if n, ok := book.Number(m, eff); ok {
			c.Numbers[m.ID] = n
		}
	}
	return c
}

func repaired(quality string) codebook.Answers {
	return codebook.Answers{"damage": {Value: "yes_clear"}, "repaired": {Value: "yes"}, "minutes": {Value: "40"}, "quality": {Value: quality}}
}

func cell(t *testing.T, table exports.Table, measure, region string) disclosure.Cell {
	t.Helper()
	for _, c := range table.Cells {
		if c.Measure == measure && c.Region == region && c.Class == disclosure.Total {
			return c
		}
	}
	t.Fatalf("no cell of %s in %s", measure, region)
	return disclosure.Cell{}
}

func TestSharesOfACell(t *testing.T) {
	book := bicycles(t)
	tally := exports.NewTally(book, nil)
	add := func(n int, a codebook.Answers) {
		for range n {
			tally.Add(settled(book, "W1", 200, a))
		}
	}
	add(30, repaired("good"))
	add(10, repaired("poor"))
	add(5, codebook.Answers{"damage": {Value: "yes_clear"}, "repaired": {Missing: codebook.NR}})
	add(5, codebook.Answers{"damage": {Value: "yes_clear"}, "repaired": {Missing: codebook.DM}})
	add(10, codebook.Answers{"damage": {Value: "none"}})
	table := tally.Table()
	c := cell(t, table, "m_repaired", "W1")
	if got, want := c.Outcomes, (disclosure.Outcomes{Yes: 40, UnknownNR: 5, UnknownDM: 5, Outside: 10}); got != want {
		t.Errorf("outcomes = %+v, want %+v", got, want)
	}
	want := map[disclosure.Variant]float64{"demonstrable": 100 * 40. / 45, "known": 100, "lower": 100 * 40. / 50, "upper": 100}
	for i, f := range c.Figures {
		if i == 0 && f.Variant != "demonstrable" {
			t.Errorf("the first variant is %s, not the measure's own", f.Variant)
		}
		if math.Abs(f.Value-want[f.Variant]) > 1e-9 {
			t.Errorf("%s = %v, want %v", f.Variant, f.Value, want[f.Variant])
		}
	}
	// The same by the rows of the sample.
	y, inside, rows := make([]float64, 60), make([]bool, 60), estimate.Rows{N: 60}
	for i := range 60 {
		inside[i] = i < 45
		if i < 40 {
			y[i] = 1
		}
		rows.Population = append(rows.Population, 200)
	}
	d, err := estimate.NewDesign(rows, estimate.LonelyAdjust)
	if err != nil {
		t.Fatal(err)
	}
	i := d.Proportion(y, inside).Recommended(0.95)
	if got := c.Figures[0]; math.Abs(got.Lower-100*i.Lower) > 1e-9 || math.Abs(got.Upper-100*i.Upper) > 1e-9 {
		t.Errorf("interval = %v to %v, want %v to %v", got.Lower, got.Upper, 100*i.Lower, 100*i.Upper)
	}
	if m := cell(t, table, "m_minutes", "W1").Figures[0]; m.Value != 40 {
		t.Errorf("mean of minutes = %v, want 40", m.Value)
	}
	if m := cell(t, table, "m_minutes_median", "W1").Figures[0]; m.Value != 40 {
		t.Errorf("median of minutes = %v, want 40", m.Value)
	}
	if n := cell(t, table, "m_count", "W1").Figures[0]; math.Abs(n.Value-40*200./60) > 1e-9 {
		t.Errorf("weighted count = %v, want %v", n.Value, 40*200./60)
	}
}

// DM in one step of a cascade takes the case from the shares of all steps.
func TestCascadeSharesItsDenominator(t *testing.T) {
	book := bicycles(t)
	tally := exports.NewTally(book, nil)
	for range 20 {
		tally.Add(settled(book, "W1", 0, repaired("good")))
	}
	gap := repaired("")
	gap["quality"] = codebook.Answer{Missing: codebook.DM}
	for range 4 {
		tally.Add(settled(book, "W1", 0, gap))
	}
	table := tally.Table()
	for _, m := range []string{"m_repaired", "m_well"} {
		c := cell(t, table, m, "W1")
		if _, n := c.Outcomes.Fraction("demonstrable"); n != 20 {
			t.Errorf("%s: denominator %d, want 20", m, n)
		}
	}
	if got := cell(t, table, "m_repaired", "W1").Figures[2].Value; got != 100 {
		t.Errorf("lower bound of m_repaired = %v, want 100: its own status is yes in all", got)
	}
	// Disclosure control knows each share by its cases.
	for _, m := range []string{"m_repaired", "m_well"} {
		c := cell(t, table, m, "W1")
		for _, f := range c.Figures {
			if num, den := c.Outcomes.Fraction(f.Variant); math.Abs(f.Value-100*float64(num)/float64(den)) > 1e-9 {
				t.Errorf("%s %s is %v, but %d of %d cases", m, f.Variant, f.Value, num, den)
			}
		}
	}
}

func TestObservations(t *testing.T) {
	book := bicycles(t)
	tally := exports.NewTally(book, nil)
	for i := range 120 {
		region := []string{"W1", "W3"}[i%2]
		a := repaired("good")
		if i%3 == 0 {
			a = codebook.Answers{"damage": {Value: "yes_clear"}, "repaired": {Value: "no"}}
		}
		tally.Add(settled(book, region, 150, a))
	}
	for range 6 {
		tally.Add(settled(book, "W2", 0, repaired("good")))
	}
	table := tally.Table()
	released, err := disclosure.Steekproef().Apply(t.Context(), table.Table)
	if err != nil {
		t.Fatal(err)
	}
	rows := exports.Observations(released, table, exports.Stage{Status: "P", Vintage: 1})
	hidden := 0
	for _, o := range rows {
		if (o.ObsStatus == "Q") != (o.ConfStatus == "C") {
			t.Errorf("%s %s: status %s with conf %s", o.Indicator, o.Region, o.ObsStatus, o.ConfStatus)
		}
		if o.ObsStatus == "Q" {
			hidden++
			if o.Value != nil || o.Numerator != nil || o.Denominator != nil || o.Cases != nil || o.Lower != nil || o.Population != nil {
				t.Errorf("%s %s is hidden and says something: %+v", o.Indicator, o.Region, o)
			}
		}
		if o.Value != nil && o.Lower != nil && (*o.Lower > *o.Value || *o.Upper < *o.Value) {
			t.Errorf("%s %s: %v outside %v to %v", o.Indicator, o.Region, *o.Value, *o.Lower, *o.Upper)
		}
		if o.Region == "W2" && o.ObsStatus != "Q" {
			t.Errorf("%s of 6 cases is shown", o.Indicator)
		}
	}
	if hidden == 0 || hidden == len(rows) {
		t.Errorf("%d of %d rows are hidden", hidden, len(rows))
	}
	var a, b bytes.Buffer
	if err := exports.WriteObservationsCSV(&a, rows); err != nil {
		t.Fatal(err)
	}
	if err := exports.WriteObservationsCSV(&b, exports.Observations(released, table, exports.Stage{Status: "P", Vintage: 1})); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same release gave other bytes")
	}
	if got, want := strings.SplitN(a.String(), "\n", 2)[0], strings.Join(exports.Columns, ","); got != want || len(exports.Columns) != 25 {
		t.Errorf("header = %s", got)
	}
}

// A count must not tell what the share of the same numerator hides.
func TestCountHidesASmallComplement(t *testing.T) {
	book := bicycles(t)
	tally := exports.NewTally(book, nil)
	for i := range 100 {
		a := repaired("good")
		if i < 3 {
			a = codebook.Answers{"damage": {Value: "yes_clear"}, "repaired": {Value: "no"}}
		}
		tally.Add(settled(book, "W1", 300, a))
	}
	table := tally.Table()
	released, err := disclosure.Steekproef().Apply(t.Context(), table.Table)
	if err != nil {
		t.Fatal(err)
	}
	for c := range released.Cells() {
		if (c.Measure == "m_repaired" || c.Measure == "m_count") && !c.Hidden {
			t.Errorf("%s is shown, and three cases are not repaired", c.Key)
		}
	}
}
