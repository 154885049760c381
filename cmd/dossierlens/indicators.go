package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// indicatorsVerb derives measures from a codings file, without a workspace.
// Figures leave it as they leave the server: after disclosure control.
type indicatorsVerb struct {
	output
	Codebook string `required:"" placeholder:"FILE" help:"Codebook file, or builtin:ID."`
	Codings  string `required:"" placeholder:"FILE" help:"Codings as CSV; - reads standard input."`
	Cases    string `placeholder:"FILE" help:"Region, period, stratum, weight and frame_n of the cases as CSV. Without it region and period are read from the answers."`
	PerCase  bool   `help:"Print the status of every case in every measure, in place of figures."`
	Profile  string `enum:"steekproef,register" default:"steekproef" help:"Rules of disclosure control: steekproef or register."`
}

// Run settles the answers of each case, tells what stands in their way on
// stderr, and prints statuses or figures.
func (v indicatorsVerb) Run(p process) error {
	books, err := openCodebooks(p, v.Codebook)
	if err != nil {
		return err
	}
	book := books[0]
	files, err := v.read(p.stdin, book)
	if err != nil {
		return p.report(err)
	}
	cases := files.settle(p.stderr)
	if v.PerCase {
		return v.printCases(p, book, cases)
	}
	return v.printFigures(p, book, cases, files.ratings())
}

// printCases prints a row a case and measure: cases by pseudonym, measures in
// the order of the codebook.
func (v indicatorsVerb) printCases(p process, book *codebook.Codebook, cases []exports.SettledCase) error {
	type status struct {
		Case    string   `json:"case_id"`
		Measure string   `json:"measure"`
		Status  string   `json:"status"`
		Codes   []string `json:"codes"`
	}
	list := make([]status, 0, len(cases)*len(book.Measures))
	rows := make([][]string, 0, cap(list))
	for _, c := range cases {
		for i, m := range book.Measures {
			s := c.Statuses[i]
			list = append(list, status{string(c.Case), m.ID, s.Kind.String(), append([]string{}, s.Codes.List()...)})
			rows = append(rows, []string{string(c.Case), m.ID, s.Kind.String(), s.Codes.String()})
		}
	}
	return v.print(p.stdout, []string{"case_id", "measure", "status", "codes"}, rows, list)
}

// A figuresReport is the figures as JSON. What a reader must be told of them
// comes first.
type figuresReport struct {
	Profile   disclosure.Rule       `json:"profile"`
	Notes     []string              `json:"notes"`
	Codebook  string                `json:"codebook"`
	Version   string                `json:"version"`
	Hash      string                `json:"hash"`
	Cases     int                   `json:"cases"`
	Undefined map[string]string     `json:"undefined"` // measures that cannot be computed, and why
	Weakest   []weakestRow          `json:"weakest"`   // of every measure that can be
	Figures   []exports.Observation `json:"observations"`
	Process   []processRow          `json:"process"`
}

// A weakestRow is the weakest variable behind a measure and how far the coders
// of the file agreed on it. Agreement is nil where too few cases were coded
// twice to tell.
type weakestRow struct {
	Measure   string                 `json:"measure"`
	Agreement *exports.AgreementFact `json:"agreement"`
}

// A processRow says which whole percents of the cases of a cell have neither
// yes nor no, and why.
type processRow struct {
	Measure            string `json:"measure"`
	Period             string `json:"period"`
	Region             string `json:"region"`
	UnknownDM          int    `json:"unknown_DM"`
	UnknownNR          int    `json:"unknown_NR"`
	UnknownUC          int    `json:"unknown_UC"`
	DenominatorUnknown int    `json:"denominator_unknown"`
	Outside            int    `json:"outside"`
	Excluded           int    `json:"excluded"`
	Cases              int    `json:"cases"`    // all of the cell, rounded
	Sentence           string `json:"sentence"` // "n of N; left out: ..."
}

