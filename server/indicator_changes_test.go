package server_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"image/png"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// changing is a study of two half-years; a count of W3 in the second is too
// small to be seen.
func changing(t *testing.T) *site {
	t.Helper()
	s := open(t)
	settleCases(t, s, "W1", "2025-H1", 60, 60)
	settleCases(t, s, "W3", "2025-H1", 80, 40)
	settleCases(t, s, "W1", "2025-H2", 100, 60)
	settleCases(t, s, "W3", "2025-H2", 118, 2)
	return s
}

// settleWith adds n settled cases of a region and period that have the answers,
// and others that are whole.
func settleWith(t *testing.T, s *site, region, period string, n int, answers map[string]string) {
	t.Helper()
	var cases []annotations.IncomingCase
	var codings []store.ImportedCoding
	stated := codebook.Answers{}
	for variable, value := range map[string]string{"received": "2025-02-03", "parts_hit": "wheel", "remark": "done"} {
		stated[variable] = codebook.Answer{Value: value}
	}
	if answers["repaired"] == "yes" {
		for variable, value := range map[string]string{"parts_new": "chain", "ready": "2025-02-06", "minutes": "40", "quality": "good"} {
			stated[variable] = codebook.Answer{Value: value}
		}
	}
	for variable, value := range answers {
		stated[variable] = codebook.Answer{Value: value}
	}
	for i := range n {
		id := annotations.CaseID(fmt.Sprintf("A-%s-%s-%s-%s-%03d", period, region, answers["damage"], answers["repaired"], i))
		cases = append(cases, annotations.IncomingCase{Case: annotations.Case{ID: id, Region: region, Period: period, OnSite: true}})
		codings = append(codings, store.ImportedCoding{Case: id, Coder: s.People["anna"].ID, Answers: stated, SubmittedAt: s.Clock.Now()})
	}
	s.Import(t, storetest.Study, cases...)
	if _, _, err := s.Store.ImportCodings(t.Context(), auth.Actor{}, storetest.Study, codings, false, nil); err != nil {
		t.Fatal(err)
	}
}

const changedPage = "/s/bicycles/indicators/ind_repair?measure=m_repaired&period=2025-H2"

