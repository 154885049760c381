package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// sampleForm is the address of the sample in the journey.
const sampleForm = "/s/fietsen/sample"

// sampleSize is divided equally over the strata of the frame: 10 from each.
const sampleSize, perStratum = 80, 10

// A stratumCount is a row of the sample that this test counts by itself.
type stratumCount struct{ frame, outside, lost, used int }

// TestJourneySample takes a study from a frame of 2,000 cases to the weights
// of those that were coded: the frame, the draw that is seen first, files that
// fall out before and after they came, texts with findings, coding here and
// elsewhere.
func TestJourneySample(t *testing.T) {
	people := openField(t, []member{
		{"lena", "Lena Leidt", "lead"}, {"daan", "Daan Data", "data_manager"}, {"anna", "Anna Codeert", "coder"},
	})
	daan, lena, anna := people["daan"], people["lena"], people["anna"]
	dir := t.TempDir()

	strata := map[string]*stratumCount{} // as this test counts them
	stratum := map[string]string{}       // of a case
	var frame strings.Builder
	frame.WriteString("case_id;region;period;rating\n")
	for i := range 2000 {
		id := fmt.Sprintf("C-%04d", i+1)
		region, period, rating := [5]string{"W1", "W1", "W1", "W3", "W3"}[i%5], [2]string{"2025-H1", "2025-H2"}[i%2], "low"
		if i%7 == 0 {
			rating = "high"
		}
		name := region + " " + period + " " + rating
		if strata[name] == nil {
			strata[name] = &stratumCount{used: perStratum}
		}
		strata[name].frame++
		stratum[id] = name
		fmt.Fprintf(&frame, "%s;%s;%s;%s\n", id, region, period, rating)
	}
	if len(strata)*perStratum != sampleSize {
		t.Fatalf("the frame has %d strata", len(strata))
	}
	daan.open(sampleForm)
	daan.shot("empty")
	daan.do(chromedp.SetUploadFiles("#file", []string{written(t, dir, "frame.csv", frame.String())}))
	daan.click(`form[action$="/frame"] button`)
	if got := daan.text("main"); !strings.Contains(got, "2,000") {
		t.Fatalf("after the frame the page says %.600q", got)
	}

	drawn := drawSample(t, lena, strata)
	for _, row := range drawn {
		if row["stratum"] != stratum[row["case_id"]] || row["status"] != "sample" {
			t.Errorf("the list has %v, the frame %q", row, stratum[row["case_id"]])
		}
	}

	// Files that fall out before they come. The next of the list takes the place.
	drop := func(id, reason string) {
		t.Helper()
		lena.open(sampleForm)
		lena.set("#drop_case", id)
		lena.set("#reason", reason)
		lena.click(`form[action$="/drop"] button`)
		if got := lena.text(".problems"); got != "" {
			t.Fatalf("dropping %s: %s", id, got)
		}
		if row := findRow(sampleList(t, lena), "replaces", id); row == nil || row["stratum"] != stratum[id] {
			t.Errorf("%s of %q is replaced by %v", id, stratum[id], row)
		}
		n := strata[stratum[id]]
		n.used++
		if reason == "outside_target_group" || reason == "duplicate_family" {
			n.outside++
		} else {
			n.lost++
		}
	}
	drop(drawn[0]["case_id"], "outside_target_group")
	drop(drawn[1]["case_id"], "incomplete_file")
	drop(drawn[perStratum]["case_id"], "duplicate_family")
	lena.shot("drops")

	// Most files are read on site; those of three cases come as texts, and in
	// each of these something is found that may identify a person.
	list := sampleList(t, lena)
	var used []map[string]string
	for _, row := range list {
		if row["status"] == "sample" {
			used = append(used, row)
		}
	}
	texts, onSite := used[:3], used[3:]
	importFile(t, daan, "cases", written(t, dir, "manifest.csv", onSiteManifest(onSite)), "77")
	importFile(t, daan, "cases", textFiles(t, dir, texts), "3")
	decideFindings(t, daan, 3)

	// A file that came turns out to be unusable; its replacement is sent for.
	lost := onSite[len(onSite)-1]
	drop(lost["case_id"], "unusable")
	lena.open(sampleForm)
	replacement := findRow(sampleList(t, lena), "replaces", lost["case_id"])
	importFile(t, daan, "cases", written(t, dir, "replacement.csv", onSiteManifest([]map[string]string{replacement})), "1")
	onSite[len(onSite)-1] = replacement

	// What was coded on site comes in as a file; the texts are coded here.
	importFile(t, daan, "codings", written(t, dir, "codings.csv", codingsOf(onSite)), "77")
	lena.open("/s/fietsen/assign")
	eval[bool](lena, `(document.querySelectorAll("input[name=coder]").forEach((c) => (c.checked = true)), true)`)
	lena.set("#double", "0")
	lena.click("main form.stack > button:not([name])")
	lena.click("button[name=commit]")
	for range texts {
		anna.open("/s/fietsen/work")
		anna.follow("a.button.main")
		d := sit(anna)
		d.pick = func(_ int, q question) (string, string) { return plain(q), "" }
		d.finish()
		d.submit()
	}
	checkWeights(t, lena, strata)
	lena.shot("weights")
	lena.size(390, 800)
	lena.open(sampleForm)
	lena.shot("weights-390")
}

