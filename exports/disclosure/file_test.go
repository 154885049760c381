package disclosure_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/exports/disclosure"
)

const smallFile = `{"schema": "oracle_sdc/1", "threshold": 5, "primary_rule": "1 <= freq <= T-1", "title": "kept",
	"hierarchies": {"cat": {"code": ["T", "A", "B", "C"], "parent": ["", "T", "T", "T"]}},
	"cells": {"cat": ["T", "A", "B", "C"], "id": [1, 2, 3, 4], "freq": [40, 3, 17, 20], "primary": [false, true, false, false]},
	"equations": [{"total": 1, "parts": [2, 3, 4]}],
	"patterns": [{"method": "by hand", "secondary_ids": [3], "note": "kept too"}]}`

func TestAFileKeepsWhatItDoesNotUse(t *testing.T) {
	f, err := disclosure.ReadFile(strings.NewReader(smallFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Attack(t.Context()); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Title    string
		Patterns []map[string]any
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	p := got.Patterns[0]
	if got.Title != "kept" || p["note"] != "kept too" || p["safe"] != true || p["secondary_value"] != 17.0 {
		t.Errorf("title %q, pattern %v; want both notes, safe, value 17", got.Title, p)
	}
	if err := f.Protect(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if data, err = json.Marshal(f); err != nil {
		t.Fatal(err)
	}
	again, err := disclosure.ReadFile(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("what was written cannot be read: %v", err)
	}
	if len(again.Patterns) != 1 || again.Patterns[0].Method != "dossierlens" {
		t.Errorf("patterns = %+v, want one of dossierlens", again.Patterns)
	}
}

func TestEveryProblemOfAFileIsTold(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           []string
	}{
		{"not JSON", smallFile, "freq,id", []string{"not a JSON object"}},
		{"two objects", `too"}]}`, `too"}]} {}`, []string{"more follows"}},
		{"other schema", "oracle_sdc/1", "oracle_sdc/9", []string{`schema: "oracle_sdc/9"`}},
		{"sums and signs", "[40, 3, 17, 20]", "[41, 3, -17, 20]", []string{"cell 3: freq is -17", "equations[0]: cell 1 has freq 41, but its parts add up to 6"}},
		{"unknown cells", `"parts": [2, 3, 4]`, `"parts": [2, 8, 9, 2]`, []string{"part 8", "part 9", "cell 2 stands in it twice"}},
		{"id twice", `"id": [1, 2, 3, 4]`, `"id": [1, 2, 3, 3]`, []string{"id 3 is used twice", "part 4"}},
		{"lengths", "[40, 3, 17, 20]", "[40, 3]", []string{"4 ids, 2 freqs and 4 primary flags"}},
		{"primary against its rule", "[false, true, false, false]", "[true, false, false, false]", []string{"cell 1: primary is true", "cell 2: primary is false"}},
		{"codes", `["T", "A", "B", "C"], "id"`, `["T", "A", "X", "Y"], "id"`, []string{`code "X"`, `code "Y"`}},
		{"hierarchy", `["", "T", "T", "T"]`, `["", "Q", "T", "C"]`, []string{`parent "Q"`, "C is above itself"}},
		{"nothing in it", smallFile, `{}`, []string{"threshold: is missing", "cells: is missing", "equations: is missing"}},
		{"no cells", smallFile, `{"threshold": 5, "cells": {"id": [], "freq": [], "primary": []}, "equations": []}`, []string{"cells: there are none"}},
		{"threshold", `"threshold": 5, "primary_rule": "1 <= freq <= T-1"`, `"threshold": 0`, []string{"threshold is 0"}},
		{"types", `"threshold": 5`, `"threshold": "five"`, []string{"threshold: "}},
		{"secondary", `"secondary_ids": [3]`, `"secondary_ids": [2, 3, 3, 77]`, []string{"cell 2 is primary already", "cell 3 is listed twice", "77 is not the id"}},
	}
	for _, test := range tests {
		_, err := disclosure.ReadFile(strings.NewReader(strings.Replace(smallFile, test.old, test.new, 1)))
		if err == nil {
			t.Errorf("%s: no error", test.name)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error does not tell %q:\n%v", test.name, want, err)
			}
		}
	}
}

func FuzzReadFile(f *testing.F) {
	f.Add([]byte(smallFile))
	f.Add([]byte(`{"threshold": 5, "cells": {"id": [1], "freq": [3], "primary": [true]}, "equations": [{"total": 1, "parts": [1]}]}`))
	if data, err := os.ReadFile("testdata/s1_3x3.json"); err == nil {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := disclosure.ReadFile(bytes.NewReader(data))
		if err != nil {
			return
		}
		if err := file.Table.Check(); err != nil {
			t.Errorf("a table that was read is refused: %v", err)
		}
		if len(file.Table.Cells) > 50 {
			return
		}
		if p, err := file.Table.Protect(t.Context(), nil); err == nil && len(p.Unsafe(file.Table.Threshold)) > 0 {
			t.Error("a protected table is not safe")
		}
	})
}
