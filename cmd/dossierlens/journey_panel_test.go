package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// TestJourneyPanel follows a case that three coders coded: from a coefficient
// to the table of answers, to the cases and to the passages of all three in as
// many clicks, to a panel of two that settles it, and to figures that are as
// they were, on the page and by the command.
func TestJourneyPanel(t *testing.T) {
	people := openField(t, []member{
		{"lena", "Lena Leidt", "lead"}, {"lars", "Lars Leidt", "lead"}, {"daan", "Daan Data", "data_manager"},
		{"anna", "Anna Codeert", "coder"}, {"bert", "Bert Codeert", "coder"}, {"cees", "Cees Codeert", "coder"},
	})
	lena, lars := people["lena"], people["lars"]
	importSlips(t, people["daan"])
	assignToAll(t, lena, "S-01")

	// What is ordinal divides the three, and bert sees otherwise what rests on a
	// passage; the rest they answer alike.
	grades := map[string]string{"anna": "1", "bert": "2", "cees": "3"}
	var variable, marked string
	for _, login := range []string{"anna", "bert", "cees"} {
		b := people[login]
		b.open("/s/fietsen/work")
		b.follow("a.button.main")
		d := sit(b)
		d.pick = func(_ int, q question) (string, string) {
			switch {
			case q.Type == "ordinal":
				variable = q.ID
				return grades[login], ""
			case q.Evidence == "required" && (marked == "" || marked == q.ID):
				marked = q.ID
				if login == "bert" {
					return "2", ""
				}
			}
			return plain(q), ""
		}
		d.finish()
		d.submit()
	}
	if variable == "" || marked == "" {
		t.Fatal("no question of the codebook is ordinal, or none rests on a passage")
	}

	// Until the comparison is opened the page says that, not in what they differ.
	lena.open("/s/fietsen/agreement")
	lena.click(fmt.Sprintf(`table.coefficients a[href$="/agreement/%s"]`, variable))
	if got := lena.text("#cases"); !strings.Contains(got, "S-01") || eval[int](lena, `document.querySelectorAll("#cases .side").length`) != 0 {
		t.Errorf("before the comparison is opened the page says %s", got)
	}
	if n := eval[int](lena, `document.querySelectorAll("table.confusion a").length`); n != 3 {
		t.Errorf("%d cells of the table lead to cases, want one a pair of coders", n)
	}
	lena.click("#cases form button")
	figures := agreementOf(lena, "/s/fietsen")

	// Three clicks: the variable with its table, a cell, a case with the answers
	// and the passages of all.
	lena.open("/s/fietsen/agreement")
	lena.click(fmt.Sprintf(`table.coefficients a[href$="/agreement/%s"]`, marked))
	lena.click("table.confusion a")
	if n := eval[int](lena, `document.querySelectorAll("#cases .side").length`); n != 3 {
		t.Errorf("the cell leads to %d answers, want those of three coders: %s", n, lena.text("#cases"))
	}
	lena.shot("cell")
	lena.click("#cases tbody th a")
	if answers, quotes := eval[int](lena, `document.querySelectorAll(".side-answer").length`), eval[int](lena, `document.querySelectorAll(".side-answer .quote").length`); answers != 3 || quotes != 3 {
		t.Errorf("after three clicks there are %d answers and %d passages, want three of each: %s", answers, quotes, lena.text(".asked"))
	}
	if n := eval[int](lena, `document.querySelectorAll(".texts .document[open]").length`); n == 0 {
		t.Error("after three clicks the text in which the passages stand is not open")
	}
	if got := lena.text("main"); strings.Contains(got, "Codeert") {
		t.Errorf("the comparison names a coder: %s", got)
	}
	lena.shot("compared")

	// The panel: one says, the other sees it and says the same.
	lena.open("/s/fietsen/differences")
	lena.click("button[name=panel]")
	say := func(b *tab, variable, key string) {
		t.Helper()
		b.open("/s/fietsen/compare/S-01?variable=" + variable)
		b.tabTo(".sides input, .sides summary")
		eval[bool](b, `(document.querySelector("input[name=cause]").checked = true, document.activeElement.blur(), true)`)
		b.keys(key)
		b.wait(`document.activeElement.id === "reason"`)
		if got := eval[string](b, `document.activeElement.value`); got != "" {
			t.Errorf("the key that chose the answer was typed as a reason: %q", got)
		}
		b.press(func() { b.keys("Nagelezen op de bon." + kb.Enter) })
		if got := b.text(".problems"); got != "" {
			t.Fatalf("saying %s: %s", key, got)
		}
	}
	lena.open("/s/fietsen/compare/S-01?variable=" + variable)
	answer := eval[string](lena, `document.querySelectorAll(".side-answer b")[1].textContent.trim()`)
	say(lena, variable, "2")
	if left := openDifferences(lars); !slices.ContainsFunc(left, func(s string) bool { return strings.Contains(s, variable) }) {
		t.Errorf("one member of the panel settled the difference alone: %v are open", left)
	}
	lars.open("/s/fietsen/compare/S-01?variable=" + variable)
	if got := lars.text(".asked .aside"); !strings.Contains(got, answer) || !strings.Contains(got, "Lena Leidt") {
		t.Errorf("the second member sees %q, want %s of Lena", got, answer)
	}
	lars.shot("voted")
	say(lars, variable, "2")
	if left := openDifferences(lars); len(left) != 1 || !strings.Contains(left[0], marked) {
		t.Errorf("after both said the same %v are open, want the other difference", left)
	}
	say(lars, marked, "1")
	say(lena, marked, "1")
	if left := openDifferences(lars); len(left) != 0 {
		t.Errorf("after all was said %v are open", left)
	}
	lars.open("/s/fietsen/compare/S-01?variable=" + variable)
	if got := lars.text(".history"); !strings.Contains(got, answer) {
		t.Errorf("the history says %q, want %s", got, answer)
	}

	// What the panel said changed no coding and no coefficient; and the command
	// computes from the codings what the page says.
	if after := agreementOf(lena, "/s/fietsen"); after.raw != figures.raw {
		t.Errorf("the panel's decision changed agreement:\n%s\n%s", figures.raw, after.raw)
	}
	sameByCommand(t, figures, download(lena, "/s/fietsen/exports/codings/csv"), field)
}

