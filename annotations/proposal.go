package annotations

import "time"

// A ProposalState is where a [Proposal] stands.
type ProposalState string

// The states of a proposal.
const (
	ProposalOpen     ProposalState = "open"
	ProposalAdopted  ProposalState = "adopted"
	ProposalDeclined ProposalState = "declined"
)

// A Proposal is a rule of the codebook that a decision found unclear. It is
// there for the next version: the codebook itself never changes.
type Proposal struct {
	ID       int64
	Case     CaseID
	Variable string
	Reason   string // of the decision
	By       string // name of who decided
	At       time.Time
	State    ProposalState
	Answer   string // what was done with it
}

// A Vote is what one member of a panel says about a difference.
type Vote struct {
	Decision
	Name string // of who voted
}
