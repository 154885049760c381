package codebook_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
)

// Each row is one edit of the bicycles and the changes that it makes.
func TestDiff(t *testing.T) {
	const remark = "      - id: remark\n"
	for _, row := range []struct{ name, from, to, want string }{
		{"nothing", "", "", ""},
		{"form only", "ask_if: damage in (yes_clear, yes_slight)", "ask_if: 'damage in (yes_clear,   yes_slight)'",
			"wording variables.parts_hit.ask_if [parts_hit]"},
		{"version", "version: 1.0.0", "version: 1.0.1", ""},

		// Wording.
		{"label", "en: Damage}", "en: Harm}", "wording variables.damage.label.en [damage]"},
		{"translation", "instruction: {nl: Vuil is geen schade., en: Dirt is not damage.}", "instruction: {nl: Vuil is geen schade.}",
			"wording variables.damage.instruction.en [damage]"},
		{"label of a category", "en: Wheel}", "en: Wheels}", "wording variables.parts_hit.categories.wheel.label.en [parts_hit]"},
		{"rule", "en: Slip not supplied}", "en: No slip}", "wording missing.DM.label.en [received damage parts_hit repaired parts_new ready minutes]"},
		{"label of a measure", "en: Mean working time}", "en: Mean time}", "wording measures.m_minutes.label.en [minutes]"},
		{"order", "{code: yes_clear, value: 2, label: {nl: \"Ja, duidelijk\", en: \"Yes, clearly\"}}\n          - {code: yes_slight, value: 1, label: {nl: \"Ja, licht\", en: \"Yes, slightly\"}}",
			"{code: yes_slight, value: 1, label: {nl: \"Ja, licht\", en: \"Yes, slightly\"}}\n          - {code: yes_clear, value: 2, label: {nl: \"Ja, duidelijk\", en: \"Yes, clearly\"}}",
			"wording variables.damage.categories.(order) [damage]"},

		// Additions, and rules of work.
		{"a variable", remark, "      - {id: colour, type: text, label: Colour}\n" + remark, "addition variables.colour [colour]"},
		{"a category", "{code: light, value: 3,", "{code: saddle, value: 4, label: Saddle}\n          - {code: light, value: 3,",
			"addition variables.parts_hit.categories.saddle [parts_hit]"},
		{"an entry", "{code: W3,", "{code: W4, label: New}\n    - {code: W3,", "addition code_lists.workshop.W4 [workshop]"},
		{"a list", "  part:\n", "  tool:\n    - {code: saw, label: Saw}\n  part:\n", "addition code_lists.tool []"},
		{"a missing code of a variable", "missing: [NR, UC]", "missing: [NR, DM, UC]", "addition variables.quality.missing.DM [quality]"},
		{"a derived variable", "\nchecks:", "\n  - {id: d_new, label: New, expression: d_well}\nchecks:", "addition derived.d_new [damage repaired quality]"},
		{"a measure", "\ncatalogue:", "\n  - {id: m_new, indicator: ind_time, kind: median, label: New, of: minutes}\ncatalogue:", "addition measures.m_new [minutes]"},
		{"a check", "  - id: K2", "  - {id: K9, severity: error, expression: d_damaged, message: New}\n  - id: K2", "addition checks.K9 [damage]"},
		{"severity", "severity: explain", "severity: error", "addition checks.K2.severity [repaired minutes]"},
		{"evidence", "evidence: none\n        core", "evidence: optional\n        core", "addition variables.workshop.evidence [workshop]"},
		{"wider", "max: 600", "max: 900", "addition variables.minutes.max [minutes]"},
		{"without limit", "        max: 600\n", "", "addition variables.minutes.max [minutes]"},
		{"an entry ends", "en: North}, valid_from: 2020}", "en: North}, valid_from: 2020, valid_to: 2026}", "addition code_lists.workshop.W1.valid_to [workshop]"},
		{"an attribute", "en: Chain}, attributes: {grade: null}", "en: Chain}, attributes: {grade: gold}", "addition code_lists.part.chain.attributes.grade [parts_new]"},

		// Meaning.
		{"type", "type: text", "type: date", "meaning variables.remark.type [remark];addition variables.remark.precision [remark]"},
		{"value", "{code: none, value: 0", "{code: none, value: 5", "meaning variables.damage.categories.none.value [damage]"},
		{"narrower", "max: 600", "max: 60", "meaning variables.minutes.max [minutes]"},
		{"limit", "min: 0", "min: 1", "meaning variables.minutes.min [minutes]"},
		{"unit", "en: minutes}", "en: hours}", "meaning variables.minutes.unit.en [minutes]"},
		{"coarser", "question: {nl: Wanneer is de fiets aangenomen?, en: When was the bicycle received?}\n        precision: day",
			"question: {nl: Wanneer is de fiets aangenomen?, en: When was the bicycle received?}\n        precision: month",
			"meaning variables.received.precision [received]"},
		{"routing", "ask_if: damage in (yes_clear, yes_slight)", "ask_if: damage in (yes_clear)", "meaning variables.parts_hit.ask_if [parts_hit]"},
		{"routing gone", "        ask_if: damage in (yes_clear, yes_slight)\n", "", "meaning variables.parts_hit.ask_if [parts_hit]"},
		{"exclusive", "exclusive: [unknown_part]", "exclusive: [unknown_part, light]", "meaning variables.parts_hit.exclusive [parts_hit]"},
		{"a category gone", "          - {code: light, value: 3, label: {nl: Licht, en: Light}}\n", "", "meaning variables.parts_hit.categories.light [parts_hit]"},
		{"an entry is cut short", "valid_to: 2023", "valid_to: 2022", "meaning code_lists.workshop.W2.valid_to [workshop]"},
		{"a missing code of a variable gone", "missing: [NR, UC]", "missing: [NR]", "meaning variables.quality.missing.UC [quality]"},
		{"a derived variable", "d_repaired and quality in (fair, good)", "d_repaired and quality in (good)", "meaning derived.d_well.expression [damage repaired quality]"},
		{"policy", "policy: known", "policy: demonstrable",
			"meaning indicators.ind_time.policy [minutes];meaning measures.m_minutes.policy [minutes];meaning measures.m_minutes_median.policy [minutes]"},
		{"a measure gone", "  - {id: m_graded, ", "  # - {id: m_graded, ", "meaning measures.m_graded [damage repaired parts_new]"},
		{"id", "id: bicycle-repairs", "id: tricycle-repairs", "meaning id []"},
	} {
		src := read(t, "bicycles.yaml")
		if row.from != "" && strings.Count(src, row.from) != 1 {
			t.Errorf("%s: what it edits stands %d times in the file", row.name, strings.Count(src, row.from))
			continue
		}
		var got []string
		for _, c := range codebook.Diff(parse(t, src), parse(t, strings.Replace(src, row.from, row.to, 1))) {
			got = append(got, fmt.Sprintf("%s %s %v", c.Class, c.Path, c.Variables))
			if c.Old == c.New {
				t.Errorf("%s: old and new are both %q", row.name, c.Old)
			}
		}
		if got := strings.Join(got, ";"); got != row.want {
			t.Errorf("%s:\n got %s\nwant %s", row.name, got, row.want)
		}
	}
}

