package screening

// A Severity says whether a finding must be decided before the text may be
// used (block) or is pointed out to be looked at (warn). Both need a decision
// at import.
type Severity string

const (
	Block Severity = "block"
	Warn  Severity = "warn"
)

// A Finding is a place in a text that may identify a person. Start and End are
// code points of the scanned text, half open. Rule names what found it, such
// as "bsn-11-test" or "name-title".
type Finding struct {
	Kind     Kind     `json:"kind"`
	Start    int      `json:"start"`
	End      int      `json:"end"`
	Text     string   `json:"text"`
	Severity Severity `json:"severity"`
	Rule     string   `json:"rule"`
}
