package exports

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
)

// The names under which SDMX finds our structures.
const (
	sdmxAgency  = "DOSSIERLENS"
	sdmxVersion = "1.0.0"
	sdmxDSD     = "OBSERVATIONS"
)

// A component is a column of SDMX data: what it is in the structure and where
// it comes from in a row.
type component struct {
	id, kind string // kind: dimension, time, measure or attribute
	label    codebook.Text
	list     string // code list that it takes its values from
	format   string // data type in SDMX, without a list
	value    func(Observation) any
}

// sdmxComponents are the columns after the three that say what a row is.
var sdmxComponents = []component{
	{"FREQ", "dimension", codebook.Text{NL: "Frequentie", EN: "Frequency"}, "CL_FREQ", "", func(o Observation) any { return frequency(o.Period) }},
	{"INDICATOR", "dimension", codebook.Text{NL: "Maat", EN: "Measure"}, "CL_INDICATOR", "", func(o Observation) any { return o.Indicator }},
	{"STATISTIC", "dimension", codebook.Text{NL: "Statistiek", EN: "Statistic"}, "CL_STATISTIC", "", func(o Observation) any { return o.Statistic }},
	{"VARIANT", "dimension", codebook.Text{NL: "Telregel", EN: "Policy"}, "CL_VARIANT", "", func(o Observation) any { return o.Variant }},
	{"REF_AREA", "dimension", codebook.Text{NL: "Regio", EN: "Region"}, "CL_AREA", "", func(o Observation) any { return o.Region }},
	{"BREAKDOWN", "dimension", codebook.Text{NL: "Uitsplitsing", EN: "Breakdown"}, "CL_BREAKDOWN", "", func(o Observation) any { return o.Breakdown }},
	{"CLASS", "dimension", codebook.Text{NL: "Klasse", EN: "Class"}, "CL_CLASS", "", func(o Observation) any { return o.Class }},
	{"TIME_PERIOD", "time", codebook.Text{NL: "Periode", EN: "Period"}, "", "ObservationalTimePeriod", func(o Observation) any { return timePeriod(o.Period) }},
	{"OBS_VALUE", "measure", codebook.Text{NL: "Waarde", EN: "Value"}, "", "Double", func(o Observation) any { return orNaN(o.Value) }},
	{"NUMERATOR", "measure", codebook.Text{NL: "Teller", EN: "Numerator"}, "", "Integer", func(o Observation) any { return whole(o.Numerator) }},
	{"DENOMINATOR", "measure", codebook.Text{NL: "Noemer", EN: "Denominator"}, "", "Integer", func(o Observation) any { return whole(o.Denominator) }},
	{"N_CASES", "measure", codebook.Text{NL: "Dossiers", EN: "Case files"}, "", "Integer", func(o Observation) any { return whole(o.Cases) }},
	{"POPULATION_N", "measure", codebook.Text{NL: "Dossiers in het kader", EN: "Case files in the frame"}, "", "Integer", func(o Observation) any { return whole(o.Population) }},
	{"STD_ERR", "measure", codebook.Text{NL: "Standaardfout", EN: "Standard error"}, "", "Double", func(o Observation) any { return float(o.SE) }},
	{"CI_LOWER", "measure", codebook.Text{NL: "Ondergrens interval", EN: "Lower end of interval"}, "", "Double", func(o Observation) any { return float(o.Lower) }},
	{"CI_UPPER", "measure", codebook.Text{NL: "Bovengrens interval", EN: "Upper end of interval"}, "", "Double", func(o Observation) any { return float(o.Upper) }},
	{"DEFF", "measure", codebook.Text{NL: "Ontwerpeffect", EN: "Design effect"}, "", "Double", func(o Observation) any { return float(o.Deff) }},
	{"UNIT_MEASURE", "attribute", codebook.Text{NL: "Eenheid", EN: "Unit"}, "CL_UNIT", "", func(o Observation) any { return o.Unit }},
	{"CI_LEVEL", "attribute", codebook.Text{NL: "Betrouwbaarheid", EN: "Level of confidence"}, "", "Double", func(o Observation) any { return o.Level }},
	{"CI_METHOD", "attribute", codebook.Text{NL: "Intervalmethode", EN: "Interval method"}, "CL_CI_METHOD", "", func(o Observation) any { return o.Method }},
	{"OBS_STATUS", "attribute", codebook.Text{NL: "Status", EN: "Status"}, "CL_OBS_STATUS", "", func(o Observation) any { return o.ObsStatus }},
	{"CONF_STATUS", "attribute", codebook.Text{NL: "Vertrouwelijkheid", EN: "Confidentiality"}, "CL_CONF_STATUS", "", func(o Observation) any { return o.ConfStatus }},
	{"RELIABILITY", "attribute", codebook.Text{NL: "Betrouwbaarheid van het cijfer", EN: "Reliability"}, "CL_RELIABILITY", "", func(o Observation) any {
		if o.Reliability == nil {
			return ""
		}
		return *o.Reliability
	}},
	{"VINTAGE", "attribute", codebook.Text{NL: "Versie", EN: "Vintage"}, "", "Integer", func(o Observation) any { return o.Vintage }},
	{"INDICATOR_VERSION", "attribute", codebook.Text{NL: "Versie van het codeboek", EN: "Version of the codebook"}, "", "String", func(o Observation) any { return o.Version }},
	{"FOOTNOTES", "attribute", codebook.Text{NL: "Voetnoten", EN: "Footnotes"}, "", "String", func(o Observation) any { return o.Footnotes }},
}

