package intake

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fromFolders makes the batch of a folder without a manifest: a case of each
// subfolder, whose name is the case's number, and in it the files by sorted
// name.
func (b *Batch) fromFolders(name string, names []string, known Known) error {
	if top := commonFolder(names); top != "" && allBelow(names, top) {
		b.base = top
	}
	var problems Problems
	for _, full := range names {
		rel := strings.TrimPrefix(full, b.base)
		id, inside, ok := strings.Cut(rel, "/")
		if !ok {
			problems.add(&Problem{File: name, Column: rel, Reason: ErrInNoCase, Args: []any{rel}})
			continue
		}
		n := len(b.Cases)
		if n == 0 || b.Cases[n-1].ID != id {
			if !idForm.MatchString(id) {
				problems.add(&Problem{File: name, Column: rel, Reason: ErrID, Args: []any{clip(id, 80)}})
			}
			b.Cases = append(b.Cases, Case{ID: id, Weight: 1, Place: Place{File: id}})
			n++
		}
		c := &b.Cases[n-1]
		c.Documents = append(c.Documents, namedEntry(len(c.Documents)+1, rel, inside, known))
	}
	if len(names) == 0 {
		problems.add(&Problem{File: name, Reason: ErrNoManifest})
	}
	return problems.err()
}

// allBelow reports whether every name stands in a folder of folder top, so
// that top is a wrapping and no case.
func allBelow(names []string, top string) bool {
	for _, n := range names {
		if !strings.Contains(strings.TrimPrefix(n, top), "/") {
			return false
		}
	}
	return true
}

// dayForm finds "dag-021", "day21" or "d021" as a part of a file's name.
var dayForm = regexp.MustCompile(`(?i)(?:^|[^\pL\pN])(?:dag|day|d)[-_ ]?(\d{1,5})(?:[^\pL\pN]|$)`)

// namedEntry reads what a file's name tells of a document: the longest known
// type code it starts with, and the day.
func namedEntry(number int, file, inside string, known Known) Entry {
	base := path.Base(inside)
	stem := strings.TrimSuffix(base, path.Ext(base))
	e := Entry{Number: number, Title: stem, File: file, Place: Place{File: file}}
	for code := range known.DocumentTypes {
		rest, ok := strings.CutPrefix(strings.ToLower(stem), strings.ToLower(code))
		next, _ := utf8.DecodeRuneInString(rest)
		if ok && (rest == "" || !unicode.IsLetter(next)) && len(code) > len(e.Type) {
			e.Type = code
		}
	}
	if m := dayForm.FindStringSubmatch(stem); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			e.Day = &n
		}
	}
	return e
}