func (v indicatorsVerb) printFigures(p process, book *codebook.Codebook, cases []exports.SettledCase, ratings *annotations.Ratings) error {
	tally := exports.NewTally(book, nil)
	for _, c := range cases {
		tally.Add(c)
	}
	rule := disclosure.Steekproef()
	if v.Profile == "register" {
		rule = disclosure.Register()
	}
	done := p.busy("computing and protecting figures")
	table := tally.Table()
	released, err := rule.Apply(p.ctx, table.Table)
	done()
	if err != nil {
		return err
	}
	report := figuresReport{Profile: rule, Notes: append([]string{}, released.Notes()...), Codebook: book.ID, Version: book.Version,
		Hash: book.Hash(), Cases: tally.Cases(), Undefined: map[string]string{}, Weakest: []weakestRow{}, Process: []processRow{},
		Figures: exports.Observations(released, table, exports.Stage{Status: "P", Vintage: 1})}
	for _, m := range book.Measures {
		if why := book.Undefined(m); why != "" {
			report.Undefined[m.ID] = why
			fmt.Fprintf(p.stderr, "%s is undefined and left out: %s\n", m.ID, why)
			continue
		}
		report.Weakest = append(report.Weakest, weakestRow{m.ID, exports.Weakest(book, m, func(variable string) (annotations.VariableAgreement, bool) {
			return ratings.Agreement(variable, annotations.Selection{})
		})})
	}
	for c := range released.Cells() {
		if !c.Hidden {
			s := c.Process
			report.Process = append(report.Process, processRow{c.Measure, c.Period, c.Region, s.UnknownDM, s.UnknownNR, s.UnknownUC,
				s.DenominatorUnknown, s.Outside, s.Excluded, s.Cases, exports.LeftOutSentence(book.Measure(c.Measure), c)})
		}
	}
	switch v.Format {
	case "csv":
		return exports.WriteObservationsCSV(p.stdout, report.Figures)
	case "json":
		return v.print(p.stdout, nil, nil, report)
	}
	if err := writeTable(p.stdout, figureColumns, figureRows(released)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "\nProtected under profile %s. A dot is hidden: too few cases, too imprecise, or it would give a hidden one away.\n"+
		"Shares in percent; n in cases, rounded to %d. Missing codes and the rest in percent of all cases.\n", rule.Name, rule.RoundingBase)
	if err == nil {
		err = report.printSentences(p.stdout, book)
	}
	for _, note := range report.Notes {
		if err == nil {
			_, err = fmt.Fprintf(p.stdout, "Note: %s.\n", note)
		}
	}
	return err
}

// printSentences says of every measure how many cases of the nation count, by
// period, and which variable behind it is the weakest.
func (r figuresReport) printSentences(w io.Writer, book *codebook.Codebook) error {
	for _, k := range r.Weakest {
		if _, err := fmt.Fprintf(w, "\n%s: %s\n", k.Measure, book.Measure(k.Measure).Label.In("en")); err != nil {
			return err
		}
		for _, s := range r.Process {
			if s.Measure != k.Measure || s.Region != exports.Nation {
				continue
			}
			if _, err := fmt.Fprintf(w, "  %s.\n", strings.TrimPrefix(s.Period+": "+s.Sentence, ": ")); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(w, "  %s\n", k); err != nil {
			return err
		}
	}
	return nil
}

func (k weakestRow) String() string {
	a := k.Agreement
	if a == nil {
		return fmt.Sprintf("Weakest variable: not known, for fewer than %d pairs tell of any of them.", annotations.FewPairs)
	}
	name := "Gwet's AC"
	if a.Coefficient == exports.KrippendorffAlpha {
		name = "Krippendorff's alpha"
	}
	return fmt.Sprintf("Weakest variable: %s, %s %.2f over %d pairs.", a.Variable, name, *a.Value, a.Pairs)
}

var figureColumns = []string{"measure", "period", "region", "policy", "value", "95%", "numerator", "n", "known", "demonstrable", "lower", "upper",
	"DM", "NR", "UC", "denominator_unknown", "outside", "excluded"}

// figureRows are the lines of the printed table, one a cell.
func figureRows(released disclosure.Released) [][]string {
	var rows [][]string
	for c := range released.Cells() {
		row := []string{c.Measure, c.Period, c.Region}
		if c.Hidden {
			for range len(figureColumns) - len(row) {
				row = append(row, ".")
			}
			rows = append(rows, row)
			continue
		}
		own := c.Figures[0]
		interval := "-"
		if own.Lower == own.Lower { // a number
			interval = shown(own.Lower) + " to " + shown(own.Upper)
		}
		row = append(row, string(own.Variant), shown(own.Value), interval, strconv.Itoa(own.Numerator), strconv.Itoa(own.Denominator))
		for _, variant := range []disclosure.Variant{disclosure.Known, disclosure.Demonstrable, disclosure.Lower, disclosure.Upper} {
			i := slices.IndexFunc(c.Figures, func(f disclosure.PublishedFigure) bool { return f.Variant == variant })
			if i < 0 {
				row = append(row, "-")
				continue
			}
			row = append(row, shown(c.Figures[i].Value))
		}
		s := c.Process
		for _, n := range []int{s.UnknownDM, s.UnknownNR, s.UnknownUC, s.DenominatorUnknown, s.Outside, s.Excluded} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return rows
}

// shown writes a published figure; what is not defined is a dash.
func shown(x float64) string {
	if x != x {
		return "-"
	}
	return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0")
}
