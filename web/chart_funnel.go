package web

import (
	"errors"
	"math"
)

// A Funnel shows shares by the number of cases behind them, between the limits
// within which they scatter by chance around the whole: 95 and 99.8 percent,
// after Spiegelhalter (2005), Funnel plots for comparing institutional
// performance, Statistics in Medicine 24. Points carry codes and no rank.
type Funnel struct {
	Title  string
	Axis   Axis
	Center float64 // of the whole
	Cases  string  // what stands below the horizontal axis
	Points []FunnelPoint
}

// A FunnelPoint is one group of a [Funnel].
type FunnelPoint struct {
	Label string // a short code
	Name  string
	N     float64 // cases behind the share, more than 0
	Value float64
}

// The normal quantiles of the limits.
var funnelLimits = [...]struct {
	z     float64
	class string
}{{1.959964, "limit"}, {3.090232, "faint"}}

// limits returns the lower and upper limit at n cases.
func (p Funnel) limits(n, z float64) (low, high float64) {
	half := z * math.Sqrt(p.Center*(1-p.Center)/n)
	return max(p.Center-half, p.Axis.Min), min(p.Center+half, p.Axis.Max)
}

func (p Funnel) draw(d *drawing) error {
	if err := p.Axis.check(); err != nil {
		return err
	}
	most := 0.0
	for _, point := range p.Points {
		if !(point.N > 0) || math.IsInf(point.N, 0) || math.IsNaN(point.Value) || math.IsInf(point.Value, 0) {
			return errors.New("a point of a funnel without cases or value; leave it out and say why")
		}
		most = max(most, point.N)
	}
	if len(p.Points) == 0 || !(p.Center >= 0 && p.Center <= 1) {
		return errors.New("a funnel without points or without a whole")
	}
	const width, left, right, top, bottom, height = 680.0, 56.0, 660.0, 12.0, 260.0, 306.0
	across := Axis{Min: 0, Max: math.Ceil(most*1.08/10) * 10}
	d.open("funnel", width, height, p.Title)
	if err := d.axis(p.Axis, left, right, top, bottom, true); err != nil {
		return err
	}
	x := func(n float64) float64 { return across.at(n, left, right) }
	y := func(v float64) float64 { return p.Axis.at(v, bottom, top) }
	for _, n := range across.ticks() {
		s, err := across.text(d.c, n)
		if err != nil {
			return err
		}
		d.text("quiet", "middle", x(n), bottom+18, s)
	}
	d.text("quiet", "end", right, bottom+38, p.Cases)
	d.line("mark", left, y(p.Center), right, y(p.Center), 1)
	const steps = 60
	for _, limit := range funnelLimits {
		for side := range 2 {
			for i := 1; i < steps; i++ {
				from, to := across.Max*float64(i)/steps, across.Max*float64(i+1)/steps
				l1, h1 := p.limits(from, limit.z)
				l2, h2 := p.limits(to, limit.z)
				if side == 0 {
					l1, l2 = h1, h2
				}
				// Where a limit lies on the edge it says nothing.
				if edge := p.Axis.Max; side == 1 {
					edge = p.Axis.Min
					if l1 == edge && l2 == edge {
						continue
					}
				} else if l1 == edge && l2 == edge {
					continue
				}
				d.line(limit.class, x(from), y(l1), x(to), y(l2), 1)
			}
		}
	}
	for _, point := range p.Points {
		s, err := p.Axis.text(d.c, point.Value)
		if err != nil {
			return err
		}
		n, err := d.c.Number(point.N, 0)
		if err != nil {
			return err
		}
		d.group(point.Name + ": " + s + ", n " + n)
		d.dot("mark", x(point.N), y(point.Value), 4)
		d.text("ink", "start", x(point.N)+7, y(point.Value)+4, point.Label)
		d.end()
	}
	return nil
}
