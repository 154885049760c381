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
	coding := func(answers map[string]codebook.Answer) annotations.Coding {
		k := annotations.Coding{Entries: map[string]annotations.Entry{}}
		for id, a := range answers {
			k.Entries[id] = annotations.Entry{Variable: id, Answer: a}
		}
		return k
	}
	m := annotations.NewMirrors(book)
	c := annotations.Case{Region: "W1", Period: "2025-H1"}
	m.Add("north", c, coding(map[string]codebook.Answer{"received": {Value: "2025-02-03"}, "damage": {Value: "yes_clear"}, "parts_hit": {Value: "wheel|light"}}))
	m.Add("north", c, coding(map[string]codebook.Answer{"received": {Missing: "NR"}, "damage": {Value: "yes_clear"}, "parts_hit": {Value: "wheel"}}))
	m.Add("north", c, coding(map[string]codebook.Answer{"received": {Value: "2025-02-04"}, "damage": {Value: "none"}}))
	m.Add("quay", c, coding(map[string]codebook.Answer{"damage": {Missing: "DM"}}))
	groups := m.Groups()
	if len(groups) != 2 || groups[0].Name != "north" || groups[0].Codings != 3 || groups[1].Name != "quay" || m.All().Codings != 4 {
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
	check(m.All(), "damage", 3, 4, 0, map[string]int{"DM": 1}, map[string]int{"yes_clear": 2, "none": 1})
	for _, f := range groups[0].Variables {
		if f.Variable.CopyOf != "" {
			t.Errorf("%s is copied from the case, and mirrored", f.Variable.ID)
		}
	}
}
