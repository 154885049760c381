package builtin_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/codebook/builtin"
)

const id = "hgkm-procesindicatoren"

func book(t *testing.T) *codebook.Codebook {
	t.Helper()
	c, err := builtin.Codebook(id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryCodebookIsFoundByItsID(t *testing.T) {
	if got, want := builtin.IDs(), []string{id}; !slices.Equal(got, want) {
		t.Fatalf("IDs() = %q, want %q", got, want)
	}
	c := book(t)
	if c.ID != id || c.Version != "1.0.0" {
		t.Errorf("codebook is %s %s, want %s 1.0.0", c.ID, c.Version, id)
	}
	if again := book(t); again != c {
		t.Error("the codebook is parsed anew at each call")
	}
}

func TestSourceIsTheCodebook(t *testing.T) {
	data, err := builtin.Source(id)
	if err != nil {
		t.Fatal(err)
	}
	c, err := codebook.Parse(data, "own.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(c.Variables()), len(book(t).Variables()); got != want {
		t.Errorf("the source has %d variables, the codebook %d", got, want)
	}
	clear(data)
	if again, err := builtin.Source(id); err != nil || bytes.Equal(again, data) {
		t.Errorf("changing what Source returned changed the codebook (%v)", err)
	}
}

func TestAnUnknownIDIsAnError(t *testing.T) {
	for _, id := range []string{"", "hgkm", id + ".yaml", "../builtin"} {
		if c, err := builtin.Codebook(id); c != nil || !errors.Is(err, builtin.ErrUnknown) {
			t.Errorf("Codebook(%q) = %v, %v, want ErrUnknown", id, c, err)
		}
		if data, err := builtin.Source(id); data != nil || !errors.Is(err, builtin.ErrUnknown) {
			t.Errorf("Source(%q) = %d bytes, %v, want ErrUnknown", id, len(data), err)
		}
	}
}

func TestTheCodebookIsWhole(t *testing.T) {
	c := book(t)
	check := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%d %s, want %d", got, what, want)
		}
	}
	kind := func(k codebook.MeasureKind) (n int) {
		for _, m := range c.Measures {
			if m.Kind == k {
				n++
			}
		}
		return n
	}
	entries := func(list string) int {
		l, _ := c.List(list)
		return len(l.Entries)
	}
	fed := 0
	for _, r := range c.Catalogue {
		if r.FromCaseFiles {
			fed++
		}
	}
	check("variables", len(c.Variables()), 97)
	check("sections", len(c.Sections), 9)
	check("missing codes", len(c.Missing), 4)
	check("document types", len(c.DocumentTypes), 18)
	check("derived variables", len(c.Derived), 35)
	check("checks", len(c.Checks), 14)
	check("indicators", len(c.Indicators), 8)
	check("measures", len(c.Measures), 46)
	check("shares", kind(codebook.Share), 43)
	check("counts", kind(codebook.Count), 1)
	check("means", kind(codebook.Mean), 1)
	check("medians", kind(codebook.Median), 1)
	check("rows of the catalogue", len(c.Catalogue), 40)
	check("rows of the catalogue read from case files", fed, 8)
	check("code lists", len(c.CodeLists), 3)
	check("regions", entries("vt_regio"), 27)
	check("half-years", entries("halfjaar"), 22)
	check("interventions", entries("interventies"), 26)
}

func TestRegionsOfAYear(t *testing.T) {
	list, ok := book(t).List("vt_regio")
	if !ok {
		t.Fatal("no list of regions")
	}
	// 26 regions until 2022 and 25 after two of them became one: regional
	// divisions 2022, 2023 and 2025 of Statistics Netherlands.
	for _, row := range []struct{ year, want int }{{2019, 0}, {2020, 26}, {2022, 26}, {2023, 25}, {2025, 25}} {
		got := 0
		for _, e := range list.Entries {
			if e.ValidIn(row.year) {
				got++
			}
		}
		if got != row.want {
			t.Errorf("%d regions in %d, want %d", got, row.year, row.want)
		}
	}
	for _, e := range list.Entries {
		if ended := e.ValidTo != nil; ended != (e.Successor != "") {
			t.Errorf("region %s: ended %v, successor %q", e.Code, ended, e.Successor)
		} else if ended && e.Successor != "VT27" {
			t.Errorf("region %s is succeeded by %s, want VT27", e.Code, e.Successor)
		}
	}
}

func TestLevelsOfInterventionsAreLeftToTheStudy(t *testing.T) {
	list, ok := book(t).List("interventies")
	if !ok {
		t.Fatal("no list of interventions")
	}
	for _, e := range list.Entries {
		if level, ok := e.Attributes["niveau"]; !ok || level != "" {
			t.Errorf("%s: niveau = %q, %v, want it named and not set", e.Code, level, ok)
		}
	}
}

func TestCaseColumnsFillTheirVariables(t *testing.T) {
	for variable, want := range map[string]string{"bg_vt_regio": "region", "bg_instroom": "period", "bg_bron": ""} {
		if got := book(t).Variable(variable).CopyOf; got != want {
			t.Errorf("%s is a copy of %q, want %q", variable, got, want)
		}
	}
}

func TestOnlyUnclearAsksForANote(t *testing.T) {
	for _, m := range book(t).Missing {
		if want := m.Code == "UC"; m.NeedsNote != want {
			t.Errorf("%s needs a note: %v, want %v", m.Code, m.NeedsNote, want)
		}
	}
}
