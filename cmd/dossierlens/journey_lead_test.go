package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/codebook/builtin"
	"github.com/dossierlens/dossierlens/exports"
)

// TestJourneyLead follows a lead from a case that two coders coded to a
// settled one, and the figures from there into a workbook that says what the
// page says.
func TestJourneyLead(t *testing.T) {
	site := demoAt(t)
	lead := visit(t, site)
	lead.login("leider", "demo demo demo")
	study := eval[string](lead, `document.querySelector('main a[href^="/s/"]').getAttribute("href")`)
	lead.follow(`main a[href^="/s/"]`)
	lead.follow(`.nav a[href$="/agreement"]`)
	if n := eval[int](lead, `document.querySelectorAll("main table.grid tbody tr").length`); n < 50 {
		t.Errorf("the agreement page has %d rows, want one a variable", n)
	}
	sameByCommand(t, agreementOf(lead, study), download(lead, study+"/exports/codings/csv"), "builtin:"+builtin.IDs()[0])
	lead.follow(`.nav a[href$="/differences"]`)
	waiting := func() []string {
		lead.open(study + "/differences")
		return strings.Split(lead.text("main tbody th a"), "|")
	}
	before := waiting()
	id := before[len(before)-1]
	if n := settle(t, lead, strings.TrimPrefix(study, "/s/"), id); n == 0 {
		t.Errorf("nothing was decided about %s", id)
	}
	if got := lead.text(".heading .good"); got == "" {
		t.Errorf("the page does not say that %s is settled", id)
	}
	lead.shot("settled")
	for _, still := range waiting() {
		if still == id {
			t.Errorf("%s still waits to be settled", id)
		}
	}
	// The codings stay as they were handed in.
	codings := records(t, download(lead, study+"/exports/codings/csv"))
	coders := map[string]bool{}
	for _, row := range codings {
		if row["case_id"] == id {
			coders[row["coder"]] = true
		}
	}
	if len(coders) < 2 {
		t.Errorf("the codings of %s are by %v, want both coders", id, coders)
	}

	monitor := visit(t, site)
	monitor.login("monitor", "demo demo demo")
	monitor.open(study + "/indicators")
	checkWorkbook(t, monitor, study)
}

// A shownFigure is a row of the indicator page.
type shownFigure struct {
	Href  string `json:"href"`
	Value string `json:"value"`
	N     string `json:"n"`
}

// checkWorkbook downloads the workbook and requires of it what the indicator
// page shows.
func checkWorkbook(t *testing.T, b *tab, study string) {
	t.Helper()
	book, err := builtin.Codebook(builtin.IDs()[0]) // that of the demo
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(download(b, study+"/exports/indicators/xlsx")))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cells := map[string]map[string]string{} // by measure, variant and period, of the nation
	rows := 0
	for _, sheet := range f.GetSheetList() {
		table, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(table) == 0 || len(table[0]) == 0 || table[0][0] != "indicator_id" {
			continue
		}
		for _, row := range table[1:] {
			o := map[string]string{}
			for i, name := range table[0] {
				if i < len(row) {
					o[name] = row[i]
				}
			}
			rows++
			if o["region_id"] == nation(table) && o["breakdown_id"] == total(table) && o["measure_id"] != exports.StatisticChange {
				cells[strings.Join([]string{o["indicator_id"], o["variant"], o["period"]}, " ")] = o
			}
		}
	}
	if rows < 1000 {
		t.Errorf("the workbook has %d rows of data", rows)
	}
	var lines []shownFigure
	if err := json.Unmarshal([]byte(eval[string](b, `JSON.stringify([...document.querySelectorAll("table.headlines tbody tr")].map((r) => ({ href: r.querySelector("a").getAttribute("href"), value: r.querySelectorAll("td.n")[0].textContent.trim(), n: r.querySelectorAll("td.n")[1].textContent.trim() })))`)), &lines); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, l := range lines {
		u, err := url.Parse(l.Href)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range book.Measures {
			if m.Indicator != u.Path[strings.LastIndex(u.Path, "/")+1:] || !m.Headline {
				continue
			}
			o := cells[fmt.Sprintf("%s %s %s", m.ID, m.Policy, u.Query().Get("period"))]
			if got := digits(l.N); o == nil || got != o["n_cases"] {
				t.Errorf("%s: the page says %s cases, the workbook %v", m.ID, l.N, o)
				continue
			}
			if got := digits(l.Value); m.Kind == codebook.Share && got != o["value"] {
				t.Errorf("%s: the page says %s, the workbook %s", m.ID, l.Value, o["value"])
			}
			compared++
		}
	}
	if compared < 3 {
		t.Errorf("%d figures of the page %v were found in the workbook", compared, lines)
	}
}

// nation and total are the codes of the first row of the data, which is of
// the whole study.
func nation(table [][]string) string { return table[1][5] }
func total(table [][]string) string  { return table[1][6] }

// digits keeps the digits of a figure.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
