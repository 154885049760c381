package disclosure_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// beside joins tables of one measure each, under the names given.
func beside(tables map[string]disclosure.Table, links ...disclosure.Link) disclosure.Table {
	out := disclosure.Table{Links: links}
	for _, id := range slices.Sorted(maps.Keys(tables)) {
		t := tables[id]
		m := t.Measures[0]
		m.ID = id
		out.Measures = append(out.Measures, m)
		out.Regions, out.Periods = t.Regions, t.Periods
		for _, c := range t.Cells {
			c.Measure = id
			out.Cells = append(out.Cells, c)
		}
	}
	return out
}

func within(inner, outer string) disclosure.Link {
	return disclosure.Link{Inner: disclosure.EventOf{Measure: inner, Event: disclosure.EventYes}, Outer: disclosure.EventOf{Measure: outer, Event: disclosure.EventYes}}
}

// hiddenOf returns the hidden cells as "measure region period".
func hiddenOf(r disclosure.Released) []string {
	var out []string
	for c := range r.Cells() {
		if c.Hidden {
			out = append(out, c.Measure+" "+c.Region+" "+c.Period)
		}
	}
	return out
}

// Thirty cases of a region have a plan and 28 have one that is used: that two
// plans are not used is as small a count as any.
func TestACascadeDoesNotTellSmallSteps(t *testing.T) {
	region := func(used int) disclosure.Table {
		return sums(disclosure.Measure{}, nation(3), halfYear, map[[2]string]disclosure.Outcomes{
			{"VT01", "2025-H1"}: shares(used, 60), {"VT02", "2025-H1"}: shares(20, 60), {"VT03", "2025-H1"}: shares(20, 60),
		})
	}
	plan := sums(disclosure.Measure{}, nation(3), halfYear, map[[2]string]disclosure.Outcomes{
		{"VT01", "2025-H1"}: shares(30, 60), {"VT02", "2025-H1"}: shares(40, 60), {"VT03", "2025-H1"}: shares(40, 60),
	})
	table := beside(map[string]disclosure.Table{"plan": plan, "used": region(28)}, within("used", "plan"))
	got := apply(t, table)
	if err := checkRelease(table, got); err != nil {
		t.Error(err)
	}
	h := hiddenOf(got)
	if !slices.ContainsFunc(h, func(s string) bool { return strings.HasSuffix(s, "VT01 2025-H1") }) {
		t.Errorf("hidden = %v, want plan or used in VT01", h)
	}
	if !slices.ContainsFunc(got.Certificate().Proofs, func(p disclosure.Proof) bool { return strings.HasSuffix(p.Cell, "but not used") }) {
		t.Error("no proof that the step stays unknown")
	}
	for what, other := range map[string]disclosure.Table{
		"a large step": beside(map[string]disclosure.Table{"plan": plan, "used": region(20)}, within("used", "plan")),
		"no link":      beside(map[string]disclosure.Table{"plan": plan, "used": region(28)}),
	} {
		if h := hiddenOf(apply(t, other)); len(h) != 0 {
			t.Errorf("%s: hidden = %v, want nothing", what, h)
		}
	}
}

// A count of the same cases beside a share would tell how many do not share.
func TestACountHidesWithTheShareOfItsNumerator(t *testing.T) {
	bottom := map[[2]string]disclosure.Outcomes{
		{"VT01", "2025-H1"}: shares(57, 60), {"VT02", "2025-H1"}: shares(20, 60), {"VT03", "2025-H1"}: shares(30, 60),
	}
	count := sums(disclosure.Measure{Kind: disclosure.Count}, nation(3), halfYear, bottom)
	for i, c := range count.Cells {
		count.Cells[i].Figures = []disclosure.Figure{{Value: float64(c.Outcomes.Yes)}}
	}
	tables := map[string]disclosure.Table{"count": count, "share": sums(disclosure.Measure{}, nation(3), halfYear, bottom)}
	same := within("count", "share")
	same.Same = true
	if h := hiddenOf(apply(t, beside(tables, same))); !slices.Contains(h, "share VT01 2025-H1") || !slices.Contains(h, "count VT01 2025-H1") {
		t.Errorf("hidden = %v, want share and count of VT01", h)
	}
	if h := hiddenOf(apply(t, beside(tables))); slices.Contains(h, "count VT01 2025-H1") {
		t.Errorf("without a link %v is hidden; the test does not tell", h)
	}
}