// drawSample plans the draw, reads the plan and makes it. It returns the list
// of the draw.
func drawSample(t *testing.T, b *tab, strata map[string]*stratumCount) []map[string]string {
	t.Helper()
	b.open(sampleForm)
	b.set("#size", "9")
	b.set("#allocation", "equal")
	b.set("#by", "rating")
	b.set("#seed", "2025")
	b.set("#why", "Eerste jaar, gelijk verdeeld over de werkplaatsen.")
	b.expect("422") // too few for eight strata
	b.click("#draw button.main")
	if got := b.text(".problems"); !strings.Contains(got, "16") {
		t.Errorf("a sample of 9 is refused with %q, want the least it can be", got)
	}
	b.set("#size", fmt.Sprint(sampleSize))
	b.click("#draw button.main")
	b.shot("plan")
	var plan [][]string
	readTable(b, "#draw table:last-of-type", "", &plan)
	seen := 0
	for _, row := range plan {
		if n := strata[row[0]]; n != nil && len(row) == 4 {
			seen++
			want := []string{row[0], fmt.Sprint(n.frame), fmt.Sprint(perStratum), fmt.Sprintf("%.3f", float64(n.frame)/perStratum)}
			if strings.Join(row, " ") != strings.Join(want, " ") {
				t.Errorf("the plan says %v, want %v", row, want)
			}
		}
	}
	if seen != len(strata) {
		t.Errorf("the plan has %d of %d strata: %v", seen, len(strata), plan)
	}
	if n := eval[int](b, `document.querySelectorAll("#draw table[aria-labelledby=expected]").length`); n != 1 {
		t.Error("the plan does not say how precise figures will be")
	}
	if got := len(sampleList(t, b)); got != 0 {
		t.Fatalf("%d cases were drawn before the plan was committed", got)
	}
	b.click("button[name=commit]")
	b.shot("drawn")
	list := sampleList(t, b)
	if len(list) != sampleSize {
		t.Fatalf("%d cases were drawn, want %d", len(list), sampleSize)
	}
	if got := b.text("main"); !strings.Contains(got, "2025") || !strings.Contains(got, "Eerste jaar") {
		t.Error("the page does not keep the seed and the reason of the draw")
	}
	return list
}

// checkWeights reads the weights from the page and requires those that follow
// from the counts of the test: N_h / n_h, the lost ones left out of n_h, those
// outside the population left in.
func checkWeights(t *testing.T, b *tab, strata map[string]*stratumCount) {
	t.Helper()
	b.open(sampleForm)
	var rows [][]string
	readTable(b, "table", "main section:first-of-type ", &rows)
	if len(rows) != len(strata) {
		t.Fatalf("the page has %d strata, want %d", len(rows), len(strata))
	}
	frame := 0.0
	for _, row := range rows {
		n := strata[row[0]]
		if n == nil {
			t.Errorf("stratum %q is not of the frame", row[0])
			continue
		}
		coded := n.used - n.outside - n.lost
		weight := float64(n.frame) / float64(n.used-n.lost)
		response := 100 * float64(coded) / float64(n.used-n.outside)
		want := []string{row[0], fmt.Sprint(n.frame), fmt.Sprint(perStratum), fmt.Sprint(n.used), fmt.Sprint(n.outside), fmt.Sprint(n.lost),
			fmt.Sprint(coded), fmt.Sprint(coded), fmt.Sprint(n.frame - n.used), fmt.Sprintf("%.0f %%", response), fmt.Sprintf("%.3f", weight)}
		if strings.Join(row, " ") != strings.Join(want, " ") {
			t.Errorf("the page says %v, want %v", row, want)
		}
		// Coded and outside together stand for the whole frame.
		frame += weight * float64(coded+n.outside)
	}
	if frame < 1999.9 || frame > 2000.1 {
		t.Errorf("the weights add up to %.2f cases, want 2,000", frame)
	}
}

