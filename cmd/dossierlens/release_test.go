package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestReleaseScript walks from settled cases to a verified release by verbs
// alone, on more cases than a script can hold.
func TestReleaseScript(t *testing.T) {
	// envfile NAME FILE sets a variable to what a file holds.
	envfile := func(ts *testscript.TestScript, neg bool, args []string) {
		ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
	}
	testscript.Run(t, testscript.Params{Files: []string{"testdata/release.txtar"}, Cmds: map[string]func(*testscript.TestScript, bool, []string){"envfile": envfile}, Setup: func(env *testscript.Env) error {
		book, err := os.ReadFile("../../codebook/testdata/bicycles.yaml")
		if err != nil {
			return err
		}
		manifest, codings := "case_id,region,period\n", "case_id,coder,variable,value,missing,note,submitted_at\n"
		add := func(region, period string, repaired, not int) {
			for i := range repaired + not {
				id := fmt.Sprintf("B-%s-%s-%03d", period, region, i)
				manifest += fmt.Sprintf("%s,%s,%s\n", id, region, period)
				answers := "received=2025-02-03 damage=yes_clear parts_hit=wheel remark=done "
				if i < repaired {
					answers += "repaired=yes parts_new=chain ready=2025-02-06 minutes=40 quality=good"
				} else {
					answers += "repaired=no"
				}
				for _, a := range strings.Fields(answers) {
					variable, value, _ := strings.Cut(a, "=")
					codings += fmt.Sprintf("%s,anna,%s,%s,,,2026-01-05T09:00:00Z\n", id, variable, value)
				}
			}
		}
		add("W1", "2025-H1", 60, 60)
		add("W3", "2025-H1", 45, 35)
		add("W1", "2025-H2", 70, 60)
		add("W3", "2025-H2", 2, 70)
		for name, content := range map[string]string{"bicycles.yaml": string(book), "manifest.csv": manifest, "codings.csv": codings} {
			if err := os.WriteFile(filepath.Join(env.WorkDir, name), []byte(content), 0o600); err != nil {
				return err
			}
		}
		return nil
	}})
}