// Who is asked further is who had yes: the number of those asked may not give
// away how many had no.
func TestADenominatorHidesWithTheNumeratorThatItIs(t *testing.T) {
	plan := sums(disclosure.Measure{}, nation(3), halfYear, map[[2]string]disclosure.Outcomes{
		{"VT01", "2025-H1"}: shares(57, 60), {"VT02", "2025-H1"}: shares(20, 60), {"VT03", "2025-H1"}: shares(30, 60),
	})
	among := sums(disclosure.Measure{}, nation(3), halfYear, map[[2]string]disclosure.Outcomes{
		{"VT01", "2025-H1"}: {Yes: 30, No: 27, Outside: 3}, {"VT02", "2025-H1"}: {Yes: 10, No: 10, Outside: 40}, {"VT03", "2025-H1"}: {Yes: 15, No: 15, Outside: 30},
	})
	link := disclosure.Link{Inner: disclosure.EventOf{Measure: "among", Event: disclosure.EventInside}, Outer: disclosure.EventOf{Measure: "plan", Event: disclosure.EventYes}}
	tables := map[string]disclosure.Table{"plan": plan, "among": among}
	table := beside(tables, link)
	if h := hiddenOf(apply(t, table)); !slices.Contains(h, "among VT01 2025-H1") {
		t.Errorf("hidden = %v, want among in VT01 as well", h)
	}
	if h := hiddenOf(apply(t, beside(tables))); slices.Contains(h, "among VT01 2025-H1") {
		t.Errorf("without a link %v is hidden; the test does not tell", h)
	}
}

// A live figure beside a released one: what a few new cases say is not told.
func TestFiguresBesideReleasedOnes(t *testing.T) {
	table := func(x, n int) disclosure.Table {
		return sums(disclosure.Measure{}, nation(4), halfYear, map[[2]string]disclosure.Outcomes{
			{"VT01", "2025-H1"}: shares(x, n), {"VT02", "2025-H1"}: shares(30, 60), {"VT03", "2025-H1"}: shares(25, 60), {"VT04", "2025-H1"}: shares(20, 60),
		})
	}
	before := apply(t, table(30, 60)).Ledger()
	for _, test := range []struct {
		x, n int
		hide bool
	}{
		{30, 60, false}, // nothing is new
		{31, 61, true},  // one case more, and it has yes
		{30, 62, true},
		{34, 70, true},
		{36, 72, false}, // six of each
		{28, 60, true},  // two answers were settled anew
	} {
		now := table(test.x, test.n)
		now.Before, now.Beside = before, true
		got := apply(t, now)
		h := hidden(got)
		if slices.Contains(h, "VT01 2025-H1") != test.hide {
			t.Errorf("%d of %d beside 30 of 60: hidden = %v, want VT01 among them: %v", test.x, test.n, h, test.hide)
		}
		// The nation less the others would tell it too.
		if test.hide && len(h) < 2 {
			t.Errorf("%d of %d beside 30 of 60: hidden = %v, want what would give VT01 away", test.x, test.n, h)
		}
		if !test.hide && len(h) > 0 {
			t.Errorf("%d of %d beside 30 of 60: hidden = %v, want nothing", test.x, test.n, h)
		}
	}
}

func TestRandomLinkedReleasesHoldBeforeTheChecker(t *testing.T) {
	steps := 0
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 9))
		regions := nation(2 + random.IntN(6))
		var bottom [3]map[[2]string]disclosure.Outcomes
		for i := range bottom {
			bottom[i] = map[[2]string]disclosure.Outcomes{}
		}
		share := 0.5 + random.Float64()/2
		for _, region := range regions[1:] {
			n := 30 + random.IntN(50)
			for i := range bottom {
				var o disclosure.Outcomes
				if o.Yes = n; i > 0 {
					o.Yes = bottom[i-1][[2]string{region.Code, "2025-H1"}].Yes
				}
				for range o.Yes {
					if random.Float64() > share {
						o.Yes--
					}
				}
				o.No = n - o.Yes
				bottom[i][[2]string{region.Code, "2025-H1"}] = o
			}
		}
		tables := map[string]disclosure.Table{}
		for i, id := range []string{"a", "b", "c"} {
			tables[id] = sums(disclosure.Measure{}, regions, halfYear, bottom[i])
		}
		table := beside(tables, within("b", "a"), within("c", "b"))
		got, err := disclosure.Steekproef().Apply(t.Context(), table)
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
			continue
		}
		if err := checkRelease(table, got); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		for _, p := range got.Certificate().Proofs {
			if strings.Contains(p.Cell, "but not") {
				steps++
			}
		}
	}
	if steps == 0 {
		t.Error("no step needed a proof; the checker was not put to work")
	}
}

func TestALinkOfUnknownMeasuresIsRefused(t *testing.T) {
	table := sums(disclosure.Measure{}, nation(0), halfYear, map[[2]string]disclosure.Outcomes{{"NL01", "2025-H1"}: shares(30, 60)})
	table.Links = []disclosure.Link{{Inner: disclosure.EventOf{Measure: "x", Event: "yes"}, Outer: disclosure.EventOf{Measure: "m", Event: "maybe"}}}
	_, err := disclosure.Steekproef().Apply(t.Context(), table)
	if err == nil || !strings.Contains(err.Error(), `measure "x"`) || !strings.Contains(err.Error(), `event "maybe"`) {
		t.Errorf("error = %v, want both mistakes", err)
	}
}

