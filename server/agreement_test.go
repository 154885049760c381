package server_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// double codes a new case twice, by anna and bert, as in a file of codings;
// each says what storetest.Answers say but for the changes.
func double(t *testing.T, s *site, id annotations.CaseID, changes ...map[string]string) {
	t.Helper()
	s.Import(t, storetest.Study, s.Case(t, id, "W1"))
	codedBy(t, s, id, []string{"anna", "bert"}, changes...)
}

// codedBy gives a case the codings of some coders, as in a file.
func codedBy(t *testing.T, s *site, id annotations.CaseID, coders []string, changes ...map[string]string) {
	t.Helper()
	var codings []annotations.CodedElsewhere
	for i, coder := range coders {
		k := annotations.CodedElsewhere{Case: id, Coder: coder, Answers: map[string]codebook.Answer{}, Notes: map[string]string{}, SubmittedAt: s.Clock.Now()}
		said := maps.Clone(storetest.Answers)
		maps.Copy(said, changes[i])
		for variable, value := range said {
			if value == "" {
				continue
			}
			k.Answers[variable] = codebook.Answer{Value: value}
			if value == codebook.NR {
				k.Answers[variable] = codebook.Answer{Missing: value}
			}
		}
		codings = append(codings, k)
	}
	ctx := context.Background()
	resolved, err := s.Store.Resolve(ctx, storetest.Study, codings)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Store.ImportCodings(ctx, s.People["daan"], storetest.Study, resolved, false, nil); err != nil {
		t.Fatal(err)
	}
}

// knownTable codes 50 cases twice: repaired is yes-yes 20 times, yes-no 5,
// no-yes 10 and no-no 15 times.
func knownTable(t *testing.T, s *site) {
	t.Helper()
	no := map[string]string{"repaired": "no", "parts_new": "", "ready": "", "minutes": "", "quality": ""}
	i := 0
	for _, x := range []struct {
		n    int
		a, b map[string]string
	}{{20, nil, nil}, {5, nil, no}, {10, no, nil}, {15, no, no}} {
		for range x.n {
			i++
			double(t, s, annotations.CaseID(fmt.Sprintf("K-%02d", i)), x.a, x.b)
		}
	}
}

type agreementFile struct {
	Cases     int `json:"cases"`
	Variables []struct {
		Variable  string `json:"variable"`
		Judgement string `json:"judgement"`
		Layers    struct {
			Pairs  int `json:"pairs"`
			Closed int `json:"closed_for_both"`
			One    int `json:"closed_for_one"`
			Values int `json:"two_values"`
		} `json:"layers"`
		Measures map[string]struct {
			Value     *float64 `json:"value"`
			Undefined string   `json:"undefined"`
		} `json:"measures"`
	} `json:"variables"`
}

func (v *visitor) agreementFile() (string, agreementFile) {
	v.t.Helper()
	a := v.get("/s/bicycles/agreement?format=json")
	var file agreementFile
	if err := json.Unmarshal([]byte(a.body), &file); err != nil {
		v.t.Fatalf("%v: %d %s", err, a.status, a.body)
	}
	return a.body, file
}

func (f agreementFile) value(t *testing.T, variable, measure string) float64 {
	t.Helper()
	for _, v := range f.Variables {
		if m, ok := v.Measures[measure]; ok && v.Variable == variable {
			if m.Value == nil {
				t.Fatalf("%s of %s is undefined: %s", measure, variable, m.Undefined)
			}
			return *m.Value
		}
	}
	t.Fatalf("no %s of %s", measure, variable)
	return 0
}

