package annotations

import "time"

// A CaseID is the pseudonym of a case within its study, such as "C-0142". It
// is never derived from the people whom the case is about.
type CaseID string

// A Case is one family from one index report, day 0. Its documents may have
// been read on site, and then none is stored.
type Case struct {
	Key        int64 // the store's own number
	Study      string
	ID         CaseID
	Region     string // code of the study's region list, may be empty
	Period     string // "2025-H1", may be empty
	Source     string
	Stratum    string
	Weight     float64 // N_h / n_h; 0 when no sample was drawn
	FrameN     int     // N_h, eligible cases in the stratum; 0 when unknown
	OnSite     bool    // no text is stored; evidence is described, not marked
	Attributes map[string]string
	State      State
	Practice   bool // has a gold standard and belongs to no figure
}

// A State is how far a case has come.
type State string

// The states, in the order in which a case goes through them.
const (
	Screening State = "screening" // a document is held back until findings are decided
	Available State = "released"  // may be given to coders
	Assigned  State = "assigned"  // given to coders, not begun
	InCoding  State = "coding"    // begun
	Submitted State = "submitted" // some codings are in, others not yet
	Comparing State = "comparing" // all codings are in; differences are open
	Settled   State = "settled"   // every answer is settled
	Dropped   State = "dropped"   // left the sample, with a reason
)

// States lists all states in their order.
var States = []State{Screening, Available, Assigned, InCoding, Submitted, Comparing, Settled, Dropped}

// An AssignmentStatus is how far one coder has come with one case.
type AssignmentStatus string

const (
	Open      AssignmentStatus = "open"      // being coded, or not begun
	HandedIn  AssignmentStatus = "submitted" // locked for its coder
	Returned  AssignmentStatus = "returned"  // sent back by the lead, open again
	Withdrawn AssignmentStatus = "withdrawn" // recalled; what was answered stays
)

// StateOf returns the state of a released case whose assignments have the
// given statuses, begun flags and approvals, and of which settled says that no
// difference is open. Withdrawn assignments and hidden repeats do not count.
func StateOf(assignments []Assignment, settled bool) State {
	given, begun, in, waiting := 0, 0, 0, 0
	for _, a := range assignments {
		switch {
		case a.Status == Withdrawn || a.RepeatOf != 0:
			continue
		case a.Status == HandedIn:
			if a.Awaits {
				waiting++
			}
			in++
			begun++
		case !a.StartedAt.IsZero():
			begun++
		}
		given++
	}
	switch {
	case given == 0:
		return Available
	case in > 0 && waiting > 0:
		return Submitted
	case in == given && settled:
		return Settled
	case in == given:
		return Comparing
	case in > 0:
		return Submitted
	case begun > 0:
		return InCoding
	}
	return Assigned
}

// An Assignment is a case given to a coder.
type Assignment struct {
	ID          int64
	Case        Case
	Coder       int64 // user
	CoderName   string
	Round       string
	RoundKind   RoundKind
	Due         time.Time // overdue from then on, while it was never handed in; zero for no limit
	Status      AssignmentStatus
	CoreOnly    bool  // only the core variables are asked
	RepeatOf    int64 // the lead alone knows that it is a hidden repeat of this assignment; 0 for none and for coders
	CreatedAt   time.Time
	StartedAt   time.Time // zero when not begun
	SubmittedAt time.Time // of the last submission, zero when none
	Answered    int       // variables with an answer now
	Awaits      bool      // handed in, and counts only once the lead approved it
	Approved    bool      // handed in and approved
	Asked       int       // comments on it that are not closed, for the lead who looks it over
}

// Editable reports whether the coder may still change the coding.
func (a Assignment) Editable() bool { return a.Status == Open || a.Status == Returned }

// Overdue reports whether the case is late: it was never handed in, and at the
// given time it should have been.
func (a Assignment) Overdue(at time.Time) bool {
	return a.Status == Open && !a.Due.IsZero() && !at.Before(a.Due)
}
