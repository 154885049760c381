package disclosure

import "context"

// Apply hides what the rule does not let leave and rounds the rest. It returns
// an error, and nothing to release, if the rule or the table is wrong, no
// certificate can be found, or the context is done.
func (r Rule) Apply(ctx context.Context, t Table) (Released, error) {
	if err := r.Check(); err != nil {
		return Released{}, err
	}
	if err := t.Check(); err != nil {
		return Released{}, err
	}
	measures := map[string]Measure{}
	for _, m := range t.Measures {
		measures[m.ID] = m
	}
	reasons := make([]Reason, len(t.Cells))
	for i, c := range t.Cells {
		reasons[i] = r.primary(measures[c.Measure], c)
	}
	r.dropBreakdowns(t.Cells, reasons)

	out := Released{rule: r}
	if r.Secondary {
		if err := r.protect(ctx, t, reasons, &out); err != nil {
			return Released{}, err
		}
	} else {
		out.notes = append(out.notes, "only cells that are sensitive themselves are hidden; some of them may be worked out from published figures")
	}
	var facts []Fact
	for i, c := range t.Cells {
		m := measures[c.Measure]
		f := Fact{Key: c.Key, Kind: m.Kind, Outcomes: c.Outcomes, Reason: reasons[i]}
		if reasons[i] == "" {
			out.cells = append(out.cells, r.publish(m, c))
		} else {
			out.cells = append(out.cells, ReleasedCell{Key: c.Key, Hidden: true})
			out.audit = append(out.audit, Hidden{Key: c.Key, Reason: reasons[i]})
			f.Threshold = r.threshold(m)
		}
		facts = append(facts, f)
	}
	out.ledger = t.Before.add(facts)
	return out, nil
}

// dropBreakdowns hides a breakdown as a whole where too many of its classes
// are sensitive: a table of mostly hidden classes says little, and hiding the
// rest costs less than what the attacker would demand.
func (r Rule) dropBreakdowns(cells []Cell, reasons []Reason) {
	type count struct{ hidden, all int }
	group := func(k Key) Key { k.Class = ""; return k }
	counts := map[Key]count{}
	for i, c := range cells {
		n := counts[group(c.Key)]
		n.all++
		if reasons[i] != "" {
			n.hidden++
		}
		counts[group(c.Key)] = n
	}
	for i, c := range cells {
		n := counts[group(c.Key)]
		if c.Breakdown != Total && reasons[i] == "" && 100*n.hidden > r.MaxPrimaryShare*n.all {
			reasons[i] = Secondary
		}
	}
}
