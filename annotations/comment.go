package annotations

import "time"

// A Comment is something said about a coding: by its coder to the lead or to
// themselves, or by the lead who sends the coding back. What was said is never
// changed; replies follow it and its state moves.
//
// A comment is for its coder and the lead alone. It never reaches another
// coder of the case, for it may tell what was answered.
type Comment struct {
	ID         int64
	Assignment int64
	Key        string // chosen by who sends it; the same key is the same comment
	Kind       CommentKind
	Variable   string // empty when the case as a whole is meant
	Passage    int64  // 0 when no passage is meant
	Text       string
	State      CommentState
	Author     int64
	AuthorName string
	At         time.Time
	Replies    []Reply // oldest first
}

// A Reply is what was said after a comment.
type Reply struct {
	Text       string
	Author     int64
	AuthorName string
	At         time.Time
}

// A CommentKind is what a comment is for.
type CommentKind string

// The kinds of comment.
const (
	AskLead      CommentKind = "question" // to the lead, who answers
	OwnNote      CommentKind = "note"     // to oneself; nobody else sees it
	ForCodebook  CommentKind = "codebook" // a rule that is not clear, for the next version
	ReviewRemark CommentKind = "review"   // by the lead; to be resolved before the coding is handed in again
)

// A CommentState is how far a comment has come.
type CommentState string

// The states. A reply by the lead answers, one by the coder opens again;
// either may close.
const (
	CommentOpen     CommentState = "open"
	CommentAnswered CommentState = "answered"
	CommentClosed   CommentState = "closed"
)

// MaxComment is the length in characters that a comment or a reply may have.
const MaxComment = 2000
