package web

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata and leaves the difference on
// disk; -update writes the file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		if err := os.WriteFile(file+".got", got, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s differs; see %s.got, or run with -update", file, file)
	}
}

var share = Axis{Min: 0, Max: 1, Percent: true}

var charts = map[string]Chart{
	"strip":  Strip{Title: "AC1 0,81 (0,72–0,90)", Axis: Axis{Min: -0.2, Max: 1}, Interval: Interval{0.81, 0.72, 0.9}, Thresholds: []float64{0.6, 0.8}},
	"scale":  Scale{Axis: Axis{Min: -0.2, Max: 1, Decimals: 1}, Ticks: []float64{0, 0.5, 1}},
	"shares": Shares{Title: "Ja 70 %, <Nee> 30 %", Parts: []SharePart{{"Ja 70 %", 0.7}, {"<Nee> 30 %", 0.3}}},
	"control": Control{Title: "Codeur 2", Min: 0.4, Center: 0.9, Points: []ControlPoint{
		{Label: "jan", Value: 0.95, Lower: 0.65, Upper: 1}, {Label: "<feb>", Value: 0.5, Lower: 0.65, Upper: 1, Outside: true}}},
	"stack": Stack{Title: "Uitkomsten", Parts: []StackPart{{"ja 12", "yes", 12}, {"nee 5", "no", 5}, {"onbekend 3", "unknown", 3}}},
	"dots": Dots{Title: "Veiligheidsplan per regio", Axis: share, Band: &Interval{0.62, 0.6, 0.65}, Rows: []DotRow{
		{Label: "VT07 Gooi en Vechtstreek", Interval: &Interval{0.55, 0.45, 0.66}},
		{Label: "VT09 <Haaglanden>", Note: "."},
		{Label: "VT27 Oost-Brabant", Interval: &Interval{0.7, 0.61, 0.78}},
	}},
	"changes": Dots{Title: "Verandering per regio", Axis: Axis{Min: -15, Max: 15, Signed: true}, Rows: []DotRow{
		{Label: "Nederland", Interval: &Interval{3, -2, 8}}, {Label: "VT09 <Haaglanden>", Note: "."}, {Label: "VT27 Oost-Brabant", Interval: &Interval{-4, -12, 4}}}},
	"forest": Forest{Title: "Krippendorffs alfa, <Fietsen>", Axis: Axis{Min: -0.2, Max: 1, Decimals: 1}, Groups: []ForestGroup{{Label: "Schade", Rows: []ForestRow{
		{Label: "1.1 Schade", Interval: &Interval{0.81, 0.72, 0.9}, Thresholds: []float64{0.6, 0.75}, Text: "0,81 (0,72 – 0,90)  n = 120"},
		{Label: "1.2 <Onderdelen>", Interval: &Interval{0.4, 0.1, 0.7}, Thresholds: []float64{0.6, 0.75}, Faint: true, Text: "0,40 (0,10 – 0,70)  n = 12"},
		{Label: strings.Repeat("Een heel lange vraag ", 5), Text: "alle antwoorden vallen in één categorie"},
	}}}},
	"funnel": Funnel{Title: "Veiligheidsplan naar aantal dossiers", Axis: share, Center: 0.62, Cases: "dossiers", Points: []FunnelPoint{
		{Label: "VT07", Name: "Gooi en Vechtstreek", N: 60, Value: 0.55}, {Label: "VT27", Name: "<Oost-Brabant>", N: 140, Value: 0.7}}},
	"line": Line{Title: "Veiligheidsplan per half jaar", Axis: share, Periods: []LinePoint{
		{Label: "2024-1", Interval: &Interval{0.5, 0.42, 0.58}},
		{Label: "2024-2", Interval: &Interval{0.56, 0.5, 0.62}},
		{Label: "2025-1", Interval: &Interval{0.61, 0.56, 0.66}, Break: "codeboek 2.0.0"},
		{Label: "2025-2"},
	}},
}

