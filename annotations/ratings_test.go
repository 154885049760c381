package annotations

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/agreement"
	"github.com/dossierlens/dossierlens/codebook"
)

func bicycles(t testing.TB) *codebook.Codebook {
	t.Helper()
	src, err := os.ReadFile("../codebook/testdata/bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book, err := codebook.Parse(src, "bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// full is a coding in which every question is asked and answered.
var full = map[string]string{"received": "2025-02-03", "damage": "yes_clear", "parts_hit": "wheel|light", "repaired": "yes",
	"parts_new": "chain", "ready": "2025-02-06", "minutes": "40", "quality": "good", "remark": "done"}

// coded is a coding that says what full says but for the changes, as in
// "damage=none quality=NR". An empty value takes the answer away.
func coded(coder int64, changes string) IndependentCoding {
	k := IndependentCoding{Coder: coder, Stated: codebook.Answers{}}
	said := maps.Clone(full)
	for _, change := range strings.Fields(changes) {
		id, value, _ := strings.Cut(change, "=")
		said[id] = value
	}
	for id, value := range said {
		switch {
		case value == codebook.NR || value == codebook.DM || value == codebook.UC || value == codebook.NA:
			k.Stated[id] = codebook.Answer{Missing: value}
		case value != "":
			k.Stated[id] = codebook.Answer{Value: value}
		}
	}
	return k
}

// add adds n cases, coded by coders 1, 2 and so on with the changes.
func add(r *Ratings, n int, changes ...string) {
	for range n {
		c := CodedCase{Case: Case{Key: int64(len(r.units) + 1), ID: CaseID(fmt.Sprintf("B-%02d", len(r.units)+1)), Region: "W1", Period: "2025-H1"}, Round: "1"}
		for i, s := range changes {
			c.Codings = append(c.Codings, coded(int64(i+1), s))
		}
		r.Add(c)
	}
}

func agreementOn(t *testing.T, r *Ratings, variable string) VariableAgreement {
	t.Helper()
	a, ok := r.Agreement(variable, Selection{})
	if !ok {
		t.Fatalf("%s is not compared", variable)
	}
	return a
}

func near(t *testing.T, what string, got agreement.Result, want float64) {
	t.Helper()
	if got.Undefined != nil || math.Abs(got.Value-want) > 1e-9 {
		t.Errorf("%s is %.6f (%v), want %.6f", what, got.Value, got.Undefined, want)
	}
}

// The table of 20, 5, 10 and 15 is the worked example of Cohen's kappa in
// many textbooks: po .70, pe .50, kappa .40. Scott's pi of it is .3939, and
// alpha 1 - (1-pi)(2n-1)/2n = .40; AC1 has pe = 2 (.55)(.45) = .495.
func TestAgreementOfAKnownTable(t *testing.T) {
	r := NewRatings(bicycles(t))
	add(r, 20, "", "")
	add(r, 5, "", "repaired=no")
	add(r, 10, "repaired=no", "")
	add(r, 15, "repaired=no", "repaired=no")
	a := agreementOn(t, r, "repaired")
	near(t, "percent", a.Headline.Percent, 0.70)
	near(t, "kappa", a.Headline.Kappa, 0.40)
	near(t, "alpha", a.Headline.Alpha, 0.40)
	near(t, "AC1", a.Headline.AC, (0.70-0.495)/0.505)
	if m := a.Headline.Kappa.Measure; m != "cohen_kappa:unweighted" {
		t.Errorf("kappa of two coders is %s", m)
	}
	if got, want := a.Headline.Prevalence, []float64{0.55, 0.45}; len(got) != 2 || math.Abs(got[0]-want[0]) > 1e-12 || math.Abs(got[1]-want[1]) > 1e-12 {
		t.Errorf("prevalence %v, want %v in codebook order: yes, no", got, want)
	}
	c, ok := r.Confusion("repaired", Selection{})
	if want := [][]int{{20, 5}, {10, 15}}; !ok || len(c.Counts) < 2 || !slices.Equal(c.Counts[0][:2], want[0]) || !slices.Equal(c.Counts[1][:2], want[1]) {
		t.Errorf("confusion %v %v, want %v", c.Categories, c.Counts, want)
	}
	if got, want := len(r.Differing("repaired", Selection{})), 15; got != want {
		t.Errorf("%d cases differ, want %d", got, want)
	}
}

// A question that routing closed for one coder is a difference of its parent
// and of nothing below it.
func TestClosedQuestionsAreDifferencesOfTheParent(t *testing.T) {
	r := NewRatings(bicycles(t))
	add(r, 6, "", "")
	add(r, 3, "", "repaired=no parts_new=lamp minutes=5") // stated before the parent changed
	add(r, 2, "repaired=no", "repaired=no")
	add(r, 4, "", "repaired=NR")
	add(r, 1, "minutes=NR", "")
	add(r, 1, "minutes=NR", "minutes=UC")
	add(r, 1, "minutes=", "")
	l := agreementOn(t, r, "minutes").Layers
	l.Applicable, l.Recorded = agreement.Result{}, agreement.Result{}
	if want := (Layers{Pairs: 18, NotCoded: 1, Closed: 2, OneClosed: 7, BothMissing: 1, OneMissing: 1, Values: 6, Same: 6}); !reflect.DeepEqual(l, want) {
		t.Errorf("layers of the child %+v, want %+v", l, want)
	}
	parent := agreementOn(t, r, "repaired")
	if got, want := parent.Layers.Values, 14; got != want {
		t.Errorf("%d pairs of values of the parent, want %d", got, want)
	}
	near(t, "percent of the parent", parent.Headline.Percent, 11.0/14)
	near(t, "percent of the parent with codes", parent.WithCodes.Percent, 11.0/18)
	near(t, "percent of the child", agreementOn(t, r, "minutes").Headline.Percent, 1)
}

// Whatever was answered, every pair stands in one place of the layers.
func TestLayersAddUp(t *testing.T) {
	r := NewRatings(bicycles(t))
	said := []string{"", "damage=none", "damage=NR", "repaired=no", "repaired=UC", "quality=NR minutes=45", "parts_new=NA", "ready=2025-02"}
	for _, a := range said {
		for _, b := range said {
			add(r, 1, a, b, "")
		}
	}
	for _, v := range r.Variables() {
		a := agreementOn(t, r, v.ID)
		l := a.Layers
		if got := l.NotCoded + l.Closed + l.OneClosed + l.BothMissing + l.OneMissing + l.Values; got != l.Pairs || l.Pairs != 3*64 {
			t.Errorf("%s: layers add up to %d of %d pairs", v.ID, got, l.Pairs)
		}
		if l.Eligible() != l.BothMissing+l.OneMissing+l.Values || l.Same > l.Values {
			t.Errorf("%s: %d eligible, %d same of %d: %+v", v.ID, l.Eligible(), l.Same, l.Values, l)
		}
	}
}

// One coder's value beside another's missing code is no pair: it counts
// neither for agreement nor for chance.
func TestHeadlineUsesPairsOfValues(t *testing.T) {
	with, without := NewRatings(bicycles(t)), NewRatings(bicycles(t))
	for _, r := range []*Ratings{with, without} {
		add(r, 10, "", "")
		add(r, 4, "damage=none repaired=NR", "damage=yes_slight repaired=NR")
		add(r, 6, "damage=none", "damage=none")
	}
	add(with, 30, "damage=none", "damage=NR")
	a, b := agreementOn(t, with, "damage"), agreementOn(t, without, "damage")
	if a.Headline.AC.Value != b.Headline.AC.Value || *a.Headline.AC.Interval != *b.Headline.AC.Interval {
		t.Errorf("AC1 with half pairs is %v, without %v", a.Headline.AC, b.Headline.AC)
	}
	if a.WithCodes.AC.Value >= b.WithCodes.AC.Value {
		t.Errorf("with codes as categories AC1 is %v, and %v without their differences", a.WithCodes.AC.Value, b.WithCodes.AC.Value)
	}
}

// Categories of an ordinal variable go by their values, not by their words,
// and those nobody chose count.
func TestOrdinalOrderIsTheCodebooks(t *testing.T) {
	r := NewRatings(bicycles(t))
	add(r, 10, "", "")
	add(r, 10, "quality=poor", "quality=poor")
	add(r, 5, "quality=poor", "quality=good")
	a := agreementOn(t, r, "quality")
	columns := [][]int16{{}, {}}
	for _, pair := range []struct {
		n    int
		a, b int16
	}{{10, 2, 2}, {10, 0, 0}, {5, 0, 2}} {
		for range pair.n {
			columns[0], columns[1] = append(columns[0], pair.a), append(columns[1], pair.b)
		}
	}
	table, err := agreement.New(agreement.Scale{Labels: []string{"poor", "fair", "good"}}, columns)
	if err != nil {
		t.Fatal(err)
	}
	want := agreement.Compute(table, "gwet_ac:ordinal", "cohen_kappa:ordinal", "krippendorff_alpha:ordinal")
	for i, got := range []agreement.Result{a.Headline.AC, a.Headline.Kappa, a.Headline.Alpha} {
		if got.Measure != want[i].Measure {
			t.Errorf("measure %s, want %s", got.Measure, want[i].Measure)
		}
		near(t, string(got.Measure), got, want[i].Value)
	}
}

func TestNumbersDatesAndSets(t *testing.T) {
	r := NewRatings(bicycles(t))
	add(r, 3, "", "minutes=45 ready=2025-02-07")
	add(r, 1, "minutes=60", "minutes=10")
	add(r, 1, "parts_hit=wheel", "parts_hit=frame")
	minutes := agreementOn(t, r, "minutes")
	near(t, "share within 5 minutes", minutes.Headline.Percent, 0.8)
	if minutes.WithCodes != nil || minutes.Headline.AC.Measure != "" {
		t.Errorf("numbers have a measure of categories: %+v", minutes.Headline.AC)
	}
	if got := r.Differing("minutes", Selection{}); len(got) != 1 || got[0].Case != "B-04" {
		t.Errorf("differing beyond the tolerance: %v, want B-04 alone", got)
	}
	near(t, "share of equal dates", agreementOn(t, r, "ready").Headline.Percent, 0.4)
	parts := agreementOn(t, r, "parts_hit")
	near(t, "share of equal sets", parts.Headline.Percent, 0.8)
	if got, want := len(parts.Options), 4; got != want {
		t.Fatalf("%d options, want %d", got, want)
	}
	near(t, "percent of option wheel", parts.Options[0].Percent, 0.8)
	near(t, "percent of option light", parts.Options[2].Percent, 1)
	if _, ok := r.Agreement("remark", Selection{}); ok {
		t.Error("text is compared")
	}
}

func TestSelections(t *testing.T) {
	r := NewRatings(bicycles(t))
	add(r, 2, "", "", "repaired=no")
	r.Add(CodedCase{Case: Case{ID: "C-1", Region: "W3", Period: "2025-H2"}, Round: "2", Codings: []IndependentCoding{coded(1, ""), coded(3, "")}})
	r.Add(CodedCase{Case: Case{ID: "C-2", Region: "W3"}, Codings: []IndependentCoding{coded(1, "")}})
	for _, x := range []struct {
		s     Selection
		cases int
		pairs int
	}{
		{Selection{}, 3, 7},
		{Selection{Round: "2"}, 1, 1},
		{Selection{Region: "W1"}, 2, 6},
		{Selection{Period: "2025-H2"}, 1, 1},
		{Selection{Pair: [2]int64{1, 3}}, 3, 3},
		{Selection{Pair: [2]int64{1, 2}}, 2, 2},
		{Selection{Pair: [2]int64{2, 9}}, 0, 0},
	} {
		a, _ := r.Agreement("repaired", x.s)
		if r.Cases(x.s) != x.cases || a.Layers.Pairs != x.pairs {
			t.Errorf("%+v: %d cases and %d pairs, want %d and %d", x.s, r.Cases(x.s), a.Layers.Pairs, x.cases, x.pairs)
		}
	}
	if a, _ := r.Agreement("repaired", Selection{}); a.Headline.Kappa.Measure != "conger_kappa:unweighted" {
		t.Errorf("kappa of three coders is %s", a.Headline.Kappa.Measure)
	}
	c, _ := r.Confusion("repaired", Selection{})
	if c.Coders != [2]int64{} || c.Counts[0][1] != 4 || c.Counts[1][0] != 0 {
		t.Errorf("folded confusion of three coders: %+v", c)
	}
	f := r.Facets()
	if want := [][2]int64{{1, 2}, {1, 3}, {2, 3}}; !slices.Equal(f.Pairs, want) || !slices.Equal(f.Regions, []string{"W1", "W3"}) || !slices.Equal(f.Rounds, []string{"1", "2"}) {
		t.Errorf("facets %+v", f)
	}
}

// A coefficient that is not defined says why, and is not 0, 1 or NaN.
func TestInvariant5UndefinedHasAReason(t *testing.T) {
	same, empty := NewRatings(bicycles(t)), NewRatings(bicycles(t))
	add(same, 40, "", "")
	for _, x := range []struct {
		name string
		got  agreement.Result
		want error
	}{
		{"kappa of one category", agreementOn(t, same, "repaired").Headline.Kappa, agreement.ErrOneCategory},
		{"alpha of one category", agreementOn(t, same, "damage").Headline.Alpha, agreement.ErrOneCategory},
		{"alpha of one number", agreementOn(t, same, "minutes").Headline.Alpha, agreement.ErrOneCategory},
		{"alpha of one set", agreementOn(t, same, "parts_hit").Headline.Alpha, agreement.ErrOneCategory},
		{"percent of nothing", agreementOn(t, empty, "damage").Headline.Percent, agreement.ErrNoUnits},
		{"AC1 of nothing", agreementOn(t, empty, "damage").Headline.AC, agreement.ErrNoUnits},
		{"layer of nothing", agreementOn(t, empty, "damage").Layers.Recorded, agreement.ErrNoUnits},
	} {
		if !errors.Is(x.got.Undefined, x.want) || x.got.Value != 0 || x.got.Interval != nil {
			t.Errorf("%s: %+v, want undefined because %v", x.name, x.got, x.want)
		}
	}
	damage := agreementOn(t, same, "damage")
	if got := Judge(damage.Variable, damage.Layers.Values, damage.Headline.Alpha); got != Undefined {
		t.Errorf("judged %s, want %s", got, Undefined)
	}
}

func TestJudge(t *testing.T) {
	fact, judgement := &codebook.Variable{Burden: codebook.Factual}, &codebook.Variable{Burden: codebook.Judgement}
	for _, x := range []struct {
		v     *codebook.Variable
		pairs int
		value float64
		want  Judgement
	}{
		{fact, 30, 0.75, Good}, {fact, 30, 0.7499, Discuss}, {fact, 30, 0.60, Discuss}, {fact, 30, 0.5999, Revise}, {fact, 29, 1, TooFew},
		{judgement, 30, 0.60, Good}, {judgement, 30, 0.5999, Discuss}, {judgement, 30, 0.40, Discuss}, {judgement, 30, -0.1, Revise},
	} {
		if got := Judge(x.v, x.pairs, agreement.Result{Value: x.value}); got != x.want {
			t.Errorf("%s %d pairs %v: %s, want %s", x.v.Burden, x.pairs, x.value, got, x.want)
		}
	}
}

// In a table of 118, 5, 2 and 0, often quoted for the paradox, coders agree on
// 94 % and kappa is below 0.
func TestPrevalenceParts(t *testing.T) {
	r := NewRatings(bicycles(t))
	add(r, 118, "", "")
	add(r, 5, "", "repaired=no")
	add(r, 2, "repaired=no", "")
	a := agreementOn(t, r, "repaired")
	if k, parts := a.Headline.PrevalenceParts(); !parts || k != 0 {
		t.Errorf("parts %t at category %d, want true at 0: percent %.2f, kappa %.2f, AC1 %.2f", parts, k, a.Headline.Percent.Value, a.Headline.Kappa.Value, a.Headline.AC.Value)
	}
	even := NewRatings(bicycles(t))
	add(even, 50, "", "")
	add(even, 50, "repaired=no", "repaired=no")
	if _, parts := agreementOn(t, even, "repaired").Headline.PrevalenceParts(); parts {
		t.Error("kappa and AC1 part where half of the answers are yes")
	}
}

func BenchmarkAgreement(b *testing.B) {
	book := bicycles(b)
	r := NewRatings(book)
	said := []string{"", "damage=none", "quality=fair", "repaired=no", "minutes=45", "parts_hit=wheel"}
	for i := range 2000 {
		add(r, 1, said[i%len(said)], said[i*7%len(said)])
	}
	for b.Loop() {
		for _, v := range r.Variables() {
			r.Agreement(v.ID, Selection{})
		}
	}
}
