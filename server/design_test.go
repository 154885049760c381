package server_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// settleKinds adds settled cases of a region and half-year, of which those of
// one kind of damage are repaired otherwise than those of the other. Files come
// from so many organisations in turn.
func settleKinds(t *testing.T, s *site, region, period string, organisations int, kinds map[string][2]int) {
	t.Helper()
	var cases []annotations.IncomingCase
	var codings []store.ImportedCoding
	for _, kind := range []string{"yes_clear", "yes_slight"} {
		for i := range kinds[kind][0] + kinds[kind][1] {
			id := annotations.CaseID(fmt.Sprintf("K-%s-%s-%s-%03d", period, region, kind, i))
			c := annotations.Case{ID: id, Region: region, Period: period, OnSite: true, Source: fmt.Sprint("workplace ", i%organisations), Attributes: map[string]string{"team": fmt.Sprint("team ", i%2)}}
			cases = append(cases, annotations.IncomingCase{Case: c})
			answers := codebook.Answers{"received": {Value: "2025-02-03"}, "damage": {Value: kind}, "parts_hit": {Value: "wheel"}, "remark": {Value: "done"}, "repaired": {Value: "no"}}
			if i < kinds[kind][0] {
				for variable, value := range map[string]string{"repaired": "yes", "parts_new": "chain", "ready": "2025-02-06", "minutes": "40", "quality": "good"} {
					answers[variable] = codebook.Answer{Value: value}
				}
			}
			codings = append(codings, store.ImportedCoding{Case: id, Coder: s.People["anna"].ID, Answers: answers, SubmittedAt: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)})
		}
	}
	s.Import(t, storetest.Study, cases...)
	if _, _, err := s.Store.ImportCodings(t.Context(), auth.Actor{}, storetest.Study, codings, false, nil); err != nil {
		t.Fatal(err)
	}
}