func frequency(period string) string {
	if strings.Contains(period, "-H") {
		return "S"
	}
	return "A"
}

func timePeriod(period string) string {
	if p := PeriodOf(period); p.SDMX != "" {
		return p.SDMX
	}
	return period
}

func whole(v *int) any {
	if v == nil {
		return ""
	}
	return *v
}

func float(v *float64) any {
	if v == nil {
		return ""
	}
	return *v
}

// orNaN is how SDMX writes a value that is missing for a reason.
func orNaN(v *float64) any {
	if v == nil {
		return "NaN"
	}
	return *v
}

func plainText(v any) string {
	switch v := v.(type) {
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return v.(string)
}

// sdmxFlow names the dataflow of a study.
func (p Publication) sdmxFlow() string { return sdmxID(p.Study) }

// sdmxID makes an id that SDMX takes: a letter, then letters, digits, - and _.
func sdmxID(s string) string {
	id := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, strings.ToUpper(s))
	if id == "" || id[0] < 'A' || id[0] > 'Z' {
		id = "S_" + id
	}
	return id
}

// WriteSDMX writes the rows as SDMX-CSV 2.0 (of SDMX 3.0) with their structure
// as an SDMX-JSON 2.0 structure message, in a zip. A full vintage takes the
// place of the one before, so that every row says R, replace. A value that is
// not shown is NaN, and OBS_STATUS says why there is none.
func WriteSDMX(w io.Writer, p Publication) error {
	var data bytes.Buffer
	c := csv.NewWriter(&data)
	header := []string{"STRUCTURE", "STRUCTURE_ID", "ACTION"}
	for _, k := range sdmxComponents {
		header = append(header, k.id)
	}
	err := c.Write(header)
	structure := sdmxAgency + ":" + p.sdmxFlow() + "(" + sdmxVersion + ")"
	for _, o := range p.Observations {
		row := []string{"dataflow", structure, "R"}
		for _, k := range sdmxComponents {
			row = append(row, plainText(k.value(o)))
		}
		err = errors.Join(err, c.Write(row))
	}
	c.Flush()
	message, failed := indented(p.sdmxStructure())
	if err := errors.Join(err, c.Error(), failed); err != nil {
		return err
	}
	return zipFiles(w, []File{{Name: "observations.sdmx.csv", Content: data.Bytes()}, {Name: "structure.sdmx.json", Content: message}}, p.Made)
}

