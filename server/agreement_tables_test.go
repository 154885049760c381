package server_test

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// table reads a table of a page of the study as a file: a row a map, by the
// headings.
func (v *visitor) table(path string) []map[string]string {
	v.t.Helper()
	a := v.get("/s/bicycles/" + path)
	if a.status != 200 || a.header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(a.header.Get("Content-Disposition"), `attachment; filename="bicycles-`) {
		v.t.Fatalf("%s answers %d %s: %s", path, a.status, a.header, a.body)
	}
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil || len(rows) == 0 {
		v.t.Fatalf("%s: %v in %s", path, err, a.body)
	}
	var list []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, cell := range row {
			m[rows[0][i]] = cell
		}
		list = append(list, m)
	}
	return list
}

// the returns the one row of which the given cells are as given.
func the(t *testing.T, rows []map[string]string, cells ...string) map[string]string {
	t.Helper()
	var found []map[string]string
	for _, row := range rows {
		fits := true
		for i := 0; i < len(cells); i += 2 {
			fits = fits && row[cells[i]] == cells[i+1]
		}
		if fits {
			found = append(found, row)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d rows with %v in %v", len(found), cells, rows)
	}
	return found[0]
}

// number requires that a cell is a number.
func number(t *testing.T, row map[string]string, column string, want float64) {
	t.Helper()
	got, err := strconv.ParseFloat(row[column], 64)
	if err != nil || math.Abs(got-want) > 1e-9 {
		t.Errorf("%s of %v is %q, want %v", column, row, row[column], want)
	}
}

// Every table of the pages on agreement is a file as well, linked from the page
// and logged, with the figures of a table that is known.
func TestTablesOfAgreementAreFiles(t *testing.T) {
	s := open(t)
	knownTable(t, s)
	s.Code(t, "B-01", "anna", nil)
	lena := s.visit(t, "lena")

	measures := lena.table("agreement/repaired?table=measures")
	kappa := the(t, measures, "measure", "cohen_kappa:unweighted")
	number(t, kappa, "value", 0.4)
	number(t, kappa, "n_units", 50)
	number(t, kappa, "codes_value", 0.4)
	if low, _ := strconv.ParseFloat(kappa["bootstrap_low"], 64); math.Abs(low-0.11) > 0.06 {
		t.Errorf("the bootstrap interval of kappa begins at %s, want about .11", kappa["bootstrap_low"])
	}
	number(t, the(t, measures, "measure", "percent_agreement:unweighted"), "value", 0.7)
	if alpha := the(t, lena.table("agreement/damage?table=measures"), "measure", "krippendorff_alpha:nominal"); alpha["value"] != "" || alpha["undefined"] != "one category observed" {
		t.Errorf("what is undefined is %v", alpha)
	}

	layers := lena.table("agreement/quality?table=layers")
	for _, want := range [][]string{
		{"layer", "applicable", "n", "50", "same", "35", "both", "20", "neither", "15", "differ", "15"},
		{"layer", "recorded", "n", "20", "same", "20", "both", "20", "neither", "0", "differ", "0"},
		{"layer", "value", "n", "20", "same", "20", "differ", "0"},
	} {
		the(t, layers, want...)
	}

	confusion := lena.table("agreement/repaired?table=confusion")
	for _, want := range [][]string{{"row", "yes", "column", "yes", "n", "20"}, {"row", "yes", "column", "no", "n", "5"}, {"row", "no", "column", "yes", "n", "10"}, {"row", "no", "column", "no", "n", "15"}} {
		the(t, confusion, append(want, "row_coder", "anna", "column_coder", "bert")...)
	}
	if len(confusion) != 4 {
		t.Errorf("%d cells of the table, want 4: %v", len(confusion), confusion)
	}

	wheel := the(t, lena.table("agreement/parts_hit?table=options"), "option", "wheel")
	number(t, wheel, "chosen", 1)
	number(t, wheel, "percent", 1)
	if wheel["kappa_undefined"] == "" {
		t.Errorf("kappa of an option that all chose: %v", wheel)
	}

	pairs := lena.table("reliability/plan?table=pairs&half=0.2")
	the(t, pairs, "section", "repair", "variable", "repaired", "pairs", "50", "rests_on", "interval")
	the(t, pairs, "variable", "quality", "pairs", "20", "rests_on", "assumption")
	the(t, lena.table("reliability/plan?table=next"), "case_id", "B-01")

	shares := lena.table("coders?table=shares")
	number(t, the(t, shares, "variable", "repaired", "coder", "anna", "against", "others"), "share", 0.7)
	the(t, shares, "variable", "repaired", "coder", "bert", "against", "settled", "n", "35", "same", "35")
	if rows := lena.table("coders?table=alarms"); len(rows) != 2 || rows[0]["variable"] != "repaired" || rows[1]["coder"] != "bert" {
		t.Errorf("the two differ at once and not before, and left the limits alike: %v", rows)
	}
	block := the(t, lena.table("coders/repaired?table=blocks"), "coder", "anna", "against", "others", "n", "20", "outside", "false", "same", "20")
	number(t, block, "center", 0.7)

	for page, names := range map[string][]string{"agreement/repaired": {"measures", "layers", "confusion"}, "agreement/parts_hit": {"options"},
		"coders": {"shares"}, "coders/repaired": {"blocks"}, "reliability/plan": {"pairs", "next"}} {
		body := lena.get("/s/bicycles/" + page).body
		for _, name := range names {
			if !strings.Contains(body, `href="/s/bicycles/`+page+`?table=`+name+`"`) {
				t.Errorf("the page %s does not lead to its table %s", page, name)
			}
		}
	}
	for _, path := range []string{"agreement/repaired?table=x", "agreement/repaired?table=options", "coders?table=x", "coders/repaired?table=repeats", "coders/repaired?table=cases", "reliability/plan?table=x"} {
		if got := lena.get("/s/bicycles/" + path).status; got != 404 {
			t.Errorf("%s answers %d, want 404", path, got)
		}
	}
	for _, login := range []string{"anna", "daan", "mona", "olga", "petra"} {
		for _, path := range []string{"agreement/repaired?table=confusion", "coders?table=shares", "reliability/plan?table=pairs"} {
			if got := s.visit(t, login).get("/s/bicycles/" + path).status; got != 403 {
				t.Errorf("%s gets %d for %s, want 403", login, got, path)
			}
		}
	}
	if log := s.visit(t, "petra").get("/s/bicycles/audit").body; !strings.Contains(log, "exported agreement") {
		t.Error("the audit log does not tell of the files")
	}
}

// The passages of each pair, and the cases of a coder who left the limits.
func TestTablesOfPassagesAndOfCasesToLookAtAgain(t *testing.T) {
	s := open(t)
	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-01", "bert", nil)
	passages := the(t, s.visit(t, "lena").table("agreement/damage?table=passages"), "first_coder", "anna", "second_coder", "bert", "documents", "1")
	for _, column := range []string{"token_f1", "exact_f1", "char_alpha"} {
		number(t, passages, column, 1)
	}

	s = open(t)
	for i := range 80 {
		var bert map[string]string
		if i >= 40 {
			bert = map[string]string{"quality": "poor"}
		}
		s.Clock.Add(24 * time.Hour)
		double(t, s, annotations.CaseID(fmt.Sprintf("T-%02d", i)), nil, bert)
	}
	lena := s.visit(t, "lena")
	the(t, lena.table("coders?table=alarms"), "section", "repair", "variable", "quality", "coder", "bert", "to", "")
	cases := lena.table(fmt.Sprintf("coders/quality?table=cases&coder=%d", s.People["bert"].ID))
	the(t, cases, "case_id", "T-40", "coder", "bert", "coded_by_others", "true")
	if len(cases) != 40 {
		t.Errorf("%d cases to look at again, want the 40 from T-40 on", len(cases))
	}
	the(t, lena.table("coders/quality?table=blocks"), "coder", "bert", "against", "others", "n", "20", "same", "0", "share", "0", "outside", "true", "from", cases[0]["handed_in"])
}

// Of four case files coded again anna says the same of three: 75 %, kappa .50,
// alpha 1 - .25 / (30/56), AC1 (.75 - .46875) / .53125.
func TestFiguresOfHiddenRepeats(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	no := map[string]string{"repaired": "no", "parts_new": "", "ready": "", "minutes": "", "quality": ""}
	again := map[int64]map[string]string{} // by the key of the case
	for i, x := range []struct{ first, again map[string]string }{{nil, nil}, {nil, no}, {no, no}, {no, no}} {
		id := annotations.CaseID(fmt.Sprintf("R-%d", i))
		s.Import(t, storetest.Study, s.Case(t, id, "W1"))
		again[s.Code(t, id, "anna", x.first).Case.Key] = x.again
		s.Code(t, id, "bert", nil)
	}
	anna := s.People["anna"]
	if n, err := s.Store.PlanRepeats(ctx, s.People["lena"], storetest.Study, []store.NewRepeat{{Coder: anna.ID, Cases: 4, Weeks: 1, Seed: 5}}); err != nil || n != 4 {
		t.Fatalf("planned %d repeats: %v", n, err)
	}
	repeats := 0
	for i := 0; repeats < 4 && i < 20; i++ {
		s.Clock.Add(8 * 24 * time.Hour)
		if err := s.Store.GiveRepeats(ctx, anna, storetest.Study); err != nil {
			t.Fatal(err)
		}
		mine, err := s.Store.MyAssignments(ctx, anna, storetest.Study)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range mine {
			if a.Status == annotations.Open {
				said, ok := again[a.Case.Key]
				if !ok {
					t.Fatalf("%s is no repeat", a.Case.ID)
				}
				s.Fill(t, a, "anna", said)
				repeats++
			}
		}
		other := annotations.CaseID(fmt.Sprintf("O-%02d", i))
		s.Import(t, storetest.Study, s.Case(t, other, "W1"))
		s.Code(t, other, "anna", nil) // a repeat waits for other work
	}
	lena := s.visit(t, "lena")
	rows := lena.table("coders/repaired?table=repeats")
	for _, coder := range []string{"anna", ""} { // she is all who have repeats
		row := the(t, rows, "coder", coder, "pairs", "4", "same", "3")
		number(t, row, "percent", 0.75)
		number(t, row, "kappa", 0.5)
		number(t, row, "krippendorff_alpha", 1-0.25/(30.0/56))
		number(t, row, "gwet_ac", (0.75-0.46875)/0.53125)
	}
	number(t, the(t, lena.table("coders?table=shares"), "variable", "repaired", "coder", "anna", "against", "self"), "share", 0.75)
	_, table, _ := strings.Cut(lena.get("/s/bicycles/coders/repaired").body, "Equal to themselves")
	for _, want := range []string{"Name of anna", "75\u00a0%", ">0.50<", ">0.53<"} {
		if !strings.Contains(table, want) {
			t.Errorf("the page of the variable lacks %q of the repeats", want)
		}
	}
	report := lena.get("/s/bicycles/reliability").body
	if !regexp.MustCompile(`(?s)First coding and repeat, per variable.*Repaired</th>\s*<td class="n">4</td>\s*<td class="n">75\x{a0}%</td>\s*<td class="n">0\.53</td>.*?<td class="n">0\.53</td>.*?<td class="n">0\.50</td>`).MatchString(report) {
		t.Error("the report does not have the figures of the repeats")
	}
}

// The page narrows by section, round, period and region, each alone.
func TestAgreementNarrowsByEachFilter(t *testing.T) {
	s := open(t)
	for i, x := range []struct{ region, period string }{{"W1", "2025-H1"}, {"W3", "2025-H1"}, {"W3", "2025-H2"}, {"W3", "2025-H2"}} {
		c := s.Case(t, annotations.CaseID(fmt.Sprintf("F-%02d", i)), x.region)
		c.Case.Period = x.period
		s.Import(t, storetest.Study, c)
		codedBy(t, s, c.Case.ID, []string{"anna", "bert"}, nil, nil)
	}
	if err := s.Store.CreateRound(context.Background(), s.People["lena"], storetest.Study, annotations.Round{Name: "2", Kind: annotations.Production}); err != nil {
		t.Fatal(err)
	}
	for _, coder := range []string{"anna", "bert"} {
		if err := s.Store.Assign(context.Background(), s.People["lena"], storetest.Study, []store.NewAssignment{{Case: "B-01", Coder: s.People[coder].ID, Round: "2"}}); err != nil {
			t.Fatal(err)
		}
		mine, err := s.Store.MyAssignments(context.Background(), s.People[coder], storetest.Study)
		if i := slices.IndexFunc(mine, func(a annotations.Assignment) bool { return a.Case.ID == "B-01" }); err != nil || i < 0 {
			t.Fatalf("%v has %+v: %v", coder, mine, err)
		} else {
			s.Fill(t, mine[i], coder, nil)
		}
	}
	lena := s.visit(t, "lena")
	file := func(query string) agreementFile {
		t.Helper()
		var f agreementFile
		if err := json.Unmarshal([]byte(lena.get("/s/bicycles/agreement?format=json&"+query).body), &f); err != nil {
			t.Fatal(err)
		}
		return f
	}
	for query, want := range map[string]int{"": 5, "round=1": 4, "round=2": 1, "round=3": 0, "period=2025-H1": 3, "period=2025-H2": 2, "region=W1": 2, "region=W3": 3, "period=2025-H2&region=W1": 0} {
		f := file(query)
		if f.Cases != want {
			t.Errorf("%q leaves %d cases, want %d", query, f.Cases, want)
		}
		for _, v := range f.Variables {
			if v.Variable == "damage" && v.Layers.Pairs != want {
				t.Errorf("%q leaves %d pairs of damage, want %d", query, v.Layers.Pairs, want)
			}
		}
	}
	for query, want := range map[string][]string{"section=intake": {"received", "damage", "parts_hit"}, "section=repair": {"repaired", "parts_new", "ready", "minutes", "quality"}, "burden=judgement": {"damage", "quality"}} {
		var got []string
		for _, v := range file(query).Variables {
			got = append(got, v.Variable)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q leaves %v, want %v", query, got, want)
		}
		body := lena.get("/s/bicycles/agreement?" + query).body
		for _, v := range []string{"received", "damage", "parts_hit", "repaired", "parts_new", "ready", "minutes", "quality"} {
			if got := strings.Contains(body, `/agreement/`+v+`"`); got != slices.Contains(want, v) {
				t.Errorf("%q: the page shows %s: %v", query, v, got)
			}
		}
	}
}

// One coefficient with 29 pairs is too few to speak of, and with 30 it is not.
// Nothing on the page or in the file is a figure of several variables.
func TestTooFewPairsAndNoOverallFigure(t *testing.T) {
	s := open(t)
	for i := range 29 {
		said := map[string]string{"damage": []string{"yes_clear", "yes_slight"}[i%2]}
		double(t, s, annotations.CaseID(fmt.Sprintf("K-%02d", i)), said, said)
	}
	row := func() string {
		t.Helper()
		found := regexp.MustCompile(`(?s)<tr[^>]*>\s*<th scope="row"><span class="number">1\.3</span>.*?</tr>`).FindString(s.visit(t, "lena").get("/s/bicycles/agreement").body)
		if !strings.Contains(found, "agreement/damage") {
			t.Fatalf("no row of damage: %s", found)
		}
		return found
	}
	if got := row(); !strings.HasPrefix(got, `<tr class="few">`) || !strings.Contains(got, "too few") {
		t.Errorf("29 pairs are not too few: %s", got)
	}
	double(t, s, "K-29", nil, nil)
	if got := row(); strings.Contains(got, "few") || !strings.Contains(got, ">good<") {
		t.Errorf("30 pairs are too few: %s", got)
	}

	lena := s.visit(t, "lena")
	var file map[string]json.RawMessage
	if err := json.Unmarshal([]byte(lena.get("/s/bicycles/agreement?format=json").body), &file); err != nil {
		t.Fatal(err)
	}
	for key := range file {
		if !slices.Contains([]string{"study", "codebook", "codebook_version", "cases", "variables"}, key) {
			t.Errorf("the file has %s beside its variables", key)
		}
	}
	page := lena.get("/s/bicycles/agreement").body
	_, main, _ := strings.Cut(page, "<main")
	rows := regexp.MustCompile(`(?s)<tr[^>]*>\s*<th scope="row">.*?</tr>`)
	if n := len(rows.FindAllString(main, -1)); n != 8 {
		t.Errorf("%d rows with figures, want one for each of 8 variables", n)
	}
	outside := regexp.MustCompile(`(?s)<svg.*?</svg>|<dl.*?</dl>`).ReplaceAllString(rows.ReplaceAllString(main, ""), "")
	if found := regexp.MustCompile(`-?\d[.,]\d\d|\d[ \x{a0}]?%|class="value"`).FindString(outside); found != "" {
		t.Errorf("outside the rows of variables stands the figure %s", found)
	}
}

// Where nearly all answers are one category kappa is low though coders nearly
// always agree; it stands beside AC1 with the reason, and where answers are
// spread there is no such note.
func TestKappaStandsBesideAC1WhenPrevalencePartsThem(t *testing.T) {
	s := open(t)
	slight := map[string]string{"damage": "yes_slight"}
	for i := range 42 {
		var a, b map[string]string
		switch i {
		case 0:
			a = slight
		case 1:
			b = slight
		}
		double(t, s, annotations.CaseID(fmt.Sprintf("K-%02d", i)), a, b)
	}
	lena := s.visit(t, "lena")
	const note = "With so skewed a distribution kappa expects nearly all agreement from chance"
	_, file := lena.agreementFile()
	if kappa, ac := file.value(t, "damage", "cohen_kappa:unweighted"), file.value(t, "damage", "gwet_ac:unweighted"); math.Abs(kappa+1.0/41) > 1e-9 || ac < 0.94 {
		t.Errorf("kappa %v and AC1 %v, want -1/41 and about .95", kappa, ac)
	}
	for _, path := range []string{"agreement", "agreement/damage"} {
		if got := lena.get("/s/bicycles/" + path).body; !strings.Contains(got, note) || !strings.Contains(got, "Yes, clearly”") || !strings.Contains(got, "98\u00a0% of the answers") || !strings.Contains(got, ">−0.02<") || !strings.Contains(got, ">0.95<") {
			t.Errorf("%s does not say why kappa and AC1 part", path)
		}
	}
	other := open(t)
	knownTable(t, other)
	if strings.Contains(other.visit(t, "lena").get("/s/bicycles/agreement/repaired").body, note) {
		t.Error("kappa .40 and AC1 .41 do not part")
	}
}

// Each column orders the rows, from the lowest on (pairs from the most on), and
// what has no value stands last.
func TestAgreementIsOrderedByEveryColumn(t *testing.T) {
	s := open(t)
	knownTable(t, s)
	for i := range 10 {
		said := map[string]string{"damage": []string{"yes_clear", "yes_slight"}[i%2], "minutes": strconv.Itoa(10 * i), "received": fmt.Sprintf("2025-02-%02d", i+1)}
		other := map[string]string{"damage": "yes_clear", "minutes": "30", "received": fmt.Sprintf("2025-02-%02d", i+2), "parts_hit": "frame"}
		double(t, s, annotations.CaseID(fmt.Sprintf("S-%02d", i)), said, other)
	}
	lena := s.visit(t, "lena")
	rows := lena.table("agreement?format=csv")
	for order, column := range map[string]string{"weakest": "krippendorff_alpha", "pairs": "pairs_used", "percent": "percent", "ac": "gwet_ac", "kappa": "kappa", "alpha": "krippendorff_alpha"} {
		want := slices.Clone(rows)
		slices.SortStableFunc(want, func(a, b map[string]string) int {
			x, errA := strconv.ParseFloat(a[column], 64)
			y, errB := strconv.ParseFloat(b[column], 64)
			switch {
			case errA != nil || errB != nil:
				return cmp.Compare(strconv.FormatBool(errA != nil), strconv.FormatBool(errB != nil))
			case order == "pairs":
				return cmp.Compare(y, x)
			}
			return cmp.Compare(x, y)
		})
		page := lena.get("/s/bicycles/agreement?sort=" + order).body
		var got, wanted []string
		for _, m := range regexp.MustCompile(`</span><a href="/s/bicycles/agreement/([a-z_]+)">`).FindAllStringSubmatch(page, -1) {
			got = append(got, m[1])
		}
		for _, row := range want {
			wanted = append(wanted, row["variable"])
		}
		if !slices.Equal(got, wanted) {
			t.Errorf("by %s the rows are %v, want %v", order, got, wanted)
		}
	}
}

// The chart of a row has a dot at the value, the interval around it, and a line
// at each threshold of the burden of its variable.
func TestChartOfARowHasTheThresholdsOfItsBurden(t *testing.T) {
	s := open(t)
	knownTable(t, s)
	for i := range 10 {
		double(t, s, annotations.CaseID(fmt.Sprintf("S-%02d", i)), map[string]string{"damage": "yes_slight"}, map[string]string{"damage": []string{"yes_slight", "yes_clear"}[i/8]})
	}
	lena := s.visit(t, "lena")
	page := lena.get("/s/bicycles/agreement").body
	at := func(value float64) float64 { return 12 + (value+0.2)/1.2*176 } // the axis goes from -0.2 to 1
	rows := lena.table("agreement?format=csv")
	for variable, thresholds := range map[string][]float64{"repaired": {0.6, 0.75}, "damage": {0.4, 0.6}} {
		_, row, _ := strings.Cut(page, "agreement/"+variable+`"`)
		row, _, _ = strings.Cut(row, "</tr>")
		row, _, _ = strings.Cut(row, "</svg>")
		numbers := func(pattern string) (list []float64) {
			for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(row, -1) {
				x, err := strconv.ParseFloat(m[1], 64)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, x)
			}
			return list
		}
		figures := the(t, rows, "variable", variable)
		var value [3]float64
		for i, column := range []string{"krippendorff_alpha", "krippendorff_alpha_low", "krippendorff_alpha_high"} {
			value[i], _ = strconv.ParseFloat(figures[column], 64)
		}
		limits, dots := numbers(`class="limit"[^>]* x1="([\d.]+)"`), numbers(`<circle[^>]* cx="([\d.]+)"`)
		near := func(a, b float64) bool { return math.Abs(a-b) < 0.06 }
		if len(limits) != 2 || !near(limits[0], at(thresholds[0])) || !near(limits[1], at(thresholds[1])) {
			t.Errorf("%s has lines at %v, want those of %v", variable, limits, thresholds)
		}
		if len(dots) != 1 || !near(dots[0], at(value[0])) {
			t.Errorf("%s has dots at %v, want one at %v", variable, dots, at(value[0]))
		}
		from, to := numbers(`<line class="mark"[^>]* x1="([\d.]+)"`), numbers(`<line class="mark"[^>]* x2="([\d.]+)"`)
		if len(from) != 1 || len(to) != 1 || !near(from[0], at(value[1])) || !near(to[0], at(value[2])) {
			t.Errorf("%s has a line from %v to %v, want %v to %v", variable, from, to, at(value[1]), at(value[2]))
		}
	}
}
