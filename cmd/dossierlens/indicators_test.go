package main

import (
	"bytes"
	"encoding/json"
	"fmt"
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
			if o.Statistic == exports.StatisticChange {
				continue // how a share changed since the period before
			}
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