// sdmxStructure is the structure message: code lists, concepts, data structure
// and dataflow.
func (p Publication) sdmxStructure() map[string]any {
	const urn = "urn:sdmx:org.sdmx.infomodel."
	concepts := []any{}
	var dimensions, measures, attributes []any
	var time map[string]any
	for _, k := range sdmxComponents {
		concepts = append(concepts, named(map[string]any{"id": k.id}, k.label))
		concept := urn + "conceptscheme.Concept=" + sdmxAgency + ":CS_OBSERVATIONS(" + sdmxVersion + ")." + k.id
		representation := map[string]any{"format": map[string]any{"dataType": k.format}}
		if k.list != "" {
			representation = map[string]any{"enumeration": urn + "codelist.Codelist=" + sdmxAgency + ":" + k.list + "(" + sdmxVersion + ")"}
		}
		part := map[string]any{"id": k.id, "conceptIdentity": concept, "localRepresentation": representation}
		switch k.kind {
		case "dimension":
			part["position"] = len(dimensions)
			dimensions = append(dimensions, part)
		case "time":
			time = part
		case "measure":
			part["usage"] = "optional"
			measures = append(measures, part)
		default:
			part["usage"] = "optional"
			part["attributeRelationship"] = map[string]any{"observation": map[string]any{}}
			attributes = append(attributes, part)
		}
	}
	artefact := func(id string, label codebook.Text, more map[string]any) map[string]any {
		more["id"], more["agencyID"], more["version"] = id, sdmxAgency, sdmxVersion
		return named(more, label)
	}
	lists := []any{}
	for _, l := range p.sdmxLists() {
		codes := []any{}
		for _, e := range l.codes {
			code := named(map[string]any{"id": e.id}, e.label)
			if e.parent != "" {
				code["parent"] = e.parent
			}
			codes = append(codes, code)
		}
		lists = append(lists, artefact(l.id, l.label, map[string]any{"codes": codes}))
	}
	return map[string]any{
		"meta": map[string]any{
			"schema": "https://json.sdmx.org/2.0.0/sdmx-json-structure-schema.json", "id": p.sdmxFlow(), "test": false,
			"prepared": p.Made.Format(timeLayout), "contentLanguages": []string{"nl", "en"}, "sender": map[string]any{"id": sdmxAgency},
		},
		"data": map[string]any{
			"codelists":      lists,
			"conceptSchemes": []any{artefact("CS_OBSERVATIONS", codebook.Text{NL: "Begrippen", EN: "Concepts"}, map[string]any{"concepts": concepts})},
			"dataStructures": []any{artefact(sdmxDSD, codebook.Text{NL: "Indicatortabel", EN: "Indicator table"}, map[string]any{"dataStructureComponents": map[string]any{
				"dimensionList": map[string]any{"id": "DimensionDescriptor", "dimensions": dimensions, "timeDimension": time},
				"measureList":   map[string]any{"id": "MeasureDescriptor", "measures": measures},
				"attributeList": map[string]any{"id": "AttributeDescriptor", "attributes": attributes},
			}})},
			"dataflows": []any{artefact(p.sdmxFlow(), codebook.Text{NL: p.Title, EN: p.Title},
				map[string]any{"structure": urn + "datastructure.DataStructure=" + sdmxAgency + ":" + sdmxDSD + "(" + sdmxVersion + ")"})},
		},
	}
}

const timeLayout = time.RFC3339

// named puts a label in both languages on a part of a message.
func named(part map[string]any, label codebook.Text) map[string]any {
	part["name"] = label.In("nl")
	part["names"] = map[string]string{"nl": label.In("nl"), "en": label.In("en")}
	return part
}

type sdmxList struct {
	id    string
	label codebook.Text
	codes []sdmxCode
}

type sdmxCode struct {
	id     string
	label  codebook.Text
	parent string
}

// sdmxLists are the code lists that the components take their values from.
func (p Publication) sdmxLists() []sdmxList {
	indicators := sdmxList{id: "CL_INDICATOR", label: codebook.Text{NL: "Maten", EN: "Measures"}}
	for _, m := range p.Measures() {
		indicators.codes = append(indicators.codes, sdmxCode{id: m.ID, label: m.Label})
	}
	areas := sdmxList{id: "CL_AREA", label: codebook.Text{NL: "Regio's", EN: "Regions"}}
	for _, r := range p.Regions() {
		areas.codes = append(areas.codes, sdmxCode{r.ID, r.Label, r.Parent})
	}
	breakdowns := sdmxList{id: "CL_BREAKDOWN", label: codebook.Text{NL: "Uitsplitsingen", EN: "Breakdowns"}}
	classes := sdmxList{id: "CL_CLASS", label: codebook.Text{NL: "Klassen", EN: "Classes"}}
	seen := map[string]int{}
	for _, c := range p.Classes() {
		if _, ok := seen["b "+c.Breakdown]; !ok {
			seen["b "+c.Breakdown] = 0
			breakdowns.codes = append(breakdowns.codes, sdmxCode{id: c.Breakdown, label: p.breakdownLabel(c.Breakdown)})
		}
		// Two breakdowns may have a class of the same code; the list has it once.
		if i, ok := seen["c "+c.ID]; ok {
			if k := &classes.codes[i]; k.label != c.Label {
				k.label = codebook.Text{NL: k.label.In("nl") + " / " + c.Label.In("nl"), EN: k.label.In("en") + " / " + c.Label.In("en")}
			}
			continue
		}
		seen["c "+c.ID] = len(classes.codes)
		classes.codes = append(classes.codes, sdmxCode{id: c.ID, label: c.Label})
	}
	return append([]sdmxList{indicators, areas, breakdowns, classes}, sdmxFixed...)
}

