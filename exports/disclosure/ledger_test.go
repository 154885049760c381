package disclosure_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// withPeriods returns the table with the cells of some periods only.
func withPeriods(t disclosure.Table, periods ...string) disclosure.Table {
	t.Cells = slices.DeleteFunc(slices.Clone(t.Cells), func(c disclosure.Cell) bool { return !slices.Contains(periods, c.Period) })
	return t
}

func apply(t *testing.T, table disclosure.Table) disclosure.Released {
	t.Helper()
	got, err := disclosure.Steekproef().Apply(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A first half-year is published, later the second and the year. What is
// hidden of the second could be had by taking the first from the year.
func TestALaterReleaseIsProtectedAgainstAnEarlierOne(t *testing.T) {
	year := []disclosure.Node{{Code: "2025"}, {Code: "2025-H1", Parent: "2025"}, {Code: "2025-H2", Parent: "2025"}}
	table := sums(disclosure.Measure{}, nation(0), year, map[[2]string]disclosure.Outcomes{
		{"NL01", "2025-H1"}: shares(30, 60), {"NL01", "2025-H2"}: shares(2, 60),
	})
	first := apply(t, withPeriods(table, "2025-H1"))
	if h := hidden(first); len(h) != 0 {
		t.Fatalf("first release hides %v", h)
	}
	second := withPeriods(table, "2025", "2025-H2")
	second.Before = first.Ledger()
	if h := hidden(apply(t, second)); !slices.Equal(h, []string{"NL01 2025", "NL01 2025-H2"}) {
		t.Errorf("second release hides %v, want the year as well, for the first half-year is out", h)
	}
	second.Before = disclosure.Ledger{}
	if h := hidden(apply(t, second)); !slices.Equal(h, []string{"NL01 2025-H2"}) {
		t.Errorf("without an earlier release %v is hidden, want the second half-year alone", h)
	}
}

// In the half-year that is out all cases have yes, so the two of the next with
// no are those of the year: who is one of them learns nothing by the year.
func TestAYearOfOneHalf(t *testing.T) {
	year := []disclosure.Node{{Code: "2025"}, {Code: "2025-H1", Parent: "2025"}, {Code: "2025-H2", Parent: "2025"}}
	bottom := map[[2]string]disclosure.Outcomes{{"VT01", "2025-H1"}: shares(60, 60), {"VT01", "2025-H2"}: shares(58, 60)}
	for _, region := range []string{"VT02", "VT03"} {
		bottom[[2]string{region, "2025-H1"}], bottom[[2]string{region, "2025-H2"}] = shares(30, 60), shares(40, 60)
	}
	table := sums(disclosure.Measure{}, nation(3), year, bottom)
	first := apply(t, withPeriods(table, "2025-H1"))
	second := withPeriods(table, "2025", "2025-H2")
	second.Before = first.Ledger()
	got := apply(t, second)
	for _, want := range []string{"VT01 2025-H2", "VT01 2025"} {
		if h := hidden(got); !slices.Contains(h, want) {
			t.Errorf("hidden = %v, want %s among them", h, want)
		}
	}
}

// Two regions become one. The old ones are out, one of them hidden; the new
// one is their sum and would give it away.
func TestRecastRegions(t *testing.T) {
	regions := append(nation(5), disclosure.Node{Code: "VT27", Parent: "NL01"})
	for i := range regions {
		if regions[i].Code == "VT01" || regions[i].Code == "VT02" {
			regions[i].Parent = "VT27"
		}
	}
	table := sums(disclosure.Measure{}, regions, halfYear, map[[2]string]disclosure.Outcomes{
		{"VT01", "2025-H1"}: shares(3, 60), {"VT02", "2025-H1"}: shares(20, 60),
		{"VT03", "2025-H1"}: shares(3, 60), {"VT04", "2025-H1"}: shares(25, 60), {"VT05", "2025-H1"}: shares(25, 60),
	})
	layout := func(drop ...string) disclosure.Table {
		out := table
		out.Cells = slices.DeleteFunc(slices.Clone(table.Cells), func(c disclosure.Cell) bool { return slices.Contains(drop, c.Region) })
		return out
	}
	old := apply(t, layout("VT27"))
	if h := hidden(old); !slices.Equal(h, []string{"VT01 2025-H1", "VT03 2025-H1"}) {
		t.Fatalf("old layout hides %v, want the two small regions", h)
	}
	recast := layout("VT01", "VT02")
	recast.Before = old.Ledger()
	if h := hidden(apply(t, recast)); !slices.Equal(h, []string{"VT03 2025-H1", "VT27 2025-H1"}) {
		t.Errorf("new layout hides %v, want VT27 too: less VT02 it is VT01", h)
	}
}

func TestPublishedTwice(t *testing.T) {
	table := func(o disclosure.Outcomes) disclosure.Table {
		return sums(disclosure.Measure{}, nation(0), halfYear, map[[2]string]disclosure.Outcomes{{"NL01", "2025-H1"}: o})
	}
	first := apply(t, table(shares(30, 60)))

	again := table(shares(30, 60))
	again.Before = first.Ledger()
	if got := apply(t, again); len(got.Warnings()) != 0 || len(got.Ledger().Facts) != 1 {
		t.Errorf("the same figure again: warnings %v and %d facts, want none and 1", got.Warnings(), len(got.Ledger().Facts))
	}
	revised := table(shares(32, 62))
	revised.Before = first.Ledger()
	got := apply(t, revised)
	if w := fmt.Sprint(got.Warnings()); !strings.Contains(w, "fewer than 5 cases") {
		t.Errorf("warnings = %q, want that the revision is of fewer than 5 cases", w)
	}
	if facts := got.Ledger().Facts; len(facts) != 1 || facts[0].Outcomes.Yes != 32 {
		t.Errorf("ledger = %+v, want the revised figure in place of the first", facts)
	}
	withheld := table(shares(30, 60))
	withheld.Before = first.Ledger()
	withheld.Cells[0].Withheld = true
	if w := fmt.Sprint(apply(t, withheld).Warnings()); !strings.Contains(w, "published before and is hidden now") {
		t.Errorf("warnings = %q, want that hiding comes too late", w)
	}
}

func TestALedgerSurvivesStorage(t *testing.T) {
	want := apply(t, indicatorTable(4, 2, 2)).Ledger()
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got disclosure.Ledger
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("the ledger read back differs")
	}
}
