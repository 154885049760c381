package web

import "fmt"

// Shares is a small bar of how often each category of a row occurs, in the
// order of the categories: tints of one colour, darkest first, with more than
// five starting over.
type Shares struct {
	Title string
	Parts []SharePart
}

// A SharePart is one category of [Shares].
type SharePart struct {
	Label string
	Share float64 // of one, not negative
}

const tints = 5

func (s Shares) draw(d *drawing) error {
	const width, height = 96, 12
	d.open("shares", width, height, s.Title)
	d.rect("none", 0, 1, width, height-2)
	at := 0.0
	for i, p := range s.Parts {
		w := min(max(p.Share, 0)*width, width-at)
		if w <= 0 {
			continue
		}
		d.group(p.Label)
		d.rect(fmt.Sprintf("tint-%d", i%tints+1), at, 1, max(w-0.5, 0.5), height-2)
		d.end()
		at += w
	}
	return nil
}

// A Scale is the axis above a column of [Strip]s, which share it.
type Scale struct {
	Axis  Axis
	Ticks []float64
}

func (s Scale) draw(d *drawing) error {
	if err := s.Axis.check(); err != nil {
		return err
	}
	d.open("strip", stripWidth, 20, "")
	for _, x := range s.Ticks {
		label, err := s.Axis.text(d.c, x)
		if err != nil {
			return err
		}
		at := s.Axis.at(x, stripPad, stripWidth-stripPad)
		d.line("line", at, 15, at, 20, 1)
		d.text("quiet", "middle", at, 11, label)
	}
	return nil
}