// The figures on the page are those of the package for a table whose kappa is
// a textbook's: .40, and AC1 (.70 - .495) / .505.
func TestAgreementOfAKnownTable(t *testing.T) {
	s := open(t)
	knownTable(t, s)
	lena := s.visit(t, "lena")
	_, file := lena.agreementFile()
	for measure, want := range map[string]float64{"percent_agreement:unweighted": 0.7, "cohen_kappa:unweighted": 0.4,
		"krippendorff_alpha:nominal": 0.4, "gwet_ac:unweighted": (0.7 - 0.495) / 0.505} {
		if got := file.value(t, "repaired", measure); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", measure, got, want)
		}
	}
	page := lena.get("/s/bicycles/agreement")
	for _, want := range []string{"50 case files", "70\u00a0%", ">0.40<", ">0.41<", "Cohen"} {
		if page.status != http.StatusOK || !strings.Contains(page.body, want) {
			t.Errorf("the page (%d) lacks %q", page.status, want)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(lena.get("/s/bicycles/agreement?format=csv").body)).ReadAll()
	if err != nil || len(rows) != 9 || len(rows[0]) != len(rows[1]) {
		t.Errorf("CSV has %d rows: %v", len(rows), err)
	}
	// The children of repaired are compared where both said yes.
	for _, v := range file.Variables {
		if v.Variable == "quality" && (v.Layers.Values != 20 || v.Layers.One != 15 || v.Layers.Closed != 15 || v.Judgement != "too_few") {
			t.Errorf("quality: %+v %s", v.Layers, v.Judgement)
		}
	}
	one := lena.get("/s/bicycles/agreement/repaired")
	for _, want := range []string{"Name of anna", "Name of bert", "Is it recorded?", "Cohen&#39;s kappa"} {
		if !strings.Contains(one.body, want) {
			t.Errorf("the page of the variable (%d) lacks %q", one.status, want)
		}
	}
	// kappa .40 and alpha .40 with the limits that 1,000 draws of the 50 cases give.
	if drawn := boundsOf(t, one.body, "Cohen&#39;s kappa"); math.Abs(drawn[0]-0.11) > 0.06 || math.Abs(drawn[1]-0.65) > 0.06 {
		t.Errorf("the bootstrap interval of kappa is %v, want about .11 to .65", drawn)
	}
	if got := lena.get("/s/bicycles/agreement?round=9"); !strings.Contains(got.body, "No case file fits") {
		t.Error("an empty selection does not say so")
	}
	if got := lena.get("/s/bicycles/agreement?section=repair&burden=judgement&sort=weakest&show=ac"); got.status != http.StatusOK || strings.Contains(got.body, "/agreement/damage") {
		t.Errorf("the page narrowed to a section answers %d or shows others", got.status)
	}
	// The figure has a row a variable, in the order of the page; a chart of a
	// page can be had alone.
	figure := lena.get("/s/bicycles/agreement?format=svg&section=repair")
	if figure.status != http.StatusOK || figure.header.Get("Content-Type") != "image/svg+xml; charset=utf-8" || !strings.Contains(figure.body, "0.40 (") || !strings.Contains(figure.body, "n = 50") || strings.Contains(figure.body, "Damage") {
		t.Errorf("the figure answers %d %s: %s", figure.status, figure.header.Get("Content-Type"), figure.body)
	}
	if got := lena.get("/s/bicycles/agreement?chart=2"); got.status != http.StatusOK || !strings.HasPrefix(got.body, "<svg ") || !strings.HasSuffix(got.body, "</svg>") || strings.Count(got.body, "<svg") != 1 {
		t.Errorf("the second chart of the page answers %d: %s", got.status, got.body)
	}
	if got := lena.get("/s/bicycles/agreement?chart=999").status; got != http.StatusNotFound {
		t.Errorf("a chart that there is not answers %d", got)
	}
	// A column orders the rows, what is undefined last.
	sorted := lena.get("/s/bicycles/agreement?sort=percent").body
	if i, j := strings.Index(sorted, `agreement/repaired">`), strings.Index(sorted, `agreement/damage">`); i < 0 || j < i || !strings.Contains(sorted, `aria-sort="ascending"><a href="/s/bicycles/agreement?sort=percent">`) {
		t.Errorf("by percentage repaired stands at %d, damage, which all answered alike, at %d", i, j)
	}
	for _, path := range []string{"/s/bicycles/agreement/remark", "/s/bicycles/agreement/nothing"} {
		if got := lena.get(path).status; got != http.StatusNotFound {
			t.Errorf("%s answers %d, want 404", path, got)
		}
	}
}

// boundsOf are the ends of the bootstrap interval in the row of a measure.
func boundsOf(t *testing.T, page, measure string) [2]float64 {
	t.Helper()
	_, row, _ := strings.Cut(page, `<th scope="row">`+measure)
	row, _, _ = strings.Cut(row, "</tr>")
	found := regexp.MustCompile(`<td class="n"><span class="interval">(\S+) – (\S+)</span></td>`).FindStringSubmatch(row)
	if found == nil {
		t.Fatalf("no bootstrap interval of %s in %s", measure, row)
	}
	var bounds [2]float64
	for i := range bounds {
		x, err := strconv.ParseFloat(strings.Replace(found[i+1], "−", "-", 1), 64)
		if err != nil {
			t.Fatal(err)
		}
		bounds[i] = x
	}
	return bounds
}

