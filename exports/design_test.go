package exports_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/exports/estimate"
)

// surveyFile is what these tests need of a reference file of R's survey.
type surveyFile struct {
	Data struct {
		Region, Period, Stratum, PS []string
		Org                         []int
		W, Ind, Days                []float64
	}
	Design struct {
		Poststrata []struct {
			PS   string
			Freq int
		}
	}
	Requests []struct {
		ID       string
		Estimate float64
		SE       float64
		CI       map[string]struct{ Lower, Upper float64 }
	}
}

func readSurvey(t *testing.T, name string) (f surveyFile) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("estimate", "testdata", name))
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// measured is a case with ind in the share m_repaired and days in m_minutes.
func measured(book *codebook.Codebook, ind, days float64) exports.SettledCase {
	c := exports.SettledCase{Numbers: map[string]float64{"m_minutes": days, "m_minutes_median": days}}
	for _, m := range book.Measures {
		status := codebook.Status{Kind: codebook.StatusNo}
		if ind == 1 && (m.ID == "m_repaired" || m.ID == "m_count") || m.Kind == codebook.Mean || m.Kind == codebook.Median {
			status.Kind = codebook.StatusYes
		}
		c.Statuses = append(c.Statuses, status)
	}
	return c
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// Figures with weights scaled to totals are those of R's postStratify
// (testdata of estimate, p14), by region and for the nation.
func TestFiguresScaledToTotals(t *testing.T) {
	book, survey := bicycles(t), readSurvey(t, "p14_poststratified.json")
	class := map[string]string{"K": "yes_clear", "V": "none"}
	design := exports.Design{Variable: "damage"}
	for _, p := range survey.Design.Poststrata {
		region, code, _ := strings.Cut(p.PS, " ")
		design.Totals = append(design.Totals, exports.ClassTotal{Period: "2025-H1", Region: region, Class: class[code], Total: p.Freq})
	}
	if err := design.Check(book); err != nil {
		t.Fatal(err)
	}
	drawn := map[string]float64{}
	for _, region := range survey.Data.Region {
		drawn[region]++
	}
	tally := exports.NewTally(book, nil).Under(design)
	for i, region := range survey.Data.Region {
		c := measured(book, survey.Data.Ind[i], survey.Data.Days[i])
		c.Region, c.Period, c.FrameN = region, "2025-H1", int(math.Round(survey.Data.W[i]*drawn[region]))
		_, code, _ := strings.Cut(survey.Data.PS[i], " ")
		c.Classes = map[string]string{"damage": class[code]}
		tally.Add(c)
	}
	table := tally.Table()
	if a := table.Adjustments; len(a) != 1 || a[0].Why != "" {
		t.Fatalf("adjustments are %+v, want one of 2025-H1", a)
	}
	for _, r := range survey.Requests {
		measure, scale, method := map[string]string{"ind_ps": "m_repaired", "days_ps": "m_minutes", "ind_total_ps": "m_count"}[r.ID], 1.0, "t_df"
		if r.ID == "ind_ps" {
			scale, method = 100, "beta"
		}
		f := cell(t, table, measure, exports.Nation).Figures[0]
		near(t, r.ID, f.Value, scale*r.Estimate, 1e-9)
		near(t, r.ID+" se", f.SE, scale*r.SE, 1e-9)
		near(t, r.ID+" lower", f.Lower, scale*r.CI[method].Lower, 1e-7)
		near(t, r.ID+" upper", f.Upper, scale*r.CI[method].Upper, 1e-7)
	}
	// A region by hand: VT01 has totals of 180 and 120.
	var yes, n [2]float64
	for i, ps := range survey.Data.PS {
		for k, code := range []string{"VT01 K", "VT01 V"} {
			if ps == code {
				n[k]++
				yes[k] += survey.Data.Ind[i]
			}
		}
	}
	near(t, "VT01", cell(t, table, "m_repaired", "VT01").Figures[0].Value, 100*(180*yes[0]/n[0]+120*yes[1]/n[1])/300, 1e-9)
}

// A total for all regions together scales the files of all of them; what was
// drawn and does not belong to the population is in no class.
func TestFiguresScaledToNationalTotals(t *testing.T) {
	book := bicycles(t)
	design := exports.Design{Variable: "damage", Totals: []exports.ClassTotal{
		{Period: "2025-H1", Class: "yes_clear", Total: 700}, {Period: "2025-H1", Class: "none", Total: 200}, {Period: "2025-H1", Class: exports.UnknownClass, Total: 60}}}
	tally := exports.NewTally(book, nil).Under(design)
	var rows estimate.Rows
	var classes []string
	var y []float64
	var in []bool
	for i := range 180 {
		ind := float64(i * 7 % 3 % 2)
		c := measured(book, ind, 30)
		c.Region, c.Period, c.FrameN = []string{"W1", "W3"}[i%5%2], "2025-H1", []int{500, 400}[i%5%2]
		class := []string{"yes_clear", "none", "", "yes_clear"}[i%4]
		c.Classes = map[string]string{}
		domain := true
		switch {
		case i%30 == 7: // does not belong to the population
			for k := range c.Statuses {
				c.Statuses[k] = codebook.Status{}
			}
			class, domain = "outside", false
		case class != "":
			c.Classes["damage"] = class
		default:
			c.Classes["other"], class = "x", exports.UnknownClass
		}
		tally.Add(c)
		rows.Stratum, rows.Population = append(rows.Stratum, c.Region), append(rows.Population, float64(c.FrameN))
		classes, y, in = append(classes, class), append(y, ind), append(in, domain && c.Region == "W1")
	}
	rows.N = len(y)
	d, err := estimate.NewDesign(rows, estimate.LonelyAdjust)
	if err != nil {
		t.Fatal(err)
	}
	outside := 0.0
	for i, class := range classes {
		if class == "outside" {
			outside += d.Weight(i)
		}
	}
	if d, err = d.PostStratify(classes, map[string]float64{"yes_clear": 700, "none": 200, exports.UnknownClass: 60, "outside": outside}); err != nil {
		t.Fatal(err)
	}
	table := tally.Table()
	if a := table.Adjustments; len(a) != 1 || a[0].Why != "" {
		t.Fatalf("adjustments are %+v, want one of 2025-H1", a)
	}
	want, got := d.Proportion(y, in), cell(t, table, "m_repaired", "W1").Figures[0]
	near(t, "share in W1", got.Value, 100*want.Value, 1e-9)
	near(t, "its standard error", got.SE, 100*want.SE.Value, 1e-9)
	interval := want.Recommended(exports.Level)
	near(t, "its lower end", got.Lower, 100*interval.Lower, 1e-7)
	near(t, "its upper end", got.Upper, 100*interval.Upper, 1e-7)
	near(t, "the count of the nation", cell(t, table, "m_minutes", exports.Nation).Figures[0].Value, 30, 1e-9)
}

// Where totals and files do not fit, weights stay those of the sample.
func TestTotalsThatDoNotFitScaleNothing(t *testing.T) {
	book := bicycles(t)
	total := func(period, region, class string) exports.ClassTotal {
		return exports.ClassTotal{Period: period, Region: region, Class: class, Total: 300}
	}
	figures := func(totals ...exports.ClassTotal) exports.Table {
		tally := exports.NewTally(book, nil)
		if totals != nil {
			tally.Under(exports.Design{Variable: "damage", Totals: totals})
		}
		for i := range 80 {
			c := measured(book, float64(i%3%2), 20)
			c.Region, c.Period, c.FrameN = []string{"W1", "W3"}[i%2], "2025", []int{300, 100}[i%2]
			c.Classes = map[string]string{"damage": []string{"yes_clear", "none"}[i/10%2]}
			tally.Add(c)
		}
		return tally.Table()
	}
	plain := figures()
	for _, c := range []struct {
		why, class string
		totals     []exports.ClassTotal
	}{
		{exports.NoTotals, "", []exports.ClassTotal{total("2024", "", "none"), total("2024", "", "yes_clear")}},
		{exports.NoTotal, "yes_clear", []exports.ClassTotal{total("2025", "", "none")}},
		{exports.NoFiles, "yes_slight", []exports.ClassTotal{total("2025", "", "none"), total("2025", "", "yes_clear"), total("2025", "", "yes_slight")}},
		{exports.NoTotals, "", []exports.ClassTotal{total("2025-H1", "", "none"), total("2025-H1", "", "yes_clear")}}, // half a year
		{exports.MixedRegions, "", []exports.ClassTotal{total("2025-H1", "", "none"), total("2025-H1", "", "yes_clear"), total("2025-H2", "W1", "none"), total("2025-H2", "W3", "none")}},
	} {
		table := figures(c.totals...)
		if a := table.Adjustments; len(a) != 1 || a[0].Why != c.why || a[0].Class != c.class {
			t.Errorf("adjustments are %+v, want %s of %q", a, c.why, c.class)
		}
		for _, region := range []string{exports.Nation, "W1"} {
			got, want := cell(t, table, "m_repaired", region).Figures[0], cell(t, plain, "m_repaired", region).Figures[0]
			near(t, c.why+" "+region, got.Value, want.Value, 1e-12)
			near(t, c.why+" "+region+" se", got.SE, want.SE, 1e-9)
		}
	}
	// Two half-years make a year.
	year := figures(total("2025-H1", "", "none"), total("2025-H2", "", "none"), total("2025-H1", "", "yes_clear"), total("2025-H2", "", "yes_clear"))
	if a := year.Adjustments; len(a) != 1 || a[0].Why != "" {
		t.Errorf("adjustments of two half-years are %+v", a)
	}
}

// Files of an organisation are one cluster, and in a change between periods
// the same one (data of p15, whose changes R reckons from organisations drawn
// without replacement; here their number in the population is not known).
func TestOrganisationsAreClusters(t *testing.T) {
	book, survey := bicycles(t), readSurvey(t, "p15_organisations_both_periods.json")
	tally := exports.NewTally(book, nil).Under(exports.Design{Organisation: "source"})
	drawn := map[string]int{}
	period := func(i int) string { return strings.Replace(survey.Data.Period[i], "HJ0", "-H", 1) }
	key := func(i int) string { return survey.Data.Region[i] + " " + period(i) }
	for i := range survey.Data.Region {
		drawn[key(i)]++
	}
	rows := estimate.Rows{N: len(survey.Data.Region), Weight: survey.Data.W}
	in := map[string][]bool{"2025-H1": make([]bool, rows.N), "2025-H2": make([]bool, rows.N), "VT01": make([]bool, rows.N)}
	for i, region := range survey.Data.Region {
		c := measured(book, survey.Data.Ind[i], survey.Data.Days[i])
		c.Region, c.Period, c.Organisation = region, period(i), fmt.Sprint("organisation ", survey.Data.Org[i])
		c.FrameN = int(math.Round(survey.Data.W[i] * float64(drawn[key(i)]) * 5)) // in fifths, for weights are 1.8 and 2.4
		tally.Add(c)
		rows.Stratum, rows.Cluster = append(rows.Stratum, region), append(rows.Cluster, fmt.Sprint(region, survey.Data.Org[i]))
		in[period(i)][i] = true
		in["VT01"][i] = region == "VT01" && period(i) == "2025-H2"
	}
	both, err := estimate.NewDesign(rows, estimate.LonelyAdjust)
	if err != nil {
		t.Fatal(err)
	}
	table := tally.Table()
	change := both.Difference(survey.Data.Ind, nil, in["2025-H1"], in["2025-H2"])
	if !(change.Covariance.Value > 0) {
		t.Fatal("the periods do not covary, so that nothing is tested")
	}
	interval := change.Interval(exports.Level)
	at := disclosure.Key{Measure: "m_repaired", Period: "2025-H2", Region: exports.Nation, Breakdown: disclosure.Total, Class: disclosure.Total}
	near(t, "half of the interval of the change", table.Changes[at].Half, 100*(interval.Upper-interval.Lower)/2, 1e-7)
	var one estimate.Rows
	var ind []float64
	for i := range rows.N {
		if in["2025-H2"][i] {
			one.N++
			one.Weight, one.Stratum, one.Cluster = append(one.Weight, rows.Weight[i]), append(one.Stratum, rows.Stratum[i]), append(one.Cluster, rows.Cluster[i])
			ind = append(ind, survey.Data.Ind[i])
		}
	}
	level, err := estimate.NewDesign(one, estimate.LonelyAdjust)
	if err != nil {
		t.Fatal(err)
	}
	want := level.Proportion(ind, nil)
	for _, c := range table.Cells {
		if c.Key == at {
			near(t, "share of the nation", c.Figures[0].Value, 100*want.Value, 1e-9)
			near(t, "its standard error", c.Figures[0].SE, 100*want.SE.Value, 1e-9)
			near(t, "its lower end", c.Figures[0].Lower, 100*want.Recommended(exports.Level).Lower, 1e-7)
		}
	}
	// Whose files make up more than half of a denominator is counted over all
	// of it, those that have not what is counted included.
	largest := map[int]int{}
	for i := range rows.N {
		if in["VT01"][i] {
			largest[survey.Data.Org[i]]++
		}
	}
	most := 0
	for _, n := range largest {
		most = max(most, n)
	}
	for _, c := range table.Cells {
		if c.Measure == "m_repaired" && c.Period == "2025-H2" && c.Region == "VT01" && c.LargestOrganisation != most {
			t.Errorf("the largest organisation of VT01 has %d files in the denominator, want %d", c.LargestOrganisation, most)
		}
	}
}

// A release keeps its design, and what follows from it is computed again.
func TestReleaseUnderADesign(t *testing.T) {
	book := bicycles(t)
	tm := terms("2025-H1")
	tm.Breakdowns = nil
	tm.Design = exports.Design{Organisation: "source", Variable: "damage", Totals: []exports.ClassTotal{
		{Period: "2025-H1", Class: "yes_clear", Total: 900}, {Period: "2025-H1", Class: "none", Total: 300}}}
	var cases []exports.SettledCase
	for i := range 240 {
		answers := repaired("good")
		if i%3 == 0 {
			answers = codebook.Answers{"damage": {Value: "yes_clear"}, "repaired": {Value: "no"}}
		}
		class := "yes_clear"
		if i%4 == 0 {
			answers, class = repaired("good"), "none"
		}
		c := settled(book, []string{"W1", "W3"}[i%2], 600, answers)
		c.Case, c.Classes, c.Organisation = annotations.CaseID(fmt.Sprintf("C-%03d", i)), map[string]string{"damage": class}, fmt.Sprint("organisation ", i%16)
		cases = append(cases, c)
	}
	r := freeze(t, tm, disclosure.Ledger{}, cases)
	if problems := exports.Verify(t.Context(), r.ID, stored(r), disclosure.Ledger{}); len(problems) != 0 {
		t.Errorf("verification of an untouched release found %v", problems)
	}
	if inputs := string(contentOf(t, r, exports.InputsFile)); !strings.Contains(inputs, "class:damage") || !strings.Contains(inputs, ",organisation 3,") {
		t.Errorf("the inputs lack class or organisation:\n%.300s", inputs)
	}
	manifest := string(contentOf(t, r, exports.ManifestFile))
	if !strings.Contains(manifest, `"poststratified_by": "damage"`) || strings.Contains(manifest, "900") {
		t.Errorf("the manifest does not name the variable, or tells a total:\n%s", manifest)
	}
	for lang, want := range map[string][]string{"nl": {"tellen daarom samen als één cluster", "poststratificatie"}, "en": {"count together as one cluster", "post-stratification"}} {
		annex := string(contentOf(t, r, "annex-"+lang+".html"))
		for _, text := range want {
			if !strings.Contains(annex, text) {
				t.Errorf("the %s annex does not say %q", lang, text)
			}
		}
	}
	// Other totals, other figures.
	files := stored(r)
	for i := range files {
		if files[i].Name == exports.TermsFile {
			files[i].Content = []byte(strings.Replace(string(files[i].Content), `"total": 300`, `"total": 3000`, 1))
		}
	}
	found := map[exports.ProblemKind]bool{}
	for _, p := range exports.Verify(t.Context(), r.ID, files, disclosure.Ledger{}) {
		found[p.Kind] = true
	}
	if !found[exports.ProblemCell] || !found[exports.ProblemID] {
		t.Errorf("a changed total gave %v, want cells and the id", found)
	}
	tm.Design = exports.Design{}
	if plain := freeze(t, tm, disclosure.Ledger{}, cases); strings.Contains(string(contentOf(t, plain, exports.TermsFile)), "design") {
		t.Error("a release without a design speaks of one")
	} else if breaks := exports.Breaks(plain.Terms, r.Terms); len(breaks) != 1 || breaks[0] != exports.BreakDesign {
		t.Errorf("breaks are %v, want the design", breaks)
	}
}

func TestDesignCheckTellsAll(t *testing.T) {
	book := bicycles(t)
	total := func(period, region, class string, n int) exports.ClassTotal {
		return exports.ClassTotal{Period: period, Region: region, Class: class, Total: n}
	}
	for name, c := range map[string]struct {
		design exports.Design
		keys   []string
	}{
		"nothing":           {exports.Design{}, nil},
		"totals alone":      {exports.Design{Totals: []exports.ClassTotal{total("2025-H1", "", "none", 5)}}, []string{"design.variable.required"}},
		"no such variable":  {exports.Design{Variable: "colour", Totals: []exports.ClassTotal{total("2025-H1", "", "red", 5)}}, []string{"design.variable.invalid"}},
		"a multi":           {exports.Design{Variable: "parts_hit"}, []string{"design.variable.invalid"}},
		"no totals":         {exports.Design{Variable: "damage"}, []string{"design.totals.required"}},
		"all kinds at once": {exports.Design{Variable: "damage", Totals: []exports.ClassTotal{total("2025-H1", "", "none", 0), total("2025-H1", "W1", "torn", 3), total("2025-H1", "", "none", 4), total("2025-H1", "", exports.UnknownClass, 4)}}, []string{"design.total.invalid", "design.class.unknown", "design.total.twice", "design.totals.mixed"}},
	} {
		var keys []string
		if err := c.design.Check(book); err != nil {
			for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
				keys = append(keys, e.(*annotations.InvalidError).Key)
			}
		}
		if fmt.Sprint(keys) != fmt.Sprint(c.keys) {
			t.Errorf("%s: %v, want %v", name, keys, c.keys)
		}
	}
}
