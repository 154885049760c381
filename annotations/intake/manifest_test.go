package intake_test

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/dossierlens/dossierlens/annotations/intake"
)

// The two cases that each test of a manifest reads: one with texts, one on site.
const goodManifest = `case_id,document,type,title,day,file,region,period,source,stratum,weight,taxatie
C-0001,2,verslag,Vervolg,40,C-0001/b.txt,VT01,2025-H1,wijkteam,VT01/2025-H1,2.5,=1+1
C-0001,1,melding,Melding,-3,C-0001/a.txt,VT01,2025-H1,wijkteam,VT01/2025-H1,2.5,=1+1
C-0002,,,,,,VT02,2025,,,,hoog
`

var goodFiles = map[string]string{"C-0001/a.txt": "eerste", "C-0001/b.txt": "tweede"}

var known = intake.Known{
	DocumentTypes: map[string]bool{"melding": true, "verslag": true, "verslag_school": true},
	Regions:       map[string]bool{"VT01": true, "VT02": true},
}

func day(n int) *int { return &n }

func goodCases(manifest string, lines [4]int) []intake.Case {
	place := func(i int) intake.Place { return intake.Place{File: manifest, Line: lines[i]} }
	return []intake.Case{{
		ID: "C-0001", Region: "VT01", Period: "2025-H1", Source: "wijkteam", Stratum: "VT01/2025-H1", Weight: 2.5,
		Attributes: []intake.Attribute{{Name: "taxatie", Value: "=1+1"}},
		Documents: []intake.Entry{
			{Number: 1, Type: "melding", Title: "Melding", Day: day(-3), File: "C-0001/a.txt", Place: place(2)},
			{Number: 2, Type: "verslag", Title: "Vervolg", Day: day(40), File: "C-0001/b.txt", Place: place(1)},
		},
		Place: place(1),
	}, {
		ID: "C-0002", Region: "VT02", Period: "2025", Weight: 1, OnSite: true,
		Attributes: []intake.Attribute{{Name: "taxatie", Value: "hoog"}}, Place: place(3),
	}}
}

// folder writes files into a new folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// with gives files and one more.
func with(files map[string]string, name, content string) map[string]string {
	all := map[string]string{name: content}
	for n, c := range files {
		all[n] = c
	}
	return all
}

