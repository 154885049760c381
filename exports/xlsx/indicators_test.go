package xlsx_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/exports/xlsx"
)

// publication is one of 90 repairs in W1, 90 in W3 and 6 in W2, which are too
// few to be shown.
func publication(t *testing.T, title string) exports.Publication {
	t.Helper()
	src, err := os.ReadFile("../../codebook/testdata/bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book, err := codebook.Parse(src, "bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tally := exports.NewTally(book, nil)
	add := func(n int, region, repaired string) {
		for range n {
			answers := book.Effective(codebook.Answers{"workshop": {Value: region}, "damage": {Value: "yes_clear"},
				"repaired": {Value: repaired}, "quality": {Value: "good"}, "minutes": {Value: "40"}})
			c := exports.SettledCase{Region: region, Period: "2025-H1", FrameN: 200, Statuses: book.Statuses(answers), Numbers: map[string]float64{}}
			for _, m := range book.Measures {
				if n, ok := book.Number(m, answers); ok {
					c.Numbers[m.ID] = n
				}
			}
			tally.Add(c)
		}
	}
	add(60, "W1", "yes")
	add(30, "W1", "no")
	add(50, "W3", "yes")
	add(40, "W3", "no")
	add(6, "W4", "yes")
	table := tally.Table()
	released, err := disclosure.Steekproef().Apply(t.Context(), table.Table)
	if err != nil {
		t.Fatal(err)
	}
	return exports.Publish(released, table, exports.Stage{Status: "P", Vintage: 1}, "bicycles", title, time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
}

func indicatorsOf(t *testing.T, p exports.Publication, lang string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := xlsx.WriteIndicators(&b, p, lang); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func reopen(t *testing.T, b []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// dump writes every cell as a reader sees it, with the type of those that are
// not text.
func dump(t *testing.T, f *excelize.File) string {
	t.Helper()
	var b strings.Builder
	for _, sheet := range f.GetSheetList() {
		fmt.Fprintf(&b, "== %s\n", sheet)
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for j, shown := range row {
				at, _ := excelize.CoordinatesToCellName(j+1, i+1)
				kind, err := f.GetCellType(sheet, at)
				if err != nil {
					t.Fatal(err)
				}
				if shown != "" {
					mark := "text"
					if kind == excelize.CellTypeUnset || kind == excelize.CellTypeNumber {
						mark = "number"
					}
					fmt.Fprintf(&b, "%s %s %s\n", at, mark, shown)
				}
			}
		}
	}
	return b.String()
}

func TestIndicatorWorkbook(t *testing.T) {
	for _, lang := range []string{"nl", "en"} {
		got := dump(t, reopen(t, indicatorsOf(t, publication(t, "Reparaties"), lang)))
		golden := filepath.Join("testdata", "indicators-"+lang+".txt")
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			if err := os.WriteFile(golden+".got", []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Errorf("the %s workbook differs from %s; it is in %s.got", lang, golden, golden)
		}
	}
}

func TestIndicatorWorkbookIsTheSameEveryTime(t *testing.T) {
	p := publication(t, "Reparaties")
	first := indicatorsOf(t, p, "nl")
	for range 5 {
		if !bytes.Equal(indicatorsOf(t, p, "nl"), first) {
			t.Fatal("the same publication gave other bytes")
		}
	}
}

func TestIndicatorWorkbookHidesWhatIsHidden(t *testing.T) {
	f := reopen(t, indicatorsOf(t, publication(t, "Reparaties"), "nl"))
	hidden := 0
	rows, err := f.GetRows("Data")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		if row[5] != "W4" {
			continue
		}
		hidden++
		for i, name := range exports.Columns[8:] {
			switch at := 8 + i; name {
			case "value", "numerator", "denominator", "n_cases", "population_n", "se", "ci_lower", "ci_upper", "deff":
				if at < len(row) && row[at] != "" {
					t.Errorf("%s of a hidden cell is %q", name, row[at])
				}
			}
		}
	}
	if hidden == 0 {
		t.Error("no row of W4 in the data")
	}
	panes, err := f.GetPanes("Tabel 1")
	if err != nil || !panes.Freeze || panes.YSplit != 7 || panes.XSplit != 1 {
		t.Errorf("panes = %+v, %v", panes, err)
	}
	titled := map[string]bool{}
	for _, name := range f.GetDefinedName() {
		if name.Name == "_xlnm.Print_Titles" {
			titled[name.Scope] = true
		}
	}
	for _, sheet := range []string{"Tabel 1", "Tabel 2", "Data"} {
		if !titled[sheet] {
			t.Errorf("%s has no print titles", sheet)
		}
	}
	if linked, target, err := f.GetCellHyperLink("Inhoud", "A10"); err != nil || !linked || target != "'Tabel 1'!A1" {
		t.Errorf("link of table 1 = %v %q %v", linked, target, err)
	}
	tables, err := f.GetTables("Data")
	if err != nil || len(tables) != 1 {
		t.Errorf("tables in the data: %v %v", tables, err)
	}
}

func TestTextsAreNoFormulas(t *testing.T) {
	for _, evil := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://example.org\")"} {
		b := indicatorsOf(t, publication(t, evil), "nl")
		f := reopen(t, b)
		if got, err := f.GetCellValue("Inhoud", "A1"); err != nil || got != "'"+evil {
			t.Errorf("title %q became %q, %v", evil, got, err)
		}
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range z.File {
			r, err := part.Open()
			if err != nil {
				t.Fatal(err)
			}
			var xml bytes.Buffer
			if _, err := xml.ReadFrom(r); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(part.Name, "worksheets/") && strings.Contains(xml.String(), "<f>") {
				t.Errorf("%s has a formula", part.Name)
			}
		}
	}
}

// The workbook of a release says how final each period is, which figures did
// not pass the gate, and what the release and its files are known by.
func TestReleaseWorkbook(t *testing.T) {
	book := publication(t, "Reparaties").Book
	var cases []exports.SettledCase
	for i := range 180 {
		period := []string{"2025-H1", "2025-H2"}[i/90]
		answers := book.Effective(codebook.Answers{"workshop": {Value: "W1"}, "damage": {Value: "yes_clear"}, "repaired": {Value: []string{"yes", "no"}[i%2]}, "quality": {Value: "good"}})
		cases = append(cases, exports.SettledCase{Case: annotations.CaseID(fmt.Sprintf("B-%03d", i)), Region: "W1", Period: period, FrameN: 200, Statuses: book.Statuses(answers),
			Organisation: fmt.Sprint("organisation ", i*i%17), Classes: map[string]string{"damage": "yes_clear"}})
	}
	terms := exports.Terms{Study: "bicycles", Title: "Reparaties", AsOf: "2026-01-05T09:00:00Z", Tool: "0.1.0", Profile: disclosure.Steekproef(), Gate: exports.DefaultGate(),
		Contact: "=cijfers@onderzoek.example", Design: exports.Design{Organisation: "source", Variable: "damage", Totals: []exports.ClassTotal{{Period: "2025-H1", Class: "yes_clear", Total: 400}}},
		Verdicts: []exports.Verdict{{Indicator: "ind_repair", Measure: "m_well", State: exports.Provisional}},
		Periods:  []exports.ReleasedPeriod{{Period: "2025-H1", Stage: "P", Vintage: 2}, {Period: "2025-H2", Stage: "A", Vintage: 1}}}
	r, err := exports.Freeze(t.Context(), terms, book, exports.Methods{}, func(yield func(exports.SettledCase, error) bool) {
		for _, c := range cases {
			if !yield(c, nil) {
				return
			}
		}
	}, disclosure.Ledger{})
	if err != nil {
		t.Fatal(err)
	}
	got := dump(t, reopen(t, indicatorsOf(t, r.Publication(), "nl")))
	wants := []string{"1e halfjaar 2025**\n", "2e halfjaar 2025\n", "nader voorlopig (**), definitief", "Gerepareerd 1)\n", "1) Voorlopig: de overeenstemming", r.ID, "drempel", "Reparatie\nB", "voorlopig\n",
		"'=cijfers@onderzoek.example\n", "De populatie bestaat uit alle dossiers", "dossiers als er in zijn stratum", "tellen samen als één cluster", "per categorie van ‘Schade’"}
	for _, f := range r.Files {
		if !f.Inside && f.Name != exports.ManifestFile {
			wants = append(wants, f.Name+"\n", f.SHA256())
		}
	}
	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("the workbook does not say %q", want)
		}
	}
}

// A release may ask for the older set of signs: what is not shown is an x, in
// the tables and in what explains them, and everything else stays.
func TestOlderSymbols(t *testing.T) {
	p := publication(t, "Reparaties")
	now := dump(t, reopen(t, indicatorsOf(t, p, "nl")))
	p.Symbols = exports.OlderSymbols
	older := dump(t, reopen(t, indicatorsOf(t, p, "nl")))
	hidden := strings.Count(now, " text .\n")
	if hidden == 0 || strings.Count(older, " text x\n") != hidden || strings.Contains(older, " text .\n") {
		t.Errorf("%d dots became %d x", hidden, strings.Count(older, " text x\n"))
	}
	if strings.Contains(now, "geheim of onvoldoende betrouwbaar") || !strings.Contains(older, "x  het cijfer is geheim of onvoldoende betrouwbaar") || !strings.Contains(older, ".  het cijfer is onbekend\n") {
		t.Error("the signs are not explained by the set that is used")
	}
	if got := strings.Count(older, " number "); got != strings.Count(now, " number ") {
		t.Errorf("%d numbers under the older signs", got)
	}
}
