package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// oneSlip has the people of a study with one case, of whose documents held wait
// for a decision first, and anna codes it.
func oneSlip(t *testing.T, file string, held int) map[string]*tab {
	t.Helper()
	people := openField(t, []member{
		{"lena", "Lena Leidt", "lead"}, {"daan", "Daan Data", "data_manager"}, {"anna", "Anna Codeert", "coder"},
	})
	importFile(t, people["daan"], "cases", file, "1")
	decideFindings(t, people["daan"], held)
	lena := people["lena"]
	lena.open("/s/fietsen/assign")
	eval[bool](lena, `(document.querySelectorAll("input[name=coder]").forEach((c) => (c.checked = true)), true)`)
	lena.set("#double", "0")
	lena.click("main form.stack > button:not([name])")
	lena.click("button[name=commit]")
	anna := people["anna"]
	anna.open("/s/fietsen/work")
	anna.follow("a.button.main")
	return people
}

// types writes words in the field that has the focus and waits for what the
// page says below it; the focus stays, and so do the words.
func (b *tab) types(words, warning string) {
	b.t.Helper()
	eval[bool](b, `(window.typing = document.activeElement, true)`)
	b.keys(words)
	b.wait(fmt.Sprintf(`[...(window.typing.closest(".row") ?? window.typing).parentElement.querySelectorAll(":scope > .screened")].some((n) => !n.hidden && n.textContent.includes(%q))`, warning))
	if !eval[bool](b, fmt.Sprintf(`document.activeElement === window.typing && window.typing.value.endsWith(%q)`, words)) {
		b.t.Errorf("a warning about %q took the focus or the words: %q", words, eval[string](b, `window.typing.value`))
	}
}

// retypes empties the field and writes harmless words: the warning goes.
func (b *tab) retypes(words string) {
	b.t.Helper()
	eval[bool](b, `(window.typing.select(), true)`)
	b.keys(kb.Backspace + words)
	b.wait(`[...(window.typing.closest(".row") ?? window.typing).parentElement.querySelectorAll(":scope > .screened")].every((n) => n.hidden)`)
	if !eval[bool](b, `document.activeElement === window.typing`) {
		b.t.Errorf("typing %q lost the focus", words)
	}
}

// Words are screened while they are typed: a note, a paraphrase and a question
// on the coding page, and the reasons of a lead. Harmless words are saved.
func TestTypedWordsAreScreenedInChromium(t *testing.T) {
	const manifest = "case_id,document,type,day,region,period\nS-01,1,slip,0,W1,2025-H1\n"
	people := oneSlip(t, written(t, t.TempDir(), "manifest.csv", manifest), 0)
	anna, lena := people["anna"], people["lena"]
	anna.expect("422") // what identifies is refused when it is saved
	d := sit(anna)
	damage := d.question("damage")
	d.toBody()
	d.keys("q" + damage.Number + kb.Enter)
	d.at(damage)
	d.answer(damage, "3")
	d.saved()

	// A note. Pauses while typing save it: what identifies is refused then.
	d.toBody()
	d.keys("m")
	d.wait(`document.activeElement.matches(".note textarea")`)
	d.types("het nummer is 900000004 staat er", "900000004")
	d.shot("note")
	d.retypes("de bon is gescheurd")
	d.types(", zegt mevrouw Plompert", "Plompert")
	d.retypes("de bon is gescheurd")
	d.saved()
	if _, s := d.state(); s.Answers["damage"].Note != "de bon is gescheurd" || s.Answers["damage"].text() != "none" {
		t.Errorf("the server has %+v", s.Answers["damage"])
	}

	// A paraphrase.
	d.toBody()
	d.keys("e")
	d.wait(`document.activeElement.matches("form.onsite textarea")`)
	d.types("klant belt op 06-12345678", "06-12345678")
	d.shot("paraphrase")
	d.retypes("de klant wil de fiets terug")
	eval[bool](d.tab, `(document.querySelector(".opened form.onsite select").value = "slip", true)`)
	d.keys(kb.Tab + kb.Enter)
	d.wait(`document.querySelector("#q-damage .passage") !== null`)
	d.saved()

	// A question to the lead.
	d.toBody()
	d.keys("t")
	d.wait(`document.activeElement.matches(".talk textarea")`)
	d.types("mag jan.verzonnen@voorbeeld.nl erin", "jan.verzonnen@voorbeeld.nl")
	d.shot("question")
	d.retypes("telt een kras als schade?")
	d.keys(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))
	d.wait(`document.querySelector("#q-damage .comments > li") !== null`)
	d.saved()

	lena.open("/s/fietsen/retention")
	eval[bool](lena, `(document.querySelector("#hold_reason").focus(), true)`)
	lena.types("klacht van mevrouw Plompert", "Plompert")
	lena.shot("reason")
	lena.retypes("klacht loopt")
	lena.press(func() { lena.keys(kb.Enter) })
	if got := lena.text("main"); !strings.Contains(got, "klacht loopt") {
		t.Errorf("a harmless reason was not kept: %.600q", got)
	}
}

// A quote that a browser could not send goes from it at the next contact after
// the text was deleted.
func TestBrowserForgetsDeletedTexts(t *testing.T) {
	file := textFiles(t, t.TempDir(), []map[string]string{{"case_id": "S-01", "region": "W1", "period": "2025-H1"}})
	people := oneSlip(t, file, 1)
	anna, daan := people["anna"], people["daan"]
	anna.expect("ERR_INTERNET_DISCONNECTED")
	d := sit(anna)
	damage := d.question("damage")
	d.toBody()
	d.keys("q" + damage.Number + kb.Enter)
	d.at(damage)
	anna.offline(true)
	d.attach(damage)
	kept := func() string {
		return eval[string](anna, `new Promise((done) => { const r = indexedDB.open("dossierlens"); r.onsuccess = () => { const all = r.result.transaction("outbox").objectStore("outbox").getAll(); all.onsuccess = () => { r.result.close(); done(JSON.stringify(all.result)); }; }; })`)
	}
	quote := eval[string](anna, `document.querySelector("#q-damage .passage .quote").textContent`)
	if got := kept(); !strings.Contains(got, quote) {
		t.Fatalf("the browser does not keep %q while there is no line: %s", quote, got)
	}
	anna.do(chromedp.Navigate("about:blank"))

	daan.open("/s/fietsen/retention")
	eval[bool](daan, `(document.querySelector("input[name=basis][value=date]").checked = true, true)`)
	daan.set("#due_on", time.Now().UTC().Format(time.DateOnly))
	daan.set("#reason", "De termijn is om.")
	daan.click(`form[action$="/plans"] button.main`)
	daan.click(`form[action$="/run"] button`)
	daan.wait(`document.querySelector('a[href*="/certificates/"]') !== null`)
	daan.shot("deleted")

	anna.offline(false)
	anna.open("/")
	eval[bool](anna, `new Promise((done) => { const look = () => { const r = indexedDB.open("dossierlens"); r.onsuccess = () => { const n = r.result.transaction("outbox").objectStore("outbox").count(); n.onsuccess = () => { r.result.close(); n.result === 0 ? done(true) : setTimeout(look, 20); }; }; }; look(); })`)
	if got := kept(); strings.Contains(got, quote) {
		t.Errorf("after the deletion the browser still keeps %s", got)
	}
}
