package codebook_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
)

func TestStatuses(t *testing.T) {
	c := bicycles(t)
	for _, row := range []struct{ answers, measure, want string }{
		// exclude, include and numerator, in that order.
		{"workshop=W2 damage=NR", "m_repaired", "excluded"},
		{"workshop=W1 damage=none", "m_repaired", "outside"},
		{"workshop=W1 damage=NA", "m_repaired", "outside"},
		{"workshop=W1 damage=NR", "m_repaired", "denominator_unknown (NR)"},
		{"workshop=W1 damage=yes_clear repaired=yes", "m_repaired", "yes"},
		{"workshop=W1 damage=yes_clear repaired=no", "m_repaired", "no"},
		{"workshop=W1 damage=yes_clear repaired=DM", "m_repaired", "unknown (DM)"},
		{"workshop=W1 damage=yes_clear repaired=NA", "m_repaired", "outside"},
		{"workshop=W1 damage=yes_clear", "m_repaired", "unknown (OPEN)"},
		{"damage=yes_clear repaired=yes", "m_repaired", "yes"}, // an unknown exclude excludes nobody
		{"damage=yes_clear repaired=yes quality=UC", "m_well", "unknown (UC)"},

		// A list without any attribute.
		{"damage=yes_clear repaired=yes parts_new=lamp", "m_graded", "unknown (LIST)"},

		// A mean is of those that have a value.
		{"minutes=0", "m_minutes", "yes"},
		{"minutes=NA", "m_minutes", "outside"},
		{"minutes=UC", "m_minutes", "unknown (UC)"},
		{"", "m_minutes", "unknown (OPEN)"},
	} {
		m, answers := c.Measure(row.measure), given(row.answers)
		got := c.Status(m, answers)
		if got.String() != row.want {
			t.Errorf("%s, with %s: %s, want %s", row.measure, row.answers, got, row.want)
		}
		if all := c.Statuses(answers)[slices.Index(c.Measures, m)]; all != got {
			t.Errorf("%s, with %s: %s among all and %s alone", row.measure, row.answers, all, got)
		}
		if read, err := codebook.ParseStatus(got.String()); err != nil || read != got {
			t.Errorf("%q reads as %v, %v", got, read, err)
		}
	}
}

func TestParseStatusRefuses(t *testing.T) {
	for _, text := range []string{"", "maybe", "unknown", "unknown ()", "unknown (NA)", "unknown (NR|DM)", "unknown (NR", "yes (NR)"} {
		if s, err := codebook.ParseStatus(text); err == nil {
			t.Errorf("%q reads as %v, want an error", text, s)
		}
	}
}

func TestNumber(t *testing.T) {
	c := bicycles(t)
	for _, row := range []struct{ answers, measure, want string }{
		{"minutes=12.5", "m_minutes", "12.5 true"},
		{"minutes=0", "m_minutes_median", "0 true"},
		{"minutes=NR", "m_minutes", "0 false"},
		{"damage=yes_clear repaired=yes", "m_repaired", "0 false"},
	} {
		n, ok := c.Number(c.Measure(row.measure), given(row.answers))
		if got := fmt.Sprint(n, ok); got != row.want {
			t.Errorf("%s, with %s: %s, want %s", row.measure, row.answers, got, row.want)
		}
	}
}