// readTable reads the cells of the body rows of a table.
func readTable(b *tab, table, within string, into *[][]string) {
	b.t.Helper()
	text := eval[string](b, fmt.Sprintf(`JSON.stringify([...document.querySelectorAll(%q)].map((r) => [...r.cells].map((c) => c.querySelector("input")?.value ?? c.textContent.trim().replace(/\s+/g, " "))))`, within+table+" tbody tr"))
	if err := json.Unmarshal([]byte(text), into); err != nil {
		b.t.Fatal(err)
	}
}

func sampleList(t *testing.T, b *tab) []map[string]string {
	t.Helper()
	return records(t, download(b, sampleForm+"/cases.csv"))
}

func findRow(rows []map[string]string, column, value string) map[string]string {
	for _, row := range rows {
		if row[column] == value {
			return row
		}
	}
	return nil
}

// importFile imports a file through the form: what the check counts first must
// be count.
func importFile(t *testing.T, b *tab, kind, file, count string) {
	t.Helper()
	b.open("/s/fietsen/import")
	b.do(chromedp.Click(fmt.Sprintf("input[name=kind][value=%s]", kind)), chromedp.SetUploadFiles("#file", []string{file}))
	b.click("form.stack button.main")
	b.wait(`document.querySelector("form.row button.main") !== null && document.querySelector("meta[http-equiv]") === null || document.querySelector(".problems") !== null`)
	if got := b.text("dl.facts dd:first-of-type"); got != count {
		t.Fatalf("the check of %s counts %q, want %s: %s", filepath.Base(file), got, count, b.text(".problems"))
	}
	b.click("form.row button.main")
	b.wait(`document.querySelector('main a.button.main[href$="/cases"]') !== null`)
}

// decideFindings replaces what was found in the held documents by a role.
func decideFindings(t *testing.T, b *tab, documents int) {
	t.Helper()
	for n := documents; n > 0; n-- {
		b.open("/s/fietsen/screening")
		if got := eval[int](b, `document.querySelectorAll("main tbody tr").length`); got != n {
			t.Fatalf("%d documents wait to be decided on, want %d", got, n)
		}
		b.click("main tbody a")
		b.shot("finding")
		found := eval[int](b, `document.querySelectorAll("ol.findings > li").length`)
		if found == 0 {
			t.Fatal("a held document shows no finding")
		}
		for i := 1; i <= found; i++ {
			b.do(chromedp.Click(fmt.Sprintf("#decision-%d", i)))
			b.set(fmt.Sprintf("#replacement-%d", i), "[KLANT]")
		}
		b.click("main form.stack button.main")
		if got := b.text(".problems, .problem"); got != "" {
			t.Fatalf("deciding: %s", got)
		}
	}
}

func written(t *testing.T, dir, name, text string) string {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// onSiteManifest announces a slip of every case, without its text.
func onSiteManifest(cases []map[string]string) string {
	var b strings.Builder
	b.WriteString("case_id,document,type,day,region,period\n")
	for _, row := range cases {
		fmt.Fprintf(&b, "%s,1,slip,0,%s,%s\n", row["case_id"], row["region"], row["period"])
	}
	return b.String()
}

// textFiles packs a slip of every case with its text, in which a telephone
// number stands.
func textFiles(t *testing.T, dir string, cases []map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name, text string) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	manifest := "case_id,document,type,title,day,file,region,period\n"
	for i, row := range cases {
		manifest += fmt.Sprintf("%s,1,slip,Bon,0,%d.txt,%s,%s\n", row["case_id"], i, row["region"], row["period"])
		add(fmt.Sprintf("%d.txt", i), fmt.Sprintf("De ketting ligt eraf en de rem piept.\nGraag bellen op 06-1234567%d als de fiets klaar is.\n", i))
	}
	add("manifest.csv", manifest)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return written(t, dir, "slips.zip", b.String())
}

// codingsOf answers for every case that it shows no damage.
func codingsOf(cases []map[string]string) string {
	var b strings.Builder
	b.WriteString("case_id,coder,variable,value,missing,submitted_at\n")
	for _, row := range cases {
		for _, answer := range []string{"received,2025-02-03", "damage,none", "remark,none"} {
			fmt.Fprintf(&b, "%s,anna,%s,,2026-01-05T10:00:00Z\n", row["case_id"], answer)
		}
	}
	return b.String()
}
