package codebook

import (
	"fmt"
	"time"
)

// A partialDate is a year, a month of a year, or a day. Month and day are 0
// when they are not recorded.
type partialDate struct{ year, month, day int }

// parseDate reads 2021, 2021-03 or 2021-03-05.
func parseDate(text string) (d partialDate, ok bool) {
	if len(text) != 4 && len(text) != 7 && len(text) != 10 {
		return d, false
	}
	for i := range len(text) {
		if c := text[i]; (i == 4 || i == 7) != (c == '-') || c != '-' && (c < '0' || c > '9') {
			return d, false
		}
	}
	number := func(s string) (n int) {
		for _, c := range s {
			n = n*10 + int(c-'0')
		}
		return n
	}
	d.year = number(text[:4])
	if len(text) >= 7 {
		d.month = number(text[5:7])
		if d.month < 1 || d.month > 12 {
			return d, false
		}
	}
	if len(text) == 10 {
		d.day = number(text[8:])
		if d.day < 1 || time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC).Day() != d.day {
			return d, false
		}
	}
	return d, d.year > 0
}

// precision returns [Year], [Month] or [Day].
func (d partialDate) precision() string {
	switch {
	case d.month == 0:
		return Year
	case d.day == 0:
		return Month
	}
	return Day
}

// days returns the first and last day that d may be, as days since 1970.
func (d partialDate) days() (first, last float64) {
	day := func(year, month, day int) float64 {
		return float64(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	}
	switch d.precision() {
	case Year:
		return day(d.year, 1, 1), day(d.year, 12, 31)
	case Month:
		return day(d.year, d.month, 1), day(d.year, d.month+1, 0)
	}
	first = day(d.year, d.month, d.day)
	return first, first
}

func (d partialDate) String() string {
	switch d.precision() {
	case Year:
		return fmt.Sprintf("%04d", d.year)
	case Month:
		return fmt.Sprintf("%04d-%02d", d.year, d.month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day)
}