// One row a kind of status and codes: its outcome, and its part under each
// policy.
func TestOutcomesAndParts(t *testing.T) {
	names := map[codebook.Part]string{codebook.PartYes: "yes", codebook.PartNo: "no", codebook.PartOut: "out"}
	for _, row := range []struct{ status, outcome, demonstrable, known, lower, upper string }{
		{"yes", "yes", "yes", "yes", "yes", "yes"},
		{"no", "no", "no", "no", "no", "no"},
		{"outside", "outside", "out", "out", "out", "out"},
		{"excluded", "excluded", "out", "out", "out", "out"},
		{"denominator_unknown (NR)", "denominator_unknown", "out", "out", "out", "out"},
		{"unknown (NR)", "unknown_NR", "no", "out", "no", "yes"},
		{"unknown (UC)", "unknown_UC", "no", "out", "no", "yes"},
		{"unknown (NR|UC)", "unknown_NR", "no", "out", "no", "yes"},
		{"unknown (DM)", "unknown_DM", "out", "out", "no", "yes"},
		{"unknown (DM|NR|UC)", "unknown_DM", "out", "out", "no", "yes"},
		{"unknown (LIST)", "unknown_DM", "out", "out", "no", "yes"},
		{"unknown (LIST|NR)", "unknown_DM", "out", "out", "no", "yes"},
		{"unknown (OPEN)", "unknown_DM", "out", "out", "out", "out"},
		{"unknown (NR|OPEN)", "unknown_DM", "out", "out", "out", "out"},
	} {
		s, err := codebook.ParseStatus(row.status)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Outcome().String(); got != row.outcome {
			t.Errorf("%s: outcome %s, want %s", row.status, got, row.outcome)
		}
		for policy, want := range map[codebook.Policy]string{
			codebook.Demonstrable: row.demonstrable, codebook.Known: row.known, codebook.Lower: row.lower, codebook.Upper: row.upper,
		} {
			if got := names[s.Under(policy)]; got != want {
				t.Errorf("%s under %s: %s, want %s", row.status, policy, got, want)
			}
		}
	}
}

func TestCascadeLeaves(t *testing.T) {
	c := bicycles(t)
	for _, row := range []struct{ answers, want string }{
		{"damage=yes_clear repaired=yes quality=good", ""},
		{"damage=yes_clear repaired=yes quality=DM", "m_repaired m_well"}, // also the step that is yes
		{"damage=yes_clear repaired=yes quality=NR", ""},
		{"damage=yes_clear repaired=DM quality=poor", "m_repaired m_well"}, // also the step that is no
		{"damage=yes_clear repaired=yes quality=good parts_new=DM", ""},    // another measure has no cascade
		{"damage=none repaired=DM", ""},
	} {
		statuses := c.Statuses(given(row.answers))
		before := slices.Clone(statuses)
		var got []string
		for i, leaves := range c.CascadeLeaves(statuses) {
			if leaves {
				got = append(got, c.Measures[i].ID)
			}
		}
		if got := strings.Join(got, " "); got != row.want {
			t.Errorf("with %s: %q leave, want %q", row.answers, got, row.want)
		}
		if !slices.Equal(statuses, before) {
			t.Errorf("with %s: a status was changed", row.answers)
		}
	}
}

// A case that leaves its cascade is counted once, with those that lack a file
// part, whatever it is in the other steps.
func TestOutcomesOfACascade(t *testing.T) {
	c := bicycles(t)
	for _, row := range []struct{ answers, repaired, well string }{
		{"damage=yes_clear repaired=yes quality=good", "yes", "yes"},
		{"damage=yes_clear repaired=yes quality=NR", "yes", "unknown_NR"},
		{"damage=yes_clear repaired=yes quality=DM", "unknown_DM", "unknown_DM"},
		{"damage=yes_clear repaired=DM quality=poor", "unknown_DM", "unknown_DM"},
		{"damage=yes_clear repaired=NR quality=DM", "unknown_DM", "unknown_DM"},
		{"damage=yes_clear repaired=UC quality=DM", "unknown_DM", "unknown_DM"},
		{"damage=none repaired=DM", "outside", "outside"},
	} {
		got := c.Outcomes(c.Statuses(given(row.answers)))
		if got[0].String() != row.repaired || got[1].String() != row.well {
			t.Errorf("with %s: %v and %v, want %s and %s", row.answers, got[0], got[1], row.repaired, row.well)
		}
	}
}

