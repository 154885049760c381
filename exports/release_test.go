package exports_test

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// repairs are cases of one region and period: some repaired, some not.
func repairs(book *codebook.Codebook, region, period string, yes, no int) []exports.SettledCase {
	var list []exports.SettledCase
	for i := range yes + no {
		answers := repaired([]string{"good", "fair"}[i%2])
		if i >= yes {
			answers = codebook.Answers{"damage": {Value: "yes_clear"}, "repaired": {Value: "no"}}
		}
		c := settled(book, region, 400, answers)
		c.Case = annotations.CaseID(fmt.Sprintf("%s-%s-%03d", period, region, i))
		c.Period, c.Classes = period, map[string]string{"damage": "yes_clear"}
		list = append(list, c)
	}
	return list
}

// sequence yields cases by pseudonym.
func sequence(cases ...[]exports.SettledCase) iter.Seq2[exports.SettledCase, error] {
	all := slices.Concat(cases...)
	slices.SortFunc(all, func(a, b exports.SettledCase) int { return strings.Compare(string(a.Case), string(b.Case)) })
	return func(yield func(exports.SettledCase, error) bool) {
		for _, c := range all {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func terms(periods ...string) exports.Terms {
	t := exports.Terms{Study: "bicycles", Breakdowns: []string{"damage"}, Profile: disclosure.Steekproef(), Gate: exports.DefaultGate()}
	for _, p := range periods {
		t.Periods = append(t.Periods, exports.ReleasedPeriod{Period: p, Stage: exports.StageProvisional, Vintage: 1})
	}
	return t
}

func freeze(t *testing.T, terms exports.Terms, before disclosure.Ledger, cases ...[]exports.SettledCase) *exports.Release {
	t.Helper()
	r, err := exports.Freeze(t.Context(), terms, bicycles(t), exports.Methods{}, sequence(cases...), before)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func stored(r *exports.Release) []exports.StoredFile {
	var list []exports.StoredFile
	for _, f := range r.Files {
		f.Content = bytes.Clone(f.Content)
		list = append(list, exports.StoredFile{File: f, Recorded: f.SHA256()})
	}
	return list
}

func contentOf(t *testing.T, r *exports.Release, name string) []byte {
	t.Helper()
	for _, f := range r.Files {
		if f.Name == name {
			return f.Content
		}
	}
	t.Fatalf("the release has no file %s", name)
	return nil
}

// threeRegions has figures that can be shown in W1, a count of 2 in W3, and
// W4, which is hidden with it.
func threeRegions(book *codebook.Codebook) []exports.SettledCase {
	return slices.Concat(repairs(book, "W1", "2025-H1", 60, 60), repairs(book, "W3", "2025-H1", 2, 60), repairs(book, "W4", "2025-H1", 30, 30))
}

func TestSameInputsSameRelease(t *testing.T) {
	book := bicycles(t)
	first := freeze(t, terms("2025-H1"), disclosure.Ledger{}, threeRegions(book))
	again := freeze(t, terms("2025-H1"), disclosure.Ledger{}, threeRegions(book))
	if first.ID != again.ID || len(first.ID) != 16 {
		t.Errorf("ids %q and %q, want the same 16 digits", first.ID, again.ID)
	}
	for i, f := range first.Files {
		if !bytes.Equal(f.Content, again.Files[i].Content) {
			t.Errorf("%s differs between two releases of the same inputs", f.Name)
		}
	}
	if problems := exports.Verify(t.Context(), first.ID, stored(first), disclosure.Ledger{}); len(problems) != 0 {
		t.Errorf("verification of an untouched release found %v", problems)
	}
	more := freeze(t, terms("2025-H1"), disclosure.Ledger{}, threeRegions(book), repairs(book, "W2", "2025-H1", 40, 40))
	if more.ID == first.ID {
		t.Error("one more case gave the same id")
	}
	later := freeze(t, terms("2025-H1"), disclosure.Ledger{}, threeRegions(book), repairs(book, "W1", "2025-H2", 40, 40))
	if later.ID != first.ID {
		t.Error("cases of a period that is not released changed the id")
	}
}

func TestVerifyFindsWhatWasChanged(t *testing.T) {
	r := freeze(t, terms("2025-H1"), disclosure.Ledger{}, threeRegions(bicycles(t)))
	change := func(name, old, new string) []exports.Problem {
		t.Helper()
		files := stored(r)
		for i := range files {
			if files[i].Name != name {
				continue
			}
			changed := bytes.Replace(files[i].Content, []byte(old), []byte(new), 1)
			if bytes.Equal(changed, files[i].Content) {
				t.Fatalf("%s has no %q", name, old)
			}
			files[i].Content = changed
		}
		return exports.Verify(t.Context(), r.ID, files, disclosure.Ledger{})
	}
	check := func(what string, problems []exports.Problem, want ...string) {
		t.Helper()
		var got []string
		for _, p := range problems {
			got = append(got, p.Error())
		}
		for _, w := range want {
			if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, w) }) {
				t.Errorf("%s: found %q, want %q among them", what, got, w)
			}
		}
	}
	check("a figure", change(exports.ObservationsFile, "m_repaired,1.0.0,PCT,demonstrable,2025-H1,W1,_T,_T,50", "m_repaired,1.0.0,PCT,demonstrable,2025-H1,W1,_T,_T,51"),
		"observations.csv: its SHA-256 is", "m_repaired demonstrable 2025-H1 W1: value is 51, computed again it is 50")
	check("a hidden cell", change(exports.ObservationsFile, "2025-H1,W3,_T,_T,,", "2025-H1,W3,_T,_T,3,"), "2025-H1 W3: value is 3, computed again it is empty")
	row := "2025-H1-W1-000,W1,2025-H1,,400,,0,yes_clear,yes,"
	check("a case", change(exports.InputsFile, row, strings.Replace(row, "yes,", "no,", 1)),
		"inputs.csv: its SHA-256 is", "the release is named "+r.ID, "m_repaired demonstrable 2025-H1 W1: ci_lower is")
	check("the rules", change(exports.TermsFile, `"threshold": 5`, `"threshold": 3`), "release.json: its SHA-256", "the release is named", "certificate.json: computed again it differs")
	check("the certificate", change(exports.CertificateFile, `"count": `, `"count": 1`), "certificate.json: computed again it differs")
	check("inputs that cannot be read", change(exports.InputsFile, ",yes,", ",maybe,"), "inputs.csv: line 2")
	check("no files", exports.Verify(t.Context(), r.ID, nil, disclosure.Ledger{}), "release.json: the file is missing", "inputs.csv: the file is missing")
}

// A byte changed anywhere in a file that a release keeps is found, whether or
// not the hash that was written down is changed with it.
func TestVerifyFindsAnyChangedByte(t *testing.T) {
	r := release(t)
	kept := stored(r)
	packed, err := exports.Package.File(r.Publication())
	if err != nil {
		t.Fatal(err)
	}
	kept = append(kept, exports.StoredFile{File: packed, Recorded: packed.SHA256()})
	verify := func(files []exports.StoredFile) []exports.Problem {
		return exports.Verify(t.Context(), r.ID, files, disclosure.Ledger{}, exports.Package)
	}
	if problems := verify(kept); len(problems) != 0 {
		t.Fatalf("an untouched release has problems: %v", problems)
	}
	const places = 4 // in each file, spread evenly from first to last byte
	for i, f := range kept {
		for k := range places {
			at := k * (len(f.Content) - 1) / (places - 1)
			changed := slices.Clone(kept)
			changed[i].Content = bytes.Clone(f.Content)
			changed[i].Content[at] ^= 1
			if k == 0 && len(verify(changed)) == 0 {
				t.Errorf("%s: a change of byte %d is not found", f.Name, at)
			}
			changed[i].Recorded = changed[i].SHA256()
			if len(verify(changed)) == 0 {
				t.Errorf("%s: a change of byte %d with its hash is not found", f.Name, at)
			}
		}
		if len(verify(slices.Delete(slices.Clone(kept), i, i+1))) == 0 {
			t.Errorf("%s: that it is gone is not found", f.Name)
		}
		turned := slices.Clone(kept)
		turned[i].Inside = !turned[i].Inside
		if len(verify(turned)) == 0 {
			t.Errorf("%s: that it came out, or went in, is not found", f.Name)
		}
	}
	more := append(slices.Clone(kept), exports.StoredFile{File: exports.File{Name: "extra.csv"}, Recorded: exports.File{}.SHA256()})
	if len(verify(more)) == 0 {
		t.Error("one more file is not found")
	}
	older := slices.Clone(kept)
	i := slices.IndexFunc(older, func(f exports.StoredFile) bool { return f.Name == exports.TermsFile })
	older[i].Content = bytes.Replace(older[i].Content, []byte(exports.ReleaseFormat), []byte("dossierlens-release/1"), 1)
	if problems := verify(older); !slices.ContainsFunc(problems, func(p exports.Problem) bool { return p.Kind == exports.ProblemFormat }) {
		t.Errorf("a release of another format: %v", problems)
	}
}

// The first half-year is out. What is hidden of the second could be had by
// taking the first from the year.
func TestLedgerProtectsTheNextHalfYear(t *testing.T) {
	book := bicycles(t)
	h1, h2 := repairs(book, "W1", "2025-H1", 30, 30), repairs(book, "W1", "2025-H2", 2, 60)
	first := freeze(t, terms("2025-H1"), disclosure.Ledger{}, h1, h2)
	shown := func(r *exports.Release, period string) bool {
		for _, o := range r.Observations {
			if o.Indicator == "m_repaired" && o.Variant == "demonstrable" && o.Period == period && o.Region == "W1" && o.Class == disclosure.Total {
				return o.Value != nil
			}
		}
		t.Fatalf("no row of %s", period)
		return false
	}
	if !shown(first, "2025-H1") {
		t.Fatal("the first half-year is hidden")
	}
	alone := freeze(t, terms("2025", "2025-H2"), disclosure.Ledger{}, h1, h2)
	if shown(alone, "2025-H2") || !shown(alone, "2025") {
		t.Error("without an earlier release the second half-year alone is to be hidden")
	}
	next := freeze(t, terms("2025", "2025-H2"), first.Released.Ledger(), h1, h2)
	if shown(next, "2025-H2") || shown(next, "2025") {
		t.Error("the year less the published first half gives the second away")
	}
}

// agreed is a variable on which coders had that coefficient.
func agreed(book *codebook.Codebook, weakest string, value float64, pairs int) func(string) (annotations.VariableAgreement, bool) {
	return func(id string) (annotations.VariableAgreement, bool) {
		v := book.Variable(id)
		if !v.Agreement {
			return annotations.VariableAgreement{}, false
		}
		a := annotations.VariableAgreement{Variable: v, Layers: annotations.Layers{Values: pairs}}
		a.Headline.AC.Measure, a.Headline.AC.Value = "gwet_ac:unweighted", 0.95
		if id == weakest {
			a.Headline.AC.Value = value
		}
		return a, true
	}
}

func TestGate(t *testing.T) {
	book := bicycles(t)
	check := func(what string, g exports.Gate, value float64, pairs int, overrides map[string]string, want exports.Verdict) {
		t.Helper()
		verdicts, err := g.Judge(book, agreed(book, "quality", value, pairs), overrides)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		got := verdicts[0]
		got.Measure, got.Coefficient, got.Value, got.Lower, got.Pairs, got.Indicator = "", "", nil, nil, 0, ""
		if got != want {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	gate, blocks := exports.DefaultGate(), exports.DefaultGate()
	blocks.Below = exports.Blocked
	check("enough", gate, 0.7, 40, nil, exports.Verdict{State: exports.Passed, Variable: "quality"})
	check("below", gate, 0.5, 40, nil, exports.Verdict{State: exports.Provisional, Variable: "quality", Reason: exports.ReasonBelow})
	check("below, blocking", blocks, 0.5, 40, nil, exports.Verdict{State: exports.Blocked, Variable: "quality", Reason: exports.ReasonBelow})
	check("overridden", blocks, 0.5, 40, map[string]string{"ind_repair": "the panel agreed"},
		exports.Verdict{State: exports.Provisional, Variable: "quality", Reason: exports.ReasonBelow, Override: "the panel agreed"})
	if v, err := gate.Judge(book, agreed(book, "", 0, 10), nil); err != nil || v[0].State != exports.Provisional || v[0].Reason != exports.ReasonFewPairs {
		t.Errorf("few pairs: %+v, %v", v, err)
	}
	gate.On = exports.OnLower // which no variable here has
	if v, err := gate.Judge(book, agreed(book, "", 0, 40), nil); err != nil || v[0].Reason != exports.ReasonUndefined {
		t.Errorf("no interval: %+v, %v", v, err)
	}
	if _, err := gate.Judge(book, agreed(book, "", 0, 40), map[string]string{"ind_time": "why not"}); err == nil || !strings.Contains(err.Error(), "ind_time is not blocked") {
		t.Errorf("an override of what is not blocked: %v", err)
	}
	if err := (exports.Gate{}).Check(); err == nil {
		t.Error("the empty policy is accepted")
	}
	if err := exports.DefaultGate().Check(); err != nil {
		t.Error(err)
	}
}

func TestGateStateIsInTheFile(t *testing.T) {
	book := bicycles(t)
	row := func(state exports.GateState) exports.Observation {
		t.Helper()
		tm := terms("2025-H1")
		tm.Periods[0].Stage = exports.StageFinal
		tm.Verdicts = []exports.Verdict{{Indicator: "ind_repair", Measure: "m_well", State: state}}
		for _, o := range freeze(t, tm, disclosure.Ledger{}, threeRegions(book)).Observations {
			if o.Indicator == "m_repaired" && o.Region == "W1" && o.Class == disclosure.Total {
				return o
			}
		}
		t.Fatal("no row")
		return exports.Observation{}
	}
	if o := row(exports.Passed); o.Value == nil || o.ObsStatus != "A" || strings.Contains(o.Footnotes, exports.FootnoteAgreement) {
		t.Errorf("passed: %+v", o)
	}
	if o := row(exports.Provisional); o.Value == nil || o.ObsStatus != "P" || !strings.Contains(o.Footnotes, exports.FootnoteAgreement) {
		t.Errorf("provisional: %+v", o)
	}
	if o := row(exports.Blocked); o.Value != nil || o.ObsStatus != "Q" {
		t.Errorf("blocked: %+v", o)
	}
}

func TestCompareReleases(t *testing.T) {
	book := bicycles(t)
	older := freeze(t, terms("2025-H1"), disclosure.Ledger{}, repairs(book, "W1", "2025-H1", 30, 30))
	tm := terms("2025-H1", "2025-H2")
	tm.Periods[0].Vintage = 2
	tm.Gate.Threshold = 0.7
	newer := freeze(t, tm, older.Released.Ledger(), repairs(book, "W1", "2025-H1", 45, 30), repairs(book, "W1", "2025-H2", 40, 40))
	list, err := exports.Compare(contentOf(t, older, exports.ObservationsFile), contentOf(t, newer, exports.ObservationsFile))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range list {
		if d.Measure == "m_repaired" && d.Region == "W1" && d.Variant == "demonstrable" && (d.Column == "value" || d.Column == "vintage" || d.Column == "") {
			got = append(got, d.Cell()+" "+d.Column+" "+d.Old+" "+d.New)
		}
	}
	for _, want := range []string{"m_repaired demonstrable 2025-H1 W1 value 50 60", "m_repaired demonstrable 2025-H1 W1 vintage 1 2", "m_repaired demonstrable 2025-H2 W1  absent present"} {
		if !slices.Contains(got, want) {
			t.Errorf("differences %q, want %q among them", got, want)
		}
	}
	if got := exports.Breaks(older.Terms, newer.Terms); !slices.Equal(got, []exports.Break{exports.BreakGate}) {
		t.Errorf("breaks %v, want the gate", got)
	}
}

// Half-years that make up a year, in five regions and a nation, with every
// outcome: a table of three dimensions with small counts in it. What is hidden
// cannot be had from the rest, the certificate says so, and the release is
// verified and the same twice.
func TestReleaseOfTablesOfThreeDimensions(t *testing.T) {
	book := bicycles(t)
	var cases []exports.SettledCase
	for i, region := range []string{"W1", "W3", "W4", "W5", "W6"} {
		for j, period := range []string{"2025-H1", "2025-H2"} {
			yes, no := 30+7*i, 34+3*j
			switch (i + j) % 3 {
			case 1:
				no = 2 // no more than two: to be hidden
			case 2:
				yes = 3
			}
			cases = append(cases, repairs(book, region, period, yes, no)...)
		}
	}
	r := freeze(t, terms("2025", "2025-H1", "2025-H2"), disclosure.Ledger{}, cases)
	again := freeze(t, terms("2025", "2025-H1", "2025-H2"), disclosure.Ledger{}, cases)
	if r.ID != again.ID || !bytes.Equal(contentOf(t, r, exports.CertificateFile), contentOf(t, again, exports.CertificateFile)) {
		t.Error("the same cases gave another release or certificate")
	}
	type at struct{ region, period string }
	shown := map[at]bool{}
	for _, o := range r.Observations {
		if o.Indicator == "m_repaired" && o.Statistic == "PCT" && o.Variant == "demonstrable" && o.Breakdown == disclosure.Total {
			shown[at{o.Region, o.Period}] = o.Value != nil
		}
	}
	visible := 0
	for k, ok := range shown {
		if ok {
			visible++
		}
		halves := shown[at{k.region, "2025-H1"}] && shown[at{k.region, "2025-H2"}]
		if ok && k.period == "2025" && !halves && (shown[at{k.region, "2025-H1"}] || shown[at{k.region, "2025-H2"}]) {
			t.Errorf("%s: the year less one half-year gives the other away", k.region)
		}
	}
	if len(shown) != 6*3 || visible == 0 || visible == len(shown) {
		t.Errorf("%d of %d cells are shown, want some", visible, len(shown))
	}
	if n := len(r.Released.Certificate().Proofs); n == 0 {
		t.Error("nothing is proven of small counts")
	}
	if problems := exports.Verify(t.Context(), r.ID, stored(r), disclosure.Ledger{}); len(problems) != 0 {
		t.Errorf("verification found %v", problems)
	}
}
