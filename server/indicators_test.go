package server_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// settle gives the study settled cases, coded by anna: yes and no are how many
// were repaired and how many not.
func settle(t *testing.T, s *site, region string, yes, no int) {
	t.Helper()
	settleWeighted(t, s, region, yes, no, 0)
}

// settleWeighted is settle with the weight that the manifest gives.
func settleWeighted(t *testing.T, s *site, region string, yes, no int, weight float64) {
	t.Helper()
	ctx := t.Context()
	var cases []annotations.IncomingCase
	var codings []store.ImportedCoding
	for i := range yes + no {
		id := annotations.CaseID(fmt.Sprintf("S-%s-%03d", region, i))
		in := s.Case(t, id, region)
		in.Case.Weight = weight
		cases = append(cases, in)
		answers := codebook.Answers{"received": {Value: "2025-02-03"}, "damage": {Value: "yes_clear"}, "parts_hit": {Value: "wheel"}, "repaired": {Value: "no"}, "remark": {Value: "=1+1"}}
		if i < yes {
			for variable, value := range map[string]string{"repaired": "yes", "parts_new": "chain", "ready": "2025-02-06", "minutes": "40", "quality": "good"} {
				answers[variable] = codebook.Answer{Value: value}
			}
		}
		codings = append(codings, store.ImportedCoding{Case: id, Coder: s.People["anna"].ID, Answers: answers, SubmittedAt: s.Clock.Now()})
	}
	s.Import(t, storetest.Study, cases...)
	for i := range cases {
		err := s.Store.Assign(ctx, s.People["lena"], storetest.Study, []store.NewAssignment{{Case: cases[i].Case.ID, Coder: s.People["anna"].ID, Round: "1"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.Store.ImportCodings(ctx, s.People["daan"], storetest.Study, codings, false, nil); err != nil {
		t.Fatal(err)
	}
}

// figured is a study of 90 settled cases in W1 and 90 in W3.
func figured(t *testing.T) *site {
	t.Helper()
	s := open(t)
	settle(t, s, "W1", 60, 30)
	settle(t, s, "W3", 45, 45)
	return s
}

func (v *visitor) file(path string) []byte {
	v.t.Helper()
	got := v.get(path)
	if got.status != http.StatusOK {
		v.t.Fatalf("%s answers %d: %s", path, got.status, got.body)
	}
	if !strings.HasPrefix(got.header.Get("Content-Disposition"), `attachment; filename="`+storetest.Study+"-") {
		v.t.Errorf("%s is sent as %q", path, got.header.Get("Content-Disposition"))
	}
	return []byte(got.body)
}

func TestIndicatorPagesShowTheFiguresOfTheFiles(t *testing.T) {
	s := figured(t)
	v := s.visit(t, "mona")
	list := v.get("/s/bicycles/indicators")
	for _, want := range []string{"Based on 180 settled case files", "Repair", "Working time"} {
		if list.status != http.StatusOK || !strings.Contains(list.body, want) {
			t.Errorf("the list answers %d and lacks %q", list.status, want)
		}
	}
	page := v.get("/s/bicycles/indicators/ind_repair?measure=m_repaired")
	if page.status != http.StatusOK {
		t.Fatalf("the page answers %d: %s", page.status, page.body)
	}
	f, err := excelize.OpenReader(bytes.NewReader(v.file("/s/bicycles/exports/indicators/xlsx")))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Data")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, r := range rows[1:] {
		if r[0] != "m_repaired" || r[3] != "demonstrable" {
			continue
		}
		if r[20] == "Q" {
			t.Errorf("%s is hidden", r[5])
			continue
		}
		compared++
		for _, shown := range []string{r[8] + "\u00a0%", r[15] + "\u00a0% to " + r[16] + "\u00a0%"} {
			if !strings.Contains(page.body, shown) {
				t.Errorf("the page does not show %q of %s", shown, r[5])
			}
		}
	}
	if compared != 3 {
		t.Errorf("%d figures were compared, want those of the nation and two regions", compared)
	}
	for _, want := range []string{"In 58\u00a0% of 180 case files", "Demonstrable", "no ranking", "aria-current=\"true\">Repaired"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if got := v.get("/s/bicycles/indicators/ind_repair?policy=known&measure=m_well"); !strings.Contains(got.body, "only case files in which the answer stands count") {
		t.Error("the policy is not switched")
	}
	if got := v.get("/s/bicycles/indicators/ind_time"); got.status != http.StatusOK {
		t.Errorf("an indicator without a share answers %d", got.status)
	}
	if got := v.get("/s/bicycles/indicators/ind_none"); got.status != http.StatusNotFound {
		t.Errorf("an indicator that is not there answers %d", got.status)
	}
}

// The page of an indicator is dark for who asked for that: the theme of the
// indicator in the catalogue is another one.
func TestThePageOfAnIndicatorKeepsTheThemeOfItsReader(t *testing.T) {
	v := figured(t).visit(t, "mona")
	v.post("/preferences", url.Values{"lang": {"en"}, "theme": {"dark"}, "back": {"/help"}}).want(t, "the preference", http.StatusSeeOther)
	for _, path := range []string{"/s/bicycles/indicators", "/s/bicycles/indicators/ind_repair", "/s/bicycles/sheets/W1", "/s/bicycles/releases", "/s/bicycles/releases/new"} {
		v.get(path).want(t, path, http.StatusOK, `<html lang="en" data-theme="dark">`)
	}
}

func TestFiguresFollowTheCases(t *testing.T) {
	s := open(t)
	v := s.visit(t, "olga")
	if got := v.get("/s/bicycles/indicators"); got.status != http.StatusOK || !strings.Contains(got.body, "No figures yet") {
		t.Errorf("without cases the list answers %d: %s", got.status, got.body)
	}
	settle(t, s, "W1", 60, 30)
	if got := v.get("/s/bicycles/indicators/ind_repair?measure=m_repaired"); !strings.Contains(got.body, "In 67\u00a0% of 90 case files") {
		t.Error("the figure of 90 cases is not shown")
	}
	settle(t, s, "W3", 45, 45)
	if got := v.get("/s/bicycles/indicators/ind_repair?measure=m_repaired"); !strings.Contains(got.body, "In 58\u00a0% of 180 case files") {
		t.Error("the figure did not follow the new cases")
	}
}

// Three of 100 repairs in W3 failed, too few to be shown: the share is found
// in nothing that leaves, whatever its form.
func TestHiddenFiguresStayHidden(t *testing.T) {
	s := open(t)
	settle(t, s, "W1", 60, 30)
	settle(t, s, "W3", 97, 3)
	v := s.visit(t, "mona")
	page := v.get("/s/bicycles/indicators/ind_repair?measure=m_repaired").body
	if strings.Contains(page, "97\u00a0%") || strings.Contains(page, "100</td>") {
		t.Error("the page shows the hidden figure of W3")
	}
	read := csv.NewReader(bytes.NewReader(v.file("/s/bicycles/exports/indicators/csv")))
	rows, err := read.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	hidden := 0
	for _, r := range rows[1:] {
		if r[0] == "m_repaired" && r[5] == "W3" {
			hidden++
			if r[20] != "Q" || strings.Join(r[10:17], "") != "" || r[8] != "" {
				t.Errorf("the CSV has %q", r)
			}
		}
	}
	if hidden != 4 {
		t.Errorf("%d rows of W3, want one a variant", hidden)
	}
	var objects []map[string]any
	if err := json.Unmarshal(v.file("/s/bicycles/exports/indicators/json"), &objects); err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		if o["indicator_id"] == "m_repaired" && o["region_id"] == "W3" && (o["value"] != nil || o["numerator"] != nil || o["n_cases"] != nil) {
			t.Errorf("the JSON has %v", o)
		}
	}
	f, err := excelize.OpenReader(bytes.NewReader(v.file("/s/bicycles/exports/indicators/xlsx")))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := f.GetRows("Table 1")
	if err != nil {
		t.Fatal(err)
	}
	measure, dots := "", 0
	for _, r := range table {
		if len(r) == 1 {
			measure = r[0]
		}
		if len(r) > 1 && measure == "Repaired" && strings.HasPrefix(r[0], "W3") {
			dots++
			if strings.Join(r[1:], "") != "...." {
				t.Errorf("the workbook has %q", r)
			}
		}
	}
	if dots != 1 {
		t.Errorf("%d rows of W3 in the workbook, want 1", dots)
	}
	packed := v.file("/s/bicycles/exports/indicators/zip")
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	part, err := z.Open("observations.csv")
	if err != nil {
		t.Fatal(err)
	}
	inside, err := io.ReadAll(part)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(inside, v.file("/s/bicycles/exports/indicators/csv")) {
		t.Error("the package holds other observations than the CSV")
	}
}

func TestTheSameFiguresAreTheSameBytes(t *testing.T) {
	s := figured(t)
	v := s.visit(t, "mona")
	for _, format := range []string{"csv", "json", "xlsx", "zip"} {
		path := "/s/bicycles/exports/indicators/" + format
		if !bytes.Equal(v.file(path), v.file(path)) {
			t.Errorf("two downloads of %s differ", format)
		}
	}
	if got := v.get("/s/bicycles/exports/indicators/pdf"); got.status != http.StatusNotFound {
		t.Errorf("a format that is not there answers %d", got.status)
	}
}

func TestExportsByRole(t *testing.T) {
	s := figured(t)
	for login, want := range map[string][2]int{
		"mona": {http.StatusOK, http.StatusForbidden}, "lena": {http.StatusForbidden, http.StatusOK}, "daan": {http.StatusForbidden, http.StatusOK},
		"anna": {http.StatusForbidden, http.StatusForbidden}, "olga": {http.StatusForbidden, http.StatusForbidden}, "petra": {http.StatusForbidden, http.StatusForbidden},
	} {
		v := s.visit(t, login)
		for i, path := range []string{"/s/bicycles/exports/indicators/csv", "/s/bicycles/exports/codings/csv"} {
			if got := v.get(path); got.status != want[i] {
				t.Errorf("%s asks for %s: %d, want %d", login, path, got.status, want[i])
			}
		}
		page := v.get("/s/bicycles/exports")
		if page.status != http.StatusOK || strings.Contains(page.body, "/exports/indicators/csv") != (want[0] == http.StatusOK) ||
			strings.Contains(page.body, "/exports/codings/csv") != (want[1] == http.StatusOK) {
			t.Errorf("the page offers %s what they may not have, or not what they may", login)
		}
	}
	if page := s.visit(t, "mona").get("/s/bicycles/exports"); !strings.Contains(page.body, "Protected under profile steekproef") {
		t.Error("the page does not say how figures are protected")
	}
}

func TestCodingsExport(t *testing.T) {
	s := figured(t)
	v := s.visit(t, "daan")
	rows, err := csv.NewReader(bytes.NewReader(v.file("/s/bicycles/exports/codings/csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	coders := map[string]int{}
	for _, r := range rows[1:] {
		coders[r[1]]++
		if r[2] == "remark" && r[3] != "'=1+1" {
			t.Errorf("a remark that is a formula is written %q", r[3])
		}
	}
	// Ten variables have an answer in every case, by its coder and settled.
	if want := 180 * 10; coders["coder 1"] != want || coders["consensus"] != want || len(coders) != 2 {
		t.Errorf("rows by coder: %v, want %d each of coder 1 and consensus", coders, want)
	}
	named := v.file("/s/bicycles/exports/codings/csv?coders=names")
	if !bytes.Contains(named, []byte(",anna,")) || bytes.Contains(named, []byte("coder 1")) {
		t.Error("names of coders are not given when asked for")
	}
	f, err := excelize.OpenReader(bytes.NewReader(v.file("/s/bicycles/exports/codings/xlsx")))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet, err := f.GetRows("Codings")
	if err != nil || len(sheet) != len(rows) {
		t.Errorf("the workbook has %d rows, the CSV %d; %v", len(sheet), len(rows), err)
	}
}

// A lead who codes as well gets nothing of cases that are still blind.
func TestCodingsExportKeepsBlindness(t *testing.T) {
	s := figured(t)
	lena := s.People["lena"]
	if err := s.Store.AddMember(t.Context(), lena, storetest.Study, lena.ID, "coder"); err != nil {
		t.Fatal(err)
	}
	got := s.visit(t, "lena").file("/s/bicycles/exports/codings/csv")
	if n := bytes.Count(got, []byte("\n")); n != 1 {
		t.Errorf("%d lines are sent, want the header alone", n)
	}
}

func TestAuditLogPage(t *testing.T) {
	s := figured(t)
	s.visit(t, "mona").file("/s/bicycles/exports/indicators/csv")
	v := s.visit(t, "petra")
	page := v.get("/s/bicycles/audit")
	for _, want := range []string{"export.indicators", "profile: Sample", "mona"} {
		if page.status != http.StatusOK || !strings.Contains(page.body, want) {
			t.Errorf("the log answers %d and lacks %q", page.status, want)
		}
	}
	if !strings.Contains(v.get("/s/bicycles/audit").body, "audit.read") {
		t.Error("reading the log is not in the log")
	}
	mona := fmt.Sprint(s.People["mona"].ID)
	if got := v.get("/s/bicycles/audit?person=" + mona).body; !strings.Contains(got, "export.indicators") || strings.Contains(got, "cases.import") {
		t.Error("the log is not narrowed to a person")
	}
	if got := v.get("/s/bicycles/audit?case=S-W1-001").body; !strings.Contains(got, "S-W1-001</td>") || strings.Contains(got, "export.indicators") {
		t.Error("the log is not narrowed to a case")
	}
	if got := v.get("/s/bicycles/audit?to=2020-01-01").body; !strings.Contains(got, "No lines that fit") {
		t.Error("the log is not narrowed to a time")
	}
	if got := v.get("/s/bicycles/audit?from=yesterday"); !strings.Contains(got.body, "This is not a date") {
		t.Error("a date that is none is not told")
	}
	_, next, found := strings.Cut(page.body, `rel="next" href="`)
	if !found {
		t.Fatal("a long log has no further page")
	}
	next, _, _ = strings.Cut(next, `"`)
	older := v.get(strings.ReplaceAll(next, "&amp;", "&"))
	if older.status != http.StatusOK || strings.Contains(older.body, "export.indicators") {
		t.Errorf("the next page answers %d and repeats the first", older.status)
	}
	for _, login := range []string{"anna", "lena", "mona", "daan"} {
		if got := s.visit(t, login).get("/s/bicycles/audit"); got.status != http.StatusForbidden {
			t.Errorf("%s reads the log: %d", login, got.status)
		}
	}
}

// The page of an indicator names the weakest question behind its figure, with
// the agreement between coders on it.
func TestThePageNamesTheWeakestQuestion(t *testing.T) {
	s := figured(t)
	v := s.visit(t, "olga")
	const path = "/s/bicycles/indicators/ind_repair?measure=m_repaired"
	if page := v.get(path).body; !strings.Contains(page, "Agreement is not known yet for any of these questions") {
		t.Error("without a case coded twice the page does not say that agreement is not known")
	}
	var cases []annotations.IncomingCase
	var codings []store.ImportedCoding
	for i := range 40 {
		id := annotations.CaseID(fmt.Sprintf("D-%03d", i))
		cases = append(cases, annotations.IncomingCase{Case: annotations.Case{ID: id, Region: "W1", Period: "2025-H1", OnSite: true}})
		for k, coder := range []string{"anna", "bert"} {
			answers := codebook.Answers{"received": {Value: "2025-02-03"}, "damage": {Value: "yes_clear"}, "parts_hit": {Value: "wheel"}, "remark": {Value: "done"}, "repaired": {Value: "no"}}
			if i < 20 || i >= 30 && k == 0 { // twenty say yes both, ten no both, ten differ
				for variable, value := range map[string]string{"repaired": "yes", "parts_new": "chain", "ready": "2025-02-06", "minutes": "40", "quality": "good"} {
					answers[variable] = codebook.Answer{Value: value}
				}
			}
			codings = append(codings, store.ImportedCoding{Case: id, Coder: s.People[coder].ID, Answers: answers, SubmittedAt: s.Clock.Now()})
		}
	}
	s.Import(t, storetest.Study, cases...)
	if _, _, err := s.Store.ImportCodings(t.Context(), s.People["daan"], storetest.Study, codings, false, nil); err != nil {
		t.Fatal(err)
	}
	// Gwet (2008): pa 0.75, pe 2 x 0.625 x 0.375, so that AC1 is 0.53.
	if page := v.get(path).body; !strings.Contains(page, "The weakest question is “Repaired”: agreement 0.53 over 40 case files coded twice.") {
		t.Error("the page does not name the weakest question")
	}
}

// national is the share of a measure in the nation, as the files have it.
func national(t *testing.T, s *site, measure string) string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(s.visit(t, "mona").file("/s/bicycles/exports/indicators/csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r[0] == measure && r[2] == "PCT" && r[3] == "demonstrable" && r[5] == "NL01" && r[6] == "_T" {
			return r[8]
		}
	}
	t.Fatalf("there is no figure of %s", measure)
	return ""
}

// A frame that comes after cases were settled weighs their figures at once: of
// 900 slips in W1 two in three are repaired, of 92 in W3 one in two.
func TestFiguresFollowTheFrame(t *testing.T) {
	s := figured(t)
	if got := national(t, s, "m_repaired"); got != "58" {
		t.Fatalf("without a frame the share is %s, want 58: 105 of 180", got)
	}
	frame := []annotations.FrameCase{{ID: "B-01", Region: "W1", Period: "2025-H1"}, {ID: "B-02", Region: "W1", Period: "2025-H1"},
		{ID: "B-03", Region: "W3", Period: "2025-H1"}, {ID: "B-04", Region: "W3", Period: "2025-H1"}}
	for i := range 898 {
		frame = append(frame, annotations.FrameCase{ID: annotations.CaseID(fmt.Sprintf("S-W1-%03d", i)), Region: "W1", Period: "2025-H1"})
	}
	for i := range 90 {
		frame = append(frame, annotations.FrameCase{ID: annotations.CaseID(fmt.Sprintf("S-W3-%03d", i)), Region: "W3", Period: "2025-H1"})
	}
	if _, err := s.Store.SetFrame(t.Context(), s.People["daan"], storetest.Study, frame, false); err != nil {
		t.Fatal(err)
	}
	if got := national(t, s, "m_repaired"); got != "65" {
		t.Errorf("with the frame the share is %s, want 65", got)
	}
}

// Without a frame the weights of the manifest tell what a case stands for: each
// of the 90 slips of W1 for itself, each of W3 for ten. 510 of 990 are repaired.
func TestFiguresFollowTheWeightsOfTheManifest(t *testing.T) {
	s := open(t)
	settleWeighted(t, s, "W1", 60, 30, 1)
	settleWeighted(t, s, "W3", 45, 45, 10)
	if got := national(t, s, "m_repaired"); got != "52" {
		t.Errorf("the share is %s, want 52", got)
	}
}