// The page of a share shows how it changed since the preceding half-year, by
// region, as the files have it: with its interval, and with a dot where one of
// the two figures is hidden.
func TestAPageShowsChangesBetweenPeriods(t *testing.T) {
	s := changing(t)
	v := s.visit(t, "mona")
	page := html.UnescapeString(v.get(changedPage).body)
	_, section, found := strings.Cut(page, "Change since the first half of 2025")
	if !found {
		t.Fatal("the page has no section on the change")
	}
	section, _, _ = strings.Cut(section, "</section>")
	if !strings.Contains(section, "The line is the 95% interval, which takes the samples of both periods into account") {
		t.Error("the page does not say how to read a change")
	}
	rows, err := csv.NewReader(bytes.NewReader(v.file("/s/bicycles/exports/indicators/csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	signed := func(text string) string {
		t.Helper()
		x, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Replace(strings.Replace(fmt.Sprintf("%+d", x), "-", "\u2212", 1), "+0", "0", 1)
	}
	shown, hidden := 0, 0
	for _, r := range rows[1:] {
		if r[0] != "m_repaired" || r[2] != "DIFF_PP" || r[4] != "2025-H2" {
			continue
		}
		if r[8] == "" {
			hidden++
			continue
		}
		shown++
		// A cell of the table, and the end of the line in the chart.
		for _, want := range []string{">" + signed(r[8]) + "</td>", ">" + signed(r[8]) + "</text>", signed(r[15]) + " to " + signed(r[16])} {
			if !strings.Contains(section, want) {
				t.Errorf("the section lacks %q of %s", want, r[5])
			}
		}
	}
	if shown == 0 || hidden == 0 || shown+hidden != 3 {
		t.Fatalf("the file shows %d changes and hides %d, want both, and three together", shown, hidden)
	}
	if n := strings.Count(section, `<td class="n">.</td><td class="n">.</td>`); n != hidden {
		t.Errorf("%d changes are dots, want %d", n, hidden)
	}
	if first := v.get(strings.Replace(changedPage, "H2", "H1", 1)).body; strings.Contains(first, "Change since") {
		t.Error("the first period shows a change")
	}
	if known := v.get(changedPage + "&policy=known").body; !strings.Contains(known, "Changes are those of the measure’s own policy") {
		t.Error("with the other policy the page does not say which policy changes are of")
	}
	if mean := v.get("/s/bicycles/indicators/ind_time?period=2025-H2"); mean.status != 200 || strings.Contains(mean.body, "Change since") {
		t.Errorf("the page of a mean answers %d, or shows a change", mean.status)
	}
}

// The national change of two shares that differ by ten points and more is told
// in words, with its interval.
func TestAChangeInWords(t *testing.T) {
	s := open(t)
	settleCases(t, s, "W1", "2025-H1", 60, 60)
	settleCases(t, s, "W3", "2025-H1", 60, 60)
	settleCases(t, s, "W1", "2025-H2", 60, 60)
	settleCases(t, s, "W3", "2025-H2", 90, 30)
	page := html.UnescapeString(s.visit(t, "olga").get(changedPage).body)
	// 150 of 240 is 62.5 %, shown as 63; 120 of 240 is 50 %.
	if want := "Since the first half of 2025 the national figure changed by +13 percentage points; with 95 % confidence the change lies between +"; !strings.Contains(page, want) {
		t.Errorf("the page lacks %q", want)
	}
	if strings.Contains(page, "That may be chance") {
		t.Error("a change whose interval lies above 0 is said to be chance")
	}
	s = open(t)
	settleCases(t, s, "W1", "2025-H1", 60, 60)
	settleCases(t, s, "W1", "2025-H2", 62, 58)
	if page := s.visit(t, "olga").get(changedPage).body; !strings.Contains(page, "That may be chance") {
		t.Error("a change of two points in 120 case files is not said to be perhaps chance")
	}
}

// The line of half-years and the changes can be taken along as pictures and as
// numbers, and each half-year is in them.
func TestPeriodChartsCanBeTakenAlong(t *testing.T) {
	s := changing(t)
	v := s.visit(t, "olga")
	page := v.get(changedPage).body
	for chart, title := range map[string]string{"periods": "Repaired by period", "changes": "Change of “Repaired” by region from the first half of 2025 to the second half of 2025, in percentage points"} {
		base := "/s/bicycles/indicators/ind_repair/charts/" + chart
		const query = "?measure=m_repaired&period=2025-H2"
		for _, format := range []string{"svg", "png", "csv"} {
			if want := base + "." + format + strings.ReplaceAll(query, "&", "&amp;"); !strings.Contains(page, want) {
				t.Errorf("the page does not offer %s", want)
			}
		}
		svg := v.file(base + ".svg" + query)
		if !bytes.Contains(svg, []byte("<title>"+title+"</title>")) {
			t.Errorf("%s.svg is %.200q", chart, svg)
		}
		if _, err := png.Decode(bytes.NewReader(v.file(base + ".png" + query))); err != nil {
			t.Errorf("%s.png: %v", chart, err)
		}
		rows, err := csv.NewReader(bytes.NewReader(v.file(base + ".csv" + query))).ReadAll()
		if err != nil || len(rows) < 3 || strings.Join(rows[0], ",") != "code,label,value,ci_lower,ci_upper,n_cases" {
			t.Fatalf("%s.csv: %v, %v", chart, rows, err)
		}
		if chart == "periods" && (rows[1][0] != "2025-H1" || rows[2][0] != "2025-H2" || len(rows) != 3) {
			t.Errorf("the periods of the file are %v", rows[1:])
		}
	}
}

// A measure whose meaning changed after a release, for the study changed a list
// that it rests on, has a break in its line, a note that says so, and no change
// across it. Another measure has none.
func TestABreakIsMarkedInTheHalfYears(t *testing.T) {
	s := open(t)
	grade := func(chain string) {
		t.Helper()
		book, err := s.Store.Codebook(t.Context(), storetest.Study)
		if err != nil {
			t.Fatal(err)
		}
		list, _ := book.List("part")
		entries := slices.Clone(list.Entries)
		for i, e := range entries {
			level := "none"
			if e.Code == "chain" {
				level = chain
			}
			entries[i].Attributes = map[string]string{"grade": level}
		}
		if err := s.Store.SetList(t.Context(), s.People["daan"], storetest.Study, "part", entries); err != nil {
			t.Fatal(err)
		}
	}
	grade("gold")
	settleCases(t, s, "W1", "2025-H1", 60, 60)
	settleCases(t, s, "W1", "2025-H2", 80, 40)
	v := s.visit(t, "olga")
	graded := strings.Replace(changedPage, "m_repaired", "m_graded", 1)
	page := v.get(graded).body
	if strings.Contains(page, "means something else") || !strings.Contains(page, "Since the first half of 2025 the national figure") {
		t.Fatal("before anything changed a break is marked, or nothing is said of the change")
	}
	at := draft(t, s, nil, "2025-H1")
	s.visit(t, "lena").post(at+"/approve", nil).want(t, "approval", 303)
	grade("silver")
	page = v.get(graded).body
	const broken = "From the second half of 2025 on this measure means something else"
	if n := strings.Count(page, broken); n != 3 {
		t.Errorf("the break is told %d times, want in the chart, below it and in place of the change", n)
	}
	if svg := v.file("/s/bicycles/indicators/ind_repair/charts/periods.svg?measure=m_graded"); !bytes.Contains(svg, []byte(broken)) || !bytes.Contains(svg, []byte("stroke-dasharray")) {
		t.Error("the break is not in the picture that is taken along")
	}
	if strings.Contains(page, "Since the first half of 2025 the national figure") {
		t.Error("a change is told across the break")
	}
	if other := v.get(changedPage).body; strings.Contains(other, "means something else") || !strings.Contains(other, "Since the first half of 2025 the national figure") {
		t.Error("a measure that did not change has a break, or no change")
	}
}

// National figures stand by class of a background variable, as the files have
// them, in a chart that can be taken along and in a table.
func TestFiguresByClass(t *testing.T) {
	s := open(t)
	if err := s.Store.SetBreakdowns(t.Context(), s.People["daan"], storetest.Study, []string{"damage"}); err != nil {
		t.Fatal(err)
	}
	settleWith(t, s, "W1", "2025-H2", 90, map[string]string{"damage": "yes_clear", "repaired": "yes"})
	settleWith(t, s, "W1", "2025-H2", 60, map[string]string{"damage": "yes_clear", "repaired": "no"})
	settleWith(t, s, "W1", "2025-H2", 50, map[string]string{"damage": "yes_slight", "repaired": "yes"})
	settleWith(t, s, "W1", "2025-H2", 60, map[string]string{"damage": "yes_slight", "repaired": "no"})
	v := s.visit(t, "mona")
	page := v.get(changedPage).body
	rows, err := csv.NewReader(bytes.NewReader(v.file("/s/bicycles/exports/indicators/csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(page, "<h2>By Damage</h2>")
	if !found {
		t.Fatal("the page is not divided by damage")
	}
	section, _, _ = strings.Cut(section, "</section>")
	labels := map[string]string{"yes_clear": "Yes, clearly", "yes_slight": "Yes, slightly", "none": "No"}
	shown := 0
	for _, r := range rows[1:] {
		if r[0] != "m_repaired" || r[2] != "PCT" || r[3] != "demonstrable" || r[4] != "2025-H2" || r[6] != "damage" {
			continue
		}
		if r[5] != "NL01" {
			t.Errorf("%s is divided by class", r[5])
		}
		want := labels[r[7]] + `</th><td class="n">.</td>`
		if r[8] != "" {
			shown++
			want = r[8] + "\u00a0%</td>"
		}
		if r[20] == "M" {
			continue
		}
		if !strings.Contains(section, want) {
			t.Errorf("the division lacks %q of %s", want, r[7])
		}
	}
	if shown != 2 {
		t.Errorf("%d classes are shown, want two", shown)
	}
	base := "/s/bicycles/indicators/ind_repair/charts/by-damage"
	if svg := v.file(base + ".svg?measure=m_repaired&period=2025-H2"); !bytes.Contains(svg, []byte("Repaired by Damage, second half of 2025")) {
		t.Errorf("the chart is %.200q", svg)
	}
	if _, err := png.Decode(bytes.NewReader(v.file(base + ".png?measure=m_repaired&period=2025-H2"))); err != nil {
		t.Error(err)
	}
	if rows, err := csv.NewReader(bytes.NewReader(v.file(base + ".csv?measure=m_repaired&period=2025-H2"))).ReadAll(); err != nil || len(rows) != 4 {
		t.Errorf("the numbers of the chart: %v, %v", rows, err)
	}
}
