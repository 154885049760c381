package builtin_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
)

// A vector is a worked case. Its answers are codes, lists of codes, numbers
// or missing codes; levels sets the attribute niveau of interventions.
type vector struct {
	ID        string            `json:"id"`
	Derived   string            `json:"derived"`
	Indicator string            `json:"indicator"`
	Given     map[string]any    `json:"answers"`
	Levels    map[string]string `json:"levels"`
	Expect    string            `json:"expect"`
}

func (v vector) answers() codebook.Answers {
	answers := codebook.Answers{}
	for id, given := range v.Given {
		a := codebook.Answer{Value: fmt.Sprint(given)}
		if list, ok := given.([]any); ok {
			var codes []string
			for _, code := range list {
				codes = append(codes, fmt.Sprint(code))
			}
			a.Value = strings.Join(codes, "|")
		}
		switch a.Value {
		case codebook.NR, codebook.DM, codebook.NA, codebook.UC:
			a = codebook.Answer{Missing: a.Value}
		}
		answers[id] = a
	}
	return answers
}

// book returns the built-in codebook, with the levels of the vector set.
func (v vector) book(t *testing.T) *codebook.Codebook {
	c := book(t)
	if v.Levels == nil {
		return c
	}
	list, _ := c.List("interventies")
	var entries []codebook.Entry
	for _, e := range list.Entries {
		e.Attributes = maps.Clone(e.Attributes)
		e.Attributes["niveau"] = v.Levels[e.Code]
		entries = append(entries, e)
	}
	c, err := c.WithList("interventies", entries)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The expected results come from an independent evaluator.
func TestWorkedCases(t *testing.T) {
	src, err := os.ReadFile("../testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Derived  []vector `json:"derived"`
		Measures []vector `json:"headline_measure_status"`
	}
	if err := json.Unmarshal(src, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.Derived) == 0 || len(vectors.Measures) == 0 {
		t.Fatal("vectors.json holds no cases")
	}
	for _, v := range vectors.Derived {
		if got := v.book(t).Derive(v.Derived, v.answers()).String(); got != v.Expect {
			t.Errorf("%s: %s is %s, want %s", v.ID, v.Derived, got, v.Expect)
		}
	}
	for _, v := range vectors.Measures {
		c := v.book(t)
		for i, m := range c.Measures {
			if m.Indicator != v.Indicator || !m.Headline {
				continue
			}
			if got := c.Statuses(v.answers())[i].String(); got != v.Expect {
				t.Errorf("%s: %s is %s, want %s", v.ID, m.ID, got, v.Expect)
			}
		}
	}
}

// Routing agrees with the worked cases: where they give all that a question
// hangs on, the answers that count give the same result.
func TestWorkedCasesAreRoutedAsGiven(t *testing.T) {
	for _, v := range []vector{
		{Derived: "d_vp", Given: map[string]any{"vp_aanwezig": "nee", "vp_gebruik": "regelmatig", "vp_actueel": "NR"}, Expect: "no"},
		{Derived: "d_vp", Given: map[string]any{"vp_aanwezig": "DM", "vp_gebruik": "regelmatig", "vp_actueel": "herhaald"}, Expect: "unknown (DM)"},
		{Derived: "d_oo_12", Given: map[string]any{"oo_hersteld": "nee", "oo_opnieuw": "ja", "oo_eerste_dagen": 140.0}, Expect: "na"},
		{Derived: "d_oo_12", Given: map[string]any{"oo_hersteld": "NR", "oo_opnieuw": "ja", "oo_eerste_dagen": 140.0}, Expect: "yes"},
	} {
		c := book(t)
		if got := c.Derive(v.Derived, c.Effective(v.answers())).String(); got != v.Expect {
			t.Errorf("%s of %v is %s, want %s", v.Derived, v.Given, got, v.Expect)
		}
	}
}
