package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A desk is the coding page under the hands of a coder who works by the
// keyboard alone and knows no question: what is asked, and what can be
// answered, is read from the page.
type desk struct {
	*tab
	page codingPage
	turn int
	// pick answers a question as its turn comes: with what is typed for it, or
	// with a missing code.
	pick func(turn int, q question) (typed, missing string)
}

// codingPage is what a test reads of the page's data.
type codingPage struct {
	Assignment int64 `json:"assignment"`
	Case       struct {
		ID     string `json:"id"`
		OnSite bool   `json:"on_site"`
	} `json:"case"`
	ReadOnly bool `json:"read_only"`
	Missing  []struct {
		Code      string `json:"code"`
		NeedsNote bool   `json:"needs_note"`
		Key       string `json:"key"`
	} `json:"missing"`
	Sections []struct {
		ID        string     `json:"id"`
		Variables []question `json:"variables"`
	} `json:"sections"`
	State codingState `json:"state"`
}

type question struct {
	ID      string `json:"id"`
	Number  string `json:"number"`
	Type    string `json:"type"`
	Options []struct {
		Code string `json:"code"`
	} `json:"options"`
	Min      *float64 `json:"min"`
	Missing  []string `json:"missing"`
	Evidence string   `json:"evidence"`
	Locked   bool     `json:"locked"`
}

type codingState struct {
	Answers map[string]answerSeen `json:"answers"`
	Routing map[string]struct {
		Missing string `json:"missing"`
	} `json:"routing"`
	Findings []struct {
		Severity  string   `json:"severity"`
		Variables []string `json:"variables"`
	} `json:"findings"`
	Passages []passageSeen `json:"passages"`
}

type answerSeen struct {
	Value   *string `json:"value"`
	Missing *string `json:"missing"`
	Note    string  `json:"note"`
	Version int     `json:"version"`
}

// text is the value, or the missing code.
func (a answerSeen) text() string {
	switch {
	case a.Value != nil:
		return *a.Value
	case a.Missing != nil:
		return *a.Missing
	}
	return ""
}

type passageSeen struct {
	Variable string `json:"variable"`
	Quote    string `json:"quote"`
}

// sit reads the coding page that a tab shows.
func sit(b *tab) *desk {
	b.t.Helper()
	b.wait(ready)
	d := &desk{tab: b, pick: varied}
	if err := json.Unmarshal([]byte(eval[string](b, `document.getElementById("coding").textContent`)), &d.page); err != nil {
		b.t.Fatal(err)
	}
	return d
}

// state is what the server has of the coding.
func (d *desk) state() (status string, state codingState) {
	d.t.Helper()
	var reply struct {
		Status string      `json:"status"`
		State  codingState `json:"state"`
	}
	text := eval[string](d.tab, fmt.Sprintf(`fetch("/api/v1/assignments/%d").then((r) => r.text())`, d.page.Assignment))
	if err := json.Unmarshal([]byte(text), &reply); err != nil {
		d.t.Fatalf("%v: %.300s", err, text)
	}
	return reply.Status, reply.State
}

// saved waits until the page says that everything is saved.
func (d *desk) saved() {
	d.t.Helper()
	d.wait(`document.querySelectorAll(".question.waiting").length === 0 && document.querySelector("#saved").dataset.kind === "" && /\d\d[:.]\d\d|^(Alles|All)/.test(document.querySelector("#saved").textContent)`)
}

// asked is the question that is open.
func (d *desk) asked() question {
	d.t.Helper()
	d.wait(`document.querySelector(".question.opened") !== null`)
	id := eval[string](d.tab, `document.querySelector(".question.opened").dataset.variable`)
	return d.question(id)
}

// questions are those of all sections.
func (d *desk) questions() (list []question) {
	for _, s := range d.page.Sections {
		list = append(list, s.Variables...)
	}
	return list
}

func (d *desk) question(id string) question {
	d.t.Helper()
	list := d.questions()
	i := slices.IndexFunc(list, func(q question) bool { return q.ID == id })
	if i < 0 {
		d.t.Fatalf("the page has no question %s", id)
	}
	return list[i]
}

func (d *desk) keyOf(code string) string {
	for _, m := range d.page.Missing {
		if m.Code == code {
			return m.Key
		}
	}
	return ""
}

// toBody brings the focus from wherever it is to the open question.
func (d *desk) toBody() {
	d.t.Helper()
	for range 4 {
		if eval[bool](d.tab, `document.activeElement.classList.contains("body")`) {
			return
		}
		d.keys(kb.Escape)
	}
	d.t.Fatal("escape does not lead to the question")
}

// answer gives the open question a value, by keys: the given option, or what
// its type takes.
func (d *desk) answer(q question, value string) {
	d.t.Helper()
	switch {
	case len(q.Options) > 0:
		d.toBody()
		d.keys(value)
	case q.Type == "text":
		d.toBody()
		d.keys(kb.Enter)
		d.wait(`document.activeElement.matches("textarea")`)
		d.keys(value + kb.Escape)
	default:
		d.wait(`document.activeElement.matches(".opened input")`)
		d.keys(strings.Repeat(kb.Backspace, 12) + value + kb.Enter)
	}
	d.wait(fmt.Sprintf(`document.querySelector("#q-%s .answer").textContent !== ""`, q.ID))
}

