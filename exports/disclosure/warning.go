package disclosure

import "fmt"

// A Warning is what those who decide on a release should know of a figure. It
// must stay inside.
type Warning struct {
	Kind WarningKind `json:"kind"`
	Key
	Threshold int `json:"threshold"` // cases
}

// A WarningKind is the stable code of a warning.
type WarningKind string

// Kinds of warning.
const (
	// HiddenTooLate: the figure was published before and is hidden now.
	HiddenTooLate WarningKind = "hidden_too_late"
	// SmallRevision: the figure was published before and changes by fewer
	// cases than the threshold, so that the difference tells of them.
	SmallRevision WarningKind = "small_revision"
)

// WarningKinds returns every kind of warning.
func WarningKinds() []WarningKind { return []WarningKind{HiddenTooLate, SmallRevision} }

// String gives the English sentence.
func (w Warning) String() string {
	if w.Kind == HiddenTooLate {
		return fmt.Sprintf("%s was published before and is hidden now, which protects nothing", w.Key)
	}
	return fmt.Sprintf("%s was published before and its count of yes changes by fewer than %d cases; who keeps the old figure may learn of them", w.Key, w.Threshold)
}
