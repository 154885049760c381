package intake

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// manifestColumns are the headings with a meaning; every other one is an
// attribute of the case.
var manifestColumns = []string{
	"case_id", "document", "type", "title", "day", "file", "region", "period", "source", "stratum", "weight",
}

// A manifest is the reading of one manifest file.
type manifest struct {
	batch  *Batch
	table  *table
	known  Known
	cases  map[string]*listed
	order  []*listed
	byFile map[string]string // file to the place that lists it
}

// A listed case collects the rows of one case.
type listed struct {
	Case
	first    row
	columns  []Attribute // the case columns of the first row
	numbers  map[int]string
	withFile string // place of the first row with a file, and without
	bare     string
}

// readManifest fills b from a CSV or XLSX manifest.
func (b *Batch) readManifest(src io.Reader, name string, known Known, limits Limits) (err error) {
	defer func() {
		if p := recover(); p != nil { // in a library: our own mistakes are found by the fuzz test
			err = refuse(name, ErrBroken, fmt.Sprintf("its reader failed (%v)", p))
		}
	}()
	t, err := newTable(src, name, limits)
	if err != nil {
		return located(name, err)
	}
	m := &manifest{batch: b, table: t, known: known, cases: map[string]*listed{}, byFile: map[string]string{}}
	if t.header("case_id") {
		for !t.problems.full() {
			r, ok := t.read()
			if !ok {
				break
			}
			m.add(r)
		}
	}
	if len(m.order) == 0 && len(t.problems) == 0 {
		t.problems.add(&Problem{File: name, Reason: ErrNoRows})
	}
	if err := t.problems.err(); err != nil {
		return err
	}
	if t.latin {
		b.Encoding = windows1252
	}
	for _, c := range m.order {
		c.OnSite = c.withFile == ""
		slices.SortFunc(c.Documents, func(a, b Entry) int { return cmp.Compare(a.Number, b.Number) })
		b.Cases = append(b.Cases, c.Case)
	}
	return nil
}

// newTable opens a CSV file or a workbook, by content.
func newTable(src io.Reader, name string, limits Limits) (*table, error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(src, head)
	if n == 0 {
		return nil, ErrEmpty
	}
	whole := io.MultiReader(bytes.NewReader(head[:n]), src)
	if err == nil && string(head[:2]) == "PK" {
		return newSheet(whole, name, limits)
	}
	return newCSV(whole, name, limits), nil
}

// add reads one row: the case columns, which must agree, and the document.
func (m *manifest) add(r row) {
	t := m.table
	id := r.id("case_id")
	region, period := r.cell("region"), r.period("period")
	if region != "" && m.known.Regions != nil && !m.known.Regions[region] {
		t.problems.add(r.problem("region", ErrRegion, clip(region, 80)))
	}
	weight := r.weight("weight")
	if id == "" {
		return
	}
	columns := append([]Attribute{
		{"region", region},
		{"period", period},
		{"source", r.cell("source")},
		{"stratum", r.cell("stratum")},
		{"weight", strconv.FormatFloat(weight, 'g', -1, 64)},
	}, r.attributes(manifestColumns)...)
	c := m.cases[id]
	if c == nil {
		c = &listed{
			Case: Case{
				ID: id, Region: region, Period: period, Source: columns[2].Value, Stratum: columns[3].Value,
				Weight: weight, Attributes: columns[5:], Place: Place{t.file, r.line},
			},
			first:   row{table: t, line: r.line},
			columns: columns,
			numbers: map[int]string{},
		}
		m.cases[id] = c
		m.order = append(m.order, c)
	} else {
		for i, now := range columns {
			if was := c.columns[i]; was.Value != now.Value {
				t.problems.add(r.problem(now.Name, ErrDiffers, clip(now.Value, 80), clip(was.Value, 80), c.first.place()))
			}
		}
	}
	m.document(r, c)
}

// document reads the document columns of a row, if it has any.
func (m *manifest) document(r row, c *listed) {
	t := m.table
	e := Entry{Type: r.cell("type"), Title: r.cell("title"), File: r.cell("file"), Place: Place{t.file, r.line}}
	number, day := r.cell("document"), r.cell("day")
	if e.File == "" && e.Type == "" && e.Title == "" && number == "" && day == "" {
		if c.Place.Line != r.line || c.bare != "" {
			t.problems.add(r.problem("case_id", ErrCaseTwice, c.ID, c.first.place()))
		}
		c.bare = r.place()
		return
	}
	e.Number = len(c.numbers) + 1
	numbered := true
	if number != "" {
		n, ok := whole(number)
		if numbered = ok && n >= 1; numbered {
			e.Number = n
		} else {
			t.problems.add(r.problem("document", ErrNumber, clip(number, 80)))
		}
	}
	if numbered {
		if at, twice := c.numbers[e.Number]; twice {
			t.problems.add(r.problem("document", ErrDocTwice, e.Number, c.ID, at))
		}
		c.numbers[e.Number] = r.place()
	}
	if day != "" {
		n, ok := whole(day)
		if !ok {
			t.problems.add(r.problem("day", ErrDay, clip(day, 80)))
		}
		e.Day = &n
	}
	if e.Type != "" && m.known.DocumentTypes != nil && !m.known.DocumentTypes[e.Type] {
		t.problems.add(r.problem("type", ErrType, clip(e.Type, 80)))
	}
	if e.File == "" {
		c.bare = cmp.Or(c.bare, r.place())
	} else {
		c.withFile = cmp.Or(c.withFile, r.place())
		m.file(r, &e)
	}
	if c.bare != "" && c.withFile != "" {
		other := c.withFile
		if e.File != "" {
			other = c.bare
		}
		t.problems.add(r.problem("file", ErrOnSite, c.ID, other))
	}
	c.Documents = append(c.Documents, e)
}

// file checks the path of a document.
func (m *manifest) file(r row, e *Entry) {
	t := m.table
	clean, ok := safePath(e.File)
	if !ok {
		t.problems.add(r.problem("file", ErrPath, clip(e.File, 200)))
		return
	}
	e.File = clean
	if at, twice := m.byFile[clean]; twice {
		t.problems.add(r.problem("file", ErrFileTwice, clip(clean, 200), at))
		return
	}
	m.byFile[clean] = r.place()
	if err := m.batch.files.check(m.batch.base + clean); err != nil {
		p := located(t.file, err).(*Problem)
		p.Line, p.Column = r.line, "file"
		for i, arg := range p.Args {
			p.Args[i] = clip(strings.TrimPrefix(fmt.Sprint(arg), m.batch.base), 200)
		}
		t.problems.add(p)
	}
}
