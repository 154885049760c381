package web

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/web/i18n"
)

// A Chart is a figure drawn as SVG: a [Strip], [Dots], [Line], [Funnel] or [Stack].
//
// Charts are drawn here and not in the browser, so that they print, need no
// script and can be compared with files. Their colours stand as attributes,
// for a chart that is saved as a file, and again as classes in charts.css,
// which win on a page and follow light and dark. A chart never stands alone:
// its title says in words what it shows, and a table beside it has the numbers.
type Chart interface {
	draw(d *drawing) error
}

// An Interval is an estimate with the ends of its interval.
type Interval struct {
	Value, Low, High float64
}

func (v Interval) check() error {
	for _, x := range []float64{v.Value, v.Low, v.High} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return errors.New("an interval with an end that is not a number; leave it out and say why")
		}
	}
	return nil
}

// An Axis is the range a chart shows. With Percent its values are shares of
// one and are written as percentages; with Signed they are differences.
type Axis struct {
	Min, Max float64
	Percent  bool
	Signed   bool
	Decimals int
}

func (a Axis) check() error {
	if !(a.Min < a.Max) || math.IsInf(a.Max-a.Min, 0) {
		return fmt.Errorf("an axis from %v to %v", a.Min, a.Max)
	}
	return nil
}

// at maps x to the line from lo to hi; what lies outside is put at the end.
func (a Axis) at(x, lo, hi float64) float64 {
	f := (x - a.Min) / (a.Max - a.Min)
	return lo + min(max(f, 0), 1)*(hi-lo)
}

func (a Axis) text(c *i18n.Catalogue, x float64) (string, error) {
	if a.Percent {
		return c.Percent(x, a.Decimals)
	}
	if a.Signed {
		return c.Signed(x, a.Decimals)
	}
	return c.Number(x, a.Decimals)
}

// ticks are four to eight round values on the axis.
func (a Axis) ticks() []float64 {
	span := a.Max - a.Min
	step := math.Pow(10, math.Floor(math.Log10(span)))
	written := math.Pow10(a.Decimals)
	if a.Percent {
		written *= 100
	}
	for _, f := range []float64{0.2, 0.25, 0.5, 1, 2} {
		if math.Abs(step*f*written-math.Round(step*f*written)) > 1e-9 {
			continue // 97.5 would read as 98
		}
		if n := span / (step * f); n <= 8 {
			step *= f
			break
		}
	}
	var out []float64
	for i := math.Ceil(a.Min/step - 1e-9); i*step <= a.Max+step*1e-9; i++ {
		out = append(out, i*step)
	}
	return out
}

// SVG draws chart as a file of its own in a language.
func (p *Pages) SVG(lang string, chart Chart) ([]byte, error) {
	s, err := draw(p.Catalogue(lang), chart)
	return []byte(s), err
}

// ChartOf returns the n-th chart of a rendered page, counted from 1.
func ChartOf(page []byte, n int) (svg []byte, ok bool) {
	begin, end := []byte(`<svg xmlns="http://www.w3.org/2000/svg" class="chart `), []byte("</svg>")
	for ; n > 0; n-- {
		at := bytes.Index(page, begin)
		if at < 0 {
			return nil, false
		}
		page = page[at:]
		to := bytes.Index(page, end)
		if to < 0 {
			return nil, false
		}
		svg, page = page[:to+len(end)], page[to:]
	}
	return svg, svg != nil
}

// draw is the template function "chart".
func draw(c *i18n.Catalogue, chart Chart) (template.HTML, error) {
	d := &drawing{c: c}
	if err := chart.draw(d); err != nil {
		return "", fmt.Errorf("chart %T: %w", chart, err)
	}
	return template.HTML(d.b.String() + "</svg>"), nil
}

// A drawing is an SVG being written. All text passes through escape.
type drawing struct {
	b strings.Builder
	c *i18n.Catalogue
}