// The page on which figures are set up: for data manager and lead, all that is
// wrong at once, in the audit log, in the figures, and frozen in a release that
// is computed again from it.
func TestDesignOfFigures(t *testing.T) {
	s := open(t)
	// Clear damage is repaired in 6 of 10, slight damage in 2 of 10.
	settleKinds(t, s, "W1", "2025-H1", 12, map[string][2]int{"yes_clear": {60, 40}, "yes_slight": {12, 48}})
	settleKinds(t, s, "W3", "2025-H1", 12, map[string][2]int{"yes_clear": {60, 40}, "yes_slight": {12, 48}})
	daan, lena, mona := s.visit(t, "daan"), s.visit(t, "lena"), s.visit(t, "mona")
	mona.get("/s/bicycles/design").want(t, "the page for the monitor officer", 403)
	mona.post("/s/bicycles/design", url.Values{"organisation": {"source"}}).want(t, "a design by the monitor officer", 403)
	mona.post("/s/bicycles/design/breakdowns", nil).want(t, "breakdowns by the monitor officer", 403)
	daan.get("/s/bicycles/sample").want(t, "the sample page", 200, `href="/s/bicycles/design"`)
	page := daan.get("/s/bicycles/design")
	page.want(t, "the page for the data manager", 200, "Figures are not divided", `value="damage"`, "column source of the manifest", `value="case:team"`, "nowhere: each case file stands by itself")
	if strings.Contains(page.body, `value="workshop"`) {
		t.Error("figures can be divided by their own region")
	}

	// The figure as the sample has it: 144 of 320.
	share := func() string {
		t.Helper()
		body := mona.get("/s/bicycles/indicators/ind_repair?measure=m_repaired").body
		_, rest, _ := strings.Cut(body, `<p class="reading sentence">`)
		sentence, _, _ := strings.Cut(rest, "</p>")
		return sentence
	}
	if got := share(); !strings.Contains(got, "In 45\u00a0% of 320 case files") {
		t.Errorf("without a design: %s", got)
	}

	// Nothing filled in: the lines to fill in come back with the form.
	daan.post("/s/bicycles/design", url.Values{"variable": {"damage"}}).
		want(t, "a variable without numbers", 422, "Fill in the number on each line", "2025-H1,,yes_clear,\n2025-H1,,yes_slight,\n2025-H1,,none,", `<option value="damage" selected>`)
	// All that is wrong, at once, and nothing of it kept.
	daan.post("/s/bicycles/design", url.Values{"organisation": {"case:colour"}, "variable": {"damage"}, "totals": {"period;region;class;total\n2025-H1;;yes_clear;1000\n2025-H1;;torn;10\n2025-H1;W1;yes_slight;10\n"}}).
		want(t, "a wrong design", 422, "The case files have no column colour", "torn is no category of damage in 2025-H1", "national numbers and numbers by region are mixed", "2025-H1,,torn,10")
	daan.post("/s/bicycles/design", url.Values{"variable": {"damage"}, "totals": {"period,class,total\nsoon,yes_clear,many\n"}}).
		want(t, "unreadable numbers", 422, "numbers:2: period", "numbers:2: total", "many is not a whole number of case files above 0", "soon,yes_clear,many")
	daan.post("/s/bicycles/design", url.Values{"variable": {"parts_hit"}, "totals": {"period,class,total\n2025-H1,wheel,5\n"}}).
		want(t, "a variable with several answers", 422, "parts_hit does not have one category a case file")
	if got := share(); !strings.Contains(got, "In 45\u00a0% of 320 case files") {
		t.Errorf("after refused designs: %s", got)
	}

	// In the population half of the damage is slight: 0.5 x 60 % + 0.5 x 20 %.
	daan.uploadWith(t, "/s/bicycles/design", map[string]string{"variable": "damage"}, "period;class;total\r\n2025-H1;yes_clear;2000\r\n2025-H1;yes_slight;2000\r\n").
		want(t, "a design from a file", 303)
	if got := share(); !strings.Contains(got, "In 40\u00a0% of 320 case files") {
		t.Errorf("with weights scaled: %s", got)
	}
	lena.get("/s/bicycles/design").want(t, "the page for the lead", 200, "2025-H1,,yes_clear,2000", "scaled to the numbers", "by Name of daan")

	// Organisations as clusters: the interval of the nation is another.
	before := share()
	lena.post("/s/bicycles/design", url.Values{"organisation": {"source"}, "variable": {"damage"}, "totals": {"period,region,class,total\n2025-H1,,yes_clear,2000\n2025-H1,NL01,yes_slight,2000\n2025-H2,,none,7\n"}}).want(t, "organisations", 303)
	if after := share(); after == before || !strings.Contains(after, "In 40\u00a0% of 320 case files") {
		t.Errorf("with organisations: %s, without them: %s", after, before)
	}
	lena.get("/s/bicycles/design").want(t, "the page with organisations", 200, "The settled case files come from 24 organisations")

	// What keeps a period from being scaled is named.
	for totals, want := range map[string]string{
		"2025-H1,,yes_clear,2000": "no number for ‘Yes, slightly’ (yes_slight), Netherlands",
		"2025-H1,,yes_clear,2000\n2025-H1,,yes_slight,2000\n2025-H1,,_U,10": "no settled case file in ‘category not known’ (_U), Netherlands",
	} {
		s.visit(t, "lena").post("/s/bicycles/design", url.Values{"organisation": {"source"}, "variable": {"damage"}, "totals": {"period,region,class,total\n" + totals + "\n"}}).want(t, "totals that do not fit", 303)
		daan.get("/s/bicycles/design").want(t, "the page with totals that do not fit", 200, want)
	}
	lena = s.visit(t, "lena")
	lena.post("/s/bicycles/design", url.Values{"organisation": {"source"}, "variable": {"damage"}, "totals": {"period,region,class,total\n2025-H1,,yes_clear,2000\n2025-H1,,yes_slight,2000\n"}}).want(t, "totals that fit", 303)

	// A study without totals for one of its half-years is told so.
	settleKinds(t, s, "W1", "2024-H2", 12, map[string][2]int{"yes_clear": {30, 30}})
	settleKinds(t, s, "W3", "2024-H2", 12, map[string][2]int{"yes_clear": {30, 30}})
	daan.get("/s/bicycles/design").want(t, "the page with another half-year", 200, "not scaled: no numbers for this period")

	daan.get("/s/bicycles/audit").want(t, "the log for a data manager", 403)
	s.visit(t, "petra").get("/s/bicycles/audit").want(t, "the log", 200, "set up how figures are made", "totals: 2", "variable: damage", "organisation: source")

	// Frozen in a release, computed again from it, and told.
	at := draft(t, s, nil, "2025-H1")
	lena.post(at+"/approve", nil).want(t, "approval", 303)
	lena.post(at+"/verify", nil).want(t, "verification", 200, "All is well")
	mona = s.visit(t, "mona")
	annex := string(mona.file(at + "/files/annex-en.html"))
	for _, want := range []string{"count together as one cluster", "post-stratification", "First half of 2025"} {
		if !strings.Contains(annex, want) {
			t.Errorf("the annex does not say %q", want)
		}
	}
	if manifest := string(mona.file(at + "/files/manifest.json")); !strings.Contains(manifest, `"poststratified_by": "damage"`) || strings.Contains(manifest, "2000") {
		t.Errorf("the manifest does not name the variable, or tells a total")
	}
	// A release keeps its design.
	lena.post("/s/bicycles/design", url.Values{}).want(t, "no design any more", 303)
	lena.post(at+"/verify", nil).want(t, "verification afterwards", 200, "All is well")
	later := draft(t, s, nil, "2025-H1")
	lena = s.visit(t, "lena")
	lena.post(later+"/approve", nil).want(t, "approval of the later one", 303)
	lena.get(later+"/compare?with="+strings.TrimPrefix(at, "/s/bicycles/releases/")).want(t, "the comparison", 200, "Weights are scaled otherwise, or organisations count otherwise")
}

