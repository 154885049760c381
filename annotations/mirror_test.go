package annotations_test

import (
	"maps"
	"os"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// By hand: of three codings of W1 one is not recorded and one says no damage,
// so that its parts do not apply; one of W3 leaves a question open.
func TestMirrorsCount(t *testing.T) {
	source, err := os.ReadFile("../codebook/testdata/bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book, err := codebook.Parse(source, "bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	put := func(m *annotations.Mirrors, key int64, source, login string, answers map[string]codebook.Answer) {
		m.Remove(key)
		m.Add(annotations.StatedCoding{Case: annotations.Case{Key: key, Region: "W1", Period: "2025-H1", Source: source}, Login: login, Stated: answers})
	}
	m := annotations.NewMirrors(book)
	put(m, 1, "north", "anna", map[string]codebook.Answer{"received": {Value: "2025-02-03"}, "damage": {Value: "yes_clear"}, "parts_hit": {Value: "wheel|light"}})
	put(m, 2, "north", "bert", map[string]codebook.Answer{"received": {Missing: "NR"}, "damage": {Value: "yes_clear"}, "parts_hit": {Value: "wheel"}})
	put(m, 3, "north", "anna", map[string]codebook.Answer{"received": {Value: "2025-02-04"}, "damage": {Value: "none"}})
	put(m, 4, "quay", "bert", map[string]codebook.Answer{"damage": {Missing: "DM"}})
	counted := m.Count(annotations.MirrorBySource, nil)
	groups := counted.Groups
	if len(groups) != 2 || groups[0].Name != "north" || groups[0].Codings != 3 || groups[1].Name != "quay" || counted.All.Codings != 4 {
		t.Fatalf("the groups are %+v", groups)
	}
	find := func(g annotations.Mirror, id string) annotations.VariableFill {
		t.Helper()
		for _, f := range g.Variables {
			if f.Variable.ID == id {
				return f
			}
		}
		t.Fatalf("the mirror has no %s", id)
		return annotations.VariableFill{}
	}
	check := func(g annotations.Mirror, id string, filled, answered, open int, missing, values map[string]int) {
		t.Helper()
		f := find(g, id)
		if f.Filled != filled || f.Answered() != answered || f.Open != open || !maps.Equal(f.Missing, missing) || !maps.Equal(f.Values, values) {
			t.Errorf("%s of %q is %+v, want %d filled of %d, %d open, missing %v, values %v", id, g.Name, f, filled, answered, open, missing, values)
		}
	}
	none := map[string]int{}
	check(groups[0], "received", 2, 3, 0, map[string]int{"NR": 1}, none)
	check(groups[0], "damage", 3, 3, 0, none, map[string]int{"yes_clear": 2, "none": 1})
	check(groups[0], "parts_hit", 2, 2, 0, none, map[string]int{"wheel": 2, "light": 1})
	check(groups[1], "received", 0, 0, 1, none, none)
	check(groups[1], "damage", 0, 1, 0, map[string]int{"DM": 1}, none)
	check(counted.All, "damage", 3, 4, 0, map[string]int{"DM": 1}, map[string]int{"yes_clear": 2, "none": 1})
	for _, f := range groups[0].Variables {
		if f.Variable.CopyOf != "" {
			t.Errorf("%s is copied from the case, and mirrored", f.Variable.ID)
		}
	}

	// By coder, of cases that are chosen, and after a change.
	if by := m.Count(annotations.MirrorByCoder, func(key int64) bool { return key > 1 }); len(by.Groups) != 2 || by.Groups[0].Name != "anna" || by.Groups[0].Codings != 1 || by.Groups[1].Codings != 2 {
		t.Errorf("by coder and without the first case: %+v", by.Groups)
	}
	put(m, 1, "north", "anna", map[string]codebook.Answer{"received": {Missing: "NR"}})
	m.Remove(2)
	again := m.Count(annotations.MirrorBySource, nil)
	check(again.Groups[0], "received", 1, 2, 0, map[string]int{"NR": 1}, none)
	check(again.Groups[0], "damage", 1, 1, 1, none, map[string]int{"none": 1})
	if again.All.Codings != 3 {
		t.Errorf("after a change and a removal there are %d codings, want 3", again.All.Codings)
	}
}
