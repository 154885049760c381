package web

import "unicode/utf8"

// A Forest is a figure of many estimates below each other on one axis, each
// with its thresholds: what an article prints of agreement. On a page the rows
// of a table with a [Strip] each say the same.
type Forest struct {
	Title  string // what it shows, in words
	Axis   Axis
	Groups []ForestGroup
}

// A ForestGroup is a part of a [Forest] under a heading, which may be empty.
type ForestGroup struct {
	Label string
	Rows  []ForestRow
}

// A ForestRow is one estimate. Without one, Text says why.
type ForestRow struct {
	Label      string
	Interval   *Interval
	Thresholds []float64 // ascending; the last one is drawn in full
	Faint      bool      // too few to judge by
	Text       string    // the numbers, or why there are none
}

// longestLabel is how many letters of a label have room.
const longestLabel = 52

func (f Forest) draw(d *drawing) error {
	if err := f.Axis.check(); err != nil {
		return err
	}
	const width, left, right, row, top = 960.0, 360.0, 660.0, 20.0, 64.0
	rows := 0
	for _, g := range f.Groups {
		rows += len(g.Rows)
		if g.Label != "" {
			rows++
		}
	}
	bottom := top + row*float64(rows)
	d.open("forest", width, bottom+28, f.Title)
	d.text("ink", "start", 8, 20, f.Title)
	if err := d.axis(f.Axis, left, right, top-8, bottom, false); err != nil {
		return err
	}
	for _, x := range f.Axis.ticks() { // above as well: the figure may be long
		text, err := f.Axis.text(d.c, x)
		if err != nil {
			return err
		}
		d.text("quiet", "middle", f.Axis.at(x, left, right), top-14, text)
	}
	y := top
	for _, g := range f.Groups {
		if g.Label != "" {
			d.text("ink", "start", 8, y+14, shortened(g.Label))
			y += row
		}
		for _, r := range g.Rows {
			if err := f.drawRow(d, r, y+row/2, left, right); err != nil {
				return err
			}
			y += row
		}
	}
	return nil
}

func (f Forest) drawRow(d *drawing, r ForestRow, y, left, right float64) error {
	d.text("quiet", "start", 20, y+4, shortened(r.Label))
	d.text("quiet", "start", right+16, y+4, r.Text)
	for i, x := range r.Thresholds {
		at := f.Axis.at(x, left, right)
		if i < len(r.Thresholds)-1 {
			d.dashed("limit", at, y-8, at, y+8)
			continue
		}
		d.line("limit", at, y-8, at, y+8, 1)
	}
	if r.Interval == nil {
		return nil
	}
	if err := r.Interval.check(); err != nil {
		return err
	}
	class := "mark"
	if r.Faint {
		class = "faint"
	}
	at := func(x float64) float64 { return f.Axis.at(x, left, right) }
	d.whisker(class, y, at(r.Interval.Low), at(r.Interval.High), at(r.Interval.Value), false)
	return nil
}

// shortened cuts a label that has no room.
func shortened(s string) string {
	if utf8.RuneCountInString(s) <= longestLabel {
		return s
	}
	letters := []rune(s)
	return string(letters[:longestLabel-1]) + "…"
}