// sameByCommand requires of the command, on the codings of a study, what its
// page of agreement says: pairs of two values, and no other.
func sameByCommand(t *testing.T, page pageFigures, codings []byte, book string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "codings.csv")
	if err := os.WriteFile(file, codings, 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if status := run(process{ctx: t.Context(), stdout: &stdout, stderr: &stderr}, []string{"agreement", "--codebook", book, "--format", "json", file}); status != 0 {
		t.Fatalf("exit %d: %s", status, stderr.String())
	}
	var command struct {
		Results []analysisJSON `json:"results"`
	}
	if err := json.Unmarshal(stdout.Bytes(), &command); err != nil {
		t.Fatal(err)
	}
	byVariable := map[string]analysisJSON{}
	for _, r := range command.Results {
		byVariable[r.Variable] = r
	}
	compared := 0
	for _, v := range page.Variables {
		for name, want := range v.Measures {
			got, ok := byVariable[v.Variable].Measures[agreement.Measure(name)]
			if !ok {
				t.Errorf("the command has no %s of %s", name, v.Variable)
				continue
			}
			if (got.Value == nil) != (want.Value == nil) || got.Value != nil && math.Abs(*got.Value-*want.Value) > 1e-12 {
				t.Errorf("%s of %s is %v by the command and %v on the page", name, v.Variable, orUndefined(got.Value), orUndefined(want.Value))
			}
			compared++
		}
	}
	if compared < len(page.Variables) {
		t.Errorf("%d coefficients of %d variables were compared", compared, len(page.Variables))
	}
}

// orUndefined is a value or "undefined".
func orUndefined(x *float64) string {
	if x == nil {
		return "undefined"
	}
	return number(*x)
}

// openDifferences are the addresses of what is still open of S-01.
func openDifferences(b *tab) []string {
	b.t.Helper()
	b.open("/s/fietsen/compare/S-01")
	return eval[[]string](b, `[...document.querySelectorAll(".lines a")].map((a) => a.getAttribute("href"))`)
}

// assignToAll gives a case to every coder: two in one order, then one more.
func assignToAll(t *testing.T, b *tab, id string) {
	t.Helper()
	b.open("/s/fietsen/assign")
	coders := eval[int](b, `document.querySelectorAll("input[name=coder]").length`)
	for first := 0; first < coders; first += 2 {
		b.open("/s/fietsen/assign")
		last := min(first+2, coders)
		eval[bool](b, fmt.Sprintf(`([...document.querySelectorAll("input[name=coder]")].slice(%d, %d).forEach((c) => (c.checked = true)), true)`, first, last))
		b.set("#ids", id)
		b.set("#double", map[bool]string{true: "100", false: "0"}[last-first == 2])
		b.click("main form.stack > button")
		b.click("button[name=commit]")
	}
}

// pageFigures are the coefficients of the page of agreement.
type pageFigures struct {
	raw       string
	Variables []struct {
		Variable string `json:"variable"`
		Layers   struct {
			Values int `json:"two_values"`
		} `json:"layers"`
		Measures map[string]struct {
			Value *float64 `json:"value"`
			Units int64    `json:"n_units"`
		} `json:"measures"`
	} `json:"variables"`
}

func agreementOf(b *tab, study string) pageFigures {
	b.t.Helper()
	var f pageFigures
	f.raw = string(download(b, study+"/agreement?format=json"))
	if err := json.Unmarshal([]byte(f.raw), &f); err != nil {
		b.t.Fatal(err)
	}
	return f
}
