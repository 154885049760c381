package server_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

const samplePath = "/s/" + storetest.Other + "/sample"

// sampler is otto, who leads the study in which nothing was imported, and
// manages its data too.
func sampler(t *testing.T) (*site, *visitor) {
	t.Helper()
	s := open(t)
	if err := s.Store.AddMember(context.Background(), auth.Actor{}, storetest.Other, s.People["otto"].ID, auth.DataManager); err != nil {
		t.Fatal(err)
	}
	return s, s.visit(t, "otto")
}

// uploadFrame sends a frame as the form does.
func (v *visitor) uploadFrame(content string) answer {
	v.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", "frame.csv")
	if err != nil {
		v.t.Fatal(err)
	}
	fmt.Fprint(part, content)
	w.Close()
	return v.do("POST", samplePath+"/frame", w.FormDataContentType(), b.String())
}

// frameCSV has 60 cases in W1 and 40 in W2.
func frameCSV() string {
	var b strings.Builder
	b.WriteString("case_id,region,period,rating\n")
	for i := range 100 {
		region := "W1"
		if i >= 60 {
			region = "W2"
		}
		fmt.Fprintf(&b, "F-%03d,%s,2025-H1,%s\n", i+1, region, []string{"high", "low"}[i%2])
	}
	return b.String()
}

var caseNumber = regexp.MustCompile(`(?m)^(F-\d+),.*,sample,`)

// From a frame to weights that follow what is dropped: the plan that was shown
// is the draw that is made.
func TestSampleFromFrameToWeights(t *testing.T) {
	s, otto := sampler(t)
	if got := otto.get(samplePath); got.status != http.StatusOK || !strings.Contains(got.body, "Read frame") {
		t.Fatalf("without a frame the page answers %d: %s", got.status, got.body)
	}
	if got := otto.uploadFrame(frameCSV()); got.status != http.StatusSeeOther {
		t.Fatalf("the frame answers %d: %s", got.status, between(got.body, `role="alert"`, "</section>"))
	}
	form := url.Values{"size": {"40"}, "allocation": {"equal"}, "by": {""}, "seed": {"77"}, "why": {"first half-year"}}
	shown := otto.post(samplePath+"/draw", form)
	// 20 of 60: Wilson's interval around a half without the frame is 30 to 70
	// percent; a third of the frame makes that of Korn and Graubard narrower.
	for _, want := range []string{"40 cases from 2 strata", "31\u00a0% – 69\u00a0%", "too few to publish", "3.000", "Expected 95 % interval around a share of 50 %, 2025-"} {
		if shown.status != http.StatusOK || !strings.Contains(shown.body, want) {
			t.Errorf("the preview answers %d without %q: %s", shown.status, want, between(shown.body, `id="plan"`, "</form>"))
		}
	}
	if draws, err := s.Store.Draws(context.Background(), storetest.Other); err != nil || len(draws) != 0 {
		t.Errorf("the preview drew: %+v (%v)", draws, err)
	}
	form.Set("plan", planHash.FindStringSubmatch(shown.body)[1])
	form.Set("commit", "on")
	other := url.Values{"size": {"42"}, "allocation": {"equal"}, "seed": {"77"}, "plan": form["plan"], "commit": {"on"}}
	if got := otto.post(samplePath+"/draw", other); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "differs from what you saw") {
		t.Errorf("another plan than was shown answers %d", got.status)
	}
	if got := otto.post(samplePath+"/draw", form).status; got != http.StatusSeeOther {
		t.Fatalf("drawing answers %d", got)
	}
	list := otto.get(samplePath + "/cases.csv").body
	drawn := caseNumber.FindAllStringSubmatch(list, -1)
	if len(drawn) != 40 {
		t.Fatalf("the list has %d cases, want 40: %s", len(drawn), list)
	}
	for _, reason := range []string{"outside_target_group", "unusable"} {
		id := drawn[map[string]int{"outside_target_group": 0, "unusable": 1}[reason]][1]
		if got := otto.post(samplePath+"/drop", url.Values{"drop_case": {id}, "reason": {reason}}); got.status != http.StatusSeeOther {
			t.Errorf("dropping %s answers %d", id, got.status)
		}
	}
	// 22 drawn of 60, one lost: 60 / 21.
	page := otto.get(samplePath).body
	for _, want := range []string{"2.857", "Outside the target group", "first half-year", ">77<", "Take back"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %q: %s", want, between(page, "<h1>", "</main>"))
		}
	}
	if got := otto.post(samplePath+"/restore", url.Values{"case": {drawn[1][1]}}).status; got != http.StatusSeeOther {
		t.Errorf("taking back answers %d", got)
	}
	if strata, err := s.Store.Sample(context.Background(), storetest.Other); err != nil || strata[0].Drawn != 22 || strata[0].Unusable != 0 {
		t.Errorf("the strata are %+v (%v)", strata, err)
	}
	with := otto.get(samplePath + "/cases.csv?reserve=1").body
	if n := strings.Count(with, ",reserve,"); n != 58 {
		t.Errorf("the reserve has %d cases, want 58", n)
	}
}