// What no pattern is found for is hidden whole where the table may be shown
// partly, with the measures that it is linked to; the others are shown.
func TestOfATableShownPartlyTheRestIsHiddenWhole(t *testing.T) {
	year := []disclosure.Node{{Code: "2025"}, {Code: "2025-H1", Parent: "2025"}, {Code: "2025-H2", Parent: "2025"}}
	halves := func(first, second disclosure.Outcomes) disclosure.Table {
		return sums(disclosure.Measure{}, nation(0), year, map[[2]string]disclosure.Outcomes{{"NL01", "2025-H1"}: first, {"NL01", "2025-H2"}: second})
	}
	// Year and second half of the stuck measure are out: the first cannot be hidden.
	table := beside(map[string]disclosure.Table{
		"stuck": halves(shares(2, 60), shares(30, 60)), "within": halves(shares(2, 60), shares(15, 60)), "apart": halves(shares(20, 60), shares(30, 60)),
	}, within("within", "stuck"))
	out := table
	out.Cells = slices.DeleteFunc(slices.Clone(table.Cells), func(c disclosure.Cell) bool { return c.Measure != "stuck" || c.Period == "2025-H1" })
	first, err := disclosure.Steekproef().Apply(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	table.Before = first.Ledger()
	if _, err := disclosure.Steekproef().Apply(t.Context(), table); !errors.Is(err, disclosure.ErrNoCertificate) {
		t.Fatalf("error = %v, want %v", err, disclosure.ErrNoCertificate)
	}
	table.Partly = true
	got, err := disclosure.Steekproef().Apply(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	for c := range got.Cells() {
		if want := c.Measure != "apart"; c.Hidden != want {
			t.Errorf("%s is hidden: %v, want %v", c.Key, c.Hidden, want)
		}
	}
	if !slices.ContainsFunc(got.Notes(), func(n string) bool { return strings.HasPrefix(n, "hidden whole") }) {
		t.Errorf("notes = %q, want what was hidden whole", got.Notes())
	}
}

// Where the classes of a measure stand in the way of a pattern, and the table
// may be shown partly, they are hidden and the rest of it is shown; those of
// other measures stay.
func TestOfATableShownPartlyClassesGiveWay(t *testing.T) {
	year := []disclosure.Node{{Code: "2025"}, {Code: "2025-H1", Parent: "2025"}, {Code: "2025-H2", Parent: "2025"}}
	table := disclosure.Table{Regions: nation(0), Periods: year}
	put := func(measure, period, class string, o disclosure.Outcomes) {
		k := disclosure.Key{Measure: measure, Period: period, Region: "NL01", Breakdown: "kind", Class: class}
		if class == disclosure.Total {
			k.Breakdown = disclosure.Total
		}
		table.Cells = append(table.Cells, cell(k, o))
	}
	// Of the classes of the stuck measure the first half-year has 2, and year and
	// second half are out already.
	for _, m := range []struct {
		id  string
		few disclosure.Outcomes
	}{{"stuck", shares(2, 60)}, {"free", shares(40, 60)}} {
		table.Measures = append(table.Measures, disclosure.Measure{ID: m.id, Kind: disclosure.Share})
		for _, p := range []struct {
			period   string
			few, all disclosure.Outcomes
		}{{"2025-H1", m.few, shares(50, 60)}, {"2025-H2", shares(30, 60), shares(60, 60)}, {"2025", add(m.few, shares(30, 60)), shares(110, 120)}} {
			put(m.id, p.period, disclosure.Total, add(p.few, p.all))
			put(m.id, p.period, "a", p.few)
			put(m.id, p.period, "b", p.all)
		}
	}
	out := table
	out.Cells = slices.DeleteFunc(slices.Clone(table.Cells), func(c disclosure.Cell) bool { return c.Period == "2025-H1" })
	first, err := disclosure.Steekproef().Apply(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	table.Before = first.Ledger()
	table.Cells = slices.DeleteFunc(table.Cells, func(c disclosure.Cell) bool { return c.Period != "2025-H1" })
	if _, err := disclosure.Steekproef().Apply(t.Context(), table); !errors.Is(err, disclosure.ErrNoCertificate) {
		t.Fatalf("error = %v, want %v", err, disclosure.ErrNoCertificate)
	}
	table.Partly = true
	got, err := disclosure.Steekproef().Apply(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	for c := range got.Cells() {
		if want := c.Measure == "stuck" && c.Class != disclosure.Total; c.Hidden != want {
			t.Errorf("%s is hidden: %v, want %v", c.Key, c.Hidden, want)
		}
	}
	if !slices.Contains(got.Notes(), "hidden by class: measure stuck") {
		t.Errorf("notes = %q, want what was hidden by class", got.Notes())
	}
}
