package main

import (
	"fmt"
	"os"
	"strconv"

	"filippo.io/age"

	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// restoreVerb makes a data folder of a backup and proves that it is whole.
type restoreVerb struct {
	output
	Data     string `required:"" help:"Data folder to make; it must have no database yet."`
	Identity string `type:"existingfile" placeholder:"F" help:"File with the private key (AGE-SECRET-KEY-1...) that opens an encrypted backup."`
	keyFlag
	From string `arg:"" help:"Backup to restore."`
}

// Run restores and prints the rows of each table.
func (v restoreVerb) Run(p process) error {
	keys, err := v.keys()
	if err != nil {
		return err
	}
	var counts []store.Count
	var found []store.Finding
	err = v.with(p, func(key auth.Key) error {
		counts, found, err = store.Restore(p.ctx, v.From, v.Data, p.clock(), key, keys...)
		return err
	})
	if err != nil {
		return err
	}
	var rows [][]string
	for _, c := range counts {
		rows = append(rows, []string{c.Table, strconv.FormatInt(c.Rows, 10)})
	}
	if err := v.print(p.stdout, []string{"table", "rows"}, rows, map[string]any{"tables": counts, "examination": found}); err != nil {
		return err
	}
	return reportFindings(p, found)
}

// keys reads the private keys, none when there is no file of them.
func (v restoreVerb) keys() ([]age.Identity, error) {
	if v.Identity == "" {
		return nil, nil
	}
	f, err := os.Open(v.Identity)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	keys, err := age.ParseIdentities(f)
	if err != nil {
		// What the library says may quote the file: that is a secret.
		return nil, fmt.Errorf("%s holds no private key; one begins with AGE-SECRET-KEY-1", v.Identity)
	}
	return keys, nil
}

// reportFindings says on stderr what an examination found wrong.
func reportFindings(p process, found []store.Finding) error {
	wrong := false
	for _, f := range found {
		if f.Problem != "" {
			wrong = true
			fmt.Fprintf(p.stderr, "%s: %s\n", f.What, f.Problem)
		}
	}
	if wrong {
		return errReported
	}
	return nil
}
