package web

// Dots are estimates of many groups below each other, such as regions in code
// order, with the interval of the whole as a band behind them.
type Dots struct {
	Title string
	Axis  Axis
	Band  *Interval // the nation; nil draws none
	Norm  *float64  // a norm or target; nil draws none
	Rows  []DotRow
}

// A DotRow is one group of [Dots]. A nil Interval leaves the row empty and
// shows Note instead, such as "." for a hidden cell.
type DotRow struct {
	Label    string
	Interval *Interval
	Note     string
	Href     string
}

func (p Dots) draw(d *drawing) error {
	if err := p.Axis.check(); err != nil {
		return err
	}
	const (
		width, labels, right = 680.0, 210.0, 620.0
		row, top             = 24.0, 8.0
	)
	bottom := top + row*float64(len(p.Rows))
	d.open("dots", width, bottom+24, p.Title)
	x := func(v float64) float64 { return p.Axis.at(v, labels, right) }
	if p.Band != nil {
		if err := p.Band.check(); err != nil {
			return err
		}
		d.rect("band", x(p.Band.Low), top, max(x(p.Band.High)-x(p.Band.Low), 1), bottom-top)
	}
	if err := d.axis(p.Axis, labels, right, top, bottom, false); err != nil {
		return err
	}
	if p.Band != nil {
		d.line("mark", x(p.Band.Value), top, x(p.Band.Value), bottom, 1)
	}
	if p.Norm != nil {
		d.dashed("limit", x(*p.Norm), top, x(*p.Norm), bottom)
	}
	if p.Axis.Signed {
		d.line("ink", x(0), top, x(0), bottom, 1) // no difference
	}
	for i, r := range p.Rows {
		y := top + row*(float64(i)+0.5)
		d.text("ink", "end", labels-12, y+4, r.Label)
		if r.Interval == nil {
			d.text("quiet", "start", labels+8, y+4, r.Note)
			continue
		}
		if err := r.Interval.check(); err != nil {
			return err
		}
		s, err := p.Axis.text(d.c, r.Interval.Value)
		if err != nil {
			return err
		}
		d.group(r.Label + ": " + s)
		d.whisker("mark", y, x(r.Interval.Low), x(r.Interval.High), x(r.Interval.Value), false)
		d.end()
		d.text("quiet", "start", right+12, y+4, s)
	}
	return nil
}

// A Line is an estimate by period, with its intervals, and a break wherever
// two periods may not be compared.
type Line struct {
	Title   string
	Axis    Axis
	Norm    *float64 // a norm or target; nil draws none
	Periods []LinePoint
}

// A LinePoint is one period of a [Line]. A nil Interval interrupts the line.
// Break says that something changed between the period before and this one,
// and what; the line is interrupted there and the break is marked.
type LinePoint struct {
	Label    string
	Interval *Interval
	Break    string
}

func (p Line) draw(d *drawing) error {
	if err := p.Axis.check(); err != nil {
		return err
	}
	const left, top, bottom, height = 56.0, 12.0, 216.0, 244.0
	step := 72.0
	if n := len(p.Periods); n > 0 {
		step = min(step, max(40, 600/float64(n)))
	}
	right := left + step*float64(max(len(p.Periods), 3))
	d.open("line", right+12, height, p.Title)
	if err := d.axis(p.Axis, left, right, top, bottom, true); err != nil {
		return err
	}
	y := func(v float64) float64 { return p.Axis.at(v, bottom, top) }
	if p.Norm != nil {
		d.dashed("limit", left, y(*p.Norm), right, y(*p.Norm))
	}
	x := func(i int) float64 { return left + step*(float64(i)+0.5) }
	// Narrow steps have no room for every label; the last is always named.
	every := 1
	if step < 56 {
		every = 2
	}
	for i, point := range p.Periods {
		if (len(p.Periods)-1-i)%every == 0 {
			d.text("quiet", "middle", x(i), bottom+18, point.Label)
		}
		if point.Break != "" {
			d.group(point.Break)
			d.dashed("limit", x(i)-step/2, top, x(i)-step/2, bottom)
			d.end()
		}
		if point.Interval == nil {
			continue
		}
		if err := point.Interval.check(); err != nil {
			return err
		}
		if i > 0 && point.Break == "" && p.Periods[i-1].Interval != nil {
			d.line("mark", x(i-1), y(p.Periods[i-1].Interval.Value), x(i), y(point.Interval.Value), 1.5)
		}
		s, err := p.Axis.text(d.c, point.Interval.Value)
		if err != nil {
			return err
		}
		d.group(point.Label + ": " + s)
		d.whisker("mark", x(i), y(point.Interval.Low), y(point.Interval.High), y(point.Interval.Value), true)
		d.end()
	}
	return nil
}
