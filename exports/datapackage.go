package exports

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// recordSchema is the JSON Schema of one row of observations.csv: our contract
// with the monitor.
//
//go:embed monitor-record.schema.json
var recordSchema []byte

// A packageManifest says how the figures of a package came about, and what is
// in it. The last part is that of a release.
type packageManifest struct {
	Study      string          `json:"study"`
	Made       string          `json:"made"`
	Codebook   CodebookName    `json:"codebook"`
	Status     string          `json:"status,omitempty"` // P or A; of a release by period
	Vintage    int             `json:"vintage,omitempty"`
	Protection string          `json:"protection"` // which cells are hidden
	Profile    disclosure.Rule `json:"profile"`
	Notes      []string        `json:"notes"`
	Level      float64         `json:"ci_level"`
	Methods    []string        `json:"ci_methods"`
	Files      []packageFile   `json:"files"`

	Release   string           `json:"release,omitempty"`
	Format    string           `json:"format,omitempty"`
	Tool      string           `json:"tool,omitempty"`
	Periods   []ReleasedPeriod `json:"periods,omitempty"`
	Weighted  *bool            `json:"weighted,omitempty"`
	Gate      *Gate            `json:"gate,omitempty"`
	Verdicts  []Verdict        `json:"verdicts,omitempty"`
	Undefined []UndefinedNote  `json:"undefined,omitempty"`
	Embargo   string           `json:"embargo,omitempty"`
	Previous  string           `json:"previous,omitempty"`
	Inputs    string           `json:"inputs_sha256,omitempty"`
	Proof     *ProofNote       `json:"certificate,omitempty"`
}

