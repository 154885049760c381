package server_test

import (
	"archive/zip"
	"encoding/csv"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// The report says on its page, in its document and in its workbook what the
// page of agreement says.
func TestReliabilityReport(t *testing.T) {
	s := open(t)
	lena := s.visit(t, "lena")
	if got := lena.get("/s/bicycles/reliability"); got.status != 200 || !strings.Contains(got.body, "Nothing to compare yet") {
		t.Errorf("without codings the report answers %d: %s", got.status, got.body)
	}
	knownTable(t, s)
	page := lena.get("/s/bicycles/reliability").body
	for _, want := range []string{"GRRAS", "coder 1", "0.40", "Gwet (2008)", "Kappa", "Coders worked blind", "50"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "Name of anna") {
		t.Error("the report names a coder")
	}

	document := lena.get("/s/bicycles/reliability/docx")
	z, err := zip.NewReader(strings.NewReader(document.body), int64(len(document.body)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil || !strings.Contains(string(text), ">0.40<") || !strings.Contains(string(text), "GRRAS") {
		t.Errorf("the document lacks the figures: %v", err)
	}

	book, err := excelize.OpenReader(strings.NewReader(lena.get("/s/bicycles/reliability/xlsx").body))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	found := false
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			found = found || len(row) > 5 && strings.HasSuffix(row[0], "Repaired") && row[2] == "50" && row[3] == "70"
		}
	}
	if !found {
		t.Errorf("no sheet of %v has the row of repaired with 50 pairs and 70 percent", book.GetSheetList())
	}
	if got := lena.get("/s/bicycles/reliability/pdf").status; got != 404 {
		t.Errorf("a format that there is not answers %d", got)
	}
}

// The diagnosis has a row a unit, and a lead who codes as well sees no answers
// of what is still blind.
func TestDiagnosisFile(t *testing.T) {
	s := open(t)
	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-01", "bert", map[string]string{"damage": "yes_slight"})
	lena := s.visit(t, "lena")
	read := func(v *visitor, query string) [][]string {
		t.Helper()
		rows, err := csv.NewReader(strings.NewReader(v.get("/s/bicycles/reliability/diagnosis" + query).body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	rows := read(lena, "?variable=damage")
	if len(rows) != 2 || rows[1][5] != "used" || rows[1][6] != "false" || rows[1][7] != "yes_clear" || rows[1][8] != "yes_slight" {
		t.Errorf("diagnosis of damage: %v", rows)
	}
	if n := len(read(lena, "")); n < 5 {
		t.Errorf("diagnosis of all variables has %d rows", n)
	}
	if got := lena.get("/s/bicycles/reliability/diagnosis?variable=remark").status; got != 404 {
		t.Errorf("a variable that is not compared answers %d", got)
	}
	if err := s.Store.AddMember(t.Context(), s.People["lena"], storetest.Study, s.People["lena"].ID, "coder"); err != nil {
		t.Fatal(err)
	}
	if rows := read(s.visit(t, "lena"), "?variable=damage"); rows[1][7] != "blind" || rows[1][8] != "blind" {
		t.Errorf("a lead who codes sees %v of a case that is still blind", rows[1])
	}
	for _, login := range []string{"anna", "daan", "olga", "mona", "petra"} {
		for _, path := range []string{"", "/docx", "/diagnosis"} {
			if got := s.visit(t, login).get("/s/bicycles/reliability" + path).status; got != 403 {
				t.Errorf("%s gets %d for reliability%s, want 403", login, got, path)
			}
		}
	}
}

// The page of a variable tells how far coders marked the same passages, by
// what they marked before the comparison was opened.
func TestAgreementOnPassagesOfAVariable(t *testing.T) {
	s := open(t)
	s.Code(t, "B-01", "anna", nil)
	bert := s.Code(t, "B-01", "bert", nil)
	lena := s.visit(t, "lena")
	section := func() string {
		t.Helper()
		_, after, found := strings.Cut(lena.get("/s/bicycles/agreement/damage").body, "<h2>Passages</h2>")
		if !found {
			t.Fatal("the page has no passages")
		}
		of, _, _ := strings.Cut(after, "</section>")
		return of
	}
	before := section()
	if !strings.Contains(before, "Name of anna") || strings.Count(before, ">1.00<") != 3 {
		t.Errorf("the same passage of both does not agree: %s", before)
	}
	lena.post("/s/bicycles/compare/B-01", nil)
	ctx := t.Context()
	if err := s.Store.Return(ctx, s.People["lena"], storetest.Study, bert.ID); err != nil {
		t.Fatal(err)
	}
	docs, err := s.Store.Documents(ctx, bert.Case.Key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Store.AddPassage(ctx, s.People["bert"], bert.ID, annotations.Passage{Variable: "damage", Document: docs[0].Key, Start: 0, End: 3, Quote: "The"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Store.Submit(ctx, s.People["bert"], bert.ID); err != nil {
		t.Fatal(err)
	}
	if after := section(); after != before {
		t.Errorf("a passage that was marked later counts: %s", after)
	}
	if strings.Contains(lena.get("/s/bicycles/agreement/quality").body, "<h2>Passages</h2>") {
		t.Error("a variable without passages has a table of them")
	}
}
