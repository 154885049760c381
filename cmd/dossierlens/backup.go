package main

import (
	"fmt"

	"github.com/dossierlens/dossierlens/server/auth"
)

// backupVerb makes a consistent copy of a data folder, also while it is being
// served.
type backupVerb struct {
	data
	Out string `arg:"" help:"File to write; it must not exist yet."`
}

// Run writes the copy.
func (v backupVerb) Run(p process) error {
	st, err := v.open(p)
	if err != nil {
		return err
	}
	defer st.Close()
	if err := st.Backup(p.ctx, auth.Actor{}, v.Out); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s holds the whole workspace\n", v.Out)
	return nil
}