func TestUndefinedUntilTheStudyHasItsList(t *testing.T) {
	c := bicycles(t)
	m := c.Measure("m_graded")
	if got, want := c.Undefined(m), "no entry of code list part has a value of attribute grade"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := c.Undefined(c.Measure("m_well")); got != "" {
		t.Errorf("m_well is undefined: %s", got)
	}

	list, _ := c.List("part")
	entries := slices.Clone(list.Entries)
	for i, grade := range []string{"gold", "tin", ""} {
		entries[i].Attributes = map[string]string{"grade": grade}
	}
	own, err := c.WithList("part", entries)
	if err != nil {
		t.Fatal(err)
	}
	if got := own.Undefined(m); got != "" {
		t.Errorf("still undefined: %s", got)
	}
	for answers, want := range map[string]string{
		"chain":       "yes",
		"brake":       "no",
		"brake|lamp":  "unknown (LIST)",
		"chain|lamp":  "yes",
		"chain|brake": "yes",
	} {
		eff := given("damage=yes_clear repaired=yes parts_new=" + answers)
		if got := own.Status(own.Measure("m_graded"), eff).String(); got != want {
			t.Errorf("%s: %s, want %s", answers, got, want)
		}
		if got := c.Status(m, eff).String(); got != "unknown (LIST)" {
			t.Errorf("%s: the first codebook says %s", answers, got)
		}
	}
	if own.Hash() == c.Hash() {
		t.Error("another list has the same hash")
	}
	if c.Hash() != bicycles(t).Hash() {
		t.Error("the first codebook was changed")
	}

	// Entries that expressions name cannot go, and all problems are told.
	if _, err := c.WithList("part", nil); err == nil {
		t.Error("an empty list was accepted")
	}
	if _, err := c.WithList("parts", entries); err == nil || !strings.Contains(err.Error(), "did you mean part?") {
		t.Errorf("a list that does not exist: %v", err)
	}
	if _, err := c.WithList("workshop", []codebook.Entry{{Code: "W1"}, {Code: "W1"}}); err == nil ||
		!strings.Contains(err.Error(), "no category W2") || !strings.Contains(err.Error(), "W1 is used twice") {
		t.Errorf("a list without what expressions name: %v", err)
	}
}

func TestBehind(t *testing.T) {
	c := bicycles(t)
	for measure, want := range map[string]string{
		"m_repaired": "workshop damage repaired quality", // quality by the other step of the cascade
		"m_well":     "workshop damage repaired quality",
		"m_graded":   "damage repaired parts_new",
		"m_minutes":  "minutes",
		"m_count":    "damage repaired",
	} {
		if got := strings.Join(c.Behind(c.Measure(measure)), " "); got != want {
			t.Errorf("%s rests on %s, want %s", measure, got, want)
		}
	}
}

// A codebook may be used by several goroutines: each has its own answers.
func TestStatusesAtTheSameTime(t *testing.T) {
	c := bicycles(t)
	results := make(chan string)
	for range 4 {
		go func() {
			for _, row := range []struct{ answers, want string }{
				{"damage=yes_clear repaired=yes quality=good minutes=3", "yes"},
				{"damage=yes_clear repaired=no", "no"},
				{"damage=none", "outside"},
			} {
				for range 100 {
					if got := c.Statuses(given(row.answers))[0].String(); got != row.want {
						results <- got + ", want " + row.want
						return
					}
				}
			}
			results <- ""
		}()
	}
	for range 4 {
		if problem := <-results; problem != "" {
			t.Error(problem)
		}
	}
}

func TestAttributesAreCopied(t *testing.T) {
	c := bicycles(t)
	list, _ := c.List("part")
	entries := slices.Clone(list.Entries)
	entries[0].Attributes = map[string]string{"grade": "gold"}
	own, err := c.WithList("part", entries)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(entries[0].Attributes, map[string]string{"grade": "tin"})
	if got, _ := own.List("part"); got.Entries[0].Attributes["grade"] != "gold" {
		t.Error("the caller's map is shared")
	}
}
