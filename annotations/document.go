package annotations

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// A Document is one text of a case file. It never changes once stored and is
// known by the SHA-256 of its text.
type Document struct {
	Key    int64 // the store's own number
	Number int   // within the case, counted from 1
	Type   string
	Title  string
	Day    *int // relative to day 0; nil when unknown
	Text   string
	SHA256 string
	Pages  []int // code points at which pages begin; empty when unknown
	Chars  int   // code points of Text, also when it was deleted

	DeletedAt time.Time // when Text was deleted; zero: it is there
}

// ErrMisplaced says that the text at a passage's offsets is not its quote.
var ErrMisplaced = errors.New("the text at these offsets is not the quoted text")

// Slice returns the code points [start, end) of text.
func Slice(text string, start, end int) (string, error) {
	if start < 0 || end <= start {
		return "", fmt.Errorf("offsets %d-%d: %w", start, end, ErrMisplaced)
	}
	from, n := -1, 0
	for i := range text {
		if n == start {
			from = i
		}
		if n == end {
			return text[from:i], nil
		}
		n++
	}
	if n == end && from >= 0 {
		return text[from:], nil
	}
	return "", fmt.Errorf("offsets %d-%d of %d: %w", start, end, n, ErrMisplaced)
}

// Verify reports with [ErrMisplaced] a passage whose quote does not stand at
// its offsets in d. Where the text was deleted nothing is left to look at.
func (d Document) Verify(p Passage) error {
	if !d.DeletedAt.IsZero() {
		return nil
	}
	got, err := Slice(d.Text, p.Start, p.End)
	if err != nil {
		return err
	}
	if got != p.Quote {
		return fmt.Errorf("offsets %d-%d: %w", p.Start, p.End, ErrMisplaced)
	}
	return nil
}

// Locate returns the offsets in code points of the only place where quote
// stands in text.
func Locate(text, quote string) (start, end int, err error) {
	i := strings.Index(text, quote)
	if quote == "" || i < 0 || strings.Contains(text[i+1:], quote) {
		return 0, 0, fmt.Errorf("the quote does not stand in the text exactly once: %w", ErrMisplaced)
	}
	start = utf8.RuneCountInString(text[:i])
	return start, start + utf8.RuneCountInString(quote), nil
}
