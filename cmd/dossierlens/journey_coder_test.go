package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestJourneyCoder follows a coder from the login to a case that is handed in,
// by the keyboard alone.
func TestJourneyCoder(t *testing.T) {
	b := visit(t, demoAt(t))
	b.login("codeur1", "demo demo demo")
	b.follow(`main a[href^="/s/"]`)
	b.follow(`.nav a[href$="/work"]`)
	fresh := eval[string](b, `[...document.querySelectorAll("main tbody tr")].find((r) => r.querySelector("progress")?.value === 0).querySelector("a").getAttribute("href")`)
	b.follow(fmt.Sprintf(`a[href=%q]`, fresh))
	d := sit(b)
	if _, s := d.state(); len(s.Passages) > 0 {
		t.Fatalf("the case was begun before: %+v", s)
	}

	// One question with a number key, its passage, then on with j and back
	// with k.
	d.toBody()
	d.keys("o")
	first := d.asked()
	for len(first.Options) == 0 || first.Evidence != "required" {
		d.keys("j")
		first = d.asked()
	}
	d.answer(first, "1")
	d.saved()
	d.attach(first)
	d.keys("j")
	if q := d.asked(); q.ID == first.ID {
		t.Errorf("j stays at %s", q.Number)
	}
	d.keys(kb.Escape + "k")
	if q := d.asked(); q.ID != first.ID {
		t.Errorf("k leads to %s, want back to %s", q.Number, first.Number)
	}
	d.saved()
	if _, s := d.state(); s.Answers[first.ID].Value == nil || *s.Answers[first.ID].Value != first.Options[0].Code || len(s.Passages) != 1 || s.Passages[0].Quote == "" {
		t.Errorf("the server has %+v and %+v", s.Answers[first.ID], s.Passages)
	}

	// It cannot be handed in, and the list leads to what is open.
	if d.review() {
		t.Fatal("a case with one answer can be handed in")
	}
	d.keys(kb.Enter)
	d.wait(`document.querySelector("#review") === null`)
	if q := d.asked(); q.ID == first.ID {
		t.Errorf("the list leads to %s, which is answered", q.Number)
	}

	d.finish()
	d.shot("review")
	d.submit()
	status, s := d.state()
	if status != "submitted" {
		t.Errorf("status = %s, want submitted", status)
	}
	used := map[string]bool{}
	for _, a := range s.Answers {
		if a.Missing != nil {
			used[*a.Missing] = true
		}
	}
	for _, code := range []string{"NR", "DM", "UC"} {
		if !used[code] {
			t.Errorf("nothing was answered with %s", code)
		}
	}

	// What is handed in can be read and not changed.
	b.reload()
	if !sit(b).page.ReadOnly || eval[int](b, `document.querySelectorAll(".body input:enabled, .body .acts").length`) != 0 {
		t.Error("the case can be changed after it was handed in")
	}
	d.expect("status of 423")
	if got := eval[int](b, fmt.Sprintf(`fetch("/api/v1/assignments/%d/answers/%s", {method: "PUT", headers: {"Content-Type": "application/json"}, body: JSON.stringify({value: null, missing: null, note: "", version: 1})}).then((r) => r.status)`, d.page.Assignment, first.ID)); got != 423 {
		t.Errorf("saving after handing in answers %d, want 423", got)
	}
	b.follow(`a.back`)
	if got := b.text("main"); !strings.Contains(got, d.page.Case.ID) {
		t.Errorf("the list of work does not show %s", d.page.Case.ID)
	}
}