// miss gives the open question a missing code.
func (d *desk) miss(q question, code string) {
	d.t.Helper()
	d.keys(d.keyOf(code))
	d.wait(fmt.Sprintf(`document.querySelector("#q-%s .answer.missing") !== null`, q.ID))
	if code == "NR" {
		d.keys("a") // in every kind of document
		d.wait(fmt.Sprintf(`[...document.querySelectorAll("#q-%s .searched input")].every((box) => box.checked)`, q.ID))
	}
}

// note writes a note at the open question.
func (d *desk) note(text string) {
	d.t.Helper()
	d.toBody()
	d.keys("m")
	d.wait(`document.activeElement.matches(".note textarea")`)
	d.keys(text + kb.Escape)
	d.wait(`document.activeElement.classList.contains("body")`)
}

// attach selects a few words of the text with the caret and attaches them to
// the open question; on site it says where the answer rests.
func (d *desk) attach(q question) {
	d.t.Helper()
	count := fmt.Sprintf(`document.querySelectorAll("#q-%s .passage").length`, q.ID)
	before := eval[int](d.tab, count)
	d.toBody()
	if d.page.Case.OnSite {
		d.keys("e")
		d.wait(`document.activeElement.matches("form.onsite textarea")`)
		d.keys("Staat in het verslag." + kb.Tab + kb.Enter)
	} else {
		d.keys("v")
		d.wait(`document.activeElement.id === "texts"`)
		d.keys(kb.ArrowRight+kb.ArrowRight+kb.ArrowRight+kb.ArrowRight, chromedp.KeyModifiers(chromedp.ModifierShift|chromedp.ModifierCtrl))
		d.wait(`document.querySelector(".offer") !== null`)
		d.keys("e")
	}
	d.wait(fmt.Sprintf(`%s === %d`, count, before+1))
	d.toBody()
}

// plain is a value for every type.
func plain(q question) string {
	if typed := map[string]string{"number": "2", "date": "3-2-2025", "text": "Zie verslag"}[q.Type]; typed != "" {
		return typed
	}
	return "1"
}

// varied picks values and every missing code, so that each is used.
func varied(turn int, q question) (typed, missing string) {
	takes := func(code string) bool { return slices.Contains(q.Missing, code) }
	switch {
	case turn == 3 && takes("UC"):
		return "", "UC"
	case turn%5 == 4 && takes("DM"):
		return "", "DM"
	case turn > 6 && takes("NR"):
		return "", "NR"
	}
	return plain(q), ""
}

// choose answers the open question as its turn comes.
func (d *desk) choose(q question) {
	d.t.Helper()
	d.turn++
	typed, missing := d.pick(d.turn, q)
	if missing == "" {
		d.answer(q, typed)
		return
	}
	d.miss(q, missing)
	for _, m := range d.page.Missing {
		if m.Code == missing && m.NeedsNote {
			d.note("Twee stukken spreken elkaar tegen.")
		}
	}
}

// review opens the list of what stands in the way and returns whether it is
// empty.
func (d *desk) review() (clear bool) {
	d.t.Helper()
	d.keys(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))
	d.wait(`document.querySelector("#review button.main") !== null`)
	return eval[bool](d.tab, `!document.querySelector("#review button.main").disabled`)
}

// finish answers all that is open and then follows the list of what stands in
// the way of submitting until nothing does.
func (d *desk) finish() {
	d.t.Helper()
	for range 400 {
		d.toBody()
		d.keys("o")
		d.wait(`document.querySelector("#said").textContent !== "" || document.activeElement.closest(".opened") !== null`)
		if d.text("#said") != "" {
			break
		}
		d.choose(d.asked())
		// Routing is the server's: what comes next depends on its word.
		d.saved()
	}
	for range 200 {
		d.saved()
		if d.review() {
			return
		}
		d.keys(kb.Enter)
		d.wait(`document.querySelector("#review") === null && document.activeElement.closest(".opened") !== null`)
		d.resolve(d.asked())
	}
	d.t.Fatalf("the list does not get empty: %s", d.text("#review"))
}

// resolve does what the open question needs before the case can be submitted.
func (d *desk) resolve(q question) {
	d.t.Helper()
	_, s := d.state()
	a := s.Answers[q.ID]
	for _, f := range s.Findings {
		if slices.Contains(f.Variables, q.ID) && f.Severity == "error" {
			for _, code := range []string{"NR", "UC", "DM"} {
				if slices.Contains(q.Missing, code) {
					d.miss(q, code)
					return
				}
			}
			d.answer(q, "2")
			return
		}
	}
	switch {
	case a.text() == "":
		d.choose(q)
	case a.Value != nil && q.Evidence == "required" && !slices.ContainsFunc(s.Passages, func(p passageSeen) bool { return p.Variable == q.ID }):
		d.attach(q)
	default:
		d.note("Nagelezen, het staat er zo.")
	}
}

// submit hands the case in from the open list.
func (d *desk) submit() {
	d.t.Helper()
	d.wait(`document.activeElement.matches("#review button.main")`)
	d.keys(kb.Enter)
	d.wait(`document.querySelector("#review a.button") !== null`)
}
