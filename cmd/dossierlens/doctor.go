package main

import (
	"strconv"
)

// doctorVerb examines a data folder.
type doctorVerb struct {
	output
	data
	Known []string `placeholder:"ROW:HASH" help:"A row of the audit log as it was seen before, which must still be there; may be repeated."`
}

// Run prints what was looked at, and on stderr what is wrong.
func (v doctorVerb) Run(p process) error {
	st, err := v.open(p)
	if err != nil {
		return err
	}
	defer st.Close()
	found, err := st.Examine(p.ctx)
	if err != nil {
		return err
	}
	for _, known := range v.Known {
		found = append(found, st.KnownRow(p.ctx, known))
	}
	var rows [][]string
	for _, f := range found {
		verdict := "in order"
		if f.Problem != "" {
			verdict = "not in order"
		}
		rows = append(rows, []string{f.What, strconv.FormatInt(f.Count, 10), verdict})
	}
	if err := v.print(p.stdout, []string{"looked at", "rows", "verdict"}, rows, found); err != nil {
		return err
	}
	return reportFindings(p, found)
}