// sdmxFixed are the code lists that are the same in every release. CL_FREQ,
// CL_OBS_STATUS and CL_CONF_STATUS hold those codes of the lists of the SDMX
// sponsors that occur here.
var sdmxFixed = []sdmxList{
	{"CL_FREQ", codebook.Text{NL: "Frequentie", EN: "Frequency"}, []sdmxCode{{"A", codebook.Text{NL: "jaarlijks", EN: "annual"}, ""}, {"S", codebook.Text{NL: "halfjaarlijks", EN: "half-yearly"}, ""}}},
	{"CL_STATISTIC", codebook.Text{NL: "Statistiek", EN: "Statistic"}, []sdmxCode{{"PCT", codebook.Text{NL: "percentage", EN: "percentage"}, ""}, {"COUNT", codebook.Text{NL: "aantal", EN: "count"}, ""},
		{"MEAN", codebook.Text{NL: "gemiddelde", EN: "mean"}, ""}, {"MEDIAN", codebook.Text{NL: "mediaan", EN: "median"}, ""}, {"DIFF_PP", codebook.Text{NL: "verandering in procentpunten", EN: "change in percentage points"}, ""}}},
	{"CL_VARIANT", codebook.Text{NL: "Telregel", EN: "Policy"}, []sdmxCode{{"demonstrable", codebook.Text{NL: "aantoonbaar", EN: "demonstrable"}, ""}, {"known", codebook.Text{NL: "bekend", EN: "known"}, ""},
		{"lower", codebook.Text{NL: "ondergrens", EN: "lower bound"}, ""}, {"upper", codebook.Text{NL: "bovengrens", EN: "upper bound"}, ""}}},
	{"CL_UNIT", codebook.Text{NL: "Eenheid", EN: "Unit"}, []sdmxCode{{"percent", codebook.Text{NL: "procent", EN: "percent"}, ""}, {"count", codebook.Text{NL: "aantal", EN: "count"}, ""}, {"days", codebook.Text{NL: "dagen", EN: "days"}, ""},
		{"ratio", codebook.Text{NL: "getal", EN: "number"}, ""}, {"percentage_point", codebook.Text{NL: "procentpunt", EN: "percentage point"}, ""}}},
	{"CL_CI_METHOD", codebook.Text{NL: "Intervalmethode", EN: "Interval method"}, []sdmxCode{{"kg", codebook.Text{NL: "Korn en Graubard", EN: "Korn and Graubard"}, ""}, {"wilson", codebook.Text{NL: "Wilson", EN: "Wilson"}, ""},
		{"logit", codebook.Text{NL: "logit", EN: "logit"}, ""}, {"t", codebook.Text{NL: "Student", EN: "Student"}, ""}, {"none", codebook.Text{NL: "geen", EN: "none"}, ""}}},
	{"CL_OBS_STATUS", codebook.Text{NL: "Status", EN: "Observation status"}, []sdmxCode{{"A", codebook.Text{NL: "definitief", EN: "normal value"}, ""}, {"P", codebook.Text{NL: "voorlopig", EN: "provisional value"}, ""},
		{"U", codebook.Text{NL: "met voorbehoud", EN: "low reliability"}, ""}, {"Q", codebook.Text{NL: "niet getoond", EN: "missing value; suppressed"}, ""}, {"M", codebook.Text{NL: "kan niet voorkomen", EN: "missing value; data cannot exist"}, ""}}},
	{"CL_CONF_STATUS", codebook.Text{NL: "Vertrouwelijkheid", EN: "Confidentiality"}, []sdmxCode{{"F", codebook.Text{NL: "vrij", EN: "free"}, ""}, {"C", codebook.Text{NL: "vertrouwelijk", EN: "confidential"}, ""}}},
	{"CL_RELIABILITY", codebook.Text{NL: "Betrouwbaarheid van het cijfer", EN: "Reliability"}, []sdmxCode{{"good", codebook.Text{NL: "goed", EN: "good"}, ""}, {"limited", codebook.Text{NL: "beperkt", EN: "limited"}, ""}}},
}
