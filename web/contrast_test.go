package web

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"testing"
)

// TestContrast computes, from tokens.css, the contrast of every pair of
// colours that words stand in, in light and dark, and requires 4.5 to 1 (WCAG
// 2.2, 1.4.3), or 3 to 1 for lines that one must see (1.4.11).
func TestContrast(t *testing.T) {
	b, err := files.ReadFile("static/css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	colours := map[string][2]colour{}
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): light-dark\(oklch\(([^)]+)\), oklch\(([^)]+)\)\)`).FindAllStringSubmatch(string(b), -1) {
		colours[m[1]] = [2]colour{oklch(t, m[2]), oklch(t, m[3])}
	}
	check := func(front, back string, least float64) {
		t.Helper()
		f, ok := colours[front]
		g, ok2 := colours[back]
		if !ok || !ok2 {
			t.Errorf("tokens.css has no %s or %s", front, back)
			return
		}
		for i, theme := range []string{"light", "dark"} {
			if got := contrast(f[i], g[i]); got < least {
				t.Errorf("%s on %s in %s: %.2f to 1, want %.1f", front, back, theme, got, least)
			}
		}
	}
	for _, paper := range []string{"paper", "paper-raised", "paper-sunk"} {
		for _, word := range []string{"ink", "ink-quiet", "accent", "attention", "wrong", "right"} {
			check(word, paper, 4.5)
		}
		check("line-strong", paper, 3)
	}
	for _, fill := range []string{"accent-fill", "attention-fill", "wrong-fill", "found", "found-now"} {
		check("ink", fill, 4.5)
	}
	check("on-accent", "accent", 4.5)
	check("attention", "attention-fill", 4.5)
	check("wrong", "wrong-fill", 4.5)
	check("ink-quiet", "accent-fill", 4.5)
	for i := 1; i <= 8; i++ {
		hue := fmt.Sprintf("hue-%d", i)
		check(hue, "paper", 4.5)
		check(hue, "paper-raised", 4.5)
		check(hue, hue+"-fill", 4.5)
		check("ink", hue+"-fill", 4.5)
	}
}

// A colour is linear sRGB, each part in [0, 1].
type colour [3]float64

// oklch reads "49% 0.1 28". The conversion is that of Ottosson (2020), A
// perceptual color space for image processing, as in CSS Color 4; what sRGB
// cannot show is clipped.
func oklch(t *testing.T, s string) colour {
	t.Helper()
	m := regexp.MustCompile(`^([\d.]+)% ([\d.]+) ([\d.]+)$`).FindStringSubmatch(s)
	if m == nil {
		t.Fatalf("%q is not a colour like 49%% 0.1 28", s)
	}
	var v [3]float64
	for i := range v {
		v[i], _ = strconv.ParseFloat(m[i+1], 64)
	}
	L, a, b := v[0]/100, v[1]*math.Cos(v[2]*math.Pi/180), v[1]*math.Sin(v[2]*math.Pi/180)
	cube := func(x float64) float64 { return x * x * x }
	l := cube(L + 0.3963377774*a + 0.2158037573*b)
	n := cube(L - 0.1055613458*a - 0.0638541728*b)
	s3 := cube(L - 0.0894841775*a - 1.2914855480*b)
	c := colour{
		4.0767416621*l - 3.3077115913*n + 0.2309699292*s3,
		-1.2684380046*l + 2.6097574011*n - 0.3413193965*s3,
		-0.0041960863*l - 0.7034186147*n + 1.7076147010*s3,
	}
	for i := range c {
		c[i] = min(max(c[i], 0), 1)
	}
	return c
}

// contrast is the ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b colour) float64 {
	y := func(c colour) float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] }
	hi, lo := max(y(a), y(b)), min(y(a), y(b))
	return (hi + 0.05) / (lo + 0.05)
}

func TestContrastFormula(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"100% 0 0", "0% 0 0", 21},
		{"50% 0.1 20", "50% 0.1 20", 1},
		{"62.8% 0.2577 29.23", "100% 0 0", 4.0}, // pure red on white
	} {
		if got := contrast(oklch(t, c.a), oklch(t, c.b)); math.Abs(got-c.want) > 0.02 {
			t.Errorf("%s on %s: %.3f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}
