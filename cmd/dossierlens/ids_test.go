package main

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// Ids of a codebook that every object of JavaScript knows are ids as any other
// on the coding page: their questions are asked, counted, answered and kept.
func TestIdsThatScriptsKnow(t *testing.T) {
	source := storetest.Codebook(t)
	for from, to := range map[string]string{"- id: remark\n": "- id: constructor\n", "{code: none, value: 0": "{code: toString, value: 0", "damage in (none)": "damage in (toString)"} {
		if !bytes.Contains(source, []byte(from)) {
			t.Fatalf("the codebook has no %q", from)
		}
		source = bytes.ReplaceAll(source, []byte(from), []byte(to))
	}
	w := storetest.OpenWith(t, source, "")
	a := w.Assign(t, "B-01", "anna")
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s := serveApart(t, w.Dir)
	b := visit(t, s.site)
	b.login("anna", storetest.Password)
	b.open(fmt.Sprintf("/code/%d", a.ID))
	d := sit(b)
	open := func() int {
		return eval[int](b, `Number(document.querySelector("#progress").textContent.match(/\d+/)[0])`)
	}
	before := open()
	for id, keys := range map[string]string{"constructor": "bel ontbreekt", "damage": "3"} {
		q := d.question(id)
		d.toBody()
		d.keys("q" + q.Number + kb.Enter)
		d.at(q)
		d.answer(q, keys)
		d.saved()
	}
	if after := open(); after != before+2 {
		t.Errorf("%d questions are answered after two more, %d before", after, before)
	}
	if eval[bool](b, `({}).value !== undefined || ({}).version !== undefined`) {
		t.Error("what every object has was changed")
	}
	_, state := d.state()
	for variable, want := range map[string]string{"constructor": "bel ontbreekt", "damage": "toString"} {
		if got := state.Answers[variable].Value; got == nil || *got != want {
			t.Errorf("%s is %v, want %q", variable, got, want)
		}
	}
}
