package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// field is the codebook of the journey: repair slips of a bicycle workshop.
const field = "../../codebook/testdata/bicycles.yaml"

// newPassword is what everybody in the journey chooses.
const newPassword = "pedal chain spoke"

// slips makes a ZIP of two cases with a manifest, as a data manager gets it.
func slips(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name, text string) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	add("manifest.csv", "case_id,document,type,title,day,file,region,period\n"+
		"S-01,1,slip,Bon,0,s1.txt,W1,2025-H1\n"+
		"S-01,2,invoice,Factuur,4,s1b.txt,W1,2025-H1\n"+
		"S-02,1,slip,Bon,0,s2.txt,W3,2025-H1\n")
	add("s1.txt", "Het voorwiel van de fiets is krom en de lamp doet het niet.\r\n\r\nDe klant wacht erop.\r\n")
	add("s1b.txt", "Wiel gericht, lamp vervangen. Veertig minuten werk.\n")
	add("s2.txt", "De ketting ligt eraf en de rem piept. 🚲 Née klant vraagt om spoed.\n")
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "slips.zip")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// invite makes an account and lets its owner choose a password by the link.
// It returns the tab of the new person, signed in.
func invite(t *testing.T, admin *tab, login, name string) *tab {
	t.Helper()
	admin.open("/users")
	admin.set("#name", name)
	admin.set("#login", login)
	admin.click(`form[action="/users"] button.main`)
	link := admin.text("code.link")
	b := visit(t, admin.site)
	b.open(strings.TrimPrefix(link, admin.site))
	b.set("#password", newPassword)
	b.set("#repeat", newPassword)
	b.click("form.stack button.main")
	return b
}

// A member is somebody with a role in the study.
type member struct{ login, name, role string }

// openField starts a server on an empty folder, makes its first administrator,
// the study "fietsen" and its people, who are signed in.
func openField(t *testing.T, members []member) map[string]*tab {
	t.Helper()
	s := startServe(t, filepath.Join(t.TempDir(), "data"), 3)
	t.Cleanup(func() { s.end() })
	site, link := address.FindString(s.lines[0]), address.FindString(s.lines[2])

	// The first administrator, the study and its people.
	admin := visit(t, site)
	admin.open(strings.TrimPrefix(link, site))
	for id, value := range map[string]string{"name": "Ada Beheer", "username": "ada", "password": newPassword, "repeat": newPassword} {
		admin.set("#"+id, value)
	}
	// Second factors have their own tests; these people have none.
	eval[bool](admin, `(document.querySelector("input[name=second_factor]").checked = false, true)`)
	admin.click("form.stack button.main")
	codebook, err := filepath.Abs(field)
	if err != nil {
		t.Fatal(err)
	}
	admin.set("#title", "Fietsen")
	admin.set("#id", "fietsen")
	admin.set("#builtin", "")
	admin.do(chromedp.SetUploadFiles("#codebook", []string{codebook}))
	admin.click(`form[action="/studies"] button.main`)
	if got := admin.path(); !strings.HasPrefix(got, "/s/fietsen") {
		t.Fatalf("after making the study the page is %s: %s", got, admin.text("main"))
	}
	people := map[string]*tab{}
	for _, p := range members {
		people[p.login] = invite(t, admin, p.login, p.name)
		admin.open("/s/fietsen/people")
		admin.set("#login", p.login)
		admin.set("#role", p.role)
		admin.click(`form[action="/s/fietsen/people"] button.main`)
	}
	return people
}

