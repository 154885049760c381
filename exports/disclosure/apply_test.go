package disclosure_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// sums builds a table of one measure from the cells at the bottom; the cells
// above are added up along regions and periods.
func sums(m disclosure.Measure, regions, periods []disclosure.Node, bottom map[[2]string]disclosure.Outcomes) disclosure.Table {
	m.ID = "m"
	if m.Kind == "" {
		m.Kind = disclosure.Share
	}
	parent := func(nodes []disclosure.Node, code string) string {
		for _, n := range nodes {
			if n.Code == code {
				return n.Parent
			}
		}
		return ""
	}
	total := map[[2]string]disclosure.Outcomes{}
	for k, o := range bottom {
		for region := k[0]; region != ""; region = parent(regions, region) {
			for period := k[1]; period != ""; period = parent(periods, period) {
				total[[2]string{region, period}] = add(total[[2]string{region, period}], o)
			}
		}
	}
	t := disclosure.Table{Measures: []disclosure.Measure{m}, Regions: regions, Periods: periods}
	for _, region := range regions {
		for _, period := range periods {
			if o, ok := total[[2]string{region.Code, period.Code}]; ok {
				k := disclosure.Key{Measure: "m", Period: period.Code, Region: region.Code, Breakdown: disclosure.Total, Class: disclosure.Total}
				t.Cells = append(t.Cells, cell(k, o))
			}
		}
	}
	return t
}

// nation returns a nation of n regions.
func nation(n int) []disclosure.Node {
	nodes := []disclosure.Node{{Code: "NL01"}}
	for i := range n {
		nodes = append(nodes, disclosure.Node{Code: fmt.Sprintf("VT%02d", i+1), Parent: "NL01"})
	}
	return nodes
}

var halfYear = []disclosure.Node{{Code: "2025-H1"}}

// shares returns the outcomes of n cases of which x have yes.
func shares(x, n int) disclosure.Outcomes { return disclosure.Outcomes{Yes: x, No: n - x} }

// hidden returns the hidden cells as "region period".
func hidden(r disclosure.Released) []string {
	var out []string
	for c := range r.Cells() {
		if c.Hidden {
			out = append(out, c.Region+" "+c.Period)
		}
	}
	return out
}