// A variable that moves to another section is the same variable.
func TestAMovedVariableIsTheSame(t *testing.T) {
	src := read(t, "bicycles.yaml")
	begin := strings.Index(src, "      - id: parts_hit\n")
	end := strings.Index(src, "  - id: repair\n")
	variable := src[begin:end]
	moved := src[:begin] + src[end:]
	moved = strings.Replace(moved, "      - id: repaired\n", variable+"      - id: repaired\n", 1)
	changes := codebook.Diff(parse(t, src), parse(t, moved))
	if len(changes) != 1 || changes[0].Class != codebook.Wording || changes[0].Path != "variables.parts_hit.section" ||
		changes[0].Old != "intake" || changes[0].New != "repair" {
		t.Errorf("got %+v, want a change of section", changes)
	}
}

func TestVersionsThatChangesAskFor(t *testing.T) {
	change := func(classes ...codebook.Class) (all []codebook.Change) {
		for _, c := range classes {
			all = append(all, codebook.Change{Class: c})
		}
		return all
	}
	for _, row := range []struct {
		from    string
		changes []codebook.Change
		next    string
	}{
		{"1.4.2", nil, "1.4.2"},
		{"1.4.2", change(codebook.Wording), "1.4.3"},
		{"1.4.2", change(codebook.Wording, codebook.Addition, codebook.Wording), "1.5.0"},
		{"1.4.2", change(codebook.Meaning, codebook.Addition), "2.0.0"},
		{"0.9.9", change(codebook.Meaning), "1.0.0"},
	} {
		got, err := codebook.NextVersion(row.from, row.changes)
		if err != nil || got != row.next {
			t.Errorf("after %s: %s, %v, want %s", row.from, got, err, row.next)
		}
	}
	for to, want := range map[string]bool{"1.4.2": false, "1.4.9": false, "1.5.0": true, "1.10.0": true, "2.0.0": true} {
		got, err := codebook.Suffices("1.4.2", to, change(codebook.Addition))
		if err != nil || got != want {
			t.Errorf("%s after an addition to 1.4.2: %v, %v, want %v", to, got, err, want)
		}
	}
	for _, version := range []string{"", "1", "1.2", "v1.2.3", "1.2.3-rc1", "01.2.3"} {
		if next, err := codebook.NextVersion(version, nil); err == nil {
			t.Errorf("after %q comes %s, want an error", version, next)
		}
	}
	for class, want := range map[codebook.Class]string{codebook.Wording: "patch", codebook.Addition: "minor", codebook.Meaning: "major"} {
		if got := class.Part(); got != want {
			t.Errorf("%s raises %s, want %s", class, got, want)
		}
	}
}