func TestCharts(t *testing.T) {
	p := pages(t)
	for name, chart := range charts {
		got, err := p.SVG("nl", chart)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		// One element a line, so that a difference can be read.
		golden(t, name+".svg", bytes.ReplaceAll(got, []byte("><"), []byte(">\n<")))
		if bytes.Contains(got, []byte("style=")) {
			t.Errorf("%s has a style attribute, which the policy forbids", name)
		}
		if titled := bytes.Contains(got, []byte(`role="img"`)) && bytes.Contains(got, []byte("<title>")); !titled && !bytes.Contains(got, []byte(`aria-hidden="true"`)) {
			t.Errorf("%s is read aloud and has no title", name)
		}
		for d := xml.NewDecoder(bytes.NewReader(got)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
}

// TestChartRefuses requires that a figure that is not defined is never drawn.
func TestChartRefuses(t *testing.T) {
	p := pages(t)
	for name, chart := range map[string]Chart{
		"NaN in a strip":   Strip{Axis: share, Interval: Interval{math.NaN(), 0, 1}},
		"an empty axis":    Strip{Axis: Axis{Min: 1, Max: 1}},
		"infinite in dots": Dots{Axis: share, Rows: []DotRow{{Interval: &Interval{0.5, 0, math.Inf(1)}}}},
		"NaN in a line":    Line{Axis: share, Periods: []LinePoint{{Interval: &Interval{0.5, math.NaN(), 1}}}},
	} {
		if got, err := p.SVG("nl", chart); err == nil {
			t.Errorf("%s was drawn: %s", name, got)
		}
	}
	if got, err := p.SVG("nl", Stack{Title: "leeg"}); err != nil || !strings.Contains(string(got), "leeg") {
		t.Errorf("a stack of nothing: %s, %v", got, err)
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		axis Axis
		want string
	}{
		{Axis{Min: 0, Max: 1, Percent: true}, "0 % 20 % 40 % 60 % 80 % 100 %"},
		{Axis{Min: -0.2, Max: 1, Decimals: 1}, "−0,2 0,0 0,2 0,4 0,6 0,8 1,0"},
		{Axis{Min: 0, Max: 365}, "0 50 100 150 200 250 300 350"},
		// What is written at a line is where it lies: 2.5 is not 2.
		{Axis{Min: -10, Max: 10, Signed: true}, "−10 −5 0 +5 +10"},
		{Axis{Min: 0, Max: 18}, "0 5 10 15"},
		{Axis{Min: 0, Max: 1.8, Decimals: 1}, "0,0 0,5 1,0 1,5"},
	} {
		var got []string
		for _, x := range c.axis.ticks() {
			s, err := c.axis.text(pages(t).Catalogue("nl"), x)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, strings.ReplaceAll(s, "\u00a0", " "))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("ticks of %v to %v: %s, want %s", c.axis.Min, c.axis.Max, s, c.want)
		}
	}
}

func TestConfusionShade(t *testing.T) {
	c := Confusion{Cells: [][]ConfusionCell{{{N: 30}, {N: 1}}, {{N: 0}, {N: 15}}}}
	for _, w := range []struct{ i, j, want int }{{0, 0, 4}, {0, 1, 1}, {1, 0, 0}, {1, 1, 2}} {
		if got := c.Shade(w.i, w.j); got != w.want {
			t.Errorf("shade of %d,%d = %d, want %d", w.i, w.j, got, w.want)
		}
	}
	if got := c.RowTotal(0); got != 31 {
		t.Errorf("row total = %d, want 31", got)
	}
}

// A chart that is taken along as a picture shows what the drawing says: dots
// are where they are, and not everything is white.
func TestPNG(t *testing.T) {
	p := pages(t)
	for name, chart := range charts {
		b, err := p.PNG("nl", chart)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		picture, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		inked := 0
		for y := range picture.Bounds().Dy() {
			for x := range picture.Bounds().Dx() {
				if r, g, b, _ := picture.At(x, y).RGBA(); r+g+b < 2*0xffff {
					inked++
				}
			}
		}
		if inked < 100 {
			t.Errorf("%s: only %d dots are drawn", name, inked)
		}
	}
	b, err := p.PNG("nl", Strip{Title: "half", Axis: share, Interval: Interval{0.5, 0.5, 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	// The dot of a half is in the middle, in the colour of marks.
	if r, g, b, _ := picture.At(picture.Bounds().Dx()/2, picture.Bounds().Dy()/2).RGBA(); r>>8 != 0x2b || g>>8 != 0x4f || b>>8 != 0x86 {
		t.Errorf("in the middle is %x %x %x, want the mark", r>>8, g>>8, b>>8)
	}
}

// The limits are those of Spiegelhalter: around a half with 100 cases 0.402 and
// 0.598 at 95 percent.
func TestFunnelLimits(t *testing.T) {
	f := Funnel{Axis: share, Center: 0.5}
	low, high := f.limits(100, funnelLimits[0].z)
	if math.Abs(low-0.4020018) > 1e-6 || math.Abs(high-0.5979982) > 1e-6 {
		t.Errorf("limits at 100 cases are %v and %v", low, high)
	}
	if low, high = f.limits(4, funnelLimits[1].z); low != 0 || high != 1 {
		t.Errorf("limits at 4 cases are %v and %v, want the whole axis", low, high)
	}
	for name, bad := range map[string]Funnel{
		"no points": {Axis: share, Center: 0.5},
		"no cases":  {Axis: share, Center: 0.5, Points: []FunnelPoint{{Value: 0.5}}},
		"no value":  {Axis: share, Center: 0.5, Points: []FunnelPoint{{N: 10, Value: math.NaN()}}},
		"no whole":  {Axis: share, Center: math.NaN(), Points: []FunnelPoint{{N: 10, Value: 0.5}}},
	} {
		if _, err := pages(t).SVG("nl", bad); err == nil {
			t.Errorf("a funnel with %s was drawn", name)
		}
	}
}
