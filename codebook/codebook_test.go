package codebook_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
)

// bicycles returns the codebook of testdata/bicycles.yaml.
func bicycles(t testing.TB) *codebook.Codebook {
	t.Helper()
	return parse(t, read(t, "bicycles.yaml"))
}

func read(t testing.TB, name string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func parse(t testing.TB, src string) *codebook.Codebook {
	t.Helper()
	c, err := codebook.Parse([]byte(src), "test.yaml")
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return c
}

// letters is a codebook with a variable of each type and one derived variable
// d of the given expression.
func letters(expression string) string {
	var quoted strings.Builder
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false) // an escaped > is not one column wide
	if err := e.Encode(expression); err != nil {
		panic(err)
	}
	return strings.Replace(lettersSource, "EXPRESSION", strings.TrimSpace(quoted.String()), 1)
}

const lettersSource = `
format: dossierlens-codebook/1
id: letters
version: 1.0.0
title: Letters
missing:
  - {code: NR, value: -7, label: Not recorded}
  - {code: DM, value: -6, label: Not supplied}
  - {code: NA, value: -8, label: Not applicable}
  - {code: UC, value: -9, label: Unclear}
code_lists:
  treatment:
    - {code: emdr, label: EMDR, attributes: {level: strong}}
    - {code: talk, label: Talks, attributes: {level: weak}}
    - {code: walk, label: Walks, attributes: {level: null}}
sections:
  - id: all_of_them
    label: All
    variables:
      - id: s
        type: single
        label: Single
        categories: [{code: a, value: 1, label: A}, {code: b, value: 2, label: B}, {code: c, value: 3, label: C}]
        missing: [NR, DM, UC, NA]
      - id: r
        type: ordinal
        label: Ordinal
        categories: [{code: low, value: 1, label: Low}, {code: high, value: 2, label: High}]
        missing: [NR, DM, UC, NA]
      - id: m
        type: multi
        label: Multi
        categories: [{code: x, value: 1, label: X}, {code: y, value: 2, label: Y}, {code: z, value: 3, label: Z}, {code: nothing, value: 0, label: None}]
        exclusive: [nothing]
        missing: [NR, DM, UC, NA]
      - {id: n, type: number, label: Number, min: -10, max: 100, missing: [NR, DM, UC, NA]}
      - {id: k, type: number, label: Second number, missing: [NR, DM, UC, NA]}
      - {id: t, type: date, label: Date, missing: [NR, DM, UC, NA]}
      - {id: u, type: date, label: Second date, missing: [NR, DM, UC, NA]}
      - {id: w, type: text, label: Text, missing: [NR, DM, UC, NA]}
      - {id: l, type: multi, label: List, code_list: treatment, missing: [NR, DM, UC, NA]}
derived:
  - {id: yes_a, label: A, expression: "s in (a)"}
  - {id: d, label: D, expression: EXPRESSION}
indicators: [{id: ind, label: Indicator, policy: known}]
measures: [{id: m_d, indicator: ind, kind: share, label: D, numerator: d}]
`

// given reads answers such as "s=a m=x|y n=NR".
func given(text string) codebook.Answers {
	answers := codebook.Answers{}
	for _, field := range strings.Fields(text) {
		id, value, _ := strings.Cut(field, "=")
		switch value {
		case codebook.NR, codebook.DM, codebook.NA, codebook.UC:
			answers[id] = codebook.Answer{Missing: value}
		default:
			answers[id] = codebook.Answer{Value: value}
		}
	}
	return answers
}
