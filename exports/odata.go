package exports

import (
	"errors"
	"io"
	"strconv"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// Values of the column ValueAttribute. The national statistical office has
// None and Impossible; of what is hidden its open data say nothing else.
const (
	valueNone       = "None"
	valueImpossible = "Impossible"
	valueHidden     = "Hidden"
)

// odataParts are the figures of a row, each a measure of its own, for one cell
// of the open data of the national statistical office holds one number.
var odataParts = []struct {
	suffix string
	label  codebook.Text
	value  func(Observation) *float64
	number bool // of case files, a whole number
}{
	{"", codebook.Text{}, func(o Observation) *float64 { return o.Value }, false},
	{"_CI_LOWER", codebook.Text{NL: "ondergrens 95%-interval", EN: "lower end of 95% interval"}, func(o Observation) *float64 { return o.Lower }, false},
	{"_CI_UPPER", codebook.Text{NL: "bovengrens 95%-interval", EN: "upper end of 95% interval"}, func(o Observation) *float64 { return o.Upper }, false},
	{"_N", codebook.Text{NL: "aantal dossiers", EN: "number of case files"}, func(o Observation) *float64 {
		if o.Cases == nil {
			return nil
		}
		n := float64(*o.Cases)
		return &n
	}, true},
}

// measureCode names a figure in the open data: measure, statistic and policy.
func (o Observation) measureCode() string { return o.Indicator + "_" + o.Statistic + "_" + o.Variant }

// WriteOData writes the rows in the shape of the open data (OData 4) of the
// national statistical office, as CSV files in a zip: Observations, one row a
// number, MeasureCodes, Dimensions and the codes of each dimension. Interval
// ends and numbers of case files are measures of their own there. Cells that
// are hidden or cannot occur are in it, with a ValueAttribute that says so.
func WriteOData(w io.Writer, p Publication) error {
	observations := packageTable{name: "Observations", fields: texts("Id", "Measure", "ValueAttribute", "Value", "StringValue", "Perioden", "RegioS", "Uitsplitsing")}
	codes := packageTable{name: "MeasureCodes", fields: texts("Identifier", "Index", "Title", "Description", "MeasureGroupId", "DataType", "Unit", "Format", "Decimals", "PresentationType")}
	groups := packageTable{name: "MeasureGroups", fields: texts("Id", "Index", "Title", "Description", "ParentId")}
	seen := map[string]bool{}
	for _, o := range p.Observations {
		m := p.Book.Measure(o.Indicator)
		if ind := p.Book.Indicator(m.Indicator); !seen["group "+ind.ID] {
			seen["group "+ind.ID] = true
			groups.rows = append(groups.rows, guarded(ind.ID, strconv.Itoa(len(groups.rows)+1), ind.Label.In("nl"), ind.Note.In("nl"), ""))
		}
		for _, part := range odataParts {
			code := o.measureCode() + part.suffix
			if !seen[code] {
				seen[code] = true
				codes.rows = append(codes.rows, p.odataMeasure(o, m, code, len(codes.rows)+1, part.label, part.number))
			}
			attribute, value := valueNone, ""
			v := part.value(o)
			switch {
			case v != nil:
				value = strconv.FormatFloat(*v, 'f', -1, 64)
			case part.suffix != "":
				continue // the value says why there is none
			case o.ObsStatus == "M":
				attribute = valueImpossible
			default:
				attribute = valueHidden
			}
			period := PeriodOf(o.Period)
			observations.rows = append(observations.rows, []string{strconv.Itoa(len(observations.rows)), code, attribute, value, "", odataPeriod(period), o.Region, classCode(o.Breakdown, o.Class)})
		}
	}
	dimensions := packageTable{name: "Dimensions", fields: texts("Identifier", "Title", "Description", "Kind", "MapYear", "ReleasePolicy", "ContainsCodes", "ContainsGroups")}
	dimensions.rows = [][]string{
		{"Perioden", "Perioden", "", "TimeDimension", "", "", "true", "false"},
		{"RegioS", "Regio's", "", "GeoDimension", "", "", "true", "false"},
		{"Uitsplitsing", "Uitsplitsing", "", "Dimension", "", "", "true", "false"},
	}
	codeFields := func() []field {
		return texts("Identifier", "Index", "Title", "Description", "DimensionGroupId", "Status")
	}
	periods := packageTable{name: "PeriodenCodes", fields: codeFields()}
	for i, k := range p.Periods() {
		periods.rows = append(periods.rows, []string{odataPeriod(k), strconv.Itoa(i + 1), k.Label.In("nl"), "", "", odataStatus[p.Finality(k.ID)]})
	}
	regions := packageTable{name: "RegioSCodes", fields: codeFields()}
	for i, r := range p.Regions() {
		regions.rows = append(regions.rows, guarded(r.ID, strconv.Itoa(i+1), r.Label.In("nl"), "", "", ""))
	}
	classes := packageTable{name: "UitsplitsingCodes", fields: codeFields()}
	for i, k := range p.Classes() {
		title := k.Label.In("nl")
		if k.Breakdown != disclosure.Total {
			title = p.breakdownLabel(k.Breakdown).In("nl") + ": " + title
		}
		classes.rows = append(classes.rows, guarded(classCode(k.Breakdown, k.ID), strconv.Itoa(i+1), title, "", "", ""))
	}
	properties := packageTable{name: "Properties", fields: texts("Identifier", "Title", "Description", "Language", "Modified", "DatasetType", "Source")}
	properties.rows = [][]string{guarded(p.Study, p.Title, p.version(), "nl", p.Made.Format(timeLayout), "Numeric", p.Book.ID+" "+p.Book.Version)}

	var files []File
	var failed []error
	for _, t := range []packageTable{properties, dimensions, observations, codes, groups, periods, regions, classes} {
		content, err := t.csv()
		failed = append(failed, err)
		files = append(files, File{Name: t.name + ".csv", Content: content})
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	return zipFiles(w, files, p.Made)
}

// odataStatus are the words of the office for how final a period is.
var odataStatus = map[string]string{"provisional": "Voorlopig", "further": "NaderVoorlopig", "final": "Definitief"}

// odataPeriod is the key of a period, or its id where it has none.
func odataPeriod(p Period) string {
	if p.CBS != "" {
		return p.CBS
	}
	return p.ID
}

// classCode names a class of a breakdown, T001038 the total, as the office
// does.
func classCode(breakdown, class string) string {
	if breakdown == disclosure.Total {
		return "T001038"
	}
	return breakdown + "_" + class
}

func (p Publication) odataMeasure(o Observation, m *codebook.Measure, code string, index int, label codebook.Text, number bool) []string {
	title := m.Label.In("nl") + " (" + annexWords["policy."+o.Variant].In("nl") + ")"
	if o.Statistic == StatisticChange {
		title = m.Label.In("nl") + ", " + "verandering (" + annexWords["policy."+o.Variant].In("nl") + ")"
	}
	unit, decimals := odataUnits[o.Unit], p.Rule.Decimals
	switch {
	case number:
		unit, decimals = odataUnits["count"], 0
	case m.Kind == codebook.Mean || m.Kind == codebook.Median:
		decimals = p.Rule.MeanDecimals
		if u := UnitLabel(p.Book, m).In("nl"); u != "" {
			unit = u
		}
	case o.Unit == "count":
		decimals = 0
	}
	if label.NL != "" {
		title += ", " + label.NL
	}
	kind := "Double"
	if decimals == 0 {
		kind = "Long"
	}
	return guarded(code, strconv.Itoa(index), title, "", m.Indicator, kind, unit, "", strconv.Itoa(decimals), "Relative")
}

var odataUnits = map[string]string{"percent": "%", "count": "aantal", "days": "dagen", "ratio": "getal", "percentage_point": "procentpunt"}
