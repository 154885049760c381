package web

import "math"

// A Control is a control chart: a share block by block in time, with the line
// of the whole and the limits of each block.
type Control struct {
	Title  string
	Min    float64 // lowest share shown; the axis ends at 1
	Center float64
	Points []ControlPoint
}

// A ControlPoint is one block of a [Control]. Outside says that it lies below
// its limit.
type ControlPoint struct {
	Label        string // when it was
	Value        float64
	Lower, Upper float64
	Outside      bool
}

func (p Control) draw(d *drawing) error {
	axis := Axis{Min: p.Min, Max: 1, Percent: true}
	if err := axis.check(); err != nil {
		return err
	}
	const left, top, bottom, height, most = 48.0, 10.0, 150.0, 174.0, 560.0
	n := max(len(p.Points), 1)
	step := min(80, (most-left)/float64(n))
	right := left + max(step*float64(n), 180)
	d.open("control", right+36, height, p.Title) // room for half a date
	if err := d.axis(axis, left, right, top, bottom, true); err != nil {
		return err
	}
	y := func(v float64) float64 { return axis.at(v, bottom, top) }
	x := func(i int) float64 { return left + step*(float64(i)+0.5) }
	for i, point := range p.Points {
		from, to := x(i)-step/2, x(i)+step/2
		d.rect("band", from, y(point.Upper), to-from, max(y(point.Lower)-y(point.Upper), 1))
	}
	d.dashed("mark", left, y(p.Center), right, y(p.Center))
	every := int(math.Ceil(80 / step)) // a date must not run into the next
	for i, point := range p.Points {
		if i > 0 {
			d.line("mark", x(i-1), y(p.Points[i-1].Value), x(i), y(point.Value), 1.5)
		}
		if i%every == 0 {
			d.text("quiet", "middle", x(i), bottom+18, point.Label)
		}
	}
	for i, point := range p.Points {
		s, err := axis.text(d.c, point.Value)
		if err != nil {
			return err
		}
		class, r := "mark", 4.0
		if point.Outside {
			class, r = "limit", 6
		}
		d.group(point.Label + ": " + s)
		d.dot(class, x(i), y(point.Value), r)
		d.end()
	}
	return nil
}
