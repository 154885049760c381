package main

import (
	"errors"
	"strconv"

	"github.com/dossierlens/dossierlens/server/store"
)

// doctorVerb examines a data folder.
type doctorVerb struct {
	output
	data
	Known []string `placeholder:"ROW:HASH" help:"A row of the audit log as it was seen before, which must still be there; may be repeated."`
}

// Run prints what was looked at, and on stderr what is wrong. Of an encrypted
// workspace whose key it does not have it prints what it cannot look at.
func (v doctorVerb) Run(p process) error {
	st, closed := v.open(p)
	if errors.Is(closed, store.ErrNoKey) {
		found, err := store.ExamineClosed(v.Data)
		if err == nil {
			err = v.verdicts(p, found)
		}
		return errors.Join(closed, err)
	}
	if closed != nil {
		return closed
	}
	defer st.Close()
	found, err := st.Examine(p.ctx)
	if err != nil {
		return err
	}
	for _, known := range v.Known {
		found = append(found, st.KnownRow(p.ctx, known))
	}
	if err := v.verdicts(p, found); err != nil {
		return err
	}
	return reportFindings(p, found)
}

// verdicts prints what was found as a table.
func (v doctorVerb) verdicts(p process, found []store.Finding) error {
	var rows [][]string
	for _, f := range found {
		verdict := "in order"
		switch {
		case f.Closed:
			verdict = "not looked at"
		case f.Problem != "":
			verdict = "not in order"
		}
		rows = append(rows, []string{f.What, strconv.FormatInt(f.Count, 10), verdict})
	}
	return v.print(p.stdout, []string{"looked at", "rows", "verdict"}, rows, found)
}
