package codebook

import (
	"fmt"
	"strings"
)

// A StatusKind is where a case stands in a measure.
type StatusKind uint8

// The kinds of status.
const (
	StatusOutside            StatusKind = iota // not in the denominator
	StatusExcluded                             // left out by the measure's exclude
	StatusYes                                  // in the numerator
	StatusNo                                   // in the denominator only
	StatusUnknown                              // in the denominator, numerator unknown
	StatusDenominatorUnknown                   // not known whether in the denominator
)

var statusNames = [...]string{"outside", "excluded", "yes", "no", "unknown", "denominator_unknown"}

// String returns the name that files use.
func (k StatusKind) String() string {
	if int(k) < len(statusNames) {
		return statusNames[k]
	}
	return fmt.Sprintf("StatusKind(%d)", uint8(k))
}

// A Status is where a case stands in a measure, whatever the policy. Codes
// says why it is unknown or denominator_unknown and is empty otherwise.
type Status struct {
	Kind  StatusKind
	Codes Codes
}

// String returns a form such as "yes" or "unknown (DM|NR)".
func (s Status) String() string { return withCodes(s.Kind.String(), s.Codes) }

// ParseStatus reads what [Status.String] wrote.
func ParseStatus(text string) (Status, error) {
	name, rest, found := strings.Cut(text, " (")
	var s Status
	if found {
		list, ok := strings.CutSuffix(rest, ")")
		if s.Codes = CodesOf(strings.Split(list, "|")...); !ok || s.Codes.String() != list {
			return Status{}, fmt.Errorf("status %q: codes cannot be read", text)
		}
	}
	for i, known := range statusNames {
		if name == known {
			s.Kind = StatusKind(i)
			if hasCodes := s.Kind == StatusUnknown || s.Kind == StatusDenominatorUnknown; hasCodes != (s.Codes != 0) {
				return Status{}, fmt.Errorf("status %q: only an unknown status has codes, and it has them always", text)
			}
			return s, nil
		}
	}
	return Status{}, fmt.Errorf("status %q is not one of %s", text, strings.Join(statusNames[:], ", "))
}

// An Outcome is the one cell of a table in which a case is counted. The
// outcomes of all cases add up to the number of cases.
type Outcome uint8

// The outcomes.
const (
	OutcomeYes Outcome = iota
	OutcomeNo
	OutcomeUnknownDM
	OutcomeUnknownNR
	OutcomeUnknownUC
	OutcomeDenominatorUnknown
	OutcomeOutside
	OutcomeExcluded
)

// Outcomes are all outcomes in the order of tables.
var Outcomes = [...]Outcome{
	OutcomeYes, OutcomeNo, OutcomeUnknownDM, OutcomeUnknownNR, OutcomeUnknownUC,
	OutcomeDenominatorUnknown, OutcomeOutside, OutcomeExcluded,
}

var outcomeNames = [...]string{
	"yes", "no", "unknown_DM", "unknown_NR", "unknown_UC", "denominator_unknown", "outside", "excluded",
}

// String returns the name that files use.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// Outcome returns the outcome of s. Of several codes DM comes before NR before
// UC; OPEN and LIST count as DM.
func (s Status) Outcome() Outcome {
	switch s.Kind {
	case StatusYes:
		return OutcomeYes
	case StatusNo:
		return OutcomeNo
	case StatusDenominatorUnknown:
		return OutcomeDenominatorUnknown
	case StatusExcluded:
		return OutcomeExcluded
	case StatusUnknown:
		switch {
		case s.Codes&(hasDM|hasOPEN|hasLIST) != 0:
			return OutcomeUnknownDM
		case s.Codes&hasNR != 0:
			return OutcomeUnknownNR
		}
		return OutcomeUnknownUC
	}
	return OutcomeOutside
}

// A Policy says what becomes of cases whose numerator is unknown.
type Policy string

// The policies. A codebook names Demonstrable or Known; Lower and Upper are
// the bounds that are computed beside them.
const (
	Demonstrable Policy = "demonstrable" // NR and UC count as no; DM, OPEN and LIST leave the denominator
	Known        Policy = "known"        // all unknown leave the denominator
	Lower        Policy = "lower"        // all unknown count as no, except by OPEN
	Upper        Policy = "upper"        // all unknown count as yes, except by OPEN
)

// A Part is the part that a case has in a share under a policy.
type Part uint8

// The parts.
const (
	PartOut Part = iota // not in the denominator
	PartNo              // in the denominator only
	PartYes             // in numerator and denominator
)

// Under returns the part of a case with status s under policy. An answer that
// is still to be given (OPEN) bounds nothing, so such a case is out of the
// bounds as well.
func (s Status) Under(policy Policy) Part {
	switch s.Kind {
	case StatusYes:
		return PartYes
	case StatusNo:
		return PartNo
	case StatusUnknown:
		switch {
		case policy == Demonstrable && s.Codes&(hasDM|hasOPEN|hasLIST) == 0:
			return PartNo
		case policy == Lower && s.Codes&hasOPEN == 0:
			return PartNo
		case policy == Upper && s.Codes&hasOPEN == 0:
			return PartYes
		}
	}
	return PartOut
}
