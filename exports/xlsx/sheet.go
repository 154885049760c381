package xlsx

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/dossierlens/dossierlens/exports"
)

// A workbook is a file being written, with its styles. The first error stays
// and stops the rest.
type workbook struct {
	f      *excelize.File
	tmp    string // folder for what does not fit in memory; empty keeps all there
	styles map[style]int
	sheets int
	err    error
}

// A style is how a cell looks.
type style struct {
	bold, grey, wrap, right bool
	above, below            bool // rules
	indent, size            int
	format                  string // of numbers; empty for text
}

// Number formats, with a space between thousands. The decimal sign is that of
// the reader's own program.
const (
	whole  = `#\ ##0`
	tenths = `#\ ##0.0`
)

func newWorkbook(tmp string) *workbook {
	return &workbook{f: excelize.NewFile(excelize.Options{TmpDir: tmp}), tmp: tmp, styles: map[style]int{}}
}

// of returns the number of a style.
func (b *workbook) of(s style) int {
	id, ok := b.styles[s]
	if ok || b.err != nil {
		return id
	}
	size := 10.0
	if s.size > 0 {
		size = float64(s.size)
	}
	x := &excelize.Style{Font: &excelize.Font{Family: "Arial", Size: size, Bold: s.bold}, Alignment: &excelize.Alignment{Vertical: "top", WrapText: s.wrap, Indent: s.indent}}
	if s.grey {
		x.Font.Color = "6A645D"
	}
	if s.right {
		x.Alignment.Horizontal = "right"
	}
	if s.above {
		x.Border = append(x.Border, excelize.Border{Type: "top", Color: "000000", Style: 1})
	}
	if s.below {
		x.Border = append(x.Border, excelize.Border{Type: "bottom", Color: "000000", Style: 1})
	}
	if s.format != "" {
		x.CustomNumFmt = &s.format
	}
	id, b.err = b.f.NewStyle(x)
	b.styles[s] = id
	return id
}

// A sheet is written row by row, from above.
type sheet struct {
	*workbook
	name   string
	stream *excelize.StreamWriter
	row    int // last one written
}

// pane says how many rows and columns stay in view and are printed on every
// page.
type pane struct{ rows, columns int }

// add begins a sheet. Widths are of the columns from the left; the last holds
// for all further ones.
func (b *workbook) add(name string, frozen pane, landscape bool, widths ...float64) *sheet {
	s := &sheet{workbook: b, name: name}
	do := func(f func() error) {
		if b.err == nil {
			b.err = f()
		}
	}
	do(func() error {
		if b.sheets++; b.sheets == 1 {
			return b.f.SetSheetName("Sheet1", name)
		}
		_, err := b.f.NewSheet(name)
		return err
	})
	do(func() error {
		orientation, paper, one, none := "portrait", 9, 1, 0
		if landscape {
			orientation = "landscape"
		}
		fit := true
		if err := b.f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
			return err
		}
		return b.f.SetPageLayout(name, &excelize.PageLayoutOptions{Orientation: &orientation, Size: &paper, FitToWidth: &one, FitToHeight: &none})
	})
	// The library would say that the sheet is one cell, and there are readers
	// that believe it.
	do(func() error { return b.f.SetSheetDimension(name, "") })
	do(func() (err error) {
		s.stream, err = b.f.NewStreamWriter(name)
		return err
	})
	for i, w := range widths {
		last := i + 1
		if i == len(widths)-1 {
			last = 60
		}
		do(func() error { return s.stream.SetColWidth(i+1, max(last, i+1), w) })
	}
	if frozen != (pane{}) {
		do(func() error { return s.freeze(frozen) })
	}
	return s
}

func (s *sheet) freeze(p pane) error {
	cell, err := excelize.CoordinatesToCellName(p.columns+1, p.rows+1)
	if err != nil {
		return err
	}
	active := "bottomRight"
	if p.columns == 0 {
		active = "bottomLeft"
	}
	if err := s.stream.SetPanes(&excelize.Panes{Freeze: true, XSplit: p.columns, YSplit: p.rows, TopLeftCell: cell, ActivePane: active}); err != nil {
		return err
	}
	titles := "'" + s.name + "'!$1:$" + itoa(p.rows)
	if p.columns > 0 {
		column, err := excelize.ColumnNumberToName(p.columns)
		if err != nil {
			return err
		}
		titles = "'" + s.name + "'!$A:$" + column + "," + titles
	}
	return s.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: titles, Scope: s.name})
}

// put writes the next row. A cell is a string, a number, nil or a cell with a
// style of its own; strings are guarded.
func (s *sheet) put(look style, cells ...any) {
	if s.row++; s.err != nil {
		return
	}
	row := make([]any, len(cells))
	for i, c := range cells {
		own := look
		if x, ok := c.(cell); ok {
			c, own = x.value, x.style
		}
		if text, ok := c.(string); ok {
			c = exports.Guard(text)
		}
		row[i] = excelize.Cell{StyleID: s.of(own), Value: c}
	}
	at, err := excelize.CoordinatesToCellName(1, s.row)
	if err == nil {
		err = s.stream.SetRow(at, row)
	}
	s.err = cmp.Or(s.err, err)
}

// A cell is a value with a style of its own.
type cell struct {
	value any
	style style
}

// space leaves a row empty.
func (s *sheet) space() { s.row++ }

// end closes the sheet.
func (s *sheet) end() {
	if s.err == nil {
		s.err = s.stream.Flush()
	}
}

// properties sets what the file says of itself.
func (b *workbook) properties(title, lang string, made time.Time) {
	if b.err == nil {
		at := made.UTC().Format(time.RFC3339)
		b.err = b.f.SetDocProps(&excelize.DocProperties{Title: title, Creator: "Dossierlens", Created: at, Modified: at, Language: lang})
	}
}

// write packs the workbook. The library packs streamed sheets in no fixed
// order, so its parts are put in one, without packing them again.
func (b *workbook) write(w io.Writer) error {
	if b.err != nil {
		return b.err
	}
	if b.tmp == "" {
		var packed bytes.Buffer
		if err := errors.Join(b.f.Write(&packed), b.f.Close()); err != nil {
			return err
		}
		return reorder(w, bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	}
	packed, err := os.CreateTemp(b.tmp, "workbook-*.xlsx")
	if err != nil {
		return errors.Join(err, b.f.Close())
	}
	defer os.Remove(packed.Name())
	defer packed.Close()
	if err := errors.Join(b.f.Write(packed), b.f.Close()); err != nil {
		return err
	}
	size, err := packed.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	return reorder(w, packed, size)
}

// reorder copies a packed file with its parts by name, the list of types first
// as readers expect it.
func reorder(w io.Writer, packed io.ReaderAt, size int64) error {
	in, err := zip.NewReader(packed, size)
	if err != nil {
		return err
	}
	place := func(f *zip.File) string {
		if f.Name == "[Content_Types].xml" {
			return ""
		}
		return f.Name
	}
	parts := slices.Clone(in.File)
	slices.SortFunc(parts, func(a, b *zip.File) int { return cmp.Compare(place(a), place(b)) })
	out := zip.NewWriter(w)
	for _, p := range parts {
		if err := out.Copy(p); err != nil {
			return err
		}
	}
	return out.Close()
}