// TestJourneyOtherField does the whole job once on a codebook of another
// field, from an empty folder to the figures.
func TestJourneyOtherField(t *testing.T) {
	people := openField(t, []member{
		{"lena", "Lena Leidt", "lead"}, {"daan", "Daan Data", "data_manager"}, {"mona", "Mona Maat", "monitor_officer"},
		{"anna", "Anna Codeert", "coder"}, {"bert", "Bert Codeert", "coder"},
	})

	importSlips(t, people["daan"])
	assignBoth(t, people["lena"])

	// Two coders, who differ on whatever has an order, a day or a number.
	for _, login := range []string{"anna", "bert"} {
		b := people[login]
		for range 2 {
			b.open("/s/fietsen/work")
			b.follow("a.button.main")
			d := sit(b)
			d.pick = func(_ int, q question) (string, string) {
				if login == "bert" {
					switch q.Type {
					case "ordinal", "number":
						return map[string]string{"ordinal": "2", "number": "30"}[q.Type], ""
					case "date":
						return "5-2-2025", ""
					}
				}
				return plain(q), ""
			}
			d.finish()
			d.submit()
		}
		b.open("/s/fietsen/work")
		if got := b.text("main"); !strings.Contains(got, "S-01") || !strings.Contains(got, "S-02") || b.text("a.button.main") != "" {
			t.Errorf("the work of %s is not done: %s", login, got)
		}
	}

	lead := people["lena"]
	lead.open("/s/fietsen/agreement")
	if got := lead.text("main"); !strings.Contains(got, "2") {
		t.Errorf("the agreement page says %s", got)
	}
	lead.shot("agreement")
	for _, id := range []string{"S-01", "S-02"} {
		if n := settle(t, lead, "fietsen", id); n < 3 {
			t.Errorf("%d differences of %s were decided, want one on each question that the coders answered apart", n, id)
		}
	}
	lead.open("/s/fietsen/cases")
	lead.shot("cases")

	// Two cases are too few to publish anything about, and the program says so.
	mona := people["mona"]
	mona.open("/s/fietsen/indicators")
	mona.shot("indicators")
	if got := mona.text("main"); !strings.Contains(got, "2") {
		t.Errorf("the indicator page says %s", got)
	}
	rows := records(t, download(mona, "/s/fietsen/exports/indicators/csv"))
	measures := map[string]bool{}
	for _, row := range rows {
		measures[row["indicator_id"]] = true
		if row["value"] != "" || row["numerator"] != "" || row["n_cases"] != "" {
			t.Errorf("a figure of two cases went out: %v", row)
		}
	}
	if len(measures) < 5 {
		t.Errorf("the figures are of the measures %v", measures)
	}
}

// importSlips imports the cases through the form.
func importSlips(t *testing.T, b *tab) {
	t.Helper()
	b.open("/s/fietsen/import")
	b.do(chromedp.SetUploadFiles("#file", []string{slips(t)}))
	b.click("form.stack button.main")
	b.wait(`document.querySelector("form.row button.main") !== null && document.querySelector("meta[http-equiv]") === null`)
	if got := b.text("dl.facts"); !strings.Contains(got, "2") || !strings.Contains(got, "3") {
		t.Errorf("the check says %s", got)
	}
	b.click("form.row button.main")
	b.wait(`document.querySelector('main a.button.main[href$="/cases"]') !== null`)
	b.open("/s/fietsen/cases")
	if got := b.text("main"); !strings.Contains(got, "S-01") || !strings.Contains(got, "S-02") {
		t.Errorf("the list of cases says %s", got)
	}
}

// assignBoth gives all cases to both coders.
func assignBoth(t *testing.T, b *tab) {
	t.Helper()
	b.open("/s/fietsen/assign")
	eval[bool](b, `(document.querySelectorAll("input[name=coder]").forEach((c) => (c.checked = true)), true)`)
	b.set("#double", "100")
	b.click("main form.stack > button")
	b.shot("assign")
	b.click("button[name=commit]")
}

// settle opens the comparison of a case and decides every difference for one
// of the sides, by keys.
func settle(t *testing.T, b *tab, study, id string) (decided int) {
	t.Helper()
	b.open(fmt.Sprintf("/s/%s/compare/%s", study, id))
	if eval[bool](b, `document.querySelector(".empty form") !== null`) {
		b.click(".empty form button.main")
	}
	for ; eval[int](b, `document.querySelectorAll(".lines a").length`) > 0; decided++ {
		if decided > 100 {
			t.Fatalf("settling %s does not end: %s", id, b.text(".lines"))
		}
		if decided == 0 {
			b.shot("comparing-" + id)
		}
		b.press(func() { b.do(chromedp.Click(".lines a")) })
		eval[bool](b, `(document.querySelector("input[name=cause]").checked = true, true)`)
		b.keys(string("12"[decided%2]))
		b.wait(`document.activeElement.id === "reason"`)
		b.press(func() { b.keys("Nagelezen op de bon." + kb.Enter) })
		if got := b.text(".problems"); got != "" {
			t.Fatalf("deciding on %s: %s", id, got)
		}
	}
	return decided
}

// download fetches a file with the session of a tab.
func download(b *tab, path string) []byte {
	b.t.Helper()
	text := eval[string](b, fmt.Sprintf(`fetch(%q).then(async (r) => { if (!r.ok) throw new Error(r.status); return btoa([...new Uint8Array(await r.arrayBuffer())].map((x) => String.fromCharCode(x)).join("")); })`, path))
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		b.t.Fatal(err)
	}
	return data
}

// records reads a CSV with a header into a map a row.
func records(t *testing.T, data []byte) []map[string]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%v: %.200s", err, data)
	}
	var list []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = row[i]
		}
		list = append(list, m)
	}
	return list
}
