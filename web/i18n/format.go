package i18n

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// format is how a language writes numbers and dates.
type format struct {
	decimal, group string
	months         [12]string
}

var formats = map[string]format{
	"nl": {",", ".", [12]string{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"}},
	"en": {".", ",", [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}},
}

// nbsp keeps a number and its sign on one line.
const nbsp = "\u00a0"

// Int writes n with its thousands grouped and a real minus sign.
func (c *Catalogue) Int(n int) string {
	s, err := c.Number(float64(n), 0)
	if err != nil {
		return strconv.Itoa(n)
	}
	return s
}

// Number writes x with that many decimals. It refuses what is not a finite
// number: whoever shows an undefined figure must say why it is undefined.
func (c *Catalogue) Number(x float64, decimals int) (string, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "", fmt.Errorf("%v is not a number to show", x)
	}
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(math.Abs(x), 'f', decimals, 64), ".")
	var b strings.Builder
	if x < 0 && strings.Trim(whole+fraction, "0") != "" {
		b.WriteString("\u2212")
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(c.format.group)
		}
		b.WriteRune(r)
	}
	if fraction != "" {
		b.WriteString(c.format.decimal + fraction)
	}
	return b.String(), nil
}

// Signed writes a difference as [Catalogue.Number] does, with a plus sign before
// what is above zero.
func (c *Catalogue) Signed(x float64, decimals int) (string, error) {
	s, err := c.Number(x, decimals)
	if err == nil && x > 0 && strings.Trim(s, "0"+c.format.decimal) != "" {
		s = "+" + s
	}
	return s, err
}

// Percent writes a share of one as a percentage: 0.625 with one decimal is
// "62,5 %" in Dutch.
func (c *Catalogue) Percent(share float64, decimals int) (string, error) {
	s, err := c.Number(share*100, decimals)
	if err != nil {
		return "", err
	}
	return s + nbsp + "%", nil
}

// Date writes the day of t in its own zone: "23 november 2026".
func (c *Catalogue) Date(t time.Time) string {
	return fmt.Sprintf("%d %s %d", t.Day(), c.format.months[t.Month()-1], t.Year())
}

// Clock writes the hour and minute of t in its own zone: "14:03".
func (c *Catalogue) Clock(t time.Time) string { return t.Format("15:04") }

// PartialDate writes an ISO date of a day, a month or a year: "2021-03" is
// "maart 2021".
func (c *Catalogue) PartialDate(iso string) (string, error) {
	for layout, write := range map[string]func(time.Time) string{
		"2006-01-02": c.Date,
		"2006-01":    func(t time.Time) string { return fmt.Sprintf("%s %d", c.format.months[t.Month()-1], t.Year()) },
		"2006":       func(t time.Time) string { return strconv.Itoa(t.Year()) },
	} {
		if t, err := time.Parse(layout, iso); err == nil {
			return write(t), nil
		}
	}
	return "", fmt.Errorf("%q is not a date like 2021-03-09, 2021-03 or 2021", iso)
}
