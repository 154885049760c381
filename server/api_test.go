package server_test

import (
	"fmt"
	"net/http"
	"testing"
)

type savedAnswer struct {
	Version int    `json:"version"`
	At      string `json:"at"`
	State   struct {
		Routing map[string]struct {
			Asked     bool     `json:"asked"`
			Missing   string   `json:"missing"`
			Inherited bool     `json:"inherited"`
			Because   []string `json:"because"`
			Aside     *struct {
				Value *string `json:"value"`
			} `json:"aside"`
		} `json:"routing"`
		Findings []struct {
			Check     string   `json:"check"`
			Variables []string `json:"variables"`
		} `json:"findings"`
	} `json:"state"`
}

// A coder's whole way through a case by the API: routing answers at once, an
// answer below a closed question is kept aside and comes back, a check shows
// at both its variables, and nothing open can be handed in.
func TestCodingByTheAPI(t *testing.T) {
	s := open(t)
	a := s.Assign(t, "B-01", "anna")
	v := s.visit(t, "anna")
	base := fmt.Sprintf("/api/v1/assignments/%d", a.ID)
	versions := map[string]int{}
	save := func(variable, value string) savedAnswer {
		t.Helper()
		var out savedAnswer
		got := v.send("PUT", base+"/answers/"+variable, map[string]any{"value": value, "version": versions[variable]}, &out)
		if got.status != http.StatusOK {
			t.Fatalf("%s = %s answers %d: %s", variable, value, got.status, got.body)
		}
		versions[variable] = out.Version
		return out
	}
	save("damage", "yes_clear")
	save("repaired", "yes")
	save("ready", "2025-02-06")
	out := save("damage", "none")
	if r := out.State.Routing["repaired"]; r.Asked || r.Missing != "NA" || len(r.Because) != 1 || r.Because[0] != "damage" || r.Aside == nil {
		t.Errorf("after damage = none, repaired is %+v", r)
	}
	if r := out.State.Routing["ready"]; r.Aside == nil || r.Aside.Value == nil || *r.Aside.Value != "2025-02-06" {
		t.Errorf("the answer below is not kept aside: %+v", r)
	}
	out = save("damage", "yes_clear")
	if _, closed := out.State.Routing["ready"]; closed {
		t.Error("ready stays closed after its parent came back")
	}
	out = save("received", "2025-02-09")
	if len(out.State.Findings) != 1 || out.State.Findings[0].Check != "K1" || len(out.State.Findings[0].Variables) != 2 {
		t.Errorf("findings = %+v, want K1 at two variables", out.State.Findings)
	}
	var unfinished struct {
		Open, Evidence []string
		Findings       []struct{ Check string }
	}
	if got := v.send("POST", base+"/submit", struct{}{}, &unfinished); got.status != http.StatusUnprocessableEntity {
		t.Errorf("an unfinished coding is handed in: %d", got.status)
	}
	if len(unfinished.Open) == 0 || len(unfinished.Evidence) != 2 || len(unfinished.Findings) != 1 {
		t.Errorf("unfinished = %+v", unfinished)
	}
	for variable, value := range map[string]string{"received": "2025-02-03", "parts_hit": "light|wheel", "parts_new": "chain", "minutes": "40", "quality": "good", "remark": "fine"} {
		save(variable, value)
	}
	var passage struct{ ID int64 }
	for _, variable := range []string{"damage", "repaired"} {
		in := map[string]any{"variable": variable, "document": 1, "start": 4, "end": 11, "quote": "bicycle"}
		if got := v.send("POST", base+"/passages", in, &passage); got.status != http.StatusCreated {
			t.Fatalf("passage answers %d: %s", got.status, got.body)
		}
	}
	if got := v.send("POST", base+"/passages", map[string]any{"variable": "damage", "document": 1, "start": 5, "end": 12, "quote": "bicycle"}, nil); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a misplaced passage answers %d", got.status)
	}
	if got := v.do("DELETE", fmt.Sprintf("%s/passages/%d", base, passage.ID), "", ""); got.status != http.StatusNoContent {
		t.Errorf("removing a passage answers %d", got.status)
	}
	if got := v.do("POST", fmt.Sprintf("%s/passages/%d/restore", base, passage.ID), "", ""); got.status != http.StatusOK {
		t.Errorf("restoring it answers %d", got.status)
	}
	if got := v.send("POST", base+"/submit", struct{}{}, nil); got.status != http.StatusOK {
		t.Fatalf("submit answers %d: %s", got.status, got.body)
	}
	if got := v.send("PUT", base+"/answers/remark", map[string]any{"value": "late", "version": versions["remark"]}, nil); got.status != http.StatusLocked {
		t.Errorf("an answer after the submission answers %d, want 423", got.status)
	}
}

