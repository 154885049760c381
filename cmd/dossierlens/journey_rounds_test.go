package main

import (
	"regexp"
	"strings"
	"testing"
)

// The lead makes a round, is told who may not work in it yet and why, releases
// that coder with a reason, sees the division before it is made and makes it;
// the coder finds the round, its last day and feedback on practice alone.
func TestJourneyRounds(t *testing.T) {
	site := demoAt(t)
	const study = "/s/dossieronderzoek-2026"
	lead := visit(t, site)
	lead.login("leider", "demo demo demo")
	prefer(lead, "en", "")
	lead.open(study + "/rounds")
	if got := lead.text("main tbody tr:has(form[id^=limits]) td:nth-child(2)"); got != "training|pilot|production" {
		t.Fatalf("the demo has rounds for %s, want one of each kind", got)
	}
	lead.set("#name", "Productie 2")
	lead.set("#kind", "production")
	lead.set("#deadline", "2099-01-31")
	lead.click("main form.stack:not(.wide) > button")
	lead.shot("rounds")

	lead.open(study + "/assign")
	preview := func() {
		eval[bool](lead, `(document.querySelectorAll("label.choice").forEach((l) => { if (/Dirk|Chaima/.test(l.textContent)) l.querySelector("input").checked = true; }), true)`)
		lead.set("#double", "100")
		lead.set("#seed", "12")
		lead.set("#round", "Productie 2")
		lead.click("main form.stack > button:not([name])")
	}
	preview()
	if got := lead.text(".problems"); !strings.Contains(got, "Dirk Verzonnen has not been released for production: 2 of at least 3 practice cases are handed in") || strings.Contains(got, "Chaima") {
		t.Fatalf("before training was finished the division says %q", got)
	}
	lead.shot("barred")
	lead.expect("422") // the refused form

	lead.open(study + "/training")
	if n := eval[int](lead, `document.querySelectorAll("main svg.chart.dots").length`); n != 1 {
		t.Errorf("the training page has %d charts, want one", n)
	}
	lead.shot("training")
	lead.press(func() {
		eval[bool](lead, `([...document.querySelectorAll("main tbody th a")].find((a) => /Dirk/.test(a.textContent)).click(), true)`)
	})
	lead.shot("report")
	if n := eval[int](lead, `document.querySelectorAll('main td a[href*="/codebook#v-"]').length`); n < 10 {
		t.Errorf("the report leads to %d rules, want one a core question", n)
	}
	lead.set("#reason", "Besproken; het derde dossier volgt morgen.")
	lead.click("button[name=cleared]")

	lead.open(study + "/assign")
	preview()
	lead.shot("preview")
	if got := lead.text(".problems"); got != "" {
		t.Fatalf("after the release the division says %q", got)
	}
	if got := lead.text("#per-stratum tbody th"); got != "Chaima Testers|Dirk Verzonnen" {
		t.Errorf("the division is over %q", got)
	}
	pairs := strings.Split(lead.text("#pairs tbody td"), "|")
	if len(pairs) != 4 || pairs[1] != pairs[2] || !regexp.MustCompile(`^[1-9]\d*$`).MatchString(pairs[1]) {
		t.Errorf("the pairs are %v, want the same number both ways", pairs)
	}
	lead.click("button[name=commit]")
	if got := lead.path(); got != study+"/cases" {
		t.Fatalf("committing leads to %s: %s", got, lead.text(".problems"))
	}
	lead.open(study + "/rounds")
	if got := lead.text("main tbody tr:last-child td:nth-child(5)"); !strings.Contains(got, pairs[1]) {
		t.Errorf("round 2 has %q double cases, want %s", got, pairs[1])
	}

	coder := visit(t, site)
	coder.login("codeur4", "demo demo demo")
	prefer(coder, "en", "")
	coder.open(study + "/work")
	coder.shot("work")
	if got := coder.text("main"); !strings.Contains(got, "Productie 2") || !strings.Contains(got, "31 Jan 2099") && !strings.Contains(got, "31 January 2099") {
		t.Errorf("the coder's work does not tell the round and its last day: %.900q", got)
	}
	if n := eval[int](coder, `document.querySelectorAll('main a[href$="/feedback"]').length`); n != 2 {
		t.Errorf("there is feedback on %d cases, want the 2 practice cases that are handed in", n)
	}
	coder.click(`main a[href$="/feedback"]`)
	coder.shot("feedback")
	if got := coder.text("main h1"); !strings.Contains(got, "O-000") {
		t.Errorf("the feedback is on %q", got)
	}
	coder.size(390, 800)
	coder.shot("feedback-390")
	coder.open(study + "/work")
	coder.shot("work-390")
	lead.size(390, 800)
	for _, page := range []string{"rounds", "training", "assign"} {
		lead.open(study + "/" + page)
		lead.shot(page + "-390")
	}
}
