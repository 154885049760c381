package exports_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/dossierlens/dossierlens/exports"
)

// An ecmaPattern is a pattern as JSON Schema has them. The profiles look ahead
// in theirs, which the regular expressions of Go do not.
type ecmaPattern struct{ *regexp2.Regexp }

func (p ecmaPattern) MatchString(s string) bool {
	ok, err := p.Regexp.MatchString(s)
	return err == nil && ok
}

func compilePattern(s string) (jsonschema.Regexp, error) {
	p, err := regexp2.Compile(s, regexp2.ECMAScript)
	return ecmaPattern{p}, err
}

// profiles are those of Data Package 2.0 by the address that files name, as
// datapackage.org publishes them, kept in testdata.
func profiles(t *testing.T) *jsonschema.Compiler {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(compilePattern)
	for _, name := range []string{"datapackage.json", "dataresource.json", "tableschema.json", "tabledialect.json"} {
		raw, err := os.ReadFile("testdata/profiles/" + name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource("https://datapackage.org/profiles/2.0/"+name, doc); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func compiled(t *testing.T, c *jsonschema.Compiler, name string) *jsonschema.Schema {
	t.Helper()
	s, err := c.Compile("https://datapackage.org/profiles/2.0/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// unzipped returns the files of a rendering.
func unzipped(t *testing.T, x exports.Rendering, p exports.Publication) map[string][]byte {
	t.Helper()
	f, err := x.File(p)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(f.Content), int64(len(f.Content)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[part.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestPackageFollowsTheProfiles validates the package of a release, and that
// of figures that are not released, against the profiles of Data Package 2.0.
func TestPackageFollowsTheProfiles(t *testing.T) {
	c := profiles(t)
	whole, resource, table, dialect := compiled(t, c, "datapackage.json"), compiled(t, c, "dataresource.json"), compiled(t, c, "tableschema.json"), compiled(t, c, "tabledialect.json")
	for name, p := range map[string]exports.Publication{"release": release(t).Publication(), "figures": published(t)} {
		files := unzipped(t, exports.Package, p)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(files["datapackage.json"]))
		if err != nil {
			t.Fatal(err)
		}
		if err := whole.Validate(doc); err != nil {
			t.Errorf("%s: datapackage.json: %#v", name, err)
		}
		listed := map[string]bool{}
		for _, r := range doc.(map[string]any)["resources"].([]any) {
			r := r.(map[string]any)
			listed[r["path"].(string)] = true
			for what, check := range map[string]struct {
				schema *jsonschema.Schema
				value  any
			}{"resource": {resource, r}, "schema": {table, r["schema"]}, "dialect": {dialect, r["dialect"]}} {
				if err := check.schema.Validate(check.value); err != nil {
					t.Errorf("%s: %s of %v: %#v", name, what, r["path"], err)
				}
			}
		}
		for file := range files {
			if path.Ext(file) == ".csv" && !listed[file] {
				t.Errorf("%s: %s is in the package and not described", name, file)
			}
		}
		// The check finds what is wrong.
		doc.(map[string]any)["resources"] = []any{}
		if whole.Validate(doc) == nil {
			t.Errorf("%s: a package without resources passes", name)
		}
	}
}

// TestRowsFollowTheRecordSchema validates every row of a release against the
// schema that the package holds, by another implementation than ours.
func TestRowsFollowTheRecordSchema(t *testing.T) {
	p := release(t).Publication()
	files := unzipped(t, exports.Package, p)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(files["monitor-record.schema.json"]))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(compilePattern)
	if err := c.AddResource("record.json", doc); err != nil {
		t.Fatal(err)
	}
	record, err := c.Compile("record.json")
	if err != nil {
		t.Fatal(err)
	}
	check := func(o exports.Observation) error {
		raw, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		row, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		return record.Validate(row)
	}
	for _, o := range p.Observations {
		if err := check(o); err != nil {
			t.Errorf("%s %s %s %s: %v", o.Indicator, o.Statistic, o.Period, o.Region, err)
		}
	}
	o := p.Observations[0]
	o.ObsStatus, o.Value = "Q", new(float64)
	if check(o) == nil {
		t.Error("a hidden row with a value passes")
	}
}

// The columns are those of the sample of the contract, in its order, and in
// the profile for samples nothing is published that gives a count away.
func TestTableOfTheContract(t *testing.T) {
	sample, err := os.ReadFile("testdata/contract-observations.csv")
	if err != nil {
		t.Fatal(err)
	}
	header, _, _ := strings.Cut(string(sample), "\n")
	if got := strings.Join(exports.Columns, ","); got != header || len(exports.Columns) != 25 {
		t.Errorf("the columns are\n%s\nin the contract\n%s", got, header)
	}
	rows := 0
	for _, o := range release(t).Observations {
		if o.SE != nil || o.Deff != nil {
			t.Errorf("%s %s: se or deff is published", o.Indicator, o.Region)
		}
		if o.Value == nil {
			continue
		}
		rows++
		if o.Statistic == "PCT" {
			for _, v := range []*float64{o.Value, o.Lower, o.Upper} {
				if v != nil && *v != float64(int(*v)) {
					t.Errorf("%s %s: %v is no whole percent", o.Indicator, o.Region, *v)
				}
			}
		}
		for _, n := range []*int{o.Cases, o.Numerator, o.Denominator} {
			if n != nil && *n%5 != 0 {
				t.Errorf("%s %s: %d is not rounded to 5", o.Indicator, o.Region, *n)
			}
		}
		if o.Lower != nil && (*o.Lower > *o.Value || *o.Value > *o.Upper) {
			t.Errorf("%s %s: %v is not between %v and %v", o.Indicator, o.Region, *o.Value, *o.Lower, *o.Upper)
		}
	}
	if rows == 0 {
		t.Error("nothing is published")
	}
}

// The public certificate binds the one that stays inside, and tells neither
// counts nor cells.
func TestPublicCertificate(t *testing.T) {
	r := release(t)
	raw := unzipped(t, exports.Package, r.Publication())["certificate.json"]
	var public map[string]any
	if err := json.Unmarshal(raw, &public); err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Files {
		if f.Name == exports.CertificateFile && public["sha256"] != f.SHA256() {
			t.Errorf("the package names certificate %v, and it is %s", public["sha256"], f.SHA256())
		}
	}
	if public["release"] != r.ID || public["narrowest_interval"].(float64) < 5 || public["sensitive_counts"].(float64) == 0 {
		t.Errorf("certificate %v", public)
	}
	for _, key := range []string{"tables", "proofs"} {
		if _, ok := public[key]; ok {
			t.Errorf("the public certificate has %s", key)
		}
	}
}
