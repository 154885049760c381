package intake

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	utf "golang.org/x/text/encoding/unicode"
)

// A table is a CSV file or a sheet with a header, read row by row. Columns
// are found by heading, in any order and case.
type table struct {
	file     string
	next     func() (cells []string, line int, err error) // io.EOF ends it
	columns  []string                                     // headings, lower case, in file order
	at       map[string]int                               // heading to cell
	problems Problems
	rows     int
	limit    int  // rows
	latin    bool // a cell was taken for Windows-1252
}

// A row is one row of a table.
type row struct {
	table *table
	cells []string
	line  int
}

// cell gives the value under heading without blanks around it, empty when
// the table has no such column.
func (r row) cell(heading string) string { return strings.TrimSpace(r.raw(heading)) }

// raw gives the value under heading as it stands.
func (r row) raw(heading string) string {
	i, ok := r.table.at[heading]
	if !ok || i >= len(r.cells) {
		return ""
	}
	return r.table.text(r.cells[i])
}

func (r row) problem(heading string, reason Reason, args ...any) *Problem {
	return &Problem{File: r.table.file, Line: r.line, Column: heading, Reason: reason, Args: args}
}

func (r row) place() string { return fmt.Sprintf("%s:%d", r.table.file, r.line) }

// text makes a cell canonical. A cell that is not UTF-8 is taken for
// Windows-1252, which is what Excel writes for a plain "CSV".
func (t *table) text(s string) string {
	if isPlain(s) {
		return s
	}
	if !utf8.ValidString(s) {
		if d, err := charmap.Windows1252.NewDecoder().String(s); err == nil {
			s, t.latin = d, true
		}
	}
	return norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r) || r == '\ufeff' || r == '\ufffe' || r == '\uffff':
			return -1
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n")))
}

// newCSV opens a CSV file with comma, semicolon or tab, by its header. A byte
// order mark of UTF-8, UTF-16 or UTF-32 is understood.
func newCSV(src io.Reader, file string, limits Limits) *table {
	bounded := newBounded(src, limits.TableBytes)
	buffered := bufio.NewReaderSize(bounded, 1<<16)
	in := bufio.NewReaderSize(unmarked(buffered), 1<<16)
	head, _ := in.Peek(1 << 15) // an error comes again on reading
	c := csv.NewReader(in)
	c.Comma = separator(head)
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	return &table{file: file, limit: limits.Rows, next: func() ([]string, int, error) {
		cells, err := c.Read()
		if e, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, 0, &Problem{File: file, Line: e.StartLine, Reason: ErrQuote, Args: []any{e.Err.Error()}, Err: err}
		}
		if err != nil {
			return nil, 0, err
		}
		bounded.nextRow()
		line, _ := c.FieldPos(0)
		return cells, line, nil
	}}
}

// unmarked takes off the byte order mark and decodes what it stands for.
func unmarked(in *bufio.Reader) io.Reader {
	head, _ := in.Peek(4)
	for _, m := range byteOrderMarks {
		if !strings.HasPrefix(string(head), m.mark) {
			continue
		}
		in.Discard(len(m.mark))
		if m.encoding == nil {
			return in
		}
		return transform.NewReader(in, m.encoding.NewDecoder())
	}
	if len(head) == 4 && head[1] == 0 && head[3] == 0 && head[0] != 0 {
		return transform.NewReader(in, utf.UTF16(utf.LittleEndian, utf.IgnoreBOM).NewDecoder())
	}
	return in
}

// separator finds what parts the cells of the header.
func separator(head []byte) rune {
	line := string(head)
	if i := strings.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	best, most := ',', 0
	for _, c := range []rune{',', ';', '\t'} {
		if n := strings.Count(line, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

// header reads the first row and notes each required heading that is not
// there. It reports whether rows can be read.
func (t *table) header(required ...string) bool {
	cells, line, err := t.next()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = &Problem{File: t.file, Reason: ErrEmpty}
		}
		t.fail(err)
		return false
	}
	t.at = map[string]int{}
	for i, cell := range cells {
		heading := strings.ToLower(strings.TrimSpace(t.text(cell)))
		t.columns = append(t.columns, heading)
		if heading == "" {
			continue
		}
		if _, twice := t.at[heading]; twice {
			t.problems.add(&Problem{File: t.file, Line: line, Column: heading, Reason: ErrColumnTwice, Args: []any{heading}})
			continue
		}
		t.at[heading] = i
	}
	for _, want := range required {
		if _, ok := t.at[want]; !ok {
			t.problems.add(&Problem{File: t.file, Line: line, Column: want, Reason: ErrNoColumn,
				Args: []any{want, clip(strings.Join(t.columns, ", "), 200)}})
		}
	}
	return len(t.problems) == 0
}

// fail notes an error of reading, with this file's name where it has none.
func (t *table) fail(err error) {
	t.problems.add(located(t.file, err).(*Problem))
}

// read gives the next row that has any content. It reports false at the end
// and at the first row that cannot be read at all, which is then a problem.
func (t *table) read() (row, bool) {
	for {
		cells, line, err := t.next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.fail(err)
			}
			return row{}, false
		}
		if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			continue
		}
		if t.rows++; t.rows > t.limit {
			t.problems.add(&Problem{File: t.file, Line: line, Reason: ErrTooManyRows, Args: []any{t.limit}})
			return row{}, false
		}
		t.checkCells(cells, line)
		return row{t, cells, line}, true
	}
}

// checkCells notes values that stand under no heading: a row of the wrong
// length is most often a separator inside a text without quotes.
func (t *table) checkCells(cells []string, line int) {
	for i, c := range cells {
		if strings.TrimSpace(c) == "" {
			continue
		}
		if i >= len(t.columns) {
			t.problems.add(&Problem{File: t.file, Line: line, Reason: ErrFields, Args: []any{len(cells), len(t.columns)}})
			return
		}
		if t.columns[i] == "" {
			t.problems.add(&Problem{File: t.file, Line: line, Reason: ErrColumnBlank, Args: []any{i + 1}})
			return
		}
	}
}

// clip shortens s for a message.
func clip(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