type packageFile struct {
	Path   string `json:"path"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// WritePackage writes a publication as a Data Package (datapackage.org, version
// 2.0) in a zip: the observations with the lists that explain their codes, the
// schema of a row and a manifest with the hash of every file.
func WritePackage(w io.Writer, p Publication) error {
	var files []File
	var failed []error
	var resources []resource
	for _, t := range p.tables() {
		content, err := t.csv()
		failed = append(failed, err)
		files = append(files, File{Name: t.name + ".csv", Content: content})
		resources = append(resources, t.resource(files[len(files)-1]))
	}
	files = append(files, File{Name: "monitor-record.schema.json", Content: recordSchema})
	description := map[string]any{
		"$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
		"name":    packageName(p.Study), "title": p.Title, "created": p.Made.Format(time.RFC3339),
		"version": p.version(), "resources": resources,
		"sources":      []map[string]string{{"title": p.Title}},
		"contributors": []map[string]any{{"title": p.Study, "roles": []string{"author"}}},
	}
	raw, err := indented(description)
	failed = append(failed, err)
	files = append(files, File{Name: "datapackage.json", Content: raw})

	m := p.packageManifest()
	if p.Account != nil {
		raw, err := indented(publicCertificate{p.Account.Release, p.Rule.Name, certificateSays, p.Account.Proof})
		failed = append(failed, err)
		files = append(files, File{Name: CertificateFile, Content: raw})
	}
	for _, f := range files {
		m.Files = append(m.Files, packageFile{f.Name, len(f.Content), f.SHA256()})
	}
	raw, err = indented(m)
	failed = append(failed, err)
	files = append(files, File{Name: "manifest.json", Content: raw})
	if err := errors.Join(failed...); err != nil {
		return err
	}
	return zipFiles(w, files, p.Made)
}

// packageManifest describes p but for its files.
func (p Publication) packageManifest() packageManifest {
	m := packageManifest{Study: p.Study, Made: p.Made.Format(time.RFC3339), Codebook: CodebookName{p.Book.ID, p.Book.Version, p.Book.Hash()},
		Status: p.Stage.Status, Vintage: p.Stage.Vintage, Protection: "primary", Profile: p.Rule, Notes: append([]string{}, p.Notes...), Level: Level,
		Methods: p.distinct(func(o Observation) string { return o.Method })}
	if p.Rule.Secondary {
		m.Protection = "primary and secondary"
	}
	if a := p.Account; a != nil {
		m.Release, m.Format, m.Tool, m.Periods, m.Weighted = a.Release, a.Format, a.Tool, a.Periods, &a.Weighted
		m.Gate, m.Verdicts, m.Undefined, m.Embargo, m.Previous, m.Inputs, m.Proof = &a.Gate, a.Verdicts, a.Undefined, a.Embargo, a.Previous, a.Inputs, &a.Proof
	}
	return m
}

// version names the vintages that p holds, such as 2025-H1.v2.
func (p Publication) version() string {
	if p.Account == nil {
		return p.Book.Version + ".v" + strconv.Itoa(p.Stage.Vintage)
	}
	var list []string
	for _, k := range p.Account.Periods {
		list = append(list, k.Period+".v"+strconv.Itoa(k.Vintage))
	}
	return strings.Join(list, "+")
}

// A publicCertificate is what a package says of the certificate. Its witness
// tables hold true counts and tell which hidden cells are sensitive, so that
// they stay inside; their hash binds them.
type publicCertificate struct {
	Release string        `json:"release"`
	Profile string        `json:"profile"`
	Says    codebook.Text `json:"says"`
	ProofNote
}

var certificateSays = codebook.Text{
	NL: "Van elk gevoelig aantal zijn twee tabellen met hele getallen bewaard die met alle gepubliceerde cijfers kloppen, een met een laag en een met een hoog aantal. Uit deze en alle eerdere leveringen is een gevoelig aantal dus niet nauwer te bepalen dan narrowest_interval. De tabellen blijven binnen; sha256 is hun hash.",
	EN: "Of every sensitive count two tables of whole numbers are kept that agree with all published figures, one with a low and one with a high count. From this and all earlier releases a sensitive count can therefore not be narrowed down further than narrowest_interval. The tables stay inside; sha256 is their hash.",
}

// packageName makes an id that a package may have.
func packageName(study string) string { return strings.ToLower("dossierlens-" + study) }

// zipFiles packs files in their order, all with the same time.
func zipFiles(w io.Writer, files []File, at time.Time) error {
	z := zip.NewWriter(w)
	for _, f := range files {
		part, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: at.UTC()})
		if err != nil {
			return err
		}
		if _, err := part.Write(f.Content); err != nil {
			return err
		}
	}
	return z.Close()
}

// A packageTable is one CSV of the package.
type packageTable struct {
	name   string
	fields []field
	key    []string
	rows   [][]string
}

// A field describes a column as a Table Schema does.
type field struct {
	Name        string          `json:"name"`
	Type        string          `json:"type"`
	Constraints map[string]any  `json:"constraints,omitempty"`
	Categories  []fieldCategory `json:"categories,omitempty"`
}

type fieldCategory struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

type resource struct {
	Name      string            `json:"name"`
	Type      string            `json:"type"`
	Path      string            `json:"path"`
	Format    string            `json:"format"`
	MediaType string            `json:"mediatype"`
	Encoding  string            `json:"encoding"`
	Hash      string            `json:"hash"`
	Bytes     int               `json:"bytes"`
	Dialect   map[string]string `json:"dialect"`
	Schema    map[string]any    `json:"schema"`
}

func (t packageTable) csv() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	header := make([]string, len(t.fields))
	for i, f := range t.fields {
		header[i] = f.Name
	}
	err := w.Write(header)
	for _, row := range t.rows {
		err = errors.Join(err, w.Write(row))
	}
	w.Flush()
	return b.Bytes(), errors.Join(err, w.Error())
}

func (t packageTable) resource(f File) resource {
	return resource{Name: t.name, Type: "table", Path: f.Name, Format: "csv", MediaType: "text/csv", Encoding: "utf-8",
		Hash: "sha256:" + f.SHA256(), Bytes: len(f.Content),
		Dialect: map[string]string{"$schema": "https://datapackage.org/profiles/2.0/tabledialect.json", "delimiter": ",", "quoteChar": `"`, "lineTerminator": "\n"},
		Schema: map[string]any{"$schema": "https://datapackage.org/profiles/2.0/tableschema.json", "fields": t.fields,
			"primaryKey": t.key, "missingValues": []string{""}},
	}
}

func text(name string, required bool) field {
	f := field{Name: name, Type: "string"}
	if required {
		f.Constraints = map[string]any{"required": true}
	}
	return f
}

func texts(names ...string) []field {
	fields := make([]field, len(names))
	for i, n := range names {
		fields[i] = text(n, i == 0)
	}
	return fields
}

