package server_test

import (
	"bytes"
	"encoding/csv"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// A figure leads those who may read cases to the cases behind it, and each of
// these to the settled answers and the passages in the text. Nobody else gets
// there, and it is written down.
func TestAFigureLeadsToItsCasesAndPassages(t *testing.T) {
	s := figured(t)
	s.Code(t, "B-01", "anna", map[string]string{"quality": "good"})
	lena := s.visit(t, "lena")
	page := lena.get("/s/bicycles/indicators/ind_repair?measure=m_repaired").body
	link := `href="/s/bicycles/indicators/ind_repair/cases?measure=m_repaired&amp;period=2025-H1&amp;region=W1"`
	if !strings.Contains(page, link) {
		t.Error("the figure of W1 does not lead to its cases")
	}
	// So does every figure of the list and of a conversation sheet.
	headline := `href="/s/bicycles/indicators/ind_repair/cases?measure=m_well&amp;period=2025-H1&amp;region=`
	for path, links := range map[string][]string{"/s/bicycles/indicators": {headline + `NL01"`}, "/s/bicycles/sheets/W1": {headline + `W1"`, headline + `NL01"`}} {
		for _, link := range links {
			if got := lena.get(path); !strings.Contains(got.body, link) {
				t.Errorf("%s does not lead to the cases behind its figures", path)
			}
			if got := s.visit(t, "mona").get(path); got.status != http.StatusOK || strings.Contains(got.body, "/cases?") {
				t.Errorf("%s answers %d to a monitor officer, or leads to cases", path, got.status)
			}
		}
	}
	list := lena.get("/s/bicycles/indicators/ind_repair/cases?measure=m_repaired&period=2025-H1&region=W1")
	for _, want := range []string{"B-01", "S-W1-000", `yes <span class="quiet">61</span>`, `no <span class="quiet">30</span>`, "More case files"} {
		if list.status != http.StatusOK || !strings.Contains(list.body, want) && want != "More case files" {
			t.Errorf("the list answers %d and lacks %q", list.status, want)
		}
	}
	if strings.Contains(list.body, "S-W3-000") {
		t.Error("a case of W3 is behind the figure of W1")
	}
	no := lena.get("/s/bicycles/indicators/ind_repair/cases?measure=m_repaired&period=2025-H1&region=W1&outcome=no").body
	if strings.Contains(no, "B-01") || !strings.Contains(no, "S-W1-089") {
		t.Error("narrowed to no, the list has a case with yes or lacks one with no")
	}
	if year := lena.get("/s/bicycles/indicators/ind_repair/cases?measure=m_repaired&period=2025&region=NL01").body; !strings.Contains(year, "S-W3-000") && !strings.Contains(year, "after=") {
		t.Error("the nation in the year lacks the cases of its half-year")
	}
	one := lena.get("/s/bicycles/indicators/ind_repair/cases/B-01?measure=m_repaired")
	for _, want := range []string{"this case file counts as: yes", "<mark>bicycle</mark>", "The </span>", "/s/bicycles/cases/B-01/documents/1", "one coder"} {
		if one.status != http.StatusOK || !strings.Contains(one.body, want) {
			t.Errorf("the case answers %d and lacks %q", one.status, want)
		}
	}
	if got := lena.get("/s/bicycles/indicators/ind_repair/cases/B-02?measure=m_repaired"); got.status != http.StatusNotFound {
		t.Errorf("a case that is not settled answers %d", got.status)
	}
	log := s.visit(t, "petra").get("/s/bicycles/audit").body
	for _, want := range []string{"case files behind a figure", "B-01"} {
		if !strings.Contains(strings.ToLower(log), strings.ToLower(want)) {
			t.Errorf("the audit log lacks %q", want)
		}
	}
	for _, login := range []string{"mona", "olga", "anna", "daan", "petra"} {
		v := s.visit(t, login)
		for _, path := range []string{"/s/bicycles/indicators/ind_repair/cases?measure=m_repaired&period=2025-H1&region=W1", "/s/bicycles/indicators/ind_repair/cases/B-01?measure=m_repaired"} {
			if got := v.get(path); got.status != http.StatusForbidden || strings.Contains(got.body, "S-W1") || strings.Contains(got.body, "bicycle<") {
				t.Errorf("%s gets %d of %s", login, got.status, path)
			}
		}
		if strings.Contains(v.get("/s/bicycles/indicators/ind_repair?measure=m_repaired").body, "/cases?") {
			t.Errorf("the page leads %s to cases", login)
		}
	}
}

// Who leads and codes in one study may be given any case to code as well: until
// its comparison is opened it is behind no figure for them.
func TestWhoCodesSeesNoAnswersBehindAFigure(t *testing.T) {
	s := figured(t)
	s.Code(t, "B-01", "anna", map[string]string{"quality": "good"})
	s.Code(t, "B-02", "anna", map[string]string{"quality": "good"})
	s.Code(t, "B-02", "bert", map[string]string{"quality": "good"})
	if err := s.Store.OpenComparison(t.Context(), s.People["lena"], storetest.Study, "B-02"); err != nil {
		t.Fatal(err)
	}
	s.Member(t, "lena", auth.Coder)
	lena := s.visit(t, "lena")
	list := lena.get("/s/bicycles/indicators/ind_repair/cases?measure=m_repaired&period=2025-H1&region=W1")
	if list.status != http.StatusOK || strings.Contains(list.body, "B-01") || strings.Contains(list.body, "S-W1-000") || !strings.Contains(list.body, "B-02") {
		t.Errorf("the list answers %d and tells of closed cases, or not of the open one", list.status)
	}
	if got := lena.get("/s/bicycles/indicators/ind_repair/cases/B-01?measure=m_repaired"); got.status == http.StatusOK || strings.Contains(got.body, "Good") || strings.Contains(got.body, "<mark>") {
		t.Errorf("a closed case answers %d", got.status)
	}
	if got := lena.get("/s/bicycles/indicators/ind_repair/cases/B-02?measure=m_repaired"); got.status != http.StatusOK {
		t.Errorf("a case whose comparison was opened answers %d", got.status)
	}
}

// Passages of a case that several coders code stay closed until the lead opens
// the comparison, also where they agreed on every answer.
func TestPassagesStayClosedUntilTheComparison(t *testing.T) {
	s := open(t)
	a, b := s.Assign(t, "B-01", "anna"), s.Assign(t, "B-01", "bert")
	s.Fill(t, a, "anna", nil)
	s.Fill(t, b, "bert", nil)
	lena := s.visit(t, "lena")
	path := "/s/bicycles/indicators/ind_repair/cases/B-01?measure=m_repaired"
	got := lena.get(path)
	if got.status != http.StatusOK || strings.Contains(got.body, "<mark>") || !strings.Contains(got.body, "coded this case file blind") {
		t.Errorf("before the comparison the case answers %d, passages shown: %v", got.status, strings.Contains(got.body, "<mark>"))
	}
	if err := s.Store.OpenComparison(t.Context(), s.People["lena"], storetest.Study, "B-01"); err != nil {
		t.Fatal(err)
	}
	if got := lena.get(path); strings.Count(got.body, "<mark>bicycle</mark>") < 2 {
		t.Error("after the comparison was opened the passages of both are not shown")
	}
}

func TestChartsCanBeTakenAlong(t *testing.T) {
	s := figured(t)
	v := s.visit(t, "olga")
	page := v.get("/s/bicycles/indicators/ind_repair?measure=m_repaired").body
	for _, chart := range []string{"regions", "funnel"} {
		base := "/s/bicycles/indicators/ind_repair/charts/" + chart
		if !strings.Contains(page, base+".png?measure=m_repaired") {
			t.Errorf("the page does not offer %s", chart)
		}
		svg := v.file(base + ".svg?measure=m_repaired")
		if !bytes.Contains(svg, []byte("<svg ")) || !bytes.Contains(svg, []byte("Repaired")) {
			t.Errorf("%s.svg is %.80q", chart, svg)
		}
		if _, err := png.Decode(bytes.NewReader(v.file(base + ".png?measure=m_repaired"))); err != nil {
			t.Errorf("%s.png: %v", chart, err)
		}
		rows, err := csv.NewReader(bytes.NewReader(v.file(base + ".csv?measure=m_repaired"))).ReadAll()
		if err != nil || len(rows) < 3 || strings.Join(rows[0], ",") != "code,label,value,ci_lower,ci_upper,n_cases" {
			t.Errorf("%s.csv: %v, %v", chart, rows, err)
		}
	}
	for _, none := range []string{"nothing.svg", "regions.gif", "regions"} {
		if got := v.get("/s/bicycles/indicators/ind_repair/charts/" + none + "?measure=m_repaired"); got.status != http.StatusNotFound {
			t.Errorf("%s answers %d", none, got.status)
		}
	}
}

func TestNormAndTextOfAnIndicator(t *testing.T) {
	s := figured(t)
	mona := s.visit(t, "mona")
	form := url.Values{"says_nl": {"Zegt iets."}, "says_en": {"Says something."}, "norm": {"80"}, "direction": {"at_least"}}
	if got := mona.post("/s/bicycles/indicators/ind_repair/text", form); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Give the source") || !strings.Contains(got.body, "Zegt iets.") {
		t.Errorf("a norm without a source answers %d, or what was typed is lost", got.status)
	}
	form.Set("source_en", "Guild of repairers 2024")
	for _, wrong := range []string{"eighty", "101", "-1"} {
		form.Set("norm", wrong)
		if got := mona.post("/s/bicycles/indicators/ind_repair/text", form); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "from 0 to 100") {
			t.Errorf("the norm %q answers %d", wrong, got.status)
		}
	}
	form.Set("norm", "80,5")
	if got := mona.post("/s/bicycles/indicators/ind_repair/text", form); got.status != http.StatusSeeOther {
		t.Fatalf("the form answers %d: %s", got.status, got.body)
	}
	page := s.visit(t, "olga").get("/s/bicycles/indicators/ind_repair").body
	for _, want := range []string{"Says something.", "at least 80.5\u00a0%", "Guild of repairers 2024", "stroke-dasharray"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "/indicators/ind_repair/text") {
		t.Error("the form is offered to an observer")
	}
	if got := s.visit(t, "olga").post("/s/bicycles/indicators/ind_repair/text", form); got.status != http.StatusForbidden {
		t.Errorf("an observer sets the text: %d", got.status)
	}
	form.Set("norm", "")
	form.Set("says_en", "Says less.")
	mona.post("/s/bicycles/indicators/ind_repair/text", form)
	if page := mona.get("/s/bicycles/indicators/ind_repair").body; !strings.Contains(page, "Says less.") || strings.Contains(page, "at least 80.5\u00a0%") {
		t.Error("the newest text does not count")
	}
}

