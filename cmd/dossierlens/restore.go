package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/dossierlens/dossierlens/server/store"
)

// restoreVerb makes a data folder of a backup and proves that it is whole.
type restoreVerb struct {
	output
	Data string `required:"" help:"Data folder to make; it must have no database yet."`
	From string `arg:"" help:"Backup to restore."`
}

// Run restores and prints the rows of each table.
func (v restoreVerb) Run(p process) error {
	counts, found, err := store.Restore(p.ctx, v.From, v.Data, func(ctx context.Context, dir string) (*store.Store, error) {
		return store.Open(ctx, dir, time.Now)
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