// tables are the CSV files of the package, the observations first.
func (p Publication) tables() []packageTable {
	observations := packageTable{name: "observations", fields: observationFields(),
		key: []string{"indicator_id", "measure_id", "variant", "period", "region_id", "breakdown_id", "class_id", "vintage"}}
	for _, o := range p.Observations {
		observations.rows = append(observations.rows, o.fields())
	}
	indicators := packageTable{name: "indicators", key: []string{"indicator_id"},
		fields: texts("indicator_id", "label_nl", "label_en", "kind", "policy", "group_id", "group_nl", "group_en", "catalogue_id", "note_nl", "note_en", "gate")}
	for _, m := range p.Measures() {
		group := p.Book.Indicator(m.Indicator)
		indicators.rows = append(indicators.rows, guarded(m.ID, m.Label.NL, m.Label.EN, string(m.Kind), string(m.Policy), group.ID, group.Label.NL, group.Label.EN,
			group.Catalogue, group.Note.NL, group.Note.EN, p.gateState(group.ID)))
	}
	periods := packageTable{name: "periods", key: []string{"id"}, fields: texts("id", "start", "end", "label_nl", "label_en", "sdmx", "cbs_key")}
	for _, t := range p.Periods() {
		periods.rows = append(periods.rows, guarded(t.ID, t.Start, t.End, t.Label.NL, t.Label.EN, t.SDMX, t.CBS))
	}
	regions := packageTable{name: "regions", key: []string{"id"}, fields: texts("id", "name_nl", "name_en", "level", "parent_id", "valid_from", "valid_to", "successor")}
	for _, r := range p.Regions() {
		regions.rows = append(regions.rows, guarded(r.ID, r.Label.NL, r.Label.EN, r.Level, r.Parent, yearText(r.From), yearText(r.To), r.Successor))
	}
	breakdowns := packageTable{name: "breakdowns", key: []string{"id"}, fields: texts("id", "label_nl", "label_en")}
	classes := packageTable{name: "classes", key: []string{"breakdown_id", "class_id"}, fields: texts("breakdown_id", "class_id", "label_nl", "label_en", "sort")}
	seen := map[string]bool{}
	for i, c := range p.Classes() {
		if !seen[c.Breakdown] {
			seen[c.Breakdown] = true
			label := p.breakdownLabel(c.Breakdown)
			breakdowns.rows = append(breakdowns.rows, guarded(c.Breakdown, label.NL, label.EN))
		}
		classes.rows = append(classes.rows, guarded(c.Breakdown, c.ID, c.Label.NL, c.Label.EN, strconv.Itoa(i)))
	}
	footnotes := packageTable{name: "footnotes", key: []string{"id"}, fields: texts("id", "text_nl", "text_en")}
	for _, f := range Footnotes {
		footnotes.rows = append(footnotes.rows, guarded(f.ID, f.Text.NL, f.Text.EN))
	}
	return []packageTable{observations, indicators, periods, regions, breakdowns, classes, footnotes}
}

// gateState is what the gate says of an indicator of a release; empty for
// figures that are not of one.
func (p Publication) gateState(indicator string) string {
	if p.Account != nil {
		for _, v := range p.Account.Verdicts {
			if v.Indicator == indicator {
				return string(v.State)
			}
		}
	}
	return ""
}

func guarded(cells ...string) []string {
	for i, c := range cells {
		cells[i] = Guard(c)
	}
	return cells
}

func yearText(y *int) string {
	if y == nil {
		return ""
	}
	return strconv.Itoa(*y)
}

// observationFields describe the columns of the contract.
func observationFields() []field {
	types := map[string]string{"value": "number", "numerator": "integer", "denominator": "integer", "n_cases": "integer", "population_n": "integer",
		"se": "number", "ci_lower": "number", "ci_upper": "number", "ci_level": "number", "deff": "number", "vintage": "integer"}
	may := map[string]bool{"value": true, "numerator": true, "denominator": true, "n_cases": true, "population_n": true, "se": true, "ci_lower": true,
		"ci_upper": true, "deff": true, "reliability": true, "footnotes": true}
	categories := map[string][]fieldCategory{
		"obs_status": {{"A", "final"}, {"P", "provisional"}, {"E", "estimated"}, {"U", "with care: imprecise"}, {"B", "break in the series"}, {"D", "definition differs"},
			{"Q", "not shown"}, {"M", "cannot be computed"}, {"L", "not collected"}, {"O", "missing"}},
		"variant": {{"demonstrable", "not recorded counts as no"}, {"known", "not recorded is left out"}, {"lower", "all unknown is no"}, {"upper", "all unknown is yes"}},
	}
	fields := make([]field, len(Columns))
	for i, name := range Columns {
		fields[i] = text(name, !may[name])
		fields[i].Categories = categories[name]
		if t := types[name]; t != "" {
			fields[i].Type = t
		}
	}
	return fields
}
