package exports_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

var update = flag.Bool("update", false, "write the golden files anew")

// methods are the facts of a made-up study.
func methods(book *codebook.Codebook) exports.Methods {
	x := func(v float64) *float64 { return &v }
	return exports.Methods{
		Strata: []annotations.SampleStratum{{Name: "VT01 2025-H1", Frame: 400, Drawn: 130, Outside: 4, Unusable: 6, Received: 126, Settled: 120},
			{Name: "VT07 2025-H1", Frame: 400, Drawn: 85, Unusable: 2, Received: 83, Settled: 80}},
		Files:  []exports.PeriodFiles{{Period: "2025-H1", Files: 209, Settled: 204}, {Period: "2025-H2", Files: 184, Settled: 184}},
		Coders: 3, Double: 41,
		Agreement: []exports.AgreementFact{{Variable: "repaired", Pairs: 38, Percent: x(0.947), Coefficient: exports.GwetAC, Value: x(0.912), Lower: x(0.81), Upper: x(1)},
			{Variable: "quality", Pairs: 12, Coefficient: exports.KrippendorffAlpha}},
		Errors: []exports.CoderError{{Measure: "m_well", Counts: [3][3]int{{30, 3, 0}, {4, 41, 0}, {0, 1, 3}}}},
		Since: &exports.CodebookSince{Version: "0.9.0", Changes: []codebook.Change{{Class: codebook.Meaning, Path: "measures.m_well.numerator", Old: "d_good", New: "d_well"},
			{Class: codebook.Wording, Path: "variables.repaired.label.nl", Old: "Hersteld", New: "Gerepareerd"}}},
	}
}

