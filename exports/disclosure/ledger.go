package disclosure

// A Ledger is every figure that was ever released, with the counts behind it.
// It is what a later release is protected against. It stays inside.
type Ledger struct {
	Facts []Fact `json:"facts"`
}

// A Fact is a cell of an earlier release.
type Fact struct {
	Key
	Kind     Kind     `json:"kind"`
	Outcomes Outcomes `json:"outcomes"`
	// Reason is why the cell was hidden, empty if it was published.
	Reason Reason `json:"reason,omitempty"`
	// Threshold is T of a cell whose yes or no is sensitive.
	Threshold int `json:"threshold,omitempty"`
}

// add returns the ledger with the cells of a release. A cell that is released
// again replaces its earlier vintage.
func (l Ledger) add(facts []Fact) Ledger {
	replaced := map[Key]bool{}
	for _, f := range facts {
		replaced[f.Key] = true
	}
	var out Ledger
	for _, f := range l.Facts {
		if !replaced[f.Key] {
			out.Facts = append(out.Facts, f)
		}
	}
	out.Facts = append(out.Facts, facts...)
	return out
}
