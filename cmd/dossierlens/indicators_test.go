package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/exports"
)

// The shares of two regions of 80 and 100 cases, read from the answers: 60 of
// 80 and 30 of 90 are repaired, ten of the latter not being damaged.
func TestIndicatorsOfFiles(t *testing.T) {
	var b strings.Builder
	b.WriteString("case_id,coder,variable,value,missing\n")
	n := 0
	add := func(count int, region, damage, repaired string) {
		for range count {
			n++
			answers := [][2]string{{"workshop", region}, {"damage", damage}, {"repaired", repaired}, {"quality", "good"}}
			for _, answer := range answers {
				if answer[1] != "" {
					fmt.Fprintf(&b, "B-%03d,ann,%s,%s,\n", n, answer[0], answer[1])
				}
			}
		}
	}
	add(60, "W1", "yes_clear", "yes")
	add(20, "W1", "yes_slight", "no")
	add(30, "W3", "yes_clear", "yes")
	add(60, "W3", "yes_clear", "no")
	add(10, "W3", "none", "")
	codings := filepath.Join(t.TempDir(), "codings.csv")
	if err := os.WriteFile(codings, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	figures := func(profile string) map[string]exports.Observation {
		t.Helper()
		var stdout, stderr bytes.Buffer
		args := []string{"indicators", "--codebook", "../../codebook/testdata/bicycles.yaml", "--codings", codings, "--format", "json", "--profile", profile}
		if status := run(process{ctx: t.Context(), stdout: &stdout, stderr: &stderr}, args); status != 0 {
			t.Fatalf("exit %d: %s", status, stderr.String())
		}
		if !strings.Contains(stderr.String(), "m_graded is undefined and left out") {
			t.Errorf("stderr does not tell of the undefined measure: %s", stderr.String())
		}
		var report figuresReport
		if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
			t.Fatal(err)
		}
		if report.Profile.Name != profile || report.Cases != 180 {
			t.Errorf("profile %s of %d cases, want %s of 180", report.Profile.Name, report.Cases, profile)
		}
		byKey := map[string]exports.Observation{}
		for _, o := range report.Figures {
			byKey[o.Indicator+" "+o.Region+" "+o.Variant] = o
		}
		return byKey
	}
	sample := figures("steekproef")
	check := func(key string, value float64, numerator, denominator int) {
		t.Helper()
		o, ok := sample[key]
		if !ok || o.Value == nil {
			t.Fatalf("%s is not there: %+v", key, o)
		}
		if *o.Value != value || *o.Numerator != numerator || *o.Denominator != denominator {
			t.Errorf("%s = %v (%d of %d), want %v (%d of %d)", key, *o.Value, *o.Numerator, *o.Denominator, value, numerator, denominator)
		}
		if o.Method != "wilson" || o.SE != nil {
			t.Errorf("%s: method %s, se %v", key, o.Method, o.SE)
		}
	}
	check("m_repaired W1 demonstrable", 75, 60, 80)
	check("m_repaired W3 demonstrable", 33, 30, 90)
	check("m_repaired NL01 known", 53, 90, 170)
	check("m_repaired NL01 upper", 53, 90, 170)
	if o := figures("register")["m_repaired W3 demonstrable"]; o.Value == nil || *o.Value != 33.3 {
		t.Errorf("under register the share is %v, want 33.3", o.Value)
	}
}

