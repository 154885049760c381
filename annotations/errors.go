package annotations

import "errors"

// The kinds of error that a user can cause. The server has one table that
// turns them into answers; anything else is the program's own fault.
var (
	// ErrNotFound says that there is no such thing, or none that the actor
	// may know of.
	ErrNotFound = errors.New("not found")
	// ErrDenied says that the actor may not do this. For a case it is told
	// as not found, so that its existence stays unknown.
	ErrDenied = errors.New("not permitted")
	// ErrLocked says that the coding has been handed in, or its case has
	// moved on, so that it can no longer be changed by its coder.
	ErrLocked = errors.New("locked")
)

// An InvalidError says which field of what a person gave is wrong. Key and
// Args name the message; the sentence itself is made where the reader's
// language is known.
type InvalidError struct {
	Field string // name of the form field, empty when the whole is meant
	Key   string // message key
	Args  map[string]any
}

func (e *InvalidError) Error() string {
	if e.Field == "" {
		return "invalid: " + e.Key
	}
	return "invalid " + e.Field + ": " + e.Key
}

// A ConflictError says that an answer was saved elsewhere since the page read
// it. Both are kept: Current is stored, Yours is what came.
type ConflictError struct {
	Current, Yours Entry
}

func (e *ConflictError) Error() string { return "the answer was changed elsewhere in the meantime" }