// checkRelease checks what an outsider can check with the certificate and the
// true table at hand, by additions alone: every witness adds up and prints as
// the release does, and the witnesses of a sensitive count lie apart.
func checkRelease(t disclosure.Table, r disclosure.Released) error {
	names := []string{" yes", " no", " unknown", " outside"}
	truth, cells := map[string]int64{}, map[string]disclosure.ReleasedCell{}
	var keys []disclosure.Key
	for _, c := range t.Cells {
		o := c.Outcomes
		unknown := o.UnknownDM + o.UnknownNR + o.UnknownUC
		for i, n := range []int{o.Yes, o.No, unknown, o.Cases() - o.Yes - o.No - unknown} {
			truth[c.Key.String()+names[i]] = int64(n)
		}
		keys = append(keys, c.Key)
	}
	for c := range r.Cells() {
		cells[c.Key.String()] = c
	}
	sumsOf := func(nodes []disclosure.Node, code string, with func(string) disclosure.Key) (parts []string) {
		for _, n := range nodes {
			if n.Parent == code {
				parts = append(parts, with(n.Code).String())
			}
		}
		return parts
	}
	// What is in the outer event of a link and not in the inner one.
	rests := map[string][2]string{}
	for _, l := range t.Links {
		for _, k := range keys {
			inner := k
			if inner.Measure = l.Inner.Measure; k.Measure != l.Outer.Measure {
				continue
			}
			a, b := inner.String()+" "+string(l.Inner.Event), k.String()+" "+string(l.Outer.Event)
			rests[b+" but not "+l.Inner.Measure] = [2]string{a, b}
			truth[b+" but not "+l.Inner.Measure] = truth[b] - truth[a]
		}
	}
	var tables []map[string]int64
	for n, w := range r.Certificate().Tables {
		table := map[string]int64{}
		for name, count := range truth {
			table[name] = count
		}
		for _, change := range w {
			if _, ok := truth[change.Cell]; !ok || change.Count < 0 {
				return fmt.Errorf("table %d: %s is %d", n, change.Cell, change.Count)
			}
			table[change.Cell] = change.Count
		}
		for name, of := range rests {
			if table[of[1]]-table[of[0]] != table[name] {
				return fmt.Errorf("table %d: %s is %d, and %d less %d", n, name, table[name], table[of[1]], table[of[0]])
			}
		}
		for _, k := range keys {
			all, before := int64(0), int64(0)
			for _, name := range names {
				all, before = all+table[k.String()+name], before+truth[k.String()+name]
			}
			if all != before {
				return fmt.Errorf("table %d: %s has %d cases, not %d", n, k, all, before)
			}
			for _, parts := range [][]string{
				sumsOf(t.Regions, k.Region, func(c string) disclosure.Key { k := k; k.Region = c; return k }),
				sumsOf(t.Periods, k.Period, func(c string) disclosure.Key { k := k; k.Period = c; return k }),
			} {
				for _, name := range names {
					sum, complete := int64(0), len(parts) > 0
					for _, p := range parts {
						count, ok := table[p+name]
						complete = complete && ok
						sum += count
					}
					if complete && sum != table[k.String()+name] {
						return fmt.Errorf("table %d: %s%s is %d, its parts add up to %d", n, k, name, table[k.String()+name], sum)
					}
				}
			}
			if c := cells[k.String()]; !c.Hidden {
				yes, n := int(table[k.String()+" yes"]), int(table[k.String()+" yes"]+table[k.String()+" no"])
				for _, f := range c.Figures {
					if f.Variant != disclosure.Known {
						continue
					}
					if (2*yes+5)/10*5 != f.Numerator || (2*n+5)/10*5 != f.Denominator || (200*yes+n)/(2*n) != int(f.Value) {
						return fmt.Errorf("table %d: %s would print %d of %d, not %+v", n, k, yes, n, f)
					}
				}
			}
		}
		tables = append(tables, table)
	}
	for _, p := range r.Certificate().Proofs {
		x, low, high := truth[p.Cell], tables[p.Low][p.Cell], tables[p.High][p.Cell]
		if p.Known != "" {
			if low == high || tables[p.Low][p.Known] != truth[p.Known] || tables[p.High][p.Known] != truth[p.Known] {
				return fmt.Errorf("%s is found by who knows %s", p.Cell, p.Known)
			}
			continue
		}
		if low > max(0, x-1) || high < p.Threshold || high-low < p.Threshold {
			return fmt.Errorf("%s (%d) is proven to lie within %d and %d only", p.Cell, x, low, high)
		}
	}
	return nil
}

