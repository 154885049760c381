package exports

import (
	"errors"
	"io"
)

// WriteCSVW writes the tables of the data package with metadata after the W3C
// recommendation CSV on the Web, in a zip: the same rows and fields, with
// foreign keys to the lists that explain the codes.
func WriteCSVW(w io.Writer, p Publication) error {
	var files []File
	var failed []error
	var tables []any
	for _, t := range p.tables() {
		content, err := t.csv()
		failed = append(failed, err)
		files = append(files, File{Name: t.name + ".csv", Content: content})
		tables = append(tables, t.csvw())
	}
	metadata, err := indented(map[string]any{
		"@context": []any{"http://www.w3.org/ns/csvw", map[string]string{"@language": "nl"}},
		"dc:title": p.Title, "dc:identifier": p.Study + " " + p.version(), "dc:modified": map[string]string{"@value": p.Made.Format(timeLayout), "@type": "xsd:dateTime"},
		"dialect": map[string]any{"delimiter": ",", "quoteChar": `"`, "header": true, "encoding": "utf-8", "lineTerminators": []string{"\n"}},
		"tables":  tables,
	})
	if err := errors.Join(append(failed, err)...); err != nil {
		return err
	}
	return zipFiles(w, append(files, File{Name: "csv-metadata.json", Content: metadata}), p.Made)
}

// csvwReferences are the lists in which the codes of observations stand.
var csvwReferences = []struct {
	columns []string
	table   string
	keys    []string
}{
	{[]string{"indicator_id"}, "indicators", []string{"indicator_id"}},
	{[]string{"period"}, "periods", []string{"id"}},
	{[]string{"region_id"}, "regions", []string{"id"}},
	{[]string{"breakdown_id"}, "breakdowns", []string{"id"}},
	{[]string{"breakdown_id", "class_id"}, "classes", []string{"breakdown_id", "class_id"}},
}

// csvw describes a table.
func (t packageTable) csvw() map[string]any {
	columns := []any{}
	for _, f := range t.fields {
		column := map[string]any{"name": f.Name, "titles": f.Name, "datatype": f.Type}
		if required, ok := f.Constraints["required"].(bool); ok && required {
			column["required"] = true
		} else {
			column["null"] = ""
		}
		if f.Name == "start" || f.Name == "end" {
			column["datatype"] = map[string]string{"base": "date", "format": "yyyy-MM-dd"}
		}
		columns = append(columns, column)
	}
	schema := map[string]any{"columns": columns, "primaryKey": t.key}
	if t.name == "observations" {
		references := []any{}
		for _, r := range csvwReferences {
			references = append(references, map[string]any{"columnReference": r.columns, "reference": map[string]any{"resource": r.table + ".csv", "columnReference": r.keys}})
		}
		schema["foreignKeys"] = references
	}
	return map[string]any{"url": t.name + ".csv", "tableSchema": schema}
}