// zipOf packs files in the order of names.
func zipOf(t testing.TB, files map[string]string, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// workbook writes a manifest in CSV as the sheet of an XLSX.
func workbook(t testing.TB, table string) string {
	t.Helper()
	f := excelize.NewFile()
	for i, line := range strings.Split(strings.TrimSpace(table), "\n") {
		for j, cell := range strings.Split(line, ",") {
			at, _ := excelize.CoordinatesToCellName(j+1, i+1)
			if err := f.SetCellValue("Sheet1", at, cell); err != nil {
				t.Fatal(err)
			}
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestManifestOfEveryKindGivesTheSameCases(t *testing.T) {
	reader := newReader(t, intake.DefaultLimits())
	check := func(what string, batch *intake.Batch, err error, manifest string, lines [4]int) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		defer batch.Close()
		if diff := cmp.Diff(batch.Cases, goodCases(manifest, lines)); diff != "" {
			t.Errorf("%s (-got +want):\n%s", what, diff)
			return
		}
		doc, err := batch.Read(context.Background(), reader, batch.Cases[0].Documents[1])
		if err != nil || doc.Text != "tweede" || doc.Name != "C-0001/b.txt" {
			t.Errorf("%s: document = %q %q, %v", what, doc.Name, doc.Text, err)
		}
	}
	lines := [4]int{1, 2, 3, 4}
	limits := intake.DefaultLimits()
	open := func(dir, name string) (*intake.Batch, error) {
		return intake.Open(filepath.Join(dir, name), known, limits)
	}
	upload := func(data []byte) (*intake.Batch, error) {
		return intake.OpenUpload(bytes.NewReader(data), int64(len(data)), "stapel.zip", known, limits)
	}

	dir := folder(t, with(goodFiles, "manifest.csv", goodManifest))
	b, err := open(dir, "")
	check("folder", b, err, "manifest.csv", lines)
	b, err = open(dir, "manifest.csv")
	check("CSV beside its files", b, err, "manifest.csv", lines)

	semicolons := "\ufeff" + strings.ReplaceAll(strings.ReplaceAll(goodManifest, ",", ";"), "2.5", "2,5")
	b, err = open(folder(t, with(goodFiles, "lijst.csv", semicolons)), "")
	check("semicolons, byte order mark, decimal comma", b, err, "lijst.csv", lines)

	b, err = open(folder(t, with(goodFiles, "manifest.xlsx", workbook(t, goodManifest))), "")
	check("XLSX", b, err, "manifest.xlsx", lines)

	files := with(goodFiles, "manifest.csv", goodManifest)
	packed := zipOf(t, files, "manifest.csv", "C-0001/a.txt", "C-0001/b.txt")
	b, err = upload(packed)
	check("uploaded ZIP", b, err, "manifest.csv", lines)
	b, err = open(folder(t, map[string]string{"stapel.zip": string(packed)}), "stapel.zip")
	check("ZIP on disk", b, err, "manifest.csv", lines)

	wrapped := map[string]string{}
	for name, content := range files {
		wrapped["map/"+name] = content
	}
	b, err = upload(zipOf(t, wrapped, "map/C-0001/a.txt", "map/C-0001/b.txt", "map/manifest.csv", "__MACOSX/map/._manifest.csv"))
	check("ZIP of a folder", b, err, "manifest.csv", lines)
}

func TestManifestAloneIsOnSite(t *testing.T) {
	table := []byte("case_id,region,period,document,type\nC-1,VT01,2025-H2,1,melding\nC-2,VT02,2024,,\n")
	b, err := intake.OpenUpload(bytes.NewReader(table), int64(len(table)), "m.csv", known, intake.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.Cases {
		if !c.OnSite {
			t.Errorf("case %s is not on site", c.ID)
		}
	}
	if got := len(b.Cases); got != 2 {
		t.Errorf("%d cases, want 2", got)
	}
}

func TestManifestOfExcelIsWindows1252(t *testing.T) {
	table := []byte("case_id;title\nC-1;Co\xf6rdinator\n")
	b, err := intake.OpenUpload(bytes.NewReader(table), int64(len(table)), "m.csv", known, intake.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if got := b.Cases[0].Documents[0].Title; got != "Coördinator" || b.Encoding != "windows-1252" {
		t.Errorf("title %q, encoding %q", got, b.Encoding)
	}
}

func TestFolderWithoutManifest(t *testing.T) {
	dir := folder(t, map[string]string{
		"C-2/verslag_school dag-021.txt": "b", "C-2/melding.txt": "a", "C-2/.DS_Store": "x", "C-1/notitie d7.txt": "c",
	})
	b, err := intake.Open(dir, known, intake.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	entry := func(n int, kind, title string, day *int, file string) intake.Entry {
		return intake.Entry{Number: n, Type: kind, Title: title, Day: day, File: file, Place: intake.Place{File: file}}
	}
	want := []intake.Case{
		{ID: "C-1", Weight: 1, Place: intake.Place{File: "C-1"}, Documents: []intake.Entry{
			entry(1, "", "notitie d7", day(7), "C-1/notitie d7.txt"),
		}},
		{ID: "C-2", Weight: 1, Place: intake.Place{File: "C-2"}, Documents: []intake.Entry{
			entry(1, "melding", "melding", nil, "C-2/melding.txt"),
			entry(2, "verslag_school", "verslag_school dag-021", day(21), "C-2/verslag_school dag-021.txt"),
		}},
	}
	if diff := cmp.Diff(b.Cases, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}
