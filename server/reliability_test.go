package server_test

import (
	"archive/zip"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
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

// The report has the layout of GRRAS in both languages: each of its items in
// the heading of a section, and the same words and figures on the page, in the
// document and in the workbook.
func TestReliabilityReportIsLaidOutAfterGRRAS(t *testing.T) {
	s := open(t)
	knownTable(t, s)
	for lang, words := range map[string]struct{ title, repaired, kappa string }{"nl": {"Betrouwbaarheid", "Gerepareerd", "0,40"}, "en": {"Reliability", "Repaired", "0.40"}} {
		lena := s.visit(t, "lena")
		lena.post("/preferences", url.Values{"lang": {lang}, "back": {"/"}})
		page := lena.get("/s/bicycles/reliability").body
		if !strings.Contains(page, `<html lang="`+lang+`"`) || !regexp.MustCompile("<h1>"+words.title).MatchString(page) { // item 1
			t.Errorf("%s: the page is in another language or does not say in its title what it reports", lang)
		}
		find := func(pattern string) (all []string) {
			for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(page, -1) {
				all = append(all, html.UnescapeString(m[1]))
			}
			return all
		}
		headings, paragraphs, captions := find(`<h2>(.*?)</h2>`), find(`<p class="reading">(.*?)</p>`), find(`<caption>(.*?)</caption>`)
		items := map[string]bool{}
		for _, h := range headings {
			_, numbers, _ := strings.Cut(h, "(GRRAS ")
			for n := range strings.SplitSeq(strings.TrimSuffix(numbers, ")"), ", ") {
				items[n] = true
			}
		}
		for n := 2; n <= 15; n++ {
			if !items[strconv.Itoa(n)] {
				t.Errorf("%s: no section answers item %d of GRRAS: %q", lang, n, headings)
			}
		}
		if len(headings) != 10 || len(paragraphs) < 15 || len(captions) < 4 {
			t.Errorf("%s: %d headings, %d paragraphs and %d tables", lang, len(headings), len(paragraphs), len(captions))
		}

		document := documentText(t, lena.get("/s/bicycles/reliability/docx").body)
		cells := workbookCells(t, lena.get("/s/bicycles/reliability/xlsx").body)
		for _, text := range slices.Concat(headings, paragraphs, captions) {
			if !strings.Contains(document, "|"+text+"|") {
				t.Errorf("%s: the document lacks %q", lang, text)
			}
			if !cells[text] && !cells["→ "+text] {
				t.Errorf("%s: the workbook lacks %q", lang, text)
			}
		}
		if !strings.Contains(page, ">"+words.kappa+"<") || !strings.Contains(document, "|"+words.kappa+"|") || !cells["0.4"] {
			t.Errorf("%s: kappa of %s is not on the page, in the document and in the workbook", lang, words.repaired)
		}
	}
}

// documentText is the text of a document, with a bar around each run.
func documentText(t *testing.T, file string) string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	text := "|"
	for d := xml.NewDecoder(f); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return text
		}
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := token.(xml.CharData); ok {
			text += string(c) + "|"
		}
	}
}

// workbookCells are the cells of a workbook, numbers unrounded.
func workbookCells(t *testing.T, file string) map[string]bool {
	t.Helper()
	book, err := excelize.OpenReader(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	cells := map[string]bool{}
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				cells[cell] = true
			}
		}
	}
	return cells
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
	if rows := read(s.visit(t, "lena"), "?variable=damage"); !slices.Equal(rows[1][5:9], []string{"blind", "blind", "blind", "blind"}) {
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
