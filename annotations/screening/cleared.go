package screening

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// A Cleared is a text that was scanned and of which every finding was decided.
// Its fields are unexported and [Screener.Clear] and [Screener.ClearCase] are the
// only ways to make one, so a text that nobody looked at cannot enter a study by mistake.
type Cleared struct {
	text   string
	sha256 string
}

// Text returns the text as it is to be stored, with replacements made.
func (c Cleared) Text() string { return c.text }

// SHA256 returns the hash of [Cleared.Text] in hex, or "" for the zero Cleared.
func (c Cleared) SHA256() string { return c.sha256 }

// A Decision is what a person decided about one finding: it is released, with
// a reason, or its text is replaced. The zero Decision decides nothing.
type Decision struct {
	Replace     bool
	Replacement string // a role or a day number in brackets, such as "[MOEDER]"
	Reason      string // why it is no identifier; required for a release
}

// ErrUndecided says that a finding has no decision yet.
var ErrUndecided = errors.New("the finding is not decided")

// An UndecidedError names the findings that keep a text from being cleared.
type UndecidedError struct {
	Findings []Finding
}

func (e *UndecidedError) Error() string {
	return fmt.Sprintf("%d findings are not decided", len(e.Findings))
}

func (e *UndecidedError) Unwrap() error { return ErrUndecided }

// Clear scans text and returns the proof that it was looked at. Every finding
// needs a decision, by its position in what [Screener.Scan] returns for the
// same text; without findings decisions is nil. A replaced text is scanned
// again, so that a replacement cannot bring a new identifier in. It returns an
// [UndecidedError] with all findings that are left.
func (s *Screener) Clear(text string, decisions []Decision) (Cleared, error) {
	findings := s.Scan(text)
	var left []Finding
	for i, f := range findings {
		if i >= len(decisions) || !decisions[i].decided() {
			left = append(left, f)
		}
	}
	if left != nil {
		return Cleared{}, &UndecidedError{left}
	}
	replaced, released := apply(text, findings, decisions)
	if replaced != text {
		for _, f := range s.Scan(replaced) {
			if !released[f.Text] {
				left = append(left, f)
			}
		}
		if left != nil {
			return Cleared{}, &UndecidedError{left}
		}
	}
	return proven(replaced), nil
}

// proven makes the proof for a text that nothing is left to decide about.
func proven(text string) Cleared {
	sum := sha256.Sum256([]byte(text))
	return Cleared{text: text, sha256: hex.EncodeToString(sum[:])}
}

func (d Decision) decided() bool {
	if d.Replace {
		return strings.TrimSpace(d.Replacement) != ""
	}
	return strings.TrimSpace(d.Reason) != ""
}

// apply makes the replacements, from the front to the back, and returns the
// texts of the findings that were released. Of findings that overlap the first
// replacement stands.
func apply(text string, findings []Finding, decisions []Decision) (string, map[string]bool) {
	released := map[string]bool{}
	runes := []rune(text)
	var out strings.Builder
	at := 0
	for i, f := range findings {
		if !decisions[i].Replace {
			released[f.Text] = true
			continue
		}
		if f.Start < at {
			continue
		}
		out.WriteString(string(runes[at:f.Start]))
		out.WriteString(strings.TrimSpace(decisions[i].Replacement))
		at = f.End
	}
	out.WriteString(string(runes[at:]))
	return out.String(), released
}