// release is of two half-years of two regions and one that is too small.
func release(t *testing.T) *exports.Release {
	t.Helper()
	book := bicycles(t)
	tm := terms("2025-H1", "2025-H2")
	tm.Title, tm.AsOf, tm.Tool = "Fietsen", "2026-01-05T09:00:00Z", "0.1.0"
	tm.Periods[0].Vintage = 2
	tm.Previous = "0123456789abcdef"
	verdicts, err := tm.Gate.Judge(book, agreed(book, "quality", 0.4, 38), nil)
	if err != nil {
		t.Fatal(err)
	}
	tm.Verdicts = verdicts
	cases := sequence(repairs(book, "VT01", "2025-H1", 70, 50), repairs(book, "VT07", "2025-H1", 50, 30), repairs(book, "VT11", "2025-H1", 2, 2),
		repairs(book, "VT01", "2025-H2", 60, 44), repairs(book, "VT07", "2025-H2", 40, 40))
	r, err := exports.Freeze(t.Context(), tm, book, methods(book), cases, disclosure.Ledger{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRenderings compares every rendering of a release, and its annexes, with
// the file that was read and found right. The files within a zip are laid
// behind each other.
func TestRenderings(t *testing.T) {
	r := release(t)
	p := r.Publication()
	files := []exports.File{}
	for _, x := range append([]exports.Rendering{exports.Package}, exports.OnRequest...) {
		f, err := x.File(p)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := x.File(p); err != nil || !bytes.Equal(f.Content, again.Content) {
			t.Errorf("%s: the same publication gave other bytes (%v)", x.Name, err)
		}
		files = append(files, f)
	}
	for _, f := range r.Files {
		if !f.Inside {
			files = append(files, f)
		}
	}
	for _, f := range files {
		golden := filepath.Join("testdata", "renderings", f.Name)
		got := f.Content
		if z, err := zip.NewReader(bytes.NewReader(got), int64(len(got))); err == nil {
			got, golden = laidOut(t, z), golden+".txt"
		}
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s at %s", f.Name, golden, firstDifference(got, want))
		}
	}
}

func laidOut(t *testing.T, z *zip.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "-- %s --\n%s", f.Name, content)
		if !bytes.HasSuffix(content, []byte("\n")) {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

func firstDifference(got, want []byte) string {
	a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d:\n%s\nwant:\n%s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("line %d: %d lines, want %d", min(len(a), len(b)), len(a), len(b))
}

// All renderings say the same figures: each number of the table stands in the
// other forms under the same key.
func TestRenderingsAgree(t *testing.T) {
	p := release(t).Publication()
	rows := func(x exports.Rendering, name string, comma rune) []map[string]string {
		t.Helper()
		f, err := x.File(p)
		if err != nil {
			t.Fatal(err)
		}
		content := f.Content
		if name != "" {
			z, err := zip.NewReader(bytes.NewReader(f.Content), int64(len(f.Content)))
			if err != nil {
				t.Fatal(err)
			}
			opened, err := z.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			if content, err = io.ReadAll(opened); err != nil {
				t.Fatal(err)
			}
		}
		c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
		c.Comma = comma
		list, err := c.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var out []map[string]string
		for _, row := range list[1:] {
			m := map[string]string{}
			for i, name := range list[0] {
				m[name] = row[i]
			}
			out = append(out, m)
		}
		return out
	}
	first := rows(exports.Package, "observations.csv", ',')
	dutch := rows(exports.OnRequest[0], "", ';')
	sdmx := rows(exports.OnRequest[1], "observations.sdmx.csv", ',')
	web := rows(exports.OnRequest[3], "observations.csv", ',')
	odata := map[string]string{}
	for _, o := range rows(exports.OnRequest[2], "Observations.csv", ',') {
		odata[o["Measure"]+" "+o["Perioden"]+" "+o["RegioS"]+" "+o["Uitsplitsing"]] = o["Value"] + o["ValueAttribute"]
	}
	if len(first) == 0 || len(dutch) != len(first) || len(sdmx) != len(first) || len(web) != len(first) {
		t.Fatalf("%d rows, in Dutch %d, in SDMX %d, in CSVW %d", len(first), len(dutch), len(sdmx), len(web))
	}
	shown, hidden := 0, 0
	for i, o := range first {
		for name, v := range o {
			if name != "footnotes" && name != "indicator_version" && strings.Replace(dutch[i][name], ",", ".", 1) != v {
				t.Errorf("row %d: %s is %q, in Dutch %q", i, name, v, dutch[i][name])
			}
			if web[i][name] != v {
				t.Errorf("row %d: %s is %q, in CSVW %q", i, name, v, web[i][name])
			}
		}
		value, attribute := o["value"], o["value"]+"None"
		if value == "" {
			value, attribute = "NaN", "Hidden"
			hidden++
			if o["obs_status"] == "M" {
				attribute = "Impossible"
			}
		} else {
			shown++
		}
		for column, want := range map[string]string{"OBS_VALUE": value, "CI_LOWER": o["ci_lower"], "N_CASES": o["n_cases"], "REF_AREA": o["region_id"], "OBS_STATUS": o["obs_status"],
			"TIME_PERIOD": strings.Replace(o["period"], "-H", "-S", 1), "STRUCTURE_ID": "DOSSIERLENS:BICYCLES(1.0.0)", "ACTION": "R"} {
			if sdmx[i][column] != want {
				t.Errorf("row %d: SDMX has %s %q, want %q", i, column, sdmx[i][column], want)
			}
		}
		class := "T001038"
		if o["breakdown_id"] != "_T" {
			class = o["breakdown_id"] + "_" + o["class_id"]
		}
		key := o["indicator_id"] + "_" + o["measure_id"] + "_" + o["variant"] + " " + strings.Replace(o["period"], "-H", "HJ0", 1) + " " + o["region_id"] + " " + class
		if odata[key] != attribute {
			t.Errorf("row %d: OData has %q for %s, want %q", i, odata[key], key, attribute)
		}
	}
	if shown == 0 || hidden == 0 {
		t.Errorf("%d rows are shown and %d hidden; both are to be seen", shown, hidden)
	}
}

// A rendering made of the stored files is the one made with the release.
func TestReadPublication(t *testing.T) {
	r := release(t)
	p, err := exports.ReadPublication(func(name string) ([]byte, error) { return contentOf(t, r, name), nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range append([]exports.Rendering{exports.Package}, exports.OnRequest...) {
		want, err := x.File(r.Publication())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := x.File(p); err != nil || !bytes.Equal(got.Content, want.Content) {
			t.Errorf("%s differs when made of the stored files (%v)", x.Name, err)
		}
	}
}

// The annex tells no count of case files but rounded ones, and no figure that
// is hidden.
func TestAnnexTellsWhatMayBeKnown(t *testing.T) {
	r := release(t)
	for _, name := range []string{"annex-nl.html", "annex-en.html"} {
		page := string(contentOf(t, r, name))
		for _, secret := range []string{">209<", ">204<", ">184<", " 209 ", "ongeveer 4 ", "About 4 "} {
			if strings.Contains(page, secret) {
				t.Errorf("%s tells %q", name, secret)
			}
		}
		assumed := map[string]string{"annex-nl.html": "maar niet de gewichten", "annex-en.html": "but not the weights"}[name]
		live := map[string]string{"annex-nl.html": "naast alle goedgekeurde leveringen beveiligd", "annex-en.html": "protected beside all approved releases"}[name]
		for _, want := range []string{"VT11", "d_well", r.ID, assumed, live} {
			if found := strings.Contains(page, want); found != (want != "VT11") {
				t.Errorf("%s: has %q: %v", name, want, found)
			}
		}
	}
	if i := slices.IndexFunc(r.Sensitivity, func(s exports.Sensitivity) bool { return s.Measure == "m_well" && s.Period == "2025-H1" }); i < 0 || r.Sensitivity[i].Codings != 82 {
		t.Errorf("sensitivity %+v", r.Sensitivity)
	}
}