// Breakdowns are chosen on the page, count for cases that settled before, and
// divide the figures.
func TestBreakdownsAreChosen(t *testing.T) {
	s := open(t)
	settleKinds(t, s, "W1", "2025-H1", 12, map[string][2]int{"yes_clear": {60, 40}, "yes_slight": {30, 48}})
	settleKinds(t, s, "W3", "2025-H1", 12, map[string][2]int{"yes_clear": {60, 40}, "yes_slight": {30, 48}})
	daan, mona := s.visit(t, "daan"), s.visit(t, "mona")
	figures := "/s/bicycles/indicators/ind_repair?measure=m_repaired"
	if got := mona.get(figures); strings.Contains(got.body, "Yes, slightly") {
		t.Error("figures are divided though nobody chose that")
	}
	daan.post("/s/bicycles/design/breakdowns", url.Values{"breakdowns": {"parts_hit"}}).want(t, "a variable with several answers", 422, "parts_hit")
	daan.post("/s/bicycles/design/breakdowns", url.Values{"breakdowns": {"damage"}}).want(t, "breakdowns", 303)
	daan.get("/s/bicycles/design").want(t, "the page", 200, "Now divided by:", `value="damage" checked`)
	mona.get(figures).want(t, "the divided figures", 200, "Yes, slightly", "Yes, clearly")
	daan.post("/s/bicycles/design/breakdowns", nil).want(t, "no breakdowns", 303)
	if got := mona.get(figures); strings.Contains(got.body, "Yes, slightly") {
		t.Error("figures are still divided")
	}
}

// The organisation can stand in the list of all case files.
func TestOrganisationsOfTheFrame(t *testing.T) {
	s := open(t)
	settleKinds(t, s, "W1", "2025-H1", 12, map[string][2]int{"yes_clear": {60, 40}})
	var frame strings.Builder
	frame.WriteString("case_id,region,period,supplier\n")
	for i := range 100 {
		fmt.Fprintf(&frame, "K-2025-H1-W1-yes_clear-%03d,W1,2025-H1,supplier %d\n", i, i%10)
	}
	for i := range 300 {
		fmt.Fprintf(&frame, "F-%03d,W1,2025-H1,supplier 11\n", i)
	}
	for c, region := range map[string]string{"B-01": "W1", "B-02": "W1", "B-03": "W3", "B-04": "W3"} { // the cases of storetest
		fmt.Fprintf(&frame, "%s,%s,2025-H1,supplier 12\n", c, region)
	}
	if got := s.visit(t, "daan").uploadWith(t, "/s/bicycles/sample/frame", nil, frame.String()); got.status != http.StatusSeeOther {
		t.Fatalf("the frame answers %d: %s", got.status, problemsIn(got.body))
	}
	lena := s.visit(t, "lena")
	lena.get("/s/bicycles/design").want(t, "the page", 200, "column supplier of the list of all case files")
	lena.post("/s/bicycles/design", url.Values{"organisation": {"frame:supplier"}}).want(t, "a column of the frame", 303)
	lena.get("/s/bicycles/design").want(t, "the page", 200, "The settled case files come from 10 organisations")
}

// uploadWith sends a form with a file.
func (v *visitor) uploadWith(t *testing.T, path string, fields map[string]string, file string) answer {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", "totals.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte(file)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return v.do("POST", path, w.FormDataContentType(), b.String())
}

