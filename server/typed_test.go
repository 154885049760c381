package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

const identifies = "bel 06-12345678"

// Words that people type are looked at while they are typed and when they are
// saved, wherever it is.
func TestTypedWordsAreScreened(t *testing.T) {
	s := open(t)
	anna, lena, daan, beheer := s.visit(t, "anna"), s.visit(t, "lena"), s.visit(t, "daan"), s.visit(t, "beheer")
	a := s.Assign(t, "B-01", "anna")
	var said struct {
		Findings []struct{ Kind, Severity string }
		Message  string
	}
	anna.send("POST", "/api/v1/screen", map[string]any{"text": identifies}, &said)
	if len(said.Findings) != 1 || said.Findings[0].Kind != "phone" || !strings.Contains(said.Message, "cannot be saved") {
		t.Errorf("while typing is said %+v", said)
	}
	anna.send("POST", "/api/v1/screen", map[string]any{"text": "gesproken met mevrouw Plompert"}, &said)
	if len(said.Findings) != 1 || said.Findings[0].Severity != "warn" || !strings.Contains(said.Message, "Plompert") {
		t.Errorf("of a name is said %+v", said)
	}
	// What is found is kept nowhere, not for a program that asks twice either.
	for range 2 {
		r, err := http.NewRequest("POST", s.url+"/api/v1/screen", strings.NewReader(`{"text": "`+identifies+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "k-1")
		if got := anna.asked(r); got.status != http.StatusOK || got.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("with a key the answer is %d, replayed %q", got.status, got.header.Get("Idempotency-Replayed"))
		}
	}
	s.visit(t, "").send("POST", "/api/v1/screen", map[string]any{"text": "x"}, nil).want(t, "typing by nobody", 401)

	api := fmt.Sprintf("/api/v1/assignments/%d", a.ID)
	text := func(value, note string) map[string]any {
		return map[string]any{"value": value, "missing": nil, "note": note, "version": 0}
	}
	for what, got := range map[string]answer{
		"a note":         anna.send("PUT", api+"/answers/damage", text("none", identifies), nil),
		"a text answer":  anna.send("PUT", api+"/answers/remark", text(identifies, ""), nil),
		"a paraphrase":   anna.send("POST", api+"/passages", map[string]any{"variable": "damage", "document_type": "slip", "paraphrase": identifies}, nil),
		"a question":     anna.send("POST", api+"/comments", map[string]any{"key": "k", "kind": "question", "text": identifies}, nil),
		"a token's name": lena.post(studyPath+"/releases/tokens", url.Values{"name": {identifies}}),
		"a hold":         lena.post(studyPath+"/retention/holds", url.Values{"hold_reason": {identifies}}),
		"an override":    s.visit(t, "mona").post(studyPath+"/releases", url.Values{"profile": {"steekproef"}, "period": {"2025-H1"}, "override:ind_repair": {identifies}}),
		"a round":        lena.post(studyPath+"/rounds", url.Values{"name": {identifies}, "kind": {"production"}}),
		"a plan":         lena.post(studyPath+"/assign", url.Values{"state": {"released"}, "coder": {s.id("anna")}, "double": {"0"}, "seed": {"7"}, "reason": {identifies}}),
		"a study":        beheer.post("/studies", url.Values{"id": {"x"}, "title": {identifies}, "builtin": {"hgkm-procesindicatoren"}}),
	} {
		if got.status != 422 || !strings.Contains(got.body, "06-12345678") {
			t.Errorf("%s answers %d: %.200s", what, got.status, got.body)
		}
	}
	anna.send("PUT", api+"/answers/remark", text("done", ""), nil).want(t, "a harmless text", 200)
	for _, field := range []string{"says_nl", "says_en", "source_nl", "source_en"} {
		lena.post(studyPath+"/indicators/ind_repair/text", url.Values{field: {identifies}}).want(t, "how to read an indicator: "+field, 422)
	}
	lena.post(studyPath+"/indicators/ind_repair/text", url.Values{"source_en": {"www.example.org/norm"}}).want(t, "the source of a norm", 303)

	// Names of documents: in a ZIP and in a manifest.
	got := daan.upload(studyPath+"/import", "cases", "batch.zip", packed(t, "N-1/brief mevrouw Plompert.txt", "Een tekst.\n"))
	if got.status == 303 {
		got = daan.follow(got)
	}
	got.want(t, "the name of a file", 422, "Plompert", "may identify a person")
	got = daan.upload(studyPath+"/import", "cases", "manifest.csv", "case_id,document,type,title\nN-1,1,slip,"+identifies+"\n")
	if got.status == 303 {
		got = daan.follow(got)
	}
	got.want(t, "a title", 422, "manifest.csv:2: title", "06-12345678")
}

