package web

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	backdrop "image/draw"
	"image/png"
	"io"
	"math"
	"strconv"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// pngScale is how many dots of a PNG make a pixel of the chart.
const pngScale = 3

// PNG draws chart as a PNG of its own in a language, on white.
func (p *Pages) PNG(lang string, chart Chart) ([]byte, error) {
	svg, err := p.SVG(lang, chart)
	if err != nil {
		return nil, err
	}
	return rasterize(svg)
}

// A raster is a picture being made of the few kinds of element that a drawing
// consists of.
type raster struct {
	picture *image.RGBA
	fonts   map[float64]font.Face
}

func rasterize(svg []byte) ([]byte, error) {
	r := &raster{fonts: map[float64]font.Face{}}
	d := xml.NewDecoder(bytes.NewReader(svg))
	var text *xml.StartElement
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "svg":
				w, h := number64(t, "width")*pngScale, number64(t, "height")*pngScale
				if w < 1 || h < 1 || w > 20000 || h > 20000 {
					return nil, fmt.Errorf("a chart of %v by %v dots", w, h)
				}
				r.picture = image.NewRGBA(image.Rect(0, 0, int(math.Ceil(w)), int(math.Ceil(h))))
				backdrop.Draw(r.picture, r.picture.Bounds(), image.White, image.Point{}, backdrop.Src)
			case "line":
				r.line(t)
			case "rect":
				x, y, w, h := number64(t, "x"), number64(t, "y"), number64(t, "width"), number64(t, "height")
				r.fill(paint(t, "fill"), [][2]float64{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}})
			case "circle":
				r.circle(t)
			case "text":
				text = new(t.Copy())
			}
		case xml.CharData:
			if text != nil {
				if err := r.text(*text, string(t)); err != nil {
					return nil, err
				}
			}
		case xml.EndElement:
			if t.Name.Local == "text" {
				text = nil
			}
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, r.picture)
	return b.Bytes(), err
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func number64(t xml.StartElement, name string) float64 {
	v, _ := strconv.ParseFloat(attribute(t, name), 64) // the drawing wrote it
	return v
}

func paint(t xml.StartElement, name string) color.Color {
	n, err := strconv.ParseUint(strings.TrimPrefix(attribute(t, name), "#"), 16, 32)
	if err != nil {
		return color.Transparent
	}
	return color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}
}

// fill fills a polygon given in pixels of the chart.
func (r *raster) fill(c color.Color, points [][2]float64) {
	z := vector.NewRasterizer(r.picture.Bounds().Dx(), r.picture.Bounds().Dy())
	for i, p := range points {
		x, y := float32(p[0]*pngScale), float32(p[1]*pngScale)
		if i == 0 {
			z.MoveTo(x, y)
		} else {
			z.LineTo(x, y)
		}
	}
	z.ClosePath()
	z.Draw(r.picture, r.picture.Bounds(), image.NewUniform(c), image.Point{})
}

func (r *raster) line(t xml.StartElement) {
	x1, y1, x2, y2 := number64(t, "x1"), number64(t, "y1"), number64(t, "x2"), number64(t, "y2")
	width := 1.0
	if attribute(t, "stroke-width") != "" {
		width = number64(t, "stroke-width")
	}
	length := math.Hypot(x2-x1, y2-y1)
	if length == 0 {
		return
	}
	on := length
	if attribute(t, "stroke-dasharray") != "" {
		on = 3
	}
	dx, dy := (x2-x1)/length, (y2-y1)/length
	for at := 0.0; at < length; at += 2 * on {
		to := min(at+on, length)
		ax, ay, bx, by := x1+dx*at, y1+dy*at, x1+dx*to, y1+dy*to
		nx, ny := -dy*width/2, dx*width/2
		r.fill(paint(t, "stroke"), [][2]float64{{ax + nx, ay + ny}, {bx + nx, by + ny}, {bx - nx, by - ny}, {ax - nx, ay - ny}})
	}
}

func (r *raster) circle(t xml.StartElement) {
	cx, cy, radius := number64(t, "cx"), number64(t, "cy"), number64(t, "r")
	const corners = 48
	points := make([][2]float64, corners)
	for i := range points {
		a := 2 * math.Pi * float64(i) / corners
		points[i] = [2]float64{cx + radius*math.Cos(a), cy + radius*math.Sin(a)}
	}
	r.fill(paint(t, "fill"), points)
}

func (r *raster) text(t xml.StartElement, s string) error {
	const size = 12.0
	face := r.fonts[size]
	if face == nil {
		parsed, err := opentype.Parse(goregular.TTF)
		if err != nil {
			return err
		}
		if face, err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: size * pngScale, DPI: 72}); err != nil {
			return err
		}
		r.fonts[size] = face
	}
	d := font.Drawer{Dst: r.picture, Src: image.NewUniform(paint(t, "fill")), Face: face}
	x := number64(t, "x") * pngScale
	switch width := float64(d.MeasureString(s)) / 64; attribute(t, "text-anchor") {
	case "end":
		x -= width
	case "middle":
		x -= width / 2
	}
	d.Dot = fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6(number64(t, "y") * pngScale * 64)}
	d.DrawString(s)
	return nil
}
