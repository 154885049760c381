package exports_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/codebook/builtin"
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
// 20 half-years from 100,000 cases, from the statuses that the store keeps: of
// measures that have nothing in common, and of those of the built-in codebook,
// which lie within each other.
func BenchmarkFigures(b *testing.B) {
	b.Run("apart", func(b *testing.B) {
		book := manyMeasures(b)
		benchmarkFigures(b, book, func(random *rand.Rand) []codebook.Status {
			var statuses []codebook.Status
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
				statuses = append(statuses, s)
			}
			return statuses
		})
	})
	b.Run("builtin", func(b *testing.B) {
		book, kinds := builtinKinds(b)
		benchmarkFigures(b, book, func(random *rand.Rand) []codebook.Status { return kinds[random.IntN(len(kinds))] })
	})
}

// builtinKinds returns the built-in codebook and the statuses of cases with
// random answers, of which others are made.
func builtinKinds(b *testing.B) (*codebook.Codebook, [][]codebook.Status) {
	book, err := builtin.Codebook(builtin.IDs()[0])
	if err != nil {
		b.Fatal(err)
	}
	var kinds [][]codebook.Status
	random := rand.New(rand.NewPCG(3, 4))
	for range 4000 {
		answers := codebook.Answers{}
		for _, v := range book.Variables() {
			switch options := book.Options(v, ""); {
			case random.Float64() < 0.05 && len(v.Missing) > 0:
				answers[v.ID] = codebook.Answer{Missing: v.Missing[random.IntN(len(v.Missing))]}
			case len(options) > 0:
				// The first options come more often, as they do in case files.
				answers[v.ID] = codebook.Answer{Value: options[min(random.IntN(len(options)), random.IntN(len(options)))].Code}
			case v.Type == codebook.TypeNumber:
				answers[v.ID] = codebook.Answer{Value: strconv.Itoa(random.IntN(30))}
			}
		}
		kinds = append(kinds, book.Statuses(book.Effective(answers)))
	}
	return book, kinds
}

// settledCases spreads cases evenly over regions and half-years.
func settledCases(cases, regions, periods int, statuses func(*rand.Rand) []codebook.Status) []exports.SettledCase {
	random := rand.New(rand.NewPCG(1, 2))
	settled := make([]exports.SettledCase, cases)
	for i := range settled {
		c := exports.SettledCase{Case: annotations.CaseID(fmt.Sprintf("C-%06d", i)), Region: fmt.Sprintf("VT%02d", 1+i%regions), FrameN: 2 * cases / (regions * periods), Statuses: statuses(random)}
		half := i / regions % periods
		c.Period = fmt.Sprintf("%d-H%d", 2015+half/2, 1+half%2)
		settled[i] = c
	}
	return settled
}

// BenchmarkRelease freezes 100,000 cases of 26 regions and 20 half-years under
// the built-in codebook, with every file of the release and 1,000 rounds of
// simulated coder error a headline and half-year.
func BenchmarkRelease(b *testing.B) {
	book, kinds := builtinKinds(b)
	settled := settledCases(100_000, 26, 20, func(random *rand.Rand) []codebook.Status { return kinds[random.IntN(len(kinds))] })
	terms := exports.Terms{Study: "bench", Title: "Bench", Profile: disclosure.Steekproef(), Gate: exports.DefaultGate()}
	for half := range 20 {
		terms.Periods = append(terms.Periods, exports.ReleasedPeriod{Period: fmt.Sprintf("%d-H%d", 2015+half/2, 1+half%2), Stage: exports.StageProvisional, Vintage: 1})
	}
	errors := exports.NewCoderErrors(book)
	for i := range 1000 {
		errors.Add(kinds[i], kinds[i-i%20]) // one in twenty as settled
	}
	methods := exports.Methods{Errors: errors.List()}
	var sensitivities, size int
	for b.Loop() {
		r, err := exports.Freeze(b.Context(), terms, book, methods, func(yield func(exports.SettledCase, error) bool) {
			for _, c := range settled {
				if !yield(c, nil) {
					return
				}
			}
		}, disclosure.Ledger{})
		if err != nil {
			b.Fatal(err)
		}
		sensitivities, size = len(r.Sensitivity), 0
		for _, f := range r.Files {
			size += len(f.Content)
		}
	}
	b.ReportMetric(float64(sensitivities), "simulated")
	b.ReportMetric(float64(size)/1e6, "MB")
}

// BenchmarkLiveBesideARelease works out the present figures of 860 cases of
// three regions and four half-years, divided by two variables, one case after
// another having gone since a release of all of them: which counts may not be
// told by comparison is what takes long.
func BenchmarkLiveBesideARelease(b *testing.B) {
	book, kinds := builtinKinds(b)
	settled := settledCases(860, 3, 4, func(random *rand.Rand) []codebook.Status { return kinds[random.IntN(len(kinds))] })
	var breakdowns []string
	for _, v := range book.Variables() {
		if n := len(book.Options(v, "")); len(breakdowns) < 2 && v.Type == codebook.TypeSingle && v.CopyOf == "" && n > 1 && n < 5 {
			breakdowns = append(breakdowns, v.ID)
		}
	}
	terms := exports.Terms{Study: "bench", Title: "Bench", Breakdowns: breakdowns, Profile: disclosure.Steekproef(), Gate: exports.DefaultGate()}
	for half := range 4 {
		terms.Periods = append(terms.Periods, exports.ReleasedPeriod{Period: fmt.Sprintf("%d-H%d", 2015+half/2, 1+half%2), Stage: exports.StageProvisional, Vintage: 1})
	}
	random := rand.New(rand.NewPCG(5, 6))
	for i := range settled {
		settled[i].Classes = map[string]string{}
		for _, id := range breakdowns {
			options := book.Options(book.Variable(id), "")
			settled[i].Classes[id] = options[random.IntN(len(options))].Code
		}
	}
	sequence := func(yield func(exports.SettledCase, error) bool) {
		for _, c := range settled {
			if !yield(c, nil) {
				return
			}
		}
	}
	before, err := exports.Freeze(b.Context(), terms, book, exports.Methods{}, sequence, disclosure.Ledger{})
	if err != nil {
		b.Fatal(err)
	}
	var cells, shown int
	for b.Loop() {
		settled = settled[1:]
		table, _, err := exports.Live(book, breakdowns, exports.Design{}, sequence, before.Released.Ledger())
		if err != nil {
			b.Fatal(err)
		}
		table.Partly = true
		released, err := disclosure.Steekproef().Apply(b.Context(), table.Table)
		if err != nil {
			b.Fatal(err)
		}
		cells, shown = len(table.Cells), len(table.Cells)-len(released.Audit())
	}
	b.ReportMetric(float64(cells), "cells")
	b.ReportMetric(float64(shown), "shown")
}

func benchmarkFigures(b *testing.B, book *codebook.Codebook, statuses func(*rand.Rand) []codebook.Status) {
	const cases, regions, periods = 100_000, 26, 20
	settled := settledCases(cases, regions, periods, statuses)
	var rows, hidden int
	for b.Loop() {
		tally := exports.NewTally(book, nil)
		for _, c := range settled {
			tally.Add(c)
		}
		table := tally.Table()
		released, err := disclosure.Steekproef().Apply(b.Context(), table.Table)
		if err != nil {
			b.Fatal(err)
		}
		rows, hidden = len(exports.Observations(released, table, exports.Stage{Status: "P", Vintage: 1})), len(released.Audit())
	}
	b.ReportMetric(float64(rows), "rows")
	b.ReportMetric(float64(hidden), "hidden")
}
