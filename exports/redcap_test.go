package exports_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
)

func TestREDCapDictionary(t *testing.T) {
	var b bytes.Buffer
	notes, err := exports.WriteREDCap(&b, bicycles(t), "en")
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) != 0 {
		t.Errorf("not expressed: %q", notes)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	field := map[string][]string{}
	for _, r := range rows[1:] {
		if field[r[0]] != nil {
			t.Errorf("field %s stands twice", r[0])
		}
		field[r[0]] = r
	}
	for name, want := range map[string]map[int]string{
		"case_id":         {1: "intake", 3: "text"},
		"damage":          {2: "", 3: "radio", 4: "Was the bicycle damaged?", 5: "yes_clear, Yes, clearly | yes_slight, Yes, slightly | none, No"},
		"workshop":        {2: "Intake", 3: "radio"},
		"parts_hit":       {3: "checkbox", 11: "([damage] = 'yes_clear' or [damage] = 'yes_slight')", 17: "@NONEOFTHEABOVE='unknown_part'"},
		"repaired":        {2: "Repair", 11: "(([damage] = 'yes_clear' or [damage] = 'yes_slight') or [damage_missing] <> '')"},
		"minutes":         {3: "text", 6: "minutes", 7: "number", 8: "0", 9: "600", 11: "[repaired] = 'yes'"},
		"minutes_missing": {3: "radio", 5: "NR, Not recorded on the slip | DM, Slip not supplied | UC, Unclear or contradictory", 11: "[repaired] = 'yes'"},
		"received":        {3: "text", 6: "yyyy, yyyy-mm or yyyy-mm-dd"},
		"remark":          {3: "notes"},
	} {
		for column, text := range want {
			if field[name] == nil || field[name][column] != text {
				t.Errorf("%s, column %d is %q, want %q", name, column+1, slices.Concat(field[name], make([]string, 18))[column], text)
			}
		}
	}
}

// What branching logic cannot say is told and kept, never dropped without a
// word.
func TestREDCapSaysWhatItCannotExpress(t *testing.T) {
	src := strings.Replace(string(bicycles(t).Canonical()), `"ask_if":"repaired in (yes)"`, `"ask_if":"received < 2025-01-01"`, 1)
	book, err := codebook.Parse([]byte(src), "bicycles.json")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	notes, err := exports.WriteREDCap(&b, book, "en")
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "parts_new: a comparison of dates") {
		t.Errorf("notes = %q", notes)
	}
	if !strings.Contains(b.String(), "ask_if: received < 2025-01-01") {
		t.Error("the condition is not in the annotation")
	}
}
