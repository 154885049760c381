package xlsx

import (
	"slices"
	"strings"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// stars are the signs behind a period for how final its figures are.
var stars = map[string]string{"provisional": "*", "further": "**"}

// key finds the row of a measure under its own policy.
type key struct{ measure, period, region, breakdown, class string }

// table writes the figures of an indicator: measures under each other, with
// the regions and their classes indented below, and periods beside each other.
func (b *indicatorBook) table(n int, indicator *codebook.Indicator) {
	const headerRows = 7
	s := b.add(b.tableName(n), pane{rows: headerRows, columns: 1}, true, 52, 11)
	periods := b.p.Periods()
	s.put(bold, b.tableName(n))
	s.put(bold, indicator.Label.In(b.lang))
	s.put(quiet, indicator.Note.In(b.lang))
	s.space()

	top := []any{cell{"", style{bold: true, above: true}}}
	names := []any{cell{b.t("label"), bold}}
	units := []any{cell{"", style{grey: true, below: true}}}
	right := style{right: true}
	unit := style{grey: true, below: true, right: true}
	for _, p := range periods {
		top = append(top, cell{p.Label.In(b.lang) + stars[b.p.Finality(p.ID)], style{bold: true, above: true}})
		for range 3 {
			top = append(top, cell{nil, style{above: true}})
		}
		for _, k := range []string{"value", "from", "to", "n"} {
			names = append(names, cell{b.t(k), right})
		}
		units = append(units, cell{b.t("unit_value"), unit}, cell{b.t("unit_interval"), unit}, cell{nil, unit}, cell{b.t("unit_n"), unit})
	}
	s.put(plain, top...)
	s.put(plain, names...)
	s.put(plain, units...)

	rows := map[key]exports.Observation{}
	doubted := map[string]bool{} // measures with a figure that did not pass the gate
	for _, o := range b.p.Observations {
		if m := b.p.Book.Measure(o.Indicator); m.Indicator == indicator.ID && o.Variant == string(m.Policy) && o.Statistic != exports.StatisticChange {
			rows[key{o.Indicator, o.Period, o.Region, o.Breakdown, o.Class}] = o
			doubted[o.Indicator] = doubted[o.Indicator] || slices.Contains(strings.Fields(o.Footnotes), exports.FootnoteAgreement)
		}
	}
	regions, classes, noted := b.p.Regions(), b.p.Classes(), false
	for _, m := range b.p.Measures() {
		if m.Indicator != indicator.ID {
			continue
		}
		label := m.Label.In(b.lang)
		if unit := exports.UnitLabel(b.p.Book, m).In(b.lang); m.Kind != codebook.Share && unit != "" {
			label += " (" + unit + ")"
		}
		if doubted[m.ID] {
			label += " 1)"
			noted = true
		}
		s.put(bold, label)
		for _, r := range regions {
			for _, c := range classes {
				indent, label := 1, r.Label.In(b.lang)
				if r.ID != exports.Nation && label != r.ID {
					label = r.ID + " " + label
				}
				if c.Breakdown != disclosure.Total {
					indent, label = 2, c.Label.In(b.lang)
				}
				line := []any{cell{label, style{indent: indent}}}
				for _, p := range periods {
					line = append(line, figures(rows[key{m.ID, p.ID, r.ID, c.Breakdown, c.ID}], b.p)...)
				}
				s.put(plain, line...)
			}
		}
	}
	last := make([]any, 1+4*len(periods))
	for i := range last {
		last[i] = nil
	}
	s.put(style{above: true}, last...)
	s.put(plain, b.t("source")+", "+b.p.Title)
	if noted {
		for _, note := range exports.Footnotes {
			if note.ID == exports.FootnoteAgreement {
				s.put(plain, "1) "+note.Text.In(b.lang))
			}
		}
	}
	s.put(plain, b.t("grey"))
	for _, symbol := range b.p.Symbols.List()[:2] {
		s.put(plain, explained(symbol, b.lang))
	}
	s.put(plain, b.t("rounding"))
	s.end()
}

// explained is a sign with its meaning, which for a blank says so itself.
func explained(s exports.Symbol, lang string) string {
	return strings.TrimSpace(s.Sign + "  " + s.Text.In(lang))
}

// figures are the four cells of a figure: value, interval and n.
func figures(o exports.Observation, p exports.Publication) []any {
	right, rule := style{right: true}, p.Rule
	switch o.ObsStatus {
	case "Q":
		hidden := cell{p.Symbols.Hidden(), right}
		return []any{hidden, hidden, hidden, hidden}
	case "L", "O":
		return []any{cell{".", right}, cell{".", right}, cell{".", right}, cell{".", right}}
	case "M", "":
		return []any{nil, nil, nil, nil}
	}
	decimals := rule.Decimals
	switch o.Statistic {
	case "COUNT":
		decimals = 0
	case "MEAN", "MEDIAN":
		decimals = rule.MeanDecimals
	}
	look := style{right: true, format: whole, grey: o.ObsStatus == "U"}
	count := look
	if decimals > 0 {
		look.format = tenths
	}
	number := func(v *float64) any {
		if v == nil {
			return cell{nil, look}
		}
		return cell{*v, look}
	}
	n := any(nil)
	if o.Cases != nil {
		n = *o.Cases
	}
	return []any{number(o.Value), number(o.Lower), number(o.Upper), cell{n, count}}
}
