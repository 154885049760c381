package intake

import (
	"io"
	"strconv"
)

// A ListEntry is one entry of a code list of a study.
type ListEntry struct {
	Code, LabelNL, LabelEN string
	ValidFrom, ValidTo     *int   // years; nil when the cell is empty
	Successor              string // code of another entry, may be empty
	Attributes             []Attribute
	Line                   int
}

// ReadList reads a code list: CSV with the columns code, label_nl and label_en,
// where there are any valid_from, valid_to and successor, and an attribute in
// every further column. Its error is a [Problems] with all mistakes.
func ReadList(src io.Reader, file string, limits Limits) ([]ListEntry, error) {
	known := []string{"code", "label_nl", "label_en", "valid_from", "valid_to", "successor"}
	t := newCSV(src, file, limits)
	if !t.header(known[:3]...) {
		return nil, t.problems.err()
	}
	var list []ListEntry
	seen := map[string]row{}
	for {
		r, ok := t.read()
		if !ok || t.problems.full() {
			break
		}
		e := ListEntry{
			Code: r.id("code"), LabelNL: r.required("label_nl"), LabelEN: r.required("label_en"),
			ValidFrom: r.year("valid_from"), ValidTo: r.year("valid_to"), Successor: r.cell("successor"),
			Attributes: r.attributes(known), Line: r.line,
		}
		if first, twice := seen[e.Code]; twice && e.Code != "" {
			t.problems.add(r.problem("code", ErrEntryTwice, e.Code, first.place()))
		}
		seen[e.Code] = row{table: r.table, line: r.line}
		list = append(list, e)
	}
	return finish(t, list)
}

// year reads a year of four digits; an empty cell is nil.
func (r row) year(heading string) *int {
	v := r.cell(heading)
	if v == "" {
		return nil
	}
	y, err := strconv.Atoi(v)
	if err != nil || y < 1900 || y > 2999 {
		r.table.problems.add(r.problem(heading, ErrYear, clip(v, 80)))
		return nil
	}
	return &y
}
