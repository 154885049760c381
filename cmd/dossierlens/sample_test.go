package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"strings"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"
)

// sampleCommands make files that are too long to stand in a script.
var sampleCommands = map[string]func(*testscript.TestScript, bool, []string){
	// frame FILE writes 2,000 eligible cases of the bicycle workshops: 1,200 of
	// the north and 800 of the quay, each over two periods.
	"frame": func(ts *testscript.TestScript, _ bool, args []string) {
		var b strings.Builder
		b.WriteString("case_id,region,period,rating\n")
		for i := range 2000 {
			region, period, rating := "W1", "2025-H1", "low"
			if i%5 > 2 {
				region = "W3"
			}
			if i%2 == 1 {
				period = "2025-H2"
			}
			if i%7 == 0 {
				rating = "high"
			}
			fmt.Fprintf(&b, "C-%04d,%s,%s,%s\n", i+1, region, period, rating)
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
	},
	// codebook FILE copies the codebook of the bicycle workshops.
	// keypair writes a key and who may encrypt for it.
	"keypair": func(ts *testscript.TestScript, _ bool, args []string) {
		key, err := age.GenerateX25519Identity()
		ts.Check(err)
		ts.Check(os.WriteFile(args[0], []byte(key.String()+"\n"), 0o600))
		ts.Check(os.WriteFile(args[1], []byte("# the team\n"+key.Recipient().String()+"\n"), 0o600))
	},
	"codebook": func(ts *testscript.TestScript, _ bool, args []string) {
		source, err := os.ReadFile("../../codebook/testdata/bicycles.yaml")
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), source, 0o600))
	},
	// files LIST MANIFEST CODINGS answers for a workshop that received the list
	// of the sample: its slips are read on site and none shows damage.
	"files": func(ts *testscript.TestScript, _ bool, args []string) {
		list, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
		ts.Check(err)
		var manifest, codings strings.Builder
		manifest.WriteString("case_id,document,type,day,region,period\n")
		codings.WriteString("case_id,coder,variable,value,missing,submitted_at\n")
		for _, row := range list[1:] {
			if row[5] != "sample" {
				continue
			}
			fmt.Fprintf(&manifest, "%s,1,slip,0,%s,%s\n", row[0], row[1], row[2])
			for variable, value := range map[string]string{"received": "2025-02-03", "damage": "none", "remark": "none"} {
				fmt.Fprintf(&codings, "%s,anna,%s,%s,,2026-01-05T10:00:00Z\n", row[0], variable, value)
			}
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(manifest.String()), 0o600))
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(codings.String()), 0o600))
	},
}