// Every figure of the files says in a sentence how many cases count and what
// became of the others, with both policies, the bounds, the shares of missing
// codes and the weakest variable behind it, as the pages of a study do.
func TestIndicatorsSayWhatTheyRestOn(t *testing.T) {
	var b strings.Builder
	b.WriteString("case_id,coder,variable,value,missing\n")
	n := 0
	// add gives count cases to the coders, each with an answer to repaired:
	// a value, or a missing code.
	add := func(count int, answers map[string]string) {
		for range count {
			n++
			for _, coder := range []string{"ann", "bob", "consensus"} {
				answer, coded := answers[coder]
				if !coded {
					continue
				}
				value, missing := answer, ""
				if answer == "NR" || answer == "DM" {
					value, missing = "", answer
				}
				rows := []string{"workshop,W1,", "damage,yes_clear,", "repaired," + value + "," + missing}
				if value == "yes" {
					rows = append(rows, "quality,good,") // or the next step of the cascade lacks it
				}
				for _, rest := range rows {
					fmt.Fprintf(&b, "B-%03d,%s,%s\n", n, coder, rest)
				}
			}
		}
	}
	// Forty pairs of which thirty agree; two panels settle the others.
	add(20, map[string]string{"ann": "yes", "bob": "yes"})
	add(10, map[string]string{"ann": "no", "bob": "no"})
	add(10, map[string]string{"ann": "yes", "bob": "no", "consensus": "yes"})
	add(130, map[string]string{"ann": "no"})
	add(20, map[string]string{"ann": "NR"})
	add(10, map[string]string{"ann": "DM"})
	codings := filepath.Join(t.TempDir(), "codings.csv")
	if err := os.WriteFile(codings, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(format string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		args := []string{"indicators", "--codebook", "../../codebook/testdata/bicycles.yaml", "--codings", codings, "--format", format}
		if status := run(process{ctx: t.Context(), stdout: &stdout, stderr: &stderr}, args); status != 0 {
			t.Fatalf("exit %d: %s", status, stderr.String())
		}
		return stdout.String()
	}
	var report figuresReport
	if err := json.Unmarshal([]byte(ask("json")), &report); err != nil {
		t.Fatal(err)
	}
	// 30 yes and 140 no of 200 cases; 20 not recorded count as no, 10 lack a
	// part of the file.
	const sentence = "190 of 200; left out: 5 % file part not supplied; counted as no: 10 % not recorded"
	said := 0
	for _, p := range report.Process {
		if p.Measure == "m_repaired" && p.Region == exports.Nation {
			said++
			want := processRow{Measure: "m_repaired", Region: exports.Nation, UnknownDM: 5, UnknownNR: 10, Cases: 200, Sentence: sentence}
			if p.Period = ""; p != want {
				t.Errorf("the figure says %+v, want %+v", p, want)
			}
		}
	}
	if said != 1 {
		t.Errorf("the national figure says %d sentences, want one", said)
	}
	values := map[string]float64{}
	for _, o := range report.Figures {
		if o.Statistic == exports.StatisticChange {
			t.Errorf("cases without a period changed since the period before: %+v", o)
		}
		if o.Indicator == "m_repaired" && o.Region == exports.Nation && o.Value != nil {
			values[o.Variant] = *o.Value
		}
	}
	// 30 of 190, 30 of 170, 30 of 200 and 60 of 200, from numbers rounded to 5.
	for variant, want := range map[string]float64{"demonstrable": 16, "known": 18, "lower": 15, "upper": 30} {
		if got, ok := values[variant]; !ok || got != want {
			t.Errorf("%s is %v (%v), want %v", variant, got, ok, want)
		}
	}
	// Gwet (2008): pa 0.75; the mean share of yes is (30+20)/80, so that
	// pe = 2 x 0.625 x 0.375 = 0.46875 and AC1 = 0.28125 / 0.53125.
	told := 0
	for _, w := range report.Weakest {
		if w.Measure != "m_repaired" {
			continue
		}
		told++
		a := w.Agreement
		if a == nil || a.Variable != "repaired" || a.Coefficient != exports.GwetAC || a.Pairs != 40 || math.Abs(*a.Value-0.28125/0.53125) > 1e-9 {
			t.Errorf("the weakest variable is %+v", a)
		}
	}
	if told != 1 {
		t.Errorf("the weakest variable is told %d times", told)
	}
	table := ask("table")
	for _, want := range []string{sentence + ".\n", "Weakest variable: repaired, Gwet's AC 0.53 over 40 pairs.\n", "Weakest variable: not known, for fewer than 30 pairs"} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %q:\n%s", want, table)
		}
	}
}

// Weights alone tell the frame: a stratum of which all are 1 is a census beside
// one that was sampled. Of 60 slips of the one 15 are repaired, of 540 of the
// other, by 60 of them, three in four: 420 of 600.
func TestIndicatorsByWeight(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	var codings strings.Builder
	codings.WriteString("case_id,coder,variable,value,missing\n")
	for n := range 120 {
		repaired := "no"
		if n < 15 || n >= 75 {
			repaired = "yes"
		}
		fmt.Fprintf(&codings, "B-%03[1]d,ann,damage,yes_clear,\nB-%03[1]d,ann,repaired,%[2]s,\nB-%03[1]d,ann,quality,good,\n", n, repaired)
	}
	answers := write("codings.csv", codings.String())
	ask := func(weight func(n int) string) (stdout, stderr bytes.Buffer, status int) {
		t.Helper()
		var cases strings.Builder
		cases.WriteString("case_id,region,period,stratum,weight\n")
		for n := range 120 {
			fmt.Fprintf(&cases, "B-%03d,W1,2025-H1,s%d,%s\n", n, n/60, weight(n))
		}
		status = run(process{ctx: t.Context(), stdout: &stdout, stderr: &stderr},
			[]string{"indicators", "--codebook", "../../codebook/testdata/bicycles.yaml", "--codings", answers, "--cases", write("cases.csv", cases.String()), "--format", "json"})
		return stdout, stderr, status
	}
	for name, weight := range map[string]func(n int) string{
		"census and sample": func(n int) string { return []string{"1", "9"}[n/60] },
		"an empty one":      func(n int) string { return []string{"", "9"}[n/60] },
	} {
		stdout, stderr, status := ask(weight)
		if status != 0 {
			t.Fatalf("%s: exit %d: %s", name, status, stderr.String())
		}
		var report figuresReport
		if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
			t.Fatal(err)
		}
		found := false
		for _, o := range report.Figures {
			if o.Indicator == "m_repaired" && o.Region == exports.Nation && o.Variant == "demonstrable" {
				found = true
				if o.Value == nil || *o.Value != 70 || o.Population == nil || *o.Population != 600 {
					row, _ := json.Marshal(o)
					t.Errorf("%s: %s, want 70 %% of 600", name, row)
				}
			}
		}
		if !found {
			t.Errorf("%s: there is no share", name)
		}
	}
	for want, weight := range map[string]func(n int) string{
		"cases.csv:62: the weights of stratum s1 add up to 30, fewer than its 60 cases": func(n int) string { return []string{"1.5", "0.5"}[n/60] },
		"cases.csv:3: weight in stratum s0 is 2, but 1 in line 2":                       func(n int) string { return []string{"1", "2"}[n%2] },
	} {
		stdout, stderr, status := ask(weight)
		if status != 1 || stdout.Len() > 0 || !strings.Contains(stderr.String(), want) {
			t.Errorf("exit %d, want 1 and %q: %s", status, want, stderr.String())
		}
	}
}
