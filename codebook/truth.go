package codebook

import "strings"

// Missing codes, and two codes that stand beside them in derivations only.
const (
	NR = "NR" // not recorded in the file
	DM = "DM" // file part not supplied
	NA = "NA" // not applicable
	UC = "UC" // unclear or contradictory

	OPEN = "OPEN" // not answered
	LIST = "LIST" // attribute not set in the code list
)

// Codes is a set of the codes DM, LIST, NR, OPEN and UC: why something is
// unknown. NA is never in it. The zero Codes is empty.
type Codes uint8

// codeNames is sorted; the bit of a code is its place here.
var codeNames = [...]string{DM, LIST, NR, OPEN, UC}

const (
	hasDM Codes = 1 << iota
	hasLIST
	hasNR
	hasOPEN
	hasUC
)

// CodesOf returns the set of those codes; others are ignored.
func CodesOf(codes ...string) Codes {
	var set Codes
	for _, code := range codes {
		for i, name := range codeNames {
			if code == name {
				set |= 1 << i
			}
		}
	}
	return set
}

// Has reports whether code is in the set.
func (s Codes) Has(code string) bool { return s&CodesOf(code) != 0 }

// List returns the codes in alphabetical order.
func (s Codes) List() []string {
	var list []string
	for i, name := range codeNames {
		if s&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}

// String returns the codes in alphabetical order, joined by "|".
func (s Codes) String() string { return strings.Join(s.List(), "|") }

// first returns the code that speaks for the set: DM before NR before UC. It
// is empty when the set has none of these.
func (s Codes) first() string {
	switch {
	case s&hasDM != 0:
		return DM
	case s&hasNR != 0:
		return NR
	case s&hasUC != 0:
		return UC
	}
	return ""
}

// A Kind is the result of an expression.
type Kind uint8

// The kinds of results.
const (
	No Kind = iota
	Yes
	Unknown
	NotApplicable
)

// String returns yes, no, unknown or na.
func (k Kind) String() string { return [...]string{"no", "yes", "unknown", "na"}[k&3] }

// A Truth is what an expression says of a case. Codes is empty unless Kind is
// [Unknown], and then tells which missing answers stand in the way.
type Truth struct {
	Kind  Kind
	Codes Codes
}

// String returns a form such as "yes" or "unknown (DM|NR)".
func (t Truth) String() string { return withCodes(t.Kind.String(), t.Codes) }

func withCodes(name string, codes Codes) string {
	if codes == 0 {
		return name
	}
	return name + " (" + codes.String() + ")"
}

func truth(b bool) Truth {
	if b {
		return Truth{Kind: Yes}
	}
	return Truth{Kind: No}
}

func unknown(codes Codes) Truth { return Truth{Kind: Unknown, Codes: codes} }

// and is Kleene's strong conjunction with two additions: codes are united,
// and na stands between unknown and yes.
func and(terms ...Truth) Truth {
	var codes Codes
	na := false
	for _, t := range terms {
		switch t.Kind {
		case No:
			return t
		case Unknown:
			codes |= t.Codes
		case NotApplicable:
			na = true
		}
	}
	switch {
	case codes != 0:
		return unknown(codes)
	case na:
		return Truth{Kind: NotApplicable}
	}
	return Truth{Kind: Yes}
}

// or is Kleene's strong disjunction with codes united. It is na only when
// every term is.
func or(terms ...Truth) Truth {
	var codes Codes
	na := true
	for _, t := range terms {
		switch t.Kind {
		case Yes:
			return t
		case Unknown:
			codes |= t.Codes
		}
		na = na && t.Kind == NotApplicable
	}
	switch {
	case codes != 0:
		return unknown(codes)
	case na:
		return Truth{Kind: NotApplicable}
	}
	return Truth{Kind: No}
}

// not swaps yes and no and leaves the rest.
func not(t Truth) Truth {
	switch t.Kind {
	case Yes:
		t.Kind = No
	case No:
		t.Kind = Yes
	}
	return t
}
