package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// TestJourneyRelease goes from settled cases to a release that a second person
// approved, that was downloaded in every form and computed again: with the
// hashes that the page shows.
func TestJourneyRelease(t *testing.T) {
	site := demoAt(t)
	monitor := visit(t, site)
	monitor.login("monitor", "demo demo demo")
	study := eval[string](monitor, `document.querySelector('main a[href^="/s/"]').getAttribute("href")`)
	monitor.open(study + "/releases")
	monitor.follow(`main a[href$="/releases/new"]`)
	periods := eval[int](monitor, `document.querySelectorAll("input[name=period]:not([disabled])").length`)
	if periods == 0 {
		t.Fatal("no period can be released")
	}
	eval[bool](monitor, `(document.querySelectorAll("input[name=period]:not([disabled])").forEach((i) => { i.checked = true; }), true)`)
	// What takes more than a second says so, and is sent once.
	const submit = `document.querySelector("form.steps").dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }))`
	if !eval[bool](monitor, submit) || eval[bool](monitor, submit) {
		t.Error("the form is not sent, or is sent twice")
	}
	monitor.wait(`!document.querySelector("form.steps [data-busy]").hidden`)
	monitor.look("new", study+"/releases/new")
	monitor.open(study + "/releases/new")
	eval[bool](monitor, `(document.querySelectorAll("input[name=period]:not([disabled])").forEach((i) => { i.checked = true; }), true)`)
	monitor.press(func() { monitor.click("form.steps button.main") })
	page := monitor.path()
	if !strings.HasPrefix(page, study+"/releases/") || strings.HasSuffix(page, "/new") {
		t.Fatalf("freezing leads to %s: %s", page, monitor.text(".problems"))
	}
	if monitor.text("#preview table") == "" || eval[bool](monitor, `document.querySelector('form[action$="/approve"]') !== null`) {
		t.Error("who made a draft sees no preview, or may approve it")
	}
	monitor.look("draft", page)

	lead := visit(t, site)
	lead.login("leider", "demo demo demo")
	lead.open(page)
	lead.press(func() { lead.click(`form[action$="/approve"] button`) })
	if got := lead.text(".heading .state.public"); got == "" {
		t.Fatalf("the release is not approved: %s", lead.text(".problems"))
	}

	monitor.open(page)
	type file struct{ Href, Hash string }
	files := eval[[]file](monitor, `[...document.querySelectorAll("td.hash")].map((d) => ({ Href: d.closest("tr").querySelector("a")?.getAttribute("href") || "", Hash: d.textContent }))`)
	got := map[string][]byte{}
	for _, f := range files {
		if f.Href == "" {
			continue
		}
		content := download(monitor, f.Href)
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != f.Hash {
			t.Errorf("%s has not the hash that the page shows", f.Href)
		}
		got[f.Href[strings.LastIndex(f.Href, "/")+1:]] = content
	}
	for _, href := range eval[[]string](monitor, `[...document.querySelectorAll("#files a")].map((a) => a.getAttribute("href"))`) {
		if name := href[strings.LastIndex(href, "/")+1:]; got[name] == nil {
			got[name] = download(monitor, href)
		}
	}
	for _, name := range []string{"observations.csv", "observations.json", "datapackage.zip", "workbook.xlsx", "workbook-en.xlsx", "manifest.json", "annex-nl.html", "annex-en.html", "annex-nl.docx", "annex-en.docx",
		"observations-nl.csv", "sdmx.zip", "odata.zip", "csvw.zip"} {
		if len(got[name]) == 0 {
			t.Errorf("%s cannot be downloaded", name)
		}
	}
	packed, err := zip.NewReader(bytes.NewReader(got["datapackage.zip"]), int64(len(got["datapackage.zip"])))
	if err != nil {
		t.Fatal(err)
	}
	inside, err := packed.Open("observations.csv")
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if _, err := table.ReadFrom(inside); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(table.Bytes(), got["observations.csv"]) || len(records(t, table.Bytes())) == 0 {
		t.Error("the package holds another table than the one beside it")
	}
	if annex := string(got["annex-nl.html"]); !strings.Contains(annex, "Gevoeligheid voor codeerfouten") || !strings.Contains(annex, page[strings.LastIndex(page, "/")+1:]) {
		t.Errorf("the annex is not that of the release: %.200s", annex)
	}

	monitor.press(func() { monitor.click(`form[action*="/verify"] button`) })
	if monitor.text("#verify .verified") == "" {
		t.Errorf("verification finds: %s", monitor.text("#verify .problems"))
	}
	monitor.look("released", page)
	monitor.look("list", study+"/releases")
}

// look opens a page in Dutch by day on a desk, and in English by night on a
// phone; axe-core finds no serious fault on it and nothing sticks out.
func (b *tab) look(name, path string) {
	b.t.Helper()
	for _, as := range []struct {
		lang, theme   string
		width, height int64
	}{{"nl", "light", 1280, 3200}, {"en", "dark", 390, 6000}} {
		prefer(b, as.lang, as.theme)
		b.size(as.width, as.height)
		b.open(path)
		for _, f := range faults(b) {
			b.t.Errorf("%s in %s: %s: %s %v", path, as.lang, f.Rule, f.Help, f.Where)
		}
		if wide := eval[int](b, `document.documentElement.scrollWidth`); wide > int(as.width) {
			b.t.Errorf("%s in %s is %d wide on a screen of %d", path, as.lang, wide, as.width)
		}
		b.shot(fmt.Sprintf("%s-%s", name, as.lang))
	}
	prefer(b, "nl", "light")
	b.size(1280, 900)
}
