package annotations

import (
	"time"
)

// A Handed is a case with all codings of it that were handed in, as they
// were last handed in, for export.
type Handed struct {
	Case    Case
	Codings []HandedCoding // by assignment
	// Settlement is nil while an answer waits for a decision or a coding is
	// out.
	Settlement *Settlement
	Opened     bool // its comparison was opened: its codings are no longer blind
}

// A HandedCoding is one coder's coding and when it was handed in.
type HandedCoding struct {
	Coding
	Login       string
	SubmittedAt time.Time
}