func TestConversationSheet(t *testing.T) {
	s := figured(t)
	v := s.visit(t, "olga")
	got := v.get("/s/bicycles/sheets/W1")
	for _, want := range []string{"Conversation sheet", "67\u00a0%", "To talk about", "90 of 90 settled case files count. Left out: nothing", "rect class=\"band\""} {
		if got.status != http.StatusOK || !strings.Contains(got.body, want) {
			t.Errorf("the sheet answers %d and lacks %q", got.status, want)
		}
	}
	if strings.Contains(got.body, "no figure can be shown") {
		t.Error("a sheet with figures says that it has none")
	}
	settleCases(t, s, "W2", "2025-H1", 3, 2)
	if few := v.get("/s/bicycles/sheets/W2"); few.status != http.StatusOK || !strings.Contains(few.body, "Of Harbour no figure can be shown in this period") {
		t.Errorf("the sheet of a region with five case files answers %d, or does not say that it shows nothing", few.status)
	}
	for _, none := range []string{"NL01", "W9"} {
		if got := v.get("/s/bicycles/sheets/" + none); got.status != http.StatusNotFound {
			t.Errorf("%s answers %d", none, got.status)
		}
	}
	if got := s.visit(t, "anna").get("/s/bicycles/sheets/W1"); got.status != http.StatusForbidden {
		t.Errorf("a coder gets %d", got.status)
	}
}

