package spss

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dossierlens/dossierlens/exports"
)

// Bounds of the format, in bytes.
const (
	maxLabel      = 255 // of a variable
	maxValueLabel = 120
	maxSegment    = 255 // of text; longer text is cut into segments
	segmentData   = 252 // by which the number of segments of a very long text is counted
	shortText     = 8   // longest text whose value labels are in the old records
	maxText       = 32767
)

// systemMissing stands for an empty number.
const systemMissing = -math.MaxFloat64

// ErrChanged says that the rows were not the same when they were read again.
var ErrChanged = errors.New("codings came in while the file was written; export again")

// Write streams a dataset as a system file. Rows is read twice, first for the
// widths of texts and the number of rows; when it yields more the second time
// the error is [ErrChanged]. Made is the time the file says it was made at: the
// same dataset and time give the same bytes.
func Write(w io.Writer, d *exports.Dataset, rows iter.Seq2[[]exports.Cell, error], title string, made time.Time) error {
	f := &file{w: bufio.NewWriterSize(w, 1<<16), columns: make([]column, len(d.Columns))}
	for i := range d.Columns {
		f.columns[i] = column{Column: &d.Columns[i]}
		if d.Columns[i].Text {
			f.columns[i].width = 1
			for _, k := range d.Columns[i].Categories {
				f.columns[i].width = max(f.columns[i].width, len(k.Code))
			}
		}
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		f.rows++
		for i := range f.columns {
			f.columns[i].width = max(f.columns[i].width, min(len(row[i].Text), maxText))
		}
	}
	f.header(title, made)
	for i := range f.columns {
		f.variable(i)
	}
	f.valueLabels()
	f.extensions()
	f.ints(999, 0)
	written := 0
	for row, err := range rows {
		if err != nil {
			return err
		}
		if written++; written > f.rows {
			return ErrChanged
		}
		for i := range f.columns {
			if len(row[i].Text) > f.columns[i].width && f.columns[i].width < maxText {
				return ErrChanged
			}
			f.cell(&f.columns[i], row[i])
		}
		if f.err != nil {
			return f.err
		}
	}
	if written != f.rows {
		return ErrChanged
	}
	return errors.Join(f.err, f.w.Flush())
}

// A file being written. The first error stays.
type file struct {
	w       *bufio.Writer
	columns []column
	rows    int
	err     error
}

// A column with its place in the file.
type column struct {
	*exports.Column
	width int // of text, in bytes; 0 for a number
	index int // of its first element in the dictionary, from 1
}

// segments returns the widths of the pieces that hold the text.
func (c *column) segments() []int {
	if c.width <= maxSegment {
		return []int{c.width}
	}
	n := (c.width + segmentData - 1) / segmentData
	widths := make([]int, n)
	for i := range widths {
		widths[i] = maxSegment
	}
	widths[n-1] = c.width - (n-1)*segmentData
	return widths
}

// elements is how many pieces of eight bytes a piece of text takes; 1 for a
// number.
func elements(width int) int { return max(1, (width+7)/8) }

func shortName(i, segment int) string {
	if segment == 0 {
		return fmt.Sprintf("V%d", i+1)
	}
	return fmt.Sprintf("S%d_%d", i+1, segment)
}

func (f *file) ints(list ...int32) {
	for _, n := range list {
		f.number(n)
	}
}

func (f *file) number(n any) {
	if f.err == nil {
		f.err = binary.Write(f.w, binary.LittleEndian, n)
	}
}

func (f *file) double(x float64) {
	if f.err != nil {
		return
	}
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], math.Float64bits(x))
	_, f.err = f.w.Write(b[:])
}

// text writes s in width bytes, with spaces behind it.
func (f *file) text(s string, width int) {
	if f.err != nil {
		return
	}
	s = cut(s, width)
	if _, f.err = f.w.WriteString(s); f.err == nil {
		_, f.err = f.w.WriteString(strings.Repeat(" ", width-len(s)))
	}
}

// cut shortens s to at most n bytes, between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func (f *file) header(title string, made time.Time) {
	size := int32(0)
	for i := range f.columns {
		f.columns[i].index = int(size) + 1
		for _, width := range f.columns[i].segments() {
			size += int32(elements(width))
		}
	}
	f.text("$FL2", 4)
	f.text("@(#) SPSS DATA FILE Dossierlens", 60)
	f.ints(2, size, 0, 0, int32(f.rows))
	f.double(100)
	made = made.UTC()
	f.text(made.Format("02 Jan 06"), 9)
	f.text(made.Format("15:04:05"), 8)
	f.text(title, 64)
	f.text("", 3)
}