// colours of the classes of charts.css, for a chart outside a page.
var colours = map[string]string{
	"ink": "#2b2723", "quiet": "#6a645d", "line": "#dcd7ce", "mark": "#2b4f86",
	"band": "#dfe6f3", "limit": "#8a5a00", "faint": "#a49c92",
	"tint-1": "#2b4f86", "tint-2": "#6f88b5", "tint-3": "#a9b8d3", "tint-4": "#cbd5e6", "tint-5": "#8f97a6",
	"yes": "#2b4f86", "no": "#a9b8d3", "unknown": "#d8c7a4", "none": "#e6e1d8",
}

// open begins the picture. One without a title says nothing that does not
// stand elsewhere, and is not read aloud.
func (d *drawing) open(class string, width, height float64, title string) {
	role := `role="img"`
	if title == "" {
		role = `aria-hidden="true"`
	}
	fmt.Fprintf(&d.b, `<svg xmlns="http://www.w3.org/2000/svg" class="chart %s" viewBox="0 0 %s %s" width="%s" height="%s" %s font-family="system-ui, sans-serif" font-size="12">`,
		class, px(width), px(height), px(width), px(height), role)
	if title != "" {
		d.b.WriteString("<title>" + html.EscapeString(title) + "</title>")
	}
}

func (d *drawing) line(class string, x1, y1, x2, y2, width float64) {
	fmt.Fprintf(&d.b, `<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s" stroke="%s" stroke-width="%s"/>`,
		class, px(x1), px(y1), px(x2), px(y2), colours[class], px(width))
}

func (d *drawing) dashed(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&d.b, `<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s" stroke="%s" stroke-dasharray="3 3"/>`,
		class, px(x1), px(y1), px(x2), px(y2), colours[class])
}

func (d *drawing) rect(class string, x, y, w, h float64) {
	fmt.Fprintf(&d.b, `<rect class="%s" x="%s" y="%s" width="%s" height="%s" fill="%s"/>`,
		class, px(x), px(y), px(w), px(h), colours[class])
}

func (d *drawing) dot(class string, x, y, r float64) {
	fmt.Fprintf(&d.b, `<circle class="%s" cx="%s" cy="%s" r="%s" fill="%s"/>`, class, px(x), px(y), px(r), colours[class])
}

func (d *drawing) text(class, anchor string, x, y float64, s string) {
	fmt.Fprintf(&d.b, `<text class="%s" x="%s" y="%s" text-anchor="%s" fill="%s">%s</text>`,
		class, px(x), px(y), anchor, colours[class], html.EscapeString(s))
}

// group opens a group that tells its title when one rests on it.
func (d *drawing) group(title string) {
	d.b.WriteString("<g><title>" + html.EscapeString(title) + "</title>")
}

func (d *drawing) end() { d.b.WriteString("</g>") }

// whisker draws an interval on a horizontal line, or upright.
func (d *drawing) whisker(class string, a, lo, hi, value float64, upright bool) {
	if upright {
		d.line(class, a, lo, a, hi, 1.5)
		d.dot(class, a, value, 4)
		return
	}
	d.line(class, lo, a, hi, a, 1.5)
	d.dot(class, value, a, 4)
}

// axis draws the ticks of a below or beside the plot and rules through it.
func (d *drawing) axis(a Axis, left, right, top, bottom float64, upright bool) error {
	for _, x := range a.ticks() {
		s, err := a.text(d.c, x)
		if err != nil {
			return err
		}
		if upright {
			y := a.at(x, bottom, top)
			d.line("line", left, y, right, y, 1)
			d.text("quiet", "end", left-8, y+4, s)
			continue
		}
		at := a.at(x, left, right)
		d.line("line", at, top, at, bottom, 1)
		d.text("quiet", "middle", at, bottom+16, s)
	}
	return nil
}

// px writes a length with a tenth of a pixel, so that the same numbers give
// the same bytes on every machine.
func px(x float64) string {
	return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64)
}
