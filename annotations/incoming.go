package annotations

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/dossierlens/dossierlens/annotations/screening"
)

// An IncomingCase is a case on its way into a study, with those of its
// documents that were cleared and those that must wait.
type IncomingCase struct {
	Case      Case // without Key and State
	Documents []Incoming
	Held      []Held
}

// An Incoming is a document on its way in. Only a text that screening cleared
// makes one: see [NewIncoming].
type Incoming struct {
	Number       int
	Type         string
	Title        string
	Day          *int
	Pages        []int           // code points at which pages begin
	Notices      json.RawMessage // what reading left out
	SourceSHA256 string          // of the text as it came, before replacements

	cleared screening.Cleared
}

// NewIncoming returns a document with the given text; the caller fills in the
// other fields.
func NewIncoming(text screening.Cleared) Incoming {
	return Incoming{cleared: text, SourceSHA256: text.SHA256()}
}

// Text returns the cleared text; it is empty for a zero Incoming, which no
// store accepts.
func (i Incoming) Text() string { return i.cleared.Text() }

// SHA256 returns the hash of the text, in hex.
func (i Incoming) SHA256() string { return i.cleared.SHA256() }

// Chars returns the length of the text in code points.
func (i Incoming) Chars() int { return utf8.RuneCountInString(i.cleared.Text()) }

// A Held is a document that waits until a person has decided every finding.
type Held struct {
	Key      int64
	Case     Case
	Number   int
	Type     string
	Title    string
	Day      *int
	Text     string
	SHA256   string
	Pages    []int
	Notices  json.RawMessage
	Findings []screening.Finding
}
