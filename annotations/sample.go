package annotations

// A DropReason says why a drawn case left the sample.
type DropReason string

// The reasons. What they do to the weights is for [DropReason.Outside].
const (
	IncompleteFile     DropReason = "incomplete_file"
	OutsideTargetGroup DropReason = "outside_target_group"
	NotAnonymized      DropReason = "anonymisation_insufficient"
	DuplicateFamily    DropReason = "duplicate_family"
	Unusable           DropReason = "unusable"
	OtherReason        DropReason = "other"
)

// DropReasons lists all reasons.
var DropReasons = []DropReason{IncompleteFile, OutsideTargetGroup, NotAnonymized, DuplicateFamily, Unusable, OtherReason}

// Outside reports whether the case was found not to belong to the population:
// it stays in the sample as a unit outside every domain, for such cases stand
// in the rest of the frame as well. With any other reason, the unnamed one
// too, the case is eligible and lost: non-response, for which the other cases
// of its stratum are weighted up.
func (r DropReason) Outside() bool { return r == OutsideTargetGroup || r == DuplicateFamily }

// A SampleStratum counts what became of one stratum of a frame.
type SampleStratum struct {
	Name     string `json:"stratum"`
	Frame    int    `json:"frame"`    // N_h, eligible cases in the frame
	Planned  int    `json:"planned"`  // drawn at first
	Drawn    int    `json:"drawn"`    // n_h, from the top of the list to the last one used
	Outside  int    `json:"outside"`  // of these, found not to belong to the population
	Unusable int    `json:"unusable"` // of these, eligible and lost
	Received int    `json:"received"` // of these, with a file in the study
	Settled  int    `json:"settled"`  // of these, settled
}

// Weight is the number of cases of the frame for which a case of the stratum
// stands: N_h / n_h, times n_h / (n_h - u_h) for the u_h that are lost, which
// supposes these to be like the others of their stratum (the weighting-class
// estimator: Särndal, Swensson and Wretman 1992, section 15.6). It is 0 when
// no case is left.
func (s SampleStratum) Weight() float64 {
	if s.Drawn <= s.Unusable {
		return 0
	}
	return float64(s.Frame) / float64(s.Drawn-s.Unusable)
}

// Reserve returns how many cases of the list were not used.
func (s SampleStratum) Reserve() int { return s.Frame - s.Drawn }

// Eligible returns how many drawn cases belong to the population, as far as is
// known.
func (s SampleStratum) Eligible() int { return s.Drawn - s.Outside }

// Response returns the share of eligible cases that were not lost; 0 when
// there are no eligible cases.
func (s SampleStratum) Response() float64 {
	if s.Eligible() == 0 {
		return 0
	}
	return float64(s.Eligible()-s.Unusable) / float64(s.Eligible())
}

// Add counts the cases of o with those of s, for totals.
func (s SampleStratum) Add(o SampleStratum) SampleStratum {
	s.Frame, s.Planned, s.Drawn = s.Frame+o.Frame, s.Planned+o.Planned, s.Drawn+o.Drawn
	s.Outside, s.Unusable, s.Received, s.Settled = s.Outside+o.Outside, s.Unusable+o.Unusable, s.Received+o.Received, s.Settled+o.Settled
	return s
}
