package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/dossierlens/dossierlens/server/auth"
)

// backupVerb makes a consistent copy of a data folder, also while it is being
// served.
type backupVerb struct {
	data
	Out  string `arg:"" help:"File to write; it must not exist yet."`
	Keep int    `default:"90" placeholder:"DAYS" help:"Days for which the copy is kept; certificates of deletions list it until then."`
}

// Run writes the copy.
func (v backupVerb) Run(p process) error {
	st, err := v.open(p)
	if err != nil {
		return err
	}
	defer st.Close()
	if err := st.KeepBackup(p.ctx, filepath.Base(v.Out), time.Now().AddDate(0, 0, v.Keep)); err != nil {
		return err
	}
	if err := st.Backup(p.ctx, auth.Actor{}, v.Out); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s holds the whole workspace\n", v.Out)
	return nil
}