// Codes of print formats.
const (
	formatText   = 1
	formatNumber = 5
)

func (f *file) variable(i int) {
	c := &f.columns[i]
	for s, width := range c.segments() {
		format := int32(formatNumber<<16 | 12<<8 | c.Decimals)
		if c.Text {
			format = int32(formatText<<16 | width<<8)
		}
		missing := int32(0)
		if s == 0 && len(c.Missing) > 0 && !c.Text {
			missing = -2
		}
		f.ints(2, int32(width), 1, missing, format, format)
		f.text(shortName(i, s), 8)
		label := cut(c.Label, maxLabel)
		f.ints(int32(len(label)))
		f.text(label, (len(label)+3)/4*4)
		if missing != 0 {
			f.double(c.Missing[0].Number)
			f.double(c.Missing[len(c.Missing)-1].Number)
		}
		for range elements(width) - 1 {
			f.ints(2, -1, 0, 0, 0, 0)
			f.text("", 8)
		}
	}
}

// valueLabels writes the labels of numbers and short texts.
func (f *file) valueLabels() {
	for _, c := range f.columns {
		values := append(append([]exports.DataValue(nil), c.Missing...), c.Categories...)
		if len(values) == 0 || c.width > shortText {
			continue
		}
		f.ints(3, int32(len(values)))
		for _, v := range values {
			if c.Text {
				f.text(v.Code, 8)
			} else {
				f.double(v.Number)
			}
			label := cut(v.Label, maxValueLabel)
			f.number(uint8(len(label)))
			f.text(label, (len(label)+8)/8*8-1)
		}
		f.ints(4, 1, int32(c.index))
	}
}

func (f *file) extension(kind, size int32, data string) {
	f.ints(7, kind, size, int32(len(data))/size)
	f.text(data, len(data))
}

func (f *file) extensions() {
	f.ints(7, 3, 4, 8, 1, 0, 0, -1, 1, 1, 2, 65001)
	f.ints(7, 4, 8, 3)
	f.double(systemMissing)
	f.double(math.MaxFloat64)
	f.double(math.Nextafter(systemMissing, 0))

	var display []byte
	var long, very []string
	for i := range f.columns {
		c := &f.columns[i]
		segments := c.segments()
		for _, width := range segments {
			align, shown := int32(1), int32(12)
			if c.Text {
				align, shown = 0, int32(min(max(width, 8), 32))
			}
			for _, n := range []int32{int32(c.Scale), shown, align} {
				display = binary.LittleEndian.AppendUint32(display, uint32(n))
			}
		}
		long = append(long, shortName(i, 0)+"="+c.Name)
		if len(segments) > 1 {
			very = append(very, fmt.Sprintf("%s=%05d\x00\t", shortName(i, 0), c.width))
		}
	}
	f.extension(11, 4, string(display))
	f.extension(13, 1, strings.Join(long, "\t"))
	if len(very) > 0 {
		f.extension(14, 1, strings.Join(very, ""))
	}
	counts := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, 1), uint64(f.rows))
	f.extension(16, 8, string(counts))
	f.extension(20, 1, "UTF-8")
	if labels := f.longLabels(); len(labels) > 0 {
		f.extension(21, 1, string(labels))
	}
}

// longLabels are the labels of texts that are too long for the old records.
func (f *file) longLabels() []byte {
	var b []byte
	put := func(s string) {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	for _, c := range f.columns {
		if c.width <= shortText || len(c.Categories) == 0 {
			continue
		}
		put(c.Name)
		b = binary.LittleEndian.AppendUint32(b, uint32(c.width))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(c.Categories)))
		for _, v := range c.Categories {
			put(v.Code + strings.Repeat(" ", c.width-len(v.Code)))
			put(cut(v.Label, maxValueLabel))
		}
	}
	return b
}

func (f *file) cell(c *column, x exports.Cell) {
	if !c.Text {
		n := x.Number
		if !x.Given {
			n = systemMissing
		}
		f.double(n)
		return
	}
	text := cut(x.Text, c.width)
	segments := c.segments()
	for _, width := range segments {
		// Bytes are divided among the segments without regard to characters:
		// readers put them together before they read them.
		piece := text[:min(len(text), width)]
		text = text[len(piece):]
		if f.err == nil {
			_, f.err = f.w.WriteString(piece + strings.Repeat(" ", elements(width)*8-len(piece)))
		}
	}
}