// Reasons and answers of a lead and a data manager are kept for years: none of
// them may identify anybody, and harmless ones are kept.
func TestReasonsAreScreened(t *testing.T) {
	s, otto := sampler(t)
	daan, lena := s.visit(t, "daan"), s.visit(t, "lena")
	refused := func(what string, got answer) {
		t.Helper()
		if got.status != 422 || !strings.Contains(between(got.body, `role="alert"`, "</section>"), "dentif") {
			t.Errorf("%s that identifies answers %d: %.300s", what, got.status, between(got.body, `role="alert"`, "</section>"))
		}
	}
	kept := func(what string, got answer) {
		t.Helper()
		if got.status != 303 && got.status != 200 {
			t.Errorf("a harmless %s answers %d: %.300s", what, got.status, between(got.body, `role="alert"`, "</section>"))
		}
	}

	page, form := hold(t, s, daan), decision()
	for _, reason := range []string{identifies, "zegt mevrouw Plompert"} {
		form.Set("reason-2", reason)
		refused("the reason of a decision", daan.post(page, form))
	}
	form.Set("reason-2", "number of the slip")
	kept("reason of a decision", daan.post(page, form))

	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-01", "bert", map[string]string{"quality": "poor"})
	lena.post("/s/bicycles/compare/B-01", nil)
	form = url.Values{"choice": {"0"}, "reason": {identifies}, "cause": {"rule_unclear"}}
	refused("the reason of a settled answer", lena.decide("quality", form))
	form.Set("reason", "not told apart")
	kept("reason of a settled answer", lena.decide("quality", form))
	refused("the answer to a proposal", lena.post("/s/bicycles/proposals/1", url.Values{"state": {"adopted"}, "answer": {identifies}}))
	kept("answer to a proposal", lena.post("/s/bicycles/proposals/1", url.Values{"state": {"adopted"}, "answer": {"in version 2"}}))

	kept("frame", otto.uploadFrame(frameCSV()))
	form = url.Values{"size": {"20"}, "allocation": {"equal"}, "by": {""}, "seed": {"7"}, "why": {identifies}}
	refused("the explanation of a draw", otto.post(samplePath+"/draw", form))
	form.Set("why", "first year")
	kept("explanation of a draw", otto.post(samplePath+"/draw", form))
}

// What was stored before a rule grew does not leave: an export replaces it.
func TestExportsAreScreenedAgain(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	a := s.Code(t, "B-01", "anna", nil)
	if err := s.Store.Return(ctx, s.People["lena"], storetest.Study, a.ID, annotations.Comment{Variable: "damage", Text: "again"}); err != nil {
		t.Fatal(err)
	}
	for variable, e := range map[string]annotations.Entry{
		"remark": {Answer: codebook.Answer{Value: identifies + " 🚲"}},
		"damage": {Answer: codebook.Answer{Value: "yes_clear"}, Note: "mail naar jan@voorbeeld.nl, zegt mevrouw Plompert; Plompert vond dat Wiebelaar gelijk had"},
	} {
		e.Variable, e.Version = variable, 1
		if _, err := s.Store.SaveAnswer(ctx, s.People["anna"], a.ID, e); err != nil {
			t.Fatal(err)
		}
	}
	mine, err := s.Store.CommentsOn(ctx, s.People["lena"], storetest.Study, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mine {
		if _, err := s.Store.SetComment(ctx, s.People["anna"], m.ID, true); err != nil {
			t.Fatal(err)
		}
	}
	if u, err := s.Store.Submit(ctx, s.People["anna"], a.ID); err != nil || !u.Done() {
		t.Fatalf("%+v %v", u, err)
	}
	token := tokenFor(t, s, auth.ExportCodings)
	for name, got := range map[string]answer{
		"the export":             s.visit(t, "daan").get(studyPath + "/exports/codings/csv"),
		"the file of a program":  s.visit(t, "").with(token, "GET", "/api/v1/studies/bicycles/codings.csv"),
		"the pages of a program": s.visit(t, "").with(token, "GET", "/api/v1/studies/bicycles/codings"),
	} {
		got.want(t, name, 200, "bel [PHONE] 🚲", "mail naar [EMAIL], zegt mevrouw [NAME]; [NAME] vond dat [NAME] gelijk had")
		for _, gone := range []string{"06-12345678", "jan@voorbeeld.nl", "Plompert", "Wiebelaar"} {
			if strings.Contains(got.body, gone) {
				t.Errorf("%s: %s left the study", name, gone)
			}
		}
	}
}
