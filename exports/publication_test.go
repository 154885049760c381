package exports_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// published is a publication of three half-years of two regions of the monitor
// and one that is too small.
func published(t *testing.T) exports.Publication {
	t.Helper()
	book := bicycles(t)
	tally := exports.NewTally(book, []string{"damage"})
	for p, period := range []string{"2024-H2", "2025-H1", "2025"} {
		for i := range 120 {
			a := repaired("good")
			if i%3 == p%3 {
				a = codebook.Answers{"damage": {Value: "yes_clear"}, "repaired": {Value: "no"}}
			}
			c := settled(book, "W1", 200, a)
			c.Region, c.Period, c.Classes = []string{"VT01", "VT07"}[i%2], period, map[string]string{"damage": "yes_clear"}
			if i < 4 {
				c.Region = "VT11"
			}
			tally.Add(c)
		}
	}
	table := tally.Table()
	released, err := disclosure.Steekproef().Apply(t.Context(), table.Table)
	if err != nil {
		t.Fatal(err)
	}
	return exports.Publish(released, table, exports.Stage{Status: "P", Vintage: 1}, "bicycles", "Bicycles", time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
}

// A schema is what our own schema of a row uses of JSON Schema.
type schema struct {
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
	Type       any               `json:"type"`
	Enum       []any             `json:"enum"`
	Const      any               `json:"const"`
	Pattern    string            `json:"pattern"`
	MinLength  int               `json:"minLength"`
	Minimum    *float64          `json:"minimum"`
	Above      *float64          `json:"exclusiveMinimum"`
	Below      *float64          `json:"exclusiveMaximum"`
	AllOf      []struct{ If, Then, Else *schema }
}

// check returns what is wrong with v, an empty text if nothing is.
func (s schema) check(v any) string {
	kind := "string"
	switch x := v.(type) {
	case nil:
		kind = "null"
	case float64:
		kind = "number"
		if s.Minimum != nil && x < *s.Minimum || s.Above != nil && x <= *s.Above || s.Below != nil && x >= *s.Below {
			return fmt.Sprintf("%v is out of range", x)
		}
		if x == float64(int64(x)) && fmt.Sprint(s.Type) != "number" && fmt.Sprint(s.Type) != "[number null]" {
			kind = "integer"
		}
	case map[string]any:
		kind = "object"
		for _, name := range s.Required {
			if _, ok := x[name]; !ok {
				return name + " is not there"
			}
		}
		for name, p := range s.Properties {
			if value, ok := x[name]; ok {
				if wrong := p.check(value); wrong != "" {
					return name + ": " + wrong
				}
			}
		}
		for i, rule := range s.AllOf {
			then := rule.Else
			if rule.If.check(v) == "" {
				then = rule.Then
			}
			if then != nil {
				if wrong := then.check(v); wrong != "" {
					return fmt.Sprintf("rule %d: %s", i+1, wrong)
				}
			}
		}
		return ""
	}
	switch types := s.Type.(type) {
	case string:
		if types != kind {
			return fmt.Sprintf("%v is not of type %s", v, types)
		}
	case []any:
		if !slices.Contains(types, any(kind)) {
			return fmt.Sprintf("%v is none of %v", v, types)
		}
	}
	if s.Enum != nil && !slices.Contains(s.Enum, v) || s.Const != nil && s.Const != v {
		return fmt.Sprintf("%v is not one of %v %v", v, s.Enum, s.Const)
	}
	if text, ok := v.(string); ok && (len(text) < s.MinLength || !regexp.MustCompile(s.Pattern).MatchString(text)) {
		return fmt.Sprintf("%q does not match %s", text, s.Pattern)
	}
	return ""
}

func packageOf(t *testing.T, p exports.Publication) (map[string][]byte, []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := exports.WritePackage(&b, p); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files, b.Bytes()
}

func TestRowsFollowTheSchemaOfTheContract(t *testing.T) {
	p := published(t)
	files, _ := packageOf(t, p)
	var row schema
	if err := json.Unmarshal(files["monitor-record.schema.json"], &row); err != nil {
		t.Fatal(err)
	}
	var rows bytes.Buffer
	if err := exports.WriteObservationsJSON(&rows, p.Observations); err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(rows.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	statuses := map[any]bool{}
	for _, o := range list {
		statuses[o["obs_status"]] = true
		for name := range o {
			if _, ok := row.Properties[name]; !ok {
				t.Fatalf("the schema has no property %s", name)
			}
		}
		if wrong := row.check(o); wrong != "" {
			t.Errorf("%v %v %v: %s", o["indicator_id"], o["period"], o["region_id"], wrong)
		}
	}
	for _, want := range []string{"P", "Q"} {
		if !statuses[want] {
			t.Errorf("no row has status %s", want)
		}
	}
	// The check itself finds what is wrong.
	shown := list[slices.IndexFunc(list, func(o map[string]any) bool { return o["obs_status"] == "P" })]
	for name, wrong := range map[string]any{"value": "62", "obs_status": "X", "period": "2025-H3", "vintage": 0.0, "conf_status": "C"} {
		bad := map[string]any{}
		for k, v := range shown {
			bad[k] = v
		}
		if bad[name] = wrong; row.check(bad) == "" {
			t.Errorf("%s %v passes", name, wrong)
		}
	}
}

func TestPackage(t *testing.T) {
	p := published(t)
	files, packed := packageOf(t, p)
	if _, again := packageOf(t, p); !bytes.Equal(packed, again) {
		t.Error("the same publication gave other bytes")
	}
	var manifest struct {
		Protection string          `json:"protection"`
		Profile    disclosure.Rule `json:"profile"`
		Files      []struct {
			Path   string `json:"path"`
			Bytes  int    `json:"bytes"`
			SHA256 string `json:"sha256"`
		} `json:"files"`
	}
	if err := json.Unmarshal(files["manifest.json"], &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.Profile != disclosure.Steekproef() || manifest.Protection != "primary and secondary" || len(manifest.Files) != len(files)-1 {
		t.Errorf("manifest = %+v", manifest)
	}
	for _, f := range manifest.Files {
		sum := sha256.Sum256(files[f.Path])
		if f.SHA256 != hex.EncodeToString(sum[:]) || f.Bytes != len(files[f.Path]) {
			t.Errorf("%s is not as the manifest says", f.Path)
		}
	}
	var description struct {
		Resources []struct {
			Path   string `json:"path"`
			Schema struct {
				Fields     []struct{ Name, Type string } `json:"fields"`
				PrimaryKey []string                      `json:"primaryKey"`
			} `json:"schema"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(files["datapackage.json"], &description); err != nil {
		t.Fatal(err)
	}
	codes := map[string]map[string]bool{}
	var observations [][]string
	for _, r := range description.Resources {
		rows, err := csv.NewReader(bytes.NewReader(files[r.Path])).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if r.Path == "observations.csv" {
			observations = rows
		}
		keys, codeColumn := map[string]bool{}, 0
		if r.Path == "classes.csv" {
			codeColumn = 1
		}
		codes[r.Path] = map[string]bool{}
		for i, field := range r.Schema.Fields {
			if rows[0][i] != field.Name {
				t.Errorf("%s: column %d is %s, described as %s", r.Path, i, rows[0][i], field.Name)
			}
			for _, row := range rows[1:] {
				if _, err := strconv.ParseFloat(row[i], 64); err != nil && row[i] != "" && field.Type != "string" {
					t.Errorf("%s: %s is %q, described as %s", r.Path, field.Name, row[i], field.Type)
				}
			}
		}
		for _, row := range rows[1:] {
			key := ""
			for _, name := range r.Schema.PrimaryKey {
				key += row[slices.Index(rows[0], name)] + "\x1f"
			}
			if keys[key] {
				t.Errorf("%s: the key %q comes twice", r.Path, key)
			}
			keys[key] = true
			codes[r.Path][row[codeColumn]] = true
		}
	}
	// Every code of a row is in its list.
	for column, list := range map[int]string{0: "indicators.csv", 4: "periods.csv", 5: "regions.csv", 6: "breakdowns.csv", 7: "classes.csv", 24: "footnotes.csv"} {
		for _, row := range observations[1:] {
			for _, code := range strings.Fields(row[column]) {
				if !codes[list][code] {
					t.Errorf("%s has no %q", list, code)
				}
			}
		}
	}
}

func TestPeriods(t *testing.T) {
	for id, want := range map[string]exports.Period{
		"2025-H1": {Start: "2025-01-01", End: "2025-06-30", SDMX: "2025-S1", CBS: "2025HJ01", Label: codebook.Text{NL: "1e halfjaar 2025", EN: "First half of 2025"}},
		"2025-H2": {Start: "2025-07-01", End: "2025-12-31", SDMX: "2025-S2", CBS: "2025HJ02", Label: codebook.Text{NL: "2e halfjaar 2025", EN: "Second half of 2025"}},
		"2025":    {Start: "2025-01-01", End: "2025-12-31", SDMX: "2025", CBS: "2025JJ00", Label: codebook.Text{NL: "2025", EN: "2025"}},
		"spring":  {Label: codebook.Text{NL: "spring", EN: "spring"}},
		"":        {},
	} {
		want.ID = id
		if got := exports.PeriodOf(id); got != want {
			t.Errorf("PeriodOf(%q) = %+v, want %+v", id, got, want)
		}
	}
}
