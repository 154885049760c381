package annotations

import (
	"time"

	"github.com/dossierlens/dossierlens/codebook"
)

// An Entry is one version of one coder's answer to one variable. Versions
// count from 1; an entry is never changed, a second thought is a new entry.
// An entry whose answer is empty says that the answer was taken back.
type Entry struct {
	Variable string
	Answer   codebook.Answer
	Note     string
	Searched []string // for NR: the document types that were searched, in codebook order
	Version  int
	Codebook string // version of the codebook under which it was given
	At       time.Time
}

// A Coding is one coder's work on one case: the newest entry of each variable,
// as they stand now or as they stood at a submission.
type Coding struct {
	Assignment int64
	Coder      int64
	Entries    map[string]Entry
	Passages   []Passage
}

// Stated returns the answers of the coding as the coder stated them, without
// those taken back.
func (k Coding) Stated() codebook.Answers {
	stated := make(codebook.Answers, len(k.Entries))
	for id, e := range k.Entries {
		if e.Answer != (codebook.Answer{}) {
			stated[id] = e.Answer
		}
	}
	return stated
}

// A Passage is where an answer rests: a span of a stored document or, on
// site, a place described in words.
type Passage struct {
	ID         int64
	Assignment int64
	Variable   string
	Category   string // the option it speaks for, may be empty

	Document   int64 // the store's number; 0 on site
	Start, End int   // code points of the document's text, half open
	Quote      string

	DocumentType string // on site
	Page         *int
	Day          *int
	Paraphrase   string

	At        time.Time
	Removed   bool
	DeletedAt time.Time // when the text of the document was deleted, and Quote with it
}
