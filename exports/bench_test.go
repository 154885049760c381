package exports_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// manyMeasures is a codebook with 46 shares that rest on one variable each.
func manyMeasures(b *testing.B) *codebook.Codebook {
	src := `format: dossierlens-codebook/1
id: many
version: 1.0.0
title: {en: Many measures}
missing: [{code: NR, value: -7, label: {en: Not recorded}}, {code: DM, value: -6, label: {en: Not supplied}}, {code: NA, value: -8, label: {en: Not applicable}}, {code: UC, value: -9, label: {en: Unclear}}]
indicators: [{id: ind, label: {en: Indicator}, policy: demonstrable}]
sections:
  - id: s
    label: {en: Section}
    variables:
`
	measures := "measures:\n"
	for i := range 46 {
		src += fmt.Sprintf("      - {id: v%d, type: single, label: {en: Variable}, missing: [NR, DM], categories: [{code: \"no\", value: 0, label: {en: \"No\"}}, {code: \"yes\", value: 1, label: {en: \"Yes\"}}]}\n", i)
		measures += fmt.Sprintf("  - {id: m%d, indicator: ind, kind: share, label: {en: Measure}, numerator: \"v%d in (yes)\"}\n", i, i)
	}
	book, err := codebook.Parse([]byte(src+measures), "many.yaml")
	if err != nil {
		b.Fatal(err)
	}
	return book
}

// BenchmarkFigures counts, estimates and protects 46 measures of 26 regions and
// 20 half-years from 100,000 cases, from the statuses that the store keeps.
func BenchmarkFigures(b *testing.B) {
	const cases, regions, periods = 100_000, 26, 20
	book := manyMeasures(b)
	random := rand.New(rand.NewPCG(1, 2))
	settled := make([]exports.SettledCase, cases)
	for i := range settled {
		c := exports.SettledCase{Region: fmt.Sprintf("VT%02d", 1+i%regions), FrameN: 2 * cases / (regions * periods)}
		half := i / regions % periods
		c.Period = fmt.Sprintf("%d-H%d", 2015+half/2, 1+half%2)
		for m := range book.Measures {
			s := codebook.Status{Kind: codebook.StatusNo}
			switch x := random.Float64(); {
			case x < 0.04:
				s = codebook.Status{Kind: codebook.StatusUnknown, Codes: codebook.CodesOf(codebook.NR)}
			case x < 0.06:
				s = codebook.Status{Kind: codebook.StatusUnknown, Codes: codebook.CodesOf(codebook.DM)}
			case x < 0.06+0.9*float64(m+1)/47:
				s.Kind = codebook.StatusYes
			}
			c.Statuses = append(c.Statuses, s)
		}
		settled[i] = c
	}
	var rows int
	for b.Loop() {
		tally := exports.NewTally(book, nil)
		for _, c := range settled {
			tally.Add(c)
		}
		table := tally.Table()
		released, err := disclosure.Steekproef().Apply(table.Table)
		if err != nil {
			b.Fatal(err)
		}
		rows = len(exports.Observations(released, table, exports.Stage{Status: "P", Vintage: 1}))
	}
	b.ReportMetric(float64(rows), "rows")
}