// Two pages that know different versions get both answers.
func TestConflictGivesBoth(t *testing.T) {
	s := open(t)
	a := s.Assign(t, "B-01", "anna")
	v := s.visit(t, "anna")
	path := fmt.Sprintf("/api/v1/assignments/%d/answers/remark", a.ID)
	v.send("PUT", path, map[string]any{"value": "one", "version": 0}, nil)
	v.send("PUT", path, map[string]any{"value": "two", "version": 1}, nil)
	var both struct {
		Current, Yours struct {
			Value   string
			Version int
		}
	}
	if got := v.send("PUT", path, map[string]any{"value": "three", "version": 1}, &both); got.status != http.StatusConflict {
		t.Errorf("a stale answer answers %d", got.status)
	}
	if both.Current.Value != "two" || both.Current.Version != 2 || both.Yours.Value != "three" {
		t.Errorf("both = %+v", both)
	}
}

// Bad input is told, never a 500.
func TestBadInputToTheAPI(t *testing.T) {
	s := open(t)
	a := s.Assign(t, "B-01", "anna")
	v := s.visit(t, "anna")
	base := fmt.Sprintf("/api/v1/assignments/%d", a.ID)
	check := func(method, path, body string, want int) {
		t.Helper()
		got := v.do(method, path, "application/json", body)
		if got.status != want {
			t.Errorf("%s %s with %.40q answers %d, want %d: %.200s", method, path, body, got.status, want, got.body)
		}
		if want >= 400 && got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s answers as %s", method, path, got.header.Get("Content-Type"))
		}
	}
	check("PUT", base+"/answers/damage", `{`, 400)
	check("PUT", base+"/answers/damage", `{"valeu":"x"}`, 400)
	check("PUT", base+"/answers/damage", `{"value":"broken","version":0}`, 422)
	check("PUT", base+"/answers/damage", `{"value":"none","missing":"NR","version":0}`, 422)
	check("PUT", base+"/answers/damage", `{"missing":"NA","version":0}`, 422)
	check("PUT", base+"/answers/nothing", `{"value":"x","version":0}`, 404)
	check("PUT", base+"/answers/workshop", `{"value":"W3","version":0}`, 422)
	check("PUT", base+"/answers/minutes", `{"value":"-5","version":0}`, 422)
	check("PUT", base+"/answers/minutes", `{"value":"1e999","version":0}`, 422)
	check("PUT", base+"/answers/received", `{"value":"2025-02-30","version":0}`, 422)
	check("PUT", "/api/v1/assignments/999999/answers/damage", `{"value":"none","version":0}`, 404)
	check("PUT", "/api/v1/assignments/x/answers/damage", `{"value":"none","version":0}`, 404)
	check("POST", base+"/passages", `{"variable":"damage","document":999,"start":0,"end":1,"quote":"x"}`, 404)
	check("POST", base+"/passages", `{"variable":"damage","document":1,"start":-1,"end":1,"quote":"x"}`, 422)
	check("POST", base+"/passages", `{"variable":"damage","document_type":"slip","paraphrase":"x"}`, 422)
	check("GET", base+"/answers/nothing/history", "", 200)
	check("GET", "/api/v1/nothing", "", 404)
}