// A page of figures never waits long: before there are any it says that they
// are being worked out, after a change it shows those of before and says so,
// and beside a release of which those know nothing it shows none.
func TestPagesSayThatFiguresAreBeingWorkedOut(t *testing.T) {
	s := openWith(t, func(o *server.Options) { o.Patience = -1 })
	settle(t, s, "W1", 60, 30)
	settle(t, s, "W3", 45, 45)
	mona, lena := s.visit(t, "mona"), s.visit(t, "lena")
	first := mona.do("GET", "/s/bicycles/indicators/ind_repair", "", "")
	first.want(t, "the first page", 200, "The figures are being worked out and protected", `http-equiv="refresh"`, "<progress")
	if first.header.Get("Figures-State") != "pending" || strings.Contains(first.body, "\u00a0%") {
		t.Errorf("the first page says %q of its figures, or shows some", first.header.Get("Figures-State"))
	}
	mona.get("/s/bicycles/indicators").want(t, "the list", 200, "Based on 180 settled case files")
	settle(t, s, "W2", 0, 1)
	behind := mona.do("GET", "/s/bicycles/indicators", "", "")
	if behind.header.Get("Figures-State") != "behind" {
		t.Errorf("after a change the page says %q of its figures", behind.header.Get("Figures-State"))
	}
	behind.want(t, "the list after a change", 200, "Based on 180 settled case files", "new figures are being worked out", `href="/s/bicycles/indicators"`, "Show the new figures")
	now := mona.get("/s/bicycles/indicators")
	now.want(t, "the list then", 200, "Based on 181 settled case files")
	if strings.Contains(now.body, "being worked out") {
		t.Error("figures of now are said to be of before")
	}
	// A file waits for the figures of now.
	settle(t, s, "W4", 0, 1)
	if csv := string(mona.file("/s/bicycles/exports/indicators/csv")); !strings.Contains(csv, ",W4,") {
		t.Error("a file has figures of before a change")
	}
	at := draft(t, s, nil, "2025-H1")
	mona.get("/s/bicycles/indicators")
	lena.post(at+"/approve", nil).want(t, "approval", 303)
	if got := mona.do("GET", "/s/bicycles/indicators", "", ""); got.header.Get("Figures-State") != "pending" || strings.Contains(got.body, "\u00a0%") {
		t.Errorf("beside a new release the page says %q of its figures, or shows them", got.header.Get("Figures-State"))
	}
	mona.get("/s/bicycles/indicators").want(t, "the list at last", 200, "Based on 182 settled case files")
}

// Where the figures of classes cannot be protected, a release is made without
// them, and says so: a half-year of which year and other half are out, by
// classes of which one holds few.
func TestClassesGiveWayInARelease(t *testing.T) {
	s := open(t)
	for _, region := range []string{"W1", "W3"} {
		settleKinds(t, s, region, "2025-H1", 12, map[string][2]int{"yes_clear": {60, 40}, "yes_slight": {1, 29}})
		settleKinds(t, s, region, "2025-H2", 12, map[string][2]int{"yes_clear": {60, 40}, "yes_slight": {40, 60}})
	}
	s.visit(t, "daan").post("/s/bicycles/design/breakdowns", url.Values{"breakdowns": {"damage"}}).want(t, "breakdowns", 303)
	lena, mona := s.visit(t, "lena"), s.visit(t, "mona")
	first := draft(t, s, nil, "2025", "2025-H2")
	lena.post(first+"/approve", nil).want(t, "approval", 303)
	if rows := string(mona.file(first + "/files/observations.csv")); !strings.Contains(rows, ",damage,yes_slight,") {
		t.Fatal("the first release has no classes")
	}
	got := mona.post("/s/bicycles/releases", url.Values{"period": {"2025-H1"}, "stage:2025-H1": {"P"}, "profile": {"steekproef"}})
	got.want(t, "the release of the other half", 303)
	second := got.header.Get("Location")
	mona.get(second).want(t, "its page", 200, "without figures by class")
	lena.post(second+"/approve", nil).want(t, "approval", 303)
	rows := string(mona.file(second + "/files/observations.csv"))
	if strings.Contains(rows, ",damage,") || !strings.Contains(rows, "m_repaired,1.0.0,PCT,demonstrable,2025-H1,NL01,_T,_T,47,") {
		t.Errorf("the second release has classes, or no figure of the nation:\n%.600s", rows)
	}
	lena.post(second+"/verify", nil).want(t, "verification", 200, "All is well")
	// Present figures show what the release shows.
	mona.get("/s/bicycles/indicators/ind_repair?measure=m_repaired&period=2025-H1").want(t, "the present figures", 200, "47\u00a0%")
}