// The page narrows to the cases of a source organisation, of a coder and of a
// pair, and offers those that occur.
func TestAgreementByWhereCasesComeFromAndWhoCodedThem(t *testing.T) {
	s := open(t)
	for i, x := range []struct {
		source string
		coders []string
	}{{"North", []string{"anna", "bert"}}, {"North", []string{"anna", "cees"}}, {"South", []string{"bert", "cees"}}, {"South", []string{"bert", "cees"}}, {"South", []string{"anna", "bert", "cees"}}} {
		c := s.Case(t, annotations.CaseID(fmt.Sprintf("S-%02d", i)), "W1")
		c.Case.Source = x.source
		s.Import(t, storetest.Study, c)
		codedBy(t, s, c.Case.ID, x.coders, nil, nil, nil)
	}
	lena := s.visit(t, "lena")
	id := func(login string) string { return strconv.FormatInt(s.People[login].ID, 10) }
	for query, want := range map[string][2]int{ // cases and pairs
		"":                                      {5, 7},
		"source=North":                          {2, 2},
		"source=South":                          {3, 5},
		"source=Nowhere":                        {0, 0},
		"coder=" + id("anna"):                   {3, 5},
		"source=South&coder=" + id("anna"):      {1, 3},
		"pair=" + id("anna") + "-" + id("bert"): {2, 2},
		"coder=" + id("cees") + "&pair=" + id("anna") + "-" + id("bert"): {1, 1},
	} {
		var file agreementFile
		if err := json.Unmarshal([]byte(lena.get("/s/bicycles/agreement?format=json&"+query).body), &file); err != nil {
			t.Fatal(err)
		}
		pairs := 0
		for _, v := range file.Variables {
			if v.Variable == "damage" {
				pairs = v.Layers.Pairs
			}
		}
		if got := [2]int{file.Cases, pairs}; got != want {
			t.Errorf("%q leaves %v cases and pairs, want %v", query, got, want)
		}
	}
	page := lena.get("/s/bicycles/agreement?source=South")
	for _, want := range []string{`<option value="South" selected>`, `<option value="North">`, `<option value="` + id("cees") + `">Name of cees`, "agreement/damage?source=South"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if got := lena.get("/s/bicycles/agreement/damage?source=South"); !strings.Contains(got.body, "3 case files") && !strings.Contains(got.body, "5 pairs") {
		t.Error("the page of the variable is not narrowed to the source")
	}
}

// A coefficient that is not defined stands on the page as a word with its
// reason, and is null in the file.
func TestInvariant5UndefinedIsAWordOnThePage(t *testing.T) {
	s := open(t)
	for i := range 31 {
		double(t, s, annotations.CaseID(fmt.Sprintf("K-%02d", i)), nil, nil)
	}
	lena := s.visit(t, "lena")
	for _, path := range []string{"/s/bicycles/agreement", "/s/bicycles/agreement/damage"} {
		page := lena.get(path).body
		if !strings.Contains(page, "undefined") || !strings.Contains(page, "all answers are in one category") || strings.Contains(page, "NaN") {
			t.Errorf("%s does not say that and why a coefficient is undefined", path)
		}
	}
	raw, file := lena.agreementFile()
	for _, v := range file.Variables {
		for name, m := range v.Measures {
			if (m.Value == nil) != (m.Undefined != "") {
				t.Errorf("%s of %s: value %v, reason %q", name, v.Variable, m.Value, m.Undefined)
			}
		}
		if v.Variable == "damage" && v.Measures["krippendorff_alpha:nominal"].Value != nil {
			t.Error("alpha of one category has a value")
		}
	}
	if strings.Contains(raw, "NaN") {
		t.Error("the file has a NaN")
	}
}

// Agreement rests on what was handed in before the comparison was opened: not
// on decisions, and not on what a coder changed after that.
func TestInvariant4AgreementIsOnIndependentCodings(t *testing.T) {
	s := open(t)
	no := map[string]string{"repaired": "no", "parts_new": "", "ready": "", "minutes": "", "quality": ""}
	s.Code(t, "B-01", "anna", nil)
	bert := s.Code(t, "B-01", "bert", no)
	s.Code(t, "B-02", "anna", map[string]string{"damage": "yes_slight"})
	s.Code(t, "B-02", "bert", nil)
	lena := s.visit(t, "lena")
	before, _ := lena.agreementFile()

	lena.post("/s/bicycles/compare/B-01", nil)
	decision := url.Values{"choice": {"v:yes"}, "reason": {"the slip says so"}, "cause": {"reading_error"}, "revision": {"1"}}
	if got := lena.post("/s/bicycles/compare/B-01/repaired", decision); got.status != http.StatusSeeOther {
		t.Fatalf("the decision answers %d: %s", got.status, got.body)
	}
	if after, _ := lena.agreementFile(); after != before {
		t.Errorf("agreement changed when a difference was settled:\n%s\n%s", before, after)
	}

	ctx := context.Background()
	if err := s.Store.Return(ctx, s.People["lena"], storetest.Study, bert.ID); err != nil {
		t.Fatal(err)
	}
	for _, variable := range []string{"repaired", "parts_new", "ready", "minutes", "quality"} {
		s.Save(t, bert, "bert", variable, storetest.Answers[variable])
	}
	if _, err := s.Store.Submit(ctx, s.People["bert"], bert.ID); err != nil {
		t.Fatal(err)
	}
	if after, _ := lena.agreementFile(); after != before {
		t.Errorf("agreement changed when a coder handed in again, knowing the difference:\n%s\n%s", before, after)
	}

	// What is handed in independently does change it.
	s.Code(t, "B-03", "anna", nil)
	s.Code(t, "B-03", "bert", nil)
	if after, _ := lena.agreementFile(); after == before {
		t.Error("agreement did not change when a third case was coded twice")
	}
}

// Who may not see agreement gets none of it: not from the pages, and not by
// asking for the files.
func TestAgreementIsTheLeads(t *testing.T) {
	s := open(t)
	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-01", "bert", map[string]string{"damage": "yes_slight"})
	for login, want := range map[string]int{"anna": 403, "olga": 403, "mona": 403, "petra": 403, "daan": 403, "otto": 404, "oda": 404} {
		v := s.visit(t, login)
		for _, path := range []string{"agreement", "agreement?format=csv", "agreement?format=json", "agreement/damage", "differences", "compare/B-01"} {
			if got := v.get("/s/bicycles/" + path).status; got != want {
				t.Errorf("%s gets %d for %s, want %d", login, got, path, want)
			}
		}
		for _, path := range []string{"compare/B-01", "compare/B-01/damage"} {
			if got := v.post("/s/bicycles/"+path, url.Values{"choice": {"0"}, "reason": {"x"}}).status; got != want {
				t.Errorf("%s gets %d for posting to %s, want %d", login, got, path, want)
			}
		}
	}
	otto := s.visit(t, "otto")
	if got := otto.get("/s/other/compare/B-01").status; got != http.StatusNotFound {
		t.Errorf("a case of another study answers %d", got)
	}
}

// The values of a case stay closed until its comparison is opened, whatever
// is asked of the page of the variable.
func TestDifferingCasesStayClosed(t *testing.T) {
	s := open(t)
	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-01", "bert", map[string]string{"damage": "yes_slight"})
	s.Code(t, "B-02", "anna", nil)
	s.Code(t, "B-02", "bert", map[string]string{"damage": "yes_slight"})
	lena := s.visit(t, "lena")
	cell := "/s/bicycles/agreement/damage?cell=" + url.QueryEscape("yes_clear:~yes_slight:")
	if got := lena.get(cell).body; strings.Contains(got, ">B-01<") || strings.Contains(got, ">B-02<") {
		t.Error("a cell of the table leads to a case that is closed")
	}
	if got := lena.get("/s/bicycles/agreement/damage").body; !strings.Contains(got, ">B-01<") || strings.Contains(got, "A: Yes") {
		t.Error("the list does not name the case, or says what was answered")
	}
	lena.post("/s/bicycles/compare/B-01", nil)
	if got := lena.get(cell).body; !strings.Contains(got, ">B-01<") || strings.Contains(got, ">B-02<") {
		t.Error("the cell does not lead to the opened case alone")
	}
	if got := lena.get("/s/bicycles/agreement/damage").body; !strings.Contains(got, "A: Yes") {
		t.Error("the list does not say what was answered in the opened case")
	}
}