func TestOneHiddenRegionGetsCompany(t *testing.T) {
	bottom := map[[2]string]disclosure.Outcomes{}
	for i, x := range []int{3, 20, 25, 30, 22} {
		bottom[[2]string{fmt.Sprintf("VT%02d", i+1), "2025-H1"}] = shares(x, 60)
	}
	table := sums(disclosure.Measure{}, nation(5), halfYear, bottom)
	got, err := disclosure.Steekproef().Apply(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkRelease(table, got); err != nil {
		t.Error(err)
	}
	if h := hidden(got); len(h) != 2 || !slices.Contains(h, "VT01 2025-H1") || slices.Contains(h, "NL01 2025-H1") {
		t.Errorf("hidden = %v, want VT01 and another region, not the nation", h)
	}
	reasons := map[disclosure.Reason]int{}
	for _, a := range got.Audit() {
		reasons[a.Reason]++
	}
	if reasons[disclosure.PrimaryCount] != 1 || reasons[disclosure.Secondary] != 1 {
		t.Errorf("reasons = %v, want one primary count and one secondary", reasons)
	}
}

// In a large nation a whole percent leaves room enough for one small region.
func TestRoundingOfALargeNationProtectsARegion(t *testing.T) {
	bottom := map[[2]string]disclosure.Outcomes{{"VT01", "2025-H1"}: shares(3, 60)}
	for i := range 25 {
		bottom[[2]string{fmt.Sprintf("VT%02d", i+2), "2025-H1"}] = shares(120, 400)
	}
	rule := disclosure.Steekproef()
	rule.RoundingBase = 50
	got, err := rule.Apply(t.Context(), sums(disclosure.Measure{}, nation(26), halfYear, bottom))
	if err != nil {
		t.Fatal(err)
	}
	if h := hidden(got); len(h) != 1 {
		t.Errorf("hidden = %v, want VT01 alone", h)
	}
}

func TestHalfYearsAddUpToTheYear(t *testing.T) {
	year := []disclosure.Node{{Code: "2025"}, {Code: "2025-H1", Parent: "2025"}, {Code: "2025-H2", Parent: "2025"}}
	bottom := map[[2]string]disclosure.Outcomes{
		{"NL01", "2025-H1"}: shares(2, 60), {"NL01", "2025-H2"}: shares(30, 60),
	}
	table := sums(disclosure.Measure{}, nation(0), year, bottom)
	got, err := disclosure.Steekproef().Apply(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	if h := hidden(got); len(h) != 2 || !slices.Contains(h, "NL01 2025-H1") {
		t.Errorf("hidden = %v, want the first half-year and what would give it away", h)
	}
	if err := checkRelease(table, got); err != nil {
		t.Error(err)
	}
}

func TestClassesAddUpToTheirTotal(t *testing.T) {
	key := func(breakdown, class string) disclosure.Key {
		return disclosure.Key{Measure: "m", Period: "2025-H1", Region: "NL01", Breakdown: breakdown, Class: class}
	}
	table := disclosure.Table{
		Measures: []disclosure.Measure{{ID: "m", Kind: disclosure.Share}}, Regions: nation(0), Periods: halfYear,
		Cells: []disclosure.Cell{
			cell(key(disclosure.Total, disclosure.Total), shares(62, 160)),
			cell(key("age", "0-3"), shares(2, 40)), cell(key("age", "4-11"), shares(30, 60)), cell(key("age", "12-17"), shares(30, 60)),
		},
	}
	got, err := disclosure.Steekproef().Apply(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Audit()); n != 2 {
		t.Errorf("hidden = %v, want the small class and another", got.Audit())
	}
	// With two of three classes sensitive the third is dropped as well.
	table.Cells[0], table.Cells[2] = cell(key(disclosure.Total, disclosure.Total), shares(35, 160)), cell(key("age", "4-11"), shares(3, 60))
	if got, err = disclosure.Steekproef().Apply(t.Context(), table); err != nil {
		t.Fatal(err)
	}
	published := 0
	for c := range got.Cells() {
		if !c.Hidden && c.Breakdown == "age" {
			published++
		}
	}
	if published != 0 {
		t.Errorf("%d classes are published, want none of a breakdown that is mostly sensitive", published)
	}
	table.Cells[0] = cell(key(disclosure.Total, disclosure.Total), shares(30, 160))
	if _, err := disclosure.Steekproef().Apply(t.Context(), table); err == nil || !strings.Contains(err.Error(), "classes of age have 5 more cases") {
		t.Errorf("error = %v, want that the classes have more cases than their total", err)
	}
}

// The number of cases of a region is a figure too. If it is too small to be
// known, nothing of the region is published, nor what would give it away.
func TestTooFewCasesHideTheRegionInEveryMeasure(t *testing.T) {
	bottom := map[[2]string]disclosure.Outcomes{
		{"VT01", "2025-H1"}: shares(1, 3), {"VT02", "2025-H1"}: shares(20, 60), {"VT03", "2025-H1"}: shares(25, 70),
	}
	got, err := disclosure.Steekproef().Apply(t.Context(), sums(disclosure.Measure{}, nation(3), halfYear, bottom))
	if err != nil {
		t.Fatal(err)
	}
	if h := hidden(got); len(h) < 2 || !slices.Contains(h, "VT01 2025-H1") {
		t.Errorf("hidden = %v, want VT01 and another", h)
	}
	cases := slices.ContainsFunc(got.Certificate().Proofs, func(p disclosure.Proof) bool { return strings.HasSuffix(p.Cell, "VT01 cases") })
	if !cases {
		t.Error("no proof that the number of cases of VT01 stays unknown")
	}
}

func TestNothingIsReleasedWithoutACertificate(t *testing.T) {
	// The year is out, and so is the second half: the first cannot be hidden.
	year := []disclosure.Node{{Code: "2025"}, {Code: "2025-H1", Parent: "2025"}, {Code: "2025-H2", Parent: "2025"}}
	bottom := map[[2]string]disclosure.Outcomes{{"NL01", "2025-H1"}: shares(2, 60), {"NL01", "2025-H2"}: shares(30, 60)}
	table := sums(disclosure.Measure{}, nation(0), year, bottom)
	first := table
	first.Cells = slices.DeleteFunc(slices.Clone(table.Cells), func(c disclosure.Cell) bool { return c.Period == "2025-H1" })
	out, err := disclosure.Steekproef().Apply(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	table.Before = out.Ledger()
	got, err := disclosure.Steekproef().Apply(t.Context(), table)
	if !errors.Is(err, disclosure.ErrNoCertificate) {
		t.Errorf("error = %v, want %v", err, disclosure.ErrNoCertificate)
	}
	for c := range got.Cells() {
		t.Errorf("%s was released", c.Key)
	}
}

func TestRandomReleasesHoldBeforeTheChecker(t *testing.T) {
	year := []disclosure.Node{{Code: "2025"}, {Code: "2025-H1", Parent: "2025"}, {Code: "2025-H2", Parent: "2025"}}
	secondary := 0
	for seed := range uint64(25) {
		random := rand.New(rand.NewPCG(seed, 4))
		regions := nation(2 + random.IntN(8))
		bottom := map[[2]string]disclosure.Outcomes{}
		share := random.Float64()
		for _, region := range regions[1:] {
			for _, period := range year[1:] {
				var o disclosure.Outcomes
				for range 30 + random.IntN(50) {
					switch x := random.Float64(); {
					case x < 0.1:
						o.UnknownNR++
					case x < 0.15:
						o.Outside++
					case random.Float64() < share:
						o.Yes++
					default:
						o.No++
					}
				}
				bottom[[2]string{region.Code, period.Code}] = o
			}
		}
		table := sums(disclosure.Measure{Persons: seed%2 == 0, Sensitive: seed%3 == 0}, regions, year, bottom)
		got, err := disclosure.Steekproef().Apply(t.Context(), table)
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
			continue
		}
		if err := checkRelease(table, got); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		for _, h := range got.Audit() {
			if h.Reason == disclosure.Secondary {
				secondary++
			}
		}
	}
	if secondary == 0 {
		t.Error("no table needed a secondary cell; the checker was not put to work")
	}
}

// All cases of a region are in one class: who is one of the two that the class
// hides knows no more of the region by it.
func TestOneClassHoldsAll(t *testing.T) {
	table := sums(disclosure.Measure{}, nation(3), halfYear, map[[2]string]disclosure.Outcomes{
		{"VT01", "2025-H1"}: shares(2, 62), {"VT02", "2025-H1"}: shares(30, 60), {"VT03", "2025-H1"}: shares(60, 120),
	})
	for _, c := range slices.Clone(table.Cells) {
		for _, class := range []string{"a", "b"} {
			part := c
			part.Breakdown, part.Class = "kind", class
			if class == "b" {
				part.Outcomes = disclosure.Outcomes{}
			}
			table.Cells = append(table.Cells, part)
		}
	}
	got := apply(t, table)
	if err := checkRelease(table, got); err != nil {
		t.Error(err)
	}
	for c := range got.Cells() {
		if want := c.Region == "VT01" || c.Region == "VT02"; c.Breakdown == disclosure.Total && c.Hidden != want {
			t.Errorf("%s: hidden is %v, want %v", c.Key, c.Hidden, want)
		}
	}
}
