package web

// A Strip is one estimate on an axis that many rows of a table share, with
// thresholds as lines: the cell of a row in a list of agreement.
type Strip struct {
	Title      string // what it shows, in words with the numbers
	Axis       Axis
	Interval   Interval
	Band       *Interval // what it is laid beside, such as the nation; nil draws none
	Thresholds []float64 // ascending; the last one is drawn in full
	Faint      bool      // too few to judge by
}

// Strips and the [Scale] above them lie over each other to the pixel.
const stripWidth, stripPad = 200.0, 12.0

func (s Strip) draw(d *drawing) error {
	if err := s.Axis.check(); err != nil {
		return err
	}
	if err := s.Interval.check(); err != nil {
		return err
	}
	const width, height, pad = stripWidth, 24.0, stripPad
	d.open("strip", width, height, s.Title)
	if s.Band != nil {
		if err := s.Band.check(); err != nil {
			return err
		}
		from, to := s.Axis.at(s.Band.Low, pad, width-pad), s.Axis.at(s.Band.High, pad, width-pad)
		d.rect("band", from, 2, max(to-from, 1), height-4)
	}
	d.line("line", pad, height/2, width-pad, height/2, 1)
	for i, x := range s.Thresholds {
		at := s.Axis.at(x, pad, width-pad)
		if i < len(s.Thresholds)-1 {
			d.dashed("limit", at, 3, at, height-3)
			continue
		}
		d.line("limit", at, 3, at, height-3, 1)
	}
	class := "mark"
	if s.Faint {
		class = "faint"
	}
	v := s.Interval
	d.whisker(class, height/2, s.Axis.at(v.Low, pad, width-pad), s.Axis.at(v.High, pad, width-pad), s.Axis.at(v.Value, pad, width-pad), false)
	return nil
}

// A Stack is a bar of parts that add up to a whole, such as the outcomes of
// the cases of a cell.
type Stack struct {
	Title string
	Parts []StackPart
}

// A StackPart is one part of a [Stack]. Kind is "yes", "no", "unknown" or
// "none" and sets its colour; N is not negative.
type StackPart struct {
	Label, Kind string
	N           float64
}

func (s Stack) draw(d *drawing) error {
	const width, height = 320, 24
	var total float64
	for _, p := range s.Parts {
		total += max(p.N, 0)
	}
	d.open("stack", width, height, s.Title)
	if total == 0 {
		d.rect("none", 0, 4, width, height-8)
		return nil
	}
	at := 0.0
	for _, p := range s.Parts {
		w := max(p.N, 0) / total * width
		if w == 0 {
			continue
		}
		d.group(p.Label)
		d.rect(p.Kind, at, 4, max(w-1, 0.5), height-8)
		d.end()
		at += w
	}
	return nil
}