// By hand every stratum has its own number, which starts from an equal
// division.
func TestSampleByHand(t *testing.T) {
	_, otto := sampler(t)
	otto.uploadFrame(frameCSV())
	form := url.Values{"size": {"20"}, "allocation": {"by_hand"}, "by": {"rating"}, "seed": {"5"}}
	if got := otto.post(samplePath+"/draw", form); !strings.Contains(got.body, `name="quota W1 2025-H1 high" value="5"`) {
		t.Fatalf("the form by hand answers %d: %s", got.status, between(got.body, `id="plan"`, "</form>"))
	}
	for name, n := range map[string]string{"W1 2025-H1 high": "8", "W1 2025-H1 low": "2", "W2 2025-H1 high": "3", "W2 2025-H1 low": "1"} {
		form.Set("quota "+name, n)
	}
	got := otto.post(samplePath+"/draw", form)
	if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "From stratum W2 2025-H1 low 2 to 20 cases") {
		t.Errorf("one case in a stratum answers %d: %s", got.status, between(got.body, `role="alert"`, "</section>"))
	}
	form.Set("quota W2 2025-H1 low", "2")
	if got := otto.post(samplePath+"/draw", form); got.status != http.StatusOK || !strings.Contains(got.body, "15 cases from 4 strata") {
		t.Errorf("the plan by hand answers %d", got.status)
	}
}

func TestSampleRefusesWrongForms(t *testing.T) {
	_, otto := sampler(t)
	if got := otto.post(samplePath+"/draw", url.Values{"size": {"4"}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("drawing without a frame answers %d", got.status)
	}
	if got := otto.uploadFrame("case_id,region,period\nF-1,W1,2025\nF-1,W1,2025-H1\n"); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "frame.csv:2") {
		t.Errorf("a wrong frame answers %d: %s", got.status, between(got.body, `role="alert"`, "</section>"))
	}
	otto.uploadFrame(frameCSV())
	for field, test := range map[string]struct{ value, want string }{
		"size":       {"3", "4 to 100 cases"},
		"seed":       {"-1", "whole number"},
		"allocation": {"best", "Choose an allocation"},
		"by":         {"name", "no such column"},
		"why":        {strings.Repeat("x", 401), "at most 400"},
	} {
		form := url.Values{"size": {"40"}, "allocation": {"equal"}, "seed": {"77"}}
		form.Set(field, test.value)
		got := otto.post(samplePath+"/draw", form)
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, test.want) {
			t.Errorf("%s %q answers %d without %q", field, test.value, got.status, test.want)
		}
	}
	for _, form := range []url.Values{{"drop_case": {"F-999"}, "reason": {"unusable"}}, {"drop_case": {"F-001"}, "reason": {""}}} {
		if got := otto.post(samplePath+"/drop", form); got.status != http.StatusUnprocessableEntity {
			t.Errorf("dropping %v answers %d", form, got.status)
		}
	}
	if got := otto.post(samplePath+"/restore", url.Values{"case": {"F-001"}}).status; got != http.StatusNotFound {
		t.Errorf("taking back what was not dropped answers %d", got)
	}
}

// The planner says how wide kappa will be and how many pairs that takes: at
// 0.7 with half the answers yes and 50 pairs ± 0.20.
func TestSamplePairs(t *testing.T) {
	s := open(t)
	s.Assign(t, "B-01", "anna")
	s.Assign(t, "B-01", "bert")
	lena := s.visit(t, "lena")
	got := lena.get(studyPath + "/sample?kappa=0,7&prevalence=50&half=0.2")
	for _, want := range []string{"1 case was given to two coders", "This margin needs 49 cases", "not enough yet", "0.50 – 0.90"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the planner does not say %q: %s", want, between(got.body, `id="pairs"`, "</main>"))
		}
	}
	if got := lena.get(studyPath + "/sample?kappa=2"); !strings.Contains(got.body, "Give a kappa from 0 to 1") {
		t.Errorf("a kappa of 2 is taken: %s", between(got.body, `id="pairs"`, "</main>"))
	}
}

// What was dropped can no longer be given or coded.
func TestDroppedCaseIsClosed(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	var frame []annotations.FrameCase
	for i, region := range []string{"W1", "W1", "W3", "W3"} {
		frame = append(frame, annotations.FrameCase{ID: annotations.CaseID(fmt.Sprintf("B-%02d", i+1)), Region: region, Period: "2025-H1"})
	}
	if _, err := s.Store.SetFrame(ctx, s.People["daan"], storetest.Study, frame, false); err != nil {
		t.Fatal(err)
	}
	a := s.Assign(t, "B-01", "anna")
	lena := s.visit(t, "lena")
	if got := lena.post(studyPath+"/sample/drop", url.Values{"drop_case": {"B-01"}, "reason": {"duplicate_family"}}).status; got != http.StatusSeeOther {
		t.Fatalf("dropping answers %d", got)
	}
	if got := s.visit(t, "anna").get(fmt.Sprintf("/code/%d", a.ID)).status; got != http.StatusNotFound {
		t.Errorf("the coder still opens a dropped case: %d", got)
	}
	if got := lena.post(studyPath+"/cases/B-01/assign", url.Values{"coder": {s.id("bert")}}).status; got != http.StatusUnprocessableEntity {
		t.Errorf("giving a dropped case answers %d", got)
	}
}
