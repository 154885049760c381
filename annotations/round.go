package annotations

import "time"

// A RoundKind says what a round is for.
type RoundKind string

// The kinds, in the order in which a study goes through them.
const (
	Training   RoundKind = "training"   // practice cases with a gold standard; counts in no figure
	Pilot      RoundKind = "pilot"      // tries the codebook out
	Production RoundKind = "production" // what the figures rest on
)

// RoundKinds lists all kinds in their order.
var RoundKinds = []RoundKind{Training, Pilot, Production}

// A Round is a batch of work of a study.
type Round struct {
	Name     string
	Kind     RoundKind
	Place    int       // in the order of the work, from 1
	Deadline time.Time // the last day on which codings are expected, at midnight UTC; zero for none
	Days     int       // in which a case is expected back once it is given; 0 for no limit
}

// Due returns the moment from which a case that was given at a time is
// overdue: the end of the deadline or of its days, whichever comes first. It
// is zero when there is neither.
func (r Round) Due(given time.Time) time.Time {
	var due time.Time
	if !r.Deadline.IsZero() {
		due = r.Deadline.AddDate(0, 0, 1)
	}
	if r.Days > 0 {
		if limit := given.AddDate(0, 0, r.Days); due.IsZero() || limit.Before(due) {
			due = limit
		}
	}
	return due
}

// A RepeatedCoding is a case that a coder coded twice without knowing: what
// intra-coder reliability is computed on, and nothing else.
type RepeatedCoding struct {
	Case   Case
	Coder  int64
	First  IndependentCoding // as it stood when the repeat was given
	Repeat IndependentCoding // as it was handed in at first
}