// A case settles after figures were released. Laid beside the release, a live
// figure would tell what this one case says; so page and files show none, and
// the page shows the released one in its place.
func TestLiveFiguresDoNotTellWhatChangedSinceARelease(t *testing.T) {
	for _, test := range []struct {
		yes, no int
		live    string // of W1, empty when it may not be shown
	}{
		{1, 0, ""}, {2, 3, ""}, {18, 12, "52"},
	} {
		s := releaseSite(t)
		at := draft(t, s, nil, "2025-H1")
		s.visit(t, "lena").post(at+"/approve", nil).want(t, "approval", 303)
		mona := s.visit(t, "mona")
		const path = "/s/bicycles/indicators/ind_repair?measure=m_repaired&period=2025-H1"
		if page := mona.get(path).body; strings.Contains(page, "as it was released") || !strings.Contains(page, "50\u00a0%") {
			t.Error("right after the release the live figures are not shown as they are")
		}
		settle(t, s, "W1", test.yes, test.no)
		page := mona.get(path).body
		rows, err := csv.NewReader(bytes.NewReader(mona.file("/s/bicycles/exports/indicators/csv"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		compared := 0
		for _, r := range rows[1:] {
			if r[0] == "m_repaired" && r[3] == "demonstrable" && r[4] == "2025-H1" && r[5] == "W1" && r[6] == "_T" {
				compared++
				if r[8] != test.live {
					t.Errorf("%d and %d more: the file says %q of W1, want %q", test.yes, test.no, r[8], test.live)
				}
			}
		}
		if compared != 1 {
			t.Errorf("%d rows of W1 in 2025-H1, want one", compared)
		}
		if shown := strings.Contains(page, "as it was released"); shown != (test.live == "") {
			t.Errorf("%d and %d more: released figures are shown: %v", test.yes, test.no, shown)
		}
		if test.live == "" && !strings.Contains(page, "50\u00a0%<sup>r</sup>") {
			t.Errorf("%d and %d more: the released figure of W1 is not shown in place of the live one", test.yes, test.no)
		}
	}
}
